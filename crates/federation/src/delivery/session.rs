//! One lease of one destination: what is read after its cursor, what is in flight, and what is written back.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parvis_forum::db::entity::destination;
use parvis_forum::db::queue::outbox::{
    self as log, Failure, Held, Progress, Rest, Settled, Wanted,
};
use parvis_forum::id::Seq;
use parvis_forum::kinds::DestinationState;
use parvis_forum::{Timestamp, instances};
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use super::{
    ASLEEP_AFTER_DAYS, KNOCK_DAYS, LEASE_SECONDS, LONGEST_RETRY_AFTER, Outcome, Worker,
    backoff_seconds,
};
use crate::audience;
use crate::signature::Kind;
use crate::{Error, Result};

/// Deliveries in flight to one destination at most: enough for a hundred a second over 300 ms. A session begins with one
/// and doubles while answers come, so that one that hangs holds little; after a session without failure the next one
/// begins with all.
const IN_FLIGHT: usize = 64;
/// Entries read at once.
const BATCH: u64 = 100;
/// Entries of one lease; then others have their turn.
const TURN: usize = 500;
/// Failures without any success after which the host counts as failing.
const ENOUGH: usize = 3;
/// Entries that may pass a held one before it is given up.
const PASSED: usize = 1_000;
/// How often progress is written.
const SAVE_EVERY: (usize, Duration) = (25, Duration::from_secs(2));
/// How often a lease is renewed when nothing comes back.
const RENEW: Duration = Duration::from_secs(15);
/// How long a stopping worker waits for what is in flight.
const GRACE: Duration = Duration::from_secs(20);

/// Delivers what waits for a destination that this worker has leased.
pub(super) async fn run(worker: Arc<Worker>, destination: destination::Model) {
    let host = destination.host.clone();
    if let Err(error) = Box::pin(deliver_all(&worker, destination)).await {
        tracing::error!(instance = host, %error, "delivery to {host} broke off");
    }
}

async fn deliver_all(worker: &Arc<Worker>, destination: destination::Model) -> Result<()> {
    let forum = worker.federation.forum();
    let mut session = Session::new(Arc::clone(worker), destination);
    let Ok(inbox) = Url::parse(&session.destination.inbox) else {
        return session.skip().await;
    };
    let host = session.destination.host.clone();
    if !instances::is_allowed(forum.db(), forum, &host).await? || worker.federation.is_local(&inbox)
    {
        return session.skip().await;
    }
    if !worker.silent.contains_key(&host)
        && !crate::peers::learn(&worker.federation, &host, &inbox).await?
    {
        worker.silent.insert(host.clone(), ()).await;
    }
    session.forum = audience::is_forum(forum.db(), &host).await?;
    session.knock = match instances::by_host(forum.db(), &host).await {
        Ok(known) if known.rfc9421_until.is_some_and(|until| until > forum.now()) => Kind::Rfc9421,
        _ => Kind::Cavage,
    };
    let id = session.destination.id;
    session.wide = worker.wide.get(&id).await.is_some();
    session.work(&inbox).await?;
    if session.error.is_none() && session.taken > 0 {
        worker.wide.insert(id, ()).await;
    } else {
        worker.wide.invalidate(&id).await;
    }
    Ok(())
}

struct Session {
    worker: Arc<Worker>,
    destination: destination::Model,
    forum: bool,
    knock: Kind,
    /// The session before this one had no failure.
    wide: bool,
    /// Read, not started, in order.
    pending: VecDeque<Wanted>,
    /// Read and not settled.
    open: BTreeSet<i64>,
    /// Settled above the cursor.
    done: BTreeSet<i64>,
    held: BTreeMap<i64, Held>,
    /// The log has been read so far.
    read: Seq,
    /// Conversations with something in flight.
    busy: HashSet<i64>,
    /// Conversations that wait for something that failed.
    blocked: HashSet<i64>,
    failures: Vec<Failure>,
    /// What failed in this session, to be judged at its end.
    failed: Vec<i64>,
    taken: usize,
    answered: usize,
    settled: usize,
    /// Nothing more is started.
    halt: bool,
    after: Option<Duration>,
    success_at: Option<Timestamp>,
    error: Option<(String, Timestamp)>,
}

