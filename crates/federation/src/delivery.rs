//! Sending what the outbox log holds: workers lease destinations, read after their cursors, deliver, and write back.
//!
//! Per destination several deliveries are in flight, in order within a conversation; one slow or failing server holds
//! up only itself. What was answered with 2xx is never sent again unless the process is killed before that is noted.
//! What a destination is to receive was decided in `outbox`.

mod decisions;
mod session;
mod signing;
mod status;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use moka::future::Cache;
use parvis_forum::db::entity::destination;
use parvis_forum::db::queue::outbox as log;
use parvis_forum::id::{ActorId, DestinationId};
use parvis_forum::keys::{self, RetiredKey};
use parvis_forum::{Actor, Timestamp, actors};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use url::Url;

pub use parvis_forum::db::queue::outbox::{Fate, HostFate, Logged, PostReach};
pub use parvis_forum::db::queue::set_aside::After;

pub use decisions::{
    SetAside, SetAsideId, drop_set_aside, find_set_aside, retry_host, retry_set_aside, set_aside,
    skip_first,
};
use signing::{Job, Signers};
pub use status::{
    Failed, HostDetail, HostStatus, Order, Overview, Standing, detail, failures, overview,
    post_reach, prune, reach_of_posts, standing_of, status,
};
pub(crate) use trouble::OUTCOMES;
pub use trouble::Trouble;

use crate::http::PostOutcome;
use crate::signature::{Digest, Kind, Signer};
use crate::synchronisation::Offer;
use crate::{Error, Federation, Result};

/// What every delivery is sent as: some peers compare it literally.
const CONTENT_TYPE: &str = "application/activity+json";
/// How long a worker has a destination without saying that it still works.
const LEASE_SECONDS: i64 = 60;
/// Destinations in hand at once. Most only wait for an answer.
const SESSIONS: usize = 1_000;
/// A delivery that has waited so long for an answer leaves its place to others, and goes on waiting.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the database is asked when nobody said that there is work.
const POLL: Duration = Duration::from_secs(5);
/// First wait after a failure, and the longest, in seconds.
const BACKOFF: (i64, i64) = (30, 6 * 3600);
/// Longest wait that a peer may ask for, in seconds.
const LONGEST_RETRY_AFTER: i64 = 86_400;
/// After so many days of failures a destination is asked once a day.
const ASLEEP_AFTER_DAYS: i64 = 7;
/// How long the kind of signature that a host took is remembered.
const KNOCK_DAYS: i64 = 7;

/// Delivers until `stop`, and then finishes what is in flight. Once a day forgets what the log needn't keep.
pub async fn run(federation: &Federation, stop: CancellationToken) {
    let worker = Worker::new(federation, stop.clone());
    let mut sessions = JoinSet::new();
    let mut work = federation.forum().work();
    let mut pruned: Option<Timestamp> = None;
    loop {
        federation.forum().heartbeats().beat("delivery");
        let now = worker.now();
        if pruned.is_none_or(|at| at.plus_days(1) <= now) {
            pruned = Some(now);
            match prune(federation).await {
                Ok(entries) => tracing::debug!(entries, "forgot old entries of the outbox log"),
                Err(error) => tracing::warn!(%error, "cannot prune the outbox log: {error}"),
            }
        }
        let busy = sessions.len();
        let free = SESSIONS.saturating_sub(busy);
        let leased = match worker.lease(free).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::error!(%error, "cannot lease destinations");
                Vec::new()
            }
        };
        for destination in leased {
            sessions.spawn(session::run(worker.clone(), destination));
        }
        let next = worker.until_due().await;
        tokio::select! {
            () = stop.cancelled() => break,
            () = work.arrived() => {}
            () = tokio::time::sleep(next) => {}
            Some(_) = sessions.join_next() => {}
        }
    }
    while sessions.join_next().await.is_some() {}
}

/// Delivers until nothing is due; how many were taken. For tests, and before a node is stopped for good.
pub async fn drain(federation: &Federation) -> Result<usize> {
    Worker::new(federation, CancellationToken::new())
        .drain()
        .await
}

