//! Rows, ids, transactions, keyset pages and durable queues, on SQLite and on PostgreSQL.
//!
//! Not here: what a forum is (`parvis-forum`), HTTP, ActivityPub.
//!
//! SQLite has one writer: [`Db`] holds one connection for writing, whose transactions are IMMEDIATE, and readers beside
//! it. PostgreSQL uses one pool for both. Every write goes through [`Db::begin`].

pub mod entity;
pub mod id;
pub mod page;
pub mod queue;
mod sqlite;
pub mod time;
pub mod together;
mod tx;
mod wake;
mod wal;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use parvis_migrations::Migrator;
pub use sea_orm;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DbErr,
};
use sea_orm_migration::MigratorTrait;
use sqlite::{Connections, Use};
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
    engine: Engine,
    /// Statements outside transactions so far.
    statements: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
pub(crate) enum Engine {
    Sqlite {
        path: String,
        readers: Arc<Connections>,
        writer: Arc<Connections>,
        /// The log that a commit waits for.
        wal: Arc<Wal>,
    },
    Postgres(DatabaseConnection),
}

/// Connections that read an SQLite file at the same time.
const READERS: usize = 8;

impl Db {
    /// Opens the database at `url` (`sqlite://path` or `postgres://…`); makes the SQLite file and its directory when
    /// they aren't there. Does not touch the schema.
    ///
    /// `schema`: PostgreSQL search path, used by tests to have many databases in one.
    pub async fn connect(url: &str, schema: Option<&str>) -> Result<Self, Error> {
        let engine = if let Some(path) = url.strip_prefix("sqlite://") {
            let path = path.split('?').next().unwrap_or(path);
            if let Some(dir) = std::path::Path::new(path).parent()
                && !dir.as_os_str().is_empty()
            {
                std::fs::create_dir_all(dir)
                    .map_err(|e| Error::Directory(dir.display().to_string(), e))?;
            }
            // The one that writes first: it makes the file.
            let writer = Connections::open(path, Use::Write, 1).await?;
            Engine::Sqlite {
                path: path.to_owned(),
                readers: Connections::open(path, Use::Read, READERS).await?,
                writer,
                wal: Arc::new(Wal::beside(path)),
            }
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(16)
                .acquire_timeout(Duration::from_secs(10))
                .sqlx_logging(false);
            if let Some(schema) = schema {
                options.set_schema_search_path(schema);
            }
            Engine::Postgres(Database::connect(options).await?)
        } else {
            return Err(Error::Url(url.to_owned()));
        };
        Ok(Self {
            engine,
            statements: Arc::default(),
        })
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
        match &self.engine {
            Engine::Postgres(pool) => {
                let lock = self.begin().await?;
                lock.execute_unprepared("SELECT pg_advisory_xact_lock(7273627)")
                    .await?;
                Migrator::up(pool, None).await?;
                lock.commit().await?;
            }
            Engine::Sqlite { path, writer, .. } => {
                // Migrations want a connection of sea-orm; nobody writes meanwhile.
                let alone = writer.hold().await?;
                let connection = sqlite::for_migrations(path).await?;
                Migrator::up(&connection, None).await?;
                connection.close().await?;
                drop(alone);
            }
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
        match &self.engine {
            Engine::Sqlite { writer, wal, .. } => Tx::sqlite(writer, Some(Arc::clone(wal))).await,
            Engine::Postgres(pool) => Tx::postgres(pool).await,
        }
    }

    /// As [`Db::begin`], for what a worker does again from its queue if the power fails right after: the commit does
    /// not wait for the disk. It is durable as soon as any later transaction of [`Db::begin`] is.
    pub async fn begin_deferred(&self) -> Result<Tx, DbErr> {
        match &self.engine {
            Engine::Sqlite { writer, .. } => Tx::sqlite(writer, None).await,
            Engine::Postgres(pool) => {
                let tx = Tx::postgres(pool).await?;
                tx.execute_unprepared("SET LOCAL synchronous_commit TO off")
                    .await?;
                Ok(tx)
            }
        }
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
        match self.engine {
            Engine::Sqlite { .. } => DatabaseBackend::Sqlite,
            Engine::Postgres(_) => DatabaseBackend::Postgres,
        }
    }

    /// Closes all connections.
    pub async fn close(self) -> Result<(), DbErr> {
        match self.engine {
            Engine::Sqlite {
                readers, writer, ..
            } => {
                readers.close().await?;
                writer.close().await
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}
