//! Evidence of deliveries: which servers are paused, and what was decided about deliveries that were set aside.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const STEPS: [&str; 4] = [
    "ALTER TABLE instances ADD COLUMN paused_at BIGINT",
    "ALTER TABLE delivery_failures ADD COLUMN decision TEXT",
    "ALTER TABLE delivery_failures ADD COLUMN decided_at BIGINT",
    "CREATE INDEX delivery_failures_open ON delivery_failures (created_at, seq, destination_id) WHERE decision IS NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for step in STEPS {
            connection.execute_unprepared(step).await?;
        }
        Ok(())
    }
}
