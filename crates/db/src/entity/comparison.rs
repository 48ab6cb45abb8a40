//! A category that this node shares with another one, and what came of comparing it last.

use sea_orm::entity::prelude::*;

use super::kinds::Comparison;
use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `comparisons`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comparisons")]
pub struct Model {
    /// The category: one of the other node, which we compare, or one of ours, which the other node compares.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: ActorId,
    /// The other node.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub host: String,
    /// Where its digests are; empty when its document names none.
    #[sea_orm(column_type = "Text", nullable)]
    pub endpoint: Option<String>,
    /// When that was read.
    pub endpoint_at: Option<Timestamp>,
    /// Actor with whose key the other node compared ours last.
    #[sea_orm(column_type = "Text", nullable)]
    pub asker: Option<String>,
    /// Not compared again before.
    pub next_at: Timestamp,
    /// Somebody compares until then.
    pub lease_until: Option<Timestamp>,
    /// When it was compared last.
    pub compared_at: Option<Timestamp>,
    /// What came of it.
    pub outcome: Option<Comparison>,
    /// Posts that were fetched, changed or taken away here.
    pub found: i32,
    /// Posts that were sent again.
    pub sent: i32,
    /// Conversations that still differ.
    pub remaining: i32,
    /// Requests that it took.
    pub requests: i32,
    /// Failures in a row.
    pub failures: i32,
    /// Why it failed.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
