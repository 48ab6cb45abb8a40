//! What moderators do with where a topic stands: move it into another category, merge it with another topic, make a topic
//! of its own out of a reply.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_forum::circles;
use parvis_forum::id::{PostId, TopicId};
use parvis_forum::topic_moves::{self, Along};
use parvis_forum::{
    Actor, Error, Origin, Post, Topic, Viewer, actors, categories, policy, posts, topics,
};
use serde::Deserialize;

use super::posts::excerpt;
use super::problems::{found, only_fields, problem};
use super::targets::{self, Thing};
use super::{rows, topics as topic_pages};
use crate::error::AppResult;
use crate::extract::{Form, Path, Reader};
use crate::state::AppState;
use crate::views::forms::{Choice, FieldError, Problem};
use crate::views::moderation_acts::{MergeTopicView, MoveTopicView, SplitTopicView};
use crate::views::notices::Notice;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/t/{id}/move", get(ask_move).post(relocate))
        .route("/t/{id}/merge", get(ask_merge).post(merge))
        .route("/p/{id}/split", get(ask_split).post(split))
}

/// A topic that the reader may move.
async fn movable(state: &AppState, reader: &Reader, id: TopicId) -> AppResult<Topic> {
    reader.current.person()?;
    let topic = topic_pages::find(state, reader.viewer(), id).await?;
    policy::topics::can_moderate(reader.viewer(), &topic)?;
    Ok(topic)
}

