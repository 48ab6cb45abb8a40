//! The command line: what may be typed, which configuration holds, how answers and refusals come out.
//!
//! Exit status: 0 done, 1 refused with one line on the standard error, 2 wrong usage.
//! Not here: what a command does, which is in `commands`, one file each.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use parvis_forum::config::Config;
use serde::Serialize;

use crate::{commands, logging};

/// Where a configuration file is looked for when nobody names one, in this order.
const USUAL_FILES: [&str; 2] = ["config/parvis.toml", "/etc/parvis/parvis.toml"];

/// A federated forum node.
#[derive(Debug, Parser)]
#[command(name = "parvis", version, about, propagate_version = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Configuration file; otherwise config/parvis.toml, then /etc/parvis/parvis.toml, then built-in defaults
    #[arg(long, global = true, value_name = "FILE", env = "PARVIS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Answer with one JSON object on the standard output
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves HTTP and runs the background work in the same process
    Serve(commands::serve::Serve),
    /// Does the background work: deliveries, inbox, mail, schedules
    Worker(commands::worker::Worker),
    /// Brings the schema up to date
    Migrate(commands::migrate::Migrate),
    /// Local accounts
    #[command(subcommand)]
    User(commands::user::User),
    /// Bearer tokens for the API
    #[command(subcommand)]
    Token(commands::token::Token),
    /// Local categories
    #[command(subcommand)]
    Category(commands::category::Category),
    /// Keys that sign what leaves the node
    #[command(subcommand)]
    Keys(commands::keys::Keys),
    /// Other nodes
    #[command(subcommand)]
    Federation(commands::federation::Federation),
    /// Runs two nodes filled with content, in `data/demo/`
    Demo(commands::demo::Demo),
    /// Checks configuration, database, second factors, public URL, mail, clock and storage
    Check(commands::check::Check),
    /// Writes the reference of the configuration, for the repository
    #[command(hide = true)]
    Docs(commands::docs::Docs),
}

impl Global {
    /// The configuration: the file that was named or else found in a usual place, and the environment above it.
    pub fn load_config(&self) -> anyhow::Result<Config> {
        let named = self
            .config
            .clone()
            .filter(|path| !path.as_os_str().is_empty());
        let usual = || {
            USUAL_FILES
                .iter()
                .map(PathBuf::from)
                .find(|path| path.is_file())
        };
        let file = named.or_else(usual);
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with("PARVIS_"))
            .map(|(name, value)| match value.into_string() {
                Ok(value) => Ok((name, value)),
                Err(_) => anyhow::bail!("the variable {name} is not valid UTF-8"),
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Config::load(file.as_deref(), environment.into_iter())?)
    }

    /// How this call wants its answers.
    pub fn output(&self) -> Output {
        Output { json: self.json }
    }
}

/// Where answers go: the standard output, as text for people or as JSON.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Gives the answer: `text` for people, or `object`, which must be a JSON object, when JSON was asked for.
    ///
    /// Empty text is no line at all.
    pub fn answer(&self, text: &str, object: &impl Serialize) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            serde_json::to_writer(&mut out, object).context("the answer can't be written")?;
            writeln!(out)?;
        } else if !text.is_empty() {
            writeln!(out, "{}", text.trim_end_matches('\n'))?;
        }
        Ok(out.flush()?)
    }

    /// Whether JSON was asked for.
    pub fn is_json(&self) -> bool {
        self.json
    }
}

/// Reads the arguments, runs the command, and says how it went.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    match Box::pin(run(cli)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let line = format!("{error:#}")
                .lines()
                .map(str::trim)
                .collect::<Vec<_>>()
                .join(" ");
            // A closed standard error leaves nobody to tell; the status still says it.
            let _ = writeln!(std::io::stderr(), "parvis: {line}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    logging::start()?;
    // Several parts of the program speak TLS: all with this provider.
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        anyhow::bail!("another TLS provider was installed first");
    }
    let output = cli.global.output();
    let global = &cli.global;
    match cli.command {
        Command::Serve(args) => commands::serve::run(&args, global).await,
        Command::Worker(_) => commands::worker::run(global).await,
        Command::Migrate(args) => commands::migrate::run(&args, global).await,
        Command::User(command) => Box::pin(commands::user::run(command, global)).await,
        Command::Token(command) => commands::token::run(command, global).await,
        Command::Category(command) => commands::category::run(command, global).await,
        Command::Keys(command) => commands::keys::run(command, global).await,
        Command::Federation(command) => commands::federation::run(command, global).await,
        Command::Demo(args) => commands::demo::run(&args, global).await,
        Command::Check(_) => commands::check::run(global).await,
        Command::Docs(args) => commands::docs::run(&args, output).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_named_file_must_exist() {
        let global = Global {
            config: Some(PathBuf::from("/nowhere/parvis.toml")),
            json: false,
        };
        let error = global.load_config().unwrap_err().to_string();
        assert!(error.contains("/nowhere/parvis.toml"), "{error}");
    }
}
