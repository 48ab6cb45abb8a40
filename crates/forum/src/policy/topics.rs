//! Who may do what with a topic.

use super::can_write;
use crate::categories::Category;
use crate::{Denied, Origin, Topic, Viewer};

/// Open a topic in this category.
pub fn can_open(viewer: &Viewer, category: &Category) -> Result<(), Denied> {
    can_write(viewer)?;
    if category.row.archived_at.is_some() {
        return Err(Denied::Archived);
    }
    if category.actor.posting_restricted
        && category.actor.local
        && !viewer.moderates(category.actor.id)
    {
        return Err(Denied::Restricted);
    }
    Ok(())
}

/// Have opened a topic in this category: what is read of the past of a category elsewhere was allowed there, then.
pub fn can_have_opened(
    viewer: &Viewer,
    category: &Category,
    origin: &Origin,
) -> Result<(), Denied> {
    if origin.is_history() && !category.actor.local {
        can_write(viewer)?;
        return Ok(());
    }
    can_open(viewer, category)
}

/// Reply in this topic. Moderators may reply to a locked one.
pub fn can_reply(viewer: &Viewer, topic: &Topic, category: &Category) -> Result<(), Denied> {
    can_write(viewer)?;
    if category.row.archived_at.is_some() {
        return Err(Denied::Archived);
    }
    if topic.locked_at.is_some() && !viewer.moderates(category.actor.id) {
        return Err(Denied::Locked);
    }
    Ok(())
}

/// Change title, kind or tags: the author, or a moderator in our own categories.
pub fn can_edit(viewer: &Viewer, topic: &Topic) -> Result<(), Denied> {
    let actor = can_write(viewer)?;
    if actor == topic.author_id || (topic.local && viewer.moderates(topic.category_id)) {
        Ok(())
    } else {
        Err(Denied::NotAuthor)
    }
}

/// Lock, pin: moderators of our own categories; in one elsewhere, whom it named as a moderator.
pub fn can_moderate(viewer: &Viewer, topic: &Topic) -> Result<(), Denied> {
    if viewer.is_granted(topic.category_id) {
        Ok(())
    } else if !topic.local {
        Err(Denied::NotOurs)
    } else if viewer.moderates(topic.category_id) {
        Ok(())
    } else {
        Err(Denied::NotModerator)
    }
}

/// Move into another category: who moderates the one that it leaves, if they may open topics in the other.
pub fn can_move(viewer: &Viewer, topic: &Topic, to: &Category) -> Result<(), Denied> {
    can_moderate(viewer, topic)?;
    match viewer {
        Viewer::System => Ok(()),
        _ => can_open(viewer, to),
    }
}

/// Merge, split: moderators of our own categories.
pub fn can_rearrange(viewer: &Viewer, topic: &Topic) -> Result<(), Denied> {
    if topic.local {
        can_moderate(viewer, topic)
    } else {
        Err(Denied::NotOurs)
    }
}

/// Choose the accepted answer: who asked, or a moderator.
pub fn can_choose_answer(viewer: &Viewer, topic: &Topic) -> Result<(), Denied> {
    let actor = can_write(viewer)?;
    if actor == topic.author_id || viewer.moderates(topic.category_id) {
        Ok(())
    } else {
        Err(Denied::NotAuthor)
    }
}
