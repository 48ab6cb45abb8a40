//! Reports: what is only for the moderators stands apart from the reason, and each has a short number. Topics: who
//! follows or mutes which.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const STEPS: [&str; 11] = [
    "ALTER TABLE reports ADD COLUMN number BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE reports ADD COLUMN ground TEXT",
    "ALTER TABLE reports ADD COLUMN reporter_name TEXT",
    "ALTER TABLE reports ADD COLUMN reporter_email TEXT",
    "ALTER TABLE reports ADD COLUMN reporter_locale TEXT",
    "ALTER TABLE reports ADD COLUMN decision TEXT",
    "UPDATE reports SET number = (SELECT COUNT(*) FROM reports AS earlier WHERE earlier.id <= reports.id)",
    // A release before this one, still running during an upgrade, writes 0.
    "CREATE UNIQUE INDEX reports_number ON reports (number) WHERE number > 0",
    "CREATE INDEX reports_contact ON reports (resolved_at) WHERE reporter_email IS NOT NULL",
    "CREATE TABLE topic_follows (
        person_id BIGINT NOT NULL,
        topic_id BIGINT NOT NULL,
        level TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (person_id, topic_id)
    )",
    "CREATE INDEX topic_follows_topic ON topic_follows (topic_id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for step in STEPS {
            connection.execute_unprepared(step).await?;
        }
        Ok(())
    }
}
