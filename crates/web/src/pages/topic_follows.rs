//! Following or muting a topic: what the reader is told of its replies.
//!
//! Not here: following categories and people (`categories`, `people`), which other servers are told.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use parvis_forum::id::TopicId;
use parvis_forum::kinds::FollowLevel;
use parvis_forum::{Read, Viewer, topic_follows, topics};
use serde::Deserialize;

use super::rows;
use crate::error::{AppError, AppResult};
use crate::extract::{Form, Path, Reader};
use crate::state::AppState;
use crate::views::notices::Notice;
use crate::views::topics::TopicFollow;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/t/{id}/follow", post(choose))
}

/// What the page of a topic says of it to the viewer; nothing to visitors.
pub(super) async fn shown(
    db: &impl Read,
    viewer: &Viewer,
    topic: TopicId,
) -> AppResult<Option<TopicFollow>> {
    if viewer.person().is_none() {
        return Ok(None);
    }
    let level = topic_follows::level(db, viewer, topic).await?;
    Ok(Some(level.map_or(TopicFollow::Mentions, TopicFollow::from)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    level: String,
}

/// `POST /t/{id}/follow`, field `level`.
async fn choose(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<TopicId>,
    Form(choice): Form<Choice>,
) -> AppResult<Response> {
    let level: FollowLevel = choice
        .level
        .parse()
        .map_err(|_| AppError::BadRequest("`level` is `all`, `mentions` or `mute`".to_owned()))?;
    let tx = state.forum.begin().await?;
    let topic = topics::readable(tx.c(), reader.viewer(), id).await?;
    topic_follows::set(&tx, reader.viewer(), &topic, level).await?;
    tx.commit().await?;
    let notice = match level {
        FollowLevel::All => Notice::TopicFollowed,
        FollowLevel::Mentions => Notice::TopicUnfollowed,
        FollowLevel::Mute => Notice::TopicMuted,
    };
    Ok(reader.redirect(&rows::topic_path(&topic), Some(notice)))
}
