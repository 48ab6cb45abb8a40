//! A file that somebody attached to a post, or is about to.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, DraftId, MediaId, PostId};
use crate::time::Timestamp;

/// A row of `media`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MediaId,
    /// Who sent it.
    pub owner_id: ActorId,
    /// The post that it is attached to; none while it waits.
    pub post_id: Option<PostId>,
    /// The draft that it waits with.
    pub draft_id: Option<DraftId>,
    /// Place among the attachments of its post, from 0.
    pub position: i32,
    /// Name under `/media/` and in the storage: ours, from its content.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What its owner called it, cleaned; only shown.
    #[sea_orm(column_type = "Text")]
    pub file_name: String,
    /// True for a picture, false for a document.
    pub image: bool,
    /// Media type, found from its bytes.
    #[sea_orm(column_type = "Text")]
    pub media_type: String,
    /// SHA-256 of what is stored, in hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
    /// Bytes stored.
    pub size: i64,
    /// Width of a picture, in pixels.
    pub width: Option<i32>,
    /// Height of a picture, in pixels.
    pub height: Option<i32>,
    /// What it shows, for those who don't see it; empty when nothing was said.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Its owner says that the picture only decorates: no description is missing.
    pub decorative: bool,
    /// When it was sent.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
