//! Digests of what categories hold, by conversation and by range of conversations, for comparing with other nodes:
//! docs/repair.md says which bytes are hashed.
//!
//! They are kept, not made at each question: [`refresh`] makes those anew whose posts changed since. Triggers mark what is
//! edited, deleted, removed, locked or moved; what is new is found by its id, which grows with time. Writing a post thus
//! costs nothing more. Not here: comparing with another node, which is `parvis-federation`'s, and what came of it
//! ([`crate::comparisons`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::time::{Duration, Instant};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};
use sha2::{Digest as _, Sha256};

use crate::db::entity::{conversation_digest, post, range_digest, setting, topic};
use crate::id::{ActorId, PostId, TopicId};
use crate::{Error, Forum, Read, Result, Timestamp, Tx, settings};

/// Where the making of digests stands, among the settings.
const STATE: &str = "digests";
/// Topics whose digests are made in one transaction.
const BATCH: u64 = 500;
/// New posts that are looked at in one transaction.
const WINDOW: u64 = 5_000;
/// What was written so lately may be followed by something with a smaller id, from a transaction that takes long.
const OVERLAP_SECONDS: i64 = 60;

/// 32 bytes, written in hex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// SHA-256 of a text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// This one and another, bit by bit. The same again takes it out.
    #[must_use]
    pub fn xor(mut self, other: Self) -> Self {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine ^= theirs;
        }
        self
    }

    /// From 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// Of nothing.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// The range of conversations that one with this name is in.
    pub fn range(self) -> u8 {
        let [first, ..] = self.0;
        first
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The name of a conversation: of the id of its opening post, which all nodes know it by.
pub fn conversation_of(opening: &str) -> Digest {
    Digest::of(opening)
}

/// What a post adds to its conversation, in the version of that moment.
pub fn of_post(uri: &str, edited: Option<Timestamp>) -> Digest {
    let version = edited.map(|at| at.seconds().to_string());
    Digest::of(&format!("post\n{uri}\n{}\n", version.unwrap_or_default()))
}

/// What the state of a topic adds to its conversation.
pub fn of_state(opening: &str, locked: bool, pinned: bool) -> Digest {
    let lock = if locked { "locked" } else { "open" };
    let pin = if pinned { "pinned" } else { "plain" };
    Digest::of(&format!("topic\n{opening}\n{lock}\n{pin}\n"))
}

/// What a conversation adds to its range: nothing when nothing can be read in it.
pub fn in_range(conversation: Digest, digest: Digest) -> Digest {
    if digest.is_zero() {
        return Digest::default();
    }
    Digest::of(&format!("conversation\n{conversation}\n{digest}\n"))
}

/// A range of conversations that holds some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First byte of their names.
    pub place: u8,
    /// Digest of all of them.
    pub digest: Digest,
    /// How many they are.
    pub conversations: i64,
}

/// A conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The topic here.
    pub topic: TopicId,
    /// Its name.
    pub name: Digest,
    /// What it holds; zero when nothing of it can be read.
    pub digest: Digest,
}

/// What of a topic is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Id of its opening post.
    pub opening: String,
    /// Takes no replies.
    pub locked: bool,
    /// Shown first.
    pub pinned: bool,
    /// Its posts, in the order in which they came here.
    pub posts: Vec<Entry>,
    /// The number after which the rest of it begins, if there is more.
    pub more: Option<i32>,
}

/// A post in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The row.
    pub id: PostId,
    /// ActivityPub id.
    pub uri: String,
    /// Last edit.
    pub edited: Option<Timestamp>,
    /// Whether it can be read, and why not.
    pub presence: Presence,
}

/// Whether a post can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It can.
    Present,
    /// Its author deleted it.
    Deleted,
    /// A moderator removed it.
    Removed,
    /// Its category elsewhere refused it: it is read here only.
    Refused,
}

