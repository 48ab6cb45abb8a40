//! PG-02: a category, local or remote, with its topics.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::Choice;
use super::moving::Moved;
use super::parts::{Audience, Author, CategoryLink, Follow, Html, Kind, Pager, TopicRow};

/// `/c/{slug}` and `/c/{slug}@{host}`.
#[derive(Clone, Debug, Serialize)]
pub struct CategoryView {
    /// Title, path, slug or `slug@host`.
    pub category: CategoryLink,
    /// Full handle to copy: `@soutien@parvis.example`.
    pub full_handle: String,
    /// What it is for.
    pub description: String,
    /// Its charter.
    pub charter: Option<Html>,
    /// Who may read.
    pub audience: Audience,
    /// Follow button.
    pub follow: Follow,
    /// Path of the Atom feed.
    pub feed: Option<String>,
    /// Path of the form for a new topic, if topics are taken at all; visitors are sent to sign in from there.
    pub new_topic: Option<String>,
    /// Categories of other nodes linked with it.
    pub links: Vec<CategoryNodeLink>,
    /// Its moderators.
    pub moderators: Vec<Author>,
    /// Filters in force and their choices.
    pub filters: CategoryFilters,
    /// Topics.
    pub topics: Vec<TopicRow>,
    /// Page links.
    pub pager: Pager,
    /// State of a remote category, if something is to be said.
    pub remote: Option<RemoteState>,
    /// Address of a remote category at its own node.
    pub original_url: Option<String>,
    /// Takes no more topics.
    pub archived: bool,
    /// Where it goes on.
    pub moved: Option<Moved>,
    /// Path of the form to change it, for admins.
    pub edit: Option<String>,
}

/// A link with a category of another node.
#[derive(Clone, Debug, Serialize)]
pub struct CategoryNodeLink {
    /// The other category.
    pub category: CategoryLink,
    /// False until the other node accepted.
    pub accepted: bool,
}

/// What is to be said of the copy of a remote category.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RemoteState {
    /// Older topics are being fetched.
    Filling {
        /// Topics here.
        done: u32,
        /// Topics in all, if the other node says so.
        total: Option<u32>,
    },
    /// The other node does not answer.
    Unreachable {
        /// Since when.
        since: DateTime<Utc>,
    },
}

/// Filters of a category's list, sent by `GET`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CategoryFilters {
    /// Order.
    pub sort: Sort,
    /// Only one kind.
    pub kind: Option<Kind>,
    /// Only solved, or only without reply.
    pub state: TopicStateFilter,
    /// Only with a tag.
    pub tag: Option<String>,
    /// Only in a language.
    pub language: Option<String>,
    /// Tags to choose from.
    pub tags: Vec<Choice>,
    /// Languages to choose from, as tags.
    pub languages: Vec<String>,
    /// True if any filter but the order is in force.
    pub active: bool,
}

/// Order of a list of topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Last activity first.
    #[default]
    Active,
    /// Newest first.
    New,
    /// Most helpful first.
    Top,
}

/// Filter by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicStateFilter {
    /// All.
    #[default]
    Any,
    /// With an accepted answer.
    Solved,
    /// Without any reply.
    Unanswered,
}

impl View for CategoryView {
    const TEMPLATE: &'static str = "pages/category.html";
}
