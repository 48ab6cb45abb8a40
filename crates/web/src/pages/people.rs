//! PG-06: the profile of a person of this node (`/u/{name}`) or of another (`/u/{name}@{host}`), and following them.

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use parvis_forum::circles::Sight;
use parvis_forum::id::TopicId;
use parvis_forum::kinds::{ActorKind, FollowState, PersonState, TopicKind};
use parvis_forum::page::PageRequest;
use parvis_forum::posts::PostView;
use parvis_forum::text::sanitize::{self, SafeHtml};
use parvis_forum::topics::{self, Filter, TopicCard};
use parvis_forum::{Actor, Error, Kind, actors, affiliations, follows, people, posts};
use serde::Deserialize;

use super::rows::{self, Follows};
use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{BothWays, Form, Path, Query, Reader};
use crate::state::AppState;
use crate::views::notices::Notice;
use crate::views::parts::{Html, Pager};
use crate::views::profiles::{ProfileState, ProfileTab, ProfileView};
use crate::views::search::FoundPost;

/// Topics or posts on a page.
const ITEMS: u64 = 20;
/// Longest excerpt of a post, in characters.
const EXCERPT: usize = 300;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/u/{handle}", get(show))
        .route("/u/{handle}/follow", post(follow))
        .route("/u/{handle}/unfollow", post(unfollow))
}

/// The person of an address. Accounts that never were active are not there.
async fn find(state: &AppState, handle: &str) -> AppResult<(Actor, ProfileState)> {
    let (name, host) = match handle.split_once('@') {
        Some((name, host)) => (name, Some(host)),
        None => (handle, None),
    };
    let db = state.forum.db();
    let actor = actors::by_handle(db, state.config(), name, host)
        .await?
        .filter(|actor| actor.kind == ActorKind::Person)
        .ok_or(Error::NotFound(Kind::Person))?;
    let shown = if actor.deleted_at.is_some() {
        ProfileState::Deleted
    } else if actor.local {
        match people::visible_by_name(db, &actor.name).await {
            Ok(account) if account.person.state == PersonState::Suspended => {
                ProfileState::Suspended
            }
            Ok(_) => ProfileState::Active,
            Err(Error::Gone(_)) => ProfileState::Deleted,
            Err(error) => return Err(error.into()),
        }
    } else if actor.suspended_at.is_some() {
        ProfileState::Suspended
    } else {
        ProfileState::Active
    };
    Ok((actor, shown))
}

/// Which list is shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    tab: String,
}

impl Asked {
    fn tab(&self) -> ProfileTab {
        match self.tab.as_str() {
            "posts" => ProfileTab::Posts,
            "practices" => ProfileTab::Practices,
            _ => ProfileTab::Topics,
        }
    }
}

/// `GET /u/{handle}`.
pub(crate) async fn show(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(handle): Path<String>,
    Query(asked): Query<Asked>,
    page: BothWays,
) -> AppResult {
    let (actor, shown) = find(&state, &handle).await?;
    let path = actors::path(&actor);
    if path != format!("/u/{handle}") {
        return Ok(reader.redirect(&path, None));
    }
    let db = state.forum.db();
    let affiliation = affiliations::find(db, actor.id).await?;
    let own = reader.viewer().actor_id() == Some(actor.id);
    let mut view = ProfileView {
        person: rows::author_from_actor(&actor, affiliation.as_ref()),
        state: shown,
        biography: None,
        language: None,
        joined_at: None,
        topics: 0,
        replies: 0,
        links: Vec::new(),
        follow: Follows::load(db, reader.viewer()).await?.of(actor.id),
        own,
        moved: super::moving::moved(&state, &actor).await?,
        original_url: (!actor.local).then(|| actor.url.clone()),
        tab: asked.tab(),
        topic_rows: Vec::new(),
        posts: Vec::new(),
        pager: Pager::default(),
    };
    reader.frame.noindex = !actor.local || !actor.indexable || shown != ProfileState::Active;
    reader.frame.canonical = Some(state.config().local_url(&path).to_string());
    match shown {
        ProfileState::Deleted => {
            reader.frame.noindex = true;
            return reader.page_as(StatusCode::GONE, &view);
        }
        ProfileState::Suspended => return reader.page(&view),
        ProfileState::Active => {}
    }
    reader.frame.activity = actor.local.then(|| actor.uri.clone());
    let (topics, replies) = posts::count_topics_and_replies(db, reader.viewer(), actor.id).await?;
    view.topics = u32::try_from(topics).unwrap_or(u32::MAX);
    view.replies = u32::try_from(replies).unwrap_or(u32::MAX);
    if asked.tab.is_empty() && topics == 0 && replies > 0 {
        view.tab = ProfileTab::Posts;
    }
    view.joined_at = Some(actor.created_at.datetime());
    view.biography =
        (!actor.summary_html.is_empty()).then(|| rows::html_from_stored(&actor.summary_html));
    let wanted = page.of_length(ITEMS);
    list(&state, &reader, &actor, &path, wanted, &mut view).await?;
    if wanted.before.is_some() && view.pager.previous.is_none() {
        return Ok(reader.redirect(&format!("{path}?tab={}", view.tab.name()), None));
    }
    reader.page(&view)
}

