//! People banned from categories or servers, and topics that went into another one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const SCHEMA: &str = "CREATE TABLE bans (
    id {id},
    actor_id BIGINT NOT NULL,
    scope TEXT NOT NULL,
    category_id BIGINT,
    moderator_id BIGINT,
    reason TEXT NOT NULL,
    removes BOOLEAN NOT NULL,
    uri TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE UNIQUE INDEX bans_actor_scope ON bans (actor_id, scope);
CREATE INDEX bans_uri ON bans (uri);
ALTER TABLE actors ADD COLUMN banned_at BIGINT;
ALTER TABLE topics ADD COLUMN merged_into_id BIGINT;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => "INTEGER PRIMARY KEY NOT NULL",
            _ => "BIGINT PRIMARY KEY",
        };
        let schema = SCHEMA.replace("{id}", id);
        manager.get_connection().execute_unprepared(&schema).await?;
        Ok(())
    }
}
