//! Moving house: a person or a category that goes on as another actor, here or elsewhere, and follows that go along.
//!
//! Two actors have to agree: the new one says that it is also known as the old one, then the old one says where it went.
//! What was written stays where it is. Whether a document says so is read by `parvis-federation`, which asks the new
//! actor's own server each time.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::db::entity::{actor, category, follow};
use crate::id::ActorId;
use crate::kinds::{ActorKind, FollowState};
use crate::moderation::{self, Target};
use crate::{Actor, Error, Event, Read, Result, Timestamp, Tx, Viewer, actors, follows, policy};

/// Other actors that one may say to be.
pub const MAX_ALIASES: usize = 10;
/// Days between two moves of one actor of ours, as Mastodon has it.
pub const PAUSE_DAYS: i64 = 30;
/// Days in which a second move of an actor elsewhere takes nobody along, as Mastodon has it.
pub const RECEIVED_PAUSE_DAYS: i64 = 7;
/// Follows moved in one transaction.
const BATCH: u64 = 100;

/// The ids of the actors that an actor says it was or is as well.
pub fn aliases(actor: &Actor) -> Vec<String> {
    actor
        .also_known_as
        .as_deref()
        .and_then(|column| serde_json::from_str(column).ok())
        .unwrap_or_default()
}

/// As the column holds them; nothing for none.
pub(crate) fn written(aliases: &[String]) -> Option<String> {
    if aliases.is_empty() {
        return None;
    }
    serde_json::to_string(aliases).ok()
}

/// Whether `target` says that it is also known as `actor`.
pub fn is_confirmed(actor: &Actor, target: &Actor) -> bool {
    aliases(target).contains(&actor.uri)
}

/// Where an actor went, as far as the other one is known here and agrees.
pub async fn destination(db: &impl Read, actor: &Actor) -> Result<Option<Actor>> {
    let Some(uri) = actor.moved_to.as_deref() else {
        return Ok(None);
    };
    Ok(actors::by_uri(db, uri)
        .await?
        .filter(|target| target.deleted_at.is_none() && is_confirmed(actor, target)))
}

/// When an actor of ours may move again; none when it may now.
pub fn next_move(actor: &Actor, now: Timestamp) -> Option<Timestamp> {
    actor
        .moved_at
        .map(|at| at.plus_days(PAUSE_DAYS))
        .filter(|next| *next > now)
}

/// Says which other actors this one is. The person themself, or an administrator for a category.
pub async fn set_aliases(
    tx: &Tx,
    viewer: &Viewer,
    actor: Actor,
    mut aliases: Vec<String>,
) -> Result<Actor> {
    policy::people::can_move(viewer, &actor)?;
    aliases.retain(|alias| *alias != actor.uri);
    let mut seen = std::collections::HashSet::new();
    aliases.retain(|alias| seen.insert(alias.clone()));
    if aliases.len() > MAX_ALIASES {
        return Err(Error::field("alias", "too-many"));
    }
    let id = actor.id;
    let mut row = actor.into_active_model();
    row.also_known_as = Set(written(&aliases));
    row.updated_at = Set(tx.now());
    let actor = row.update(tx.c()).await?;
    if actor.kind == ActorKind::Group {
        let about = Target::Actor(&actor);
        moderation::log(tx, viewer, "category-aliases", about, &aliases.join(" ")).await?;
    }
    tx.emit(Event::ActorUpdated { actor: id });
    Ok(actor)
}

/// Why one actor can't take over from another.
pub fn refusal(actor: &Actor, target: &Actor) -> Option<&'static str> {
    if target.id == actor.id {
        Some("oneself")
    } else if target.kind != actor.kind {
        Some("kind")
    } else if target.deleted_at.is_some() || target.suspended_at.is_some() {
        Some("unknown")
    } else if target.moved_to.is_some() {
        Some("moved")
    } else if !is_confirmed(actor, target) {
        Some("unconfirmed")
    } else {
        None
    }
}

