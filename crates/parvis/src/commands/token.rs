//! `parvis token`: bearer tokens for the API.

use std::fmt::Write as _;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use parvis_forum::page::{MAX_LIMIT, PageRequest};
use parvis_forum::people::{self, Account, Filter};
use parvis_forum::tokens::{self, Scopes};
use parvis_forum::{Forum, Viewer};
use serde_json::json;

use crate::cli::{Global, Output};
use crate::open::{self, in_words};

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
        default_values = ["read", "write", "follow", "admin"]
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

/// Runs the command.
pub async fn run(command: Token, global: &Global) -> anyhow::Result<()> {
    let federation = open::node(global.load_config()?).await?;
    let forum = federation.forum();
    let output = global.output();
    match command {
        Token::Create(args) => create(forum, &args, output).await,
        Token::List(args) => list(forum, args, output).await,
        Token::Revoke(args) => {
            let id = args
                .id
                .parse()
                .with_context(|| format!("`{}` is not the id of a token", args.id))?;
            let tx = forum.begin().await?;
            tokens::revoke(&tx, &Viewer::System, id).await?;
            tx.commit().await?;
            output.answer("revoked", &json!({ "id": id, "revoked": true }))
        }
    }
}

async fn owner(forum: &Forum, name: &str) -> anyhow::Result<Account> {
    people::by_name(forum.db(), name)
        .await
        .with_context(|| format!("no account is named `{name}`"))
}

async fn create(forum: &Forum, args: &Create, output: Output) -> anyhow::Result<()> {
    let account = owner(forum, &args.user).await?;
    let words: Vec<String> = args
        .scopes
        .iter()
        .filter_map(|s| s.to_possible_value().map(|v| v.get_name().to_owned()))
        .collect();
    let scopes: Scopes = words.join(" ").parse().map_err(in_words)?;
    let tx = forum.begin().await?;
    let new = tokens::create(
        &tx,
        &Viewer::System,
        account.actor.id,
        "parvis token create",
        &scopes,
    )
    .await?;
    tx.commit().await?;
    output.answer(
        &new.secret,
        &json!({
            "token": new.secret,
            "id": new.token.id,
            "user": account.actor.name,
            "scopes": new.token.scopes,
        }),
    )
}

async fn list(forum: &Forum, args: List, output: Output) -> anyhow::Result<()> {
    let accounts = match args.user {
        Some(name) => vec![owner(forum, &name).await?],
        None => everybody(forum).await?,
    };
    let mut text = String::new();
    let mut all = Vec::new();
    for account in accounts {
        for token in tokens::list(forum.db(), &Viewer::System, account.actor.id).await? {
            writeln!(
                text,
                "{} {:24} {:30} {}",
                token.id, account.actor.name, token.scopes, token.created_at
            )?;
            all.push(json!({
                "id": token.id,
                "user": account.actor.name,
                "label": token.label,
                "scopes": token.scopes,
                "created_at": token.created_at,
                "used_at": token.used_at,
            }));
        }
    }
    output.answer(&text, &json!({ "tokens": all }))
}

async fn everybody(forum: &Forum) -> anyhow::Result<Vec<Account>> {
    let mut all = Vec::new();
    let mut page = PageRequest::first(MAX_LIMIT);
    loop {
        let some = people::list(forum.db(), &Viewer::System, &Filter::default(), page).await?;
        all.extend(some.items);
        match some.next {
            Some(next) => page.after = Some(next),
            None => return Ok(all),
        }
    }
}
