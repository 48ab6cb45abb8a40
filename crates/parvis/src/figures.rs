//! The listener for figures, where `metrics.bind` asks for one.

use std::sync::Arc;

use anyhow::Context as _;
use parvis_federation::Federation;
use parvis_web::figures::{Requests, router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Listens on `metrics.bind`, if it is set.
pub async fn listen(federation: &Federation) -> anyhow::Result<Option<TcpListener>> {
    let Some(bind) = federation.forum().config().metrics.bind else {
        return Ok(None);
    };
    let listener = TcpListener::bind(bind)
        .await
        .with_context(|| format!("can't listen on {bind} (metrics.bind)"))?;
    let address = listener.local_addr().unwrap_or(bind);
    tracing::info!(%address, "figures at http://{address}/metrics");
    Ok(Some(listener))
}

/// Serves the figures until `stop`; `requests` are those of this process, if it serves.
pub fn serve(
    tasks: &TaskTracker,
    listener: TcpListener,
    federation: &Federation,
    requests: Option<Arc<Requests>>,
    stop: &CancellationToken,
) {
    let stop = stop.clone();
    let router = router(federation.clone(), requests);
    tasks.spawn(async move { parvis_web::serve(router, listener, stop.cancelled_owned()).await });
}