/// The digest of all of a category, of its ranges.
pub fn root(ranges: &[Range]) -> Digest {
    ranges
        .iter()
        .fold(Digest::default(), |all, range| all.xor(range.digest))
}

/// The ranges of a category that hold something, in order. As of the last [`refresh`].
pub async fn ranges(db: &impl Read, category: ActorId) -> Result<Vec<Range>> {
    let rows = range_digest::Entity::find()
        .filter(range_digest::Column::CategoryId.eq(category))
        .order_by_asc(range_digest::Column::Place)
        .all(db)
        .await?;
    rows.into_iter()
        .filter(|row| row.conversations > 0)
        .map(|row| {
            Ok(Range {
                place: u8::try_from(row.place).map_err(|_| broken("a range"))?,
                digest: parsed(&row.digest)?,
                conversations: row.conversations,
            })
        })
        .collect()
}

/// The conversations of these ranges in which something can be read, in the order of their names, at most `limit`, after
/// one of them.
pub async fn in_ranges(
    db: &impl Read,
    category: ActorId,
    places: &[u8],
    after: Option<Digest>,
    limit: u64,
) -> Result<Vec<Conversation>> {
    let mut within = sea_orm::Condition::any();
    for place in places {
        let first = format!("{place:02x}");
        let column = || conversation_digest::Column::Conversation;
        within = within.add(
            sea_orm::Condition::all()
                .add(column().gte(first.as_str()))
                // `g` comes after every hexadecimal digit.
                .add(column().lt(format!("{first}g"))),
        );
    }
    let mut query = conversation_digest::Entity::find()
        .filter(conversation_digest::Column::CategoryId.eq(category))
        .filter(conversation_digest::Column::Digest.ne(Digest::default().to_string()))
        .filter(within);
    if let Some(after) = after {
        query = query.filter(conversation_digest::Column::Conversation.gt(after.to_string()));
    }
    let rows = query
        .order_by_asc(conversation_digest::Column::Conversation)
        .limit(limit)
        .all(db)
        .await?;
    rows.iter().map(conversation).collect()
}

/// The conversations with these names, those included in which nothing can be read.
pub async fn named(
    db: &impl Read,
    category: ActorId,
    names: &[Digest],
) -> Result<Vec<Conversation>> {
    let rows = conversation_digest::Entity::find()
        .filter(conversation_digest::Column::CategoryId.eq(category))
        .filter(
            conversation_digest::Column::Conversation.is_in(names.iter().map(Digest::to_string)),
        )
        .all(db)
        .await?;
    rows.iter().map(conversation).collect()
}

/// What of a topic is compared: all posts after a number, at most `limit`. None when it has no opening post.
pub async fn contents(
    db: &impl Read,
    id: TopicId,
    after: i32,
    limit: u64,
) -> Result<Option<Contents>> {
    let topic = crate::topics::by_id(db, id).await?;
    let Some(opening) = topic.opening_post_id else {
        return Ok(None);
    };
    let opening = crate::posts::by_id(db, opening).await?;
    let rows = post::Entity::find()
        .filter(post::Column::TopicId.eq(id))
        .filter(post::Column::Number.gt(after))
        .order_by_asc(post::Column::Number)
        .limit(limit.saturating_add(1))
        .all(db)
        .await?;
    let room = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = if rows.len() > room {
        rows.get(room.saturating_sub(1)).map(|row| row.number)
    } else {
        None
    };
    let posts = rows
        .into_iter()
        .take(room)
        .map(|row| Entry {
            id: row.id,
            presence: if row.refused_reason.is_some() {
                Presence::Refused
            } else if row.deleted_at.is_some() {
                Presence::Deleted
            } else if row.removed_at.is_some() {
                Presence::Removed
            } else {
                Presence::Present
            },
            edited: row.edited_at,
            uri: row.uri,
        })
        .collect();
    Ok(Some(Contents {
        opening: opening.uri,
        locked: topic.locked_at.is_some(),
        pinned: topic.pinned_at.is_some(),
        posts,
        more,
    }))
}

