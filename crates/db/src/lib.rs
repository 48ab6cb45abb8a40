//! Rows, ids, transactions, keyset pages and durable queues, on SQLite and on PostgreSQL.
//!
//! Not here: what a forum is (`parvis-forum`), HTTP, ActivityPub.
//!
//! SQLite has one writer: [`Db`] holds a pool of one connection for writing, whose transactions are IMMEDIATE, and a
//! pool of readers beside it. PostgreSQL uses one pool for both. `begin` of the pools is private: every write goes
//! through [`Db::begin`].

pub mod entity;
pub mod id;
pub mod page;
pub mod queue;
pub mod time;
mod tx;
mod wake;
mod wal;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use sea_orm;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DbErr,
};
use sea_orm_migration::MigratorTrait;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

pub use parvis_migrations::Migrator;
pub use tx::{Read, Tx};
pub use wake::{Heard, Listener};
use wal::Wal;

/// Why the database could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is of no database that we know.
    #[error("database url `{0}` is neither sqlite:// nor postgres://")]
    Url(String),
    /// The directory of the SQLite file could not be made.
    #[error("cannot make directory `{0}`: {1}")]
    Directory(String, std::io::Error),
    /// The schema was made by a newer version of the program.
    #[error(
        "the database has migration `{0}`, which this version doesn't know: use a newer version"
    )]
    Newer(String),
    /// The database said no.
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

/// An open database.
#[derive(Clone, Debug)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// On SQLite: the log that a commit waits for.
    wal: Option<Arc<Wal>>,
    /// Statements outside transactions so far.
    statements: Arc<AtomicU64>,
}

impl Db {
    /// Opens the database at `url` (`sqlite://path` or `postgres://…`); makes the SQLite file and its directory when
    /// they aren't there. Does not touch the schema.
    ///
    /// `schema`: PostgreSQL search path, used by tests to have many databases in one.
    pub async fn connect(url: &str, schema: Option<&str>) -> Result<Self, Error> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            let path = path.split('?').next().unwrap_or(path);
            if let Some(dir) = std::path::Path::new(path).parent()
                && !dir.as_os_str().is_empty()
            {
                std::fs::create_dir_all(dir)
                    .map_err(|e| Error::Directory(dir.display().to_string(), e))?;
            }
            let url = format!("sqlite://{path}?mode=rwc");
            let writer = Database::connect(sqlite_options(&url, 1)).await?;
            let reader = Database::connect(sqlite_options(&url, 8)).await?;
            let wal = Some(Arc::new(Wal::beside(path)));
            Ok(Self {
                reader,
                writer,
                wal,
                statements: Arc::default(),
            })
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(16)
                .acquire_timeout(Duration::from_secs(10))
                .sqlx_logging(false);
            if let Some(schema) = schema {
                options.set_schema_search_path(schema);
            }
            let pool = Database::connect(options).await?;
            Ok(Self {
                reader: pool.clone(),
                writer: pool,
                wal: None,
                statements: Arc::default(),
            })
        } else {
            Err(Error::Url(url.to_owned()))
        }
    }

    /// Brings the schema up to date. On PostgreSQL only one process does so at a time.
    ///
    /// Returns how many migrations were applied.
    pub async fn migrate(&self) -> Result<usize, Error> {
        self.refuse_newer().await?;
        let pending = self.pending_migrations().await?.len();
        if pending == 0 {
            return Ok(0);
        }
        let postgres = self.backend() == DatabaseBackend::Postgres;
        if postgres {
            let lock = self.begin().await?;
            lock.execute_unprepared("SELECT pg_advisory_xact_lock(7273627)")
                .await?;
            Migrator::up(&self.writer, None).await?;
            lock.commit().await?;
        } else {
            Migrator::up(&self.writer, None).await?;
        }
        Ok(pending)
    }

    /// Names of the migrations that [`Db::migrate`] would apply.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, Error> {
        let applied = self.applied_migrations().await?;
        Ok(Migrator::get_migration_files()
            .iter()
            .map(|m| m.name().to_owned())
            .filter(|name| !applied.contains(name))
            .collect())
    }

    /// Names of the migrations that the database has seen.
    pub async fn applied_migrations(&self) -> Result<Vec<String>, Error> {
        if self
            .reader
            .query_all_raw(sea_orm::Statement::from_string(
                self.backend(),
                match self.backend() {
                    DatabaseBackend::Sqlite => {
                        "SELECT name FROM sqlite_master WHERE name = 'seaql_migrations'"
                    }
                    _ => {
                        "SELECT table_name FROM information_schema.tables WHERE table_name = 'seaql_migrations' \
                         AND table_schema = current_schema()"
                    }
                },
            ))
            .await?
            .is_empty()
        {
            return Ok(Vec::new());
        }
        let rows = self
            .reader
            .query_all_raw(sea_orm::Statement::from_string(
                self.backend(),
                "SELECT version FROM seaql_migrations ORDER BY version",
            ))
            .await?;
        rows.iter()
            .map(|row| row.try_get_by_index(0).map_err(Error::from))
            .collect()
    }

    async fn refuse_newer(&self) -> Result<(), Error> {
        let known: Vec<String> = Migrator::get_migration_files()
            .iter()
            .map(|m| m.name().to_owned())
            .collect();
        match self
            .applied_migrations()
            .await?
            .into_iter()
            .find(|name| !known.contains(name))
        {
            Some(name) => Err(Error::Newer(name)),
            None => Ok(()),
        }
    }

    /// Opens a transaction that may write. Short, and without network or heavy computing inside: on SQLite it is the
    /// only one.
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        Tx::begin(&self.writer, self.wal.clone()).await
    }

    /// As [`Db::begin`], for what a worker does again from its queue if the power fails right after: the commit does
    /// not wait for the disk. It is durable as soon as any later transaction of [`Db::begin`] is.
    pub async fn begin_deferred(&self) -> Result<Tx, DbErr> {
        let tx = Tx::begin(&self.writer, None).await?;
        if self.backend() == DatabaseBackend::Postgres {
            tx.execute_unprepared("SET LOCAL synchronous_commit TO off")
                .await?;
        }
        Ok(tx)
    }

    /// How many statements were made outside of transactions so far: what pages cost.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    pub(crate) fn count_statement(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// Which of the two databases it is.
    pub fn backend(&self) -> DatabaseBackend {
        self.reader.get_database_backend()
    }

    /// Closes all connections.
    pub async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }
}

fn sqlite_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |o| {
            o.journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
                .pragma("cache_size", "-8000")
                .pragma("temp_store", "memory")
                .pragma("query_only", if connections > 1 { "on" } else { "off" })
        })
        // When a write fails, a full disk say, SQLite undoes the whole transaction by itself. The pool's connection does
        // not learn of it: the next transactions would be savepoints in one that nobody ever commits, and what they
        // promised would be lost with the process.
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            Box::pin(async move {
                if connection.is_in_transaction() {
                    // A transaction that was dropped is being undone still.
                    connection.ping().await?;
                }
                Ok(!connection.is_in_transaction())
            })
        });
    options
}
