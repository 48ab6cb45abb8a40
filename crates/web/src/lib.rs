//! Everything a person or a client reads: pages, both APIs, feeds, mail texts.

pub mod assets;
pub mod i18n;
pub mod mail;
pub mod templates;
pub mod views;
