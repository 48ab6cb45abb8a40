//! What arrives: judged and written to the journal before its 202, applied by a worker after it.
//!
//! [`receive`] goes through what is cheap before what is dear, and fetches at most the signer's key. [`run`] takes the
//! journal's items under a lease and applies them, several at a time, in order where they are about one thing.
//! Not here: what an activity does (`activities`), and the HTTP of the endpoint.

pub mod held;
mod intake;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use parvis_forum::db::queue::inbox::{self as journal, Item, NewItem};
use parvis_forum::{Actor, Error as ForumError, Timestamp, actors};
use serde_json::{Value, json};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

pub(crate) use intake::Intake;
use intake::Verified;

use crate::activities::{self, Activity, Place, Via, Work, delete, same_host};
use crate::fetch::MAX_DOCUMENTS;
use crate::http::FetchError;
use crate::keyring::{self, Unproven};
use crate::origin::{Origin, parse_activity_id, parse_id, same_origin};
use crate::wire::{self, Envelope};
use crate::{Error, Federation, Result, delivery, lookup, proof, synchronisation};

/// Largest body, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;
/// Items worked on at the same time.
const CONCURRENCY: usize = 16;
/// Items taken at once.
const CLAIM: usize = 64;
/// How long a worker holds an item.
const LEASE_SECONDS: i64 = 60;
/// Work that has taken so long leaves its place to another item, and goes on: most likely it waits for a server.
const PATIENCE: Duration = Duration::from_secs(1);
/// Items in hand at once, with those that left their place.
const IN_HAND: usize = 128;
/// Of those that left their place, so many may be from one host; what it sends beyond is put off.
const SLOW_OF_ONE_HOST: usize = 32;
/// How long the work on one item may take.
const MAX_WORK: Duration = Duration::from_mins(2);
/// The journal is looked at so often even if nobody says that something came.
const POLL: Duration = Duration::from_secs(1);
/// Work begun is finished within this time after a stop.
const GRACE: Duration = Duration::from_secs(20);
/// Waits between two tries, in seconds; after the last the item is set aside.
const WAITS: [i64; 8] = [30, 120, 600, 3_600, 21_600, 43_200, 86_400, 172_800];
/// What is about a post that isn't here is tried so often.
const EARLY_TRIES: i32 = 3;
/// Two who store one thing at the same moment: the loser tries again at once, so often.
const QUICK_TRIES: i32 = 5;
/// How long done items and marks are kept: longer than others go on trying.
const KEEP_DAYS: i64 = 30;
/// Begins the key of an item that tells of an account whose server says that it is gone.
const GONE: &str = "gone ";
/// What internal items of the journal are called.
const BACKFILL: &str = "Backfill";

/// Whose inbox was posted to.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// The node's.
    Shared,
    /// An actor's, of this node.
    Actor(&'a Actor),
}

/// Why a request to an inbox isn't taken: what to answer, and for the log why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {why}")]
pub struct ReceiveError {
    /// 400, 401, 403, 404, 410, 413, 415, 429 or 503.
    pub status: StatusCode,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u32>,
    /// Never shown to the peer.
    pub why: String,
}

impl ReceiveError {
    fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self {
            status,
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(60),
            why: why.into(),
        }
    }

    fn bad(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    fn forbidden(why: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, why)
    }
}

impl From<Unproven> for ReceiveError {
    fn from(error: Unproven) -> Self {
        Self::new(error.status(), error.to_string())
    }
}

