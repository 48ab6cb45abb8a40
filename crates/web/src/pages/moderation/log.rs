//! `/moderation/log`: what moderators did, and why.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_forum::{Actor, affiliations, moderation};

use crate::error::AppResult;
use crate::extract::{Member, PageQuery, Reader};
use crate::pages::rows;
use crate::state::AppState;
use crate::views::frame::Section;
use crate::views::moderation_log::{ActRow, ModerationLogView};
use crate::views::parts::Pager;

const HERE: &str = "/moderation/log";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route(HERE, get(show))
}

/// Acts that have words of their own; another is shown by its name.
const ACTS: [&str; 35] = [
    "act-remove",
    "act-restore",
    "act-lock",
    "act-unlock",
    "act-pin",
    "act-unpin",
    "act-move",
    "act-merge",
    "act-split",
    "act-ban",
    "act-unban",
    "act-warn",
    "act-suspend",
    "act-unsuspend",
    "act-role",
    "act-approve",
    "act-refuse",
    "act-delete-account",
    "act-reset-second-factor",
    "act-resolve",
    "act-instance-open",
    "act-instance-allow",
    "act-instance-limit",
    "act-instance-block",
    "act-instance-pause",
    "act-instance-resume",
    "act-delivery-skip",
    "act-delivery-drop",
    "act-category-aliases",
    "act-category-move",
    "act-instance-media-off",
    "act-instance-media-on",
    "act-held-released",
    "act-held-refused",
    "act-replace-key",
];

fn action(reader: &Reader, name: &str) -> String {
    let known = ACTS
        .iter()
        .find(|key| key.strip_prefix("act-") == Some(name));
    match known {
        Some(key) => reader.text(key, &[]),
        None => name.to_owned(),
    }
}

async fn show(
    State(state): State<AppState>,
    Member(current): Member,
    mut reader: Reader,
    page: PageQuery,
) -> AppResult {
    reader.frame.section = Section::Moderation;
    let db = state.forum.db();
    let found = moderation::list(db, &current.viewer, page.of_length(40)).await?;
    let mut concerned = Vec::new();
    for act in &found.items {
        concerned.extend(act.moderator.iter().map(|actor| actor.id));
        concerned.extend(act.actor.iter().map(|actor| actor.id));
    }
    let stated = affiliations::of(db, concerned).await?;
    let author = |actor: &Actor| rows::author_from_actor(actor, stated.get(&actor.id));
    let view = ModerationLogView {
        pager: Pager {
            next: found
                .next
                .map(|cursor| format!("{HERE}?after={}", cursor.encode())),
            ..Pager::default()
        },
        acts: found
            .items
            .iter()
            .map(|act| ActRow {
                action: action(&reader, &act.row.action),
                moderator: act.moderator.as_ref().map(author),
                author: act.actor.as_ref().map(author),
                topic: act.topic.as_ref().map(rows::topic_link),
                post: act.row.post_id.map(|id| format!("/p/{id}")),
                reason: act.row.reason.clone(),
                at: act.row.created_at.datetime(),
            })
            .collect(),
    };
    reader.page(&view)
}
