//! `parvis serve`: the node, for readers and peers.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use parvis_db::sea_orm::DatabaseBackend;
use parvis_forum::kinds::Role;
use parvis_forum::page::PageRequest;
use parvis_forum::people::{self, Filter};
use parvis_forum::{Forum, Viewer};
use parvis_web::AppState;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::Global;
use crate::stop::Signals;
use crate::{figures, open, worker};

/// How long everything in hand may take once the end was asked for.
const GRACE: Duration = Duration::from_secs(30);

/// Serves HTTP and runs the background work in the same process.
#[derive(Debug, Args)]
pub struct Serve {
    /// Serve only: `parvis worker` does the background work
    #[arg(long)]
    pub no_worker: bool,
}

/// Runs the command, until a signal to stop.
pub async fn run(args: &Serve, global: &Global) -> anyhow::Result<()> {
    let mut signals = Signals::catch()?;
    let config = global.load_config()?;
    let bind = config.server.bind;
    let public_url = config.server.public_url.clone();
    let federation = open::node(config).await?;
    let forum = federation.forum().clone();
    let hint = first_steps(&forum).await?;
    let state = AppState::new(federation.clone()).await?;
    let figures = figures::listen(&federation).await?;
    let listener = TcpListener::bind(bind)
        .await
        .with_context(|| format!("can't listen on {bind}: set another address in `server.bind`"))?;
    let address = listener.local_addr().context("no address to listen on")?;

    let requests = state.requests.clone();
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let mut alone = None;
    if args.no_worker {
        if forum.db().backend() == DatabaseBackend::Postgres {
            forum.freshness().await_notices();
        }
        worker::listen(&forum, &tasks, &stop);
    } else {
        alone = Some(worker::take_over(&forum).await?);
        worker::start(&federation, &tasks, &stop)?;
    }
    tasks.spawn({
        let stop = stop.clone();
        let router = parvis_web::router(state);
        async move { parvis_web::serve(router, listener, stop.cancelled_owned()).await }
    });
    if let Some(listener) = figures {
        figures::serve(&tasks, listener, &federation, Some(requests), &stop);
    }
    tasks.close();

    let own = format!("http://localhost:{}", address.port());
    // To be clicked on: the public address when it is this very server.
    let url = if address.ip().is_loopback() && public_url.origin() == own {
        own
    } else {
        format!("http://{address}")
    };
    let mut text = format!("listening on {url}");
    if public_url.origin() != url {
        text = format!("{text} for {public_url}");
    }
    if let Some(hint) = &hint {
        text = format!("{text}\n{hint}");
    }
    let object = json!({"listening": url, "public_url": public_url.origin(), "hint": hint});
    global.output().answer(&text, &object)?;
    tracing::info!(%address, public_url = %public_url, "serving {public_url} on {address}");

    signals.next().await;
    tracing::info!("stopping");
    stop.cancel();
    tokio::select! {
        () = tasks.wait() => {}
        () = tokio::time::sleep(GRACE) => tracing::warn!("not everything in hand was finished"),
        () = signals.next() => {}
    }
    drop(alone);
    Ok(())
}

/// What to do on a node that nobody administers yet, to be typed as it stands.
async fn first_steps(forum: &Forum) -> anyhow::Result<Option<String>> {
    let filter = Filter {
        role: Some(Role::Admin),
        ..Filter::default()
    };
    let admins = people::list(forum.db(), &Viewer::System, &filter, PageRequest::first(1)).await?;
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "parvis".to_owned());
    Ok(admins.items.is_empty().then(|| {
        format!(
            "This node has no administrator yet. In another terminal, from this folder:\n  \
             {program} user create --name anne --email anne@example.org --role admin\n  \
             {program} category create --slug vie_numerique --title \"Vie numérique\"\n\
             The first command prints a password: sign in with it at {}",
            forum.config().local_url("/login")
        )
    }))
}
