//! `/settings/move`: arriving from another address, leaving for another one, coming back.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_forum::people;

use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{ClientIp, CurrentViewer, Form, Member, Reader};
use crate::pages::moving::{self, Fields};
use crate::pages::problems::{found, only_fields, problem};
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::notices::Notice;

const HERE: &str = "/settings/move";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show).post(leave))
        .route("/settings/move/aliases", post(aliases))
        .route("/settings/move/back", post(back))
}

async fn again(
    state: &AppState,
    reader: Reader,
    current: &CurrentViewer,
    fields: Fields,
    errors: Vec<FieldError>,
) -> AppResult {
    let view = moving::view(state, &current.person()?.actor, HERE, fields, errors).await?;
    reader.form_again(&view)
}

async fn show(State(state): State<AppState>, Member(current): Member, reader: Reader) -> AppResult {
    let actor = &current.person()?.actor;
    reader.page(&moving::view(&state, actor, HERE, Fields::default(), Vec::new()).await?)
}

async fn aliases(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Form(fields): Form<Fields>,
) -> AppResult {
    let actor = current.person()?.actor.clone();
    let viewer = &current.viewer;
    match moving::change_aliases(&state, &reader, viewer, actor, &fields).await? {
        Ok(()) => Ok(reader.redirect(HERE, Some(Notice::AliasSaved))),
        Err(errors) => again(&state, reader, &current, fields, errors).await,
    }
}

async fn leave(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    client: ClientIp,
    Form(fields): Form<Fields>,
) -> AppResult {
    let viewer = &current.viewer;
    let mut errors = Vec::new();
    if fields.current.is_empty() {
        errors.push(problem(&state, &reader, "current", &Problem::Empty));
    } else if let Err(error) = people::confirm_identity(
        &state.forum,
        viewer,
        &fields.current,
        &client.throttle_key(),
    )
    .await
    {
        let renamed = [("password", "current")];
        errors = found(&state, &reader, &only_fields(error)?, &renamed);
    }
    if errors.is_empty() {
        let actor = current.person()?.actor.clone();
        match moving::leave(&state, &reader, viewer, actor, &fields).await? {
            Ok(()) => return Ok(reader.redirect(HERE, Some(Notice::MoveDone))),
            Err(wrong) => errors = wrong,
        }
    }
    again(&state, reader, &current, fields, errors).await
}

async fn back(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    let actor = current.person()?.actor.clone();
    moving::come_back(&state, &current.viewer, actor).await?;
    Ok(reader.redirect(HERE, Some(Notice::MoveBack)))
}
