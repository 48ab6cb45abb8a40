//! `/settings/account`: password and sessions (R-21, product.md §6.4).

use axum::Router;
use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use parvis_forum::people::Identified;
use parvis_forum::{Denied, Error, people, sessions};
use serde::Deserialize;

use crate::cookies::{self, Purpose};
use crate::error::AppResult;
use crate::extract::{ClientIp, CurrentViewer, Form, Member, Query, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::notices::Notice;
use crate::views::settings::{ConfirmNewEmailView, SessionRow, SettingsAccountView};

const HERE: &str = "/settings/account";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/settings/email", post(change_email))
        .route("/settings/email/confirm", get(ready).post(confirm_email))
        .route("/settings/password", post(change_password))
        .route("/settings/sessions/end", post(end_session))
}

/// The id of the session of this request.
fn current_session(current: &CurrentViewer) -> Option<&str> {
    current.session().map(|session| session.session.id.as_str())
}

async fn view(
    state: &AppState,
    reader: &Reader,
    current: &CurrentViewer,
    errors: Vec<FieldError>,
) -> AppResult<SettingsAccountView> {
    let person = current.person()?;
    let mut open = sessions::list(state.forum.db(), &current.viewer, state.now()).await?;
    let mine = current_session(current);
    open.sort_by_key(|session| Some(session.id.as_str()) != mine);
    Ok(SettingsAccountView {
        email: person.person.email.clone(),
        new_email: String::new(),
        sessions: open
            .into_iter()
            .map(|session| SessionRow {
                current: Some(session.id.as_str()) == mine,
                device: device(reader, &session.user_agent),
                opened_at: session.created_at.datetime(),
                seen_at: session.seen_at.datetime(),
                id: session.id,
            })
            .collect(),
        errors,
    })
}

/// Browser and system, in words.
fn device(reader: &Reader, agent: &str) -> String {
    let named = |names: &[(&str, &str)]| {
        names
            .iter()
            .find(|(sign, _)| agent.contains(sign))
            .map(|(_, name)| (*name).to_owned())
    };
    let browser = named(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = named(&[
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => reader.text(
            "device-on",
            &[("browser", browser.into()), ("system", system.into())],
        ),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => reader.text("device-unknown", &[]),
    }
}

async fn show(State(state): State<AppState>, Member(current): Member, reader: Reader) -> AppResult {
    reader.page(&view(&state, &reader, &current, Vec::new()).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewEmail {
    current_for_email: String,
    email: String,
}

async fn change_email(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    client: ClientIp,
    Form(fields): Form<NewEmail>,
) -> AppResult {
    let viewer = &current.viewer;
    let mut errors = Vec::new();
    for (name, value) in [
        ("email", &fields.email),
        ("current_for_email", &fields.current_for_email),
    ] {
        if value.trim().is_empty() {
            errors.push(problem(&state, &reader, name, &Problem::Empty));
        }
    }
    if errors.is_empty() {
        let password = &fields.current_for_email;
        let place = client.throttle_key();
        let done = match people::confirm_identity(&state.forum, viewer, password, &place).await {
            Ok(()) => {
                let tx = state.forum.begin().await?;
                match people::request_email_change(&tx, viewer, &fields.email).await {
                    Ok(()) => tx.commit().await,
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => return Ok(reader.redirect(HERE, Some(Notice::EmailAsked))),
            Err(error) => {
                let renamed = [("password", "current_for_email")];
                errors = found(&state, &reader, &only_fields(error)?, &renamed);
            }
        }
    }
    let mut view = view(&state, &reader, &current, errors).await?;
    view.new_email = fields.email;
    reader.form_again(&view)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link {
    token: String,
}

fn over(mut reader: Reader) -> AppResult {
    reader.frame.noindex = true;
    reader.page_as(
        StatusCode::GONE,
        &ConfirmNewEmailView {
            token: None,
            email: String::new(),
        },
    )
}

/// A link by mail shows a button: what follows links by itself confirms nothing.
async fn ready(
    State(state): State<AppState>,
    mut reader: Reader,
    Query(link): Query<Link>,
) -> AppResult {
    match people::read_email_change(state.forum.db(), state.now(), &link.token).await {
        Ok(email) => {
            reader.frame.noindex = true;
            reader.page(&ConfirmNewEmailView {
                token: Some(link.token),
                email,
            })
        }
        Err(Error::NotFound(_)) => over(reader),
        Err(error) => Err(error.into()),
    }
}

async fn confirm_email(
    State(state): State<AppState>,
    reader: Reader,
    Form(link): Form<Link>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    match people::confirm_email_change(&tx, &link.token).await {
        Ok(_) => tx.commit().await?,
        Err(Error::NotFound(_)) => return over(reader),
        Err(error) => return Err(error.into()),
    }
    Ok(reader.redirect(HERE, Some(Notice::EmailChanged)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewPassword {
    current: String,
    password: String,
}

async fn change_password(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    client: ClientIp,
    headers: HeaderMap,
    Form(fields): Form<NewPassword>,
) -> AppResult {
    let viewer = &current.viewer;
    let mut errors = Vec::new();
    for (name, value) in [("current", &fields.current), ("password", &fields.password)] {
        if value.is_empty() {
            errors.push(problem(&state, &reader, name, &Problem::Empty));
        }
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
        let view = view(&state, &reader, &current, errors).await?;
        return reader.form_again(&view);
    }
    let session = current.session().ok_or(Error::Denied(Denied::SignIn))?;
    let who = Identified::by_session(session)?;
    let hash = match people::prepare_password("password", who.account(), &fields.password).await {
        Ok(hash) => hash,
        Err(error) => {
            let errors = found(&state, &reader, &only_fields(error)?, &[]);
            let view = view(&state, &reader, &current, errors).await?;
            return reader.form_again(&view);
        }
    };
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let tx = state.forum.begin().await?;
    people::change_password(&tx, viewer, hash, None).await?;
    // All sessions end, this one too: it goes on under a new id.
    let session = sessions::create(&tx, &who, agent).await?;
    tx.commit().await?;
    let seconds = (session.ends_at.0 - state.now().0) / 1000;
    let mut response = reader.redirect(HERE, Some(Notice::PasswordChanged));
    let cookie = state
        .cookies
        .set(Purpose::Session, &session.cookie, Some(seconds));
    cookies::add(response.headers_mut(), cookie);
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ended {
    session: String,
}

async fn end_session(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Form(ended): Form<Ended>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    if ended.session == "others" {
        let me = current.person()?.actor.id;
        sessions::end_all(&tx, me, current_session(&current)).await?;
    } else {
        match sessions::end_by_id(&tx, &current.viewer, &ended.session).await {
            // It ended by itself in the meantime.
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::SessionEnded)))
}
