//! How much there is: what a node says of itself to readers and to other servers.

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::circles::Sight;
use crate::db::entity::{post, topic};
use crate::{Read, Result, Timestamp, people};

/// Days of a month, and of half a year, as servers count them for each other.
const MONTH: i64 = 30;
const HALF_YEAR: i64 = 180;

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// People with an active account here.
    pub people: u64,
    /// Of these, here in the last 30 days.
    pub active_month: u64,
    /// Of these, here in the last 180 days.
    pub active_half_year: u64,
    /// Topics opened here that can be read.
    pub topics: u64,
    /// Replies written here that can be read.
    pub replies: u64,
}

/// Counts everything. Not for the hot path: the caller keeps the answer for a while.
pub async fn count(db: &impl Read, now: Timestamp) -> Result<Counts> {
    let (people, active_month) = people::count_active(db, now.plus_days(-MONTH)).await?;
    let (_, active_half_year) = people::count_active(db, now.plus_days(-HALF_YEAR)).await?;
    let here = post::Entity::find()
        .filter(post::Column::Local.eq(true))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .filter(Sight::default().of_topics((post::Entity, post::Column::TopicId)));
    let opening = Query::select()
        .column(topic::Column::OpeningPostId)
        .from(topic::Entity)
        .and_where(topic::Column::OpeningPostId.is_not_null())
        .to_owned();
    let posts = here.clone().count(db).await?;
    let topics = here
        .filter(post::Column::Id.in_subquery(opening))
        .count(db)
        .await?;
    Ok(Counts {
        people,
        active_month,
        active_half_year,
        topics,
        replies: posts.saturating_sub(topics),
    })
}
