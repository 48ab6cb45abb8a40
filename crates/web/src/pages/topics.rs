//! PG-03: a topic with its posts (`/t/{id}/{slug}`); replying in it is in `topics/replies.rs`.

mod replies;

use std::collections::{BTreeMap, HashMap, HashSet};

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::routing::{get, post};
use parvis_federation::delivery::{self, HostFate};
use parvis_forum::circles::Sight;
use parvis_forum::id::{DraftId, PostId, TopicId};
use parvis_forum::kinds::TopicKind;
use parvis_forum::page::PageRequest;
use parvis_forum::posts::{self, PostView};
use parvis_forum::surroundings::{self, Surroundings};
use parvis_forum::topics::{self, Filter};
use parvis_forum::{
    Affiliation, Denied, Error, Kind, Post, Read, Timestamp, Topic, Viewer, actors, affiliations,
    freshness, policy, topic_moves, votes,
};
use serde::Deserialize;

use super::media::{self};
use super::{compose, deliveries, officials, polls, quotes, rows, topic_follows};
use crate::answers::Shows;
use crate::error::AppResult;
use crate::extract::{PageQuery, Path, Query, Reader, upload};
use crate::state::AppState;
use crate::views::compose::ReplyForm;
use crate::views::frame::Feed;
use crate::views::parts::{Author, Html, Pager, TopicRow};
use crate::views::polls::ReactionShown;
use crate::views::quotes::QuoteShown;
use crate::views::topics::{
    NoReply, Post as PostShown, PostActions, PostLink, PostOrder, PostState, Refusal, TopicActions,
    TopicState, TopicView,
};

/// Posts on a page by threads.
const THREADS: u64 = 100;
/// People named beside a topic.
const PARTICIPANTS: usize = 12;
/// Similar topics.
const RELATED: u64 = 4;

type Affiliations = HashMap<parvis_forum::id::ActorId, Affiliation>;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/t/{id}", get(by_id))
        .route("/t/{id}/{slug}", get(show))
        .route(
            "/t/{id}/posts",
            post(replies::reply).layer(upload::form_limit()),
        )
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    page: Option<i32>,
    #[serde(default)]
    view: String,
    /// The post that the form at the end answers.
    reply_to: Option<PostId>,
    /// The post that the form begins with a quote of.
    quote: Option<PostId>,
    /// The draft that the form begins with.
    draft: Option<DraftId>,
}

/// The topic of an address, as far as the viewer may see it.
pub(super) async fn find(state: &AppState, viewer: &Viewer, id: TopicId) -> AppResult<Topic> {
    let topic = topic_moves::readable(state.forum.db(), viewer, id).await?;
    let hidden = topic.removed_at.is_some() && !viewer.moderates(topic.category_id);
    let empty = topic.deleted_at.is_some() && topic.reply_count == 0;
    if hidden || empty {
        return Err(Error::Gone(Kind::Topic).into());
    }
    Ok(topic)
}

/// `GET /t/{id}`: to the address with the title in it.
pub(crate) async fn by_id(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<TopicId>,
    Query(asked): Query<Asked>,
    page: PageQuery,
    uri: Uri,
) -> AppResult {
    let topic = find(&state, reader.viewer(), id).await?;
    if topic.slug.is_empty() {
        return read(&state, reader, topic, &asked, page).await;
    }
    Ok(reader.redirect(&with_query(&topic, &uri), None))
}

fn with_query(topic: &Topic, uri: &Uri) -> String {
    match uri.query() {
        Some(query) => format!("{}?{query}", rows::topic_path(topic)),
        None => rows::topic_path(topic),
    }
}

/// `GET /t/{id}/{slug}`.
pub(crate) async fn show(
    State(state): State<AppState>,
    reader: Reader,
    Path((id, slug)): Path<(TopicId, String)>,
    Query(asked): Query<Asked>,
    page: PageQuery,
    uri: Uri,
) -> AppResult {
    let topic = find(&state, reader.viewer(), id).await?;
    if topic.slug != slug || topic.id != id {
        return Ok(reader.redirect(&with_query(&topic, &uri), None));
    }
    read(&state, reader, topic, &asked, page).await
}

