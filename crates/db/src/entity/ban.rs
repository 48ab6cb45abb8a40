//! Somebody who may not take part in a category, or on a server.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, BanId};
use crate::time::Timestamp;

/// A row of `bans`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bans")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BanId,
    /// Who.
    pub actor_id: ActorId,
    /// Where: the ActivityPub id of a category, or the authority of a server.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    /// The category, if it is one.
    pub category_id: Option<ActorId>,
    /// By whom; none for the node itself.
    pub moderator_id: Option<ActorId>,
    /// Plain text.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// What they had written there was removed.
    pub removes: bool,
    /// Id of the Block.
    #[sea_orm(column_type = "Text", nullable)]
    pub uri: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when; none for good.
    pub expires_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
