//! `/password/forgotten` and `/password/reset`: a new password through a link by mail (R-24, S-095).
//!
//! The answer is the same whether or not the address is known. The link opens a form; only sending it uses the link up.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use parvis_forum::{Error, people, throttles};
use serde::Deserialize;

use crate::error::AppResult;
use crate::extract::{ClientIp, Form, Query, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::state::AppState;
use crate::views::auth::{ForgottenView, ResetView};
use crate::views::forms::{FieldError, Problem};
use crate::views::notices::Notice;

/// Links asked for from one place in an hour.
const REQUESTS: i32 = 20;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/password/forgotten", get(forgotten).post(ask))
        .route("/password/reset", get(choose).post(reset))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    sent: String,
}

async fn forgotten(reader: Reader, Query(asked): Query<Asked>) -> AppResult {
    reader.page(&ForgottenView {
        sent: !asked.sent.is_empty(),
        ..ForgottenView::default()
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    email: String,
}

async fn ask(
    State(state): State<AppState>,
    reader: Reader,
    client: ClientIp,
    Form(address): Form<Address>,
) -> AppResult {
    let wrong = match address.email.trim() {
        "" => Some(Problem::Empty),
        text if !text.contains('@') => Some(Problem::Email),
        _ => None,
    };
    if let Some(wrong) = wrong {
        let errors = vec![problem(&state, &reader, "email", &wrong)];
        return reader.form_again(&ForgottenView {
            email: address.email,
            sent: false,
            errors,
        });
    }
    let tx = state.forum.begin().await?;
    throttles::hit(
        &tx,
        &format!("forgotten:{}", client.throttle_key()),
        REQUESTS,
        3_600,
    )
    .await?;
    tx.commit().await?;
    let tx = state.forum.begin().await?;
    people::request_reset(&tx, &address.email).await?;
    tx.commit().await?;
    Ok(reader.redirect("/password/forgotten?sent=yes", None))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link {
    token: String,
}

async fn choose(
    State(state): State<AppState>,
    reader: Reader,
    Query(link): Query<Link>,
) -> AppResult {
    match people::read_reset(&state.forum, &link.token).await {
        Ok(_) => show(reader, StatusCode::OK, Some(link.token), Vec::new()),
        Err(Error::NotFound(_)) => show(reader, StatusCode::GONE, None, Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn show(
    mut reader: Reader,
    status: StatusCode,
    token: Option<String>,
    errors: Vec<FieldError>,
) -> AppResult {
    reader.frame.noindex = true;
    reader.frame.error = !errors.is_empty();
    reader.page_as(status, &ResetView { token, errors })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    token: String,
    password: String,
}

async fn reset(
    State(state): State<AppState>,
    reader: Reader,
    Form(chosen): Form<Chosen>,
) -> AppResult {
    let account = match people::read_reset(&state.forum, &chosen.token).await {
        Ok(account) => account,
        Err(Error::NotFound(_)) => return show(reader, StatusCode::GONE, None, Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let hash = match people::prepare_password("password", &account, &chosen.password).await {
        Ok(hash) => hash,
        Err(error) => {
            let errors = found(&state, &reader, &only_fields(error)?, &[]);
            return show(
                reader,
                StatusCode::UNPROCESSABLE_ENTITY,
                Some(chosen.token),
                errors,
            );
        }
    };
    let tx = state.forum.begin().await?;
    match people::reset_password(&tx, &chosen.token, hash).await {
        Ok(_) => tx.commit().await?,
        // Somebody used the link in the meantime.
        Err(Error::NotFound(_)) => return show(reader, StatusCode::GONE, None, Vec::new()),
        Err(error) => return Err(error.into()),
    }
    Ok(reader.redirect("/login", Some(Notice::PasswordChanged)))
}
