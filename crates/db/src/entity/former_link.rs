//! A category elsewhere that a category of ours carried once.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `former_links`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "former_links")]
pub struct Model {
    /// The category here.
    #[sea_orm(primary_key, auto_increment = false)]
    pub category_id: ActorId,
    /// The category elsewhere.
    #[sea_orm(primary_key, auto_increment = false)]
    pub other_id: ActorId,
    /// What came until then is still carried.
    pub ended_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
