//! Quotes of posts: what a post quotes, who quotes one's own, and taking one's consent back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::id::PostId;
use parvis_forum::quotes::{self, QuoteView};
use parvis_forum::tokens::Scope;
use parvis_forum::{Error, Kind, Timestamp, actors, posts};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, ReadProblems, WriteProblems};
use super::caller::Caller;
use super::parse_id;
use super::write::{Nothing, Stop, Write};
use crate::error::AppError;
use crate::extract::Path;
use crate::state::AppState;

/// What a post quotes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Quote {
    /// ActivityPub id of what it quotes.
    pub uri: String,
    /// `allowed`: show what is quoted. `named`, `asked`, `refused`, `revoked`: show a link at most.
    pub state: String,
    /// Id of the quoted post in this node, when it may be shown.
    pub post: Option<String>,
}

/// A quote as it is read.
pub(super) fn quote_from_view(view: QuoteView) -> Quote {
    Quote {
        uri: view.quote.uri,
        state: view.quote.standing.as_str().to_owned(),
        post: view.quoted.map(|(post, ..)| post.id.to_string()),
    }
}

/// Somebody quotes a post of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuotedBy {
    /// Id of the consent.
    id: String,
    /// `name@host` of who quotes.
    by: String,
    /// ActivityPub id of the post that quotes.
    uri: String,
    /// Since when it may.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// Who quotes a post, newest first, 200 at most.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuotedByAll {
    items: Vec<QuotedBy>,
}

/// Who may quote a post of the caller.
#[utoipa::path(get, path = "/posts/{id}/quotes", operation_id = "list_quotes", tag = "posts",
    params(("id" = String, Path, description = "Id of the post")),
    responses((status = 200, description = "Who quotes it", body = QuotedByAll), ReadProblems),
    security(("bearer" = ["read"])))]
pub(super) async fn list(
    State(app): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<QuotedByAll>, AppError> {
    let viewer = caller.may(Scope::Read)?;
    let id: PostId = parse_id(&id, Kind::Post)?;
    let db = app.forum.db();
    let post = posts::readable(db, viewer, id).await?;
    let rows = quotes::of_quoted(db, viewer, &post).await?;
    let items = rows
        .into_iter()
        .map(|(row, quoter)| QuotedBy {
            id: row.id.to_string(),
            by: actors::handle(&quoter),
            uri: row.quote_uri,
            since: row.created_at,
        })
        .collect();
    Ok(Json(QuotedByAll { items }))
}

/// Takes back the consent to quote a post of the caller. The other server is told.
#[utoipa::path(delete, path = "/posts/{id}/quotes/{quote}", operation_id = "revoke_quote", tag = "posts",
    params(("id" = String, Path, description = "Id of the post"),
        ("quote" = String, Path, description = "Id of the consent"), IdempotencyKey),
    responses((status = 200, description = "It is taken back"), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn revoke(
    State(app): State<AppState>,
    Path((id, quote)): Path<(String, String)>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let quote: i64 = parse_id(&quote, Kind::Activity)?;
    let work = write.begin(&app).await?;
    let (_, quoted) = quotes::authorization(work.tx.c(), &viewer, quote).await?;
    if quoted.id != id {
        return Err(Error::NotFound(Kind::Activity).into());
    }
    quotes::revoke(&work.tx, &viewer, quote).await?;
    work.answer(StatusCode::OK, None, &serde_json::json!({}))
        .await
}