impl From<ForumError> for ReceiveError {
    fn from(error: ForumError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

/// Takes a POST to an inbox. When it answers without error the activity is in the journal, or needs no work: 202.
///
/// `path_and_query` is the path as received. `body` is raw; whoever reads it stops at [`MAX_BODY`].
pub async fn receive(
    federation: &Federation,
    method: &Method,
    path_and_query: &str,
    headers: &HeaderMap,
    body: Bytes,
    target: Target<'_>,
) -> Result<(), ReceiveError> {
    let forum = federation.forum();
    if !forum.config().federation.enabled {
        return Err(ReceiveError::new(
            StatusCode::NOT_FOUND,
            "the node does not federate",
        ));
    }
    if let Target::Actor(actor) = target {
        if !actor.local {
            return Err(ReceiveError::new(StatusCode::NOT_FOUND, "no such inbox"));
        }
        if actor.deleted_at.is_some() {
            return Err(ReceiveError::new(StatusCode::GONE, "the actor is deleted"));
        }
    }
    if body.len() > MAX_BODY {
        return Err(ReceiveError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is too large",
        ));
    }
    check_type(headers)?;
    let activity = wire::parse(&body).map_err(|error| ReceiveError::bad(error.to_string()))?;
    let envelope =
        wire::envelope(&activity).map_err(|error| ReceiveError::bad(error.to_string()))?;
    let claim = Claim::read(federation, &envelope)?;
    if !federation.allows(&claim.actor).await? {
        return Err(ReceiveError::forbidden("the actor's server is blocked"));
    }
    if federation.intake().is_full() {
        return Err(ReceiveError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the journal is full",
        ));
    }
    let Some(signer) = prove(
        federation,
        method,
        path_and_query,
        headers,
        &body,
        &envelope,
    )
    .await?
    else {
        return Ok(());
    };
    if federation.is_local(&claim.actor) || federation.is_local_id(signer.id()) {
        return Err(ReceiveError::forbidden(
            "it claims to be by an actor of ours",
        ));
    }
    if !same_origin(&claim.id, &claim.actor) {
        return Err(ReceiveError::forbidden(
            "the activity is on another host than its actor",
        ));
    }
    let host = authority(signer.id());
    if federation.intake().is_crowded_by(&host) {
        return Err(ReceiveError {
            retry_after: Some(30),
            ..ReceiveError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "half of what may wait is its server's",
            )
        });
    }
    let uri = envelope.id.as_deref().unwrap_or_default();
    // What somebody else hands on is only a hint, and must not stand in the way of the thing itself.
    let key = match &signer {
        Signer::Proven(id) if *id == envelope.actor => uri.to_owned(),
        Signer::Proven(id) => format!("hint {id} {uri}"),
        Signer::Gone(id) => format!("{GONE}{id}"),
    };
    let ordering_key = format!("{host} {}", leaf(&activity).unwrap_or(uri));
    let text = std::str::from_utf8(&body).map_err(|_| ReceiveError::bad("not utf-8"))?;
    let verified = Verified {
        key,
        signer: signer.id().to_owned(),
        host: host.clone(),
        ordering_key,
        body: text.to_owned(),
    };
    federation
        .intake()
        .take(verified)
        .await
        .map_err(|why| ReceiveError::new(StatusCode::SERVICE_UNAVAILABLE, why.to_string()))?;
    if let Signer::Proven(id) = &signer
        && *id == envelope.actor
        && headers.contains_key(synchronisation::HEADER)
    {
        let request = synchronisation::Request {
            method,
            path_and_query,
            headers,
            body: &body,
        };
        if let Err(error) = Box::pin(synchronisation::offered(federation, &request, id)).await {
            tracing::debug!(signer = id, %error, "passed over a list of followers: {error}");
        }
    }
    // The activity is safe; what waits for the host can wait a little more if this fails.
    if let Err(error) = delivery::wake_host(federation, &host).await {
        tracing::warn!(instance = host, %error, "cannot wake the deliveries to {host}");
    }
    tracing::debug!(
        activity.id = uri,
        activity.r#type = envelope.kind,
        instance = host,
        "received an activity"
    );
    Ok(())
}

/// The ids of an activity and of its actor, as far as they can be ones.
struct Claim {
    id: Url,
    actor: Url,
}

impl Claim {
    fn read(federation: &Federation, envelope: &Envelope) -> Result<Self, ReceiveError> {
        let addresses = federation.http().addresses();
        let id = envelope
            .id
            .as_deref()
            .ok_or_else(|| ReceiveError::bad("the activity has no id"))?;
        Ok(Self {
            id: parse_activity_id(id, addresses)
                .map_err(|error| ReceiveError::bad(error.to_string()))?,
            actor: parse_id(&envelope.actor, addresses)
                .map_err(|error| ReceiveError::bad(error.to_string()))?,
        })
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), ReceiveError> {
    let refused = |why: &str| ReceiveError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why);
    let encoded = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded {
        return Err(refused("an encoded body"));
    }
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    match kind.as_deref() {
        Some("application/activity+json" | "application/ld+json") => Ok(()),
        _ => Err(refused("not a type of ActivityPub")),
    }
}

