//! `/settings/security`: the second factor (product.md §6.4). Each change asks for the password again, and is told by mail.
//!
//! These pages are open to whoever is signed in, whatever is withheld from them for want of a second factor.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use axum::routing::{get, post};
use parvis_forum::config::SecondFactor;
use parvis_forum::second_factors::{self, Setup};
use parvis_forum::viewer::Withheld;
use parvis_forum::{Denied, Error, Timestamp, people};
use serde::Deserialize;

use crate::cookies;
use crate::error::AppResult;
use crate::extract::{AnyMember, ClientIp, CurrentViewer, Form, Query, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::notices::Notice;
use crate::views::security::{Demanded, QrPicture, RecoveryCodesView, SecurityView, SetupView};

/// Where the second factor is set up.
pub(crate) const HERE: &str = "/settings/security";
const CONFIRM: &str = "/settings/security/confirm";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/settings/security/begin", post(begin))
        .route(CONFIRM, get(ready).post(confirm))
        .route("/settings/security/codes", post(renew))
        .route("/settings/security/off", post(turn_off))
}

/// Where one came from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    back: String,
}

/// A local path to go on to; empty for anything else and for these pages themselves.
fn safe(back: &str) -> String {
    cookies::local_path(back)
        .filter(|path| !path.starts_with(HERE))
        .unwrap_or_default()
        .to_owned()
}

/// The address of one of these pages that remembers where one came from.
pub(crate) fn with_back(page: &str, back: &str) -> String {
    if back.is_empty() {
        return page.to_owned();
    }
    let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("{page}?back={back}")
}

async fn view(
    state: &AppState,
    current: &CurrentViewer,
    back: &str,
    errors: Vec<FieldError>,
) -> AppResult<SecurityView> {
    let viewer = &current.viewer;
    let standing = second_factors::standing(state.forum.db(), viewer).await?;
    let config = state.config();
    let demanded = second_factors::demanded(config, current.any_person()?).then_some(match config
        .sign_in
        .second_factor
    {
        SecondFactor::All => Demanded::All,
        SecondFactor::Offered | SecondFactor::Staff => Demanded::Staff,
    });
    Ok(SecurityView {
        since: standing.since.map(Timestamp::datetime),
        codes_left: standing.codes_left,
        demanded,
        withheld: viewer.withheld() != Withheld::Nothing,
        back: safe(back),
        errors,
    })
}

