//! Connections to an SQLite file: a few that are kept open, each held by whoever uses it, and transactions on one.
//!
//! Not the driver's own pool: that one asks the thread of a connection for a sign of life each time it comes back, and
//! its transactions begin and end with a trip of their own, in which the thread waits for an acknowledgment besides. A
//! trip (to the thread that holds the connection, and back) costs several times what a statement does. Here what begins
//! a transaction goes with its first statement, and what ends it with the last writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use sea_orm::sea_query::Values;
use sea_orm::{
    ConnAcquireErr, ConnectOptions, Database, DatabaseConnection, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement,
};
use sea_query_sqlx::SqlxValues;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteQueryResult, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Either, Executor as _};
use sqlx::{Sqlite, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long one waits for a connection, and for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Statements that a connection keeps prepared.
const PREPARED: usize = 300;
/// Rows that the thread of a connection hands over before it waits for their reader.
const ROWS: usize = 1024;
/// What a write that concerned another number of rows than one fails with, by [`EXACTLY_ONE`].
const OVERFLOW: &str = "integer overflow";
/// What undoing fails with when there is no transaction.
const NOTHING_OPEN: &str = "cannot rollback - no transaction is active";

/// What the connections are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Read,
    Write,
}

/// Connections to one file. Whoever needs one waits in turn.
#[derive(Debug)]
pub(crate) struct Connections {
    options: SqliteConnectOptions,
    /// Open and not in use; the one used last is taken first.
    idle: Mutex<Vec<SqliteConnection>>,
    free: Arc<Semaphore>,
    most: usize,
}

/// A connection in use; it goes back when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    connection: Option<SqliteConnection>,
    home: Arc<Connections>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Connections {
    /// Opens the first of at most `most` connections to the file at `path`, which is made when it isn't there.
    pub(crate) async fn open(path: &str, purpose: Use, most: usize) -> Result<Arc<Self>, DbErr> {
        let read_only = if purpose == Use::Read { "on" } else { "off" };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .statement_cache_capacity(PREPARED)
            .row_buffer_size(ROWS)
            .pragma("cache_size", "-8000")
            .pragma("temp_store", "memory")
            .pragma("query_only", read_only)
            .disable_statement_logging();
        let first = options.connect().await.map_err(unconnected)?;
        Ok(Arc::new(Self {
            options,
            idle: Mutex::new(vec![first]),
            free: Arc::new(Semaphore::new(most)),
            most,
        }))
    }

    /// A connection, as soon as one is free; after ten seconds an error.
    pub(crate) async fn hold(self: &Arc<Self>) -> Result<Held, DbErr> {
        let permit = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(PATIENCE, Arc::clone(&self.free).acquire_owned())
                .await
                .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
                .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?,
        };
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => (self.options.connect().await).map_err(unconnected)?,
        };
        Ok(Held {
            connection: Some(connection),
            home: Arc::clone(self),
            permit: Some(permit),
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are open, and how many of these are not in use.
    pub(crate) fn figures(&self) -> (usize, usize) {
        let idle = self.idle().len();
        let used = self.most - self.free.available_permits().min(self.most);
        (used + idle, idle)
    }

    /// Closes them, after those who use one have given it back; nobody gets one any more.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        if let Ok(all) = u32::try_from(self.most) {
            // An error is that they are closed already.
            let _all = self.free.acquire_many(all).await;
        }
        self.free.close();
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            connection.close().await.map_err(unconnected)?;
        }
        Ok(())
    }
}

/// A connection that migrations take, to the same file.
pub(crate) async fn for_migrations(path: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=rwc"));
    options
        .max_connections(1)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| options.foreign_keys(true).busy_timeout(PATIENCE));
    Database::connect(options).await
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.home.idle().push(connection);
        }
    }
}

impl Held {
    /// Runs what may be several statements: for each the rows, and what it did.
    async fn run(&mut self, statement: Statement) -> Result<Vec<Done>, sqlx::Error> {
        let values = SqlxValues(statement.values.unwrap_or_else(|| Values(Vec::new())));
        let query = sqlx::query_with::<Sqlite, _>(AssertSqlSafe(statement.sql), values);
        let Some(connection) = &mut self.connection else {
            return Err(sqlx::Error::PoolClosed);
        };
        let mut all = Vec::new();
        let mut rows = Vec::new();
        let mut results = connection.fetch_many(query);
        loop {
            match results.next().await {
                Some(Ok(Either::Right(row))) => rows.push(row.into()),
                Some(Ok(Either::Left(outcome))) => all.push(Done {
                    rows: std::mem::take(&mut rows),
                    outcome,
                }),
                Some(Err(error)) => {
                    drop(results);
                    if matches!(error, sqlx::Error::WorkerCrashed) {
                        // Not to be given to anybody else.
                        self.connection = None;
                    }
                    return Err(error);
                }
                None => return Ok(all),
            }
        }
    }

