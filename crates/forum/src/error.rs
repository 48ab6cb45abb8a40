//! What can go wrong, in the caller's words.
//!
//! `NotFound`: it isn't there, or the viewer may not know that it is. `Gone`: it was there. `Denied`: visible, but not
//! to be done by this viewer. `Invalid`: the input's fields, one by one. `Conflict`: somebody was first. `TooMany`:
//! later. The rest is our trouble, not the caller's.

use sea_orm::{DbErr, SqlErr};

/// Short for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, as far as the viewer may know.
    #[error("{0} not found")]
    NotFound(Kind),
    /// There was one; it is deleted.
    #[error("{0} is gone")]
    Gone(Kind),
    /// The viewer may not do this.
    #[error("not allowed: {0}")]
    Denied(Denied),
    /// The input is not acceptable, field by field.
    #[error("invalid input: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Invalid(Vec<FieldError>),
    /// It exists already, or was changed meanwhile; the text names what.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// Too often; try again after so many seconds.
    #[error("too many attempts, try again in {retry_after} s")]
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// The database failed.
    #[error("database: {0}")]
    Database(DbErr),
    /// Something outside (mail, keys, files) failed.
    #[error("{0}")]
    External(String),
}

impl Error {
    /// One wrong field.
    pub fn field(field: &'static str, code: &'static str) -> Self {
        Self::Invalid(vec![FieldError::new(field, code)])
    }

    /// True when the database can't be reached or written to for now (no connection, disk full, read-only), so that
    /// the same may work later.
    pub fn is_unavailable(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
            return true;
        }
        let text = error.to_string();
        [
            "database or disk is full",
            "readonly database",
            "disk I/O error",
            "unable to open database file",
            "database is locked",
            "No space left on device",
            "could not extend file",
            "read-only transaction",
            "the database system is",
            "Connection refused",
            "terminating connection",
            "error communicating with database",
        ]
        .iter()
        .any(|sign| text.contains(sign))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Conflict("exists already"),
            _ => Self::Database(error),
        }
    }
}

/// What was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody or something with a handle.
    Actor,
    /// A person.
    Person,
    /// A category.
    Category,
    /// A topic.
    Topic,
    /// A post.
    Post,
    /// A file attached to a post.
    Media,
    /// A report.
    Report,
    /// A server.
    Instance,
    /// A token, a session or a link sent by mail.
    Token,
    /// An activity.
    Activity,
    /// A draft.
    Draft,
    /// A ban.
    Ban,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Actor => "actor",
            Self::Person => "person",
            Self::Category => "category",
            Self::Topic => "topic",
            Self::Post => "post",
            Self::Media => "file",
            Self::Report => "report",
            Self::Instance => "instance",
            Self::Token => "token",
            Self::Activity => "activity",
            Self::Draft => "draft",
            Self::Ban => "ban",
        })
    }
}

/// Why a viewer may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Only people who are signed in.
    #[error("sign in first")]
    SignIn,
    /// The account waits for a confirmation or an approval.
    #[error("the account is not active yet")]
    Inactive,
    /// The account is suspended.
    #[error("the account is suspended")]
    Suspended,
    /// Its server is blocked here.
    #[error("the server is blocked")]
    Blocked,
    /// The topic takes no replies.
    #[error("the topic is locked")]
    Locked,
    /// The category is read-only.
    #[error("the category is archived")]
    Archived,
    /// Only moderators open topics there.
    #[error("only moderators open topics in this category")]
    Restricted,
    /// Only the author.
    #[error("only the author may do this")]
    NotAuthor,
    /// Only moderators of the category.
    #[error("only moderators may do this")]
    NotModerator,
    /// Only administrators.
    #[error("only administrators may do this")]
    NotAdmin,
    /// The token's scopes don't include it.
    #[error("the token's scopes don't allow this")]
    Scope,
    /// Registration is closed.
    #[error("registration is closed")]
    RegistrationClosed,
    /// It belongs to another server.
    #[error("only the server that owns it may do this")]
    NotOurs,
    /// The last administrator stays.
    #[error("the last administrator cannot be removed")]
    LastAdmin,
    /// The poll takes no votes any more.
    #[error("the poll is closed")]
    PollClosed,
    /// They voted before.
    #[error("a vote can't be changed")]
    Voted,
    /// An official answer isn't edited any more, only replaced.
    #[error("an official answer can only be replaced")]
    Official,
    /// A second factor has to be set up first.
    #[error("a second factor has to be set up first")]
    SecondFactor,
    /// The account has moved away.
    #[error("the account has moved")]
    Moved,
    /// Banned from the category or from this server.
    #[error("banned from taking part there")]
    Banned,
}

impl Denied {
    /// A word for machines and for message keys.
    pub fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Inactive => "inactive",
            Self::Suspended => "suspended",
            Self::Blocked => "blocked",
            Self::Locked => "locked",
            Self::Archived => "archived",
            Self::Restricted => "restricted",
            Self::NotAuthor => "not-author",
            Self::NotModerator => "not-moderator",
            Self::NotAdmin => "not-admin",
            Self::Scope => "scope",
            Self::RegistrationClosed => "registration-closed",
            Self::NotOurs => "not-ours",
            Self::LastAdmin => "last-admin",
            Self::SecondFactor => "second-factor",
            Self::Moved => "moved",
            Self::PollClosed => "poll-closed",
            Self::Voted => "voted",
            Self::Official => "official",
            Self::Banned => "banned",
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

/// What is wrong with a field of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the field, as in the Forum API.
    pub field: &'static str,
    /// `blank`, `too-long`, `too-short`, `taken`, `reserved`, `format`, `unknown`, `mismatch`, `common`, `unchanged`,
    /// `too-many`, `too-many-links`, `too-many-mentions`; of files `too-large`,
    /// `too-many-pixels`, `refused`, `broken`, `no-description`.
    pub code: &'static str,
    /// The limit that was passed, for `too-long`, `too-short`, `too-large` (in megabytes) and `too-many`.
    pub limit: Option<u32>,
}

impl FieldError {
    /// A wrong field without a limit.
    pub fn new(field: &'static str, code: &'static str) -> Self {
        Self {
            field,
            code,
            limit: None,
        }
    }

    /// A field beyond its limit.
    pub fn limit(field: &'static str, code: &'static str, limit: u32) -> Self {
        Self {
            field,
            code,
            limit: Some(limit),
        }
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.code)?;
        match self.limit {
            Some(limit) => write!(f, " ({limit})"),
            None => Ok(()),
        }
    }
}
