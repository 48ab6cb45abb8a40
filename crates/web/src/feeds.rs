//! Atom feeds (RFC 4287): the latest topics of the node, those of a category, the posts of a topic.
//!
//! `/feeds/latest.atom`, `/feeds/c/{slug}.atom`, `/feeds/t/{id}.atom`; the same without `/feeds` is understood too.
//! What a reader without an account may see is in them, and nothing else.

use atom_syndication::{Category, Content, Entry, Feed, Link, Person, Text};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, Method};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, FixedOffset};
use parvis_forum::id::TopicId;
use parvis_forum::page::PageRequest;
use parvis_forum::topics::{self, Filter, Sort, TopicCard};
use parvis_forum::{Actor, Error, Kind, Post, Timestamp, Viewer, actors, categories, links, posts};
use sha2::{Digest as _, Sha256};

use crate::error::{AppError, AppResult};
use crate::extract::Path;
use crate::layers::hand_over;
use crate::negotiate;
use crate::state::AppState;

/// Entries in a feed.
const ENTRIES: u64 = 30;
const ATOM: &str = "application/atom+xml; charset=utf-8";
const EXTENSION: &str = ".atom";

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/feeds/latest.atom", get(latest))
        .route("/feeds/c/{file}", get(category))
        .route("/feeds/t/{file}", get(topic))
}

/// The path under `/feeds` of a feed that was asked for without it; the router can't tell `/c/{slug}.atom` from
/// `/c/{slug}`.
fn path_of_short(path: &str) -> Option<String> {
    let name = path.strip_suffix(EXTENSION)?;
    let known = name == "/latest"
        || ["/c/", "/t/"].iter().any(|prefix| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        });
    known.then(|| format!("/feeds{path}"))
}

/// Gives a request for a feed by its short address to `feeds`, the router of feeds alone.
pub(crate) async fn accept_short(
    State(feeds): State<Router>,
    mut request: Request,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let long = path_of_short(request.uri().path()).and_then(|path| path.parse().ok());
    match long {
        Some(uri) if reads => {
            *request.uri_mut() = uri;
            hand_over(feeds, request).await
        }
        _ => next.run(request).await,
    }
}

async fn latest(State(state): State<AppState>, headers: HeaderMap) -> AppResult {
    let filter = Filter {
        sort: Sort::New,
        ..Filter::default()
    };
    let feed = Head {
        path: "/feeds/latest.atom".to_owned(),
        page: "/".to_owned(),
        title: state.site.name.clone(),
    };
    of_topics(&state, &headers, feed, &filter).await
}

async fn category(
    State(state): State<AppState>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    let handle = file.strip_suffix(EXTENSION).ok_or(AppError::NoRoute)?;
    let category =
        categories::readable(state.forum.db(), state.config(), &Viewer::Anonymous, handle).await?;
    if category.actor.deleted_at.is_some() {
        return Err(Error::Gone(Kind::Category).into());
    }
    let carried = links::carried(state.forum.db(), &category.actor).await?;
    let filter = Filter {
        categories: Some(carried.categories),
        former: carried.former,
        sort: Sort::New,
        ..Filter::default()
    };
    let page = actors::path(&category.actor);
    let feed = Head {
        path: format!("/feeds{page}{EXTENSION}"),
        title: format!("{} · {}", category.title(), state.site.name),
        page,
    };
    of_topics(&state, &headers, feed, &filter).await
}

