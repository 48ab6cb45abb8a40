//! Reject: a category elsewhere refuses what was written here for it, or the followed refuses a follow (ActivityPub §7.7).
//!
//! What is meant is told by the object: a post of ours or its Create, by id or as an object, is a contribution; anything
//! else is left to [`accept`].

use parvis_forum::db::queue::outbox as log;
use parvis_forum::{Error as ForumError, Post, Viewer, posts};
use serde_json::Value;

use super::{Activity, Work, accept, quote};
use crate::objects::post;
use crate::{Result, wire};

/// Notes the refusal. Only the category itself may give it, in its own name.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    activity.must_be_direct()?;
    if quote::is_answer(work, activity).await? {
        return quote::answered(work, activity, false).await;
    }
    let Some(post) = contribution(work, activity.object()?).await? else {
        return accept::handle(work, activity, false).await;
    };
    let viewer = Viewer::load(work.db(), activity.actor.clone()).await?;
    let reason = ["summary", "content"]
        .into_iter()
        .find_map(|field| wire::text(activity.value, field))
        .unwrap_or_default();
    let tx = work.begin().await?;
    let post = posts::by_id(tx.c(), post.id).await?;
    posts::refused(&tx, &viewer, post, reason).await?;
    work.commit(tx).await
}

/// The post of ours that is meant, if it is one.
async fn contribution(work: &Work<'_>, object: &Value) -> Result<Option<Post>> {
    let is_create = match wire::type_of(object) {
        None | Some("Create") => true,
        Some(_) if post::is_post(object) => false,
        Some(_) => return Ok(None),
    };
    let inner = wire::id_at(object, "object").filter(|_| is_create);
    for id in inner.into_iter().chain(wire::id_of(object)) {
        if !work.federation.is_local_id(id) {
            continue;
        }
        if let Some(post) = posts::by_uri(work.db(), id).await? {
            return Ok(Some(post));
        }
        if let Some(post) = created(work, id).await? {
            return Ok(Some(post));
        }
    }
    Ok(None)
}

/// The post whose Create has this id.
async fn created(work: &Work<'_>, id: &str) -> Result<Option<Post>> {
    let number = id.rsplit('/').next().and_then(|end| end.parse().ok());
    let Some(number) = number else {
        return Ok(None);
    };
    let found = log::post_of_create(work.db(), id, number)
        .await
        .map_err(ForumError::from)?;
    Ok(match found {
        Some(post) => Some(posts::by_id(work.db(), post).await?),
        None => None,
    })
}
