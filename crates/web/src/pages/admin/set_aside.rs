//! PG-51 in part: `/admin/federation/set-aside`: what the queues have given up, to be read, tried again or dropped.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_federation::delivery::{self, SetAside, SetAsideId};
use parvis_forum::{Error, Kind};
use serde::Deserialize;

use super::nodes::{HERE, Sure, trouble};
use crate::api::forum::set_aside::{after_from_cursor, cursor_of};
use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{Admin, Form, Path, Query, Reader};
use crate::pages::problems::problem;
use crate::pages::rows;
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::frame::Section;
use crate::views::nodes::{SetAsideItemView, SetAsideRow, SetAsideView, TroubleShown};
use crate::views::notices::Notice;

/// Activities on a page.
const LENGTH: usize = 50;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/federation/set-aside", get(list))
        .route("/admin/federation/set-aside/{id}", get(show))
        .route("/admin/federation/set-aside/{id}/retry", post(retry))
        .route("/admin/federation/set-aside/{id}/drop", post(discard))
}

/// An activity that was set aside, as lists show it.
pub(super) fn row(state: &AppState, reader: &Reader, item: &SetAside) -> SetAsideRow {
    let (way, trouble) = match item.id {
        SetAsideId::Delivery(..) => ("sent", trouble(state, reader, &item.error, None)),
        // What a received activity failed on is a sentence of its own.
        SetAsideId::Inbox(_) => (
            "received",
            TroubleShown {
                what: item.error.clone(),
                cure: String::new(),
                raw: item.error.clone(),
                at: None,
            },
        ),
    };
    SetAsideRow {
        id: item.id.to_string(),
        url: format!("{HERE}/set-aside/{}", item.id),
        way,
        host: item.host.clone(),
        activity: item.activity_uri.clone(),
        trouble,
        at: item.at.datetime(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    host: String,
    after: String,
}

async fn list(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Query(wanted): Query<Wanted>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let host = Some(wanted.host).filter(|host| !host.is_empty());
    let after = after_from_cursor(&wanted.after);
    let limit = u64::try_from(LENGTH + 1).unwrap_or(u64::MAX);
    let mut items = delivery::set_aside(
        state.forum.db(),
        &current.viewer,
        host.as_deref(),
        after,
        limit,
    )
    .await?;
    let more = items.len() > LENGTH;
    items.truncate(LENGTH);
    let next = items.last().filter(|_| more).map(|last| {
        let of = host
            .as_deref()
            .map_or_else(String::new, |host| format!("host={}&", rows::encoded(host)));
        format!("{HERE}/set-aside?{of}after={}", cursor_of(last))
    });
    reader.page(&SetAsideView {
        items: items
            .iter()
            .map(|item| row(&state, &reader, item))
            .collect(),
        host,
        next,
    })
}

fn id_from_path(id: &str) -> Result<SetAsideId, Error> {
    id.parse().map_err(|_| Error::NotFound(Kind::Activity))
}

async fn view(
    state: &AppState,
    reader: &Reader,
    id: &str,
    errors: Vec<FieldError>,
) -> AppResult<SetAsideItemView> {
    let id = id_from_path(id)?;
    let item = delivery::find_set_aside(state.forum.db(), reader.viewer(), id).await?;
    Ok(SetAsideItemView {
        item: row(state, reader, &item),
        post: item.post.map(|id| format!("/p/{id}")),
        inbox: item.inbox,
        attempts: item.attempts,
        payload: item.body.map(|body| {
            serde_json::from_str::<serde_json::Value>(&body)
                .ok()
                .and_then(|value| serde_json::to_string_pretty(&value).ok())
                .unwrap_or(body)
        }),
        errors,
    })
}

async fn show(
    State(state): State<AppState>,
    Admin(_): Admin,
    mut reader: Reader,
    Path(id): Path<String>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let view = view(&state, &reader, &id, Vec::new()).await?;
    reader.page(&view)
}

async fn retry(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Path(id): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    delivery::retry_set_aside(&tx, &current.viewer, id_from_path(&id)?).await?;
    tx.commit().await?;
    let back = format!("{HERE}/set-aside");
    Ok(reader.redirect(&back, Some(Notice::ActivityRetried)))
}

async fn discard(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Path(id): Path<String>,
    Form(fields): Form<Sure>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    if fields.sure.is_empty() {
        let errors = vec![problem(&state, &reader, "sure", &Problem::NotTicked)];
        let view = view(&state, &reader, &id, errors).await?;
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    delivery::drop_set_aside(&tx, &current.viewer, id_from_path(&id)?).await?;
    tx.commit().await?;
    let back = format!("{HERE}/set-aside");
    Ok(reader.redirect(&back, Some(Notice::ActivityDropped)))
}
