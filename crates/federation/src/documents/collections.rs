//! The collections of actors: outbox, followers, following, moderators, pinned topics.

use activitypub_federation::kinds::collection::OrderedCollectionPageType;
use parvis_forum::circles::{self, Sight};
use parvis_forum::id::PostId;
use parvis_forum::kinds::{ActorKind, FollowState};
use parvis_forum::page::{Page, PageRequest};
use parvis_forum::topics::{Filter, Sort, TopicCard};
use parvis_forum::{Actor, Config, Forum, Post, Viewer, categories, follows, posts, topics};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::actors::find;
use super::{Document, Served, or_not_found, page_request, raw};
use crate::Result;
use crate::activities::build;
use crate::objects::build::post::{Scene, post_to_wire};
use crate::objects::collection::{Ordered, OrderedPage};
use crate::origin::Origin;
use crate::outbox::{announced_create, announced_object};
use crate::synchronisation::PARTIAL;

/// Items on a page of an outbox, and on a category's outbox itself.
const PAGE: usize = 20;
/// Pinned topics shown at most.
const MAX_PINNED: u64 = 100;

/// What a page of an outbox holds.
struct Items {
    items: Vec<Box<RawValue>>,
    next: Option<String>,
}

/// The `outbox` of a person (their Creates) or of a category (its Announces of topics). `page` is `1` or what `next`
/// said. A category's carries the newest also on itself, for those who don't turn pages.
pub async fn outbox(
    forum: &Forum,
    viewer: &Viewer,
    kind: ActorKind,
    name: &str,
    page: Option<&str>,
) -> Result<Served> {
    let actor = match find(forum, viewer, kind, name).await? {
        Ok(actor) => actor,
        Err(served) => return Ok(served),
    };
    let Some((request, page_name)) = page_request(page, PAGE) else {
        return Ok(Served::NotFound);
    };
    let own = format!("{}/outbox", actor.uri);
    let group = kind == ActorKind::Group;
    let total = if group {
        let row = categories::by_id(forum.db(), actor.id).await?.row;
        u64::try_from(row.topic_count).unwrap_or(0)
    } else {
        posts::count_by_author(forum.db(), viewer, actor.id).await?
    };
    if page.is_none() && !group {
        return Ok(Served::Found(Document::of(Ordered {
            first: Some(format!("{own}?page=1")),
            ..Ordered::sized(own, total)
        })));
    }
    let found = if group {
        Box::pin(announced(forum, viewer, &actor, request)).await?
    } else {
        Box::pin(written(forum, viewer, &actor, request)).await?
    };
    if page.is_none() {
        return Ok(Served::Found(Document::of(Ordered {
            first: Some(format!("{own}?page=1")),
            ordered_items: Some(found.items),
            ..Ordered::sized(own, total)
        })));
    }
    Ok(Served::Found(Document::of(OrderedPage {
        id: format!("{own}?page={page_name}"),
        kind: OrderedCollectionPageType::OrderedCollectionPage,
        next: found.next.map(|next| format!("{own}?page={next}")),
        prev: None,
        part_of: own,
        total_items: total,
        ordered_items: found.items,
    })))
}

async fn topics_of(
    forum: &Forum,
    viewer: &Viewer,
    group: &Actor,
    pinned: Option<bool>,
    request: PageRequest,
) -> Result<Page<TopicCard>> {
    let filter = Filter {
        categories: Some(vec![group.id]),
        sort: Sort::New,
        pinned: pinned.unwrap_or_default(),
        sight: Sight::of(viewer),
        ..Filter::default()
    };
    Ok(topics::list(forum.db(), &filter, request).await?)
}

/// The opening posts of topics, in their order.
async fn openings(forum: &Forum, cards: &[TopicCard]) -> Result<Vec<Post>> {
    let order: Vec<PostId> = cards
        .iter()
        .filter_map(|card| card.topic.opening_post_id)
        .collect();
    let mut posts = posts::by_ids(forum.db(), &order).await?;
    posts.sort_by_key(|post| order.iter().position(|id| *id == post.id));
    Ok(posts)
}

async fn announced(
    forum: &Forum,
    viewer: &Viewer,
    group: &Actor,
    request: PageRequest,
) -> Result<Items> {
    let page = topics_of(forum, viewer, group, None, request).await?;
    let scenes = Scene::load_all(forum.db(), openings(forum, &page.items).await?).await?;
    Ok(Items {
        items: scenes
            .iter()
            .map(|scene| announce_listed(scene, forum.config()))
            .collect(),
        next: page.next.map(parvis_forum::page::Cursor::encode),
    })
}

/// The Announce of a topic as an outbox lists it: with the conversation and its history, which are the category's, so
/// that its replies are found also where its author is of another server. What was only fetched here is announced by its
/// id.
fn announce_listed(scene: &Scene, config: &Config) -> Box<RawValue> {
    let announce = announced_create(scene, config)
        .unwrap_or_else(|| announced_object(scene, config))
        .inner()
        .to_owned();
    let ours = config
        .local_url(&format!("/t/{}", scene.topic.id))
        .to_string();
    match announce.get().strip_prefix('{') {
        Some(rest) if scene.topic.uri.as_deref() == Some(&ours) => {
            let (context, history) = (raw(&ours), raw(&super::history::address(&ours)));
            RawValue::from_string(format!(
                r#"{{"context":{},"contextHistory":{},{rest}"#,
                context.get(),
                history.get()
            ))
            .unwrap_or(announce)
        }
        _ => announce,
    }
}

