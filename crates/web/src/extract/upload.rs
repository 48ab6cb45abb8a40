//! Bodies with files (`multipart/form-data`, RFC 7578), read within limits.
//!
//! The bytes of a file that is too heavy are counted and thrown away, so that the rest of the form can be kept and the
//! person told which field is wrong.

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts as _, Multipart, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use parvis_forum::media::content::MAX_DOCUMENT;
use serde::de::DeserializeOwned;

use super::{CurrentViewer, Form};
use crate::MAX_BODY;
use crate::error::AppError;
use crate::state::AppState;

/// Largest body of a form with a file, in bytes.
pub const MAX_FORM: usize = 32 * 1024 * 1024;
/// Most fields of a form.
const MAX_FIELDS: usize = 200;

/// The limit of the addresses that take forms with files; that of others is [`MAX_BODY`].
pub fn form_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_FORM)
}

/// A form that may come with files, sent from one of our pages. Its texts are checked and read as those of every
/// [`Form`]; it may also come without files, in the usual coding of forms.
#[derive(Debug)]
pub struct FormWithFiles<T> {
    /// The fields that are known by name.
    pub fields: T,
    /// All that came.
    pub parts: Parts,
}

impl<T: DeserializeOwned> FromRequest<AppState> for FormWithFiles<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        let (mut head, body) = request.into_parts();
        let parts = if has_files(&head.headers) {
            let current = CurrentViewer::from_request_parts(&mut head, state).await?;
            // A visitor attaches nothing: only what they wrote is kept, to be sent again.
            let keep = match current.session() {
                Some(_) => Keep::Files,
                None => Keep::Texts,
            };
            let whole = Request::from_parts(head.clone(), body);
            let form = Multipart::from_request(whole, state)
                .await
                .map_err(|error| AppError::BadRequest(error.body_text()))?;
            Parts::read(form, keep).await?
        } else {
            let whole = Request::from_parts(head.clone(), body);
            let bytes = Bytes::from_request(whole, state).await?;
            Parts {
                texts: url::form_urlencoded::parse(&bytes).into_owned().collect(),
                files: Vec::new(),
            }
        };
        let texts = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&parts.texts)
            .finish();
        head.headers.remove(CONTENT_LENGTH);
        head.headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let form = Request::from_parts(head, Body::from(texts));
        let Form(fields) = Form::from_request(form, state).await?;
        Ok(Self { fields, parts })
    }
}

/// True for a body of form fields with files.
pub(crate) fn has_files(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("multipart/form-data"))
}

/// What a form holds.
#[derive(Debug, Default)]
pub struct Parts {
    /// Texts, by the name of their field, in their order.
    pub texts: Vec<(String, String)>,
    /// Files.
    pub files: Vec<SentFile>,
}

/// A file of a form.
pub struct SentFile {
    /// Name of the field.
    pub field: String,
    /// What its owner calls it.
    pub name: String,
    /// Its bytes; empty when it is too heavy.
    pub bytes: Vec<u8>,
    /// It is larger than anything that is taken.
    pub too_large: bool,
}

impl std::fmt::Debug for SentFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SentFile")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Parts {
    /// Reads a body. The bytes of files are thrown away unless `keep`.
    pub async fn read(mut body: Multipart, keep: Keep) -> Result<Self, AppError> {
        let mut parts = Self::default();
        let mut left = MAX_BODY;
        let mut fields = 0_usize;
        while let Some(mut field) = body.next_field().await.map_err(failed)? {
            fields += 1;
            if fields > MAX_FIELDS {
                return Err(AppError::BadRequest("too many fields".to_owned()));
            }
            let name = field.name().unwrap_or_default().to_owned();
            if let Some(file_name) = field.file_name().map(ToOwned::to_owned) {
                let limit = match keep {
                    Keep::Files => MAX_DOCUMENT,
                    Keep::Texts => 0,
                };
                let (bytes, too_large) = bytes_of(&mut field, limit).await?;
                // A browser sends an empty part when no file was chosen.
                if !file_name.is_empty() || !bytes.is_empty() {
                    parts.files.push(SentFile {
                        field: name,
                        name: file_name,
                        bytes,
                        too_large,
                    });
                }
                continue;
            }
            let (bytes, too_large) = bytes_of(&mut field, left).await?;
            if too_large {
                return Err(AppError::TooLarge { limit_mb: 1 });
            }
            left = left.saturating_sub(bytes.len());
            let text = String::from_utf8(bytes)
                .map_err(|_| AppError::BadRequest(format!("`{name}` is not UTF-8")))?;
            parts.texts.push((name, text));
        }
        Ok(parts)
    }

    /// All texts of a field.
    pub fn all<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        self.texts
            .iter()
            .filter(move |(name, _)| name == field)
            .map(|(_, text)| text.as_str())
    }

    /// The first text of a field; empty when there is none.
    pub fn text(&self, field: &str) -> &str {
        self.texts
            .iter()
            .find(|(name, _)| name == field)
            .map_or("", |(_, text)| text)
    }
}

/// What of a form is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All of it.
    Files,
    /// Only texts: nobody is signed in.
    Texts,
}

async fn bytes_of(field: &mut Field<'_>, limit: usize) -> Result<(Vec<u8>, bool), AppError> {
    let mut bytes = Vec::new();
    let mut too_large = false;
    while let Some(chunk) = field.chunk().await.map_err(failed)? {
        too_large |= bytes.len().saturating_add(chunk.len()) > limit;
        if too_large {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok((bytes, too_large))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that map_err wants"
)]
fn failed(error: MultipartError) -> AppError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge {
            limit_mb: u32::try_from(MAX_FORM / (1024 * 1024)).unwrap_or(u32::MAX),
        },
        _ => AppError::BadRequest(error.body_text()),
    }
}
