//! `parvis federation`: other nodes, and what goes to and comes from them.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use parvis_federation::delivery::{self, HostStatus};
use parvis_federation::lookup::{self, Found};
use parvis_forum::kinds::{ActorKind, InstancePolicy};
use parvis_forum::{Viewer, actors, categories, follows, instances};
use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::open;

/// Other nodes.
#[derive(Debug, Subcommand)]
pub enum Federation {
    /// Shows a row per known node, or one node at more length
    Status(Status),
    /// Tries the deliveries to a node again at once
    Retry(Host),
    /// Ends every exchange with a node
    Block(Block),
    /// Ends a block
    Unblock(Host),
    /// Allows a node, for `federation.mode = "allowlist"`
    Allow(Host),
    /// Fetches something from another node by its address
    Fetch(Fetch),
    /// Makes a local category follow another node's category
    Follow(Follow),
    /// Blocks the nodes of a list in Mastodon's CSV format
    ImportBlocklist(ImportBlocklist),
}

/// `federation status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Only this node
    pub host: Option<String>,
}

/// A node, by its host.
#[derive(Debug, Args)]
pub struct Host {
    /// The node's host, with its port if it has one
    pub host: String,
}

/// `federation block`.
#[derive(Debug, Args)]
pub struct Block {
    /// The node's host, with its port if it has one
    pub host: String,
    /// Why, for the record
    #[arg(long)]
    pub reason: Option<String>,
}

/// `federation fetch`.
#[derive(Debug, Args)]
pub struct Fetch {
    /// Address of an actor, a post or a topic
    pub url: String,
}

/// `federation follow`.
#[derive(Debug, Args)]
pub struct Follow {
    /// Slug of the local category
    #[arg(long)]
    pub category: String,
    /// The other category: slug@host
    pub handle: String,
}

/// `federation import-blocklist`.
#[derive(Debug, Args)]
pub struct ImportBlocklist {
    /// The list
    pub file: PathBuf,
}

/// Runs the command.
pub async fn run(command: Federation, global: &Global) -> anyhow::Result<()> {
    let node = open::node(global.load_config()?).await?;
    let output = global.output();
    match command {
        Federation::Status(args) => status(&node, &args, output).await,
        Federation::Retry(args) => {
            let found = delivery::retry_host(&node, &args.host).await?;
            anyhow::ensure!(found, "nothing is ever sent to `{}`", args.host);
            let text = format!("{} is tried again at once by the running node", args.host);
            output.answer(&text, &json!({ "host": args.host, "retried": true }))
        }
        Federation::Block(args) => {
            let reason = args.reason.unwrap_or_default();
            set_policy(&node, &args.host, InstancePolicy::Block, &reason, output).await
        }
        Federation::Unblock(args) => {
            set_policy(&node, &args.host, InstancePolicy::Open, "", output).await
        }
        Federation::Allow(args) => {
            set_policy(&node, &args.host, InstancePolicy::Allow, "", output).await
        }
        Federation::Fetch(args) => fetch(&node, &args, output).await,
        Federation::Follow(args) => follow(&node, &args, output).await,
        Federation::ImportBlocklist(args) => import_blocklist(&node, &args, output).await,
    }
}

/// A state in words for an administrator.
fn state_in_words(state: &str) -> &str {
    match state {
        "live" => "up to date",
        "backoff" => "failing, tried again",
        "asleep" => "unreachable, one try a day",
        "gone" => "gone",
        "blocked" => "blocked",
        _ => "nothing to send",
    }
}

