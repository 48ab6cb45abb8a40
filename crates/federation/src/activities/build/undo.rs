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

/// The Undo of a Block; `restores` says that what was removed with it comes back.
pub(crate) fn undo_block(envelope: &Envelope, block: &Built, restores: bool) -> Built {
    let extra = Extra {
        restore_data: restores.then_some(true),
        ..Extra::default()
    };
    built(envelope, (UndoType::Undo, "Undo"), block.inner(), extra)
}
