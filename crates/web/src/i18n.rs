//! Interface texts: which locale a reader gets, and the text of a key in it.
//!
//! Texts live in `locales/{fr,en}/*.ftl` (Fluent), one file per area, embedded in the binary. Plural forms follow
//! CLDR through Fluent; French typography (narrow no-break spaces, apostrophes) is written in the files. What people
//! write is never passed through here. Dates and numbers are formatted here too, so that mail and pages agree.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::{OffsetName, Tz};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;
use unic_langid::langid;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/locales"]
struct LocaleFiles;

/// A language in which the whole interface exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// French, the default of a node.
    #[default]
    Fr,
    /// English, with the conventions of Great Britain.
    En,
}

impl Locale {
    /// All locales, in the order in which the language switch shows them.
    pub const ALL: [Self; 2] = [Self::Fr, Self::En];

    /// The BCP 47 tag, as in the `lang` attribute.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The name of the language in itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fr => "Français",
            Self::En => "English",
        }
    }

    /// The locale of a BCP 47 tag such as `fr-CA`, if the interface exists in that language.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|locale| locale.code().eq_ignore_ascii_case(language))
    }

    /// Chooses a locale: the reader's own choice, then `Accept-Language` (RFC 9110 §12.5.4), then the node's default.
    pub fn negotiate(chosen: Option<&str>, accept_language: Option<&str>, default: Self) -> Self {
        chosen
            .and_then(Self::from_tag)
            .or_else(|| accept_language.and_then(Self::from_accept_language))
            .unwrap_or(default)
    }

    fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for item in header.split(',').take(20) {
            let mut parts = item.split(';');
            let Some(locale) = parts.next().and_then(Self::from_tag) else {
                continue;
            };
            let weight = parts
                .find_map(|parameter| parameter.trim().strip_prefix("q="))
                .map_or(Ok(1.0), |q| q.trim().parse::<f32>())
                .unwrap_or(0.0);
            if weight > 0.0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
                best = Some((weight, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }
}

/// An argument of a text.
#[derive(Clone, Debug)]
pub enum Arg<'a> {
    /// Words, put in as they are.
    Text(Cow<'a, str>),
    /// A count: chooses the plural form, shown with the separators of the locale.
    Number(i64),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Arg<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Arg<'_> {
    fn from(number: u32) -> Self {
        Self::Number(i64::from(number))
    }
}

/// Why texts could not be loaded or found.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TextError {
    /// A file of texts is not valid Fluent, or repeats a key.
    #[error("locale file {file} is not valid: {reason}")]
    File {
        /// Its path under `locales/`.
        file: String,
        /// What the parser said.
        reason: String,
    },
    /// No text has this key.
    #[error("no text for key {key} in locale {locale}")]
    MissingKey {
        /// The key asked for.
        key: String,
        /// The locale asked for.
        locale: &'static str,
    },
    /// The text needs an argument that was not given.
    #[error("text {key} could not be formatted: {reason}")]
    Format {
        /// The key asked for.
        key: String,
        /// What the formatter said.
        reason: String,
    },
}

type Bundle = FluentBundle<FluentResource>;

/// All texts of all locales. Those of a locale are read when one of them is first needed.
#[derive(Default)]
pub struct Catalog {
    fr: OnceLock<Bundle>,
    en: OnceLock<Bundle>,
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog").finish_non_exhaustive()
    }
}

impl Catalog {
    /// Reads the embedded files of every locale.
    pub fn load() -> Result<Self, TextError> {
        let catalog = Self::default();
        for locale in [Locale::Fr, Locale::En] {
            catalog.bundle(locale)?;
        }
        Ok(catalog)
    }

    fn bundle(&self, locale: Locale) -> Result<&Bundle, TextError> {
        let place = match locale {
            Locale::Fr => &self.fr,
            Locale::En => &self.en,
        };
        if let Some(bundle) = place.get() {
            return Ok(bundle);
        }
        let bundle = load_bundle(locale)?;
        Ok(place.get_or_init(|| bundle))
    }

