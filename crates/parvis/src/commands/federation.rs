//! `parvis federation`: other nodes, and what goes to and comes from them.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use parvis_federation::delivery::{self, HostDetail, HostStatus, SetAsideId};
use parvis_federation::lookup::{self, Found};
use parvis_forum::kinds::{ActorKind, InstancePolicy};
use parvis_forum::{Viewer, actors, categories, comparisons, follows, instances};
use parvis_web::i18n::{Catalog, Locale};
use parvis_web::words;
use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::commands::repair;
use crate::open;

/// Other nodes.
#[derive(Debug, Subcommand)]
pub enum Federation {
    /// Shows a row per known node, or one node at more length
    Status(Status),
    /// Tries the deliveries to a node, or one activity that was set aside, again at once
    Retry(Retry),
    /// Lists the activities that were set aside
    SetAside(SetAside),
    /// Drops an activity that was set aside, for good
    Drop(Drop),
    /// Compares the categories shared with a node, and fetches or sends again what is missing
    Repair(repair::Repair),
    /// Sends nothing more to a node until `resume`; what is to leave waits
    Pause(Host),
    /// Sends to a paused node again
    Resume(Host),
    /// Sets aside the activity that a node has been waiting for longest, and goes on with the rest
    Skip(Skip),
    /// Ends every exchange with a node
    Block(Block),
    /// Lets moderators see first what comes from a node
    Limit(Block),
    /// Ends a block, a limit, or the hiding of files
    Unblock(Host),
    /// Allows a node, for `federation.mode = "allowlist"`
    Allow(Host),
    /// Fetches something from another node by its address
    Fetch(Fetch),
    /// Makes a local category follow another node's category
    Follow(Follow),
    /// Reads the past of another node's category again, or shows how far that is
    Backfill(super::backfill::Backfill),
    /// Blocks the nodes of a list in Mastodon's CSV format
    ImportBlocklist(ImportBlocklist),
    /// Prints the policies of this node as a list in Mastodon's CSV format
    ExportBlocklist,
}

/// `federation status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Only this node
    pub host: Option<String>,
}

/// `federation retry`.
#[derive(Debug, Args)]
pub struct Retry {
    /// The node's host, or the id of an activity that was set aside: `in-7`, `out-12-34`
    #[arg(value_name = "HOST|ID")]
    pub target: String,
}

/// `federation set-aside`.
#[derive(Debug, Args)]
pub struct SetAside {
    /// Only this node
    pub host: Option<String>,
    /// At most so many, newest first
    #[arg(long, default_value_t = 100)]
    pub limit: u64,
}

/// `federation drop`.
#[derive(Debug, Args)]
pub struct Drop {
    /// Id of the activity, as `federation set-aside` shows it
    pub id: String,
    /// Says that you mean it: there is no way back
    #[arg(long)]
    pub yes: bool,
}

