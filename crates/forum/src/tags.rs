//! Tags of topics, across categories. Setting them belongs to `topics`.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, Func, Query};
use sea_orm::{
    ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use crate::circles::Sight;
use crate::db::entity::{topic, topic_tag};
use crate::id::{ActorId, TopicId};
use crate::{Read, Result, Timestamp};

/// A tag and how many topics that can be read have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Lower case, without `#`.
    pub tag: String,
    /// Topics.
    pub topics: u64,
}

/// Topics that have one of these tags, which are written as they are kept.
pub(crate) fn any_of(tags: &[String]) -> Expr {
    topic::Column::Id.in_subquery(
        Query::select()
            .column(topic_tag::Column::TopicId)
            .from(topic_tag::Entity)
            .and_where(topic_tag::Column::Tag.is_in(tags.iter().map(String::as_str)))
            .to_owned(),
    )
}

/// The tags of topics, of each in alphabetical order.
pub async fn of_topics(
    db: &impl Read,
    topics: impl IntoIterator<Item = TopicId>,
) -> Result<HashMap<TopicId, Vec<String>>> {
    let mut tags: HashMap<TopicId, Vec<String>> = HashMap::new();
    for row in finding(topics).all(db).await? {
        tags.entry(row.topic_id).or_default().push(row.tag);
    }
    Ok(tags)
}

/// The tags of topics, in alphabetical order.
pub(crate) fn finding(topics: impl IntoIterator<Item = TopicId>) -> Select<topic_tag::Entity> {
    topic_tag::Entity::find()
        .filter(topic_tag::Column::TopicId.is_in(topics))
        .order_by_asc(topic_tag::Column::Tag)
}

/// Topics whose tags are counted: the last active ones.
const RECENT: u64 = 1_000;

/// The tags of most of the last active topics, as far as they were active since `since`, at most `limit`.
pub async fn top(
    db: &impl Read,
    sight: &Sight,
    since: Option<Timestamp>,
    limit: u64,
) -> Result<Vec<Tag>> {
    let since = since.map(|since| topic::Column::LastActivityAt.gte(since));
    most_used(db, sight, Condition::all().add_option(since), limit).await
}

/// The tags of most of the last active topics of these categories, at most `limit`.
pub async fn of_categories(
    db: &impl Read,
    sight: &Sight,
    categories: &[ActorId],
    limit: u64,
) -> Result<Vec<Tag>> {
    let these = topic::Column::CategoryId.is_in(categories.iter().copied());
    most_used(db, sight, Condition::all().add(these), limit).await
}

async fn most_used(
    db: &impl Read,
    sight: &Sight,
    which: Condition,
    limit: u64,
) -> Result<Vec<Tag>> {
    let count = || {
        Expr::expr(Func::count(Expr::col((
            topic_tag::Entity,
            topic_tag::Column::TopicId,
        ))))
    };
    let active = topic::Entity::find()
        .select_only()
        .column(topic::Column::Id)
        .filter(topic::Column::DeletedAt.is_null())
        .filter(topic::Column::RemovedAt.is_null())
        .filter(which)
        .filter(sight.of_categories((topic::Entity, topic::Column::CategoryId)))
        .order_by_desc(topic::Column::LastActivityAt)
        .order_by_desc(topic::Column::Id)
        .limit(RECENT)
        .into_query();
    let rows: Vec<(String, i64)> = topic_tag::Entity::find()
        .select_only()
        .column(topic_tag::Column::Tag)
        .column_as(count(), "topics")
        .filter(topic_tag::Column::TopicId.in_subquery(active))
        .group_by(topic_tag::Column::Tag)
        .order_by(count(), Order::Desc)
        .order_by_asc(topic_tag::Column::Tag)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(tag, topics)| Tag {
            tag,
            topics: u64::try_from(topics).unwrap_or_default(),
        })
        .collect())
}
