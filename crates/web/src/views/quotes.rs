//! What a post quotes, and who quotes one's own.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::parts::{Html, TopicLink};
use super::topics::PostLink;

/// What a post quotes.
#[derive(Clone, Debug, Serialize)]
pub struct QuoteShown {
    /// Where it is.
    pub url: String,
    /// Its author was asked and didn't answer yet.
    pub waiting: bool,
    /// What is quoted, when it may be shown.
    pub quoted: Option<QuotedPost>,
}

/// A post inside another.
#[derive(Clone, Debug, Serialize)]
pub struct QuotedPost {
    /// Who wrote it.
    pub author: String,
    /// Their address.
    pub handle: String,
    /// Title of its topic.
    pub title: String,
    /// Its language.
    pub language: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// Its text, in short; none behind a warning.
    pub body: Option<Html>,
    /// Content warning.
    pub warning: Option<String>,
}

/// `/p/{id}/quotes`: who quotes a post, for its author.
#[derive(Clone, Debug, Serialize)]
pub struct QuotesView {
    /// The post.
    pub post: PostLink,
    /// Its topic.
    pub topic: TopicLink,
    /// Quotes that are allowed, newest first.
    pub quotes: Vec<QuotesRow>,
}

/// A quote that is allowed.
#[derive(Clone, Debug, Serialize)]
pub struct QuotesRow {
    /// Who quotes.
    pub by: String,
    /// The post that quotes.
    pub url: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Where the form that takes it back goes.
    pub revoke: String,
}

impl View for QuotesView {
    const TEMPLATE: &'static str = "pages/quotes.html";
}