async fn written(
    forum: &Forum,
    viewer: &Viewer,
    author: &Actor,
    request: PageRequest,
) -> Result<Items> {
    let page = posts::by_author(forum.db(), viewer, author.id, request).await?;
    let posts = page.items.into_iter().map(|view| view.post).collect();
    let scenes = Scene::load_all(forum.db(), posts).await?;
    let built = scenes
        .iter()
        .filter_map(|scene| build::create(scene, forum.config()));
    Ok(Items {
        items: built.map(|built| built.inner().to_owned()).collect(),
        next: page.next.map(parvis_forum::page::Cursor::encode),
    })
}

/// The `outbox` of the node itself, which never says anything to everybody.
pub fn instance_outbox(forum: &Forum) -> Served {
    let own = forum.config().local_url("/outbox").to_string();
    Served::Found(Document::of(Ordered::whole(own, Vec::new())))
}

/// `followers`: how many; never who.
pub async fn followers(
    forum: &Forum,
    viewer: &Viewer,
    kind: ActorKind,
    name: &str,
) -> Result<Served> {
    let actor = match find(forum, viewer, kind, name).await? {
        Ok(actor) => actor,
        Err(served) => return Ok(served),
    };
    let total = follows::count_followers(forum.db(), actor.id).await?;
    let own = format!("{}/followers", actor.uri);
    Ok(Served::Found(Document::of(Ordered::sized(own, total))))
}

/// `followers_synchronization`: who of the asking server follows, for that server alone (FEP-8fcf). `asker` is the id of
/// who signed the request.
pub async fn followers_of_asker(
    forum: &Forum,
    kind: ActorKind,
    name: &str,
    asker: &str,
) -> Result<Served> {
    let Some(origin) = Url::parse(asker).ok().and_then(|url| Origin::of(&url)) else {
        return Ok(Served::NotFound);
    };
    let viewer = Viewer::Server(origin.authority());
    let actor = match find(forum, &viewer, kind, name).await? {
        Ok(actor) => actor,
        Err(served) => return Ok(served),
    };
    let ids = follows::followers_at(forum.db(), actor.id, &origin.to_string()).await?;
    let items = ids.iter().map(raw).collect();
    let own = format!("{}/{PARTIAL}", actor.uri);
    Ok(Served::Found(Document::of(Ordered::whole(own, items))))
}

/// `following`: how many a person follows; which categories elsewhere a category is linked to.
pub async fn following(
    forum: &Forum,
    viewer: &Viewer,
    kind: ActorKind,
    name: &str,
) -> Result<Served> {
    let actor = match find(forum, viewer, kind, name).await? {
        Ok(actor) => actor,
        Err(served) => return Ok(served),
    };
    let own = format!("{}/following", actor.uri);
    let collection = if kind == ActorKind::Group {
        let linked = follows::following(forum.db(), actor.id).await?;
        let items = linked
            .into_iter()
            .filter(|(follow, linked)| {
                follow.state == FollowState::Accepted && !circles::is_closed(linked)
            })
            .map(|(_, linked)| raw(&linked.uri))
            .collect();
        Ordered::whole(own, items)
    } else {
        let total = follows::count_following(forum.db(), actor.id).await?;
        Ordered::sized(own, total)
    };
    Ok(Served::Found(Document::of(collection)))
}

/// `moderators` of a category: their ids.
pub async fn moderators(forum: &Forum, viewer: &Viewer, slug: &str) -> Result<Served> {
    let group = match find(forum, viewer, ActorKind::Group, slug).await? {
        Ok(group) => group,
        Err(served) => return Ok(served),
    };
    let moderators = categories::moderators(forum.db(), group.id).await?;
    let items = moderators.iter().map(|actor| raw(&actor.uri)).collect();
    let own = format!("{}/moderators", group.uri);
    Ok(Served::Found(Document::of(Ordered {
        attributed_to: Some(group.uri),
        ..Ordered::whole(own, items)
    })))
}

/// `featured` of a category: its pinned topics, whole where they are ours or were received whole.
pub async fn featured(forum: &Forum, viewer: &Viewer, slug: &str) -> Result<Served> {
    or_not_found(Box::pin(find_featured(forum, viewer, slug)).await)
}

async fn find_featured(forum: &Forum, viewer: &Viewer, slug: &str) -> Result<Served> {
    let group = match find(forum, viewer, ActorKind::Group, slug).await? {
        Ok(group) => group,
        Err(served) => return Ok(served),
    };
    let pinned = topics_of(
        forum,
        viewer,
        &group,
        Some(true),
        PageRequest::first(MAX_PINNED),
    )
    .await?;
    let scenes = Scene::load_all(forum.db(), openings(forum, &pinned.items).await?).await?;
    let items = scenes
        .iter()
        .map(|scene| {
            let post = &scene.post;
            if post.local {
                return raw(&post_to_wire(scene, forum.config()));
            }
            received_object(post.activity.as_deref()).unwrap_or_else(|| raw(&post.uri))
        })
        .collect();
    let own = format!("{}/featured", group.uri);
    Ok(Served::Found(Document::of(Ordered {
        attributed_to: Some(group.uri),
        ..Ordered::whole(own, items)
    })))
}

/// The object of a received Create, as it was received.
fn received_object(activity: Option<&str>) -> Option<Box<RawValue>> {
    #[derive(Deserialize)]
    struct Create {
        object: Box<RawValue>,
    }
    let create: Create = serde_json::from_str(activity?).ok()?;
    create
        .object
        .get()
        .trim_start()
        .starts_with('{')
        .then_some(create.object)
}
