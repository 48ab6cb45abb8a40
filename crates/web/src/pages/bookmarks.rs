//! PG-23: `/bookmarks`. Setting and taking away a bookmark is with the posts.

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use minijinja::HtmlEscape;
use parvis_forum::text::sanitize;
use parvis_forum::{affiliations, bookmarks, topics};

use super::rows;
use crate::error::AppResult;
use crate::extract::{BothWays, Member, Reader};
use crate::state::AppState;
use crate::views::account::BookmarksView;
use crate::views::parts::Html;
use crate::views::search::FoundPost;

/// Longest excerpt, in characters.
const EXCERPT: usize = 300;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/bookmarks", get(show))
}

async fn show(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    page: BothWays,
) -> AppResult {
    let db = state.forum.db();
    let kept = bookmarks::list(db, &current.viewer, page.of_length(20)).await?;
    if page.came_back(&kept) {
        return Ok(reader.redirect("/bookmarks", None));
    }
    let ids: Vec<_> = kept.items.iter().map(|view| view.post.topic_id).collect();
    let cards: HashMap<_, _> = topics::cards_by_ids(db, &ids)
        .await?
        .into_iter()
        .map(|card| (card.topic.id, card))
        .collect();
    let concerned: Vec<_> = kept.items.iter().map(|view| view.author.id).collect();
    let stated = affiliations::of(db, concerned).await?;
    reader.page(&BookmarksView {
        pager: rows::pager(&kept, "/bookmarks"),
        posts: kept
            .items
            .iter()
            .filter_map(|view| {
                let card = cards.get(&view.post.topic_id)?;
                let text =
                    sanitize::cut_at_word(&sanitize::plain_text(&view.post.content_html), EXCERPT);
                Some(FoundPost {
                    url: format!("/p/{}", view.post.id),
                    number: rows::count(view.post.number),
                    topic: rows::topic_link(&card.topic),
                    category: rows::category_link(&card.category),
                    author: rows::author_of_post(
                        &view.author,
                        view.post.affiliation.as_deref(),
                        stated.get(&view.author.id),
                    ),
                    created_at: view.post.created_at.datetime(),
                    language: view.post.language.clone(),
                    excerpt: Html::from_sanitized(HtmlEscape(&text).to_string()),
                })
            })
            .collect(),
    })
}
