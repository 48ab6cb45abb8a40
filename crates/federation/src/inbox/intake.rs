//! From a verified request to the journal: many at once, in one transaction, before their 202.
//!
//! A request hands its activity over and waits. One task writes down whatever waits at the moment, commits, and tells
//! everybody; who comes meanwhile is in the next transaction. Nothing is accepted that isn't in the database: a request
//! is answered after the commit, and a process that dies before leaves its peers without an answer.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::future::Cache;
use parvis_forum::db::queue::inbox::{self as journal, NewItem};
use parvis_forum::{Error, Forum, Result, instances};
use tokio::sync::{mpsc, oneshot};

/// Activities in one transaction at most.
const TOGETHER: usize = 256;
/// Requests that may wait to be handed over; more wait in their connections.
const WAITING: usize = 1_024;
/// How deep the journal is, is looked at so often while activities come, and each time an eighth of it may have come.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A host is noted as heard from at most so often.
const HEARD_EVERY: Duration = Duration::from_mins(1);
/// Hosts that are remembered as heard from.
const HOSTS: u64 = 10_000;

/// A verified activity.
#[derive(Debug)]
pub(super) struct Verified {
    /// What it is known by: see [`NewItem::activity_uri`].
    pub key: String,
    /// Who signed it.
    pub signer: String,
    /// The signer's host.
    pub host: String,
    /// See [`NewItem::ordering_key`].
    pub ordering_key: String,
    /// As received.
    pub body: String,
}

/// Why an activity is not in the journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotTaken {
    /// So much waits to be applied that no more is taken for now.
    #[error("the journal is full")]
    Full,
    /// The database failed.
    #[error("{0}")]
    Failed(String),
}

struct Waiting {
    verified: Verified,
    answer: oneshot::Sender<Result<(), NotTaken>>,
}

/// Writes activities to the journal for all requests of the process.
pub(crate) struct Intake {
    hand_over: mpsc::Sender<Waiting>,
    pressure: Pressure,
}

/// How much waits. What was seen counts for a while; then it is looked at again, with the next activity that comes.
#[derive(Clone, Debug, Default)]
struct Pressure(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// The journal was full.
    full: bool,
    /// Of these hosts alone half of what may wait did.
    crowds: HashSet<String>,
    until: Option<Instant>,
}

impl Pressure {
    fn ask<T: Default>(&self, of: impl FnOnce(&Seen) -> T) -> T {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.until.is_some_and(|until| Instant::now() < until) {
            of(&seen)
        } else {
            T::default()
        }
    }

    fn is_full(&self) -> bool {
        self.ask(|seen| seen.full)
    }

    fn set(&self, full: bool, crowds: HashSet<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Seen {
            full,
            crowds,
            until: Some(Instant::now() + LOOK_EVERY),
        };
    }
}

impl Intake {
    /// Starts the task that writes; it ends with the intake.
    pub(crate) fn start(forum: Forum) -> Self {
        let (hand_over, receiver) = mpsc::channel(WAITING);
        let pressure = Pressure::default();
        #[expect(clippy::disallowed_methods, reason = "ends when its channel closes")]
        tokio::spawn(write(forum, receiver, pressure.clone()));
        Self {
            hand_over,
            pressure,
        }
    }

    /// Returns when the activity is in the journal for good.
    pub(super) async fn take(&self, verified: Verified) -> Result<(), NotTaken> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { verified, answer };
        if self.hand_over.send(waiting).await.is_err() {
            return Err(NotTaken::Failed("the intake has ended".to_owned()));
        }
        answered
            .await
            .unwrap_or_else(|_| Err(NotTaken::Failed("the intake broke off".to_owned())))
    }

    /// Whether the journal was full when it was last looked at: then a request needn't even be verified.
    pub(super) fn is_full(&self) -> bool {
        self.pressure.is_full()
    }

    /// Whether half of what may wait came from this host, when it was last looked at.
    pub(super) fn is_crowded_by(&self, host: &str) -> bool {
        self.pressure.ask(|seen| seen.crowds.contains(host))
    }
}

async fn write(forum: Forum, mut receiver: mpsc::Receiver<Waiting>, pressure: Pressure) {
    let limit = u64::from(forum.config().federation.inbox_limit);
    let mut looked_at: Option<Instant> = None;
    let mut since = 0;
    let heard: Cache<String, ()> = Cache::builder()
        .max_capacity(HOSTS)
        .time_to_live(HEARD_EVERY)
        .build();
    let mut waiting = Vec::with_capacity(TOGETHER);
    while receiver.recv_many(&mut waiting, TOGETHER).await > 0 {
        let (verified, answers): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .map(|waiting| (waiting.verified, waiting.answer))
            .unzip();
        since += verified.len() as u64;
        if since > limit / 8 || looked_at.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
            looked_at = Some(Instant::now());
            since = 0;
            match look(&forum, limit).await {
                Ok((full, crowds)) => pressure.set(full, crowds),
                Err(error) => tracing::error!(%error, "cannot see how deep the journal is"),
            }
        }
        let written = if pressure.is_full() {
            Err(NotTaken::Full)
        } else {
            append(&forum, &heard, &verified)
                .await
                .map_err(|error| NotTaken::Failed(error.to_string()))
        };
        for answer in answers {
            // Whoever asked may have gone; the activity stays.
            drop(answer.send(written.clone()));
        }
    }
}

/// Whether the journal is full, and the hosts of which half of what may wait does.
async fn look(forum: &Forum, limit: u64) -> Result<(bool, HashSet<String>)> {
    let share = limit.div_ceil(2);
    let db = forum.db();
    if !journal::is_deep(db, share).await? {
        return Ok(Default::default());
    }
    let crowds = journal::crowds(db, share).await?.into_iter().collect();
    Ok((journal::is_deep(db, limit).await?, crowds))
}

async fn append(forum: &Forum, heard: &Cache<String, ()>, verified: &[Verified]) -> Result<()> {
    let mut news = BTreeSet::new();
    for one in verified {
        if !heard.contains_key(&one.host) {
            news.insert(one.host.as_str());
        }
    }
    let items: Vec<NewItem<'_>> = verified
        .iter()
        .map(|one| NewItem {
            activity_uri: &one.key,
            signer_uri: &one.signer,
            host: &one.host,
            ordering_key: &one.ordering_key,
            body: &one.body,
        })
        .collect();
    let tx = forum.begin().await?;
    let added = journal::append_all(tx.c(), tx.now(), &items)
        .await
        .map_err(Error::from)?;
    tx.leaves_work();
    for host in &news {
        instances::heard_from(&tx, host).await?;
    }
    tx.commit().await?;
    for host in news {
        heard.insert(host.to_owned(), ()).await;
    }
    tracing::debug!(activities = verified.len(), added, "wrote to the journal");
    Ok(())
}
