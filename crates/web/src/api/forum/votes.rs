//! What a person says of a post: that it helps, that they keep it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::id::PostId;
use parvis_forum::kinds::VoteKind;
use parvis_forum::tokens::Scope;
use parvis_forum::{Kind, Origin, Viewer, bookmarks, posts, votes};

use super::answers::{IdempotencyKey, WriteProblems};
use super::model::{self, Post};
use super::parse_id;
use super::write::{Nothing, Stop, Work, Write};
use crate::extract::Path;
use crate::state::AppState;

async fn answer(work: Work, viewer: &Viewer, id: PostId) -> Result<Response, Stop> {
    let post = posts::readable(work.tx.c(), viewer, id).await?;
    let answer = model::post_from_row(work.tx.c(), work.tx.config(), viewer, post).await?;
    work.answer(StatusCode::OK, None, &answer).await
}

/// Finds a post helpful.
#[utoipa::path(put, path = "/posts/{id}/like", operation_id = "like_post", tag = "posts",
    params(("id" = String, Path, description = "Id of the post"), IdempotencyKey),
    responses((status = 200, description = "The post as it is now", body = Post), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn like(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let work = write.begin(&app).await?;
    let post = posts::readable(work.tx.c(), &viewer, id).await?;
    votes::cast(
        &work.tx,
        &viewer,
        &post,
        VoteKind::Like,
        None,
        Origin::Local,
    )
    .await?;
    answer(work, &viewer, id).await
}

/// Finds a post helpful no longer.
#[utoipa::path(delete, path = "/posts/{id}/like", operation_id = "unlike_post", tag = "posts",
    params(("id" = String, Path, description = "Id of the post"), IdempotencyKey),
    responses((status = 200, description = "The post as it is now", body = Post), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn unlike(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let work = write.begin(&app).await?;
    let post = posts::readable(work.tx.c(), &viewer, id).await?;
    votes::undo(&work.tx, &viewer, &post, Origin::Local).await?;
    answer(work, &viewer, id).await
}

/// Keeps a post for later. Nobody else knows.
#[utoipa::path(put, path = "/posts/{id}/bookmark", operation_id = "bookmark_post", tag = "posts",
    params(("id" = String, Path, description = "Id of the post"), IdempotencyKey),
    responses((status = 200, description = "The post as it is now", body = Post), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn bookmark(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let work = write.begin(&app).await?;
    let post = posts::readable(work.tx.c(), &viewer, id).await?;
    bookmarks::add(&work.tx, &viewer, &post).await?;
    answer(work, &viewer, id).await
}

/// Keeps a post no longer.
#[utoipa::path(delete, path = "/posts/{id}/bookmark", operation_id = "unbookmark_post", tag = "posts",
    params(("id" = String, Path, description = "Id of the post"), IdempotencyKey),
    responses((status = 200, description = "The post as it is now", body = Post), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn unbookmark(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let work = write.begin(&app).await?;
    bookmarks::remove(&work.tx, &viewer, id).await?;
    answer(work, &viewer, id).await
}
