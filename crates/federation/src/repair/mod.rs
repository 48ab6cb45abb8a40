//! Repair: noticing that two nodes hold different things of one category, and mending it (docs/repair.md).
//!
//! The node that follows a category compares its digests with those that the category's own node serves ([`serve()`]), from
//! the whole down to single conversations, and fetches only what differs (`mend`). What a category holds is for its own
//! node to say; what was written here and never got there is sent again. With other software, which names no digests,
//! some conversations are read again (`others`). Not here: how digests are kept (`parvis_forum::digests`), and filling a
//! category that is new.

mod form;
mod mend;
mod others;
mod schedule;
mod serve;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use parvis_forum::categories::{self, Category};
use parvis_forum::comparisons::{self, Comparison, Report};
use parvis_forum::digests::{self, Digest};
use parvis_forum::id::ActorId;
use parvis_forum::kinds::Comparison as Outcome;
use serde::de::DeserializeOwned;
use url::Url;

pub use schedule::{drain, run};
pub use serve::{Answer, Asked, MAX_ASKED, ask, serve, taken};

use crate::http::{FetchError, Wanted};
use crate::origin::Origin;
use crate::{Error, Federation, Result, delivery};
use form::{Conversations, Ranges, Root};
use mend::Mended;

/// What digests are sent as.
pub const JSON: &str = "application/json";
/// Ranges asked for at once.
const RANGES_AT_ONCE: usize = 16;
/// Conversations asked for at once.
const CONVERSATIONS_AT_ONCE: usize = 16;
/// Conversations mended at the same time.
const AT_ONCE: usize = 4;
/// Conversations mended in one go; the rest follows a minute later.
const MOST: usize = 2_000;
/// Pages of one range, or of one conversation, that are read.
const MAX_PAGES: usize = 200;
/// How long it is remembered where the digests of a category are.
const ENDPOINT_DAYS: i64 = 7;
/// How long digests of ours are made before looking again.
const PATIENCE: Duration = Duration::from_secs(2);
/// Digests as they are asked for.
const WANTED: Wanted = Wanted::any(JSON, 4 * 1024 * 1024);

/// How far a comparison goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What could not be mended lately is left alone.
    Usual,
    /// Everything that differs is looked at.
    Thorough,
}

/// What came of comparing with a server.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// Each of its categories that is followed here.
    pub theirs: Vec<(Category, Report)>,
    /// Our categories that it was asked to compare.
    pub asked: Vec<String>,
    /// Why it could not be asked.
    pub refused: Option<String>,
}

/// Compares all categories shared with a server, at once, and asks it to compare ours. `Refused` when none is shared.
pub async fn repair(federation: &Federation, host: &str, depth: Depth) -> Result<Repaired> {
    let forum = federation.forum();
    let ties = parvis_forum::instances::ties(forum.db(), host).await?;
    let shared = comparisons::of_server(forum.db(), host).await?;
    if shared.is_empty() && ties.ours.is_empty() {
        return Err(Error::refused(format!("no category is shared with {host}")));
    }
    let mut theirs = Vec::new();
    for due in shared {
        let category = categories::by_id(forum.db(), due.category_id).await?;
        if let Some(report) = Box::pin(compare(federation, &category, depth)).await? {
            theirs.push((category, report));
        }
    }
    let (asked, refused) = if ties.ours.is_empty() {
        (Vec::new(), None)
    } else {
        match Box::pin(ask(federation, host, &ties.ours)).await {
            Ok(()) => (ties.ours, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        }
    };
    Ok(Repaired {
        theirs,
        asked,
        refused,
    })
}

/// Compares a category of another server, mends what differs, and writes down what came of it. None when another process
/// does so at the moment.
pub async fn compare(
    federation: &Federation,
    category: &Category,
    depth: Depth,
) -> Result<Option<Report>> {
    let forum = federation.forum();
    let host = host_of(&category.actor.uri)?;
    let tx = forum.begin().await?;
    let taken = comparisons::begin(&tx, category.id(), &host).await?;
    tx.commit().await?;
    let Some(row) = taken else { return Ok(None) };
    let run = Run {
        federation,
        category,
        host: host.clone(),
        depth,
        requests: AtomicI32::new(0),
    };
    let report = match Box::pin(run.all(row)).await {
        Ok(report) => report,
        Err(Error::Forum(error @ parvis_forum::Error::Database(_))) => return Err(error.into()),
        Err(error) => Report {
            outcome: Outcome::Failed,
            found: 0,
            sent: 0,
            remaining: 0,
            requests: run.requests(),
            error: Some(error.to_string()),
            again_at: None,
        },
    };
    let tx = forum.begin().await?;
    comparisons::finish(&tx, category.id(), &host, &report).await?;
    tx.commit().await?;
    tracing::info!(
        instance = host,
        category = category.actor.uri,
        outcome = report.outcome.as_str(),
        found = report.found,
        sent = report.sent,
        remaining = report.remaining,
        requests = report.requests,
        "compared {} with {host}",
        category.actor.name
    );
    Ok(Some(report))
}

/// The authority of an id.
fn host_of(id: &str) -> Result<String> {
    Url::parse(id)
        .ok()
        .and_then(|url| Origin::of(&url))
        .map(|origin| origin.authority())
        .ok_or_else(|| Error::refused(format!("{id} has no host")))
}

/// The comparison of one category.
struct Run<'a> {
    federation: &'a Federation,
    category: &'a Category,
    host: String,
    depth: Depth,
    requests: AtomicI32,
}

