//! Likes and dislikes: one per post and actor; the newer replaces the older.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use crate::db::entity::{post, topic, vote};
use crate::freshness::Part;
use crate::id::{self, ActorId, PostId};
use crate::kinds::{NotificationKind, VoteKind};
use crate::{
    Error, Event, Kind, Origin, Post, Read, Result, Tx, Viewer, Vote, notifications, policy,
};

/// Likes (or dislikes) a post. Doing it again changes nothing.
///
/// `uri` is the activity's id for votes from elsewhere; one of this node gets an id of ours.
pub async fn cast(
    tx: &Tx,
    viewer: &Viewer,
    post: &Post,
    kind: VoteKind,
    uri: Option<String>,
    origin: Origin,
) -> Result<()> {
    policy::posts::can_vote(viewer)?;
    let actor = viewer.actor_id().ok_or(crate::Denied::SignIn)?;
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Err(Error::Gone(Kind::Post));
    }
    let known = find(tx.c(), post.id, actor).await?;
    if known.as_ref().is_some_and(|v| v.kind == kind) {
        return Ok(());
    }
    let uri = if let Some(uri) = uri {
        uri
    } else {
        let id: i64 = id::mint(tx.now());
        tx.config().local_url(&format!("/a/{id}")).to_string()
    };
    if let Some(known) = known {
        let old = known.kind;
        let mut row = known.into_active_model();
        row.kind = Set(kind);
        row.uri = Set(Some(uri.clone()));
        row.update(tx.c()).await?;
        count(tx, post, old, -1).await?;
    } else {
        let row = vote::ActiveModel {
            post_id: Set(post.id),
            actor_id: Set(actor),
            kind: Set(kind),
            uri: Set(Some(uri.clone())),
            created_at: Set(tx.now()),
        };
        tx.c().later(vote::Entity::insert(row)).await?;
    }
    count(tx, post, kind, 1).await?;
    // What was only heard of counts, but nobody is told so in the voter's name.
    if post.local && kind == VoteKind::Like && !matches!(origin, Origin::Fetched) {
        notifications::notify(
            tx,
            post.author_id,
            NotificationKind::Like,
            actor,
            Some(post.topic_id),
            Some(post.id),
        )
        .await?;
    }
    tx.emit(Event::Voted {
        post: Box::new(post.clone()),
        actor,
        kind,
        uri,
        origin,
    });
    Ok(())
}

/// Takes a vote back. Without one nothing happens; false tells so.
pub async fn undo(tx: &Tx, viewer: &Viewer, post: &Post, origin: Origin) -> Result<bool> {
    policy::posts::can_vote(viewer)?;
    let actor = viewer.actor_id().ok_or(crate::Denied::SignIn)?;
    let Some(known) = find(tx.c(), post.id, actor).await? else {
        return Ok(false);
    };
    vote::Entity::delete_by_id((post.id, actor))
        .exec(tx.c())
        .await?;
    count(tx, post, known.kind, -1).await?;
    tx.emit(Event::VoteUndone {
        post: post.id,
        actor,
        kind: known.kind,
        uri: known.uri,
        origin,
    });
    Ok(true)
}

/// The vote of an actor on a post.
pub async fn find(db: &impl Read, post: PostId, actor: ActorId) -> Result<Option<Vote>> {
    Ok(vote::Entity::find_by_id((post, actor)).one(db).await?)
}

/// By the id of its activity.
pub async fn by_uri(db: &impl Read, uri: &str) -> Result<Option<Vote>> {
    Ok(vote::Entity::find()
        .filter(vote::Column::Uri.eq(uri))
        .one(db)
        .await?)
}

/// Which of these posts the actor likes.
pub async fn liked(db: &impl Read, actor: ActorId, posts: &[PostId]) -> Result<Vec<PostId>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vote::Entity::find()
        .filter(vote::Column::ActorId.eq(actor))
        .filter(vote::Column::Kind.eq(VoteKind::Like))
        .filter(vote::Column::PostId.is_in(posts.iter().copied()))
        .all(db)
        .await?
        .into_iter()
        .map(|v| v.post_id)
        .collect())
}

async fn count(tx: &Tx, post: &Post, kind: VoteKind, by: i32) -> Result<()> {
    let column = match kind {
        VoteKind::Like => post::Column::LikeCount,
        VoteKind::Dislike => post::Column::DislikeCount,
    };
    tx.touches([Part::Topic(post.topic_id)]);
    if post.reply_to_id.is_none() {
        tx.touches([Part::Likes]);
    }
    // The topic before the post, as replies do: two transactions never wait for each other.
    if kind == VoteKind::Like && post.reply_to_id.is_none() {
        let update = topic::Entity::update_many()
            .col_expr(
                topic::Column::LikeCount,
                Expr::col(topic::Column::LikeCount).add(by),
            )
            .filter(topic::Column::Id.eq(post.topic_id))
            .filter(topic::Column::OpeningPostId.eq(post.id));
        tx.c().later(update).await?;
    }
    let update = post::Entity::update_many()
        .col_expr(column, Expr::col(column).add(by))
        .filter(post::Column::Id.eq(post.id));
    Ok(tx.c().later(update).await?)
}
