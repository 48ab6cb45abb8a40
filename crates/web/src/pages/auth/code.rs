//! `/login/code`: the second step of signing in, for who has a second factor (product.md §6.4).
//!
//! A cookie binds what waits to this browser; no session exists before the code. Where to go afterwards and what was
//! filled in before one had to sign in travel in the form, as they do through `/login`.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use parvis_forum::Error;
use parvis_forum::people::AwaitsCode;
use parvis_forum::second_factors::sign_in::{self, Given, WAIT_SECONDS};
use serde::Deserialize;

use super::login::{SignIn, again, enter, safe};
use crate::cookies::{self, Purpose};
use crate::error::AppResult;
use crate::extract::{Form, Query, Reader};
use crate::pages::problems::problem;
use crate::state::AppState;
use crate::views::auth::CodeView;
use crate::views::forms::{FieldError, Problem};
use crate::views::notices::Notice;

const HERE: &str = "/login/code";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route(HERE, get(form).post(give))
}

/// Lets a sign-in with the right password wait for its code, and asks for that.
pub(super) async fn ask(
    state: &AppState,
    reader: Reader,
    awaits: &AwaitsCode,
    fields: &SignIn,
) -> AppResult {
    let tx = state.forum.begin().await?;
    let cookie = sign_in::begin(&tx, awaits).await?;
    tx.commit().await?;
    let mut response = if fields.kept.is_some() {
        // What was filled in goes on in the form of this answer.
        page(reader, fields, false)?
    } else {
        let back = safe(&fields.back);
        let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
        reader.redirect(&format!("{HERE}?back={back}"), None)
    };
    let cookie = state
        .cookies
        .set(Purpose::SignIn, &cookie, Some(WAIT_SECONDS));
    cookies::add(response.headers_mut(), cookie);
    Ok(response)
}

fn view(fields: &SignIn, recovery: bool, errors: Vec<FieldError>) -> CodeView {
    CodeView {
        recovery,
        errors,
        ..CodeView::keeping(fields.kept.as_ref(), safe(&fields.back))
    }
}

fn page(mut reader: Reader, fields: &SignIn, recovery: bool) -> AppResult {
    reader.frame.noindex = true;
    HERE.clone_into(&mut reader.frame.path);
    reader.page(&view(fields, recovery, Vec::new()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    back: String,
    recovery: String,
}

/// What the cookie of this browser stands for, if anything still does.
async fn waits(state: &AppState, headers: &HeaderMap) -> AppResult<Option<String>> {
    let Some(cookie) = state.cookies.read(headers, Purpose::SignIn) else {
        return Ok(None);
    };
    match sign_in::waiting(state.forum.db(), state.now(), cookie).await {
        Ok(_) => Ok(Some(cookie.to_owned())),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn form(
    State(state): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> AppResult {
    let fields = SignIn::back_to(asked.back);
    if waits(&state, &headers).await?.is_none() {
        let back = safe(&fields.back);
        let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
        return Ok(reader.redirect(&format!("/login?back={back}"), None));
    }
    page(reader, &fields, !asked.recovery.is_empty())
}

/// The sign-in waited too long, or was used: the password is asked for again, and nothing that was filled in is lost.
fn over(state: &AppState, reader: Reader, fields: &SignIn) -> AppResult<Response> {
    let over = problem(state, &reader, "login", &Problem::SignInOver);
    let mut response = again(reader, fields, vec![over])?;
    let forget = state.cookies.forget(Purpose::SignIn);
    cookies::add(response.headers_mut(), forget);
    Ok(response)
}

async fn give(
    State(state): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Form(sent): Form<Vec<(String, String)>>,
) -> AppResult {
    let fields = SignIn::read(&sent);
    let field = |asked: &str| {
        let found = sent.iter().find(|(name, _)| name == asked);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let recovery = field("recovery") == "yes";
    let Some(cookie) = waits(&state, &headers).await? else {
        return over(&state, reader, &fields);
    };
    match field("instead") {
        "recovery" => return page(reader, &fields, true),
        "code" => return page(reader, &fields, false),
        _ => {}
    }
    let wrong = |mut reader: Reader, wrong: &Problem| {
        reader.frame.noindex = true;
        let errors = vec![problem(&state, &reader, "code", wrong)];
        reader.form_again(&view(&fields, recovery, errors))
    };
    let code = field("code");
    if code.trim().is_empty() {
        return wrong(reader, &Problem::Empty);
    }
    let tried = match sign_in::try_once(&state.forum, &cookie).await {
        Ok(tried) => tried,
        Err(Error::NotFound(_)) => return over(&state, reader, &fields),
        Err(error) => return Err(error.into()),
    };
    let (given, notice) = if recovery {
        (Given::Recovery(code), Notice::RecoveryCodeUsed)
    } else {
        (Given::Code(code), Notice::SignedIn)
    };
    let tx = state.forum.begin().await?;
    let who = match sign_in::finish(&tx, tried, given).await {
        Ok(who) => who,
        Err(Error::Invalid(_)) => {
            drop(tx);
            let problem = if recovery {
                Problem::RecoveryCodeWrong
            } else {
                Problem::CodeWrong
            };
            return wrong(reader, &problem);
        }
        Err(Error::NotFound(_)) => {
            drop(tx);
            return over(&state, reader, &fields);
        }
        Err(error) => return Err(error.into()),
    };
    let mut response = enter(&state, reader, &headers, tx, &who, &fields, notice).await?;
    let forget = state.cookies.forget(Purpose::SignIn);
    cookies::add(response.headers_mut(), forget);
    Ok(response)
}
