//! Lock and Unlock: a topic takes no more replies, or takes them again.
//!
//! Lemmy, PieFed and Mbin lock the opening post and undo the Lock; NodeBB locks the conversation and knows Unlock
//! (FEP-c0d0).

use super::{Built, Envelope, Extra, built};

fn extra(reason: &str) -> Extra {
    Extra {
        summary: (!reason.is_empty()).then(|| reason.to_owned()),
        ..Extra::default()
    }
}

/// The Lock of an opening post.
pub(crate) fn lock_post(envelope: &Envelope, post: &str, reason: &str) -> Built {
    built(envelope, ("Lock", "Lock"), post, extra(reason))
}

/// The Lock of a conversation.
pub(crate) fn lock_conversation(envelope: &Envelope, context: &str, reason: &str) -> Built {
    built(envelope, ("Lock", "Lock"), context, extra(reason))
}

/// The Unlock of a conversation.
pub(crate) fn unlock_conversation(envelope: &Envelope, context: &str) -> Built {
    built(envelope, ("Unlock", "Unlock"), context, Extra::default())
}
