//! What digests look like on the wire: docs/repair.md. Strict in what is sent, lenient about what else is there.

use std::collections::BTreeMap;

use parvis_forum::Timestamp;
use parvis_forum::digests::{Digest, Entry, Presence};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::origin::same_origin;
use crate::{Error, Result, wire};

/// Where the digests of an actor are, from its document: on its own server, or nowhere.
pub(super) fn endpoint(document: &Value, id: &Url) -> Option<Url> {
    let named = wire::id_at(document, "digests")?;
    Url::parse(named).ok().filter(|url| same_origin(url, id))
}

fn digest(text: &str) -> Result<Digest> {
    Digest::parse(text).ok_or_else(|| Error::refused("something that is no digest"))
}

/// A category as a whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Root {
    /// Its id.
    pub(super) category: String,
    /// Of everything.
    pub(super) digest: String,
    /// How many conversations it holds.
    pub(super) conversations: i64,
    /// By the first byte of the conversations' names, in hex; without those that hold nothing.
    pub(super) ranges: BTreeMap<String, String>,
}

impl Root {
    pub(super) fn by_place(&self) -> Result<BTreeMap<u8, Digest>> {
        self.ranges
            .iter()
            .map(|(place, text)| {
                let place = u8::from_str_radix(place, 16)
                    .ok()
                    .filter(|_| place.len() == 2)
                    .ok_or_else(|| Error::refused("something that is no range"))?;
                Ok((place, digest(text)?))
            })
            .collect()
    }
}

/// The conversations of some ranges.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ranges {
    /// Digests by name.
    pub(super) conversations: BTreeMap<String, String>,
    /// After which name the rest begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
}

impl Ranges {
    pub(super) fn by_name(&self) -> Result<Vec<(Digest, Digest)>> {
        self.conversations
            .iter()
            .map(|(name, text)| Ok((digest(name)?, digest(text)?)))
            .collect()
    }
}

/// Some conversations.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Conversations {
    /// Those that are known.
    pub(super) conversations: Vec<Told>,
    /// Names of those that didn't fit in.
    #[serde(default)]
    pub(super) left: Vec<String>,
}

/// A conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// Its name.
    name: String,
    /// Of what can be read in it.
    digest: String,
    /// Id of its opening post.
    pub(super) opening: String,
    /// Takes no replies.
    #[serde(default)]
    pub(super) locked: bool,
    /// Shown first.
    #[serde(default)]
    pub(super) pinned: bool,
    /// What can be read, in its order.
    #[serde(default)]
    pub(super) posts: Vec<Post>,
    /// What can't be read any more.
    #[serde(default)]
    pub(super) gone: Vec<Gone>,
    /// After which post, by number, the rest begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<i32>,
}

/// A post.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Post {
    /// Its id.
    pub(super) id: String,
    /// Seconds since 1970 of its last edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) edited: Option<i64>,
}

/// A post that can't be read any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Gone {
    /// Its id.
    pub(super) id: String,
    /// Why.
    pub(super) why: Why,
}

/// Why a post can't be read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Why {
    /// Its author deleted it.
    Deleted,
    /// A moderator of the category removed it.
    Removed,
}

impl Told {
    pub(super) fn new(
        name: Digest,
        digest: Digest,
        contents: &parvis_forum::digests::Contents,
    ) -> Self {
        let seconds = |entry: &Entry| entry.edited.map(Timestamp::seconds);
        let mut posts = Vec::new();
        let mut gone = Vec::new();
        for entry in &contents.posts {
            let id = entry.uri.clone();
            match entry.presence {
                Presence::Present => posts.push(Post {
                    id,
                    edited: seconds(entry),
                }),
                Presence::Deleted => gone.push(Gone {
                    id,
                    why: Why::Deleted,
                }),
                Presence::Removed => gone.push(Gone {
                    id,
                    why: Why::Removed,
                }),
                Presence::Refused => {}
            }
        }
        Self {
            name: name.to_string(),
            digest: digest.to_string(),
            opening: contents.opening.clone(),
            locked: contents.locked,
            pinned: contents.pinned,
            posts,
            gone,
            after: contents.more,
        }
    }

    pub(super) fn name(&self) -> Result<Digest> {
        digest(&self.name)
    }

    pub(super) fn digest(&self) -> Result<Digest> {
        digest(&self.digest)
    }

    /// Adds the next page of the same conversation.
    pub(super) fn append(&mut self, page: Self) {
        self.posts.extend(page.posts);
        self.gone.extend(page.gone);
        self.after = page.after;
    }
}

/// What a server is asked to compare.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// Ids of categories of whoever asks.
    pub(super) categories: Vec<String>,
}
