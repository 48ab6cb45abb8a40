//! The background work of a node: everything that happens without a request.
//!
//! Each loop runs until it is told to stop, and finishes what it has in hand. A loop that panics is started again, so
//! that one bad row can't end deliveries for good.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use parvis_federation::{Federation, delivery, inbox};
use parvis_web::i18n::Catalog;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::jobs;

/// How long to wait before a loop that panicked is started again.
const PAUSE: Duration = Duration::from_secs(5);

/// Starts every loop as a task of `tasks`; all end once `stop` is cancelled.
pub fn start(
    federation: &Federation,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let texts = Arc::new(Catalog::load()?);
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
    let forum = federation.forum().clone();
    watch("jobs", tasks, stop, {
        let stop = stop.clone();
        move || jobs::run(forum.clone(), Arc::clone(&texts), stop.clone())
    });
    Ok(())
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
