//! PG-24 and PG-25, what the forum offers of them: profile, password and sessions, the second
//! factor, what one follows, access tokens, the end
//! of the account.

mod account;
mod applications;
mod data;
mod moving;
mod profile;
pub(crate) mod security;
mod subscriptions;

use axum::Router;
use axum::routing::get;

use crate::extract::Reader;
use crate::state::AppState;

/// The pages of this folder.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route(
            "/settings",
            get(async |reader: Reader| reader.redirect("/settings/profile", None)),
        )
        .merge(profile::routes())
        .merge(account::routes())
        .merge(security::routes())
        .merge(subscriptions::routes())
        .merge(applications::routes())
        .merge(moving::routes())
        .merge(data::routes())
}
