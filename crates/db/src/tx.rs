//! Transactions, and what may be read from.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use std::sync::{Arc, Mutex, PoisonError};

use crate::Db;
use crate::wal::Wal;

/// What can be read from: a [`Db`] (outside any transaction) or a [`Tx`]. Queries of sea-orm take it as it is.
pub trait Read: ConnectionTrait + Send {}
impl Read for Db {}
impl Read for Tx {}

/// A transaction that may write. Dropping it without [`Tx::commit`] undoes everything.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    /// Waited for after the commit: on SQLite, unless the transaction is deferred.
    wal: Option<Arc<Wal>>,
    /// The tables that statements wrote to.
    written: Mutex<Vec<String>>,
}

impl Tx {
    pub(crate) async fn begin(
        writer: &DatabaseConnection,
        wal: Option<Arc<Wal>>,
    ) -> Result<Self, DbErr> {
        let inner = writer
            .begin_with_options(TransactionOptions {
                isolation_level: None,
                access_mode: None,
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            })
            .await?;
        Ok(Self {
            inner,
            wal,
            written: Mutex::default(),
        })
    }

    /// The tables that its statements wrote to so far; a statement that doesn't begin with the name of one counts as
    /// the table `?`.
    pub fn written(&self) -> Vec<String> {
        self.written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note(&self, sql: &str) {
        let Some(table) = written_table(sql) else {
            return;
        };
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.iter().all(|known| known != table) {
            written.push(table.to_owned());
        }
    }

    /// Makes everything durable; what is answered after it survives a crash. One that was begun deferred survives the
    /// end of the process, and a power cut as soon as anything later is durable.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await?;
        match self.wal {
            Some(wal) => wal.sync().await,
            None => Ok(()),
        }
    }
}

/// The table that a statement writes to; none when it only reads, or settles how the transaction runs.
fn written_table(sql: &str) -> Option<&str> {
    let mut words = sql
        .split(|c: char| c.is_ascii_whitespace() || matches!(c, '(' | '"'))
        .filter(|word| !word.is_empty());
    match words.next()? {
        "SELECT" | "SET" | "NOTIFY" | "LOCK" => None,
        "UPDATE" => words.next().or(Some("?")),
        "INSERT" | "DELETE" => words.nth(1).or(Some("?")),
        _ => Some("?"),
    }
}

macro_rules! delegate {
    ($type:ty, |$self:ident, $sql:ident| $note:expr, $inner:expr) => {
        #[async_trait::async_trait]
        impl ConnectionTrait for $type {
            fn get_database_backend(&self) -> DbBackend {
                let $self = self;
                $inner.get_database_backend()
            }
            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                let ($self, $sql) = (self, &statement.sql);
                $note;
                $inner.execute_raw(statement).await
            }
            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                let ($self, $sql) = (self, sql);
                $note;
                $inner.execute_unprepared(sql).await
            }
            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> Result<Option<QueryResult>, DbErr> {
                let ($self, $sql) = (self, &statement.sql);
                $note;
                $inner.query_one_raw(statement).await
            }
            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                let ($self, $sql) = (self, &statement.sql);
                $note;
                $inner.query_all_raw(statement).await
            }
        }
    };
}

delegate!(Db, |db, _sql| db.count_statement(), db.reader());
delegate!(Tx, |tx, sql| tx.note(sql), tx.inner);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_writes_to_is_seen() {
        for (sql, table) in [
            (r#"INSERT INTO "posts" ("id") VALUES (?)"#, Some("posts")),
            (
                "INSERT INTO outbox_direct(seq) VALUES ($1)",
                Some("outbox_direct"),
            ),
            (r#"UPDATE "topics" SET "x" = 1"#, Some("topics")),
            (r#"DELETE FROM "votes" WHERE 1"#, Some("votes")),
            (r#"SELECT "id" FROM "posts" FOR UPDATE"#, None),
            ("SET LOCAL synchronous_commit TO off", None),
            ("WITH x AS (SELECT 1) DELETE FROM posts", Some("?")),
            ("CREATE TABLE x (y)", Some("?")),
            ("", None),
        ] {
            assert_eq!(written_table(sql), table, "{sql}");
        }
    }
}
