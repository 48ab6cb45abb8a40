//! A link sent by mail: single use.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `mail_tokens`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_tokens")]
pub struct Model {
    /// SHA-256, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub hash: String,
    /// Whose.
    pub person_id: ActorId,
    /// `confirm`, `reset` or `email`.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// End.
    pub expires_at: Timestamp,
    /// The address that an `email` confirms.
    #[sea_orm(column_type = "Text", nullable)]
    pub email: Option<String>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
