//! What an operator is told of deliveries: how each server stands, in a closed set of words, and why.
//!
//! The same answer feeds the pages, the API and the command line. What an operator may do about it is in `decisions`.

use std::str::FromStr;

use parvis_forum::db::entity::destination;
use parvis_forum::db::queue::outbox as log;
use parvis_forum::id::{PostId, Seq};
use parvis_forum::instances::{self, Known, Ties};
use parvis_forum::kinds::{DestinationState, InstancePolicy};
use parvis_forum::{Instance, Timestamp};

use parvis_forum::db::queue::outbox::{HostFate, Logged, PostReach};

use super::Trouble;
use crate::audience::FORUMS;
use crate::keys::{Algorithm, VerifyingKey};
use crate::{Federation, Result};

/// Hosts that a list of them holds at most.
const MAX_HOSTS: u64 = 100_000;
/// Failures in a row after which a host counts as unreachable.
const UNREACHABLE_AFTER: i32 = 3;
/// Entries of the log of a host that are shown.
const LOGGED: u64 = 50;

/// How a server stands, in one word for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It has everything.
    UpToDate,
    /// Something waits for it.
    Behind,
    /// An administrator paused it.
    Paused,
    /// Nothing is exchanged with it.
    Blocked,
    /// It doesn't answer, or says that it is gone.
    Unreachable,
}

impl Standing {
    /// All of them, what needs attention first.
    pub const ALL: [Self; 5] = [
        Self::Unreachable,
        Self::Behind,
        Self::Paused,
        Self::Blocked,
        Self::UpToDate,
    ];

    /// Its name in the API, in addresses, and after `standing-` in the locales.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UpToDate => "up_to_date",
            Self::Behind => "behind",
            Self::Paused => "paused",
            Self::Blocked => "blocked",
            Self::Unreachable => "unreachable",
        }
    }
}

impl FromStr for Standing {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.as_str() == text)
            .ok_or(())
    }
}

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
    /// Why.
    pub reason: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// `live`, `backoff`, `asleep`, `gone`, `paused`, `blocked`, or `idle` when nothing was ever to be sent there.
    pub state: &'static str,
    /// Activities that it has not received yet.
    pub behind_count: u64,
    /// Whether there are more of them than were counted.
    pub behind_more: bool,
    /// How long the oldest of them has waited.
    pub behind_ms: i64,
    /// Last activity that it took.
    pub last_success: Option<Timestamp>,
    /// Last failure, in words.
    pub last_error: Option<String>,
    /// What kind of trouble that was.
    pub trouble: Option<Trouble>,
    /// Whether it took something since.
    pub recovered: bool,
    /// When that was.
    pub last_error_at: Option<Timestamp>,
    /// First failure of those in a row.
    pub failing_since: Option<Timestamp>,
    /// Next try, when the last one failed.
    pub next_try: Option<Timestamp>,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// Last valid activity from there.
    pub last_inbound: Option<Timestamp>,
}

/// All that is known of the exchange with a host.
#[derive(Clone, Debug)]
pub struct HostDetail {
    /// How it goes.
    pub status: HostStatus,
    /// What ties us.
    pub ties: Ties,
    /// The algorithm of its keys, if one is known.
    pub key: Option<&'static str>,
    /// How our requests to it are signed first.
    pub signature: &'static str,
    /// When it was met first.
    pub first_seen: Timestamp,
    /// The last entries of the log that concern it, newest first.
    pub log: Vec<Logged>,
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

/// How a server stands that exchange with is allowed.
pub fn standing_of(known: &Known) -> Standing {
    standing(&known.instance, &known.destinations, true)
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

/// In which order servers are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By name.
    #[default]
    Host,
    /// What needs attention first.
    State,
    /// The one that is furthest behind first.
    Behind,
    /// The one whose last success is longest ago first.
    Success,
}

impl Order {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Host, Self::State, Self::Behind, Self::Success];

    /// Its name in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::State => "state",
            Self::Behind => "behind",
            Self::Success => "success",
        }
    }
}

/// A page of servers, and how many there are.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The page.
    pub hosts: Vec<HostStatus>,
    /// Servers of each standing.
    pub counts: Vec<(Standing, usize)>,
    /// Servers that the filter leaves.
    pub total: usize,
}

/// Servers of a standing, or all, in an order: `length` of them from `first` on. The order by distance is told from
/// places in the log, without counting what concerns each.
pub async fn overview(
    federation: &Federation,
    only: Option<Standing>,
    order: Order,
    first: usize,
    length: usize,
) -> Result<Overview> {
    let forum = federation.forum();
    let mut known: Vec<(Standing, Known)> = Vec::new();
    for one in instances::all(forum.db()).await? {
        let allowed = instances::is_allowed(forum.db(), forum, &one.instance.host).await?;
        known.push((standing(&one.instance, &one.destinations, allowed), one));
    }
    let counts = Standing::ALL
        .into_iter()
        .map(|word| (word, known.iter().filter(|(is, _)| *is == word).count()))
        .collect();
    known.retain(|(is, _)| only.is_none_or(|only| only == *is));
    let distance = |known: &Known| -> i64 {
        let steps = known.destinations.iter().map(|d| d.wake.0 - d.cursor.0);
        steps.max().unwrap_or(0)
    };
    let success = |known: &Known| known.destinations.iter().filter_map(|d| d.success_at).max();
    match order {
        Order::Host => {}
        Order::State => known.sort_by_key(|(is, _)| Standing::ALL.iter().position(|w| w == is)),
        Order::Behind => known.sort_by_key(|(_, known)| std::cmp::Reverse(distance(known))),
        Order::Success => known.sort_by_key(|(_, known)| success(known)),
    }
    let total = known.len();
    let mut hosts = Vec::new();
    for (_, one) in known.into_iter().skip(first).take(length) {
        hosts.push(host_status(federation, one).await?);
    }
    Ok(Overview {
        hosts,
        counts,
        total,
    })
}