/// `federation skip`.
#[derive(Debug, Args)]
pub struct Skip {
    /// The node's host, with its port if it has one
    pub host: String,
    /// Says that you mean it
    #[arg(long)]
    pub yes: bool,
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
    /// Shows its files to nobody, too
    #[arg(long)]
    pub silence_media: bool,
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
    /// Shows what it would do, and does nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the command.
pub async fn run(command: Federation, global: &Global) -> anyhow::Result<()> {
    let node = open::node(global.load_config()?).await?;
    let output = global.output();
    match command {
        Federation::Status(args) => status(&node, &args, output).await,
        Federation::Retry(args) => retry(&node, &args.target, output).await,
        Federation::SetAside(args) => set_aside(&node, &args, output).await,
        Federation::Repair(args) => repair::run(&node, &args, output).await,
        Federation::Drop(args) => drop_one(&node, &args, output).await,
        Federation::Pause(args) => pause(&node, &args.host, true, output).await,
        Federation::Resume(args) => pause(&node, &args.host, false, output).await,
        Federation::Skip(args) => skip(&node, &args, output).await,
        Federation::Block(args) => {
            let reason = args.reason.unwrap_or_default();
            let media = args.silence_media.then_some(true);
            let decision = decision(InstancePolicy::Block, media, &reason);
            decide(&node, &args.host, decision, output).await
        }
        Federation::Limit(args) => {
            let reason = args.reason.unwrap_or_default();
            let media = args.silence_media.then_some(true);
            let decision = decision(InstancePolicy::Limit, media, &reason);
            decide(&node, &args.host, decision, output).await
        }
        Federation::Unblock(args) => {
            let decision = decision(InstancePolicy::Open, None, "");
            decide(&node, &args.host, decision, output).await
        }
        Federation::Allow(args) => {
            let decision = decision(InstancePolicy::Allow, None, "");
            decide(&node, &args.host, decision, output).await
        }
        Federation::Fetch(args) => fetch(&node, &args, output).await,
        Federation::Follow(args) => follow(&node, &args, output).await,
        Federation::Backfill(args) => super::backfill::run(&node, &args, output).await,
        Federation::ImportBlocklist(args) => import_blocklist(&node, &args, output).await,
        Federation::ExportBlocklist => {
            let csv = instances::export_blocklist(node.forum().db(), &Viewer::System).await?;
            output.answer(csv.trim_end(), &json!({ "csv": csv }))
        }
    }
}

fn object(texts: &Catalog, host: &HostStatus) -> Value {
    let (words, advice) = match host.trouble {
        Some(trouble) => {
            let (what, cure) = words::trouble(texts, Locale::En, trouble);
            (Some(what), Some(cure))
        }
        None => (None, None),
    };
    json!({
        "host": host.host,
        "software": host.software,
        "version": host.version,
        "policy": host.policy,
        "reason": host.reason,
        "state": host.state,
        "standing": host.standing.as_str(),
        "standing_words": words::standing(texts, Locale::En, host.standing),
        "behind": {
            "activities": host.behind_count,
            "more": host.behind_more,
            "ms": host.behind_ms,
        },
        "last_success": host.last_success,
        "last_error": host.last_error,
        "last_error_kind": host.trouble.map(delivery::Trouble::as_str),
        "last_error_words": words,
        "last_error_advice": advice,
        "last_error_at": host.last_error_at,
        "recovered": host.recovered,
        "failing_since": host.failing_since,
        "next_try": host.next_try,
        "paused_at": host.paused_at,
        "last_inbound": host.last_inbound,
    })
}

/// One line, and what to do below it while something is wrong.
fn lines(texts: &Catalog, host: &HostStatus) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let never_used = if host.state == "idle" {
        " (nothing to send)"
    } else {
        ""
    };
    write!(
        text,
        "{:32} {:14} {}{never_used}",
        host.host,
        host.software.as_deref().unwrap_or("?"),
        words::standing(texts, Locale::En, host.standing)
    )?;
    if let Some(behind) = words::behind(texts, Locale::En, host) {
        write!(text, ", behind by {behind}")?;
    }
    if let Some(at) = host.last_success {
        write!(text, ", last success {at}")?;
    }
    if let (Some(error), Some(trouble)) = (&host.last_error, host.trouble) {
        write!(text, ", last error: {error}")?;
        if let Some(at) = host.last_error_at {
            write!(text, " at {at}")?;
        }
        if !host.recovered {
            let (what, cure) = words::trouble(texts, Locale::En, trouble);
            write!(text, "\n    {what} {cure}")?;
        }
    }
    Ok(text)
}

async fn status(
    node: &parvis_federation::Federation,
    args: &Status,
    output: Output,
) -> anyhow::Result<()> {
    let texts = Catalog::shared();
    let all = delivery::status(node, args.host.as_deref())
        .await
        .with_context(|| match &args.host {
            Some(host) => format!("nothing is known of `{host}`"),
            None => "the state of the deliveries can't be read".to_owned(),
        })?;
    let hosts: Vec<String> = all.iter().map(|host| host.host.clone()).collect();
    let compared = comparisons::with(node.forum().db(), &hosts).await?;
    let mut text = String::new();
    if all.is_empty() {
        text.push_str("no other server is known yet");
    }
    for host in &all {
        write!(text, "{}", lines(&texts, host)?)?;
        let rows = compared.get(&host.host).map_or(&[][..], Vec::as_slice);
        writeln!(text, "{}", repair::line(&texts, rows))?;
    }
    let mut rows: Vec<Value> = all.iter().map(|host| object(&texts, host)).collect();
    for (row, host) in rows.iter_mut().zip(&all) {
        let known = compared.get(&host.host).map_or(&[][..], Vec::as_slice);
        row["comparison"] = repair::object(&texts, known);
    }
    if let (Some(host), Some(row)) = (&args.host, rows.first_mut()) {
        let more = delivery::detail(node, host).await?;
        for line in detail_lines(&texts, &more) {
            writeln!(text, "  {line}")?;
        }
        row["detail"] = detail_object(&more);
    }
    output.answer(&text, &json!({ "nodes": rows }))
}

