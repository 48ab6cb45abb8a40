//! Files that live in the binary: style and script under `/assets/` by their hashed names, `robots.txt`, the icon.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::error::{AppError, AppResult};
use crate::state::AppState;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/assets/{*name}", get(asset))
        .route("/favicon.ico", get(icon))
        .route("/robots.txt", get(robots))
}

async fn asset(State(state): State<AppState>, Path(name): Path<String>) -> AppResult {
    file(&state, &name)
}

async fn icon(State(state): State<AppState>) -> AppResult {
    file(&state, "favicon.svg")
}

fn file(state: &AppState, name: &str) -> AppResult {
    let file = state
        .templates
        .assets()
        .get(name)
        .ok_or(AppError::NoRoute)?;
    let mut headers = HeaderMap::new();
    headers.insert(
        CONTENT_TYPE,
        file.media_type.parse().map_err(AppError::internal)?,
    );
    headers.insert(
        CACHE_CONTROL,
        if file.immutable {
            "public, max-age=31536000, immutable"
        } else {
            "public, max-age=3600"
        }
        .parse()
        .map_err(AppError::internal)?,
    );
    Ok((headers, file.bytes.into_owned()).into_response())
}

/// What robots should leave alone: what is personal, what changes something, what is a list without end.
const ROBOTS: &str = "User-agent: *
Disallow: /admin
Disallow: /api/
Disallow: /authorize_interaction
Disallow: /bookmarks
Disallow: /follow
Disallow: /home
Disallow: /language
Disallow: /login
Disallow: /moderation/
Disallow: /notifications
Disallow: /register
Disallow: /report
Disallow: /search
Disallow: /settings
Disallow: /theme
";

async fn robots() -> Response {
    (
        [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (CACHE_CONTROL, "public, max-age=3600"),
        ],
        ROBOTS,
    )
        .into_response()
}
