//! `parvis migrate`: the schema of the database.

use clap::Args;

/// Brings the schema up to date.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Only report what is applied and what is pending
    #[arg(long)]
    pub status: bool,
}
