//! Sending once more, to the server of a category elsewhere, what it turned out not to have.
//!
//! Under a new id: the other server may have taken the first one and come to nothing with it.

use parvis_forum::db::queue::outbox as log;
use parvis_forum::id::PostId;
use parvis_forum::{Result, Tx};

use super::{Writer, about, missing};
use crate::activities::build;
use crate::audience::Directs;

/// What is said again of a post of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// It is there.
    Create,
    /// It has changed.
    Update,
    /// It is gone.
    Delete,
}

/// Sends something about a post of ours to the server of its category. Nothing when the category is ours, or its server
/// may not be spoken to. Answers whether it was written to the log.
pub(crate) async fn send_again(tx: &Tx, post: PostId, what: Again) -> Result<bool> {
    log::lock(tx.c()).await?;
    let writer = Writer { tx };
    let mut scene = writer.scene(post).await?;
    if !scene.post.local || !scene.author.local || scene.category.actor.local {
        return Ok(false);
    }
    let mut directs = Directs::default();
    directs.add(tx, &scene.category.actor).await?;
    if directs.is_empty() {
        return Ok(false);
    }
    let built = match what {
        Again::Create => {
            scene.post.activity_uri = Some(writer.fresh_uri().await?);
            build::create(&scene, writer.config()).ok_or_else(|| missing("the id of the Create"))?
        }
        Again::Update => {
            let envelope = writer.envelope(&scene, &scene.author).await?;
            build::update_post(&envelope, &scene, writer.config())
        }
        Again::Delete => {
            let envelope = writer.envelope(&scene, &scene.author).await?;
            build::delete_post(&envelope, &scene.post, None)
        }
    };
    writer
        .append(&built, about(&scene, &scene.author), None, &directs)
        .await?;
    Ok(true)
}
