//! Something that came before what it refers to, or must not come again.

use sea_orm::entity::prelude::*;

use crate::time::Timestamp;

/// A row of `markers`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "markers")]
pub struct Model {
    /// `delete <uri>`, `undo <type> <actor> <object>`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// When.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
