//! Why an activity, a fetch or a lookup came to nothing.
//!
//! The queues decide on the variant, never on the text: what is refused is done with, what may succeed later is tried
//! again, and a failure of ours is told by the forum's error.

use std::borrow::Cow;
use std::time::Duration;

use crate::http::{FetchError, SetupError};
use crate::keys::KeyError;

/// Short for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Their fault, or not for us: dropped, and never tried again.
    #[error("refused: {0}")]
    Refused(Cow<'static, str>),
    /// It may work later.
    #[error("later: {why}")]
    Retry {
        /// How long to wait at least; none leaves it to the queue.
        after: Option<Duration>,
        /// What happened.
        why: String,
    },
    /// What it is about isn't here, and may be on its way: tried again for some minutes, then dropped.
    #[error("too early: {0}")]
    Early(Cow<'static, str>),
    /// It comes from a limited server: a moderator decides whether it is applied.
    #[error("waits for a moderator: {0}")]
    Held(Cow<'static, str>),
    /// The forum said no, or its database failed.
    #[error(transparent)]
    Forum(#[from] parvis_forum::Error),
    /// The HTTP client could not be made.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A key of ours is missing or broken.
    #[error("key of {actor}: {source}")]
    Key {
        /// Whose.
        actor: String,
        /// What is wrong with it.
        source: KeyError,
    },
    /// The file of certificate authorities can't be read.
    #[error("certificate authorities in {path}: {source}")]
    CaFile {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// A refusal.
    pub fn refused(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(why.into())
    }

    /// Something to try again.
    pub fn retry(why: impl Into<String>) -> Self {
        Self::Retry {
            after: None,
            why: why.into(),
        }
    }

    /// Whether trying again later could help.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Retry { .. } | Self::Early(_) | Self::Held(_) => true,
            Self::Forum(error) => matches!(
                error,
                parvis_forum::Error::Database(_)
                    | parvis_forum::Error::Conflict(_)
                    | parvis_forum::Error::TooMany { .. }
                    | parvis_forum::Error::External(_)
            ),
            Self::Refused(_) | Self::Setup(_) | Self::Key { .. } | Self::CaFile { .. } => false,
        }
    }
}

impl From<FetchError> for Error {
    fn from(error: FetchError) -> Self {
        if error.is_temporary() {
            Self::retry(error.to_string())
        } else {
            Self::refused(error.to_string())
        }
    }
}
