//! PG-05: search.

use serde::Serialize;

use super::View;
use super::forms::Choice;
use super::parts::{
    AffiliationKind, Author, CategoryLink, CategoryRow, Html, Pager, TopicLink, TopicRow,
};

/// `/search`, sent by `GET`.
#[derive(Clone, Debug, Serialize)]
pub struct SearchView {
    /// Field `q`.
    pub query: String,
    /// Filters in force and their choices.
    pub filters: SearchFilters,
    /// What was found; `None` before anything was asked.
    pub results: Option<SearchResults>,
    /// The tag that is looked for, to be followed; none for visitors.
    pub follow_tag: Option<FollowTag>,
    /// True if the words are a handle or an address elsewhere: a button (`POST /search/remote`, field `q`) fetches it.
    pub remote: bool,
    /// Why a remote thing could not be fetched.
    pub remote_failure: Option<RemoteFailure>,
    /// Page links.
    pub pager: Pager,
}

/// A tag, and what its button does.
#[derive(Clone, Debug, Serialize)]
pub struct FollowTag {
    /// The tag.
    pub tag: String,
    /// Where the form goes: `POST /tags/{tag}/follow`, `/unfollow`.
    pub action: String,
    /// The viewer follows it.
    pub followed: bool,
}

/// Filters of a search.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SearchFilters {
    /// Field `type`.
    pub kind: SearchKind,
    /// Field `category`: a handle.
    pub category: String,
    /// Categories to choose from.
    pub categories: Vec<Choice>,
    /// Field `author`: a handle.
    pub author: String,
    /// Field `affiliation`.
    pub affiliation: Option<AffiliationKind>,
    /// Field `solved`.
    pub solved: bool,
    /// Field `language`.
    pub language: String,
    /// Languages to choose from, as tags.
    pub languages: Vec<String>,
    /// Field `tag`.
    pub tag: String,
    /// Field `sort`.
    pub sort: SearchSort,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// Topics.
    #[default]
    Topic,
    /// Posts.
    Post,
    /// Categories.
    Category,
    /// People.
    Person,
}

/// Order of what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchSort {
    /// The best match first.
    #[default]
    Relevance,
    /// The newest first.
    Date,
}

/// What was found, of one kind.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SearchResults {
    /// Topics.
    Topic {
        /// How many in all.
        count: u32,
        /// Those of this page.
        topics: Vec<TopicRow>,
    },
    /// Posts.
    Post {
        /// How many in all.
        count: u32,
        /// Those of this page.
        posts: Vec<FoundPost>,
    },
    /// Categories.
    Category {
        /// How many in all.
        count: u32,
        /// Those of this page.
        categories: Vec<CategoryRow>,
    },
    /// People.
    Person {
        /// How many in all.
        count: u32,
        /// Those of this page.
        people: Vec<Author>,
    },
}

/// A post in a list, with the words around the match or its beginning.
#[derive(Clone, Debug, Serialize)]
pub struct FoundPost {
    /// Path: `/p/{id}`.
    pub url: String,
    /// Number in its topic.
    pub number: u32,
    /// Its topic.
    pub topic: TopicLink,
    /// Its category.
    pub category: CategoryLink,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// Language, if known.
    pub language: Option<String>,
    /// Cleaned excerpt, matches in `<mark>`.
    pub excerpt: Html,
}

/// Why a remote thing could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteFailure {
    /// Not there.
    NotFound,
    /// The other server refused.
    Refused,
    /// The other server is blocked here.
    Blocked,
    /// No answer in time.
    Timeout,
}

impl View for SearchView {
    const TEMPLATE: &'static str = "pages/search.html";
}
