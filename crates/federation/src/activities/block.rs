//! Block: somebody is banned from a category or from a server, and Undo of it (FEP-1b12).
//!
//! A category bans through its moderators, a server through people of its own host, and only from its own categories.
//! What one person thinks of another has no effect here.

use parvis_forum::bans::{self, Ban, Lift, NewBan, Scope};
use parvis_forum::db::queue::inbox;
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Actor, Error as ForumError, Timestamp, Viewer, actors};
use serde_json::Value;
use url::Url;

use super::{Activity, Via, Work, moderator_of, same_host};
use crate::origin::Origin;
use crate::{Error, Result, wire};

/// What remembers that a ban was taken back before it came.
fn undone_key(id: &str) -> String {
    format!("undone {id}")
}

/// Bans whom the object names.
pub(crate) async fn handle(work: &Work<'_>, activity: &Activity<'_>) -> Result<()> {
    let (viewer, scope) = authority(work, activity, target(activity.value)?).await?;
    let id = activity
        .id()
        .ok_or_else(|| Error::refused("a ban without id"))?;
    let undone = inbox::marked(work.db(), &[&undone_key(id)])
        .await
        .map_err(ForumError::from)?;
    if !undone.is_empty() {
        return Err(Error::refused("it was taken back before it came"));
    }
    let expires = end(activity.value);
    if expires.is_some_and(|at| at <= work.federation.forum().now()) {
        return Err(Error::refused("it is over already"));
    }
    let who = work.reader.actor(activity.object_id()?).await?;
    let new = NewBan::received(
        wire::text(activity.value, "summary").unwrap_or_default(),
        expires,
        wire::flag(activity.value, "removeData") == Some(true),
        id.to_owned(),
    );
    let tx = work.begin().await?;
    let who = actors::by_id(tx.c(), who.id).await?;
    bans::impose(&tx, &viewer, who, &scope, new, activity.origin()).await?;
    work.commit(tx).await
}

/// Takes a ban back; `block` stands inside the Undo.
pub(crate) async fn undo(work: &Work<'_>, activity: &Activity<'_>, block: &Value) -> Result<()> {
    let (viewer, scope) = authority(work, activity, target(block)?).await?;
    let who = wire::id_at(block, "object")
        .ok_or_else(|| Error::refused("it takes back a ban of nobody"))?;
    let known = actors::by_uri(work.db(), who).await?;
    let tx = work.begin().await?;
    let lifted = match known {
        Some(who) => {
            let who = actors::by_id(tx.c(), who.id).await?;
            let how = how(activity.value);
            bans::lift(&tx, &viewer, &who, &scope, how, activity.origin()).await?
        }
        None => false,
    };
    if !lifted && let Some(id) = wire::id_of(block).filter(|id| same_host(id, &activity.actor.uri))
    {
        inbox::mark(tx.c(), tx.now(), &undone_key(id))
            .await
            .map_err(ForumError::from)?;
    }
    work.commit(tx).await
}

/// Takes back a ban that the Undo only names.
pub(crate) async fn undo_known(work: &Work<'_>, activity: &Activity<'_>, ban: &Ban) -> Result<()> {
    let scope = bans::scope_of(work.db(), ban).await?;
    let viewer = match &scope {
        Scope::Category(category) => {
            moderator_of(work, activity, category.id, category.local).await?
        }
        Scope::Server(host) => of_server(work, activity, host).await?,
    };
    let tx = work.begin().await?;
    let who = actors::by_id(tx.c(), ban.actor_id).await?;
    let how = how(activity.value);
    bans::lift(&tx, &viewer, &who, &scope, how, activity.origin()).await?;
    work.commit(tx).await
}

/// Why, and whether what was removed with it comes back (`restoreData`, as Lemmy says it).
fn how(undo: &Value) -> Lift<'_> {
    Lift {
        reason: wire::text(undo, "summary").unwrap_or_default(),
        restores: wire::flag(undo, "restoreData") == Some(true),
    }
}

fn target(block: &Value) -> Result<&str> {
    wire::id_at(block, "target")
        .ok_or_else(|| Error::refused("a block between two people has no effect here"))
}

/// When a ban ends: `endTime`, or `expires` as older Lemmy and Mbin say it.
fn end(block: &Value) -> Option<Timestamp> {
    ["endTime", "expires"]
        .into_iter()
        .find_map(|key| wire::date(block, key, i64::MAX))
        .map(Timestamp)
}

/// In whose right the activity bans from there, and where that is.
async fn authority(
    work: &Work<'_>,
    activity: &Activity<'_>,
    target: &str,
) -> Result<(Viewer, Scope)> {
    let known: Option<Actor> = actors::by_uri(work.db(), target).await?;
    match known.as_ref().map(|actor| actor.kind) {
        Some(ActorKind::Group) => {}
        Some(ActorKind::Person) => return Err(Error::refused("its target is a person")),
        Some(ActorKind::Application) | None => {
            let host = site(target, known.is_some())?;
            let viewer = of_server(work, activity, &host).await?;
            return Ok((viewer, Scope::Server(host)));
        }
    }
    let category = known.ok_or_else(|| Error::refused("its target is not known"))?;
    let viewer = moderator_of(work, activity, category.id, category.local).await?;
    Ok((viewer, Scope::Category(Box::new(category))))
}

/// The authority of a server that is named by its own actor, or by its first page.
fn site(target: &str, known: bool) -> Result<String> {
    let refused = || Error::refused("its target is neither a category nor a server");
    let url = Url::parse(target).map_err(|_| refused())?;
    if !known && (url.path() != "/" || url.query().is_some()) {
        return Err(refused());
    }
    Ok(Origin::of(&url).ok_or_else(refused)?.authority())
}

/// Somebody of the server itself, in its own name.
async fn of_server(work: &Work<'_>, activity: &Activity<'_>, host: &str) -> Result<Viewer> {
    let refused = || Error::refused("only a server bans from itself");
    let own = |uri: &str| {
        Url::parse(uri)
            .ok()
            .and_then(|url| Origin::of(&url))
            .is_some_and(|origin| origin.authority() == host)
    };
    let believed = match &activity.via {
        Via::Direct => true,
        Via::Hint => false,
        Via::Group { group, owned, .. } => *owned && own(&group.actor.uri),
    };
    if !believed || !own(&activity.actor.uri) || activity.actor.local {
        return Err(refused());
    }
    Ok(Viewer::load(work.db(), activity.actor.clone()).await?)
}
