//! Topics: opening, reading, changing.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::id::{PostId, TopicId};
use parvis_forum::kinds::TopicKind;
use parvis_forum::media;
use parvis_forum::tokens::Scope;
use parvis_forum::topics::{self, NewTopic, TopicChange};
use parvis_forum::{Error, FieldError, Kind, policy, topic_moves};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, ReadProblems, WriteProblems};
use super::caller::AnyCaller;
use super::model::{self, Topic, TopicType};
use super::polls::NewPollBody;
use super::write::{Stop, Write};
use super::{lookup, parse_id};
use crate::error::AppError;
use crate::extract::Path;
use crate::state::AppState;

/// What a topic is made of.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct NewTopicBody {
    /// Slug of a category of this node, or handle of any.
    #[schema(required = true, example = "urbanisme")]
    category: String,
    /// At most 200 characters.
    #[schema(required = true)]
    title: String,
    /// Markdown of the opening post.
    #[schema(required = true)]
    content: String,
    /// BCP 47 tag.
    language: Option<String>,
    /// At most 10.
    tags: Option<Vec<String>>,
    /// A discussion when nothing is said.
    kind: Option<TopicType>,
    /// A poll in its opening post.
    poll: Option<NewPollBody>,
    /// Content warning of its opening post.
    warning: Option<String>,
    /// Ids of files for its opening post, sent before, 8 at most.
    media: Vec<String>,
}

/// Opens a topic, here or in a category of another node.
#[utoipa::path(post, path = "/topics", operation_id = "create_topic", tag = "topics", request_body = NewTopicBody,
    params(IdempotencyKey),
    responses((status = 201, description = "The topic", body = Topic,
        headers(("location" = String, description = "Its address"))), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn create(
    State(app): State<AppState>,
    write: Write<NewTopicBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let body = &write.body;
    let parsed = NewTopic::parse(
        &body.title,
        &body.content,
        body.kind.map_or(TopicKind::Discussion, TopicKind::from),
        body.language.as_deref(),
        body.tags.as_deref().unwrap_or_default(),
    )
    .and_then(|new| {
        let poll = body.poll.as_ref().map(NewPollBody::parse).transpose()?;
        Ok(new.with_poll(poll).with_warning(body.warning.as_deref()))
    });
    let new = match (parsed, body.category.trim().is_empty()) {
        (Ok(new), false) => new.with_media(media::chosen_by_ids(&body.media)?),
        (Err(Error::Invalid(mut errors)), missing) => {
            if missing {
                errors.insert(0, FieldError::new("category", "blank"));
            }
            return Err(Error::Invalid(errors).into());
        }
        (Err(error), _) => return Err(error.into()),
        (Ok(_), true) => return Err(Error::field("category", "blank").into()),
    };
    let category = match lookup::category(&app, Some(&viewer), &body.category).await {
        Err(AppError::Forum(Error::NotFound(Kind::Category))) => {
            return Err(Error::field("category", "unknown").into());
        }
        other => other?,
    };
    policy::topics::can_open(&viewer, &category)?;
    lookup::mentions(&app, new.content()).await?;
    let work = write.begin(&app).await?;
    let (topic, _) = topics::open(&work.tx, &viewer, &category, new).await?;
    let answer = model::topic_from_row(work.tx.c(), work.tx.config(), &viewer, topic).await?;
    let path = format!("/topics/{}", answer.id);
    work.answer(StatusCode::CREATED, Some(path), &answer).await
}

/// A topic. One that was removed or deleted says so, and has neither title nor content.
#[utoipa::path(get, path = "/topics/{id}", operation_id = "get_topic", tag = "topics",
    params(("id" = String, Path, description = "Id of the topic")),
    responses((status = 200, description = "The topic", body = Topic), ReadProblems))]
pub(super) async fn show(
    State(app): State<AppState>,
    reader: AnyCaller,
    Path(id): Path<String>,
) -> Result<Json<Topic>, AppError> {
    let forum = &app.forum;
    let id: TopicId = parse_id(&id, Kind::Topic)?;
    let topic = topic_moves::readable(forum.db(), reader.viewer(), id).await?;
    Ok(Json(
        model::topic_from_row(forum.db(), forum.config(), reader.viewer(), topic).await?,
    ))
}

/// What changes; what is not given stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct TopicChangeBody {
    /// By the author or a moderator.
    title: Option<String>,
    /// Replaces all of them; by the author or a moderator.
    tags: Option<Vec<String>>,
    /// By the author or a moderator.
    kind: Option<TopicType>,
    /// By a moderator.
    locked: Option<bool>,
    /// By a moderator.
    pinned: Option<bool>,
    /// Id of the reply that answers; null takes it back. By the author or a moderator.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(clippy::option_option, reason = "null takes the answer back")]
    answer: Option<Option<String>>,
    /// Moving a topic is not possible in this release.
    category: Option<String>,
    /// Why, for the log of moderation.
    reason: Option<String>,
}

/// Tells null from a field that is not there.
#[expect(clippy::option_option, reason = "null is told from nothing")]
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(value).map(Some)
}

/// Changes a topic.
#[utoipa::path(patch, path = "/topics/{id}", operation_id = "change_topic", tag = "topics", request_body = TopicChangeBody,
    params(("id" = String, Path, description = "Id of the topic"), IdempotencyKey),
    responses((status = 200, description = "The topic as it is now", body = Topic), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn change(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<TopicChangeBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: TopicId = parse_id(&id, Kind::Topic)?;
    let body = &write.body;
    if body.category.is_some() {
        return Err(Error::field("category", "unsupported").into());
    }
    let answer = match &body.answer {
        None => None,
        Some(None) => Some(None),
        Some(Some(id)) => {
            let id: PostId = id.parse().map_err(|_| Error::field("answer", "unknown"))?;
            Some(Some(id))
        }
    };
    let change = TopicChange {
        title: body.title.clone(),
        tags: body.tags.clone(),
        kind: body.kind.map(TopicKind::from),
        locked: body.locked,
        pinned: body.pinned,
        answer,
        reason: body.reason.clone().unwrap_or_default(),
    };
    let work = write.begin(&app).await?;
    let topic = topics::readable(work.tx.c(), &viewer, id).await?;
    let topic = match topics::change(&work.tx, &viewer, topic, change).await {
        Err(Error::NotFound(Kind::Post)) => return Err(Error::field("answer", "unknown").into()),
        other => other?,
    };
    let answer = model::topic_from_row(work.tx.c(), work.tx.config(), &viewer, topic).await?;
    work.answer(StatusCode::OK, None, &answer).await
}
