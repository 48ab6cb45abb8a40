//! `/settings/applications`: access tokens of the Forum API.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::routing::{get, post};
use parvis_forum::Timestamp;
use parvis_forum::id::TokenId;
use parvis_forum::tokens::{self, Scope, Scopes};
use serde::Deserialize;

use crate::error::{AppError, AppResult};
use crate::extract::{CurrentViewer, Form, Member, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::state::AppState;
use crate::views::account::{ApplicationsView, ScopeChoice, TokenRow};
use crate::views::forms::{FieldError, Problem};
use crate::views::notices::Notice;

const HERE: &str = "/settings/applications";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show).post(create))
        .route("/settings/applications/revoke", post(revoke))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    label: String,
    scopes: Vec<String>,
}

/// Scopes that are of use to this person.
fn offered(current: &CurrentViewer) -> impl Iterator<Item = Scope> {
    let (admin, moderator) = (current.viewer.is_admin(), current.viewer.is_moderator());
    Scope::ALL.into_iter().filter(move |scope| match scope {
        Scope::Admin => admin,
        Scope::Moderate => moderator,
        Scope::Read | Scope::Write | Scope::Follow => true,
    })
}

async fn view(
    state: &AppState,
    current: &CurrentViewer,
    fields: Fields,
    errors: Vec<FieldError>,
) -> AppResult<ApplicationsView> {
    let me = current.person()?.actor.id;
    let tokens = tokens::list(state.forum.db(), &current.viewer, me).await?;
    Ok(ApplicationsView {
        secret: None,
        tokens: tokens
            .into_iter()
            .map(|token| TokenRow {
                id: token.id.to_string(),
                label: token.label,
                scopes: token.scopes.split(' ').map(ToOwned::to_owned).collect(),
                created_at: token.created_at.datetime(),
                used_at: token.used_at.map(Timestamp::datetime),
            })
            .collect(),
        scopes: offered(current)
            .map(|scope| ScopeChoice {
                name: scope.as_str().to_owned(),
                chosen: fields.scopes.iter().any(|name| name == scope.as_str()),
            })
            .collect(),
        label: fields.label,
        errors,
    })
}

async fn show(State(state): State<AppState>, Member(current): Member, reader: Reader) -> AppResult {
    let fields = Fields {
        label: String::new(),
        scopes: vec![Scope::Read.as_str().to_owned()],
    };
    reader.page(&view(&state, &current, fields, Vec::new()).await?)
}

async fn create(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Form(fields): Form<Fields>,
) -> AppResult {
    let mut errors = Vec::new();
    if fields.label.trim().is_empty() {
        errors.push(problem(&state, &reader, "label", &Problem::Empty));
    }
    let scopes = match fields.scopes.join(" ").parse::<Scopes>() {
        Ok(scopes) => Some(scopes),
        Err(error) => {
            let wrong = only_fields(error)?;
            if wrong.iter().any(|error| error.code == "blank") {
                errors.push(problem(&state, &reader, "scopes", &Problem::NotChosen));
            } else {
                errors.extend(found(&state, &reader, &wrong, &[]));
            }
            None
        }
    };
    let Some(scopes) = scopes.filter(|_| errors.is_empty()) else {
        let view = view(&state, &current, fields, errors).await?;
        return reader.form_again(&view);
    };
    let me = current.person()?.actor.id;
    let tx = state.forum.begin().await?;
    let made = tokens::create(&tx, &current.viewer, me, &fields.label, &scopes).await?;
    tx.commit().await?;
    // Not a redirect: the secret is in this answer and nowhere else.
    let mut view = view(&state, &current, Fields::default(), Vec::new()).await?;
    view.secret = Some(made.secret);
    let mut response = reader.page(&view)?;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Revoked {
    token: String,
}

async fn revoke(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Form(revoked): Form<Revoked>,
) -> AppResult {
    let id: TokenId = revoked
        .token
        .parse()
        .map_err(|_| AppError::BadRequest("`token` is not an id".to_owned()))?;
    let tx = state.forum.begin().await?;
    tokens::revoke(&tx, &current.viewer, id).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::TokenRevoked)))
}
