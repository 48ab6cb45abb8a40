//! The past of categories elsewhere: which of them is to be read, how far that is, and which conversations wait to be
//! completed. Everything stands in the database, so that whoever takes over goes on where another one stopped.
//!
//! Who reads is `parvis-federation`, one worker a category at a time, one category a server. Nothing is fetched here.

use sea_orm::sea_query::{self, Expr, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::categories::{self, Category};
use crate::db::entity::{backfill, backfill_item, post, topic, vote};
use crate::freshness::Part;
use crate::id::{ActorId, TopicId};
use crate::kinds::{BackfillStage, QueueState, VoteKind};
use crate::{Actor, Forum, Post, Read, Result, Timestamp, Topic, Tx, Viewer};

pub use crate::db::entity::{backfill::Model as Backfill, backfill_item::Model as Item};

/// Days after which a followed category is read again.
const AGAIN_DAYS: i64 = 7;
/// A category is not read again within so many minutes because somebody follows it, nor a conversation because it is met.
const REST_MINUTES: i64 = 15;
/// How long a worker holds a category, in seconds; it says so again while it works.
pub const LEASE_SECONDS: i64 = 60;
/// Waits after failures in a row of the whole, in seconds.
const WAITS: [i64; 6] = [30, 300, 1_800, 7_200, 21_600, 86_400];
/// Waits between two tries of one conversation, in seconds; after the last it is given up until the next reading.
const ITEM_WAITS: [i64; 4] = [30, 300, 3_600, 21_600];
/// A size that somebody else claims is not believed beyond this.
const MAX_TOTAL: i64 = 10_000_000;

/// How far the reading of a category is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The row.
    pub row: Backfill,
    /// Conversations that are complete.
    pub done: u64,
    /// Conversations that wait.
    pub waiting: u64,
    /// Conversations that were given up.
    pub given_up: u64,
}

impl Progress {
    /// Whether it is being read, or waits for its next try.
    pub fn is_going_on(&self) -> bool {
        self.row.stage != BackfillStage::Idle
    }
}

/// Asks for the past of a category elsewhere, because somebody here follows it (again). Not when it was read a moment
/// ago. Answers whether it will be read.
pub async fn ask(tx: &Tx, category: &Actor) -> Result<bool> {
    if category.local {
        return Ok(false);
    }
    let since = tx.now().plus_seconds(-REST_MINUTES * 60);
    if let Some(known) = find(tx.c(), category.id).await?
        && known.finished_at.is_some_and(|at| at > since)
    {
        return Ok(false);
    }
    due(tx, category).await?;
    Ok(true)
}

/// The same because a moderator of the node wants it, at once.
pub async fn ask_now(tx: &Tx, viewer: &Viewer, category: &Actor) -> Result<()> {
    if !viewer.is_moderator() {
        return Err(crate::Denied::NotModerator.into());
    }
    if category.local {
        return Err(crate::Error::NotFound(crate::Kind::Category));
    }
    due(tx, category).await?;
    backfill::Entity::update_many()
        .col_expr(backfill::Column::NotBefore, Expr::value(None::<i64>))
        .filter(backfill::Column::CategoryId.eq(category.id))
        .exec(tx.c())
        .await?;
    backfill_item::Entity::update_many()
        .col_expr(backfill_item::Column::NextAt, Expr::value(tx.now()))
        .filter(backfill_item::Column::CategoryId.eq(category.id))
        .filter(backfill_item::Column::State.eq(QueueState::Ready))
        .exec(tx.c())
        .await?;
    Ok(())
}

async fn due(tx: &Tx, category: &Actor) -> Result<()> {
    ensure(tx, category).await?;
    backfill::Entity::update_many()
        .col_expr(backfill::Column::DueAt, Expr::value(tx.now()))
        .filter(backfill::Column::CategoryId.eq(category.id))
        .filter(
            Condition::any()
                .add(backfill::Column::DueAt.is_null())
                .add(backfill::Column::DueAt.gt(tx.now())),
        )
        .exec(tx.c())
        .await?;
    tx.leaves_work();
    Ok(())
}

