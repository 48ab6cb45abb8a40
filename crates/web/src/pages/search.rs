//! PG-05: search (`/search`), tags (`/tags/{tag}`), and bringing in what is elsewhere (`/search/remote`).

use std::fmt::Write as _;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use parvis_federation::lookup::{self, Found};
use parvis_forum::categories::{self, Category};
use parvis_forum::circles::{self, Sight};
use parvis_forum::id::{ActorId, PostId};
use parvis_forum::kinds::ActorKind;
use parvis_forum::page::PageRequest;
use parvis_forum::search::{self, Hit, Order, Query as Question, Wanted};
use parvis_forum::{
    Actor, Error, actors, affiliations, instances, policy, posts, tag_follows, throttles, topics,
};
use serde::Deserialize;

use super::rows::{self, Follows};
use super::{categories as category_pages, people};
use crate::error::AppResult;
use crate::extract::{Form, Path, Query, Reader};
use crate::state::AppState;
use crate::views::forms::POST_LANGUAGES;
use crate::views::frame::Section;
use crate::views::parts::{AffiliationKind, Html, Pager};
use crate::views::search::{
    FollowTag, RemoteFailure, SearchFilters, SearchKind, SearchResults, SearchSort, SearchView,
};

/// Most things that a question finds here.
const FOUND: u64 = 200;
/// What one person may have fetched from elsewhere in [`LOOKUP_WINDOW`].
const LOOKUPS: i32 = 30;
/// Seconds.
const LOOKUP_WINDOW: i64 = 600;
/// Things on a page.
const ITEMS: usize = 20;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/search", get(show))
        .route("/search/remote", post(bring))
        .route("/tags/{tag}", get(tagged))
}

/// Fields of the form.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    author: String,
    #[serde(default)]
    affiliation: String,
    #[serde(default)]
    solved: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    tag: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    page: Option<usize>,
}

impl Asked {
    fn wanted(&self) -> Wanted {
        Wanted::parse(&self.kind).unwrap_or(Wanted::Topic)
    }

    fn affiliation(&self) -> Option<AffiliationKind> {
        let kind = rows::affiliation_kind(&self.affiliation);
        (kind != AffiliationKind::Unstated).then_some(kind)
    }

    fn order(&self) -> Order {
        if self.sort == "date" {
            Order::Date
        } else {
            Order::Relevance
        }
    }

    /// The address of a page of the same search.
    fn page(&self, page: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("q", &self.q),
            ("type", &self.kind),
            ("category", &self.category),
            ("author", &self.author),
            ("affiliation", &self.affiliation),
            ("solved", &self.solved),
            ("language", &self.language),
            ("tag", &self.tag),
            ("sort", &self.sort),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        format!("/search?{}", query.finish())
    }
}

/// `GET /tags/{tag}`: the search for its topics.
async fn tagged(reader: Reader, Path(tag): Path<String>) -> AppResult {
    let asked = Asked {
        tag: tag.trim_start_matches('#').to_lowercase(),
        ..Asked::default()
    };
    Ok(reader.redirect(&asked.page(1), None))
}

