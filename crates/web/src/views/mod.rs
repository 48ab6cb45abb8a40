//! What pages show: one struct per page, with plain values only.
//!
//! A handler fills a view from `parvis-forum` and gives it to [`crate::templates::Templates::render`]. Views hold no
//! rule: whether a button is there was decided by `forum::policy`. Each can make samples of itself, so that a test
//! renders every page in every locale, empty and full.

pub mod account;
pub mod admin;
pub mod auth;
pub mod categories;
pub mod compose;
pub mod confirms;
pub mod drafts;
pub mod forms;
pub mod frame;
pub mod home;
pub mod institution;
pub mod interaction;
pub mod links;
pub mod media;
pub mod moderation_acts;
pub mod moderation_log;
pub mod moving;
pub mod nodes;
pub mod notices;
pub mod parts;
pub mod people;
pub mod policies;
pub mod polls;
pub mod profiles;
pub mod quotes;
pub mod samples;
pub mod search;
pub mod security;
pub mod settings;
pub mod status;
pub mod topics;

pub use frame::Frame;
pub use parts::Html;

/// The contents of one page.
pub trait View: serde::Serialize {
    /// Path of its template under `templates/`.
    const TEMPLATE: &'static str;
}
