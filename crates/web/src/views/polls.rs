//! A poll in a post, and the fields that make one.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// A poll: `POST /p/{id}/vote`, field `choice`, once or several times.
#[derive(Clone, Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked for by the template on its own"
)]
pub struct PollShown {
    /// Choices, in order.
    pub choices: Vec<PollChoice>,
    /// More than one may be chosen.
    pub multiple: bool,
    /// People who voted, when it is known.
    pub voters: Option<u32>,
    /// When it ends.
    pub ends_at: Option<DateTime<Utc>>,
    /// It takes no votes any more.
    pub closed: bool,
    /// The viewer voted.
    pub voted: bool,
    /// The viewer may vote now.
    pub may_vote: bool,
}

/// One choice.
#[derive(Clone, Debug, Serialize)]
pub struct PollChoice {
    /// What the form sends.
    pub value: usize,
    /// Its words.
    pub title: String,
    /// Votes.
    pub votes: u32,
    /// Of those who voted, in hundredths.
    pub percent: u32,
    /// The viewer chose it.
    pub mine: bool,
}

/// Fields of a new topic that make a poll.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PollFields {
    /// Field `poll_choices`: one a line; empty for no poll.
    pub choices: String,
    /// Field `poll_multiple`.
    pub multiple: bool,
    /// Field `poll_days`.
    pub days: String,
}

/// A reaction, and how many gave it.
#[derive(Clone, Debug, Serialize)]
pub struct ReactionShown {
    /// An emoji, or the name of a custom one.
    pub emoji: String,
    /// How many.
    pub count: u32,
}
