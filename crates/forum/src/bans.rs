//! Bans: somebody takes no part in a category, or on a whole server, for good or for a time.
//!
//! A ban that has lapsed counts no more from that moment on, whether or not its row is still there. Suspending an
//! account is another thing (`people`): it closes the account itself.

mod content;

use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::db::entity::{actor, ban, category_moderator, person};
use crate::id::{self, ActorId, BanId};
use crate::kinds::{ActorKind, NotificationKind};
use crate::moderation::{self, Target};
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::policy::people::{self as policy, Standing};
use crate::text::sanitize;
use crate::{
    Actor, Config, Denied, Error, Event, Kind, Origin, Post, Read, Result, Timestamp, Tx, Viewer,
    actors, notifications, topics,
};

pub use crate::db::entity::ban::Model as Ban;
pub use content::{REMOVAL, RETURN, Removal, Return, remove_content, restore_content};

/// Longest reason, in characters.
pub const MAX_REASON: usize = 1_000;
/// Longest ban that ends, in days.
pub const MAX_DAYS: u32 = 3_650;

/// Where a ban holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In a category.
    Category(Box<Actor>),
    /// In all categories of the server with this authority; on this node, everywhere.
    Server(String),
}

impl Scope {
    /// This node.
    pub fn here(config: &Config) -> Self {
        Self::Server(config.public_authority().to_owned())
    }

    fn key(&self) -> &str {
        match self {
            Self::Category(category) => &category.uri,
            Self::Server(authority) => authority,
        }
    }

    fn category(&self) -> Option<&Actor> {
        match self {
            Self::Category(category) => Some(category),
            Self::Server(_) => None,
        }
    }
}

