//! Warn: a moderator of a category elsewhere tells somebody here what was wrong with a post (Lemmy).

use parvis_forum::{Viewer, categories, moderation, posts, topics};

use super::{Activity, Work, granted, is_listed};
use crate::{Error, Result, wire};

/// Tells the author of the post. It concerns the two of them, so that it comes from the moderator directly.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    activity.must_be_direct()?;
    let db = work.db();
    let post = posts::by_uri(db, activity.object_id()?)
        .await?
        .filter(|post| post.local)
        .ok_or_else(|| Error::refused("it is about no post of ours"))?;
    let topic = topics::by_id(db, post.topic_id).await?;
    let category = categories::by_id(db, topic.category_id).await?;
    let refused = || Error::refused("not by a moderator of the category");
    let mut viewer = Viewer::load(db, activity.actor.clone()).await?;
    if !viewer.moderates(topic.category_id) {
        if topic.local || !is_listed(work, &category, &activity.actor).await? {
            return Err(refused());
        }
        viewer = granted(viewer, topic.category_id).ok_or_else(refused)?;
    }
    let reason = ["summary", "content"]
        .into_iter()
        .find_map(|field| wire::text(activity.value, field))
        .map(str::trim)
        .filter(|reason| !reason.is_empty())
        .ok_or_else(|| Error::refused("a warning that says nothing"))?;
    let tx = work.begin().await?;
    let post = posts::by_id(tx.c(), post.id).await?;
    moderation::warned(&tx, &viewer, &post, reason).await?;
    work.commit(tx).await
}
