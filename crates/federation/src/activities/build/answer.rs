//! Accept and Reject: an actor of this node answers a Follow.

use activitypub_federation::kinds::activity::{AcceptType, RejectType};
use serde_json::value::RawValue;

use super::{Built, Envelope, Extra, built};

/// The answer to a Follow, which stands inside as it was received.
pub(crate) fn answer(envelope: &Envelope, follow: &RawValue, accepted: bool) -> Built {
    if accepted {
        built(
            envelope,
            (AcceptType::Accept, "Accept"),
            follow,
            Extra::default(),
        )
    } else {
        built(
            envelope,
            (RejectType::Reject, "Reject"),
            follow,
            Extra::default(),
        )
    }
}