    /// The rows of a statement, the last of several.
    pub(crate) async fn query(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let all = self.query_last(1, statement).await?;
        Ok(all.into_iter().next().unwrap_or_default())
    }

    /// The rows of the last `count` of several statements.
    pub(crate) async fn query_last(
        &mut self,
        count: usize,
        statement: Statement,
    ) -> Result<Vec<Vec<QueryResult>>, DbErr> {
        match self.run(statement).await {
            Ok(all) => {
                let before = all.len().saturating_sub(count);
                Ok(all.into_iter().skip(before).map(|done| done.rows).collect())
            }
            Err(error) => Err(said(error, DbErr::Query)),
        }
    }

    /// What a statement did, the last of several.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self.run(statement).await {
            Ok(all) => {
                let last = all.into_iter().next_back();
                Ok(last.map(|done| done.outcome).unwrap_or_default().into())
            }
            Err(error) => Err(said(error, DbErr::Exec)),
        }
    }
}

/// What came of one statement.
struct Done {
    rows: Vec<QueryResult>,
    outcome: SqliteQueryResult,
}

/// The error in the words of sea-orm; [`EXACTLY_ONE`]'s is that a row was not there.
fn said(error: sqlx::Error, or: fn(RuntimeErr) -> DbErr) -> DbErr {
    match error.as_database_error() {
        Some(error) if error.message() == OVERFLOW => DbErr::RecordNotUpdated,
        _ => or(RuntimeErr::SqlxError(Arc::new(error))),
    }
}

fn unconnected(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

/// Whether undoing failed because there was no transaction.
fn nothing_open(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.message() == NOTHING_OPEN)
}

/// A statement that fails when the write right before it did not concern exactly one row: SQLite has no other way to say
/// so between two statements than an expression without a value. (`abs` of the smallest integer; not a constant, which
/// would be computed before `changes` is known.)
pub(crate) const EXACTLY_ONE: &str =
    "SELECT 1 WHERE abs(CASE changes() WHEN 1 THEN 0 ELSE -9223372036854775808 END) > 0";

/// A transaction on the connection that writes: begun by its first statement, undone when dropped.
#[derive(Debug)]
pub(crate) struct Transaction {
    held: tokio::sync::Mutex<Held>,
    begun: AtomicBool,
    /// Something went wrong: nothing more is done, as on PostgreSQL. SQLite undoes the whole transaction for some errors,
    /// a full disk for one, and what came after would stand by itself.
    failed: AtomicBool,
}

impl Transaction {
    pub(crate) async fn begin(writer: &Arc<Connections>) -> Result<Self, DbErr> {
        Ok(Self {
            held: tokio::sync::Mutex::new(writer.hold().await?),
            begun: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        })
    }

