//! An earlier version of a post.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, PostId, RevisionId};
use crate::time::Timestamp;

/// A row of `revisions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revisions")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RevisionId,
    /// Which post.
    pub post_id: PostId,
    /// Who replaced this version.
    pub editor_id: ActorId,
    /// Title that the topic had.
    #[sea_orm(column_type = "Text", nullable)]
    pub title: Option<String>,
    /// Markdown that the post had.
    #[sea_orm(column_type = "Text", nullable)]
    pub content_source: Option<String>,
    /// HTML that the post had.
    #[sea_orm(column_type = "Text")]
    pub content_html: String,
    /// When this version was written.
    pub written_at: Timestamp,
    /// When it was replaced.
    pub replaced_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
