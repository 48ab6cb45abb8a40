//! People, categories and the node itself as ActivityPub sees them, local and remote.

use sea_orm::entity::prelude::*;

use super::kinds::ActorKind;
use crate::id::ActorId;
use crate::time::Timestamp;

/// A row of `actors`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of the document, one a column"
)]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "actors")]
pub struct Model {
    /// Ours, never the ActivityPub id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ActorId,
    /// Person, Group (a category) or Application.
    pub kind: ActorKind,
    /// ActivityPub id, as given, compared as a string.
    #[sea_orm(unique, column_type = "Text")]
    pub uri: String,
    /// True when this node owns the actor.
    pub local: bool,
    /// Name part of the handle, lower case.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Host part of the handle, with the port if it isn't the default one.
    #[sea_orm(column_type = "Text")]
    pub host: String,
    /// True once the WebFinger round trip agreed; else the host is that of the id.
    pub handle_verified: bool,
    /// Plain text, cleaned.
    #[sea_orm(column_type = "Text")]
    pub display_name: String,
    /// Sanitised description.
    #[sea_orm(column_type = "Text")]
    pub summary_html: String,
    /// Markdown of the description, for local actors.
    #[sea_orm(column_type = "Text", nullable)]
    pub summary_source: Option<String>,
    /// Page for people.
    #[sea_orm(column_type = "Text")]
    pub url: String,
    /// Inbox of this actor.
    #[sea_orm(column_type = "Text")]
    pub inbox: String,
    /// Shared inbox of its server, if any.
    #[sea_orm(column_type = "Text", nullable)]
    pub shared_inbox: Option<String>,
    /// Outbox collection.
    #[sea_orm(column_type = "Text", nullable)]
    pub outbox: Option<String>,
    /// Followers collection.
    #[sea_orm(column_type = "Text", nullable)]
    pub followers: Option<String>,
    /// Collection of pinned topics.
    #[sea_orm(column_type = "Text", nullable)]
    pub featured: Option<String>,
    /// Collection of moderators (groups).
    #[sea_orm(column_type = "Text", nullable)]
    pub moderators: Option<String>,
    /// Id of the public key.
    #[sea_orm(column_type = "Text", nullable)]
    pub public_key_id: Option<String>,
    /// Public key, PEM.
    #[sea_orm(column_type = "Text", nullable)]
    pub public_key_pem: Option<String>,
    /// Private key, PKCS#8 PEM; only for local actors.
    #[sea_orm(column_type = "Text", nullable)]
    pub private_key_pem: Option<String>,
    /// May be suggested to people.
    pub discoverable: bool,
    /// May be found by search engines.
    pub indexable: bool,
    /// Follows wait for an approval.
    pub manually_approves: bool,
    /// Only moderators open topics (groups).
    pub posting_restricted: bool,
    /// Published, or first seen here.
    pub created_at: Timestamp,
    /// Last change of the document.
    pub updated_at: Timestamp,
    /// Last time that the remote document was read.
    pub fetched_at: Timestamp,
    /// Suspended by us.
    pub suspended_at: Option<Timestamp>,
    /// Deleted by itself; answers 410.
    pub deleted_at: Option<Timestamp>,
    /// Id of the actor that it says it is now.
    #[sea_orm(column_type = "Text", nullable)]
    pub moved_to: Option<String>,
    /// When it moved for the last time; stays when a person here comes back.
    pub moved_at: Option<Timestamp>,
    /// JSON array of the ids of actors that it says it was or is as well.
    #[sea_orm(column_type = "Text", nullable)]
    pub also_known_as: Option<String>,
    /// There are bans of it, the first since then; some may have lapsed.
    pub banned_at: Option<Timestamp>,
}

/// No relations: joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
