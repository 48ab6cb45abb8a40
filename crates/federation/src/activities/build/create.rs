//! Create: a post is there.

use activitypub_federation::kinds::activity::CreateType;
use parvis_forum::Config;

use super::{Built, Envelope, Extra, built};
use crate::objects::build::post::{Scene, post_to_wire};

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
