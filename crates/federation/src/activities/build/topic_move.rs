//! Move: a topic goes into another category (FEP-f15d).

use super::{Built, Envelope, Extra, built};

/// The Move of a conversation from a category into another.
pub(crate) fn move_topic(
    envelope: &Envelope,
    context: &str,
    (from, to): (&str, &str),
    reason: &str,
) -> Built {
    let extra = Extra {
        origin: Some(from.to_owned()),
        target: Some(to.to_owned()),
        summary: (!reason.is_empty()).then(|| reason.to_owned()),
        ..Extra::default()
    };
    built(envelope, ("Move", "Move"), context, extra)
}
