//! `/register` and the confirmation of its mail (product.md §6.4).
//!
//! The answer is the same whether or not the address has an account. A link by mail shows a button: what follows links
//! by itself confirms nothing.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use parvis_forum::affiliations::{NewAffiliation, SUBTYPES};
use parvis_forum::config::RegistrationMode as Mode;
use parvis_forum::people::{self, Confirmed, NewPerson, SignUp};
use parvis_forum::{Denied, Error, throttles};
use serde::Deserialize;

use crate::error::AppResult;
use crate::extract::{ClientIp, Form, Query, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::state::AppState;
use crate::views::auth::{ConfirmEmail, ConfirmEmailView, RegisterView, RegistrationMode};
use crate::views::forms::{FieldError, Problem};
use crate::views::notices::Notice;
use crate::views::parts::AffiliationKind;

/// Accounts asked for from one place in an hour.
const SIGN_UPS: i32 = 20;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/register", get(form).post(register))
        .route("/register/sent", get(sent))
        .route("/register/pending", get(pending))
        .route("/register/confirm", get(ready).post(confirm))
        .route("/register/confirm/again", post(confirm_again))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    display_name: String,
    name: String,
    email: String,
    password: String,
    affiliation: String,
    subtype: String,
    organisation: String,
    reason: String,
    terms: String,
    /// A trap: people don't see it.
    website: String,
}

fn view(state: &AppState, fields: &Fields, errors: Vec<FieldError>) -> RegisterView {
    RegisterView {
        mode: match state.config().registration.mode {
            Mode::Open => RegistrationMode::Open,
            Mode::Approval => RegistrationMode::Approval,
            Mode::Closed => RegistrationMode::Closed,
        },
        invitation: None,
        display_name: fields.display_name.clone(),
        name: fields.name.clone(),
        email: fields.email.clone(),
        affiliation: match AffiliationKind::from_name(&fields.affiliation) {
            AffiliationKind::Unstated => AffiliationKind::Citizen,
            stated => stated,
        },
        affiliations: AffiliationKind::DECLARABLE.to_vec(),
        subtype: fields.subtype.clone(),
        subtypes: SUBTYPES.map(ToOwned::to_owned).to_vec(),
        organisation: fields.organisation.clone(),
        reason: fields.reason.clone(),
        terms: !fields.terms.is_empty(),
        errors,
    }
}

async fn form(State(state): State<AppState>, reader: Reader) -> AppResult {
    if reader.current.session().is_some() {
        return Ok(reader.redirect("/", None));
    }
    reader.page(&view(&state, &Fields::default(), Vec::new()))
}

async fn register(
    State(state): State<AppState>,
    reader: Reader,
    client: ClientIp,
    Form(fields): Form<Fields>,
) -> AppResult {
    let mode = state.config().registration.mode;
    if mode == Mode::Closed {
        return Err(Error::Denied(Denied::RegistrationClosed).into());
    }
    if !fields.website.is_empty() {
        return Ok(reader.redirect("/register/sent", None));
    }
    let new = match check(&state, &reader, &fields, mode) {
        Ok(new) => new,
        Err(errors) => return reader.form_again(&view(&state, &fields, errors)),
    };
    let tx = state.forum.begin().await?;
    throttles::hit(
        &tx,
        &format!("sign-up:{}", client.throttle_key()),
        SIGN_UPS,
        3_600,
    )
    .await?;
    tx.commit().await?;
    // Keys and password first: the transaction is short, and a known address takes as long as an unknown one.
    let prepared = new.prepare().await?;
    let tx = state.forum.begin().await?;
    match people::register(&tx, prepared).await {
        Ok(_) => tx.commit().await?,
        Err(error) => {
            drop(tx);
            let errors = found(&state, &reader, &only_fields(error)?, &[]);
            return reader.form_again(&view(&state, &fields, errors));
        }
    }
    Ok(reader.redirect("/register/sent", None))
}

/// The person that the form describes, or what is wrong with it, in the order of the form.
fn check(
    state: &AppState,
    reader: &Reader,
    fields: &Fields,
    mode: Mode,
) -> Result<NewPerson, Vec<FieldError>> {
    let mut errors = Vec::new();
    if fields.display_name.trim().is_empty() {
        errors.push(problem(state, reader, "display_name", &Problem::Empty));
    }
    let affiliation = NewAffiliation::parse(
        &fields.affiliation,
        Some(&fields.subtype),
        Some(&fields.organisation),
        None,
    );
    let input = SignUp {
        name: &fields.name,
        email: &fields.email,
        password: &fields.password,
        display_name: &fields.display_name,
        reason: &fields.reason,
        locale: Some(reader.locale.code()),
    };
    let stated = affiliation.as_ref().cloned().unwrap_or_default();
    let new = NewPerson::parse(&input, stated);
    let renamed = [("affiliation_subtype", "subtype")];
    let mut after = Vec::new();
    if let Err(Error::Invalid(wrong)) = &new {
        let (reason, rest): (Vec<_>, Vec<_>) =
            wrong.iter().cloned().partition(|e| e.field == "reason");
        errors.extend(found(state, reader, &rest, &renamed));
        after = reason;
    }
    if let Err(Error::Invalid(wrong)) = &affiliation {
        errors.extend(found(state, reader, wrong, &renamed));
    }
    errors.extend(found(state, reader, &after, &renamed));
    if mode == Mode::Approval && fields.reason.trim().is_empty() {
        errors.push(problem(state, reader, "reason", &Problem::Empty));
    }
    if fields.terms.is_empty() {
        errors.push(problem(state, reader, "terms", &Problem::NotTicked));
    }
    match new {
        Ok(new) if errors.is_empty() => Ok(new),
        _ => Err(errors),
    }
}

/// Says where the account stands, on a page that nobody should find by searching.
fn stands(mut reader: Reader, status: StatusCode, state: ConfirmEmail) -> AppResult {
    reader.frame.noindex = true;
    reader.page_as(status, &ConfirmEmailView { state })
}

async fn sent(reader: Reader) -> AppResult {
    stands(reader, StatusCode::OK, ConfirmEmail::Sent)
}

async fn pending(reader: Reader) -> AppResult {
    stands(reader, StatusCode::OK, ConfirmEmail::Pending)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link {
    token: String,
}

async fn ready(reader: Reader, Query(link): Query<Link>) -> AppResult {
    if link.token.is_empty() {
        return stands(reader, StatusCode::GONE, ConfirmEmail::Expired);
    }
    stands(
        reader,
        StatusCode::OK,
        ConfirmEmail::Ready { token: link.token },
    )
}

async fn confirm(
    State(state): State<AppState>,
    reader: Reader,
    Form(link): Form<Link>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    let confirmed = match people::confirm_email(&tx, &link.token).await {
        Ok(confirmed) => confirmed,
        Err(Error::NotFound(_)) => {
            return stands(reader, StatusCode::GONE, ConfirmEmail::Expired);
        }
        Err(error) => return Err(error.into()),
    };
    tx.commit().await?;
    Ok(match confirmed {
        Confirmed::Active(_) => reader.redirect("/login", Some(Notice::EmailConfirmed)),
        Confirmed::Pending(_) => reader.redirect("/register/pending", None),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    email: String,
}

async fn confirm_again(
    State(state): State<AppState>,
    reader: Reader,
    Form(address): Form<Address>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    people::request_confirmation(&tx, &address.email).await?;
    tx.commit().await?;
    Ok(reader.redirect("/register/sent", None))
}
