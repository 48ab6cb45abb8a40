//! What a person is (public agent, vendor…), apart from what they may do.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, AffiliationId};
use crate::time::Timestamp;

/// A row of `affiliations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "affiliations")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AffiliationId,
    /// Whose.
    pub actor_id: ActorId,
    /// `agent`, `community`, `vendor`, `services`, `research`, `citizen` or `unstated`.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// For agents: `state`, `local`, `hospital`, `operator`, `eu`, `foreign`.
    #[sea_orm(column_type = "Text", nullable)]
    pub subtype: Option<String>,
    /// Name of the organisation.
    #[sea_orm(column_type = "Text", nullable)]
    pub organisation: Option<String>,
    /// Its site.
    #[sea_orm(column_type = "Text", nullable)]
    pub organisation_url: Option<String>,
    /// `declared`, `domain`, `sso` or `delegate`.
    #[sea_orm(column_type = "Text")]
    pub proof: String,
    /// When it was declared.
    pub created_at: Timestamp,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
