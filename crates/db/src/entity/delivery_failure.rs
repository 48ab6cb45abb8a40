//! A delivery given up, and why.

use sea_orm::entity::prelude::*;

use crate::id::{DestinationId, Seq};
use crate::time::Timestamp;

/// A row of `delivery_failures`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery_failures")]
pub struct Model {
    /// Which activity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: Seq,
    /// Where to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub destination_id: DestinationId,
    /// HTTP status, if there was one.
    pub status: Option<i32>,
    /// In words.
    #[sea_orm(column_type = "Text")]
    pub error: String,
    /// When.
    pub created_at: Timestamp,
    /// What an administrator decided: `retried` or `dropped`.
    #[sea_orm(column_type = "Text", nullable)]
    pub decision: Option<String>,
    /// When that was.
    pub decided_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
