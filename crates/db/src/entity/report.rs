//! A report of content, from here or from elsewhere.

use sea_orm::entity::prelude::*;

use crate::id::{ActorId, PostId, ReportId};
use crate::time::Timestamp;

use super::kinds::ReportDecision;

/// A row of `reports`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reports")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReportId,
    /// Who reported.
    pub reporter_id: Option<ActorId>,
    /// The post.
    pub post_id: Option<PostId>,
    /// The account.
    pub actor_id: Option<ActorId>,
    /// Whose moderators see it.
    pub category_id: Option<ActorId>,
    /// Number on this node, from 1 on; what people are told.
    pub number: i64,
    /// Why: a word of the form; none when nobody chose one.
    #[sea_orm(column_type = "Text", nullable)]
    pub ground: Option<String>,
    /// Plain text.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Name that a visitor gave, for the moderators alone.
    #[sea_orm(column_type = "Text", nullable)]
    pub reporter_name: Option<String>,
    /// Address that a visitor gave, to be told the decision.
    #[sea_orm(column_type = "Text", nullable)]
    pub reporter_email: Option<String>,
    /// Language in which a visitor reported.
    #[sea_orm(column_type = "Text", nullable)]
    pub reporter_locale: Option<String>,
    /// Id of the Flag.
    #[sea_orm(unique, column_type = "Text", nullable)]
    pub uri: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// When it was closed.
    pub resolved_at: Option<Timestamp>,
    /// What was decided when it was closed.
    pub decision: Option<ReportDecision>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
