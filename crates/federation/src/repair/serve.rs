//! The other side of a comparison: answering what another node asks of our categories, and being asked to compare.
//!
//! Whoever asks has signed, and is held to a number of requests. What is told is what everybody may read of a category, and
//! the ids of what was taken away.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use parvis_forum::categories::{self, Category};
use parvis_forum::circles;
use parvis_forum::digests::{self, Digest};
use parvis_forum::id::ActorId;
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Error as ForumError, Viewer, actors, comparisons, throttles};
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::form::{self, Conversations, Ranges, Request, Root, Told};
use super::{CONVERSATIONS_AT_ONCE, JSON, RANGES_AT_ONCE, host_of};
use crate::http::Wanted;
use crate::signature::{self, Outgoing, sign_cavage};
use crate::{Error, Federation, Result};

/// Requests of one server in ten minutes.
const MANY: (i32, i64) = (600, 600);
/// How often a server may ask us to compare in an hour.
const ASKING: (i32, i64) = (20, 3_600);
/// Categories that may be named at once.
pub const MAX_ASKED: usize = 100;
/// Conversations of ranges in one answer.
const MAX_CONVERSATIONS: u64 = 2_000;
/// Posts in one answer.
const MAX_POSTS: usize = 2_000;
/// How long digests may be made while somebody waits.
const PATIENCE: Duration = Duration::from_secs(4);

/// What is asked of a category.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Its name.
    pub slug: String,
    /// Ranges, with commas.
    pub ranges: Option<String>,
    /// Names of conversations, with commas.
    pub conversations: Option<String>,
    /// Where to go on.
    pub after: Option<String>,
    /// The tag that the other node's own digest makes.
    pub tag: Option<String>,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The other node holds the same: 304, with this tag.
    Same(String),
    /// A document.
    Found {
        /// Its text.
        json: String,
        /// Its tag, quotes included.
        tag: Option<String>,
    },
    /// The digests are being made for the first time: later.
    Later,
    /// The question can't be understood.
    Bad(&'static str),
    /// No such category.
    NotFound,
}

/// Answers a question about a category of ours by the actor `signer`, who has proven to be one. `TooMany` beyond the
/// bounds.
pub async fn serve(federation: &Federation, signer: &str, asked: &Asked) -> Result<Answer> {
    let forum = federation.forum();
    let host = host_of(signer)?;
    bound(federation, &format!("digests {host}"), MANY).await?;
    let Some(group) = readable(federation, &host, &asked.slug).await? else {
        return Ok(Answer::NotFound);
    };
    if !digests::refresh(forum, PATIENCE).await? {
        return Ok(Answer::Later);
    }
    let id = group.id();
    match (&asked.ranges, &asked.conversations) {
        (None, None) => {
            whole(
                federation,
                &group.actor.uri,
                id,
                signer,
                asked.tag.as_deref(),
            )
            .await
        }
        (Some(ranges), None) => some_ranges(federation, id, ranges, asked.after.as_deref()).await,
        (None, Some(names)) => some(federation, id, names, asked.after.as_deref()).await,
        (Some(_), Some(_)) => Ok(Answer::Bad("ranges or conversations, not both")),
    }
}

