//! What an operator is told of deliveries, and what they may do about them.

use parvis_forum::db::entity::destination;
use parvis_forum::db::queue::outbox as log;
use parvis_forum::id::{PostId, Seq};
use parvis_forum::kinds::{DestinationState, InstancePolicy};
use parvis_forum::{Timestamp, instances};

use parvis_forum::db::queue::outbox::PostReach;

use crate::audience::FORUMS;
use crate::{Federation, Result};

/// Hosts that a list of them holds at most.
const MAX_HOSTS: u64 = 100_000;

/// How deliveries to a host go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostStatus {
    /// Authority.
    pub host: String,
    /// What runs there, as its NodeInfo says.
    pub software: Option<String>,
    /// In which version.
    pub version: Option<String>,
    /// What we let it do.
    pub policy: InstancePolicy,
    /// `live`, `backoff`, `asleep`, `gone`, `blocked`, or `idle` when nothing was ever to be sent there.
    pub state: &'static str,
    /// Activities that it has not received yet.
    pub behind_count: u64,
    /// How long the oldest of them has waited.
    pub behind_ms: i64,
    /// Last activity that it took.
    pub last_success: Option<Timestamp>,
    /// Last failure, in words.
    pub last_error: Option<String>,
    /// When that was.
    pub last_error_at: Option<Timestamp>,
    /// Next try, when the last one failed.
    pub next_try: Option<Timestamp>,
    /// Last valid activity from there.
    pub last_inbound: Option<Timestamp>,
}

/// A delivery that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Place in the log.
    pub seq: Seq,
    /// Inbox.
    pub inbox: String,
    /// HTTP status, if there was one.
    pub status: Option<i32>,
    /// In words.
    pub error: String,
    /// When.
    pub at: Timestamp,
}

/// How deliveries go, by host: of all known hosts, or of one.
pub async fn status(federation: &Federation, host: Option<&str>) -> Result<Vec<HostStatus>> {
    let forum = federation.forum();
    let known = match host {
        Some(host) => vec![instances::known(forum.db(), host).await?],
        None => instances::list(forum.db(), None, MAX_HOSTS).await?,
    };
    let mut all = Vec::with_capacity(known.len());
    for one in known {
        all.push(host_status(federation, one).await?);
    }
    Ok(all)
}

/// The worse of two states comes first.
fn rank(state: DestinationState) -> u8 {
    match state {
        DestinationState::Asleep => 0,
        DestinationState::Backoff => 1,
        DestinationState::Live => 2,
        DestinationState::Gone => 3,
    }
}

async fn host_status(federation: &Federation, known: instances::Known) -> Result<HostStatus> {
    let forum = federation.forum();
    let instances::Known {
        instance,
        destinations,
    } = known;
    let reads_announces = instance
        .software
        .as_deref()
        .is_some_and(|software| FORUMS.contains(&software));
    let mut count = 0;
    let mut oldest: Option<Timestamp> = None;
    for destination in &destinations {
        let backlog = log::backlog(forum.db(), destination, reads_announces)
            .await
            .map_err(parvis_forum::Error::from)?;
        count += backlog.count;
        oldest = match (oldest, backlog.oldest) {
            (Some(a), Some(b)) => Some(a.earliest(b)),
            (a, b) => a.or(b),
        };
    }
    let allowed = instances::is_allowed(forum.db(), forum, &instance.host).await?;
    let worst = destinations.iter().min_by_key(|d| rank(d.state));
    let last_error = destinations.iter().max_by_key(|d| d.error_at);
    Ok(HostStatus {
        state: match worst {
            _ if !allowed => "blocked",
            None => "idle",
            Some(destination) => destination.state.as_str(),
        },
        policy: instance.policy,
        behind_count: count,
        behind_ms: oldest.map_or(0, |at| (forum.now().0 - at.0).max(0)),
        last_success: destinations.iter().filter_map(|d| d.success_at).max(),
        last_error: last_error.and_then(|d| d.error.clone()),
        last_error_at: last_error.and_then(|d| d.error_at),
        next_try: next_try(&destinations),
        last_inbound: instance.inbound_at,
        software: instance.software,
        version: instance.version,
        host: instance.host,
    })
}

fn next_try(destinations: &[destination::Model]) -> Option<Timestamp> {
    destinations
        .iter()
        .filter(|d| {
            matches!(
                d.state,
                DestinationState::Backoff | DestinationState::Asleep
            )
        })
        .map(|d| d.next_at)
        .min()
}

/// Deliveries to a host that were given up, newest first.
pub async fn failures(federation: &Federation, host: &str) -> Result<Vec<Failed>> {
    let db = federation.forum().db();
    let mut all = Vec::new();
    let destinations = log::destinations_of(db, Some(host))
        .await
        .map_err(parvis_forum::Error::from)?;
    for destination in destinations {
        let rows = log::failures_of(db, destination.id)
            .await
            .map_err(parvis_forum::Error::from)?;
        all.extend(rows.into_iter().map(|row| Failed {
            seq: row.seq,
            inbox: destination.inbox.clone(),
            status: row.status,
            error: row.error,
            at: row.created_at,
        }));
    }
    all.sort_by_key(|failed| std::cmp::Reverse(failed.seq));
    Ok(all)
}

/// To which hosts a post was delivered, and which still wait: «delivered to n of m».
pub async fn post_reach(federation: &Federation, post: PostId) -> Result<PostReach> {
    Ok(log::post_reach(federation.forum().db(), post, FORUMS)
        .await
        .map_err(parvis_forum::Error::from)?)
}

/// Tries at once everything that waits for a host. False when nothing is ever sent there.
pub async fn retry_host(federation: &Federation, host: &str) -> Result<bool> {
    let forum = federation.forum();
    let found = log::retry_host(forum.db(), host, forum.now())
        .await
        .map_err(parvis_forum::Error::from)?;
    forum.wake_workers();
    Ok(found > 0)
}

/// Forgets entries older than `retention.outbox_days` that nobody who is awake waits for. How many. Once a day is
/// enough.
pub async fn prune(federation: &Federation) -> Result<u64> {
    let forum = federation.forum();
    let days = forum.config().retention.outbox_days;
    let before = forum.now().plus_ms(-days.duration().num_milliseconds());
    Ok(log::prune(forum.db(), before)
        .await
        .map_err(parvis_forum::Error::from)?)
}
