//! The documents that others fetch: actors, posts, activities, conversations and collections.
//!
//! Pure reading: negotiation, signatures of requests, caching and status codes are for the web server. What is not
//! ours is named by its own id, and what is gone is a tombstone (ActivityPub §6.4). What a closed category holds is there
//! for those servers alone that may read it: whoever asks is a [`Viewer`], a visitor or a server that signed.

mod actors;
mod collections;
mod history;

use activitypub_federation::kinds::collection::{
    CollectionPageType, CollectionType, OrderedCollectionPageType,
};
use parvis_forum::circles;
use parvis_forum::db::queue::outbox as log;
use parvis_forum::freshness::Part;
use parvis_forum::id::{ActorId, PostId, TopicId};
use parvis_forum::page::{Cursor, PageRequest};
use parvis_forum::{
    Error as ForumError, Forum, Post, Timestamp, Viewer, posts, topic_moves, topics,
};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

pub use actors::{actor, instance_actor};
pub use collections::{
    featured, followers, followers_of_asker, following, instance_outbox, moderators, outbox,
};
pub use history::history;

use crate::Result;
use crate::activities::build::{self, text};
use crate::context::{with_actor_context, with_context};
use crate::objects::build::actor::ActorObject;
use crate::objects::build::post::{Scene, post_to_wire, tombstone, tombstone_of};
use crate::objects::collection::{Conversation, Counted, Ordered, OrderedPage, Page, Unordered};
use crate::objects::quote::AuthorizationObject;
use crate::outbox::{VOTE, authorization_uri};

/// Posts of a conversation that are given whole.
const WHOLE: usize = 500;
/// Posts on a page of a longer one, and of replies.
const PAGE: usize = 100;

/// A document to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its text, context included.
    pub json: String,
    /// A strong tag, quotes included, where others compare it.
    pub etag: Option<String>,
    /// Last change, where it is known.
    pub last_modified: Option<Timestamp>,
    /// The parts of the forum that it shows, where it is the same for everybody and asked for often.
    pub shows: Option<Vec<Part>>,
}

impl Document {
    fn of(document: impl Serialize) -> Self {
        Self {
            json: text(&with_context(document)),
            etag: None,
            last_modified: None,
            shows: None,
        }
    }

    /// As [`Document::of`], for an actor.
    fn of_actor(actor: &ActorObject) -> Self {
        let json = if actor.has_multikeys() {
            text(&with_actor_context(actor))
        } else {
            text(&with_context(actor))
        };
        Self {
            json,
            ..Self::default()
        }
    }

    fn showing(mut self, parts: impl Into<Vec<Part>>) -> Self {
        self.shows = Some(parts.into());
        self
    }

    fn changed(mut self, at: Timestamp) -> Self {
        self.last_modified = Some(at);
        self
    }
}

/// What an address has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// 200.
    Found(Document),
    /// 410, with this tombstone.
    Gone(Document),
    /// 308: it belongs to another server, or went into another topic, under this id.
    Elsewhere(String),
    /// 404.
    NotFound,
}

/// Turns «not found» of the forum into an answer.
fn or_not_found(result: Result<Served>) -> Result<Served> {
    match result {
        Err(crate::Error::Forum(ForumError::NotFound(_))) => Ok(Served::NotFound),
        other => other,
    }
}

fn raw(document: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(document).expect("our documents have only string keys")
}

fn gone(id: &str, former_type: &str, at: Option<Timestamp>) -> Served {
    Served::Gone(Document::of(tombstone(id, former_type, at)))
}

/// `/p/{id}`: a post.
pub async fn post(forum: &Forum, viewer: &Viewer, id: PostId) -> Result<Served> {
    or_not_found(Box::pin(find_post(forum, viewer, id)).await)
}

async fn find_post(forum: &Forum, viewer: &Viewer, id: PostId) -> Result<Served> {
    let post = posts::readable(forum.db(), viewer, id).await?;
    if !post.local {
        return Ok(Served::Elsewhere(post.uri));
    }
    if is_gone(&post) {
        return Ok(Served::Gone(Document::of(tombstone_of(&post))));
    }
    let changed = post.edited_at.unwrap_or(post.created_at);
    let topic = post.topic_id;
    let scene = Scene::load(forum.db(), post).await?;
    Ok(Served::Found(
        Document::of(post_to_wire(&scene, forum.config()))
            .changed(changed)
            .showing([Part::Topic(topic)]),
    ))
}

fn is_gone(post: &Post) -> bool {
    post.deleted_at.is_some() || post.removed_at.is_some()
}

/// `/a/{id}`: an activity of ours. The Create of a post is there as long as the post, others as long as the log keeps
/// them.
pub async fn activity(forum: &Forum, viewer: &Viewer, id: &str) -> Result<Served> {
    or_not_found(Box::pin(find_activity(forum, viewer, id)).await)
}

