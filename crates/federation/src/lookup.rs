//! Looking things up elsewhere because somebody here asked: a handle, an address, the people mentioned in a draft.
//!
//! What is found is stored like anything that arrives, and nothing is passed on. Of a category that is met for the first
//! time the latest topics are read after the answer.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use parvis_forum::categories::{self, Category};
use parvis_forum::id::{PostId, TopicId};
use parvis_forum::kinds::ActorKind;
use parvis_forum::text::markdown;
use parvis_forum::{Actor, Origin, Post, Topic, actors, posts, topics};
use serde_json::Value;
use url::Url;

use crate::activities::create::{self, Arrival};
use crate::activities::{Work, read_moderators, same_host};
use crate::fetch::MAX_DOCUMENTS_ON_REQUEST;
use crate::http::FetchError;
use crate::objects::{actor, post};
use crate::origin::parse_id;
use crate::webfinger::{ActorKind as WantedKind, Handle};
use crate::{Error, Federation, Result, inbox, wire};

/// Topics that are read of a category met for the first time.
const MAX_BACKFILL: usize = 20;
/// Its moderators that are fetched.
const MAX_MODERATORS_MET: usize = 10;
/// Unknown people of a draft that are looked up.
const MAX_MENTIONS: usize = 10;
/// How long that may take in all.
const MENTIONS_TIME: Duration = Duration::from_secs(5);

/// What was found.
#[derive(Debug, Clone)]
pub enum Found {
    /// A person, or a server.
    Actor(Box<Actor>),
    /// A category.
    Category(Box<Category>),
    /// A topic.
    Topic(Box<Topic>),
    /// A reply.
    Post(Box<Post>),
}

/// Finds what a handle (`@ana@forum.example`, `!velo@lemmy.example`) or an address stands for, here or elsewhere.
/// `Refused` when there is nothing of that name, or nothing that could be shown here.
pub async fn lookup(federation: &Federation, input: &str) -> Result<Found> {
    let input = input.trim();
    let lower = input.get(..8).unwrap_or(input).to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        let mut url = parse_id(
            input.split('#').next().unwrap_or(input),
            federation.http().addresses(),
        )
        .map_err(|error| Error::refused(error.to_string()))?;
        url.set_fragment(None);
        by_url(federation, &url).await
    } else {
        by_handle(federation, input).await
    }
}

async fn by_handle(federation: &Federation, input: &str) -> Result<Found> {
    let forum = federation.forum();
    let handle = Handle::parse(input).map_err(|error| Error::refused(error.to_string()))?;
    let known = actors::by_handle(
        forum.db(),
        forum.config(),
        handle.name(),
        Some(handle.authority()),
    )
    .await?;
    let group = input.starts_with('!');
    if let Some(known) = known {
        let fresh = known.local || known.fetched_at.plus_days(1) > forum.now();
        let fits = !group || known.kind == ActorKind::Group;
        if known.deleted_at.is_none() && fresh && fits {
            return of_actor(federation, known).await;
        }
    }
    if handle
        .authority()
        .eq_ignore_ascii_case(forum.config().public_authority())
    {
        return Err(Error::refused("no such name here"));
    }
    let work = Work::new(federation, MAX_DOCUMENTS_ON_REQUEST, None);
    let jrd = work.reader.webfinger(&handle).await?;
    let id = jrd
        .self_link(Some(if group {
            WantedKind::Group
        } else {
            WantedKind::Person
        }))
        .ok_or_else(|| Error::refused("its server names no actor of that name"))?;
    let actor = work.reader.actor(id).await?;
    of_actor(federation, actor).await
}

