//! Official answers: marking a reply as one, and taking that back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::id::PostId;
use parvis_forum::officials::{self, Official as Mark};
use parvis_forum::tokens::Scope;
use parvis_forum::{Kind, posts};

use super::answers::{IdempotencyKey, WriteProblems};
use super::model::{self, Official, Organisation, Post};
use super::parse_id;
use super::write::{Nothing, Stop, Write};
use crate::extract::Path;
use crate::state::AppState;

/// The mark of a post.
pub(super) fn official_from_post(post: &parvis_forum::Post) -> Option<Official> {
    let mark = Mark::of(post)?;
    Some(Official {
        state: mark.standing.as_str().to_owned(),
        signed_at: mark.signed(),
        superseded_by: officials::successor(&mark).map(|id| id.to_string()),
        declared_by: mark.declared_by,
        organisation: Organisation {
            id: None,
            name: mark.organisation,
            url: mark.organisation_url,
        },
    })
}

/// Makes a reply the official answer of its author's organisation. Moderators of the category, or the author as delegate.
#[utoipa::path(put, path = "/posts/{id}/official", operation_id = "make_official", tag = "posts",
    params(("id" = String, Path, description = "Id of the reply"), IdempotencyKey),
    responses((status = 200, description = "The reply as it is now", body = Post), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn mark(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let work = write.begin(&app).await?;
    let post = posts::readable(work.tx.c(), &viewer, id).await?;
    let post = officials::mark(&work.tx, &viewer, post).await?;
    let answer = model::post_from_row(work.tx.c(), work.tx.config(), &viewer, post).await?;
    work.answer(StatusCode::OK, None, &answer).await
}

/// Takes an official answer back. The reply stays.
#[utoipa::path(delete, path = "/posts/{id}/official", operation_id = "withdraw_official", tag = "posts",
    params(("id" = String, Path, description = "Id of the reply"), IdempotencyKey),
    responses((status = 200, description = "The reply as it is now", body = Post), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn withdraw(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let work = write.begin(&app).await?;
    let post = posts::readable(work.tx.c(), &viewer, id).await?;
    let post = officials::withdraw(&work.tx, &viewer, post).await?;
    let answer = model::post_from_row(work.tx.c(), work.tx.config(), &viewer, post).await?;
    work.answer(StatusCode::OK, None, &answer).await
}
