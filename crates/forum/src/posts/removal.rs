//! Deletion by the author, to a tombstone; removal by moderators; and the way back.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::{RemotePost, index, put_mentions};
use crate::db::entity::{post, revision};
use crate::id::PostId;
use crate::kinds::NotificationKind;
use crate::text::sanitize;
use crate::{
    Error, Event, Kind, Origin, Post, Result, Tx, Viewer, categories, media, moderation,
    notifications, policy, search, topics,
};

pub(super) fn check_present(post: &Post) -> Result<()> {
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        Err(Error::Gone(Kind::Post))
    } else {
        Ok(())
    }
}

/// The author deletes a post: its text, versions and votes are erased, a tombstone stays. Doing it again changes
/// nothing.
pub async fn delete(tx: &Tx, viewer: &Viewer, post: Post, origin: Origin) -> Result<Post> {
    if post.deleted_at.is_some() {
        return Ok(post);
    }
    policy::posts::can_delete(viewer, &post)?;
    let visible = post.removed_at.is_none();
    revision::Entity::delete_many()
        .filter(revision::Column::PostId.eq(post.id))
        .exec(tx.c())
        .await?;
    put_mentions(tx, post.id, &[]).await?;
    media::forget_of_post(tx, post.id).await?;
    let mut row = post.into_active_model();
    row.content_source = Set(None);
    row.content_html = Set(String::new());
    row.attachments = Set("[]".to_owned());
    row.activity = Set(None);
    row.warning = Set(None);
    row.deleted_at = Set(Some(tx.now()));
    let post = row.update(tx.c()).await?;
    take_away(tx, &post, visible).await?;
    tx.emit(Event::PostDeleted {
        post: post.id,
        origin,
    });
    Ok(post)
}

/// A moderator removes a post: it is hidden, and can be restored. Doing it again changes nothing.
pub async fn remove(
    tx: &Tx,
    viewer: &Viewer,
    post: Post,
    reason: &str,
    origin: Origin,
) -> Result<Post> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_remove(viewer, &topic)?;
    if post.removed_at.is_some() || post.deleted_at.is_some() {
        return Ok(post);
    }
    let post = hide(tx, viewer, post, reason).await?;
    if let Some(by) = viewer.actor_id() {
        notifications::notify(
            tx,
            post.author_id,
            NotificationKind::Moderation,
            by,
            Some(post.topic_id),
            Some(post.id),
        )
        .await?;
    }
    tx.emit(Event::PostRemoved {
        post: post.id,
        moderator: viewer.actor_id(),
        reason: reason.to_owned(),
        origin,
    });
    Ok(post)
}

async fn hide(tx: &Tx, viewer: &Viewer, post: Post, reason: &str) -> Result<Post> {
    let mut row = post.into_active_model();
    row.removed_at = Set(Some(tx.now()));
    row.removed_reason = Set(Some(sanitize::clean_title(reason)));
    let post = row.update(tx.c()).await?;
    take_away(tx, &post, true).await?;
    moderation::log(
        tx,
        viewer,
        "remove",
        moderation::Target::Post(&post),
        reason,
    )
    .await?;
    Ok(post)
}

/// Removes what somebody banned had written. The ban says so to others, and to its author.
pub(crate) async fn take_with_ban(
    tx: &Tx,
    viewer: &Viewer,
    post: Post,
    reason: &str,
) -> Result<()> {
    let post = hide(tx, viewer, post, reason).await?;
    tx.emit(Event::PostRemoved {
        post: post.id,
        moderator: viewer.actor_id(),
        reason: reason.to_owned(),
        origin: Origin::Fetched,
    });
    Ok(())
}

/// A moderator puts a removed post back.
pub async fn restore(
    tx: &Tx,
    viewer: &Viewer,
    post: Post,
    reason: &str,
    origin: Origin,
) -> Result<Post> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_remove(viewer, &topic)?;
    if post.removed_at.is_none() {
        return Ok(post);
    }
    put_back(tx, viewer, post, reason, origin).await
}

