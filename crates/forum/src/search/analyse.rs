//! Makes words comparable: the one analyser for what is indexed and what is asked, on every database.
//!
//! A word is lowered, loses its elision (`l'`, `d'`, `qu'`), is stemmed by language, and its accents are folded
//! after that, since the French stemmer reads them. The folded word itself is kept beside its stems, so that
//! a question typed without accents finds as much. Not here: the tables and the SQL.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;
use whatlang::Lang;

/// Longest token, in characters.
const MAX_TOKEN: usize = 64;
/// Words read from one question.
const MAX_TERMS: usize = 16;
/// Words read from one text.
const MAX_WORDS: usize = 50_000;
/// Shorter texts don't tell their language.
const MIN_CHARS_TO_DETECT: usize = 40;

/// French words that lose their vowel before another word.
const ELISIONS: [&str; 13] = [
    "jusqu", "lorsqu", "puisqu", "quoiqu", "qu", "l", "d", "j", "m", "t", "s", "n", "c",
];

/// Which stems a text gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stems {
    French,
    English,
    Both,
}

impl Stems {
    /// For a text of a language (BCP 47), or of one to be found out.
    fn of(text: &str, language: Option<&str>) -> Self {
        if let Some(tag) = language.filter(|tag| !tag.is_empty() && *tag != "und") {
            let primary = tag.split(['-', '_']).next().unwrap_or_default();
            return match primary.to_ascii_lowercase().as_str() {
                "fr" => Self::French,
                "en" => Self::English,
                _ => Self::Both,
            };
        }
        let sample: String = text.chars().take(2000).collect();
        if sample.chars().count() < MIN_CHARS_TO_DETECT {
            return Self::Both;
        }
        match whatlang::detect(&sample) {
            Some(info) if info.is_reliable() && info.lang() == Lang::Fra => Self::French,
            Some(info) if info.is_reliable() && info.lang() == Lang::Eng => Self::English,
            _ => Self::Both,
        }
    }

    fn stemmers(self) -> Vec<Stemmer> {
        let algorithms: &[Algorithm] = match self {
            Self::French => &[Algorithm::French],
            Self::English => &[Algorithm::English],
            Self::Both => &[Algorithm::French, Algorithm::English],
        };
        algorithms
            .iter()
            .map(|algorithm| Stemmer::create(*algorithm))
            .collect()
    }
}

/// What is stored to find a plain text by: its tokens in order, with spaces between.
///
/// Each token consists of `a-z`, `0-9` and letters and digits of other scripts. `language` is a BCP 47 tag;
/// without one the language is guessed from longer texts, and others get the stems of both.
pub fn tokens(text: &str, language: Option<&str>) -> String {
    let stemmers = Stems::of(text, language).stemmers();
    let mut out = String::with_capacity(text.len() * 2);
    for word in words(text).take(MAX_WORDS) {
        for form in forms(&word, &stemmers) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&form);
        }
    }
    out
}

/// What a question asks for: for each of its words the tokens of which one must be there.
///
/// At most 16 words. Quotes and operators of the engines only part words, so each token can be quoted as is.
pub fn query_terms(q: &str) -> Vec<Vec<String>> {
    let stemmers = Stems::Both.stemmers();
    words(q)
        .map(|word| forms(&word, &stemmers))
        .filter(|forms| !forms.is_empty())
        .take(MAX_TERMS)
        .collect()
}

/// A word without its accents: lower case, `œ` as `oe`, letters and digits only.
pub(crate) fn fold(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_combining_mark(*c))
    {
        match c {
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'ß' => out.push_str("ss"),
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ł' => out.push('l'),
            'ħ' => out.push('h'),
            'ı' => out.push('i'),
            'þ' => out.push_str("th"),
            c if c.is_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}

/// The words of a text, in lower case, without elision; apostrophes inside are `'`.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.unicode_words().flat_map(|word| {
        let word: String = word
            .nfkc()
            .flat_map(char::to_lowercase)
            .map(straight)
            .collect();
        word.split(|c: char| !(c.is_alphanumeric() || c == '\'' || is_combining_mark(c)))
            .map(|part| without_elision(part.trim_matches('\'')).to_owned())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
    })
}

fn straight(c: char) -> char {
    match c {
        '’' | 'ʼ' | '‘' | '＇' => '\'',
        c => c,
    }
}

fn without_elision(mut word: &str) -> &str {
    while let Some((article, rest)) = word.split_once('\'') {
        if rest.is_empty() || !ELISIONS.contains(&article) {
            break;
        }
        word = rest;
    }
    word
}

