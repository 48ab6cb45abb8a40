//! Activities: what others did, applied here. One file each; an unknown type is passed over. How those that we send are
//! made is in [`build`], and who receives them in `outbox`.
//!
//! A handler first fetches what it lacks, then opens one transaction, in which the remote actor is the viewer of the
//! forum, and commits it through [`Work::commit`], which also marks the journal's item as done. Everything here may run
//! twice: effects are found by object, actor and kind.
//!
//! What a handler owes:
//! - It asks how the activity came ([`Via`]): [`Activity::must_be_direct`] for what only its actor can say,
//!   [`Activity::must_be_of`] or [`moderator`] for what concerns a topic. That the actor signed, and that the activity's id
//!   is of the actor's host, is certain before; nothing else is.
//! - Who may is asked of the forum's operation, with the actor as [`Viewer`]; a handler has no rule of its own.
//! - What an object says of itself counts only if it is the actor's own; of others, and of ours, only its id does.
//! - It ends with [`Error::refused`] when the activity has no effect: that is no failure, and says why. The forum's `Denied`,
//!   `Invalid`, `NotFound` and `Gone` end it as well; `Conflict`, `TooMany` and `Database` make it wait and be tried
//!   again for days, so they must not stand for something that stays as it is.

pub(crate) mod accept;
pub(crate) mod add;
pub(crate) mod announce;
pub(crate) mod answer;
pub(crate) mod block;
pub(crate) mod build;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod flag;
pub(crate) mod follow;
pub(crate) mod like;
pub(crate) mod lock;
pub(crate) mod moving;
pub(crate) mod poll_vote;
pub(crate) mod quote;
pub(crate) mod reject;
pub(crate) mod resolve;
pub(crate) mod topic_moves;
pub(crate) mod undo;
pub(crate) mod update;
pub(crate) mod warn;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parvis_forum::categories::{self, Category};
use parvis_forum::db::queue::inbox;
use parvis_forum::db::sea_orm::DbErr;
use parvis_forum::id::{ActorId, InboxId};
use parvis_forum::{Actor, Db, Origin, Topic, Tx, Viewer, actors, instances, posts, topics};
use serde_json::Value;
use url::Url;

use crate::fetch::Reader;
use crate::origin::{Origin as WebOrigin, same_origin};
use crate::{Error, Federation, Result, on_heap, wire};

/// Moderators of a remote category that are looked at.
const MAX_MODERATORS: usize = 200;

/// The place in the journal of what is being processed, and who holds it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) owner: &'a str,
    pub(crate) id: InboxId,
}

/// What a handler works with: the node, a bounded reader of others' documents, and the journal's item.
pub(crate) struct Work<'a> {
    pub(crate) federation: &'a Federation,
    pub(crate) reader: Reader<'a>,
    place: Option<Place<'a>>,
    marked: AtomicBool,
    lost: AtomicBool,
    in_parts: AtomicBool,
    released: bool,
    deferred: bool,
}

impl<'a> Work<'a> {
    /// Work on something that stands in the journal, or (without a place) that somebody here asked for.
    pub(crate) fn new(
        federation: &'a Federation,
        documents: u32,
        place: Option<Place<'a>>,
    ) -> Self {
        Self {
            federation,
            reader: Reader::new(federation, documents),
            place,
            marked: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            in_parts: AtomicBool::new(false),
            released: false,
            deferred: place.is_some(),
        }
    }

    /// Work on the past of a category elsewhere: at its own pace, and what a power cut undoes is read again.
    pub(crate) fn on_history(federation: &'a Federation) -> Self {
        Self {
            reader: Reader::of_history(federation),
            deferred: true,
            ..Self::new(federation, 0, None)
        }
    }

    /// The same, of something that a moderator let through.
    pub(crate) fn released(self, released: bool) -> Self {
        Self { released, ..self }
    }