async fn ensure(tx: &Tx, category: &Actor) -> Result<()> {
    let row = backfill::ActiveModel {
        category_id: Set(category.id),
        host: Set(host_of(category)),
        stage: Set(BackfillStage::Idle),
        next_page: Set(None),
        pages: Set(0),
        total: Set(None),
        posts: Set(0),
        failures: Set(0),
        error: Set(None),
        due_at: Set(None),
        not_before: Set(None),
        started_at: Set(None),
        finished_at: Set(None),
        lease_owner: Set(None),
        lease_until: Set(None),
    };
    backfill::Entity::insert(row)
        .on_conflict(
            OnConflict::column(backfill::Column::CategoryId)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx.c())
        .await?;
    Ok(())
}

/// The server of an actor's id, which is not always that of its handle.
fn host_of(actor: &Actor) -> String {
    let Ok(url) = url::Url::parse(&actor.uri) else {
        return actor.host.clone();
    };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => actor.host.clone(),
    }
}

/// Asks for the rest of a conversation of which something was met. Not when it was completed a moment ago.
pub async fn ask_conversation(
    tx: &Tx,
    category: &Actor,
    uri: &str,
    conversation: Option<&str>,
) -> Result<()> {
    if category.local {
        return Ok(());
    }
    ensure(tx, category).await?;
    let found = Found {
        uri: uri.to_owned(),
        conversation: conversation.map(ToOwned::to_owned),
    };
    let added = add(tx, category.id, &[found]).await?;
    if added == 0 {
        let since = tx.now().plus_seconds(-REST_MINUTES * 60);
        backfill_item::Entity::update_many()
            .col_expr(
                backfill_item::Column::State,
                Expr::value(QueueState::Ready.as_str()),
            )
            .col_expr(backfill_item::Column::Attempts, Expr::value(0))
            .col_expr(backfill_item::Column::NextAt, Expr::value(tx.now()))
            .filter(backfill_item::Column::CategoryId.eq(category.id))
            .filter(backfill_item::Column::Uri.eq(uri))
            .filter(backfill_item::Column::State.ne(QueueState::Ready))
            .filter(backfill_item::Column::NextAt.lt(since))
            .exec(tx.c())
            .await?;
    }
    tx.leaves_work();
    Ok(())
}

/// A conversation that a page named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Id of its opening post, or of what leads to it.
    pub uri: String,
    /// The collection of its posts, where the category names one.
    pub conversation: Option<String>,
}

/// Adds conversations, in their order; those that are known stay. Answers how many are new.
async fn add(tx: &Tx, category: ActorId, found: &[Found]) -> Result<u64> {
    let mut added = 0;
    let start = tx.now().0.saturating_mul(1_000);
    for (found, position) in found.iter().zip(start..) {
        let row = backfill_item::ActiveModel {
            category_id: Set(category),
            uri: Set(found.uri.clone()),
            conversation: Set(found.conversation.clone()),
            position: Set(position),
            state: Set(QueueState::Ready),
            attempts: Set(0),
            next_at: Set(tx.now()),
            error: Set(None),
        };
        added += backfill_item::Entity::insert(row)
            .on_conflict(
                OnConflict::columns([
                    backfill_item::Column::CategoryId,
                    backfill_item::Column::Uri,
                ])
                .do_nothing()
                .to_owned(),
            )
            .exec_without_returning(tx.c())
            .await?;
    }
    Ok(added)
}

/// The row of a category.
pub async fn find(db: &impl Read, category: ActorId) -> Result<Option<Backfill>> {
    Ok(backfill::Entity::find_by_id(category).one(db).await?)
}

