//! What came from limited servers: moderators read it, and let it through or turn it away.
//!
//! Nothing of it is in the forum before: the activity waits in the journal, and is applied from there as if it had just
//! come. Nobody is told.

use parvis_forum::db::queue::inbox::{self as journal, Item};
use parvis_forum::id::InboxId;
use parvis_forum::moderation::{self, Target};
use parvis_forum::text::sanitize;
use parvis_forum::{Error, Kind, Read, Result, Timestamp, Tx, Viewer, policy};
use serde_json::Value;

use crate::objects::post;
use crate::wire;

/// Longest text shown, in characters.
const MAX_TEXT: usize = 2_000;
/// Activities inside others that are looked into.
const MAX_WRAPPERS: usize = 4;

/// An activity that waits for a moderator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its place in the journal.
    pub id: InboxId,
    /// The server that sent it.
    pub host: String,
    /// Id of who wrote it, as far as the activity says.
    pub author: String,
    /// Id of what was written.
    pub object: String,
    /// Its title, as text.
    pub title: Option<String>,
    /// Its text, cut; empty when only the id was sent.
    pub text: String,
    /// True when it changes something that is here.
    pub edit: bool,
    /// When it came.
    pub received_at: Timestamp,
}

/// Oldest first, after the item `after`. Moderators of the node.
pub async fn list(
    db: &impl Read,
    viewer: &Viewer,
    after: Option<InboxId>,
    limit: u64,
) -> Result<Vec<Held>> {
    policy::instances::can_review(viewer)?;
    let items = journal::held_ones(db, after, limit).await?;
    Ok(items.iter().map(shown).collect())
}

fn shown(item: &Item) -> Held {
    let value = wire::parse(item.body.as_bytes()).unwrap_or(Value::Null);
    let mut at = &value;
    let mut edit = false;
    for _ in 0..MAX_WRAPPERS {
        if post::is_post(at) {
            break;
        }
        edit |= wire::type_of(at) == Some("Update");
        match wire::many(at, "object").first().copied() {
            Some(object) => at = object,
            None => break,
        }
    }
    let text = |key: &str| wire::text(at, key).map(sanitize::plain_text);
    Held {
        id: item.id,
        host: item.host.clone(),
        author: wire::id_at(at, "attributedTo")
            .or_else(|| wire::id_at(&value, "actor"))
            .unwrap_or(&item.signer_uri)
            .to_owned(),
        object: wire::id_of(at).unwrap_or_default().to_owned(),
        title: text("name").filter(|title| !title.is_empty()),
        text: sanitize::cut_at_word(&text("content").unwrap_or_default(), MAX_TEXT),
        edit,
        received_at: item.received_at,
    }
}

/// Lets an activity through. Moderators of the node.
pub async fn release(tx: &Tx, viewer: &Viewer, id: InboxId) -> Result<()> {
    policy::instances::can_review(viewer)?;
    let item = journal::let_through(tx.c(), tx.now(), id).await?;
    log(tx, viewer, "held-released", item).await
}

/// Turns an activity away for good: it has no effect. Moderators of the node.
pub async fn turn_away(tx: &Tx, viewer: &Viewer, id: InboxId) -> Result<()> {
    policy::instances::can_review(viewer)?;
    let item = journal::turn_away(tx.c(), tx.now(), id, "turned away by a moderator").await?;
    log(tx, viewer, "held-refused", item).await
}

async fn log(tx: &Tx, viewer: &Viewer, action: &'static str, item: Option<Item>) -> Result<()> {
    let item = item.ok_or(Error::NotFound(Kind::Activity))?;
    let held = shown(&item);
    moderation::log(tx, viewer, action, Target::Other, &held.object).await
}
