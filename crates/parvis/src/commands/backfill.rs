//! `parvis federation backfill`: reading the past of a category of another node again, and how far that is.

use std::fmt::Write as _;

use anyhow::Context as _;
use clap::Args;
use parvis_federation::Federation;
use parvis_federation::lookup;
use parvis_forum::backfills::{self, Progress};
use parvis_forum::categories::{self, Category};
use parvis_forum::{Viewer, actors};
use serde_json::{Value, json};

use crate::cli::Output;

/// `federation backfill`.
#[derive(Debug, Args)]
pub struct Backfill {
    /// The category: slug@host. Without it, shows how far each one is
    pub handle: Option<String>,
}

/// Asks for the past of a category, or shows how far all are.
pub(super) async fn run(node: &Federation, args: &Backfill, output: Output) -> anyhow::Result<()> {
    let db = node.forum().db();
    let Some(handle) = &args.handle else {
        let all = backfills::list(db, None).await?;
        let mut text = String::new();
        if all.is_empty() {
            text.push_str("no category of another node was asked for yet");
        }
        for (category, progress) in &all {
            text.push_str(&line(category, progress)?);
            text.push('\n');
        }
        let rows: Vec<Value> = all.iter().map(|(c, p)| object(c, p)).collect();
        return output.answer(&text, &json!({ "categories": rows }));
    };
    lookup::lookup(node, handle)
        .await
        .with_context(|| format!("`{handle}` can't be found"))?;
    let category = categories::by_handle(db, node.forum().config(), handle)
        .await
        .with_context(|| format!("`{handle}` is not a category"))?;
    anyhow::ensure!(
        !category.actor.local,
        "`{handle}` is a category of this node"
    );
    let tx = node.forum().begin().await?;
    backfills::ask_now(&tx, &Viewer::System, &category.actor).await?;
    tx.commit().await?;
    let progress = backfills::progress(db, category.id())
        .await?
        .context("nothing was noted")?;
    let text =
        format!("the running node reads {handle}; `parvis federation backfill` says how far it is");
    output.answer(&text, &object(&category, &progress))
}

fn line(category: &Category, progress: &Progress) -> Result<String, std::fmt::Error> {
    let handle = actors::handle(&category.actor);
    let row = &progress.row;
    let of = row
        .total
        .map(|total| format!(" of about {total}"))
        .unwrap_or_default();
    let mut text = format!(
        "{handle:40} {}: {}{of} conversations, {} posts added",
        row.stage, progress.done, row.posts
    );
    if progress.given_up > 0 {
        write!(text, ", {} not to be had", progress.given_up)?;
    }
    if let Some(at) = row.finished_at {
        write!(text, ", read to the end {at}")?;
    }
    if let Some(error) = &row.error {
        write!(text, ", {error}")?;
    }
    Ok(text)
}

fn object(category: &Category, progress: &Progress) -> Value {
    let row = &progress.row;
    json!({
        "category": actors::handle(&category.actor),
        "host": row.host,
        "stage": row.stage,
        "pages": row.pages,
        "total": row.total,
        "done": progress.done,
        "waiting": progress.waiting,
        "given_up": progress.given_up,
        "posts": row.posts,
        "error": row.error,
        "due": row.due_at,
        "not_before": row.not_before,
        "started": row.started_at,
        "finished": row.finished_at,
    })
}
