//! A transaction of the forum: the database's, with the time it happens at and the events it emits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::freshness::{self, Change, Part};
use crate::{Config, Event, Forum, Result, Timestamp, db};

/// Turns events into what leaves the node, in the transaction that made them.
#[async_trait::async_trait]
pub trait Publish: Send + Sync + 'static {
    /// Writes what `events` call for to the outbox.
    async fn publish(&self, tx: &Tx, events: Vec<Event>) -> Result<()>;
}

/// A transaction. Committed once, by whoever opened it; dropping it undoes everything.
pub struct Tx {
    forum: Forum,
    inner: db::Tx,
    now: Timestamp,
    events: Mutex<Vec<Event>>,
    parts: Mutex<Vec<Part>>,
    policies: AtomicBool,
    work: AtomicBool,
}

impl Tx {
    pub(crate) async fn begin(forum: Forum, deferred: bool) -> Result<Self> {
        let inner = if deferred {
            forum.db().begin_deferred().await?
        } else {
            forum.db().begin().await?
        };
        let now = forum.now();
        Ok(Self {
            forum,
            inner,
            now,
            events: Mutex::default(),
            parts: Mutex::default(),
            policies: AtomicBool::new(false),
            work: AtomicBool::new(false),
        })
    }

    /// The database's transaction, which queries take.
    pub fn c(&self) -> &db::Tx {
        &self.inner
    }

    /// The moment at which the transaction happens.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        self.forum.config()
    }

    /// The forum.
    pub fn forum(&self) -> &Forum {
        &self.forum
    }

    /// Notes that something happened.
    pub fn emit(&self, event: Event) {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event);
    }

    /// Notes which parts a reply or a vote changes: if nothing else happens, only what shows them is out of date from the
    /// commit on.
    pub(crate) fn touches<const N: usize>(&self, parts: [Part; N]) {
        self.parts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(parts);
    }

    /// What readers may notice of it. `alone` says that nothing happened but replies and votes.
    fn change(&self, alone: bool) -> Change {
        let parts = std::mem::take(&mut *self.parts.lock().unwrap_or_else(PoisonError::into_inner));
        let tables = self.inner.written();
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        Change::of(&tables, parts, alone)
    }

    /// Notes that something is left to do for the background loops, of whichever process.
    pub fn leaves_work(&self) {
        self.work.store(true, Ordering::Relaxed);
    }

    /// Notes that what servers may do is changed: from the commit on the new policies hold.
    pub(crate) fn changes_policies(&self) {
        self.policies.store(true, Ordering::Relaxed);
    }

    /// Writes what the events call for to the outbox, and makes everything durable at once; one of
    /// [`Forum::begin_deferred`] does not wait for the disk.
    pub async fn commit(self) -> Result<()> {
        let events =
            std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        let alone = events.iter().all(Event::adds_to_topic);
        if !events.is_empty()
            && let Some(publisher) = self.forum.publisher().cloned()
        {
            publisher.publish(&self, events).await?;
            self.leaves_work();
        }
        if self.work.load(Ordering::Relaxed) {
            self.inner.wake().await?;
        }
        let change = self.change(alone);
        let others = change != Change::Nothing && self.forum.freshness().tells_others();
        if others {
            self.inner.tell_change(self.forum.process()).await?;
        }
        let committed = self.inner.commit().await;
        // Even where the disk failed after the commit, readers see what was written.
        self.forum.freshness().changed(&change);
        committed?;
        if others
            && let Some(file) = freshness::file_beside(self.forum.config().database.url.as_str())
        {
            freshness::tell(&file);
        }
        if self.policies.into_inner() {
            self.forum.policies().forget();
        }
        self.forum.wake_workers();
        Ok(())
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").finish_non_exhaustive()
    }
}
