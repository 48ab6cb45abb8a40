//! `/login` and `/logout` (product.md §6.4, R-21, R-22).

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::Response;
use axum::routing::{get, post};
use parvis_forum::people::{FirstStep, Identified};
use parvis_forum::{Denied, Error, Tx, people, sessions};
use serde::Deserialize;

use super::code;
use crate::cookies::{self, Purpose};
use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::kept::KeptForm;
use crate::extract::{ClientIp, CurrentViewer, Form, Query, Reader};
use crate::pages::problems::problem;
use crate::state::AppState;
use crate::views::auth::{LoginPurpose, LoginView};
use crate::views::forms::{FieldError, Problem, Resend};
use crate::views::notices::Notice;
use crate::views::status::StatusView;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/login", get(form).post(sign_in))
        .route("/logout", post(sign_out))
}

/// Why somebody is here, and where they go afterwards.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    back: String,
    next: String,
    purpose: String,
}

impl Asked {
    /// A local path; the home page for anything else.
    fn back(&self) -> String {
        let asked = if self.back.is_empty() {
            &self.next
        } else {
            &self.back
        };
        safe(asked)
    }

    fn purpose(&self) -> Option<LoginPurpose> {
        match self.purpose.as_str() {
            "reply" => Some(LoginPurpose::Reply),
            "new-topic" => Some(LoginPurpose::NewTopic),
            "follow" => Some(LoginPurpose::Follow),
            "react" => Some(LoginPurpose::React),
            "page" => Some(LoginPurpose::Page),
            _ => None,
        }
    }
}

/// A local path that isn't this page itself.
pub(super) fn safe(path: &str) -> String {
    cookies::local_path(path)
        .filter(|path| !path.starts_with("/login") && !path.starts_with("/register"))
        .unwrap_or("/")
        .to_owned()
}

async fn form(mut reader: Reader, Query(asked): Query<Asked>) -> AppResult {
    let back = asked.back();
    if reader.current.session().is_some() {
        return Ok(reader.redirect(&back, None));
    }
    reader.frame.noindex = true;
    reader.page(&LoginView {
        purpose: asked.purpose(),
        ..LoginView::keeping(None, back)
    })
}

/// The fields of the form.
#[derive(Default)]
pub(super) struct SignIn {
    login: String,
    password: String,
    pub(super) back: String,
    /// What was filled in before one had to sign in.
    pub(super) kept: Option<KeptForm>,
}

impl SignIn {
    /// Nothing but where to go afterwards.
    pub(super) fn back_to(back: String) -> Self {
        Self {
            back,
            ..Self::default()
        }
    }

    pub(super) fn read(fields: &[(String, String)]) -> Self {
        let field = |asked: &str| {
            let found = fields.iter().find(|(name, _)| name == asked);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self {
            login: field("login"),
            password: field("password"),
            back: field("back"),
            kept: KeptForm::from_carried(fields),
        }
    }
}

async fn sign_in(
    State(state): State<AppState>,
    reader: Reader,
    client: ClientIp,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> AppResult {
    let fields = SignIn::read(&fields);
    let mut errors = Vec::new();
    for (name, value) in [("login", &fields.login), ("password", &fields.password)] {
        if value.trim().is_empty() {
            errors.push(problem(&state, &reader, name, &Problem::Empty));
        }
    }
    if !errors.is_empty() {
        return again(reader, &fields, errors);
    }
    let tried = people::authenticate(
        &state.forum,
        &fields.login,
        &fields.password,
        &client.throttle_key(),
    )
    .await;
    let who = match tried {
        Ok(FirstStep::Enough(who)) => who,
        Ok(FirstStep::Code(awaits)) => return code::ask(&state, reader, &awaits, &fields).await,
        Err(Error::Invalid(_)) => {
            let wrong = problem(&state, &reader, "login", &Problem::Credentials);
            return again(reader, &fields, vec![wrong]);
        }
        Err(Error::Denied(Denied::Inactive | Denied::Suspended)) => {
            let closed = problem(&state, &reader, "login", &Problem::AccountClosed);
            return again(reader, &fields, vec![closed]);
        }
        Err(error) => return Err(error.into()),
    };
    let tx = state.forum.begin().await?;
    enter(
        &state,
        reader,
        &headers,
        tx,
        &who,
        &fields,
        Notice::SignedIn,
    )
    .await
}

/// Begins a session in place of the one that this browser has, and leads to where one was.
pub(super) async fn enter(
    state: &AppState,
    reader: Reader,
    headers: &HeaderMap,
    tx: Tx,
    who: &Identified,
    fields: &SignIn,
    notice: Notice,
) -> AppResult {
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if let Some(before) = state.cookies.read(headers, Purpose::Session) {
        sessions::end(&tx, before).await?;
    }
    let session = sessions::create(&tx, who, agent).await?;
    tx.commit().await?;
    let seconds = (session.ends_at.0 - state.now().0) / 1000;
    let mut response = match &fields.kept {
        Some(kept) => found_again(state, reader, &session.cookie, fields, kept).await?,
        None => reader.redirect(&safe(&fields.back), Some(notice)),
    };
    let cookie = state
        .cookies
        .set(Purpose::Session, &session.cookie, Some(seconds));
    cookies::add(response.headers_mut(), cookie);
    Ok(response)
}

/// The page on which somebody who just signed in finds what they had filled in, to be sent in the new session.
async fn found_again(
    state: &AppState,
    reader: Reader,
    cookie: &str,
    fields: &SignIn,
    kept: &KeptForm,
) -> AppResult {
    let session = sessions::find(&state.forum, cookie).await?;
    let mut reader = match session {
        Some(session) => reader.now_as(CurrentViewer::of_session(session)),
        None => reader,
    };
    reader.frame.noindex = true;
    reader.frame.path = safe(&fields.back);
    reader.page(&StatusView::SignedIn {
        resend: Resend::of(kept),
    })
}

pub(super) fn again(mut reader: Reader, fields: &SignIn, errors: Vec<FieldError>) -> AppResult {
    reader.frame.noindex = true;
    reader.form_again(&LoginView {
        login: fields.login.clone(),
        errors,
        ..LoginView::keeping(fields.kept.as_ref(), safe(&fields.back))
    })
}

async fn sign_out(
    State(state): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    if let Some(cookie) = state.cookies.read(&headers, Purpose::Session) {
        let tx = state.forum.begin().await?;
        sessions::end(&tx, cookie).await?;
        tx.commit().await?;
    }
    let mut response = reader.redirect("/", Some(Notice::SignedOut));
    let forget = state.cookies.forget(Purpose::Session);
    cookies::add(response.headers_mut(), forget);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn signing_in_never_leads_elsewhere_nor_in_circles() {
        for (asked, expect) in [
            ("/t/1/velo?page=2#p-3", "/t/1/velo?page=2#p-3"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https:evil", "/"),
            ("/\t/evil", "/"),
            ("/login?back=/login", "/"),
            ("", "/"),
        ] {
            assert_eq!(safe(asked), expect, "{asked:?}");
        }
    }
}
