//! Resolve: a report is closed, as Lemmy says it.

use super::{Built, Envelope, Extra, built};

/// The Resolve of a Flag, which stands inside.
pub(crate) fn resolve(envelope: &Envelope, flag: &Built, reason: &str) -> Built {
    let extra = Extra {
        summary: (!reason.is_empty()).then(|| reason.to_owned()),
        ..Extra::default()
    };
    built(envelope, ("Resolve", "Resolve"), flag.inner(), extra)
}