    /// Makes what comes from a limited server wait for a moderator, unless one let it through: `id` is of what says it.
    pub(crate) async fn wait_if_limited(&self, id: &str) -> Result<()> {
        if self.released {
            return Ok(());
        }
        let Some(host) = Url::parse(id)
            .ok()
            .and_then(|url| WebOrigin::of(&url))
            .map(|origin| origin.authority())
        else {
            return Ok(());
        };
        if instances::is_limited(self.db(), self.federation.forum(), &host).await? {
            return Err(Error::Held("its server is limited".into()));
        }
        Ok(())
    }

    /// The database, for reading.
    pub(crate) fn db(&self) -> &'a Db {
        self.federation.forum().db()
    }

    /// Opens the transaction in which everything happens. It is deferred where the journal has the activity: what a
    /// power cut undoes is done again.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        let forum = self.federation.forum();
        Ok(if self.deferred {
            forum.begin_deferred().await?
        } else {
            forum.begin().await?
        })
    }

    /// Commits it, the journal's item being done in the same moment.
    pub(crate) async fn commit(&self, tx: Tx) -> Result<()> {
        if let Some(place) = self.place
            && !self.marked.load(Ordering::Relaxed)
            && !self.in_parts.load(Ordering::Relaxed)
        {
            let marked = inbox::done_later(tx.c(), place.owner, tx.now(), place.id).await;
            self.unless_lost(marked.map_err(parvis_forum::Error::from))?;
            self.marked.store(true, Ordering::Relaxed);
        }
        self.unless_lost(tx.commit().await)
    }

    /// Notes when the journal's item is another's by now: what comes of it is for that one to say.
    fn unless_lost(&self, outcome: parvis_forum::Result<()>) -> Result<()> {
        if let Err(parvis_forum::Error::Database(DbErr::RecordNotUpdated)) = outcome {
            self.lost.store(true, Ordering::Relaxed);
            return Err(Error::retry("another worker took over"));
        }
        Ok(outcome?)
    }

    /// Whether another worker has the item by now.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Commits a part of the work; the item stays to be done.
    pub(crate) async fn commit_part(&self, tx: Tx) -> Result<()> {
        Ok(tx.commit().await?)
    }

    /// Says that the item holds several things: it is done when all of them are.
    pub(crate) fn comes_in_parts(&self) {
        self.in_parts.store(true, Ordering::Relaxed);
    }

    /// Whether the item has been marked as done.
    pub(crate) fn is_marked(&self) -> bool {
        self.marked.load(Ordering::Relaxed)
    }
}

/// How an activity came, and so what it may do.
#[derive(Debug, Clone)]
pub(crate) enum Via {
    /// Signed by its own actor.
    Direct,
    /// Handed on by somebody else: only its names are known, everything is read at its origin.
    Hint,
    /// Announced by a category elsewhere. `owned` tells that the category's own server is the actor's.
    Group {
        /// The category.
        group: Box<Category>,
        /// Whether the announcing server is also the actor's.
        owned: bool,
        /// Whether the activity carries a proof of its actor (FEP-8b32).
        proven: bool,
    },
}

/// An activity to apply.
pub(crate) struct Activity<'a> {
    /// The activity.
    pub(crate) value: &'a Value,
    /// Its bytes, when they came from its own actor.
    pub(crate) text: Option<&'a str>,
    /// Its actor.
    pub(crate) actor: Actor,
    /// How it came.
    pub(crate) via: Via,
}

