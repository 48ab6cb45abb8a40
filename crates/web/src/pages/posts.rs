//! What is done with one post: finding its place (`/p/{id}`), liking, keeping, choosing it as the answer, deleting,
//! removing and restoring it. Its history is in `revisions`, changing it in `compose`, reporting it at `/report`.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use parvis_forum::id::PostId;
use parvis_forum::kinds::VoteKind;
use parvis_forum::text::sanitize::{self, SafeHtml};
use parvis_forum::topics::{self, TopicChange};
use parvis_forum::{
    Error, Kind, Origin, Post, Topic, Tx, actors, affiliations, bookmarks, policy, posts, reports,
    votes,
};
use serde::Deserialize;

use super::{compose, problems, rows, topics as topic_pages};
use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{Form, Path, Reader, upload};
use crate::state::AppState;
use crate::views::confirms::{DeletePostView, PostExcerpt, RemovePostView};
use crate::views::forms::Problem;
use crate::views::notices::Notice;
use crate::views::parts::Html;
use crate::views::topics::PostLink;

/// Longest excerpt on a page that asks before something is done, in characters.
const EXCERPT: usize = 400;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/p/{id}", get(show))
        .route(
            "/p/{id}/edit",
            get(compose::edit)
                .post(compose::save)
                .layer(upload::form_limit()),
        )
        .route("/p/{id}/like", post(like))
        .route("/p/{id}/unlike", post(unlike))
        .route("/p/{id}/bookmark", post(bookmark))
        .route("/p/{id}/unbookmark", post(unbookmark))
        .route("/p/{id}/answer", post(answer))
        .route("/p/{id}/unanswer", post(unanswer))
        .route("/p/{id}/delete", get(ask_delete).post(delete))
        .route("/p/{id}/remove", get(ask_remove).post(remove))
        .route("/p/{id}/restore", post(restore))
        .route("/p/{id}/report", get(report))
}

async fn find(state: &AppState, reader: &Reader, id: PostId) -> AppResult<(Post, Topic)> {
    let db = state.forum.db();
    let post = posts::readable(db, reader.viewer(), id).await?;
    let topic = topics::by_id(db, post.topic_id).await?;
    Ok((post, topic))
}

fn place(post: &Post, topic: &Topic) -> String {
    topic_pages::place(topic, post.number, posts::page_of(post.number))
}

/// `GET /p/{id}`: to its place in its topic.
pub(crate) async fn show(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
) -> AppResult {
    let (post, topic) = find(&state, &reader, id).await?;
    Ok(reader.redirect(&place(&post, &topic), None))
}

/// The address under which reports of this post are made.
async fn report(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
) -> AppResult {
    find(&state, &reader, id).await?;
    Ok(reader.redirect(&format!("/report?target=%2Fp%2F{id}"), None))
}

/// A transaction with the post in it, and where to go back to.
async fn begin(state: &AppState, reader: &Reader, id: PostId) -> AppResult<(Tx, Post, String)> {
    reader.current.person()?;
    let (post, topic) = find(state, reader, id).await?;
    let path = place(&post, &topic);
    Ok((state.forum.begin().await?, post, path))
}

async fn like(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let (tx, post, path) = begin(&state, &reader, id).await?;
    votes::cast(
        &tx,
        reader.viewer(),
        &post,
        VoteKind::Like,
        None,
        Origin::Local,
    )
    .await?;
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(Notice::Liked)))
}

async fn unlike(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let (tx, post, path) = begin(&state, &reader, id).await?;
    votes::undo(&tx, reader.viewer(), &post, Origin::Local).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(Notice::Unliked)))
}

async fn bookmark(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let (tx, post, path) = begin(&state, &reader, id).await?;
    bookmarks::add(&tx, reader.viewer(), &post).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(Notice::Bookmarked)))
}

async fn unbookmark(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let (tx, post, path) = begin(&state, &reader, id).await?;
    bookmarks::remove(&tx, reader.viewer(), post.id).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(Notice::Unbookmarked)))
}

async fn answer(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    choose(&state, &reader, id, Some(id), Notice::AnswerMarked).await
}

async fn unanswer(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    choose(&state, &reader, id, None, Notice::AnswerUnmarked).await
}

async fn choose(
    state: &AppState,
    reader: &Reader,
    id: PostId,
    answer: Option<PostId>,
    notice: Notice,
) -> AppResult<Response> {
    let (tx, post, path) = begin(state, reader, id).await?;
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    let change = TopicChange {
        answer: Some(answer),
        ..TopicChange::default()
    };
    topics::change(&tx, reader.viewer(), topic, change).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(notice)))
}

