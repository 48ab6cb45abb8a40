//! Comparing categories with other nodes: digests of conversations and of ranges of them, what came of each comparison,
//! and what was left different.
//!
//! A conversation whose posts are changed is marked by triggers, so that no operation can forget it. They look at
//! columns that no new post and no vote writes to: what is new is found by its id.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const SCHEMA: &str = "CREATE TABLE conversation_digests (
    topic_id BIGINT NOT NULL PRIMARY KEY,
    category_id BIGINT NOT NULL,
    conversation TEXT NOT NULL,
    digest TEXT NOT NULL,
    stale BOOLEAN NOT NULL
);
CREATE INDEX conversation_digests_place ON conversation_digests (category_id, conversation);
CREATE INDEX conversation_digests_stale ON conversation_digests (topic_id) WHERE stale;
CREATE TABLE range_digests (
    category_id BIGINT NOT NULL,
    place INTEGER NOT NULL,
    digest TEXT NOT NULL,
    conversations BIGINT NOT NULL,
    PRIMARY KEY (category_id, place)
);
CREATE TABLE comparisons (
    category_id BIGINT NOT NULL,
    host TEXT NOT NULL,
    endpoint TEXT,
    endpoint_at BIGINT,
    asker TEXT,
    next_at BIGINT NOT NULL,
    lease_until BIGINT,
    compared_at BIGINT,
    outcome TEXT,
    found INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (category_id, host)
);
CREATE INDEX comparisons_host ON comparisons (host);
CREATE INDEX comparisons_next ON comparisons (next_at);
CREATE TABLE comparison_differences (
    category_id BIGINT NOT NULL,
    host TEXT NOT NULL,
    conversation TEXT NOT NULL,
    theirs TEXT NOT NULL,
    ours TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (category_id, host, conversation)
);";

const MARK_SQLITE: &str = "CREATE TRIGGER posts_digest
AFTER UPDATE OF topic_id, edited_at, deleted_at, removed_at, refused_reason ON posts
BEGIN
    UPDATE conversation_digests SET stale = TRUE WHERE topic_id IN (OLD.topic_id, NEW.topic_id);
END;
CREATE TRIGGER topics_digest
AFTER UPDATE OF category_id, locked_at, pinned_at, deleted_at, removed_at ON topics
BEGIN
    UPDATE conversation_digests SET stale = TRUE WHERE topic_id = NEW.id;
END;";

const MARK_POSTGRES: &str = "CREATE FUNCTION posts_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversation_digests SET stale = TRUE WHERE topic_id IN (OLD.topic_id, NEW.topic_id);
    RETURN NULL;
END $$;
CREATE TRIGGER posts_digest
AFTER UPDATE OF topic_id, edited_at, deleted_at, removed_at, refused_reason ON posts
FOR EACH ROW EXECUTE FUNCTION posts_digest();
CREATE FUNCTION topics_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE conversation_digests SET stale = TRUE WHERE topic_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER topics_digest
AFTER UPDATE OF category_id, locked_at, pinned_at, deleted_at, removed_at ON topics
FOR EACH ROW EXECUTE FUNCTION topics_digest();";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let marks = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => MARK_SQLITE,
            _ => MARK_POSTGRES,
        };
        let connection = manager.get_connection();
        connection.execute_unprepared(SCHEMA).await?;
        connection.execute_unprepared(marks).await?;
        Ok(())
    }
}
