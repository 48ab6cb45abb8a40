//! Collections of others, page by page, within bounds: what they hold, and what each item names.
//!
//! A collection may hold its items itself, in an embedded first page, or on pages that name each other; its items may be
//! ids, objects, or activities about them (`Announce`, `Create`). Pages are of the host of their collection. What an item
//! embeds is believed only of that host; of everything else only the id counts.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use crate::fetch::{Reader, items};
use crate::objects::post;
use crate::origin::Origin;
use crate::{Error, Result, wire};

/// Items that one page may hold; more are passed over.
const MAX_ITEMS_OF_PAGE: usize = 2_000;
/// Wrappers around a post that are taken off.
const MAX_WRAPPERS: usize = 3;

/// Whether a document is a collection, or a page of one.
pub(super) fn is_collection(document: &Value) -> bool {
    matches!(
        wire::type_of(document),
        Some("Collection" | "OrderedCollection" | "CollectionPage" | "OrderedCollectionPage")
    )
}

/// Some items, and the address of the page that has the next ones.
#[derive(Debug, Default)]
pub(super) struct Portion {
    pub(super) items: Vec<Value>,
    pub(super) next: Option<Url>,
    pub(super) total: Option<i64>,
}

/// What a collection, or a page of one, holds, and where it goes on: always on its own host.
pub(super) fn portion(document: &Value, host: &Origin) -> Portion {
    let mut items = items(document);
    let mut following = document.get("next");
    if following.is_none()
        && let Some(first) = document.get("first")
    {
        if first.is_object()
            && (first.get("items").is_some() || first.get("orderedItems").is_some())
        {
            items.extend(self::items(first));
            following = first.get("next");
        } else {
            following = Some(first);
        }
    }
    items.truncate(MAX_ITEMS_OF_PAGE);
    Portion {
        items,
        next: following
            .and_then(wire::id_of)
            .and_then(|next| Url::parse(next).ok())
            .filter(|next| Origin::of(next).as_ref() == Some(host)),
        total: document.get("totalItems").and_then(Value::as_i64),
    }
}

/// Walks through a collection, as far as `pages` pages.
pub(super) struct Walk<'w, 'f> {
    reader: &'w Reader<'f>,
    /// The host of the collection: what it embeds of its own is true.
    pub(super) host: Origin,
    held: Option<Vec<Value>>,
    next: Option<Url>,
    seen: HashSet<Url>,
    pages: usize,
}

impl<'w, 'f> Walk<'w, 'f> {
    /// Begins with a collection that was fetched from `id`, or stands in a document of that host.
    pub(super) fn of(
        reader: &'w Reader<'f>,
        document: &Value,
        id: &Url,
        pages: usize,
    ) -> Result<Self> {
        let host = Origin::of(id).ok_or_else(|| Error::refused("a collection without host"))?;
        let Portion { items, next, .. } = portion(document, &host);
        Ok(Self {
            reader,
            host,
            held: Some(items),
            next,
            seen: HashSet::from([id.clone()]),
            pages,
        })
    }

    /// The next items; none at the end, or where a page was read before.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Value>>> {
        if let Some(held) = self.held.take()
            && !held.is_empty()
        {
            return Ok(Some(held));
        }
        let Some(url) = self.next.take() else {
            return Ok(None);
        };
        if self.pages == 0 || !self.seen.insert(url.clone()) {
            return Ok(None);
        }
        self.pages -= 1;
        let page = self.reader.page(&url).await?;
        if !is_collection(&page) {
            return Err(Error::refused("not a page of a collection"));
        }
        let Portion { items, next, .. } = portion(&page, &self.host);
        self.next = next;
        Ok(Some(items))
    }
}

/// What an item of a collection names.
#[derive(Debug, PartialEq)]
pub(super) struct Named {
    /// Id of a post, or of an activity that leads to one.
    pub(super) id: String,
    /// The post, where the item embeds it and its host is the collection's.
    pub(super) embedded: Option<Value>,
    /// The collection of its conversation, where the item says so and its host is the collection's.
    pub(super) conversation: Option<String>,
}

