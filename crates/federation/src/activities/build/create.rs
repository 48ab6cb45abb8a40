//! Create: a post is there.

use activitypub_federation::kinds::activity::CreateType;
use parvis_forum::{Actor, Config};

use super::{Built, Envelope, Extra, built};
use crate::objects::build::post::{Scene, post_to_wire};
use crate::objects::poll::VoteObject;

/// The Create of a post of this node, under the id that the post keeps. Addressed as the post is.
pub(crate) fn create(scene: &Scene, config: &Config) -> Option<Built> {
    let envelope = Envelope {
        id: scene.post.activity_uri.clone()?,
        actor: scene.author.uri.clone(),
        to: scene.to(),
        cc: scene.cc(),
        audience: Some(scene.group().to_owned()),
        at: scene.post.created_at,
    };
    Some(built(
        &envelope,
        (CreateType::Create, "Create"),
        post_to_wire(scene, config),
        Extra::default(),
    ))
}

/// A vote of somebody here in a poll elsewhere. `id` is that of the vote itself.
pub(crate) fn poll_vote(
    envelope: &Envelope,
    id: &str,
    voter: &Actor,
    scene: &Scene,
    choice: &str,
) -> Built {
    let (asker, question) = (&scene.author, scene.post.uri.as_str());
    built(
        envelope,
        (CreateType::Create, "Create"),
        VoteObject::new(id, voter, asker, question, choice, envelope.at),
        Extra::default(),
    )
}
