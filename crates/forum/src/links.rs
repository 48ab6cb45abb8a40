//! Links between categories of two nodes (FEP-d36d): each carries the other's topics.
//!
//! A link is two follows, one in each direction. The one that is asked for is in force at once, because a category is
//! public; whether ours carries theirs as well is for a moderator here to say: until then it is a request. A topic stays in
//! its own category, so nothing is carried twice and nothing goes round. What was carried stays when a link ends.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, UnionType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::db::entity::{actor, follow, former_link};
use crate::id::ActorId;
use crate::kinds::{ActorKind, FollowState};
use crate::topics::Former;
use crate::{
    Actor, Error, Event, Follow, Kind, Read, Result, Timestamp, Tx, Viewer, actors, follows,
};

/// Links that are shown at most.
const MOST: usize = 1_000;

/// How two categories stand to each other.
#[derive(Clone, Debug)]
pub struct Link {
    /// The category here.
    pub category: Actor,
    /// The one elsewhere.
    pub other: Actor,
    /// Whether ours follows theirs, and so carries its topics.
    pub ours: Option<FollowState>,
    /// Whether theirs follows ours.
    pub theirs: Option<FollowState>,
    /// Since when the older of both is there.
    pub since: Timestamp,
}

impl Link {
    /// Whether somebody elsewhere asks to be carried here, and nobody has answered.
    pub fn is_request(&self) -> bool {
        matches!(self.ours, None | Some(FollowState::Rejected))
            && matches!(
                self.theirs,
                Some(FollowState::Accepted | FollowState::Pending)
            )
    }

    /// Whether anything is left of it, or was asked for here.
    fn is_alive(&self) -> bool {
        self.ours.is_some() || self.theirs != Some(FollowState::Rejected)
    }
}

/// All links of this node's categories, and requests for some; oldest first. Moderators of the node.
pub async fn list(db: &impl Read, viewer: &Viewer) -> Result<Vec<Link>> {
    if !viewer.is_moderator() {
        return Err(crate::Denied::NotModerator.into());
    }
    let groups = |only_here: bool| {
        Query::select()
            .column(actor::Column::Id)
            .from(actor::Entity)
            .and_where(actor::Column::Kind.eq(ActorKind::Group))
            .and_where_option(only_here.then(|| actor::Column::Local.eq(true)))
            .to_owned()
    };
    let concerns_ours = follow::Column::FollowerId
        .in_subquery(groups(true))
        .or(follow::Column::FollowedId.in_subquery(groups(true)));
    let rows = follow::Entity::find()
        .filter(concerns_ours)
        .filter(follow::Column::FollowerId.in_subquery(groups(false)))
        .order_by_asc(follow::Column::Id)
        .limit(2 * MOST as u64)
        .all(db)
        .await?;
    let ends = rows
        .iter()
        .flat_map(|row| [row.follower_id, row.followed_id]);
    let actors = actors::by_ids(db, ends).await?;
    let there = |id: &ActorId| actors.get(id).filter(|actor| actor.deleted_at.is_none());
    let mut all: Vec<Link> = Vec::new();
    for row in rows {
        let (Some(follower), Some(followed)) = (there(&row.follower_id), there(&row.followed_id))
        else {
            continue;
        };
        let (category, other) = match (follower.local, followed.local) {
            (true, false) => (follower, followed),
            (false, true) => (followed, follower),
            _ => continue,
        };
        let known = all
            .iter()
            .position(|link| link.category.id == category.id && link.other.id == other.id);
        if known.is_none() && all.len() == MOST {
            break;
        }
        let place = known.unwrap_or_else(|| {
            all.push(Link {
                category: category.clone(),
                other: other.clone(),
                ours: None,
                theirs: None,
                since: row.created_at,
            });
            all.len() - 1
        });
        let Some(link) = all.get_mut(place) else {
            continue;
        };
        if follower.local {
            link.ours = Some(row.state);
        } else {
            link.theirs = Some(row.state);
        }
    }
    all.retain(Link::is_alive);
    Ok(all)
}

/// How many requests wait for an answer.
pub async fn waiting(db: &impl Read, viewer: &Viewer) -> Result<usize> {
    let all = list(db, viewer).await?;
    Ok(all.iter().filter(|link| link.is_request()).count())
}

/// A category elsewhere asked to be linked: ours carries its topics from now on.
pub async fn accept(tx: &Tx, viewer: &Viewer, category: &Actor, other: &Actor) -> Result<Follow> {
    follows::can_link(viewer, category)?;
    let asked = requested(tx, category, other).await?;
    if asked.state == FollowState::Pending {
        answer(tx, asked, true).await?;
    }
    follows::link(tx, viewer, category, other).await
}

