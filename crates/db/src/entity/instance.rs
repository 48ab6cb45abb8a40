//! Another server.

use sea_orm::entity::prelude::*;

use super::kinds::InstancePolicy;
use crate::time::Timestamp;

/// A row of `instances`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instances")]
pub struct Model {
    /// Authority, lower case, with the port if it isn't the default one.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub host: String,
    /// Name from NodeInfo.
    #[sea_orm(column_type = "Text", nullable)]
    pub software: Option<String>,
    /// Version from NodeInfo.
    #[sea_orm(column_type = "Text", nullable)]
    pub version: Option<String>,
    /// What we let it do.
    pub policy: InstancePolicy,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// First contact.
    pub first_seen_at: Timestamp,
    /// Last valid activity from it.
    pub inbound_at: Option<Timestamp>,
    /// Last time that its NodeInfo was read.
    pub nodeinfo_at: Option<Timestamp>,
    /// Until when RFC 9421 signatures are sent first.
    pub rfc9421_until: Option<Timestamp>,
    /// Since when nothing is sent there, because an administrator wants so.
    pub paused_at: Option<Timestamp>,
    /// Its files are shown to nobody here.
    pub reject_media: bool,
    /// When what we let it do was decided, or changed.
    pub decided_at: Option<Timestamp>,
    /// That decision is not told to visitors.
    pub private: bool,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
