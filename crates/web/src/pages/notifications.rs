//! PG-22: `/notifications`.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_forum::id::NotificationId;
use parvis_forum::kinds::NotificationKind as Kind;
use parvis_forum::notifications::{self, Notification};
use parvis_forum::page::PageRequest;
use parvis_forum::{actors, affiliations, moderation};
use serde::Deserialize;

use super::rows;
use crate::error::{AppError, AppResult};
use crate::extract::{BothWays, Form, Member, Reader};
use crate::state::AppState;
use crate::views::account::{NotificationKind, NotificationRow, NotificationsView};

const HERE: &str = "/notifications";
/// Acts about somebody in which the reason of a warning is looked for.
const ACTS: u64 = 100;

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/notifications/read", post(mark_read))
}

async fn show(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    page: BothWays,
) -> AppResult {
    let db = state.forum.db();
    let found = notifications::list(db, &current.viewer, page.of_length(40)).await?;
    if page.came_back(&found) {
        return Ok(reader.redirect(HERE, None));
    }
    let concerned: Vec<_> = found.items.iter().map(|item| item.actor.id).collect();
    let stated = affiliations::of(db, concerned).await?;
    let warned = found
        .items
        .iter()
        .any(|item| item.row.kind == Kind::Moderation && item.post.is_none());
    let acts = if warned {
        moderation::about_me(db, &current.viewer, PageRequest::first(ACTS))
            .await?
            .items
    } else {
        Vec::new()
    };
    let reason = |item: &Notification| match &item.post {
        Some(post) => post
            .removed_reason
            .clone()
            .or_else(|| post.refused_reason.clone().filter(|r| !r.is_empty())),
        None => acts
            .iter()
            .find(|act| act.row.created_at == item.row.created_at)
            .map(|act| act.row.reason.clone()),
    };
    let unread = notifications::unread_count(db, &current.viewer).await?;
    reader.page(&NotificationsView {
        pager: rows::pager(&found, HERE),
        unread: u32::try_from(unread).unwrap_or(u32::MAX),
        notifications: found
            .items
            .iter()
            .map(|item| {
                let moderation = item.row.kind == Kind::Moderation;
                NotificationRow {
                    id: item.row.id.to_string(),
                    kind: kind(item.row.kind),
                    author: (!moderation)
                        .then(|| rows::author_from_actor(&item.actor, stated.get(&item.actor.id))),
                    topic: item.topic.as_ref().map(rows::topic_link),
                    url: url(item),
                    reason: moderation.then(|| reason(item)).flatten(),
                    at: item.row.created_at.datetime(),
                    unread: item.row.read_at.is_none(),
                }
            })
            .collect(),
    })
}

fn kind(kind: Kind) -> NotificationKind {
    match kind {
        Kind::Reply => NotificationKind::Reply,
        Kind::Mention => NotificationKind::Mention,
        Kind::Like => NotificationKind::Like,
        Kind::Follow => NotificationKind::Follow,
        Kind::Moderation => NotificationKind::Moderation,
        Kind::Answer => NotificationKind::Answer,
        Kind::Topic => NotificationKind::Topic,
    }
}

/// Where to look.
fn url(item: &Notification) -> Option<String> {
    match (&item.post, &item.topic) {
        (Some(post), _) => Some(format!("/p/{}", post.id)),
        (None, Some(topic)) => Some(rows::topic_path(topic)),
        (None, None) if item.row.kind == Kind::Follow => Some(actors::path(&item.actor)),
        (None, None) => None,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Read {
    notification: String,
}

async fn mark_read(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Form(read): Form<Read>,
) -> AppResult {
    let one: Option<NotificationId> = match read.notification.as_str() {
        "" => None,
        id => Some(
            id.parse()
                .map_err(|_| AppError::BadRequest("`notification` is not an id".to_owned()))?,
        ),
    };
    let tx = state.forum.begin().await?;
    notifications::mark_read(&tx, &current.viewer, one.as_ref().map(std::slice::from_ref)).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, None))
}
