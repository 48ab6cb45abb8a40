//! The second factor of people: set up, renewed, turned off, reset, and who has to have one.
//!
//! Nothing is asked at sign-in until a code has confirmed the key. A code counts once: the step of the last one is
//! compared and set in the database, so that two processes agree. Recovery codes are stored as digests and deleted by
//! their use. What a session may not do until there is a second factor is in [`Withheld`]; the sign-in itself is in
//! [`sign_in`].

pub mod codes;
pub mod sign_in;

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait,
    QueryFilter,
};

use crate::config::{SecondFactor as Demand, Staff};
use crate::db::entity::{category_moderator, person, recovery_code, second_factor};
use crate::id::ActorId;
use crate::kinds::{PersonState, Role};
use crate::mail::{self, About};
use crate::moderation::{self, Target};
use crate::people::{self, Account};
use crate::tokens::digest;
use crate::viewer::{PersonViewer, Withheld};
use crate::{
    Actor, Config, Denied, Error, Kind, Person, Read, Result, Timestamp, Tx, Viewer, actors,
    policy, sessions,
};

/// How long a key that was shown waits for its first code, in seconds.
const SETUP_SECONDS: i64 = 30 * 60;

/// How the second factor of somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Since when it is asked for; none if it isn't.
    pub since: Option<Timestamp>,
    /// Recovery codes that are left.
    pub codes_left: u32,
}

/// A key that waits for its first code.
#[derive(Clone)]
pub struct Setup {
    /// The key, base 32.
    pub key: String,
    /// Its `otpauth:` address.
    pub address: String,
    /// True if a second factor is in force, whose key this one replaces.
    pub replaces: bool,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Setup(…)")
    }
}

async fn row(db: &impl Read, person: ActorId) -> Result<Option<second_factor::Model>> {
    Ok(second_factor::Entity::find_by_id(person).one(db).await?)
}

/// Whether a second factor is asked for when this person signs in.
pub async fn is_on(db: &impl Read, person: ActorId) -> Result<bool> {
    Ok(row(db, person)
        .await?
        .is_some_and(|row| row.confirmed_at.is_some()))
}

/// Which of these people have a second factor.
pub async fn having(
    db: &impl Read,
    people: impl IntoIterator<Item = ActorId>,
) -> Result<HashSet<ActorId>> {
    Ok(second_factor::Entity::find()
        .filter(second_factor::Column::PersonId.is_in(people))
        .filter(second_factor::Column::ConfirmedAt.is_not_null())
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.person_id)
        .collect())
}