/// Takes a category that is to be read, for `owner`: one that is due, or of which conversations wait. Of one server only
/// one at a time.
pub async fn claim(forum: &Forum, owner: &str) -> Result<Option<Backfill>> {
    let (db, now) = (forum.db(), forum.now());
    let busy: Vec<String> = backfill::Entity::find()
        .select_only()
        .column(backfill::Column::Host)
        .filter(backfill::Column::LeaseUntil.gt(now))
        .into_tuple()
        .all(db)
        .await?;
    let waiting = Query::select()
        .column(backfill_item::Column::CategoryId)
        .from(backfill_item::Entity)
        .and_where(backfill_item::Column::State.eq(QueueState::Ready))
        .and_where(backfill_item::Column::NextAt.lte(now))
        .to_owned();
    let free = || {
        Condition::any()
            .add(backfill::Column::LeaseUntil.is_null())
            .add(backfill::Column::LeaseUntil.lte(now))
    };
    let mut query = backfill::Entity::find()
        .filter(free())
        .filter(
            Condition::any()
                .add(backfill::Column::NotBefore.is_null())
                .add(backfill::Column::NotBefore.lte(now)),
        )
        .filter(
            Condition::any()
                .add(backfill::Column::DueAt.lte(now))
                .add(backfill::Column::CategoryId.in_subquery(waiting)),
        )
        .order_by_asc(backfill::Column::DueAt)
        .order_by_asc(backfill::Column::CategoryId);
    if !busy.is_empty() {
        query = query.filter(backfill::Column::Host.is_not_in(busy));
    }
    let Some(row) = query.one(db).await? else {
        return Ok(None);
    };
    let tx = forum.begin().await?;
    let taken = backfill::Entity::update_many()
        .col_expr(backfill::Column::LeaseOwner, Expr::value(owner))
        .col_expr(
            backfill::Column::LeaseUntil,
            Expr::value(now.plus_seconds(LEASE_SECONDS)),
        )
        .filter(backfill::Column::CategoryId.eq(row.category_id))
        .filter(free())
        .exec(tx.c())
        .await?;
    if taken.rows_affected == 0 {
        return Ok(None);
    }
    let row = find(tx.c(), row.category_id).await?;
    tx.commit().await?;
    Ok(row)
}

fn held(owner: &str, category: ActorId) -> Condition {
    Condition::all()
        .add(backfill::Column::CategoryId.eq(category))
        .add(backfill::Column::LeaseOwner.eq(owner))
}

/// Says that the worker still works. False when somebody else took over: then it must stop.
pub async fn renew(tx: &Tx, owner: &str, category: ActorId) -> Result<bool> {
    let until = tx.now().plus_seconds(LEASE_SECONDS);
    let kept = backfill::Entity::update_many()
        .col_expr(backfill::Column::LeaseUntil, Expr::value(until))
        .filter(held(owner, category))
        .exec(tx.c())
        .await?;
    Ok(kept.rows_affected > 0)
}

/// Begins to read the whole anew: what was completed by the last reading is looked at again.
pub async fn start(tx: &Tx, owner: &str, row: Backfill) -> Result<Backfill> {
    backfill_item::Entity::delete_many()
        .filter(backfill_item::Column::CategoryId.eq(row.category_id))
        .filter(backfill_item::Column::State.ne(QueueState::Ready))
        .exec(tx.c())
        .await?;
    let mut row = owned(owner, row)?.into_active_model();
    row.stage = Set(BackfillStage::Head);
    row.next_page = Set(None);
    row.pages = Set(0);
    row.posts = Set(0);
    row.started_at = Set(Some(tx.now()));
    row.error = Set(None);
    Ok(row.update(tx.c()).await?)
}

/// What was written by somebody who no longer holds the category counts for nothing.
fn owned(owner: &str, row: Backfill) -> Result<Backfill> {
    if row.lease_owner.as_deref() == Some(owner) {
        Ok(row)
    } else {
        Err(crate::Error::Conflict("another worker reads the category"))
    }
}

/// What a page of an outbox gave.
#[derive(Clone, Debug, Default)]
pub struct PageRead {
    /// The conversations that it names.
    pub found: Vec<Found>,
    /// The page after it.
    pub next: Option<String>,
    /// How many there are in all, as it says.
    pub total: Option<i64>,
}

