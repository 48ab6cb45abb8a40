//! A post of ours may be quoted by a post from elsewhere (FEP-044f).

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, PostId};
use crate::time::Timestamp;

/// A row of `quote_authorizations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quote_authorizations")]
pub struct Model {
    /// Id, which its address holds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The post that is quoted.
    pub post_id: PostId,
    /// Who quotes it.
    pub actor_id: ActorId,
    /// ActivityPub id of the post that quotes it.
    #[sea_orm(column_type = "Text")]
    pub quote_uri: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Taken back.
    pub revoked_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
