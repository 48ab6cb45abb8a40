//! Reading posts: one, the pages of a topic, those of a person, a conversation.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, Func, IntoCondition};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{PAGE, check_present};
use crate::circles::Sight;
use crate::db::entity::{post, post_mention, revision};
use crate::db::together::Tuples;
use crate::id::{ActorId, PostId, TopicId};
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::polls::PollView;
use crate::{
    Actor, Error, Kind, Post, Read, Result, Revision, Viewer, actors, bookmarks, instances, polls,
    votes,
};

/// By id.
pub async fn by_id(db: &impl Read, id: PostId) -> Result<Post> {
    post::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Post))
}

/// By id, if the viewer may read its category.
pub async fn readable(db: &impl Read, viewer: &Viewer, id: PostId) -> Result<Post> {
    post::Entity::find_by_id(id)
        .filter(of_rows(viewer))
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Post))
}

fn of_rows(viewer: &Viewer) -> sea_orm::Condition {
    Sight::of(viewer).of_topics((post::Entity, post::Column::TopicId))
}

/// By ids, in any order; those that are not there are missing.
pub async fn by_ids(db: &impl Read, ids: &[PostId]) -> Result<Vec<Post>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(post::Entity::find()
        .filter(post::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?)
}

/// By ActivityPub id.
pub async fn by_uri(db: &impl Read, uri: &str) -> Result<Option<Post>> {
    Ok(post::Entity::find()
        .filter(post::Column::Uri.eq(uri))
        .one(db)
        .await?)
}

/// Who is mentioned in which of these posts, in the order of their ids.
pub async fn mentions_in(
    db: &impl Read,
    posts: impl IntoIterator<Item = PostId>,
) -> Result<Vec<(PostId, ActorId)>> {
    Ok(post_mention::Entity::find()
        .filter(post_mention::Column::PostId.is_in(posts))
        .order_by_asc(post_mention::Column::ActorId)
        .all(db)
        .await?
        .into_iter()
        .map(|mention| (mention.post_id, mention.actor_id))
        .collect())
}

/// The earlier versions of a post, oldest first. A deleted or removed post has none to show.
pub async fn revisions(db: &impl Read, post: &Post) -> Result<Vec<Revision>> {
    check_present(post)?;
    Ok(revision::Entity::find()
        .filter(revision::Column::PostId.eq(post.id))
        .order_by_asc(revision::Column::Id)
        .all(db)
        .await?)
}

/// A post as people read it.
#[derive(Clone, Debug)]
pub struct PostView {
    /// The post.
    pub post: Post,
    /// Who wrote it.
    pub author: Actor,
    /// Number and author of the post that it answers, when that isn't the opening post.
    pub reply_to: Option<ReplyTo>,
    /// The viewer likes it.
    pub liked: bool,
    /// The viewer keeps it.
    pub bookmarked: bool,
    /// Its poll.
    pub poll: Option<PollView>,
}

/// The post that another one answers.
#[derive(Clone, Debug)]
pub struct ReplyTo {
    /// Its id.
    pub id: PostId,
    /// Its number in the topic.
    pub number: i32,
    /// Its author.
    pub author: Actor,
}

impl PostView {
    /// True when nothing but a tombstone is left to see.
    pub fn is_gone(&self) -> bool {
        is_gone(&self.post)
    }
}

fn is_gone(post: &Post) -> bool {
    post.deleted_at.is_some() || post.removed_at.is_some()
}

