//! What a handle or an address names: known here, or looked up on its own node for callers with a token.
//!
//! Everything here happens before a transaction is open.

use parvis_federation::lookup::{Found, lookup, resolve_mentions};
use parvis_forum::categories::{self, Category};
use parvis_forum::circles;
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Actor, Error, Kind, Post, Viewer, actors, posts, throttles, topics};
use url::Url;

use crate::error::AppError;
use crate::state::AppState;

/// Look-ups elsewhere that one person may cause in a minute.
const LOOKUPS: i32 = 60;

/// What a name stands for.
#[derive(Debug)]
pub(super) enum Named {
    /// A category.
    Category(Box<Category>),
    /// Somebody.
    Person(Box<Actor>),
    /// A post; the opening one stands for its topic.
    Post(Box<Post>),
}

/// True for `name@host`, with `@` or `!` before it, and for addresses.
pub(super) fn looks_like_a_name(text: &str) -> bool {
    if text.starts_with("http://") || text.starts_with("https://") {
        return !text.contains(char::is_whitespace);
    }
    let text = text.trim_start_matches(['@', '!']);
    matches!(text.split_once('@'), Some((name, host))
        if !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !text.contains(char::is_whitespace))
}

/// The category with this handle. One that is not known here is looked up on its node when somebody asks.
pub(super) async fn category(
    app: &AppState,
    asking: Option<&Viewer>,
    handle: &str,
) -> Result<Category, AppError> {
    let forum = &app.forum;
    let viewer = asking.unwrap_or(&Viewer::Anonymous);
    match categories::readable(forum.db(), forum.config(), viewer, handle).await {
        Ok(category) if category.actor.deleted_at.is_some() => {
            Err(Error::Gone(Kind::Category).into())
        }
        Err(Error::NotFound(_)) if asking.is_some() && looks_like_a_name(handle) => {
            // With `!`, a person of the same name is passed over.
            let group = format!("!{}", handle.trim_start_matches(['@', '!']));
            match named(app, asking, &group).await? {
                Some(Named::Category(category)) => Ok(*category),
                _ => Err(Error::NotFound(Kind::Category).into()),
            }
        }
        other => Ok(other?),
    }
}

/// Somebody or a category that is known here, as far as the viewer may know.
pub(super) async fn known_actor(
    app: &AppState,
    viewer: &Viewer,
    handle: &str,
) -> Result<Option<Actor>, AppError> {
    let handle = handle.trim_start_matches(['@', '!']);
    let (name, host) = match handle.split_once('@') {
        Some((name, host)) => (name, Some(host)),
        None => (handle, None),
    };
    let found = actors::by_handle(app.forum.db(), app.forum.config(), name, host)
        .await?
        .filter(|actor| actor.deleted_at.is_none());
    match found {
        Some(actor) => known_to(app, viewer, actor).await,
        None => Ok(None),
    }
}

