//! Work to do later: mail, fetches, clean-up. Not deliveries, which are a log (`outbox`).
//!
//! A job is tried until it is done or set aside as dead. A lease belongs to one owner; whatever a worker says after
//! somebody else took the job over changes nothing. A done job without a unique key is deleted; one with a key stays
//! as a mark that it happened, without its payload, until [`purge`].

use sea_orm::sea_query::{Expr, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::entity::job;
use crate::entity::kinds::QueueState;
use crate::id::{self, JobId};
use crate::time::Timestamp;
use crate::{Db, Read, Tx};

pub use crate::entity::job::Model as Job;

/// A job to add.
#[derive(Clone, Copy, Debug)]
pub struct NewJob<'a> {
    /// Name of the job.
    pub kind: &'a str,
    /// JSON.
    pub payload: &'a str,
    /// When set, nothing is added while a job with this key is there, be it done.
    pub unique_key: Option<&'a str>,
    /// Not before.
    pub at: Timestamp,
}

/// Adds a job. Returns false when its unique key is there already.
pub async fn push(tx: &Tx, now: Timestamp, new: NewJob<'_>) -> Result<bool, DbErr> {
    let row = job::ActiveModel {
        id: Set(id::mint(now)),
        kind: Set(new.kind.to_owned()),
        payload: Set(new.payload.to_owned()),
        unique_key: Set(new.unique_key.map(ToOwned::to_owned)),
        state: Set(QueueState::Ready),
        attempts: Set(0),
        next_at: Set(new.at),
        lease_owner: Set(None),
        lease_until: Set(None),
        error: Set(None),
    };
    let added = job::Entity::insert(row)
        .on_conflict(
            OnConflict::column(job::Column::UniqueKey)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(added > 0)
}

fn due(now: Timestamp) -> Condition {
    Condition::all()
        .add(job::Column::State.eq(QueueState::Ready))
        .add(job::Column::NextAt.lte(now))
        .add(
            Condition::any()
                .add(job::Column::LeaseUntil.is_null())
                .add(job::Column::LeaseUntil.lte(now)),
        )
}

/// Takes at most `limit` jobs that are due, for `owner` until `until`; counts the try. Those of a worker whose lease
/// ran out are taken over.
pub async fn claim(
    db: &Db,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
    limit: u64,
) -> Result<Vec<Job>, DbErr> {
    let find = || {
        job::Entity::find()
            .filter(due(now))
            .order_by_asc(job::Column::NextAt)
            .order_by_asc(job::Column::Id)
            .limit(limit)
    };
    // The one writer of SQLite is not disturbed for nothing.
    if find().limit(1).one(db).await?.is_none() {
        return Ok(Vec::new());
    }
    let tx = db.begin().await?;
    let mut query = find();
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        query = query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    let mut jobs = query.all(&tx).await?;
    job::Entity::update_many()
        .col_expr(job::Column::LeaseOwner, Expr::value(owner))
        .col_expr(job::Column::LeaseUntil, Expr::value(until))
        .col_expr(
            job::Column::Attempts,
            sea_orm::sea_query::ExprTrait::add(Expr::col(job::Column::Attempts), 1),
        )
        .filter(job::Column::Id.is_in(jobs.iter().map(|j| j.id)))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    for job in &mut jobs {
        job.attempts += 1;
        job.lease_owner = Some(owner.to_owned());
        job.lease_until = Some(until);
    }
    Ok(jobs)
}

fn held(owner: &str, id: JobId) -> Condition {
    Condition::all()
        .add(job::Column::Id.eq(id))
        .add(job::Column::State.eq(QueueState::Ready))
        .add(job::Column::LeaseOwner.eq(owner))
}

/// Marks a job as done. False when `owner` holds it no longer: then undo the transaction.
pub async fn done(tx: &Tx, owner: &str, now: Timestamp, id: JobId) -> Result<bool, DbErr> {
    let deleted = job::Entity::delete_many()
        .filter(held(owner, id))
        .filter(job::Column::UniqueKey.is_null())
        .exec(tx)
        .await?;
    if deleted.rows_affected > 0 {
        return Ok(true);
    }
    let updated = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(QueueState::Done))
        .col_expr(job::Column::Payload, Expr::value("{}"))
        .col_expr(job::Column::NextAt, Expr::value(now))
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<i64>))
        .filter(held(owner, id))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Gives a job back, to be tried again not before `at`. False when `owner` holds it no longer.
pub async fn retry_at(
    tx: &Tx,
    owner: &str,
    id: JobId,
    at: Timestamp,
    error: &str,
) -> Result<bool, DbErr> {
    let updated = job::Entity::update_many()
        .col_expr(job::Column::NextAt, Expr::value(at))
        .col_expr(job::Column::Error, Expr::value(error))
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<i64>))
        .filter(held(owner, id))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Sets a job aside for an administrator to look at. False when `owner` holds it no longer.
