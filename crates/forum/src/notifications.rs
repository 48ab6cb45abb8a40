//! What a person of this node is told: replies, mentions, likes, follows, moderation, answers.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::circles::Sight;
use crate::db::entity::{notification, person, post, topic};
use crate::id::{self, ActorId, NotificationId, PostId, TopicId};
use crate::kinds::{NotificationKind, PersonState};
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::{Actor, Denied, Post, Read, Result, Topic, Tx, Viewer, actors};

pub use crate::db::entity::notification::Model as Row;

/// Tells `person` what `actor` did. Nothing happens when that is no active person of this node, when it is their own
/// doing, or when they were told before.
pub async fn notify(
    tx: &Tx,
    person: ActorId,
    kind: NotificationKind,
    actor: ActorId,
    topic: Option<TopicId>,
    post: Option<PostId>,
) -> Result<()> {
    if person == actor {
        return Ok(());
    }
    let active = person::Entity::find_by_id(person)
        .filter(person::Column::State.eq(PersonState::Active))
        .one(tx.c())
        .await?
        .is_some();
    if !active {
        return Ok(());
    }
    let mut same = notification::Entity::find()
        .filter(notification::Column::PersonId.eq(person))
        .filter(notification::Column::Kind.eq(kind))
        .filter(notification::Column::ActorId.eq(actor));
    same = match topic {
        Some(topic) => same.filter(notification::Column::TopicId.eq(topic)),
        None => same.filter(notification::Column::TopicId.is_null()),
    };
    same = match post {
        Some(post) => same.filter(notification::Column::PostId.eq(post)),
        None => same.filter(notification::Column::PostId.is_null()),
    };
    // An act of moderation may happen twice to the same post, and matters each time.
    if kind != NotificationKind::Moderation && same.one(tx.c()).await?.is_some() {
        return Ok(());
    }
    notification::ActiveModel {
        id: Set(id::mint(tx.now())),
        person_id: Set(person),
        kind: Set(kind),
        actor_id: Set(actor),
        topic_id: Set(topic),
        post_id: Set(post),
        created_at: Set(tx.now()),
        read_at: Set(None),
    }
    .insert(tx.c())
    .await?;
    Ok(())
}

/// Tells followers of a topic that a new post is there, in one go: nobody was told of it before.
pub(crate) async fn notify_followers(
    tx: &Tx,
    followers: &[ActorId],
    topic: TopicId,
    post: &Post,
) -> Result<()> {
    for some in followers.chunks(500) {
        let active: Vec<ActorId> = person::Entity::find()
            .select_only()
            .column(person::Column::ActorId)
            .filter(person::Column::State.eq(PersonState::Active))
            .filter(person::Column::ActorId.is_in(some.iter().copied()))
            .into_tuple()
            .all(tx.c())
            .await?;
        if active.is_empty() {
            continue;
        }
        // One after another from a random one on: that many random ones of the same millisecond would clash.
        let first: i64 = id::mint(tx.now());
        notification::Entity::insert_many((first..).zip(active).map(|(id, person)| {
            notification::ActiveModel {
                id: Set(NotificationId(id)),
                person_id: Set(person),
                kind: Set(NotificationKind::Topic),
                actor_id: Set(post.author_id),
                topic_id: Set(Some(topic)),
                post_id: Set(Some(post.id)),
                created_at: Set(tx.now()),
                read_at: Set(None),
            }
        }))
        .on_conflict_do_nothing_on([notification::Column::Id])
        .exec_without_returning(tx.c())
        .await?;
    }
    Ok(())
}

/// A notification with what it is about.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The row.
    pub row: Row,
    /// Who did it.
    pub actor: Actor,
    /// In which topic.
    pub topic: Option<Topic>,
    /// Which post; it may be removed or deleted since.
    pub post: Option<Post>,
}

/// What is told of a topic that the person may not read, or no longer, is told to nobody.
fn of_rows(viewer: &Viewer) -> sea_orm::Condition {
    Sight::of(viewer).of_topics((notification::Entity, notification::Column::TopicId))
}

