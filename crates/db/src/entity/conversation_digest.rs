//! What a conversation holds, in short, to be compared with another node's.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, TopicId};

/// A row of `conversation_digests`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation_digests")]
pub struct Model {
    /// Which topic.
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: TopicId,
    /// Its category when the digest was made.
    pub category_id: ActorId,
    /// SHA-256 of the id of its opening post, in hex.
    #[sea_orm(column_type = "Text")]
    pub conversation: String,
    /// Digest of what can be read in it, in hex; zeros when nothing can.
    #[sea_orm(column_type = "Text")]
    pub digest: String,
    /// Something in it changed since. Set by triggers.
    pub stale: bool,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
