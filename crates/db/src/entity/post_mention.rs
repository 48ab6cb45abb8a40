//! Who is mentioned in a post.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, PostId};

/// A row of `post_mentions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "post_mentions")]
pub struct Model {
    /// Which post.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post_id: PostId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: ActorId,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
