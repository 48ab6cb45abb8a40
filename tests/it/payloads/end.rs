//! What a document may end as: words of the tables in `ends`, which say it of each fixture.

use parvis_forum::kinds::{ActorKind, VoteKind};

/// What a document ends as.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// A topic with this title.
    Topic(&'static str),
    /// A reply to this post.
    Reply(&'static str),
    /// The text of this post holds this.
    Text(&'static str, &'static str),
    /// A person or a category with this name.
    Actor(ActorKind, &'static str),
    /// It is taken and has no effect; the journal says why.
    Nothing(&'static str),
    /// It is answered so.
    Refused(u16),
    /// Looked up, it shows nothing.
    Nowhere,
    /// Looked up, it leads to this post.
    LeadsTo(&'static str),
    /// This actor votes so on this post.
    Vote(&'static str, &'static str, Option<VoteKind>),
    /// This post is removed by moderators, or not.
    Removed(&'static str, bool),
    /// This post is deleted by its author, or not.
    Deleted(&'static str, bool),
    /// The topic of this post is locked, or not.
    Locked(&'static str, bool),
    /// The topic of this post is pinned, or not.
    Pinned(&'static str, bool),
    /// A report with this reason.
    Report(&'static str),
    /// The first follows the second, or not.
    Follows(&'static str, &'static str, bool),
    /// In the poll of this post so many voted for the first choice.
    Polled(&'static str, i64),
    /// The host is known to run this, in this version.
    Runs(&'static str, &'static str),
    /// This category is moderated by this person.
    Moderates(&'static str, &'static str),
    /// From this category this person is banned, or not.
    Banned(&'static str, &'static str, bool),
}
