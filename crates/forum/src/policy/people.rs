//! Who may do what with the accounts of people.

use crate::id::ActorId;
use crate::kinds::{ActorKind, Role};
use crate::{Actor, Denied, Viewer};

/// Make accounts, give roles, see all of them: administrators.
pub fn can_administer(viewer: &Viewer) -> Result<(), Denied> {
    if viewer.is_admin() {
        Ok(())
    } else {
        Err(Denied::NotAdmin)
    }
}

/// Accept or refuse who asks for an account: moderators of the node.
pub fn can_review(viewer: &Viewer) -> Result<(), Denied> {
    if viewer.is_moderator() {
        Ok(())
    } else {
        Err(Denied::NotModerator)
    }
}

/// Suspend an account, here or elsewhere, or take that back: moderators of the node, not on themselves; an account that
/// has a role, administrators.
pub fn can_suspend(viewer: &Viewer, target: &Actor, role: Option<Role>) -> Result<(), Denied> {
    can_review(viewer)?;
    if viewer.actor_id() == Some(target.id) {
        return Err(Denied::NotModerator);
    }
    match role {
        None | Some(Role::Member) => Ok(()),
        Some(Role::Moderator | Role::Admin) => can_administer(viewer),
    }
}

/// Take the second factor of somebody away: administrators, not their own.
pub fn can_reset_second_factor(viewer: &Viewer, person: ActorId) -> Result<(), Denied> {
    can_administer(viewer)?;
    if viewer.actor_id() == Some(person) {
        return Err(Denied::NotAdmin);
    }
    Ok(())
}

/// Close an account for good: the person, or an administrator.
pub fn can_delete(viewer: &Viewer, person: ActorId) -> Result<(), Denied> {
    if viewer.actor_id() == Some(person) {
        Ok(())
    } else {
        can_administer(viewer)
    }
}

/// Say which other actors one is, leave for another one, come back: the person for themselves, administrators for a
/// category.
pub fn can_move(viewer: &Viewer, actor: &Actor) -> Result<(), Denied> {
    if !actor.local {
        return Err(Denied::NotOurs);
    }
    match actor.kind {
        ActorKind::Person if viewer.actor_id() == Some(actor.id) => {
            super::is_active(viewer).map(|_| ())
        }
        ActorKind::Person => Err(Denied::NotAuthor),
        ActorKind::Group => super::categories::can_administer(viewer),
        ActorKind::Application => Err(Denied::NotOurs),
    }
}

/// Whom a ban would be about, as far as it decides who may impose it.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Who.
    pub actor: ActorId,
    /// Their role on this node; none for people elsewhere.
    pub role: Option<Role>,
    /// They moderate the category.
    pub moderates: bool,
}

/// Ban from a category of ours, or from one elsewhere that gave the viewer its moderation: its moderators; nobody bans
/// themself, and only administrators somebody who moderates there.
pub fn can_ban_from(viewer: &Viewer, category: &Actor, who: Standing) -> Result<(), Denied> {
    let may = if category.local {
        viewer.moderates(category.id)
    } else {
        viewer.is_granted(category.id)
    };
    if !may || viewer.actor_id() == Some(who.actor) {
        return Err(Denied::NotModerator);
    }
    let staff = who.moderates || who.role.is_some_and(|role| role != Role::Member);
    if staff && category.local {
        can_administer(viewer)
    } else {
        Ok(())
    }
}

/// Ban from this node: moderators of the node, and administrators somebody who has a role.
pub fn can_ban(viewer: &Viewer, who: Standing) -> Result<(), Denied> {
    can_review(viewer)?;
    if viewer.actor_id() == Some(who.actor) {
        return Err(Denied::NotModerator);
    }
    match who.role {
        None | Some(Role::Member) => Ok(()),
        Some(Role::Moderator | Role::Admin) => can_administer(viewer),
    }
}
