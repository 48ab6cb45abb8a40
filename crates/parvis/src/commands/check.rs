//! `parvis check`: is this node well set up? One line each, ok or what to do.

use clap::Args;

/// Checks configuration, database, public URL, mail, clock and storage.
#[derive(Debug, Args)]
pub struct Check {}