async fn find_activity(forum: &Forum, viewer: &Viewer, id: &str) -> Result<Served> {
    let number: i64 = match id.parse() {
        Ok(number) if id.bytes().all(|b| b.is_ascii_digit()) => number,
        _ => return Ok(Served::NotFound),
    };
    let db = forum.db();
    let uri = forum.config().local_url(&format!("/a/{id}")).to_string();
    let created = log::post_of_create(db, &uri, number)
        .await
        .map_err(ForumError::from)?;
    if let Some(post) = created {
        let post = posts::readable(db, viewer, post).await?;
        if is_gone(&post) {
            return Ok(Served::NotFound);
        }
        let changed = post.edited_at.unwrap_or(post.created_at);
        let scene = Scene::load(db, post).await?;
        return Ok(match build::create(&scene, forum.config()) {
            Some(built) => Served::Found(Document {
                json: built.json(),
                etag: None,
                last_modified: Some(changed),
                shows: None,
            }),
            None => Served::NotFound,
        });
    }
    let Some(entry) = log::find(db, &uri).await.map_err(ForumError::from)? else {
        return Ok(Served::NotFound);
    };
    // Who reported, and who chose what in a poll, is nobody's business, and the text of a deleted post is not to be read here either.
    let carries_text = matches!(
        entry.kind.as_str(),
        "Create" | "Update" | "Announce" | "Announce Update"
    );
    if matches!(
        entry.kind.as_str(),
        "Flag" | "Resolve" | "Announce Flag" | "Announce Resolve"
    ) || entry.kind == VOTE
    {
        return Ok(Served::NotFound);
    }
    if let Some(post) = entry.post_id {
        let post = posts::readable(db, viewer, post).await?;
        if carries_text && is_gone(&post) {
            return Ok(Served::NotFound);
        }
    } else {
        // What a closed category says of itself, and what is said to it, is for those who may know of it.
        let signer = parvis_forum::actors::by_id(db, entry.actor_id).await?;
        let other = ActorId(entry.ordering_key);
        let other = parvis_forum::actors::by_ids(db, [other]).await?;
        for actor in other.values().chain([&signer]) {
            if circles::is_closed(actor) && !circles::may_read(db, viewer, actor.id).await? {
                return Ok(Served::NotFound);
            }
        }
    }
    Ok(Served::Found(Document {
        json: entry.body,
        etag: None,
        last_modified: Some(entry.created_at),
        shows: None,
    }))
}

/// `/quotes/{id}`: that a post of ours may be quoted (FEP-044f).
pub async fn quote_authorization(forum: &Forum, viewer: &Viewer, id: i64) -> Result<Served> {
    let (row, post) = match parvis_forum::quotes::authorization(forum.db(), viewer, id).await {
        Err(ForumError::NotFound(_) | ForumError::Gone(_)) => return Ok(Served::NotFound),
        other => other?,
    };
    let author = parvis_forum::actors::by_id(forum.db(), post.author_id).await?;
    let uri = authorization_uri(forum.config(), id);
    let object = AuthorizationObject::new(uri, &author, &row.quote_uri, &post.uri);
    Ok(Served::Found(Document::of(object)))
}

/// `/t/{id}`: the conversation of a topic, its posts in order; by pages, counted from 1, when it is long.
pub async fn conversation(
    forum: &Forum,
    viewer: &Viewer,
    id: TopicId,
    page: Option<usize>,
) -> Result<Served> {
    or_not_found(Box::pin(find_conversation(forum, viewer, id, page)).await)
}

