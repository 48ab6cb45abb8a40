//! Since when answers that were kept in memory are out of date.
//!
//! A kept answer names the parts of the forum that it shows. Every commit that readers may notice makes something old:
//! a reply or a vote its topic, its category and the lists; anything else everything, unless all it wrote were tables
//! that visitors never see. What isn't known to be harmless makes everything old.
//!
//! Other processes change the same database. On SQLite those that may not work on the queues (commands, above all) add a
//! byte to the file that the worker holds, and its length is looked at before an answer is given; on PostgreSQL they
//! notify. A process that can't hear others keeps nothing.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

use crate::id::{ActorId, TopicId};

/// Parts remembered one by one; when there are more, everything counts as changed.
const MAX_PARTS: usize = 50_000;

/// Tables of which a visitor sees nothing.
const UNSEEN: &[&str] = &[
    "backfill_items",
    "bans",
    "bookmarks",
    "comparison_differences",
    "comparisons",
    "conversation_digests",
    "delivery_failures",
    "destinations",
    "drafts",
    "farewells",
    "idempotency_keys",
    "inbox",
    "interests",
    "jobs",
    "mail_tokens",
    "markers",
    "notifications",
    "outbox",
    "outbox_direct",
    "quote_authorizations",
    "range_digests",
    "recovery_codes",
    "retired_keys",
    "search_docs",
    "search_fts",
    "second_factors",
    "sessions",
    "sign_ins",
    "tag_follows",
    "throttles",
    "tokens",
    "topic_follows",
];

/// Tables that a reply or a vote writes to, besides the unseen ones.
const OF_TOPICS: &[&str] = &[
    "categories",
    "poll_votes",
    "polls",
    "post_mentions",
    "posts",
    "quotes",
    "topics",
    "votes",
];

/// What an answer may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A topic and its posts.
    Topic(TopicId),
    /// The topics of a category, and its counts.
    Category(ActorId),
    /// Topics of all categories.
    Lists,
    /// How many like which topics, which lists show too.
    Likes,
}

/// A moment between two changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

/// How changes by other processes are noticed.
#[derive(Debug)]
enum Others {
    /// They add to this file.
    File {
        file: File,
        /// Its length when it was last looked at.
        seen: AtomicU64,
    },
    /// They notify; whether we listen at present.
    Notified { listening: AtomicBool },
}

/// See the module.
#[derive(Debug, Default)]
pub struct Freshness {
    /// Changes so far.
    count: AtomicU64,
    /// The last change of everything.
    everything: AtomicU64,
    parts: RwLock<HashMap<Part, u64>>,
    others: OnceLock<Others>,
}

impl Freshness {
    /// From now on changes of others show in the length of this file, which is empty.
    pub fn watch_file(&self, file: File) {
        let seen = AtomicU64::new(0);
        drop(self.others.set(Others::File { file, seen }));
    }

    /// Changes of others will be heard; nothing is kept until [`Freshness::listens`] says so.
    pub fn await_notices(&self) {
        let listening = AtomicBool::new(false);
        drop(self.others.set(Others::Notified { listening }));
    }

    /// Whether notices are heard from now on. What happened before is not known.
    pub fn listens(&self, now: bool) {
        if let Some(Others::Notified { listening }) = self.others.get() {
            listening.store(now, Ordering::Release);
            self.all_changed();
        }
    }

    /// The moment before which nothing read from now on can be old. None where nothing may be kept.
    pub fn moment(&self) -> Option<Moment> {
        match self.others.get()? {
            Others::File { file, seen } => {
                let length = file.metadata().ok()?.len();
                if seen.swap(length, Ordering::AcqRel) != length {
                    self.all_changed();
                }
            }
            Others::Notified { listening } => {
                if !listening.load(Ordering::Acquire) {
                    return None;
                }
            }
        }
        Some(Moment(self.count.load(Ordering::Acquire)))
    }

    /// Whether what was read at a moment still holds, as far as it shows only these parts.
    pub fn holds(&self, moment: Moment, parts: &[Part]) -> bool {
        if self.everything.load(Ordering::Acquire) > moment.0 {
            return false;
        }
        let changed = self.parts.read().unwrap_or_else(PoisonError::into_inner);
        parts
            .iter()
            .all(|part| changed.get(part).is_none_or(|at| *at <= moment.0))
    }

    /// Everything may have changed.
    pub(crate) fn all_changed(&self) {
        let at = self.count.fetch_add(1, Ordering::AcqRel) + 1;
        self.everything.fetch_max(at, Ordering::AcqRel);
    }

    pub(crate) fn changed(&self, change: &Change) {
        let parts = match change {
            Change::Nothing => return,
            Change::Everything => return self.all_changed(),
            Change::Parts(parts) => parts,
        };
        let mut changed = self.parts.write().unwrap_or_else(PoisonError::into_inner);
        let at = self.count.fetch_add(1, Ordering::AcqRel) + 1;
        changed.extend(parts.iter().map(|part| (*part, at)));
        if changed.len() > MAX_PARTS {
            changed.clear();
            self.everything.fetch_max(at, Ordering::AcqRel);
        }
    }

