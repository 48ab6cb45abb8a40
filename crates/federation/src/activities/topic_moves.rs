//! Move: a topic goes into another category (FEP-f15d).
//!
//! Whose topic it is lets it go: a moderator of a category of ours, in person; elsewhere one whom the category itself
//! passes on. Into a category of ours it comes if the moderator could open a topic there. Into one of a third server it
//! comes when that category says so as well, in whichever order: nobody puts topics into somebody else's category by
//! their own word.

use parvis_forum::categories::{self, Category};
use parvis_forum::db::queue::inbox;
use parvis_forum::kinds::ActorKind;
use parvis_forum::{
    Error as ForumError, Origin, Topic, Viewer, actors, policy, topic_moves, topics,
};

use super::create::{self, Arrival};
use super::{Activity, Via, Work, delete, granted, is_listed, moderator, same_host, topic_named};
use crate::objects::post;
use crate::{Error, Result, wire};

/// Moves the topic that is named by its conversation, or by its opening post.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    let object = activity.object_id()?;
    if object == activity.actor.uri || activity.object()?.get("inbox").is_some() {
        return Err(Error::refused("accounts don't move here"));
    }
    let target =
        wire::id_at(activity.value, "target").ok_or_else(|| Error::refused("it goes nowhere"))?;
    let Some(topic) = topic_named(work.db(), object).await? else {
        return Box::pin(bring(work, activity, object, target)).await;
    };
    let to = category(work, target).await?;
    if topic.category_id == to.id() {
        return Err(Error::refused("it is there already"));
    }
    let from = categories::by_id(work.db(), topic.category_id).await?;
    let origin = wire::id_at(activity.value, "origin");
    if origin.is_some_and(|origin| origin != from.actor.uri) {
        return Err(Error::refused("the topic is not in that category"));
    }
    if let Via::Group { group, .. } = &activity.via
        && group.id() == to.id()
    {
        return taken(work, activity, &topic, &to).await;
    }
    let viewer = moderator(work, activity, &topic).await?;
    let by_server = to.actor.local || topic.local || same_host(&to.actor.uri, &from.actor.uri);
    if by_server || said(work, &key(&topic, &to, "takes")).await? {
        return relocate(work, activity, &viewer, &topic, &to).await;
    }
    remember(work, &key(&topic, &to, "lets go")).await
}

/// The category that it goes to says that it has the topic.
async fn taken(
    work: &Work<'_>,
    activity: &Activity<'_>,
    topic: &Topic,
    to: &Category,
) -> Result<()> {
    if topic.local {
        return Err(Error::refused("it is a topic of ours"));
    }
    if !said(work, &key(topic, to, "lets go")).await? {
        return remember(work, &key(topic, to, "takes")).await;
    }
    let viewer = Viewer::load(work.db(), to.actor.clone()).await?;
    let viewer = granted(viewer, topic.category_id)
        .ok_or_else(|| Error::refused("it is a category of ours"))?;
    relocate(work, activity, &viewer, topic, to).await
}

async fn relocate(
    work: &Work<'_>,
    activity: &Activity<'_>,
    viewer: &Viewer,
    topic: &Topic,
    to: &Category,
) -> Result<()> {
    let reason = wire::text(activity.value, "summary").unwrap_or_default();
    let tx = work.begin().await?;
    let topic = topics::by_id(tx.c(), topic.id).await?;
    topic_moves::relocate(&tx, viewer, topic, to, reason, activity.origin()).await?;
    work.commit(tx).await
}

/// What remembers that one of the two categories has spoken.
fn key(topic: &Topic, to: &Category, who: &str) -> String {
    format!("move {} to {} {who}", topic.id, to.actor.uri)
}

async fn said(work: &Work<'_>, key: &str) -> Result<bool> {
    let said = inbox::marked(work.db(), &[key])
        .await
        .map_err(ForumError::from)?;
    Ok(!said.is_empty())
}

async fn remember(work: &Work<'_>, key: &str) -> Result<()> {
    let tx = work.begin().await?;
    inbox::mark(tx.c(), tx.now(), key)
        .await
        .map_err(ForumError::from)?;
    work.commit(tx).await
}

/// A category that is known, or can be met.
async fn category(work: &Work<'_>, uri: &str) -> Result<Category> {
    let actor = match actors::by_uri(work.db(), uri).await? {
        Some(known) => known,
        None if work.federation.is_local_id(uri) => {
            return Err(Error::refused("there is no such category here"));
        }
        None => work.reader.actor(uri).await?,
    };
    if actor.kind != ActorKind::Group || actor.deleted_at.is_some() {
        return Err(Error::refused("its target is no category"));
    }
    Ok(categories::by_id(work.db(), actor.id).await?)
}

/// A topic that was never seen here comes into a category of ours: its opening post is fetched, and has to be one of the
/// category that lets it go.
async fn bring(work: &Work<'_>, activity: &Activity<'_>, object: &str, target: &str) -> Result<()> {
    let unknown = || Error::refused("no topic of that name");
    let Via::Group { group, .. } = &activity.via else {
        return Err(unknown());
    };
    if !work.federation.is_local_id(target) || work.federation.is_local_id(object) {
        return Err(unknown());
    }
    let to = category(work, target).await?;
    if !is_listed(work, group, &activity.actor).await? {
        return Err(Error::refused("not by a moderator of the category"));
    }
    let by = Viewer::load(work.db(), activity.actor.clone()).await?;
    policy::topics::can_open(&by, &to).map_err(ForumError::from)?;
    let (document, _) = work.reader.object(object).await?;
    let document = if post::is_post(&document) {
        document
    } else {
        let items = work.reader.collection(object, 1).await?;
        let first = items.first().and_then(wire::id_of).ok_or_else(unknown)?;
        if work.federation.is_local_id(first) {
            return Err(unknown());
        }
        work.reader.object(first).await?.0
    };
    let incoming = create::read(work, &document, None)?;
    let of_origin = incoming.audience.as_deref() == Some(&*group.actor.uri)
        || incoming.groups.contains(&group.actor.uri);
    if !of_origin || incoming.in_reply_to.is_some() {
        return Err(Error::refused("the topic is not in that category"));
    }
    if create::acceptable(work, &incoming, Some(group))
        .await?
        .is_some()
    {
        return Err(Error::refused("it is here, and no opening post"));
    }
    if delete::came_before(work, &incoming.author, &incoming.uri).await? {
        return Err(Error::refused("it was deleted before it came"));
    }
    let arrival = Arrival {
        origin: Origin::Fetched,
        group: None,
        on_request: false,
        listed_in: None,
    };
    create::open_in(work, incoming, &to, &arrival, true).await?;
    Ok(())
}
