//! Transactions, and what may be read from.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use std::sync::Arc;

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
        Ok(Self { inner, wal })
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

macro_rules! delegate {
    ($type:ty, |$self:ident| $inner:expr) => {
        #[async_trait::async_trait]
        impl ConnectionTrait for $type {
            fn get_database_backend(&self) -> DbBackend {
                let $self = self;
                $inner.get_database_backend()
            }
            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                let $self = self;
                $inner.execute_raw(statement).await
            }
            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                let $self = self;
                $inner.execute_unprepared(sql).await
            }
            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> Result<Option<QueryResult>, DbErr> {
                let $self = self;
                $inner.query_one_raw(statement).await
            }
            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                let $self = self;
                $inner.query_all_raw(statement).await
            }
        }
    };
}

delegate!(Db, |db| db.reader());
delegate!(Tx, |tx| tx.inner);
