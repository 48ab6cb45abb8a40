//! The mode of a node whose site goes on under another name (`server.successor_url`, docs/changing-domain.md): readers
//! are sent on where there is something to be sent to; documents, inboxes and what was written stay.

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Forum, actors, moving};

use crate::negotiate;
use crate::state::AppState;

/// Sends readers of moved things on.
pub(crate) async fn lead(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(successor) = &state.config().server.successor_url else {
        return next.run(request).await;
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || negotiate::wants_activity(request.headers()) {
        return next.run(request).await;
    }
    let origin = successor.origin();
    match target(&state.forum, request.uri().path(), &origin).await {
        Some(target) => sent_to(&target),
        None => next.run(request).await,
    }
}

/// Where a page is now, if it isn't here any more.
async fn target(forum: &Forum, path: &str, successor: &str) -> Option<String> {
    let mut parts = path.trim_start_matches('/').splitn(3, '/');
    match (parts.next()?, parts.next(), parts.next()) {
        ("", None, None) => Some(format!("{successor}/")),
        ("register", None, None) => Some(format!("{successor}/register")),
        (letter @ ("u" | "c"), Some(name), None) => {
            let kind = if letter == "c" {
                ActorKind::Group
            } else {
                ActorKind::Person
            };
            let actor = actors::local_by_name(forum.db(), name).await.ok()??;
            if actor.kind != kind {
                return None;
            }
            let target = moving::destination(forum.db(), &actor).await.ok()??;
            Some(target.url)
        }
        _ => None,
    }
}

/// 308, which may be remembered for an hour: whoever moved may come back.
fn sent_to(target: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(target) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (LOCATION, location),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
    ];
    (StatusCode::PERMANENT_REDIRECT, headers).into_response()
}
