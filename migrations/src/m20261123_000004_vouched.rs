//! Accounts that the operator made: the limits of new members are not for them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Accounts that were there before the limits stay without them.
const SCHEMA: &str = "ALTER TABLE people ADD COLUMN vouched BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE people SET vouched = TRUE;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(SCHEMA).await?;
        Ok(())
    }
}
