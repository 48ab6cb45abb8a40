//! Transactions, and what may be read from.
//!
//! A statement on SQLite goes to the thread that holds the connection and back, which costs several times what the
//! statement itself does. A write that nobody waits for ([`Tx::later`]) therefore goes with the next statement that
//! somebody does wait for, in one trip; at the latest before the commit. PostgreSQL has no trip for several statements
//! with values: there each is made at once.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, QueryTrait, Statement, TransactionTrait, Value, Values,
};

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use crate::sqlite::{Connections, EXACTLY_ONE, Transaction};
use crate::wal::Wal;
use crate::{Db, Engine};

/// What can be read from: a [`Db`] (outside any transaction) or a [`Tx`]. Queries of sea-orm take it as it is.
#[async_trait::async_trait]
pub trait Read: ConnectionTrait + Send {
    /// The rows of several reading statements, each by itself, in one trip on SQLite ([`crate::together`]).
    async fn query_each_raw(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<QueryResult>>, DbErr>;
}

#[async_trait::async_trait]
impl Read for Db {
    async fn query_each_raw(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<QueryResult>>, DbErr> {
        match self.engine() {
            Engine::Sqlite { readers, .. } => {
                let count = statements.len();
                for _ in 0..count {
                    self.count_statement();
                }
                readers
                    .hold()
                    .await?
                    .query_last(count, joined(&statements))
                    .await
            }
            Engine::Postgres(_) => one_by_one(self, statements).await,
        }
    }
}

#[async_trait::async_trait]
impl Read for Tx {
    async fn query_each_raw(
        &self,
        statements: Vec<Statement>,
    ) -> Result<Vec<Vec<QueryResult>>, DbErr> {
        match &self.inner {
            Inner::Sqlite(tx) => {
                let count = statements.len();
                tx.query_last(count, self.with_due(joined(&statements)))
                    .await
            }
            Inner::Postgres(_) => one_by_one(self, statements).await,
        }
    }
}

async fn one_by_one(
    db: &impl ConnectionTrait,
    statements: Vec<Statement>,
) -> Result<Vec<Vec<QueryResult>>, DbErr> {
    let mut answers = Vec::with_capacity(statements.len());
    for statement in statements {
        answers.push(db.query_all_raw(statement).await?);
    }
    Ok(answers)
}

/// Several statements as one.
fn joined(statements: &[Statement]) -> Statement {
    let mut all = Later::default();
    for statement in statements {
        all.add(statement);
    }
    Statement::from_sql_and_values(DbBackend::Sqlite, all.sql, all.values)
}

/// A transaction that may write. Dropping it without [`Tx::commit`] undoes everything.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    /// Waited for after the commit: on SQLite, unless the transaction is deferred.
    wal: Option<Arc<Wal>>,
    /// The tables that statements wrote to.
    written: Mutex<Vec<String>>,
    /// Writes that go with a later statement.
    later: Mutex<Later>,
}

#[derive(Debug)]
enum Inner {
    Sqlite(Transaction),
    Postgres(DatabaseTransaction),
}

/// Writes that wait, in their order.
#[derive(Debug, Default)]
struct Later {
    sql: String,
    values: Vec<Value>,
    tables: Vec<String>,
}

impl Tx {
    /// One on the connection that writes to an SQLite file; its commit waits for `wal`.
    pub(crate) async fn sqlite(
        writer: &Arc<Connections>,
        wal: Option<Arc<Wal>>,
    ) -> Result<Self, DbErr> {
        Transaction::begin(writer)
            .await
            .map(|inner| Self::of(Inner::Sqlite(inner), wal))
    }

    pub(crate) async fn postgres(pool: &DatabaseConnection) -> Result<Self, DbErr> {
        pool.begin()
            .await
            .map(|inner| Self::of(Inner::Postgres(inner), None))
    }

    fn of(inner: Inner, wal: Option<Arc<Wal>>) -> Self {
        Self {
            inner,
            wal,
            written: Mutex::default(),
            later: Mutex::default(),
        }
    }

    /// Writes without waiting: it is done before anything that could see it, in the order of these calls. What goes wrong
    /// is said by the statement it goes with, or by the commit. The statement returns no rows.
    pub async fn later(&self, statement: impl QueryTrait) -> Result<(), DbErr> {
        self.later_raw(statement.build(self.get_database_backend()))
            .await
    }

    /// The same with a statement as it is.
    pub async fn later_raw(&self, statement: Statement) -> Result<(), DbErr> {
        match &self.inner {
            Inner::Sqlite(_) => self.push(&statement, false),
            Inner::Postgres(tx) => {
                self.note(&statement.sql);
                tx.execute_raw(statement).await?;
            }
        }
        Ok(())
    }

