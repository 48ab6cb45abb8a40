//! `parvis user`: local accounts.

use std::fmt::Write as _;
use std::io::Read as _;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use parvis_forum::affiliations::NewAffiliation;
use parvis_forum::kinds::{PersonState, Role};
use parvis_forum::page::{MAX_LIMIT, PageRequest};
use parvis_forum::people::{self, Account, Filter, NewPerson, SignUp};
use parvis_forum::{Forum, Viewer, actors, farewells, second_factors};
use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::open::{self, in_words};

/// Local accounts.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Makes a confirmed account
    Create(Create),
    /// Lists the accounts
    List(List),
    /// Gives a person another role
    Role(ChangeRole),
    /// Suspends a person, who can't sign in or write any more
    Suspend(Suspend),
    /// Ends a suspension
    Unsuspend(Unsuspend),
    /// Deletes an account and tells the network
    Delete(Delete),
    /// Says which servers were told that an account was deleted, and what became of it
    Deletion(Delete),
    /// Sets a new password
    ResetPassword(ResetPassword),
    /// Takes the second factor away from who has lost it
    ResetSecondFactor(ResetSecondFactor),
}

/// What a person may do on the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Everything.
    Admin,
    /// Moderates every category.
    Moderator,
    /// Takes part.
    Member,
}

/// `user create`.
#[derive(Debug, Args)]
pub struct Create {
    /// Name in the handle: name@host
    #[arg(long)]
    pub name: String,
    /// Mail address, taken as confirmed
    #[arg(long)]
    pub email: String,
    /// What the person may do
    #[arg(long, value_enum, default_value_t = RoleName::Member)]
    pub role: RoleName,
    /// Read the password from the standard input; otherwise one is made and shown once
    #[arg(long)]
    pub password_stdin: bool,
    /// Name shown beside contributions; otherwise the name
    #[arg(long)]
    pub display_name: Option<String>,
}

/// `user list`.
#[derive(Debug, Args)]
pub struct List {
    /// Only this role
    #[arg(long, value_enum)]
    pub role: Option<RoleName>,
}

/// `user role`.
#[derive(Debug, Args)]
pub struct ChangeRole {
    /// The person's name
    pub name: String,
    /// The new role
    #[arg(value_enum)]
    pub role: RoleName,
}

/// `user suspend`.
#[derive(Debug, Args)]
pub struct Suspend {
    /// The person's name
    pub name: String,
    /// Why, for the person and for the record
    #[arg(long)]
    pub reason: Option<String>,
}

/// `user unsuspend`.
#[derive(Debug, Args)]
pub struct Unsuspend {
    /// The person's name
    pub name: String,
}

/// `user delete`.
#[derive(Debug, Args)]
pub struct Delete {
    /// The person's name
    pub name: String,
}

/// `user reset-password`.
#[derive(Debug, Args)]
pub struct ResetPassword {
    /// The person's name
    pub name: String,
    /// Read the password from the standard input; otherwise one is made and shown once
    #[arg(long)]
    pub password_stdin: bool,
}

/// `user reset-second-factor`.
#[derive(Debug, Args)]
pub struct ResetSecondFactor {
    /// The person's name
    pub name: String,
    /// Why, for the person and for the record
    #[arg(long)]
    pub reason: Option<String>,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Moderator => Self::Moderator,
            RoleName::Member => Self::Member,
        }
    }
}

/// Runs the command.
pub async fn run(command: User, global: &Global) -> anyhow::Result<()> {
    let federation = open::node(global.load_config()?).await?;
    let forum = federation.forum();
    let output = global.output();
    match command {
        User::Create(args) => create(forum, args, output).await,
        User::List(args) => list(forum, &args, output).await,
        User::Role(args) => {
            let account = by_name(forum, &args.name).await?;
            let tx = forum.begin().await?;
            let account =
                people::set_role(&tx, &Viewer::System, account.actor.id, args.role.into()).await?;
            tx.commit().await?;
            let text = format!("{} is {} now", account.actor.name, account.person.role);
            output.answer(&text, &known(forum, &account).await?)
        }
        User::Suspend(args) => {
            let account = by_name(forum, &args.name).await?;
            let reason = args.reason.unwrap_or_default();
            let tx = forum.begin().await?;
            people::suspend(&tx, &Viewer::System, account.actor, &reason).await?;
            tx.commit().await?;
            let account = by_name(forum, &args.name).await?;
            let answer = known(forum, &account).await?;
            output.answer(&format!("{} is suspended", args.name), &answer)
        }
        User::Unsuspend(args) => {
            let account = by_name(forum, &args.name).await?;
            let tx = forum.begin().await?;
            people::unsuspend(&tx, &Viewer::System, account.actor, "").await?;
            tx.commit().await?;
            let account = by_name(forum, &args.name).await?;
            let answer = known(forum, &account).await?;
            output.answer(&format!("{} is active again", args.name), &answer)
        }
        User::Delete(args) => {
            let account = by_name(forum, &args.name).await?;
            let tx = forum.begin().await?;
            people::delete(&tx, &Viewer::System, account.actor.id).await?;
            tx.commit().await?;
            let text = format!(
                "{} is deleted; the servers that know the account are told",
                args.name
            );
            output.answer(&text, &json!({ "name": args.name, "deleted": true }))
        }
        User::Deletion(args) => deletion(forum, &args.name, output).await,
        User::ResetPassword(args) => reset_password(forum, args, output).await,
        User::ResetSecondFactor(args) => {
            let account = by_name(forum, &args.name).await?;
            let reason = args.reason.unwrap_or_default();
            let tx = forum.begin().await?;
            second_factors::reset(&tx, &Viewer::System, account.actor.id, &reason)
                .await
                .map_err(in_words)?;
            tx.commit().await?;
            let text = format!(
                "{} signs in with the password alone; all sessions are ended",
                args.name
            );
            output.answer(&text, &object(&account, false))
        }
    }
}

