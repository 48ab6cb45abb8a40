//! The moderation log: who did what to what, and why.

use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::db::entity::moderation;
use crate::id;
use crate::{Actor, Post, Result, Topic, Tx, Viewer};

/// What an act of moderation is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A post.
    Post(&'a Post),
    /// A topic.
    Topic(&'a Topic),
    /// An account or a category.
    Actor(&'a Actor),
}

/// Writes an act to the log.
pub async fn log(
    tx: &Tx,
    viewer: &Viewer,
    action: &str,
    target: Target<'_>,
    reason: &str,
) -> Result<()> {
    let (post, topic, actor) = match target {
        Target::Post(p) => (Some(p.id), Some(p.topic_id), Some(p.author_id)),
        Target::Topic(t) => (None, Some(t.id), Some(t.author_id)),
        Target::Actor(a) => (None, None, Some(a.id)),
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
