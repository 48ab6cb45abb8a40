//! What a forum is: rules, operations, policy, events, settings.
//!
//! The same functions serve pages, both APIs, the command line and the inbox; whoever acts is a [`Viewer`], and
//! [`policy`] is asked in here, so that no entrance has a back door. Reads take anything that can be read from
//! ([`Read`]), writes take a [`Tx`].
//!
//! Not here: HTTP, ActivityPub JSON, HTML templates. What must leave the node is an [`event::Event`], written to the
//! outbox by the [`Publish`] of `parvis-federation` in the same transaction.

pub mod actors;
pub mod affiliations;
pub mod answers;
pub mod backfills;
pub mod bans;
pub mod bookmarks;
pub mod categories;
pub mod circles;
pub mod clock;
pub mod comparisons;
pub mod config;
pub mod content;
pub mod digests;
pub mod drafts;
pub mod error;
pub mod event;
pub mod farewells;
pub mod follows;
pub mod freshness;
pub mod heartbeats;
pub mod idempotency;
pub mod instances;
pub mod jobs;
pub mod keys;
pub mod links;
pub mod mail;
pub mod media;
pub mod metrics;
pub mod moderation;
pub mod moving;
pub mod newcomers;
pub mod notifications;
pub mod officials;
pub mod passwords;
pub mod people;
pub mod policy;
pub mod polls;
pub mod posts;
pub mod quotes;
pub mod reports;
pub mod search;
pub mod second_factors;
pub mod sessions;
pub mod settings;
pub mod statistics;
pub mod surroundings;
pub mod tag_follows;
pub mod tags;
#[cfg(test)]
mod testing;
pub mod text;
pub mod throttles;
pub mod tokens;
pub mod topic_follows;
pub mod topic_moves;
pub mod topics;
mod tx;
pub mod viewer;
pub mod votes;

use std::sync::{Arc, OnceLock};

pub use parvis_db as db;
pub use parvis_db::entity::kinds;
pub use parvis_db::id;
pub use parvis_db::page;
pub use parvis_db::time::Timestamp;
pub use parvis_db::{Db, Read};

use parvis_db::Heard;

pub use clock::Clock;
pub use config::Config;
pub use error::{Denied, Error, FieldError, Kind, Result};
pub use event::{Around, Event, Origin};
pub use tx::{Publish, Tx};
pub use viewer::Viewer;

/// Rows that are also the domain's records.
pub use parvis_db::entity::{
    actor::Model as Actor, affiliation::Model as Affiliation, draft::Model as Draft,
    follow::Model as Follow, instance::Model as Instance, media::Model as Media,
    person::Model as Person, post::Model as Post, report::Model as Report,
    revision::Model as Revision, topic::Model as Topic, vote::Model as Vote,
};

/// A forum: its database, settings and clock. Cheap to clone; a process may hold several.
#[derive(Clone)]
pub struct Forum {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    config: Config,
    clock: Clock,
    files: media::file::Files,
    publisher: OnceLock<Arc<dyn Publish>>,
    work: tokio::sync::watch::Sender<u64>,
    heartbeats: heartbeats::Heartbeats,
    policies: instances::Policies,
    freshness: freshness::Freshness,
    /// A name for this process, which no other one has.
    process: String,
}

impl Forum {
    /// A forum on an open and migrated database.
    pub fn new(db: Db, config: Config, clock: Clock) -> Self {
        let files = media::file::Files::new(config.storage.url.path());
        Self {
            inner: Arc::new(Inner {
                db,
                files,
                config,
                clock,
                publisher: OnceLock::new(),
                work: tokio::sync::watch::Sender::new(0),
                heartbeats: heartbeats::Heartbeats::default(),
                policies: instances::Policies::default(),
                freshness: freshness::Freshness::default(),
                process: format!("{:016x}", rand::random::<u64>()),
            }),
        }
    }

    /// Names who turns events into what leaves the node. Only the first call counts; without one nothing leaves.
    pub fn set_publisher(&self, publisher: Arc<dyn Publish>) {
        drop(self.inner.publisher.set(publisher));
    }

    /// The database, for reading.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The files that people attach.
    pub fn files(&self) -> &media::file::Files {
        &self.inner.files
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Opens a transaction: at the edge (handler, dispatch, job), once, and short.
    pub async fn begin(&self) -> Result<Tx> {
        Tx::begin(self.clone(), false).await
    }

    /// As [`Forum::begin`], for what a worker does again from its queue if the power fails right after: the commit
    /// does not wait for the disk.
    pub async fn begin_deferred(&self) -> Result<Tx> {
        Tx::begin(self.clone(), true).await
    }

    /// Tells a background loop of this process when a commit may have left something to do. A loop keeps one for as
    /// long as it runs, so that nothing is missed while it works.
    pub fn work(&self) -> WorkSignal {
        WorkSignal(self.inner.work.subscribe())
    }

    /// Wakes the background loops of this process whenever another one leaves something to do, and lets kept answers be
    /// old whenever another one changes something; on PostgreSQL only, and until the connection can't be had any more. On
    /// SQLite it never ends: there is nobody else.
    pub async fn hear_others(&self) -> Result<()> {
        let Some(mut listener) = self.db().listen().await? else {
            return std::future::pending().await;
        };
        self.freshness().listens(true);
        let broken = loop {
            match listener.heard().await {
                Ok(Heard::Work) => self.wake_workers(),
                Ok(Heard::Change(process)) if process == self.process() => {}
                Ok(Heard::Change(_)) => self.freshness().all_changed(),
                Ok(Heard::Again) => {
                    self.freshness().all_changed();
                    self.wake_workers();
                }
                Err(error) => break error,
            }
        };
        self.freshness().listens(false);
        Err(broken.into())
    }

    /// Since when answers kept in memory are out of date.
    pub fn freshness(&self) -> &freshness::Freshness {
        &self.inner.freshness
    }

    pub(crate) fn process(&self) -> &str {
        &self.inner.process
    }

    /// Says that there is something to do for the background loops of this process.
    pub fn wake_workers(&self) {
        self.inner.work.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Signs of life of the background loops of this process.
    pub fn heartbeats(&self) -> &heartbeats::Heartbeats {
        &self.inner.heartbeats
    }

    fn policies(&self) -> &instances::Policies {
        &self.inner.policies
    }

    fn publisher(&self) -> Option<&Arc<dyn Publish>> {
        self.inner.publisher.get()
    }
}

/// See [`Forum::work`].
#[derive(Debug)]
pub struct WorkSignal(tokio::sync::watch::Receiver<u64>);

impl WorkSignal {
    /// Waits until there may be something new to do since the last call.
    pub async fn arrived(&mut self) {
        if self.0.changed().await.is_err() {
            // The forum is gone; whoever waits is about to be stopped.
            std::future::pending::<()>().await;
        }
    }
}

impl std::fmt::Debug for Forum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forum").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_each_database;

    #[tokio::test]
    async fn what_one_process_leaves_to_do_wakes_another() {
        on_each_database(Config::default(), async |forum| {
            if forum.db().backend() == db::sea_orm::DatabaseBackend::Sqlite {
                assert!(forum.db().listen().await.unwrap().is_none());
                return;
            }
            let mut listener = forum.db().listen().await.unwrap().unwrap();
            let tx = forum.begin().await.unwrap();
            jobs::enqueue(&tx, "test", &(), None).await.unwrap();
            tx.commit().await.unwrap();
            listener.heard().await.unwrap();
        })
        .await;
    }
}
