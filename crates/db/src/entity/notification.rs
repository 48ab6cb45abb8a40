//! Something that a person should know.

use sea_orm::entity::prelude::*;

use super::kinds::NotificationKind;
use crate::id::{ActorId, NotificationId, PostId, TopicId};
use crate::time::Timestamp;

/// A row of `notifications`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    /// Whom to tell.
    pub person_id: ActorId,
    /// What happened.
    pub kind: NotificationKind,
    /// Who did it.
    pub actor_id: ActorId,
    /// Where.
    pub topic_id: Option<TopicId>,
    /// Which post.
    pub post_id: Option<PostId>,
    /// When.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