impl Session {
    fn new(worker: Arc<Worker>, destination: destination::Model) -> Self {
        let settled = Settled::read(&destination.settled);
        Self {
            worker,
            forum: false,
            knock: Kind::Cavage,
            wide: false,
            pending: VecDeque::new(),
            open: BTreeSet::new(),
            done: settled.done,
            held: settled.held.into_iter().map(|h| (h.seq, h)).collect(),
            read: destination.cursor,
            busy: HashSet::new(),
            blocked: HashSet::new(),
            failures: Vec::new(),
            failed: Vec::new(),
            taken: 0,
            answered: 0,
            settled: 0,
            halt: false,
            after: None,
            success_at: None,
            error: None,
            destination,
        }
    }

    async fn work(&mut self, inbox: &Url) -> Result<()> {
        let worker = Arc::clone(&self.worker);
        // Tasks of their own: one that holds a connection of the database, or has its turn for one, goes on while this
        // session waits for the database itself.
        let mut flying: JoinSet<(Wanted, Outcome, Kind)> = JoinSet::new();
        let mut unsaved = 0;
        let mut saved_at = Instant::now();
        let mut grace: Option<Instant> = None;
        loop {
            if worker.stop.is_cancelled() {
                self.halt = true;
                grace.get_or_insert_with(|| Instant::now() + GRACE);
            }
            self.fill().await?;
            while let Some(entry) = self.pick(flying.len()) {
                let (worker, inbox, knock) = (Arc::clone(&worker), inbox.clone(), self.knock);
                flying.spawn(async move {
                    let (outcome, kind) = worker.deliver(&entry, &inbox, knock).await;
                    (entry, outcome, kind)
                });
            }
            if flying.is_empty() {
                break;
            }
            let deadline = grace.unwrap_or_else(|| Instant::now() + RENEW);
            let landed = tokio::select! {
                landed = flying.join_next() => landed.transpose().map_err(|e| Error::retry(e.to_string()))?,
                () = tokio::time::sleep_until(deadline) => None,
                () = worker.stop.cancelled(), if grace.is_none() => continue,
            };
            match landed {
                Some((entry, outcome, kind)) => {
                    unsaved += 1;
                    if outcome == Outcome::Gone {
                        return self.gone().await;
                    }
                    self.remember_knock(&outcome, kind).await?;
                    self.note(&entry, outcome);
                }
                None if grace.is_some() => break,
                None => {}
            }
            if unsaved >= SAVE_EVERY.0 || saved_at.elapsed() >= SAVE_EVERY.1 {
                if !self.save().await? {
                    return Err(Error::retry("the lease is another worker's"));
                }
                unsaved = 0;
                saved_at = Instant::now();
            }
        }
        self.finish().await
    }

    /// Reads on when little is left to start.
    async fn fill(&mut self) -> Result<()> {
        while !self.halt
            && self.read < self.destination.wake
            && self.pending.len() < IN_FLIGHT
            && self.settled + self.pending.len() < TURN
        {
            let db = self.worker.federation.forum().db();
            let wake = self.destination.wake;
            let found = log::wanted(db, &self.destination, self.read, wake, self.forum, BATCH)
                .await
                .map_err(parvis_forum::Error::from)?;
            self.read = match found.last() {
                Some(last) if found.len() as u64 >= BATCH => last.seq,
                _ => wake,
            };
            let fresh: Vec<Wanted> = found
                .into_iter()
                .filter(|entry| !self.done.contains(&entry.seq.0))
                .collect();
            self.worker.load_bodies(&fresh).await?;
            let now = self.worker.now();
            for entry in fresh {
                self.open.insert(entry.seq.0);
                let waits = self.held.get(&entry.seq.0).is_some_and(|h| h.at > now.0);
                if waits {
                    self.blocked.insert(entry.ordering_key);
                } else {
                    self.pending.push_back(entry);
                }
            }
        }
        Ok(())
    }

    /// The next entry that may be started: the first of its conversation that is open.
    fn pick(&mut self, flying: usize) -> Option<Wanted> {
        let probing = self.destination.state != DestinationState::Live && self.taken == 0;
        let width = if probing {
            1
        } else if self.wide && self.error.is_none() {
            IN_FLIGHT
        } else {
            (2 * (self.taken + self.answered) + 1).min(IN_FLIGHT)
        };
        if self.halt || flying >= width {
            return None;
        }
        let place = self.pending.iter().position(|entry| {
            !self.busy.contains(&entry.ordering_key) && !self.blocked.contains(&entry.ordering_key)
        })?;
        let entry = self.pending.remove(place)?;
        self.busy.insert(entry.ordering_key);
        Some(entry)
    }

