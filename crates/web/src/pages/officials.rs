//! Official answers: the list on top of a topic, and marking one (`/p/{id}/official`, `/p/{id}/unofficial`).

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use parvis_forum::id::PostId;
use parvis_forum::officials::{self, Official, Standing};
use parvis_forum::{Error, Read, Topic, actors, posts, topics};

use super::rows;
use super::topics::{self as topic_pages, post_url};
use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{Form, Path, Reader};
use crate::state::AppState;
use crate::views::notices::Notice;
use crate::views::topics::{OfficialAnswer, PostLink};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/p/{id}/official", post(mark))
        .route("/p/{id}/unofficial", post(withdraw))
}

/// The official answers of a topic. Asks for nothing where there is none.
pub(super) async fn of_topic(
    db: &impl Read,
    topic: &Topic,
    here: &HashMap<PostId, i32>,
) -> AppResult<Vec<OfficialAnswer>> {
    if topic.official_at.is_none() {
        return Ok(Vec::new());
    }
    let answers = officials::of_topic(db, topic.id).await?;
    let authors = actors::by_ids(db, answers.iter().map(|(post, _)| post.author_id)).await?;
    let link = |id: PostId| {
        let (post, _) = answers.iter().find(|(post, _)| post.id == id)?;
        Some(PostLink {
            number: rows::count(post.number),
            url: post_url(id, here),
            author: authors
                .get(&post.author_id)
                .map(|author| actors::shown_name(author).to_owned())
                .unwrap_or_default(),
        })
    };
    Ok(answers
        .iter()
        .filter(|(_, official)| official.standing != Standing::Withdrawn)
        .filter_map(|(post, official)| {
            Some(OfficialAnswer {
                organisation: official.organisation.clone(),
                signer: official.signer.clone(),
                signed_at: official.signed().datetime(),
                post: link(post.id)?,
                superseded_by: officials::successor(official).and_then(link),
                declared_by: official.declared_by.clone(),
            })
        })
        .collect())
}

/// Whose official answer a post is, as long as it holds.
pub(super) fn organisation(post: &parvis_forum::Post) -> Option<String> {
    let official = Official::of(post).filter(Official::holds)?;
    Some(match official.declared_by {
        Some(host) => format!("{} ({host})", official.organisation),
        None => official.organisation,
    })
}

async fn mark(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let (tx, post, path) = begin(&state, &reader, id).await?;
    match officials::mark(&tx, reader.viewer(), post).await {
        Err(Error::Invalid(_)) => {
            return Ok(reader.redirect(&path, Some(Notice::NoOrganisation)));
        }
        other => other?,
    };
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(Notice::OfficialMarked)))
}

async fn withdraw(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let (tx, post, path) = begin(&state, &reader, id).await?;
    officials::withdraw(&tx, reader.viewer(), post).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(Notice::OfficialWithdrawn)))
}

async fn begin(
    state: &AppState,
    reader: &Reader,
    id: PostId,
) -> AppResult<(parvis_forum::Tx, parvis_forum::Post, String)> {
    reader.current.person()?;
    let db = state.forum.db();
    let post = posts::readable(db, reader.viewer(), id).await?;
    let topic = topics::by_id(db, post.topic_id).await?;
    let path = topic_pages::place(&topic, post.number, posts::page_of(post.number));
    Ok((state.forum.begin().await?, post, path))
}
