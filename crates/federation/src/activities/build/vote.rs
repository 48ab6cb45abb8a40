//! Like and Dislike.

use activitypub_federation::kinds::activity::{DislikeType, LikeType};
use parvis_forum::kinds::VoteKind;

use super::{Built, Envelope, Extra, built};

/// The vote on a post.
pub(crate) fn vote(envelope: &Envelope, kind: VoteKind, post: &str) -> Built {
    match kind {
        VoteKind::Like => built(envelope, (LikeType::Like, "Like"), post, Extra::default()),
        VoteKind::Dislike => built(
            envelope,
            (DislikeType::Dislike, "Dislike"),
            post,
            Extra::default(),
        ),
    }
}