    /// Notes what came of a delivery.
    fn note(&mut self, entry: &Wanted, outcome: Outcome) {
        let now = self.worker.now();
        let seq = entry.seq.0;
        self.busy.remove(&entry.ordering_key);
        match outcome {
            Outcome::Taken | Outcome::Gone => {
                self.taken += 1;
                self.worker.taken.fetch_add(1, Ordering::Relaxed);
                self.success_at = Some(now);
                self.settle(seq);
            }
            Outcome::Refused { status, error } => {
                self.answered += 1;
                self.refuse(seq, status, error, now);
            }
            Outcome::Unproven { error } => {
                self.answered += 1;
                if self.held.contains_key(&seq) {
                    self.refuse(seq, Some(401), error, now);
                } else {
                    self.error = Some((error, now));
                    self.failed.push(seq);
                    self.blocked.insert(entry.ordering_key);
                }
            }
            Outcome::Failed {
                error,
                after,
                silent,
            } => {
                self.error = Some((error, now));
                self.failed.push(seq);
                self.blocked.insert(entry.ordering_key);
                if let Some(after) = after {
                    self.after = Some(self.after.unwrap_or_default().max(after));
                }
                let failing = self.taken + self.answered == 0 && self.failed.len() >= ENOUGH;
                if silent || after.is_some() || failing {
                    self.halt = true;
                }
            }
        }
    }

    fn settle(&mut self, seq: i64) {
        self.open.remove(&seq);
        self.held.remove(&seq);
        self.done.insert(seq);
        self.settled += 1;
    }

    fn refuse(&mut self, seq: i64, status: Option<u16>, error: String, now: Timestamp) {
        tracing::info!(
            instance = self.destination.host,
            status,
            "{} does not take an activity: {error}",
            self.destination.host
        );
        self.error = Some((error.clone(), now));
        self.failures.push(Failure {
            seq: Seq(seq),
            status,
            error,
        });
        self.settle(seq);
    }

