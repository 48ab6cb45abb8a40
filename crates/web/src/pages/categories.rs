//! PG-02: a category of this node (`/c/{slug}`) or of another (`/c/{slug}@{host}`), following it, and the form for a new
//! topic in it (`/c/{slug}/new`).

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use parvis_forum::categories::{self, Category};
use parvis_forum::circles::{self, Sight};
use parvis_forum::freshness::Part;
use parvis_forum::id::ActorId;
use parvis_forum::kinds::{ActorKind, BackfillStage, DestinationState, FollowState, TopicKind};
use parvis_forum::links::{self, Carried};
use parvis_forum::page::{Page, PageRequest};
use parvis_forum::topics::{self, Filter, TopicCard};
use parvis_forum::{
    Denied, Error, Kind, Read, Viewer, affiliations, backfills, follows, instances, policy, tags,
};
use serde::Deserialize;

use super::compose;
use super::rows::{self, Follows};
use crate::answers::Shows;
use crate::error::AppResult;
use crate::extract::form::Empty;
use crate::extract::{BothWays, Form, Path, Query, Reader, upload};
use crate::state::AppState;
use crate::views::categories::{
    CategoryFilters, CategoryNodeLink, CategoryView, RemoteState, Sort, TopicStateFilter,
};
use crate::views::forms::{Choice, POST_LANGUAGES};
use crate::views::frame::Feed;
use crate::views::notices::Notice;
use crate::views::parts;

/// Topics on a page.
const TOPICS: u64 = 30;
/// Pinned topics before the others.
const PINNED: u64 = 10;
/// Tags to choose from.
const TAGS: u64 = 40;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{handle}", get(show))
        .route("/c/{handle}/follow", post(follow))
        .route("/c/{handle}/unfollow", post(unfollow))
        .route(
            "/c/{handle}/new",
            get(compose::new)
                .post(compose::open)
                .layer(upload::form_limit()),
        )
}

/// The category of an address, as far as it is there.
pub(super) async fn find(state: &AppState, viewer: &Viewer, handle: &str) -> AppResult<Category> {
    let category = categories::readable(state.forum.db(), state.config(), viewer, handle).await?;
    if category.actor.deleted_at.is_some() {
        return Err(Error::Gone(Kind::Category).into());
    }
    Ok(category)
}

/// Fields of the form of filters.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    sort: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    tag: String,
    #[serde(default)]
    language: String,
}

impl Asked {
    fn sort(&self) -> (Sort, topics::Sort) {
        match self.sort.as_str() {
            "new" => (Sort::New, topics::Sort::New),
            "top" => (Sort::Top, topics::Sort::Top),
            _ => (Sort::Active, topics::Sort::Active),
        }
    }

    fn kind(&self) -> Option<TopicKind> {
        self.kind.parse().ok()
    }

    fn state(&self) -> TopicStateFilter {
        match self.state.as_str() {
            "solved" => TopicStateFilter::Solved,
            "unanswered" => TopicStateFilter::Unanswered,
            _ => TopicStateFilter::Any,
        }
    }

    fn tag(&self) -> Option<String> {
        let tag = self.tag.trim();
        (!tag.is_empty()).then(|| tag.to_owned())
    }

    fn language(&self) -> Option<String> {
        let language = self.language.trim();
        (!language.is_empty()).then(|| language.to_owned())
    }

