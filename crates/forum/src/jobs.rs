//! Work to do later, as the operations see it: typed payloads over [`crate::db::queue::jobs`].
//!
//! A job is added in the transaction of the change that calls for it. Who runs jobs claims some, does the work outside
//! any transaction, and then says [`done`] (with the work's own writes, in one transaction) or [`failed`].

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::queue::jobs as queue;
use crate::{Error, Forum, Result, Timestamp, Tx};

pub use crate::db::queue::jobs::Job;

/// How long a worker has for a job, in seconds.
pub const LEASE_SECONDS: i64 = 300;
/// Tries before a job is set aside.
pub const MAX_ATTEMPTS: i32 = 12;

/// Adds a job that is due at once. With a unique key: nothing when it was added before, even if it is done since.
///
/// Returns whether it was added.
pub async fn enqueue(
    tx: &Tx,
    kind: &str,
    payload: &impl Serialize,
    unique_key: Option<&str>,
) -> Result<bool> {
    enqueue_at(tx, kind, payload, unique_key, tx.now()).await
}

/// The same, not before `at`.
pub async fn enqueue_at(
    tx: &Tx,
    kind: &str,
    payload: &impl Serialize,
    unique_key: Option<&str>,
    at: Timestamp,
) -> Result<bool> {
    let payload = serde_json::to_string(payload)
        .map_err(|e| Error::External(format!("cannot write job `{kind}`: {e}")))?;
    let new = queue::NewJob {
        kind,
        payload: &payload,
        unique_key,
        at,
    };
    tx.leaves_work();
    Ok(queue::push(tx.c(), tx.now(), new).await?)
}

/// Takes jobs that are due. `owner` names the worker, differently at each start.
pub async fn claim(forum: &Forum, owner: &str, limit: u64) -> Result<Vec<Job>> {
    let now = forum.now();
    Ok(queue::claim(
        forum.db(),
        owner,
        now,
        now.plus_seconds(LEASE_SECONDS),
        limit,
    )
    .await?)
}

/// Reads the payload of a job.
pub fn payload<T: DeserializeOwned>(job: &Job) -> Result<T> {
    serde_json::from_str(&job.payload)
        .map_err(|e| Error::External(format!("job `{}` {}: {e}", job.kind, job.id)))
}

/// Marks a job as done, in the transaction of what it did. `Conflict` when another worker took it over: then nothing
/// of it may be committed.
pub async fn done(tx: &Tx, owner: &str, job: &Job) -> Result<()> {
    if queue::done(tx.c(), owner, tx.now(), job.id).await? {
        Ok(())
    } else {
        Err(Error::Conflict("another worker has the job"))
    }
}

/// Gives a job back after a failure: tried again later and later, set aside after [`MAX_ATTEMPTS`] tries. Returns true
/// when it was set aside.
pub async fn failed(forum: &Forum, owner: &str, job: &Job, error: &str) -> Result<bool> {
    let tx = forum.begin().await?;
    let dead = job.attempts >= MAX_ATTEMPTS;
    if dead {
        queue::dead(tx.c(), owner, job.id, error).await?;
    } else {
        let at = tx.now().plus_seconds(backoff_seconds(job.attempts));
        queue::retry_at(tx.c(), owner, job.id, at, error).await?;
    }
    tx.commit().await?;
    Ok(dead)
}

/// Sets a job aside at once: trying again would not help.
pub async fn give_up(forum: &Forum, owner: &str, job: &Job, error: &str) -> Result<()> {
    let tx = forum.begin().await?;
    queue::dead(tx.c(), owner, job.id, error).await?;
    tx.commit().await
}

/// 30 s, doubled with each try, at most 6 h.
fn backoff_seconds(attempts: i32) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1))
        .unwrap_or(0)
        .min(20);
    (30_i64 << doublings).min(6 * 3600)
}

#[cfg(test)]
mod tests {
    use super::backoff_seconds;

    #[test]
    fn tries_come_later_and_later() {
        assert_eq!(backoff_seconds(1), 30);
        assert_eq!(backoff_seconds(2), 60);
        assert_eq!(backoff_seconds(11), 6 * 3600);
        assert_eq!(backoff_seconds(i32::MAX), 6 * 3600);
    }
}
