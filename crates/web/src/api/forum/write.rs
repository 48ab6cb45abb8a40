//! What all writing calls share: who writes, the body, and the `Idempotency-Key` header.
//!
//! The answer to a request with a key is kept in the transaction of what the request did. When the same request comes
//! again within a day, it gets that answer and nothing is done; another request with the key gets 409.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::header::{HeaderValue, LOCATION};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use parvis_forum::idempotency::{self, Stored};
use parvis_forum::{Error, FieldError, Tx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::BASE;
use super::caller::Caller;
use crate::error::AppError;
use crate::extract::upload::{Keep, Parts};
use crate::state::AppState;

/// Names of the fields of all bodies, for errors about the type of one.
const FIELDS: [&str; 26] = [
    "action",
    "answer",
    "category",
    "choices",
    "content",
    "description",
    "forward",
    "ids",
    "kind",
    "language",
    "locked",
    "media",
    "parent",
    "paused",
    "pinned",
    "policy",
    "poll",
    "quote",
    "reason",
    "reply_to",
    "silence_media",
    "slug",
    "tags",
    "target",
    "title",
    "warning",
];

/// A body without fields.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Nothing {}

/// A writing call: the caller and the body. Extracting it refuses callers without a token before it looks at the body.
#[derive(Debug)]
pub(super) struct Write<T> {
    /// Who writes.
    pub caller: Caller,
    /// What.
    pub body: T,
    key: Option<Key>,
}

#[derive(Clone, Debug)]
struct Key {
    value: String,
    request_hash: String,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Write<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, AppError> {
        let raw = raw(request, app).await?;
        Ok(Self {
            caller: raw.caller,
            body: read(&raw.bytes)?,
            key: raw.key,
        })
    }
}

/// A writing call whose body is a form with files.
pub(super) async fn with_files(request: Request, app: &AppState) -> Result<Write<Parts>, AppError> {
    let raw = raw(request, app).await?;
    let whole = Request::from_parts(raw.head, raw.bytes.into());
    let form = Multipart::from_request(whole, app)
        .await
        .map_err(|_| AppError::UnsupportedMedia)?;
    Ok(Write {
        caller: raw.caller,
        body: Parts::read(form, Keep::Files).await?,
        key: raw.key,
    })
}

/// A writing call, its body as it came.
struct Raw {
    caller: Caller,
    head: axum::http::request::Parts,
    bytes: Bytes,
    key: Option<Key>,
}

async fn raw(request: Request, app: &AppState) -> Result<Raw, AppError> {
    let (mut head, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut head, app).await?;
    let key = match head.headers.get("idempotency-key") {
        None => None,
        Some(value) => {
            let value = value
                .to_str()
                .map_err(|_| Error::field("Idempotency-Key", "format"))?;
            idempotency::check_key(value)?;
            Some(value.to_owned())
        }
    };
    let whole = Request::from_parts(head.clone(), body);
    let bytes = Bytes::from_request(whole, app).await?;
    let key = key.map(|value| Key {
        value,
        request_hash: idempotency::request_hash(head.method.as_str(), head.uri.path(), &bytes),
    });
    Ok(Raw {
        caller,
        head,
        bytes,
        key,
    })
}

/// Reads a JSON object; nothing at all is an empty one. Fields that are not known are passed over.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, AppError> {
    let text: &[u8] = if bytes.trim_ascii().is_empty() {
        b"{}"
    } else {
        bytes
    };
    let value: serde_json::Value = serde_json::from_slice(text)
        .map_err(|error| AppError::BadRequest(format!("the body is not JSON: {error}")))?;
    if !value.is_object() {
        return Err(AppError::BadRequest(
            "the body is not a JSON object".to_owned(),
        ));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let name = path.split(['.', '[']).next().unwrap_or_default();
        match FIELDS.into_iter().find(|field| *field == name) {
            Some(field) => Error::Invalid(vec![FieldError::new(field, "type")]).into(),
            None => AppError::BadRequest(error.to_string()),
        }
    })
}

