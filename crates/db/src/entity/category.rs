//! A category: a Group actor and its place in the forum. Remote ones have a row too.

use sea_orm::entity::prelude::*;

use super::kinds::Readers;
use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `categories`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "categories")]
pub struct Model {
    /// The Group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: ActorId,
    /// Category above it.
    pub parent_id: Option<ActorId>,
    /// Markdown (local) or plain text (remote).
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Order among its siblings.
    pub position: i32,
    /// Replies are announced to microblogs as well.
    pub announce_replies: bool,
    /// Topics that can be read.
    pub topic_count: i32,
    /// Posts that can be read.
    pub post_count: i32,
    /// Last new post.
    pub last_activity_at: Option<Timestamp>,
    /// Read-only since.
    pub archived_at: Option<Timestamp>,
    /// Creation, or first seen here.
    pub created_at: Timestamp,
    /// Who reads it here, besides its moderators; none when everybody does, everywhere.
    pub readers: Option<Readers>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
