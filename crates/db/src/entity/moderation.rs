//! The moderation log.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, ModerationId, PostId, TopicId};
use crate::time::Timestamp;

/// A row of `moderation_actions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "moderation_actions")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ModerationId,
    /// Who; none for the node itself.
    pub moderator_id: Option<ActorId>,
    /// `remove`, `restore`, `lock`, `unlock`, `pin`, `unpin`, `suspend`, `unsuspend`…
    #[sea_orm(column_type = "Text")]
    pub action: String,
    /// On which post.
    pub post_id: Option<PostId>,
    /// On which topic.
    pub topic_id: Option<TopicId>,
    /// On which account.
    pub actor_id: Option<ActorId>,
    /// Plain text.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// When.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
