//! Polls in documents (FEP-9967): a `Question` with `oneOf` or `anyOf`, and a vote, which is a Note with a name.

use parvis_forum::polls::{Choice, Poll, RemotePoll, TYPE};
use parvis_forum::{Actor, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::build::date;
use crate::wire;

/// The poll of a document, when it asks.
pub(crate) fn read(value: &Value, now: Timestamp) -> Option<RemotePoll> {
    if wire::type_of(value) != Some(TYPE) {
        return None;
    }
    let one = wire::many(value, "oneOf");
    let (choices, multiple) = if one.is_empty() {
        (wire::many(value, "anyOf"), true)
    } else {
        (one, false)
    };
    // Some name the end to come this way.
    let closed = any_date(value, "closed");
    let closed_at = match value.get("closed") {
        Some(Value::Bool(true)) => Some(now),
        _ => closed.filter(|at| *at <= now),
    };
    RemotePoll {
        choices: choices
            .into_iter()
            .filter_map(|choice| {
                Some(Choice {
                    title: wire::text(choice, "name")?.to_owned(),
                    votes: number(choice.get("replies").and_then(|r| r.get("totalItems"))),
                })
            })
            .collect(),
        multiple,
        voters: value.get("votersCount").map(|count| number(Some(count))),
        ends_at: any_date(value, "endTime").or(closed.filter(|at| *at > now)),
        closed_at,
    }
    .cleaned()
}

fn number(value: Option<&Value>) -> i32 {
    let number = value.and_then(Value::as_i64).unwrap_or(0).max(0);
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A date, be it to come.
fn any_date(value: &Value, key: &str) -> Option<Timestamp> {
    let date = chrono::DateTime::parse_from_rfc3339(value.get(key)?.as_str()?).ok()?;
    Some(Timestamp(date.timestamp_millis())).filter(|date| date.0 >= 0)
}

#[derive(Clone, Debug, Serialize)]
struct Counted {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "totalItems")]
    total: i32,
}

#[derive(Clone, Debug, Serialize)]
struct ChoiceObject {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    replies: Counted,
}

/// What a post that asks has besides.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PollMembers {
    #[serde(skip_serializing_if = "Option::is_none")]
    one_of: Option<Vec<ChoiceObject>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    any_of: Option<Vec<ChoiceObject>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voters_count: Option<i32>,
}

impl PollMembers {
    /// Of a poll asked here.
    pub(crate) fn of(poll: &Poll) -> Self {
        let choices = poll
            .choices
            .iter()
            .map(|choice| ChoiceObject {
                kind: "Note",
                name: choice.title.clone(),
                replies: Counted {
                    kind: "Collection",
                    total: choice.votes,
                },
            })
            .collect();
        let (one_of, any_of) = if poll.multiple {
            (None, Some(choices))
        } else {
            (Some(choices), None)
        };
        Self {
            one_of,
            any_of,
            end_time: poll.ends_at.map(date),
            closed: poll.closed_at.map(date),
            voters_count: Some(poll.voters.unwrap_or(0)),
        }
    }
}

/// A vote, as it is sent: to who asks, and to nobody else.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VoteObject<'a> {
    pub(crate) id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    attributed_to: &'a str,
    in_reply_to: &'a str,
    name: &'a str,
    to: [&'a str; 1],
    cc: [&'a str; 0],
    published: String,
}

impl<'a> VoteObject<'a> {
    /// The vote of somebody here for the choice of this name.
    pub(crate) fn new(
        id: &'a str,
        voter: &'a Actor,
        asker: &'a Actor,
        question: &'a str,
        choice: &'a str,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            kind: "Note",
            attributed_to: &voter.uri,
            in_reply_to: question,
            name: choice,
            to: [&asker.uri],
            cc: [],
            published: date(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp(1_772_445_600_000);

    #[test]
    fn a_question_is_a_poll_in_each_form() {
        let poll = read(
            &json!({"type": "Question", "anyOf": {"type": "Note", "name": "Un", "replies": {"totalItems": 3}},
                "votersCount": 3, "endTime": "2030-01-01T00:00:00Z"}),
            NOW,
        )
        .unwrap();
        assert!(poll.multiple && poll.closed_at.is_none());
        assert_eq!(poll.choices[0].votes, 3);
        assert!(poll.ends_at.unwrap() > NOW);
        let closed = json!({"type": "Question", "closed": "2020-01-01T00:00:00Z", "oneOf": [
            {"name": "a", "replies": {"totalItems": -4}}, {"name": "b", "replies": {"totalItems": "x"}},
            {"name": "c", "replies": {"totalItems": 9_999_999_999_i64}}, {"name": 5}]});
        let poll = read(&closed, NOW).unwrap();
        assert!(!poll.multiple && poll.closed_at.unwrap() < NOW);
        let votes: Vec<i32> = poll.choices.iter().map(|c| c.votes).collect();
        assert_eq!(votes, [0, 0, i32::MAX]);
        let later =
            json!({"type": "Question", "closed": "2030-01-01T00:00:00Z", "oneOf": [{"name": "a"}]});
        let poll = read(&later, NOW).unwrap();
        assert!(poll.closed_at.is_none() && poll.ends_at.unwrap() > NOW);
        assert_eq!(read(&json!({"type": "Question"}), NOW), None);
        assert_eq!(
            read(&json!({"type": "Note", "oneOf": [{"name": "a"}]}), NOW),
            None
        );
    }
}
