//! `/healthz`: the process is alive. `/readyz`: it can do its work, or the reason why not.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use parvis_forum::settings;
use serde_json::json;

use crate::state::AppState;

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

async fn alive() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], Json(json!({"status": "ok"})))
}

async fn ready(State(state): State<AppState>) -> Response {
    let checked = tokio::time::timeout(PATIENCE, reason(&state)).await;
    let reason = checked.unwrap_or(Some("the database does not answer"));
    let (status, body) = match reason {
        None => (StatusCode::OK, json!({"status": "ok"})),
        Some(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({"status": "unavailable", "reason": reason}),
        ),
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Why the node can't do its work; none when it can.
async fn reason(state: &AppState) -> Option<&'static str> {
    match state.forum.db().pending_migrations().await {
        Err(error) => {
            tracing::warn!(%error, "not ready: {error}");
            return Some("the database does not answer");
        }
        Ok(pending) if !pending.is_empty() => {
            return Some("the schema of the database is not up to date");
        }
        Ok(_) => {}
    }
    match settings::check_writable(&state.forum).await {
        Ok(()) => None,
        Err(error) => {
            tracing::warn!(%error, "not ready: {error}");
            Some("the database can't be written to")
        }
    }
}
