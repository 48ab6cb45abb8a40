//! A post that a person keeps for later.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, PostId};
use crate::time::Timestamp;

/// A row of `bookmarks`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bookmarks")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: ActorId,
    /// What.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post_id: PostId,
    /// When.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
