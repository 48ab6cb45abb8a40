//! Follow: somebody here wants to receive what an actor elsewhere sends.

use activitypub_federation::kinds::activity::FollowType;

use super::{Built, Envelope, Extra, built};

/// The Follow of an actor.
pub(crate) fn follow(envelope: &Envelope, followed: &str) -> Built {
    built(
        envelope,
        (FollowType::Follow, "Follow"),
        followed,
        Extra::default(),
    )
}
