//! Move: a person or a category goes on as another actor, and those here who follow it go along.
//!
//! The actor itself says so, and the other one, whose document is read anew, has to say that it is also known as this
//! one. Moving a topic is something else: there the object isn't the actor.

use parvis_forum::{Actor, actors, moving};

use super::{Activity, Work};
use crate::{Error, Result, wire};

/// Takes those here who follow the actor along to the other one.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    if activity.object_id()? != activity.actor.uri {
        return Err(Error::refused("it moves something that is not its actor"));
    }
    activity.must_be_direct()?;
    let from = &activity.actor;
    if from.local {
        return Err(Error::refused("it is an actor of ours"));
    }
    let target = wire::id_at(activity.value, "target")
        .ok_or_else(|| Error::refused("a move without target"))?;
    if moving::moved_lately(from, work.federation.forum().now()) {
        return Err(Error::refused("the actor moved some days ago already"));
    }
    let target = find(work, target).await?;
    if let Some(why) = moving::refusal(from, &target) {
        return Err(Error::refused(format!("the target does not fit: {why}")));
    }
    loop {
        let tx = work.begin().await?;
        let moved = moving::take_along(&tx, from, &target).await?;
        if moved == 0 {
            moving::received(&tx, from.id, &target).await?;
            return work.commit(tx).await;
        }
        work.commit_part(tx).await?;
    }
}

/// The actor that is moved to, as its own server describes it now.
async fn find(work: &Work<'_>, uri: &str) -> Result<Actor> {
    if work.federation.is_local_id(uri) {
        return actors::by_uri(work.db(), uri)
            .await?
            .ok_or_else(|| Error::refused("no such actor here"));
    }
    work.reader.refresh_actor(uri).await
}