/// The viewer's notifications, newest first.
pub async fn list(
    db: &impl Read,
    viewer: &Viewer,
    page: PageRequest,
) -> Result<Page<Notification>> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let rows = notification::Entity::find()
        .filter(notification::Column::PersonId.eq(person))
        .filter(of_rows(viewer))
        .filter(page.condition(
            notification::Column::CreatedAt,
            notification::Column::Id,
            Order::NewestFirst,
        ))
        .order_by(
            notification::Column::CreatedAt,
            page.read_in(Order::NewestFirst).into(),
        )
        .order_by(
            notification::Column::Id,
            page.read_in(Order::NewestFirst).into(),
        )
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let rows = Page::from_read(rows, &page, |row| Cursor {
        key: row.created_at.0,
        id: row.id.0,
    });
    let items = &rows.items;
    let actors = actors::by_ids(db, items.iter().map(|row| row.actor_id)).await?;
    let topics: HashMap<TopicId, Topic> = topic::Entity::find()
        .filter(topic::Column::Id.is_in(items.iter().filter_map(|row| row.topic_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|topic| (topic.id, topic))
        .collect();
    let posts: HashMap<PostId, Post> = post::Entity::find()
        .filter(post::Column::Id.is_in(items.iter().filter_map(|row| row.post_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|post| (post.id, post))
        .collect();
    Ok(Page {
        next: rows.next,
        previous: rows.previous,
        items: rows
            .items
            .into_iter()
            .filter_map(|row| {
                Some(Notification {
                    actor: actors.get(&row.actor_id)?.clone(),
                    topic: row.topic_id.and_then(|id| topics.get(&id).cloned()),
                    post: row.post_id.and_then(|id| posts.get(&id).cloned()),
                    row,
                })
            })
            .collect(),
    })
}

/// How many the viewer hasn't read; nobody has none.
pub async fn unread_count(db: &impl Read, viewer: &Viewer) -> Result<u64> {
    let Some(person) = viewer.person() else {
        return Ok(0);
    };
    Ok(notification::Entity::find()
        .filter(notification::Column::PersonId.eq(person.actor.id))
        .filter(notification::Column::ReadAt.is_null())
        .filter(of_rows(viewer))
        .count(db)
        .await?)
}

/// Marks the viewer's notifications as read: those named, or all. Those of others are not touched.
pub async fn mark_read(tx: &Tx, viewer: &Viewer, ids: Option<&[NotificationId]>) -> Result<u64> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let mut update = notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::value(Some(tx.now())))
        .filter(notification::Column::PersonId.eq(person))
        .filter(notification::Column::ReadAt.is_null());
    if let Some(ids) = ids {
        update = update.filter(notification::Column::Id.is_in(ids.iter().copied()));
    }
    Ok(update.exec(tx.c()).await?.rows_affected)
}

/// Marks as read what tells of posts of a topic that the viewer is looking at.
pub async fn mark_topic_read(tx: &Tx, viewer: &Viewer, topic: TopicId) -> Result<u64> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let update = notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::value(Some(tx.now())))
        .filter(notification::Column::PersonId.eq(person))
        .filter(notification::Column::TopicId.eq(topic))
        .filter(notification::Column::ReadAt.is_null());
    Ok(update.exec(tx.c()).await?.rows_affected)
}

/// Forgets notifications older than `before`.
pub async fn purge(tx: &Tx, before: crate::Timestamp) -> Result<u64> {
    let deleted = notification::Entity::delete_many()
        .filter(notification::Column::CreatedAt.lt(before))
        .exec(tx.c())
        .await?;
    Ok(deleted.rows_affected)
}

/// Takes back what was told about a post that is no longer there.
pub(crate) async fn forget_post(tx: &Tx, post: PostId) -> Result<()> {
    notification::Entity::delete_many()
        .filter(notification::Column::PostId.eq(post))
        .filter(notification::Column::Kind.ne(NotificationKind::Moderation))
        .exec(tx.c())
        .await?;
    Ok(())
}
