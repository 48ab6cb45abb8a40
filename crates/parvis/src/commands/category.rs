//! `parvis category`: local categories.

use clap::{Args, Subcommand};

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
}

/// `category archive`.
#[derive(Debug, Args)]
pub struct Archive {
    /// The category's slug
    pub slug: String,
}
