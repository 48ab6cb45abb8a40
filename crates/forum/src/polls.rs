//! Polls: a post that asks (`Question`, FEP-9967), choices with how many chose them, and who chose what, which nobody is
//! shown.
//!
//! Of a poll asked here the counts are those of the votes kept here, each person once; of a poll from elsewhere they are
//! what its server says. The choices of a poll never change, except when its author elsewhere edits it: then it begins anew.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde::{Deserialize, Serialize};

use crate::db::entity::{poll, poll_vote};
use crate::freshness::Part;
use crate::id::{ActorId, PostId};
use crate::jobs::{self, Job};
use crate::text::sanitize;
use crate::{
    Denied, Error, Event, Kind, Post, Read, Result, Timestamp, Tx, Viewer, bans, policy, posts,
};

/// The ActivityPub type of a post that asks.
pub const TYPE: &str = "Question";
/// Name of the job that tells others how a poll stands.
pub const JOB: &str = "poll-counts";
/// Most choices of a poll.
pub const MAX_CHOICES: usize = 10;
/// Longest choice, in characters.
pub const MAX_CHOICE: usize = 100;
/// Most choices of a poll from elsewhere.
const MAX_CHOICES_ELSEWHERE: usize = 20;
/// Longest choice of a poll from elsewhere, in characters.
const MAX_CHOICE_ELSEWHERE: usize = 200;
/// A poll stays open at most so long, in days.
pub const MAX_DAYS: i64 = 365;
/// Others are told of new counts at most so often, in seconds.
const TOLD_EVERY: i64 = 180;

/// A choice, and how many chose it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Plain text.
    pub title: String,
    /// Votes.
    pub votes: i32,
}

/// Input for a poll, valid once it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPoll {
    choices: Vec<String>,
    multiple: bool,
    days: Option<i64>,
}

impl NewPoll {
    /// Checks the input as people give it: two to ten choices, each another; open for `days`, or without end.
    pub fn parse(choices: &[String], multiple: bool, days: Option<i64>) -> Result<Self> {
        let mut kept: Vec<String> = Vec::new();
        for choice in choices {
            let choice = sanitize::clean_line(choice);
            if choice.is_empty() || kept.contains(&choice) {
                continue;
            }
            if choice.chars().count() > MAX_CHOICE {
                return Err(Error::field("poll", "choice-too-long"));
            }
            kept.push(choice);
        }
        if !(2..=MAX_CHOICES).contains(&kept.len()) {
            return Err(Error::field("poll", "choices"));
        }
        if days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
            return Err(Error::field("poll", "days"));
        }
        Ok(Self {
            choices: kept,
            multiple,
            days,
        })
    }
}

/// A poll as its server elsewhere tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemotePoll {
    /// Choices and their counts.
    pub choices: Vec<Choice>,
    /// More than one may be chosen.
    pub multiple: bool,
    /// People who voted, when it says so.
    pub voters: Option<i32>,
    /// When it ends, when it says so.
    pub ends_at: Option<Timestamp>,
    /// When it was closed, when it says so.
    pub closed_at: Option<Timestamp>,
}

impl RemotePoll {
    /// Cleans what was sent; none when it has no choices.
    #[must_use]
    pub fn cleaned(self) -> Option<Self> {
        let mut choices: Vec<Choice> = Vec::new();
        for choice in self.choices.into_iter().take(MAX_CHOICES_ELSEWHERE) {
            let title = sanitize::clean_line(&choice.title);
            let title = sanitize::cut_at_word(&title, MAX_CHOICE_ELSEWHERE);
            if !title.is_empty() && choices.iter().all(|known| known.title != title) {
                choices.push(Choice {
                    title,
                    votes: choice.votes.max(0),
                });
            }
        }
        (!choices.is_empty()).then_some(Self {
            choices,
            voters: self.voters.map(|voters| voters.max(0)),
            ..self
        })
    }
}

/// A poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// The post that asks.
    pub post: PostId,
    /// Choices, in order.
    pub choices: Vec<Choice>,
    /// More than one may be chosen.
    pub multiple: bool,
    /// People who voted, when it is known.
    pub voters: Option<i32>,
    /// Takes no votes from then on.
    pub ends_at: Option<Timestamp>,
    /// Was closed.
    pub closed_at: Option<Timestamp>,
}

impl Poll {
    fn of(row: &poll::Model) -> Self {
        Self {
            post: row.post_id,
            choices: serde_json::from_str(&row.options).unwrap_or_default(),
            multiple: row.multiple,
            voters: row.voters,
            ends_at: row.ends_at,
            closed_at: row.closed_at,
        }
    }

