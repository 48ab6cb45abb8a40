//! Indexes by which a long inbox journal is read as quickly as a short one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// What is done is not looked at again when the order under a key is checked.
const INDEXES: &str =
    "DROP INDEX inbox_order; CREATE INDEX inbox_order ON inbox (ordering_key, state, id);";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(INDEXES).await?;
        Ok(())
    }
}