/// Notes what a page gave, and which one is next, in one moment. Answers the row, and how many conversations were new.
pub async fn page_read(
    tx: &Tx,
    owner: &str,
    category: ActorId,
    page: PageRead,
) -> Result<(Backfill, u64)> {
    let row = find(tx.c(), category)
        .await?
        .ok_or(crate::Error::NotFound(crate::Kind::Category))?;
    let row = owned(owner, row)?;
    let added = add(tx, category, &page.found).await?;
    let (pages, total) = (row.pages, row.total);
    let mut row = row.into_active_model();
    row.stage = Set(BackfillStage::Topics);
    row.next_page = Set(page.next);
    row.pages = Set(pages + 1);
    row.total = Set(page.total.filter(|n| (0..=MAX_TOTAL).contains(n)).or(total));
    row.failures = Set(0);
    row.not_before = Set(None);
    row.error = Set(None);
    Ok((row.update(tx.c()).await?, added))
}

/// Conversations that wait, in their order, without those in hand.
pub async fn ready(
    db: &impl Read,
    category: ActorId,
    now: Timestamp,
    in_hand: &[String],
    limit: u64,
) -> Result<Vec<Item>> {
    let mut query = backfill_item::Entity::find()
        .filter(backfill_item::Column::CategoryId.eq(category))
        .filter(backfill_item::Column::State.eq(QueueState::Ready))
        .filter(backfill_item::Column::NextAt.lte(now));
    if !in_hand.is_empty() {
        query = query.filter(backfill_item::Column::Uri.is_not_in(in_hand.iter().cloned()));
    }
    Ok(query
        .order_by_asc(backfill_item::Column::Position)
        .limit(limit)
        .all(db)
        .await?)
}

/// When the first of the conversations that wait may be tried again; none when none waits.
pub async fn next_ready(db: &impl Read, category: ActorId) -> Result<Option<Timestamp>> {
    Ok(backfill_item::Entity::find()
        .filter(backfill_item::Column::CategoryId.eq(category))
        .filter(backfill_item::Column::State.eq(QueueState::Ready))
        .order_by_asc(backfill_item::Column::NextAt)
        .one(db)
        .await?
        .map(|item| item.next_at))
}

/// A conversation is as complete as it can be.
pub async fn completed(tx: &Tx, item: &Item) -> Result<()> {
    settle(tx, item, QueueState::Done, tx.now(), None).await
}