    /// Whether other processes are told of what this one changes: on SQLite, by those that don't hold the file.
    pub(crate) fn tells_others(&self) -> bool {
        !matches!(self.others.get(), Some(Others::File { .. }))
    }
}

/// What a transaction changed, for readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    Parts(Vec<Part>),
    Everything,
}

impl Change {
    /// By the tables that were written to, and by the parts that replies and votes named. `alone` says that nothing but
    /// replies and votes happened.
    pub(crate) fn of(tables: &[&str], parts: Vec<Part>, alone: bool) -> Self {
        let seen = || tables.iter().filter(|table| !UNSEEN.contains(table));
        if seen().next().is_none() {
            return Self::Nothing;
        }
        if alone && !parts.is_empty() && seen().all(|table| OF_TOPICS.contains(table)) {
            return Self::Parts(parts);
        }
        Self::Everything
    }
}

/// The file beside an SQLite database whose length tells of changes, and whose lock makes its holder the only worker.
pub fn file_beside(database_url: &str) -> Option<PathBuf> {
    let path = database_url.strip_prefix("sqlite://")?;
    let path = path.split('?').next().unwrap_or(path);
    Some(PathBuf::from(format!("{path}.worker")))
}

/// Lets the process that holds the file know that something changed. Without the file nobody is there to be told.
pub(crate) fn tell(file: &Path) {
    let told = File::options().append(true).open(file);
    if let Err(error) = told.and_then(|mut file| file.write_all(b".")) {
        tracing::debug!(%error, "nobody was told of the change");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn freshness() -> (Freshness, tempfile::NamedTempFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let freshness = Freshness::default();
        freshness.watch_file(file.reopen().unwrap());
        (freshness, file)
    }

    #[test]
    fn what_a_change_names_is_old_and_nothing_else() {
        let (freshness, _file) = freshness();
        let (one, other) = (Part::Topic(TopicId(1)), Part::Topic(TopicId(2)));
        let before = freshness.moment().unwrap();
        freshness.changed(&Change::Parts(vec![one, Part::Lists]));
        assert!(!freshness.holds(before, &[one]));
        assert!(!freshness.holds(before, &[other, Part::Lists]));
        assert!(freshness.holds(before, &[other]));
        assert!(freshness.holds(freshness.moment().unwrap(), &[one]));
        freshness.changed(&Change::Nothing);
        assert!(freshness.holds(before, &[other]));
        freshness.changed(&Change::Everything);
        assert!(!freshness.holds(before, &[other]));
        assert!(!freshness.holds(before, &[]));
    }

    #[test]
    fn too_many_parts_make_everything_old() {
        let (freshness, _file) = freshness();
        let quiet = Part::Topic(TopicId(-1));
        let before = freshness.moment().unwrap();
        for n in 0..=i64::try_from(MAX_PARTS).unwrap() {
            freshness.changed(&Change::Parts(vec![Part::Topic(TopicId(n))]));
        }
        assert!(!freshness.holds(before, &[quiet]));
        assert!(freshness.holds(freshness.moment().unwrap(), &[quiet]));
    }

    #[test]
    fn others_tell_by_the_length_of_a_file() {
        let (freshness, file) = freshness();
        let before = freshness.moment().unwrap();
        assert_eq!(freshness.moment().unwrap(), before);
        tell(file.path());
        assert!(freshness.moment().unwrap() > before);
        assert!(!freshness.holds(before, &[]));
    }

    #[test]
    fn without_hearing_others_nothing_is_kept() {
        let freshness = Freshness::default();
        assert_eq!(freshness.moment(), None);
        freshness.await_notices();
        assert_eq!(freshness.moment(), None);
        freshness.listens(true);
        let before = freshness.moment().unwrap();
        freshness.listens(false);
        assert_eq!(freshness.moment(), None);
        freshness.listens(true);
        assert!(!freshness.holds(before, &[]));
    }

    #[test]
    fn only_what_is_known_to_be_harmless_leaves_answers_fresh() {
        let parts = vec![Part::Lists];
        let of = |tables: &[&str], alone| Change::of(tables, parts.clone(), alone);
        assert_eq!(of(&["inbox", "jobs"], false), Change::Nothing);
        assert_eq!(of(&["inbox", "posts"], true), Change::Parts(parts.clone()));
        assert_eq!(of(&["inbox", "posts"], false), Change::Everything);
        assert_eq!(of(&["posts", "actors"], true), Change::Everything);
        assert_eq!(of(&["a_new_table"], true), Change::Everything);
        assert_eq!(Change::of(&["posts"], Vec::new(), true), Change::Everything);
    }
}
