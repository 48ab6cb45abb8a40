//! Answers kept for a repeated request.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `idempotency_keys`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: ActorId,
    /// The header's value.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// SHA-256 of method, path and body.
    #[sea_orm(column_type = "Text")]
    pub request_hash: String,
    /// HTTP status of the answer.
    pub status: i32,
    /// JSON of the answer.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// When.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