async fn read(
    state: &AppState,
    reader: Reader,
    topic: Topic,
    asked: &Asked,
    page: PageQuery,
) -> AppResult {
    let mut reader = reader;
    let part = part(state, reader.viewer(), &topic, asked, page).await?;
    let form = replies::starting_form(state, &reader, &topic, asked).await?;
    let path = rows::topic_path(&topic);
    let number = part.pager.page.filter(|page| *page > 1);
    reader.frame.page_number = number;
    reader.frame.feeds = vec![Feed {
        title: topic.title.clone(),
        url: format!("/feeds/t/{}.atom", topic.id),
    }];
    reader.frame.canonical = (asked.view != "threads").then(|| {
        let query = number.map_or_else(String::new, |page| format!("?page={page}"));
        state
            .config()
            .local_url(&format!("{path}{query}"))
            .to_string()
    });
    reader.frame.activity = topic.uri.clone().filter(|_| topic.local);
    reader.frame.noindex = !topic.local || topic.removed_at.is_some();
    let id = topic.id;
    let view = view(state, &reader, topic, part, form).await?;
    Ok(Shows::put(
        reader.page(&view)?,
        [freshness::Part::Topic(id)],
    ))
}

/// The posts of one page.
struct Part {
    order: PostOrder,
    posts: Vec<(u32, PostView)>,
    pager: Pager,
}

async fn part(
    state: &AppState,
    viewer: &Viewer,
    topic: &Topic,
    asked: &Asked,
    page: PageQuery,
) -> AppResult<Part> {
    if asked.view == "threads" {
        return by_threads(state, viewer, topic, page.of_length(THREADS)).await;
    }
    by_number(state, viewer, topic, asked.page.unwrap_or(1)).await
}

async fn by_number(state: &AppState, viewer: &Viewer, topic: &Topic, page: i32) -> AppResult<Part> {
    let pages = posts::page_of(topic.next_number.saturating_sub(1).max(1));
    if !(1..=pages).contains(&page) {
        return Err(Error::NotFound(Kind::Post).into());
    }
    let posts = posts::numbered_page(state.forum.db(), viewer, topic.id, page).await?;
    let path = rows::topic_path(topic);
    let to = |number: i32| match number {
        1 => path.clone(),
        number => format!("{path}?page={number}"),
    };
    Ok(Part {
        order: PostOrder::Flat,
        posts: posts.into_iter().map(|post| (0, post)).collect(),
        pager: Pager {
            previous: (page > 1).then(|| to(page - 1)),
            next: (page < pages).then(|| to(page + 1)),
            page: Some(rows::count(page)),
            pages: Some(rows::count(pages)),
        },
    })
}

async fn by_threads(
    state: &AppState,
    viewer: &Viewer,
    topic: &Topic,
    page: PageRequest,
) -> AppResult<Part> {
    let posts = posts::list(state.forum.db(), viewer, topic.id, page).await?;
    let path = rows::topic_path(topic);
    Ok(Part {
        order: PostOrder::Threads,
        pager: Pager {
            next: posts
                .next
                .map(|cursor| format!("{path}?view=threads&after={}", cursor.encode())),
            previous: page.after.map(|_| format!("{path}?view=threads")),
            ..Pager::default()
        },
        posts: in_threads(posts.items, topic.opening_post_id),
    })
}