/// An actor, unless it is a category that the viewer may not know of.
async fn known_to(
    app: &AppState,
    viewer: &Viewer,
    actor: Actor,
) -> Result<Option<Actor>, AppError> {
    match circles::check_known(app.forum.db(), viewer, &actor).await {
        Ok(()) => Ok(Some(actor)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What was found, unless the viewer may not read it.
async fn read_by(
    app: &AppState,
    viewer: &Viewer,
    named: Option<Named>,
) -> Result<Option<Named>, AppError> {
    let db = app.forum.db();
    let seen = match &named {
        None | Some(Named::Person(_)) => true,
        Some(Named::Category(category)) => known_to(app, viewer, category.actor.clone())
            .await?
            .is_some(),
        Some(Named::Post(post)) => circles::may_read_topic(db, viewer, post.topic_id).await?,
    };
    Ok(named.filter(|_| seen))
}

/// What a handle or an address names. What is not known here is looked up on its node when somebody asks.
pub(super) async fn named(
    app: &AppState,
    asking: Option<&Viewer>,
    text: &str,
) -> Result<Option<Named>, AppError> {
    let viewer = asking.unwrap_or(&Viewer::Anonymous);
    if let Some(named) = known(app, viewer, text).await? {
        return read_by(app, viewer, Some(named)).await;
    }
    match asking {
        Some(viewer) if app.config().federation.enabled => {
            let found = fetch(app, viewer, text).await?;
            read_by(app, viewer, found).await
        }
        _ => Ok(None),
    }
}

async fn named_from_actor(app: &AppState, actor: Actor) -> Result<Option<Named>, AppError> {
    Ok(match actor.kind {
        _ if actor.deleted_at.is_some() => None,
        ActorKind::Group => Some(Named::Category(Box::new(
            categories::by_id(app.forum.db(), actor.id).await?,
        ))),
        ActorKind::Person => Some(Named::Person(Box::new(actor))),
        ActorKind::Application => None,
    })
}

async fn known(app: &AppState, viewer: &Viewer, text: &str) -> Result<Option<Named>, AppError> {
    let db = app.forum.db();
    if !text.starts_with("http") {
        return match known_actor(app, viewer, text).await? {
            Some(actor) => named_from_actor(app, actor).await,
            None => Ok(None),
        };
    }
    if let Some(actor) = actors::by_uri(db, text).await? {
        return named_from_actor(app, actor).await;
    }
    if let Some(post) = posts::by_uri(db, text).await? {
        return Ok(Some(Named::Post(Box::new(post))));
    }
    if let Some(topic) = topics::by_uri(db, text).await? {
        return Ok(Some(Named::Post(Box::new(
            topics::opening_post(db, &topic).await?,
        ))));
    }
    known_page(app, viewer, text).await
}

/// Pages of this node: `/t/{id}/…`, `/p/{id}`, `/c/{handle}`, `/u/{name}`.
async fn known_page(
    app: &AppState,
    viewer: &Viewer,
    text: &str,
) -> Result<Option<Named>, AppError> {
    let own = app.forum.config().local_url("/");
    let Ok(url) = Url::parse(text) else {
        return Ok(None);
    };
    if url.origin() != own.origin() {
        return Ok(None);
    }
    let db = app.forum.db();
    let mut segments = url.path_segments().into_iter().flatten();
    let found = match (segments.next(), segments.next()) {
        (Some("t"), Some(id)) => match id.parse() {
            Ok(id) => match topics::readable(db, viewer, id).await {
                Ok(topic) => Ok(Some(Named::Post(Box::new(
                    topics::opening_post(db, &topic).await?,
                )))),
                Err(error) => Err(error),
            },
            Err(_) => Ok(None),
        },
        (Some("p"), Some(id)) => match id.parse() {
            Ok(id) => posts::readable(db, viewer, id)
                .await
                .map(|post| Some(Named::Post(Box::new(post)))),
            Err(_) => Ok(None),
        },
        (Some("c" | "u"), Some(handle)) => match known_actor(app, viewer, handle).await? {
            Some(actor) => return named_from_actor(app, actor).await,
            None => Ok(None),
        },
        _ => Ok(None),
    };
    match found {
        Err(Error::NotFound(_)) => Ok(None),
        other => Ok(other?),
    }
}

/// Looks a name up on its own node. Nothing when that node has nothing of that name, or doesn't answer.
async fn fetch(app: &AppState, viewer: &Viewer, text: &str) -> Result<Option<Named>, AppError> {
    if let Some(id) = viewer.actor_id() {
        let tx = app.forum.begin().await?;
        throttles::hit(&tx, &format!("lookup:{id}"), LOOKUPS, 60).await?;
        tx.commit().await?;
    }
    match Box::pin(lookup(&app.federation, text)).await {
        Ok(Found::Category(category)) => Ok(Some(Named::Category(category))),
        Ok(Found::Actor(actor)) => named_from_actor(app, *actor).await,
        Ok(Found::Topic(topic)) => {
            let opening = topics::opening_post(app.forum.db(), &topic).await?;
            Ok(Some(Named::Post(Box::new(opening))))
        }
        Ok(Found::Post(post)) => Ok(Some(Named::Post(post))),
        Err(
            parvis_federation::Error::Refused(_)
            | parvis_federation::Error::Held(_)
            | parvis_federation::Error::Retry { .. }
            | parvis_federation::Error::Forum(Error::Denied(_) | Error::Gone(_)),
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Makes the people and categories known that are mentioned in a text by `name@host`, so that mentions become links.
pub(super) async fn mentions(app: &AppState, content: &str) -> Result<(), AppError> {
    Ok(Box::pin(resolve_mentions(&app.federation, content)).await?)
}
