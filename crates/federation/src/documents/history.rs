//! The history of a conversation: its posts as the activities that published them, whole where they are ours
//! (`contextHistory`, FEP-f228 and FEP-171b), so that who reads the past of a category needs a request a topic instead of
//! one a post. What is of another server stands there by its id: it is to be fetched there.

use activitypub_federation::kinds::collection::{OrderedCollectionPageType, OrderedCollectionType};
use parvis_forum::id::TopicId;
use parvis_forum::page::{Cursor, PageRequest};
use parvis_forum::{Forum, Topic, Viewer, posts, topics};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Document, Served, gone, or_not_found, raw};
use crate::Result;
use crate::activities::build;
use crate::objects::build::post::Scene;
use crate::objects::collection::OrderedPage;

/// Posts on a page at most.
const PAGE: u64 = 100;
/// Bytes after which a page ends, though there may be one more item: others take a megabyte.
const MAX_BYTES: usize = 400 * 1024;

/// The address of the history of a conversation.
pub(super) fn address(conversation: &str) -> String {
    format!("{conversation}?history=all")
}

/// The collection, with its first page in it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct History {
    id: String,
    #[serde(rename = "type")]
    kind: OrderedCollectionType,
    attributed_to: String,
    context: String,
    total_items: u64,
    first: OrderedPage,
}

/// `/t/{id}?history=`: `all`, or what `next` of the page before says.
pub async fn history(forum: &Forum, viewer: &Viewer, id: TopicId, page: &str) -> Result<Served> {
    or_not_found(Box::pin(find_history(forum, viewer, id, page)).await)
}

async fn find_history(forum: &Forum, viewer: &Viewer, id: TopicId, page: &str) -> Result<Served> {
    let topic = topics::readable(forum.db(), viewer, id).await?;
    let own = forum.config().local_url(&format!("/t/{id}")).to_string();
    if topic.uri.as_deref() != Some(&own) {
        return Ok(Served::NotFound);
    }
    let collection = address(&own);
    if topic.removed_at.is_some() {
        return Ok(gone(&collection, "OrderedCollection", topic.removed_at));
    }
    let mut request = PageRequest::first(PAGE);
    let whole = page == "all";
    if !whole {
        match Cursor::decode(page) {
            Ok(cursor) => request.after = Some(cursor),
            Err(_) => return Ok(Served::NotFound),
        }
    }
    let total = u64::try_from(topic.reply_count).unwrap_or(0) + 1;
    let name = if whole { "1" } else { page };
    let (items, next) = items(forum, &topic, request).await?;
    let first = OrderedPage {
        id: format!("{own}?history={name}"),
        kind: OrderedCollectionPageType::OrderedCollectionPage,
        part_of: collection.clone(),
        total_items: total,
        next: next.map(|next| format!("{own}?history={}", next.encode())),
        prev: None,
        ordered_items: items,
    };
    if !whole {
        return Ok(Served::Found(Document::of(first)));
    }
    let category = parvis_forum::actors::by_id(forum.db(), topic.category_id).await?;
    Ok(Served::Found(
        Document::of(History {
            id: collection,
            kind: OrderedCollectionType::OrderedCollection,
            attributed_to: category.uri,
            context: own,
            total_items: total,
            first,
        })
        .changed(topic.last_activity_at),
    ))
}

async fn items(
    forum: &Forum,
    topic: &Topic,
    request: PageRequest,
) -> Result<(Vec<Box<RawValue>>, Option<Cursor>)> {
    let page = posts::in_order(forum.db(), topic.id, request).await?;
    let mut next = page.next;
    let scenes = Scene::load_all(forum.db(), page.items).await?;
    let (mut items, mut bytes) = (Vec::new(), 0);
    for scene in &scenes {
        let item = scene
            .post
            .local
            .then(|| build::create(scene, forum.config()))
            .flatten()
            .map_or_else(|| raw(&scene.post.uri), |built| built.inner().to_owned());
        bytes += item.get().len();
        items.push(item);
        if bytes > MAX_BYTES && items.len() < scenes.len() {
            next = Some(Cursor {
                key: scene.post.created_at.0,
                id: scene.post.id.0,
            });
            break;
        }
    }
    Ok((items, next))
}
