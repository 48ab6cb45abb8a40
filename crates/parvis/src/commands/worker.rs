//! `parvis worker`: the background work alone. Any number may run beside any number of `serve --no-worker`.

use clap::Args;

/// Does the background work: deliveries, inbox, mail, schedules.
#[derive(Debug, Args)]
pub struct Worker {}
