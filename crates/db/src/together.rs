//! Several questions asked in one trip to the database.
//!
//! On SQLite a trip costs several times what a question does ([`crate::Tx`]); PostgreSQL is asked one after the other.

use sea_orm::{
    DbBackend, DbErr, EntityTrait, FromQueryResult, QueryResult, QueryTrait, Select, SelectTwo,
    Statement, TryGetableMany,
};

use crate::Read;

/// A question with rows of one kind as its answer.
pub trait Question: Send {
    /// A row of the answer.
    type Row: Send;
    /// How it is asked.
    fn statement(&self, backend: DbBackend) -> Statement;
    /// Reads a row.
    fn row(row: &QueryResult) -> Result<Self::Row, DbErr>;
}

impl<E: EntityTrait> Question for Select<E>
where
    E::Model: Send,
{
    type Row = E::Model;

    fn statement(&self, backend: DbBackend) -> Statement {
        self.build(backend)
    }

    fn row(row: &QueryResult) -> Result<E::Model, DbErr> {
        E::Model::from_query_result(row, "")
    }
}

impl<E: EntityTrait, F: EntityTrait> Question for SelectTwo<E, F>
where
    E::Model: Send,
    F::Model: Send,
{
    type Row = (E::Model, Option<F::Model>);

    fn statement(&self, backend: DbBackend) -> Statement {
        self.build(backend)
    }

    fn row(row: &QueryResult) -> Result<Self::Row, DbErr> {
        Ok((
            E::Model::from_query_result(row, "A_")?,
            F::Model::from_query_result_optional(row, "B_")?,
        ))
    }
}

/// A question whose rows are read by their columns' order.
pub struct Tuples<E: EntityTrait, T> {
    select: Select<E>,
    row: std::marker::PhantomData<fn() -> T>,
}

impl<E: EntityTrait, T> Tuples<E, T> {
    /// The columns that `select` names, in their order.
    pub fn of(select: Select<E>) -> Self {
        Self {
            select,
            row: std::marker::PhantomData,
        }
    }
}

impl<E: EntityTrait, T: TryGetableMany + Send> Question for Tuples<E, T> {
    type Row = T;

    fn statement(&self, backend: DbBackend) -> Statement {
        self.select.build(backend)
    }

    fn row(row: &QueryResult) -> Result<T, DbErr> {
        T::try_get_many_by_index(row).map_err(DbErr::from)
    }
}

/// The rows of two questions.
pub async fn two<A: Question, B: Question>(
    db: &impl Read,
    a: A,
    b: B,
) -> Result<(Vec<A::Row>, Vec<B::Row>), DbErr> {
    let backend = db.get_database_backend();
    let asked = vec![a.statement(backend), b.statement(backend)];
    let mut answers = db.query_each_raw(asked).await?.into_iter();
    Ok((read::<A>(answers.next())?, read::<B>(answers.next())?))
}

/// The rows of three questions.
pub async fn three<A: Question, B: Question, C: Question>(
    db: &impl Read,
    a: A,
    b: B,
    c: C,
) -> Result<(Vec<A::Row>, Vec<B::Row>, Vec<C::Row>), DbErr> {
    let backend = db.get_database_backend();
    let asked = vec![
        a.statement(backend),
        b.statement(backend),
        c.statement(backend),
    ];
    let mut answers = db.query_each_raw(asked).await?.into_iter();
    Ok((
        read::<A>(answers.next())?,
        read::<B>(answers.next())?,
        read::<C>(answers.next())?,
    ))
}

fn read<Q: Question>(rows: Option<Vec<QueryResult>>) -> Result<Vec<Q::Row>, DbErr> {
    rows.unwrap_or_default().iter().map(Q::row).collect()
}
