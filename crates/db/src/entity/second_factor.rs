//! The second factor of somebody: the key that their application and the node share.

use sea_orm::entity::prelude::*;

use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `second_factors`. Until `confirmed_at` is set nothing is asked at sign-in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factors")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: ActorId,
    /// The key in force, base 32. Codes are made from it, so that no digest will do.
    #[sea_orm(column_type = "Text", nullable)]
    pub secret: Option<String>,
    /// Since when it is asked for.
    pub confirmed_at: Option<Timestamp>,
    /// The time step of the last code that was taken: neither that one nor an earlier one is taken again.
    pub last_step: i64,
    /// A key that no code has confirmed yet, base 32.
    #[sea_orm(column_type = "Text", nullable)]
    pub next_secret: Option<String>,
    /// When that one was made.
    pub next_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
