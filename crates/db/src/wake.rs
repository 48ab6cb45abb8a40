//! From one process to another on PostgreSQL: there is something to do, or something changed.
//!
//! A transaction that leaves work for background loops, or that readers may notice, says so with `NOTIFY`, which
//! PostgreSQL hands on when it commits. Work depends on nothing of this: the loops also look by themselves, at intervals,
//! and what is to be done is in tables. Answers kept in memory do: who doesn't listen keeps none.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, RuntimeErr};
use sqlx::postgres::PgListener;

use crate::{Db, Engine, Tx};

/// Something is to be done. Schemas share the channels: hearing once too often costs a look.
const WORK: &str = "parvis_work";
/// Something changed that readers may notice; the payload names the process that did it.
const CHANGE: &str = "parvis_change";

/// What another process, or this one, says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Something is to be done.
    Work,
    /// The process with this name changed something.
    Change(String),
    /// The connection was lost and is there again: what was said meanwhile is not known.
    Again,
}

/// Hears what other processes say.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// Waits until something is said.
    pub async fn heard(&mut self) -> Result<Heard, DbErr> {
        match self.0.try_recv().await {
            Ok(Some(said)) if said.channel() == CHANGE => {
                Ok(Heard::Change(said.payload().to_owned()))
            }
            Ok(Some(_)) => Ok(Heard::Work),
            Ok(None) => Ok(Heard::Again),
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
        let Engine::Postgres(pool) = self.engine() else {
            return Ok(None);
        };
        let mut listener = PgListener::connect_with(pool.get_postgres_connection_pool())
            .await
            .map_err(|error| broken(&error))?;
        listener
            .listen_all([WORK, CHANGE])
            .await
            .map_err(|error| broken(&error))?;
        Ok(Some(Listener(listener)))
    }
}

impl Tx {
    /// Lets the background loops of every process know, once this is committed. Nothing on SQLite.
    pub async fn wake(&self) -> Result<(), DbErr> {
        self.notify(WORK, "").await
    }

    /// Lets every process know that `process` (letters and digits) changed something, once this is committed. Nothing on
    /// SQLite.
    pub async fn tell_change(&self, process: &str) -> Result<(), DbErr> {
        self.notify(CHANGE, process).await
    }

    async fn notify(&self, channel: &str, payload: &str) -> Result<(), DbErr> {
        if self.get_database_backend() == DatabaseBackend::Postgres {
            self.execute_unprepared(&format!("NOTIFY {channel}, '{payload}'"))
                .await?;
        }
        Ok(())
    }
}
