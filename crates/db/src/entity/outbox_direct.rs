//! Destinations named one by one, besides the followers.

use sea_orm::entity::prelude::*;

use crate::id::{DestinationId, Seq};

/// A row of `outbox_direct`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_direct")]
pub struct Model {
    /// Which activity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: Seq,
    /// Where to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub destination_id: DestinationId,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
