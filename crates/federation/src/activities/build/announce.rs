//! Announce: a category passes on what happened in it (FEP-1b12), or boosts a post for microblogs.

use activitypub_federation::kinds::activity::AnnounceType;
use serde_json::value::RawValue;

use super::{Built, Envelope, Extra, built};

/// Form A: the whole activity, byte for byte as it was received or as we send it ourselves.
pub(crate) fn announce_activity(envelope: &Envelope, activity: &RawValue) -> Built {
    built(
        envelope,
        (AnnounceType::Announce, "Announce"),
        activity,
        Extra::default(),
    )
}

/// Form B: only the id of the post.
pub(crate) fn announce_object(envelope: &Envelope, object: &str) -> Built {
    built(
        envelope,
        (AnnounceType::Announce, "Announce"),
        object,
        Extra::default(),
    )
}
