//! Delete: of a post by its author, of a post by moderation, of a whole account (ActivityPub §7.4).
//!
//! Who signs for the author deletes; of anybody else's word the author's server is asked. A post that isn't known is
//! remembered, so that it doesn't appear after its own deletion.

use parvis_forum::circles;
use parvis_forum::db::queue::inbox;
use parvis_forum::kinds::ActorKind;
use parvis_forum::page::PageRequest;
use parvis_forum::text::sanitize;
use parvis_forum::{Actor, Error as ForumError, Post, Viewer, actors, posts, topics};
use serde_json::Value;

use super::{Activity, Via, Work, moderator, quote, same_host, topic_named};
use crate::compat::lemmy;
use crate::objects::post::{self, Incoming};
use crate::wire::Envelope;
use crate::{Error, Result, audience, wire};

/// Posts of a deleted account that are deleted in one transaction.
const BATCH: u64 = 50;

/// What remembers that somebody of its server deleted a post before it came.
pub(crate) fn key(object: &str) -> String {
    format!("delete {object}")
}

/// What remembers that this actor did.
pub(crate) fn key_by(actor: &str, object: &str) -> String {
    format!("delete {object} by {actor}")
}

/// Whether a post was deleted before it came: by its author, or by somebody of its server that serves it no more.
pub(crate) async fn came_before(work: &Work<'_>, author: &str, object: &str) -> Result<bool> {
    let (by_author, by_anybody) = (key_by(author, object), key(object));
    let marked = inbox::marked(work.db(), &[&by_author, &by_anybody])
        .await
        .map_err(ForumError::from)?;
    if marked.is_empty() {
        return Ok(false);
    }
    if marked.contains(&by_author) {
        return Ok(true);
    }
    match work.reader.try_object(object).await? {
        Ok((document, _)) => Ok(wire::type_of(&document) == Some("Tombstone")),
        Err(failure) if failure.is_absent() => Ok(true),
        Err(failure) => Err(failure.into()),
    }
}

/// Deletes what the object names.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    let object = activity.object_id()?;
    if object == activity.actor.uri {
        return account(work, activity).await;
    }
    let post = posts::by_uri(work.db(), object).await?;
    if post.is_none()
        && matches!(activity.via, Via::Direct)
        && quote::revoked(work, activity, object).await?
    {
        return Ok(());
    }
    let known = match post {
        Some(post) => Some(post),
        // NodeBB names the conversation.
        None => match topic_named(work.db(), object).await? {
            Some(topic) => Some(topics::opening_post(work.db(), &topic).await?),
            None => None,
        },
    };
    let Some(post) = known else {
        return remember(work, activity, object).await;
    };
    let topic = topics::by_id(work.db(), post.topic_id).await?;
    if post.author_id == activity.actor.id {
        return match &activity.via {
            Via::Direct => by_author(work, activity, post, &activity.actor).await,
            Via::Hint | Via::Group { .. } => {
                activity.must_be_of(&topic)?;
                confirmed(work, activity, post).await
            }
        };
    }
    match moderator(work, activity, &topic).await {
        Ok(viewer) => {
            let reason = lemmy::removal_reason(activity.value).unwrap_or_default();
            let reason = sanitize::clean_title(reason);
            let tx = work.begin().await?;
            let post = posts::by_id(tx.c(), post.id).await?;
            posts::remove(&tx, &viewer, post, &reason, activity.origin()).await?;
            work.commit(tx).await
        }
        // Somebody of the author's server may be its administrator: the server tells.
        Err(refused) if !post.local && same_host(&activity.actor.uri, &post.uri) => {
            match confirmed(work, activity, post).await {
                Err(Error::Refused(_)) => Err(refused),
                other => other,
            }
        }
        Err(refused) => Err(refused),
    }
}

async fn by_author(
    work: &Work<'_>,
    activity: &Activity<'_>,
    post: Post,
    author: &Actor,
) -> Result<()> {
    if post.local {
        return Err(Error::refused("it is a post of ours"));
    }
    let viewer = Viewer::load(work.db(), author.clone()).await?;
    let tx = work.begin().await?;
    let post = posts::by_id(tx.c(), post.id).await?;
    posts::delete(&tx, &viewer, post, activity.origin()).await?;
    work.commit(tx).await
}

/// Deletes a post if its server says that it is gone.
async fn confirmed(work: &Work<'_>, activity: &Activity<'_>, post: Post) -> Result<()> {
    if post.local {
        return Err(Error::refused("it is a post of ours"));
    }
    let gone = match work.reader.try_object(&post.uri).await? {
        Ok((document, _)) => wire::type_of(&document) == Some("Tombstone"),
        Err(failure) if failure.is_absent() => true,
        Err(failure) => return Err(failure.into()),
    };
    if !gone {
        return Err(Error::refused("its server still serves it"));
    }
    let author = actors::by_id(work.db(), post.author_id).await?;
    by_author(work, activity, post, &author).await
}

