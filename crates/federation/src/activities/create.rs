//! Create: a topic or a reply from elsewhere (ActivityPub §7.2, FEP-1b12), and how a post is stored that came by
//! another way: announced, answered, or asked for.

use std::collections::HashSet;

use parvis_forum::categories::{self, Category};
use parvis_forum::circles;
use parvis_forum::id::ActorId;
use parvis_forum::kinds::ActorKind;
use parvis_forum::posts::Refused;
use parvis_forum::{
    Actor, Denied, Error as ForumError, Origin, Post, Topic, Viewer, actors, affiliations,
    backfills, posts, topics,
};
use serde_json::Value;

use super::{Activity, Via, Work, delete, quote, same_host};
use crate::objects::post::{self, Incoming};
use crate::origin::parse_id;
use crate::{Error, Result};

/// Parents that are fetched to find the topic of a reply.
const MAX_PARENTS: usize = 50;
/// Ids that are tried when somebody asks for a post whose category isn't known.
const MAX_GROUPS: usize = 5;

/// How a post came.
#[derive(Debug, Clone)]
pub(crate) struct Arrival<'a> {
    /// As the forum records it.
    pub(crate) origin: Origin,
    /// The category elsewhere that announced it.
    pub(crate) group: Option<&'a Category>,
    /// Somebody here asked for it.
    pub(crate) on_request: bool,
    /// The conversation that lists it, when it is read of the past.
    pub(crate) listed_in: Option<&'a Topic>,
}

/// Stores what was created.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    let object = activity.object()?;
    let id = activity.object_id()?;
    if work.federation.is_local_id(id) {
        return Err(Error::refused("it claims to be of this node"));
    }
    let arrival = Arrival {
        origin: activity.origin(),
        group: match &activity.via {
            Via::Direct | Via::Hint => None,
            Via::Group { group, .. } => Some(group),
        },
        on_request: false,
        listed_in: None,
    };
    // Of an object that isn't the actor's own, only its id is believed.
    let trusted = match &activity.via {
        Via::Direct => true,
        Via::Hint => false,
        Via::Group { owned, proven, .. } => *owned || *proven,
    };
    let by_actor = matches!(activity.via, Via::Direct | Via::Group { proven: true, .. });
    if trusted && object.is_object() && same_host(id, &activity.actor.uri) {
        let incoming = read(work, object, Some(activity.value))?;
        if incoming.author != activity.actor.uri && by_actor {
            return Err(Error::refused("the author is not the actor"));
        }
        let post = store(work, incoming, &arrival).await?;
        return came_itself(work, activity, post).await;
    }
    if posts::by_uri(work.db(), id).await?.is_some() {
        return Ok(());
    }
    let (document, _) = work.reader.object(id).await?;
    let incoming = read(work, &document, None)?;
    let origin = if incoming.author == activity.actor.uri {
        arrival.origin.clone()
    } else {
        Origin::Fetched
    };
    store(work, incoming, &Arrival { origin, ..arrival }).await?;
    Ok(())
}

/// A post that was fetched, because something answered it, comes from its author: the category passes it on now.
async fn came_itself(work: &Work<'_>, activity: &Activity<'_>, post: Post) -> Result<()> {
    if !matches!(activity.via, Via::Direct)
        || !posts::was_fetched(&post)
        || post.author_id != activity.actor.id
    {
        return Ok(());
    }
    let tx = work.begin().await?;
    let post = posts::by_id(tx.c(), post.id).await?;
    posts::receive_itself(&tx, post, activity.origin()).await?;
    work.commit(tx).await
}

/// Takes a document apart, by the node's rules.
pub(crate) fn read(work: &Work<'_>, document: &Value, wrapper: Option<&Value>) -> Result<Incoming> {
    let federation = work.federation;
    post::read(
        document,
        wrapper,
        federation.http().addresses(),
        federation.forum().now(),
    )
}

