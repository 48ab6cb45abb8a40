//! Moderation: the reports that wait, and acts on posts, topics and accounts.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::bans::{self, Lift, NewBan, Scope};
use parvis_forum::categories::Category;
use parvis_forum::id::{PostId, TopicId};
use parvis_forum::kinds::ActorKind;
use parvis_forum::reports::{self, Filed};
use parvis_forum::topic_moves::{self, Along};
use parvis_forum::{
    Actor, Denied, Error, Kind, Origin, Post as PostRow, Timestamp, Topic as TopicRow, Tx, Viewer,
    actors, affiliations, people, policy, posts, topics,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, ListProblems, PageParams, WriteProblems};
use super::caller::Caller;
use super::lookup;
use super::model::{self, Author, CategoryRef, Page, Person, Post, Topic};
use super::write::{Stop, Write};
use crate::error::AppError;
use crate::extract::PageQuery;
use crate::state::AppState;

/// A report that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Report {
    /// Its id.
    id: String,
    /// Its number, as people are told it.
    number: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// `illegal`, `child`, `hate`, `privacy`, `spam` or `rules`; null when none was chosen.
    ground: Option<String>,
    /// What is said to be wrong.
    reason: String,
    /// Who reported; null for a visitor.
    reporter: Option<Author>,
    /// Name that a visitor gave.
    visitor_name: Option<String>,
    /// Address that a visitor gave, to which the decision goes.
    visitor_email: Option<String>,
    /// Whom it is about.
    author: Option<Author>,
    /// The post that it is about; null when it is about the account.
    post: Option<Post>,
    /// Category of the post.
    category: Option<CategoryRef>,
}

/// Reports that wait for the caller, oldest first: those of the categories that they moderate, to moderators of the
/// node all.
#[utoipa::path(get, path = "/moderation/reports", operation_id = "list_reports", tag = "moderation", params(PageParams),
    responses((status = 200, description = "A page of reports", body = Page<Report>), ListProblems),
    security(("bearer" = ["admin"]), ("bearer" = ["write"])))]
pub(super) async fn list_reports(
    State(app): State<AppState>,
    caller: Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<Page<Report>>, AppError> {
    let viewer = caller.moderate()?;
    let (db, config) = (app.forum.db(), app.forum.config());
    let page = reports::list(db, viewer, page).await?;
    let mut people = Vec::new();
    for filed in &page.items {
        people.extend(filed.reporter.as_ref().map(|actor| actor.id));
        people.extend(filed.actor.as_ref().map(|actor| actor.id));
    }
    let stated = affiliations::of(db, people).await?;
    let rows = page.items.iter().filter_map(|f| f.post.clone()).collect();
    let views = posts::views(db, viewer, rows).await?;
    let shown: HashMap<String, Post> = model::posts_from_views(db, config, viewer, views)
        .await?
        .into_iter()
        .map(|post| (post.id.clone(), post))
        .collect();
    let items = page
        .items
        .into_iter()
        .map(|filed| {
            let Filed {
                report,
                reporter,
                actor,
                post,
                category,
                ..
            } = filed;
            let author = |actor: parvis_forum::Actor| {
                model::author_from_actor(&actor, stated.get(&actor.id))
            };
            Report {
                id: report.id.to_string(),
                number: report.number,
                created_at: report.created_at,
                ground: report.ground,
                reason: report.reason,
                reporter: reporter.map(author),
                visitor_name: report.reporter_name,
                visitor_email: report.reporter_email,
                author: actor.map(author),
                post: post.and_then(|post| shown.get(&post.id.to_string()).cloned()),
                category: category.map(|c| model::category_ref_from_actor(config, &c)),
            }
        })
        .collect();
    Ok(Json(Page::new(items, page.next)))
}

/// What a moderator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    /// Hides a post, or a topic by its opening post.
    Remove,
    /// Shows it again.
    Restore,
    /// Closes a topic to replies.
    Lock,
    /// Opens it again.
    Unlock,
    /// Tells somebody what was wrong.
    Warn,
    /// Suspends an account.
    Suspend,
    /// Keeps a person from writing, in a category or on the whole node.
    Ban,
    /// Ends that.
    Unban,
    /// Puts a topic into another category.
    Move,
    /// Puts all posts of a topic behind those of another one.
    Merge,
    /// Makes a reply open a topic of its own.
    Split,
}