/// All that is known of the exchange with a host.
pub async fn detail(federation: &Federation, host: &str) -> Result<HostDetail> {
    let forum = federation.forum();
    let db = forum.db();
    let known = instances::known(db, host).await?;
    let instance = known.instance.clone();
    let ties = instances::ties(db, &instance.host).await?;
    let log = log::log_of(db, &instance.host, is_forum(&instance), LOGGED)
        .await
        .map_err(parvis_forum::Error::from)?;
    Ok(HostDetail {
        status: host_status(federation, known).await?,
        key: ties
            .key
            .as_ref()
            .and_then(|key| VerifyingKey::from_pem(&key.pem).ok())
            .map(|key| match key.algorithm() {
                Algorithm::RsaSha256 => "RSA, SHA-256",
                Algorithm::Ed25519 => "Ed25519",
            }),
        ties,
        signature: match instance.rfc9421_until {
            Some(until) if until > forum.now() => "RFC 9421",
            _ => "draft-cavage-http-signatures-12",
        },
        first_seen: instance.first_seen_at,
        log,
    })
}

fn is_forum(instance: &Instance) -> bool {
    instance
        .software
        .as_deref()
        .is_some_and(|software| FORUMS.contains(&software))
}

fn standing(instance: &Instance, destinations: &[destination::Model], allowed: bool) -> Standing {
    let any = |test: fn(&destination::Model) -> bool| destinations.iter().any(test);
    if !allowed {
        Standing::Blocked
    } else if instance.paused_at.is_some() {
        Standing::Paused
    } else if any(|d| d.state == DestinationState::Asleep)
        || any(|d| d.state == DestinationState::Backoff && d.fail_count >= UNREACHABLE_AFTER)
        || (!destinations.is_empty()
            && destinations
                .iter()
                .all(|d| d.state == DestinationState::Gone))
    {
        Standing::Unreachable
    } else if any(|d| d.state == DestinationState::Backoff)
        || any(|d| d.state != DestinationState::Gone && d.wake > d.cursor)
    {
        Standing::Behind
    } else {
        Standing::UpToDate
    }
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

async fn host_status(federation: &Federation, known: Known) -> Result<HostStatus> {
    let forum = federation.forum();
    let Known {
        instance,
        destinations,
    } = known;
    let allowed = instances::is_allowed(forum.db(), forum, &instance.host).await?;
    let reads_announces = is_forum(&instance);
    let mut count = 0;
    let mut more = false;
    let mut oldest: Option<Timestamp> = None;
    for destination in &destinations {
        let backlog = log::backlog(forum.db(), destination, reads_announces)
            .await
            .map_err(parvis_forum::Error::from)?;
        count += backlog.count;
        more |= backlog.more;
        oldest = match (oldest, backlog.oldest) {
            (Some(a), Some(b)) => Some(a.earliest(b)),
            (a, b) => a.or(b),
        };
    }
    let mut standing = standing(&instance, &destinations, allowed);
    // The log has grown past its cursor with what concerns others.
    let live = destinations
        .iter()
        .all(|d| !matches!(d.state, DestinationState::Backoff));
    if standing == Standing::Behind && count == 0 && live {
        standing = Standing::UpToDate;
    }
    let worst = destinations.iter().min_by_key(|d| rank(d.state));
    let last_error = destinations.iter().max_by_key(|d| d.error_at);
    let last_success = destinations.iter().filter_map(|d| d.success_at).max();
    let error_at = last_error.and_then(|d| d.error_at);
    let error = last_error.and_then(|d| d.error.clone());
    Ok(HostStatus {
        state: match worst {
            _ if !allowed => "blocked",
            _ if instance.paused_at.is_some() => "paused",
            None => "idle",
            Some(destination) => destination.state.as_str(),
        },
        standing,
        policy: instance.policy,
        reason: instance.reason,
        behind_count: count,
        behind_more: more,
        behind_ms: oldest.map_or(0, |at| (forum.now().0 - at.0).max(0)),
        last_success,
        trouble: error.as_deref().map(Trouble::of),
        recovered: last_success.is_some_and(|at| error_at.is_some_and(|failed| at > failed)),
        last_error: error,
        last_error_at: error_at,
        failing_since: destinations.iter().filter_map(|d| d.failing_since).min(),
        next_try: next_try(&destinations),
        paused_at: instance.paused_at,
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

/// What became of posts at each host that they concern, for a page of posts.
pub async fn reach_of_posts(
    federation: &Federation,
    posts: &[PostId],
) -> Result<std::collections::BTreeMap<PostId, Vec<HostFate>>> {
    Ok(log::reach_of_posts(federation.forum().db(), posts, FORUMS)
        .await
        .map_err(parvis_forum::Error::from)?)
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
