//! Lock and Unlock: a topic takes no more replies, or takes them again (FEP-c0d0, and Lemmy's form of it).

use parvis_forum::text::sanitize;
use parvis_forum::topics;

use super::{Activity, Work, moderator, topic_named};
use crate::{Error, Result, wire};

/// Locks or unlocks the topic that is named by its opening post or its conversation.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>, locked: bool) -> Result<()> {
    set(work, activity, activity.object_id()?, locked).await
}

/// As [`handle`], of the thing with this id.
pub(crate) async fn set(
    work: &Work<'_>,
    activity: &Activity<'_>,
    object: &str,
    locked: bool,
) -> Result<()> {
    let topic = topic_named(work.db(), object)
        .await?
        .ok_or_else(|| Error::refused("no topic of that name"))?;
    let viewer = moderator(work, activity, &topic).await?;
    let reason = sanitize::clean_title(wire::text(activity.value, "summary").unwrap_or_default());
    let tx = work.begin().await?;
    let topic = topics::by_id(tx.c(), topic.id).await?;
    topics::set_locked(&tx, &viewer, topic, locked, &reason, activity.origin()).await?;
    work.commit(tx).await
}
