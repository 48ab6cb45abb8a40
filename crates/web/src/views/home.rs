//! PG-01 home (`/`) and PG-24 followed topics (`/home`).

use serde::Serialize;

use super::View;
use super::parts::{CategoryRow, Pager, Tag, TopicLink, TopicRow};

/// `/`: purpose, how to take part, categories, latest topics.
#[derive(Clone, Debug, Serialize)]
pub struct HomeView {
    /// One sentence set by the institution.
    pub purpose: String,
    /// Pinned or official topics of the whole node.
    pub announcements: Vec<TopicLink>,
    /// Categories by section; one section without title if there are no sections.
    pub sections: Vec<CategorySection>,
    /// The ten latest topics.
    pub latest: Vec<TopicRow>,
}

/// Categories under one heading.
#[derive(Clone, Debug, Serialize)]
pub struct CategorySection {
    /// The heading.
    pub title: Option<String>,
    /// The categories.
    pub categories: Vec<CategoryRow>,
}

impl View for HomeView {
    const TEMPLATE: &'static str = "pages/home.html";
}

/// `/home`: topics of the categories that the viewer follows.
#[derive(Clone, Debug, Serialize)]
pub struct FollowingView {
    /// Topics, the most recently active first.
    pub topics: Vec<TopicRow>,
    /// Followed categories, local and remote.
    pub followed: Vec<CategoryRow>,
    /// Followed tags.
    pub tags: Vec<Tag>,
    /// Categories to follow, shown when nothing is followed.
    pub suggested: Vec<CategoryRow>,
    /// Page links.
    pub pager: Pager,
}

impl View for FollowingView {
    const TEMPLATE: &'static str = "pages/following.html";
}
