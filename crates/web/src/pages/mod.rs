//! Pages for people: each file has the routes and handlers of a noun.
//!
//! A handler takes a [`Reader`](crate::extract::Reader), fills a view of [`crate::views`], and gives it to
//! [`Reader::page`](crate::extract::Reader::page). Rules are in `parvis-forum`, never here.

mod auth;
pub(crate) mod categories;
mod compose;
mod feed;
pub(crate) mod home;
pub(crate) mod people;
pub(crate) mod posts;
mod problems;
mod revisions;
mod rows;
mod search;
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
        .merge(posts::routes())
        .merge(revisions::routes())
        .merge(people::routes())
        .merge(search::routes())
}
