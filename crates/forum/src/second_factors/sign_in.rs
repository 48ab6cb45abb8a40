//! The second step of signing in: the password was right, a code is missing. There is no session before it.
//!
//! What waits is a row, bound to the browser by a cookie, for ten minutes and one use. Tries are counted for the account
//! from everywhere, because only who knows the password gets here; a new password forgives them.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{codes, tell, wrong};
use crate::db::entity::{recovery_code, second_factor, sign_in};
use crate::id::ActorId;
use crate::kinds::PersonState;
use crate::mail::About;
use crate::people::{self, Account, AwaitsCode, Identified};
use crate::tokens::{digest, fresh_secret};
use crate::{Error, Forum, Kind, Read, Result, Timestamp, Tx, throttles};

/// How long a sign-in waits for its code, in seconds.
pub const WAIT_SECONDS: i64 = 10 * 60;

/// What tries are counted under.
fn throttle(person: ActorId) -> String {
    format!("second-factor:{person}")
}

/// What somebody gives in the second step.
#[derive(Clone, Copy)]
pub enum Given<'a> {
    /// The code that the application shows.
    Code(&'a str),
    /// A recovery code.
    Recovery(&'a str),
}

/// A sign-in whose try at the second step is counted.
#[derive(Debug)]
pub struct Tried {
    account: Account,
    hash: String,
}

/// Lets a sign-in wait for its code; returns the value of the cookie, which is not stored.
pub async fn begin(tx: &Tx, awaits: &AwaitsCode) -> Result<String> {
    let cookie = fresh_secret();
    sign_in::ActiveModel {
        hash: Set(digest(&cookie)),
        person_id: Set(awaits.account().actor.id),
        expires_at: Set(tx.now().plus_seconds(WAIT_SECONDS)),
    }
    .insert(tx.c())
    .await?;
    Ok(cookie)
}

/// Whose sign-in waits behind a cookie; `NotFound` when none does, or not any more.
pub async fn waiting(db: &impl Read, now: Timestamp, cookie: &str) -> Result<Account> {
    let row = sign_in::Entity::find_by_id(digest(cookie))
        .filter(sign_in::Column::ExpiresAt.gt(now))
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Token))?;
    people::by_id(db, row.person_id)
        .await
        .ok()
        .filter(|account| account.person.state == PersonState::Active)
        .ok_or(Error::NotFound(Kind::Token))
}

/// Counts a try at the second step in advance, in a transaction of its own. `NotFound` when no sign-in waits behind the
/// cookie, `TooMany` after failures.
pub async fn try_once(forum: &Forum, cookie: &str) -> Result<Tried> {
    let account = waiting(forum.db(), forum.now(), cookie).await?;
    let tx = forum.begin().await?;
    throttles::try_once(&tx, &throttle(account.actor.id)).await?;
    tx.commit().await?;
    Ok(Tried {
        account,
        hash: digest(cookie),
    })
}

/// Ends the second step: uses up the code and what waits. `Invalid` on a wrong or used code, `NotFound` when somebody
/// was first.
pub async fn finish(tx: &Tx, tried: Tried, given: Given<'_>) -> Result<Identified> {
    let Tried { account, hash } = tried;
    let person = account.actor.id;
    let taken = match given {
        Given::Code(code) => use_code(tx, person, code).await?,
        Given::Recovery(code) => use_recovery_code(tx, person, code).await?,
    };
    if !taken {
        return Err(wrong());
    }
    let deleted = sign_in::Entity::delete_by_id(hash)
        .filter(sign_in::Column::ExpiresAt.gt(tx.now()))
        .exec(tx.c())
        .await?;
    if deleted.rows_affected == 0 {
        return Err(Error::NotFound(Kind::Token));
    }
    throttles::forgive(tx, &throttle(person)).await?;
    if matches!(given, Given::Recovery(_)) {
        let left = sea_orm::PaginatorTrait::count(
            recovery_code::Entity::find().filter(recovery_code::Column::PersonId.eq(person)),
            tx.c(),
        )
        .await?;
        let about = About::RecoveryCodeUsed {
            name: account.actor.name.clone(),
            left,
        };
        tell(tx, &account.person, about).await?;
    }
    Ok(Identified::by_code(account))
}

/// Takes a code once: the step is compared and set in one statement.
async fn use_code(tx: &Tx, person: ActorId, given: &str) -> Result<bool> {
    let Some(row) = super::row(tx.c(), person).await? else {
        return Ok(false);
    };
    let Some(key) = row.secret.filter(|_| row.confirmed_at.is_some()) else {
        return Ok(false);
    };
    let now = tx.now().seconds();
    let Some(step) = codes::matching_step(&key, given, now, row.last_step)? else {
        return Ok(false);
    };
    let changed = second_factor::Entity::update_many()
        .col_expr(second_factor::Column::LastStep, Expr::value(step))
        .filter(second_factor::Column::PersonId.eq(person))
        .filter(second_factor::Column::Secret.eq(key))
        .filter(second_factor::Column::LastStep.lt(step))
        .exec(tx.c())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Takes a recovery code once: it is deleted.
async fn use_recovery_code(tx: &Tx, person: ActorId, given: &str) -> Result<bool> {
    let hash = digest(&codes::plain_recovery_code(given));
    let deleted = recovery_code::Entity::delete_by_id((person, hash))
        .exec(tx.c())
        .await?;
    Ok(deleted.rows_affected == 1)
}

/// Forgets the sign-ins of somebody that wait: the password or the role is another.
pub(crate) async fn end_all(tx: &Tx, person: ActorId) -> Result<()> {
    sign_in::Entity::delete_many()
        .filter(sign_in::Column::PersonId.eq(person))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Forgets the tries that were counted.
pub(crate) async fn forgive(tx: &Tx, person: ActorId) -> Result<()> {
    throttles::forgive(tx, &throttle(person)).await
}

pub(super) async fn purge(tx: &Tx) -> Result<()> {
    sign_in::Entity::delete_many()
        .filter(sign_in::Column::ExpiresAt.lte(tx.now()))
        .exec(tx.c())
        .await?;
    Ok(())
}
