//! `parvis category`: local categories.

use std::fmt::Write as _;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use parvis_federation::Federation;
use parvis_federation::lookup::{self, Found};
use parvis_forum::categories::{self, CategoryChange, NewCategory};
use parvis_forum::{Actor, Forum, Viewer, actors, moving};
use serde_json::{Value, json};

use crate::cli::{Global, Output};
use crate::open::{self, in_words};

/// Local categories.
#[derive(Debug, Subcommand)]
pub enum Category {
    /// Makes a category
    Create(Create),
    /// Lists the categories
    List(List),
    /// Changes a category
    Edit(Edit),
    /// Closes a category for writing; its topics stay readable
    Archive(Archive),
    /// Names a category of another node that comes to live in this one
    Alias(Other),
    /// Announces that a category goes on on another node, which names it with `category alias` first
    Move(Other),
    /// Takes a move back
    Return(Archive),
}

/// `category alias` and `category move`.
#[derive(Debug, Args)]
pub struct Other {
    /// The category's slug here
    pub slug: String,
    /// The category elsewhere: slug@host, or its address
    pub other: String,
}

/// `category create`.
#[derive(Debug, Args)]
pub struct Create {
    /// Name in addresses and in the handle: slug@host
    #[arg(long)]
    pub slug: String,
    /// Title for readers
    #[arg(long)]
    pub title: String,
    /// What is discussed there
    #[arg(long)]
    pub description: Option<String>,
    /// Slug of the category above
    #[arg(long)]
    pub parent: Option<String>,
}

/// `category list`.
#[derive(Debug, Args)]
pub struct List {}

/// `category edit`: what isn't given stays as it is.
#[derive(Debug, Args)]
pub struct Edit {
    /// The category's slug
    pub slug: String,
    /// New title
    #[arg(long)]
    pub title: Option<String>,
    /// New description
    #[arg(long)]
    pub description: Option<String>,
    /// Slug of the new category above; an empty one puts it on top
    #[arg(long)]
    pub parent: Option<String>,
    /// Who may read it: everybody, people with an account here, or verified public agents
    #[arg(long, value_parser = ["public", "members", "agents"])]
    pub readers: Option<String>,
    /// Host of a node whose members may follow a closed category; may be given more than once
    #[arg(long = "partner", requires = "readers")]
    pub partners: Vec<String>,
}

/// `category archive`.
#[derive(Debug, Args)]
pub struct Archive {
    /// The category's slug
    pub slug: String,
}

/// Runs the command.
pub async fn run(command: Category, global: &Global) -> anyhow::Result<()> {
    let federation = open::node(global.load_config()?).await?;
    let forum = federation.forum();
    let output = global.output();
    match command {
        Category::Create(args) => create(forum, args, output).await,
        Category::List(List {}) => list(forum, output).await,
        Category::Edit(args) => {
            let access = match args.readers.as_deref() {
                None => None,
                Some("public") => Some(categories::Access::Public),
                Some(word) => Some(
                    categories::Access::closed(
                        word.parse()?,
                        &args.partners.join(" "),
                        forum.config(),
                    )
                    .map_err(in_words)?,
                ),
            };
            let change = CategoryChange {
                access,
                title: args.title,
                description: args.description,
                parent: args.parent,
                ..CategoryChange::default()
            };
            edit(forum, &args.slug, change, output).await
        }
        Category::Archive(args) => {
            let change = CategoryChange {
                archived: Some(true),
                ..CategoryChange::default()
            };
            edit(forum, &args.slug, change, output).await
        }
        Category::Alias(args) => alias(&federation, &args, output).await,
        Category::Move(args) => leave(&federation, &args, output).await,
        Category::Return(args) => {
            let category = by_slug(forum, &args.slug).await?;
            let tx = forum.begin().await?;
            moving::come_back(&tx, &Viewer::System, category.actor).await?;
            tx.commit().await?;
            let category = by_slug(forum, &args.slug).await?;
            let text = format!("{} goes on here; it is still archived", args.slug);
            output.answer(&text, &object(&category))
        }
    }
}

async fn by_slug(forum: &Forum, slug: &str) -> anyhow::Result<categories::Category> {
    categories::local_by_slug(forum.db(), slug)
        .await
        .with_context(|| format!("no category has the slug `{slug}`"))
}