/// Each post after what it replies to, with its depth. A reply whose parent is not here, or is the opening post, begins
/// a thread.
fn in_threads(posts: Vec<PostView>, opening: Option<PostId>) -> Vec<(u32, PostView)> {
    let here: HashSet<PostId> = posts.iter().map(|p| p.post.id).collect();
    let mut children: HashMap<Option<PostId>, Vec<PostView>> = HashMap::new();
    for post in posts {
        let parent = post
            .post
            .reply_to_id
            .filter(|parent| Some(*parent) != opening && here.contains(parent));
        children.entry(parent).or_default().push(post);
    }
    let mut out = Vec::new();
    let mut waiting: Vec<(u32, PostView)> = Vec::new();
    let mut push = |waiting: &mut Vec<(u32, PostView)>, parent: Option<PostId>, depth: u32| {
        if let Some(posts) = children.remove(&parent) {
            waiting.extend(posts.into_iter().rev().map(|post| (depth, post)));
        }
    };
    push(&mut waiting, None, 0);
    while let Some((depth, post)) = waiting.pop() {
        push(&mut waiting, Some(post.post.id), depth.saturating_add(1));
        out.push((depth, post));
    }
    out
}

async fn view(
    state: &AppState,
    reader: &Reader,
    topic: Topic,
    part: Part,
    written: replies::Written,
) -> AppResult<TopicView> {
    let db = state.forum.db();
    let viewer = reader.viewer();
    let Surroundings {
        category,
        tags,
        participants,
    } = surroundings::of(db, &topic).await?;
    let named: Vec<_> = participants.iter().take(PARTICIPANTS).copied().collect();
    let authors = part.posts.iter().map(|(_, post)| post.author.id);
    let affiliated = authors.chain(named.iter().copied());
    let (people, affiliations) =
        affiliations::with_people(db, named.iter().copied(), affiliated).await?;
    let related = related(db, viewer, &topic, tags.first()).await?;
    let (reply, no_reply) = match policy::topics::can_reply(viewer, &topic, &category) {
        Ok(()) => (
            Some(ReplyForm {
                audience: rows::audience_of(db, state.config(), &category).await?,
                ..replies::form(state, reader, &topic, written).await?
            }),
            None,
        ),
        Err(denied) => (None, Some(no_reply(reader, denied))),
    };
    let here: HashMap<PostId, i32> = part
        .posts
        .iter()
        .map(|(_, post)| (post.post.id, post.post.number))
        .collect();
    let answer = match topic.answer_post_id {
        Some(id) => answer_link(db, id, &here).await?,
        None => None,
    };
    let told: Vec<PostId> = part
        .posts
        .iter()
        .map(|(_, view)| &view.post)
        .filter(|post| policy::posts::can_see_deliveries(viewer, post, &topic).is_ok())
        .map(|post| post.id)
        .collect();
    let reach = delivery::reach_of_posts(&state.federation, &told).await?;
    let quoting: Vec<Post> = part
        .posts
        .iter()
        .filter(|(_, view)| view.post.quote.is_some())
        .map(|(_, view)| view.post.clone())
        .collect();
    let quotes = quotes::of_posts(db, viewer, &quoting).await?;
    let shown = Shown {
        viewer,
        topic: &topic,
        here: &here,
        affiliations: &affiliations,
        host: &category.actor.host,
        may_reply: reply.is_some(),
        reach: &reach,
        now: state.forum.now(),
        quotes,
    };
    let mut opening = None;
    let mut posts = Vec::with_capacity(part.posts.len());
    for (depth, post) in part.posts {
        let is_opening = topic.opening_post_id == Some(post.post.id);
        let post = shown.post(post, depth);
        if is_opening {
            opening = Some(post);
        } else {
            posts.push(post);
        }
    }
    let officials = officials::of_topic(db, &topic, &here).await?;
    let waits = topic.confirmed_at.is_none()
        && topics::opening_post(db, &topic)
            .await?
            .refused_reason
            .is_none();
    let follow = topic_follows::shown(db, viewer, topic.id).await?;
    let path = rows::topic_path(&topic);
    let moderates = policy::topics::can_moderate(viewer, &topic).is_ok();
    Ok(TopicView {
        topic: rows::topic_link(&topic),
        id: topic.id.to_string(),
        category: rows::category_link(&category.actor),
        kind: rows::kind(topic.kind),
        tags: tags.into_iter().map(rows::tag).collect(),
        state: TopicState {
            pinned: topic.pinned_at.is_some(),
            locked: topic.locked_at.is_some(),
            solved: topic.answer_post_id.is_some(),
        },
        pending: waits.then(|| category.actor.host.clone()),
        officials,
        answer,
        order: part.order,
        threads_url: format!("{path}?view=threads"),
        flat_url: path,
        opening,
        posts,
        replies: rows::count(topic.reply_count),
        participants: named
            .iter()
            .filter_map(|id| people.get(id))
            .map(|actor| rows::author_from_actor(actor, affiliations.get(&actor.id)))
            .collect::<Vec<Author>>(),
        participant_count: u32::try_from(participants.len()).unwrap_or(u32::MAX),
        pager: part.pager,
        reply,
        no_reply,
        licence: rows::licence(state.config()),
        feed: Some(format!("/feeds/t/{}.atom", topic.id)),
        original_url: topic.uri.clone().filter(|_| !topic.local),
        host: (!category.actor.local).then(|| category.actor.host.clone()),
        may: TopicActions {
            lock: moderates,
            pin: moderates,
            arrange: policy::topics::can_rearrange(viewer, &topic).is_ok(),
        },
        follow,
        related,
    })
}

