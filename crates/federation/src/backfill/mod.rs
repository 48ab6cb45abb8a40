//! The past of categories elsewhere: its description, moderators and pins, and its topics with their replies, dates and
//! likes, so that who follows a category here finds it full (FEP-1b12, FEP-7888, FEP-f228).
//!
//! [`run`] reads, one worker a category, a few categories side by side, one of each server, at the pace that `pace`
//! allows. How far it is stands in the database (`parvis_forum::backfills`): whoever comes after goes on from there. What
//! is read is no news: nobody is notified, and nothing is passed on.

mod conversation;
pub(crate) mod pace;
mod walk;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parvis_forum::backfills::{self, Backfill, Ended, Found, Item, PageRead};
use parvis_forum::categories::{self, Category};
use parvis_forum::id::ActorId;
use parvis_forum::kinds::{ActorKind, BackfillStage};
use parvis_forum::{Error as ForumError, follows, posts, topics};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::activities::{Work, read_moderators, same_host};
use crate::origin::Origin;
use crate::{Error, Federation, Result};
use conversation::{Completed, Task};

/// Categories that are read side by side.
const CATEGORIES: usize = 8;
/// Conversations of one category that are completed side by side.
const WIDTH: usize = 4;
/// Conversations that are taken from the database at once.
const BATCH: u64 = 40;
/// Pages of an outbox that one reading turns.
const MAX_PAGES: i64 = 20_000;
/// Pages in a row without anything new, after which an outbox counts as read.
const MAX_STALE: u32 = 3;
/// Conversations in a row that could not be had, after which the rest waits.
const MAX_FAILURES: u32 = 6;
/// Conversations in a row of which there was nothing, after which an outbox that still goes on is not believed.
const MAX_EMPTY: u32 = 500;
/// Embedded posts that are kept until their turn comes.
const MAX_EMBEDDED: usize = 500;
/// Moderators that are fetched.
const MAX_MODERATORS_MET: usize = 50;
/// Pinned topics that are read.
const MAX_PINS: usize = 100;
/// The database is looked at so often even if nobody says that something is due.
const POLL: Duration = Duration::from_secs(10);
/// A worker says so often that it still works.
const RENEW: Duration = Duration::from_secs(15);
/// While conversations wait for another try, a category is looked at again after so many seconds.
const LOOK_AGAIN: i64 = 120;
/// Conversations begun are finished within this time after a stop.
const GRACE: Duration = Duration::from_secs(10);

/// Reads what is due until it is told to stop.
pub async fn run(federation: &Federation, stop: CancellationToken) {
    let owner = owner();
    let forum = federation.forum();
    let mut work = forum.work();
    let mut reading = JoinSet::new();
    while !stop.is_cancelled() {
        forum.heartbeats().beat("backfill");
        while reading.len() < CATEGORIES {
            match backfills::claim(forum, &owner).await {
                Ok(Some(row)) => {
                    let (federation, owner, stop) =
                        (federation.clone(), owner.clone(), stop.clone());
                    reading.spawn(async move { category(federation, owner, row, stop).await });
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "cannot see which categories are to be read");
                    break;
                }
            }
        }
        tokio::select! {
            Some(ended) = reading.join_next(), if !reading.is_empty() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "the reading of a category broke off");
                }
            }
            () = work.arrived(), if reading.len() < CATEGORIES => {}
            () = tokio::time::sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
    while reading.join_next().await.is_some() {}
}

/// Reads what is due now, and nothing that waits for a later try. Answers how many categories were worked on.
pub async fn drain(federation: &Federation) -> Result<usize> {
    let owner = owner();
    let mut count = 0;
    while let Some(row) = backfills::claim(federation.forum(), &owner).await? {
        count += 1;
        let stop = CancellationToken::new();
        Box::pin(category(federation.clone(), owner.clone(), row, stop)).await;
    }
    Ok(count)
}

fn owner() -> String {
    format!("{:016x}", rand::random::<u64>())
}

/// Reads one category as far as it goes, and gives it back.
async fn category(federation: Federation, owner: String, row: Backfill, stop: CancellationToken) {
    let id = row.category_id;
    let host = row.host.clone();
    let ended = match Box::pin(read(&federation, &owner, row, &stop)).await {
        Ok(ended) => ended,
        Err(error) if passes(&error) => Ended::Failed {
            why: error.to_string(),
            at_least: asked_rest(&error),
        },
        Err(error) => Ended::Impossible(error.to_string()),
    };
    match &ended {
        Ended::Whole { .. } => {
            tracing::info!(instance = host, category.id = %id, "the past of a category is read");
        }
        Ended::Failed { why, .. } => {
            tracing::info!(instance = host, category.id = %id, "the past of a category waits: {why}");
        }
        Ended::Impossible(why) => {
            tracing::warn!(instance = host, category.id = %id, "the past of a category can't be read: {why}");
        }
        Ended::Waits(_) | Ended::Stopped => {}
    }
    let given_back = async {
        let tx = federation.forum().begin().await?;
        backfills::release(&tx, &owner, id, ended).await?;
        tx.commit().await
    };
    match given_back.await {
        // Another worker has it: theirs counts.
        Ok(()) | Err(ForumError::Conflict(_)) => {}
        Err(error) => {
            tracing::error!(%error, category.id = %id, "cannot write down how far a category is read");
        }
    }
}