/// A category elsewhere, as its server describes it now.
async fn other(federation: &Federation, named: &str) -> anyhow::Result<Actor> {
    let unknown = || format!("no category `{named}` was found");
    let found = lookup::lookup(federation, named)
        .await
        .with_context(unknown)?;
    let Found::Category(category) = found else {
        anyhow::bail!("`{named}` is not a category");
    };
    if category.actor.local {
        return Ok(category.actor);
    }
    lookup::refresh(federation, &category.actor.uri)
        .await
        .with_context(unknown)
}

async fn alias(federation: &Federation, args: &Other, output: Output) -> anyhow::Result<()> {
    let forum = federation.forum();
    let category = by_slug(forum, &args.slug).await?;
    let other = other(federation, &args.other).await?;
    let mut aliases = moving::aliases(&category.actor);
    aliases.push(other.uri.clone());
    let tx = forum.begin().await?;
    moving::set_aliases(&tx, &Viewer::System, category.actor, aliases)
        .await
        .map_err(in_words)?;
    tx.commit().await?;
    let category = by_slug(forum, &args.slug).await?;
    let text = format!("{} is also known as {}", args.slug, other.uri);
    output.answer(&text, &object(&category))
}

async fn leave(federation: &Federation, args: &Other, output: Output) -> anyhow::Result<()> {
    let forum = federation.forum();
    let category = by_slug(forum, &args.slug).await?;
    let other = other(federation, &args.other).await?;
    let tx = forum.begin().await?;
    moving::leave(&tx, &Viewer::System, category.actor, &other)
        .await
        .map_err(in_words)?;
    tx.commit().await?;
    let category = by_slug(forum, &args.slug).await?;
    let text = format!(
        "{} goes on as {}; followers are told, topics stay readable here",
        args.slug, other.uri
    );
    output.answer(&text, &object(&category))
}

async fn create(forum: &Forum, args: Create, output: Output) -> anyhow::Result<()> {
    let new = NewCategory::parse(
        &args.slug,
        &args.title,
        args.description.as_deref().unwrap_or_default(),
        args.parent.as_deref(),
    )
    .map_err(in_words)?;
    let keys = actors::generate_keys().await?;
    let tx = forum.begin().await?;
    let category = categories::create(&tx, &Viewer::System, new, keys)
        .await
        .map_err(in_words)?;
    tx.commit().await?;
    let text = format!(
        "{} is open at {}; from elsewhere it is followed as @{}",
        category.title(),
        category.actor.url,
        actors::handle(&category.actor)
    );
    output.answer(&text, &object(&category))
}

async fn list(forum: &Forum, output: Output) -> anyhow::Result<()> {
    let all = categories::tree(forum.db(), &Viewer::System).await?;
    let mut text = String::new();
    for category in &all {
        writeln!(
            text,
            "{:24} {:6} topics  {}{}",
            category.actor.name,
            category.row.topic_count,
            category.title(),
            if category.row.archived_at.is_some() {
                "  (archived)"
            } else {
                ""
            }
        )?;
    }
    let categories: Vec<Value> = all.iter().map(object).collect();
    output.answer(&text, &json!({ "categories": categories }))
}

async fn edit(
    forum: &Forum,
    slug: &str,
    change: CategoryChange,
    output: Output,
) -> anyhow::Result<()> {
    let category = categories::local_by_slug(forum.db(), slug)
        .await
        .with_context(|| format!("no category has the slug `{slug}`"))?;
    let tx = forum.begin().await?;
    let category = categories::edit(&tx, &Viewer::System, category, change)
        .await
        .map_err(in_words)?;
    tx.commit().await?;
    output.answer(&format!("{slug} is changed"), &object(&category))
}

fn object(category: &categories::Category) -> Value {
    json!({
        "id": category.id(),
        "slug": category.actor.name,
        "handle": actors::handle(&category.actor),
        "title": category.title(),
        "description": category.row.description,
        "uri": category.actor.uri,
        "url": category.actor.url,
        "topic_count": category.row.topic_count,
        "archived": category.row.archived_at.is_some(),
        "also_known_as": moving::aliases(&category.actor),
        "moved_to": category.actor.moved_to,
    })
}