/// Whether what is deleted is here.
pub(crate) async fn concerns_known(work: &Work<'_>, envelope: &Envelope) -> Result<bool> {
    let Some(object) = envelope.object.as_deref() else {
        return Ok(false);
    };
    Ok(posts::by_uri(work.db(), object).await?.is_some()
        || topic_named(work.db(), object).await?.is_some())
}

/// Somebody whom we never met deleted something: there is nothing to delete, and nothing of it may come later.
pub(crate) async fn by_stranger(work: &Work<'_>, envelope: &Envelope) -> Result<()> {
    let object = envelope
        .object
        .as_deref()
        .filter(|object| same_host(object, &envelope.actor) && *object != envelope.actor)
        .ok_or_else(|| Error::refused("it deletes nothing that could come"))?;
    mark(work, &envelope.actor, object).await
}

/// The post isn't here: it won't come later either.
async fn remember(work: &Work<'_>, activity: &Activity<'_>, object: &str) -> Result<()> {
    let owner = matches!(activity.via, Via::Direct | Via::Group { owned: true, .. })
        && same_host(&activity.actor.uri, object);
    if !owner || work.federation.is_local_id(object) {
        return Err(Error::refused("the post is not known"));
    }
    mark(work, &activity.actor.uri, object).await
}

async fn mark(work: &Work<'_>, actor: &str, object: &str) -> Result<()> {
    let tx = work.begin().await?;
    for key in [key(object), key_by(actor, object)] {
        inbox::mark(tx.c(), tx.now(), &key)
            .await
            .map_err(ForumError::from)?;
    }
    work.commit(tx).await
}

/// The account is gone, and its content goes with it, unless it says that it stays (`removeData: false`, as Lemmy does):
/// Mastodon and others have no such word, and have erased everything when they send this.
async fn account(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    activity.must_be_direct()?;
    let actor = &activity.actor;
    if actor.local {
        return Err(Error::refused("it is an account of ours"));
    }
    if wire::flag(activity.value, "removeData") != Some(false)
        && actor.kind == ActorKind::Person
        && content_is_gone(work, activity).await?
    {
        let viewer = Viewer::load(work.db(), actor.clone()).await?;
        loop {
            let page = PageRequest {
                limit: BATCH,
                ..PageRequest::default()
            };
            let found = posts::by_author(work.db(), &Viewer::Anonymous, actor.id, page).await?;
            if found.items.is_empty() {
                break;
            }
            let tx = work.begin().await?;
            for view in found.items {
                posts::delete(&tx, &viewer, view.post, activity.origin()).await?;
            }
            work.commit_part(tx).await?;
        }
    }
    let tx = work.begin().await?;
    let actor = actors::by_id(tx.c(), actor.id).await?;
    if actor.deleted_at.is_none() {
        let actor = actors::mark_deleted(&tx, actor).await?;
        audience::follow_ended(&tx, &actor).await?;
    }
    work.commit(tx).await
}

/// Whether the content of a deleted account goes too. Its own word is enough; where nobody could sign, its server is
/// asked for the latest post.
async fn content_is_gone(work: &Work<'_>, activity: &Activity<'_>) -> Result<bool> {
    if activity.text.is_some() {
        return Ok(true);
    }
    let latest = PageRequest {
        limit: 1,
        ..PageRequest::default()
    };
    let found = posts::by_author(work.db(), &Viewer::Anonymous, activity.actor.id, latest).await?;
    let Some(view) = found.items.first() else {
        return Ok(false);
    };
    match work.reader.try_object(&view.post.uri).await? {
        Ok((document, _)) => Ok(wire::type_of(&document) == Some("Tombstone")),
        Err(failure) if failure.is_temporary() => Err(failure.into()),
        Err(failure) => Ok(failure.is_absent()),
    }
}

/// Reads the document of a known post again. Its author must be who it was.
pub(crate) async fn read_again(
    work: &Work<'_>,
    document: &Value,
    known: &Post,
    author: &Actor,
) -> Result<Incoming> {
    let federation = work.federation;
    let incoming = post::read(
        document,
        None,
        federation.http().addresses(),
        federation.forum().now(),
    )?;
    let closed = if incoming.public {
        false
    } else {
        let topic = topics::by_id(work.db(), known.topic_id).await?;
        circles::is_closed(&actors::by_id(work.db(), topic.category_id).await?)
    };
    incoming.check(closed)?;
    if incoming.uri != known.uri || incoming.author != author.uri {
        return Err(Error::refused("it is not the post that we know"));
    }
    Ok(incoming)
}
