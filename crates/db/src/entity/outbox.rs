//! Log of what leaves: one row an activity, whoever receives it.

use sea_orm::entity::prelude::*;

use super::kinds::Reach;
use crate::id::{ActorId, PostId, Seq};
use crate::time::Timestamp;

/// A row of `outbox`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Place in the log; visible in commit order.
    #[sea_orm(primary_key)]
    pub seq: Seq,
    /// Id of the activity.
    #[sea_orm(unique, column_type = "Text")]
    pub activity_uri: String,
    /// Who signs it.
    pub actor_id: ActorId,
    /// Activities with one key are delivered in order (the conversation).
    pub ordering_key: i64,
    /// Followers of this actor receive it.
    pub audience_id: Option<ActorId>,
    /// Which kinds of servers among them.
    pub reach: Reach,
    /// Type, for the evidence.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Which post it carries.
    pub post_id: Option<PostId>,
    /// What is sent, byte for byte.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// When.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
