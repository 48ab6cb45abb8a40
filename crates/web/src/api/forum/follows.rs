//! Following categories and topics, and linking a category of this node to one of another.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::id::TopicId;
use parvis_forum::kinds::{FollowLevel, FollowState};
use parvis_forum::tokens::Scope;
use parvis_forum::{Error, Kind, categories, follows, policy, topic_follows, topics};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, WriteProblems};
use super::write::{Nothing, Stop, Write};
use super::{lookup, parse_id};
use crate::extract::Path;
use crate::state::AppState;

/// Where a follow or a link is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FollowAnswer {
    /// `accepted`; `pending` until the other node says so; `rejected` when it refused; `none` when there is none.
    state: &'static str,
}

impl From<FollowState> for FollowAnswer {
    fn from(state: FollowState) -> Self {
        Self {
            state: state.as_str(),
        }
    }
}

const NONE: FollowAnswer = FollowAnswer { state: "none" };

/// Follows a category.
#[utoipa::path(put, path = "/categories/{handle}/follow", operation_id = "follow_category", tag = "categories",
    params(("handle" = String, Path, description = "`slug`, or `slug@host`"), IdempotencyKey),
    responses((status = 200, description = "Where the follow is", body = FollowAnswer), WriteProblems),
    security(("bearer" = ["follow"])))]
pub(super) async fn follow(
    State(app): State<AppState>,
    Path(handle): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Follow)?.clone();
    let category = lookup::category(&app, Some(&viewer), &handle).await?;
    let work = write.begin(&app).await?;
    let follow = follows::follow(&work.tx, &viewer, &category.actor).await?;
    work.answer(StatusCode::OK, None, &FollowAnswer::from(follow.state))
        .await
}

/// Follows a category no longer.
#[utoipa::path(delete, path = "/categories/{handle}/follow", operation_id = "unfollow_category", tag = "categories",
    params(("handle" = String, Path, description = "`slug`, or `slug@host`"), IdempotencyKey),
    responses((status = 200, description = "There is no follow any more", body = FollowAnswer), WriteProblems),
    security(("bearer" = ["follow"])))]
pub(super) async fn unfollow(
    State(app): State<AppState>,
    Path(handle): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Follow)?.clone();
    let category =
        categories::readable(app.forum.db(), app.forum.config(), &viewer, &handle).await?;
    let work = write.begin(&app).await?;
    follows::unfollow(&work.tx, policy::can_write(&viewer)?, &category.actor).await?;
    work.answer(StatusCode::OK, None, &NONE).await
}

/// What the caller is told of new replies in a topic.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TopicLevel {
    /// Every reply.
    #[default]
    All,
    /// Answers to the caller, and mentions.
    Mentions,
    /// Nothing.
    Mute,
}

/// What the caller wants.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct TopicFollowBody {
    /// `all` when nothing is said.
    level: TopicLevel,
}

/// What the caller is told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicFollowAnswer {
    /// What.
    level: TopicLevel,
}

/// Follows a topic, or mutes it. Nothing of it leaves the node.
#[utoipa::path(put, path = "/topics/{id}/follow", operation_id = "follow_topic", tag = "topics",
    request_body = Option<TopicFollowBody>,
    params(("id" = String, Path, description = "Id of the topic"), IdempotencyKey),
    responses((status = 200, description = "What the caller is told", body = TopicFollowAnswer), WriteProblems),
    security(("bearer" = ["follow"])))]
pub(super) async fn follow_topic(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<TopicFollowBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Follow)?.clone();
    let id: TopicId = parse_id(&id, Kind::Topic)?;
    let answer = TopicFollowAnswer {
        level: write.body.level,
    };
    let level = match answer.level {
        TopicLevel::All => FollowLevel::All,
        TopicLevel::Mentions => FollowLevel::Mentions,
        TopicLevel::Mute => FollowLevel::Mute,
    };
    let work = write.begin(&app).await?;
    let topic = topics::readable(work.tx.c(), &viewer, id).await?;
    topic_follows::set(&work.tx, &viewer, &topic, level).await?;
    work.answer(StatusCode::OK, None, &answer).await
}

/// Follows or mutes a topic no longer: the caller is told of answers to them, and of mentions.
#[utoipa::path(delete, path = "/topics/{id}/follow", operation_id = "unfollow_topic", tag = "topics",
    params(("id" = String, Path, description = "Id of the topic"), IdempotencyKey),
    responses((status = 200, description = "What the caller is told", body = TopicFollowAnswer), WriteProblems),
    security(("bearer" = ["follow"])))]
pub(super) async fn unfollow_topic(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Follow)?.clone();
    let id: TopicId = parse_id(&id, Kind::Topic)?;
    let work = write.begin(&app).await?;
    topics::readable(work.tx.c(), &viewer, id).await?;
    topic_follows::forget(&work.tx, &viewer, id).await?;
    let answer = TopicFollowAnswer {
        level: TopicLevel::Mentions,
    };
    work.answer(StatusCode::OK, None, &answer).await
}

/// Links a category of this node to one of another node: its topics come here too. Moderators of the node.
#[utoipa::path(put, path = "/categories/{handle}/links/{other}", operation_id = "link_category", tag = "categories",
    params(("handle" = String, Path, description = "`slug` of a category of this node"),
        ("other" = String, Path, description = "`slug@host` of a category of another node"), IdempotencyKey),
    responses((status = 200, description = "Where the link is", body = FollowAnswer), WriteProblems),
    security(("bearer" = ["admin"]), ("bearer" = ["write"])))]
pub(super) async fn link(
    State(app): State<AppState>,
    Path((slug, handle)): Path<(String, String)>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.moderate()?.clone();
    let forum = &app.forum;
    let category = categories::readable(forum.db(), forum.config(), &viewer, &slug).await?;
    follows::can_link(&viewer, &category.actor)?;
    let other = lookup::category(&app, Some(&viewer), &handle).await?;
    if other.actor.local {
        return Err(Error::field("handle", "mismatch").into());
    }
    let work = write.begin(&app).await?;
    let link = follows::link(&work.tx, &viewer, &category.actor, &other.actor).await?;
    work.answer(StatusCode::OK, None, &FollowAnswer::from(link.state))
        .await
}

/// Takes a link back. Moderators of the node.
#[utoipa::path(delete, path = "/categories/{handle}/links/{other}", operation_id = "unlink_category", tag = "categories",
    params(("handle" = String, Path, description = "`slug` of a category of this node"),
        ("other" = String, Path, description = "`slug@host` of a category of another node"), IdempotencyKey),
    responses((status = 200, description = "There is no link any more", body = FollowAnswer), WriteProblems),
    security(("bearer" = ["admin"]), ("bearer" = ["write"])))]
pub(super) async fn unlink(
    State(app): State<AppState>,
    Path((slug, handle)): Path<(String, String)>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.moderate()?.clone();
    let forum = &app.forum;
    let category = categories::readable(forum.db(), forum.config(), &viewer, &slug).await?;
    follows::can_link(&viewer, &category.actor)?;
    let other = categories::readable(forum.db(), forum.config(), &viewer, &handle).await?;
    let work = write.begin(&app).await?;
    follows::unlink(&work.tx, &viewer, &category.actor, &other.actor).await?;
    work.answer(StatusCode::OK, None, &NONE).await
}
