//! Tags that a person follows; nobody else sees them.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `tag_follows`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tag_follows")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: ActorId,
    /// Lower case, without `#`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub tag: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
