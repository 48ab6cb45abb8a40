//! ActivityPub objects: actors and posts.

pub(crate) mod actor;
pub(crate) mod post;
