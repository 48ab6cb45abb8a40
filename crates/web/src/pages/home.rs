//! PG-01: the home page `/`, with categories and latest topics.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_forum::categories::{self, Category};
use parvis_forum::circles::Sight;
use parvis_forum::freshness::Part;
use parvis_forum::id::ActorId;
use parvis_forum::page::PageRequest;
use parvis_forum::topics::{self, Filter, TopicCard};

use super::rows::{self, Follows};
use crate::answers::Shows;
use crate::error::AppResult;
use crate::extract::Reader;
use crate::state::AppState;
use crate::views::frame::{Feed, Section};
use crate::views::home::{CategorySection, HomeView};
use crate::views::parts::{TopicLink, TopicRow};

/// Topics on the page.
const LATEST: usize = 10;
/// Topics on pages that say that something isn't there.
const FEW: u64 = 5;
/// How long such a page waits for them.
const PATIENCE: Duration = Duration::from_millis(500);
/// Topics looked at for the latest one of each category.
const RECENT: u64 = 60;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/", get(show))
}

/// `GET /`.
pub(crate) async fn show(State(state): State<AppState>, mut reader: Reader) -> AppResult {
    let db = state.forum.db();
    let tree = categories::tree(db, reader.viewer()).await?;
    let remote = categories::followed_remote(db, reader.viewer()).await?;
    let follows = Follows::load(db, reader.viewer()).await?;
    let everything = Filter {
        sight: Sight::of(reader.viewer()),
        ..Filter::default()
    };
    let recent = topics::list(db, &everything, PageRequest::first(RECENT))
        .await?
        .items;
    let pinned = Filter {
        categories: Some(tree.iter().map(Category::id).collect()),
        pinned: true,
        ..everything
    };
    let announcements = topics::list(db, &pinned, PageRequest::first(3)).await?;
    let last = latest_by_category(&recent);
    let row = |category: &Category| {
        rows::category_row(
            category,
            follows.of(category.id()),
            last.get(&category.id()).cloned(),
        )
    };
    let mut sections: Vec<CategorySection> = sections(&tree)
        .into_iter()
        .map(|(title, categories)| CategorySection {
            title,
            categories: categories.into_iter().map(row).collect(),
        })
        .collect();
    if !remote.is_empty() {
        sections.push(CategorySection {
            title: Some(reader.text("home-remote-categories", &[])),
            categories: remote.iter().map(row).collect(),
        });
    }
    let purpose = match &state.config().node.description {
        Some(description) => description.clone(),
        None => reader.text("home-purpose", &[]),
    };
    let view = HomeView {
        purpose,
        announcements: announcements
            .items
            .iter()
            .map(|card| rows::topic_link(&card.topic))
            .collect(),
        sections,
        latest: rows::topic_rows(recent.into_iter().take(LATEST).collect(), true),
    };
    reader.frame.section = Section::Home;
    reader.frame.feeds = vec![Feed {
        title: reader.text("home-latest", &[]),
        url: "/feeds/latest.atom".to_owned(),
    }];
    reader.frame.canonical = Some(state.config().local_url("/").to_string());
    Ok(Shows::put(reader.page(&view)?, [Part::Lists, Part::Likes]))
}

/// Some latest topics, for pages that say that something isn't there. They are quick, or there are none.
pub(crate) async fn latest_few(state: &AppState) -> Vec<TopicRow> {
    let everything = Filter::default();
    let found = topics::list(state.forum.db(), &everything, PageRequest::first(FEW));
    match tokio::time::timeout(PATIENCE, found).await {
        Ok(Ok(page)) => rows::topic_rows(page.items, true),
        Ok(Err(error)) => {
            tracing::debug!(%error, "latest topics can't be shown: {error}");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

/// The latest topic of each category that has one among these.
fn latest_by_category(recent: &[TopicCard]) -> HashMap<ActorId, TopicLink> {
    let mut last = HashMap::new();
    for card in recent {
        last.entry(card.topic.category_id)
            .or_insert_with(|| rows::topic_link(&card.topic));
    }
    last
}

/// Categories by section: those without children first, then each that has some, with all below it. `tree` is in the
/// order of [`categories::tree`].
fn sections(tree: &[Category]) -> Vec<(Option<String>, Vec<&Category>)> {
    let has_children =
        |category: &Category| tree.iter().any(|c| c.row.parent_id == Some(category.id()));
    let mut single = Vec::new();
    let mut families: Vec<(Option<String>, Vec<&Category>)> = Vec::new();
    let mut in_family = false;
    for category in tree {
        let top = category.row.parent_id.is_none();
        if top && !has_children(category) {
            single.push(category);
            in_family = false;
        } else if top {
            families.push((Some(category.title().to_owned()), vec![category]));
            in_family = true;
        } else if let Some((_, family)) = families.last_mut().filter(|_| in_family) {
            family.push(category);
        } else {
            single.push(category);
        }
    }
    let mut sections = Vec::with_capacity(families.len() + 1);
    if !single.is_empty() {
        sections.push((None, single));
    }
    sections.extend(families);
    sections
}
