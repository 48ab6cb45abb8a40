//! Answers kept in memory: pages and documents that every visitor gets alike.
//!
//! A handler says with `Shows` which parts of the forum its answer shows. The answer is kept as it was sent, compressed
//! and with its entity tag, until one of those parts changes ([`parvis_forum::freshness`]) or the times written in it are
//! out of date. Whoever is signed in, brings a message or asks for a range is answered anew, as is everybody when documents
//! are for known servers only.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_LENGTH, ETAG, HeaderName, RANGE,
    SET_COOKIE, TRANSFER_ENCODING,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, response};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Body as _;
use moka::future::Cache;
use parvis_forum::Timestamp;
use parvis_forum::freshness::{Moment, Part};
use sha2::{Digest as _, Sha256};

use crate::error::AppError;
use crate::negotiate;
use crate::state::AppState;

/// Memory for answers, in bytes.
const CAPACITY: u64 = 32 * 1024 * 1024;
/// Largest answer that is kept, in bytes.
const MAX_ANSWER: u64 = 1024 * 1024;
/// The same when it is sent: what can't be compressed grows a little.
const MAX_SENT: usize = 2 * 1024 * 1024;
/// What an answer takes besides its body, in bytes.
const OVERHEAD: usize = 1024;
/// How long an answer is given: pages say how long ago things happened.
const LIFE_MS: i64 = 30_000;
/// How long an answer that nobody asks for stays in memory.
const IDLE: Duration = Duration::from_mins(10);
/// Longest header that takes part in a key, in bytes.
const MAX_HEADER: usize = 200;

/// The parts of the forum that an answer shows. Put on a response, it lets the answer be kept.
#[derive(Clone, Debug)]
pub(crate) struct Shows(pub(crate) Arc<[Part]>);

impl Shows {
    /// Lets an answer that shows these parts be kept, unless it is too large.
    pub(crate) fn put(mut response: Response, parts: impl Into<Arc<[Part]>>) -> Response {
        let size = response.body().size_hint().exact();
        if size.is_some_and(|size| size <= MAX_ANSWER) {
            response.extensions_mut().insert(Self(parts.into()));
        }
        response
    }
}

/// An answer as it was sent.
#[derive(Debug)]
struct Answer {
    headers: HeaderMap,
    body: Bytes,
    shows: Arc<[Part]>,
    read_at: Moment,
    made_at: Timestamp,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Answers(Cache<String, Arc<Answer>>);

impl Default for Answers {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(CAPACITY)
                .weigher(|key: &String, answer: &Arc<Answer>| {
                    u32::try_from(key.len() + answer.body.len() + OVERHEAD).unwrap_or(u32::MAX)
                })
                .time_to_idle(IDLE)
                .build(),
        )
    }
}

/// Gives the answer that is kept, or keeps the one that is made.
pub async fn keep(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(key) = key(&state, &request) else {
        return next.run(request).await;
    };
    let freshness = state.forum.freshness();
    // Before anything is read: what changes from here on makes the answer old.
    let Some(read_at) = freshness.moment() else {
        return next.run(request).await;
    };
    let now = state.now();
    if let Some(answer) = state.answers.0.get(&key).await
        && freshness.holds(answer.read_at, &answer.shows)
        && (0..LIFE_MS).contains(&(now.millis() - answer.made_at.millis()))
    {
        return answer.give(request.headers());
    }
    let asked = request.headers().clone();
    let mut response = next.run(request).await;
    let shows = response.extensions_mut().remove::<Shows>();
    let Some(Shows(shows)) = shows.filter(|_| may_be_kept(&response)) else {
        return response;
    };
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, MAX_SENT).await {
        Ok(body) => body,
        Err(error) => return AppError::internal(error).into_response(),
    };
    let answer = Arc::new(Answer {
        headers: headers(parts, &body),
        body,
        shows,
        read_at,
        made_at: now,
    });
    state.answers.0.insert(key, Arc::clone(&answer)).await;
    answer.give(&asked)
}

impl Answer {
    fn give(&self, asked: &HeaderMap) -> Response {
        let tag = self.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
        let same = tag.is_some_and(|tag| negotiate::not_modified(asked, tag.trim_matches('"')));
        let mut headers = self.headers.clone();
        if same {
            headers.remove(CONTENT_LENGTH);
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        (headers, Body::from(self.body.clone())).into_response()
    }
}

/// What tells answers apart: the address, the kind, and what the visitor prefers. None when the request is not answered
/// from memory.
fn key(state: &AppState, request: &Request) -> Option<String> {
    let headers = request.headers();
    if *request.method() != Method::GET
        || headers.contains_key(AUTHORIZATION)
        || headers.contains_key(RANGE)
    {
        return None;
    }
    let path = request.uri().path();
    if !matches!(path, "/")
        && !["/c/", "/t/", "/p/", "/u/"]
            .iter()
            .any(|p| path.starts_with(p))
    {
        return None;
    }
    let activity = negotiate::wants_activity(headers);
    if activity && state.config().federation.signed_fetch {
        return None;
    }
    let (language, theme) = state.cookies.choices(headers)?;
    let header = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().map_or(Some(""), |value| value.to_str().ok());
        value.filter(|value| value.len() <= MAX_HEADER && values.next().is_none())
    };
    let (asked, encoding) = (header(ACCEPT_LANGUAGE)?, header(ACCEPT_ENCODING)?);
    let address = request.uri().path_and_query()?;
    Some(format!(
        "{activity}\n{language}\n{theme}\n{asked}\n{encoding}\n{address}"
    ))
}

fn may_be_kept(response: &Response) -> bool {
    response.status() == StatusCode::OK && !response.headers().contains_key(SET_COOKIE)
}

/// The headers to keep, with an entity tag.
fn headers(parts: response::Parts, body: &Bytes) -> HeaderMap {
    let mut headers = parts.headers;
    headers.remove(TRANSFER_ENCODING);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    if !headers.contains_key(ETAG) {
        let digest = hex::encode(Sha256::digest(body));
        let tag: String = digest.chars().take(32).collect();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
            headers.insert(ETAG, tag);
        }
    }
    headers
}
