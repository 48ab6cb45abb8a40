//! `/settings/data`: the end of an account (product.md §5.3, as far as the forum does it: what was written stays without a
//! name).

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_forum::{actors, people};
use serde::Deserialize;

use crate::cookies::{self, Purpose};
use crate::error::AppResult;
use crate::extract::{AnyMember, ClientIp, CurrentViewer, Form, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::state::AppState;
use crate::views::account::CloseAccountView;
use crate::views::forms::{FieldError, Problem};
use crate::views::notices::Notice;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/settings/data", get(show))
        .route("/settings/data/delete", post(delete))
}

fn view(
    state: &AppState,
    current: &CurrentViewer,
    errors: Vec<FieldError>,
) -> AppResult<CloseAccountView> {
    Ok(CloseAccountView {
        handle: format!("@{}", actors::handle(&current.any_person()?.actor)),
        federates: state.config().federation.enabled,
        errors,
    })
}

async fn show(
    State(state): State<AppState>,
    AnyMember(current): AnyMember,
    reader: Reader,
) -> AppResult {
    reader.page(&view(&state, &current, Vec::new())?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    current: String,
    sure: String,
}

async fn delete(
    State(state): State<AppState>,
    AnyMember(current): AnyMember,
    reader: Reader,
    client: ClientIp,
    Form(fields): Form<Fields>,
) -> AppResult {
    let viewer = &current.viewer;
    let mut errors = Vec::new();
    if fields.current.is_empty() {
        errors.push(problem(&state, &reader, "current", &Problem::Empty));
    }
    if fields.sure.is_empty() {
        errors.push(problem(&state, &reader, "sure", &Problem::NotTicked));
    }
    if errors.is_empty() {
        let confirmed = people::confirm_identity(
            &state.forum,
            viewer,
            &fields.current,
            &client.throttle_key(),
        )
        .await;
        if let Err(error) = confirmed {
            errors = found(
                &state,
                &reader,
                &only_fields(error)?,
                &[("password", "current")],
            );
        }
    }
    if !errors.is_empty() {
        let view = view(&state, &current, errors)?;
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    people::delete(&tx, viewer, current.any_person()?.actor.id).await?;
    tx.commit().await?;
    let mut response = reader.redirect("/", Some(Notice::AccountClosed));
    let forget = state.cookies.forget(Purpose::Session);
    cookies::add(response.headers_mut(), forget);
    Ok(response)
}