/// A host sent something valid: what waits for it is tried at once.
pub async fn wake_host(federation: &Federation, host: &str) -> Result<()> {
    let forum = federation.forum();
    // Asked for each activity that comes: nothing of a host that was awake a moment ago has to be woken, unless a
    // delivery failed since.
    if federation.awake().contains_key(host) {
        return Ok(());
    }
    federation.awake().insert(host.to_owned(), ()).await;
    let woken = log::wake_host(forum.db(), host, forum.now())
        .await
        .map_err(parvis_forum::Error::from)?;
    if woken {
        tracing::info!(instance = host, "{host} is back");
        forum.wake_workers();
    }
    Ok(())
}

/// What the sessions of one process share.
struct Worker {
    federation: Federation,
    /// Names this worker in leases.
    owner: String,
    /// Deliveries at once: signed, sent, and answered soon.
    places: Semaphore,
    signers: Signers,
    /// Bodies of entries with their digests, made once for all destinations.
    bodies: Cache<i64, (Bytes, Digest)>,
    actors: Cache<ActorId, Actor>,
    /// Keys that were replaced, which sign what was in the log before; read once a minute.
    retired: Cache<(), Arc<Vec<RetiredKey>>>,
    /// To whom something was said of whose followers lately.
    offered: Cache<(ActorId, String), ()>,
    /// Destinations that took all they were sent lately: the next session begins at full width.
    wide: Cache<DestinationId, ()>,
    /// Hosts whose NodeInfo could not be read lately.
    silent: Cache<String, ()>,
    stop: CancellationToken,
    taken: AtomicUsize,
}

/// What came of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// 2xx.
    Taken,
    /// 410.
    Gone,
    /// The peer doesn't want it, and will not.
    Refused { status: Option<u16>, error: String },
    /// 401 to both kinds of signature: perhaps it could not get our key.
    Unproven { error: String },
    /// The peer, or the way to it, fails.
    Failed {
        error: String,
        /// How long the peer asks us to wait.
        after: Option<Duration>,
        /// There was no answer at all.
        silent: bool,
    },
}

impl Outcome {
    /// What it counts as: `taken`, or the kind of trouble.
    fn label(&self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Gone => Trouble::Gone.as_str(),
            Self::Refused { error, .. } | Self::Unproven { error } | Self::Failed { error, .. } => {
                Trouble::of(error).as_str()
            }
        }
    }
}

impl Worker {
    fn new(federation: &Federation, stop: CancellationToken) -> Arc<Self> {
        let width = federation.forum().config().federation.concurrency;
        let width = usize::try_from(width).unwrap_or(1).max(1);
        Arc::new(Self {
            federation: federation.clone(),
            owner: format!("{:016x}", rand::random::<u64>()),
            places: Semaphore::new(width),
            signers: Signers::start(),
            bodies: Cache::builder()
                .max_capacity(2_000)
                .time_to_live(Duration::from_mins(1))
                .build(),
            actors: Cache::builder()
                .max_capacity(2_000)
                .time_to_live(Duration::from_mins(1))
                .build(),
            retired: Cache::builder()
                .max_capacity(1)
                .time_to_live(Duration::from_mins(1))
                .build(),
            offered: Cache::builder()
                .max_capacity(50_000)
                .time_to_live(Duration::from_hours(6))
                .build(),
            wide: Cache::builder()
                .max_capacity(10_000)
                .time_to_live(Duration::from_mins(1))
                .build(),
            silent: Cache::builder()
                .max_capacity(10_000)
                .time_to_live(Duration::from_mins(10))
                .build(),
            stop,
            taken: AtomicUsize::new(0),
        })
    }

    fn now(&self) -> Timestamp {
        self.federation.forum().now()
    }

    async fn lease(&self, limit: usize) -> Result<Vec<destination::Model>> {
        let now = self.now();
        let until = now.plus_seconds(LEASE_SECONDS);
        let db = self.federation.forum().db();
        log::lease(db, &self.owner, now, until, limit as u64)
            .await
            .map_err(|error| Error::from(parvis_forum::Error::from(error)))
    }

    /// How long to sleep when nobody says that there is work.
    async fn until_due(&self) -> Duration {
        let due = log::next_due(self.federation.forum().db()).await;
        let wait = match due {
            Ok(Some(at)) => u64::try_from(at.0 - self.now().0).unwrap_or(0),
            Ok(None) | Err(_) => u64::MAX,
        };
        // Never without any pause: what is due may be leased by somebody else.
        Duration::from_millis(wait).clamp(Duration::from_millis(500), POLL)
    }