/// The authority of an ActivityPub id.
fn authority(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// A ban to be imposed, valid once it exists.
#[derive(Clone, Debug)]
pub struct NewBan {
    reason: String,
    expires_at: Option<Timestamp>,
    removes: bool,
    uri: Option<String>,
}

impl NewBan {
    /// Checks what a moderator filled in; `days` is empty for a ban without end.
    pub fn parse(reason: &str, days: &str, now: Timestamp) -> Result<Self> {
        let mut errors = Vec::new();
        let reason = sanitize::clean_title(reason);
        if reason.is_empty() {
            errors.push(crate::FieldError::new("reason", "blank"));
        }
        let expires_at = match days.trim() {
            "" => None,
            days => match days.parse::<u32>() {
                Ok(days @ 1..=MAX_DAYS) => Some(now.plus_days(i64::from(days))),
                Ok(0) | Err(_) => {
                    errors.push(crate::FieldError::new("days", "format"));
                    None
                }
                Ok(_) => {
                    let limit = crate::FieldError::limit("days", "too-many", MAX_DAYS);
                    errors.push(limit);
                    None
                }
            },
        };
        if errors.is_empty() {
            Ok(Self {
                reason: sanitize::cut_at_word(&reason, MAX_REASON),
                expires_at,
                removes: false,
                uri: None,
            })
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// The same, which also takes away what they had written there.
    #[must_use]
    pub fn removing(self, removes: bool) -> Self {
        Self { removes, ..self }
    }

    /// A Block from elsewhere.
    pub fn received(
        reason: &str,
        expires_at: Option<Timestamp>,
        removes: bool,
        uri: String,
    ) -> Self {
        Self {
            reason: sanitize::cut_at_word(&sanitize::clean_title(reason), MAX_REASON),
            expires_at,
            removes,
            uri: Some(uri),
        }
    }
}

/// Bans somebody, or changes the ban that is there. Doing the same again changes nothing. Errs when the viewer may not
/// (`Denied`), or when it is nobody who takes part (`NotFound`, `Gone`).
pub async fn impose(
    tx: &Tx,
    viewer: &Viewer,
    who: Actor,
    scope: &Scope,
    new: NewBan,
    origin: Origin,
) -> Result<Ban> {
    may(tx, viewer, &who, scope).await?;
    if who.kind != ActorKind::Person {
        return Err(Error::NotFound(Kind::Person));
    }
    if who.deleted_at.is_some() {
        return Err(Error::Gone(Kind::Person));
    }
    let known = find(tx.c(), who.id, scope).await?;
    if let Some(known) = &known
        && is_in_force(known, tx.now())
        && (known.reason == new.reason
            && known.expires_at == new.expires_at
            && known.removes == new.removes)
    {
        return Ok(known.clone());
    }
    if let Some(known) = known {
        ban::Entity::delete_by_id(known.id).exec(tx.c()).await?;
    }
    let id: BanId = id::mint(tx.now());
    let ban = ban::ActiveModel {
        id: Set(id),
        actor_id: Set(who.id),
        scope: Set(scope.key().to_owned()),
        category_id: Set(scope.category().map(|category| category.id)),
        moderator_id: Set(viewer.actor_id()),
        reason: Set(new.reason),
        removes: Set(new.removes),
        uri: Set(Some(new.uri.unwrap_or_else(|| {
            tx.config().local_url(&format!("/a/{id}")).to_string()
        }))),
        created_at: Set(tx.now()),
        expires_at: Set(new.expires_at),
    }
    .insert(tx.c())
    .await?;
    if who.banned_at.is_none() {
        let mut row = who.clone().into_active_model();
        row.banned_at = Set(Some(tx.now()));
        row.update(tx.c()).await?;
    }
    moderation::log(tx, viewer, "ban", Target::Actor(&who), &ban.reason).await?;
    tell(tx, viewer, &who, scope).await?;
    if ban.removes {
        content::remove_later(tx, &ban).await?;
    }
    tx.emit(Event::Banned { ban: id, origin });
    Ok(ban)
}

async fn tell(tx: &Tx, viewer: &Viewer, who: &Actor, scope: &Scope) -> Result<()> {
    let by = match (viewer.actor_id(), scope.category()) {
        (Some(by), _) => by,
        (None, Some(category)) => category.id,
        (None, None) => return Ok(()),
    };
    notifications::notify(tx, who.id, NotificationKind::Moderation, by, None, None).await
}

/// How a ban is taken back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lift<'a> {
    /// Why.
    pub reason: &'a str,
    /// What was removed with the ban is put back.
    pub restores: bool,
}

/// A ban that is over: what others are told of it.
#[derive(Clone, Debug)]
pub struct Lifted {
    /// The ban as it was.
    pub ban: Ban,
    /// Who lifted it; none for the node itself.
    pub moderator: Option<ActorId>,
    /// Why.
    pub reason: String,
    /// What was removed with it is put back.
    pub restores: bool,
}

/// Takes a ban back. False when there was none.
pub async fn lift(
    tx: &Tx,
    viewer: &Viewer,
    who: &Actor,
    scope: &Scope,
    how: Lift<'_>,
    origin: Origin,
) -> Result<bool> {
    may(tx, viewer, who, scope).await?;
    let Some(known) = find(tx.c(), who.id, scope).await? else {
        return Ok(false);
    };
    let lapsed = !is_in_force(&known, tx.now());
    ban::Entity::delete_by_id(known.id).exec(tx.c()).await?;
    unmark(tx, &[who.id]).await?;
    if lapsed {
        return Ok(false);
    }
    let restores = how.restores && known.removes;
    if restores {
        content::return_later(tx, &known, viewer.actor_id()).await?;
    }
    let reason = sanitize::clean_title(how.reason);
    moderation::log(tx, viewer, "unban", Target::Actor(who), &reason).await?;
    tell(tx, viewer, who, scope).await?;
    let lifted = Lifted {
        ban: known,
        moderator: viewer.actor_id(),
        reason,
        restores,
    };
    tx.emit(Event::BanLifted {
        lifted: Box::new(lifted),
        origin,
    });
    Ok(true)
}

async fn may(tx: &Tx, viewer: &Viewer, who: &Actor, scope: &Scope) -> Result<()> {
    let role = person::Entity::find_by_id(who.id)
        .one(tx.c())
        .await?
        .map(|person| person.role);
    let moderates = match scope.category() {
        None => false,
        Some(category) => category_moderator::Entity::find_by_id((category.id, who.id))
            .one(tx.c())
            .await?
            .is_some(),
    };
    let standing = Standing {
        actor: who.id,
        role,
        moderates,
    };
    match scope {
        Scope::Category(category) => policy::can_ban_from(viewer, category, standing)?,
        Scope::Server(host) if host == tx.config().public_authority() => {
            policy::can_ban(viewer, standing)?;
        }
        // What another server does in its own categories is its own affair, and only its own.
        Scope::Server(host) => match viewer {
            Viewer::Remote(remote) if authority(&remote.actor.uri) == host => {}
            _ => return Err(Denied::NotModerator.into()),
        },
    }
    Ok(())
}

fn is_in_force(ban: &Ban, now: Timestamp) -> bool {
    ban.expires_at.is_none_or(|at| at > now)
}

async fn find(db: &impl Read, who: ActorId, scope: &Scope) -> Result<Option<Ban>> {
    Ok(ban::Entity::find()
        .filter(ban::Column::ActorId.eq(who))
        .filter(ban::Column::Scope.eq(scope.key()))
        .one(db)
        .await?)
}

/// By id.
pub async fn by_id(db: &impl Read, id: BanId) -> Result<Ban> {
    ban::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Ban))
}

