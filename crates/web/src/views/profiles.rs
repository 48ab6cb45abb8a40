//! PG-06: the profile of a person, local or remote.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::moving::Moved;
use super::parts::{Author, Follow, Html, Pager, TopicRow};
use super::search::FoundPost;

/// `/u/{name}` and `/u/{name}@{host}`.
#[derive(Clone, Debug, Serialize)]
pub struct ProfileView {
    /// Name, handle, affiliation.
    pub person: Author,
    /// Whether there is something to show.
    pub state: ProfileState,
    /// Cleaned biography.
    pub biography: Option<Html>,
    /// Language of the biography, if known.
    pub language: Option<String>,
    /// When the account was opened.
    pub joined_at: Option<DateTime<Utc>>,
    /// Topics opened.
    pub topics: u32,
    /// Replies written.
    pub replies: u32,
    /// Links of the profile.
    pub links: Vec<ProfileLink>,
    /// Follow button.
    pub follow: Follow,
    /// True on one's own profile.
    pub own: bool,
    /// Where the person went.
    pub moved: Option<Moved>,
    /// Address of a remote profile at its own node.
    pub original_url: Option<String>,
    /// The list that is shown.
    pub tab: ProfileTab,
    /// Topics, on their tab and on that of practices.
    pub topic_rows: Vec<TopicRow>,
    /// Posts, on their tab.
    pub posts: Vec<FoundPost>,
    /// Page links.
    pub pager: Pager,
}

/// Whether an account can be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileState {
    /// Yes.
    #[default]
    Active,
    /// Suspended by the moderators.
    Suspended,
    /// Deleted by the person; answered with 410.
    Deleted,
}

/// List of a profile: `?tab=`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileTab {
    /// Topics opened.
    #[default]
    Topics,
    /// Posts written.
    Posts,
    /// Good practices.
    Practices,
}

impl ProfileTab {
    /// The word of the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Topics => "topics",
            Self::Posts => "posts",
            Self::Practices => "practices",
        }
    }
}

/// A link on a profile.
#[derive(Clone, Debug, Serialize)]
pub struct ProfileLink {
    /// Its words.
    pub label: String,
    /// Its address.
    pub url: String,
    /// True if the page links back with `rel=me`.
    pub verified: bool,
}

impl View for ProfileView {
    const TEMPLATE: &'static str = "pages/profile.html";
}
