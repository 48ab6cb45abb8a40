//! How far the past of a category elsewhere is read.

use sea_orm::entity::prelude::*;

use super::kinds::BackfillStage;
use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `backfills`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "backfills")]
pub struct Model {
    /// The category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: ActorId,
    /// Authority of its server: one category of a server is read at a time.
    #[sea_orm(column_type = "Text")]
    pub host: String,
    /// Where it is.
    pub stage: BackfillStage,
    /// The page of its outbox that is read next.
    #[sea_orm(column_type = "Text", nullable)]
    pub next_page: Option<String>,
    /// Pages read since it began.
    pub pages: i64,
    /// Topics in all, as its server says.
    pub total: Option<i64>,
    /// Posts that were stored since it began.
    pub posts: i64,
    /// Failures in a row of the whole, after which it waits.
    pub failures: i32,
    /// Why it waits, or what ended it.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    /// When the whole is to be read, again or for the first time; none when nobody wants it.
    pub due_at: Option<Timestamp>,
    /// Nothing is asked before.
    pub not_before: Option<Timestamp>,
    /// When the reading that goes on, or the last one, began.
    pub started_at: Option<Timestamp>,
    /// When it was read to its end the last time.
    pub finished_at: Option<Timestamp>,
    /// Which worker has it.
    #[sea_orm(column_type = "Text", nullable)]
    pub lease_owner: Option<String>,
    /// Until when.
    pub lease_until: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
