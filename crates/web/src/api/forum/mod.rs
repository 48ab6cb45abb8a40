//! The Forum API, under `/api/forum/v1`: JSON, bearer tokens, keyset pages, RFC 9457 errors.

use axum::Router;

use crate::state::AppState;

/// All calls; paths are relative to `/api/forum/v1`.
pub fn routes() -> Router<AppState> {
    Router::new()
}
