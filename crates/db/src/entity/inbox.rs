//! Journal of verified activities, processed after their 202.

use sea_orm::entity::prelude::*;

use super::kinds::QueueState;
use crate::id::InboxId;
use crate::time::Timestamp;

/// A row of `inbox`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbox")]
pub struct Model {
    /// Order of arrival.
    #[sea_orm(primary_key)]
    pub id: InboxId,
    /// De-duplication key.
    #[sea_orm(unique, column_type = "Text")]
    pub activity_uri: String,
    /// Who signed the request.
    #[sea_orm(column_type = "Text")]
    pub signer_uri: String,
    /// Host of the signer.
    #[sea_orm(column_type = "Text")]
    pub host: String,
    /// Items with one key are processed in order.
    #[sea_orm(column_type = "Text")]
    pub ordering_key: String,
    /// As received.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// When it was accepted.
    pub received_at: Timestamp,
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
    /// When a moderator let it through, although its server is limited.
    pub released_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
