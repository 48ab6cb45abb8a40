//! Links between categories that ended: what was carried until then stays in the lists. When a decision about another server
//! was made, and whether visitors are told of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const STATEMENTS: [&str; 3] = [
    "CREATE TABLE former_links (
        category_id BIGINT NOT NULL,
        other_id BIGINT NOT NULL,
        ended_at BIGINT NOT NULL,
        PRIMARY KEY (category_id, other_id)
    )",
    "ALTER TABLE instances ADD COLUMN decided_at BIGINT",
    "ALTER TABLE instances ADD COLUMN private BOOLEAN NOT NULL DEFAULT FALSE",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        Ok(())
    }
}
