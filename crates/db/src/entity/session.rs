//! A browser that is signed in.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// SHA-256 of the cookie, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    /// Who.
    pub person_id: ActorId,
    /// Token of its forms.
    #[sea_orm(column_type = "Text")]
    pub csrf: String,
    /// As the browser says.
    #[sea_orm(column_type = "Text")]
    pub user_agent: String,
    /// Sign-in.
    pub created_at: Timestamp,
    /// Last use, rounded.
    pub seen_at: Timestamp,
    /// End.
    pub expires_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
