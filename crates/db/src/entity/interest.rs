//! Which destination receives what an actor's followers receive.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, DestinationId, Seq};

/// A row of `interests`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "interests")]
pub struct Model {
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub destination_id: DestinationId,
    /// Whose followers.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: ActorId,
    /// Only activities above.
    pub since: Seq,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