pub async fn dead(tx: &Tx, owner: &str, id: JobId, error: &str) -> Result<bool, DbErr> {
    let updated = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(QueueState::Dead))
        .col_expr(job::Column::Error, Expr::value(error))
        .col_expr(job::Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<i64>))
        .filter(held(owner, id))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected > 0)
}

/// When the next job is due; a leased one, when its lease ends. None when there is nothing to do.
pub async fn next_due(db: &impl Read) -> Result<Option<Timestamp>, DbErr> {
    Ok(job::Entity::find()
        .filter(job::Column::State.eq(QueueState::Ready))
        .order_by_asc(job::Column::NextAt)
        .limit(100)
        .all(db)
        .await?
        .into_iter()
        .map(|job| job.lease_until.unwrap_or_default().max(job.next_at))
        .min())
}

/// Jobs that were set aside, newest first.
pub async fn dead_ones(db: &impl Read, limit: u64) -> Result<Vec<Job>, DbErr> {
    job::Entity::find()
        .filter(job::Column::State.eq(QueueState::Dead))
        .order_by_desc(job::Column::Id)
        .limit(limit)
        .all(db)
        .await
}

/// Forgets the marks of jobs that were done before `before`.
pub async fn purge(tx: &Tx, before: Timestamp) -> Result<u64, DbErr> {
    let deleted = job::Entity::delete_many()
        .filter(job::Column::State.eq(QueueState::Done))
        .filter(job::Column::NextAt.lt(before))
        .exec(tx)
        .await?;
    Ok(deleted.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn database() -> (tempfile::TempDir, Db) {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite://{}/t.db", dir.path().display()), None)
            .await
            .unwrap();
        db.migrate().await.unwrap();
        (dir, db)
    }

    async fn add(db: &Db, key: Option<&str>) -> bool {
        let tx = db.begin().await.unwrap();
        let added = push(
            &tx,
            Timestamp(1_000),
            NewJob {
                kind: "mail",
                payload: "{\"a\":1}",
                unique_key: key,
                at: Timestamp(1_000),
            },
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        added
    }

    #[tokio::test]
    async fn a_job_with_a_key_is_added_and_done_once() {
        let (_dir, db) = database().await;
        assert!(add(&db, Some("k")).await);
        assert!(!add(&db, Some("k")).await);
        let jobs = claim(&db, "a", Timestamp(2_000), Timestamp(9_000), 10)
            .await
            .unwrap();
        assert_eq!(jobs.len(), 1);
        let tx = db.begin().await.unwrap();
        assert!(done(&tx, "a", Timestamp(2_000), jobs[0].id).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!add(&db, Some("k")).await);
        let tx = db.begin().await.unwrap();
        assert_eq!(purge(&tx, Timestamp(3_000)).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert!(add(&db, Some("k")).await);
    }

    #[tokio::test]
    async fn who_comes_back_after_the_lease_changes_nothing() {
        let (_dir, db) = database().await;
        assert!(add(&db, None).await);
        let first = claim(&db, "a", Timestamp(2_000), Timestamp(3_000), 10)
            .await
            .unwrap();
        assert!(
            claim(&db, "b", Timestamp(2_500), Timestamp(9_000), 10)
                .await
                .unwrap()
                .is_empty()
        );
        let second = claim(&db, "b", Timestamp(3_000), Timestamp(9_000), 10)
            .await
            .unwrap();
        assert_eq!(second[0].attempts, 2);
        let tx = db.begin().await.unwrap();
        assert!(!done(&tx, "a", Timestamp(4_000), first[0].id).await.unwrap());
        assert!(!dead(&tx, "a", first[0].id, "late").await.unwrap());
        assert!(
            retry_at(&tx, "b", first[0].id, Timestamp(8_000), "no")
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert_eq!(next_due(&db).await.unwrap(), Some(Timestamp(8_000)));
    }

    #[tokio::test]
    async fn workers_on_one_server_never_take_the_same_job() {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests are told where a database is"
        )]
        let Ok(url) = std::env::var("PARVIS_TEST_DATABASE_URL") else {
            return;
        };
        let schema = format!("t{:016x}", rand::random::<u64>());
        let admin = Db::connect(&url, None).await.unwrap();
        let tx = admin.begin().await.unwrap();
        tx.execute_unprepared(&format!("CREATE SCHEMA {schema}"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let db = Db::connect(&url, Some(&schema)).await.unwrap();
        db.migrate().await.unwrap();
        for n in 0..20 {
            assert!(add(&db, Some(&n.to_string())).await);
        }
        let take = |owner| claim(&db, owner, Timestamp(2_000), Timestamp(9_000), 10);
        let (a, b, c) = tokio::join!(take("a"), take("b"), take("c"));
        let mut ids: Vec<JobId> = [a, b, c]
            .into_iter()
            .flat_map(|jobs| jobs.unwrap())
            .map(|job| job.id)
            .collect();
        let taken = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), taken);
        assert!(taken >= 10);
        db.close().await.unwrap();
        let tx = admin.begin().await.unwrap();
        tx.execute_unprepared(&format!("DROP SCHEMA {schema} CASCADE"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}
