//! Who follows whom, and which categories.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::circles;
use crate::db::entity::{actor, follow};
use crate::id::{self, ActorId, FollowId};
use crate::kinds::{ActorKind, FollowState, NotificationKind, Readers};
use crate::{
    Actor, Error, Event, Follow, Kind, Read, Result, Tx, Viewer, actors, affiliations, bans,
    categories, instances, links, notifications, policy,
};

/// Follows a person or a category. Here it is accepted at once; elsewhere it is pending until the other side says so.
/// Doing it again changes nothing.
pub async fn follow(tx: &Tx, viewer: &Viewer, target: &Actor) -> Result<Follow> {
    let follower = policy::can_write(viewer)?;
    circles::check_known(tx.c(), viewer, target).await?;
    if target.kind == ActorKind::Group {
        bans::check(tx, viewer, target.id).await?;
    }
    let follower = actors::by_id(tx.c(), follower).await?;
    begin(tx, &follower, target).await
}

/// Makes a category of this node follow a category elsewhere (a link). Administrators and moderators of the node.
pub async fn link(tx: &Tx, viewer: &Viewer, category: &Actor, target: &Actor) -> Result<Follow> {
    can_link(viewer, category)?;
    // What a link carries is for everybody who reads the category.
    if circles::is_closed(category) || circles::is_closed(target) {
        return Err(Error::field("handle", "closed"));
    }
    links::forgive(tx, target.id, category.id).await?;
    begin(tx, category, target).await
}

/// Ends a link, in both directions: neither carries what the other opens from now on. False when there was none.
pub async fn unlink(tx: &Tx, viewer: &Viewer, category: &Actor, target: &Actor) -> Result<bool> {
    can_link(viewer, category)?;
    let carried = find(tx.c(), category.id, target.id)
        .await?
        .is_some_and(|known| known.state == FollowState::Accepted);
    if carried {
        links::ended(tx, category.id, target.id).await?;
    }
    let ours = unfollow(tx, category.id, target).await?;
    let theirs = links::dismiss(tx, target, category).await?;
    Ok(ours || theirs)
}

/// May this viewer link this category to others? To be asked before the other one is looked up.
pub fn can_link(viewer: &Viewer, category: &Actor) -> Result<()> {
    if !viewer.is_moderator() {
        return Err(crate::Denied::NotModerator.into());
    }
    if category.kind != ActorKind::Group || !category.local {
        return Err(Error::NotFound(Kind::Category));
    }
    Ok(())
}

pub(crate) async fn begin(tx: &Tx, follower: &Actor, target: &Actor) -> Result<Follow> {
    if target.id == follower.id {
        return Err(Error::field("target", "mismatch"));
    }
    if target.deleted_at.is_some() {
        return Err(Error::Gone(Kind::Actor));
    }
    if let Some(known) = find(tx.c(), follower.id, target.id).await? {
        if known.state != FollowState::Rejected {
            return Ok(known);
        }
        follow::Entity::delete_by_id(known.id).exec(tx.c()).await?;
    }
    let id: FollowId = id::mint(tx.now());
    let accepted = target.local;
    let row = follow::ActiveModel {
        id: Set(id),
        follower_id: Set(follower.id),
        followed_id: Set(target.id),
        state: Set(if accepted {
            FollowState::Accepted
        } else {
            FollowState::Pending
        }),
        uri: Set(tx.config().local_url(&format!("/a/{id}")).to_string()),
        activity: Set(None),
        created_at: Set(tx.now()),
        accepted_at: Set(accepted.then(|| tx.now())),
    }
    .insert(tx.c())
    .await?;
    if accepted {
        notify(tx, follower, target).await?;
    } else {
        tx.emit(Event::FollowRequested { follow: id });
    }
    Ok(row)
}

async fn notify(tx: &Tx, follower: &Actor, target: &Actor) -> Result<()> {
    if target.kind == ActorKind::Person {
        notifications::notify(
            tx,
            target.id,
            NotificationKind::Follow,
            follower.id,
            None,
            None,
        )
        .await?;
    }
    Ok(())
}

/// Follows no longer. False when there was no follow.
pub async fn unfollow(tx: &Tx, follower: ActorId, target: &Actor) -> Result<bool> {
    let Some(known) = find(tx.c(), follower, target.id).await? else {
        return Ok(false);
    };
    follow::Entity::delete_by_id(known.id).exec(tx.c()).await?;
    if !target.local {
        tx.emit(Event::FollowUndone {
            follower,
            followed: target.id,
            uri: known.uri,
        });
    }
    Ok(true)
}

