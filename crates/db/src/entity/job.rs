//! Other work to do later: mail, fetches, clean-up.

use sea_orm::entity::prelude::*;

use super::kinds::QueueState;
use crate::id::JobId;
use crate::time::Timestamp;

/// A row of `jobs`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// Name of the job.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// JSON.
    #[sea_orm(column_type = "Text")]
    pub payload: String,
    /// At most one job with this key.
    #[sea_orm(unique, column_type = "Text", nullable)]
    pub unique_key: Option<String>,
    /// Where it is.
    pub state: QueueState,
    /// Tries so far.
    pub attempts: i32,
    /// Not before.
    pub next_at: Timestamp,
    /// Which worker has it.
    #[sea_orm(column_type = "Text", nullable)]
    pub lease_owner: Option<String>,
    /// Until when.
    pub lease_until: Option<Timestamp>,
    /// Last error.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
