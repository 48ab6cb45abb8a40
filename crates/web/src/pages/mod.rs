//! Pages for people: each file has the routes and handlers of a noun.
//!
//! A handler takes a [`Reader`](crate::extract::Reader), fills a view of [`crate::views`], and gives it to
//! [`Reader::page`](crate::extract::Reader::page). Rules are in `parvis-forum`, never here.

mod auth;
mod problems;

use axum::Router;

use crate::state::AppState;

/// All pages.
pub fn routes() -> Router<AppState> {
    Router::new().merge(auth::routes())
}
