//! A category doesn't take a contribution: one elsewhere refuses what was written here, one of ours refuses what came.
//!
//! Not here: removal by moderators, which is about what the category had taken (`removal`).

use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::db::entity::post;
use crate::id::ActorId;
use crate::kinds::NotificationKind;
use crate::text::sanitize;
use crate::{Denied, Event, Post, Result, Tx, Viewer, notifications, policy, topics};

/// A category elsewhere refuses a post that was written here for it: the author is told, and the post stays, to be read
/// here only. Nothing changes when it is done again, nor once the category has taken the topic: from then on it moderates.
/// Errs when the viewer isn't that category, or the post isn't ours.
pub async fn refused(tx: &Tx, viewer: &Viewer, post: Post, reason: &str) -> Result<Post> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_refuse(viewer, &post, &topic)?;
    let taken = topic.opening_post_id == Some(post.id) && topic.confirmed_at.is_some();
    if taken || post.refused_reason.is_some() || post.deleted_at.is_some() {
        return Ok(post);
    }
    let mut row = post.into_active_model();
    row.refused_reason = Set(Some(sanitize::clean_title(reason)));
    let post = row.update(tx.c()).await?;
    notifications::notify(
        tx,
        post.author_id,
        NotificationKind::Moderation,
        topic.category_id,
        Some(topic.id),
        Some(post.id),
    )
    .await?;
    Ok(post)
}

/// The category elsewhere passed on what it had refused: it is in it after all.
pub async fn taken(tx: &Tx, post: Post) -> Result<Post> {
    if post.refused_reason.is_none() {
        return Ok(post);
    }
    let mut row: post::ActiveModel = post.into_active_model();
    row.refused_reason = Set(None);
    Ok(row.update(tx.c()).await?)
}

/// A contribution from elsewhere that is not taken.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The category, one of ours.
    pub category: ActorId,
    /// Who sent it.
    pub author: ActorId,
    /// ActivityPub id of the post.
    pub post: String,
    /// Id of its Create.
    pub create: String,
}

/// Tells the author of a contribution from elsewhere that a category of ours doesn't take it, when the reason is one of
/// the category's; who is suspended or blocked is told nothing. Answers whether it is told.
pub fn refuse(tx: &Tx, refused: Refused, why: Denied) -> bool {
    let told = matches!(
        why,
        Denied::Locked | Denied::Archived | Denied::Restricted | Denied::Banned
    );
    if told {
        tx.emit(Event::PostRefused { refused, why });
    }
    told
}
