//! Logs: on the standard error, so that answers on the standard output stay clean. docs/logging.md lists the fields.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The variable that says what is logged, as `debug` or `info,parvis_federation=debug`.
const VARIABLE: &str = "PARVIS_LOG";

/// Starts logging for the whole program; what nobody asked for is logged from `info` up.
///
/// Errs when `PARVIS_LOG` isn't a filter, or when logging has started already.
pub fn start() -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .with_env_var(VARIABLE)
        .from_env()
        .with_context(|| {
            format!(
                "{VARIABLE} is not a filter such as \"info\" or \"info,parvis_federation=debug\""
            )
        })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init()
        .map_err(|error| anyhow::anyhow!("logging can't start: {error}"))
}