/// Counts posts that are new.
pub async fn gained(tx: &Tx, category: ActorId, posts: i64) -> Result<()> {
    if posts == 0 {
        return Ok(());
    }
    backfill::Entity::update_many()
        .col_expr(
            backfill::Column::Posts,
            sea_query::ExprTrait::add(Expr::col(backfill::Column::Posts), posts),
        )
        .filter(backfill::Column::CategoryId.eq(category))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// There is nothing to be had of a conversation, until the whole is read again.
pub async fn given_up(tx: &Tx, item: &Item, why: &str) -> Result<()> {
    settle(tx, item, QueueState::Dead, tx.now(), Some(why)).await
}

/// A conversation could not be had now; it is tried again later, a few times.
pub async fn failed(tx: &Tx, item: &Item, why: &str) -> Result<()> {
    let step = usize::try_from(item.attempts).unwrap_or(0);
    match ITEM_WAITS.get(step) {
        Some(wait) => {
            let at = tx.now().plus_seconds(*wait);
            settle(tx, item, QueueState::Ready, at, Some(why)).await
        }
        None => given_up(tx, item, why).await,
    }
}

async fn settle(
    tx: &Tx,
    item: &Item,
    state: QueueState,
    at: Timestamp,
    error: Option<&str>,
) -> Result<()> {
    backfill_item::Entity::update_many()
        .col_expr(backfill_item::Column::State, Expr::value(state.as_str()))
        .col_expr(
            backfill_item::Column::Attempts,
            Expr::value(item.attempts.saturating_add(1)),
        )
        .col_expr(backfill_item::Column::NextAt, Expr::value(at))
        .col_expr(backfill_item::Column::Error, Expr::value(error))
        .filter(backfill_item::Column::CategoryId.eq(item.category_id))
        .filter(backfill_item::Column::Uri.eq(item.uri.as_str()))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// How the work of a worker on a category ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything was read. `followed` tells whether it is to be read again in a week.
    Whole {
        /// Somebody here follows it.
        followed: bool,
    },
    /// Nothing more can be done before that moment; the reading goes on then.
    Waits(Timestamp),
    /// It could not be read, for now: it waits longer at each failure in a row, at least so many seconds.
    Failed {
        /// Why.
        why: String,
        /// What the other server asked for, in seconds.
        at_least: i64,
    },
    /// It can't be read at all, for that reason.
    Impossible(String),
    /// The worker was told to stop.
    Stopped,
}

/// Gives a category back.
pub async fn release(tx: &Tx, owner: &str, category: ActorId, ended: Ended) -> Result<()> {
    let Some(row) = find(tx.c(), category).await? else {
        return Ok(());
    };
    let (failures, stage) = (row.failures, row.stage);
    let mut row = owned(owner, row)?.into_active_model();
    row.lease_owner = Set(None);
    row.lease_until = Set(None);
    match ended {
        Ended::Whole { followed } => {
            if stage != BackfillStage::Idle {
                row.finished_at = Set(Some(tx.now()));
                row.due_at = Set(followed.then(|| tx.now().plus_days(AGAIN_DAYS)));
            }
            row.stage = Set(BackfillStage::Idle);
            row.next_page = Set(None);
            row.not_before = Set(None);
            row.failures = Set(0);
            row.error = Set(None);
        }
        Ended::Waits(at) => row.not_before = Set(Some(at)),
        Ended::Failed { why, at_least } => {
            let step = usize::try_from(failures).unwrap_or(0).min(WAITS.len() - 1);
            let wait = WAITS.get(step).copied().unwrap_or(86_400);
            row.failures = Set(failures.saturating_add(1));
            row.not_before = Set(Some(tx.now().plus_seconds(wait.max(at_least.min(86_400)))));
            row.error = Set(Some(why));
        }
        Ended::Impossible(why) => {
            row.stage = Set(BackfillStage::Idle);
            row.next_page = Set(None);
            row.due_at = Set(Some(tx.now().plus_days(AGAIN_DAYS)));
            row.not_before = Set(Some(tx.now().plus_days(1)));
            row.error = Set(Some(why));
        }
        Ended::Stopped => {}
    }
    row.update(tx.c()).await?;
    Ok(())
}

/// How far the reading of a category is.
pub async fn progress(db: &impl Read, category: ActorId) -> Result<Option<Progress>> {
    match find(db, category).await? {
        Some(row) => Ok(Some(counted(db, row).await?)),
        None => Ok(None),
    }
}

async fn counted(db: &impl Read, row: Backfill) -> Result<Progress> {
    let count = |state: QueueState| {
        backfill_item::Entity::find()
            .filter(backfill_item::Column::CategoryId.eq(row.category_id))
            .filter(backfill_item::Column::State.eq(state))
            .count(db)
    };
    Ok(Progress {
        done: count(QueueState::Done).await?,
        waiting: count(QueueState::Ready).await?,
        given_up: count(QueueState::Dead).await?,
        row,
    })
}

/// The categories that were ever asked for, of one server or of all, with how far each is.
pub async fn list(db: &impl Read, host: Option<&str>) -> Result<Vec<(Category, Progress)>> {
    let mut query = backfill::Entity::find().order_by_asc(backfill::Column::CategoryId);
    if let Some(host) = host {
        query = query.filter(backfill::Column::Host.eq(host));
    }
    let mut all = Vec::new();
    for row in query.all(db).await? {
        let category = categories::by_id(db, row.category_id).await?;
        all.push((category, counted(db, row).await?));
    }
    Ok(all)
}

/// How many likes a post has, as its own server says; at least those that are known one by one. What is read of the past
/// only: likes that come count by themselves.
pub async fn likes_heard(tx: &Tx, post: &Post, likes: i32) -> Result<()> {
    if post.local || likes < 0 {
        return Ok(());
    }
    let known = vote::Entity::find()
        .filter(vote::Column::PostId.eq(post.id))
        .filter(vote::Column::Kind.eq(VoteKind::Like))
        .count(tx.c())
        .await?;
    let likes = likes.max(i32::try_from(known).unwrap_or(i32::MAX));
    if likes == post.like_count {
        return Ok(());
    }
    tx.touches([Part::Topic(post.topic_id), Part::Likes]);
    topic::Entity::update_many()
        .col_expr(topic::Column::LikeCount, Expr::value(likes))
        .filter(topic::Column::Id.eq(post.topic_id))
        .filter(topic::Column::OpeningPostId.eq(post.id))
        .exec(tx.c())
        .await?;
    post::Entity::update_many()
        .col_expr(post::Column::LikeCount, Expr::value(likes))
        .filter(post::Column::Id.eq(post.id))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Numbers the posts of a topic elsewhere by the time of their publication, when some came later than younger ones.
pub async fn put_in_order(tx: &Tx, topic: TopicId) -> Result<bool> {
    let topic = crate::topics::hold(tx, topic).await?;
    if topic.local {
        return Ok(false);
    }
    let posts: Vec<(crate::id::PostId, i32)> = post::Entity::find()
        .select_only()
        .column(post::Column::Id)
        .column(post::Column::Number)
        .filter(post::Column::TopicId.eq(topic.id))
        .order_by_asc(post::Column::CreatedAt)
        .order_by_asc(post::Column::Id)
        .into_tuple()
        .all(tx.c())
        .await?;
    // The opening post comes first, whatever the clocks of others say.
    let (mut order, rest): (Vec<_>, Vec<_>) = posts
        .into_iter()
        .partition(|(id, _)| topic.opening_post_id == Some(*id));
    order.extend(rest);
    if order.is_sorted_by_key(|(_, number)| *number) {
        return Ok(false);
    }
    let mut numbers: Vec<i32> = order.iter().map(|(_, number)| *number).collect();
    numbers.sort_unstable();
    let moved: Vec<_> = order
        .iter()
        .zip(numbers)
        .filter(|((_, old), new)| old != new)
        .map(|((id, _), new)| (*id, new))
        .collect();
    // Each number is taken once at any moment.
    for sign in [-1, 1] {
        for (id, number) in &moved {
            post::Entity::update_many()
                .col_expr(post::Column::Number, Expr::value(sign * number))
                .filter(post::Column::Id.eq(*id))
                .exec(tx.c())
                .await?;
        }
    }
    tx.touches([Part::Topic(topic.id)]);
    Ok(true)
}

/// Pins these topics of a category elsewhere, and no other, as its own list says.
pub async fn replace_pins(tx: &Tx, category: ActorId, pinned: &[TopicId]) -> Result<()> {
    let now: Vec<Topic> = topic::Entity::find()
        .filter(topic::Column::CategoryId.eq(category))
        .filter(topic::Column::Local.eq(false))
        .filter(topic::Column::PinnedAt.is_not_null())
        .all(tx.c())
        .await?;
    for topic in now.iter().filter(|topic| !pinned.contains(&topic.id)) {
        set_pin(tx, topic.id, category, None).await?;
    }
    for id in pinned {
        if now.iter().all(|topic| topic.id != *id) {
            set_pin(tx, *id, category, Some(tx.now())).await?;
        }
    }
    Ok(())
}

async fn set_pin(tx: &Tx, id: TopicId, category: ActorId, at: Option<Timestamp>) -> Result<()> {
    topic::Entity::update_many()
        .col_expr(topic::Column::PinnedAt, Expr::value(at))
        .filter(topic::Column::Id.eq(id))
        .filter(topic::Column::CategoryId.eq(category))
        .filter(topic::Column::Local.eq(false))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Which of these posts are here, be they deleted since.
pub async fn known(db: &impl Read, uris: &[String]) -> Result<Vec<Post>> {
    if uris.is_empty() {
        return Ok(Vec::new());
    }
    Ok(post::Entity::find()
        .filter(post::Column::Uri.is_in(uris.iter().cloned()))
        .all(db)
        .await?)
}
