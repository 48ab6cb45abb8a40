//! What the search reads: stems, not text.

use sea_orm::entity::prelude::*;

use super::kinds::SearchKind;
use crate::id::{ActorId, TopicId};
use crate::time::Timestamp;

/// A row of `search_docs`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_docs")]
pub struct Model {
    /// Id of the post, actor or category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// What it is.
    pub kind: SearchKind,
    /// Topic of a post.
    pub topic_id: Option<TopicId>,
    /// Category of a post.
    pub category_id: Option<ActorId>,
    /// Author of a post.
    pub author_id: Option<ActorId>,
    /// BCP 47 tag.
    #[sea_orm(column_type = "Text", nullable)]
    pub language: Option<String>,
    /// For sorting.
    pub created_at: Timestamp,
    /// Stems of the title.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Stems of the text.
    #[sea_orm(column_type = "Text")]
    pub body: String,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
