//! Update: a post or an actor of this node has changed.

use activitypub_federation::kinds::activity::UpdateType;
use parvis_forum::Config;

use super::{Built, Envelope, Extra, built};
use crate::objects::build::actor::ActorObject;
use crate::objects::build::post::{Scene, post_to_wire};

/// The Update of a post: the whole new version.
pub(crate) fn update_post(envelope: &Envelope, scene: &Scene, config: &Config) -> Built {
    built(
        envelope,
        (UpdateType::Update, "Update"),
        post_to_wire(scene, config),
        Extra::default(),
    )
}

/// The Update of an actor: its whole document.
pub(crate) fn update_actor(envelope: &Envelope, actor: ActorObject) -> Built {
    let multikeys = actor.has_multikeys();
    Built {
        multikeys,
        ..built(
            envelope,
            (UpdateType::Update, "Update"),
            actor,
            Extra::default(),
        )
    }
}
