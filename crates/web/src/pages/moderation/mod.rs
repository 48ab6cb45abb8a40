//! PG-40 in part: reports, requests for accounts, the log. Reports and the log are also for those who moderate a category:
//! the forum shows them what is theirs, and refuses everybody else.

mod accounts;
mod bans;
mod held;
mod links;
mod log;
mod queue;

use axum::Router;

use crate::state::AppState;

pub(crate) use accounts::waiting;

/// The pages of this folder.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .merge(queue::routes())
        .merge(accounts::routes())
        .merge(held::routes())
        .merge(links::routes())
        .merge(log::routes())
        .merge(bans::routes())
}
