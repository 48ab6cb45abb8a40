//! People, categories and the node itself, local and remote, as far as all of them are alike: handle, addresses, keys.

use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use crate::affiliations::{self, NewAffiliation};
use crate::db::entity::actor;
use crate::id::{self, ActorId};
use crate::kinds::ActorKind;
use crate::text::sanitize::SafeHtml;
use crate::{Actor, Config, Error, Kind, Read, Result, Timestamp, Tx, moving};

/// A key pair, in the text form that is stored.
#[derive(Clone)]
pub struct Keys {
    /// PKCS#8 PEM.
    pub private_pem: String,
    /// SPKI PEM.
    pub public_pem: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// Makes an RSA key pair of 2048 bits, away from the async threads. Takes some tenths of a second: do it before the
/// transaction.
pub async fn generate_keys() -> Result<Keys> {
    let pair = tokio::task::spawn_blocking(|| {
        let private = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048)
            .map_err(|e| Error::External(format!("cannot make a key: {e}")))?;
        let external = |e: String| Error::External(format!("cannot write a key: {e}"));
        Ok::<_, Error>(Keys {
            private_pem: private
                .to_pkcs8_pem(LineEnding::LF)
                .map_err(|e| external(e.to_string()))?
                .to_string(),
            public_pem: private
                .to_public_key()
                .to_public_key_pem(LineEnding::LF)
                .map_err(|e| external(e.to_string()))?,
        })
    });
    pair.await
        .map_err(|e| Error::External(format!("cannot make a key: {e}")))?
}

/// A name that actors of this node may have: `[a-z0-9_]` first and last, `.` and `-` allowed between, 1 to 60
/// characters.
pub fn is_valid_name(name: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let bytes = name.as_bytes();
    bytes.len() <= 60
        && bytes.first().copied().is_some_and(word)
        && bytes.last().copied().is_some_and(word)
        && bytes.iter().all(|b| word(*b) || *b == b'.' || *b == b'-')
}

/// `name@host` of an actor, as other servers write it.
pub fn handle(actor: &Actor) -> String {
    format!("{}@{}", actor.name, actor.host)
}

/// Path of an actor's page on this node: `/u/ana`, `/c/velo@lemmy.example`.
pub fn path(actor: &Actor) -> String {
    let letter = match actor.kind {
        ActorKind::Group => 'c',
        ActorKind::Person => 'u',
        ActorKind::Application => return "/".to_owned(),
    };
    if actor.local {
        format!("/{letter}/{}", actor.name)
    } else {
        format!("/{letter}/{}@{}", actor.name, actor.host)
    }
}

/// The name that people see: the display name, else the name of the handle.
pub fn shown_name(actor: &Actor) -> &str {
    if actor.display_name.is_empty() {
        &actor.name
    } else {
        &actor.display_name
    }
}

/// What a new actor of this node is made of.
#[derive(Clone, Debug)]
pub struct NewLocalActor {
    /// Person, Group or Application.
    pub kind: ActorKind,
    /// Checked with [`is_valid_name`], except for the Application.
    pub name: String,
    /// Plain text.
    pub display_name: String,
    /// Markdown.
    pub summary_source: String,
    /// The same, rendered.
    pub summary_html: SafeHtml,
}

/// Adds an actor of this node. `Conflict` when the name is taken by a person or a category.
pub async fn create_local(tx: &Tx, new: NewLocalActor, keys: Keys) -> Result<Actor> {
    let config = tx.config();
    let path = match new.kind {
        ActorKind::Person => format!("/u/{}", new.name),
        ActorKind::Group => format!("/c/{}", new.name),
        ActorKind::Application => "/".to_owned(),
    };
    let uri = config.local_url(&path).to_string();
    let under = |leaf: &str| match new.kind {
        ActorKind::Application => config.local_url(&format!("/{leaf}")).to_string(),
        _ => format!("{uri}/{leaf}"),
    };
    let group = new.kind == ActorKind::Group;
    let row = actor::ActiveModel {
        id: Set(id::mint(tx.now())),
        kind: Set(new.kind),
        local: Set(true),
        name: Set(new.name),
        host: Set(config.public_authority().to_owned()),
        handle_verified: Set(true),
        display_name: Set(new.display_name),
        summary_html: Set(new.summary_html.as_str().to_owned()),
        summary_source: Set(Some(new.summary_source)),
        url: Set(uri.clone()),
        inbox: Set(under("inbox")),
        shared_inbox: Set(Some(config.local_url("/inbox").to_string())),
        outbox: Set(Some(under("outbox"))),
        followers: Set((new.kind != ActorKind::Application).then(|| under("followers"))),
        featured: Set(group.then(|| under("featured"))),
        moderators: Set(group.then(|| under("moderators"))),
        public_key_id: Set(Some(format!("{uri}#main-key"))),
        public_key_pem: Set(Some(keys.public_pem)),
        private_key_pem: Set(Some(keys.private_pem)),
        discoverable: Set(group),
        indexable: Set(group),
        manually_approves: Set(new.kind == ActorKind::Application),
        posting_restricted: Set(false),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        fetched_at: Set(tx.now()),
        suspended_at: Set(None),
        deleted_at: Set(None),
        moved_to: Set(None),
        moved_at: Set(None),
        also_known_as: Set(None),
        banned_at: Set(None),
        uri: Set(uri),
    };
    Ok(row.insert(tx.c()).await?)
}