/// By the id of the Block.
pub async fn by_uri(db: &impl Read, uri: &str) -> Result<Option<Ban>> {
    Ok(ban::Entity::find()
        .filter(ban::Column::Uri.eq(uri))
        .one(db)
        .await?)
}

/// Where a ban holds.
pub async fn scope_of(db: &impl Read, ban: &Ban) -> Result<Scope> {
    Ok(match ban.category_id {
        Some(category) => Scope::Category(Box::new(actors::by_id(db, category).await?)),
        None => Scope::Server(ban.scope.clone()),
    })
}

/// The ban that keeps somebody from taking part in a category now; one of the node keeps them from everything here.
/// Asks nothing of the database about who was never banned.
pub async fn in_force(
    db: &impl Read,
    config: &Config,
    now: Timestamp,
    who: &Actor,
    category: ActorId,
) -> Result<Option<Ban>> {
    if who.banned_at.is_none() {
        return Ok(None);
    }
    let category = actors::by_id(db, category).await?;
    let mut scopes = vec![category.uri.as_str(), config.public_authority()];
    if !category.local {
        scopes.push(authority(&category.uri));
    }
    lasting_in(db, now, who, scopes).await
}

async fn lasting_in(
    db: &impl Read,
    now: Timestamp,
    who: &Actor,
    scopes: Vec<&str>,
) -> Result<Option<Ban>> {
    Ok(ban::Entity::find()
        .filter(ban::Column::ActorId.eq(who.id))
        .filter(ban::Column::Scope.is_in(scopes))
        .filter(lasting(now))
        .one(db)
        .await?)
}

fn lasting(now: Timestamp) -> Condition {
    Condition::any()
        .add(ban::Column::ExpiresAt.is_null())
        .add(ban::Column::ExpiresAt.gt(now))
}

/// Refuses who is banned from a category. Whether one elsewhere takes what somebody it banned wrote is for itself to say:
/// what it holds, or passes on, is in its moderators' right.
pub(crate) async fn check(tx: &Tx, viewer: &Viewer, category: ActorId) -> Result<()> {
    let Some(who) = viewer.actor().filter(|who| who.banned_at.is_some()) else {
        return Ok(());
    };
    let taken = matches!(viewer, Viewer::Remote(_))
        && viewer.moderates(category)
        && !actors::by_id(tx.c(), category).await?.local;
    let found = if taken {
        let here = vec![tx.config().public_authority()];
        lasting_in(tx.c(), tx.now(), who, here).await?
    } else {
        in_force(tx.c(), tx.config(), tx.now(), who, category).await?
    };
    match found {
        Some(_) => Err(Denied::Banned.into()),
        None => Ok(()),
    }
}