/// A post in short, for a page that asks before something is done with it.
pub(super) async fn excerpt(
    state: &AppState,
    post: &Post,
    topic: &Topic,
) -> AppResult<PostExcerpt> {
    let db = state.forum.db();
    let author = actors::by_id(db, post.author_id).await?;
    let affiliation = affiliations::find(db, author.id).await?;
    let stored = SafeHtml::from_stored(&post.content_html);
    Ok(PostExcerpt {
        id: post.id.to_string(),
        link: PostLink {
            number: rows::count(post.number),
            url: format!("/p/{}", post.id),
            author: actors::shown_name(&author).to_owned(),
        },
        topic: rows::topic_link(topic),
        author: rows::author_of_post(&author, post.affiliation.as_deref(), affiliation.as_ref()),
        language: post.language.clone(),
        body: Html::from_sanitized(sanitize::excerpt(&stored, EXCERPT).into_string()),
    })
}

/// The post and its topic, as long as there is something to delete or remove.
async fn present(state: &AppState, reader: &Reader, id: PostId) -> AppResult<(Post, Topic)> {
    reader.current.person()?;
    let (post, topic) = find(state, reader, id).await?;
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Err(Error::Gone(Kind::Post).into());
    }
    Ok((post, topic))
}

async fn ask_delete(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<PostId>,
) -> AppResult {
    let (post, topic) = present(&state, &reader, id).await?;
    policy::posts::can_delete(reader.viewer(), &post)?;
    let view = DeletePostView {
        post: excerpt(&state, &post, &topic).await?,
        opens_topic: topic.opening_post_id == Some(post.id) && topic.reply_count > 0,
    };
    reader.frame.noindex = true;
    reader.page(&view)
}

async fn delete(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let (post, topic) = present(&state, &reader, id).await?;
    let path = after(&state, &post, &topic).await?;
    let tx = state.forum.begin().await?;
    posts::delete(&tx, reader.viewer(), post, Origin::Local).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(Notice::PostDeleted)))
}

/// Where to go once a post is gone: its place, or the category if the topic goes with it.
async fn after(state: &AppState, post: &Post, topic: &Topic) -> AppResult<String> {
    if topic.opening_post_id == Some(post.id) && topic.reply_count == 0 {
        let category = actors::by_id(state.forum.db(), topic.category_id).await?;
        return Ok(actors::path(&category));
    }
    Ok(place(post, topic))
}

/// Field of the form that removes a post.
#[derive(Debug, Deserialize)]
struct Removal {
    #[serde(default)]
    reason: String,
}

async fn removable(state: &AppState, reader: &Reader, id: PostId) -> AppResult<(Post, Topic)> {
    let (post, topic) = present(state, reader, id).await?;
    policy::posts::can_remove(reader.viewer(), &topic)?;
    Ok((post, topic))
}

async fn ask_remove(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<PostId>,
) -> AppResult {
    let (post, topic) = removable(&state, &reader, id).await?;
    let view = RemovePostView {
        post: excerpt(&state, &post, &topic).await?,
        reason: String::new(),
        errors: Vec::new(),
    };
    reader.frame.noindex = true;
    reader.page(&view)
}

async fn remove(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(fields): Form<Removal>,
) -> AppResult<Response> {
    let (post, topic) = removable(&state, &reader, id).await?;
    let reason = fields.reason.trim();
    if reason.is_empty() {
        let view = RemovePostView {
            post: excerpt(&state, &post, &topic).await?,
            reason: fields.reason,
            errors: vec![problems::problem(
                &state,
                &reader,
                "reason",
                &Problem::Empty,
            )],
        };
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    let removed = posts::remove(&tx, reader.viewer(), post.clone(), reason, Origin::Local).await?;
    if reader.viewer().actor_id() != Some(removed.author_id) {
        reports::resolve_of_post(&tx, reader.viewer(), &removed).await?;
    }
    tx.commit().await?;
    Ok(reader.redirect(&place(&post, &topic), Some(Notice::PostRemoved)))
}

async fn restore(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let (tx, post, path) = begin(&state, &reader, id).await?;
    posts::restore(&tx, reader.viewer(), post, "", Origin::Local).await?;
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(Notice::PostRestored)))
}
