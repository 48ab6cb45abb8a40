//! Who may do what with a category.

use crate::categories::Category;
use crate::{Denied, Viewer};

/// Create, archive, give rights: administrators.
pub fn can_administer(viewer: &Viewer) -> Result<(), Denied> {
    if viewer.is_admin() {
        Ok(())
    } else {
        Err(Denied::NotAdmin)
    }
}

/// Change its texts: its moderators; only of our own categories.
pub fn can_edit(viewer: &Viewer, category: &Category) -> Result<(), Denied> {
    if !category.actor.local {
        Err(Denied::NotOurs)
    } else if viewer.moderates(category.actor.id) {
        Ok(())
    } else {
        Err(Denied::NotModerator)
    }
}