/// Stores a post whose document is true, with the posts above it that are missing. Answers the one that is stored, be
/// it from before.
pub(crate) async fn store(
    work: &Work<'_>,
    incoming: Incoming,
    arrival: &Arrival<'_>,
) -> Result<Post> {
    Box::pin(store_chain(work, incoming, arrival)).await
}

async fn store_chain(work: &Work<'_>, incoming: Incoming, arrival: &Arrival<'_>) -> Result<Post> {
    if let Some(known) = acceptable(work, &incoming, arrival.group).await? {
        return Ok(known);
    }
    if let Some(group) = arrival.group {
        work.wait_if_limited(&group.actor.uri).await?;
    }
    let mut place = find_place(work, &incoming).await?;
    let mut chain = vec![incoming];
    if place.is_none()
        && let Some(first) = chain.first()
        && first.in_reply_to.is_some()
    {
        if !arrival.on_request && arrival.group.is_none() && !concerns_us(work, first).await? {
            return Err(Error::refused("it is addressed to nobody here"));
        }
        place = match climb(work, &mut chain, arrival.group).await {
            Ok(place) => place,
            // What it answers is gone; its category says where it belongs, and it says so itself.
            Err(error) if !error.is_temporary() => {
                let listed = arrival
                    .listed_in
                    .filter(|topic| says_so(&chain, topic, arrival));
                Some(Spot::In(Box::new(listed.ok_or(error)?.clone())))
            }
            Err(error) => return Err(error),
        };
    }
    let asks = !arrival.origin.is_history()
        && (chain.len() > 1 || (arrival.on_request && arrival.group.is_none()));
    // From the top down: what was fetched on the way up, then what came.
    let mut stored = None;
    while let Some(next) = chain.pop() {
        let last = chain.is_empty();
        let arrival = Arrival {
            origin: if last || arrival.origin.is_history() {
                arrival.origin.clone()
            } else {
                Origin::Fetched
            },
            ..arrival.clone()
        };
        let spot = match stored.take() {
            Some(post) => Some(Spot::Under(Box::new(post))),
            None => place.take(),
        };
        stored = Some(Box::pin(put(work, next, spot, &arrival, last)).await?);
    }
    let stored = stored.ok_or_else(|| Error::refused("nothing to store"))?;
    if asks {
        ask_for_rest(work, &stored).await?;
    }
    Ok(stored)
}

/// A conversation elsewhere was met in its middle, or somebody here asked for it: the rest of it is read as well.
async fn ask_for_rest(work: &Work<'_>, post: &Post) -> Result<()> {
    let topic = topics::by_id(work.db(), post.topic_id).await?;
    if topic.local {
        return Ok(());
    }
    let opening = topics::opening_post(work.db(), &topic).await?;
    let category = actors::by_id(work.db(), topic.category_id).await?;
    if opening.local {
        return Ok(());
    }
    let tx = work.begin().await?;
    backfills::ask_conversation(&tx, &category, &opening.uri, None).await?;
    work.commit_part(tx).await
}

/// Whether the last post of the chain says itself that it is of this topic, or of its category. What was fetched above it
/// is left out: nothing above is known.
fn says_so(chain: &[Incoming], topic: &Topic, arrival: &Arrival<'_>) -> bool {
    let Some(top) = chain.last() else {
        return false;
    };
    let named = top.context.is_some() && top.context == topic.uri;
    let group = arrival.group.map(|group| group.actor.uri.as_str());
    named || (group.is_some() && top.audience.as_deref() == group)
}

/// Where a post stands.
enum Spot {
    /// Under this post.
    Under(Box<Post>),
    /// In this topic.
    In(Box<Topic>),
}

