//! Closed categories: who may read them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in [
            "ALTER TABLE categories ADD COLUMN readers TEXT",
            // Few are closed: every list asks which, and this answers at once.
            "CREATE INDEX idx_categories_closed ON categories (actor_id) WHERE readers IS NOT NULL",
            "CREATE TABLE category_partners (category_id BIGINT NOT NULL REFERENCES categories (actor_id), \
             host TEXT NOT NULL, PRIMARY KEY (category_id, host))",
        ] {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        Ok(())
    }
}
