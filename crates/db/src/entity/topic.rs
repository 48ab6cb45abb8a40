//! A discussion in a category.

use sea_orm::entity::prelude::*;

use super::kinds::TopicKind;
use crate::id::{ActorId, PostId, TopicId};
use crate::time::Timestamp;

/// A row of `topics`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "topics")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TopicId,
    /// Where it lives.
    pub category_id: ActorId,
    /// Who opened it.
    pub author_id: ActorId,
    /// Its first post.
    pub opening_post_id: Option<PostId>,
    /// Discussion, question or practice.
    pub kind: TopicKind,
    /// Plain text, at most 200 characters.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Somebody chose the title: it is no longer derived from the text.
    pub title_edited: bool,
    /// For the address.
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    /// BCP 47 tag of the opening post.
    #[sea_orm(column_type = "Text", nullable)]
    pub language: Option<String>,
    /// The conversation's ActivityPub id.
    #[sea_orm(unique, column_type = "Text", nullable)]
    pub uri: Option<String>,
    /// True when the category is ours.
    pub local: bool,
    /// When the opening post was published.
    pub created_at: Timestamp,
    /// Last new post.
    pub last_activity_at: Timestamp,
    /// Replies that can be read.
    pub reply_count: i32,
    /// Likes of the opening post.
    pub like_count: i32,
    /// Number that the next post gets.
    pub next_number: i32,
    /// Takes no replies since.
    pub locked_at: Option<Timestamp>,
    /// Shown first since.
    pub pinned_at: Option<Timestamp>,
    /// The accepted answer.
    pub answer_post_id: Option<PostId>,
    /// ActivityPub id of the accepted answer, as the asker's server names it, be it here or not.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer_uri: Option<String>,
    /// When one of its posts was last marked as an official answer.
    pub official_at: Option<Timestamp>,
    /// For remote categories: when the category announced it.
    pub confirmed_at: Option<Timestamp>,
    /// Opening post deleted by its author.
    pub deleted_at: Option<Timestamp>,
    /// Removed by moderation.
    pub removed_at: Option<Timestamp>,
    /// The topic that its posts went to: this one is empty, and leads there.
    pub merged_into_id: Option<TopicId>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
