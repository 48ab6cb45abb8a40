//! `ChooseAnswer`, as `PieFed` sends it: a reply answers the question of its topic; `Undo` takes that back.

use parvis_forum::{Topic, Viewer, answers, posts, topics};

use super::{Activity, Work, moderator};
use crate::{Error, Result};

/// Notes the accepted answer: from who asked, or from a moderator of the category.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    set(work, activity, activity.object_id()?, true).await
}

/// As [`handle`], of the reply with this id; or takes it back.
pub(crate) async fn set(
    work: &Work<'_>,
    activity: &Activity<'_>,
    object: &str,
    chosen: bool,
) -> Result<()> {
    let reply = posts::by_uri(work.db(), object)
        .await?
        .ok_or_else(|| Error::refused("the reply is not known"))?;
    let topic = topics::by_id(work.db(), reply.topic_id).await?;
    if !chosen && topic.answer_post_id != Some(reply.id) {
        return Err(Error::refused("it is not the accepted answer"));
    }
    let viewer = who(work, activity, &topic).await?;
    let tx = work.begin().await?;
    let topic = topics::by_id(tx.c(), topic.id).await?;
    let answer = chosen.then_some(reply.id);
    answers::choose(&tx, &viewer, topic, answer, activity.origin()).await?;
    work.commit(tx).await
}

async fn who(work: &Work<'_>, activity: &Activity<'_>, topic: &Topic) -> Result<Viewer> {
    if activity.actor.id != topic.author_id {
        return moderator(work, activity, topic).await;
    }
    activity.must_be_of(topic)?;
    if matches!(activity.via, super::Via::Hint) {
        return Err(Error::refused("only its actor can say this"));
    }
    Ok(Viewer::load(work.db(), activity.actor.clone()).await?)
}
