//! Listening: connections, HTTP/1.1 and HTTP/2, their bounds in time, and an orderly end.
//!
//! Written on hyper-util because axum's own server has no bound for the time that headers may take.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::extract::client::Peer;

/// How long the headers of a request may take, the first byte of a connection included.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long requests in flight may take once the end was asked for.
const GRACE: Duration = Duration::from_secs(30);
/// What a connection that speaks HTTP/2 from the start begins with.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves until `shutdown` ends, then finishes what is in flight, for 30 seconds at most.
pub async fn serve(router: Router, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(100)
        .max_header_list_size(64 * 1024);
    let graceful = GracefulShutdown::new();
    let tasks = TaskTracker::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: others end in the meantime.
                    tracing::warn!(%error, "connection not accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let router = router.clone();
        let builder = builder.clone();
        let watcher = graceful.watcher();
        tasks.spawn(async move {
            if !matches!(
                tokio::time::timeout(HEADER_TIME, has_begun(&stream)).await,
                Ok(true)
            ) {
                return;
            }
            let _ = stream.set_nodelay(true);
            let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(Peer(peer.ip()));
                let router = router.clone();
                async move { Ok::<_, Infallible>(into_ok(router.oneshot(request).await)) }
            });
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(%error, "connection ended: {error}");
            }
        });
    }
    drop(listener);
    tasks.close();
    let quiet = async {
        graceful.shutdown().await;
        tasks.wait().await;
    };
    if tokio::time::timeout(GRACE, quiet).await.is_err() {
        tracing::warn!("requests still in flight after {GRACE:?} were cut");
    }
}

fn into_ok<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

/// Waits until it is known which protocol the peer speaks; false when it left. The server's own look at the first
/// bytes has no bound in time.
async fn has_begun(stream: &TcpStream) -> bool {
    let mut seen = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut seen).await {
            Ok(0) | Err(_) => return false,
            Ok(n) if n == seen.len() || !PREFACE.starts_with(seen.get(..n).unwrap_or_default()) => {
                return true;
            }
            // Part of the preface: `peek` won't wait for more while there is something unread.
            Ok(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
