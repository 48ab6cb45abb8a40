//! `parvis worker`: the background work alone. Any number may run beside any number of `serve --no-worker`.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::Global;
use crate::stop::Signals;
use crate::{figures, open, worker};

/// How long everything in hand may take once the end was asked for.
const GRACE: Duration = Duration::from_secs(30);

/// Does the background work: deliveries, inbox, mail, schedules.
#[derive(Debug, Args)]
pub struct Worker {}

/// Runs the command, until a signal to stop.
pub async fn run(global: &Global) -> anyhow::Result<()> {
    let mut signals = Signals::catch()?;
    let config = global.load_config()?;
    let public_url = config.server.public_url.origin();
    let federation = open::node(config).await?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let _alone = worker::take_over(federation.forum()).await?;
    worker::start(&federation, &tasks, &stop)?;
    match figures::listen(&federation).await {
        Ok(Some(listener)) => {
            figures::serve(&tasks, listener, &federation, None, &stop);
        }
        Ok(None) => {}
        // Another process on this machine has the address, most likely: the work matters more.
        Err(error) => tracing::warn!("this worker shows no figures: {error:#}"),
    }
    tasks.close();
    global.output().answer(
        &format!("working for {public_url}"),
        &json!({"working_for": public_url}),
    )?;
    signals.next().await;
    tracing::info!("stopping");
    stop.cancel();
    tokio::select! {
        () = tasks.wait() => {}
        () = tokio::time::sleep(GRACE) => tracing::warn!("not everything in hand was finished"),
        () = signals.next() => {}
    }
    Ok(())
}
