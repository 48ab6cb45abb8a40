//! Second factors of sign-in: keys, recovery codes, and who gave the password and has yet to give a code.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const SCHEMA: &str = "CREATE TABLE second_factors (
    person_id {id},
    secret TEXT,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL,
    next_secret TEXT,
    next_at BIGINT
);
CREATE TABLE recovery_codes (
    person_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (person_id, hash)
);
CREATE TABLE sign_ins (
    hash TEXT PRIMARY KEY NOT NULL,
    person_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_ins_person ON sign_ins (person_id);
CREATE INDEX sign_ins_expires ON sign_ins (expires_at);";

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
