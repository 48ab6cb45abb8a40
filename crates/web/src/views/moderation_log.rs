//! `/moderation/log`: what moderators did, and why.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::parts::{Author, Pager, TopicLink};

/// The log, newest first.
#[derive(Clone, Debug, Serialize)]
pub struct ModerationLogView {
    /// Acts.
    pub acts: Vec<ActRow>,
    /// Page links.
    pub pager: Pager,
}

/// An act.
#[derive(Clone, Debug, Serialize)]
pub struct ActRow {
    /// What was done, in the reader's language.
    pub action: String,
    /// Who did it; none for the node itself.
    pub moderator: Option<Author>,
    /// The account concerned.
    pub author: Option<Author>,
    /// The topic concerned.
    pub topic: Option<TopicLink>,
    /// Path of the post concerned.
    pub post: Option<String>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl View for ModerationLogView {
    const TEMPLATE: &'static str = "pages/admin/log.html";
}