/// What an item names; none if it is about something else than a post.
pub(super) fn named(item: &Value, host: &Origin) -> Option<Named> {
    let ours = |id: &str| Url::parse(id).is_ok_and(|url| Origin::of(&url).as_ref() == Some(host));
    let conversation = ["contextHistory", "context"]
        .into_iter()
        .filter(|_| !post::is_post(item))
        .filter_map(|key| wire::id_at(item, key))
        .find(|id| ours(id))
        .map(str::to_owned);
    let mut at = item;
    for _ in 0..=MAX_WRAPPERS {
        if at.is_string() || post::is_post(at) {
            let id = wire::id_of(at)?.to_owned();
            let embedded = (at.is_object() && ours(&id)).then(|| at.clone());
            return Some(Named {
                id,
                embedded,
                conversation,
            });
        }
        match wire::type_of(at) {
            Some("Announce" | "Create" | "Update" | "Add") => {
                at = wire::many(at, "object").first().copied()?;
            }
            Some(_) => return None,
            // An object of which only the id is told.
            None => {
                return Some(Named {
                    id: wire::id_of(at)?.to_owned(),
                    embedded: None,
                    conversation,
                });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn host() -> Origin {
        Origin::of(&"https://a.example/".parse().unwrap()).unwrap()
    }

    #[test]
    fn every_form_of_item_names_its_post() {
        let note = json!({"id": "https://a.example/p/1", "type": "Note"});
        let create = json!({"id": "https://a.example/a/1", "type": "Create", "actor": "https://a.example/u/1", "object": note});
        let announce =
            json!({"type": "Announce", "object": create, "context": "https://a.example/t/1"});
        for item in [
            json!("https://a.example/p/1"),
            note.clone(),
            create,
            announce.clone(),
        ] {
            let found = named(&item, &host()).unwrap();
            assert_eq!(found.id, "https://a.example/p/1", "{item}");
            assert_eq!(found.embedded.is_some(), item.is_object());
        }
        let found = named(&announce, &host()).unwrap();
        assert_eq!(found.conversation.as_deref(), Some("https://a.example/t/1"));
        for nothing in [
            json!({"type": "Like", "object": note}),
            json!({"type": "Announce", "object": {"type": "Like", "object": note}}),
            json!({"type": "Announce", "object": {"type": "Announce", "object": {"type": "Announce", "object": {"type": "Announce", "object": "https://a.example/p/1"}}}}),
            json!({"type": "Tombstone", "id": "https://a.example/p/1"}),
            json!({"type": "Create"}),
            json!(7),
            json!(null),
            json!([]),
        ] {
            assert_eq!(named(&nothing, &host()), None, "{nothing}");
        }
    }

    #[test]
    fn what_is_embedded_of_another_host_is_only_a_name() {
        let other = json!({"id": "https://b.example/p/1", "type": "Note", "content": "faux"});
        let found = named(&json!({"type": "Create", "object": other}), &host()).unwrap();
        assert_eq!(found.embedded, None);
        let item = json!({"type": "Announce", "object": "https://b.example/p/1", "context": "https://b.example/t/1"});
        assert_eq!(named(&item, &host()).unwrap().conversation, None);
        // What a post says of its conversation is the post's word, not its category's.
        let item = json!({"id": "https://a.example/p/1", "type": "Note", "context": "https://a.example/t/1"});
        assert_eq!(named(&item, &host()).unwrap().conversation, None);
    }

    #[test]
    fn a_collection_goes_on_where_it_says_on_its_own_host() {
        let plain = json!({"type": "OrderedCollection", "totalItems": 3, "orderedItems": [1], "first": "https://a.example/o?page=1"});
        let read = portion(&plain, &host());
        assert_eq!((read.items.len(), read.total), (1, Some(3)));
        assert_eq!(read.next.unwrap().as_str(), "https://a.example/o?page=1");
        let inside = json!({"type": "Collection", "first": {"type": "CollectionPage", "items": [1, 2], "next": "https://a.example/o?page=2"}});
        let read = portion(&inside, &host());
        assert_eq!(read.items.len(), 2);
        assert_eq!(read.next.unwrap().as_str(), "https://a.example/o?page=2");
        let away =
            json!({"type": "CollectionPage", "items": [1], "next": "https://b.example/o?page=2"});
        assert!(portion(&away, &host()).next.is_none());
        let odd = json!({"type": "CollectionPage", "items": {"type": "Note"}, "totalItems": "many", "next": 7});
        let read = portion(&odd, &host());
        assert_eq!((read.items.len(), read.total), (1, None));
    }
}