    /// Delivers until nothing is due; how many were taken since it began.
    async fn drain(self: &Arc<Self>) -> Result<usize> {
        loop {
            let leased = self.lease(SESSIONS).await?;
            if leased.is_empty() {
                return Ok(self.taken.load(Ordering::Relaxed));
            }
            let mut sessions = JoinSet::new();
            for destination in leased {
                sessions.spawn(session::run(Arc::clone(self), destination));
            }
            while sessions.join_next().await.is_some() {}
        }
    }

    /// The bodies of these entries, from memory where they are.
    async fn load_bodies(&self, entries: &[log::Wanted]) -> Result<()> {
        let mut missing = Vec::new();
        for entry in entries {
            if !self.bodies.contains_key(&entry.seq.0) {
                missing.push(entry.seq);
            }
        }
        let found = log::bodies(self.federation.forum().db(), &missing)
            .await
            .map_err(parvis_forum::Error::from)?;
        for (seq, body) in found {
            let digest = Digest::of(body.as_bytes());
            self.bodies.insert(seq.0, (body.into(), digest)).await;
        }
        Ok(())
    }

    async fn body(&self, entry: &log::Wanted) -> Result<(Bytes, Digest)> {
        if let Some(body) = self.bodies.get(&entry.seq.0).await {
            return Ok(body);
        }
        self.load_bodies(std::slice::from_ref(entry)).await?;
        self.bodies
            .get(&entry.seq.0)
            .await
            .ok_or_else(|| Error::refused("the entry is no longer in the log"))
    }

    async fn actor(&self, id: ActorId) -> Result<Actor> {
        if let Some(actor) = self.actors.get(&id).await {
            return Ok(actor);
        }
        let actor = actors::by_id(self.federation.forum().db(), id).await?;
        self.actors.insert(id, actor.clone()).await;
        Ok(actor)
    }

    /// Sends one entry, with the other kind of signature when the first is not taken.
    async fn deliver(&self, entry: &log::Wanted, inbox: &Url, first: Kind) -> (Outcome, Kind) {
        let span = tracing::info_span!(
            "delivery",
            instance = inbox.host_str(),
            activity.id = entry.activity_uri,
            activity.r#type = entry.kind
        );
        let started = std::time::Instant::now();
        let done = self.try_keys(entry, inbox, first).instrument(span).await;
        self.federation.metrics().delivered(
            done.0.label(),
            started.elapsed(),
            self.now().0 - entry.created_at.0,
        );
        done
    }

    /// Signs with the key that was the actor's when the entry was written, and where that isn't believed (any more) with
    /// the one that is now.
    async fn try_keys(&self, entry: &log::Wanted, inbox: &Url, first: Kind) -> (Outcome, Kind) {
        let signer = match self.signer_of(entry).await {
            Ok(signer) => signer,
            Err(outcome) => return (outcome, first),
        };
        let done = self.try_both(entry, inbox, first, &signer).await;
        if !matches!(done.0, Outcome::Unproven { .. }) {
            return done;
        }
        self.actors.invalidate(&entry.actor_id).await;
        match self.current_signer(entry).await {
            Ok(now) if now.key_id != signer.key_id => {
                self.try_both(entry, inbox, first, &now).await
            }
            _ => done,
        }
    }

    async fn signer_of(&self, entry: &log::Wanted) -> Result<Signer, Outcome> {
        let forum = self.federation.forum();
        let retired = self
            .retired
            .try_get_with((), async { keys::retired(forum.db()).await.map(Arc::new) })
            .await
            .map_err(|error| failure(&error))?;
        let then = retired
            .iter()
            .filter(|key| key.actor_id == entry.actor_id && key.until_seq >= entry.seq)
            .min_by_key(|key| key.until_seq);
        match then {
            Some(key) => crate::signer_of(&key.private_key_pem, &key.key_id)
                .map_err(|error| refused_or(&error, failure)),
            None => self.current_signer(entry).await,
        }
    }

    async fn current_signer(&self, entry: &log::Wanted) -> Result<Signer, Outcome> {
        let actor = self
            .actor(entry.actor_id)
            .await
            .map_err(|error| refused_or(&error, failure))?;
        self.federation
            .signer(&actor)
            .await
            .map_err(|error| refused_or(&error, failure))
    }

