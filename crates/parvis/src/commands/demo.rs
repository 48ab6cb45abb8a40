//! `parvis demo`: two complete nodes on this machine, federating with each other.

use clap::Args;

/// Runs two nodes filled with content, in `data/demo/`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Start over: what a former run left in data/demo/ is deleted
    #[arg(long)]
    pub reset: bool,
}
