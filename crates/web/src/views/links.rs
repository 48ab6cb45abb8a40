//! `/moderation/links`: links between categories of this node and of others.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::FieldError;
use super::parts::CategoryLink;

/// `/moderation/links`; `POST` there asks for a link, `…/accept`, `…/refuse` and `…/end` decide about one: fields
/// `category` (slug) and `other` (handle).
#[derive(Clone, Debug, Serialize)]
pub struct LinksView {
    /// Asked for by others, not answered.
    pub requests: Vec<LinkRow>,
    /// All others.
    pub links: Vec<LinkRow>,
    /// Categories here that can be linked.
    pub categories: Vec<CategoryLink>,
    /// Field `category`.
    pub category: String,
    /// Field `other`.
    pub other: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// A link.
#[derive(Clone, Debug, Serialize)]
pub struct LinkRow {
    /// The category here.
    pub category: CategoryLink,
    /// The one elsewhere.
    pub other: CategoryLink,
    /// Whether ours carries theirs, after `link-ours-`.
    pub ours: &'static str,
    /// Whether theirs carries ours, after `link-theirs-`.
    pub theirs: &'static str,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl View for LinksView {
    const TEMPLATE: &'static str = "pages/admin/links.html";
}
