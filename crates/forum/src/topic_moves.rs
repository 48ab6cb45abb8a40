//! Topics that go elsewhere: into another category, into another topic, or apart. Addresses keep leading to where the posts
//! are: a topic that was merged leads to the other one, and posts keep their own.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use crate::categories::{self, Category};
use crate::circles;
use crate::db::entity::{draft, notification, post, report, search_doc, topic, topic_tag};
use crate::id::{self, ActorId, PostId, TopicId};
use crate::moderation::{self, Target};
use crate::text::{sanitize, title};
use crate::{
    Error, Event, Kind, Origin, Post, Read, Result, Topic, Tx, Viewer, actors, bans, policy, posts,
    search, topic_follows, topics,
};

/// Topics that lead to one another, at most.
const MAX_STEPS: usize = 16;

/// By the ActivityPub id of the conversation; of one that was merged, the topic where its posts are.
pub async fn by_uri(db: &impl Read, uri: &str) -> Result<Option<Topic>> {
    let found = topic::Entity::find()
        .filter(topic::Column::Uri.eq(uri))
        .one(db)
        .await?;
    match found {
        Some(topic) => Ok(Some(where_it_is(db, topic).await?)),
        None => Ok(None),
    }
}

/// The topic where the posts of this one are: itself, unless it was merged.
pub async fn where_it_is(db: &impl Read, topic: Topic) -> Result<Topic> {
    let mut at = topic;
    for _ in 0..MAX_STEPS {
        match at.merged_into_id {
            Some(into) => at = topics::by_id(db, into).await?,
            None => break,
        }
    }
    Ok(at)
}

/// The topic where the posts of this one are, if the viewer may read both.
pub async fn readable(db: &impl Read, viewer: &Viewer, id: TopicId) -> Result<Topic> {
    let topic = topics::readable(db, viewer, id).await?;
    if topic.merged_into_id.is_none() {
        return Ok(topic);
    }
    let at = where_it_is(db, topic).await?;
    topics::readable(db, viewer, at.id).await
}

/// Whether what stands in a topic may go to a category: not from one that isn't for everybody to another one, nor the
/// other way round. Whoever may not read it there has it already, or its address.
pub async fn keeps_readers(db: &impl Read, topic: &Topic, to: ActorId) -> Result<bool> {
    if topic.category_id == to {
        return Ok(true);
    }
    let both = actors::by_ids(db, [topic.category_id, to]).await?;
    Ok(!both.values().any(circles::is_closed))
}

fn check_present(topic: &Topic) -> Result<()> {
    if topic.deleted_at.is_some() || topic.removed_at.is_some() || topic.opening_post_id.is_none() {
        Err(Error::Gone(Kind::Topic))
    } else {
        Ok(())
    }
}

/// What can be read of some posts.
fn visible(posts: &[Post]) -> i32 {
    let read = posts
        .iter()
        .filter(|post| post.deleted_at.is_none() && post.removed_at.is_none());
    i32::try_from(read.count()).unwrap_or(i32::MAX)
}

async fn all_posts(tx: &Tx, topic: TopicId) -> Result<Vec<Post>> {
    Ok(post::Entity::find()
        .filter(post::Column::TopicId.eq(topic))
        .order_by_asc(post::Column::Number)
        .all(tx.c())
        .await?)
}