/// Active people who moderate or administer, a category or the node, without a second factor.
pub async fn staff_without(db: &impl Read) -> Result<Vec<Actor>> {
    let of_categories = Query::select()
        .column(category_moderator::Column::ActorId)
        .from(category_moderator::Entity)
        .to_owned();
    let with = Query::select()
        .column(second_factor::Column::PersonId)
        .from(second_factor::Entity)
        .cond_where(second_factor::Column::ConfirmedAt.is_not_null())
        .to_owned();
    let people = person::Entity::find()
        .filter(person::Column::State.eq(PersonState::Active))
        .filter(
            Condition::any()
                .add(person::Column::Role.ne(Role::Member))
                .add(person::Column::ActorId.in_subquery(of_categories)),
        )
        .filter(person::Column::ActorId.not_in_subquery(with))
        .all(db)
        .await?;
    let mut found: Vec<Actor> = actors::by_ids(db, people.iter().map(|person| person.actor_id))
        .await?
        .into_values()
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Whether the settings ask a second factor of this person.
pub fn demanded(config: &Config, person: &PersonViewer) -> bool {
    let staff = if person.person.role != Role::Member || !person.moderates.is_empty() {
        Staff::Yes
    } else {
        Staff::No
    };
    config.demands_second_factor(staff)
}

/// What a session of this person may not do for want of a second factor.
pub(crate) async fn withheld(
    db: &impl Read,
    config: &Config,
    person: &PersonViewer,
) -> Result<Withheld> {
    if !demanded(config, person) || is_on(db, person.actor.id).await? {
        return Ok(Withheld::Nothing);
    }
    Ok(match config.sign_in.second_factor {
        Demand::All => Withheld::Everything,
        Demand::Offered | Demand::Staff => Withheld::Staff,
    })
}

/// How the viewer's own stands.
pub async fn standing(db: &impl Read, viewer: &Viewer) -> Result<Standing> {
    let me = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let left = recovery_code::Entity::find()
        .filter(recovery_code::Column::PersonId.eq(me))
        .count(db)
        .await?;
    Ok(Standing {
        since: row(db, me).await?.and_then(|row| row.confirmed_at),
        codes_left: u32::try_from(left).unwrap_or(u32::MAX),
    })
}

/// Makes a key for the viewer, whose password was checked with [`people::confirm_identity`]. Nothing changes at sign-in
/// before [`confirm`].
pub async fn begin(tx: &Tx, viewer: &Viewer) -> Result<()> {
    let me = policy::is_active(viewer)?;
    let (key, now) = (codes::fresh_key(), tx.now());
    let changed = second_factor::Entity::update_many()
        .col_expr(
            second_factor::Column::NextSecret,
            Expr::value(Some(key.clone())),
        )
        .col_expr(second_factor::Column::NextAt, Expr::value(Some(now)))
        .filter(second_factor::Column::PersonId.eq(me))
        .exec(tx.c())
        .await?;
    if changed.rows_affected == 0 {
        second_factor::ActiveModel {
            person_id: Set(me),
            secret: Set(None),
            confirmed_at: Set(None),
            last_step: Set(0),
            next_secret: Set(Some(key)),
            next_at: Set(Some(now)),
        }
        .insert(tx.c())
        .await?;
    }
    Ok(())
}

/// The key that [`begin`] made and the row that has it; `NotFound` when there is none, or when it is too old.
async fn waiting(
    db: &impl Read,
    now: Timestamp,
    person: ActorId,
) -> Result<(second_factor::Model, String)> {
    let Some(row) = row(db, person).await? else {
        return Err(Error::NotFound(Kind::Token));
    };
    let holds = row
        .next_at
        .is_some_and(|at| at.plus_seconds(SETUP_SECONDS) > now);
    match row.next_secret.clone().filter(|_| holds) {
        Some(key) => Ok((row, key)),
        None => Err(Error::NotFound(Kind::Token)),
    }
}

/// The key that waits for a code of the viewer; `NotFound` when there is none, or when it is too old.
pub async fn setup(
    db: &impl Read,
    config: &Config,
    now: Timestamp,
    viewer: &Viewer,
) -> Result<Setup> {
    let me = &viewer.person().ok_or(Denied::SignIn)?.actor;
    let (row, key) = waiting(db, now, me.id).await?;
    Ok(Setup {
        address: codes::address(&key, &config.node.name, &me.name)?,
        replaces: row.confirmed_at.is_some(),
        key,
    })
}

/// Turns the viewer's second factor on, or its new key, with a first code; returns recovery codes, which are seen this
/// once. Ends the viewer's sessions but the one named by its id: they were opened without it. Errs with `Invalid` on a
/// wrong code and with `NotFound` when no key waits for one.
pub async fn confirm(
    tx: &Tx,
    viewer: &Viewer,
    given: &str,
    keep_session: Option<&str>,
) -> Result<Vec<String>> {
    let me = policy::is_active(viewer)?;
    let (row, key) = waiting(tx.c(), tx.now(), me).await?;
    let Some(step) = codes::matching_step(&key, given, tx.now().seconds(), 0)? else {
        return Err(wrong());
    };
    let changed = second_factor::Entity::update_many()
        .col_expr(
            second_factor::Column::Secret,
            Expr::value(Some(key.clone())),
        )
        .col_expr(
            second_factor::Column::ConfirmedAt,
            Expr::value(Some(tx.now())),
        )
        .col_expr(second_factor::Column::LastStep, Expr::value(step))
        .col_expr(
            second_factor::Column::NextSecret,
            Expr::value(None::<String>),
        )
        .col_expr(
            second_factor::Column::NextAt,
            Expr::value(None::<Timestamp>),
        )
        .filter(second_factor::Column::PersonId.eq(me))
        .filter(second_factor::Column::NextSecret.eq(key))
        .exec(tx.c())
        .await?;
    if changed.rows_affected == 0 {
        return Err(Error::NotFound(Kind::Token));
    }
    let codes = put_codes(tx, me).await?;
    sessions::end_all(tx, me, keep_session).await?;
    let account = people::by_id(tx.c(), me).await?;
    let name = account.actor.name.clone();
    let about = if row.confirmed_at.is_some() {
        About::SecondFactorReplaced { name }
    } else {
        About::SecondFactorOn { name }
    };
    tell(tx, &account.person, about).await?;
    Ok(codes)
}

/// A code or a recovery code that is wrong, or was used.
fn wrong() -> Error {
    Error::field("code", "mismatch")
}

/// Other recovery codes for the viewer, whose password was checked; those before are void.
pub async fn renew_codes(tx: &Tx, viewer: &Viewer) -> Result<Vec<String>> {
    let me = policy::is_active(viewer)?;
    if !is_on(tx.c(), me).await? {
        return Err(Error::NotFound(Kind::Token));
    }
    let codes = put_codes(tx, me).await?;
    let account = people::by_id(tx.c(), me).await?;
    let name = account.actor.name.clone();
    tell(tx, &account.person, About::RecoveryCodesRenewed { name }).await?;
    Ok(codes)
}

async fn put_codes(tx: &Tx, person: ActorId) -> Result<Vec<String>> {
    forget_codes(tx, person).await?;
    let codes = codes::fresh_recovery_codes();
    let rows = codes.iter().map(|code| recovery_code::ActiveModel {
        person_id: Set(person),
        hash: Set(digest(&codes::plain_recovery_code(code))),
    });
    recovery_code::Entity::insert_many(rows)
        .exec_without_returning(tx.c())
        .await?;
    Ok(codes)
}

async fn forget_codes(tx: &Tx, person: ActorId) -> Result<()> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::PersonId.eq(person))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Turns the viewer's second factor off; the password was checked. `Denied` when the settings ask for one.
pub async fn turn_off(tx: &Tx, viewer: &Viewer) -> Result<()> {
    let me = policy::is_active(viewer)?;
    if viewer
        .person()
        .is_some_and(|person| demanded(tx.config(), person))
    {
        return Err(Denied::SecondFactor.into());
    }
    if !is_on(tx.c(), me).await? {
        return Err(Error::NotFound(Kind::Token));
    }
    forget(tx, me).await?;
    let account = people::by_id(tx.c(), me).await?;
    let name = account.actor.name.clone();
    tell(tx, &account.person, About::SecondFactorOff { name }).await
}

