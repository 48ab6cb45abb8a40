//! Follows and actors: Follow, Accept, Reject, Undo, Update and Delete of an actor.

use std::collections::BTreeMap;

use parvis_forum::circles;
use parvis_forum::db::entity::destination;
use parvis_forum::db::queue::outbox as log;
use parvis_forum::id::{ActorId, FollowId};
use parvis_forum::kinds::{ActorKind, Reach};
use parvis_forum::{Actor, Result, actors, affiliations, farewells, follows, keys};
use serde_json::value::RawValue;

use super::{About, Followers, Writer, missing, to_all};
use crate::activities::build::{self, Built, Envelope};
use crate::audience::{self, Directs};
use crate::objects::build::actor::{Beside, actor_to_wire};
use crate::objects::build::followers;
use crate::wire::PUBLIC;

/// Servers besides those of followers that are told of a change of a person.
const MOST_KNOWING: u64 = 2_000;

fn follow_of(writer: &Writer<'_>, follower: &Actor, followed: &Actor, uri: String) -> Built {
    let envelope = Envelope {
        id: uri,
        actor: follower.uri.clone(),
        to: vec![followed.uri.clone()],
        at: writer.tx.now(),
        ..Envelope::default()
    };
    build::follow(&envelope, &followed.uri)
}

fn between(signer: &Actor, other: &Actor) -> About {
    About {
        signer: signer.id,
        ordering_key: other.id.0,
        post: None,
        circle: None,
    }
}

/// Somebody here asks to follow, or asks again because nobody answered: the same Follow, under its id.
pub(super) async fn requested(writer: &Writer<'_>, follow: FollowId) -> Result<()> {
    let follow = follows::by_id(writer.tx.c(), follow).await?;
    let follower = actors::by_id(writer.tx.c(), follow.follower_id).await?;
    let followed = actors::by_id(writer.tx.c(), follow.followed_id).await?;
    let built = follow_of(writer, &follower, &followed, follow.uri);
    let mut directs = Directs::default();
    directs.add_own(writer.tx, &followed).await?;
    log::withdraw(writer.tx.c(), &built.uri).await?;
    writer
        .append(&built, between(&follower, &followed), None, &directs)
        .await
}

/// Somebody here follows no longer.
pub(super) async fn undone(
    writer: &Writer<'_>,
    follower: ActorId,
    followed: ActorId,
    uri: String,
) -> Result<()> {
    let follower = actors::by_id(writer.tx.c(), follower).await?;
    let followed = actors::by_id(writer.tx.c(), followed).await?;
    let follow = follow_of(writer, &follower, &followed, uri);
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: follower.uri.clone(),
        to: vec![followed.uri.clone()],
        at: writer.tx.now(),
        ..Envelope::default()
    };
    let mut directs = Directs::default();
    directs.add_own(writer.tx, &followed).await?;
    writer
        .append(
            &build::undo(&envelope, &follow),
            between(&follower, &followed),
            None,
            &directs,
        )
        .await
}

/// An actor here answered a follow from elsewhere: to the follower's own inbox.
pub(super) async fn answered(writer: &Writer<'_>, follow: FollowId, accepted: bool) -> Result<()> {
    let follow = follows::by_id(writer.tx.c(), follow).await?;
    let follower = actors::by_id(writer.tx.c(), follow.follower_id).await?;
    let followed = actors::by_id(writer.tx.c(), follow.followed_id).await?;
    if follower.local || !followed.local {
        return Ok(());
    }
    let received = follow
        .activity
        .and_then(|text| RawValue::from_string(text.trim().to_owned()).ok());
    let received = match received {
        Some(received) => received,
        None => follow_of(writer, &follower, &followed, follow.uri)
            .inner()
            .to_owned(),
    };
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: followed.uri.clone(),
        to: vec![follower.uri.clone()],
        at: writer.tx.now(),
        ..Envelope::default()
    };
    let built = build::answer(&envelope, &received, accepted);
    if accepted {
        audience::follow_accepted(writer.tx, &follower, followed.id).await?;
    } else {
        audience::follow_ended(writer.tx, &follower).await?;
    }
    let mut directs = Directs::default();
    directs.add_own(writer.tx, &follower).await?;
    writer
        .append(&built, between(&followed, &follower), None, &directs)
        .await
}