/// What a remote actor's document says, checked and cleaned by `parvis-federation`.
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of the document, one a member"
)]
#[derive(Clone, Debug)]
pub struct RemoteActor {
    /// ActivityPub id.
    pub uri: String,
    /// What it is.
    pub kind: ActorKind,
    /// Lower case.
    pub name: String,
    /// Host of the handle when the WebFinger round trip agreed, else host of the id.
    pub host: String,
    /// Whether that round trip agreed.
    pub handle_verified: bool,
    /// Cleaned plain text.
    pub display_name: String,
    /// Sanitised.
    pub summary_html: SafeHtml,
    /// Page for people, http(s).
    pub url: String,
    /// Inbox, on the host of the id.
    pub inbox: String,
    /// Shared inbox.
    pub shared_inbox: Option<String>,
    /// Outbox.
    pub outbox: Option<String>,
    /// Followers collection.
    pub followers: Option<String>,
    /// Pinned topics.
    pub featured: Option<String>,
    /// Moderators.
    pub moderators: Option<String>,
    /// Key id.
    pub public_key_id: Option<String>,
    /// Key.
    pub public_key_pem: Option<String>,
    /// May be suggested.
    pub discoverable: bool,
    /// May be found by search engines.
    pub indexable: bool,
    /// Approves followers.
    pub manually_approves: bool,
    /// Only moderators open topics.
    pub posting_restricted: bool,
    /// Published.
    pub published: Option<Timestamp>,
    /// What its server says it is; people only.
    pub affiliation: Option<NewAffiliation>,
    /// Which actor it says it is now.
    pub moved_to: Option<String>,
    /// Which actors it says it was or is as well.
    pub also_known_as: Vec<String>,
}

/// Adds or refreshes a remote actor. Its kind and id never change; a tombstone stays one.
pub async fn put_remote(tx: &Tx, remote: RemoteActor) -> Result<Actor> {
    let known = by_uri(tx.c(), &remote.uri).await?;
    if let Some(actor) = &known
        && actor.local
    {
        return Err(Error::Conflict("a local actor has this id"));
    }
    let mut row = match &known {
        Some(actor) => actor.clone().into_active_model(),
        None => actor::ActiveModel {
            id: Set(id::mint(tx.now())),
            kind: Set(remote.kind),
            uri: Set(remote.uri),
            local: Set(false),
            created_at: Set(remote.published.unwrap_or(tx.now()).earliest(tx.now())),
            suspended_at: Set(None),
            deleted_at: Set(None),
            banned_at: Set(None),
            summary_source: Set(None),
            private_key_pem: Set(None),
            moved_at: Set(None),
            ..Default::default()
        },
    };
    let affiliation = remote.affiliation;
    row.name = Set(remote.name);
    row.host = Set(remote.host);
    row.handle_verified = Set(remote.handle_verified);
    row.display_name = Set(remote.display_name);
    row.summary_html = Set(remote.summary_html.into_string());
    row.url = Set(remote.url);
    row.inbox = Set(remote.inbox);
    row.shared_inbox = Set(remote.shared_inbox);
    row.outbox = Set(remote.outbox);
    row.followers = Set(remote.followers);
    row.featured = Set(remote.featured);
    row.moderators = Set(remote.moderators);
    row.public_key_id = Set(remote.public_key_id);
    row.public_key_pem = Set(remote.public_key_pem);
    row.discoverable = Set(remote.discoverable);
    row.indexable = Set(remote.indexable);
    row.manually_approves = Set(remote.manually_approves);
    row.posting_restricted = Set(remote.posting_restricted);
    row.moved_to = Set(remote.moved_to);
    row.also_known_as = Set(moving::written(&remote.also_known_as));
    row.updated_at = Set(tx.now());
    row.fetched_at = Set(tx.now());
    let actor = if known.is_some() {
        row.update(tx.c()).await?
    } else {
        row.insert(tx.c()).await?
    };
    match actor.kind {
        ActorKind::Group => {
            crate::categories::ensure_remote(tx, &actor).await?;
        }
        ActorKind::Person => affiliations::put_remote(tx, actor.id, affiliation).await?,
        ActorKind::Application => {}
    }
    Ok(actor)
}

