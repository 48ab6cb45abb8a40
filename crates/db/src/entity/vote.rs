//! A like or a dislike: one per post and actor.

use sea_orm::entity::prelude::*;

use super::kinds::VoteKind;
use crate::id::{ActorId, PostId};
use crate::time::Timestamp;

/// A row of `votes`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "votes")]
pub struct Model {
    /// Which post.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post_id: PostId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: ActorId,
    /// Like or dislike.
    pub kind: VoteKind,
    /// The emoji that came with a like.
    #[sea_orm(column_type = "Text", nullable)]
    pub reaction: Option<String>,
    /// Id of the activity.
    #[sea_orm(column_type = "Text", nullable)]
    pub uri: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
