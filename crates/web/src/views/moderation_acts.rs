//! Pages on which moderators ban somebody, and move, merge or split a topic.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::confirms::PostExcerpt;
use super::forms::{Choice, FieldError};
use super::parts::{Author, CategoryLink, Pager, TopicLink};

/// `/moderation/bans`: the bans in force, newest first. `POST /moderation/bans/{id}/lift`, fields `reason`,
/// `restore`.
#[derive(Clone, Debug, Serialize)]
pub struct BansView {
    /// Bans.
    pub bans: Vec<BanRow>,
    /// Page links.
    pub pager: Pager,
}

/// A ban.
#[derive(Clone, Debug, Serialize)]
pub struct BanRow {
    /// Id, for the addresses of forms.
    pub id: String,
    /// Who.
    pub person: Author,
    /// From which category.
    pub category: Option<CategoryLink>,
    /// From which other server, if it is one.
    pub host: Option<String>,
    /// By whom; none for the node itself.
    pub moderator: Option<Author>,
    /// Why.
    pub reason: String,
    /// What they had written was removed.
    pub removes: bool,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Until when.
    pub until: Option<DateTime<Utc>>,
    /// Whether the reader may lift it.
    pub may_lift: bool,
}

impl View for BansView {
    const TEMPLATE: &'static str = "pages/admin/bans.html";
}

/// `/moderation/bans/new`. `POST` there, fields `person`, `place` (one of the choices), `reason`, `days`, `remove`.
#[derive(Clone, Debug, Serialize)]
pub struct BanFormView {
    /// Field `person`: a handle.
    pub person: String,
    /// Field `place`.
    pub place: String,
    /// Where the reader may ban from.
    pub places: Vec<Choice>,
    /// Field `reason`.
    pub reason: String,
    /// Field `days`; empty for good.
    pub days: String,
    /// Field `remove`.
    pub remove: bool,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for BanFormView {
    const TEMPLATE: &'static str = "pages/admin/ban.html";
}

/// `/t/{id}/move`. `POST` there, fields `category` (one of the choices), `reason`.
#[derive(Clone, Debug, Serialize)]
pub struct MoveTopicView {
    /// Id, for the address of the form.
    pub id: String,
    /// The topic.
    pub topic: TopicLink,
    /// Field `category`.
    pub category: String,
    /// Where it may go.
    pub categories: Vec<Choice>,
    /// Field `reason`.
    pub reason: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for MoveTopicView {
    const TEMPLATE: &'static str = "pages/confirm/move.html";
}

/// `/t/{id}/merge`. `POST` there, fields `target` (address of the other topic), `reason`.
#[derive(Clone, Debug, Serialize)]
pub struct MergeTopicView {
    /// Id, for the address of the form.
    pub id: String,
    /// The topic.
    pub topic: TopicLink,
    /// Field `target`.
    pub target: String,
    /// Field `reason`.
    pub reason: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for MergeTopicView {
    const TEMPLATE: &'static str = "pages/confirm/merge.html";
}

/// `/p/{id}/split`. `POST` there, fields `title`, `along` (`answers` or `following`), `reason`.
#[derive(Clone, Debug, Serialize)]
pub struct SplitTopicView {
    /// The post that opens the new topic.
    pub post: PostExcerpt,
    /// Field `title`.
    pub title: String,
    /// Field `along`.
    pub along: String,
    /// Field `reason`.
    pub reason: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for SplitTopicView {
    const TEMPLATE: &'static str = "pages/confirm/split.html";
}
