//! A bearer token of the Forum API.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, TokenId};
use crate::time::Timestamp;

/// A row of `tokens`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tokens")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TokenId,
    /// Whose.
    pub person_id: ActorId,
    /// SHA-256, hexadecimal.
    #[sea_orm(unique, column_type = "Text")]
    pub hash: String,
    /// What it is for.
    #[sea_orm(column_type = "Text")]
    pub label: String,
    /// Separated by spaces.
    #[sea_orm(column_type = "Text")]
    pub scopes: String,
    /// When.
    pub created_at: Timestamp,
    /// Last use, rounded to the hour.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
