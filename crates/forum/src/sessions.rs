//! Browsers that are signed in.
//!
//! The cookie holds 256 random bits; the database holds their SHA-256. A session ends 14 days after the last use (12
//! hours for moderators and administrators) and 90 days after the sign-in in any case. Every sign-in makes a new one;
//! a change of password or role and a suspension end them (R-21, S-088).

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};
use subtle::ConstantTimeEq as _;

use crate::db::entity::session;
use crate::id::ActorId;
use crate::kinds::{PersonState, Role};
use crate::people::Identified;
use crate::tokens::{HOUR_MS, digest, fresh_secret, rounded};
use crate::{
    Denied, Error, Forum, Kind, Read, Result, Timestamp, Tx, Viewer, actors, second_factors,
};

pub use crate::db::entity::session::Model as Session;

const DAY_MS: i64 = 24 * HOUR_MS;
const MAX_USER_AGENT: usize = 200;

/// A session that just began.
#[derive(Clone)]
pub struct NewSession {
    /// Value of the cookie; not stored.
    pub cookie: String,
    /// Token of its forms.
    pub csrf: String,
    /// Latest end, for the cookie.
    pub ends_at: Timestamp,
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewSession(…)")
    }
}

/// Whoever is behind a cookie.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The person.
    pub viewer: Viewer,
    /// The session.
    pub session: Session,
}

impl SignedIn {
    /// True when `token` is the one of this session's forms.
    pub fn csrf_matches(&self, token: &str) -> bool {
        self.session.csrf.as_bytes().ct_eq(token.as_bytes()).into()
    }
}

fn idle_ms(role: Role) -> i64 {
    match role {
        Role::Member => 14 * DAY_MS,
        Role::Moderator | Role::Admin => 12 * HOUR_MS,
    }
}

fn last_end(created: Timestamp) -> Timestamp {
    created.plus_days(90)
}

/// Begins a session of a person who showed who they are, with all that signing in takes: only that makes an
/// [`Identified`]. Active accounts only.
pub async fn create(tx: &Tx, who: &Identified, user_agent: &str) -> Result<NewSession> {
    let person = &who.account().person;
    if who.by_password_alone() && second_factors::is_on(tx.c(), person.actor_id).await? {
        return Err(Error::Conflict("a second factor was set up meanwhile"));
    }
    match person.state {
        PersonState::Active => {}
        PersonState::Unconfirmed | PersonState::Pending => return Err(Denied::Inactive.into()),
        PersonState::Suspended => return Err(Denied::Suspended.into()),
        PersonState::Deleted => return Err(Error::NotFound(Kind::Person)),
    }
    let now = tx.now();
    let (cookie, csrf) = (fresh_secret(), fresh_secret());
    session::ActiveModel {
        id: Set(digest(&cookie)),
        person_id: Set(person.actor_id),
        csrf: Set(csrf.clone()),
        user_agent: Set(user_agent
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_USER_AGENT)
            .collect()),
        created_at: Set(now),
        seen_at: Set(now),
        expires_at: Set(now.plus_ms(idle_ms(person.role)).min(last_end(now))),
    }
    .insert(tx.c())
    .await?;
    crate::people::seen(tx, person.actor_id).await?;
    Ok(NewSession {
        cookie,
        csrf,
        ends_at: last_end(now),
    })
}

/// The person behind a cookie; none when there is no such session, when it is over, or when the account is not active.
/// Writes at most once an hour, to move the end.
pub async fn find(forum: &Forum, cookie: &str) -> Result<Option<SignedIn>> {
    let now = forum.now();
    let Some(mut row) = session::Entity::find_by_id(digest(cookie))
        .filter(session::Column::ExpiresAt.gt(now))
        .one(forum.db())
        .await?
    else {
        return Ok(None);
    };
    let actor = actors::by_id(forum.db(), row.person_id).await?;
    let mut viewer = Viewer::load(forum.db(), actor).await?;
    if let Viewer::Person(person) = &mut viewer {
        person.withheld = second_factors::withheld(forum.db(), forum.config(), person).await?;
    }
    let Some(person) = viewer
        .person()
        .filter(|p| p.person.state == PersonState::Active)
    else {
        return Ok(None);
    };
    if now.0 - row.seen_at.0 >= HOUR_MS {
        let mut seen = row.clone();
        seen.seen_at = rounded(now);
        seen.expires_at = now
            .plus_ms(idle_ms(person.person.role))
            .min(last_end(row.created_at));
        match move_end(forum, &seen).await {
            Ok(()) => row = seen,
            // Who only reads can go on while nothing can be written.
            Err(error) if error.is_unavailable() => {
                tracing::warn!(%error, "cannot move the end of a session: {error}");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Some(SignedIn {
        viewer,
        session: row,
    }))
}

async fn move_end(forum: &Forum, row: &Session) -> Result<()> {
    let tx = forum.begin().await?;
    session::Entity::update_many()
        .col_expr(session::Column::SeenAt, Expr::value(row.seen_at))
        .col_expr(session::Column::ExpiresAt, Expr::value(row.expires_at))
        .filter(session::Column::Id.eq(row.id.as_str()))
        .exec(tx.c())
        .await?;
    crate::people::seen(&tx, row.person_id).await?;
    tx.commit().await
}

/// Ends the session of a cookie, if there is one.
pub async fn end(tx: &Tx, cookie: &str) -> Result<()> {
    session::Entity::delete_by_id(digest(cookie))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Ends one of the viewer's own sessions by its id.
pub async fn end_by_id(tx: &Tx, viewer: &Viewer, id: &str) -> Result<()> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let deleted = session::Entity::delete_many()
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::PersonId.eq(person))
        .exec(tx.c())
        .await?;
    if deleted.rows_affected == 0 {
        return Err(Error::NotFound(Kind::Token));
    }
    Ok(())
}

/// Ends all sessions of a person, save the one whose id is `keep`, and the sign-ins that wait for a code.
pub async fn end_all(tx: &Tx, person: ActorId, keep: Option<&str>) -> Result<u64> {
    second_factors::sign_in::end_all(tx, person).await?;
    let mut delete = session::Entity::delete_many().filter(session::Column::PersonId.eq(person));
    if let Some(keep) = keep {
        delete = delete.filter(session::Column::Id.ne(keep));
    }
    Ok(delete.exec(tx.c()).await?.rows_affected)
}

/// The viewer's sessions, last used first.
pub async fn list(db: &impl Read, viewer: &Viewer, now: Timestamp) -> Result<Vec<Session>> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    Ok(session::Entity::find()
        .filter(session::Column::PersonId.eq(person))
        .filter(session::Column::ExpiresAt.gt(now))
        .order_by_desc(session::Column::SeenAt)
        .all(db)
        .await?)
}

/// Forgets sessions that are over.
pub async fn purge(tx: &Tx) -> Result<u64> {
    let deleted = session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lte(tx.now()))
        .exec(tx.c())
        .await?;
    Ok(deleted.rows_affected)
}
