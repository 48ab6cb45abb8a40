//! `/p/{id}/deliveries`: to which servers a post went, for its author and for those who moderate its category.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_federation::delivery::{self, Fate, HostFate, Trouble};
use parvis_forum::id::PostId;
use parvis_forum::{actors, policy, posts, topics};

use super::rows;
use crate::error::AppResult;
use crate::extract::{Path, Reader};
use crate::state::AppState;
use crate::views::nodes::{DeliveriesView, DeliveryRow};
use crate::views::topics::PostLink;
use crate::words;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/p/{id}/deliveries", get(show))
}

/// Of how many servers how many took a post.
pub(super) fn sum(hosts: &[HostFate]) -> (usize, usize) {
    let taken = hosts.iter().filter(|host| host.fate == Fate::Delivered);
    (taken.count(), hosts.len())
}

async fn show(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<PostId>,
) -> AppResult {
    let db = state.forum.db();
    let post = posts::readable(db, reader.viewer(), id).await?;
    let topic = topics::by_id(db, post.topic_id).await?;
    policy::posts::can_see_deliveries(reader.viewer(), &post, &topic)?;
    let author = actors::by_id(db, post.author_id).await?;
    let category = actors::by_id(db, topic.category_id).await?;
    let mut reach = delivery::reach_of_posts(&state.federation, &[post.id]).await?;
    let hosts = reach.remove(&post.id).unwrap_or_default();
    let (delivered, _) = sum(&hosts);
    let servers = hosts
        .into_iter()
        .map(|host| DeliveryRow {
            why: host.error.as_deref().map(|error| {
                let catalog = state.templates.catalog();
                words::trouble(catalog, reader.locale, Trouble::of(error)).0
            }),
            fate: host.fate.as_str(),
            host: host.host,
        })
        .collect();
    reader.frame.noindex = true;
    reader.page(&DeliveriesView {
        post: PostLink {
            number: rows::count(post.number),
            url: format!("/p/{}", post.id),
            author: actors::shown_name(&author).to_owned(),
        },
        topic: rows::topic_link(&topic),
        category: rows::category_link(&category),
        delivered,
        servers,
    })
}