fn conversation(row: &conversation_digest::Model) -> Result<Conversation> {
    Ok(Conversation {
        topic: row.topic_id,
        name: parsed(&row.conversation)?,
        digest: parsed(&row.digest)?,
    })
}

fn parsed(text: &str) -> Result<Digest> {
    Digest::parse(text).ok_or_else(|| broken("a digest"))
}

fn broken(what: &str) -> Error {
    Error::External(format!("digests: {what} can't be read"))
}

/// How far the digests are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    /// Topics up to here have been looked at; none when all have.
    building: Option<i64>,
    /// What has a greater id is new since.
    seen: i64,
}

impl State {
    fn read(text: &str) -> Option<Self> {
        let (building, seen) = text.split_once(' ')?;
        Some(Self {
            building: match building {
                "-" => None,
                number => Some(number.parse().ok()?),
            },
            seen: seen.parse().ok()?,
        })
    }

    fn write(self) -> String {
        match self.building {
            None => format!("- {}", self.seen),
            Some(cursor) => format!("{cursor} {}", self.seen),
        }
    }

    fn beginning(now: Timestamp) -> Self {
        Self {
            building: Some(0),
            seen: safe_id(now),
        }
    }
}

/// The smallest id of something that may still appear: ids begin with their moment in milliseconds.
fn safe_id(now: Timestamp) -> i64 {
    now.plus_seconds(-OVERLAP_SECONDS).0 << 16
}

/// Makes the digests anew of what changed since the last time, for at most so long. False when there is more to do: the
/// first time in a large forum.
pub async fn refresh(forum: &Forum, patience: Duration) -> Result<bool> {
    let until = Instant::now() + patience;
    loop {
        let state = settings::get(forum.db(), STATE).await?;
        let state = state.as_deref().and_then(State::read);
        if let Some(state) = state
            && !is_behind(forum.db(), state).await?
        {
            return Ok(true);
        }
        let tx = forum.begin().await?;
        let done = Box::pin(step(&tx)).await?;
        tx.commit().await?;
        if done {
            return Ok(true);
        }
        if Instant::now() >= until {
            return Ok(false);
        }
    }
}

/// Whether anything has to be made.
async fn is_behind(db: &impl Read, state: State) -> Result<bool> {
    if state.building.is_some() || !stale(db, 1).await?.is_empty() {
        return Ok(true);
    }
    Ok(!new_posts(db, state.seen, 1).await?.is_empty()
        || !new_topics(db, state.seen, 1).await?.is_empty())
}

