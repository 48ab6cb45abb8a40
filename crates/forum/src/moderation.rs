//! The log of moderation: who did what to which post, topic or account, and why.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};

use crate::db::entity::{moderation, topic};
use crate::id::{self, ActorId, PostId};
use crate::kinds::{NotificationKind, PersonState};
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::text::sanitize;
use crate::viewer::Withheld;
use crate::{
    Actor, Denied, Post, Read, Result, Topic, Tx, Viewer, actors, notifications, policy, topics,
};

pub use crate::db::entity::moderation::Model as Row;

/// What an act of moderation is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A post.
    Post(&'a Post),
    /// A topic.
    Topic(&'a Topic),
    /// A person or a category.
    Actor(&'a Actor),
    /// Nothing that has a row: the reason names it (a server, an account that is gone).
    Other,
}

/// Writes an act of `viewer` to the log.
pub async fn log(
    tx: &Tx,
    viewer: &Viewer,
    action: &str,
    target: Target<'_>,
    reason: &str,
) -> Result<()> {
    let (post, topic, actor) = match target {
        Target::Post(post) => (Some(post.id), Some(post.topic_id), Some(post.author_id)),
        Target::Topic(topic) => (None, Some(topic.id), Some(topic.author_id)),
        Target::Actor(actor) => (None, None, Some(actor.id)),
        Target::Other => (None, None, None),
    };
    moderation::ActiveModel {
        id: Set(id::mint(tx.now())),
        moderator_id: Set(viewer.actor_id()),
        action: Set(action.to_owned()),
        post_id: Set(post),
        topic_id: Set(topic),
        actor_id: Set(actor),
        reason: Set(reason.to_owned()),
        created_at: Set(tx.now()),
    }
    .insert(tx.c())
    .await?;
    Ok(())
}

/// A moderator of a category elsewhere warned who wrote a post in it: they are told, and read why among the decisions about
/// them.
pub async fn warned(tx: &Tx, viewer: &Viewer, post: &Post, reason: &str) -> Result<()> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_remove(viewer, &topic)?;
    let reason = sanitize::clean_title(reason);
    log(tx, viewer, "warn", Target::Post(post), &reason).await?;
    if let Some(by) = viewer.actor_id() {
        let kind = NotificationKind::Moderation;
        notifications::notify(tx, post.author_id, kind, by, Some(topic.id), Some(post.id)).await?;
    }
    Ok(())
}

/// An act with whom it concerns.
#[derive(Clone, Debug)]
pub struct Act {
    /// The row.
    pub row: Row,
    /// Who did it; none for the node itself.
    pub moderator: Option<Actor>,
    /// The account concerned.
    pub actor: Option<Actor>,
    /// The topic concerned.
    pub topic: Option<Topic>,
}

/// The log, newest first: all of it to moderators of the node, that of their categories to others.
pub async fn list(db: &impl Read, viewer: &Viewer, page: PageRequest) -> Result<Page<Act>> {
    let mut query = moderation::Entity::find();
    if !viewer.is_moderator() {
        let categories = moderated(viewer)?;
        let topics = sea_orm::sea_query::Query::select()
            .column(topic::Column::Id)
            .from(topic::Entity)
            .cond_where(Condition::all().add(topic::Column::CategoryId.is_in(categories)))
            .to_owned();
        query = query.filter(moderation::Column::TopicId.in_subquery(topics));
    }
    acts(db, query, page).await
}

/// What was decided about the viewer and their posts, with the reasons but without the moderators' names, newest first.
pub async fn about_me(db: &impl Read, viewer: &Viewer, page: PageRequest) -> Result<Page<Act>> {
    let me = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let query = moderation::Entity::find()
        .filter(moderation::Column::ActorId.eq(me))
        .filter(moderation::Column::Action.ne("resolve"));
    let acts = acts(db, query, page).await?;
    Ok(acts.map(|mut act| {
        act.moderator = None;
        act.row.moderator_id = None;
        act
    }))
}

async fn acts(
    db: &impl Read,
    query: Select<moderation::Entity>,
    page: PageRequest,
) -> Result<Page<Act>> {
    let rows = query
        .filter(page.condition(
            moderation::Column::CreatedAt,
            moderation::Column::Id,
            Order::NewestFirst,
        ))
        .order_by_desc(moderation::Column::CreatedAt)
        .order_by_desc(moderation::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let rows = Page::from_rows(rows, page.limit, |row| Cursor {
        key: row.created_at.0,
        id: row.id.0,
    });
    let involved: Vec<ActorId> = rows
        .items
        .iter()
        .flat_map(|row| [row.moderator_id, row.actor_id])
        .flatten()
        .collect();
    let actors = actors::by_ids(db, involved).await?;
    let topics: std::collections::HashMap<_, _> = topic::Entity::find()
        .filter(topic::Column::Id.is_in(rows.items.iter().filter_map(|row| row.topic_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|topic| (topic.id, topic))
        .collect();
    let one = |id: Option<ActorId>| id.and_then(|id| actors.get(&id).cloned());
    Ok(rows.map(|row| Act {
        moderator: one(row.moderator_id),
        actor: one(row.actor_id),
        topic: row.topic_id.and_then(|id| topics.get(&id).cloned()),
        row,
    }))
}

/// Whether it was somebody here who removed a post last, and not its category elsewhere.
pub async fn removed_here(db: &impl Read, post: PostId) -> Result<bool> {
    let last = moderation::Entity::find()
        .filter(moderation::Column::PostId.eq(post))
        .filter(moderation::Column::Action.eq("remove"))
        .order_by_desc(moderation::Column::Id)
        .one(db)
        .await?;
    let Some(last) = last else { return Ok(false) };
    match last.moderator_id {
        None => Ok(true),
        Some(moderator) => Ok(actors::by_id(db, moderator).await?.local),
    }
}

/// The categories whose queue a viewer sees who doesn't moderate the node; `Denied` when there is none.
pub(crate) fn moderated(viewer: &Viewer) -> Result<Vec<ActorId>> {
    match viewer.person() {
        None => Err(Denied::SignIn.into()),
        Some(p) if p.withheld != Withheld::Nothing => Err(Denied::SecondFactor.into()),
        Some(p) if p.moderates.is_empty() || p.person.state != PersonState::Active => {
            Err(Denied::NotModerator.into())
        }
        Some(p) => Ok(p.moderates.clone()),
    }
}
