//! What an address or a handle that somebody gives stands for here: the target of a follow, a reply or a report. Only
//! [`person`] asks other servers.

use parvis_federation::lookup::{self, Found};
use parvis_federation::webfinger::Handle;
use parvis_forum::circles;
use parvis_forum::id::{PostId, TopicId};
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Actor, Error, Post, Result, Topic, Viewer, actors, posts, topic_moves, topics};
use url::Url;

use crate::state::AppState;

/// Something known here.
pub(super) enum Thing {
    /// A person or a category.
    Actor(Box<Actor>),
    /// A topic.
    Topic(Box<Topic>),
    /// A post.
    Post(Box<Post>),
}

/// What `text` stands for, as far as the viewer may read it: an id, a page of this node, `@name@host`, or a name of this node.
pub(super) async fn find(state: &AppState, viewer: &Viewer, text: &str) -> Result<Option<Thing>> {
    let found = any(state, text).await?;
    let db = state.forum.db();
    let seen = match &found {
        None => return Ok(None),
        Some(Thing::Actor(actor)) => there(
            circles::check_known(db, viewer, actor)
                .await
                .map(|()| Thing::Actor(actor.clone())),
        )?
        .is_some(),
        Some(Thing::Topic(topic)) => circles::may_read_topic(db, viewer, topic.id).await?,
        Some(Thing::Post(post)) => circles::may_read_topic(db, viewer, post.topic_id).await?,
    };
    Ok(found.filter(|_| seen))
}

/// The same, whoever may read it.
async fn any(state: &AppState, text: &str) -> Result<Option<Thing>> {
    let db = state.forum.db();
    let text = text.trim();
    if let Ok(url) = Url::parse(text)
        && matches!(url.scheme(), "http" | "https")
    {
        let id = url.as_str();
        if let Some(actor) = actors::by_uri(db, id).await? {
            return Ok(Some(Thing::Actor(Box::new(actor))));
        }
        if let Some(post) = posts::by_uri(db, id).await? {
            return Ok(Some(Thing::Post(Box::new(post))));
        }
        if let Some(topic) = topics::by_uri(db, id).await? {
            return Ok(Some(Thing::Topic(Box::new(topic))));
        }
        return if state.federation.is_local(&url) {
            by_path(state, url.path()).await
        } else {
            Ok(None)
        };
    }
    if text.starts_with('/') {
        return by_path(state, text).await;
    }
    by_handle(state, text).await
}

/// A person, here or elsewhere, by handle; one who was never seen here is asked for at their own server.
pub(crate) async fn person(state: &AppState, text: &str) -> Result<Option<Actor>> {
    let text = text.trim();
    let known = match by_handle(state, text).await? {
        Some(Thing::Actor(actor)) => Some(*actor),
        None if Handle::parse(text).is_ok() => {
            match Box::pin(lookup::lookup(&state.federation, text)).await {
                Ok(Found::Actor(actor)) => Some(*actor),
                Ok(Found::Category(_) | Found::Topic(_) | Found::Post(_)) | Err(_) => None,
            }
        }
        Some(Thing::Topic(_) | Thing::Post(_)) | None => None,
    };
    Ok(known.filter(|actor| actor.kind == ActorKind::Person && actor.deleted_at.is_none()))
}

async fn by_handle(state: &AppState, text: &str) -> Result<Option<Thing>> {
    let db = state.forum.db();
    let found = match Handle::parse(text) {
        Ok(handle) => {
            let host = Some(handle.authority());
            actors::by_handle(db, state.config(), handle.name(), host).await?
        }
        Err(_) => actors::local_by_name(db, text.trim_start_matches(['@', '!'])).await?,
    };
    Ok(found.map(|actor| Thing::Actor(Box::new(actor))))
}

async fn by_path(state: &AppState, path: &str) -> Result<Option<Thing>> {
    let db = state.forum.db();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.trim_start_matches('/').split('/');
    match (parts.next(), parts.next()) {
        (Some("c" | "u"), Some(handle)) => by_handle(state, handle).await,
        (Some("t"), Some(id)) => match id.parse::<TopicId>() {
            Ok(id) => match topics::by_id(db, id).await {
                Ok(topic) => {
                    let topic = topic_moves::where_it_is(db, topic).await?;
                    Ok(Some(Thing::Topic(Box::new(topic))))
                }
                Err(Error::NotFound(_)) => Ok(None),
                Err(error) => Err(error),
            },
            Err(_) => Ok(None),
        },
        (Some("p"), Some(id)) => match id.parse::<PostId>() {
            Ok(id) => there(posts::by_id(db, id).await.map(Box::new).map(Thing::Post)),
            Err(_) => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Nothing, where something is looked for that isn't there.
fn there(found: Result<Thing>) -> Result<Option<Thing>> {
    match found {
        Ok(thing) => Ok(Some(thing)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
