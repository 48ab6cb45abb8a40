//! Who may do what: pure questions on loaded data, asked by every entrance.

pub mod categories;
pub mod instances;
pub mod people;
pub mod posts;
pub mod topics;

use crate::kinds::PersonState;
use crate::viewer::Withheld;
use crate::{Denied, Viewer};

/// May this viewer write anything at all? Returns the actor's id.
pub fn can_write(viewer: &Viewer) -> Result<crate::id::ActorId, Denied> {
    let id = is_active(viewer)?;
    // Who has moved reads here and writes there.
    if viewer.person().is_some_and(|p| p.actor.moved_to.is_some()) {
        return Err(Denied::Moved);
    }
    match viewer.withheld() {
        Withheld::Nothing | Withheld::Staff => Ok(id),
        Withheld::Everything => Err(Denied::SecondFactor),
    }
}

/// Is this somebody whose account is open, here or elsewhere? Returns the actor's id. What one does for the account
/// itself asks no more.
pub fn is_active(viewer: &Viewer) -> Result<crate::id::ActorId, Denied> {
    match viewer {
        Viewer::Anonymous | Viewer::Server(_) | Viewer::System => Err(Denied::SignIn),
        Viewer::Person(p) => match p.person.state {
            PersonState::Active => Ok(p.actor.id),
            PersonState::Suspended | PersonState::Deleted => Err(Denied::Suspended),
            PersonState::Unconfirmed | PersonState::Pending => Err(Denied::Inactive),
        },
        Viewer::Remote(r) => {
            if r.actor.suspended_at.is_some() || r.actor.deleted_at.is_some() {
                Err(Denied::Suspended)
            } else {
                Ok(r.actor.id)
            }
        }
    }
}
