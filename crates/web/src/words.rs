//! How other servers stand, in words, with what to do: the same for pages, the API and the command line.

use parvis_federation::delivery::{HostStatus, Standing, Trouble};
use parvis_forum::comparisons::Summary;
use parvis_forum::kinds::Comparison;

use crate::i18n::{Catalog, Locale};

/// The word for how a server stands.
pub fn standing(catalog: &Catalog, locale: Locale, standing: Standing) -> String {
    catalog.text(locale, &format!("standing-{}", standing.as_str()), &[])
}

/// What a trouble is, and what to do about it.
pub fn trouble(catalog: &Catalog, locale: Locale, trouble: Trouble) -> (String, String) {
    let what = format!("trouble-{trouble}");
    (
        catalog.text(locale, &what, &[]),
        catalog.text(locale, &format!("{what}-do"), &[]),
    )
}

/// How far behind a server is: how many activities, and for how long. None when it has everything.
pub fn behind(catalog: &Catalog, locale: Locale, status: &HostStatus) -> Option<String> {
    if status.behind_count == 0 {
        return None;
    }
    let count = i64::try_from(status.behind_count).unwrap_or(i64::MAX);
    let key = if status.behind_more {
        "behind-by-more"
    } else {
        "behind-by"
    };
    let count = catalog.text(locale, key, &[("n", count.into())]);
    Some(format!(
        "{count}, {}",
        lasting(catalog, locale, status.behind_ms)
    ))
}

/// A length of time, in its largest unit.
pub fn lasting(catalog: &Catalog, locale: Locale, ms: i64) -> String {
    let minutes = ms / 60_000;
    let (key, n) = match minutes {
        ..1 => ("lasting-moments", 0),
        1..120 => ("lasting-minutes", minutes),
        120..2_880 => ("lasting-hours", minutes / 60),
        _ => ("lasting-days", minutes / 1_440),
    };
    catalog.text(locale, key, &[("n", n.into())])
}

/// The word for what came of comparing, after `comparison-`.
pub fn outcome(summary: &Summary) -> &'static str {
    match summary.outcome {
        // Everything was there when it ended.
        Comparison::Mended if summary.sent == 0 => Comparison::Same.as_str(),
        other => other.as_str(),
    }
}

/// What a repair has done, each in words; nothing where nothing differed.
pub fn repaired(catalog: &Catalog, locale: Locale, summary: &Summary) -> Vec<String> {
    [
        ("comparison-found", summary.found),
        ("comparison-sent", summary.sent),
        ("comparison-remaining", summary.remaining),
    ]
    .into_iter()
    .filter(|(_, n)| *n > 0)
    .map(|(key, n)| catalog.text(locale, key, &[("n", n.into())]))
    .collect()
}

/// What came of comparing, with what was done, in one line.
pub fn comparison(catalog: &Catalog, locale: Locale, summary: &Summary) -> String {
    let key = format!("comparison-{}", outcome(summary));
    let mut text = catalog.text(locale, &key, &[]);
    match summary.at {
        Some(at) => text = format!("{text} {at}"),
        // The words of the page end with a date.
        None => {
            for end in [" on", " au", " le"] {
                text.truncate(text.trim_end_matches(end).len());
            }
        }
    }
    for done in repaired(catalog, locale, summary) {
        text = format!("{text}; {done}");
    }
    match &summary.error {
        Some(error) => format!("{text}: {error}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_trouble_has_words_in_both_languages() {
        let catalog = Catalog::load().unwrap();
        for locale in Locale::ALL {
            for word in Standing::ALL {
                let text = standing(&catalog, locale, word);
                assert!(!text.contains('-'), "{text}");
            }
            for kind in Trouble::ALL {
                let (what, cure) = trouble(&catalog, locale, *kind);
                assert!(what.ends_with(['.', ')']), "{what}");
                assert!(cure.ends_with('.'), "{cure}");
            }
        }
        let french = Standing::ALL.map(|word| standing(&catalog, Locale::Fr, word));
        assert_eq!(
            french,
            ["Injoignable", "En retard", "Suspendu", "Bloqué", "À jour"]
        );
    }

    #[test]
    fn a_length_of_time_has_one_unit() {
        let catalog = Catalog::load().unwrap();
        let minute = 60_000;
        for (ms, expect) in [
            (-1, "less than a minute"),
            (minute, "1\u{a0}minute"),
            (119 * minute, "119\u{a0}minutes"),
            (3 * 60 * minute, "3\u{a0}hours"),
            (3 * 1440 * minute, "3\u{a0}days"),
        ] {
            let text = lasting(&catalog, Locale::En, ms);
            assert_eq!(text.replace(' ', "\u{a0}"), expect.replace(' ', "\u{a0}"));
        }
    }
}