/// Somebody elsewhere asks to follow an actor of this node; answered at once unless it approves its followers by hand.
/// A repeated request is answered again.
pub async fn receive(
    tx: &Tx,
    follower: &Actor,
    target: &Actor,
    uri: String,
    activity: String,
) -> Result<Follow> {
    if !target.local {
        return Err(crate::Denied::NotOurs.into());
    }
    let closed = circles::is_closed(target);
    if closed && !may_join(tx, follower, target).await? {
        return Err(Error::NotFound(Kind::Actor));
    }
    let known = find(tx.c(), follower.id, target.id).await?;
    let state = if is_refused(tx, known.as_ref(), follower, target).await? {
        FollowState::Rejected
    } else if target.manually_approves
        && !closed
        && known
            .as_ref()
            .is_none_or(|row| row.state != FollowState::Accepted)
    {
        FollowState::Pending
    } else {
        FollowState::Accepted
    };
    let accepted = state == FollowState::Accepted;
    let new = known.is_none();
    let row = match known {
        Some(known) => {
            let keep = known.state == state;
            let mut row = known.into_active_model();
            row.uri = Set(uri);
            row.activity = Set(Some(activity));
            if !keep {
                row.state = Set(state);
                row.accepted_at = Set(accepted.then(|| tx.now()));
            }
            row.update(tx.c()).await?
        }
        None => {
            follow::ActiveModel {
                id: Set(id::mint(tx.now())),
                follower_id: Set(follower.id),
                followed_id: Set(target.id),
                state: Set(state),
                uri: Set(uri),
                activity: Set(Some(activity)),
                created_at: Set(tx.now()),
                accepted_at: Set(accepted.then(|| tx.now())),
            }
            .insert(tx.c())
            .await?
        }
    };
    if row.state != FollowState::Pending {
        tx.emit(Event::FollowAnswered {
            follow: row.id,
            accepted,
        });
    }
    if new && accepted {
        notify(tx, follower, target).await?;
    }
    Ok(row)
}

/// Whether a follow of an actor of ours isn't to be had: what moderators refused isn't by asking again, and who is banned
/// from a category doesn't follow it.
async fn is_refused(
    tx: &Tx,
    known: Option<&Follow>,
    follower: &Actor,
    target: &Actor,
) -> Result<bool> {
    if known.is_some_and(|known| links::is_refused(known, follower)) {
        return Ok(true);
    }
    if target.kind != ActorKind::Group {
        return Ok(false);
    }
    let ban = bans::in_force(tx.c(), tx.config(), tx.now(), follower, target.id).await?;
    Ok(ban.is_some())
}

/// Whether somebody elsewhere may take part in a closed category: a person of a partner node, which says that it is a
/// public agent where only those read.
async fn may_join(tx: &Tx, follower: &Actor, target: &Actor) -> Result<bool> {
    let category = categories::by_id(tx.c(), target.id).await?;
    let partner = match instances::host_of(&follower.uri) {
        Some(host) => circles::may_read(tx.c(), &Viewer::Server(host), target.id).await?,
        None => false,
    };
    if follower.kind != ActorKind::Person || !partner {
        return Ok(false);
    }
    if category.row.readers != Some(Readers::Agents) {
        return Ok(true);
    }
    let stated = affiliations::find(tx.c(), follower.id).await?;
    Ok(stated.is_some_and(|stated| stated.kind == "agent"))
}

/// The other side answered a follow of ours. Only the followed may; nothing happens when it was not asked.
pub async fn answered(tx: &Tx, follow: Follow, accepted: bool) -> Result<Follow> {
    let state = if accepted {
        FollowState::Accepted
    } else {
        FollowState::Rejected
    };
    if !accepted && follow.state == FollowState::Accepted {
        let follower = actors::by_id(tx.c(), follow.follower_id).await?;
        if follower.local && follower.kind == ActorKind::Group {
            links::ended(tx, follower.id, follow.followed_id).await?;
        }
    }
    let mut row = follow.into_active_model();
    row.state = Set(state);
    row.accepted_at = Set(accepted.then(|| tx.now()));
    Ok(row.update(tx.c()).await?)
}

