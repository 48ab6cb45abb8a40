//! What changed between two versions of a text, word by word, for the history of a post.
//!
//! Made for plain text or Markdown sources; the result is text, and whoever shows it escapes it.

use std::time::Duration;

use similar::{Algorithm, ChangeTag, TextDiff};

use super::sanitize::{MAX_BYTES, cut_at_byte};

/// Time after which the search for the smallest difference stops and a coarser one is given.
const TIME: Duration = Duration::from_millis(300);

/// What happened to a stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// In both versions.
    Same,
    /// Only in the new version.
    Added,
    /// Only in the old version.
    Removed,
}

/// A stretch of text that was kept, added or removed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// What happened to it.
    pub kind: ChangeKind,
    /// The text, never empty.
    pub text: String,
}

/// The changes from one version to the other, in order; neighbours differ in kind.
///
/// `Same` and `Removed` together are the old text, `Same` and `Added` the new one (both up to 200 kB).
pub fn words(old: &str, new: &str) -> Vec<Change> {
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .timeout(TIME)
        .diff_unicode_words(cut_at_byte(old, MAX_BYTES), cut_at_byte(new, MAX_BYTES));
    let mut changes: Vec<Change> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => ChangeKind::Same,
            ChangeTag::Insert => ChangeKind::Added,
            ChangeTag::Delete => ChangeKind::Removed,
        };
        let text: &str = change.value();
        match changes.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(text),
            _ => changes.push(Change {
                kind,
                text: text.to_owned(),
            }),
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let mark = |kind| match kind {
            ChangeKind::Same => "",
            ChangeKind::Added => "+",
            ChangeKind::Removed => "-",
        };
        words(old, new)
            .into_iter()
            .flat_map(|change| {
                [
                    "[".to_owned(),
                    mark(change.kind).to_owned(),
                    change.text,
                    "]".to_owned(),
                ]
            })
            .collect()
    }

    #[test]
    fn whole_words_change() {
        assert_eq!(
            shown("La rue est fermée.", "La place est fermée !"),
            "[La ][-rue][+place][ est fermée][-.][+ !]"
        );
        assert_eq!(shown("a", "a"), "[a]");
        assert_eq!(shown("", "l'été\n"), "[+l'été\n]");
        assert_eq!(shown("", ""), "");
    }

    #[test]
    fn great_differences_take_little_time() {
        let text = |factor: u64, modulus: u64| -> Vec<String> {
            (0..40_000)
                .map(|n| (n * factor % modulus).to_string())
                .collect()
        };
        let old = text(7919, 10_007).join(" ");
        let new = text(104_729, 10_009).join(" ");
        let start = Instant::now();
        assert!(!words(&old, &new).is_empty());
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "took {:?}",
            start.elapsed()
        );
    }

    proptest! {
        #[test]
        fn both_versions_can_be_read_back(old in "[ab .é\n]{0,60}", new in "[ab .é\n]{0,60}") {
            let changes = words(&old, &new);
            let side = |other| changes.iter().filter(|c| c.kind != other).map(|c| c.text.as_str()).collect::<String>();
            prop_assert_eq!(side(ChangeKind::Added), old);
            prop_assert_eq!(side(ChangeKind::Removed), new);
        }
    }
}