async fn show(
    State(state): State<AppState>,
    AnyMember(current): AnyMember,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> AppResult {
    reader.page(&view(&state, &current, &asked.back, Vec::new()).await?)
}

/// What is wrong with the password that was given again in `field`; nothing if it is right.
async fn check_password(
    state: &AppState,
    reader: &Reader,
    client: ClientIp,
    field: &'static str,
    password: &str,
) -> AppResult<Vec<FieldError>> {
    if password.is_empty() {
        return Ok(vec![problem(state, reader, field, &Problem::Empty)]);
    }
    let place = client.throttle_key();
    match people::confirm_identity(&state.forum, reader.viewer(), password, &place).await {
        Ok(()) => Ok(Vec::new()),
        Err(error) => {
            let wrong = only_fields(error)?;
            Ok(found(state, reader, &wrong, &[("password", field)]))
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Begin {
    current: String,
    back: String,
}

async fn begin(
    State(state): State<AppState>,
    AnyMember(current): AnyMember,
    reader: Reader,
    client: ClientIp,
    Form(fields): Form<Begin>,
) -> AppResult {
    let errors = check_password(&state, &reader, client, "current", &fields.current).await?;
    if !errors.is_empty() {
        let view = view(&state, &current, &fields.back, errors).await?;
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    second_factors::begin(&tx, &current.viewer).await?;
    tx.commit().await?;
    Ok(reader.redirect(&with_back(CONFIRM, &safe(&fields.back)), None))
}

/// The key that waits for its first code; none if there is none any more.
async fn setup(state: &AppState, current: &CurrentViewer) -> AppResult<Option<Setup>> {
    let (db, now) = (state.forum.db(), state.now());
    match second_factors::setup(db, state.config(), now, &current.viewer).await {
        Ok(setup) => Ok(Some(setup)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn setup_view(setup: &Setup, back: &str, errors: Vec<FieldError>) -> SetupView {
    let signs: Vec<char> = setup.key.chars().collect();
    let groups: Vec<String> = signs.chunks(4).map(|four| four.iter().collect()).collect();
    SetupView {
        picture: QrPicture::of(&setup.address),
        address: setup.address.clone(),
        key: groups.join(" "),
        replaces: setup.replaces,
        back: safe(back),
        errors,
    }
}

/// A page with a secret is not kept by the browser.
fn not_kept(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The form came after the key was forgotten: begin again.
fn begin_again(reader: &Reader, back: &str) -> Response {
    let path = with_back(HERE, &safe(back));
    reader.redirect(&path, Some(Notice::SetupOver))
}

async fn ready(
    State(state): State<AppState>,
    AnyMember(current): AnyMember,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> AppResult {
    let Some(setup) = setup(&state, &current).await? else {
        return Ok(reader.redirect(&with_back(HERE, &safe(&asked.back)), None));
    };
    let view = setup_view(&setup, &asked.back, Vec::new());
    Ok(not_kept(reader.page(&view)?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Confirm {
    code: String,
    back: String,
}

async fn confirm(
    State(state): State<AppState>,
    AnyMember(current): AnyMember,
    reader: Reader,
    Form(fields): Form<Confirm>,
) -> AppResult {
    let Some(setup) = setup(&state, &current).await? else {
        return Ok(begin_again(&reader, &fields.back));
    };
    let again = |reader: Reader, wrong: &Problem| {
        let errors = vec![problem(&state, &reader, "code", wrong)];
        let view = setup_view(&setup, &fields.back, errors);
        Ok(not_kept(reader.form_again(&view)?))
    };
    if fields.code.trim().is_empty() {
        return again(reader, &Problem::Empty);
    }
    let keep = current.session().map(|session| session.session.id.as_str());
    let tx = state.forum.begin().await?;
    let codes = match second_factors::confirm(&tx, &current.viewer, &fields.code, keep).await {
        Ok(codes) => codes,
        Err(Error::Invalid(_)) => {
            drop(tx);
            return again(reader, &Problem::CodeWrong);
        }
        Err(Error::NotFound(_)) => return Ok(begin_again(&reader, &fields.back)),
        Err(error) => return Err(error.into()),
    };
    tx.commit().await?;
    show_codes(&state, &reader, codes, true, &fields.back)
}

/// Not a redirect: the codes are in this answer and nowhere else.
fn show_codes(
    state: &AppState,
    reader: &Reader,
    codes: Vec<String>,
    fresh: bool,
    back: &str,
) -> AppResult {
    let host = state.config().public_authority();
    let view = RecoveryCodesView {
        file: format!(
            "data:text/plain;charset=utf-8,{host}%0A{}%0A",
            codes.join("%0A")
        ),
        codes,
        fresh,
        back: safe(back),
    };
    Ok(not_kept(reader.page(&view)?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Renew {
    current_for_codes: String,
}

async fn renew(
    State(state): State<AppState>,
    AnyMember(current): AnyMember,
    reader: Reader,
    client: ClientIp,
    Form(fields): Form<Renew>,
) -> AppResult {
    let field = "current_for_codes";
    let errors = check_password(&state, &reader, client, field, &fields.current_for_codes).await?;
    if !errors.is_empty() {
        let view = view(&state, &current, "", errors).await?;
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    let codes = match second_factors::renew_codes(&tx, &current.viewer).await {
        Ok(codes) => codes,
        // Turned off in the meantime.
        Err(Error::NotFound(_)) => return Ok(reader.redirect(HERE, None)),
        Err(error) => return Err(error.into()),
    };
    tx.commit().await?;
    show_codes(&state, &reader, codes, false, "")
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TurnOff {
    current_for_off: String,
}

async fn turn_off(
    State(state): State<AppState>,
    AnyMember(current): AnyMember,
    reader: Reader,
    client: ClientIp,
    Form(fields): Form<TurnOff>,
) -> AppResult {
    let field = "current_for_off";
    let errors = check_password(&state, &reader, client, field, &fields.current_for_off).await?;
    if !errors.is_empty() {
        let view = view(&state, &current, "", errors).await?;
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    match second_factors::turn_off(&tx, &current.viewer).await {
        Ok(()) => tx.commit().await?,
        // It is off already, or has to be on: the page says so.
        Err(Error::NotFound(_) | Error::Denied(Denied::SecondFactor)) => {
            return Ok(reader.redirect(HERE, None));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(reader.redirect(HERE, Some(Notice::SecondFactorOff)))
}