/// An act of moderation.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct ActionBody {
    /// What to do.
    #[schema(required = true, nullable = false)]
    action: Option<Action>,
    /// Id of a post or of a topic; for `warn`, `suspend`, `ban` and `unban`, a handle, or the id of a post of theirs.
    #[schema(required = true)]
    target: String,
    /// Why, for the log, and for whom it concerns.
    #[schema(required = true)]
    reason: String,
    /// Handle of a category. For `move`: where the topic goes. For `ban` and `unban`: the category; empty for the whole node.
    category: String,
    /// For `ban`: after how many days it ends, from 1 to 3650; null for one without end.
    days: Option<u32>,
    /// For `ban`: removes what the person wrote there. For `unban`: puts back what was removed with the ban.
    with_content: bool,
    /// For `merge`: id of the topic that stays.
    into: String,
    /// For `split`: title of the new topic.
    title: String,
    /// For `split`: everything after the reply goes along, not only the answers to it.
    following: bool,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActionAnswer {
    /// What was done.
    action: Action,
    /// To what.
    target: String,
    /// Why.
    reason: String,
    /// The post as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<Post>,
    /// The topic as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<Topic>,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<Person>,
}

/// Moderates a post, a topic or an account. Moderators, each where they may.
#[utoipa::path(post, path = "/moderation/actions", operation_id = "moderate", tag = "moderation", request_body = ActionBody,
    params(IdempotencyKey),
    responses((status = 200, description = "What was done", body = ActionAnswer), WriteProblems),
    security(("bearer" = ["admin"]), ("bearer" = ["write"])))]
pub(super) async fn act(
    State(app): State<AppState>,
    write: Write<ActionBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.moderate()?.clone();
    may_moderate_something(&viewer)?;
    let ActionBody {
        action,
        target,
        reason,
        ..
    } = &write.body;
    let target = target.trim();
    let action = match *action {
        None => return Err(Error::field("action", "blank").into()),
        Some(_) if target.is_empty() => return Err(Error::field("target", "blank").into()),
        Some(action) => action,
    };
    let mut answer = ActionAnswer {
        action,
        target: target.to_owned(),
        reason: reason.clone(),
        post: None,
        topic: None,
        person: None,
    };
    let person = match action {
        Action::Warn | Action::Suspend | Action::Ban | Action::Unban => {
            Some(person_of(&app, &viewer, target).await?)
        }
        _ => None,
    };
    let category = match (action, write.body.category.trim()) {
        (Action::Move, "") => return Err(Error::field("category", "blank").into()),
        (Action::Move | Action::Ban | Action::Unban, handle) if !handle.is_empty() => {
            Some(lookup::category(&app, Some(&viewer), handle).await?)
        }
        _ => None,
    };
    let work = write.begin(&app).await?;
    let (tx, config) = (&work.tx, work.tx.config());
    match action {
        Action::Remove | Action::Restore => {
            let post = post_of(tx, &viewer, target).await?;
            let post = if action == Action::Remove {
                let post = posts::remove(tx, &viewer, post, reason, Origin::Local).await?;
                if viewer.actor_id() != Some(post.author_id) {
                    reports::resolve_of_post(tx, &viewer, &post).await?;
                }
                post
            } else {
                posts::restore(tx, &viewer, post, reason, Origin::Local).await?
            };
            if post.reply_to_id.is_none() {
                let topic = topics::by_id(tx.c(), post.topic_id).await?;
                answer.topic = Some(model::topic_from_row(tx.c(), config, &viewer, topic).await?);
            }
            answer.post = Some(model::post_from_row(tx.c(), config, &viewer, post).await?);
        }
        Action::Lock | Action::Unlock => {
            let topic = topic_of(tx, &viewer, target).await?;
            policy::topics::can_moderate(&viewer, &topic)?;
            let locked = action == Action::Lock;
            let topic =
                topics::set_locked(tx, &viewer, topic, locked, reason, Origin::Local).await?;
            answer.topic = Some(model::topic_from_row(tx.c(), config, &viewer, topic).await?);
        }
        Action::Move | Action::Merge | Action::Split => {
            let topic = rearrange(tx, &viewer, action, category, &write.body).await?;
            answer.topic = Some(model::topic_from_row(tx.c(), config, &viewer, topic).await?);
        }
        Action::Ban | Action::Unban => {
            let actor = person.ok_or(Error::NotFound(Kind::Person))?;
            ban(tx, &viewer, action, &actor, category, &write.body).await?;
            answer.person = model::people_from_actors(tx.c(), vec![actor]).await?.pop();
        }
        Action::Warn | Action::Suspend => {
            let actor = person.ok_or(Error::NotFound(Kind::Person))?;
            let actor = actors::by_id(tx.c(), actor.id).await?;
            let actor = if action == Action::Warn {
                people::warn(tx, &viewer, &actor, reason).await?;
                actor
            } else {
                people::suspend(tx, &viewer, actor, reason).await?
            };
            answer.person = model::people_from_actors(tx.c(), vec![actor]).await?.pop();
        }
    }
    work.answer(StatusCode::OK, None, &answer).await
}