/// Whether it may be stored at all. Answers the post when it is there already.
pub(crate) async fn acceptable(
    work: &Work<'_>,
    incoming: &Incoming,
    group: Option<&Category>,
) -> Result<Option<Post>> {
    let federation = work.federation;
    incoming.check(!incoming.public && Box::pin(names_a_circle(work, incoming, group)).await?)?;
    if federation.is_local(&incoming.id) {
        return Err(Error::refused("it claims to be of this node"));
    }
    if let Some(known) = posts::by_uri(work.db(), &incoming.uri).await? {
        return Ok(Some(known));
    }
    if !federation.allows(&incoming.id).await? {
        return Err(Error::refused("its server is blocked"));
    }
    work.wait_if_limited(&incoming.uri).await?;
    Ok(None)
}

/// Whether a closed category announces what isn't public, or is named in it.
async fn names_a_circle(
    work: &Work<'_>,
    incoming: &Incoming,
    group: Option<&Category>,
) -> Result<bool> {
    if let Some(group) = group {
        return Ok(circles::is_closed(&group.actor));
    }
    let named = actors::by_uris(work.db(), &incoming.groups).await?;
    Ok(named.iter().any(circles::is_closed))
}

/// What isn't public stands in a closed category, or nowhere.
fn stays_within(incoming: &Incoming, category: &Actor) -> Result<()> {
    if incoming.public || circles::is_closed(category) {
        Ok(())
    } else {
        Err(Error::refused("not public"))
    }
}

/// The place of a post whose parent, or whose conversation, is known.
async fn find_place(work: &Work<'_>, incoming: &Incoming) -> Result<Option<Spot>> {
    let db = work.db();
    if let Some(parent) = &incoming.in_reply_to {
        if let Some(post) = posts::by_uri(db, parent).await? {
            return Ok(Some(Spot::Under(Box::new(post))));
        }
        if let Some(topic) = topics::by_uri(db, parent).await? {
            return Ok(Some(Spot::In(Box::new(topic))));
        }
        if work.federation.is_local_id(parent) {
            return Err(Error::refused("it answers something that is not here"));
        }
        return Ok(None);
    }
    // Without a parent, but in a conversation of ours.
    let Some(context) = &incoming.context else {
        return Ok(None);
    };
    let topic = topics::by_uri(db, context).await?;
    Ok(topic
        .filter(|topic| topic.local)
        .map(|topic| Spot::In(Box::new(topic))))
}

/// Fetches the parents of the last post of the chain, until one is known or there is none above. Answers the place of the
/// topmost.
async fn climb(
    work: &Work<'_>,
    chain: &mut Vec<Incoming>,
    group: Option<&Category>,
) -> Result<Option<Spot>> {
    let mut seen: HashSet<String> = chain.iter().map(|one| one.uri.clone()).collect();
    while let Some(parent) = chain.last().and_then(|top| top.in_reply_to.clone()) {
        if chain.len() > MAX_PARENTS {
            return Err(Error::refused("too deep a conversation"));
        }
        if seen.contains(&parent) {
            return Err(Error::refused("the conversation runs in a circle"));
        }
        let (document, _) = work.reader.object(&parent).await?;
        let above = read(work, &document, None)?;
        if !seen.insert(above.uri.clone()) {
            return Err(Error::refused("the conversation runs in a circle"));
        }
        if let Some(known) = acceptable(work, &above, group).await? {
            return Ok(Some(Spot::Under(Box::new(known))));
        }
        let place = find_place(work, &above).await?;
        chain.push(above);
        if place.is_some() {
            return Ok(place);
        }
    }
    Ok(None)
}

/// Whether a post is addressed to a person or category of ours.
async fn concerns_us(work: &Work<'_>, incoming: &Incoming) -> Result<bool> {
    let local: Vec<String> = incoming
        .recipients
        .iter()
        .chain(&incoming.audience)
        .filter(|id| work.federation.is_local_id(id))
        .cloned()
        .collect();
    Ok(!actors::by_uris(work.db(), &local).await?.is_empty())
}