    /// Whether its beginning still has to go with a statement.
    pub(crate) fn is_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    pub(crate) async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut held = self.held.lock().await;
        let statement = self.opened(statement)?;
        self.noted(held.query(statement).await)
    }

    pub(crate) async fn query_last(
        &self,
        count: usize,
        statement: Statement,
    ) -> Result<Vec<Vec<QueryResult>>, DbErr> {
        let mut held = self.held.lock().await;
        let statement = self.opened(statement)?;
        self.noted(held.query_last(count, statement).await)
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut held = self.held.lock().await;
        let statement = self.opened(statement)?;
        self.noted(held.execute(statement).await)
    }

    /// The statement, with the beginning of the transaction before it if it is the first.
    fn opened(&self, mut statement: Statement) -> Result<Statement, DbErr> {
        if self.failed.load(Ordering::Acquire) {
            return Err(DbErr::Exec(RuntimeErr::Internal(
                "the transaction was undone by an error before".to_owned(),
            )));
        }
        if !self.begun.swap(true, Ordering::AcqRel) {
            statement.sql.insert_str(0, "BEGIN IMMEDIATE; ");
        }
        Ok(statement)
    }

    fn noted<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if result.is_err() {
            self.failed.store(true, Ordering::Release);
        }
        result
    }

    /// Makes `last`, writes with «COMMIT» after them, in one trip. Nothing to do when no statement was made.
    pub(crate) async fn commit(self, last: Statement) -> Result<(), DbErr> {
        self.execute(last).await?;
        // Not open any more: nothing is to be undone.
        self.begun.store(false, Ordering::Release);
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.is_begun() {
            return;
        }
        // The connection is nobody's before the transaction is undone; without a runtime it is closed, which undoes too.
        let held = self.held.get_mut();
        let (connection, permit) = (held.connection.take(), held.permit.take());
        let home = Arc::clone(&held.home);
        if let (Some(mut connection), Ok(runtime)) =
            (connection, tokio::runtime::Handle::try_current())
        {
            runtime.spawn(async move {
                match connection.execute("ROLLBACK").await {
                    Ok(_) => home.idle().push(connection),
                    // SQLite has undone it by itself, or what began it failed, or what ended it was not waited for.
                    Err(error) if nothing_open(&error) => home.idle().push(connection),
                    Err(error) => tracing::warn!(%error, "a connection was closed"),
                }
                drop(permit);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(text: &str) -> Statement {
        Statement::from_string(sea_orm::DbBackend::Sqlite, text)
    }

    async fn file() -> (tempfile::TempDir, Arc<Connections>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db").display().to_string();
        let writer = Connections::open(&path, Use::Write, 1).await.unwrap();
        let mut held = writer.hold().await.unwrap();
        held.execute(sql("CREATE TABLE counts (n INTEGER UNIQUE)"))
            .await
            .unwrap();
        drop(held);
        (dir, writer)
    }

    async fn count(connections: &Arc<Connections>) -> i32 {
        let mut held = connections.hold().await.unwrap();
        let rows = held.query(sql("SELECT n FROM counts")).await.unwrap();
        i32::try_from(rows.len()).unwrap()
    }

    #[tokio::test]
    async fn a_transaction_that_is_dropped_leaves_nothing_and_the_connection_as_it_was() {
        let (_dir, writer) = file().await;
        for _ in 0..3 {
            let tx = Transaction::begin(&writer).await.unwrap();
            tx.execute(sql("INSERT INTO counts VALUES (1)"))
                .await
                .unwrap();
            drop(tx);
            assert_eq!(count(&writer).await, 0);
        }
        // One of which no statement was made has nothing to undo, and its connection is at once another's.
        drop(Transaction::begin(&writer).await.unwrap());
        assert_eq!(writer.figures(), (1, 1));
        let tx = Transaction::begin(&writer).await.unwrap();
        assert_eq!(writer.figures(), (1, 0));
        tx.commit(sql("INSERT INTO counts VALUES (1); COMMIT"))
            .await
            .unwrap();
        assert_eq!(count(&writer).await, 1);
        assert_eq!(writer.figures(), (1, 1));
    }

    #[tokio::test]
    async fn what_waits_for_nothing_is_undone_too() {
        let (_dir, writer) = file().await;
        let tx = Transaction::begin(&writer).await.unwrap();
        // The statement is sent, and whoever asked for it is gone.
        let asked = tokio::time::timeout(
            Duration::ZERO,
            tx.execute(sql(
                "INSERT INTO counts WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 300000) \
                 SELECT x FROM c",
            )),
        )
        .await;
        assert!(asked.is_err(), "it takes longer than nothing");
        drop(tx);
        assert_eq!(count(&writer).await, 0);
    }

    #[tokio::test]
    async fn nothing_is_done_after_an_error() {
        let (_dir, writer) = file().await;
        let tx = Transaction::begin(&writer).await.unwrap();
        tx.execute(sql("INSERT INTO counts VALUES (1)"))
            .await
            .unwrap();
        let twice = tx.execute(sql("INSERT INTO counts VALUES (1)")).await;
        assert!(matches!(
            twice.unwrap_err().sql_err(),
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
        ));
        assert!(tx.query(sql("SELECT 1")).await.is_err());
        assert!(tx.commit(sql("COMMIT")).await.is_err());
        assert_eq!(count(&writer).await, 0);
    }

    #[tokio::test]
    async fn readers_write_nothing_and_wait_in_turn() {
        let (dir, _writer) = file().await;
        let path = dir.path().join("t.db").display().to_string();
        let readers = Connections::open(&path, Use::Read, 2).await.unwrap();
        let mut one = readers.hold().await.unwrap();
        let two = readers.hold().await.unwrap();
        assert!(
            one.execute(sql("INSERT INTO counts VALUES (1)"))
                .await
                .is_err()
        );
        assert_eq!(readers.figures(), (2, 0));
        // The third has its turn when the second is done.
        let (third, ()) = tokio::join!(count(&readers), async { drop(two) });
        assert_eq!(third, 0);
        drop(one);
        readers.close().await.unwrap();
        assert!(readers.hold().await.is_err());
    }
}
