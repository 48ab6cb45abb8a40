//! A code for who has lost the second factor: single use.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;

/// A row of `recovery_codes`: gone once used.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_codes")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: ActorId,
    /// SHA-256, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub hash: String,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
