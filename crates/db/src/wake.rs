//! From one process to another on PostgreSQL: there is something to do.
//!
//! A transaction that leaves work for background loops says so with `NOTIFY`, which PostgreSQL hands on when it commits;
//! every process that works listens. Nothing depends on it: the loops also look by themselves, at intervals, and what
//! is to be done is in tables.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, RuntimeErr};
use sqlx::postgres::PgListener;

use crate::{Db, Tx};

/// Name of the channel. Schemas share it: waking once too often costs a look.
const CHANNEL: &str = "parvis_work";

/// Hears what other processes leave to do.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// Waits until some process has left something to do. After a broken connection it is made again, and counts as
    /// something heard: what was said meanwhile is lost.
    pub async fn heard(&mut self) -> Result<(), DbErr> {
        match self.0.try_recv().await {
            Ok(_) => Ok(()),
            Err(error) => Err(broken(&error)),
        }
    }
}

fn broken(error: &sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(error.to_string()))
}

impl Db {
    /// A listener on a connection of its own. None on SQLite, where one process does the work.
    pub async fn listen(&self) -> Result<Option<Listener>, DbErr> {
        if self.backend() != DatabaseBackend::Postgres {
            return Ok(None);
        }
        let pool = self.reader().get_postgres_connection_pool();
        let mut listener = PgListener::connect_with(pool)
            .await
            .map_err(|error| broken(&error))?;
        listener
            .listen(CHANNEL)
            .await
            .map_err(|error| broken(&error))?;
        Ok(Some(Listener(listener)))
    }
}

impl Tx {
    /// Lets the background loops of every process know, once this is committed. Nothing on SQLite.
    pub async fn wake(&self) -> Result<(), DbErr> {
        if self.get_database_backend() == DatabaseBackend::Postgres {
            self.execute_unprepared(&format!("NOTIFY {CHANNEL}"))
                .await?;
        }
        Ok(())
    }
}