async fn by_url(federation: &Federation, url: &Url) -> Result<Found> {
    let forum = federation.forum();
    if let Some(found) = known(federation, url.as_str()).await? {
        return Ok(found);
    }
    if federation.is_local(url) {
        return local(federation, url).await;
    }
    if !forum.config().federation.enabled {
        return Err(Error::refused("the node does not federate"));
    }
    let work = Work::new(federation, MAX_DOCUMENTS_ON_REQUEST, None);
    let (document, id) = match work.reader.try_object(url.as_str()).await? {
        Ok(fetched) => fetched,
        Err(FetchError::WrongType(_)) => {
            return Err(Error::refused(
                "there is a page, but nothing of ActivityPub",
            ));
        }
        Err(failure) => return Err(failure.into()),
    };
    if let Some(found) = known(federation, id.as_str()).await? {
        return Ok(found);
    }
    if actor::kind_of(&document).is_some() {
        let actor = work.reader.store_actor(&document).await?;
        return of_actor(federation, actor).await;
    }
    let arrival = Arrival {
        origin: Origin::Fetched,
        group: None,
        on_request: true,
        listed_in: None,
    };
    let document = match wire::type_of(&document) {
        Some("Create" | "Announce" | "Update") => inner(&work, &document).await?,
        // A conversation: its first post.
        Some("OrderedCollection" | "Collection") => {
            let items = work.reader.collection(id.as_str(), 1).await?;
            let first = items
                .first()
                .and_then(wire::id_of)
                .ok_or_else(|| Error::refused("an empty collection"))?;
            work.reader.object(first).await?.0
        }
        _ => document,
    };
    if !post::is_post(&document) {
        return Err(Error::refused("nothing that could be shown here"));
    }
    let incoming = create::read(&work, &document, None)?;
    let post = create::store(&work, incoming, &arrival).await?;
    of_post(federation, post).await
}

/// The object of an activity, read at its origin.
async fn inner(work: &Work<'_>, activity: &Value) -> Result<Value> {
    let mut at = activity.clone();
    for _ in 0..3 {
        if post::is_post(&at) {
            return Ok(at);
        }
        let object = wire::id_at(&at, "object")
            .ok_or_else(|| Error::refused("an activity without object"))?;
        at = work.reader.object(object).await?.0;
    }
    Ok(at)
}

/// What is stored under an id.
async fn known(federation: &Federation, id: &str) -> Result<Option<Found>> {
    let db = federation.forum().db();
    if let Some(post) = posts::by_uri(db, id).await? {
        return Ok(Some(of_post(federation, post).await?));
    }
    if let Some(topic) = topics::by_uri(db, id).await? {
        return Ok(Some(Found::Topic(Box::new(topic))));
    }
    match actors::by_uri(db, id).await? {
        Some(actor) if actor.deleted_at.is_none() => Ok(Some(of_actor(federation, actor).await?)),
        _ => Ok(None),
    }
}

/// A page of this node that is no id: `/t/{id}/{slug}`.
async fn local(federation: &Federation, url: &Url) -> Result<Found> {
    let db = federation.forum().db();
    let mut path = url.path_segments().into_iter().flatten();
    let nothing = || Error::refused("no such page here");
    match (path.next(), path.next()) {
        (Some("t"), Some(id)) => {
            let id: TopicId = id.parse().map_err(|_| nothing())?;
            Ok(Found::Topic(Box::new(topics::by_id(db, id).await?)))
        }
        (Some("p"), Some(id)) => {
            let id: PostId = id.parse().map_err(|_| nothing())?;
            of_post(federation, posts::by_id(db, id).await?).await
        }
        (Some("c" | "u"), Some(handle)) => {
            let (name, host) = handle.split_once('@').unwrap_or((handle, ""));
            let host = Some(host).filter(|host| !host.is_empty());
            let config = federation.forum().config();
            let actor = actors::by_handle(db, config, name, host)
                .await?
                .ok_or_else(nothing)?;
            of_actor(federation, actor).await
        }
        _ => Err(nothing()),
    }
}

async fn of_post(federation: &Federation, post: Post) -> Result<Found> {
    let topic = topics::by_id(federation.forum().db(), post.topic_id).await?;
    Ok(if topic.opening_post_id == Some(post.id) {
        Found::Topic(Box::new(topic))
    } else {
        Found::Post(Box::new(post))
    })
}

