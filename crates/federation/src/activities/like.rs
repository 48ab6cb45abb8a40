//! Like, Dislike, `EmojiReact`: one vote per actor and post, the newer replacing the older. An emoji that comes with a
//! like is kept and shown with it (FEP-c0e0).

use parvis_forum::db::queue::inbox;
use parvis_forum::kinds::VoteKind;
use parvis_forum::{Error as ForumError, Post, Viewer, posts, topics, votes};
use serde_json::Value;

use super::{Activity, Via, Work};
use crate::{Error, Result, wire};

/// Stores the vote.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    let kind = vote_kind(activity.kind()).ok_or_else(|| Error::refused("not a vote"))?;
    let object = activity.object_id()?;
    let viewer = Viewer::load(work.db(), activity.actor.clone()).await?;
    let post = votable(work, activity, &viewer, object).await?;
    let tx = work.begin().await?;
    // It was taken back before it came.
    let [named, unnamed] =
        [activity.id(), None].map(|vote| undone_key(kind, &activity.actor.uri, object, vote));
    let undone = inbox::unmark(tx.c(), &[&named, &unnamed])
        .await
        .map_err(ForumError::from)?;
    if !undone {
        let uri = activity.id().map(str::to_owned);
        let reaction = reaction(activity.value);
        let origin = activity.origin();
        votes::react(&tx, &viewer, &post, kind, reaction, uri, origin).await?;
    }
    work.commit(tx).await
}

/// The emoji of a vote: `content`, else what Misskey calls it.
pub(crate) fn reaction(vote: &Value) -> Option<String> {
    wire::text(vote, "content")
        .or_else(|| wire::text(vote, "_misskey_reaction"))
        .and_then(votes::clean_reaction)
}

/// Which vote a type of activity is.
pub(crate) fn vote_kind(kind: &str) -> Option<VoteKind> {
    match kind {
        "Like" | "EmojiReact" => Some(VoteKind::Like),
        "Dislike" => Some(VoteKind::Dislike),
        _ => None,
    }
}

/// What remembers that a vote was taken back before it came.
pub(crate) fn undone_key(kind: VoteKind, actor: &str, object: &str, vote: Option<&str>) -> String {
    format!("undo {kind} {actor} {object} {}", vote.unwrap_or("unnamed"))
}

/// The post that is voted on. What a category passes on counts for its own topics only: for those it has authority.
pub(crate) async fn votable(
    work: &Work<'_>,
    activity: &Activity<'_>,
    viewer: &Viewer,
    object: &str,
) -> Result<Post> {
    let unknown = || match &activity.via {
        // The post may come from another server than the vote, or over another connection.
        Via::Direct if !work.federation.is_local_id(object) => {
            Error::Early("the post is not known".into())
        }
        _ => Error::refused("the post is not known"),
    };
    let known = posts::by_uri(work.db(), object).await?;
    let post = known.ok_or_else(unknown)?;
    let topic = topics::readable(work.db(), viewer, post.topic_id).await?;
    activity.must_be_of(&topic)?;
    Ok(post)
}
