//! `/admin/categories/{slug}/move`: a category arrives from another node, or leaves for one.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_forum::categories;

use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{Admin, Form, Path, Reader};
use crate::pages::moving::{self, Fields};
use crate::state::AppState;
use crate::views::forms::FieldError;
use crate::views::frame::Section;
use crate::views::notices::Notice;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/categories/{slug}/move", get(show).post(leave))
        .route("/admin/categories/{slug}/move/aliases", post(aliases))
        .route("/admin/categories/{slug}/move/back", post(back))
}

fn here(slug: &str) -> String {
    format!("/admin/categories/{slug}/move")
}

async fn again(
    state: &AppState,
    mut reader: Reader,
    slug: &str,
    fields: Fields,
    errors: Vec<FieldError>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let category = categories::local_by_slug(state.forum.db(), slug).await?;
    let view = moving::view(state, &category.actor, &here(slug), fields, errors).await?;
    reader.form_again(&view)
}

async fn show(
    State(state): State<AppState>,
    Admin(_): Admin,
    mut reader: Reader,
    Path(slug): Path<String>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let category = categories::local_by_slug(state.forum.db(), &slug).await?;
    let here = here(&category.actor.name);
    let fields = Fields::default();
    reader.page(&moving::view(&state, &category.actor, &here, fields, Vec::new()).await?)
}

async fn aliases(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Path(slug): Path<String>,
    Form(fields): Form<Fields>,
) -> AppResult {
    let actor = categories::local_by_slug(state.forum.db(), &slug)
        .await?
        .actor;
    let viewer = &current.viewer;
    match moving::change_aliases(&state, &reader, viewer, actor, &fields).await? {
        Ok(()) => Ok(reader.redirect(&here(&slug), Some(Notice::AliasSaved))),
        Err(errors) => again(&state, reader, &slug, fields, errors).await,
    }
}

async fn leave(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Path(slug): Path<String>,
    Form(fields): Form<Fields>,
) -> AppResult {
    let actor = categories::local_by_slug(state.forum.db(), &slug)
        .await?
        .actor;
    match moving::leave(&state, &reader, &current.viewer, actor, &fields).await? {
        Ok(()) => Ok(reader.redirect(&here(&slug), Some(Notice::MoveDone))),
        Err(errors) => again(&state, reader, &slug, fields, errors).await,
    }
}

async fn back(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Path(slug): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    let actor = categories::local_by_slug(state.forum.db(), &slug)
        .await?
        .actor;
    moving::come_back(&state, &current.viewer, actor).await?;
    Ok(reader.redirect(&here(&slug), Some(Notice::MoveBack)))
}
