//! The choices of a poll, with how many chose them. The question is the post.

use sea_orm::entity::prelude::*;

use crate::id::PostId;
use crate::time::Timestamp;

/// A row of `polls`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "polls")]
pub struct Model {
    /// The post that asks.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post_id: PostId,
    /// More than one may be chosen.
    pub multiple: bool,
    /// JSON array of the choices, as `parvis-forum` reads it (`polls::Choice`).
    #[sea_orm(column_type = "Text")]
    pub options: String,
    /// How many people voted, when it is known.
    pub voters: Option<i32>,
    /// Takes no votes from then on.
    pub ends_at: Option<Timestamp>,
    /// Was closed.
    pub closed_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