async fn of_actor(federation: &Federation, actor: Actor) -> Result<Found> {
    if actor.kind != ActorKind::Group {
        return Ok(Found::Actor(Box::new(actor)));
    }
    let category = categories::by_id(federation.forum().db(), actor.id).await?;
    if !category.actor.local && category.row.topic_count == 0 {
        inbox::ask_for_backfill(federation, &category.actor).await?;
    }
    Ok(Found::Category(Box::new(category)))
}

/// Reads the moderators and the latest topics of a category elsewhere.
pub(crate) async fn backfill(work: &Work<'_>, group: &str) -> Result<()> {
    let actor = work.reader.actor(group).await?;
    if actor.local || actor.kind != ActorKind::Group {
        return Err(Error::refused("no category elsewhere"));
    }
    let group = categories::by_id(work.db(), actor.id).await?;
    let reader = Work::new(work.federation, MAX_DOCUMENTS_ON_REQUEST, None);
    if let Err(error) = read_moderators(&reader, &group, MAX_MODERATORS_MET).await {
        tracing::debug!(%error, category = group.actor.uri, "cannot read the moderators");
    }
    let Some(outbox) = &group.actor.outbox else {
        return Ok(());
    };
    // Enough for topics of as many other servers.
    let reader = Work::new(work.federation, 4 * MAX_DOCUMENTS_ON_REQUEST, None);
    let items = reader.reader.collection(outbox, MAX_BACKFILL).await?;
    for item in items.into_iter().rev() {
        if let Err(error) = backfill_one(&reader, &group, &item).await {
            tracing::debug!(%error, category = group.actor.uri, "passed over a topic");
        }
    }
    Ok(())
}

async fn backfill_one(work: &Work<'_>, group: &Category, item: &Value) -> Result<()> {
    let mut at = item;
    for _ in 0..3 {
        if post::is_post(at) || at.is_string() {
            break;
        }
        at = wire::many(at, "object")
            .first()
            .copied()
            .ok_or_else(|| Error::refused("an activity without object"))?;
    }
    let id = wire::id_of(at).ok_or_else(|| Error::refused("an object without id"))?;
    if work.federation.is_local_id(id) || posts::by_uri(work.db(), id).await?.is_some() {
        return Ok(());
    }
    let document = if post::is_post(at) && same_host(id, &group.actor.uri) {
        at.clone()
    } else {
        work.reader.object(id).await?.0
    };
    let incoming = create::read(work, &document, None)?;
    // An outbox lists replies too: they come with their topics, or not at all.
    if incoming.in_reply_to.is_some() {
        return Ok(());
    }
    let arrival = Arrival {
        origin: Origin::Fetched,
        group: Some(group),
        on_request: true,
        listed_in: None,
    };
    create::store(work, incoming, &arrival).await?;
    Ok(())
}

/// Looks up the people and categories elsewhere that a Markdown text mentions and that aren't known here yet, before the
/// text is stored. A few, for a few seconds; who isn't found stays a text.
pub async fn resolve_mentions(federation: &Federation, source: &str) -> Result<()> {
    let forum = federation.forum();
    if !forum.config().federation.enabled {
        return Ok(());
    }
    let mut unknown = Vec::new();
    for mention in markdown::find_mentions(source) {
        if unknown.len() == MAX_MENTIONS {
            break;
        }
        let Some(host) = mention.host.as_deref() else {
            continue;
        };
        let known =
            actors::by_handle(forum.db(), forum.config(), &mention.name, Some(host)).await?;
        let ours = host.eq_ignore_ascii_case(forum.config().public_authority());
        if known.is_none() && !ours {
            unknown.push(format!("@{}@{host}", mention.name));
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    let all = stream::iter(unknown).for_each_concurrent(4, async |handle| {
        if let Err(error) = by_handle(federation, &handle).await {
            tracing::debug!(%error, "a mention was not found");
        }
    });
    let _ended = tokio::time::timeout(MENTIONS_TIME, Box::pin(all)).await;
    Ok(())
}

/// Reads an actor's document anew, for whoever must know its present state (a move, a key).
pub async fn refresh(federation: &Federation, uri: &str) -> Result<Actor> {
    let work = Work::new(federation, MAX_DOCUMENTS_ON_REQUEST, None);
    work.reader.refresh_actor(uri).await
}