    /// True if any filter but the order is in force.
    fn filters(&self) -> bool {
        self.kind().is_some()
            || self.state() != TopicStateFilter::Any
            || self.tag().is_some()
            || self.language().is_some()
    }

    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("sort", &self.sort),
            ("kind", &self.kind),
            ("state", &self.state),
            ("tag", &self.tag),
            ("language", &self.language),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// `GET /c/{handle}`.
pub(crate) async fn show(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(handle): Path<String>,
    Query(asked): Query<Asked>,
    asked_page: BothWays,
) -> AppResult {
    let category = find(&state, reader.viewer(), &handle).await?;
    let link = rows::category_link(&category.actor);
    if link.handle != handle {
        return Ok(reader.redirect(&link.url, None));
    }
    let db = state.forum.db();
    let page = asked_page.of_length(TOPICS);
    let carried = links::carried(db, &category.actor).await?;
    let topics = topics_of(db, Sight::of(reader.viewer()), &carried, &asked, page).await?;
    let list = match asked.query() {
        query if query.is_empty() => link.url.clone(),
        query => format!("{}?{query}", link.url),
    };
    if asked_page.came_back(&topics) {
        return Ok(reader.redirect(&list, None));
    }
    let follows = Follows::load(db, reader.viewer()).await?;
    let moderators = categories::moderators(db, category.id()).await?;
    let affiliations = affiliations::of(db, moderators.iter().map(|a| a.id)).await?;
    let linked = if category.actor.local {
        follows::following(db, category.id()).await?
    } else {
        Vec::new()
    };
    let remote = remote_state(db, &category).await?;
    let new_topic = match policy::topics::can_open(reader.viewer(), &category) {
        Ok(()) | Err(Denied::SignIn) if category.row.archived_at.is_none() => {
            Some(format!("{}/new", link.url))
        }
        _ => None,
    };
    let sight = Sight::of(reader.viewer());
    let filters = filters(db, &sight, &carried.categories, &asked).await?;
    let url = link.url.clone();
    let feed = Feed {
        title: link.title.clone(),
        url: format!("/feeds/c/{}.atom", link.handle),
    };
    let full_handle = format!("@{}", parvis_forum::actors::handle(&category.actor));
    let view = CategoryView {
        full_handle,
        description: rows::description(&category),
        charter: None,
        audience: rows::audience_of(db, state.config(), &category).await?,
        follow: follows.of(category.id()),
        feed: Some(feed.url.clone()),
        new_topic,
        links: linked
            .iter()
            .filter(|(_, actor)| actor.kind == ActorKind::Group && !circles::is_closed(actor))
            .map(|(follow, actor)| CategoryNodeLink {
                category: rows::category_link(actor),
                accepted: follow.state == FollowState::Accepted,
            })
            .collect(),
        moderators: moderators
            .iter()
            .map(|actor| rows::author_from_actor(actor, affiliations.get(&actor.id)))
            .collect(),
        pager: rows::pager(&topics, &list),
        topics: topics
            .items
            .into_iter()
            .map(|card| {
                let linked = card.category.id != category.id();
                rows::topic_row(card, linked)
            })
            .collect(),
        filters,
        remote,
        original_url: (!category.actor.local).then(|| category.actor.url.clone()),
        archived: category.row.archived_at.is_some(),
        moved: super::moving::moved(&state, &category.actor).await?,
        edit: (category.actor.local && reader.viewer().is_admin())
            .then(|| format!("/admin/categories/{}", category.actor.name)),
        category: link,
    };
    reader.frame.feeds = vec![feed];
    reader.frame.canonical = Some(state.config().local_url(&url).to_string());
    reader.frame.activity = category.actor.local.then(|| category.actor.uri.clone());
    reader.frame.noindex = !category.actor.local || asked.filters();
    let former = carried.former.into_iter().map(|former| former.category);
    let parts: Vec<Part> = carried
        .categories
        .into_iter()
        .chain(former)
        .map(Part::Category)
        .chain([Part::Likes])
        .collect();
    Ok(Shows::put(reader.page(&view)?, parts))
}

/// The topics of a page: those of the category, which comes first in what it carries, and of those elsewhere that it is linked
/// to. On the first page without filters its pinned ones come before the others.
async fn topics_of(
    db: &impl Read,
    sight: Sight,
    carried: &Carried,
    asked: &Asked,
    page: PageRequest,
) -> AppResult<Page<TopicCard>> {
    let pinned_apart = !asked.filters();
    let filter = Filter {
        categories: Some(carried.categories.clone()),
        former: carried.former.clone(),
        kind: asked.kind(),
        tag: asked.tag(),
        language: asked.language(),
        solved: asked.state() == TopicStateFilter::Solved,
        unanswered: asked.state() == TopicStateFilter::Unanswered,
        sort: asked.sort().1,
        not_pinned_in: carried.categories.first().copied().filter(|_| pinned_apart),
        sight,
        ..Filter::default()
    };
    let mut topics = topics::list(db, &filter, page).await?;
    if pinned_apart && page.after.is_none() && page.before.is_none() {
        let filter = Filter {
            categories: Some(carried.categories.iter().take(1).copied().collect()),
            former: Vec::new(),
            pinned: true,
            not_pinned_in: None,
            ..filter
        };
        let mut pinned = topics::list(db, &filter, PageRequest::first(PINNED)).await?;
        pinned.items.append(&mut topics.items);
        topics.items = pinned.items;
    }
    Ok(topics)
}

async fn filters(
    db: &impl Read,
    sight: &Sight,
    carried: &[ActorId],
    asked: &Asked,
) -> AppResult<CategoryFilters> {
    let mut known: Vec<String> = tags::of_categories(db, sight, carried, TAGS)
        .await?
        .into_iter()
        .map(|tag| tag.tag)
        .collect();
    let tag = asked.tag();
    if let Some(tag) = &tag
        && !known.contains(tag)
    {
        known.push(tag.clone());
    }
    known.sort_unstable();
    let mut languages: Vec<String> = POST_LANGUAGES.iter().map(ToString::to_string).collect();
    let language = asked.language();
    if let Some(language) = &language
        && !languages.contains(language)
    {
        languages.push(language.clone());
    }
    Ok(CategoryFilters {
        sort: asked.sort().0,
        kind: asked.kind().map(rows::kind),
        state: asked.state(),
        tag,
        language,
        tags: known
            .into_iter()
            .map(|tag| Choice {
                value: tag.clone(),
                label: tag,
            })
            .collect(),
        languages,
        active: asked.filters(),
    })
}

/// How far its past is read, while that goes on and isn't the whole yet.
async fn filling(db: &impl Read, category: &Category) -> AppResult<Option<RemoteState>> {
    let going_on = backfills::find(db, category.id())
        .await?
        .filter(|row| row.stage != BackfillStage::Idle && row.failures == 0);
    let Some(row) = going_on else {
        return Ok(None);
    };
    let here = i64::from(category.row.topic_count);
    let total = row.total.filter(|total| *total > here);
    if row.finished_at.is_some() && total.is_none() {
        return Ok(None);
    }
    let number = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(Some(RemoteState::Filling {
        done: u32::try_from(here).unwrap_or(0),
        total: total.map(number),
    }))
}

/// What is to be said of our copy: that it is being filled, or that its node doesn't answer.
async fn remote_state(db: &impl Read, category: &Category) -> AppResult<Option<RemoteState>> {
    if category.actor.local {
        return Ok(None);
    }
    if let Some(filling) = filling(db, category).await? {
        return Ok(Some(filling));
    }
    let known = match instances::known(db, &category.actor.host).await {
        Ok(known) => known,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let failing = |state| matches!(state, DestinationState::Asleep | DestinationState::Gone);
    let destinations = &known.destinations;
    if destinations.is_empty() || !destinations.iter().all(|d| failing(d.state)) {
        return Ok(None);
    }
    let since = destinations.iter().filter_map(|d| d.failing_since).min();
    Ok(since.map(|since| RemoteState::Unreachable {
        since: since.datetime(),
    }))
}

async fn follow(
    State(state): State<AppState>,
    reader: Reader,
    Path(handle): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let category = find(&state, reader.viewer(), &handle).await?;
    let tx = state.forum.begin().await?;
    let follow = follows::follow(&tx, reader.viewer(), &category.actor).await?;
    tx.commit().await?;
    let notice = match follow.state {
        FollowState::Accepted => Notice::Followed,
        FollowState::Pending | FollowState::Rejected => Notice::FollowAsked,
    };
    let url = rows::category_link(&category.actor).url;
    Ok(reader.redirect(&url, Some(notice)))
}

async fn unfollow(
    State(state): State<AppState>,
    reader: Reader,
    Path(handle): Path<String>,
    Form(Empty {}): Form<Empty>,
) -> AppResult<Response> {
    let follower = reader.current.person()?.actor.id;
    let category = find(&state, reader.viewer(), &handle).await?;
    let tx = state.forum.begin().await?;
    follows::unfollow(&tx, follower, &category.actor).await?;
    tx.commit().await?;
    let url = rows::category_link(&category.actor).url;
    Ok(reader.redirect(&url, Some(Notice::Unfollowed)))
}

/// Categories to choose from in a form: those of this node that take topics, and `current`.
pub(super) async fn choices(
    state: &AppState,
    viewer: &Viewer,
    current: Option<&Category>,
) -> AppResult<Vec<Choice>> {
    let mut choices: Vec<Choice> = categories::tree(state.forum.db(), viewer)
        .await?
        .iter()
        .filter(|c| c.row.archived_at.is_none())
        .map(choice)
        .collect();
    if let Some(current) = current.map(choice)
        && !choices.iter().any(|c| c.value == current.value)
    {
        choices.insert(0, current);
    }
    Ok(choices)
}

fn choice(category: &Category) -> Choice {
    let link: parts::CategoryLink = rows::category_link(&category.actor);
    Choice {
        label: match link.host {
            Some(host) => format!("{} ({host})", link.title),
            None => link.title,
        },
        value: link.handle,
    }
}