async fn topic(
    State(state): State<AppState>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> AppResult {
    let id: TopicId = file
        .strip_suffix(EXTENSION)
        .and_then(|id| id.parse().ok())
        .ok_or(AppError::NoRoute)?;
    let db = state.forum.db();
    let topic = topics::readable(db, &Viewer::Anonymous, id).await?;
    if topic.deleted_at.is_some() || topic.removed_at.is_some() {
        return Err(Error::Gone(Kind::Topic).into());
    }
    let page = format!("/t/{id}/{}", topic.slug);
    let mut entries = Vec::new();
    for (post, author) in posts::latest(db, id, ENTRIES).await? {
        let place = format!("/p/{}", post.id);
        entries.push(entry(&state, &post, &author, &topic.title, &place));
    }
    let feed = Head {
        path: format!("/feeds/t/{id}{EXTENSION}"),
        title: format!("{} · {}", topic.title, state.site.name),
        page,
    };
    write(&state, &headers, feed, entries, topic.created_at)
}

/// What stands at the head of a feed.
struct Head {
    path: String,
    page: String,
    title: String,
}

async fn of_topics(
    state: &AppState,
    headers: &HeaderMap,
    head: Head,
    filter: &Filter,
) -> AppResult {
    let db = state.forum.db();
    let cards = topics::list(db, filter, PageRequest::first(ENTRIES)).await?;
    let mut entries = Vec::new();
    for card in &cards.items {
        let post = topics::opening_post(db, &card.topic).await?;
        entries.push(topic_entry(state, card, &post));
    }
    write(state, headers, head, entries, Timestamp(0))
}

fn topic_entry(state: &AppState, card: &TopicCard, post: &Post) -> Entry {
    let place = format!("/t/{}/{}", card.topic.id, card.topic.slug);
    let mut built = entry(state, post, &card.author, &card.topic.title, &place);
    built.categories = card
        .tags
        .iter()
        .map(|tag| Category {
            term: tag.clone(),
            ..Category::default()
        })
        .collect();
    built
}

fn entry(state: &AppState, post: &Post, author: &Actor, title: &str, place: &str) -> Entry {
    let local = |path: &str| state.config().local_url(path).to_string();
    Entry {
        id: post.uri.clone(),
        title: Text::plain(title.to_owned()),
        updated: date(post.edited_at.unwrap_or(post.created_at)),
        published: Some(date(post.created_at)),
        authors: vec![Person {
            name: actors::shown_name(author).to_owned(),
            uri: Some(local(&actors::path(author))),
            ..Person::default()
        }],
        links: vec![link("alternate", local(place), "text/html")],
        content: Some(Content {
            content_type: Some("html".to_owned()),
            value: Some(post.content_html.clone()),
            lang: post.language.clone(),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn link(rel: &str, href: String, kind: &str) -> Link {
    Link {
        href,
        rel: rel.to_owned(),
        mime_type: Some(kind.to_owned()),
        ..Link::default()
    }
}

fn date(at: Timestamp) -> DateTime<FixedOffset> {
    at.datetime().fixed_offset()
}

fn write(
    state: &AppState,
    headers: &HeaderMap,
    head: Head,
    entries: Vec<Entry>,
    since: Timestamp,
) -> AppResult {
    let local = |path: &str| state.config().local_url(path).to_string();
    let own = local(&head.path);
    let feed = Feed {
        id: own.clone(),
        title: Text::plain(head.title),
        updated: entries
            .iter()
            .map(|entry| entry.updated)
            .max()
            .unwrap_or_else(|| date(since)),
        links: vec![
            link("self", own, "application/atom+xml"),
            link("alternate", local(&head.page), "text/html"),
        ],
        entries,
        ..Feed::default()
    };
    let body = feed.write_to(Vec::new()).map_err(AppError::internal)?;
    let tag = hex::encode(Sha256::digest(&body));
    let tag = tag.get(..32).unwrap_or_default();
    let life = (
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    let etag = (
        ETAG,
        HeaderValue::from_str(&format!("\"{tag}\"")).map_err(AppError::internal)?,
    );
    if negotiate::not_modified(headers, tag) {
        return Ok((StatusCode::NOT_MODIFIED, [life, etag]).into_response());
    }
    let kind = (CONTENT_TYPE, HeaderValue::from_static(ATOM));
    Ok(([kind, life, etag], body).into_response())
}

#[cfg(test)]
mod tests {
    use super::path_of_short;

    #[test]
    fn the_short_address_of_a_feed_is_understood() {
        assert_eq!(
            path_of_short("/c/velo.atom").as_deref(),
            Some("/feeds/c/velo.atom")
        );
        assert_eq!(
            path_of_short("/latest.atom").as_deref(),
            Some("/feeds/latest.atom")
        );
        assert_eq!(
            path_of_short("/c/velo@lemmy.example.atom").as_deref(),
            Some("/feeds/c/velo@lemmy.example.atom")
        );
        for other in [
            "/c/velo",
            "/c/.atom",
            "/c/a/b.atom",
            "/u/ana.atom",
            "/feeds/c/velo.atom",
        ] {
            assert_eq!(path_of_short(other), None, "{other}");
        }
    }
}