    /// Whether it takes no votes any more.
    pub fn is_closed(&self, now: Timestamp) -> bool {
        self.closed_at.is_some() || self.ends_at.is_some_and(|end| end <= now)
    }

    /// All votes.
    pub fn votes(&self) -> i32 {
        let sum = |sum: i32, choice: &Choice| sum.saturating_add(choice.votes);
        self.choices.iter().fold(0, sum)
    }
}

/// A poll as somebody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollView {
    /// The poll.
    pub poll: Poll,
    /// What the viewer chose: places in the list, from 0.
    pub mine: Vec<i32>,
}

/// Whether a post asks.
pub fn asks(post: &Post) -> bool {
    post.object_type == TYPE
}

/// The polls among these posts, as the viewer reads them.
pub async fn of_posts(
    db: &impl Read,
    viewer: &Viewer,
    posts: &[PostId],
) -> Result<HashMap<PostId, PollView>> {
    if posts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = poll::Entity::find()
        .filter(poll::Column::PostId.is_in(posts.iter().copied()))
        .all(db)
        .await?;
    let mut mine: HashMap<PostId, Vec<i32>> = HashMap::new();
    if let Some(actor) = viewer.actor_id()
        && !rows.is_empty()
    {
        for vote in poll_vote::Entity::find()
            .filter(poll_vote::Column::PostId.is_in(rows.iter().map(|row| row.post_id)))
            .filter(poll_vote::Column::ActorId.eq(actor))
            .all(db)
            .await?
        {
            mine.entry(vote.post_id).or_default().push(vote.choice);
        }
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let poll = Poll::of(&row);
            let mine = mine.remove(&poll.post).unwrap_or_default();
            (poll.post, PollView { poll, mine })
        })
        .collect())
}

/// The poll of a post.
pub async fn find(db: &impl Read, post: PostId) -> Result<Option<Poll>> {
    let row = poll::Entity::find_by_id(post).one(db).await?;
    Ok(row.as_ref().map(Poll::of))
}

/// The poll of a post, held for this transaction, so that no vote is lost.
async fn hold(tx: &Tx, post: PostId) -> Result<Poll> {
    let row = poll::Entity::find_by_id(post)
        .lock_exclusive()
        .one(tx.c())
        .await?;
    row.as_ref()
        .map(Poll::of)
        .ok_or(Error::NotFound(Kind::Post))
}

/// Adds a poll to a post that was just written here.
pub(crate) async fn create(tx: &Tx, post: PostId, new: NewPoll) -> Result<()> {
    let ends_at = new.days.map(|days| tx.now().plus_days(days));
    let choices: Vec<Choice> = new
        .choices
        .into_iter()
        .map(|title| Choice { title, votes: 0 })
        .collect();
    insert(tx, post, &choices, new.multiple, Some(0), ends_at, None).await?;
    if let Some(end) = ends_at {
        let key = format!("{JOB}:{post}:end");
        jobs::enqueue_at(tx, JOB, &Counts { post: post.0 }, Some(&key), end).await?;
    }
    Ok(())
}

/// Adds a poll to a post that came from elsewhere.
pub(crate) async fn put(tx: &Tx, post: PostId, remote: RemotePoll) -> Result<()> {
    let RemotePoll {
        choices,
        multiple,
        voters,
        ends_at,
        closed_at,
    } = remote;
    insert(tx, post, &choices, multiple, voters, ends_at, closed_at).await
}

async fn insert(
    tx: &Tx,
    post: PostId,
    choices: &[Choice],
    multiple: bool,
    voters: Option<i32>,
    ends_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
) -> Result<()> {
    poll::ActiveModel {
        post_id: Set(post),
        multiple: Set(multiple),
        options: Set(written(choices)?),
        voters: Set(voters),
        ends_at: Set(ends_at),
        closed_at: Set(closed_at),
    }
    .insert(tx.c())
    .await?;
    Ok(())
}

fn written(choices: &[Choice]) -> Result<String> {
    serde_json::to_string(choices)
        .map_err(|error| Error::External(format!("cannot write a poll: {error}")))
}

