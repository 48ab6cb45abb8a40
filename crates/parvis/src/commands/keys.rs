//! `parvis keys`: the keys with which the node, its categories and its people sign.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Actor, Forum, Viewer, actors, keys};
use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::open;

/// Keys that sign what leaves the node.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Replaces keys: for one person or category, for the node itself, or for all
    Rotate(Rotate),
}

/// `keys rotate`.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Names of people or categories
    pub names: Vec<String>,
    /// The node's own key
    #[arg(long)]
    pub node: bool,
    /// The node, all categories and all people
    #[arg(long, conflicts_with_all = ["names", "node"])]
    pub all: bool,
}

/// Runs the command.
pub async fn run(command: Keys, global: &Global) -> anyhow::Result<()> {
    let federation = open::node(global.load_config()?).await?;
    let forum = federation.forum();
    let Keys::Rotate(args) = command;
    rotate(forum, &args, global.output()).await
}

async fn rotate(forum: &Forum, args: &Rotate, output: Output) -> anyhow::Result<()> {
    let chosen = chosen(forum, args).await?;
    let mut text = String::new();
    let mut replaced: Vec<Value> = Vec::new();
    for actor in chosen {
        // Takes some tenths of a second: outside of the transaction.
        let fresh = actors::generate_keys().await?;
        let tx = forum.begin().await?;
        let actor = keys::replace(&tx, &Viewer::System, actor, fresh).await?;
        tx.commit().await?;
        let key_id = actor.public_key_id.clone().unwrap_or_default();
        writeln!(text, "{} signs with {key_id}", actors::handle(&actor))?;
        replaced
            .push(json!({"handle": actors::handle(&actor), "uri": actor.uri, "key_id": key_id}));
    }
    text.push_str("what waits to be delivered is still signed with the former key; servers that know them are told");
    output.answer(&text, &json!({ "replaced": replaced }))
}

async fn chosen(forum: &Forum, args: &Rotate) -> anyhow::Result<Vec<Actor>> {
    let db = forum.db();
    if args.all {
        return Ok(keys::holders(db).await?);
    }
    let mut chosen = Vec::new();
    if args.node {
        chosen.push(actors::instance(db).await?);
    }
    for name in &args.names {
        let actor = actors::local_by_name(db, name.trim_start_matches('@'))
            .await?
            .filter(|actor| actor.deleted_at.is_none() && actor.kind != ActorKind::Application)
            .with_context(|| format!("nobody and no category is named `{name}`"))?;
        chosen.push(actor);
    }
    if chosen.is_empty() {
        bail!("name people or categories, or say --node or --all");
    }
    Ok(chosen)
}