fn since(ms: i64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        0 => "under a minute".to_owned(),
        1..=119 => format!("{minutes} min"),
        120..=2879 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

fn object(host: &HostStatus) -> Value {
    json!({
        "host": host.host,
        "software": host.software,
        "version": host.version,
        "policy": host.policy,
        "state": host.state,
        "behind": { "activities": host.behind_count, "ms": host.behind_ms },
        "last_success": host.last_success,
        "last_error": host.last_error,
        "last_error_at": host.last_error_at,
        "next_try": host.next_try,
        "last_inbound": host.last_inbound,
    })
}

async fn status(
    node: &parvis_federation::Federation,
    args: &Status,
    output: Output,
) -> anyhow::Result<()> {
    let all = delivery::status(node, args.host.as_deref())
        .await
        .with_context(|| match &args.host {
            Some(host) => format!("nothing is known of `{host}`"),
            None => "the state of the deliveries can't be read".to_owned(),
        })?;
    let mut text = String::new();
    if all.is_empty() {
        text.push_str("no other server is known yet");
    }
    for host in &all {
        let state = if host.state == "live" && host.behind_count > 0 {
            "sending"
        } else {
            state_in_words(host.state)
        };
        write!(
            text,
            "{:32} {:14} {state}",
            host.host,
            host.software.as_deref().unwrap_or("?")
        )?;
        if host.behind_count > 0 {
            write!(
                text,
                ", behind by {} for {}",
                host.behind_count,
                since(host.behind_ms)
            )?;
        }
        if let Some(at) = host.last_success {
            write!(text, ", last success {at}")?;
        }
        if let Some(error) = &host.last_error {
            write!(text, ", last error: {error}")?;
        }
        text.push('\n');
    }
    let rows: Vec<Value> = all.iter().map(object).collect();
    output.answer(&text, &json!({ "nodes": rows }))
}

async fn set_policy(
    node: &parvis_federation::Federation,
    host: &str,
    policy: InstancePolicy,
    reason: &str,
    output: Output,
) -> anyhow::Result<()> {
    let tx = node.forum().begin().await?;
    let row = instances::set_policy(&tx, &Viewer::System, host, policy, reason)
        .await
        .with_context(|| format!("`{host}` can't be changed"))?;
    tx.commit().await?;
    let text = match policy {
        InstancePolicy::Block => format!("{} is blocked, with its subdomains", row.host),
        InstancePolicy::Allow => format!("{} is allowed", row.host),
        InstancePolicy::Limit => format!("{} is limited", row.host),
        InstancePolicy::Open => format!("{} is blocked no longer", row.host),
    };
    output.answer(
        &text,
        &json!({ "host": row.host, "policy": row.policy, "reason": row.reason }),
    )
}

async fn fetch(
    node: &parvis_federation::Federation,
    args: &Fetch,
    output: Output,
) -> anyhow::Result<()> {
    let found = lookup::lookup(node, &args.url)
        .await
        .with_context(|| format!("`{}` can't be fetched", args.url))?;
    let local = |path: String| node.forum().config().local_url(&path).to_string();
    let (kind, uri, url) = match &found {
        Found::Actor(actor) => ("person", actor.uri.clone(), local(actors::path(actor))),
        Found::Category(category) => (
            "category",
            category.actor.uri.clone(),
            local(actors::path(&category.actor)),
        ),
        Found::Topic(topic) => (
            "topic",
            topic.uri.clone().unwrap_or_default(),
            local(format!("/t/{}/{}", topic.id, topic.slug)),
        ),
        Found::Post(post) => ("post", post.uri.clone(), local(format!("/p/{}", post.id))),
    };
    let text = format!("{kind}: {url}");
    output.answer(&text, &json!({ "kind": kind, "uri": uri, "url": url }))
}

async fn follow(
    node: &parvis_federation::Federation,
    args: &Follow,
    output: Output,
) -> anyhow::Result<()> {
    let forum = node.forum();
    let category = categories::local_by_slug(forum.db(), &args.category)
        .await
        .with_context(|| format!("no category has the slug `{}`", args.category))?;
    lookup::lookup(node, &args.handle)
        .await
        .with_context(|| format!("`{}` can't be found", args.handle))?;
    let target = categories::by_handle(forum.db(), forum.config(), &args.handle)
        .await
        .with_context(|| format!("`{}` is not a category", args.handle))?;
    anyhow::ensure!(
        target.actor.kind == ActorKind::Group,
        "`{}` is not a category",
        args.handle
    );
    let tx = forum.begin().await?;
    let row = follows::link(&tx, &Viewer::System, &category.actor, &target.actor).await?;
    tx.commit().await?;
    let text = format!(
        "{} asks to follow {}; the running node sends the request",
        args.category, args.handle
    );
    output.answer(
        &text,
        &json!({ "category": args.category, "follows": args.handle, "state": row.state }),
    )
}

async fn import_blocklist(
    node: &parvis_federation::Federation,
    args: &ImportBlocklist,
    output: Output,
) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(&args.file)
        .with_context(|| format!("{} can't be read", args.file.display()))?;
    let (listed, bad) = instances::parse_blocklist(&text);
    let tx = node.forum().begin().await?;
    let applied = instances::apply_blocklist(&tx, &Viewer::System, &listed).await?;
    tx.commit().await?;
    let mut text = format!(
        "{} servers changed, {} as they were",
        applied.changed, applied.kept
    );
    for line in &bad {
        write!(text, "\nline {}: {}", line.line, line.why)?;
    }
    let bad: Vec<Value> = bad
        .iter()
        .map(|l| json!({ "line": l.line, "why": l.why }))
        .collect();
    output.answer(
        &text,
        &json!({ "changed": applied.changed, "kept": applied.kept, "bad_lines": bad }),
    )
}