/// Who signed. Nothing when the request needs no work: the deletion of an account that was never seen here.
async fn prove(
    federation: &Federation,
    method: &Method,
    path_and_query: &str,
    headers: &HeaderMap,
    body: &Bytes,
    envelope: &Envelope,
) -> Result<Option<Signer>, ReceiveError> {
    let pending = keyring::inspect(federation, method, path_and_query, headers, Some(body))
        .map_err(Unproven::from)?;
    let of_account =
        envelope.kind == "Delete" && envelope.object.as_deref() == Some(&*envelope.actor);
    if of_account
        && actors::by_uri(federation.forum().db(), &envelope.actor)
            .await?
            .is_none()
    {
        return Ok(None);
    }
    match keyring::verify(federation, &pending, Some(&envelope.actor)).await {
        Ok(signer) => Ok(Some(Signer::Proven(signer))),
        // The key went with the account. Nobody is proven to have signed: what counts is what the account's own
        // address says.
        Err(Unproven::Key(FetchError::Gone))
            if of_account && is_key_of(federation, pending.key_id(), &envelope.actor).await? =>
        {
            if Box::pin(keyring::is_gone(federation, &envelope.actor)).await? {
                Ok(Some(Signer::Gone(envelope.actor.clone())))
            } else {
                Err(Unproven::Key(FetchError::Gone).into())
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Who stands behind a request.
enum Signer {
    /// The actor with this id signed it.
    Proven(String),
    /// Nobody could: the account with this id is gone, as its own server says.
    Gone(String),
}

impl Signer {
    fn id(&self) -> &str {
        match self {
            Self::Proven(id) | Self::Gone(id) => id,
        }
    }
}

/// Whether a key is the one of an actor that we know, or is named as part of the actor's own document.
async fn is_key_of(
    federation: &Federation,
    key_id: &str,
    actor: &str,
) -> Result<bool, ReceiveError> {
    if key_id.split('#').next() == Some(actor) {
        return Ok(true);
    }
    let known = actors::by_uri(federation.forum().db(), actor).await?;
    Ok(known.is_some_and(|known| known.public_key_id.as_deref() == Some(key_id)))
}

fn authority(id: &str) -> String {
    Url::parse(id)
        .ok()
        .and_then(|url| Origin::of(&url))
        .map(|origin| origin.authority())
        .unwrap_or_default()
}

/// The id of what an activity is about in the end, under Announces and Undos.
fn leaf(activity: &Value) -> Option<&str> {
    let mut at = activity;
    let mut id = None;
    for _ in 0..6 {
        let Some(object) = wire::many(at, "object").first().copied() else {
            break;
        };
        id = wire::id_of(object).or(id);
        at = object;
    }
    id
}

/// Applies what the journal holds until it is told to stop.
pub async fn run(federation: &Federation, stop: CancellationToken) {
    let owner = owner();
    let forum = federation.forum();
    let mut work = forum.work();
    let places = Arc::new(Places::new());
    // Tasks of their own: one that holds the database's writer must go on while the journal is read.
    let mut working = JoinSet::new();
    // Taken and not begun: one claim takes many, because each is a transaction.
    let mut taken: VecDeque<Item> = VecDeque::new();
    while !stop.is_cancelled() {
        forum.heartbeats().beat("inbox");
        if taken.is_empty() && working.len() < IN_HAND && places.any_free() {
            match claim(federation, &owner, CLAIM).await {
                Ok(items) => taken.extend(items),
                Err(error) => {
                    tracing::error!(%error, "cannot read the inbox journal");
                }
            }
        }
        while working.len() < IN_HAND
            && !taken.is_empty()
            && let Ok(place) = Arc::clone(&places.free).try_acquire_owned()
            && let Some(item) = taken.pop_front()
        {
            let (federation, owner) = (federation.clone(), owner.clone());
            let places = Arc::clone(&places);
            working.spawn(async move { places.work(place, &federation, &owner, item).await });
        }
        tokio::select! {
            Some(ended) = working.join_next(), if !working.is_empty() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "the work on an activity broke off");
                }
            }
            () = places.freed.notified() => {}
            () = work.arrived(), if taken.is_empty() && working.len() < IN_HAND && places.any_free() => {}
            () = tokio::time::sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
    let finish = async { while working.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, finish).await.is_err() {
        tracing::warn!("left inbox items unfinished; they will be taken up again");
    }
    working.shutdown().await;
    if let Err(error) = release(federation, &owner).await {
        tracing::warn!(%error, "cannot release inbox items; their lease will end");
    }
}

/// The places of a worker: whoever waits for long leaves its own to others.
struct Places {
    free: Arc<Semaphore>,
    freed: Notify,
    /// How many of a host work without a place.
    slow: Mutex<HashMap<String, usize>>,
}

impl Places {
    fn new() -> Self {
        Self {
            free: Arc::new(Semaphore::new(CONCURRENCY)),
            freed: Notify::new(),
            slow: Mutex::default(),
        }
    }

    fn any_free(&self) -> bool {
        self.free.available_permits() > 0
    }

    /// Works on an item, at first at a place.
    async fn work(
        &self,
        place: OwnedSemaphorePermit,
        federation: &Federation,
        owner: &str,
        item: Item,
    ) {
        let host = item.host.clone();
        let slow = self.slow(|slow| slow.get(&host).copied()).unwrap_or(0);
        if slow >= SLOW_OF_ONE_HOST {
            let later = Error::retry("much that its server sent takes long already");
            return conclude(federation, owner, &item, Err(later)).await;
        }
        let mut work = Box::pin(process(federation, owner, item));
        if tokio::time::timeout(PATIENCE, &mut work).await.is_ok() {
            return;
        }
        let _counted = Slow::count(self, host);
        drop(place);
        self.freed.notify_one();
        work.await;
    }

    fn slow<T>(&self, f: impl FnOnce(&mut HashMap<String, usize>) -> T) -> T {
        f(&mut self.slow.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Something of a host that takes long, while it does.
struct Slow<'a> {
    places: &'a Places,
    host: String,
}

impl<'a> Slow<'a> {
    fn count(places: &'a Places, host: String) -> Self {
        places.slow(|slow| *slow.entry(host.clone()).or_default() += 1);
        Self { places, host }
    }
}

impl Drop for Slow<'_> {
    fn drop(&mut self) {
        self.places.slow(|slow| {
            if let Some(count) = slow.get_mut(&self.host) {
                *count -= 1;
            }
            slow.retain(|_, count| *count > 0);
        });
    }
}

/// Applies what the journal holds now, and what comes of it; not what waits for a later try. Answers how many items were
/// worked on.
pub async fn drain(federation: &Federation) -> Result<usize> {
    let owner = owner();
    let mut count = 0;
    loop {
        let items = claim(federation, &owner, CONCURRENCY).await?;
        if items.is_empty() {
            return Ok(count);
        }
        count += items.len();
        let mut working: FuturesUnordered<_> = items
            .into_iter()
            .map(|item| process(federation, &owner, item))
            .collect();
        while working.next().await.is_some() {}
    }
}

/// Forgets what was done more than thirty days ago.
pub async fn purge(federation: &Federation) -> Result<u64> {
    let tx = federation.forum().begin().await?;
    let before = tx.now().plus_days(-KEEP_DAYS);
    let count = journal::purge(tx.c(), before)
        .await
        .map_err(ForumError::from)?;
    tx.commit().await?;
    Ok(count)
}

/// Asks for the topics and moderators of a category elsewhere to be read, at most once in a quarter of an hour.
pub(crate) async fn ask_for_backfill(federation: &Federation, group: &Actor) -> Result<()> {
    let tx = federation.forum().begin().await?;
    let quarter = tx.now().seconds().div_euclid(15 * 60);
    let body = json!({"type": BACKFILL, "object": group.uri}).to_string();
    let us = federation.instance().uri.clone();
    let new = NewItem {
        activity_uri: &format!("backfill {quarter} {}", group.uri),
        signer_uri: &us,
        host: &authority(&us),
        ordering_key: &format!("backfill {}", group.uri),
        body: &body,
    };
    journal::append(tx.c(), tx.now(), new)
        .await
        .map_err(ForumError::from)?;
    tx.commit().await?;
    Ok(())
}

fn owner() -> String {
    format!("{:016x}", rand::random::<u64>())
}

async fn claim(federation: &Federation, owner: &str, limit: usize) -> Result<Vec<Item>> {
    let forum = federation.forum();
    let now = forum.now();
    let limit = u64::try_from(limit).unwrap_or(1);
    let until = now.plus_seconds(LEASE_SECONDS);
    Ok(journal::claim(forum.db(), owner, now, until, limit)
        .await
        .map_err(ForumError::from)?)
}

async fn release(federation: &Federation, owner: &str) -> Result<()> {
    let tx = federation.forum().begin().await?;
    journal::release(tx.c(), owner)
        .await
        .map_err(ForumError::from)?;
    Ok(tx.commit().await?)
}

/// Works on one item and writes down what came of it.
async fn process(federation: &Federation, owner: &str, item: Item) {
    let place = Place { owner, id: item.id };
    let work =
        Work::new(federation, MAX_DOCUMENTS, Some(place)).released(item.released_at.is_some());
    let outcome = tokio::time::timeout(MAX_WORK, Box::pin(apply(&work, &item)))
        .await
        .unwrap_or_else(|_| Err(Error::retry("it took too long")));
    let outcome = match outcome {
        Err(Error::Early(why)) if item.attempts >= EARLY_TRIES => Err(Error::Refused(why)),
        other => other,
    };
    federation
        .metrics()
        .applied(&outcome, item.received_at, federation.forum().now());
    if work.is_lost() || (work.is_marked() && outcome.is_ok()) {
        return;
    }
    conclude(federation, owner, &item, outcome).await;
}

async fn conclude(federation: &Federation, owner: &str, item: &Item, outcome: Result<()>) {
    if let Err(error) = finish(federation, owner, item, outcome).await {
        tracing::error!(%error, activity.id = item.activity_uri, "cannot write down what came of an activity");
    }
}

async fn finish(
    federation: &Federation,
    owner: &str,
    item: &Item,
    outcome: Result<()>,
) -> Result<()> {
    let tx = federation.forum().begin_deferred().await?;
    let id = item.activity_uri.as_str();
    let held = match outcome {
        Ok(()) => journal::done(tx.c(), owner, tx.now(), item.id, None).await,
        Err(Error::Held(why)) => {
            tracing::info!(
                activity.id = id,
                instance = item.host,
                "an activity waits for a moderator"
            );
            journal::hold(tx.c(), owner, item.id, &why).await
        }
        Err(error) if !error.is_temporary() => {
            tracing::info!(activity.id = id, instance = item.host, %error, "an activity had no effect");
            journal::done(tx.c(), owner, tx.now(), item.id, Some(&error.to_string())).await
        }
        Err(error) => {
            let text = error.to_string();
            if let Some(at) = next_try(item.attempts, &error, tx.now()) {
                tracing::debug!(activity.id = id, instance = item.host, %error, "an activity waits");
                journal::retry_at(tx.c(), owner, item.id, at, &text).await
            } else {
                let held = journal::dead(tx.c(), owner, item.id, &text).await;
                if matches!(held, Ok(true)) {
                    tracing::warn!(activity.id = id, instance = item.host, %error, "an activity was set aside");
                }
                held
            }
        }
    };
    held.map_err(ForumError::from)?;
    Ok(tx.commit().await?)
}

/// When an item that was tried `attempts` times is tried again; none sets it aside.
fn next_try(attempts: i32, error: &Error, now: Timestamp) -> Option<Timestamp> {
    let clash = matches!(error, Error::Forum(ForumError::Conflict(_)));
    if clash && attempts < QUICK_TRIES {
        return Some(now);
    }
    let step = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    let wait = *WAITS.get(step)?;
    let asked = match error {
        Error::Retry {
            after: Some(after), ..
        } => i64::try_from(after.as_secs()).unwrap_or(0).min(86_400),
        _ => 0,
    };
    Some(now.plus_seconds(wait.max(asked)))
}

/// Applies one item.
async fn apply(work: &Work<'_>, item: &Item) -> Result<()> {
    let federation = work.federation;
    let value =
        wire::parse(item.body.as_bytes()).map_err(|error| Error::refused(error.to_string()))?;
    if item.signer_uri == federation.instance().uri {
        return match (wire::type_of(&value), wire::id_at(&value, "object")) {
            (Some(BACKFILL), Some(group)) => Box::pin(lookup::backfill(work, group)).await,
            (Some(synchronisation::SYNCHRONISE), Some(actor)) => {
                let url = wire::id_at(&value, "target").unwrap_or_default();
                Box::pin(synchronisation::apply(work, actor, url)).await
            }
            _ => Err(Error::refused("unknown work")),
        };
    }
    let signer = Url::parse(&item.signer_uri).map_err(|error| Error::refused(error.to_string()))?;
    if !federation.allows(&signer).await? {
        return Err(Error::refused("the signer's server is blocked"));
    }
    let envelope = wire::envelope(&value).map_err(|error| Error::refused(error.to_string()))?;
    if envelope.actor != item.signer_uri {
        if let Some(actor) = Box::pin(proven(work, &value, &envelope)).await? {
            let activity = Activity {
                value: &value,
                text: Some(&item.body),
                actor,
                via: Via::Direct,
            };
            return activities::handle(work, &activity).await;
        }
        return hint(work, &envelope).await;
    }
    let actor = if envelope.kind == "Delete" {
        match actors::by_uri(work.db(), &envelope.actor).await? {
            Some(actor) if actor.suspended_at.is_some() => {
                return Err(Error::refused("the actor is suspended"));
            }
            Some(actor) => actor,
            None if delete::concerns_known(work, &envelope).await? => {
                work.reader.actor(&envelope.actor).await?
            }
            None => return delete::by_stranger(work, &envelope).await,
        }
    } else {
        work.reader.actor(&envelope.actor).await?
    };
    let activity = Activity {
        value: &value,
        // What nobody signed is not passed on.
        text: (!item.activity_uri.starts_with(GONE)).then_some(&item.body),
        actor,
        via: Via::Direct,
    };
    activities::handle(work, &activity).await
}

/// The actor of an activity that somebody else handed on, if it carries the actor's own proof (FEP-8b32). Only of what a
/// person writes, lately, and once: a proof says who did it, not that it still holds.
async fn proven(work: &Work<'_>, value: &Value, envelope: &Envelope) -> Result<Option<Actor>> {
    let federation = work.federation;
    let (Some(id), true) = (
        envelope.id.as_deref(),
        matches!(envelope.kind.as_str(), "Create" | "Update") && value.get("proof").is_some(),
    ) else {
        return Ok(None);
    };
    if journal::find(work.db(), id)
        .await
        .map_err(ForumError::from)?
        .is_some()
    {
        return Err(Error::refused("it came from its actor already"));
    }
    let made = match proof::verify(federation, value, &envelope.actor).await {
        Ok(made) => made.created,
        Err(why) => {
            tracing::debug!(activity.id = id, %why, "a proof does not hold: {why}");
            return Ok(None);
        }
    };
    let oldest = federation.forum().now().plus_days(-KEEP_DAYS).seconds();
    if made.is_none_or(|made| made < oldest) {
        return Ok(None);
    }
    Ok(Some(work.reader.actor(&envelope.actor).await?))
}

/// Somebody handed on what somebody else did: only what the other's own server says of it counts.
async fn hint(work: &Work<'_>, envelope: &Envelope) -> Result<()> {
    if !matches!(envelope.kind.as_str(), "Create" | "Update" | "Delete") {
        return Err(Error::refused("handed on by somebody else"));
    }
    let object = envelope
        .object
        .as_deref()
        .ok_or_else(|| Error::refused("an activity without object"))?;
    if !same_host(object, &envelope.actor) {
        return Err(Error::refused(
            "the object is on another host than the actor",
        ));
    }
    if *object == envelope.actor {
        return Err(Error::refused("handed on by somebody else"));
    }
    // Only the names are taken over; what they stand for is read at its origin.
    let named = json!({
        "id": envelope.id, "type": envelope.kind, "actor": envelope.actor, "object": object,
    });
    let known = parvis_forum::posts::by_uri(work.db(), object).await?;
    match (envelope.kind.as_str(), known) {
        ("Delete", None) => return Err(Error::refused("the post is not known")),
        ("Create", Some(_)) => return Err(Error::refused("known already")),
        _ => {}
    }
    let activity = Activity {
        value: &named,
        text: None,
        actor: work.reader.actor(&envelope.actor).await?,
        via: Via::Hint,
    };
    activities::handle(work, &activity).await
}

#[cfg(test)]
mod tests;
