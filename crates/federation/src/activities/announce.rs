//! Announce: what a category elsewhere passes on (FEP-1b12), as whole activities, as objects, or by their ids.
//!
//! A category is believed about its own topics and about its own server's people; for everything else the origin of what
//! is announced is asked. A boost by a person has no effect.

use parvis_forum::categories::{self, Category};
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Origin, follows, posts, topics};
use serde_json::Value;

use super::create::{self, Arrival};
use super::{Activity, Via, Work, same_host};
use crate::compat::{nodebb, piefed};
use crate::objects::{actor, post};
use crate::{Error, Result, proof, wire};

/// Applies what is announced.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    activity.must_be_direct()?;
    if activity.actor.kind != ActorKind::Group || activity.actor.local {
        return Err(Error::refused("a boost by somebody who is no category"));
    }
    let group = categories::by_id(work.db(), activity.actor.id).await?;
    let followed = follows::is_followed_from_here(work.db(), group.id()).await?;
    let announced = piefed::announced(activity.value);
    if announced.len() > 1 {
        work.comes_in_parts();
    }
    let mut outcome = Err(Error::refused("nothing is announced"));
    for inner in announced {
        let inner = nodebb::unwrapped(inner).ok_or_else(|| Error::refused("too many wrappers"))?;
        let one = one(work, &group, followed, inner).await;
        // Of a batch, what can be done is done; what may be done later makes all of it wait.
        outcome = match (outcome, one) {
            (_, Err(error)) if error.is_temporary() => return Err(error),
            (Ok(()), _) | (_, Ok(())) => Ok(()),
            (Err(_), Err(error)) => Err(error),
        };
    }
    outcome
}

async fn one(work: &Work<'_>, group: &Category, followed: bool, inner: &Value) -> Result<()> {
    let id = wire::id_of(inner).ok_or_else(|| Error::refused("something without id"))?;
    let is_activity = wire::id_at(inner, "actor").is_some()
        && inner.get("object").is_some()
        && !post::is_post(inner);
    if is_activity {
        return passed_on(work, group, followed, inner).await;
    }
    if work.federation.is_local_id(id) {
        return confirm(work, group, id).await;
    }
    if actor::kind_of(inner).is_some() {
        return Err(Error::refused("an announced actor"));
    }
    if !followed {
        return Err(Error::refused("nobody here follows that category"));
    }
    if posts::by_uri(work.db(), id).await?.is_some() {
        return Err(Error::refused("known already"));
    }
    let arrival = Arrival {
        origin: Origin::Fetched,
        group: Some(group),
        on_request: false,
        listed_in: None,
    };
    // The category's own server may embed what it serves; of others only the id counts, unless the author proves it.
    let proven = async || match wire::id_at(inner, "attributedTo") {
        Some(author) if inner.get("proof").is_some() && same_host(id, author) => {
            proof::is_proven(work.federation, inner, author).await
        }
        _ => false,
    };
    if post::is_post(inner) && (same_host(id, &group.actor.uri) || proven().await) {
        let incoming = create::read(work, inner, None)?;
        create::store(work, incoming, &arrival).await?;
        return Ok(());
    }
    let (document, _) = work.reader.object(id).await?;
    let document = match wire::type_of(&document) {
        Some("Create" | "Update") => {
            let object = wire::id_at(&document, "object")
                .ok_or_else(|| Error::refused("an activity without object"))?;
            work.reader.object(object).await?.0
        }
        _ => document,
    };
    let incoming = create::read(work, &document, None)?;
    create::store(work, incoming, &arrival).await?;
    Ok(())
}

/// A whole activity of somebody, passed on by the category.
async fn passed_on(work: &Work<'_>, group: &Category, followed: bool, inner: &Value) -> Result<()> {
    let actor = wire::id_at(inner, "actor").unwrap_or_default();
    let object =
        wire::id_at(inner, "object").ok_or_else(|| Error::refused("an activity without object"))?;
    if work.federation.is_local_id(actor) {
        // What one of ours did comes back: the category took it.
        return match wire::type_of(inner) {
            Some("Create") => confirm(work, group, object).await,
            kind => {
                tracing::debug!(activity.type = kind, "an activity of ours came back");
                Ok(())
            }
        };
    }
    if !followed && !concerns_us(work, group, inner, object).await? {
        return Err(Error::refused("nobody here follows that category"));
    }
    let kind = wire::type_of(inner).unwrap_or_default();
    if !super::is_passed_on(kind) {
        return Err(Error::refused(format!(
            "announced activities of type {kind} have no effect"
        )));
    }
    // Who voted on what we don't have isn't worth a fetch.
    let vote = matches!(kind, "Like" | "Dislike" | "EmojiReact");
    if vote && posts::by_uri(work.db(), object).await?.is_none() {
        return Err(Error::refused("the post is not known"));
    }
    let owned = same_host(actor, &group.actor.uri);
    // A proof spares a fetch, and nothing else: it is looked at where one would be needed.
    let proven = !owned
        && matches!(kind, "Create" | "Update")
        && proof::is_proven(work.federation, inner, actor).await;
    let activity = Activity {
        value: inner,
        text: None,
        actor: work.reader.actor(actor).await?,
        via: Via::Group {
            group: Box::new(group.clone()),
            owned: owned && wire::id_of(inner).is_none_or(|id| same_host(id, actor)),
            proven,
        },
    };
    super::handle(work, &activity).await
}

/// Whether something that a category passes on, though nobody here follows it, concerns us all the same: it is about a
/// post or a person of ours, brings a topic into a category of ours, or somebody here moderates that category.
async fn concerns_us(
    work: &Work<'_>,
    group: &Category,
    inner: &Value,
    object: &str,
) -> Result<bool> {
    let target = wire::id_at(inner, "target");
    if work.federation.is_local_id(object)
        || target.is_some_and(|target| work.federation.is_local_id(target))
    {
        return Ok(true);
    }
    if posts::by_uri(work.db(), object)
        .await?
        .is_some_and(|post| post.local)
    {
        return Ok(true);
    }
    Ok(categories::is_moderated_from_here(work.db(), group.id()).await?)
}

/// What was written here for this category is in it: a topic that waited, or anything that it had refused.
async fn confirm(work: &Work<'_>, group: &Category, object: &str) -> Result<()> {
    let post = posts::by_uri(work.db(), object)
        .await?
        .ok_or_else(|| Error::refused("it is not here"))?;
    let topic = topics::by_id(work.db(), post.topic_id).await?;
    let opening = topic.opening_post_id == Some(post.id);
    let waits = opening || post.refused_reason.is_some();
    if topic.local || topic.category_id != group.id() || !waits {
        return Err(Error::refused("it is not a topic of that category"));
    }
    let tx = work.begin().await?;
    if opening {
        topics::confirm(&tx, topic.id).await?;
    }
    posts::taken(&tx, post).await?;
    work.commit(tx).await
}