/// What the server of a poll from elsewhere says of it now. `edited` tells that its author published another version of
/// the post: only then other choices are believed, and what was chosen before is forgotten. True when something changed.
pub(crate) async fn refresh(
    tx: &Tx,
    post: &Post,
    remote: RemotePoll,
    edited: bool,
) -> Result<bool> {
    let Some(row) = poll::Entity::find_by_id(post.id)
        .lock_exclusive()
        .one(tx.c())
        .await?
    else {
        return Ok(false);
    };
    let known = Poll::of(&row);
    let titles = |choices: &[Choice]| -> Vec<String> {
        choices.iter().map(|choice| choice.title.clone()).collect()
    };
    let same =
        known.multiple == remote.multiple && titles(&known.choices) == titles(&remote.choices);
    if !same && !edited {
        return Ok(false);
    }
    if !same {
        poll_vote::Entity::delete_many()
            .filter(poll_vote::Column::PostId.eq(post.id))
            .exec(tx.c())
            .await?;
    }
    let next = Poll {
        post: post.id,
        choices: remote.choices,
        multiple: remote.multiple,
        voters: remote.voters,
        ends_at: remote.ends_at.or(known.ends_at),
        // What was closed stays closed, unless it begins anew.
        closed_at: remote.closed_at.or(known.closed_at.filter(|_| same)),
    };
    if next == known {
        return Ok(false);
    }
    let mut row = row.into_active_model();
    row.multiple = Set(next.multiple);
    row.options = Set(written(&next.choices)?);
    row.voters = Set(next.voters);
    row.ends_at = Set(next.ends_at);
    row.closed_at = Set(next.closed_at);
    row.update(tx.c()).await?;
    tx.touches([Part::Topic(post.topic_id)]);
    Ok(true)
}

/// Votes, once: what was chosen can't be changed. Of a poll elsewhere its server is told.
pub async fn vote(tx: &Tx, viewer: &Viewer, post: &Post, choices: &[i32]) -> Result<()> {
    policy::posts::can_vote(viewer)?;
    let actor = viewer.actor_id().ok_or(Denied::SignIn)?;
    bans::check_on(tx, viewer, post).await?;
    let poll = open(tx, post).await?;
    let chosen: BTreeSet<i32> = choices.iter().copied().collect();
    if chosen.is_empty() {
        return Err(Error::field("choice", "blank"));
    }
    if !poll.multiple && chosen.len() > 1 {
        return Err(Error::field("choice", "too-many"));
    }
    let titles: Vec<String> = chosen
        .iter()
        .filter_map(|place| title(&poll, *place))
        .collect();
    if titles.len() != chosen.len() {
        return Err(Error::field("choice", "unknown"));
    }
    if !chosen_by(tx, post.id, actor).await?.is_empty() {
        return Err(Denied::Voted.into());
    }
    let chosen: Vec<i32> = chosen.into_iter().collect();
    count(tx, post, poll, actor, &chosen, true).await?;
    if !post.local {
        tx.emit(Event::PollVoted {
            post: post.id,
            actor,
            choices: titles,
        });
    }
    Ok(())
}

/// A vote from elsewhere in a poll asked here, for the choice of this name. Where several may be chosen each comes by
/// itself; the same twice is one. False when it was there.
pub async fn receive_vote(tx: &Tx, viewer: &Viewer, post: &Post, name: &str) -> Result<bool> {
    policy::posts::can_vote(viewer)?;
    let actor = viewer.actor_id().ok_or(Denied::SignIn)?;
    if !post.local {
        return Err(Denied::NotOurs.into());
    }
    bans::check_on(tx, viewer, post).await?;
    let poll = open(tx, post).await?;
    let name = sanitize::clean_line(name);
    let place = poll.choices.iter().position(|known| known.title == name);
    let place = place
        .and_then(|place| i32::try_from(place).ok())
        .ok_or_else(|| Error::field("choice", "unknown"))?;
    let before = chosen_by(tx, post.id, actor).await?;
    if before.contains(&place) {
        return Ok(false);
    }
    if !poll.multiple && !before.is_empty() {
        return Err(Denied::Voted.into());
    }
    count(tx, post, poll, actor, &[place], before.is_empty()).await?;
    Ok(true)
}

async fn open(tx: &Tx, post: &Post) -> Result<Poll> {
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Err(Error::Gone(Kind::Post));
    }
    let poll = hold(tx, post.id).await?;
    if poll.is_closed(tx.now()) {
        return Err(Denied::PollClosed.into());
    }
    Ok(poll)
}

fn title(poll: &Poll, place: i32) -> Option<String> {
    let choice = poll.choices.get(usize::try_from(place).ok()?)?;
    Some(choice.title.clone())
}

async fn chosen_by(tx: &Tx, post: PostId, actor: ActorId) -> Result<Vec<i32>> {
    Ok(poll_vote::Entity::find()
        .filter(poll_vote::Column::PostId.eq(post))
        .filter(poll_vote::Column::ActorId.eq(actor))
        .all(tx.c())
        .await?
        .into_iter()
        .map(|vote| vote.choice)
        .collect())
}

