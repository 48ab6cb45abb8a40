//! PG-28: opening an account, signing in and out, passwords.

mod code;
mod login;
mod password;
mod signup;

use axum::Router;

use crate::state::AppState;

/// The pages of this folder.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .merge(code::routes())
        .merge(login::routes())
        .merge(password::routes())
        .merge(signup::routes())
}
