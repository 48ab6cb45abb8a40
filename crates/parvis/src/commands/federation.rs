//! `parvis federation`: other nodes, and what goes to and comes from them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
