//! `parvis user`: local accounts.

use clap::{Args, Subcommand, ValueEnum};

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
    /// Sets a new password
    ResetPassword(ResetPassword),
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
