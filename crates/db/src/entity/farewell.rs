//! A server that the end of an account here is told to.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, DestinationId, Seq};
use crate::time::Timestamp;

/// A row of `farewells`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "farewells")]
pub struct Model {
    /// Whose account ended.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: ActorId,
    /// Which server.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub host: String,
    /// By which inbox.
    pub destination_id: DestinationId,
    /// Place of the Delete in the log.
    pub seq: Seq,
    /// When the account ended.
    pub told_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