async fn deletion(forum: &Forum, name: &str, output: Output) -> anyhow::Result<()> {
    let account = by_name(forum, name).await?;
    if account.person.state != PersonState::Deleted {
        anyhow::bail!("the account `{name}` is not deleted");
    }
    let told = farewells::of(forum.db(), &Viewer::System, account.actor.id).await?;
    let mut text = String::new();
    let mut servers = Vec::new();
    for one in &told {
        let why = one.error.as_deref().unwrap_or_default();
        writeln!(text, "{:40} {:10} {why}", one.host, one.fate.as_str())?;
        servers.push(json!({"host": one.host, "fate": one.fate.as_str(), "error": one.error}));
    }
    if told.is_empty() {
        text.push_str("no server had to be told, or it was more than a year ago");
    }
    let answer = json!({"name": name, "deleted_at": account.actor.deleted_at, "servers": servers});
    output.answer(&text, &answer)
}

async fn by_name(forum: &Forum, name: &str) -> anyhow::Result<Account> {
    people::by_name(forum.db(), name)
        .await
        .with_context(|| format!("no account is named `{name}`"))
}

/// The password that was typed or piped in, or a fresh one to be shown once.
fn password(from_stdin: bool) -> anyhow::Result<(String, bool)> {
    if !from_stdin {
        return Ok((parvis_forum::passwords::fresh(), true));
    }
    let mut text = String::new();
    std::io::stdin()
        .take(10_000)
        .read_to_string(&mut text)
        .context("the password can't be read")?;
    Ok((text.trim_end_matches(['\r', '\n']).to_owned(), false))
}

async fn create(forum: &Forum, args: Create, output: Output) -> anyhow::Result<()> {
    let (password, made) = password(args.password_stdin)?;
    let input = SignUp {
        name: &args.name,
        email: &args.email,
        password: &password,
        display_name: args.display_name.as_deref().unwrap_or(&args.name),
        ..SignUp::default()
    };
    let new = NewPerson::parse_by_operator(&input, NewAffiliation::default()).map_err(in_words)?;
    let ready = new.prepare().await?;
    let tx = forum.begin().await?;
    let account = people::create(&tx, &Viewer::System, ready, args.role.into())
        .await
        .map_err(in_words)?;
    tx.commit().await?;
    let mut text = format!(
        "{} may sign in at {}",
        actors::handle(&account.actor),
        forum.config().local_url("/login")
    );
    let mut answer = object(&account, false);
    if made {
        write!(text, "\npassword, shown once: {password}")?;
        show_once(&mut answer, password);
    }
    output.answer(&text, &answer)
}

async fn list(forum: &Forum, args: &List, output: Output) -> anyhow::Result<()> {
    let filter = Filter {
        role: args.role.map(Into::into),
        ..Filter::default()
    };
    let mut all = Vec::new();
    let mut page = PageRequest::first(MAX_LIMIT);
    loop {
        let some = people::list(forum.db(), &Viewer::System, &filter, page).await?;
        all.extend(some.items);
        match some.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    let mut text = String::new();
    for account in &all {
        writeln!(
            text,
            "{:24} {:10} {:12} {}",
            account.actor.name, account.person.role, account.person.state, account.person.email
        )?;
    }
    let ids = all.iter().map(|account| account.actor.id);
    let having = second_factors::having(forum.db(), ids).await?;
    let people: Vec<Value> = all
        .iter()
        .map(|account| object(account, having.contains(&account.actor.id)))
        .collect();
    output.answer(&text, &json!({ "people": people }))
}

async fn reset_password(forum: &Forum, args: ResetPassword, output: Output) -> anyhow::Result<()> {
    let account = by_name(forum, &args.name).await?;
    let (password, made) = password(args.password_stdin)?;
    let hash = people::prepare_password("password", &account, &password)
        .await
        .map_err(in_words)?;
    let tx = forum.begin().await?;
    people::set_password(&tx, &Viewer::System, account.actor.id, hash).await?;
    tx.commit().await?;
    let mut text = format!("{} has a new password; all sessions are ended", args.name);
    let mut answer = known(forum, &account).await?;
    if made {
        write!(text, "\npassword, shown once: {password}")?;
        show_once(&mut answer, password);
    }
    output.answer(&text, &answer)
}

fn show_once(answer: &mut Value, password: String) {
    if let Some(object) = answer.as_object_mut() {
        object.insert("password".to_owned(), Value::String(password));
    }
}

/// What is told of an account.
async fn known(forum: &Forum, account: &Account) -> anyhow::Result<Value> {
    let second_factor = second_factors::is_on(forum.db(), account.actor.id).await?;
    Ok(object(account, second_factor))
}

fn object(account: &Account, second_factor: bool) -> Value {
    json!({
        "id": account.actor.id,
        "name": account.actor.name,
        "handle": actors::handle(&account.actor),
        "display_name": actors::shown_name(&account.actor),
        "uri": account.actor.uri,
        "email": account.person.email,
        "role": account.person.role,
        "state": account.person.state,
        "suspended": account.person.state == PersonState::Suspended,
        "second_factor": second_factor,
        "created_at": account.person.created_at,
    })
}