/// The document of an actor here changed.
pub(super) async fn actor_updated(writer: &Writer<'_>, actor: ActorId) -> Result<()> {
    let actor = actors::by_id(writer.tx.c(), actor).await?;
    if !actor.local || actor.deleted_at.is_some() {
        return Ok(());
    }
    let affiliations = affiliations::of(writer.tx.c(), [actor.id]).await?;
    let beside = Beside {
        affiliation: affiliations.get(&actor.id),
    };
    let document = actor_to_wire(&actor, beside, writer.config())
        .ok_or_else(|| missing("the key of an actor"))?;
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: actor.uri.clone(),
        to: to_all(&actor),
        cc: followers(&actor).into_iter().collect(),
        audience: (actor.kind == ActorKind::Group).then(|| actor.uri.clone()),
        at: writer.tx.now(),
    };
    let built = build::update_actor(&envelope, document);
    let mut directs = Directs::default();
    if actor.kind == ActorKind::Person {
        // Whoever was sent something that the person wrote shows a name and a key beside it.
        let known = log::knowing(writer.tx.c(), actor.id, MOST_KNOWING).await?;
        directs.extend(one_a_host(known));
    }
    writer
        .append(&built, own(&actor), Some(all_followers(&actor)), &directs)
        .await
}

/// An actor here has another key: its document goes out, signed with the former one, as everything in the log before.
pub(super) async fn key_replaced(writer: &Writer<'_>, actor: ActorId) -> Result<()> {
    actor_updated(writer, actor).await?;
    let end = log::end(writer.tx.c()).await?;
    keys::sign_until(writer.tx, actor, end).await
}

/// An actor here has moved: its followers are told where.
pub(super) async fn actor_moved(writer: &Writer<'_>, actor: ActorId) -> Result<()> {
    let actor = actors::by_id(writer.tx.c(), actor).await?;
    let Some(target) = actor.moved_to.clone().filter(|_| actor.local) else {
        return Ok(());
    };
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: actor.uri.clone(),
        to: followers(&actor).into_iter().collect(),
        cc: if circles::is_closed(&actor) {
            Vec::new()
        } else {
            vec![PUBLIC.to_owned()]
        },
        audience: (actor.kind == ActorKind::Group).then(|| actor.uri.clone()),
        at: writer.tx.now(),
    };
    writer
        .append(
            &build::move_actor(&envelope, &target),
            own(&actor),
            Some(all_followers(&actor)),
            &Directs::default(),
        )
        .await
}

/// An actor here is gone: every server that may know it is told.
pub(super) async fn actor_deleted(writer: &Writer<'_>, actor: ActorId) -> Result<()> {
    let actor = actors::by_id(writer.tx.c(), actor).await?;
    if !actor.local {
        return Ok(());
    }
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        actor: actor.uri.clone(),
        to: to_all(&actor),
        cc: followers(&actor).into_iter().collect(),
        audience: None,
        at: writer.tx.now(),
    };
    let told: Vec<_> = one_a_host(log::all_destinations(writer.tx.c()).await?).collect();
    let mut directs = Directs::default();
    directs.extend(told.iter().cloned());
    let built = build::delete_actor(&envelope);
    writer
        .append(&built, own(&actor), Some(all_followers(&actor)), &directs)
        .await?;
    if let Some(entry) = log::find(writer.tx.c(), &built.uri).await? {
        farewells::note(writer.tx, actor.id, entry.seq, &told).await?;
    }
    Ok(())
}

/// One destination of each host: the one with the shortest address, which is the shared inbox where there is one.
pub(super) fn one_a_host(
    destinations: Vec<destination::Model>,
) -> impl Iterator<Item = destination::Model> {
    let mut hosts: BTreeMap<String, destination::Model> = BTreeMap::new();
    for destination in destinations {
        let longer = |known: &destination::Model| known.inbox.len() > destination.inbox.len();
        if hosts.get(&destination.host).is_none_or(longer) {
            hosts.insert(destination.host.clone(), destination);
        }
    }
    hosts.into_values()
}

fn own(actor: &Actor) -> About {
    About {
        signer: actor.id,
        ordering_key: actor.id.0,
        post: None,
        circle: circles::is_closed(actor).then_some(actor.id),
    }
}

fn all_followers(actor: &Actor) -> Followers {
    Followers {
        of: actor.id,
        reach: Reach::All,
    }
}