/// Fills in the list of the tab.
async fn list(
    state: &AppState,
    reader: &Reader,
    actor: &Actor,
    path: &str,
    page: PageRequest,
    view: &mut ProfileView,
) -> AppResult<()> {
    let db = state.forum.db();
    let here = format!("{path}?tab={}", view.tab.name());
    view.pager = match view.tab {
        ProfileTab::Posts => {
            let found = posts::by_author(db, reader.viewer(), actor.id, page).await?;
            let pager = rows::pager(&found, &here);
            view.posts = found_posts(state, found.items, None).await?;
            pager
        }
        tab => {
            let practices = tab == ProfileTab::Practices;
            let filter = Filter {
                author: Some(actor.id),
                kind: practices.then_some(TopicKind::Practice),
                sort: topics::Sort::New,
                sight: Sight::of(reader.viewer()),
                ..Filter::default()
            };
            let found = topics::list(db, &filter, page).await?;
            let pager = rows::pager(&found, &here);
            view.topic_rows = rows::topic_rows(found.items, true);
            pager
        }
    };
    Ok(())
}

/// Posts in a list, in the order given; those whose topic can't be read are left out. With words looked for, the
/// excerpt stands around the first of them; else it is the beginning.
pub(super) async fn found_posts(
    state: &AppState,
    views: Vec<PostView>,
    words: Option<&str>,
) -> AppResult<Vec<FoundPost>> {
    let db = state.forum.db();
    let mut ids: Vec<TopicId> = views.iter().map(|view| view.post.topic_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let cards: HashMap<TopicId, TopicCard> = topics::cards_by_ids(db, &ids)
        .await?
        .into_iter()
        .map(|card| (card.topic.id, card))
        .collect();
    let affiliations = affiliations::of(db, views.iter().map(|view| view.author.id)).await?;
    Ok(views
        .into_iter()
        .filter_map(|view| {
            let card = cards.get(&view.post.topic_id)?;
            Some(FoundPost {
                url: format!("/p/{}", view.post.id),
                number: rows::count(view.post.number),
                topic: rows::topic_link(&card.topic),
                category: rows::category_link(&card.category),
                author: rows::author_of_post(
                    &view.author,
                    view.post.affiliation.as_deref(),
                    affiliations.get(&view.author.id),
                ),
                created_at: view.post.created_at.datetime(),
                excerpt: excerpt(&view.post.content_html, words),
                language: view.post.language,
            })
        })
        .collect())
}

fn excerpt(html: &str, words: Option<&str>) -> Html {
    if let Some(words) = words {
        return super::search::marked(&sanitize::plain_text(html), words, EXCERPT);
    }
    let stored = SafeHtml::from_stored(html);
    Html::from_sanitized(sanitize::excerpt(&stored, EXCERPT).into_string())
}

async fn follow(
    State(state): State<AppState>,
    reader: Reader,
    Path(handle): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let (actor, _) = find(&state, &handle).await?;
    let tx = state.forum.begin().await?;
    let follow = follows::follow(&tx, reader.viewer(), &actor).await?;
    tx.commit().await?;
    let notice = match follow.state {
        FollowState::Accepted => Notice::Followed,
        FollowState::Pending | FollowState::Rejected => Notice::FollowAsked,
    };
    Ok(reader.redirect(&actors::path(&actor), Some(notice)))
}

async fn unfollow(
    State(state): State<AppState>,
    reader: Reader,
    Path(handle): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let follower = reader.current.person()?.actor.id;
    let (actor, _) = find(&state, &handle).await?;
    let tx = state.forum.begin().await?;
    follows::unfollow(&tx, follower, &actor).await?;
    tx.commit().await?;
    Ok(reader.redirect(&actors::path(&actor), Some(Notice::Unfollowed)))
}
