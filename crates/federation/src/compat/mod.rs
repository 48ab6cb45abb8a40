//! Where one software writes things its own way: a file each, with the fixtures that show it.
//!
//! What many do alike (one or many, prefixes, maps) is in `wire`; nothing here judges whether a document is true.

pub(crate) mod gotosocial;
pub(crate) mod lemmy;
pub(crate) mod lotide;
pub(crate) mod mastodon;
pub(crate) mod mbin;
pub(crate) mod nodebb;
pub(crate) mod peertube;
pub(crate) mod piefed;

#[cfg(test)]
mod tests;
