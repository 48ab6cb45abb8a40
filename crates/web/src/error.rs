//! What a handler may answer instead of a result: the only error that becomes a response.
//!
//! [`AppError`] says what went wrong; [`present`] decides once, for every answer, in which form it is told: RFC 9457
//! `application/problem+json` to programs, a page to people. A 5xx is logged once, there, and shows nothing but the
//! request's id.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use parvis_forum::viewer::Withheld;
use parvis_forum::{Denied, Error, FieldError, Kind, Viewer};
use serde::Serialize;

use crate::extract::kept::{Keeper, KeptForm};
use crate::extract::{CurrentViewer, Reader, form};
use crate::layers::RequestId;
use crate::negotiate;
use crate::pages::home;
use crate::pages::settings::security;
use crate::state::AppState;
use crate::views::auth::LoginView;
use crate::views::forms::Resend;
use crate::views::status::{GoneHow, StatusPage, StatusView};

/// Short for results of handlers.
pub type AppResult<T = Response> = Result<T, AppError>;

/// Why there is no ordinary answer.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The forum said no.
    #[error(transparent)]
    Forum(#[from] Error),
    /// Nothing has this address.
    #[error("no such page")]
    NoRoute,
    /// Not with this method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The request can't be understood; the text says why.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// No valid bearer token.
    #[error("a valid bearer token is needed")]
    Unauthorized,
    /// A form without the token of this session, or sent from another site.
    #[error("the form was not sent from a page of this site")]
    FormRefused {
        /// Path of the page of the form.
        back: String,
        /// True if it was made for a session that is over.
        signed_out: bool,
    },
    /// Forbidden, for this reason.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// The body is too large.
    #[error("the request is larger than {limit_mb} MiB")]
    TooLarge {
        /// The limit, in mebibytes.
        limit_mb: u32,
    },
    /// The body is of a type or coding that isn't taken.
    #[error("unsupported media type")]
    UnsupportedMedia,
    /// The body didn't come in time.
    #[error("the request did not arrive in time")]
    Timeout,
    /// It can't be done for now; the text is for the log.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A request of another server is not taken. The text is for the log, never for the server.
    #[error("not taken from a server: {why}")]
    Peer {
        /// The status of the answer.
        status: StatusCode,
        /// Seconds to wait.
        retry_after: Option<u32>,
        /// Why.
        why: String,
    },
    /// Another server is needed for the answer, and did not do its part.
    #[error("another server did not answer as needed: {0}")]
    Remote(String),
    /// A mistake of ours; the text is for the log.
    #[error("{0}")]
    Internal(String),
}

impl From<parvis_federation::Error> for AppError {
    fn from(error: parvis_federation::Error) -> Self {
        use parvis_federation::Error as E;
        match error {
            E::Forum(error) => Self::Forum(error),
            E::Refused(_) | E::Retry { .. } | E::Early(_) | E::Held(_) => {
                Self::Remote(error.to_string())
            }
            E::Setup(_) | E::Key { .. } | E::CaFile { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl AppError {
    /// A mistake of ours.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Forum(error) => match error {
                Error::NotFound(_) => StatusCode::NOT_FOUND,
                Error::Gone(_) => StatusCode::GONE,
                Error::Denied(Denied::SignIn) => StatusCode::UNAUTHORIZED,
                Error::Denied(_) => StatusCode::FORBIDDEN,
                Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Error::Conflict(_) => StatusCode::CONFLICT,
                Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
                Error::Database(_) if error.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
                Error::Database(_) | Error::External(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized
            | Self::FormRefused {
                signed_out: true, ..
            } => StatusCode::UNAUTHORIZED,
            Self::FormRefused { .. } | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Peer { status, .. } => *status,
            Self::Remote(_) => StatusCode::BAD_GATEWAY,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A word for programs and for the keys of texts: `not-found`, `locked`, `too-many`…
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forum(error) => match error {
                Error::NotFound(_) => "not-found",
                Error::Gone(_) => "gone",
                Error::Denied(denied) => denied.code(),
                Error::Invalid(_) => "invalid",
                Error::Conflict(_) => "conflict",
                Error::TooMany { .. } => "too-many",
                Error::Database(_) if error.is_unavailable() => "unavailable",
                Error::Database(_) | Error::External(_) => "internal",
            },
            Self::NoRoute => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::BadRequest(_) => "bad-request",
            Self::Unauthorized => "unauthorized",
            Self::FormRefused { .. } => "form-refused",
            Self::Forbidden(_) => "forbidden",
            Self::TooLarge { .. } => "too-large",
            Self::UnsupportedMedia => "unsupported-media",
            Self::Timeout => "timeout",
            Self::Unavailable(_) => "unavailable",
            Self::Peer { .. } => "not-taken",
            Self::Remote(_) => "remote",
            Self::Internal(_) => "internal",
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Forum(Error::TooMany { retry_after }) => Some(*retry_after),
            Self::Peer { retry_after, .. } => retry_after.map(u64::from),
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => Some(60),
            _ => None,
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Forum(Error::Invalid(fields)) => fields,
            _ => &[],
        }
    }
}

impl From<Denied> for AppError {
    fn from(denied: Denied) -> Self {
        Self::Forum(denied.into())
    }
}

impl From<axum::extract::rejection::BytesRejection> for AppError {
    fn from(rejection: axum::extract::rejection::BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge { limit_mb: 1 },
            _ => Self::Timeout,
        }
    }
}

/// The error of an answer, for [`present`].
#[derive(Clone, Debug)]
struct Failure(Arc<AppError>);

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after() {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::Unauthorized) {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Failure(Arc::new(self)));
        response
    }
}

