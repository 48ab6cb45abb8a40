//! Votes in polls asked here: a Create of Notes with a name (FEP-9967). They never become posts.

use parvis_forum::{Error as ForumError, Viewer, polls, posts, topics};
use serde_json::Value;

use super::{Activity, Work, same_host};
use crate::compat::mastodon;
use crate::{Error, Result, wire};

/// Votes looked at in one activity: some send all choices together.
const MAX_VOTES: usize = 20;

/// Whether a Create carries votes and nothing else.
pub(crate) fn is_vote(activity: &Activity<'_>) -> bool {
    let objects = wire::many(activity.value, "object");
    !objects.is_empty() && objects.iter().all(|object| mastodon::is_poll_vote(object))
}

/// Counts the votes. Only who votes can say so, and only for a choice that is there.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    activity.must_be_direct()?;
    let objects = wire::many(activity.value, "object");
    let mut outcome = Err(Error::refused("no vote"));
    let viewer = Viewer::load(work.db(), activity.actor.clone()).await?;
    let tx = work.begin().await?;
    for object in objects.into_iter().take(MAX_VOTES) {
        let counted = one(activity, &tx, &viewer, object).await;
        outcome = match (outcome, counted) {
            (_, Err(error)) if error.is_temporary() => return Err(error),
            (Ok(()), _) | (_, Ok(())) => Ok(()),
            (Err(_), Err(error)) => Err(error),
        };
    }
    outcome?;
    work.commit(tx).await
}

async fn one(
    activity: &Activity<'_>,
    tx: &parvis_forum::Tx,
    viewer: &Viewer,
    object: &Value,
) -> Result<()> {
    let author = wire::id_at(object, "attributedTo").or_else(|| wire::id_at(object, "actor"));
    if author.is_some_and(|author| author != activity.actor.uri) {
        return Err(Error::refused("the voter is not the actor"));
    }
    if wire::id_of(object).is_some_and(|id| !same_host(id, &activity.actor.uri)) {
        return Err(Error::refused("the vote is of another host"));
    }
    let asked = wire::id_at(object, "inReplyTo").unwrap_or_default();
    let post = posts::by_uri(tx.c(), asked)
        .await?
        .filter(|post| post.local && polls::asks(post))
        .ok_or_else(|| Error::refused("no poll of ours"))?;
    topics::readable(tx.c(), viewer, post.topic_id).await?;
    let name = wire::text(object, "name").unwrap_or_default();
    match polls::receive_vote(tx, viewer, &post, name).await {
        // The same vote again changes nothing.
        Ok(_) => Ok(()),
        Err(ForumError::Denied(why)) => Err(Error::refused(why.to_string())),
        Err(error) => Err(error.into()),
    }
}
