//! Counters that hold in every process: sign-in, sign-up, mail.

use sea_orm::entity::prelude::*;

use crate::time::Timestamp;

/// A row of `throttles`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttles")]
pub struct Model {
    /// What is counted.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// Since the window began.
    pub count: i32,
    /// End of the window.
    pub until: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
