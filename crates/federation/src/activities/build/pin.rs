//! Add and Remove: a topic is pinned in its category, or no longer; somebody moderates it, or no longer.

use activitypub_federation::kinds::activity::{AddType, RemoveType};

use super::{Built, Envelope, Extra, built};

/// The Add of an opening post to the featured collection `target`, or of a person to that of the moderators; or the Remove.
pub(crate) fn pin(envelope: &Envelope, post: &str, target: &str, pinned: bool) -> Built {
    let extra = Extra {
        target: Some(target.to_owned()),
        ..Extra::default()
    };
    if pinned {
        built(envelope, (AddType::Add, "Add"), post, extra)
    } else {
        built(envelope, (RemoveType::Remove, "Remove"), post, extra)
    }
}
