//! Block and its Undo: of a person from a category of ours, from one elsewhere by whom it named, and from this server.

use parvis_forum::bans::{self, Ban, Lifted, Scope};
use parvis_forum::db::queue::outbox as log;
use parvis_forum::id::{ActorId, BanId};
use parvis_forum::{Actor, Origin, Result, actors, categories};

use super::{Passed, Writer, follows, in_category};
use crate::activities::build::{self, Built, Envelope};
use crate::audience::Directs;
use crate::wire::PUBLIC;

/// Somebody was banned.
pub(super) async fn imposed(writer: &Writer<'_>, ban: BanId, origin: &Origin) -> Result<()> {
    let ban = bans::by_id(writer.tx.c(), ban).await?;
    let by = ban.moderator_id;
    publish(writer, &ban, by, None, origin).await
}

/// A ban was taken back.
pub(super) async fn lifted(writer: &Writer<'_>, lifted: &Lifted, origin: &Origin) -> Result<()> {
    let by = lifted.moderator;
    publish(writer, &lifted.ban, by, Some(lifted), origin).await
}

/// `undone` is how it is taken back, if it is.
async fn publish(
    writer: &Writer<'_>,
    ban: &Ban,
    by: Option<ActorId>,
    undone: Option<&Lifted>,
    origin: &Origin,
) -> Result<()> {
    let tx = writer.tx;
    let who = actors::by_id(tx.c(), ban.actor_id).await?;
    let scope = bans::scope_of(tx.c(), ban).await?;
    let place = match &scope {
        Scope::Category(group) => (**group).clone(),
        Scope::Server(host) if host == tx.config().public_authority() => {
            actors::instance(tx.c()).await?
        }
        Scope::Server(_) => return Ok(()),
    };
    let in_one = matches!(scope, Scope::Category(_));
    let mut directs = Directs::default();
    if let Origin::Received { uri, activity } = origin {
        return match Passed::received(uri, activity) {
            Some(passed) if in_one && place.local => {
                directs.add(tx, &who).await?;
                writer.announce_in(&place, &passed, &directs).await
            }
            _ => Ok(()),
        };
    }
    let by = match by {
        Some(by) => actors::by_id(tx.c(), by).await?,
        None => place.clone(),
    };
    if !origin.is_local() || !by.local {
        return Ok(());
    }
    let act = Act {
        ban,
        by: &by,
        who: &who,
        place: &place,
    };
    let built = built(writer, &act, undone).await?;
    if in_one && place.local {
        directs.add(tx, &who).await?;
        return writer
            .announce_in(&place, &Passed::ours(&built), &directs)
            .await;
    }
    if in_one {
        // Elsewhere it counts from whom the category named, and the category passes it on.
        let named = categories::moderators(tx.c(), place.id).await?;
        if named.iter().any(|moderator| moderator.id == by.id) {
            directs.add(tx, &place).await?;
        }
    } else {
        directs.add(tx, &who).await?;
        directs.extend(follows::one_a_host(log::all_destinations(tx.c()).await?));
    }
    if directs.is_empty() {
        return Ok(());
    }
    writer
        .append(&built, in_category(&place, &by), None, &directs)
        .await
}

struct Act<'a> {
    ban: &'a Ban,
    by: &'a Actor,
    who: &'a Actor,
    /// The category, or the node itself.
    place: &'a Actor,
}

async fn built(writer: &Writer<'_>, act: &Act<'_>, undone: Option<&Lifted>) -> Result<Built> {
    let own = writer.config().local_url("/").to_string();
    let known = act.ban.uri.clone().filter(|uri| uri.starts_with(&own));
    let envelope = Envelope {
        id: match known {
            Some(uri) => uri,
            None => writer.fresh_uri().await?,
        },
        actor: act.by.uri.clone(),
        to: vec![PUBLIC.to_owned()],
        cc: vec![act.place.uri.clone(), act.who.uri.clone()],
        audience: act.ban.category_id.map(|_| act.place.uri.clone()),
        at: writer.tx.now(),
    };
    let block = build::block(&envelope, &act.who.uri, &act.place.uri, act.ban);
    let Some(lifted) = undone else {
        return Ok(block);
    };
    let envelope = Envelope {
        id: writer.fresh_uri().await?,
        ..envelope
    };
    Ok(build::undo_block(&envelope, &block, lifted.restores))
}
