//! Collections as we publish them, whole or by pages.

use activitypub_federation::kinds::collection::{
    CollectionPageType, CollectionType, OrderedCollectionPageType, OrderedCollectionType,
};
use serde::Serialize;
use serde_json::value::RawValue;

/// A collection in an order, with its items or with the addresses of its pages, or with its size only.
#[expect(clippy::struct_field_names, reason = "the names of the vocabulary")]
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ordered {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: OrderedCollectionType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attributed_to: Option<String>,
    pub(crate) total_items: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ordered_items: Option<Vec<Box<RawValue>>>,
}

impl Ordered {
    /// A collection of which only the size is told.
    pub(crate) fn sized(id: String, total_items: u64) -> Self {
        Self {
            id,
            kind: OrderedCollectionType::OrderedCollection,
            attributed_to: None,
            total_items,
            first: None,
            last: None,
            ordered_items: None,
        }
    }

    /// A collection that is given whole.
    pub(crate) fn whole(id: String, items: Vec<Box<RawValue>>) -> Self {
        Self {
            ordered_items: Some(items),
            ..Self::sized(id, 0)
        }
        .counted()
    }

    fn counted(mut self) -> Self {
        self.total_items = self.ordered_items.as_ref().map_or(0, |i| i.len() as u64);
        self
    }
}

/// The conversation of a topic (FEP-7888, FEP-f228).
#[derive(Debug, Serialize)]
pub(crate) struct Conversation {
    #[serde(flatten)]
    pub(crate) ordered: Ordered,
    pub(crate) name: String,
    pub(crate) audience: String,
    pub(crate) url: String,
    pub(crate) locked: bool,
    #[serde(rename = "contextHistory")]
    pub(crate) context_history: String,
}

/// A collection of which only the size is told, where it stands in what it belongs to as well.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counted {
    id: String,
    #[serde(rename = "type")]
    kind: CollectionType,
    total_items: i32,
}

impl Counted {
    /// Of this size.
    pub(crate) fn new(id: String, total_items: i32) -> Self {
        Self {
            id,
            kind: CollectionType::Collection,
            total_items: total_items.max(0),
        }
    }
}

/// A page of a collection in an order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderedPage {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: OrderedCollectionPageType,
    pub(crate) part_of: String,
    pub(crate) total_items: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prev: Option<String>,
    pub(crate) ordered_items: Vec<Box<RawValue>>,
}

/// A page of a collection without an order of its own.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: CollectionPageType,
    pub(crate) part_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
    pub(crate) items: Vec<String>,
}

/// A collection whose first page stands in it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unordered {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: CollectionType,
    pub(crate) total_items: u64,
    pub(crate) first: Page,
}