/// The tokens of one word, each once.
fn forms(word: &str, stemmers: &[Stemmer]) -> Vec<String> {
    let mut forms: Vec<String> = Vec::with_capacity(3);
    let word: String = word.chars().take(MAX_TOKEN).collect();
    let stems = stemmers.iter().map(|stemmer| fold(&stemmer.stem(&word)));
    let folded = fold(&word);
    // The French stemmer leaves the plural of words in -o, -u and -i alone (vélos, bureaus).
    let singular = folded
        .strip_suffix(['s', 'x'])
        .filter(|rest| rest.chars().count() >= 3 && !rest.ends_with('s'))
        .map(ToOwned::to_owned);
    for form in stems.chain([folded.clone()]).chain(singular) {
        let form: String = form.chars().take(MAX_TOKEN).collect();
        if !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether a question finds a text, as an engine does: each word by one of its forms.
    fn finds(question: &str, text: &str, language: Option<&str>) -> bool {
        let stored = tokens(text, language);
        let stored: Vec<&str> = stored.split(' ').collect();
        let terms = query_terms(question);
        !terms.is_empty()
            && terms
                .iter()
                .all(|term| term.iter().any(|form| stored.contains(&form.as_str())))
    }

    #[test]
    fn forms_of_a_word_find_each_other() {
        for (a, b) in [
            ("elections", "élection"),
            ("élection", "ÉLECTIONS"),
            ("ELECTIONS", "élections"),
            ("europeen", "européennes"),
            ("europeennes", "européen"),
            ("national", "nationaux"),
            ("l'hébergement", "hebergement"),
            ("l’hébergement", "hebergements"),
            ("cœur", "coeur"),
            ("prevue", "prévues"),
            ("vélo", "vélos"),
            ("qu'une jusqu’à", "une à"),
            ("L'ÉTÉ", "e\u{301}te\u{301}"),
        ] {
            for language in [Some("fr"), Some("fr-FR"), None] {
                assert!(
                    finds(a, b, language),
                    "{a} in {b}: {:?} in {}",
                    query_terms(a),
                    tokens(b, language)
                );
                assert!(
                    finds(b, a, language),
                    "{b} in {a}: {:?} in {}",
                    query_terms(b),
                    tokens(a, language)
                );
            }
        }
        for language in [Some("en"), None] {
            assert!(finds("hosting", "hosted", language));
            assert!(finds("hosted", "Hosting.", language));
            assert!(finds("john", "John's", language));
        }
        assert!(!finds("rue", "route", Some("fr")));
    }

    #[test]
    fn operators_only_part_words() {
        let flat: Vec<String> = query_terms("\"rue\" AND (NEAR* -x:y) a&b|c! ~ ^ ' \\")
            .into_iter()
            .flatten()
            .collect();
        assert!(
            flat.iter()
                .all(|token| token.bytes().all(|b| b.is_ascii_alphanumeric())),
            "{flat:?}"
        );
        assert_eq!(query_terms("\"' * ()"), Vec::<Vec<String>>::new());
        assert_eq!(
            tokens("foo_bar 3.14 a.example", Some("en")),
            "foo bar 3 14 a exampl example"
        );
    }

    #[test]
    fn other_scripts_stay() {
        assert!(finds("Київ", "КИЇВ", None));
        assert!(finds("東京", "東京都", Some("ja")));
        assert_eq!(
            tokens("Straße Ærø Łódź", Some("de"))
                .split(' ')
                .filter(|t| ["strasse", "aero", "lodz"].contains(t))
                .count(),
            3
        );
    }

    #[test]
    fn a_longer_text_tells_its_language() {
        let french = "Les élections municipales auront lieu au printemps dans toutes les communes du département.";
        assert_eq!(Stems::of(french, None), Stems::French);
        let english = "The council has published the results of the survey that was held among all residents.";
        assert_eq!(Stems::of(english, None), Stems::English);
        assert_eq!(Stems::of("Élections", None), Stems::Both);
        assert_eq!(Stems::of(french, Some("de")), Stems::Both);
    }

    #[test]
    fn questions_are_bounded() {
        assert!(!tokens(&"l'".repeat(100_000), None).is_empty());
        let terms = query_terms(&"abc ".repeat(1000));
        assert_eq!(terms.len(), MAX_TERMS);
        assert!(
            query_terms(&"x".repeat(100_000))
                .iter()
                .flatten()
                .all(|token| token.chars().count() <= MAX_TOKEN)
        );
    }

    proptest! {
        #[test]
        fn tokens_can_be_quoted(text in "\\PC{0,80}") {
            let stored = tokens(&text, None);
            let asked = query_terms(&text);
            for token in stored.split_whitespace().chain(asked.iter().flatten().map(String::as_str)) {
                prop_assert!(token.chars().all(char::is_alphanumeric), "{token:?}");
                prop_assert!(!token.chars().any(|c| c.is_ascii_uppercase()));
            }
        }

        #[test]
        fn a_text_finds_itself(text in "[a-zéèêàçœ' ]{1,60}") {
            prop_assume!(!query_terms(&text).is_empty());
            for language in [Some("fr"), Some("en"), None] {
                prop_assert!(finds(&text, &text, language));
            }
        }
    }
}
