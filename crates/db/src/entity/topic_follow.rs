//! What a person wants to be told of a topic.

use sea_orm::entity::prelude::*;

use super::kinds::FollowLevel;
use crate::id::{ActorId, TopicId};
use crate::time::Timestamp;

/// A row of `topic_follows`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "topic_follows")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: ActorId,
    /// Which topic.
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: TopicId,
    /// What they are told.
    pub level: FollowLevel,
    /// Since when.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