/// A category elsewhere asked to be linked, and is not: its server is told, and gets nothing more, however often it asks.
/// Asking for the link from here takes that back.
pub async fn refuse(tx: &Tx, viewer: &Viewer, category: &Actor, other: &Actor) -> Result<()> {
    follows::can_link(viewer, category)?;
    let asked = requested(tx, category, other).await?;
    answer(tx, asked, false).await
}

async fn requested(tx: &Tx, category: &Actor, other: &Actor) -> Result<Follow> {
    follows::find(tx.c(), other.id, category.id)
        .await?
        .filter(|row| row.state != FollowState::Rejected && other.kind == ActorKind::Group)
        .ok_or(Error::NotFound(Kind::Activity))
}

async fn answer(tx: &Tx, asked: Follow, accepted: bool) -> Result<()> {
    let id = asked.id;
    let mut row = asked.into_active_model();
    row.state = Set(if accepted {
        FollowState::Accepted
    } else {
        FollowState::Rejected
    });
    row.accepted_at = Set(accepted.then(|| tx.now()));
    row.update(tx.c()).await?;
    tx.emit(Event::FollowAnswered {
        follow: id,
        accepted,
    });
    Ok(())
}

/// Whether moderators here refused this follow of a category, so that asking again is of no use. One that only ended was
/// accepted once.
pub(crate) fn is_refused(follow: &Follow, follower: &Actor) -> bool {
    follow.state == FollowState::Rejected
        && follow.accepted_at.is_none()
        && follower.kind == ActorKind::Group
}

/// A category elsewhere is not to carry ours any longer: its server is told. It may ask again. False when it didn't.
pub(crate) async fn dismiss(tx: &Tx, other: &Actor, category: &Actor) -> Result<bool> {
    let known = follows::find(tx.c(), other.id, category.id).await?;
    let Some(known) = known.filter(|row| row.state != FollowState::Rejected) else {
        return Ok(false);
    };
    let (id, since) = (known.id, known.accepted_at.or(Some(known.created_at)));
    let mut row = known.into_active_model();
    row.state = Set(FollowState::Rejected);
    row.accepted_at = Set(since);
    row.update(tx.c()).await?;
    tx.emit(Event::FollowAnswered {
        follow: id,
        accepted: false,
    });
    Ok(true)
}

/// A link is asked for here: that one from there was refused counts no more.
pub(crate) async fn forgive(tx: &Tx, other: ActorId, category: ActorId) -> Result<()> {
    follow::Entity::delete_many()
        .filter(follow::Column::FollowerId.eq(other))
        .filter(follow::Column::FollowedId.eq(category))
        .filter(follow::Column::State.eq(FollowState::Rejected))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// A category of ours no longer follows one elsewhere: what came until now stays in its lists.
pub(crate) async fn ended(tx: &Tx, category: ActorId, other: ActorId) -> Result<()> {
    former_link::Entity::insert(former_link::ActiveModel {
        category_id: Set(category),
        other_id: Set(other),
        ended_at: Set(tx.now()),
    })
    .on_conflict(
        OnConflict::columns([
            former_link::Column::CategoryId,
            former_link::Column::OtherId,
        ])
        .update_column(former_link::Column::EndedAt)
        .to_owned(),
    )
    .exec_without_returning(tx.c())
    .await?;
    Ok(())
}

/// What the list of a category shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The category itself first, then those elsewhere that it is linked to.
    pub categories: Vec<ActorId>,
    /// Those that it was linked to.
    pub former: Vec<Former>,
}

/// What the list of a category shows: its own topics, and for one of ours those of linked categories.
pub async fn carried(db: &impl Read, category: &Actor) -> Result<Carried> {
    let mut carried = Carried {
        categories: vec![category.id],
        former: Vec::new(),
    };
    if !category.local {
        return Ok(carried);
    }
    let mut linked = Query::select()
        .expr_as(Expr::col(follow::Column::FollowedId), "id")
        .expr_as(Expr::cust("CAST(NULL AS BIGINT)"), "until")
        .from(follow::Entity)
        .and_where(follow::Column::FollowerId.eq(category.id))
        .and_where(follow::Column::State.eq(FollowState::Accepted))
        .to_owned();
    let ended = Query::select()
        .expr_as(Expr::col(former_link::Column::OtherId), "id")
        .expr_as(Expr::col(former_link::Column::EndedAt), "until")
        .from(former_link::Entity)
        .and_where(former_link::Column::CategoryId.eq(category.id))
        .to_owned();
    linked.union(UnionType::All, ended);
    let statement = db.get_database_backend().build(&linked);
    for row in db.query_all_raw(statement).await? {
        let id = ActorId(row.try_get("", "id")?);
        match row.try_get::<Option<i64>>("", "until")? {
            None => carried.categories.push(id),
            Some(until) => carried.former.push(Former {
                category: id,
                until: Timestamp(until),
            }),
        }
    }
    // Linked again since: all of it.
    let Carried { categories, former } = &mut carried;
    former.retain(|former| !categories.contains(&former.category));
    Ok(carried)
}
