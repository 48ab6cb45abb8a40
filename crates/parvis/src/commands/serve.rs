//! `parvis serve`: the node, for readers and peers.

use clap::Args;

/// Serves HTTP and runs the background work in the same process.
#[derive(Debug, Args)]
pub struct Serve {
    /// Serve only: `parvis worker` does the background work
    #[arg(long)]
    pub no_worker: bool,
}