async fn put_back(
    tx: &Tx,
    viewer: &Viewer,
    post: Post,
    reason: &str,
    origin: Origin,
) -> Result<Post> {
    let mut row = post.into_active_model();
    row.removed_at = Set(None);
    row.removed_reason = Set(None);
    let post = row.update(tx.c()).await?;
    if post.deleted_at.is_none() {
        bring_back(tx, &post).await?;
    }
    moderation::log(
        tx,
        viewer,
        "restore",
        moderation::Target::Post(&post),
        reason,
    )
    .await?;
    tx.emit(Event::PostRestored {
        post: post.id,
        actor: viewer.actor_id(),
        by_author: false,
        origin,
    });
    Ok(post)
}

/// Puts back what was removed with a ban. That it is lifted says so to others, and to its author.
pub(crate) async fn return_after_ban(tx: &Tx, viewer: &Viewer, post: Post) -> Result<()> {
    put_back(tx, viewer, post, "", Origin::Fetched).await?;
    Ok(())
}

/// The author, elsewhere, undid their deletion: the text that their server serves again is taken over.
pub async fn undelete(tx: &Tx, post: Post, remote: RemotePost) -> Result<Post> {
    if post.local || post.deleted_at.is_none() {
        return Ok(post);
    }
    let origin = remote.origin.clone();
    let removed = post.removed_at.is_some();
    put_mentions(tx, post.id, &remote.body.mentions).await?;
    let author = post.author_id;
    let mut row = post.into_active_model();
    row.content_source = Set(remote.body.source);
    row.content_html = Set(remote.body.html.into_string());
    row.attachments = Set(remote.attachments);
    row.warning = Set(remote.warning);
    row.deleted_at = Set(None);
    let post = row.update(tx.c()).await?;
    if !removed {
        bring_back(tx, &post).await?;
    }
    tx.emit(Event::PostRestored {
        post: post.id,
        actor: Some(author),
        by_author: true,
        origin,
    });
    Ok(post)
}

/// Takes a post out of counts, search and notifications; its topic too when it opened it.
async fn take_away(tx: &Tx, post: &Post, was_visible: bool) -> Result<()> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    search::remove(tx, post.id.0).await?;
    notifications::forget_post(tx, post.id).await?;
    if topic.opening_post_id == Some(post.id) {
        topics::set_gone(tx, &topic, post.deleted_at, post.removed_at).await?;
        if was_visible {
            categories::count(tx, topic.category_id, 0, -1, false).await?;
        }
    } else if was_visible {
        topics::count_reply(tx, topic.id, -1, None).await?;
        categories::count(tx, topic.category_id, 0, -1, false).await?;
        if let Some(parent) = post.reply_to_id {
            count_direct(tx, parent, -1).await?;
        }
    }
    Ok(())
}

async fn bring_back(tx: &Tx, post: &Post) -> Result<()> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    let opening = topic.opening_post_id == Some(post.id);
    if opening {
        topics::set_gone(tx, &topic, post.deleted_at, post.removed_at).await?;
        for reply in post::Entity::find()
            .filter(post::Column::TopicId.eq(topic.id))
            .filter(post::Column::DeletedAt.is_null())
            .filter(post::Column::RemovedAt.is_null())
            .all(tx.c())
            .await?
        {
            if reply.id != post.id {
                index(tx, &topic, &reply, &[]).await?;
            }
        }
    } else {
        topics::count_reply(tx, topic.id, 1, None).await?;
        if let Some(parent) = post.reply_to_id {
            count_direct(tx, parent, 1).await?;
        }
    }
    categories::count(tx, topic.category_id, 0, 1, false).await?;
    let tags = topics::tags_of(tx.c(), topic.id).await?;
    index(tx, &topic, post, if opening { &tags } else { &[] }).await
}

pub(crate) async fn count_direct(tx: &Tx, parent: PostId, by: i32) -> Result<()> {
    let update = post::Entity::update_many()
        .col_expr(
            post::Column::ReplyCount,
            Expr::col(post::Column::ReplyCount).add(by),
        )
        .filter(post::Column::Id.eq(parent));
    Ok(tx.c().later(update).await?)
}