/// Leaves for another actor, whose document was just read: followers are told, those here go along, and the one that is
/// left only reads; a category is archived. Once in thirty days.
pub async fn leave(tx: &Tx, viewer: &Viewer, actor: Actor, target: &Actor) -> Result<Actor> {
    policy::people::can_move(viewer, &actor)?;
    if let Some(why) = refusal(&actor, target) {
        return Err(Error::field("target", why));
    }
    if let Some(next) = next_move(&actor, tx.now()) {
        let wait = next.seconds() - tx.now().seconds();
        return Err(Error::TooMany {
            retry_after: u64::try_from(wait).unwrap_or(1).max(1),
        });
    }
    let actor = put_moved(tx, actor, target).await?;
    if actor.kind == ActorKind::Group {
        let about = Target::Actor(&actor);
        moderation::log(tx, viewer, "category-move", about, &target.uri).await?;
        if let Some(row) = category::Entity::find_by_id(actor.id).one(tx.c()).await?
            && row.archived_at.is_none()
        {
            let mut row = row.into_active_model();
            row.archived_at = Set(Some(tx.now()));
            row.update(tx.c()).await?;
        }
    }
    tx.emit(Event::ActorUpdated { actor: actor.id });
    tx.emit(Event::ActorMoved { actor: actor.id });
    loop {
        if take_along(tx, &actor, target).await? == 0 {
            break;
        }
    }
    Ok(actor)
}

/// Comes back to an actor that was left. Those who followed the other one go on following it.
pub async fn come_back(tx: &Tx, viewer: &Viewer, actor: Actor) -> Result<Actor> {
    policy::people::can_move(viewer, &actor)?;
    let id = actor.id;
    let mut row = actor.into_active_model();
    row.moved_to = Set(None);
    row.updated_at = Set(tx.now());
    let actor = row.update(tx.c()).await?;
    if actor.kind == ActorKind::Group {
        moderation::log(tx, viewer, "category-move", Target::Actor(&actor), "").await?;
    }
    tx.emit(Event::ActorUpdated { actor: id });
    Ok(actor)
}

async fn put_moved(tx: &Tx, actor: Actor, target: &Actor) -> Result<Actor> {
    let mut row = actor.into_active_model();
    row.moved_to = Set(Some(target.uri.clone()));
    row.moved_at = Set(Some(tx.now()));
    row.updated_at = Set(tx.now());
    Ok(row.update(tx.c()).await?)
}

/// Whether an actor elsewhere moved so lately that another move takes nobody along.
pub fn moved_lately(actor: &Actor, now: Timestamp) -> bool {
    actor
        .moved_at
        .is_some_and(|at| at.plus_days(RECEIVED_PAUSE_DAYS) > now)
}

/// Some of those here who follow `actor` follow `target` instead; how many. Call it until it answers 0, then
/// [`received`].
pub async fn take_along(tx: &Tx, actor: &Actor, target: &Actor) -> Result<usize> {
    let followers = followers_here(tx.c(), actor.id).await?;
    for follower in &followers {
        follows::unfollow(tx, follower.id, actor).await?;
        if follower.id != target.id {
            follows::begin(tx, follower, target).await?;
        }
    }
    Ok(followers.len())
}

/// Notes that an actor elsewhere has moved, after those here who followed it were taken along.
pub async fn received(tx: &Tx, actor: ActorId, target: &Actor) -> Result<Actor> {
    let actor = actors::by_id(tx.c(), actor).await?;
    if actor.local {
        return Err(crate::Denied::NotOurs.into());
    }
    put_moved(tx, actor, target).await
}

/// Some people and categories of this node that follow an actor, or asked to.
async fn followers_here(db: &impl Read, followed: ActorId) -> Result<Vec<Actor>> {
    let ours = sea_orm::sea_query::Query::select()
        .column(actor::Column::Id)
        .from(actor::Entity)
        .and_where(actor::Column::Local.eq(true))
        .to_owned();
    let ids: Vec<ActorId> = follow::Entity::find()
        .select_only()
        .column(follow::Column::FollowerId)
        .filter(follow::Column::FollowedId.eq(followed))
        .filter(follow::Column::State.ne(FollowState::Rejected))
        .filter(follow::Column::FollowerId.in_subquery(ours))
        .order_by_asc(follow::Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(db)
        .await?;
    Ok(actors::by_ids(db, ids).await?.into_values().collect())
}
