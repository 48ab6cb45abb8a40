//! Move: an actor of this node goes on as another one.

use serde::Serialize;

use super::{Built, Envelope, Extra, built};

/// The type; the vocabulary of the library has none.
#[derive(Clone, Copy, Debug, Serialize)]
enum MoveType {
    Move,
}

/// The Move of an actor, by itself, to `target`.
pub(crate) fn move_actor(envelope: &Envelope, target: &str) -> Built {
    built(
        envelope,
        (MoveType::Move, "Move"),
        envelope.actor.clone(),
        Extra {
            target: Some(target.to_owned()),
            ..Extra::default()
        },
    )
}
