//! A key that an actor here no longer signs new activities with; it still signs what was in the log before.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, Seq};
use crate::time::Timestamp;

/// A row of `retired_keys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "retired_keys")]
pub struct Model {
    /// Id of the public key.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key_id: String,
    /// Whose.
    pub actor_id: ActorId,
    /// Private key, PKCS#8 PEM.
    #[sea_orm(column_type = "Text")]
    pub private_key_pem: String,
    /// Last place in the log that it signs.
    pub until_seq: Seq,
    /// When it was replaced.
    pub retired_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
