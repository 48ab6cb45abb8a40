//! PG-21: what one began to write.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::parts::{CategoryLink, TopicLink};

/// `/drafts`. `POST /drafts/{id}/delete`.
#[derive(Clone, Debug, Serialize)]
pub struct DraftsView {
    /// Last saved first.
    pub drafts: Vec<DraftRow>,
    /// Days during which one is kept.
    pub kept_days: u32,
    /// Most that are kept.
    pub max: u32,
}

/// A draft.
#[derive(Clone, Debug, Serialize)]
pub struct DraftRow {
    /// Id that the form sends.
    pub id: String,
    /// What it will be.
    pub of: DraftKind,
    /// Title of a topic; empty if none was written.
    pub title: String,
    /// Beginning of the text.
    pub excerpt: String,
    /// The whole text, when there is no form to go on in.
    pub text: Option<String>,
    /// Language of the text, if said.
    pub language: Option<String>,
    /// Where a topic is to be opened.
    pub category: Option<CategoryLink>,
    /// The topic of a reply or a change, as long as it is there.
    pub topic: Option<TopicLink>,
    /// Where to go on; none when what it belongs to is gone.
    pub resume: Option<String>,
    /// When it was last saved.
    pub saved_at: DateTime<Utc>,
}

/// What a draft will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftKind {
    /// A topic.
    Topic,
    /// A reply.
    Reply,
    /// A change of a post.
    Change,
}

impl View for DraftsView {
    const TEMPLATE: &'static str = "pages/account/drafts.html";
}