    /// The one catalogue of the process.
    pub fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Catalog>> = OnceLock::new();
        Arc::clone(SHARED.get_or_init(Arc::default))
    }

    /// The text of `key`. A key that does not exist, or lacks an argument, is an error.
    pub fn try_text(
        &self,
        locale: Locale,
        key: &str,
        args: &[(&str, Arg<'_>)],
    ) -> Result<String, TextError> {
        let bundle = self.bundle(locale)?;
        let pattern = bundle
            .get_message(key)
            .and_then(|message| message.value())
            .ok_or_else(|| TextError::MissingKey {
                key: key.to_owned(),
                locale: locale.code(),
            })?;
        let mut fluent_args = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            let value = match value {
                Arg::Text(text) => FluentValue::from(text.as_ref()),
                Arg::Number(number) => FluentValue::from(*number),
            };
            fluent_args.set(*name, value);
        }
        let mut errors = Vec::new();
        let text = bundle
            .format_pattern(pattern, Some(&fluent_args), &mut errors)
            .into_owned();
        match errors.first() {
            None => Ok(text),
            Some(error) => Err(TextError::Format {
                key: key.to_owned(),
                reason: error.to_string(),
            }),
        }
    }

    /// The text of `key`, or the key itself, with a log line, if it has none: for messages where an answer must go out.
    pub fn text(&self, locale: Locale, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.try_text(locale, key, args).unwrap_or_else(|error| {
            tracing::error!(key, locale = locale.code(), "{error}");
            key.to_owned()
        })
    }
}

fn load_bundle(locale: Locale) -> Result<Bundle, TextError> {
    let tag = match locale {
        Locale::Fr => langid!("fr"),
        Locale::En => langid!("en"),
    };
    let mut bundle = Bundle::new_concurrent(vec![tag]);
    // Direction marks around arguments would break addresses that people copy.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match locale {
        Locale::Fr => |value: &FluentValue<'_>, _: &_| format_value(Locale::Fr, value),
        Locale::En => |value: &FluentValue<'_>, _: &_| format_value(Locale::En, value),
    }));
    for (file, source) in locale_sources(locale) {
        let resource = FluentResource::try_new(source).map_err(|(_, errors)| TextError::File {
            file: file.clone(),
            reason: format!("{errors:?}"),
        })?;
        bundle
            .add_resource(resource)
            .map_err(|errors| TextError::File {
                file,
                reason: format!("{errors:?}"),
            })?;
    }
    Ok(bundle)
}

/// The embedded files of one locale: path under `locales/` and contents.
fn locale_sources(locale: Locale) -> Vec<(String, String)> {
    let folder = format!("{}/", locale.code());
    LocaleFiles::iter()
        .filter(|path| path.starts_with(&folder))
        .filter_map(|path| {
            let file = LocaleFiles::get(&path)?;
            Some((
                path.into_owned(),
                String::from_utf8_lossy(&file.data).into_owned(),
            ))
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "counts are whole numbers")]
fn format_value(locale: Locale, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(number_text(locale, number.value as i64)),
        _ => None,
    }
}

/// A whole number with the separators of the locale: `1 234 567` (U+202F) or `1,234,567`.
pub fn number_text(locale: Locale, number: i64) -> String {
    let separator = match locale {
        Locale::Fr => '\u{202f}',
        Locale::En => ',',
    };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    if number < 0 {
        text.push('\u{2212}');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// How much of a moment is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateForm {
    /// `23/11/2026`.
    Short,
    /// `23 nov. 2026`, `23 Nov 2026`.
    Medium,
    /// `23 novembre 2026 à 10:18`, `23 November 2026 at 10:18`.
    Long,
    /// `lundi 23 novembre 2026 à 10:18`, `Monday 23 November 2026 at 10:18`.
    Full,
}

/// Writes a moment in the reader's locale and time zone (CLDR forms). The zone is named when the hour happens twice.
pub fn date_text(locale: Locale, moment: DateTime<Utc>, zone: Tz, form: DateForm) -> String {
    let local = moment.with_timezone(&zone);
    let naive = local.naive_local();
    match form {
        DateForm::Short => format!("{:02}/{:02}/{}", naive.day(), naive.month(), naive.year()),
        DateForm::Medium => format!(
            "{}\u{a0}{}\u{a0}{}",
            day_text(locale, &naive),
            month_text(locale, &naive, true),
            naive.year()
        ),
        DateForm::Long | DateForm::Full => {
            let ambiguous = matches!(
                zone.from_local_datetime(&naive),
                chrono::LocalResult::Ambiguous(..)
            );
            let zone_name = if ambiguous {
                local.offset().abbreviation().map_or_else(
                    || format!(" (UTC{})", local.offset().fix()),
                    |name| format!(" ({name})"),
                )
            } else {
                String::new()
            };
            let weekday = if form == DateForm::Full {
                format!("{} ", weekday_text(locale, naive.weekday()))
            } else {
                String::new()
            };
            let at = match locale {
                Locale::Fr => "à",
                Locale::En => "at",
            };
            format!(
                "{weekday}{}\u{a0}{} {} {at}\u{a0}{:02}:{:02}{zone_name}",
                day_text(locale, &naive),
                month_text(locale, &naive, false),
                naive.year(),
                naive.hour(),
                naive.minute(),
            )
        }
    }
}

fn day_text(locale: Locale, date: &NaiveDateTime) -> String {
    match (locale, date.day()) {
        (Locale::Fr, 1) => "1er".to_owned(),
        (_, day) => day.to_string(),
    }
}

fn month_text(locale: Locale, date: &NaiveDateTime, abbreviated: bool) -> &'static str {
    let (full, short) = match (locale, date.month()) {
        (Locale::Fr, 1) => ("janvier", "janv."),
        (Locale::Fr, 2) => ("février", "févr."),
        (Locale::Fr, 3) => ("mars", "mars"),
        (Locale::Fr, 4) => ("avril", "avr."),
        (Locale::Fr, 5) => ("mai", "mai"),
        (Locale::Fr, 6) => ("juin", "juin"),
        (Locale::Fr, 7) => ("juillet", "juil."),
        (Locale::Fr, 8) => ("août", "août"),
        (Locale::Fr, 9) => ("septembre", "sept."),
        (Locale::Fr, 10) => ("octobre", "oct."),
        (Locale::Fr, 11) => ("novembre", "nov."),
        (Locale::Fr, _) => ("décembre", "déc."),
        (Locale::En, 1) => ("January", "Jan"),
        (Locale::En, 2) => ("February", "Feb"),
        (Locale::En, 3) => ("March", "Mar"),
        (Locale::En, 4) => ("April", "Apr"),
        (Locale::En, 5) => ("May", "May"),
        (Locale::En, 6) => ("June", "Jun"),
        (Locale::En, 7) => ("July", "Jul"),
        (Locale::En, 8) => ("August", "Aug"),
        (Locale::En, 9) => ("September", "Sept"),
        (Locale::En, 10) => ("October", "Oct"),
        (Locale::En, 11) => ("November", "Nov"),
        (Locale::En, _) => ("December", "Dec"),
    };
    if abbreviated { short } else { full }
}

