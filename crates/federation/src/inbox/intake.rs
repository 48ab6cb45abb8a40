//! From a verified request to the journal: many at once, in one transaction, before their 202.
//!
//! A request hands its activity over and waits. One task writes down whatever waits at the moment, commits, and tells
//! everybody; who comes meanwhile is in the next transaction. Nothing is accepted that isn't in the database: a request
//! is answered after the commit, and a process that dies before leaves its peers without an answer.

use std::collections::BTreeSet;
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
/// How deep the journal is, is looked at so often while activities come.
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
    full: Full,
}

/// Until when the journal counts as full. Then it is looked at again, with the next activity that comes.
#[derive(Clone, Debug, Default)]
struct Full(Arc<Mutex<Option<Instant>>>);

impl Full {
    fn is_now(&self) -> bool {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn set(&self, deep: bool) {
        let until = deep.then(|| Instant::now() + LOOK_EVERY);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

impl Intake {
    /// Starts the task that writes; it ends with the intake.
    pub(crate) fn start(forum: Forum) -> Self {
        let (hand_over, receiver) = mpsc::channel(WAITING);
        let full = Full::default();
        #[expect(clippy::disallowed_methods, reason = "ends when its channel closes")]
        tokio::spawn(write(forum, receiver, full.clone()));
        Self { hand_over, full }
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
        self.full.is_now()
    }
}

async fn write(forum: Forum, mut receiver: mpsc::Receiver<Waiting>, full: Full) {
    let limit = u64::from(forum.config().federation.inbox_limit);
    let mut looked_at: Option<Instant> = None;
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
        if looked_at.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
            looked_at = Some(Instant::now());
            match journal::is_deep(forum.db(), limit).await {
                Ok(deep) => full.set(deep),
                Err(error) => tracing::error!(%error, "cannot see how deep the journal is"),
            }
        }
        let written = if full.is_now() {
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
