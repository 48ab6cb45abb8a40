//! A message: the opening one of a topic or a reply.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, PostId, TopicId};
use crate::time::Timestamp;

/// A row of `posts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "posts")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PostId,
    /// Which topic.
    pub topic_id: TopicId,
    /// Who wrote it.
    pub author_id: ActorId,
    /// Place in the topic, given at arrival, never changed; the opening post is 1.
    pub number: i32,
    /// ActivityPub id.
    #[sea_orm(unique, column_type = "Text")]
    pub uri: String,
    /// Page for people, of remote posts.
    #[sea_orm(column_type = "Text", nullable)]
    pub url: Option<String>,
    /// True when written here.
    pub local: bool,
    /// The post that it answers; none for the opening post.
    pub reply_to_id: Option<PostId>,
    /// ActivityPub type; never changes.
    #[sea_orm(column_type = "Text")]
    pub object_type: String,
    /// Markdown, if known.
    #[sea_orm(column_type = "Text", nullable)]
    pub content_source: Option<String>,
    /// Sanitised.
    #[sea_orm(column_type = "Text")]
    pub content_html: String,
    /// Content warning.
    #[sea_orm(column_type = "Text", nullable)]
    pub warning: Option<String>,
    /// BCP 47 tag.
    #[sea_orm(column_type = "Text", nullable)]
    pub language: Option<String>,
    /// JSON array of what is attached, as `parvis-forum` reads it (`media::Attachment`).
    #[sea_orm(column_type = "Text")]
    pub attachments: String,
    /// JSON snapshot of the author's affiliation at the time.
    #[sea_orm(column_type = "Text", nullable)]
    pub affiliation: Option<String>,
    /// Id of the Create.
    #[sea_orm(column_type = "Text", nullable)]
    pub activity_uri: Option<String>,
    /// The Create as received, for redistribution.
    #[sea_orm(column_type = "Text", nullable)]
    pub activity: Option<String>,
    /// Published.
    pub created_at: Timestamp,
    /// First seen here.
    pub received_at: Timestamp,
    /// Last edit.
    pub edited_at: Option<Timestamp>,
    /// Deleted by its author.
    pub deleted_at: Option<Timestamp>,
    /// Removed by moderation.
    pub removed_at: Option<Timestamp>,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub removed_reason: Option<String>,
    /// What the category elsewhere said when it refused it, maybe nothing; none when it didn't refuse.
    #[sea_orm(column_type = "Text", nullable)]
    pub refused_reason: Option<String>,
    /// JSON of the mark of an official answer, as `parvis-forum` reads it (`officials::Official`).
    #[sea_orm(column_type = "Text", nullable)]
    pub official: Option<String>,
    /// JSON array of the reactions and their counts (`votes::Reaction`).
    #[sea_orm(column_type = "Text", nullable)]
    pub reactions: Option<String>,
    /// ActivityPub id of what it quotes; the row of `quotes` tells whether it may.
    #[sea_orm(column_type = "Text", nullable)]
    pub quote: Option<String>,
    /// Likes.
    pub like_count: i32,
    /// Dislikes, counted apart.
    pub dislike_count: i32,
    /// Direct replies that can be read.
    pub reply_count: i32,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
