//! Counters that hold in every process: sign-in, sign-up, mail. Keys are stored as digests: no address, no IP.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use sha2::{Digest, Sha256};

use crate::db::entity::throttle;
use crate::{Error, Read, Result, Timestamp, Tx};

fn digest(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

fn retry_after(now: Timestamp, until: Timestamp) -> Error {
    let seconds = (until.0 - now.0).div_euclid(1000) + 1;
    Error::TooMany {
        retry_after: u64::try_from(seconds).unwrap_or(1),
    }
}

/// Counts one for `key` and errs with `TooMany` beyond `limit` in a window of `window` seconds, which begins with the
/// first one. An attempt that must count although it fails needs a transaction of its own.
pub async fn hit(tx: &Tx, key: &str, limit: i32, window: i64) -> Result<()> {
    let key = digest(key);
    let now = tx.now();
    throttle::Entity::insert(throttle::ActiveModel {
        key: Set(key.clone()),
        count: Set(0),
        until: Set(now.plus_seconds(window)),
    })
    .on_conflict_do_nothing()
    .exec_without_returning(tx.c())
    .await?;
    throttle::Entity::update_many()
        .col_expr(throttle::Column::Count, Expr::value(0))
        .col_expr(
            throttle::Column::Until,
            Expr::value(now.plus_seconds(window)),
        )
        .filter(throttle::Column::Key.eq(key.as_str()))
        .filter(throttle::Column::Until.lte(now))
        .exec(tx.c())
        .await?;
    throttle::Entity::update_many()
        .col_expr(
            throttle::Column::Count,
            Expr::col(throttle::Column::Count).add(1),
        )
        .filter(throttle::Column::Key.eq(key.as_str()))
        .exec(tx.c())
        .await?;
    match throttle::Entity::find_by_id(key).one(tx.c()).await? {
        Some(row) if row.count > limit => Err(retry_after(now, row.until)),
        _ => Ok(()),
    }
}

/// How long failures are remembered, and the longest delay, in seconds.
const FAILURE_WINDOW: i64 = 15 * 60;

/// Seconds to wait after `failures` in a row: nothing for the first three, then 1, 2, 4… and from the tenth on a
/// quarter of an hour; never more.
fn delay_seconds(failures: i32) -> i64 {
    match failures {
        ..=3 => 0,
        4..=9 => 1 << (failures - 4),
        _ => FAILURE_WINDOW,
    }
}

/// Errs with `TooMany` while the delay after earlier failures lasts, else counts a failure in advance: [`forgive`]
/// takes it back. Two guesses at the same time are thus counted both.
pub(crate) async fn try_once(tx: &Tx, key: &str) -> Result<()> {
    let key = digest(key);
    let now = tx.now();
    throttle::Entity::insert(throttle::ActiveModel {
        key: Set(key.clone()),
        count: Set(0),
        until: Set(now.plus_seconds(FAILURE_WINDOW)),
    })
    .on_conflict_do_nothing()
    .exec_without_returning(tx.c())
    .await?;
    let failures = match throttle::Entity::find_by_id(key.clone())
        .lock_exclusive()
        .one(tx.c())
        .await?
    {
        Some(row) if row.until > now => {
            let last = row.until.plus_seconds(-FAILURE_WINDOW);
            let free = last.plus_seconds(delay_seconds(row.count));
            if row.count > 3 && free > now {
                return Err(retry_after(now, free));
            }
            row.count
        }
        _ => 0,
    };
    throttle::Entity::update_many()
        .col_expr(
            throttle::Column::Count,
            Expr::value(failures.saturating_add(1)),
        )
        .col_expr(
            throttle::Column::Until,
            Expr::value(now.plus_seconds(FAILURE_WINDOW)),
        )
        .filter(throttle::Column::Key.eq(key))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Forgets what was counted for `key`.
pub async fn forgive(tx: &Tx, key: &str) -> Result<()> {
    throttle::Entity::delete_by_id(digest(key))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// How much is counted for `key` at present.
pub async fn count(db: &impl Read, now: Timestamp, key: &str) -> Result<i32> {
    Ok(throttle::Entity::find_by_id(digest(key))
        .one(db)
        .await?
        .filter(|row| row.until > now)
        .map_or(0, |row| row.count))
}

/// Forgets counters whose window is over.
pub async fn purge(tx: &Tx) -> Result<u64> {
    let deleted = throttle::Entity::delete_many()
        .filter(throttle::Column::Until.lte(tx.now()))
        .exec(tx.c())
        .await?;
    Ok(deleted.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::delay_seconds;

    #[test]
    fn the_delay_grows_to_a_quarter_of_an_hour_and_no_further() {
        let delays: Vec<i64> = [1, 3, 4, 5, 9, 10, 1000].map(delay_seconds).to_vec();
        assert_eq!(delays, [0, 0, 1, 2, 32, 900, 900]);
    }
}
