//! The caller, and the topics of what they follow.

use axum::Json;
use axum::extract::State;
use parvis_forum::circles::Sight;
use parvis_forum::kinds::ActorKind;
use parvis_forum::tokens::Scope;
use parvis_forum::topics::{self, Filter};
use parvis_forum::{actors, affiliations, follows, notifications, tag_follows};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::{ListProblems, PageParams, ReadProblems};
use super::caller::Caller;
use super::categories::Sorting;
use super::model::{self, Author, Page, Topic};
use crate::error::AppError;
use crate::extract::{PageQuery, Query};
use crate::state::AppState;

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// The id in this node.
    id: String,
    /// First half of the handle.
    name: String,
    /// The ActivityPub id.
    uri: String,
    #[serde(flatten)]
    #[schema(inline)]
    author: Author,
    /// Mail address.
    email: String,
    /// `member`, `moderator` or `admin`.
    role: &'static str,
    /// Language of pages and mail.
    locale: String,
    /// What the token allows.
    scopes: Vec<&'static str>,
    /// Handles of the categories that they moderate by a grant.
    moderates: Vec<String>,
    /// Notifications that are not read.
    unread_notifications: u64,
}

/// The caller.
#[utoipa::path(get, path = "/me", operation_id = "get_me", tag = "me",
    responses((status = 200, description = "The caller", body = Me), ReadProblems),
    security(("bearer" = ["read"])))]
pub(super) async fn show(
    State(app): State<AppState>,
    caller: Caller,
) -> Result<Json<Me>, AppError> {
    let viewer = caller.may(Scope::Read)?;
    let person = caller.person()?;
    let db = app.forum.db();
    let stated = affiliations::find(db, person.actor.id).await?;
    let moderates = actors::by_ids(db, person.moderates.iter().copied()).await?;
    let mut moderates: Vec<String> = moderates.values().map(actors::handle).collect();
    moderates.sort_unstable();
    Ok(Json(Me {
        id: person.actor.id.to_string(),
        name: person.actor.name.clone(),
        uri: person.actor.uri.clone(),
        author: model::author_from_actor(&person.actor, stated.as_ref()),
        email: person.person.email.clone(),
        role: person.person.role.as_str(),
        locale: person.person.locale.clone(),
        scopes: caller.scopes(),
        moderates,
        unread_notifications: notifications::unread_count(db, viewer).await?,
    }))
}

/// Topics of all the categories and with all the tags that the caller follows.
#[utoipa::path(get, path = "/home", operation_id = "list_home", tag = "me", params(Sorting, PageParams),
    responses((status = 200, description = "A page of topics", body = Page<Topic>), ListProblems),
    security(("bearer" = ["read"])))]
pub(super) async fn home(
    State(app): State<AppState>,
    caller: Caller,
    Query(sorting): Query<Sorting>,
    PageQuery(page): PageQuery,
) -> Result<Json<Page<Topic>>, AppError> {
    let viewer = caller.may(Scope::Read)?;
    let forum = &app.forum;
    let followed = follows::following(forum.db(), caller.person()?.actor.id)
        .await?
        .into_iter()
        .filter(|(_, actor)| actor.kind == ActorKind::Group)
        .map(|(_, actor)| actor.id)
        .collect();
    let filter = Filter {
        categories: Some(followed),
        or_tags: tag_follows::of_person(forum.db(), caller.person()?.actor.id).await?,
        sort: sorting.sort.into(),
        sight: Sight::of(viewer),
        ..Default::default()
    };
    let page = topics::list(forum.db(), &filter, page).await?;
    let items = model::topics_from_cards(forum.db(), forum.config(), viewer, page.items).await?;
    Ok(Json(Page::new(items, page.next)))
}
