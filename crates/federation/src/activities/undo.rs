//! Undo: takes back a follow, a vote, a deletion, a lock, a ban or a report (ActivityPub §7.9).
//!
//! What is undone is found by actor, kind and object, since some make a new id for what they undo.

use parvis_forum::db::queue::inbox;
use parvis_forum::{
    Error as ForumError, Viewer, Vote, actors, bans, follows, posts, reports, topics, votes,
};
use serde_json::Value;

use super::{Activity, Via, Work, answer, block, delete, like, lock, moderator, resolve};
use crate::{Error, Result, audience, wire};

/// Takes back what the object names.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    let inner = activity.object()?;
    if inner.is_string() {
        return by_id(work, activity, activity.object_id()?).await;
    }
    if wire::id_at(inner, "actor").is_some_and(|actor| actor != activity.actor.uri) {
        return Err(Error::refused("only who did it undoes it"));
    }
    let object = || {
        wire::id_at(inner, "object").ok_or_else(|| Error::refused("it undoes something unnamed"))
    };
    match wire::type_of(inner) {
        Some("Follow") => unfollow(work, activity, object()?).await,
        Some("Delete") => restore(work, activity, inner, object()?).await,
        Some("ChooseAnswer") => answer::set(work, activity, object()?, false).await,
        Some("Lock") => lock::set(work, activity, object()?, false).await,
        Some("Block") => block::undo(work, activity, inner).await,
        Some("Flag") => resolve::withdraw(work, activity, inner).await,
        Some(kind) if like::vote_kind(kind).is_some() => {
            unvote(work, activity, kind, object()?, inner).await
        }
        _ => Err(Error::refused("undoing this has no effect")),
    }
}

/// The undone activity is only named: a follow, a ban, a report or a vote with this id.
async fn by_id(work: &Work<'_>, activity: &Activity<'_>, id: &str) -> Result<()> {
    if let Some(follow) = follows::by_uri(work.db(), id).await? {
        if follow.follower_id != activity.actor.id {
            return Err(Error::refused("only who did it undoes it"));
        }
        let followed = actors::by_id(work.db(), follow.followed_id).await?;
        return unfollow(work, activity, &followed.uri).await;
    }
    if let Some(ban) = bans::by_uri(work.db(), id).await? {
        return block::undo_known(work, activity, &ban).await;
    }
    if let Some(report) = reports::by_uri(work.db(), id).await? {
        return resolve::close(work, activity, vec![report]).await;
    }
    let vote: Vote = votes::by_uri(work.db(), id)
        .await?
        .filter(|vote| vote.actor_id == activity.actor.id)
        .ok_or_else(|| Error::refused("what it undoes is not known"))?;
    let post = posts::by_id(work.db(), vote.post_id).await?;
    let kind = match vote.kind {
        parvis_forum::kinds::VoteKind::Like => "Like",
        parvis_forum::kinds::VoteKind::Dislike => "Dislike",
    };
    let named = serde_json::json!({ "id": id });
    unvote(work, activity, kind, &post.uri, &named).await
}

async fn unfollow(work: &Work<'_>, activity: &Activity<'_>, followed: &str) -> Result<()> {
    activity.must_be_direct()?;
    let followed = actors::by_uri(work.db(), followed)
        .await?
        .filter(|actor| actor.local)
        .ok_or_else(|| Error::refused("it followed nobody here"))?;
    let tx = work.begin().await?;
    follows::receive_undo(&tx, &activity.actor, followed.id).await?;
    audience::follow_ended(&tx, &activity.actor).await?;
    work.commit(tx).await
}

/// `inner` is the vote: where it has an id, only that one is kept from coming later; where it has an emoji, a newer one
/// with another stays.
async fn unvote(
    work: &Work<'_>,
    activity: &Activity<'_>,
    kind: &str,
    object: &str,
    inner: &Value,
) -> Result<()> {
    let kind = like::vote_kind(kind).ok_or_else(|| Error::refused("not a vote"))?;
    let viewer = Viewer::load(work.db(), activity.actor.clone()).await?;
    let post = like::votable(work, activity, &viewer, object).await?;
    let tx = work.begin().await?;
    match votes::find(tx.c(), post.id, activity.actor.id).await? {
        Some(vote) if vote.kind == kind && is_meant(&vote, inner) => {
            votes::undo(&tx, &viewer, &post, activity.origin()).await?;
        }
        Some(_) => {}
        None => {
            let key = like::undone_key(kind, &activity.actor.uri, object, wire::id_of(inner));
            inbox::mark(tx.c(), tx.now(), &key)
                .await
                .map_err(ForumError::from)?;
        }
    }
    work.commit(tx).await
}

/// Whether the vote that is kept is the one that is taken back, and not a newer reaction.
fn is_meant(kept: &Vote, undone: &Value) -> bool {
    match (&kept.reaction, like::reaction(undone)) {
        (Some(kept), Some(undone)) => *kept == undone,
        _ => true,
    }
}

/// A deletion is taken back: by the author, whose server serves the text again, or by a moderator.
async fn restore(
    work: &Work<'_>,
    activity: &Activity<'_>,
    inner: &Value,
    object: &str,
) -> Result<()> {
    let Some(post) = posts::by_uri(work.db(), object).await? else {
        return forget(work, activity, object).await;
    };
    let topic = topics::by_id(work.db(), post.topic_id).await?;
    activity.must_be_of(&topic)?;
    if post.author_id == activity.actor.id {
        if post.deleted_at.is_none() || post.local {
            return Err(Error::refused("it is not deleted"));
        }
        let opening = topic.opening_post_id == Some(post.id);
        let category = actors::by_id(work.db(), topic.category_id).await?;
        let (document, _) = work.reader.object(object).await?;
        let remote = delete::read_again(work, &document, &post, &activity.actor)
            .await?
            .into_remote(
                work.db(),
                work.federation.forum().config(),
                opening.then_some(&category),
                activity.origin(),
                work.federation.forum().now(),
            )
            .await?;
        let tx = work.begin().await?;
        let post = posts::by_id(tx.c(), post.id).await?;
        posts::undelete(&tx, post, remote).await?;
        return work.commit(tx).await;
    }
    let viewer = moderator(work, activity, &topic).await?;
    let reason = wire::text(inner, "summary").unwrap_or_default().to_owned();
    let tx = work.begin().await?;
    let post = posts::by_id(tx.c(), post.id).await?;
    posts::restore(&tx, &viewer, post, &reason, activity.origin()).await?;
    work.commit(tx).await
}

/// The post never came, its deletion did: it may come now.
async fn forget(work: &Work<'_>, activity: &Activity<'_>, object: &str) -> Result<()> {
    let owner = matches!(activity.via, Via::Direct | Via::Group { owned: true, .. })
        && super::same_host(&activity.actor.uri, object);
    if !owner {
        return Err(Error::refused("the post is not known"));
    }
    let tx = work.begin().await?;
    let by_actor = delete::key_by(&activity.actor.uri, object);
    inbox::unmark(tx.c(), &[&delete::key(object), &by_actor])
        .await
        .map_err(ForumError::from)?;
    work.commit(tx).await
}
