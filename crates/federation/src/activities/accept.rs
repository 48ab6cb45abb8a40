//! Accept, and Reject of a follow: the answer to one that was asked here (ActivityPub §7.6, §7.7).

use parvis_forum::kinds::{ActorKind, FollowState};
use parvis_forum::{Follow, actors, backfills, follows};

use super::{Activity, Work, quote};
use crate::{Error, Result, wire};

/// Notes the answer. Only the followed may give it, and only when it was asked.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>, accepted: bool) -> Result<()> {
    activity.must_be_direct()?;
    if quote::is_answer(work, activity).await? {
        return quote::answered(work, activity, accepted).await;
    }
    let follow = asked(work, activity).await?;
    let fits = match follow.state {
        FollowState::Pending => true,
        // A follow may be ended by the followed; a refusal is not taken back without a new request.
        FollowState::Accepted => !accepted,
        FollowState::Rejected => false,
    };
    if !fits {
        return Err(Error::refused("answered before"));
    }
    let tx = work.begin().await?;
    follows::answered(&tx, follow, accepted).await?;
    if accepted && activity.actor.kind == ActorKind::Group {
        backfills::ask(&tx, &activity.actor).await?;
    }
    work.commit(tx).await
}

async fn asked(work: &Work<'_>, activity: &Activity<'_>) -> Result<Follow> {
    let db = work.db();
    let object = activity.object()?;
    let unasked = || Error::refused("nobody here asked for it");
    let kind = wire::type_of(object);
    if kind.is_some_and(|kind| kind != "Follow") {
        return Err(Error::refused("not about a follow"));
    }
    if let Some(id) = wire::id_of(object)
        && let Some(follow) = follows::by_uri(db, id).await?
    {
        let ours = actors::by_id(db, follow.follower_id).await?.local;
        return (ours && follow.followed_id == activity.actor.id)
            .then_some(follow)
            .ok_or_else(unasked);
    }
    // Some answer with an id of their own for what they accept.
    let follower = wire::id_at(object, "actor").ok_or_else(unasked)?;
    if wire::id_at(object, "object").is_some_and(|followed| followed != activity.actor.uri) {
        return Err(unasked());
    }
    let follower = actors::by_uri(db, follower)
        .await?
        .filter(|actor| actor.local)
        .ok_or_else(unasked)?;
    follows::find(db, follower.id, activity.actor.id)
        .await?
        .ok_or_else(unasked)
}
