//! Durable queues: the inbox journal, the outbox log with its cursors, and jobs.
//!
//! Leases expire and updates are fenced by their owner, so that a worker that dies loses nothing and a worker that
//! comes back late spoils nothing.

pub mod figures;
pub mod inbox;
pub mod jobs;
pub mod outbox;
pub mod set_aside;

use sea_orm::{ConnectionTrait, DbErr};

use crate::Tx;

/// Takes every lease back. Only for somebody who knows that no worker runs: what a killed one had in hand is then taken
/// up at once, instead of when its leases end.
pub async fn forget_leases(tx: &Tx) -> Result<(), DbErr> {
    for table in ["inbox", "destinations", "jobs", "backfills"] {
        tx.execute_unprepared(&format!(
            "UPDATE {table} SET lease_owner = NULL, lease_until = NULL WHERE lease_owner IS NOT NULL"
        ))
        .await?;
    }
    Ok(())
}
