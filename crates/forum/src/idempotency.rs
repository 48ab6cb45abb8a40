//! Answers kept for a day for a request that is sent again with the same `Idempotency-Key`.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use crate::db::entity::idempotency;
use crate::id::ActorId;
use crate::{Error, Read, Result, Timestamp, Tx};

/// Longest key.
pub const MAX_KEY: usize = 255;
const KEPT_SECONDS: i64 = 24 * 3_600;

/// The answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: String,
}

/// What identifies a request: its method, path and body.
pub fn request_hash(method: &str, path: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), body] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// Errs unless the key may be one: 1 to [`MAX_KEY`] printable ASCII characters.
pub fn check_key(key: &str) -> Result<()> {
    let printable = key.bytes().all(|b| (0x20..=0x7e).contains(&b));
    if key.is_empty() || key.len() > MAX_KEY || !printable {
        return Err(Error::field("Idempotency-Key", "format"));
    }
    Ok(())
}

/// The answer given to this request within the last day. `Conflict` when the key was used for another request.
pub async fn find(
    db: &impl Read,
    now: Timestamp,
    person: ActorId,
    key: &str,
    request_hash: &str,
) -> Result<Option<Stored>> {
    let row = idempotency::Entity::find_by_id((person, key.to_owned()))
        .filter(idempotency::Column::CreatedAt.gt(now.plus_seconds(-KEPT_SECONDS)))
        .one(db)
        .await?;
    match row {
        None => Ok(None),
        Some(row) if row.request_hash != request_hash => Err(Error::Conflict(
            "the idempotency key was used for another request",
        )),
        Some(row) => Ok(Some(Stored {
            status: u16::try_from(row.status).unwrap_or(200),
            body: row.body,
        })),
    }
}

/// Keeps the answer, in the transaction of what the request did. `Conflict` when a request with the same key was
/// quicker: then undo the transaction.
pub async fn store(
    tx: &Tx,
    person: ActorId,
    key: &str,
    request_hash: &str,
    answer: &Stored,
) -> Result<()> {
    idempotency::Entity::delete_many()
        .filter(idempotency::Column::PersonId.eq(person))
        .filter(idempotency::Column::Key.eq(key))
        .filter(idempotency::Column::CreatedAt.lte(tx.now().plus_seconds(-KEPT_SECONDS)))
        .exec(tx.c())
        .await?;
    idempotency::ActiveModel {
        person_id: Set(person),
        key: Set(key.to_owned()),
        request_hash: Set(request_hash.to_owned()),
        status: Set(i32::from(answer.status)),
        body: Set(answer.body.clone()),
        created_at: Set(tx.now()),
    }
    .insert(tx.c())
    .await?;
    Ok(())
}

/// Forgets answers older than a day.
pub async fn purge(tx: &Tx) -> Result<u64> {
    let deleted = idempotency::Entity::delete_many()
        .filter(idempotency::Column::CreatedAt.lte(tx.now().plus_seconds(-KEPT_SECONDS)))
        .exec(tx.c())
        .await?;
    Ok(deleted.rows_affected)
}
