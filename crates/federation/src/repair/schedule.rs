//! When categories are compared: once a day, after the node was stopped, and when a server answers again that didn't.

use std::time::Duration;

use parvis_forum::{categories, comparisons, instances};
use tokio_util::sync::CancellationToken;

use super::{Depth, ask, compare};
use crate::{Federation, Result};

/// What the loop is called.
pub(super) const LOOP: &str = "repair";
/// How often the database is asked what is due.
const POLL: Duration = Duration::from_secs(30);
/// Categories compared in one round.
const ROUND: u64 = 8;
/// After a stop, what was compared longer ago than this is compared again.
const STOPPED_SECONDS: i64 = 3_600;

/// Compares what is due until `stop`.
pub async fn run(federation: &Federation, stop: CancellationToken) {
    let forum = federation.forum();
    if let Err(error) = begin(federation).await {
        tracing::warn!(%error, "cannot plan comparisons: {error}");
    }
    while !stop.is_cancelled() {
        forum.heartbeats().beat(LOOP);
        let busy = tokio::select! {
            () = stop.cancelled() => return,
            round = Box::pin(round(federation)) => match round {
                Ok(done) => done > 0,
                Err(error) => {
                    tracing::warn!(%error, "cannot compare with other nodes: {error}");
                    false
                }
            },
        };
        if !busy {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

async fn begin(federation: &Federation) -> Result<()> {
    let tx = federation.forum().begin().await?;
    let since = tx.now().plus_seconds(-STOPPED_SECONDS);
    comparisons::hasten_all(&tx, since).await?;
    Ok(tx.commit().await?)
}

/// Compares all that is due now; how many categories there were.
pub async fn drain(federation: &Federation) -> Result<usize> {
    let mut count = 0;
    loop {
        match round(federation).await? {
            0 => return Ok(count),
            some => count += some,
        }
    }
}

async fn round(federation: &Federation) -> Result<usize> {
    let forum = federation.forum();
    if !forum.config().federation.enabled {
        return Ok(0);
    }
    let mut count = 0;
    for due in comparisons::due(forum.db(), forum.now(), ROUND).await? {
        count += 1;
        if !due.planned {
            let tx = forum.begin().await?;
            comparisons::plan(&tx, due.category_id, &due.host).await?;
            tx.commit().await?;
            continue;
        }
        let category = categories::by_id(forum.db(), due.category_id).await?;
        Box::pin(compare(federation, &category, Depth::Usual)).await?;
    }
    for host in comparisons::back(forum.db(), forum.now(), ROUND).await? {
        let ties = instances::ties(forum.db(), &host).await?;
        if let Err(error) = Box::pin(ask(federation, &host, &ties.ours)).await {
            tracing::debug!(%error, instance = host, "{host} can't be asked to compare");
            let tx = forum.begin().await?;
            comparisons::asked(&tx, &host).await?;
            tx.commit().await?;
        }
    }
    Ok(count)
}
