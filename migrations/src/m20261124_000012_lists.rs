//! Indexes for what lists and topics show, so that they cost as much in a forum of a million posts: pinned topics, and
//! who takes part in a topic.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const SCHEMA: &str =
    "CREATE INDEX topics_pinned ON topics (category_id, last_activity_at, id) WHERE pinned_at IS NOT NULL;
CREATE INDEX posts_topic_author ON posts (topic_id, author_id, deleted_at, removed_at);";

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