    /// Remembers which kind of signature the host takes.
    async fn remember_knock(&mut self, outcome: &Outcome, kind: Kind) -> Result<()> {
        if *outcome != Outcome::Taken || kind == self.knock {
            return Ok(());
        }
        self.knock = kind;
        let forum = self.worker.federation.forum();
        let until = (kind == Kind::Rfc9421).then(|| forum.now().plus_days(KNOCK_DAYS));
        let tx = forum.begin().await?;
        instances::set_rfc9421_until(&tx, &self.destination.host, until).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Everything up to here is settled.
    fn cursor(&self) -> Seq {
        match self.open.first() {
            Some(first) => Seq(first - 1).min(self.read),
            None => self.read,
        }
    }

    fn progress(&mut self) -> Progress {
        let cursor = self.cursor().max(self.destination.cursor);
        self.done.retain(|seq| *seq > cursor.0);
        Progress {
            cursor,
            settled: Settled {
                done: self.done.clone(),
                held: self.held.values().copied().collect(),
            },
            failures: std::mem::take(&mut self.failures),
            success_at: self.success_at,
            error: self.error.clone(),
        }
    }

    async fn save(&mut self) -> Result<bool> {
        let progress = self.progress();
        let now = self.worker.now();
        let db = self.worker.federation.forum().db();
        let kept = log::keep(
            db,
            &self.worker.owner,
            self.destination.id,
            &progress,
            now,
            now.plus_seconds(LEASE_SECONDS),
        )
        .await
        .map_err(parvis_forum::Error::from)?;
        // What an administrator paused in the meantime ends with what is in flight.
        if kept
            && log::is_paused(db, &self.destination.host)
                .await
                .map_err(parvis_forum::Error::from)?
        {
            self.halt = true;
        }
        Ok(kept)
    }

    /// Judges what failed, and gives the lease back.
    async fn finish(&mut self) -> Result<()> {
        let now = self.worker.now();
        let alive = self.taken + self.answered > 0;
        let known = self.failed.iter().all(|seq| self.held.contains_key(seq));
        let live = self.destination.state == DestinationState::Live;
        let host_fails =
            self.after.is_some() || !(self.failed.is_empty() || alive || (known && live));
        if !host_fails || known {
            self.hold(now);
        }
        let rest = if host_fails {
            let awake = self.worker.federation.awake();
            awake.invalidate(&self.destination.host).await;
            self.rest_after_failure(now)
        } else {
            self.rest(now)
        };
        let progress = self.progress();
        let db = self.worker.federation.forum().db();
        let kept = log::release(db, &self.worker.owner, self.destination.id, &progress, rest)
            .await
            .map_err(parvis_forum::Error::from)?;
        if kept {
            Ok(())
        } else {
            Err(Error::retry("the lease is another worker's"))
        }
    }

    /// Puts what failed aside, while the host takes the rest; gives up what has failed for too long.
    fn hold(&mut self, now: Timestamp) {
        for seq in std::mem::take(&mut self.failed) {
            let before = self.held.get(&seq).copied();
            let tries = before.map_or(0, |held| held.tries) + 1;
            let since = before.map_or(now.0, |held| held.since);
            let passed = self.done.iter().filter(|done| **done > seq).count();
            if Timestamp(since).plus_days(ASLEEP_AFTER_DAYS) < now || passed > PASSED {
                let error = self.error.clone().map_or_else(String::new, |(e, _)| e);
                self.refuse(seq, None, error, now);
                continue;
            }
            let at = now.plus_seconds(backoff_seconds(tries)).0;
            self.held.insert(
                seq,
                Held {
                    seq,
                    tries,
                    at,
                    since,
                },
            );
        }
    }

    fn rest(&self, now: Timestamp) -> Rest {
        // A host that was not asked anything new stays as it was.
        let quiet = self.taken + self.answered == 0;
        let next = self.held.values().map(|held| Timestamp(held.at)).min();
        let more = self.read < self.destination.wake
            || self
                .pending
                .iter()
                .any(|entry| !self.blocked.contains(&entry.ordering_key));
        Rest {
            state: DestinationState::Live,
            fail_count: if quiet {
                self.destination.fail_count
            } else {
                0
            },
            failing_since: None,
            next_at: if more { now } else { next.unwrap_or(now) },
            wake_seen: self.destination.wake,
            now,
        }
    }

    fn rest_after_failure(&self, now: Timestamp) -> Rest {
        let failing_since = self.destination.failing_since.unwrap_or(now);
        let fail_count = self.destination.fail_count.saturating_add(1);
        let asleep = failing_since.plus_days(ASLEEP_AFTER_DAYS) <= now;
        let wait = if asleep {
            86_400
        } else {
            backoff_seconds(fail_count.unsigned_abs())
        };
        let asked = self.after.map_or(0, |after| {
            i64::try_from(after.as_secs()).unwrap_or(LONGEST_RETRY_AFTER)
        });
        if asleep && self.destination.state != DestinationState::Asleep {
            tracing::warn!(
                instance = self.destination.host,
                "{} has not answered for a week: asked once a day from now on",
                self.destination.host
            );
        }
        Rest {
            state: if asleep {
                DestinationState::Asleep
            } else {
                DestinationState::Backoff
            },
            fail_count,
            failing_since: Some(failing_since),
            next_at: now.plus_seconds(wait.max(asked.min(LONGEST_RETRY_AFTER))),
            wake_seen: self.destination.wake,
            now,
        }
    }

    /// Nothing is sent there: everything so far counts as settled.
    async fn skip(&mut self) -> Result<()> {
        self.read = self.destination.wake;
        self.held.clear();
        self.finish().await
    }

    /// The inbox is gone, and its followers with it.
    async fn gone(&mut self) -> Result<()> {
        tracing::info!(
            instance = self.destination.host,
            "an inbox of {} is gone",
            self.destination.host
        );
        let awake = self.worker.federation.awake();
        awake.invalidate(&self.destination.host).await;
        let forum = self.worker.federation.forum();
        let tx = forum.begin().await?;
        log::set_gone(tx.c(), &self.destination, tx.now())
            .await
            .map_err(parvis_forum::Error::from)?;
        tx.commit().await?;
        Ok(())
    }
}