/// Moves, merges or splits; answers the topic where the posts are.
async fn rearrange(
    tx: &Tx,
    viewer: &Viewer,
    action: Action,
    category: Option<Category>,
    body: &ActionBody,
) -> Result<TopicRow, Error> {
    let (target, reason) = (body.target.trim(), &body.reason);
    match (action, category) {
        (Action::Move, Some(category)) => {
            let topic = topic_of(tx, viewer, target).await?;
            topic_moves::relocate(tx, viewer, topic, &category, reason, Origin::Local).await
        }
        (Action::Merge, _) => {
            let topic = topic_of(tx, viewer, target).await?;
            let unknown = |_| Error::field("into", "unknown");
            let into: TopicId = body.into.trim().parse().map_err(unknown)?;
            let into = match topic_moves::readable(tx.c(), viewer, into).await {
                Err(Error::NotFound(_)) => return Err(Error::field("into", "unknown")),
                other => other?,
            };
            topic_moves::merge(tx, viewer, topic, into, reason).await
        }
        _ => {
            let post = post_of(tx, viewer, target).await?;
            let along = if body.following {
                Along::Following
            } else {
                Along::Answers
            };
            topic_moves::split(tx, viewer, &post, &body.title, along, reason).await
        }
    }
}

/// Bans from a category or from the node, or ends that.
async fn ban(
    tx: &Tx,
    viewer: &Viewer,
    action: Action,
    who: &Actor,
    category: Option<Category>,
    body: &ActionBody,
) -> Result<(), Error> {
    let scope = match category {
        Some(category) => Scope::Category(Box::new(category.actor)),
        None => Scope::here(tx.config()),
    };
    if action == Action::Ban {
        let days = body.days.map(|days| days.to_string()).unwrap_or_default();
        let new = NewBan::parse(&body.reason, &days, tx.now())?.removing(body.with_content);
        bans::impose(tx, viewer, who.clone(), &scope, new, Origin::Local).await?;
        return Ok(());
    }
    let how = Lift {
        reason: &body.reason,
        restores: body.with_content,
    };
    if bans::lift(tx, viewer, who, &scope, how, Origin::Local).await? {
        Ok(())
    } else {
        Err(Error::NotFound(Kind::Ban))
    }
}

/// Who moderates nothing at all learns nothing about the target.
fn may_moderate_something(viewer: &Viewer) -> Result<(), Denied> {
    let grants = viewer.person().is_some_and(|p| !p.moderates.is_empty());
    if viewer.is_moderator() || grants {
        Ok(())
    } else {
        Err(Denied::NotModerator)
    }
}

/// Somebody by handle, or the author of the post with this id.
async fn person_of(app: &AppState, viewer: &Viewer, target: &str) -> Result<Actor, AppError> {
    if let Ok(id) = target.parse::<PostId>()
        && let Ok(post) = posts::readable(app.forum.db(), viewer, id).await
    {
        return Ok(actors::by_id(app.forum.db(), post.author_id).await?);
    }
    lookup::known_actor(app, viewer, target)
        .await?
        .filter(|actor| actor.kind == ActorKind::Person)
        .ok_or(Error::NotFound(Kind::Person).into())
}

/// The post with this id, or the opening post of the topic with it.
async fn post_of(tx: &Tx, viewer: &Viewer, target: &str) -> Result<PostRow, Error> {
    let unknown = || Error::NotFound(Kind::Post);
    let id: i64 = target.parse().map_err(|_| unknown())?;
    match posts::readable(tx.c(), viewer, id.into()).await {
        Err(Error::NotFound(_)) => {
            let topic = topics::readable(tx.c(), viewer, id.into()).await?;
            topics::opening_post(tx.c(), &topic).await
        }
        other => other,
    }
}

/// The topic with this id, or that of the post with it.
async fn topic_of(tx: &Tx, viewer: &Viewer, target: &str) -> Result<TopicRow, Error> {
    let unknown = || Error::NotFound(Kind::Topic);
    let id: i64 = target.parse().map_err(|_| unknown())?;
    match topics::readable(tx.c(), viewer, id.into()).await {
        Err(Error::NotFound(_)) => {
            let post = posts::readable(tx.c(), viewer, id.into()).await?;
            topics::by_id(tx.c(), post.topic_id).await
        }
        other => other,
    }
}