/// Stores one post at its place.
async fn put(
    work: &Work<'_>,
    incoming: Incoming,
    spot: Option<Spot>,
    arrival: &Arrival<'_>,
    last: bool,
) -> Result<Post> {
    if delete::came_before(work, &incoming.author, &incoming.uri).await? {
        return Err(Error::refused("it was deleted before it came"));
    }
    let uri = incoming.uri.clone();
    let stored = match spot {
        Some(Spot::Under(parent)) => {
            let topic = topics::by_id(work.db(), parent.topic_id).await?;
            reply(work, incoming, &topic, Some(&parent), arrival, last).await
        }
        Some(Spot::In(topic)) => reply(work, incoming, &topic, None, arrival, last).await,
        None if arrival.listed_in.is_some() => Err(Error::refused(
            "it is not of the conversation that lists it",
        )),
        None => Box::pin(open(work, incoming, arrival, last)).await,
    };
    match stored {
        // Somebody else stored it at the same moment.
        Err(Error::Forum(ForumError::Conflict(what))) => {
            let known = posts::by_uri(work.db(), &uri).await?;
            known.ok_or(Error::Forum(ForumError::Conflict(what)))
        }
        other => other,
    }
}

async fn reply(
    work: &Work<'_>,
    incoming: Incoming,
    topic: &Topic,
    parent: Option<&Post>,
    arrival: &Arrival<'_>,
    last: bool,
) -> Result<Post> {
    if let Some(group) = arrival.group
        && (topic.local || topic.category_id != group.id())
    {
        return Err(Error::refused("the topic is not in that category"));
    }
    if !incoming.public {
        let category = actors::by_id(work.db(), topic.category_id).await?;
        stays_within(&incoming, &category)?;
    }
    let author = work.reader.actor(&incoming.author).await?;
    let affiliation = affiliations::snapshot(work.db(), author.id).await?;
    let viewer = writer(work, author, topic.category_id, arrival).await?;
    let forum = work.federation.forum();
    let judged = Box::pin(quote::judged(work, &incoming)).await?;
    let mut remote = Incoming { judged, ..incoming }
        .into_remote(
            work.db(),
            forum.config(),
            None,
            arrival.origin.clone(),
            forum.now(),
        )
        .await?;
    remote.affiliation = affiliation;
    let name = remote.uri.clone();
    let tx = work.begin().await?;
    let post = match posts::receive(&tx, &viewer, topic, parent, remote).await {
        Err(ForumError::Denied(why)) if topic.local => {
            drop(tx);
            return refuse(work, topic.category_id, &viewer, name, arrival, why).await;
        }
        other => other?,
    };
    if last {
        work.commit(tx).await?;
    } else {
        work.commit_part(tx).await?;
    }
    Ok(post)
}

/// Who wrote it. Whether a locked topic took it, or a category somebody it banned, is for the category to say, and it passes
/// it on.
async fn writer(
    work: &Work<'_>,
    author: Actor,
    category: ActorId,
    arrival: &Arrival<'_>,
) -> Result<Viewer> {
    let mut viewer = Viewer::load(work.db(), author).await?;
    if arrival.group.is_some_and(|group| group.id() == category)
        && let Viewer::Remote(remote) = &mut viewer
    {
        remote.moderates.push(category);
    }
    Ok(viewer)
}

async fn open(
    work: &Work<'_>,
    incoming: Incoming,
    arrival: &Arrival<'_>,
    last: bool,
) -> Result<Post> {
    if incoming.in_reply_to.is_some() {
        return Err(Error::refused("the topic of this reply can't be found"));
    }
    let category = match arrival.group {
        Some(group) => {
            announced_category(work, &incoming, group).await?;
            group.clone()
        }
        None => find_category(work, &incoming, arrival.on_request).await?,
    };
    open_in(work, incoming, &category, arrival, last).await
}