/// Posts of a topic in the order of publication, tombstones included.
pub async fn list(
    db: &impl Read,
    viewer: &Viewer,
    topic: TopicId,
    page: PageRequest,
) -> Result<Page<PostView>> {
    let rows = post::Entity::find()
        .filter(post::Column::TopicId.eq(topic))
        .filter(page.condition(
            post::Column::CreatedAt,
            post::Column::Id,
            Order::OldestFirst,
        ))
        .order_by_asc(post::Column::CreatedAt)
        .order_by_asc(post::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let page = Page::from_rows(rows, page.limit, |p| Cursor {
        key: p.created_at.0,
        id: p.id.0,
    });
    let next = page.next;
    Ok(Page {
        items: views(db, viewer, page.items).await?,
        next,
        previous: None,
    })
}

/// The posts numbered `(page-1)·20+1` to `page·20` of a topic. `page` counts from 1.
pub async fn numbered_page(
    db: &impl Read,
    viewer: &Viewer,
    topic: TopicId,
    page: i32,
) -> Result<Vec<PostView>> {
    let first = page.saturating_sub(1).saturating_mul(PAGE);
    let rows = post::Entity::find()
        .filter(post::Column::TopicId.eq(topic))
        .filter(post::Column::Number.gt(first))
        .filter(post::Column::Number.lte(first.saturating_add(PAGE)))
        .order_by_asc(post::Column::Number)
        .all(db)
        .await?;
    views(db, viewer, rows).await
}

/// The page of its topic on which a post stands, counted from 1.
pub fn page_of(number: i32) -> i32 {
    (number - 1).div_euclid(PAGE) + 1
}

/// Posts by one author that can be read, newest first.
pub async fn by_author(
    db: &impl Read,
    viewer: &Viewer,
    author: ActorId,
    page: PageRequest,
) -> Result<Page<PostView>> {
    let rows = post::Entity::find()
        .filter(post::Column::AuthorId.eq(author))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .filter(of_rows(viewer))
        .filter(page.condition(
            post::Column::CreatedAt,
            post::Column::Id,
            Order::NewestFirst,
        ))
        .order_by(
            post::Column::CreatedAt,
            page.read_in(Order::NewestFirst).into(),
        )
        .order_by(post::Column::Id, page.read_in(Order::NewestFirst).into())
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let page = Page::from_read(rows, &page, |p| Cursor {
        key: p.created_at.0,
        id: p.id.0,
    });
    Ok(Page {
        next: page.next,
        previous: page.previous,
        items: views(db, viewer, page.items).await?,
    })
}

/// The last posts of a topic that can be read with their authors, newest first.
pub async fn latest(db: &impl Read, topic: TopicId, limit: u64) -> Result<Vec<(Post, Actor)>> {
    let rows = post::Entity::find()
        .filter(post::Column::TopicId.eq(topic))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .order_by_desc(post::Column::CreatedAt)
        .order_by_desc(post::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    let authors = actors::by_ids(db, rows.iter().map(|p| p.author_id)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|post| {
            let author = authors.get(&post.author_id)?.clone();
            Some((post, author))
        })
        .collect())
}

/// How many posts by one author the viewer can read.
pub async fn count_by_author(db: &impl Read, viewer: &Viewer, author: ActorId) -> Result<u64> {
    Ok(post::Entity::find()
        .filter(post::Column::AuthorId.eq(author))
        .filter(of_rows(viewer))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .count(db)
        .await?)
}

/// Direct replies to a post that can be read, oldest first.
pub async fn replies(db: &impl Read, post: PostId, page: PageRequest) -> Result<Page<Post>> {
    readable_where(db, post::Column::ReplyToId.eq(post), page).await
}

/// Posts of a topic that can be read, in the order of publication.
pub async fn in_order(db: &impl Read, topic: TopicId, page: PageRequest) -> Result<Page<Post>> {
    readable_where(db, post::Column::TopicId.eq(topic), page).await
}

async fn readable_where(
    db: &impl Read,
    condition: impl IntoCondition,
    page: PageRequest,
) -> Result<Page<Post>> {
    let rows = post::Entity::find()
        .filter(condition)
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .filter(page.condition(
            post::Column::CreatedAt,
            post::Column::Id,
            Order::OldestFirst,
        ))
        .order_by_asc(post::Column::CreatedAt)
        .order_by_asc(post::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(Page::from_rows(rows, page.limit, |p| Cursor {
        key: p.created_at.0,
        id: p.id.0,
    }))
}

/// Ids of the posts of a topic that can be read, in the order of publication.
pub async fn conversation(db: &impl Read, topic: TopicId) -> Result<Vec<String>> {
    Ok(post::Entity::find()
        .select_only()
        .column(post::Column::Uri)
        .filter(post::Column::TopicId.eq(topic))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .order_by_asc(post::Column::CreatedAt)
        .order_by_asc(post::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// Who wrote what can be read in a topic, those with most posts first.
pub(crate) fn participants(topic: TopicId) -> Tuples<post::Entity, ActorId> {
    let posts = Expr::expr(Func::count(Expr::col(post::Column::Id)));
    let authors = post::Entity::find()
        .select_only()
        .column(post::Column::AuthorId)
        .filter(post::Column::TopicId.eq(topic))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .group_by(post::Column::AuthorId)
        .order_by(posts, sea_orm::Order::Desc)
        .order_by_asc(post::Column::AuthorId);
    Tuples::of(authors)
}

/// How many topics an author opened and how many replies they wrote, as far as the viewer can read them.
pub async fn count_topics_and_replies(
    db: &impl Read,
    viewer: &Viewer,
    author: ActorId,
) -> Result<(u64, u64)> {
    let readable = post::Entity::find()
        .filter(post::Column::AuthorId.eq(author))
        .filter(of_rows(viewer))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null());
    let topics = readable
        .clone()
        .filter(post::Column::ReplyToId.is_null())
        .count(db)
        .await?;
    let replies = readable
        .filter(post::Column::ReplyToId.is_not_null())
        .count(db)
        .await?;
    Ok((topics, replies))
}

/// The posts with these ids that can be read, in the order given.
pub async fn views_by_ids(
    db: &impl Read,
    viewer: &Viewer,
    ids: &[PostId],
) -> Result<Vec<PostView>> {
    let rows = post::Entity::find()
        .filter(post::Column::Id.is_in(ids.iter().copied()))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .filter(of_rows(viewer))
        .all(db)
        .await?;
    let mut views = views(db, viewer, rows).await?;
    views.sort_by_key(|view| ids.iter().position(|id| *id == view.post.id));
    Ok(views)
}

/// Posts with what is shown beside them, in a bounded number of queries.
pub async fn views(db: &impl Read, viewer: &Viewer, mut posts: Vec<Post>) -> Result<Vec<PostView>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    instances::hide_silenced(db, &mut posts).await?;
    let parents: HashMap<PostId, Post> = {
        let here: HashMap<PostId, &Post> = posts.iter().map(|p| (p.id, p)).collect();
        let mut missing = Vec::new();
        let mut found = HashMap::new();
        for parent in posts.iter().filter_map(|p| p.reply_to_id) {
            match here.get(&parent) {
                Some(post) => {
                    found.insert(parent, (*post).clone());
                }
                None => missing.push(parent),
            }
        }
        if !missing.is_empty() {
            for post in post::Entity::find()
                .filter(post::Column::Id.is_in(missing))
                .all(db)
                .await?
            {
                found.insert(post.id, post);
            }
        }
        found
    };
    let actors = actors::by_ids(
        db,
        posts
            .iter()
            .map(|p| p.author_id)
            .chain(parents.values().map(|p| p.author_id)),
    )
    .await?;
    let ids: Vec<PostId> = posts.iter().map(|p| p.id).collect();
    let (liked, bookmarked) = match viewer.actor_id() {
        Some(actor) => (
            votes::liked(db, actor, &ids).await?,
            bookmarks::among(db, actor, &ids).await?,
        ),
        None => (Vec::new(), Vec::new()),
    };
    let asking = posts.iter().filter(|p| polls::asks(p) && !is_gone(p));
    let asking: Vec<PostId> = asking.map(|p| p.id).collect();
    let mut polls = polls::of_posts(db, viewer, &asking).await?;
    Ok(posts
        .into_iter()
        .filter_map(|post| {
            let reply_to = post
                .reply_to_id
                .and_then(|id| parents.get(&id))
                .filter(|parent| parent.reply_to_id.is_some())
                .and_then(|parent| {
                    Some(ReplyTo {
                        id: parent.id,
                        number: parent.number,
                        author: actors.get(&parent.author_id)?.clone(),
                    })
                });
            Some(PostView {
                author: actors.get(&post.author_id)?.clone(),
                liked: liked.contains(&post.id),
                bookmarked: bookmarked.contains(&post.id),
                poll: polls.remove(&post.id),
                reply_to,
                post,
            })
        })
        .collect())
}
