//! `GET /search`: what is here, and with a token what a handle or an address names elsewhere.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use parvis_forum::circles::Sight;
use parvis_forum::id::{ActorId, PostId, TopicId};
use parvis_forum::kinds::SearchKind;
use parvis_forum::search::{self, Hit, Wanted};
use parvis_forum::{Viewer, actors, categories, posts, topics};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{ListProblems, PageParams};
use super::caller::AnyCaller;
use super::lookup::{self, Named};
use super::model::{self, Category, Page, Person, Post, Topic};
use crate::error::AppError;
use crate::extract::{PageQuery, Query};
use crate::state::AppState;

/// Longest question, in bytes.
const MAX_QUESTION: usize = 2_000;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ResultType {
    /// Topics, by their opening posts.
    Topic,
    /// Posts, opening ones included.
    Post,
    /// Categories.
    Category,
    /// People.
    Person,
}

impl From<ResultType> for Wanted {
    fn from(wanted: ResultType) -> Self {
        match wanted {
            ResultType::Topic => Self::Topic,
            ResultType::Post => Self::Post,
            ResultType::Category => Self::Category,
            ResultType::Person => Self::Person,
        }
    }
}

/// A question.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Question {
    /// Words that must all be there; or a handle, or an address of something on this node or another.
    q: String,
    /// Only posts in the category with this handle.
    category: Option<String>,
    /// Only posts by the person with this handle.
    author: Option<String>,
    /// Only results of this type.
    #[serde(rename = "type")]
    kind: Option<ResultType>,
}

/// Something that was found: a topic, post, category or person, with `type` saying which.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Found {
    /// A topic.
    Topic(Box<Topic>),
    /// A post.
    Post(Box<Post>),
    /// A category.
    Category(Box<Category>),
    /// Somebody.
    Person(Box<Person>),
}

/// Searches. A handle or an address of another node is looked up there for callers with a token, and is then known
/// here.
#[utoipa::path(get, path = "/search", operation_id = "search", tag = "search", params(Question, PageParams),
    responses((status = 200, description = "A page of results, best first", body = Page<Found>), ListProblems))]
pub(super) async fn search(
    State(app): State<AppState>,
    reader: AnyCaller,
    Query(question): Query<Question>,
    PageQuery(page): PageQuery,
) -> Result<Json<Page<Found>>, AppError> {
    let viewer = reader.viewer();
    if question.q.len() > MAX_QUESTION {
        return Err(AppError::BadRequest("q is too long".to_owned()));
    }
    let text = question.q.trim();
    if lookup::looks_like_a_name(text) {
        let named = lookup::named(&app, reader.person(), text).await?;
        if let Some(named) = named {
            let found = found_from_named(&app, viewer, named, question.kind).await?;
            return Ok(Json(Page::new(found.into_iter().collect(), None)));
        }
    }
    let nothing = || Ok(Json(Page::new(Vec::new(), None)));
    let category = match question.category.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(handle) => {
            match categories::readable(app.forum.db(), app.forum.config(), viewer, handle).await {
                Ok(category) => Some(category.id()),
                Err(parvis_forum::Error::NotFound(_)) => return nothing(),
                Err(error) => return Err(error.into()),
            }
        }
    };
    let author = match question.author.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(handle) => match lookup::known_actor(&app, viewer, handle).await? {
            Some(actor) => Some(actor.id),
            None => return nothing(),
        },
    };
    let query = search::Query {
        text: text.to_owned(),
        wanted: question.kind.map(Wanted::from),
        category,
        author,
        sight: Sight::of(viewer),
        ..Default::default()
    };
    let hits = search::find(app.forum.db(), &query, page).await?;
    let as_topics = question.kind != Some(ResultType::Post);
    let items = found_from_hits(&app, viewer, &hits.items, as_topics).await?;
    Ok(Json(Page::new(items, hits.next)))
}

/// What was found, in the order given, in a bounded number of queries. `as_topics`: opening posts are shown as their
/// topics.
async fn found_from_hits(
    app: &AppState,
    viewer: &Viewer,
    hits: &[Hit],
    as_topics: bool,
) -> Result<Vec<Found>, AppError> {
    let (db, config) = (app.forum.db(), app.forum.config());
    let ids_of = |kind: SearchKind| hits.iter().filter(move |h| h.kind == kind).map(|h| h.id);
    let post_ids: Vec<PostId> = ids_of(SearchKind::Post).map(PostId).collect();
    let rows = posts::by_ids(db, &post_ids).await?;
    let (opening, replies): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|post| as_topics && post.reply_to_id.is_none());
    let topic_ids: Vec<TopicId> = opening.iter().map(|post| post.topic_id).collect();
    let cards = topics::cards_by_ids(db, &topic_ids).await?;
    let mut found: HashMap<i64, Found> = HashMap::new();
    for topic in model::topics_from_cards(db, config, viewer, cards).await? {
        if let Ok(id) = topic.post.id.parse() {
            found.insert(id, Found::Topic(Box::new(topic)));
        }
    }
    let views = posts::views(db, viewer, replies).await?;
    for post in model::posts_from_views(db, config, viewer, views).await? {
        if let Ok(id) = post.id.parse()
            && !post.removed
        {
            found.insert(id, Found::Post(Box::new(post)));
        }
    }
    let ids = ids_of(SearchKind::Category).map(ActorId);
    let rows = categories::by_ids(db, ids).await?.into_values().collect();
    for category in model::categories_from_rows(db, config, viewer, rows).await? {
        if let Ok(id) = category.id.parse() {
            found.insert(id, Found::Category(Box::new(category)));
        }
    }
    let people = actors::by_ids(db, ids_of(SearchKind::Person).map(ActorId)).await?;
    let people = people
        .into_values()
        .filter(|a| a.deleted_at.is_none() && a.suspended_at.is_none())
        .collect();
    for person in model::people_from_actors(db, people).await? {
        if let Ok(id) = person.id.parse() {
            found.insert(id, Found::Person(Box::new(person)));
        }
    }
    Ok(hits
        .iter()
        .filter_map(|hit| found.remove(&hit.id))
        .collect())
}

/// What a name stands for, unless another type is asked for.
async fn found_from_named(
    app: &AppState,
    viewer: &Viewer,
    named: Named,
    kind: Option<ResultType>,
) -> Result<Option<Found>, AppError> {
    let (db, config) = (app.forum.db(), app.forum.config());
    let wanted = |of: ResultType| kind.is_none_or(|kind| kind == of);
    Ok(match named {
        Named::Category(category) if wanted(ResultType::Category) => {
            let category = model::category_from_found(db, config, viewer, *category).await?;
            Some(Found::Category(Box::new(category)))
        }
        Named::Person(actor) if wanted(ResultType::Person) => {
            model::people_from_actors(db, vec![*actor])
                .await?
                .pop()
                .map(|person| Found::Person(Box::new(person)))
        }
        Named::Post(post) => {
            if post.deleted_at.is_some() || post.removed_at.is_some() {
                return Ok(None);
            }
            let opening = post.reply_to_id.is_none();
            if opening && kind != Some(ResultType::Post) && wanted(ResultType::Topic) {
                let topic = topics::readable(db, viewer, post.topic_id).await?;
                let topic = model::topic_from_row(db, config, viewer, topic).await?;
                Some(Found::Topic(Box::new(topic)))
            } else if wanted(ResultType::Post) {
                let post = model::post_from_row(db, config, viewer, *post).await?;
                Some(Found::Post(Box::new(post)))
            } else {
                None
            }
        }
        Named::Category(_) | Named::Person(_) => None,
    })
}