fn detail_lines(texts: &Catalog, more: &HostDetail) -> Vec<String> {
    let list = |names: &[String]| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    let mut lines = vec![
        format!(
            "follows from there: {}, to there: {}",
            more.ties.followers, more.ties.following
        ),
        format!("our categories followed there: {}", list(&more.ties.ours)),
        format!("its categories followed here: {}", list(&more.ties.theirs)),
        format!(
            "signature: {}, its key: {}",
            more.signature,
            more.key.unwrap_or("none known")
        ),
    ];
    lines.extend(more.log.iter().map(|entry| {
        let fate = texts.text(Locale::En, &format!("fate-{}", entry.fate.as_str()), &[]);
        let error = entry.error.as_deref().unwrap_or_default();
        format!(
            "{}  {:9} {} {} {error}",
            entry.at, fate, entry.kind, entry.activity_uri
        )
    }));
    lines
}

fn detail_object(more: &HostDetail) -> Value {
    let log: Vec<Value> = more
        .log
        .iter()
        .map(|entry| {
            json!({
                "seq": entry.seq.0, "at": entry.at, "kind": entry.kind, "activity": entry.activity_uri,
                "inbox": entry.inbox, "fate": entry.fate.as_str(), "error": entry.error,
            })
        })
        .collect();
    json!({
        "first_seen": more.first_seen,
        "followers": more.ties.followers,
        "following": more.ties.following,
        "our_categories": more.ties.ours,
        "its_categories": more.ties.theirs,
        "signature": more.signature,
        "key": more.key,
        "key_id": more.ties.key.as_ref().map(|key| &key.id),
        "log": log,
    })
}

fn id_of(text: &str) -> anyhow::Result<SetAsideId> {
    text.parse()
        .map_err(|_| anyhow::anyhow!("`{text}` is no id of an activity that was set aside"))
}

async fn retry(
    node: &parvis_federation::Federation,
    target: &str,
    output: Output,
) -> anyhow::Result<()> {
    if let Ok(id) = target.parse::<SetAsideId>() {
        let tx = node.forum().begin().await?;
        delivery::retry_set_aside(&tx, &Viewer::System, id)
            .await
            .with_context(|| format!("`{target}` can't be tried again"))?;
        tx.commit().await?;
        let text = format!("{target} is tried again at once by the running node");
        return output.answer(&text, &json!({ "id": target, "retried": true }));
    }
    let found = delivery::retry_host(node, target).await?;
    anyhow::ensure!(found, "nothing is ever sent to `{target}`");
    let text = format!("{target} is tried again at once by the running node");
    output.answer(&text, &json!({ "host": target, "retried": true }))
}

async fn set_aside(
    node: &parvis_federation::Federation,
    args: &SetAside,
    output: Output,
) -> anyhow::Result<()> {
    let texts = Catalog::shared();
    let all = delivery::set_aside(
        node.forum().db(),
        &Viewer::System,
        args.host.as_deref(),
        None,
        args.limit,
    )
    .await?;
    let mut text = String::new();
    if all.is_empty() {
        text.push_str("nothing is set aside");
    }
    let mut rows = Vec::with_capacity(all.len());
    for item in &all {
        let (what, cure) = match item.id {
            SetAsideId::Delivery(..) => {
                words::trouble(&texts, Locale::En, delivery::Trouble::of(&item.error))
            }
            SetAsideId::Inbox(_) => (String::new(), String::new()),
        };
        writeln!(
            text,
            "{:24} {} {} {}\n    {} {what} {cure}",
            item.id,
            item.at,
            item.host,
            item.activity_uri.as_deref().unwrap_or("?"),
            item.error
        )?;
        rows.push(json!({
            "id": item.id.to_string(),
            "host": item.host,
            "activity": item.activity_uri,
            "inbox": item.inbox,
            "attempts": item.attempts,
            "status": item.status,
            "error": item.error,
            "at": item.at,
            "payload": item.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok()),
        }));
    }
    output.answer(&text, &json!({ "items": rows }))
}

