//! `parvis token`: bearer tokens for the API.

use clap::{Args, Subcommand, ValueEnum};

/// Bearer tokens for the API.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Makes a token and shows it once
    Create(Create),
    /// Lists the tokens, without their secrets
    List(List),
    /// Makes a token useless
    Revoke(Revoke),
}

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScopeName {
    /// Read.
    Read,
    /// Write and vote.
    Write,
    /// Follow categories and people.
    Follow,
    /// Moderate and administrate, as far as the person may.
    Admin,
}

/// `token create`.
#[derive(Debug, Args)]
pub struct Create {
    /// The person for whom the token acts
    #[arg(long)]
    pub user: String,
    /// What it may do, separated by spaces
    #[arg(
        long,
        value_enum,
        value_delimiter = ' ',
        default_value = "read write follow"
    )]
    pub scopes: Vec<ScopeName>,
}

/// `token list`.
#[derive(Debug, Args)]
pub struct List {
    /// Only the tokens of this person
    #[arg(long)]
    pub user: Option<String>,
}

/// `token revoke`.
#[derive(Debug, Args)]
pub struct Revoke {
    /// The token's id, as `token list` shows it
    pub id: String,
}
