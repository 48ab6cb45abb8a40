//! `parvis demo`: two complete nodes on this machine, federating with each other.
//!
//! A ministry and a town, each with its own database under `data/demo`, its own port and its own people; what one
//! writes reaches the other over HTTP as it would from anywhere. For trying and showing only: both speak plain HTTP on
//! loopback.

mod content;
mod seed;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use parvis_federation::Federation;
use parvis_forum::Config;
use parvis_web::AppState;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::content::NodeContent;
use self::seed::Side;
use crate::cli::Global;
use crate::stop::Signals;
use crate::{open, worker};

/// Where the demonstration lives, from the folder in which the program runs.
const FOLDER: &str = "data/demo";
/// Everybody's password, on nodes that only this machine reaches.
const PASSWORD: &str = "logiciels libres en commun";
/// How long everything in hand may take once the end was asked for.
const GRACE: Duration = Duration::from_secs(30);

/// Runs two nodes filled with content, in `data/demo/`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Start over: what a former run left in data/demo/ is deleted
    #[arg(long)]
    pub reset: bool,
    /// Port of the ministry; the town has the next one
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1024..65_535))]
    pub port: u16,
}

/// Runs the command, until a signal to stop.
pub async fn run(args: &Demo, global: &Global) -> anyhow::Result<()> {
    let mut signals = Signals::catch()?;
    let folder = PathBuf::from(FOLDER);
    let mark = seed::mark(&folder);
    // Half-filled data is worth nothing: begin again.
    if args.reset || !is_filled(&mark, args.port) {
        clear(&folder)?;
    }
    let contents = content::nodes()?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let mut nodes = Vec::new();
    for (n, content) in contents.iter().enumerate() {
        let port = args.port + u16::try_from(n).unwrap_or_default();
        nodes.push(start(content, &folder, port, &tasks, &stop).await?);
    }
    let [ministry, town] = &contents;
    let [first, second] = nodes.as_slice() else {
        anyhow::bail!("the demonstration has two nodes");
    };
    if !mark.exists() {
        tracing::info!("filling two nodes with 32 topics: this takes a moment, once");
        let sides = [
            Side {
                content: ministry,
                federation: first,
            },
            Side {
                content: town,
                federation: second,
            },
        ];
        seed::fill(&sides, PASSWORD)
            .await
            .context("the demonstration can't be filled")?;
        std::fs::write(&mark, args.port.to_string()).context("data/demo can't be written")?;
    }
    let mut alone = Vec::new();
    for node in [first, second] {
        alone.push(worker::take_over(node.forum()).await?);
        worker::start(node, &tasks, &stop)?;
    }
    tasks.close();

    let shown: Vec<Value> = contents
        .iter()
        .zip(&nodes)
        .map(|(content, node)| logins(content, node))
        .collect();
    let mut text = String::new();
    for node in &shown {
        write!(
            text,
            "{}: {}\n  sign in at {}/login as {} (administrator) or {}, password: {PASSWORD}\n",
            text_of(node, "name"),
            text_of(node, "url"),
            text_of(node, "url"),
            text_of(node, "administrator"),
            text_of(node, "member"),
        )?;
    }
    text.push_str("Stop with Ctrl-C; run it again to go on, or with --reset to start over.");
    global
        .output()
        .answer(&text, &json!({ "nodes": shown, "password": PASSWORD }))?;

    signals.next().await;
    stop.cancel();
    tokio::select! {
        () = tasks.wait() => {}
        () = tokio::time::sleep(GRACE) => {}
        () = signals.next() => {}
    }
    drop(alone);
    Ok(())
}

/// Whether a former run filled the nodes, on the same ports: ids hold them.
fn is_filled(mark: &Path, port: u16) -> bool {
    std::fs::read_to_string(mark).is_ok_and(|text| text.trim() == port.to_string())
}

fn clear(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{} can't be deleted", folder.display())),
    }
}

async fn start(
    content: &NodeContent,
    folder: &Path,
    port: u16,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<Federation> {
    let own = folder.join(&content.node.key);
    let mut config = Config::default();
    config.server.bind = SocketAddr::new(content.node.host, port);
    config.server.public_url = format!("http://localhost:{port}")
        .parse()
        .map_err(anyhow::Error::msg)?;
    config.database.url = format!("sqlite://{}", own.join("parvis.db").display())
        .parse()
        .map_err(anyhow::Error::msg)?;
    config.storage.url = parvis_forum::config::StorageUrl::folder(own.join("media"));
    config.federation.insecure = true;
    config.node.name.clone_from(&content.node.name);
    config.node.institution = Some(content.node.institution.clone());
    config.node.description = Some(content.node.description.clone());
    config.validate()?;
    let bind = config.server.bind;
    let listener = TcpListener::bind(bind)
        .await
        .with_context(|| format!("can't listen on {bind}"))?;
    let federation = open::node(config).await?;
    let state = AppState::new(federation.clone()).await?;
    let router = parvis_web::router(state);
    let stop = stop.clone();
    tasks.spawn(async move { parvis_web::serve(router, listener, stop.cancelled_owned()).await });
    Ok(federation)
}

fn logins(content: &NodeContent, node: &Federation) -> Value {
    let who = |role: Option<&str>| {
        content
            .person
            .iter()
            .find(|p| p.role.as_deref() == role)
            .map(|p| p.handle.as_str())
    };
    json!({
        "key": content.node.key,
        "name": content.node.name,
        "url": node.forum().config().server.public_url.origin(),
        "administrator": who(Some("admin")),
        "moderator": who(Some("moderator")),
        "member": who(None),
    })
}

fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