    /// As [`Tx::later`], for a statement that must concern exactly one row: else what it goes with, or the commit, fails with
    /// [`DbErr::RecordNotUpdated`].
    pub async fn later_one(&self, statement: impl QueryTrait) -> Result<(), DbErr> {
        self.later_one_raw(statement.build(self.get_database_backend()))
            .await
    }

    /// The same with a statement as it is.
    pub async fn later_one_raw(&self, statement: Statement) -> Result<(), DbErr> {
        match &self.inner {
            Inner::Sqlite(_) => self.push(&statement, true),
            Inner::Postgres(tx) => {
                self.note(&statement.sql);
                if tx.execute_raw(statement).await?.rows_affected() != 1 {
                    return Err(DbErr::RecordNotUpdated);
                }
            }
        }
        Ok(())
    }

    fn push(&self, statement: &Statement, exactly_one: bool) {
        self.note(&statement.sql);
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = written_table(&statement.sql)
            && later.tables.iter().all(|known| known != table)
        {
            later.tables.push(table.to_owned());
        }
        later.add(statement);
        if exactly_one {
            later.sql.push_str("; ");
            later.sql.push_str(EXACTLY_ONE);
        }
    }

    /// A statement on SQLite with what waits and must be done before it; nothing stays behind.
    fn with_due(&self, statement: Statement) -> Statement {
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader of other tables can't see it. A write might refer to a row of it.
        let waits = written_table(&statement.sql).is_none()
            && later
                .tables
                .iter()
                .all(|table| !statement.sql.contains(table.as_str()));
        if later.sql.is_empty() || waits {
            return statement;
        }
        std::mem::take(&mut *later).followed_by(&statement)
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
        let later = self
            .later
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match self.inner {
            Inner::Sqlite(tx) if later.sql.is_empty() && !tx.is_begun() => {}
            Inner::Sqlite(tx) => {
                let end = Statement::from_string(DbBackend::Sqlite, "COMMIT");
                tx.commit(later.followed_by(&end)).await?;
            }
            Inner::Postgres(tx) => tx.commit().await?,
        }
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

impl Later {
    /// Adds a statement, its placeholders numbered on.
    fn add(&mut self, statement: &Statement) {
        if !self.sql.is_empty() {
            self.sql.push_str("; ");
        }
        let before = self.values.len();
        number_on(&statement.sql, before, &mut self.sql);
        if let Some(Values(values)) = &statement.values {
            self.values.extend(values.iter().cloned());
        }
    }

    /// What waits and then a statement, as one.
    fn followed_by(mut self, statement: &Statement) -> Statement {
        self.add(statement);
        Statement::from_sql_and_values(DbBackend::Sqlite, self.sql, self.values)
    }
}

/// Copies a statement, its placeholders (`?` in their order, or `$1`) counted from `before` on.
fn number_on(sql: &str, before: usize, out: &mut String) {
    let mut quote = None;
    let mut seen = 0;
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) => {
                if c == open {
                    quote = None;
                }
                out.push(c);
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                out.push(c);
            }
            (None, '?') => {
                seen += 1;
                let _ = write!(out, "${}", before + seen);
            }
            (None, '$') => {
                let mut number = 0;
                while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                    number = number * 10 + digit as usize;
                    chars.next();
                }
                let _ = write!(out, "${}", before + number);
            }
            (None, _) => out.push(c),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.count_statement();
        match self.engine() {
            Engine::Sqlite { readers, .. } => readers.hold().await?.execute(statement).await,
            Engine::Postgres(pool) => pool.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute_raw(Statement::from_string(self.backend(), sql))
            .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.engine() {
            Engine::Sqlite { .. } => Ok(self.query_all_raw(statement).await?.into_iter().next()),
            Engine::Postgres(pool) => {
                self.count_statement();
                pool.query_one_raw(statement).await
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.count_statement();
        match self.engine() {
            Engine::Sqlite { readers, .. } => readers.hold().await?.query(statement).await,
            Engine::Postgres(pool) => pool.query_all_raw(statement).await,
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        match self.inner {
            Inner::Sqlite(_) => DbBackend::Sqlite,
            Inner::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.note(&statement.sql);
        match &self.inner {
            Inner::Sqlite(tx) => tx.execute(self.with_due(statement)).await,
            Inner::Postgres(tx) => tx.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note(sql);
        match &self.inner {
            Inner::Sqlite(tx) => {
                let statement = Statement::from_string(DbBackend::Sqlite, sql);
                tx.execute(self.with_due(statement)).await
            }
            Inner::Postgres(tx) => tx.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.inner {
            Inner::Sqlite(_) => Ok(self.query_all_raw(statement).await?.into_iter().next()),
            Inner::Postgres(tx) => {
                self.note(&statement.sql);
                tx.query_one_raw(statement).await
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.note(&statement.sql);
        match &self.inner {
            Inner::Sqlite(tx) => tx.query(self.with_due(statement)).await,
            Inner::Postgres(tx) => tx.query_all_raw(statement).await,
        }
    }
}

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

    #[test]
    fn placeholders_are_numbered_on() {
        for (sql, before, want) in [
            ("a = ? AND b IN (?, ?)", 3, "a = $4 AND b IN ($5, $6)"),
            (
                "a = $2 OR a = $1 OR b = $12",
                4,
                "a = $6 OR a = $5 OR b = $16",
            ),
            (
                r#"x = '?''$1' AND "a?b" = ?"#,
                1,
                r#"x = '?''$1' AND "a?b" = $2"#,
            ),
        ] {
            let mut out = String::new();
            number_on(sql, before, &mut out);
            assert_eq!(out, want);
        }
    }

    async fn database() -> (tempfile::TempDir, Db) {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite://{}/t.db", dir.path().display()), None)
            .await
            .unwrap();
        let tx = db.begin().await.unwrap();
        for sql in [
            "CREATE TABLE counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL)",
            "CREATE TABLE parts (count_name TEXT NOT NULL REFERENCES counts (name), what TEXT NOT NULL)",
            "INSERT INTO counts VALUES ('a', 0)",
        ] {
            tx.execute_unprepared(sql).await.unwrap();
        }
        tx.commit().await.unwrap();
        (dir, db)
    }

    fn sql(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(DbBackend::Sqlite, text, values)
    }

    async fn count(db: &impl Read, name: &str) -> Option<i32> {
        let row = db
            .query_one_raw(sql("SELECT n FROM counts WHERE name = ?", [name.into()]))
            .await
            .unwrap();
        row.map(|row| row.try_get("", "n").unwrap())
    }

    fn add(name: &str) -> Statement {
        sql(
            "UPDATE counts SET n = n + $2 WHERE name = $1",
            [name.into(), 1.into()],
        )
    }

    #[tokio::test]
    async fn what_is_written_later_is_seen_by_whoever_looks() {
        let (_dir, db) = database().await;
        let tx = db.begin().await.unwrap();
        tx.later_raw(add("a")).await.unwrap();
        tx.later_raw(sql(
            "INSERT INTO counts VALUES (?, ?)",
            ["b".into(), 7.into()],
        ))
        .await
        .unwrap();
        tx.later_one_raw(add("b")).await.unwrap();
        assert_eq!(count(&tx, "b").await, Some(8));
        tx.later_raw(sql("INSERT INTO counts VALUES (?, 1)", ["c".into()]))
            .await
            .unwrap();
        // A row that refers to one that waits.
        tx.execute_raw(sql("INSERT INTO parts VALUES (?, 'x')", ["c".into()]))
            .await
            .unwrap();
        tx.later_raw(add("a")).await.unwrap();
        assert_eq!(tx.written(), ["counts", "parts"]);
        assert_eq!(count(&db, "a").await, Some(0));
        tx.commit().await.unwrap();
        assert_eq!(count(&db, "a").await, Some(2));
    }

    #[tokio::test]
    async fn what_fails_later_fails_the_commit_and_undoes_everything() {
        let (_dir, db) = database().await;
        for wrong in [
            sql("INSERT INTO counts VALUES (?, 1)", ["a".into()]),
            sql("INSERT INTO parts VALUES (?, 'x')", ["z".into()]),
        ] {
            let tx = db.begin().await.unwrap();
            tx.later_raw(add("a")).await.unwrap();
            tx.later_raw(wrong).await.unwrap();
            tx.later_raw(add("a")).await.unwrap();
            assert!(tx.commit().await.is_err());
            assert_eq!(count(&db, "a").await, Some(0));
        }
        let tx = db.begin().await.unwrap();
        tx.later_one_raw(add("nobody")).await.unwrap();
        tx.later_one_raw(add("a")).await.unwrap();
        let failed = tx.commit().await.unwrap_err();
        assert!(matches!(failed, DbErr::RecordNotUpdated), "{failed}");
        assert_eq!(count(&db, "a").await, Some(0));
        let tx = db.begin().await.unwrap();
        tx.later_one_raw(add("nobody")).await.unwrap();
        let failed = tx
            .query_all_raw(sql("SELECT n FROM counts", []))
            .await
            .unwrap_err();
        assert!(matches!(failed, DbErr::RecordNotUpdated), "{failed}");
    }
}
