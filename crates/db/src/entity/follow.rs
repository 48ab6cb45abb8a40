//! Who follows whom or which category.

use sea_orm::entity::prelude::*;

use super::kinds::FollowState;
use crate::id::{ActorId, FollowId};
use crate::time::Timestamp;

/// A row of `follows`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follows")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FollowId,
    /// Who follows.
    pub follower_id: ActorId,
    /// Who or what is followed.
    pub followed_id: ActorId,
    /// Pending until accepted.
    pub state: FollowState,
    /// Id of the Follow.
    #[sea_orm(unique, column_type = "Text")]
    pub uri: String,
    /// The Follow as received, for the Accept.
    #[sea_orm(column_type = "Text", nullable)]
    pub activity: Option<String>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
