//! Undo: something sent before no longer holds. What is undone stands inside as it was, or rebuilt.

use activitypub_federation::kinds::activity::UndoType;

use super::{Built, Envelope, Extra, built};

/// The Undo of an activity.
pub(crate) fn undo(envelope: &Envelope, undone: &Built) -> Built {
    built(
        envelope,
        (UndoType::Undo, "Undo"),
        undone.inner(),
        Extra::default(),
    )
}