impl Activity<'_> {
    /// Its type.
    pub(crate) fn kind(&self) -> &str {
        wire::type_of(self.value).unwrap_or_default()
    }

    /// Its id.
    pub(crate) fn id(&self) -> Option<&str> {
        wire::id_of(self.value)
    }

    /// Its first object.
    pub(crate) fn object(&self) -> Result<&Value> {
        wire::many(self.value, "object")
            .first()
            .copied()
            .ok_or_else(|| Error::refused("an activity without object"))
    }

    /// The id of its first object.
    pub(crate) fn object_id(&self) -> Result<&str> {
        wire::id_of(self.object()?).ok_or_else(|| Error::refused("an object without id"))
    }

    /// How the forum is to record it: what came from its own actor is passed on as it came.
    pub(crate) fn origin(&self) -> Origin {
        match (self.id(), self.text) {
            (Some(uri), Some(text)) => Origin::Received {
                uri: Arc::from(uri),
                activity: Arc::from(text),
            },
            _ => Origin::Fetched,
        }
    }

    /// Refuses what only counts from the actor itself.
    pub(crate) fn must_be_direct(&self) -> Result<()> {
        match self.via {
            Via::Direct => Ok(()),
            Via::Hint | Via::Group { .. } => Err(Error::refused("only its actor can say this")),
        }
    }

    /// Refuses what is about a topic of another category than the one that passes it on.
    pub(crate) fn must_be_of(&self, topic: &Topic) -> Result<()> {
        match &self.via {
            Via::Direct | Via::Hint => Ok(()),
            Via::Group { group, .. } if !topic.local && topic.category_id == group.id() => Ok(()),
            Via::Group { .. } => Err(Error::refused("the topic is not in that category")),
        }
    }
}

/// Applies an activity.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    match activity.kind() {
        "Create" if poll_vote::is_vote(activity) => {
            on_heap(|| poll_vote::handle(work, activity)).await
        }
        "Create" => on_heap(|| create::handle(work, activity)).await,
        "Update" => on_heap(|| update::handle(work, activity)).await,
        "Delete" => on_heap(|| delete::handle(work, activity)).await,
        "Like" | "Dislike" | "EmojiReact" => on_heap(|| like::handle(work, activity)).await,
        "QuoteRequest" => on_heap(|| quote::requested(work, activity)).await,
        "ChooseAnswer" => on_heap(|| answer::handle(work, activity)).await,
        "Undo" => on_heap(|| undo::handle(work, activity)).await,
        "Announce" => on_heap(|| announce::handle(work, activity)).await,
        "Follow" => on_heap(|| follow::handle(work, activity)).await,
        "Accept" => on_heap(|| accept::handle(work, activity, true)).await,
        "Reject" => on_heap(|| reject::handle(work, activity)).await,
        "Flag" => on_heap(|| flag::handle(work, activity)).await,
        "Lock" => on_heap(|| lock::handle(work, activity, true)).await,
        "Unlock" => on_heap(|| lock::handle(work, activity, false)).await,
        "Add" => on_heap(|| add::handle(work, activity, true)).await,
        "Remove" => on_heap(|| add::handle(work, activity, false)).await,
        "Block" => on_heap(|| block::handle(work, activity)).await,
        "Move" if activity.object_id()? == activity.actor.uri => {
            on_heap(|| moving::handle(work, activity)).await
        }
        "Move" => on_heap(|| topic_moves::handle(work, activity)).await,
        "Resolve" => on_heap(|| resolve::handle(work, activity)).await,
        "Warn" => on_heap(|| warn::handle(work, activity)).await,
        kind => Err(Error::refused(format!(
            "activities of type {kind} have no effect"
        ))),
    }
}

/// Whether categories pass on activities of this type. What counts only from its own actor isn't worth a fetch.
pub(crate) fn is_passed_on(kind: &str) -> bool {
    // Not Announce, Follow, Accept, Reject nor Warn.
    matches!(
        kind,
        "Create"
            | "Update"
            | "Delete"
            | "Like"
            | "Dislike"
            | "EmojiReact"
            | "ChooseAnswer"
            | "Undo"
            | "Lock"
            | "Unlock"
            | "Add"
            | "Remove"
            | "Block"
            | "Move"
            | "Flag"
            | "Resolve"
    )
}

/// Whether two ids are of one origin.
pub(crate) fn same_host(a: &str, b: &str) -> bool {
    matches!((Url::parse(a), Url::parse(b)), (Ok(a), Ok(b)) if same_origin(&a, &b))
}

/// The topic that a moderator names: by its conversation, or by its opening post.
pub(crate) async fn topic_named(db: &Db, uri: &str) -> Result<Option<Topic>> {
    if let Some(topic) = topics::by_uri(db, uri).await? {
        return Ok(Some(topic));
    }
    let Some(post) = posts::by_uri(db, uri).await? else {
        return Ok(None);
    };
    let topic = topics::by_id(db, post.topic_id).await?;
    Ok(Some(topic).filter(|topic| topic.opening_post_id == Some(post.id)))
}

