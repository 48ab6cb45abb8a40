//! Polls: what makes one, how it stands, and voting.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::id::PostId;
use parvis_forum::polls::{self, NewPoll, PollView};
use parvis_forum::tokens::Scope;
use parvis_forum::{Kind, Result, Timestamp, posts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, WriteProblems};
use super::model::{self, Post};
use super::parse_id;
use super::write::{Stop, Write};
use crate::extract::Path;
use crate::state::AppState;

/// A poll to be added to a topic.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(default)]
pub(super) struct NewPollBody {
    /// Two to ten, each another, of 100 characters at most.
    #[schema(required = true)]
    choices: Vec<String>,
    /// More than one may be chosen.
    multiple: bool,
    /// Days during which it takes votes, 1 to 365; null for no end.
    days: Option<i64>,
}

impl NewPollBody {
    pub(super) fn parse(&self) -> Result<NewPoll> {
        NewPoll::parse(&self.choices, self.multiple, self.days)
    }
}

/// A choice of a poll.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PollChoice {
    /// Its words.
    pub title: String,
    /// Votes.
    pub votes: i32,
    /// The caller chose it.
    pub chosen: bool,
}

/// A poll. Who chose what is not told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Poll {
    /// Choices, in order: a vote names them by their place, from 0.
    pub choices: Vec<PollChoice>,
    /// More than one may be chosen.
    pub multiple: bool,
    /// People who voted, when it is known.
    pub voters: Option<i32>,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    /// It was closed.
    pub closed: bool,
    /// The caller voted.
    pub voted: bool,
}

/// A poll as the viewer sees it.
pub(super) fn poll_from_view(view: PollView) -> Poll {
    let PollView { poll, mine } = view;
    Poll {
        multiple: poll.multiple,
        voters: poll.voters,
        ends_at: poll.ends_at,
        closed: poll.closed_at.is_some(),
        voted: !mine.is_empty(),
        choices: (0_i32..)
            .zip(poll.choices)
            .map(|(place, choice)| PollChoice {
                title: choice.title,
                votes: choice.votes,
                chosen: mine.contains(&place),
            })
            .collect(),
    }
}

/// What is chosen.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct VoteBody {
    /// Places of the choices, from 0.
    #[schema(required = true)]
    choices: Vec<i32>,
}

/// Votes in the poll of a post. A vote can't be changed.
#[utoipa::path(put, path = "/posts/{id}/vote", operation_id = "vote_in_poll", tag = "posts", request_body = VoteBody,
    params(("id" = String, Path, description = "Id of the post"), IdempotencyKey),
    responses((status = 200, description = "The post as it is now", body = Post), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn vote(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<VoteBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let work = write.begin(&app).await?;
    let post = posts::readable(work.tx.c(), &viewer, id).await?;
    polls::vote(&work.tx, &viewer, &post, &write.body.choices).await?;
    let answer = model::post_from_row(work.tx.c(), work.tx.config(), &viewer, post).await?;
    work.answer(StatusCode::OK, None, &answer).await
}
