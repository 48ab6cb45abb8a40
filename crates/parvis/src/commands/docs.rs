//! `parvis docs`: writes the pages of the repository that come from the program itself.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use parvis_forum::config;
use serde_json::json;

use crate::cli::Output;

/// Writes the reference of the configuration.
#[derive(Debug, Args)]
pub struct Docs {
    /// Root of the repository
    #[arg(default_value = ".")]
    pub root: PathBuf,
}

/// Writes `config/parvis.example.toml` and `docs/configuration.md` under the root.
pub async fn run(args: &Docs, output: Output) -> anyhow::Result<()> {
    let files = [
        ("config/parvis.example.toml", config::example_file()),
        ("docs/configuration.md", config::reference_page()),
    ];
    for (path, text) in &files {
        write(&args.root.join(path), text).await?;
    }
    let names = files.map(|(path, _)| path);
    output.answer(
        &format!("written: {}", names.join(", ")),
        &json!({ "written": names }),
    )
}

async fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    tokio::fs::write(path, text)
        .await
        .with_context(|| format!("{} can't be written", path.display()))
}