/// What programs read of an error (RFC 9457).
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The status.
    pub status: u16,
    /// What is wrong this time, in English.
    pub detail: String,
    /// A word for programs: `not-found`, `locked`, `too-many`…
    pub code: &'static str,
    /// Wrong fields of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// To name when asking about a 5xx.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A wrong field.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemField {
    /// Name of the field.
    pub field: &'static str,
    /// `blank`, `too-long`, `taken`…
    pub code: &'static str,
    /// The limit that was passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The same in words.
    pub detail: String,
}

impl Problem {
    /// What a program may know of this error. Causes of a 5xx stay here.
    pub fn new(error: &AppError, request_id: Option<&str>) -> Self {
        let status = error.status();
        let server = status.is_server_error() && !matches!(error, AppError::Remote(_));
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: if matches!(error, AppError::Peer { .. }) {
                "the request was not taken".to_owned()
            } else if server {
                "something went wrong here; the request id names it in the log".to_owned()
            } else {
                error.to_string()
            },
            code: error.code(),
            errors: error
                .fields()
                .iter()
                .map(|f| ProblemField {
                    field: f.field,
                    code: f.code,
                    limit: f.limit,
                    detail: f.to_string(),
                })
                .collect(),
            request_id: request_id.filter(|_| server).map(ToOwned::to_owned),
        }
    }
}