async fn count(
    tx: &Tx,
    post: &Post,
    mut poll: Poll,
    actor: ActorId,
    chosen: &[i32],
    first: bool,
) -> Result<()> {
    poll_vote::Entity::insert_many(chosen.iter().map(|choice| poll_vote::ActiveModel {
        post_id: Set(post.id),
        actor_id: Set(actor),
        choice: Set(*choice),
        created_at: Set(tx.now()),
    }))
    .exec_without_returning(tx.c())
    .await?;
    for (place, choice) in (0_i32..).zip(&mut poll.choices) {
        if chosen.contains(&place) {
            choice.votes = choice.votes.saturating_add(1);
        }
    }
    let voters = match poll.voters {
        Some(voters) if first => Some(voters.saturating_add(1)),
        same => same,
    };
    poll::ActiveModel {
        post_id: Set(post.id),
        options: Set(written(&poll.choices)?),
        voters: Set(voters),
        ..Default::default()
    }
    .update(tx.c())
    .await?;
    tx.touches([Part::Topic(post.topic_id)]);
    if post.local {
        tell_later(tx, post.id).await?;
    }
    Ok(())
}

/// A post whose counts others are to be told.
#[derive(Debug, Serialize, Deserialize)]
struct Counts {
    post: i64,
}

/// Others learn of new counts together: all of three minutes in one message.
async fn tell_later(tx: &Tx, post: PostId) -> Result<()> {
    let turn = tx.now().seconds() / TOLD_EVERY + 1;
    let key = format!("{JOB}:{post}:{turn}");
    let at = Timestamp(turn * TOLD_EVERY * 1000);
    jobs::enqueue_at(tx, JOB, &Counts { post: post.0 }, Some(&key), at).await?;
    Ok(())
}

/// Does the job: closes a poll whose time is over, and has others told how it stands.
pub async fn tell(tx: &Tx, job: &Job) -> Result<()> {
    let Counts { post } = jobs::payload(job)?;
    let post = match posts::by_id(tx.c(), PostId(post)).await {
        Ok(post) if post.deleted_at.is_none() && post.removed_at.is_none() => post,
        // Nothing is told of what is gone.
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some(poll) = find(tx.c(), post.id).await? else {
        return Ok(());
    };
    if poll.closed_at.is_none() && poll.is_closed(tx.now()) {
        poll::ActiveModel {
            post_id: Set(post.id),
            closed_at: Set(poll.ends_at),
            ..Default::default()
        }
        .update(tx.c())
        .await?;
        tx.touches([Part::Topic(post.topic_id)]);
    }
    tx.emit(Event::PollCounted { post: post.id });
    Ok(())
}

/// Who voted from elsewhere: their servers are told how the poll stands.
pub async fn voters(db: &impl Read, post: PostId) -> Result<Vec<ActorId>> {
    let mut voters: Vec<ActorId> = poll_vote::Entity::find()
        .select_only()
        .column(poll_vote::Column::ActorId)
        .filter(poll_vote::Column::PostId.eq(post))
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    voters.sort_unstable();
    Ok(voters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(choices: &[&str], days: Option<i64>) -> Result<NewPoll> {
        let choices: Vec<String> = choices.iter().map(|c| (*c).to_owned()).collect();
        NewPoll::parse(&choices, false, days)
    }

    #[test]
    fn a_poll_has_two_to_ten_choices_each_another() {
        assert!(parse(&["Oui", "Non"], None).is_ok());
        assert!(parse(&["Oui", " Oui ", ""], None).is_err());
        let many: Vec<String> = (0..11).map(|n| n.to_string()).collect();
        assert!(NewPoll::parse(&many, true, None).is_err());
        assert!(parse(&["a".repeat(101).as_str(), "b"], None).is_err());
        assert!(parse(&["a", "b"], Some(0)).is_err());
        assert!(parse(&["a", "b"], Some(366)).is_err());
        assert!(parse(&["a", "b"], Some(7)).is_ok());
    }

    #[test]
    fn what_elsewhere_says_is_cleaned_and_bounded() {
        let choice = |title: &str, votes| Choice {
            title: title.to_owned(),
            votes,
        };
        let remote = RemotePoll {
            choices: vec![choice("a\nb", -3), choice("a b", 2), choice("", 1)],
            voters: Some(-1),
            ..RemotePoll::default()
        };
        let cleaned = remote.cleaned().unwrap();
        assert_eq!(cleaned.choices, [choice("a b", 0)]);
        assert_eq!(cleaned.voters, Some(0));
        let many = RemotePoll {
            choices: (0..500).map(|n| choice(&n.to_string(), 1)).collect(),
            ..RemotePoll::default()
        };
        assert_eq!(many.cleaned().unwrap().choices.len(), 20);
        assert_eq!(RemotePoll::default().cleaned(), None);
    }
}