/// Marks an actor as deleted: it answers 410, its content is not touched but for what it says of the author.
pub async fn mark_deleted(tx: &Tx, actor: Actor) -> Result<Actor> {
    let mut row = actor.into_active_model();
    row.deleted_at = Set(Some(tx.now()));
    row.updated_at = Set(tx.now());
    let actor = row.update(tx.c()).await?;
    affiliations::erase(tx, actor.id).await?;
    Ok(actor)
}

/// By id.
pub async fn by_id(db: &impl Read, id: ActorId) -> Result<Actor> {
    actor::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Actor))
}

/// By ids, in any order.
pub async fn by_ids(
    db: &impl Read,
    ids: impl IntoIterator<Item = ActorId>,
) -> Result<std::collections::HashMap<ActorId, Actor>> {
    let mut ids: Vec<ActorId> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(std::collections::HashMap::new());
    }
    Ok(actor::Entity::find()
        .filter(actor::Column::Id.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .map(|a| (a.id, a))
        .collect())
}

/// By ActivityPub id.
pub async fn by_uri(db: &impl Read, uri: &str) -> Result<Option<Actor>> {
    Ok(actor::Entity::find()
        .filter(actor::Column::Uri.eq(uri))
        .one(db)
        .await?)
}

/// By ActivityPub ids; those that are not known are missing.
pub async fn by_uris(db: &impl Read, uris: &[String]) -> Result<Vec<Actor>> {
    if uris.is_empty() {
        return Ok(Vec::new());
    }
    Ok(actor::Entity::find()
        .filter(actor::Column::Uri.is_in(uris))
        .all(db)
        .await?)
}

/// A local person or category by its name.
pub async fn local_by_name(db: &impl Read, name: &str) -> Result<Option<Actor>> {
    Ok(actor::Entity::find()
        .filter(actor::Column::Local.eq(true))
        .filter(actor::Column::Name.eq(name.to_lowercase()))
        .filter(actor::Column::Kind.ne(ActorKind::Application))
        .one(db)
        .await?)
}

/// By handle. Without a host, or with ours, a local actor; of several remote ones that claim it, the one that was
/// here first.
pub async fn by_handle(
    db: &impl Read,
    config: &Config,
    name: &str,
    host: Option<&str>,
) -> Result<Option<Actor>> {
    match host {
        Some(host) if !host.eq_ignore_ascii_case(config.public_authority()) => {
            Ok(actor::Entity::find()
                .filter(actor::Column::Local.eq(false))
                .filter(actor::Column::Name.eq(name.to_lowercase()))
                .filter(actor::Column::Host.eq(host.to_lowercase()))
                .order_by_asc(actor::Column::DeletedAt.is_not_null())
                .order_by_asc(actor::Column::Id)
                .one(db)
                .await?)
        }
        _ => local_by_name(db, name).await,
    }
}

/// The node itself, once [`ensure_instance`] made it.
pub async fn instance(db: &impl Read) -> Result<Actor> {
    actor::Entity::find()
        .filter(actor::Column::Local.eq(true))
        .filter(actor::Column::Kind.eq(ActorKind::Application))
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Actor))
}

/// Makes the node's own actor at the first start.
pub async fn ensure_instance(forum: &crate::Forum) -> Result<Actor> {
    match instance(forum.db()).await {
        Err(Error::NotFound(_)) => {}
        other => return other,
    }
    let keys = generate_keys().await?;
    let tx = forum.begin().await?;
    let actor = create_local(
        &tx,
        NewLocalActor {
            kind: ActorKind::Application,
            name: forum.config().public_authority().to_owned(),
            display_name: forum.config().node.name.clone(),
            summary_source: String::new(),
            summary_html: SafeHtml::default(),
        },
        keys,
    )
    .await?;
    tx.commit().await?;
    Ok(actor)
}

#[cfg(test)]
mod tests {
    use super::is_valid_name;

    #[test]
    fn names_begin_and_end_with_a_word_character() {
        for name in ["a", "urbanisme", "vie_numerique", "a.b-c", "_x_"] {
            assert!(is_valid_name(name), "{name}");
        }
        for name in ["", ".a", "a-", "É", "A", "a b", "a@b", "a/b"] {
            assert!(!is_valid_name(name), "{name}");
        }
    }
}
