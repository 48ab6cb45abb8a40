//! Evidence of the end of accounts: which servers were told, and what became of it.
//!
//! One row a server, written when the account ends; what became of it is read from the deliveries. Kept for a year.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};

use crate::db::entity::{delivery_failure, destination, farewell};
use crate::db::queue::outbox::{Fate, HostFate, Settled};
use crate::id::{ActorId, Seq};
use crate::{Read, Result, Tx, Viewer, policy};

/// Days during which it is kept.
const KEPT_DAYS: i64 = 366;

/// Notes whom the end of an account is told: one inbox a server.
pub async fn note(tx: &Tx, actor: ActorId, seq: Seq, told: &[destination::Model]) -> Result<()> {
    for destination in told {
        let row = farewell::ActiveModel {
            actor_id: Set(actor),
            host: Set(destination.host.clone()),
            destination_id: Set(destination.id),
            seq: Set(seq),
            told_at: Set(tx.now()),
        };
        row.insert(tx.c()).await?;
    }
    Ok(())
}

/// What became of the end of an account at each server, by name. The person who administers.
pub async fn of(db: &impl Read, viewer: &Viewer, actor: ActorId) -> Result<Vec<HostFate>> {
    policy::people::can_administer(viewer)?;
    let rows = farewell::Entity::find()
        .filter(farewell::Column::ActorId.eq(actor))
        .order_by_asc(farewell::Column::Host)
        .all(db)
        .await?;
    let ids: Vec<_> = rows.iter().map(|row| row.destination_id).collect();
    let destinations = destination::Entity::find()
        .filter(destination::Column::Id.is_in(ids.clone()))
        .all(db)
        .await?;
    let seqs: Vec<Seq> = rows.iter().map(|row| row.seq).collect();
    let failures = delivery_failure::Entity::find()
        .filter(delivery_failure::Column::DestinationId.is_in(ids))
        .filter(delivery_failure::Column::Seq.is_in(seqs))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let failure = failures
                .iter()
                .find(|f| f.destination_id == row.destination_id && f.seq == row.seq);
            let destination = destinations.iter().find(|d| d.id == row.destination_id);
            let settled = destination.is_some_and(|d| {
                d.cursor >= row.seq || Settled::read(&d.settled).done.contains(&row.seq.0)
            });
            let (fate, error) = match (failure, settled) {
                (Some(failure), _) => (Fate::Refused, Some(failure.error.clone())),
                (None, true) => (Fate::Delivered, None),
                (None, false) => (Fate::Waiting, destination.and_then(|d| d.error.clone())),
            };
            HostFate {
                host: row.host,
                fate,
                error,
            }
        })
        .collect())
}

/// Forgets what is older than a year. Returns how many.
pub async fn purge(tx: &Tx) -> Result<u64> {
    let gone = farewell::Entity::delete_many()
        .filter(farewell::Column::ToldAt.lt(tx.now().plus_days(-KEPT_DAYS)))
        .exec(tx.c())
        .await?;
    Ok(gone.rows_affected)
}
