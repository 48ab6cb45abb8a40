//! What a 256th of a category's conversations hold, in short.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;

/// A row of `range_digests`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "range_digests")]
pub struct Model {
    /// Which category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: ActorId,
    /// First byte of the conversations in it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i32,
    /// In hex.
    #[sea_orm(column_type = "Text")]
    pub digest: String,
    /// How many conversations something can be read in.
    pub conversations: i64,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