/// Somebody elsewhere follows an actor of ours no longer. False when there was no follow. That one was refused is kept.
pub async fn receive_undo(tx: &Tx, follower: &Actor, target: ActorId) -> Result<bool> {
    match find(tx.c(), follower.id, target).await? {
        Some(known) if links::is_refused(&known, follower) => Ok(true),
        Some(known) => {
            follow::Entity::delete_by_id(known.id).exec(tx.c()).await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// The follow between two actors.
pub async fn find(db: &impl Read, follower: ActorId, followed: ActorId) -> Result<Option<Follow>> {
    Ok(follow::Entity::find()
        .filter(follow::Column::FollowerId.eq(follower))
        .filter(follow::Column::FollowedId.eq(followed))
        .one(db)
        .await?)
}

/// By the id of the Follow.
pub async fn by_uri(db: &impl Read, uri: &str) -> Result<Option<Follow>> {
    Ok(follow::Entity::find()
        .filter(follow::Column::Uri.eq(uri))
        .one(db)
        .await?)
}

/// By id.
pub async fn by_id(db: &impl Read, id: FollowId) -> Result<Follow> {
    follow::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Activity))
}

/// Does anybody of this node (a person or a category) follow that actor, accepted?
pub async fn is_followed_from_here(db: &impl Read, followed: ActorId) -> Result<bool> {
    let local = sea_orm::sea_query::Query::select()
        .column(actor::Column::Id)
        .from(actor::Entity)
        .and_where(actor::Column::Local.eq(true))
        .to_owned();
    Ok(follow::Entity::find()
        .filter(follow::Column::FollowedId.eq(followed))
        .filter(follow::Column::State.eq(FollowState::Accepted))
        .filter(follow::Column::FollowerId.in_subquery(local))
        .one(db)
        .await?
        .is_some())
}

/// How many follow an actor, accepted.
pub async fn count_followers(db: &impl Read, followed: ActorId) -> Result<u64> {
    Ok(follow::Entity::find()
        .filter(follow::Column::FollowedId.eq(followed))
        .filter(follow::Column::State.eq(FollowState::Accepted))
        .count(db)
        .await?)
}

/// How many an actor follows, accepted.
pub async fn count_following(db: &impl Read, follower: ActorId) -> Result<u64> {
    Ok(follow::Entity::find()
        .filter(follow::Column::FollowerId.eq(follower))
        .filter(follow::Column::State.eq(FollowState::Accepted))
        .count(db)
        .await?)
}

/// Followers of an actor that live elsewhere, accepted.
pub async fn remote_followers(db: &impl Read, followed: ActorId) -> Result<Vec<Actor>> {
    let ids: Vec<ActorId> = follow::Entity::find()
        .select_only()
        .column(follow::Column::FollowerId)
        .filter(follow::Column::FollowedId.eq(followed))
        .filter(follow::Column::State.eq(FollowState::Accepted))
        .into_tuple()
        .all(db)
        .await?;
    Ok(actor::Entity::find()
        .filter(actor::Column::Id.is_in(ids))
        .filter(actor::Column::Local.eq(false))
        .order_by_asc(actor::Column::Id)
        .all(db)
        .await?)
}

/// What an actor follows, with the state of each follow, oldest first.
pub async fn following(db: &impl Read, follower: ActorId) -> Result<Vec<(Follow, Actor)>> {
    let rows = follow::Entity::find()
        .filter(follow::Column::FollowerId.eq(follower))
        .filter(follow::Column::State.ne(FollowState::Rejected))
        .order_by_asc(follow::Column::Id)
        .all(db)
        .await?;
    let mut actors = actors::by_ids(db, rows.iter().map(|f| f.followed_id)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|f| {
            let actor = actors.remove(&f.followed_id)?;
            Some((f, actor))
        })
        .collect())
}

/// Follows of ours that nobody answered since `before`.
pub async fn unanswered(db: &impl Read, before: crate::Timestamp) -> Result<Vec<Follow>> {
    Ok(follow::Entity::find()
        .filter(follow::Column::State.eq(FollowState::Pending))
        .filter(follow::Column::Activity.is_null())
        .filter(follow::Column::CreatedAt.lt(before))
        .all(db)
        .await?)
}

/// Ids of those who follow an actor, accepted, and whose ids begin with an origin (`https://forum.example`).
pub async fn followers_at(db: &impl Read, followed: ActorId, origin: &str) -> Result<Vec<String>> {
    let here = format!("{origin}/");
    Ok(remote_followers(db, followed)
        .await?
        .into_iter()
        .map(|actor| actor.uri)
        .filter(|uri| uri.starts_with(&here))
        .collect())
}

/// People and categories of this node that follow an actor or asked to, with their follows.
pub async fn followers_here(db: &impl Read, followed: ActorId) -> Result<Vec<(Follow, Actor)>> {
    let ours = sea_orm::sea_query::Query::select()
        .column(actor::Column::Id)
        .from(actor::Entity)
        .and_where(actor::Column::Local.eq(true))
        .to_owned();
    let rows = follow::Entity::find()
        .filter(follow::Column::FollowedId.eq(followed))
        .filter(follow::Column::State.ne(FollowState::Rejected))
        .filter(follow::Column::FollowerId.in_subquery(ours))
        .order_by_asc(follow::Column::Id)
        .all(db)
        .await?;
    let mut actors = actors::by_ids(db, rows.iter().map(|row| row.follower_id)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let actor = actors.remove(&row.follower_id)?;
            Some((row, actor))
        })
        .collect())
}

/// Forgets a follow that the other side doesn't know of. Nobody is told.
pub async fn forget(tx: &Tx, follow: FollowId) -> Result<()> {
    follow::Entity::delete_by_id(follow).exec(tx.c()).await?;
    Ok(())
}