/// Refuses who is banned from the category of a post; asks nothing of the database about who was never banned.
pub(crate) async fn check_on(tx: &Tx, viewer: &Viewer, post: &Post) -> Result<()> {
    if viewer.actor().is_none_or(|who| who.banned_at.is_none()) {
        return Ok(());
    }
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    check(tx, viewer, topic.category_id).await
}

/// A ban with whom it concerns.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The row.
    pub ban: Ban,
    /// Who is banned.
    pub actor: Actor,
    /// By whom; none for the node itself.
    pub moderator: Option<Actor>,
    /// From which category; none for a whole server.
    pub category: Option<Actor>,
}

/// The bans in force that the viewer may lift, newest first.
pub async fn list(
    db: &impl Read,
    viewer: &Viewer,
    now: Timestamp,
    page: PageRequest,
) -> Result<Page<Shown>> {
    let mut query = ban::Entity::find().filter(lasting(now));
    if viewer.is_moderator() {
        let ours = Query::select()
            .column(actor::Column::Id)
            .from(actor::Entity)
            .and_where(actor::Column::Local.eq(true))
            .to_owned();
        query = query.filter(
            Condition::any()
                .add(ban::Column::CategoryId.is_null())
                .add(ban::Column::CategoryId.in_subquery(ours)),
        );
    } else {
        query = query.filter(ban::Column::CategoryId.is_in(moderation::moderated(viewer)?));
    }
    let rows = query
        .filter(page.condition(ban::Column::CreatedAt, ban::Column::Id, Order::NewestFirst))
        .order_by_desc(ban::Column::CreatedAt)
        .order_by_desc(ban::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let rows = Page::from_rows(rows, page.limit, |row| Cursor {
        key: row.created_at.0,
        id: row.id.0,
    });
    let involved = rows.items.iter().flat_map(|row| {
        [Some(row.actor_id), row.moderator_id, row.category_id]
            .into_iter()
            .flatten()
    });
    let known = actors::by_ids(db, involved).await?;
    let one = |id: Option<ActorId>| id.and_then(|id| known.get(&id).cloned());
    Ok(Page {
        next: rows.next,
        previous: None,
        items: rows
            .items
            .into_iter()
            .filter_map(|ban| {
                Some(Shown {
                    actor: one(Some(ban.actor_id))?,
                    moderator: one(ban.moderator_id),
                    category: one(ban.category_id),
                    ban,
                })
            })
            .collect(),
    })
}

/// Forgets bans that have lapsed. Returns how many.
pub async fn forget_lapsed(tx: &Tx) -> Result<u64> {
    let lapsed = ban::Entity::find()
        .filter(ban::Column::ExpiresAt.lte(tx.now()))
        .all(tx.c())
        .await?;
    let ids: Vec<BanId> = lapsed.iter().map(|ban| ban.id).collect();
    let people: Vec<ActorId> = lapsed.iter().map(|ban| ban.actor_id).collect();
    ban::Entity::delete_many()
        .filter(ban::Column::Id.is_in(ids))
        .exec(tx.c())
        .await?;
    unmark(tx, &people).await?;
    Ok(lapsed.len() as u64)
}

/// Notes that there are no bans of these people any more, if it is so.
async fn unmark(tx: &Tx, people: &[ActorId]) -> Result<()> {
    for who in people {
        let left = ban::Entity::find()
            .filter(ban::Column::ActorId.eq(*who))
            .one(tx.c())
            .await?;
        if left.is_none() {
            let mut row = actors::by_id(tx.c(), *who).await?.into_active_model();
            row.banned_at = Set(None);
            row.update(tx.c()).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
