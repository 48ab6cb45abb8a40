//! Polls in posts: how they are shown, and voting (`/p/{id}/vote`).

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use parvis_forum::id::PostId;
use parvis_forum::polls::{self, NewPoll, PollView};
use parvis_forum::{Error, Result, Timestamp, Viewer, policy, posts, topics};
use serde::Deserialize;

use super::rows;
use super::topics as topic_pages;
use crate::error::AppResult;
use crate::extract::{Form, Path, Reader};
use crate::state::AppState;
use crate::views::notices::Notice;
use crate::views::polls::{PollChoice, PollFields, PollShown};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/p/{id}/vote", post(vote))
}

/// A poll as the viewer sees it.
pub(super) fn shown(view: &PollView, viewer: &Viewer, now: Timestamp) -> PollShown {
    let PollView { poll, mine } = view;
    let voted = !mine.is_empty();
    let closed = poll.is_closed(now);
    // Where several may be chosen, the votes are more than the people.
    let whole = match poll.voters {
        Some(voters) if poll.multiple && voters > 0 => voters,
        _ => poll.votes(),
    };
    let whole = rows::count(whole).max(1);
    PollShown {
        choices: poll
            .choices
            .iter()
            .enumerate()
            .map(|(value, choice)| {
                let votes = rows::count(choice.votes);
                let percent = u64::from(votes) * 100 / u64::from(whole);
                PollChoice {
                    value,
                    title: choice.title.clone(),
                    votes,
                    percent: u32::try_from(percent.min(100)).unwrap_or(100),
                    mine: i32::try_from(value).is_ok_and(|value| mine.contains(&value)),
                }
            })
            .collect(),
        multiple: poll.multiple,
        voters: poll.voters.map(rows::count),
        ends_at: poll.ends_at.map(Timestamp::datetime),
        closed,
        voted,
        may_vote: !closed && !voted && policy::posts::can_vote(viewer).is_ok(),
    }
}

/// The poll that the fields of a form ask for; none when they are empty.
pub(super) fn parse(fields: &PollFields) -> Result<Option<NewPoll>> {
    let choices: Vec<String> = fields
        .choices
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    if choices.is_empty() {
        return Ok(None);
    }
    let days = match fields.days.trim() {
        "" => None,
        days => Some(days.parse().map_err(|_| Error::field("poll", "days"))?),
    };
    NewPoll::parse(&choices, fields.multiple, days).map(Some)
}

/// What was chosen.
#[derive(Debug, Deserialize)]
struct Chosen {
    #[serde(default)]
    choice: Vec<i32>,
}

async fn vote(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<PostId>,
    Form(chosen): Form<Chosen>,
) -> AppResult<Response> {
    reader.current.person()?;
    let db = state.forum.db();
    let post = posts::readable(db, reader.viewer(), id).await?;
    let topic = topics::by_id(db, post.topic_id).await?;
    let path = topic_pages::place(&topic, post.number, posts::page_of(post.number));
    let tx = state.forum.begin().await?;
    match polls::vote(&tx, reader.viewer(), &post, &chosen.choice).await {
        // Nothing was chosen: back to where one can.
        Err(Error::Invalid(_)) => return Ok(reader.redirect(&path, Some(Notice::NothingChosen))),
        other => other?,
    }
    tx.commit().await?;
    Ok(reader.redirect(&path, Some(Notice::PollVoted)))
}
