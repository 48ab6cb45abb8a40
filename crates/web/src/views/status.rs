//! Pages that answer with an error (product.md §3.0, common states). None needs the database.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::Resend;
use super::parts::TopicRow;

/// A page for a status from 400 on, or for a form that is found again.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StatusView {
    /// 400: the request makes no sense.
    BadRequest,
    /// 401: sign in first.
    Unauthorized {
        /// Where to come back to.
        back: String,
    },
    /// 403: why, in words.
    Forbidden {
        /// The rule: `None` says only that it is for others.
        rule: Option<String>,
    },
    /// 404: a search from the words of the address, latest topics.
    NotFound {
        /// Words for the search field.
        query: String,
        /// Latest topics, if at hand.
        latest: Vec<TopicRow>,
    },
    /// 410: it was here.
    Gone {
        /// What became of it.
        how: GoneHow,
        /// When, if known.
        at: Option<DateTime<Utc>>,
        /// Path of the decision, if a moderator removed it.
        decision: Option<String>,
        /// Words for the search field.
        query: String,
        /// Latest topics, if at hand.
        latest: Vec<TopicRow>,
    },
    /// 413: too large.
    TooLarge {
        /// The limit in megabytes.
        limit_mb: u32,
    },
    /// 419: the form's token is too old; what was filled in can be sent again.
    Expired {
        /// The form; none if it can't be sent as it is.
        resend: Option<Resend>,
        /// The long text of the form, to be copied.
        text: String,
        /// Page of the form.
        back: String,
    },
    /// 200: somebody signed in, and finds what they had filled in before.
    SignedIn {
        /// The form.
        resend: Resend,
    },
    /// 429: wait.
    TooMany {
        /// Minutes to wait, at least 1.
        minutes: u32,
    },
    /// 500: our fault.
    Internal {
        /// Number to tell the team.
        incident: String,
    },
    /// 503: not now.
    Unavailable {
        /// Number to tell the team, if any.
        incident: Option<String>,
    },
    /// 503 for writing only: the node is read-only.
    ReadOnly,
}

/// What became of something that was here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneHow {
    /// Deleted by its author.
    Deleted,
    /// Removed by the moderators.
    Removed,
    /// An account, deleted.
    Account,
}

impl StatusView {
    /// The HTTP status to answer with.
    pub const fn code(&self) -> u16 {
        match self {
            Self::SignedIn { .. } => 200,
            Self::BadRequest => 400,
            Self::Unauthorized { .. } => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound { .. } => 404,
            Self::Gone { .. } => 410,
            Self::TooLarge { .. } => 413,
            Self::Expired { .. } => 419,
            Self::TooMany { .. } => 429,
            Self::Internal { .. } => 500,
            Self::Unavailable { .. } | Self::ReadOnly => 503,
        }
    }
}

/// The page, with what somebody wrote in the form that was not taken.
#[derive(Clone, Debug, Serialize)]
pub struct StatusPage {
    /// The page.
    #[serde(flatten)]
    pub view: StatusView,
    /// The text, to be copied.
    pub kept: Option<String>,
}

impl View for StatusPage {
    const TEMPLATE: &'static str = StatusView::TEMPLATE;
}

impl View for StatusView {
    const TEMPLATE: &'static str = "pages/status.html";
}