async fn related(
    db: &impl Read,
    viewer: &Viewer,
    topic: &Topic,
    tag: Option<&String>,
) -> AppResult<Vec<TopicRow>> {
    let Some(tag) = tag else {
        return Ok(Vec::new());
    };
    let filter = Filter {
        tag: Some(tag.clone()),
        sight: Sight::of(viewer),
        ..Filter::default()
    };
    let cards = topics::list(db, &filter, PageRequest::first(RELATED)).await?;
    Ok(cards
        .items
        .into_iter()
        .filter(|card| card.topic.id != topic.id)
        .map(|card| rows::topic_row(card, true))
        .collect())
}

async fn answer_link(
    db: &impl Read,
    id: PostId,
    here: &HashMap<PostId, i32>,
) -> AppResult<Option<PostLink>> {
    let post = posts::by_id(db, id).await?;
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Ok(None);
    }
    let author = actors::by_id(db, post.author_id).await?;
    Ok(Some(PostLink {
        number: rows::count(post.number),
        url: post_url(id, here),
        author: actors::shown_name(&author).to_owned(),
    }))
}

/// A place on this page, or the address that leads to the right one.
pub(super) fn post_url(id: PostId, here: &HashMap<PostId, i32>) -> String {
    match here.get(&id) {
        Some(number) => format!("#post-{number}"),
        None => format!("/p/{id}"),
    }
}

fn no_reply(reader: &Reader, denied: Denied) -> NoReply {
    match denied {
        Denied::SignIn => NoReply::SignIn,
        Denied::Locked => NoReply::Locked,
        Denied::Archived => NoReply::Archived,
        denied => NoReply::Rule {
            text: compose::denied_text(reader, denied),
        },
    }
}

/// Reactions that came with likes from elsewhere.
fn reactions(post: &Post) -> Vec<ReactionShown> {
    votes::reactions(post)
        .into_iter()
        .map(|reaction| ReactionShown {
            emoji: reaction.emoji,
            count: rows::count(reaction.count),
        })
        .collect()
}

/// What all posts of a page are shown with.
struct Shown<'a> {
    viewer: &'a Viewer,
    topic: &'a Topic,
    here: &'a HashMap<PostId, i32>,
    affiliations: &'a Affiliations,
    host: &'a str,
    may_reply: bool,
    reach: &'a BTreeMap<PostId, Vec<HostFate>>,
    now: Timestamp,
    quotes: HashMap<PostId, QuoteShown>,
}

