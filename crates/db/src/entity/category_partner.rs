//! A node whose people read a closed category of ours.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;

/// A row of `category_partners`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category_partners")]
pub struct Model {
    /// Which category.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: ActorId,
    /// Authority, lower case, with the port if it isn't the default one.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub host: String,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