/// The categories that a topic may go to: those of this node, and those elsewhere that somebody here follows; none that
/// isn't for everybody, and none at all from such a one.
async fn places(state: &AppState, viewer: &Viewer, topic: &Topic) -> AppResult<Vec<Actor>> {
    let db = state.forum.db();
    let from = categories::by_id(db, topic.category_id).await?;
    let mut all = categories::tree(db, viewer).await?;
    all.extend(categories::followed_remote(db, viewer).await?);
    Ok(all
        .into_iter()
        .filter(|category| category.id() != from.id() && category.row.archived_at.is_none())
        .map(|category| category.actor)
        .filter(|category| !circles::is_closed(category) && !circles::is_closed(&from.actor))
        .collect())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Moving {
    category: String,
    reason: String,
}

async fn move_view(
    state: &AppState,
    viewer: &Viewer,
    topic: &Topic,
    fields: Moving,
    errors: Vec<FieldError>,
) -> AppResult<MoveTopicView> {
    let categories = places(state, viewer, topic).await?;
    Ok(MoveTopicView {
        id: topic.id.to_string(),
        topic: rows::topic_link(topic),
        category: fields.category,
        categories: categories
            .iter()
            .map(|category| Choice {
                value: category.id.to_string(),
                label: if category.local {
                    actors::shown_name(category).to_owned()
                } else {
                    format!("!{}", actors::handle(category))
                },
            })
            .collect(),
        reason: fields.reason,
        errors,
    })
}

async fn ask_move(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<TopicId>,
) -> AppResult {
    let topic = movable(&state, &reader, id).await?;
    reader.frame.noindex = true;
    let view = move_view(
        &state,
        reader.viewer(),
        &topic,
        Moving::default(),
        Vec::new(),
    )
    .await?;
    reader.page(&view)
}

async fn relocate(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<TopicId>,
    Form(fields): Form<Moving>,
) -> AppResult {
    let topic = movable(&state, &reader, id).await?;
    let places = places(&state, reader.viewer(), &topic).await?;
    let chosen = places
        .iter()
        .find(|category| category.id.to_string() == fields.category);
    let Some(to) = chosen else {
        let errors = vec![problem(&state, &reader, "category", &Problem::NotChosen)];
        let view = move_view(&state, reader.viewer(), &topic, fields, errors).await?;
        return reader.form_again(&view);
    };
    let tx = state.forum.begin().await?;
    let to = categories::by_id(tx.c(), to.id).await?;
    let viewer = reader.viewer();
    let topic =
        topic_moves::relocate(&tx, viewer, topic, &to, &fields.reason, Origin::Local).await?;
    tx.commit().await?;
    Ok(reader.redirect(&rows::topic_path(&topic), Some(Notice::TopicMoved)))
}

/// A topic that the reader may merge or split.
async fn arrangeable(state: &AppState, reader: &Reader, id: TopicId) -> AppResult<Topic> {
    reader.current.person()?;
    let topic = topic_pages::find(state, reader.viewer(), id).await?;
    policy::topics::can_rearrange(reader.viewer(), &topic)?;
    Ok(topic)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Merging {
    target: String,
    reason: String,
}

fn merge_view(topic: &Topic, fields: Merging, errors: Vec<FieldError>) -> MergeTopicView {
    MergeTopicView {
        id: topic.id.to_string(),
        topic: rows::topic_link(topic),
        target: fields.target,
        reason: fields.reason,
        errors,
    }
}

async fn ask_merge(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<TopicId>,
) -> AppResult {
    let topic = arrangeable(&state, &reader, id).await?;
    reader.frame.noindex = true;
    reader.page(&merge_view(&topic, Merging::default(), Vec::new()))
}

async fn merge(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<TopicId>,
    Form(fields): Form<Merging>,
) -> AppResult {
    let topic = arrangeable(&state, &reader, id).await?;
    let db = state.forum.db();
    let other = match targets::find(&state, reader.viewer(), &fields.target).await? {
        Some(Thing::Topic(topic)) => Some(topic_moves::where_it_is(db, *topic).await?),
        Some(Thing::Post(post)) => Some(topics::by_id(db, post.topic_id).await?),
        Some(Thing::Actor(_)) | None => None,
    };
    let other = match other {
        Some(other) if topic_moves::keeps_readers(db, &topic, other.category_id).await? => {
            Some(other)
        }
        _ => None,
    };
    let other = other.filter(|other| {
        other.id != topic.id && policy::topics::can_rearrange(reader.viewer(), other).is_ok()
    });
    let Some(other) = other else {
        let wrong = if fields.target.trim().is_empty() {
            Problem::Empty
        } else {
            Problem::TargetGone
        };
        let errors = vec![problem(&state, &reader, "target", &wrong)];
        return reader.form_again(&merge_view(&topic, fields, errors));
    };
    let tx = state.forum.begin().await?;
    let merged = topic_moves::merge(&tx, reader.viewer(), topic, other, &fields.reason).await?;
    tx.commit().await?;
    Ok(reader.redirect(&rows::topic_path(&merged), Some(Notice::TopicsMerged)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Splitting {
    title: String,
    along: String,
    reason: String,
}

async fn splittable(state: &AppState, reader: &Reader, id: PostId) -> AppResult<(Post, Topic)> {
    let post = posts::readable(state.forum.db(), reader.viewer(), id).await?;
    let topic = arrangeable(state, reader, post.topic_id).await?;
    let gone = post.deleted_at.is_some() || post.removed_at.is_some();
    if gone || topic.opening_post_id == Some(post.id) {
        return Err(Error::Gone(parvis_forum::Kind::Post).into());
    }
    Ok((post, topic))
}

async fn split_view(
    state: &AppState,
    (post, topic): (&Post, &Topic),
    fields: Splitting,
    errors: Vec<FieldError>,
) -> AppResult<SplitTopicView> {
    Ok(SplitTopicView {
        post: excerpt(state, post, topic).await?,
        title: fields.title,
        along: if fields.along == "following" {
            fields.along
        } else {
            "answers".to_owned()
        },
        reason: fields.reason,
        errors,
    })
}

async fn ask_split(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<PostId>,
) -> AppResult {
    let (post, topic) = splittable(&state, &reader, id).await?;
    reader.frame.noindex = true;
    let fields = Splitting::default();
    let view = split_view(&state, (&post, &topic), fields, Vec::new()).await?;
    reader.page(&view)
}

async fn split(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(fields): Form<Splitting>,
) -> AppResult {
    let (post, topic) = splittable(&state, &reader, id).await?;
    let along = match fields.along.as_str() {
        "following" => Along::Following,
        _ => Along::Answers,
    };
    let tx = state.forum.begin().await?;
    let viewer = reader.viewer();
    match topic_moves::split(&tx, viewer, &post, &fields.title, along, &fields.reason).await {
        Ok(new) => {
            tx.commit().await?;
            Ok(reader.redirect(&rows::topic_path(&new), Some(Notice::TopicSplit)))
        }
        Err(error) => {
            drop(tx);
            let errors = found(&state, &reader, &only_fields(error)?, &[]);
            let view = split_view(&state, (&post, &topic), fields, errors).await?;
            reader.form_again(&view)
        }
    }
}