impl Shown<'_> {
    fn post(&self, view: PostView, depth: u32) -> PostShown {
        let may = self.actions(&view);
        let gone = view.is_gone();
        let PostView {
            post,
            author,
            reply_to,
            liked,
            bookmarked,
            poll,
        } = view;
        let state = match (post.deleted_at, post.removed_at) {
            (Some(at), _) => PostState::Deleted { at: at.datetime() },
            (None, Some(at)) => PostState::Removed {
                at: at.datetime(),
                reason: post.removed_reason.clone().filter(|r| !r.is_empty()),
                decision: None,
            },
            (None, None) => PostState::Visible,
        };
        let official = officials::organisation(&post);
        let warning = post.warning.clone().filter(|_| !gone);
        let reactions = reactions(&post);
        PostShown {
            id: post.id.to_string(),
            number: rows::count(post.number),
            author: rows::author_of_post(
                &author,
                post.affiliation.as_deref(),
                self.affiliations.get(&author.id),
            ),
            created_at: post.created_at.datetime(),
            edited_at: post.edited_at.map(Timestamp::datetime),
            reply_to: reply_to.map(|to| PostLink {
                number: rows::count(to.number),
                url: post_url(to.id, self.here),
                author: actors::shown_name(&to.author).to_owned(),
            }),
            replies: rows::count(post.reply_count),
            depth,
            body: if gone {
                Html::default()
            } else {
                rows::html_from_stored(&post.content_html)
            },
            state,
            attachments: media::attached_of(&post),
            host: (!post.local).then_some(author.host),
            original_url: (!post.local).then(|| post.url.unwrap_or(post.uri)),
            official,
            warning,
            poll: poll.map(|poll| polls::shown(&poll, self.viewer, self.now)),
            quote: self.quotes.get(&post.id).cloned(),
            reactions,
            answer: self.topic.answer_post_id == Some(post.id),
            likes: rows::count(post.like_count),
            liked,
            bookmarked,
            deliveries: self.reach.get(&post.id).map(|hosts| deliveries::sum(hosts)),
            refused: post.refused_reason.map(|reason| Refusal {
                host: self.host.to_owned(),
                reason: Some(reason)
                    .filter(|r| !r.is_empty() && self.viewer.actor_id() == Some(post.author_id)),
            }),
            licence: None,
            language: post.language,
            may,
        }
    }

    fn actions(&self, view: &PostView) -> PostActions {
        let Self { viewer, topic, .. } = self;
        let post = &view.post;
        let may_remove = policy::posts::can_remove(viewer, topic).is_ok();
        if view.is_gone() {
            return PostActions {
                restore: may_remove && post.deleted_at.is_none(),
                ..PostActions::default()
            };
        }
        let own = policy::posts::can_delete(viewer, post).is_ok();
        let opening = topic.opening_post_id == Some(post.id);
        PostActions {
            reply: self.may_reply,
            like: policy::posts::can_vote(viewer).is_ok(),
            bookmark: viewer.person().is_some(),
            edit: policy::posts::can_edit(viewer, post, topic).is_ok(),
            delete: own,
            remove: may_remove && !own,
            restore: false,
            mark_answer: topic.kind == TopicKind::Question
                && !opening
                && policy::topics::can_choose_answer(viewer, topic).is_ok(),
            quotes: own && post.local,
            mark_official: policy::posts::can_make_official(viewer, post, topic).is_ok(),
        }
    }
}

/// The last page of a topic, with the form as it was filled in.
async fn form_again(
    state: &AppState,
    mut reader: Reader,
    topic: Topic,
    written: replies::Written,
) -> AppResult {
    let last = posts::page_of(topic.next_number.saturating_sub(1).max(1));
    let part = by_number(state, reader.viewer(), &topic, last).await?;
    let failed = !written.errors.is_empty();
    reader.frame.preview = written.preview.is_some();
    let view = view(state, &reader, topic, part, written).await?;
    if failed {
        reader.form_again(&view)
    } else {
        reader.page(&view)
    }
}

/// Path of a post on its page of the topic.
pub(super) fn place(topic: &Topic, number: i32, page: i32) -> String {
    let path = rows::topic_path(topic);
    if page > 1 {
        format!("{path}?page={page}#post-{number}")
    } else {
        format!("{path}#post-{number}")
    }
}
