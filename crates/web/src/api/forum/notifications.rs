//! What the caller is told.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::id::NotificationId;
use parvis_forum::tokens::Scope;
use parvis_forum::{Error, Timestamp, affiliations, notifications, posts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, ListProblems, PageParams, WriteProblems};
use super::caller::Caller;
use super::model::{self, Author, Page, Post};
use super::write::{Stop, Write};
use crate::error::AppError;
use crate::extract::PageQuery;
use crate::state::AppState;

/// Something that the caller is told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Notification {
    /// Its id.
    id: String,
    /// `reply`, `mention`, `like`, `follow`, `moderation`, `answer` or `topic` (a reply in a topic that
    /// the caller follows).
    #[serde(rename = "type")]
    kind: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The caller has read it.
    read: bool,
    /// Who did it.
    author: Author,
    /// In which topic.
    topic: Option<TopicRef>,
    /// Which post.
    post: Option<Post>,
}

/// A topic in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicRef {
    /// Its id.
    id: String,
    /// Its title; empty when it was removed.
    title: String,
    /// Its page on this node.
    url: String,
}

/// The caller's notifications, newest first.
#[utoipa::path(get, path = "/notifications", operation_id = "list_notifications", tag = "me", params(PageParams),
    responses((status = 200, description = "A page of notifications", body = Page<Notification>), ListProblems),
    security(("bearer" = ["read"])))]
pub(super) async fn list(
    State(app): State<AppState>,
    caller: Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<Page<Notification>>, AppError> {
    let viewer = caller.may(Scope::Read)?;
    let forum = &app.forum;
    let db = forum.db();
    let page = notifications::list(db, viewer, page).await?;
    let stated = affiliations::of(db, page.items.iter().map(|n| n.actor.id)).await?;
    let rows = page.items.iter().filter_map(|n| n.post.clone()).collect();
    let views = posts::views(db, viewer, rows).await?;
    let shown: HashMap<String, Post> = model::posts_from_views(db, forum.config(), viewer, views)
        .await?
        .into_iter()
        .map(|post| (post.id.clone(), post))
        .collect();
    let items = page
        .items
        .into_iter()
        .map(|n| Notification {
            id: n.row.id.to_string(),
            kind: n.row.kind.as_str(),
            created_at: n.row.created_at,
            read: n.row.read_at.is_some(),
            author: model::author_from_actor(&n.actor, stated.get(&n.actor.id)),
            topic: n.topic.map(|topic| TopicRef {
                id: topic.id.to_string(),
                url: forum
                    .config()
                    .local_url(&format!("/t/{}", topic.id))
                    .to_string(),
                title: if topic.removed_at.is_some() || topic.deleted_at.is_some() {
                    String::new()
                } else {
                    topic.title
                },
            }),
            post: n
                .post
                .and_then(|post| shown.get(&post.id.to_string()).cloned()),
        })
        .collect();
    Ok(Json(Page::new(items, page.next)))
}

/// Which notifications were read.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct ReadBody {
    /// Their ids; all when nothing is said.
    ids: Option<Vec<String>>,
}

/// How many were marked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadAnswer {
    /// Marked as read just now.
    read: u64,
    /// Not read yet.
    unread: u64,
}

/// Marks notifications of the caller as read.
#[utoipa::path(post, path = "/notifications/read", operation_id = "mark_notifications_read", tag = "me", request_body = ReadBody,
    params(IdempotencyKey),
    responses((status = 200, description = "How many were marked", body = ReadAnswer), WriteProblems),
    security(("bearer" = ["write"]), ("bearer" = ["read"])))]
pub(super) async fn mark_read(
    State(app): State<AppState>,
    write: Write<ReadBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may_one(&[Scope::Write, Scope::Read])?.clone();
    let ids: Option<Vec<NotificationId>> = write
        .body
        .ids
        .as_ref()
        .map(|ids| ids.iter().map(|id| id.parse()).collect())
        .transpose()
        .map_err(|_| Error::field("ids", "format"))?;
    let work = write.begin(&app).await?;
    let read = notifications::mark_read(&work.tx, &viewer, ids.as_deref()).await?;
    let unread = notifications::unread_count(work.tx.c(), &viewer).await?;
    work.answer(StatusCode::OK, None, &ReadAnswer { read, unread })
        .await
}