    async fn try_both(
        &self,
        entry: &log::Wanted,
        inbox: &Url,
        first: Kind,
        signer: &Signer,
    ) -> (Outcome, Kind) {
        let answer = match self.post(entry, inbox, first, signer).await {
            Ok(answer) => answer,
            Err(outcome) => return (outcome, first),
        };
        if !matches!(
            answer.status,
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED
        ) {
            return (judge(answer), first);
        }
        let second = match first {
            Kind::Cavage => Kind::Rfc9421,
            Kind::Rfc9421 => Kind::Cavage,
        };
        match self.post(entry, inbox, second, signer).await {
            Ok(again) if again.status.is_success() => (Outcome::Taken, second),
            // The first answer says more: the second may only dislike the kind of signature.
            Ok(again) if again.status.is_client_error() => (judge(answer), first),
            Ok(again) => (judge(again), first),
            Err(outcome) => (outcome, first),
        }
    }

    async fn post(
        &self,
        entry: &log::Wanted,
        inbox: &Url,
        kind: Kind,
        signer: &Signer,
    ) -> Result<PostOutcome, Outcome> {
        let (body, digest) = self
            .body(entry)
            .await
            .map_err(|error| refused_or(&error, failure))?;
        let synchronisation = self.offer(entry, inbox).await.map_err(|e| failure(&e))?;
        let place = self.places.acquire().await.map_err(|e| failure(&e))?;
        let job = Job {
            signer: signer.clone(),
            inbox: inbox.clone(),
            digest,
            synchronisation,
            kind,
            now: self.now().seconds(),
        };
        let headers = self.signers.sign(job).await.map_err(|e| failure(&e))?;
        let mut sending = Box::pin(self.federation.http().post(inbox, body, headers));
        let answer = if let Ok(answer) = tokio::time::timeout(PATIENCE, &mut sending).await {
            answer
        } else {
            drop(place);
            sending.await
        };
        answer.map_err(|error| Outcome::Failed {
            error: error.to_string(),
            after: None,
            silent: true,
        })
    }

    /// What the receiver is told of our actor's followers there: with changes, not with every post, and seldom.
    async fn offer(&self, entry: &log::Wanted, inbox: &Url) -> Result<Option<String>> {
        if entry.kind != "Update" {
            return Ok(None);
        }
        let pair = (entry.actor_id, inbox.authority().to_owned());
        if !self.offered.entry(pair).or_insert(()).await.is_fresh() {
            return Ok(None);
        }
        let actor = self.actor(entry.actor_id).await?;
        let offer = Offer::of(self.federation.forum().db(), &actor, inbox).await?;
        Ok(offer.map(|offer| offer.header()))
    }
}

/// A failure on our side that may pass.
fn failure(error: &dyn std::fmt::Display) -> Outcome {
    Outcome::Failed {
        error: error.to_string(),
        after: None,
        silent: false,
    }
}

/// A failure on our side: final when trying again can't help.
fn refused_or(error: &Error, ours: impl Fn(&dyn std::fmt::Display) -> Outcome) -> Outcome {
    if error.is_temporary() {
        ours(error)
    } else {
        Outcome::Refused {
            status: None,
            error: error.to_string(),
        }
    }
}

/// What an answer means.
fn judge(answer: PostOutcome) -> Outcome {
    let status = answer.status.as_u16();
    let error = match answer.clock_off {
        Some(off) if matches!(status, 400 | 401 | 403) => {
            format!("answered {status}, its clock is {off} s off")
        }
        _ => format!("answered {status}"),
    };
    match status {
        200..=299 => Outcome::Taken,
        410 => Outcome::Gone,
        401 => Outcome::Unproven { error },
        408 | 425 | 429 | 500.. => Outcome::Failed {
            error,
            after: answer.retry_after,
            silent: false,
        },
        _ => Outcome::Refused {
            status: Some(status),
            error,
        },
    }
}

/// How long to wait after so many failures in a row, in seconds: doubled each time, with up to a quarter more at
/// random so that peers are not all tried at once.
fn backoff_seconds(failures: u32) -> i64 {
    let (first, longest) = BACKOFF;
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(20));
    let wait = doubled.min(longest);
    (wait + rand::random_range(0..=wait / 4)).min(longest)
}

#[cfg(test)]
mod tests;
