//! An inbox somewhere else, with its cursor in the log.

use sea_orm::entity::prelude::*;

use super::kinds::DestinationState;
use crate::id::{DestinationId, Seq};
use crate::time::Timestamp;

/// A row of `destinations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "destinations")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DestinationId,
    /// Address.
    #[sea_orm(unique, column_type = "Text")]
    pub inbox: String,
    /// Its authority.
    #[sea_orm(column_type = "Text")]
    pub host: String,
    /// Everything at or below is settled.
    pub cursor: Seq,
    /// Highest place in the log that concerns it.
    pub wake: Seq,
    /// JSON array of places above the cursor that are settled already.
    #[sea_orm(column_type = "Text")]
    pub settled: String,
    /// How it goes.
    pub state: DestinationState,
    /// Failures in a row.
    pub fail_count: i32,
    /// Not before.
    pub next_at: Timestamp,
    /// Which worker has it.
    #[sea_orm(column_type = "Text", nullable)]
    pub lease_owner: Option<String>,
    /// Until when.
    pub lease_until: Option<Timestamp>,
    /// Last success.
    pub success_at: Option<Timestamp>,
    /// Last error.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    /// When.
    pub error_at: Option<Timestamp>,
    /// First failure of the row of failures.
    pub failing_since: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
