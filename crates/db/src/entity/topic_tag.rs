//! Tags of a topic.

use sea_orm::entity::prelude::*;

use crate::id::TopicId;

/// A row of `topic_tags`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "topic_tags")]
pub struct Model {
    /// Which topic.
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic_id: TopicId,
    /// Lower case, without `#`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub tag: String,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
