//! What is read of the past of categories elsewhere: how far each one is, and the conversations that are to be completed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const SCHEMA: &str = "CREATE TABLE backfills (
    category_id {id},
    host TEXT NOT NULL,
    stage TEXT NOT NULL,
    next_page TEXT,
    pages BIGINT NOT NULL,
    total BIGINT,
    posts BIGINT NOT NULL,
    failures INTEGER NOT NULL,
    error TEXT,
    due_at BIGINT,
    not_before BIGINT,
    started_at BIGINT,
    finished_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT
);
CREATE INDEX backfills_host ON backfills (host);
CREATE TABLE backfill_items (
    category_id BIGINT NOT NULL,
    uri TEXT NOT NULL,
    conversation TEXT,
    position BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (category_id, uri)
);
CREATE INDEX backfill_items_due ON backfill_items (category_id, state, position);";

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
