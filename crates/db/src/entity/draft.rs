//! What somebody began to write and did not publish yet.

use sea_orm::entity::prelude::*;

use super::kinds::TopicKind;
use crate::id::{ActorId, DraftId, PostId, TopicId};
use crate::time::Timestamp;

/// A row of `drafts`: of a topic when it has a category, of a change when it has a post, else of a reply.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "drafts")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DraftId,
    /// Whose.
    pub person_id: ActorId,
    /// Where a topic is to be opened.
    pub category_id: Option<ActorId>,
    /// The topic that is replied in, or whose post is changed.
    pub topic_id: Option<TopicId>,
    /// The post that is changed.
    pub post_id: Option<PostId>,
    /// The post that is answered.
    pub reply_to_id: Option<PostId>,
    /// Title of a topic.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Kind of a topic.
    pub kind: TopicKind,
    /// Tags as they were typed, separated by commas.
    #[sea_orm(column_type = "Text")]
    pub tags: String,
    /// Language tag; empty when not said.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// Markdown.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last saved.
    pub updated_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
