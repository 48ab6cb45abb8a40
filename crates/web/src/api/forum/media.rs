//! Files: sending one, to be attached to a post later.

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::media::{self, Upload};
use parvis_forum::tokens::Scope;
use parvis_forum::{Error, FieldError};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, WriteProblems};
use super::model::Attachment;
use super::write::{self, Stop};
use crate::extract::upload::Parts;
use crate::state::AppState;

/// Largest body: a document, and what a form puts around it.
const MAX_BODY: usize = 12 * 1024 * 1024;

/// The limit of this call; that of the others is lower.
pub(super) fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_BODY)
}

/// A file, as a form.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "only describes what is read from the form")]
pub(super) struct MediaForm {
    /// JPEG, PNG, WebP or GIF up to 8 MB and 40 megapixels; PDF, ODT, ODS, ODP, TXT or CSV up to 10 MB. Pictures are
    /// encoded again, at most 2048 pixels wide or high, without their metadata.
    #[schema(value_type = String, format = Binary)]
    file: String,
    /// What it shows, for those who don't see it. A picture needs it, unless `decorative` is `true`.
    description: Option<String>,
    /// The picture only decorates.
    decorative: Option<bool>,
}

/// Keeps a file for a post of the caller. One that no post has is removed after a day.
#[utoipa::path(post, path = "/media", operation_id = "create_media", tag = "media",
    request_body(content = MediaForm, content_type = "multipart/form-data"), params(IdempotencyKey),
    responses((status = 201, description = "The file, for `media` of a topic or a post", body = Attachment), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn create(
    State(app): State<AppState>,
    request: Request,
) -> Result<Response, Stop> {
    let write = write::with_files(request, &app).await?;
    let viewer = write.caller.may(Scope::Write)?.clone();
    let upload = upload(&write.body)?;
    // A request that was answered before is not looked at again.
    drop(write.begin(&app).await?);
    let stored = media::store(&app.forum, &viewer, upload).await?;
    let work = write.begin(&app).await?;
    let row = media::insert(&work.tx, stored).await?;
    let answer = Attachment::of_file(work.tx.config(), &row);
    work.answer(StatusCode::CREATED, None, &answer).await
}

fn upload(parts: &Parts) -> Result<Upload, Error> {
    let mut errors = Vec::new();
    let description = parts.text("description").trim().to_owned();
    let decorative = matches!(parts.text("decorative").trim(), "true" | "1" | "yes" | "on");
    let file = parts.files.iter().find(|file| file.field == "file");
    match file {
        None => errors.push(FieldError::new("file", "blank")),
        Some(file) if file.too_large => errors.push(FieldError::limit("file", "too-large", 10)),
        Some(file) if media::content::is_picture(&file.bytes) => {
            if media::lacks_description(true, &description, decorative) {
                errors.push(FieldError::new("description", "blank"));
            }
        }
        Some(_) => {}
    }
    match file {
        Some(file) if errors.is_empty() => Ok(Upload {
            file_name: file.name.clone(),
            bytes: file.bytes.clone(),
            description,
            decorative,
        }),
        _ => Err(Error::Invalid(errors)),
    }
}
