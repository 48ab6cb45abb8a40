//! Pages for people: each file has the routes and handlers of a noun.
//!
//! A handler takes a [`Reader`](crate::extract::Reader), fills a view of [`crate::views`], and gives it to
//! [`Reader::page`](crate::extract::Reader::page). Rules are in `parvis-forum`, never here.

mod admin;
mod auth;
mod bookmarks;
pub(crate) mod categories;
mod choices;
mod compose;
mod deliveries;
mod drafts;
mod feed;
mod follow;
pub(crate) mod home;
mod legal;
mod media;
mod moderation;
mod moving;
mod notifications;
mod officials;
pub(crate) mod people;
mod polls;
pub(crate) mod posts;
mod problems;
mod quotes;
mod report;
mod revisions;
mod rows;
mod search;
pub(crate) mod settings;
mod tags;
mod targets;
mod topic_follows;
mod topic_moderation;
mod topic_moves;
pub(crate) mod topics;

use axum::Router;

use crate::state::AppState;

/// All pages.
pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(auth::routes())
        .merge(home::routes())
        .merge(feed::routes())
        .merge(categories::routes())
        .merge(topics::routes())
        .merge(topic_follows::routes())
        .merge(topic_moderation::routes())
        .merge(topic_moves::routes())
        .merge(posts::routes())
        .merge(polls::routes())
        .merge(quotes::routes())
        .merge(officials::routes())
        .merge(revisions::routes())
        .merge(deliveries::routes())
        .merge(people::routes())
        .merge(search::routes())
        .merge(tags::routes())
        .merge(settings::routes())
        .merge(notifications::routes())
        .merge(bookmarks::routes())
        .merge(drafts::routes())
        .merge(follow::routes())
        .merge(legal::routes())
        .merge(choices::routes())
        .merge(report::routes())
        .merge(moderation::routes())
        .merge(admin::routes())
}
