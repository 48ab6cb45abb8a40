//! `/moderation/held`: what came from limited servers and waits for a moderator.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_federation::inbox::held;
use parvis_forum::id::InboxId;
use serde::Deserialize;

use crate::error::{AppError, AppResult};
use crate::extract::form::Empty;
use crate::extract::{Form, Moderator, Path, Query, Reader};
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::notices::Notice;
use crate::views::policies::{HeldRow, HeldView};

const HERE: &str = "/moderation/held";
/// Activities on a page.
const LENGTH: usize = 20;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/moderation/held/{id}/release", post(release))
        .route("/moderation/held/{id}/refuse", post(refuse))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    after: String,
}

async fn show(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    mut reader: Reader,
    Query(wanted): Query<Wanted>,
) -> AppResult {
    reader.frame.section = Section::Moderation;
    let after = wanted.after.parse::<InboxId>().ok();
    let limit = u64::try_from(LENGTH + 1).unwrap_or(u64::MAX);
    let mut items = held::list(state.forum.db(), &current.viewer, after, limit).await?;
    let more = items.len() > LENGTH;
    items.truncate(LENGTH);
    let last = items.last().filter(|_| more);
    reader.page(&HeldView {
        next: last.map(|last| format!("{HERE}?after={}", last.id)),
        items: items
            .into_iter()
            .map(|item| HeldRow {
                id: item.id.to_string(),
                host: item.host,
                author: item.author,
                address: item.object,
                title: item.title,
                text: item.text,
                edit: item.edit,
                at: item.received_at.datetime(),
            })
            .collect(),
    })
}

fn id_from_path(id: &str) -> AppResult<InboxId> {
    id.parse().map_err(|_| AppError::NoRoute)
}

async fn release(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    reader: Reader,
    Path(id): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    held::release(&tx, &current.viewer, id_from_path(&id)?).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::HeldReleased)))
}

async fn refuse(
    State(state): State<AppState>,
    Moderator(current): Moderator,
    reader: Reader,
    Path(id): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    held::turn_away(&tx, &current.viewer, id_from_path(&id)?).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::HeldRefused)))
}