async fn drop_one(
    node: &parvis_federation::Federation,
    args: &Drop,
    output: Output,
) -> anyhow::Result<()> {
    let id = id_of(&args.id)?;
    anyhow::ensure!(
        args.yes,
        "{id} would be dropped for good: say so with --yes"
    );
    let tx = node.forum().begin().await?;
    delivery::drop_set_aside(&tx, &Viewer::System, id)
        .await
        .with_context(|| format!("`{id}` can't be dropped"))?;
    tx.commit().await?;
    output.answer(
        &format!("{id} is dropped"),
        &json!({ "id": id.to_string(), "dropped": true }),
    )
}

async fn pause(
    node: &parvis_federation::Federation,
    host: &str,
    paused: bool,
    output: Output,
) -> anyhow::Result<()> {
    let tx = node.forum().begin().await?;
    let row = instances::set_paused(&tx, &Viewer::System, host, paused)
        .await
        .with_context(|| format!("nothing is known of `{host}`"))?;
    tx.commit().await?;
    let text = if paused {
        format!("{} is paused: what is to leave waits", row.host)
    } else {
        format!("{} is sent to again", row.host)
    };
    output.answer(&text, &json!({ "host": row.host, "paused": paused }))
}

async fn skip(
    node: &parvis_federation::Federation,
    args: &Skip,
    output: Output,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.yes,
        "what {} waits for would be set aside: say so with --yes",
        args.host
    );
    let tx = node.forum().begin().await?;
    let skipped = delivery::skip_first(&tx, &Viewer::System, &args.host).await?;
    tx.commit().await?;
    anyhow::ensure!(!skipped.is_empty(), "nothing waits for `{}`", args.host);
    let names: Vec<String> = skipped.iter().map(ToString::to_string).collect();
    let text = format!("set aside: {}", names.join(", "));
    output.answer(&text, &json!({ "host": args.host, "set_aside": names }))
}

fn decision(
    policy: InstancePolicy,
    reject_media: Option<bool>,
    reason: &str,
) -> instances::Decision<'_> {
    instances::Decision {
        policy,
        reject_media,
        private: None,
        reason,
    }
}

async fn decide(
    node: &parvis_federation::Federation,
    host: &str,
    decision: instances::Decision<'_>,
    output: Output,
) -> anyhow::Result<()> {
    let tx = node.forum().begin().await?;
    let row = instances::decide(&tx, &Viewer::System, host, decision)
        .await
        .with_context(|| format!("`{host}` can't be changed"))?;
    tx.commit().await?;
    let text = match decision.policy {
        InstancePolicy::Block => format!("{} is blocked, with its subdomains", row.host),
        InstancePolicy::Allow => format!("{} is allowed", row.host),
        InstancePolicy::Limit => format!("{} is limited", row.host),
        InstancePolicy::Open => format!("{} is blocked no longer", row.host),
    };
    output.answer(
        &text,
        &json!({
            "host": row.host,
            "policy": row.policy,
            "reason": row.reason,
            "silence_media": row.reject_media,
        }),
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
    if args.dry_run {
        return preview(node, listed, output).await;
    }
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
        .map(|l| json!({ "line": l.line, "why": l.why.to_string() }))
        .collect();
    output.answer(
        &text,
        &json!({ "changed": applied.changed, "kept": applied.kept, "bad_lines": bad }),
    )
}

async fn preview(
    node: &parvis_federation::Federation,
    listed: Vec<instances::Listed>,
    output: Output,
) -> anyhow::Result<()> {
    let forum = node.forum();
    let seen =
        instances::preview_blocklist(forum.db(), forum.config(), &Viewer::System, listed).await?;
    let mut text = String::from("nothing is changed; this is what the list would do:");
    let mut rows = Vec::new();
    for one in &seen {
        let change = match one.change {
            instances::Change::Set => "changes",
            instances::Change::Kept => "stays as it is",
            instances::Change::Ourselves => "is this node: stays as it is",
        };
        write!(
            text,
            "\n{:32} {} -> {}, {change} ({} followers there, {} followed there)",
            one.listed.host, one.now, one.listed.policy, one.followers, one.following
        )?;
        rows.push(json!({
            "host": one.listed.host,
            "now": one.now,
            "then": one.listed.policy,
            "silence_media": one.listed.reject_media,
            "changes": one.change == instances::Change::Set,
            "followers": one.followers,
            "following": one.following,
        }));
    }
    output.answer(&text, &json!({ "dry_run": true, "nodes": rows }))
}
