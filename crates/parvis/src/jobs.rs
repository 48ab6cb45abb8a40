//! The jobs of the queue (mail, a file to remove, a follow asked again), and what is cleared away once a day.
//!
//! Any number of processes may run it: a job belongs to whoever claimed it, and clearing away twice does nothing more.
//! Not here: deliveries and the inbox, which have queues of their own in `parvis-federation`.

use std::sync::Arc;
use std::time::Duration;

use parvis_forum::db::queue::jobs as queue;
use parvis_forum::id::FollowId;
use parvis_forum::jobs::{self, Job};
use parvis_forum::kinds::FollowState;
use parvis_forum::{
    Error, Event, Forum, Result, bans, drafts, farewells, follows, keys, mail, media,
    notifications, people, polls, reports, second_factors, sessions, throttles,
};
use parvis_web::i18n::Catalog;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

/// Name of the job that asks again for a follow that nobody answered.
const FOLLOW_AGAIN: &str = "follow-again";
/// Days after which a follow is asked for again, once.
const UNANSWERED_DAYS: i64 = 3;
/// Days after which nobody asks again; less than [`DONE_DAYS`], so that it stays at once.
const FORGOTTEN_DAYS: i64 = 20;
/// Days during which notifications are kept (product.md §5.4).
const NOTIFICATION_DAYS: i64 = 183;
/// Days during which the mark of a job that is done keeps it from being added again.
const DONE_DAYS: i64 = 30;
/// Jobs taken at once.
const BATCH: u64 = 10;
/// How long to wait for work before looking again: another process may have left some.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait after the database failed.
const PAUSE: Duration = Duration::from_secs(10);
/// Milliseconds between two clearings.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What a follow to be asked for again is.
#[derive(Debug, Serialize, Deserialize)]
struct FollowAgain {
    follow: i64,
}

/// Why a job failed.
#[derive(Debug)]
enum JobError {
    /// Trying again would not help.
    Fail(String),
    /// It may work later.
    Retry(Error),
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        Self::Retry(error)
    }
}

