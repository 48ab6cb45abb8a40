//! Who moderates a category.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `category_moderators`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category_moderators")]
pub struct Model {
    /// Which category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: ActorId,
    /// Who, local or remote.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: ActorId,
    /// Since when.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
