//! What moderators do with a topic: lock it, pin it, and back.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use parvis_forum::id::TopicId;
use parvis_forum::topics::{self, TopicChange};

use super::rows;
use super::topics::find;
use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{Form, Path, Reader};
use crate::state::AppState;
use crate::views::notices::Notice;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/t/{id}/lock", post(lock))
        .route("/t/{id}/unlock", post(unlock))
        .route("/t/{id}/pin", post(pin))
        .route("/t/{id}/unpin", post(unpin))
}

async fn lock(
    state: State<AppState>,
    reader: Reader,
    id: Path<TopicId>,
    form: Form<Empty>,
) -> AppResult<Response> {
    let change = TopicChange {
        locked: Some(true),
        ..TopicChange::default()
    };
    moderate(state, reader, id, form, change, Notice::TopicLocked).await
}

async fn unlock(
    state: State<AppState>,
    reader: Reader,
    id: Path<TopicId>,
    form: Form<Empty>,
) -> AppResult<Response> {
    let change = TopicChange {
        locked: Some(false),
        ..TopicChange::default()
    };
    moderate(state, reader, id, form, change, Notice::TopicUnlocked).await
}

async fn pin(
    state: State<AppState>,
    reader: Reader,
    id: Path<TopicId>,
    form: Form<Empty>,
) -> AppResult<Response> {
    let change = TopicChange {
        pinned: Some(true),
        ..TopicChange::default()
    };
    moderate(state, reader, id, form, change, Notice::TopicPinned).await
}

async fn unpin(
    state: State<AppState>,
    reader: Reader,
    id: Path<TopicId>,
    form: Form<Empty>,
) -> AppResult<Response> {
    let change = TopicChange {
        pinned: Some(false),
        ..TopicChange::default()
    };
    moderate(state, reader, id, form, change, Notice::TopicUnpinned).await
}

async fn moderate(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<TopicId>,
    Form(Empty {}): Form<Empty>,
    change: TopicChange,
    notice: Notice,
) -> AppResult<Response> {
    let topic = find(&state, reader.viewer(), id).await?;
    let tx = state.forum.begin().await?;
    let topic = topics::change(&tx, reader.viewer(), topic, change).await?;
    tx.commit().await?;
    Ok(reader.redirect(&rows::topic_path(&topic), Some(notice)))
}
