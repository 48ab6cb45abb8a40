//! Tags that the caller follows.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::tag_follows;
use parvis_forum::tokens::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, ReadProblems, WriteProblems};
use super::caller::Caller;
use super::write::{Nothing, Stop, Write};
use crate::error::AppError;
use crate::extract::Path;
use crate::state::AppState;

/// A tag, and whether the caller follows it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TagFollow {
    /// Lower case, without `#`.
    tag: String,
    /// The caller follows it.
    followed: bool,
}

/// Tags that the caller follows, 100 at most, in alphabetical order. Topics that have one come in `/home`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FollowedTags {
    items: Vec<TagFollow>,
}

/// The tags that the caller follows.
#[utoipa::path(get, path = "/tags/followed", operation_id = "list_followed_tags", tag = "me",
    responses((status = 200, description = "The tags", body = FollowedTags), ReadProblems),
    security(("bearer" = ["read"])))]
pub(super) async fn list(
    State(app): State<AppState>,
    caller: Caller,
) -> Result<Json<FollowedTags>, AppError> {
    caller.may(Scope::Read)?;
    let tags = tag_follows::of_person(app.forum.db(), caller.person()?.actor.id).await?;
    let items = tags
        .into_iter()
        .map(|tag| TagFollow {
            tag,
            followed: true,
        })
        .collect();
    Ok(Json(FollowedTags { items }))
}

/// Follows a tag.
#[utoipa::path(put, path = "/tags/{tag}/follow", operation_id = "follow_tag", tag = "me",
    params(("tag" = String, Path, description = "The tag, without `#`"), IdempotencyKey),
    responses((status = 200, description = "The tag", body = TagFollow), WriteProblems),
    security(("bearer" = ["follow"])))]
pub(super) async fn follow(
    State(app): State<AppState>,
    Path(tag): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Follow)?.clone();
    let work = write.begin(&app).await?;
    let tag = tag_follows::follow(&work.tx, &viewer, &tag).await?;
    let answer = TagFollow {
        tag,
        followed: true,
    };
    work.answer(StatusCode::OK, None, &answer).await
}

/// Follows a tag no longer.
#[utoipa::path(delete, path = "/tags/{tag}/follow", operation_id = "unfollow_tag", tag = "me",
    params(("tag" = String, Path, description = "The tag, without `#`"), IdempotencyKey),
    responses((status = 200, description = "The tag", body = TagFollow), WriteProblems),
    security(("bearer" = ["follow"])))]
pub(super) async fn unfollow(
    State(app): State<AppState>,
    Path(tag): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Follow)?.clone();
    let work = write.begin(&app).await?;
    let tag = tag_follows::unfollow(&work.tx, &viewer, &tag).await?;
    let answer = TagFollow {
        tag,
        followed: false,
    };
    work.answer(StatusCode::OK, None, &answer).await
}