/// Moves a topic into another category. One that is there already stays as it is. Into a category elsewhere, a topic that
/// was opened here waits until that category announces it.
pub async fn relocate(
    tx: &Tx,
    viewer: &Viewer,
    topic: Topic,
    to: &Category,
    reason: &str,
    origin: Origin,
) -> Result<Topic> {
    let topic = topics::hold(tx, topic.id).await?;
    if topic.category_id == to.id() {
        return Ok(topic);
    }
    policy::topics::can_move(viewer, &topic, to)?;
    if !keeps_readers(tx.c(), &topic, to.id()).await? {
        return Err(Error::field("category", "closed"));
    }
    bans::check(tx, viewer, to.id()).await?;
    check_present(&topic)?;
    let reason = sanitize::clean_title(reason);
    let from = topic.category_id;
    let count = visible(&all_posts(tx, topic.id).await?);
    categories::count(tx, from, -1, -count, false).await?;
    categories::count(tx, to.id(), 1, count, true).await?;
    let opener = topics::opening_post(tx.c(), &topic).await?;
    let waits = !to.actor.local && opener.local && origin.is_local();
    let uri = match &topic.uri {
        None if to.actor.local => Some(tx.config().local_url(&format!("/t/{}", topic.id)).into()),
        known => known.clone(),
    };
    let mut row = topic.into_active_model();
    row.category_id = Set(to.id());
    row.local = Set(to.actor.local);
    row.pinned_at = Set(None);
    row.uri = Set(uri);
    row.confirmed_at = Set((!waits).then(|| tx.now()));
    let topic = row.update(tx.c()).await?;
    search_doc::Entity::update_many()
        .col_expr(search_doc::Column::CategoryId, Expr::value(to.id()))
        .filter(search_doc::Column::TopicId.eq(topic.id))
        .exec(tx.c())
        .await?;
    hand_over_reports(tx, topic.id, to.id()).await?;
    moderation::log(tx, viewer, "move", Target::Topic(&topic), &reason).await?;
    tx.emit(Event::TopicMoved {
        topic: topic.id,
        from,
        to: to.id(),
        moderator: viewer.actor_id(),
        reason,
        origin,
    });
    Ok(topic)
}

