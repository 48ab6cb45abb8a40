//! Delete: a post is deleted by its author or removed by moderation, or an actor is gone.

use activitypub_federation::kinds::activity::DeleteType;
use parvis_forum::Post;

use super::{Built, Envelope, Extra, built};
use crate::objects::build::post::tombstone_of;

/// The Delete of a post. `reason` makes it a removal by moderation: its presence is what others go by.
pub(crate) fn delete_post(envelope: &Envelope, post: &Post, reason: Option<&str>) -> Built {
    built(
        envelope,
        (DeleteType::Delete, "Delete"),
        tombstone_of(post),
        Extra {
            summary: reason.map(ToOwned::to_owned),
            ..Extra::default()
        },
    )
}

/// The Delete of an account or a category, with everything that it wrote.
pub(crate) fn delete_actor(envelope: &Envelope) -> Built {
    built(
        envelope,
        (DeleteType::Delete, "Delete"),
        envelope.actor.clone(),
        Extra {
            remove_data: Some(true),
            ..Extra::default()
        },
    )
}
