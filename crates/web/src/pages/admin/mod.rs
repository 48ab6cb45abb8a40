//! PG-50, PG-51, PG-53, PG-54 in part. Every handler takes an [`Admin`](crate::extract::Admin), and the forum asks again.

mod blocklist;
mod categories;
mod category_move;
mod dashboard;
mod nodes;
mod people;
mod set_aside;

use axum::Router;

use crate::state::AppState;

/// The pages of this folder.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .merge(dashboard::routes())
        .merge(categories::routes())
        .merge(category_move::routes())
        .merge(people::routes())
        .merge(nodes::routes())
        .merge(blocklist::routes())
        .merge(set_aside::routes())
}
