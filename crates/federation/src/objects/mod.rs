//! ActivityPub objects: actors and posts, read and made, and collections, made.

pub(crate) mod actor;
pub(crate) mod build;
pub(crate) mod collection;
pub(crate) mod official;
pub(crate) mod poll;
pub(crate) mod post;
pub(crate) mod quote;