fn weekday_text(locale: Locale, day: Weekday) -> &'static str {
    let (fr, en) = match day {
        Weekday::Mon => ("lundi", "Monday"),
        Weekday::Tue => ("mardi", "Tuesday"),
        Weekday::Wed => ("mercredi", "Wednesday"),
        Weekday::Thu => ("jeudi", "Thursday"),
        Weekday::Fri => ("vendredi", "Friday"),
        Weekday::Sat => ("samedi", "Saturday"),
        Weekday::Sun => ("dimanche", "Sunday"),
    };
    match locale {
        Locale::Fr => fr,
        Locale::En => en,
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "tests read files of ours")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(locale: Locale) -> BTreeSet<String> {
        locale_sources(locale)
            .iter()
            .flat_map(|(_, source)| {
                source
                    .lines()
                    .filter_map(|line| line.split_once(" ="))
                    .map(|(key, _)| key.to_owned())
                    .filter(|key| {
                        key.starts_with(|c: char| c.is_ascii_lowercase()) && !key.contains(' ')
                    })
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn both_locales_have_the_same_keys() {
        let (fr, en) = (keys(Locale::Fr), keys(Locale::En));
        assert!(fr.len() > 100, "{} keys only", fr.len());
        let only_fr: Vec<_> = fr.difference(&en).collect();
        let only_en: Vec<_> = en.difference(&fr).collect();
        assert!(
            only_fr.is_empty() && only_en.is_empty(),
            "only in French: {only_fr:?}; only in English: {only_en:?}"
        );
    }

    /// Walks a folder of the crate and returns the contents of its files with one of the extensions.
    fn contents(folder: &str, extension: &str, found: &mut Vec<String>) {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut folders = vec![root];
        while let Some(path) = folders.pop() {
            for entry in std::fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|found| found == extension) {
                    found.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
    }

    #[test]
    fn every_text_is_used_and_every_used_text_exists() {
        let mut sources = Vec::new();
        contents("templates", "html", &mut sources);
        let templates = sources.len();
        contents("src", "rs", &mut sources);
        let known = keys(Locale::Fr);
        let mut quoted = BTreeSet::new();
        let mut prefixes = BTreeSet::new();
        for (index, source) in sources.iter().enumerate() {
            for call in ["t(", "th("] {
                if index >= templates {
                    break;
                }
                for (position, _) in source.match_indices(call) {
                    let before = source[..position].chars().next_back().unwrap_or(' ');
                    if before.is_alphanumeric() || before == '_' {
                        continue;
                    }
                    let rest = &source[position + call.len()..];
                    let Some(quote) = rest.chars().next().filter(|c| *c == '"' || *c == '\'')
                    else {
                        continue;
                    };
                    let Some(key) = rest[1..].split(quote).next() else {
                        continue;
                    };
                    let after = rest[1 + key.len() + 1..].trim_start();
                    if after.starts_with('~') {
                        assert!(
                            known.iter().any(|text| text.starts_with(key)),
                            "no text begins with {key}"
                        );
                        prefixes.insert(key.to_owned());
                    } else {
                        assert!(known.contains(key), "no text for {key}, used in a template");
                    }
                }
            }
            for part in source.split('"') {
                quoted.insert(part.to_owned());
                // The beginning of a key, given to a macro.
                if index < templates && part.ends_with('-') && part.len() > 2 {
                    prefixes.insert(part.to_owned());
                }
                // A key put together in Rust: format!("language-{tag}").
                if let Some((prefix, _)) = part.split_once('{')
                    && prefix.ends_with('-')
                {
                    prefixes.insert(prefix.to_owned());
                }
            }
            for part in source.split('\'') {
                quoted.insert(part.to_owned());
            }
        }
        let unused: Vec<_> = known
            .iter()
            .filter(|key| !quoted.contains(*key))
            .filter(|key| !prefixes.iter().any(|prefix| key.starts_with(prefix)))
            .collect();
        assert!(unused.is_empty(), "texts nobody uses: {unused:?}");
    }

    #[test]
    fn french_punctuation_has_its_spaces() {
        for (file, source) in locale_sources(Locale::Fr) {
            for (number, line) in source.lines().enumerate() {
                if line.starts_with('#') {
                    continue;
                }
                for wrong in [" ;", " !", " ?", " :", "« ", " »", " %", "n° ", "'", "..."] {
                    assert!(
                        !line.contains(wrong),
                        "{file}:{}: {wrong:?} in {line:?}",
                        number + 1
                    );
                }
            }
        }
    }

    #[test]
    fn plurals_follow_cldr() {
        let catalog = Catalog::load().unwrap();
        let check = |locale, n: i64, expect: &str| {
            assert_eq!(
                catalog
                    .try_text(locale, "count-replies", &[("n", n.into())])
                    .unwrap(),
                expect
            );
        };
        check(Locale::Fr, 0, "0\u{a0}réponse");
        check(Locale::Fr, 1, "1\u{a0}réponse");
        check(Locale::Fr, 2, "2\u{a0}réponses");
        // In figures French says "1 000 000 réponses"; only the word "million" takes "de".
        check(
            Locale::Fr,
            1_000_000,
            "1\u{202f}000\u{202f}000\u{a0}réponses",
        );
        check(Locale::En, 0, "0 replies");
        check(Locale::En, 1, "1 reply");
        check(Locale::En, 1_000_000, "1,000,000 replies");
    }

    #[test]
    fn a_choice_wins_over_the_browser_and_the_browser_over_the_default() {
        let check = |chosen, header, expect| {
            assert_eq!(Locale::negotiate(chosen, header, Locale::Fr), expect);
        };
        check(Some("fr"), Some("en"), Locale::Fr);
        check(Some("tlh"), Some("en"), Locale::En);
        check(None, Some("de, en-GB;q=0.8, fr;q=0.5"), Locale::En);
        check(None, Some("en;q=0, de"), Locale::Fr);
        check(None, Some("en;q=abc"), Locale::Fr);
        check(None, None, Locale::Fr);
    }

    #[test]
    fn dates_have_the_forms_of_the_locale() {
        let moment = "2026-11-23T09:18:00Z".parse().unwrap();
        let check = |locale, form, expect: &str| {
            let text = date_text(locale, moment, Tz::Europe__Paris, form).replace('\u{a0}', " ");
            assert_eq!(text, expect);
        };
        check(Locale::Fr, DateForm::Full, "lundi 23 novembre 2026 à 10:18");
        check(Locale::Fr, DateForm::Medium, "23 nov. 2026");
        check(Locale::Fr, DateForm::Short, "23/11/2026");
        check(Locale::En, DateForm::Long, "23 November 2026 at 10:18");
    }

    #[test]
    fn an_hour_that_happens_twice_names_its_zone() {
        let moment = "2026-10-25T00:30:00Z".parse().unwrap();
        let text = date_text(Locale::Fr, moment, Tz::Europe__Paris, DateForm::Long);
        assert!(text.ends_with("02:30 (CEST)"), "{text}");
    }

    #[test]
    fn the_first_of_the_month_is_ordinal_in_french() {
        let moment = "2026-01-01T12:00:00Z".parse().unwrap();
        let text = date_text(Locale::Fr, moment, Tz::UTC, DateForm::Medium);
        assert_eq!(text, "1er\u{a0}janv.\u{a0}2026");
    }
}
