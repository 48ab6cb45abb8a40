//! Text as people write it and as other servers send it: Markdown, HTML, names, titles, differences.
//!
//! Everything here is a pure function: no database, no network, no clock. What needs to know who exists
//! (mentions) takes a callback. Every HTML that leaves this module is a [`sanitize::SafeHtml`].

pub mod diff;
mod html;
pub mod markdown;
pub mod mentions;
pub mod sanitize;
mod shape;
pub mod title;