/// The viewer that an activity's actor is, if it may moderate this topic: in a category of ours one of its moderators,
/// speaking for itself; elsewhere one on the list of the category, or of its server, and then only as the category
/// passes it on (FEP-1b12).
pub(crate) async fn moderator(
    work: &Work<'_>,
    activity: &Activity<'_>,
    topic: &Topic,
) -> Result<Viewer> {
    activity.must_be_of(topic)?;
    moderator_of(work, activity, topic.category_id, topic.local).await
}

/// The same for what concerns a category as a whole; `ours` tells whether it is one of this node.
pub(crate) async fn moderator_of(
    work: &Work<'_>,
    activity: &Activity<'_>,
    category: ActorId,
    ours: bool,
) -> Result<Viewer> {
    let refused = || Error::refused("not by a moderator of the category");
    let viewer = Viewer::load(work.db(), activity.actor.clone()).await?;
    match &activity.via {
        Via::Hint => Err(refused()),
        Via::Direct if !ours => Err(refused()),
        Via::Group { group, .. } if ours || group.id() != category => Err(refused()),
        _ if viewer.moderates(category) => Ok(viewer),
        Via::Direct => Err(refused()),
        Via::Group { group, .. } => {
            if !is_listed(work, group, &activity.actor).await? {
                return Err(refused());
            }
            granted(viewer, category).ok_or_else(refused)
        }
    }
}

/// Whether somebody is of a category's own server, or on its list.
pub(crate) async fn is_listed(work: &Work<'_>, group: &Category, actor: &Actor) -> Result<bool> {
    if same_host(&actor.uri, &group.actor.uri) {
        return Ok(true);
    }
    let known = categories::moderators(work.db(), group.id()).await?;
    if known.iter().any(|moderator| moderator.id == actor.id) {
        return Ok(true);
    }
    let read = refreshed_moderators(work, group).await?;
    Ok(read.contains(&actor.uri))
}

/// Somebody elsewhere, with the moderation of a category of another server.
pub(crate) fn granted(viewer: Viewer, category: ActorId) -> Option<Viewer> {
    match viewer {
        Viewer::Remote(mut remote) => {
            remote.moderates.push(category);
            Some(Viewer::Remote(remote))
        }
        _ => None,
    }
}

/// Reads the list of a category's moderators anew, at most once a minute; nothing in between.
async fn refreshed_moderators(work: &Work<'_>, group: &Category) -> Result<Vec<String>> {
    if !work.federation.may_read_moderators(group.id()).await {
        return Ok(Vec::new());
    }
    read_moderators(work, group, 0).await
}

/// Reads the list of a category's moderators, and stores those of them that are known here; of the others at most
/// `meet` are fetched first.
pub(crate) async fn read_moderators(
    work: &Work<'_>,
    group: &Category,
    meet: usize,
) -> Result<Vec<String>> {
    let Some(uri) = &group.actor.moderators else {
        return Ok(Vec::new());
    };
    let items = work.reader.collection(uri, MAX_MODERATORS).await?;
    let uris: Vec<String> = items
        .iter()
        .filter_map(wire::id_of)
        .map(str::to_owned)
        .collect();
    let mut known = actors::by_uris(work.db(), &uris).await?;
    let unknown = uris
        .iter()
        .filter(|uri| known.iter().all(|actor| actor.uri != **uri))
        .take(meet);
    let mut met = Vec::new();
    for uri in unknown {
        if let Ok(actor) = work.reader.actor(uri).await {
            met.push(actor);
        }
    }
    known.extend(met);
    // One of ours who moderates elsewhere does so by that server's word: it counts in that category alone.
    let ids: Vec<_> = known.iter().map(|a| a.id).collect();
    let tx = work.begin().await?;
    categories::replace_moderators(&tx, group.id(), &ids).await?;
    work.commit_part(tx).await?;
    Ok(uris)
}

#[cfg(test)]
mod tests;
