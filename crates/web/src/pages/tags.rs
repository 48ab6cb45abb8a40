//! PG-10, in small: following a tag (`/tags/{tag}/follow`, `/tags/{tag}/unfollow`). Its topics are found by the search.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use parvis_forum::tag_follows;

use super::rows;
use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{Form, Path, Reader};
use crate::state::AppState;
use crate::views::notices::Notice;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/tags/{tag}/follow", post(follow))
        .route("/tags/{tag}/unfollow", post(unfollow))
}

async fn follow(
    State(state): State<AppState>,
    reader: Reader,
    Path(tag): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    reader.current.person()?;
    let tx = state.forum.begin().await?;
    let tag = tag_follows::follow(&tx, reader.viewer(), &tag).await?;
    tx.commit().await?;
    Ok(reader.redirect(&rows::tag(tag).url, Some(Notice::TagFollowed)))
}

async fn unfollow(
    State(state): State<AppState>,
    reader: Reader,
    Path(tag): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    reader.current.person()?;
    let tx = state.forum.begin().await?;
    let tag = tag_follows::unfollow(&tx, reader.viewer(), &tag).await?;
    tx.commit().await?;
    Ok(reader.redirect(&rows::tag(tag).url, Some(Notice::TagUnfollowed)))
}
