//! The account of a local person.

use sea_orm::entity::prelude::*;

use super::kinds::{PersonState, Role};
use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `people`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "people")]
pub struct Model {
    /// The person's actor.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: ActorId,
    /// Lower case.
    #[sea_orm(unique, column_type = "Text")]
    pub email: String,
    /// Argon2id, PHC string.
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    /// Rights on the whole node.
    pub role: Role,
    /// Where the account is in its life.
    pub state: PersonState,
    /// Language of the interface and of mail, `fr` or `en`.
    #[sea_orm(column_type = "Text")]
    pub locale: String,
    /// What the person wrote when asking for an account.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Sign-up.
    pub created_at: Timestamp,
    /// Last activity, rounded to the hour.
    pub seen_at: Option<Timestamp>,
    /// An administrator made the account, so that the limits of new members are not for it.
    pub vouched: bool,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
