//! The small administration and moderation pages of this release (PG-40, PG-50, PG-53, PG-54 in part).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::{Choice, FieldError};
use super::parts::{AffiliationKind, Author, CategoryLink, Html, Kind, Pager, TopicLink};
use super::topics::PostLink;

/// `/admin`: checklist, registrations that wait, categories.
#[derive(Clone, Debug, Serialize)]
pub struct AdminView {
    /// True on a node without https, where a second factor is not demanded although the settings say so.
    pub trial: bool,
    /// Things to check, those to do first.
    pub checks: Vec<CheckRow>,
    /// Registrations that wait, for `/moderation/accounts`.
    pub registrations: Vec<RegistrationRow>,
    /// Categories of this node.
    pub categories: Vec<AdminCategoryRow>,
}

/// One line of the checklist.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRow {
    /// Whether it is done.
    pub done: bool,
    /// What, in the reader's language.
    pub text: String,
    /// Where to do it.
    pub url: Option<String>,
}

/// A registration that waits.
#[derive(Clone, Debug, Serialize)]
pub struct RegistrationRow {
    /// Id, for the addresses of forms.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Declared affiliation.
    pub affiliation: AffiliationKind,
    /// Declared organisation.
    pub organisation: Option<String>,
    /// Why they wish to take part.
    pub reason: String,
    /// When they asked.
    pub at: DateTime<Utc>,
}

/// A category in the list of administrators.
#[derive(Clone, Debug, Serialize)]
pub struct AdminCategoryRow {
    /// Which.
    pub category: CategoryLink,
    /// Number of topics.
    pub topics: u32,
    /// Takes no more topics.
    pub archived: bool,
}

impl View for AdminView {
    const TEMPLATE: &'static str = "pages/admin/dashboard.html";
}

/// `/admin/categories/new` and `/admin/categories/{slug}/edit`. Fields: `slug` (new only), `title`, `description`,
/// `parent`, `restricted`, `archived` (edit only), `readers`, `partners`. `POST …/moderators`, fields `person`, `action` = `add` or `remove`.
#[derive(Clone, Debug, Serialize)]
pub struct CategoryFormView {
    /// The category that is changed; `None` for a new one.
    pub category: Option<CategoryLink>,
    /// Where the form goes.
    pub action: String,
    /// Field `slug`.
    pub slug: String,
    /// Field `title`.
    pub title: String,
    /// Field `description`.
    pub description: String,
    /// Field `parent`: a slug.
    pub parent: String,
    /// Categories that may be above it.
    pub parents: Vec<Choice>,
    /// Field `restricted`: only moderators open topics.
    pub restricted: bool,
    /// Field `archived`.
    pub archived: bool,
    /// Field `readers`: `public`, `members` or `agents`.
    pub readers: String,
    /// Field `partners`: hosts of other nodes, one a line.
    pub partners: String,
    /// True if everybody reads it now: closing it takes no copy back.
    pub was_public: bool,
    /// Who moderates it, apart from the moderators of the node.
    pub moderators: Vec<Author>,
    /// Field `person` of the form that adds one.
    pub person: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for CategoryFormView {
    const TEMPLATE: &'static str = "pages/admin/category.html";
}

/// `/moderation`: open reports, the oldest first.
#[derive(Clone, Debug, Serialize)]
pub struct ModerationView {
    /// Links between categories that other nodes ask for.
    pub link_requests: usize,
    /// Reports; `POST /moderation/reports/{id}/close`, field `note`.
    pub reports: Vec<ReportRow>,
    /// What to correct; the field is `note-{id}`.
    pub errors: Vec<FieldError>,
    /// Page links.
    pub pager: Pager,
}

/// A report.
#[derive(Clone, Debug, Serialize)]
pub struct ReportRow {
    /// Id, for the addresses of forms.
    pub id: String,
    /// Number, for people.
    pub number: String,
    /// When it came.
    pub at: DateTime<Utc>,
    /// Who sent it, in words: a member, a visitor, a server.
    pub reporter: Reporter,
    /// Ground, if one was chosen.
    pub ground: Option<super::confirms::ReportGround>,
    /// What they wrote.
    pub reason: String,
    /// True if whoever reported is sent the decision.
    pub answered: bool,
    /// What it is about.
    pub target: ReportTarget,
    /// Field `note`: the reasons of the decision.
    pub note: String,
}

/// Who sent a report.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Reporter {
    /// Somebody with an account here or elsewhere.
    Person {
        /// Who.
        author: Author,
    },
    /// A visitor.
    Visitor {
        /// The name they gave.
        name: Option<String>,
        /// The address they gave.
        email: Option<String>,
    },
    /// Another server.
    Server {
        /// Its host.
        host: String,
    },
}

/// What a report is about.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ReportTarget {
    /// A post.
    Post {
        /// Which; its path removes it with `/remove`.
        post: PostLink,
        /// Id.
        id: String,
        /// Its topic.
        topic: TopicLink,
        /// Kind of the topic.
        kind: Kind,
        /// Who wrote it.
        author: Author,
        /// Cleaned beginning.
        excerpt: Html,
        /// True if it is removed already.
        removed: bool,
    },
    /// A person.
    Person {
        /// Who.
        author: Author,
    },
    /// An address that is not known here.
    Address {
        /// The address.
        url: String,
    },
}

impl View for ModerationView {
    const TEMPLATE: &'static str = "pages/admin/moderation.html";
}