async fn find_conversation(
    forum: &Forum,
    viewer: &Viewer,
    id: TopicId,
    page: Option<usize>,
) -> Result<Served> {
    let (db, config) = (forum.db(), forum.config());
    let topic = topics::readable(db, viewer, id).await?;
    let own = config.local_url(&format!("/t/{id}")).to_string();
    if topic.merged_into_id.is_some() {
        let into = topic_moves::where_it_is(db, topic).await?;
        return Ok(into.uri.map_or(Served::NotFound, Served::Elsewhere));
    }
    match topic.uri.as_deref() {
        Some(uri) if uri == own => {}
        Some(uri) => return Ok(Served::Elsewhere(uri.to_owned())),
        None => return Ok(Served::NotFound),
    }
    if topic.removed_at.is_some() {
        return Ok(gone(&own, "OrderedCollection", topic.removed_at));
    }
    let items = posts::conversation(db, id).await?;
    let etag = Some(etag_of(&items));
    let changed = Some(topic.last_activity_at);
    let pages = items.len().div_ceil(PAGE).max(1);
    let address = |page: usize| format!("{own}?page={page}");
    if let Some(page) = page {
        if items.len() <= WHOLE || page == 0 || page > pages {
            return Ok(Served::NotFound);
        }
        let document = OrderedPage {
            id: address(page),
            kind: OrderedCollectionPageType::OrderedCollectionPage,
            part_of: own.clone(),
            total_items: items.len() as u64,
            next: (page < pages).then(|| address(page + 1)),
            prev: (page > 1).then(|| address(page - 1)),
            ordered_items: items
                .iter()
                .skip((page - 1) * PAGE)
                .take(PAGE)
                .map(raw)
                .collect(),
        };
        return Ok(Served::Found(Document {
            etag,
            last_modified: changed,
            ..Document::of(document).showing([Part::Topic(id)])
        }));
    }
    let category = parvis_forum::actors::by_id(db, topic.category_id).await?;
    // The owner of a collection lives where the collection does.
    let owner = if category.local {
        category.uri.clone()
    } else {
        parvis_forum::actors::by_id(db, topic.author_id).await?.uri
    };
    let long = items.len() > WHOLE;
    let document = Conversation {
        ordered: Ordered {
            attributed_to: Some(owner),
            total_items: items.len() as u64,
            first: long.then(|| address(1)),
            last: long.then(|| address(pages)),
            ordered_items: (!long).then(|| items.iter().map(raw).collect()),
            ..Ordered::sized(own.clone(), 0)
        },
        name: topic.title.clone(),
        audience: category.uri,
        url: config
            .local_url(&format!("/t/{id}/{}", topic.slug))
            .to_string(),
        locked: topic.locked_at.is_some(),
        context_history: history::address(&own),
    };
    Ok(Served::Found(Document {
        etag,
        last_modified: changed,
        ..Document::of(document).showing([Part::Topic(id)])
    }))
}

/// The tag of a conversation: the XOR of the SHA-256 of all its items' ids (FEP-f228), in hex and in quotes.
pub(crate) fn etag_of(items: &[String]) -> String {
    let mut sum = [0_u8; 32];
    for item in items {
        for (total, byte) in sum.iter_mut().zip(Sha256::digest(item.as_bytes())) {
            *total ^= byte;
        }
    }
    format!("\"{}\"", hex::encode(sum))
}

/// `/p/{id}/likes`: how many like a post; never who.
pub async fn likes(forum: &Forum, viewer: &Viewer, id: PostId) -> Result<Served> {
    or_not_found(find_likes(forum, viewer, id).await)
}

async fn find_likes(forum: &Forum, viewer: &Viewer, id: PostId) -> Result<Served> {
    let post = posts::readable(forum.db(), viewer, id).await?;
    if !post.local {
        return Ok(Served::NotFound);
    }
    let own = format!("{}/likes", post.uri);
    if is_gone(&post) {
        let at = post.deleted_at.or(post.removed_at);
        return Ok(gone(&own, "Collection", at));
    }
    Ok(Served::Found(Document::of(Counted::new(
        own,
        post.like_count,
    ))))
}

/// `/p/{id}/replies`: the direct replies to a post; `page` is what `next` of the page before says.
pub async fn replies(
    forum: &Forum,
    viewer: &Viewer,
    id: PostId,
    page: Option<&str>,
) -> Result<Served> {
    or_not_found(Box::pin(find_replies(forum, viewer, id, page)).await)
}

async fn find_replies(
    forum: &Forum,
    viewer: &Viewer,
    id: PostId,
    page: Option<&str>,
) -> Result<Served> {
    let post = posts::readable(forum.db(), viewer, id).await?;
    if !post.local {
        return Ok(Served::NotFound);
    }
    let own = format!("{}/replies", post.uri);
    if is_gone(&post) {
        return Ok(gone(
            &own,
            "Collection",
            post.deleted_at.or(post.removed_at),
        ));
    }
    let Some((request, name)) = page_request(page, PAGE) else {
        return Ok(Served::NotFound);
    };
    let found = posts::replies(forum.db(), id, request).await?;
    let first = Page {
        id: format!("{own}?page={name}"),
        kind: CollectionPageType::CollectionPage,
        part_of: own.clone(),
        next: found
            .next
            .map(|next| format!("{own}?page={}", next.encode())),
        items: found.items.into_iter().map(|reply| reply.uri).collect(),
    };
    if page.is_some() {
        return Ok(Served::Found(Document::of(first)));
    }
    Ok(Served::Found(Document::of(Unordered {
        id: own,
        kind: CollectionType::Collection,
        total_items: u64::try_from(post.reply_count).unwrap_or(0),
        first,
    })))
}

/// Reads the name of a page: `1` for the first, else the cursor that `next` named.
fn page_request(page: Option<&str>, limit: usize) -> Option<(PageRequest, &str)> {
    let mut request = PageRequest::first(limit as u64);
    let name = page.unwrap_or("1");
    if name != "1" {
        request.after = Some(Cursor::decode(name).ok()?);
    }
    Some((request, name))
}

#[cfg(test)]
mod tests;
