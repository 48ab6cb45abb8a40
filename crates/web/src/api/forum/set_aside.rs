//! What the queues have given up: activities received that could not be applied, deliveries that a server does not
//! take. Administrators look at it, try it again or drop it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parvis_federation::delivery::{self, After, SetAside, SetAsideId, Trouble};
use parvis_forum::page::{DEFAULT_LIMIT, MAX_LIMIT};
use parvis_forum::{Error, Kind, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answers::{IdempotencyKey, ListProblems, PageParams, WriteProblems};
use super::caller::Caller;
use super::model::Page;
use super::write::{Nothing, Stop, Write};
use crate::error::AppError;
use crate::extract::{Path, Query};
use crate::i18n::Locale;
use crate::state::AppState;
use crate::words;

/// An activity that was set aside.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SetAsideItem {
    /// Its id: `in-…` for one that was received, `out-…` for a delivery.
    id: String,
    /// `received` or `sent`.
    way: &'static str,
    /// The other node.
    host: String,
    /// Id of the activity.
    activity: Option<String>,
    /// Id of the post that it carries, when that is known.
    post: Option<String>,
    /// The inbox, for a delivery.
    inbox: Option<String>,
    /// How often it was tried, for one that was received.
    attempts: Option<i32>,
    /// Status that the node answered, for a delivery.
    status: Option<i32>,
    /// Why it was set aside.
    error: String,
    /// The kind of trouble, for a delivery.
    error_kind: Option<&'static str>,
    /// What that is, in words.
    error_words: Option<String>,
    /// What to do about it.
    error_advice: Option<String>,
    /// When it was received, or set aside for a delivery.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The activity itself; null when it is no longer kept.
    #[schema(value_type = Object, nullable)]
    payload: Option<Value>,
}

fn item_from_set_aside(app: &AppState, locale: Locale, item: SetAside) -> SetAsideItem {
    let kind = match item.id {
        SetAsideId::Delivery(..) => Some(Trouble::of(&item.error)),
        SetAsideId::Inbox(_) => None,
    };
    let said = kind.map(|kind| words::trouble(app.templates.catalog(), locale, kind));
    let (error_words, error_advice) = said.unzip();
    SetAsideItem {
        way: match item.id {
            SetAsideId::Inbox(_) => "received",
            SetAsideId::Delivery(..) => "sent",
        },
        id: item.id.to_string(),
        host: item.host,
        activity: item.activity_uri,
        post: item.post.map(|id| id.to_string()),
        inbox: item.inbox,
        attempts: item.attempts,
        status: item.status,
        error: item.error,
        error_kind: kind.map(Trouble::as_str),
        error_words,
        error_advice,
        at: item.at,
        payload: item.body.and_then(|body| serde_json::from_str(&body).ok()),
    }
}

/// Where a page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    limit: Option<u64>,
    after: Option<String>,
    host: Option<String>,
}

/// Which node's.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes what the extractor reads")]
pub(super) struct HostParam {
    /// Only what concerns this node.
    host: Option<String>,
}

/// The cursor of a page: the moment and the id of its last item.
pub(crate) fn cursor_of(item: &SetAside) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {}", item.at.0, item.id))
}

/// Reads a cursor.
pub(crate) fn after_from_cursor(cursor: &str) -> Option<After> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (at, id) = text.split_once(' ')?;
    Some(After {
        at: Timestamp(at.parse().ok()?),
        id: id.parse().ok()?,
    })
}

/// Activities that were set aside, newest first. Administrators.
#[utoipa::path(get, path = "/federation/set-aside", operation_id = "list_set_aside", tag = "federation",
    params(PageParams, HostParam),
    responses((status = 200, description = "A page of activities", body = Page<SetAsideItem>), ListProblems),
    security(("bearer" = ["admin"])))]
pub(super) async fn list(
    State(app): State<AppState>,
    caller: Caller,
    locale: Locale,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<SetAsideItem>>, AppError> {
    let viewer = caller.administer()?;
    let limit = asked.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let after = match asked.after.as_deref().filter(|cursor| !cursor.is_empty()) {
        None => None,
        Some(cursor) => Some(after_from_cursor(cursor).ok_or_else(|| {
            AppError::BadRequest("`after` is not a cursor of this list".to_owned())
        })?),
    };
    let host = asked.host.as_deref().filter(|host| !host.is_empty());
    let mut rows = delivery::set_aside(app.forum.db(), viewer, host, after, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(cursor_of);
    let items = rows
        .into_iter()
        .map(|row| item_from_set_aside(&app, locale, row))
        .collect();
    Ok(Json(Page { items, next }))
}

/// What was decided about an activity that was set aside.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SetAsideAnswer {
    /// Its id.
    id: String,
    /// `retried` or `dropped`.
    decision: &'static str,
}

fn id_from_path(id: &str) -> Result<SetAsideId, Error> {
    id.parse().map_err(|_| Error::NotFound(Kind::Activity))
}

/// Tries an activity that was set aside again at once. Administrators.
#[utoipa::path(post, path = "/federation/set-aside/{id}/retry", operation_id = "retry_set_aside", tag = "federation",
    params(("id" = String, Path, description = "Its id"), IdempotencyKey),
    responses((status = 200, description = "It is tried again", body = SetAsideAnswer), WriteProblems),
    security(("bearer" = ["admin"])))]
pub(super) async fn retry(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.administer()?.clone();
    let id = id_from_path(&id)?;
    let work = write.begin(&app).await?;
    delivery::retry_set_aside(&work.tx, &viewer, id).await?;
    let answer = SetAsideAnswer {
        id: id.to_string(),
        decision: "retried",
    };
    work.answer(StatusCode::OK, None, &answer).await
}

/// Drops an activity that was set aside, for good; the log of moderation keeps that it was. Administrators.
#[utoipa::path(delete, path = "/federation/set-aside/{id}", operation_id = "drop_set_aside", tag = "federation",
    params(("id" = String, Path, description = "Its id"), IdempotencyKey),
    responses((status = 200, description = "It is dropped", body = SetAsideAnswer), WriteProblems),
    security(("bearer" = ["admin"])))]
pub(super) async fn discard(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.administer()?.clone();
    let id = id_from_path(&id)?;
    let work = write.begin(&app).await?;
    delivery::drop_set_aside(&work.tx, &viewer, id).await?;
    let answer = SetAsideAnswer {
        id: id.to_string(),
        decision: "dropped",
    };
    work.answer(StatusCode::OK, None, &answer).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let item = SetAside {
            id: "out-12-99".parse().unwrap(),
            host: "a.example".to_owned(),
            activity_uri: None,
            post: None,
            body: None,
            inbox: None,
            attempts: None,
            status: None,
            error: String::new(),
            at: Timestamp(1_772_445_600_000),
        };
        let after = after_from_cursor(&cursor_of(&item)).unwrap();
        assert_eq!((after.at, after.id), (item.at, item.id));
        assert_eq!(after_from_cursor("x"), None);
    }
}