impl Run<'_> {
    fn requests(&self) -> i32 {
        self.requests.load(Ordering::Relaxed)
    }

    fn count(&self, requests: i32) {
        self.requests.fetch_add(requests, Ordering::Relaxed);
    }

    fn id(&self) -> ActorId {
        self.category.id()
    }

    async fn all(&self, row: Comparison) -> Result<Report> {
        let group = Url::parse(&self.category.actor.uri)
            .map_err(|error| Error::refused(error.to_string()))?;
        if !self.federation.allows(&group).await? {
            return Err(Error::refused("its server is blocked"));
        }
        let Some(endpoint) = self.endpoint(row).await? else {
            let found = Box::pin(others::read_again(self.federation, self.category)).await?;
            self.count(found.requests);
            return Ok(self.report(Outcome::Reread, &found, 0));
        };
        self.refresh().await?;
        let ours = digests::ranges(self.federation.forum().db(), self.id()).await?;
        let tag = format!("\"{}\"", digests::root(&ours));
        let Some(theirs) = self.root(&endpoint, &tag).await? else {
            return Ok(self.report(Outcome::Same, &Mended::default(), 0));
        };
        let mine: BTreeMap<u8, Digest> = ours.iter().map(|r| (r.place, r.digest)).collect();
        let yours = theirs.by_place()?;
        let places: BTreeSet<u8> = mine.keys().chain(yours.keys()).copied().collect();
        let places: Vec<u8> = places
            .into_iter()
            .filter(|place| mine.get(place) != yours.get(place))
            .collect();
        let mut differing = Vec::new();
        for some in places.chunks(RANGES_AT_ONCE) {
            differing.extend(self.differing(&endpoint, some).await?);
        }
        Box::pin(self.mend(&endpoint, differing)).await
    }

    fn report(&self, outcome: Outcome, mended: &Mended, remaining: i32) -> Report {
        Report {
            outcome,
            found: mended.found,
            sent: mended.sent,
            remaining,
            requests: self.requests(),
            error: None,
            again_at: None,
        }
    }

    /// Makes our digests anew where something changed.
    async fn refresh(&self) -> Result<()> {
        let forum = self.federation.forum();
        while !digests::refresh(forum, PATIENCE).await? {
            forum.heartbeats().beat(schedule::LOOP);
        }
        Ok(())
    }

    /// Where the digests of the category are, from its document; none when that names none.
    async fn endpoint(&self, row: Comparison) -> Result<Option<Url>> {
        let forum = self.federation.forum();
        let fresh = row
            .endpoint_at
            .is_some_and(|at| at.plus_days(ENDPOINT_DAYS) > forum.now());
        let text = match row.endpoint {
            Some(known) if fresh => known,
            _ => {
                let group = Url::parse(&self.category.actor.uri)
                    .map_err(|error| Error::refused(error.to_string()))?;
                self.count(1);
                let (document, id) = self
                    .federation
                    .http()
                    .fetch_object(&group, Some(&self.federation.node_signer().await))
                    .await?;
                let named = form::endpoint(&document, &id);
                let tx = forum.begin().await?;
                comparisons::set_endpoint(
                    &tx,
                    self.id(),
                    &self.host,
                    named.as_ref().map(Url::as_str),
                )
                .await?;
                tx.commit().await?;
                named.map(String::from).unwrap_or_default()
            }
        };
        Ok(Url::parse(&text).ok())
    }

    /// Asks for the whole; none when it is as ours.
    async fn root(&self, endpoint: &Url, tag: &str) -> Result<Option<Root>> {
        self.count(1);
        let fetched = self
            .federation
            .http()
            .fetch_unless(
                endpoint,
                WANTED,
                Some(&self.federation.node_signer().await),
                tag,
            )
            .await?;
        fetched.map(|fetched| parse(&fetched.body)).transpose()
    }

    async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T> {
        self.count(1);
        self.federation.forum().heartbeats().beat(schedule::LOOP);
        let signer = self.federation.node_signer().await;
        let signer = Some(&signer);
        let fetched = self
            .federation
            .http()
            .fetch_document(url, WANTED, signer)
            .await
            .map_err(|error| match error {
                FetchError::Refused(429) => Error::retry("its server wants to be asked later"),
                other => other.into(),
            })?;
        parse(&fetched.body)
    }

    /// The conversations of some ranges that differ.
    async fn differing(&self, endpoint: &Url, places: &[u8]) -> Result<Vec<Differing>> {
        let asked: Vec<String> = places.iter().map(|place| format!("{place:02x}")).collect();
        let mut theirs: BTreeMap<Digest, Digest> = BTreeMap::new();
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut url = endpoint.clone();
            url.query_pairs_mut()
                .append_pair("ranges", &asked.join(","));
            if let Some(after) = &after {
                url.query_pairs_mut().append_pair("after", after);
            }
            let page: Ranges = self.get(&url).await?;
            theirs.extend(page.by_name()?);
            after = page.after;
            if after.is_none() {
                break;
            }
        }
        let db = self.federation.forum().db();
        let all = digests::in_ranges(db, self.id(), places, None, u64::from(u32::MAX)).await?;
        let ours: BTreeMap<Digest, digests::Conversation> =
            all.into_iter().map(|one| (one.name, one)).collect();
        let names: BTreeSet<Digest> = theirs.keys().chain(ours.keys()).copied().collect();
        Ok(names
            .into_iter()
            .filter_map(|name| {
                let yours = theirs.get(&name).copied().unwrap_or_default();
                let mine = ours
                    .get(&name)
                    .map_or_else(Digest::default, |one| one.digest);
                (mine != yours).then_some(Differing {
                    name,
                    theirs: yours,
                    ours: mine,
                })
            })
            .collect())
    }

    /// Mends what differs, a number of conversations at most.
    async fn mend(&self, endpoint: &Url, mut differing: Vec<Differing>) -> Result<Report> {
        let forum = self.federation.forum();
        let tx = forum.begin().await?;
        let left = comparisons::differences(&tx, self.id(), &self.host).await?;
        tx.commit().await?;
        let mut remaining = 0;
        if self.depth == Depth::Usual {
            differing.retain(|one| {
                let again = left.get(&one.name) != Some(&(one.theirs, one.ours));
                remaining += i32::from(!again);
                again
            });
        }
        let more = differing.len() > MOST;
        differing.truncate(MOST);
        // What waits to be delivered needn't be sent again.
        let sends = !self.is_behind().await?;
        let mut sum = Mended::default();
        for some in differing.chunks(CONVERSATIONS_AT_ONCE) {
            let theirs = self.conversations(endpoint, some).await?;
            let mend = |one: Differing| {
                let told = theirs.get(&one.name);
                async move {
                    let work = mend::Mend {
                        federation: self.federation,
                        group: self.category,
                        sends,
                    };
                    let mended = Box::pin(work.conversation(one.name, told)).await?;
                    Ok::<_, Error>((one, mended))
                }
            };
            let mended: Vec<(Differing, Mended)> = stream::iter(some.iter().copied())
                .map(mend)
                .buffer_unordered(AT_ONCE)
                .try_collect()
                .await?;
            self.refresh().await?;
            for (one, mended) in mended {
                sum.add(&mended);
                self.count(mended.requests);
                remaining += self.settle(one, &theirs, &mended).await?;
            }
        }
        let idle = sum.found == 0 && sum.sent == 0 && !sum.held;
        let outcome = match remaining {
            0 if idle => Outcome::Same,
            0 => Outcome::Mended,
            _ => Outcome::Differs,
        };
        let mut report = self.report(outcome, &sum, remaining);
        if more || sum.held {
            report.again_at = Some(forum.now().plus_seconds(60));
        }
        Ok(report)
    }

    /// Notes what is left different; 1 when it is.
    async fn settle(
        &self,
        one: Differing,
        theirs: &HashMap<Digest, form::Told>,
        mended: &Mended,
    ) -> Result<i32> {
        let forum = self.federation.forum();
        let yours = match theirs.get(&one.name) {
            Some(told) => told.digest()?,
            None => Digest::default(),
        };
        let now = digests::named(forum.db(), self.id(), &[one.name]).await?;
        let mine = now.first().map_or_else(Digest::default, |one| one.digest);
        // What was sent is there in a moment.
        if mine == yours || mended.sent > 0 || mended.held {
            return Ok(0);
        }
        let tx = forum.begin().await?;
        comparisons::leave(&tx, self.id(), &self.host, one.name, one.theirs, mine).await?;
        tx.commit().await?;
        Ok(1)
    }

    /// Whether deliveries to the server wait.
    async fn is_behind(&self) -> Result<bool> {
        match delivery::status(self.federation, Some(&self.host)).await {
            Ok(all) => Ok(all.iter().any(|status| status.behind_count > 0)),
            Err(Error::Forum(parvis_forum::Error::NotFound(_))) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What the category's server says of these conversations; those that it doesn't know are missing.
    async fn conversations(
        &self,
        endpoint: &Url,
        some: &[Differing],
    ) -> Result<HashMap<Digest, form::Told>> {
        let mut told: HashMap<Digest, form::Told> = HashMap::new();
        let mut wanted: Vec<String> = some.iter().map(|one| one.name.to_string()).collect();
        for _ in 0..MAX_PAGES {
            if wanted.is_empty() {
                break;
            }
            let mut url = endpoint.clone();
            url.query_pairs_mut()
                .append_pair("conversations", &wanted.join(","));
            let answer: Conversations = self.get(&url).await?;
            let asked = std::mem::replace(&mut wanted, answer.left);
            // An answer that says nothing new would go on for ever.
            if wanted.len() >= asked.len() || wanted.iter().any(|name| !asked.contains(name)) {
                return Err(Error::refused("its server does not come to an end"));
            }
            for mut one in answer.conversations {
                let name = one.name()?;
                if !asked.contains(&name.to_string()) {
                    return Err(Error::refused("it tells of what was not asked for"));
                }
                self.complete(endpoint, &mut one).await?;
                told.insert(name, one);
            }
        }
        Ok(told)
    }

    /// Reads the rest of a conversation that is too long for one answer.
    async fn complete(&self, endpoint: &Url, one: &mut form::Told) -> Result<()> {
        for _ in 0..MAX_PAGES {
            let Some(after) = one.after.take() else {
                return Ok(());
            };
            let mut url = endpoint.clone();
            url.query_pairs_mut()
                .append_pair("conversations", &one.name()?.to_string())
                .append_pair("after", &after.to_string());
            let answer: Conversations = self.get(&url).await?;
            let Some(page) = answer.conversations.into_iter().next() else {
                return Ok(());
            };
            if page.after.is_some_and(|next| next <= after) {
                return Err(Error::refused("its server does not come to an end"));
            }
            one.append(page);
        }
        Ok(())
    }
}

/// A conversation that differs.
#[derive(Clone, Copy, Debug)]
struct Differing {
    name: Digest,
    theirs: Digest,
    ours: Digest,
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| Error::refused(format!("digests: {error}")))
}

#[cfg(test)]
mod tests;
