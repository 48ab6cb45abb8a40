//! Add and Remove: pins and moderators of a category elsewhere (FEP-1b12), and topics out of a category (FEP-f15d). What is
//! meant is told by `target`.

use parvis_forum::text::sanitize;
use parvis_forum::{Topic, Viewer, actors, posts, topics};

use super::{Activity, Via, Work, granted, moderator, read_moderators, topic_named};
use crate::{Error, Result, wire};

/// Pins or unpins a topic, reads the list of moderators anew, or takes a topic out of a category. What is of a category
/// elsewhere counts only as that category passes it on, or says it itself.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>, added: bool) -> Result<()> {
    let target = wire::id_at(activity.value, "target");
    if let Some(topic) = topic_named(work.db(), activity.object_id()?).await? {
        let category = actors::by_id(work.db(), topic.category_id).await?;
        if Some(category.uri.as_str()) == target {
            return out_of(work, activity, &topic, added).await;
        }
    }
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

/// A topic is taken out of its category, whose server keeps it elsewhere or nowhere: its opening post counts as removed, and
/// comes back when the topic does. By a moderator, or by the category itself, as NodeBB has it.
async fn out_of(work: &Work<'_>, activity: &Activity<'_>, topic: &Topic, back: bool) -> Result<()> {
    let by_itself = matches!(activity.via, Via::Direct)
        && activity.actor.id == topic.category_id
        && !activity.actor.local;
    let viewer = if by_itself {
        let viewer = Viewer::load(work.db(), activity.actor.clone()).await?;
        granted(viewer, topic.category_id)
            .ok_or_else(|| Error::refused("not by the category itself"))?
    } else {
        moderator(work, activity, topic).await?
    };
    let reason = wire::text(activity.value, "summary").unwrap_or_default();
    let reason = sanitize::clean_title(reason);
    let tx = work.begin().await?;
    let topic = topics::by_id(tx.c(), topic.id).await?;
    let post = topics::opening_post(tx.c(), &topic).await?;
    if back {
        posts::restore(&tx, &viewer, post, &reason, activity.origin()).await?;
    } else {
        posts::remove(&tx, &viewer, post, &reason, activity.origin()).await?;
    }
    work.commit(tx).await
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
    let category = actors::by_id(work.db(), topic.category_id).await?;
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