/// Whether a later try could help. What waits for a moderator, because its server is limited, isn't tried again.
fn passes(error: &Error) -> bool {
    error.is_temporary() && !matches!(error, Error::Held(_))
}

fn asked_rest(error: &Error) -> i64 {
    match error {
        Error::Retry {
            after: Some(after), ..
        } => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        _ => 0,
    }
}

async fn read(
    federation: &Federation,
    owner: &str,
    row: Backfill,
    stop: &CancellationToken,
) -> Result<Ended> {
    let forum = federation.forum();
    let group = categories::by_id(forum.db(), row.category_id).await?;
    if group.actor.local || !forum.config().federation.enabled {
        return Err(Error::refused("it is not elsewhere"));
    }
    let url = Url::parse(&group.actor.uri).map_err(|error| Error::refused(error.to_string()))?;
    if !federation.allows(&url).await? {
        return Err(Error::refused("its server is blocked"));
    }
    let mut session = Session {
        federation,
        owner,
        group: Arc::new(group),
        row,
        embedded: HashMap::new(),
        queue: VecDeque::new(),
        in_hand: HashSet::new(),
        running: JoinSet::new(),
        renewed: Instant::now(),
        stale: 0,
        failures: 0,
        empty: 0,
    };
    session.begin().await?;
    let ended = session.topics(stop).await?;
    if let Ended::Whole { .. } = ended
        && session.row.stage != BackfillStage::Idle
    {
        session.pins().await?;
    }
    Ok(ended)
}

/// One worker's work on one category.
struct Session<'a> {
    federation: &'a Federation,
    owner: &'a str,
    group: Arc<Category>,
    row: Backfill,
    /// Opening posts that the category's own server embedded, by id.
    embedded: HashMap<String, Value>,
    queue: VecDeque<Item>,
    in_hand: HashSet<String>,
    running: JoinSet<(Item, Result<Completed>)>,
    renewed: Instant,
    stale: u32,
    failures: u32,
    empty: u32,
}

