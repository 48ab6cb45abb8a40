//! Who may do what with a post.

use super::can_write;
use crate::id::ActorId;
use crate::{Denied, Post, Topic, Viewer, officials};

/// Change the text: the author; a moderator may change posts written here in our own categories.
pub fn can_edit(viewer: &Viewer, post: &Post, topic: &Topic) -> Result<(), Denied> {
    let actor = can_write(viewer)?;
    if actor == post.author_id || (post.local && topic.local && viewer.moderates(topic.category_id))
    {
        Ok(())
    } else {
        Err(Denied::NotAuthor)
    }
}

/// Delete: the author only. Others remove ([`can_remove`]).
pub fn can_delete(viewer: &Viewer, post: &Post) -> Result<(), Denied> {
    if can_write(viewer)? == post.author_id {
        Ok(())
    } else {
        Err(Denied::NotAuthor)
    }
}

/// Remove and restore: moderators of the category; moderators of the node may hide anything here.
pub fn can_remove(viewer: &Viewer, topic: &Topic) -> Result<(), Denied> {
    if viewer.moderates(topic.category_id) || viewer.is_granted(topic.category_id) {
        Ok(())
    } else {
        Err(Denied::NotModerator)
    }
}

/// Refuse what was written here for a category elsewhere: that category itself, and nobody of its server in its name.
pub fn can_refuse(viewer: &Viewer, post: &Post, topic: &Topic) -> Result<(), Denied> {
    if topic.local || !post.local {
        Err(Denied::NotOurs)
    } else if can_write(viewer)? == topic.category_id {
        Ok(())
    } else {
        Err(Denied::NotModerator)
    }
}

/// Mark a reply written here as the official answer of its author's organisation, or take that back: moderators of our
/// category, or the author, when they are its delegate.
pub fn can_make_official(viewer: &Viewer, post: &Post, topic: &Topic) -> Result<(), Denied> {
    let actor = can_write(viewer)?;
    if !post.local || topic.opening_post_id == Some(post.id) {
        Err(Denied::NotOurs)
    } else if (topic.local && viewer.moderates(topic.category_id))
        || (actor == post.author_id && officials::is_delegate(post))
    {
        Ok(())
    } else {
        Err(Denied::NotModerator)
    }
}

/// Send files to attach: anybody who may write. Returns who.
pub fn can_attach(viewer: &Viewer) -> Result<ActorId, Denied> {
    can_write(viewer)
}

/// Like: anybody who may write, not one's own posts being no exception.
pub fn can_vote(viewer: &Viewer) -> Result<(), Denied> {
    can_write(viewer).map(|_| ())
}

/// See to which servers a post went: its author, and those who moderate its category.
pub fn can_see_deliveries(viewer: &Viewer, post: &Post, topic: &Topic) -> Result<(), Denied> {
    if viewer.actor_id() == Some(post.author_id) || viewer.moderates(topic.category_id) {
        Ok(())
    } else if viewer.person().is_none() {
        Err(Denied::SignIn)
    } else {
        Err(Denied::NotAuthor)
    }
}
