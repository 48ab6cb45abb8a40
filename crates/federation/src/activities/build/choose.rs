//! `ChooseAnswer`: a reply is the accepted answer of its topic. `PieFed`'s, read by us too.

use super::{Built, Envelope, Extra, built};

/// The choice of a reply.
pub(crate) fn choose_answer(envelope: &Envelope, reply: &str) -> Built {
    built(
        envelope,
        ("ChooseAnswer", "ChooseAnswer"),
        reply,
        Extra::default(),
    )
}