impl Session<'_> {
    fn id(&self) -> ActorId {
        self.row.category_id
    }

    async fn followed(&self) -> Result<bool> {
        Ok(follows::is_followed_from_here(self.federation.forum().db(), self.id()).await?)
    }

    /// Reads what is said of the category itself, if it is to be read anew.
    async fn begin(&mut self) -> Result<()> {
        let forum = self.federation.forum();
        if self.row.stage == BackfillStage::Idle {
            if self.row.due_at.is_none_or(|at| at > forum.now()) {
                return Ok(());
            }
            let tx = forum.begin().await?;
            self.row = backfills::start(&tx, self.owner, self.row.clone()).await?;
            tx.commit().await?;
        }
        if self.row.stage == BackfillStage::Head {
            self.head().await?;
        }
        Ok(())
    }

    /// Its description, its moderators, what it pins, and the beginning of its outbox.
    async fn head(&mut self) -> Result<()> {
        let work = Work::on_history(self.federation);
        let actor = work.reader.refresh_actor(&self.group.actor.uri).await?;
        if actor.kind != ActorKind::Group || actor.deleted_at.is_some() {
            return Err(Error::refused("it is gone"));
        }
        self.group = Arc::new(categories::by_id(work.db(), actor.id).await?);
        let group = Arc::clone(&self.group);
        if let Err(error) = read_moderators(&work, &group, MAX_MODERATORS_MET).await {
            tracing::debug!(%error, category = group.actor.uri, "cannot read the moderators");
        }
        self.keep().await?;
        let mut read = PageRead::default();
        let host = origin_of(&group)?;
        if let Some(outbox) = own(&group, group.actor.outbox.as_deref()) {
            let (document, id) = work.reader.object(outbox).await?;
            if !walk::is_collection(&document) {
                return Err(Error::refused("its outbox is no collection"));
            }
            let portion = walk::portion(&document, &host);
            if Origin::of(&id).as_ref() != Some(&host) {
                return Err(Error::refused("its outbox is on another host"));
            }
            read.found = self.found(&portion.items, &host);
            read.next = portion.next.map(String::from);
            read.total = portion.total;
        }
        for pin in self.pinned(&work).await {
            let found = self.found(&[pin], &host);
            for one in found {
                if read.found.iter().all(|known| known.uri != one.uri) {
                    read.found.push(one);
                }
            }
        }
        self.note(read).await?;
        Ok(())
    }

    /// What its list of pinned topics holds; nothing where it can't be read.
    async fn pinned(&self, work: &Work<'_>) -> Vec<Value> {
        let Some(featured) = own(&self.group, self.group.actor.featured.as_deref()) else {
            return Vec::new();
        };
        match work.reader.collection(featured, MAX_PINS).await {
            Ok(items) => items,
            Err(error) => {
                tracing::debug!(%error, category = self.group.actor.uri, "cannot read the pins");
                Vec::new()
            }
        }
    }

    /// What the items of a page name. Posts that they embed are kept until their turn.
    fn found(&mut self, items: &[Value], host: &Origin) -> Vec<Found> {
        let mut found = Vec::new();
        for item in items {
            let Some(named) = walk::named(item, host) else {
                continue;
            };
            if let Some(document) = named.embedded
                && self.embedded.len() < MAX_EMBEDDED
            {
                self.embedded.insert(named.id.clone(), document);
            }
            found.push(Found {
                uri: named.id,
                conversation: named.conversation,
            });
        }
        found
    }

    /// Writes down what a page gave, and where to go on.
    async fn note(&mut self, read: PageRead) -> Result<u64> {
        let tx = self.federation.forum().begin().await?;
        let (row, new) = backfills::page_read(&tx, self.owner, self.id(), read).await?;
        tx.commit().await?;
        self.row = row;
        self.renewed = Instant::now();
        Ok(new)
    }

    /// Turns a page of the outbox.
    async fn page(&mut self) -> Result<()> {
        let Some(next) = self.row.next_page.clone() else {
            return Ok(());
        };
        let host = origin_of(&self.group)?;
        let url = Url::parse(&next).map_err(|error| Error::refused(error.to_string()))?;
        let work = Work::on_history(self.federation);
        let read = match work.reader.page(&url).await {
            Ok(page) if walk::is_collection(&page) => {
                let portion = walk::portion(&page, &host);
                PageRead {
                    found: self.found(&portion.items, &host),
                    next: portion
                        .next
                        .map(String::from)
                        .filter(|after| *after != next),
                    total: portion.total,
                }
            }
            Err(error) if passes(&error) => return Err(error),
            // It ends here, then.
            Ok(_) | Err(_) => PageRead::default(),
        };
        let goes_on = read.next.is_some();
        let new = self.note(read).await?;
        self.stale = if new == 0 { self.stale + 1 } else { 0 };
        if goes_on && (self.stale >= MAX_STALE || self.row.pages >= MAX_PAGES) {
            self.note(PageRead::default()).await?;
        }
        Ok(())
    }

    /// Completes the conversations that wait, and turns pages when there are none.
    async fn topics(&mut self, stop: &CancellationToken) -> Result<Ended> {
        let db = self.federation.forum().db();
        loop {
            if stop.is_cancelled() {
                self.finish_running().await;
                return Ok(Ended::Stopped);
            }
            self.keep().await?;
            if self.queue.is_empty() && self.running.len() < WIDTH {
                let now = self.federation.forum().now();
                let in_hand: Vec<String> = self.in_hand.iter().cloned().collect();
                let ready = backfills::ready(db, self.id(), now, &in_hand, BATCH).await?;
                self.queue.extend(ready);
            }
            while self.running.len() < WIDTH
                && let Some(item) = self.queue.pop_front()
            {
                self.start(item);
            }
            if self.running.len() < WIDTH && self.row.next_page.is_some() {
                self.page().await?;
                continue;
            }
            let Some((item, outcome)) = self.next_outcome(stop).await else {
                if stop.is_cancelled() || !self.running.is_empty() {
                    continue;
                }
                break;
            };
            self.in_hand.remove(&item.uri);
            self.embedded.remove(&item.uri);
            self.settle(item, outcome).await?;
        }
        let forum = self.federation.forum();
        match backfills::next_ready(db, self.id()).await? {
            // Something else may be asked for in the meantime: it is looked at again soon.
            Some(at) => {
                let now = forum.now();
                let at = at.latest(now.plus_seconds(1));
                Ok(Ended::Waits(at.earliest(now.plus_seconds(LOOK_AGAIN))))
            }
            None => Ok(Ended::Whole {
                followed: self.followed().await?,
            }),
        }
    }

    fn start(&mut self, item: Item) {
        if !self.in_hand.insert(item.uri.clone()) {
            return;
        }
        let task = Task {
            uri: item.uri.clone(),
            conversation: item.conversation.clone(),
            embedded: self.embedded.remove(&item.uri),
        };
        let (federation, group) = (self.federation.clone(), Arc::clone(&self.group));
        self.running.spawn(async move {
            let work = Work::on_history(&federation);
            let outcome = Box::pin(conversation::complete(&work, &group, task)).await;
            (item, outcome)
        });
    }

    /// Waits for a conversation; none when there is none, or when it is time to look around.
    async fn next_outcome(
        &mut self,
        stop: &CancellationToken,
    ) -> Option<(Item, Result<Completed>)> {
        if self.running.is_empty() {
            return None;
        }
        tokio::select! {
            Some(ended) = self.running.join_next() => match ended {
                Ok(outcome) => Some(outcome),
                Err(error) => {
                    tracing::error!(%error, "the reading of a conversation broke off");
                    None
                }
            },
            () = tokio::time::sleep(RENEW) => None,
            () = stop.cancelled() => None,
        }
    }

    /// Writes down what came of a conversation.
    async fn settle(&mut self, item: Item, outcome: Result<Completed>) -> Result<()> {
        let tx = self.federation.forum().begin().await?;
        let outcome = match outcome {
            Ok(Completed { posts, later }) => {
                backfills::gained(&tx, self.row.category_id, posts).await?;
                later.map_or(Ok(()), Err)
            }
            Err(error) => Err(error),
        };
        match &outcome {
            Ok(()) => {
                backfills::completed(&tx, &item).await?;
                (self.failures, self.empty) = (0, 0);
            }
            // Its server wants to be left alone: that isn't the conversation's fault.
            Err(Error::Retry { after: Some(_), .. }) => {}
            Err(error) if passes(error) => {
                backfills::failed(&tx, &item, &error.to_string()).await?;
                // That others don't answer says nothing of the category's own server.
                if same_host(&item.uri, &self.group.actor.uri) {
                    self.failures += 1;
                }
            }
            Err(error) => {
                tracing::debug!(%error, post = item.uri, "passed over a conversation");
                backfills::given_up(&tx, &item, &error.to_string()).await?;
                self.empty += 1;
            }
        }
        tx.commit().await?;
        match outcome {
            Err(error) if asked_rest(&error) > 0 => Err(error),
            Err(error) if passes(&error) && self.failures >= MAX_FAILURES => Err(error),
            Err(_) if self.empty >= MAX_EMPTY && self.row.next_page.is_some() => {
                self.note(PageRead::default()).await?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Says that the worker still works; an error when another one took over.
    async fn keep(&mut self) -> Result<()> {
        if self.renewed.elapsed() < RENEW {
            return Ok(());
        }
        let tx = self.federation.forum().begin().await?;
        if !backfills::renew(&tx, self.owner, self.row.category_id).await? {
            return Err(Error::retry("another worker took over"));
        }
        tx.commit().await?;
        self.renewed = Instant::now();
        Ok(())
    }

    async fn finish_running(&mut self) {
        let finish = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finish).await.is_err() {
            tracing::debug!("left conversations unfinished; they will be taken up again");
        }
        self.running.shutdown().await;
    }

    /// Pins what its list names.
    async fn pins(&self) -> Result<()> {
        let work = Work::on_history(self.federation);
        let Some(featured) = own(&self.group, self.group.actor.featured.as_deref()) else {
            return Ok(());
        };
        let items = match work.reader.collection(featured, MAX_PINS).await {
            Ok(items) => items,
            Err(error) => {
                tracing::debug!(%error, category = self.group.actor.uri, "cannot read the pins");
                return Ok(());
            }
        };
        let host = origin_of(&self.group)?;
        let mut pinned = Vec::new();
        for named in items.iter().filter_map(|item| walk::named(item, &host)) {
            let Some(post) = posts::by_uri(work.db(), &named.id).await? else {
                continue;
            };
            let topic = topics::by_id(work.db(), post.topic_id).await?;
            if topic.category_id == self.id() && topic.opening_post_id == Some(post.id) {
                pinned.push(topic.id);
            }
        }
        let tx = work.begin().await?;
        backfills::replace_pins(&tx, self.id(), &pinned).await?;
        work.commit_part(tx).await
    }
}

fn origin_of(group: &Category) -> Result<Origin> {
    Url::parse(&group.actor.uri)
        .ok()
        .and_then(|url| Origin::of(&url))
        .ok_or_else(|| Error::refused("the category has no host"))
}

/// A collection of the category, if it is on its own host.
fn own<'a>(group: &Category, uri: Option<&'a str>) -> Option<&'a str> {
    uri.filter(|uri| same_host(uri, &group.actor.uri))
}
