//! `parvis migrate`: the schema of the database.

use std::fmt::Write as _;

use anyhow::Context as _;
use clap::Args;
use parvis_forum::Db;
use serde_json::json;

use crate::cli::Global;

/// Brings the schema up to date.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Only report what is applied and what is pending
    #[arg(long)]
    pub status: bool,
}

/// Runs the command.
pub async fn run(args: &Migrate, global: &Global) -> anyhow::Result<()> {
    let config = global.load_config()?;
    let db = Db::connect(config.database.url.as_str(), None).await?;
    let pending = db.pending_migrations().await?;
    if !args.status {
        db.migrate()
            .await
            .context("the schema can't be brought up to date")?;
    }
    let applied = db.applied_migrations().await?;
    let mut text = String::new();
    if args.status {
        for name in &applied {
            writeln!(text, "applied  {name}")?;
        }
        for name in &pending {
            writeln!(text, "pending  {name}")?;
        }
    } else if pending.is_empty() {
        text.push_str("the schema is up to date");
    } else {
        for name in &pending {
            writeln!(text, "applied now  {name}")?;
        }
    }
    let object = if args.status {
        json!({"applied": applied, "pending": pending})
    } else {
        json!({"applied": applied, "applied_now": pending, "pending": []})
    };
    db.close().await?;
    global.output().answer(&text, &object)
}
