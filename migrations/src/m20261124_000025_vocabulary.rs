//! Polls and their votes, reactions, quotes and their authorizations, accepted and official answers, followed tags.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const SCHEMA: &str = "CREATE TABLE polls (
    post_id {id},
    multiple BOOLEAN NOT NULL,
    options TEXT NOT NULL,
    voters INTEGER,
    ends_at BIGINT,
    closed_at BIGINT
);
CREATE TABLE poll_votes (
    post_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    choice INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, actor_id, choice)
);
CREATE TABLE tag_follows (
    person_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, tag)
);
CREATE TABLE quotes (
    post_id {id},
    uri TEXT NOT NULL,
    standing TEXT NOT NULL,
    authorization_uri TEXT
);
CREATE INDEX quotes_authorization ON quotes (authorization_uri);
CREATE TABLE quote_authorizations (
    id {id},
    post_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    quote_uri TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX quote_authorizations_pair ON quote_authorizations (post_id, quote_uri);
ALTER TABLE posts ADD COLUMN official TEXT;
ALTER TABLE posts ADD COLUMN reactions TEXT;
ALTER TABLE posts ADD COLUMN quote TEXT;
ALTER TABLE topics ADD COLUMN answer_uri TEXT;
ALTER TABLE topics ADD COLUMN official_at BIGINT;
ALTER TABLE votes ADD COLUMN reaction TEXT;";

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