/// Does the jobs of the queue, and clears away daily, until `stop`; the job in hand is finished first.
pub async fn run(forum: Forum, texts: Arc<Catalog>, stop: CancellationToken) {
    let owner = owner();
    let mut cleared = None;
    let mut work = forum.work();
    while !stop.is_cancelled() {
        forum.heartbeats().beat("jobs");
        let now = forum.now();
        if cleared.is_none_or(|at| now.0 - at >= DAY_MS) {
            match clear(&forum).await {
                Ok(()) => cleared = Some(now.0),
                Err(error) => {
                    tracing::warn!(%error, "not everything was cleared away: {error}");
                }
            }
        }
        let pause = match step(&forum, &texts, &owner).await {
            Ok(0) => PATIENCE,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(%error, "the queue of jobs can't be read: {error}");
                PAUSE
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work.arrived() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Does all jobs that are due, and returns how many there were. For tests and for orderly ends.
pub async fn drain(forum: &Forum, texts: &Catalog) -> Result<usize> {
    let owner = owner();
    let mut done = 0;
    loop {
        match step(forum, texts, &owner).await? {
            0 => return Ok(done),
            some => done += some,
        }
    }
}

fn owner() -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("jobs-{}-{:016x}", std::process::id(), hasher.finish())
}

/// Takes some jobs and does them; returns how many.
async fn step(forum: &Forum, texts: &Catalog, owner: &str) -> Result<usize> {
    let claimed = jobs::claim(forum, owner, BATCH).await?;
    for job in &claimed {
        match perform(forum, texts, owner, job).await {
            Ok(()) => tracing::debug!(job.name = job.kind, "job done"),
            Err(JobError::Fail(error)) => {
                tracing::error!(
                    job.name = job.kind,
                    attempt = job.attempts,
                    "job given up: {error}"
                );
                jobs::give_up(forum, owner, job, &error).await?;
            }
            // Another worker has it: theirs counts.
            Err(JobError::Retry(Error::Conflict(_))) => {}
            Err(JobError::Retry(error)) => {
                let error = error.to_string();
                if jobs::failed(forum, owner, job, &error).await? {
                    tracing::error!(
                        job.name = job.kind,
                        attempt = job.attempts,
                        "job set aside: {error}"
                    );
                } else {
                    tracing::warn!(
                        job.name = job.kind,
                        attempt = job.attempts,
                        "job failed: {error}"
                    );
                }
            }
        }
    }
    Ok(claimed.len())
}

async fn perform(
    forum: &Forum,
    texts: &Catalog,
    owner: &str,
    job: &Job,
) -> std::result::Result<(), JobError> {
    match job.kind.as_str() {
        mail::JOB => send(forum, texts, owner, job).await,
        media::JOB => {
            media::remove_file(forum, job).await?;
            finish(forum, owner, job).await
        }
        polls::JOB => tell_counts(forum, owner, job).await,
        FOLLOW_AGAIN => follow_again(forum, owner, job).await,
        bans::REMOVAL => {
            let removal = jobs::payload(job).map_err(|error| JobError::Fail(error.to_string()))?;
            bans::remove_content(forum, removal).await?;
            finish(forum, owner, job).await
        }
        bans::RETURN => {
            let what = jobs::payload(job).map_err(|error| JobError::Fail(error.to_string()))?;
            bans::restore_content(forum, &what).await?;
            finish(forum, owner, job).await
        }
        other => Err(JobError::Fail(format!("no job is called `{other}`"))),
    }
}

async fn send(
    forum: &Forum,
    texts: &Catalog,
    owner: &str,
    job: &Job,
) -> std::result::Result<(), JobError> {
    let unreadable = |error: &dyn std::fmt::Display| JobError::Fail(error.to_string());
    let mail = mail::of_job(job).map_err(|error| unreadable(&error))?;
    let text =
        parvis_web::mail::text(texts, forum.config(), &mail).map_err(|error| unreadable(&error))?;
    let message_id = mail::message_id(forum.config(), job);
    mail::send(forum, &mail.to, &text, &message_id).await?;
    finish(forum, owner, job).await
}

async fn finish(forum: &Forum, owner: &str, job: &Job) -> std::result::Result<(), JobError> {
    let tx = forum.begin().await?;
    jobs::done(&tx, owner, job).await?;
    Ok(tx.commit().await?)
}

/// Has others told how a poll stands.
async fn tell_counts(forum: &Forum, owner: &str, job: &Job) -> std::result::Result<(), JobError> {
    let tx = forum.begin().await?;
    polls::tell(&tx, job).await?;
    jobs::done(&tx, owner, job).await?;
    Ok(tx.commit().await?)
}

/// Asks again for a follow, if it still waits for an answer.
async fn follow_again(forum: &Forum, owner: &str, job: &Job) -> std::result::Result<(), JobError> {
    let FollowAgain { follow } =
        jobs::payload(job).map_err(|error| JobError::Fail(error.to_string()))?;
    let follow = FollowId(follow);
    let tx = forum.begin().await?;
    match follows::by_id(tx.c(), follow).await {
        Ok(row) if row.state == FollowState::Pending => tx.emit(Event::FollowRequested { follow }),
        // Answered or taken back in the meantime.
        Ok(_) | Err(Error::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    jobs::done(&tx, owner, job).await?;
    Ok(tx.commit().await?)
}

/// Clears away what is over: accounts never confirmed, links, sessions, sign-ins without their code, counters, old notifications and drafts, keys of
/// accounts closed long ago, files that no post has; and adds the follows to be asked for again.
pub async fn clear(forum: &Forum) -> Result<()> {
    let now = forum.now();
    let tx = forum.begin().await?;
    let accounts = people::purge_unconfirmed(&tx).await?;
    people::purge_links(&tx).await?;
    people::purge_keys(&tx).await?;
    farewells::purge(&tx).await?;
    keys::purge(&tx).await?;
    sessions::purge(&tx).await?;
    second_factors::purge(&tx).await?;
    throttles::purge(&tx).await?;
    bans::forget_lapsed(&tx).await?;
    let files = media::purge(&tx).await?;
    notifications::purge(&tx, now.plus_days(-NOTIFICATION_DAYS)).await?;
    drafts::purge(&tx, now.plus_days(-drafts::KEPT_DAYS)).await?;
    reports::forget_contacts(&tx, now.plus_days(-reports::CONTACT_DAYS)).await?;
    queue::purge(tx.c(), now.plus_days(-DONE_DAYS)).await?;
    for follow in follows::unanswered(tx.c(), now.plus_days(-UNANSWERED_DAYS)).await? {
        if follow.created_at < now.plus_days(-FORGOTTEN_DAYS) {
            continue;
        }
        let again = FollowAgain {
            follow: follow.id.0,
        };
        jobs::enqueue(
            &tx,
            FOLLOW_AGAIN,
            &again,
            Some(&format!("{FOLLOW_AGAIN}:{}", follow.id)),
        )
        .await?;
    }
    tx.commit().await?;
    let strays = media::sweep(forum).await?;
    tracing::info!(accounts, files, strays, "cleared away what is over");
    Ok(())
}
