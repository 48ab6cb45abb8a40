//! What somebody chose in a poll.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, PostId};
use crate::time::Timestamp;

/// A row of `poll_votes`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "poll_votes")]
pub struct Model {
    /// Which poll.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post_id: PostId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: ActorId,
    /// Place of the choice in the list, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub choice: i32,
    /// When.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
