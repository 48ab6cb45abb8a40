//! Mastodon: a vote in a poll is a Create of a Note with a name, an answer to the poll, and no text.

use serde_json::Value;

use crate::wire;

/// Whether an object is a vote in a poll rather than a post.
pub(crate) fn is_poll_vote(object: &Value) -> bool {
    wire::type_of(object) == Some("Note")
        && wire::text(object, "name").is_some_and(|name| !name.is_empty())
        && wire::id_at(object, "inReplyTo").is_some()
        && wire::text(object, "content").is_none_or(str::is_empty)
}