/// Open reports about a topic's posts are for those who moderate them now.
async fn hand_over_reports(tx: &Tx, topic: TopicId, category: ActorId) -> Result<()> {
    let posts = Query::select()
        .column(post::Column::Id)
        .from(post::Entity)
        .and_where(post::Column::TopicId.eq(topic))
        .to_owned();
    report::Entity::update_many()
        .col_expr(report::Column::CategoryId, Expr::value(category))
        .filter(report::Column::ResolvedAt.is_null())
        .filter(report::Column::PostId.in_subquery(posts))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Puts all posts of a topic behind those of another one; the first answers the other's opening post. The emptied topic
/// leads to the other. Errs (`field`) when both are the same.
pub async fn merge(
    tx: &Tx,
    viewer: &Viewer,
    from: Topic,
    into: Topic,
    reason: &str,
) -> Result<Topic> {
    // In one order, so that two mergers never wait for each other.
    let (first, second) = if from.id < into.id {
        (from.id, into.id)
    } else {
        (into.id, from.id)
    };
    if first == second {
        return Err(Error::field("target", "mismatch"));
    }
    let (first, second) = (
        topics::hold(tx, first).await?,
        topics::hold(tx, second).await?,
    );
    let (from, into) = if first.id == from.id {
        (first, second)
    } else {
        (second, first)
    };
    policy::topics::can_rearrange(viewer, &from)?;
    policy::topics::can_rearrange(viewer, &into)?;
    check_present(&from)?;
    check_present(&into)?;
    if !keeps_readers(tx.c(), &from, into.category_id).await? {
        return Err(Error::field("target", "closed"));
    }
    let reason = sanitize::clean_title(reason);
    let above = topics::opening_post(tx.c(), &into).await?;
    let moved = all_posts(tx, from.id).await?;
    let count = visible(&moved);
    let offset = into.next_number - 1;
    post::Entity::update_many()
        .col_expr(post::Column::TopicId, Expr::value(into.id))
        .col_expr(
            post::Column::Number,
            Expr::col(post::Column::Number).add(offset),
        )
        .filter(post::Column::TopicId.eq(from.id))
        .exec(tx.c())
        .await?;
    if let Some(opening) = from.opening_post_id {
        answer(tx, opening, above.id).await?;
        posts::count_direct(tx, above.id, 1).await?;
    }
    categories::count(tx, from.category_id, -1, -count, false).await?;
    categories::count(tx, into.category_id, 0, count, true).await?;
    let category = into.category_id;
    let mut row = into.clone().into_active_model();
    row.reply_count = Set(into.reply_count + count);
    row.next_number = Set(offset + from.next_number);
    row.last_activity_at = Set(into.last_activity_at.latest(from.last_activity_at));
    let into = row.update(tx.c()).await?;
    let opening = from.opening_post_id;
    let id = from.id;
    let mut row = from.into_active_model();
    row.opening_post_id = Set(None);
    row.answer_post_id = Set(None);
    row.answer_uri = Set(None);
    row.pinned_at = Set(None);
    row.reply_count = Set(0);
    row.like_count = Set(0);
    row.next_number = Set(1);
    row.merged_into_id = Set(Some(into.id));
    let from = row.update(tx.c()).await?;
    topic_tag::Entity::delete_many()
        .filter(topic_tag::Column::TopicId.eq(id))
        .exec(tx.c())
        .await?;
    topic_follows::go_along(tx, id, into.id).await?;
    notification::Entity::update_many()
        .col_expr(notification::Column::TopicId, Expr::value(into.id))
        .filter(notification::Column::TopicId.eq(id))
        .exec(tx.c())
        .await?;
    draft::Entity::update_many()
        .col_expr(draft::Column::TopicId, Expr::value(into.id))
        .filter(draft::Column::TopicId.eq(id))
        .exec(tx.c())
        .await?;
    search_doc::Entity::update_many()
        .col_expr(search_doc::Column::TopicId, Expr::value(into.id))
        .col_expr(search_doc::Column::CategoryId, Expr::value(category))
        .filter(search_doc::Column::TopicId.eq(id))
        .exec(tx.c())
        .await?;
    if let Some(opening) = opening {
        let opening = posts::by_id(tx.c(), opening).await?;
        posts::index(tx, &into, &opening, &[]).await?;
    }
    hand_over_reports(tx, into.id, category).await?;
    let why = format!("{} → {}: {reason}", from.title, into.title);
    moderation::log(tx, viewer, "merge", Target::Topic(&into), &why).await?;
    tx.emit(Event::PostsMoved {
        posts: moved.iter().map(|post| post.id).collect(),
    });
    Ok(into)
}

async fn answer(tx: &Tx, post: PostId, parent: PostId) -> Result<()> {
    post::Entity::update_many()
        .col_expr(post::Column::ReplyToId, Expr::value(parent))
        .filter(post::Column::Id.eq(post))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// What goes along with a post that opens a topic of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// The answers to it, and the answers to those.
    Answers,
    /// Everything that came after it.
    Following,
}

/// Makes a topic of its own out of a reply and what goes along with it, in the same category. Errs (`field`) when the
/// title can't be one.
pub async fn split(
    tx: &Tx,
    viewer: &Viewer,
    post: &Post,
    title: &str,
    along: Along,
    reason: &str,
) -> Result<Topic> {
    let old = topics::hold(tx, post.topic_id).await?;
    policy::topics::can_rearrange(viewer, &old)?;
    check_present(&old)?;
    let mut errors = Vec::new();
    let heading = topics::check_title(title, &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let all = all_posts(tx, old.id).await?;
    let first = all
        .iter()
        .find(|one| one.id == post.id)
        .ok_or(Error::NotFound(Kind::Post))?
        .clone();
    if Some(first.id) == old.opening_post_id
        || first.deleted_at.is_some()
        || first.removed_at.is_some()
    {
        return Err(Error::field("post", "unknown"));
    }
    let reason = sanitize::clean_title(reason);
    let chosen = chosen(&all, &first, along);
    let moved: Vec<Post> = all
        .into_iter()
        .filter(|one| chosen.contains(&one.id))
        .collect();
    let count = visible(&moved);
    let id: TopicId = id::mint(tx.now());
    let last = moved
        .iter()
        .map(|one| one.created_at)
        .fold(first.created_at, crate::Timestamp::latest);
    let new = topic::ActiveModel {
        id: Set(id),
        category_id: Set(old.category_id),
        author_id: Set(first.author_id),
        opening_post_id: Set(Some(first.id)),
        kind: Set(old.kind),
        slug: Set(title::slug(&heading)),
        title: Set(heading),
        title_edited: Set(true),
        language: Set(first.language.clone()),
        uri: Set(Some(tx.config().local_url(&format!("/t/{id}")).to_string())),
        local: Set(true),
        created_at: Set(first.created_at),
        last_activity_at: Set(last),
        reply_count: Set(count - 1),
        like_count: Set(first.like_count),
        next_number: Set(i32::try_from(moved.len()).unwrap_or(i32::MAX - 1) + 1),
        locked_at: Set(None),
        pinned_at: Set(None),
        answer_post_id: Set(None),
        answer_uri: Set(None),
        official_at: Set(None),
        confirmed_at: Set(Some(tx.now())),
        deleted_at: Set(None),
        removed_at: Set(None),
        merged_into_id: Set(None),
    }
    .insert(tx.c())
    .await?;
    renumber(tx, &new, &first, &moved, &chosen).await?;
    let mut row = old.clone().into_active_model();
    row.reply_count = Set(old.reply_count - count);
    if old
        .answer_post_id
        .is_some_and(|answer| chosen.contains(&answer))
    {
        row.answer_post_id = Set(None);
    }
    row.update(tx.c()).await?;
    categories::count(tx, old.category_id, 1, 0, true).await?;
    for chunk in moved.chunks(500) {
        let ids: Vec<PostId> = chunk.iter().map(|one| one.id).collect();
        notification::Entity::update_many()
            .col_expr(notification::Column::TopicId, Expr::value(id))
            .filter(notification::Column::PostId.is_in(ids.iter().copied()))
            .exec(tx.c())
            .await?;
        search_doc::Entity::update_many()
            .col_expr(search_doc::Column::TopicId, Expr::value(id))
            .filter(search_doc::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .exec(tx.c())
            .await?;
    }
    let first = posts::by_id(tx.c(), first.id).await?;
    search::remove(tx, first.id.0).await?;
    posts::index_new(tx, &new, &first, &[]).await?;
    let why = format!("{} → {}: {reason}", old.title, new.title);
    moderation::log(tx, viewer, "split", Target::Topic(&new), &why).await?;
    tx.emit(Event::PostsMoved {
        posts: moved.iter().map(|one| one.id).collect(),
    });
    Ok(new)
}

/// The post and what goes along with it.
fn chosen(all: &[Post], first: &Post, along: Along) -> HashSet<PostId> {
    let mut chosen = HashSet::from([first.id]);
    match along {
        Along::Following => {
            let after = all.iter().filter(|one| one.number > first.number);
            chosen.extend(after.map(|one| one.id));
        }
        Along::Answers => {
            let mut answers: HashMap<PostId, Vec<PostId>> = HashMap::new();
            for one in all {
                if let Some(parent) = one.reply_to_id {
                    answers.entry(parent).or_default().push(one.id);
                }
            }
            let mut next = vec![first.id];
            while let Some(parent) = next.pop() {
                for answer in answers.get(&parent).into_iter().flatten() {
                    if chosen.insert(*answer) {
                        next.push(*answer);
                    }
                }
            }
        }
    }
    chosen
}

/// Gives the posts of a new topic their numbers, and those whose parent stayed behind the opening post as parent.
async fn renumber(
    tx: &Tx,
    new: &Topic,
    first: &Post,
    moved: &[Post],
    chosen: &HashSet<PostId>,
) -> Result<()> {
    let others = moved.iter().filter(|one| one.id != first.id);
    let mut number = 0;
    for one in std::iter::once(first).chain(others) {
        number += 1;
        let read = one.deleted_at.is_none() && one.removed_at.is_none();
        let stays = one.reply_to_id.filter(|parent| !chosen.contains(parent));
        let mut row = one.clone().into_active_model();
        row.topic_id = Set(new.id);
        row.number = Set(number);
        if one.id == first.id {
            row.reply_to_id = Set(None);
            if one.local && one.object_type == "Note" {
                row.object_type = Set("Article".to_owned());
            }
        } else if stays.is_some() || one.reply_to_id.is_none() {
            row.reply_to_id = Set(Some(first.id));
        }
        row.update(tx.c()).await?;
        if let (true, Some(parent)) = (read, stays) {
            posts::count_direct(tx, parent, -1).await?;
            if one.id != first.id {
                posts::count_direct(tx, first.id, 1).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