/// Takes the second factor of somebody away who has lost it and their recovery codes: administrators, of others than
/// themselves. Ends their sessions; goes to the log with the reason.
pub async fn reset(tx: &Tx, viewer: &Viewer, person: ActorId, reason: &str) -> Result<Account> {
    policy::people::can_reset_second_factor(viewer, person)?;
    let account = people::by_id(tx.c(), person).await?;
    if account.person.state == PersonState::Deleted {
        return Err(Error::Gone(Kind::Person));
    }
    if !is_on(tx.c(), person).await? {
        return Err(Error::Conflict("the account has no second factor"));
    }
    let reason = reason.trim();
    forget(tx, person).await?;
    sessions::end_all(tx, person, None).await?;
    let target = Target::Actor(&account.actor);
    moderation::log(tx, viewer, "reset-second-factor", target, reason).await?;
    let about = About::SecondFactorReset {
        name: account.actor.name.clone(),
        reason: reason.to_owned(),
    };
    tell(tx, &account.person, about).await?;
    Ok(account)
}

/// Deletes what is kept of somebody's second factor.
pub(crate) async fn forget(tx: &Tx, person: ActorId) -> Result<()> {
    second_factor::Entity::delete_by_id(person)
        .exec(tx.c())
        .await?;
    forget_codes(tx, person).await?;
    sign_in::forgive(tx, person).await
}

async fn tell(tx: &Tx, person: &Person, about: About) -> Result<()> {
    if person.state != PersonState::Active {
        return Ok(());
    }
    let mark: u64 = rand::random();
    let cause = format!("second-factor:{}:{mark:x}", person.actor_id);
    mail::enqueue(tx, person, about, &cause).await
}

/// Forgets sign-ins that are over, and keys that no code has confirmed.
pub async fn purge(tx: &Tx) -> Result<()> {
    sign_in::purge(tx).await?;
    let over = tx.now().plus_seconds(-SETUP_SECONDS);
    second_factor::Entity::delete_many()
        .filter(second_factor::Column::ConfirmedAt.is_null())
        .filter(second_factor::Column::NextAt.lte(over))
        .exec(tx.c())
        .await?;
    second_factor::Entity::update_many()
        .col_expr(
            second_factor::Column::NextSecret,
            Expr::value(None::<String>),
        )
        .col_expr(
            second_factor::Column::NextAt,
            Expr::value(None::<Timestamp>),
        )
        .filter(second_factor::Column::NextAt.lte(over))
        .exec(tx.c())
        .await?;
    Ok(())
}
