//! Actors that move, keys that are replaced, and whom the end of an account was told.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

/// See the module.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

const STEPS: [&str; 7] = [
    "ALTER TABLE actors ADD COLUMN moved_to TEXT",
    "ALTER TABLE actors ADD COLUMN moved_at BIGINT",
    "ALTER TABLE actors ADD COLUMN also_known_as TEXT",
    "CREATE TABLE retired_keys (key_id TEXT PRIMARY KEY, actor_id BIGINT NOT NULL REFERENCES actors (id), \
     private_key_pem TEXT NOT NULL, until_seq BIGINT NOT NULL, retired_at BIGINT NOT NULL)",
    "CREATE INDEX retired_keys_actor ON retired_keys (actor_id)",
    "CREATE TABLE farewells (actor_id BIGINT NOT NULL REFERENCES actors (id), host TEXT NOT NULL, \
     destination_id BIGINT NOT NULL, seq BIGINT NOT NULL, told_at BIGINT NOT NULL, PRIMARY KEY (actor_id, host))",
    "CREATE INDEX farewells_told ON farewells (told_at)",
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