/// Why a writing handler ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// It can't be done.
    Error(AppError),
    /// It was done before: the answer of then.
    Repeated(Response),
}

impl<E: Into<AppError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Error(error) => error.into_response(),
            Self::Repeated(answer) => answer,
        }
    }
}

/// The transaction of a writing call.
#[derive(Debug)]
pub(super) struct Work {
    /// The transaction.
    pub tx: Tx,
    caller: parvis_forum::id::ActorId,
    key: Option<Key>,
}

impl<T> Write<T> {
    /// Opens the transaction, unless the same request was answered before.
    pub(super) async fn begin(&self, app: &AppState) -> Result<Work, Stop> {
        let tx = app.forum.begin().await?;
        let caller = self.caller.id();
        if let Some(key) = &self.key {
            let known =
                idempotency::find(tx.c(), tx.now(), caller, &key.value, &key.request_hash).await?;
            if let Some(known) = known {
                let kept: Kept = serde_json::from_str(&known.body).map_err(AppError::internal)?;
                let status = StatusCode::from_u16(known.status).unwrap_or(StatusCode::OK);
                return Err(Stop::Repeated(respond(&tx, status, kept)?));
            }
        }
        Ok(Work {
            tx,
            caller,
            key: self.key.clone(),
        })
    }
}

/// An answer as it is kept.
#[derive(Deserialize, Serialize)]
struct Kept {
    /// Path of what was made, under the address of the API.
    location: Option<String>,
    /// The answer.
    body: serde_json::Value,
}

impl Work {
    /// Keeps the answer if the request has a key, makes everything durable, and answers. `location` is the path of what
    /// was made, under the address of the API.
    pub(super) async fn answer(
        self,
        status: StatusCode,
        location: Option<String>,
        body: &impl Serialize,
    ) -> Result<Response, Stop> {
        let kept = Kept {
            location,
            body: serde_json::to_value(body).map_err(AppError::internal)?,
        };
        if let Some(key) = &self.key {
            let stored = Stored {
                status: status.as_u16(),
                body: serde_json::to_string(&kept).map_err(AppError::internal)?,
            };
            idempotency::store(
                &self.tx,
                self.caller,
                &key.value,
                &key.request_hash,
                &stored,
            )
            .await?;
        }
        let response = respond(&self.tx, status, kept)?;
        self.tx.commit().await?;
        Ok(response)
    }
}

fn respond(tx: &Tx, status: StatusCode, kept: Kept) -> Result<Response, AppError> {
    let mut response = (status, Json(kept.body)).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(path) = kept.location {
        let url = tx.config().local_url(&format!("{BASE}{path}"));
        response.headers_mut().insert(
            LOCATION,
            HeaderValue::from_str(url.as_str()).map_err(AppError::internal)?,
        );
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Body {
        title: String,
        tags: Vec<String>,
    }

    #[test]
    fn a_wrong_type_names_its_field() {
        for (json, wanted) in [
            (r#"{"title": 5}"#, "title"),
            (r#"{"tags": ["a", 1]}"#, "tags"),
        ] {
            match read::<Body>(json.as_bytes()) {
                Err(AppError::Forum(Error::Invalid(fields))) => {
                    assert_eq!(fields, [FieldError::new(wanted, "type")]);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn unknown_fields_are_passed_over_and_no_body_is_an_empty_one() {
        let body: Body = read(br#"{"title": "a", "colour": "red"}"#).unwrap();
        assert_eq!(body.title, "a");
        assert!(read::<Body>(b" ").unwrap().tags.is_empty());
        for wrong in ["[]", "{", "5"] {
            assert!(matches!(
                read::<Body>(wrong.as_bytes()),
                Err(AppError::BadRequest(_))
            ));
        }
    }
}
