//! Who may decide about other servers.

use crate::kinds::InstancePolicy;
use crate::{Denied, Viewer};

/// Decide on what came from a limited server: moderators of the node.
pub fn can_review(viewer: &Viewer) -> Result<(), Denied> {
    if viewer.is_moderator() {
        Ok(())
    } else {
        Err(Denied::NotModerator)
    }
}

/// Limit a server: moderators of the node. Everything else: administrators.
pub fn can_set(
    viewer: &Viewer,
    current: InstancePolicy,
    wanted: InstancePolicy,
) -> Result<(), Denied> {
    let small = |policy| matches!(policy, InstancePolicy::Open | InstancePolicy::Limit);
    if viewer.is_admin() {
        Ok(())
    } else if !viewer.is_moderator() {
        Err(Denied::NotModerator)
    } else if small(current) && small(wanted) {
        Ok(())
    } else {
        Err(Denied::NotAdmin)
    }
}