/// `GET /search`.
pub(crate) async fn show(
    State(state): State<AppState>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> AppResult {
    if let Some(path) = local_path(&state, asked.q.trim()) {
        return Ok(reader.redirect(&path, None));
    }
    page(&state, reader, asked, None).await
}

/// The path of an address of this node.
fn local_path(state: &AppState, words: &str) -> Option<String> {
    let url = url::Url::parse(words).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !state.federation.is_local(&url) {
        return None;
    }
    Some(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

/// The page of a search; `failure` says why something elsewhere could not be brought in.
pub(super) async fn page(
    state: &AppState,
    mut reader: Reader,
    asked: Asked,
    failure: Option<RemoteFailure>,
) -> AppResult {
    let words = asked.q.trim();
    let elsewhere = elsewhere(state, words);
    let known = match &elsewhere {
        Some(Elsewhere::Handle(name, host)) => {
            actors::by_handle(state.forum.db(), state.config(), name, host.as_deref()).await?
        }
        _ => None,
    };
    let known = match known.filter(|actor| actor.deleted_at.is_none()) {
        Some(actor) => known_to(state, &reader, actor).await?,
        None => None,
    };
    let (results, pager) = match known {
        Some(actor) => (
            Some(known_actor(state, &reader, actor).await?),
            Pager::default(),
        ),
        None => results(state, &reader, &asked).await?,
    };
    let view = SearchView {
        filters: filters(state, &reader, &asked).await?,
        follow_tag: follow_tag(state, &reader, &asked).await?,
        remote: elsewhere.is_some(),
        remote_failure: failure,
        results,
        pager,
        query: asked.q.clone(),
    };
    reader.frame.section = Section::Search;
    reader.frame.noindex = true;
    reader.frame.search.clone_from(&asked.q);
    reader.frame.page_number = view.pager.page.filter(|page| *page > 1);
    reader.page(&view)
}

/// The tag that is looked for, and whether the reader follows it.
async fn follow_tag(
    state: &AppState,
    reader: &Reader,
    asked: &Asked,
) -> AppResult<Option<FollowTag>> {
    let (Some(person), Some(tag)) = (
        reader.viewer().person(),
        parvis_forum::topics::clean_tag(asked.tag.trim().trim_start_matches('#')),
    ) else {
        return Ok(None);
    };
    let followed = tag_follows::follows(state.forum.db(), person.actor.id, &tag).await?;
    let word = if followed { "unfollow" } else { "follow" };
    Ok(Some(FollowTag {
        action: format!("/tags/{}/{word}", rows::encoded_segment(&tag)),
        followed,
        tag,
    }))
}

/// Field of the button that brings in what is elsewhere.
#[derive(Debug, Deserialize)]
struct Sought {
    #[serde(default)]
    q: String,
}

/// `POST /search/remote`: fetches what a handle or an address elsewhere stands for, and leads to it.
async fn bring(
    State(state): State<AppState>,
    reader: Reader,
    Form(sought): Form<Sought>,
) -> AppResult<Response> {
    let person = policy::can_write(reader.viewer()).map_err(Error::from)?;
    let tx = state.forum.begin().await?;
    throttles::hit(&tx, &format!("lookup:{person}"), LOOKUPS, LOOKUP_WINDOW).await?;
    tx.commit().await?;
    let words = sought.q.trim().to_owned();
    let failure = match host(&words) {
        None => RemoteFailure::NotFound,
        Some(host) if !instances::is_allowed(state.forum.db(), &state.forum, &host).await? => {
            RemoteFailure::Blocked
        }
        Some(_) => match Box::pin(lookup::lookup(&state.federation, &words)).await {
            Ok(found) if may_see(&state, &reader, &found).await? => {
                return Ok(reader.redirect(&path(&found), None));
            }
            Err(error) if error.is_temporary() => RemoteFailure::Timeout,
            Ok(_) | Err(_) => RemoteFailure::NotFound,
        },
    };
    let asked = Asked {
        q: words,
        ..Asked::default()
    };
    page(&state, reader, asked, Some(failure)).await
}

/// The server that a handle or an address names.
fn host(words: &str) -> Option<String> {
    if words.starts_with("https://") || words.starts_with("http://") {
        let url = url::Url::parse(words).ok()?;
        let host = url.host_str()?;
        return Some(match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
    }
    let (_, host) = words.trim_start_matches(['@', '!']).split_once('@')?;
    (!host.is_empty()).then(|| host.to_lowercase())
}

/// Where something is shown on this node.
fn path(found: &Found) -> String {
    match found {
        Found::Actor(actor) => actors::path(actor),
        Found::Category(category) => actors::path(&category.actor),
        Found::Topic(topic) => rows::topic_path(topic),
        Found::Post(post) => format!("/p/{}", post.id),
    }
}

/// What is not words but names something, here or elsewhere.
enum Elsewhere {
    /// `@name@host`, `!name@host`, `name@host`.
    Handle(String, Option<String>),
    /// The address of something on another node.
    Url,
}

fn elsewhere(state: &AppState, words: &str) -> Option<Elsewhere> {
    if words.is_empty() || words.contains(char::is_whitespace) {
        return None;
    }
    if words.starts_with("https://") || words.starts_with("http://") {
        let url = url::Url::parse(words).ok()?;
        return (!state.federation.is_local(&url)).then_some(Elsewhere::Url);
    }
    let (name, host) = words.trim_start_matches(['@', '!']).split_once('@')?;
    let plausible = !name.is_empty() && !host.is_empty() && !host.contains(['@', '/']);
    plausible.then(|| Elsewhere::Handle(name.to_lowercase(), Some(host.to_lowercase())))
}

/// An actor, unless it is a category that the reader may not know of.
async fn known_to(state: &AppState, reader: &Reader, actor: Actor) -> AppResult<Option<Actor>> {
    match circles::check_known(state.forum.db(), reader.viewer(), &actor).await {
        Ok(()) => Ok(Some(actor)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether the reader may see what was found.
async fn may_see(state: &AppState, reader: &Reader, found: &Found) -> AppResult<bool> {
    let (db, viewer) = (state.forum.db(), reader.viewer());
    Ok(match found {
        Found::Actor(_) => true,
        Found::Category(category) => known_to(state, reader, category.actor.clone())
            .await?
            .is_some(),
        Found::Topic(topic) => circles::may_read_topic(db, viewer, topic.id).await?,
        Found::Post(post) => circles::may_read_topic(db, viewer, post.topic_id).await?,
    })
}

async fn known_actor(state: &AppState, reader: &Reader, actor: Actor) -> AppResult<SearchResults> {
    let db = state.forum.db();
    if actor.kind == ActorKind::Group {
        let follows = Follows::load(db, reader.viewer()).await?;
        let category = categories::by_id(db, actor.id).await?;
        let row = rows::category_row(&category, follows.of(actor.id), None);
        return Ok(SearchResults::Category {
            count: 1,
            categories: vec![row],
        });
    }
    let affiliation = affiliations::find(db, actor.id).await?;
    Ok(SearchResults::Person {
        count: 1,
        people: vec![rows::author_from_actor(&actor, affiliation.as_ref())],
    })
}

/// The id that a filter names; an answer without result when there is no such thing.
enum Named {
    Nothing,
    Unknown,
    Known(ActorId),
}

async fn category(state: &AppState, reader: &Reader, handle: &str) -> AppResult<Named> {
    let handle = handle.trim();
    if handle.is_empty() {
        return Ok(Named::Nothing);
    }
    match categories::readable(state.forum.db(), state.config(), reader.viewer(), handle).await {
        Ok(category) => Ok(Named::Known(category.id())),
        Err(Error::NotFound(_)) => Ok(Named::Unknown),
        Err(error) => Err(error.into()),
    }
}

async fn author(state: &AppState, handle: &str) -> AppResult<Named> {
    let handle = handle.trim().trim_start_matches('@');
    if handle.is_empty() {
        return Ok(Named::Nothing);
    }
    let (name, host) = match handle.split_once('@') {
        Some((name, host)) => (name, Some(host)),
        None => (handle, None),
    };
    let found = actors::by_handle(state.forum.db(), state.config(), name, host).await?;
    Ok(found.map_or(Named::Unknown, |actor| Named::Known(actor.id)))
}

async fn results(
    state: &AppState,
    reader: &Reader,
    asked: &Asked,
) -> AppResult<(Option<SearchResults>, Pager)> {
    let wanted = asked.wanted();
    let filter = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let mut question = Question {
        text: asked.q.clone(),
        wanted: Some(wanted),
        tag: filter(&asked.tag),
        language: filter(&asked.language),
        affiliation: asked.affiliation().map(|_| asked.affiliation.clone()),
        solved: (!asked.solved.is_empty()).then_some(true),
        order: asked.order(),
        sight: Sight::of(reader.viewer()),
        ..Question::default()
    };
    let mut unknown = false;
    let mut named = false;
    for (found, place) in [
        (
            category(state, reader, &asked.category).await?,
            &mut question.category,
        ),
        (author(state, &asked.author).await?, &mut question.author),
    ] {
        match found {
            Named::Nothing => {}
            Named::Unknown => unknown = true,
            Named::Known(id) => {
                named = true;
                *place = Some(id);
            }
        }
    }
    let asks = named
        || unknown
        || !asked.q.trim().is_empty()
        || question.tag.is_some()
        || question.language.is_some()
        || question.affiliation.is_some()
        || question.solved.is_some();
    if !asks {
        return Ok((None, Pager::default()));
    }
    let hits = if unknown {
        Vec::new()
    } else {
        let page = PageRequest {
            limit: FOUND,
            ..PageRequest::default()
        };
        search::find(state.forum.db(), &question, page).await?.items
    };
    let pages = hits.len().div_ceil(ITEMS).max(1);
    let number = asked.page.unwrap_or(1).clamp(1, pages);
    let here: Vec<Hit> = hits
        .iter()
        .skip((number - 1) * ITEMS)
        .take(ITEMS)
        .copied()
        .collect();
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let pager = Pager {
        previous: (number > 1).then(|| asked.page(number - 1)),
        next: (number < pages).then(|| asked.page(number + 1)),
        page: Some(small(number)),
        pages: Some(small(pages)),
    };
    let count = small(hits.len());
    let results = shown(state, reader, wanted, &here, count, &asked.q).await?;
    Ok((Some(results), pager))
}

/// What was found, with what is shown beside it.
async fn shown(
    state: &AppState,
    reader: &Reader,
    wanted: Wanted,
    hits: &[Hit],
    count: u32,
    words: &str,
) -> AppResult<SearchResults> {
    let db = state.forum.db();
    let actor_ids = || hits.iter().map(|hit| ActorId(hit.id));
    Ok(match wanted {
        Wanted::Topic => {
            let ids: Vec<_> = hits.iter().filter_map(|hit| hit.topic).collect();
            SearchResults::Topic {
                count,
                topics: rows::topic_rows(topics::cards_by_ids(db, &ids).await?, true),
            }
        }
        Wanted::Post => {
            let ids: Vec<_> = hits.iter().map(|hit| PostId(hit.id)).collect();
            let found = posts::views_by_ids(db, reader.viewer(), &ids).await?;
            SearchResults::Post {
                count,
                posts: people::found_posts(state, found, Some(words)).await?,
            }
        }
        Wanted::Category => {
            let found = categories::by_ids(db, actor_ids()).await?;
            let follows = Follows::load(db, reader.viewer()).await?;
            let row =
                |category: &Category| rows::category_row(category, follows.of(category.id()), None);
            SearchResults::Category {
                count,
                categories: actor_ids()
                    .filter_map(|id| found.get(&id))
                    .map(row)
                    .collect(),
            }
        }
        Wanted::Person => {
            let found = actors::by_ids(db, actor_ids()).await?;
            let affiliations = affiliations::of(db, actor_ids()).await?;
            SearchResults::Person {
                count,
                people: actor_ids()
                    .filter_map(|id| found.get(&id))
                    .map(|actor| rows::author_from_actor(actor, affiliations.get(&actor.id)))
                    .collect(),
            }
        }
    })
}

async fn filters(state: &AppState, reader: &Reader, asked: &Asked) -> AppResult<SearchFilters> {
    let mut languages: Vec<String> = POST_LANGUAGES.iter().map(ToString::to_string).collect();
    if !asked.language.is_empty() && !languages.contains(&asked.language) {
        languages.push(asked.language.clone());
    }
    Ok(SearchFilters {
        kind: match asked.wanted() {
            Wanted::Topic => SearchKind::Topic,
            Wanted::Post => SearchKind::Post,
            Wanted::Category => SearchKind::Category,
            Wanted::Person => SearchKind::Person,
        },
        category: asked.category.clone(),
        categories: category_pages::choices(state, reader.viewer(), None).await?,
        author: asked.author.clone(),
        affiliation: asked.affiliation(),
        solved: !asked.solved.is_empty(),
        language: asked.language.clone(),
        languages,
        tag: asked.tag.clone(),
        sort: match asked.order() {
            Order::Relevance => SearchSort::Relevance,
            Order::Date => SearchSort::Date,
        },
    })
}

/// The part of a plain text around the first word looked for, with `<mark>` around each; all else is escaped.
pub(super) fn marked(text: &str, words: &str, max: usize) -> Html {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let snippet = search::snippet(&text, words, max);
    let mut html = String::with_capacity(snippet.text.len() + 64);
    let mut at = 0;
    let escaped = |from: usize, to: usize| {
        let piece = snippet.text.get(from..to).unwrap_or_default();
        minijinja::HtmlEscape(piece).to_string()
    };
    for mark in &snippet.marks {
        html.push_str(&escaped(at, mark.start));
        // Writing to a string can't fail.
        let _ = write!(html, "<mark>{}</mark>", escaped(mark.start, mark.end));
        at = mark.end;
    }
    html.push_str(&escaped(at, snippet.text.len()));
    Html::from_sanitized(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_and_all_else_is_escaped() {
        let html = marked("Une <b>borne</b> & des bornes", "borne", 200);
        let expect = Html::from_sanitized(
            "Une &lt;b&gt;<mark>borne</mark>&lt;&#x2f;b&gt; &amp; des <mark>bornes</mark>",
        );
        assert_eq!(html, expect);
    }
}
