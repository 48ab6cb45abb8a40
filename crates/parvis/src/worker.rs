//! The background work of a node: everything that happens without a request.
//!
//! Each loop runs until it is told to stop, and finishes what it has in hand. A loop that panics is started again, so
//! that one bad row can't end deliveries for good.

use std::fs::{File, TryLockError};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures::FutureExt as _;
use parvis_federation::{Federation, backfill, delivery, inbox, repair};
use parvis_forum::{Forum, freshness};
use parvis_web::i18n::Catalog;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::jobs;

/// How long to wait before a loop that panicked is started again.
const PAUSE: Duration = Duration::from_secs(5);

/// The loops, and how long one round of each may take: forgetting old entries, or a mail server that doesn't answer.
const LOOPS: [(&str, Duration); 5] = [
    ("inbox", Duration::from_mins(1)),
    ("delivery", Duration::from_mins(5)),
    ("jobs", Duration::from_mins(15)),
    ("backfill", Duration::from_mins(5)),
    ("repair", Duration::from_mins(15)),
];

/// Held for as long as the background work of a process runs on an SQLite file.
///
/// SQLite lives on one machine: whoever gets this lock knows that no other worker runs, and may take up at once what a
/// killed one had in hand. On PostgreSQL its leases end by themselves, within a minute.
#[derive(Debug)]
pub struct Alone {
    _file: Option<File>,
}

/// Takes up what a killed worker left, if no other one runs.
pub async fn take_over(forum: &Forum) -> anyhow::Result<Alone> {
    let Some(path) = freshness::file_beside(forum.config().database.url.as_str()) else {
        forum.freshness().await_notices();
        return Ok(Alone { _file: None });
    };
    let path = path.display();
    let file = File::options()
        .create(true)
        .append(true)
        .open(path.to_string())
        .with_context(|| format!("{path} can't be made"))?;
    match file.try_lock() {
        Ok(()) => {
            let tx = forum.begin().await?;
            parvis_db::queue::forget_leases(tx.c()).await?;
            tx.commit().await?;
            // Its length tells what others change from now on.
            file.set_len(0)
                .with_context(|| format!("{path} can't be emptied"))?;
            // Opened anew: the lock belongs to the other one.
            let watched =
                File::open(path.to_string()).with_context(|| format!("{path} can't be watched"))?;
            forum.freshness().watch_file(watched);
            Ok(Alone { _file: Some(file) })
        }
        Err(TryLockError::WouldBlock) => Ok(Alone { _file: None }),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{path} can't be locked"))
        }
    }
}

/// Starts every loop as a task of `tasks`; all end once `stop` is cancelled.
pub fn start(
    federation: &Federation,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let texts = Catalog::shared();
    let expected = federation.forum().heartbeats();
    for (name, patience) in LOOPS {
        expected.expect(name, patience);
    }
    watch("inbox", tasks, stop, {
        let (federation, stop) = (federation.clone(), stop.clone());
        move || {
            let (federation, stop) = (federation.clone(), stop.clone());
            async move { inbox::run(&federation, stop).await }
        }
    });
    watch("delivery", tasks, stop, {
        let (federation, stop) = (federation.clone(), stop.clone());
        move || {
            let (federation, stop) = (federation.clone(), stop.clone());
            async move { delivery::run(&federation, stop).await }
        }
    });
    watch("backfill", tasks, stop, {
        let (federation, stop) = (federation.clone(), stop.clone());
        move || {
            let (federation, stop) = (federation.clone(), stop.clone());
            async move { backfill::run(&federation, stop).await }
        }
    });
    watch("repair", tasks, stop, {
        let (federation, stop) = (federation.clone(), stop.clone());
        move || {
            let (federation, stop) = (federation.clone(), stop.clone());
            async move { repair::run(&federation, stop).await }
        }
    });
    listen(federation.forum(), tasks, stop);
    let forum = federation.forum().clone();
    watch("jobs", tasks, stop, {
        let stop = stop.clone();
        move || jobs::run(forum.clone(), Arc::clone(&texts), stop.clone())
    });
    Ok(())
}

/// Starts listening to other processes. Those that work do, and those that serve.
pub fn listen(forum: &Forum, tasks: &TaskTracker, stop: &CancellationToken) {
    watch("wake", tasks, stop, {
        let (forum, stop) = (forum.clone(), stop.clone());
        move || hear_others(forum.clone(), stop.clone())
    });
}

/// Passes on what other processes leave to do, and what they change. Without it the loops look by themselves, at their intervals.
async fn hear_others(forum: Forum, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            heard = forum.hear_others() => {
                if let Err(error) = heard {
                    tracing::warn!(%error, "can't hear what other processes leave to do");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
    }
}

/// Runs a loop, and again when it panicked.
fn watch<F: Future<Output = ()> + Send + 'static>(
    name: &'static str,
    tasks: &TaskTracker,
    stop: &CancellationToken,
    work: impl Fn() -> F + Send + 'static,
) {
    let stop = stop.clone();
    tasks.spawn(async move {
        while AssertUnwindSafe(work()).catch_unwind().await.is_err() && !stop.is_cancelled() {
            tracing::error!(
                worker = name,
                "the loop `{name}` panicked and is started again"
            );
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    });
}
