//! What a post quotes, and whether it may (FEP-044f).

use sea_orm::entity::prelude::*;

use super::kinds::QuoteStanding;
use crate::id::PostId;

/// A row of `quotes`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quotes")]
pub struct Model {
    /// The post that quotes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub post_id: PostId,
    /// ActivityPub id of what it quotes.
    #[sea_orm(column_type = "Text")]
    pub uri: String,
    /// Whether it may.
    pub standing: QuoteStanding,
    /// ActivityPub id of the authorization.
    #[sea_orm(column_type = "Text", nullable)]
    pub authorization_uri: Option<String>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