/// Topics that were marked.
async fn stale(db: &impl Read, limit: u64) -> Result<Vec<TopicId>> {
    Ok(conversation_digest::Entity::find()
        .select_only()
        .column(conversation_digest::Column::TopicId)
        .filter(Expr::cust("stale"))
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

async fn new_posts(db: &impl Read, after: i64, limit: u64) -> Result<Vec<(PostId, TopicId)>> {
    Ok(post::Entity::find()
        .select_only()
        .column(post::Column::Id)
        .column(post::Column::TopicId)
        .filter(post::Column::Id.gt(after))
        .order_by_asc(post::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

async fn new_topics(db: &impl Read, after: i64, limit: u64) -> Result<Vec<TopicId>> {
    Ok(topic::Entity::find()
        .select_only()
        .column(topic::Column::Id)
        .filter(topic::Column::Id.gt(after))
        .order_by_asc(topic::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// Makes some digests anew; true when nothing more is to be done.
async fn step(tx: &Tx) -> Result<bool> {
    let first = State::beginning(tx.now());
    settings::keep_first(tx, STATE, &first.write()).await?;
    // Held until the end: two that do this at once would count ranges twice.
    let row = setting::Entity::find_by_id(STATE)
        .lock_exclusive()
        .one(tx.c())
        .await?;
    let mut state = row
        .and_then(|row| State::read(&row.value))
        .ok_or_else(|| broken("their state"))?;
    let marked = stale(tx.c(), BATCH).await?;
    let done = if !marked.is_empty() {
        make(tx, &marked).await?;
        false
    } else if let Some(cursor) = state.building {
        let topics = new_topics(tx.c(), cursor, BATCH).await?;
        make(tx, &topics).await?;
        state.building = topics.last().map(|last| last.0);
        false
    } else {
        let posts = new_posts(tx.c(), state.seen, WINDOW).await?;
        let full = posts.len() as u64 == WINDOW;
        let last = posts.last().map_or(state.seen, |(id, _)| id.0);
        let mut topics: BTreeSet<TopicId> = posts.iter().map(|(_, topic)| *topic).collect();
        let opened = new_topics(tx.c(), state.seen, WINDOW).await?;
        topics.extend(opened.into_iter().filter(|id| !full || id.0 <= last));
        let topics: Vec<TopicId> = topics.into_iter().collect();
        for some in topics.chunks(usize::try_from(BATCH).unwrap_or(500)) {
            make(tx, some).await?;
        }
        state.seen = if full {
            last
        } else {
            last.min(safe_id(tx.now())).max(state.seen)
        };
        !full
    };
    setting::Entity::update_many()
        .col_expr(setting::Column::Value, Expr::value(state.write()))
        .filter(setting::Column::Key.eq(STATE))
        .exec(tx.c())
        .await?;
    Ok(done)
}

/// A topic, as far as its digest needs it.
#[derive(Debug, FromQueryResult)]
struct Row {
    id: TopicId,
    category_id: ActorId,
    locked_at: Option<Timestamp>,
    pinned_at: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
    removed_at: Option<Timestamp>,
    opening: String,
    refused_reason: Option<String>,
}

/// Makes the digests of these topics anew, and those of the ranges that they are in.
async fn make(tx: &Tx, ids: &[TopicId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    // First of all: who changes one of them after this waits for us, and marks it again.
    conversation_digest::Entity::update_many()
        .col_expr(conversation_digest::Column::Stale, Expr::value(false))
        .filter(conversation_digest::Column::TopicId.is_in(ids.iter().copied()))
        .filter(Expr::cust("stale"))
        .exec(tx.c())
        .await?;
    let before: HashMap<TopicId, conversation_digest::Model> = conversation_digest::Entity::find()
        .filter(conversation_digest::Column::TopicId.is_in(ids.iter().copied()))
        .all(tx.c())
        .await?
        .into_iter()
        .map(|row| (row.topic_id, row))
        .collect();
    let mut changed = Vec::new();
    let mut ranges: BTreeMap<(i64, u8), (Digest, i64)> = BTreeMap::new();
    for (topic, category, name, digest) in present(tx, ids).await? {
        let old = before.get(&topic);
        let new = conversation_digest::Model {
            topic_id: topic,
            category_id: category,
            conversation: name.to_string(),
            digest: digest.to_string(),
            stale: false,
        };
        if old == Some(&new) {
            continue;
        }
        if let Some(old) = old {
            let (name, digest) = (parsed(&old.conversation)?, parsed(&old.digest)?);
            count(&mut ranges, old.category_id, name, digest, -1);
        }
        count(&mut ranges, category, name, digest, 1);
        changed.push(new);
    }
    for some in changed.chunks(200) {
        conversation_digest::Entity::insert_many(some.iter().cloned().map(|row| {
            conversation_digest::ActiveModel {
                topic_id: Set(row.topic_id),
                category_id: Set(row.category_id),
                conversation: Set(row.conversation),
                digest: Set(row.digest),
                stale: Set(row.stale),
            }
        }))
        .on_conflict(
            OnConflict::column(conversation_digest::Column::TopicId)
                .update_columns([
                    conversation_digest::Column::CategoryId,
                    conversation_digest::Column::Conversation,
                    conversation_digest::Column::Digest,
                    conversation_digest::Column::Stale,
                ])
                .to_owned(),
        )
        .exec_without_returning(tx.c())
        .await?;
    }
    for ((category, place), (digest, by)) in ranges {
        put_range(tx, ActorId(category), place, digest, by).await?;
    }
    Ok(())
}

fn count(
    ranges: &mut BTreeMap<(i64, u8), (Digest, i64)>,
    category: ActorId,
    name: Digest,
    digest: Digest,
    by: i64,
) {
    if digest.is_zero() {
        return;
    }
    let range = ranges.entry((category.0, name.range())).or_default();
    range.0 = range.0.xor(in_range(name, digest));
    range.1 += by;
}

async fn put_range(tx: &Tx, category: ActorId, place: u8, digest: Digest, by: i64) -> Result<()> {
    let place = i32::from(place);
    let known = range_digest::Entity::find_by_id((category, place))
        .one(tx.c())
        .await?;
    let (mut all, mut conversations) = (digest, by);
    if let Some(known) = known {
        all = all.xor(parsed(&known.digest)?);
        conversations += known.conversations;
    }
    range_digest::Entity::insert(range_digest::ActiveModel {
        category_id: Set(category),
        place: Set(place),
        digest: Set(all.to_string()),
        conversations: Set(conversations),
    })
    .on_conflict(
        OnConflict::columns([
            range_digest::Column::CategoryId,
            range_digest::Column::Place,
        ])
        .update_columns([
            range_digest::Column::Digest,
            range_digest::Column::Conversations,
        ])
        .to_owned(),
    )
    .exec_without_returning(tx.c())
    .await?;
    Ok(())
}

/// Category, name and digest of these topics as they are now.
async fn present(tx: &Tx, ids: &[TopicId]) -> Result<Vec<(TopicId, ActorId, Digest, Digest)>> {
    let rows = topic::Entity::find()
        .select_only()
        .columns([
            topic::Column::Id,
            topic::Column::CategoryId,
            topic::Column::LockedAt,
            topic::Column::PinnedAt,
            topic::Column::DeletedAt,
            topic::Column::RemovedAt,
        ])
        .column_as(post::Column::Uri, "opening")
        .column_as(post::Column::RefusedReason, "refused_reason")
        .join(
            JoinType::InnerJoin,
            topic::Entity::belongs_to(post::Entity)
                .from(topic::Column::OpeningPostId)
                .to(post::Column::Id)
                .into(),
        )
        .filter(topic::Column::Id.is_in(ids.iter().copied()))
        .into_model::<Row>()
        .all(tx.c())
        .await?;
    let posts: Vec<(TopicId, String, Option<Timestamp>)> = post::Entity::find()
        .select_only()
        .column(post::Column::TopicId)
        .column(post::Column::Uri)
        .column(post::Column::EditedAt)
        .filter(post::Column::TopicId.is_in(ids.iter().copied()))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .filter(post::Column::RefusedReason.is_null())
        .into_tuple()
        .all(tx.c())
        .await?;
    let mut sums: HashMap<TopicId, Digest> = HashMap::new();
    for (topic, uri, edited) in posts {
        let sum = sums.entry(topic).or_default();
        *sum = sum.xor(of_post(&uri, edited));
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let gone = row.deleted_at.is_some()
                || row.removed_at.is_some()
                || row.refused_reason.is_some();
            let digest = if gone {
                Digest::default()
            } else {
                let state = of_state(
                    &row.opening,
                    row.locked_at.is_some(),
                    row.pinned_at.is_some(),
                );
                sums.get(&row.id).copied().unwrap_or_default().xor(state)
            };
            let name = conversation_of(&row.opening);
            (row.id, row.category_id, name, digest)
        })
        .collect())
}

#[cfg(test)]
mod tests;
