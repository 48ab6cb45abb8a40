//! Drafts: what somebody began to write and did not publish yet.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const SCHEMA: &str = "CREATE TABLE drafts (
    id {id},
    person_id BIGINT NOT NULL,
    category_id BIGINT,
    topic_id BIGINT,
    post_id BIGINT,
    reply_to_id BIGINT,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    tags TEXT NOT NULL,
    language TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX drafts_person ON drafts (person_id, updated_at);
CREATE INDEX drafts_updated ON drafts (updated_at);";

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
