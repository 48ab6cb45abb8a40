//! A conversation that stayed different after a repair: not looked at again until one side changes.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `comparison_differences`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comparison_differences")]
pub struct Model {
    /// Which category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: ActorId,
    /// The other node.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub host: String,
    /// As in the digests.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub conversation: String,
    /// Digest there.
    #[sea_orm(column_type = "Text")]
    pub theirs: String,
    /// Digest here.
    #[sea_orm(column_type = "Text")]
    pub ours: String,
    /// When.
    pub seen_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