/// Opens a topic with this post in a category.
pub(crate) async fn open_in(
    work: &Work<'_>,
    incoming: Incoming,
    category: &Category,
    arrival: &Arrival<'_>,
    last: bool,
) -> Result<Post> {
    stays_within(&incoming, &category.actor)?;
    let author = work.reader.actor(&incoming.author).await?;
    let (title, derived) = incoming.title(&category.actor, &author);
    let affiliation = affiliations::snapshot(work.db(), author.id).await?;
    let viewer = writer(work, author, category.id(), arrival).await?;
    let forum = work.federation.forum();
    let judged = Box::pin(quote::judged(work, &incoming)).await?;
    let mut remote = Incoming { judged, ..incoming }
        .into_remote(
            work.db(),
            forum.config(),
            Some(&category.actor),
            arrival.origin.clone(),
            forum.now(),
        )
        .await?;
    remote.affiliation = affiliation;
    let name = remote.uri.clone();
    let tx = work.begin().await?;
    let received = topics::receive(&tx, &viewer, category, title, derived, remote).await;
    let post = match received {
        Err(ForumError::Denied(why)) if category.actor.local => {
            drop(tx);
            return refuse(work, category.id(), &viewer, name, arrival, why).await;
        }
        other => other?.1,
    };
    if last {
        work.commit(tx).await?;
    } else {
        work.commit_part(tx).await?;
    }
    Ok(post)
}

/// A category of ours doesn't take a post: who sent it is told. What came another way is refused in silence, for nobody
/// asked.
async fn refuse(
    work: &Work<'_>,
    category: ActorId,
    viewer: &Viewer,
    post: String,
    arrival: &Arrival<'_>,
    why: Denied,
) -> Result<Post> {
    if let (Origin::Received { uri, .. }, Some(author)) = (&arrival.origin, viewer.actor_id()) {
        let refused = Refused {
            category,
            author,
            post,
            create: uri.to_string(),
        };
        let tx = work.begin().await?;
        if posts::refuse(&tx, refused, why) {
            // The item is done when the reason is written down beside it.
            work.commit_part(tx).await?;
        }
    }
    Err(ForumError::Denied(why).into())
}

/// Refuses a post that says it belongs to another category than the one that announces it.
async fn announced_category(work: &Work<'_>, incoming: &Incoming, group: &Category) -> Result<()> {
    let Some(audience) = &incoming.audience else {
        return Ok(());
    };
    if *audience == group.actor.uri {
        return Ok(());
    }
    let other = actors::by_uri(work.db(), audience).await?;
    if other.is_some_and(|actor| actor.kind == ActorKind::Group) {
        return Err(Error::refused("it belongs to another category"));
    }
    Ok(())
}

/// The category that a post is addressed to: one of ours, or on request any.
async fn find_category(work: &Work<'_>, incoming: &Incoming, on_request: bool) -> Result<Category> {
    let known = actors::by_uris(work.db(), &incoming.groups).await?;
    let group_of = |uri: &String| {
        known
            .iter()
            .find(|actor| actor.uri == *uri && actor.kind == ActorKind::Group)
    };
    for uri in &incoming.groups {
        let group: Option<&Actor> = group_of(uri);
        if let Some(group) = group.filter(|group| group.local || on_request) {
            return Ok(categories::by_id(work.db(), group.id).await?);
        }
    }
    if on_request {
        let addresses = work.federation.http().addresses();
        let unknown = incoming.groups.iter().filter(|uri| {
            known.iter().all(|actor| actor.uri != **uri)
                && !uri.ends_with("/followers")
                && parse_id(uri, addresses).is_ok_and(|url| !work.federation.is_local(&url))
        });
        for uri in unknown.take(MAX_GROUPS) {
            if let Ok(actor) = work.reader.actor(uri).await
                && actor.kind == ActorKind::Group
            {
                return Ok(categories::by_id(work.db(), actor.id).await?);
            }
        }
    }
    Err(Error::refused("it is addressed to no category here"))
}
