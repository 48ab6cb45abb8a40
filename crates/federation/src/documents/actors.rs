//! The documents of people, categories and the node itself.

use parvis_forum::circles;
use parvis_forum::kinds::{ActorKind, PersonState};
use parvis_forum::{Actor, Error as ForumError, Forum, Viewer, actors, affiliations, people};

use super::{Document, Served, gone, or_not_found};
use crate::Result;
use crate::objects::build::actor::{Beside, actor_to_wire};

/// `/u/{name}` and `/c/{slug}`: a person or a category of this node.
pub async fn actor(forum: &Forum, viewer: &Viewer, kind: ActorKind, name: &str) -> Result<Served> {
    or_not_found(match find(forum, viewer, kind, name).await {
        Ok(Ok(actor)) => document(forum, &actor).await,
        Ok(Err(served)) => Ok(served),
        Err(error) => Err(error),
    })
}

/// `/`: the node itself. Readable by everybody, also when documents are served only to signed requests.
pub async fn instance_actor(forum: &Forum) -> Result<Served> {
    let actor = actors::instance(forum.db()).await?;
    or_not_found(document(forum, &actor).await)
}

/// An actor of this node that may be shown; else what there is to say instead.
pub(super) async fn find(
    forum: &Forum,
    viewer: &Viewer,
    kind: ActorKind,
    name: &str,
) -> Result<Result<Actor, Served>> {
    let found = actors::local_by_name(forum.db(), name).await?;
    let Some(actor) = found.filter(|actor| actor.kind == kind && actor.name == name) else {
        return Ok(Err(Served::NotFound));
    };
    if circles::is_closed(&actor) && !circles::may_read(forum.db(), viewer, actor.id).await? {
        return Ok(Err(Served::NotFound));
    }
    if actor.deleted_at.is_some() {
        let former = match kind {
            ActorKind::Group => "Group",
            ActorKind::Person => "Person",
            ActorKind::Application => "Application",
        };
        return Ok(Err(gone(&actor.uri, former, actor.deleted_at)));
    }
    if kind == ActorKind::Person {
        match people::by_id(forum.db(), actor.id).await {
            Ok(account)
                if matches!(
                    account.person.state,
                    PersonState::Unconfirmed | PersonState::Pending
                ) =>
            {
                return Ok(Err(Served::NotFound));
            }
            Ok(_) | Err(ForumError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Ok(actor))
}

async fn document(forum: &Forum, actor: &Actor) -> Result<Served> {
    let affiliations = affiliations::of(forum.db(), [actor.id]).await?;
    let beside = Beside {
        affiliation: affiliations.get(&actor.id),
    };
    Ok(match actor_to_wire(actor, beside, forum.config()) {
        Some(document) => Served::Found(
            Document::of_actor(&document)
                .changed(actor.updated_at)
                .showing([]),
        ),
        None => Served::NotFound,
    })
}
