//! A conversation of a category elsewhere that is to be completed, or was.

use sea_orm::entity::prelude::*;

use super::kinds::QueueState;
use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `backfill_items`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "backfill_items")]
pub struct Model {
    /// The category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: ActorId,
    /// Id of the opening post, or of what leads to it.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub uri: String,
    /// The collection of its posts, where the category names one.
    #[sea_orm(column_type = "Text", nullable)]
    pub conversation: Option<String>,
    /// Order.
    pub position: i64,
    /// Where it is.
    pub state: QueueState,
    /// Tries so far.
    pub attempts: i32,
    /// Not before; of a done one, when that was.
    pub next_at: Timestamp,
    /// Last error.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