/// True if whoever asks is a program, by the address or by what it accepts.
fn is_program(parts: &Parts) -> bool {
    let path = parts.uri.path();
    ["/api/", "/oauth/", "/.well-known/", "/nodeinfo/", "/a/"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
        || path.ends_with("/inbox")
        || matches!(path, "/healthz" | "/readyz")
        || negotiate::wants_json(&parts.headers)
}

/// Gives every error its form. The one place that logs a 5xx.
pub async fn present(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(Keeper::default());
    let asked = parts.clone();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(Failure(error)) = response.extensions_mut().remove::<Failure>() else {
        return response;
    };
    let request_id = asked.extensions.get::<RequestId>().map(|id| id.0.clone());
    if matches!(error.as_ref(), AppError::Remote(_) | AppError::Peer { .. })
        && error.status() != StatusCode::SERVICE_UNAVAILABLE
    {
        tracing::info!(error = %error, "request not answered: {error}");
    } else if error.status().is_server_error() {
        tracing::error!(error = %error, code = error.code(), "request failed: {error}");
    }
    let (mut head, _) = response.into_parts();
    head.headers.remove(CONTENT_TYPE);
    head.headers.remove(CONTENT_LENGTH);
    let mut told = if is_program(&asked) {
        let mut told = Json(Problem::new(&error, request_id.as_deref())).into_response();
        told.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        told
    } else {
        page(&state, asked.clone(), &error, request_id.as_deref()).await
    };
    if !told.status().is_redirection() {
        *told.status_mut() = head.status;
    }
    told.headers_mut().extend(head.headers);
    told.headers_mut()
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if matches!(
        error.as_ref(),
        AppError::TooLarge { .. } | AppError::Timeout
    ) && asked.version < Version::HTTP_2
    {
        told.headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    told
}

/// The page that tells a person. After a 5xx it asks nothing of the database.
async fn page(
    state: &AppState,
    mut asked: Parts,
    error: &AppError,
    request_id: Option<&str>,
) -> Response {
    let current = if error.status().is_server_error() {
        CurrentViewer::anonymous()
    } else {
        CurrentViewer::from_request_parts(&mut asked, state)
            .await
            .unwrap_or_else(|_| CurrentViewer::anonymous())
    };
    let mut reader = Reader::new(&asked, state, current);
    let signed_out = matches!(
        error,
        AppError::Forum(Error::Denied(Denied::SignIn))
            | AppError::FormRefused {
                signed_out: true,
                ..
            }
    );
    let keeper = asked.extensions.get::<Keeper>();
    let kept = keeper.and_then(Keeper::form).filter(|f| f.can_be_sent());
    if signed_out && matches!(asked.method, Method::GET | Method::HEAD) {
        let back: String =
            url::form_urlencoded::byte_serialize(reader.frame.path.as_bytes()).collect();
        return reader.redirect(&format!("/login?back={back}"), None);
    }
    let enrols = lacks_second_factor(error, reader.viewer());
    if enrols && kept.and_then(KeptForm::written).is_none() {
        let back = match asked.method {
            Method::GET | Method::HEAD => reader.frame.path.clone(),
            _ => form::back(&asked),
        };
        return reader.redirect(&security::with_back(security::HERE, &back), None);
    }
    reader.frame.noindex = true;
    let made = if signed_out {
        let back = form::back(&asked);
        reader.frame.path.clone_from(&back);
        reader.page_as(error.status(), &LoginView::keeping(kept, back))
    } else {
        let lacking = AppError::from(Denied::SecondFactor);
        let error = if enrols { &lacking } else { error };
        let mut view = status_view(&reader, error, request_id);
        if let StatusView::Expired { resend, text, .. } = &mut view {
            *resend = kept.map(Resend::of);
            *text = keeper
                .and_then(Keeper::form)
                .map(KeptForm::text)
                .unwrap_or_default();
        }
        if let StatusView::NotFound { latest, .. } | StatusView::Gone { latest, .. } = &mut view {
            *latest = home::latest_few(state).await;
        }
        let again = matches!(view, StatusView::Expired { .. });
        let kept = kept.filter(|_| !again).and_then(KeptForm::written);
        reader.page_as(error.status(), &StatusPage { view, kept })
    };
    match made {
        Ok(page) => page,
        Err(failed) => {
            tracing::error!(error = %failed, "error page could not be rendered: {failed}");
            error.status().into_response()
        }
    }
}

/// True if the viewer was refused for want of a second factor: what they may do otherwise was withheld.
fn lacks_second_factor(error: &AppError, viewer: &Viewer) -> bool {
    let AppError::Forum(Error::Denied(denied)) = error else {
        return false;
    };
    match denied {
        Denied::SecondFactor => true,
        Denied::NotAdmin | Denied::NotModerator | Denied::NotAuthor | Denied::Restricted => {
            viewer.withheld() != Withheld::Nothing
        }
        _ => false,
    }
}

/// What the page says.
fn status_view(reader: &Reader, error: &AppError, request_id: Option<&str>) -> StatusView {
    let incident = request_id.unwrap_or_default().to_owned();
    match error {
        AppError::FormRefused { back, .. } => StatusView::Expired {
            resend: None,
            text: String::new(),
            back: back.clone(),
        },
        AppError::Forum(Error::Denied(denied)) if *denied != Denied::SignIn => {
            StatusView::Forbidden {
                rule: rule(*denied).map(|key| reader.text(key, &[])),
            }
        }
        AppError::Forum(Error::Gone(kind)) => StatusView::Gone {
            how: match kind {
                Kind::Actor | Kind::Person => GoneHow::Account,
                _ => GoneHow::Deleted,
            },
            at: None,
            decision: None,
            query: words(&reader.frame.path),
            latest: Vec::new(),
        },
        other => match other.status() {
            StatusCode::UNAUTHORIZED => StatusView::Unauthorized {
                back: reader.frame.path.clone(),
            },
            StatusCode::FORBIDDEN => StatusView::Forbidden { rule: None },
            StatusCode::NOT_FOUND => StatusView::NotFound {
                query: words(&reader.frame.path),
                latest: Vec::new(),
            },
            StatusCode::PAYLOAD_TOO_LARGE => StatusView::TooLarge {
                limit_mb: match other {
                    AppError::TooLarge { limit_mb } => *limit_mb,
                    _ => 1,
                },
            },
            StatusCode::TOO_MANY_REQUESTS => StatusView::TooMany {
                minutes: u32::try_from(other.retry_after().unwrap_or(60).div_ceil(60).max(1))
                    .unwrap_or(u32::MAX),
            },
            StatusCode::INTERNAL_SERVER_ERROR => StatusView::Internal { incident },
            status if status.is_server_error() => StatusView::Unavailable {
                incident: Some(incident),
            },
            _ => StatusView::BadRequest,
        },
    }
}

/// The text that says why; none when nobody can meet it on a page.
fn rule(denied: Denied) -> Option<&'static str> {
    match denied {
        Denied::SignIn | Denied::Scope => None,
        Denied::Inactive => Some("denied-inactive"),
        Denied::Suspended => Some("denied-suspended"),
        Denied::Blocked => Some("denied-blocked"),
        Denied::Locked => Some("denied-locked"),
        Denied::Archived => Some("denied-archived"),
        Denied::Restricted => Some("denied-restricted"),
        Denied::NotAuthor => Some("denied-not-author"),
        Denied::NotModerator => Some("denied-not-moderator"),
        Denied::NotAdmin => Some("denied-not-admin"),
        Denied::RegistrationClosed => Some("denied-registration-closed"),
        Denied::NotOurs => Some("denied-not-ours"),
        Denied::LastAdmin => Some("denied-last-admin"),
        Denied::SecondFactor => Some("denied-second-factor"),
        Denied::Moved => Some("denied-moved"),
        Denied::PollClosed => Some("denied-poll-closed"),
        Denied::Voted => Some("denied-voted"),
        Denied::Official => Some("denied-official"),
        Denied::Banned => Some("denied-banned"),
    }
}

/// Words to search for, from the address of a page that isn't there.
fn words(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    path.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 2 && !word.chars().all(|c| c.is_ascii_digit()))
        .take(8)
        .collect::<Vec<_>>()
        .join(" ")
}
