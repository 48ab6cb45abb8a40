//! Digests over HTTP (docs/repair.md): what a category holds, for other nodes that compare; and being asked to compare.
//!
//! Only to signed requests, whoever may read documents here. What is answered is in `parvis_federation::repair`.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use parvis_federation::keyring;
use parvis_federation::repair::{self, Answer, Asked};
use serde::Deserialize;

use crate::activitypub::{path_and_query, with_host};
use crate::error::{AppError, AppResult};
use crate::extract::{Path, Query};
use crate::state::AppState;

/// Seconds after which to come again while digests are made for the first time.
const LATER: u32 = 15;

/// The digests of a category; and where this node is asked to compare.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{slug}/digests", get(digests))
        .route("/digests", post(compare))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    ranges: Option<String>,
    conversations: Option<String>,
    after: Option<String>,
}

/// Who signed the request.
async fn signer(state: &AppState, parts: &Parts, body: Option<&[u8]>) -> AppResult<String> {
    if !state.config().federation.enabled {
        return Err(AppError::NoRoute);
    }
    keyring::authenticate(
        &state.federation,
        &parts.method,
        path_and_query(parts),
        &with_host(parts),
        body,
    )
    .await
    .map_err(|error| AppError::Peer {
        status: error.status(),
        retry_after: None,
        why: error.to_string(),
    })
}

fn refused(status: StatusCode, why: &str) -> AppError {
    AppError::Peer {
        status,
        retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(LATER),
        why: why.to_owned(),
    }
}

async fn digests(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
    parts: Parts,
) -> AppResult {
    let signer = signer(&state, &parts, None).await?;
    let tag = parts
        .headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.trim().trim_start_matches("W/").to_owned());
    let asked = Asked {
        slug,
        ranges: wanted.ranges,
        conversations: wanted.conversations,
        after: wanted.after,
        tag,
    };
    match Box::pin(repair::serve(&state.federation, &signer, &asked)).await? {
        Answer::Same(tag) => tagged(StatusCode::NOT_MODIFIED.into_response(), Some(tag)),
        Answer::Found { json, tag } => {
            tagged(([(CONTENT_TYPE, repair::JSON)], json).into_response(), tag)
        }
        Answer::Later => Err(refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "the digests are being made",
        )),
        Answer::Bad(why) => Err(refused(StatusCode::BAD_REQUEST, why)),
        Answer::NotFound => Err(AppError::NoRoute),
    }
}

/// An answer to one server only.
fn tagged(mut response: Response, tag: Option<String>) -> AppResult {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Some(tag) = tag {
        let tag = HeaderValue::from_str(&tag).map_err(AppError::internal)?;
        headers.insert(ETAG, tag);
    }
    Ok(response)
}

async fn compare(State(state): State<AppState>, parts: Parts, body: Bytes) -> AppResult {
    let signer = signer(&state, &parts, Some(&body)).await?;
    match repair::taken(&state.federation, &signer, &body).await? {
        Some(_) => Ok(StatusCode::ACCEPTED.into_response()),
        None => Err(refused(
            StatusCode::BAD_REQUEST,
            "no list of categories to compare",
        )),
    }
}