/// A category of ours that people of a server may read.
async fn readable(federation: &Federation, host: &str, slug: &str) -> Result<Option<Category>> {
    let db = federation.forum().db();
    let server = Viewer::Server(host.to_owned());
    let found = match categories::local_by_slug(db, slug).await {
        Ok(group) => circles::check(db, &server, &group).await.map(|()| group),
        Err(error) => Err(error),
    };
    match found {
        Ok(group) => Ok(Some(group).filter(|group| group.actor.deleted_at.is_none())),
        Err(ForumError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Counts one, beyond all other work.
async fn bound(federation: &Federation, key: &str, (limit, window): (i32, i64)) -> Result<()> {
    let tx = federation.forum().begin().await?;
    let counted = throttles::hit(&tx, key, limit, window).await;
    tx.commit().await?;
    Ok(counted?)
}

fn found(document: &impl Serialize, tag: Option<String>) -> Answer {
    Answer::Found {
        json: serde_json::to_string(document).expect("our documents have only string keys"),
        tag,
    }
}

async fn whole(
    federation: &Federation,
    uri: &str,
    category: ActorId,
    signer: &str,
    held: Option<&str>,
) -> Result<Answer> {
    let forum = federation.forum();
    let ranges = digests::ranges(forum.db(), category).await?;
    let digest = digests::root(&ranges);
    let tag = format!("\"{digest}\"");
    if let Some(held) = held {
        // Who says what it holds is comparing.
        let same = held == tag;
        let tx = forum.begin().await?;
        comparisons::seen(&tx, category, &host_of(signer)?, signer, same).await?;
        tx.commit().await?;
        if same {
            return Ok(Answer::Same(tag));
        }
    }
    let document = Root {
        category: uri.to_owned(),
        digest: digest.to_string(),
        conversations: ranges.iter().map(|range| range.conversations).sum(),
        ranges: ranges
            .iter()
            .map(|range| (format!("{:02x}", range.place), range.digest.to_string()))
            .collect(),
    };
    Ok(found(&document, Some(tag)))
}

async fn some_ranges(
    federation: &Federation,
    category: ActorId,
    ranges: &str,
    after: Option<&str>,
) -> Result<Answer> {
    let mut places = Vec::new();
    for text in ranges.split(',') {
        match u8::from_str_radix(text, 16) {
            Ok(place) if text.len() == 2 => places.push(place),
            _ => return Ok(Answer::Bad("a range is two hexadecimal digits")),
        }
    }
    if places.len() > RANGES_AT_ONCE {
        return Ok(Answer::Bad("too many ranges"));
    }
    let after = match after.map(Digest::parse) {
        Some(None) => return Ok(Answer::Bad("no name of a conversation")),
        other => other.flatten(),
    };
    let db = federation.forum().db();
    let mut all = digests::in_ranges(
        db,
        category,
        &places,
        after,
        MAX_CONVERSATIONS.saturating_add(1),
    )
    .await?;
    let more = all.len() as u64 > MAX_CONVERSATIONS;
    if more {
        all.pop();
    }
    let document = Ranges {
        after: all
            .last()
            .filter(|_| more)
            .map(|last| last.name.to_string()),
        conversations: all
            .into_iter()
            .map(|one| (one.name.to_string(), one.digest.to_string()))
            .collect(),
    };
    Ok(found(&document, None))
}

async fn some(
    federation: &Federation,
    category: ActorId,
    names: &str,
    after: Option<&str>,
) -> Result<Answer> {
    let Some(names) = names
        .split(',')
        .map(Digest::parse)
        .collect::<Option<Vec<Digest>>>()
    else {
        return Ok(Answer::Bad("no name of a conversation"));
    };
    if names.len() > CONVERSATIONS_AT_ONCE {
        return Ok(Answer::Bad("too many conversations"));
    }
    let after: i32 = match (after, names.len()) {
        (None, _) => 0,
        (Some(after), 1) => match after.parse() {
            Ok(after) => after,
            Err(_) => return Ok(Answer::Bad("no number of a post")),
        },
        (Some(_), _) => return Ok(Answer::Bad("one conversation at a time")),
    };
    let db = federation.forum().db();
    let mut known = digests::named(db, category, &names).await?;
    known.sort_by_key(|one| one.name);
    let mut document = Conversations {
        conversations: Vec::new(),
        left: Vec::new(),
    };
    let mut room = MAX_POSTS;
    for one in known {
        if room == 0 {
            document.left.push(one.name.to_string());
            continue;
        }
        let Some(contents) = digests::contents(db, one.topic, after, MAX_POSTS as u64).await?
        else {
            continue;
        };
        room = room.saturating_sub(contents.posts.len());
        document
            .conversations
            .push(Told::new(one.name, one.digest, &contents));
    }
    Ok(found(&document, None))
}

/// Takes the request of another server, whose actor `signer` has proven to be one, to compare categories of its own that
/// are followed here. None when the body can't be understood. Answers how many there are.
pub async fn taken(federation: &Federation, signer: &str, body: &[u8]) -> Result<Option<usize>> {
    let Ok(request) = serde_json::from_slice::<Request>(body) else {
        return Ok(None);
    };
    let host = host_of(signer)?;
    bound(federation, &format!("compare {host}"), ASKING).await?;
    let forum = federation.forum();
    let followed = comparisons::of_server(forum.db(), &host).await?;
    let named = request
        .categories
        .get(..MAX_ASKED)
        .unwrap_or(&request.categories);
    let groups = actors::by_uris(forum.db(), named).await?;
    let tx = forum.begin().await?;
    let mut count = 0;
    for group in groups {
        let own = host_of(&group.uri).is_ok_and(|of| of == host);
        let shared = followed.iter().any(|due| due.category_id == group.id);
        if own && shared && group.kind == ActorKind::Group {
            comparisons::advance(&tx, group.id, &host).await?;
            count += 1;
        }
    }
    tx.commit().await?;
    Ok(Some(count))
}

/// Asks a server to compare these categories of ours, by slug.
pub async fn ask(federation: &Federation, host: &str, slugs: &[String]) -> Result<()> {
    let forum = federation.forum();
    let scheme = if forum.config().is_https() {
        "https"
    } else {
        "http"
    };
    let home = Url::parse(&format!("{scheme}://{host}/"))
        .map_err(|error| Error::refused(error.to_string()))?;
    if !federation.allows(&home).await? {
        return Err(Error::refused("its server is blocked"));
    }
    let signer = &federation.node_signer().await;
    let fetched = federation
        .http()
        .fetch_document(&home, Wanted::ACTIVITY, Some(signer))
        .await?;
    let document: Value =
        serde_json::from_slice(&fetched.body).map_err(|error| Error::refused(error.to_string()))?;
    let endpoint = form::endpoint(&document, &home)
        .ok_or_else(|| Error::refused(format!("{host} names no digests")))?;
    let mut all = Vec::new();
    for slug in slugs.iter().take(MAX_ASKED) {
        if let Some(category) = readable(federation, host, slug).await? {
            all.push(category.actor.uri);
        }
    }
    let body = serde_json::to_vec(&Request { categories: all })
        .map_err(|error| Error::refused(error.to_string()))?;
    let body = Bytes::from(body);
    let digest = signature::Digest::of(&body);
    let request = Outgoing {
        method: &Method::POST,
        url: &endpoint,
        digest: Some(&digest),
        content_type: Some(JSON),
        now: forum.now().seconds(),
        synchronisation: None,
    };
    let mut headers =
        sign_cavage(signer, &request).map_err(|error| Error::retry(error.to_string()))?;
    headers.insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(JSON),
    );
    let outcome = federation.http().post(&endpoint, body, headers).await?;
    let tx = forum.begin().await?;
    comparisons::asked(&tx, host).await?;
    tx.commit().await?;
    if outcome.status.is_success() {
        Ok(())
    } else {
        Err(Error::refused(format!("{host} answers {}", outcome.status)))
    }
}
