//! Add and Remove: pins and moderators of a category elsewhere (FEP-1b12). What is meant is told by `target`.

use parvis_forum::topics;

use super::{Activity, Via, Work, moderator, read_moderators, topic_named};
use crate::{Error, Result, wire};

/// Pins or unpins a topic, or reads the list of moderators anew. Only as the category itself passes it on.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>, added: bool) -> Result<()> {
    let target = wire::id_at(activity.value, "target");
    let Via::Group { group, .. } = &activity.via else {
        return pin_here(work, activity, target, added).await;
    };
    let is = |collection: &Option<String>| target.is_some() && collection.as_deref() == target;
    if is(&group.actor.featured) {
        pin(work, activity, added).await
    } else if is(&group.actor.moderators) {
        // The list itself is what counts, not who is said to be on it.
        read_moderators(work, group, 1).await?;
        Ok(())
    } else {
        Err(Error::refused("neither pins nor moderators"))
    }
}

/// A moderator of a category of ours who lives elsewhere pins a topic in it.
async fn pin_here(
    work: &Work<'_>,
    activity: &Activity<'_>,
    target: Option<&str>,
    added: bool,
) -> Result<()> {
    let topic = topic_named(work.db(), activity.object_id()?)
        .await?
        .ok_or_else(|| Error::refused("no topic of that name"))?;
    let category = parvis_forum::actors::by_id(work.db(), topic.category_id).await?;
    if target.is_none() || category.featured.as_deref() != target {
        return Err(Error::refused("not the pins of the topic's category"));
    }
    pin(work, activity, added).await
}

async fn pin(work: &Work<'_>, activity: &Activity<'_>, pinned: bool) -> Result<()> {
    let topic = topic_named(work.db(), activity.object_id()?)
        .await?
        .ok_or_else(|| Error::refused("no topic of that name"))?;
    let viewer = moderator(work, activity, &topic).await?;
    let tx = work.begin().await?;
    let topic = topics::by_id(tx.c(), topic.id).await?;
    topics::set_pinned(&tx, &viewer, topic, pinned, activity.origin()).await?;
    work.commit(tx).await
}
