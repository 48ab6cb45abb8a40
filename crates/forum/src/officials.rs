//! Official answers: a reply by which an organisation speaks (product.md §5.6). Moderators of the category mark it, or the
//! delegate who wrote it. It says who signed and when; a newer one of the same organisation replaces it.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};

use crate::db::entity::post;
use crate::id::{PostId, TopicId};
use crate::{
    Error, Event, Kind, Origin, Post, Read, Result, Timestamp, Tx, Viewer, actors, policy, posts,
    topics,
};

/// Minutes during which an official answer may still be edited.
pub const EDITABLE_MINUTES: i64 = 15;
/// Official answers shown on top of a topic.
const SHOWN: usize = 20;

/// Where an official answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds.
    InForce,
    /// A newer one replaced it.
    Superseded,
    /// The organisation took it back.
    Withdrawn,
}

impl Standing {
    /// As it is written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The mark of an official answer, as a post keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    /// Who speaks.
    pub organisation: String,
    /// Its site.
    pub organisation_url: Option<String>,
    /// Who signed: the author of the post.
    pub signer: String,
    /// When.
    pub signed_at: i64,
    /// Where it stands.
    pub standing: Standing,
    /// The post that replaced it.
    pub superseded_by: Option<i64>,
    /// The server that declares it, when that isn't this one.
    pub declared_by: Option<String>,
}

impl Official {
    /// The mark of a post; none when it has none, or can't be read.
    pub fn of(post: &Post) -> Option<Self> {
        serde_json::from_str(post.official.as_deref()?).ok()
    }

    /// When it was signed.
    pub fn signed(&self) -> Timestamp {
        Timestamp(self.signed_at)
    }

    /// Whether it is still what the organisation says.
    pub fn holds(&self) -> bool {
        self.standing == Standing::InForce
    }

    fn written(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::External(format!("cannot write the mark: {error}")))
    }
}

/// What a post keeps of its author's affiliation, as far as it matters here.
#[derive(Deserialize)]
struct Affiliation {
    organisation: Option<Organisation>,
    proof: Option<String>,
}

#[derive(Deserialize)]
struct Organisation {
    name: String,
    url: Option<String>,
}

fn affiliation(post: &Post) -> Option<Affiliation> {
    serde_json::from_str(post.affiliation.as_deref()?).ok()
}

/// Whether the author of a post speaks for an organisation as its delegate.
pub(crate) fn is_delegate(post: &Post) -> bool {
    affiliation(post).is_some_and(|known| known.proof.as_deref() == Some("delegate"))
}

/// Whether an official answer can't be edited any more, only replaced.
pub(crate) fn is_settled(post: &Post, now: Timestamp) -> bool {
    Official::of(post).is_some_and(|official| {
        official.holds() && official.signed().plus_seconds(EDITABLE_MINUTES * 60) <= now
    })
}

/// Marks a reply as the official answer of its author's organisation. An older one of the same organisation in the topic
/// is replaced by it. Doing it again changes nothing.
pub async fn mark(tx: &Tx, viewer: &Viewer, post: Post) -> Result<Post> {
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Err(Error::Gone(Kind::Post));
    }
    let topic = topics::hold(tx, post.topic_id).await?;
    policy::posts::can_make_official(viewer, &post, &topic)?;
    if Official::of(&post).is_some_and(|official| official.holds()) {
        return Ok(post);
    }
    let organisation = affiliation(&post)
        .and_then(|known| known.organisation)
        .filter(|organisation| !organisation.name.trim().is_empty())
        .ok_or_else(|| Error::field("official", "no-organisation"))?;
    let author = actors::by_id(tx.c(), post.author_id).await?;
    let id = post.id;
    for (older, official) in of_topic(tx.c(), topic.id).await? {
        if official.holds()
            && official.declared_by.is_none()
            && official.organisation == organisation.name
            && older.id != id
        {
            let replaced = Official {
                standing: Standing::Superseded,
                superseded_by: Some(id.0),
                ..official
            };
            put(tx, viewer, older, &replaced).await?;
        }
    }
    let official = Official {
        organisation: organisation.name,
        organisation_url: organisation.url,
        signer: actors::shown_name(&author).to_owned(),
        signed_at: tx.now().0,
        standing: Standing::InForce,
        superseded_by: None,
        declared_by: None,
    };
    let mut row = topic.into_active_model();
    row.official_at = Set(Some(tx.now()));
    row.update(tx.c()).await?;
    put(tx, viewer, post, &official).await
}

/// Takes an official answer back: the post stays, as what was said once.
pub async fn withdraw(tx: &Tx, viewer: &Viewer, post: Post) -> Result<Post> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_make_official(viewer, &post, &topic)?;
    match Official::of(&post) {
        Some(official) if official.holds() => {
            let withdrawn = Official {
                standing: Standing::Withdrawn,
                ..official
            };
            put(tx, viewer, post, &withdrawn).await
        }
        _ => Ok(post),
    }
}

async fn put(tx: &Tx, viewer: &Viewer, post: Post, official: &Official) -> Result<Post> {
    let editor = viewer.actor_id().unwrap_or(post.author_id);
    posts::touch(tx, &post).await?;
    let mut row = posts::by_id(tx.c(), post.id).await?.into_active_model();
    row.official = Set(Some(official.written()?));
    let post = row.update(tx.c()).await?;
    tx.emit(Event::PostEdited {
        post: post.id,
        editor,
        origin: Origin::Local,
    });
    Ok(post)
}

/// The official answers of a topic that can be read, oldest first.
pub async fn of_topic(db: &impl Read, topic: TopicId) -> Result<Vec<(Post, Official)>> {
    Ok(post::Entity::find()
        .filter(post::Column::TopicId.eq(topic))
        .filter(post::Column::Official.is_not_null())
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .order_by_asc(post::Column::CreatedAt)
        .order_by_asc(post::Column::Id)
        .all(db)
        .await?
        .into_iter()
        .filter_map(|post| {
            let official = Official::of(&post)?;
            Some((post, official))
        })
        .take(SHOWN)
        .collect())
}

/// What a server elsewhere says of a reply of its own: that it is an official answer. It is shown as said by that server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteOfficial {
    /// Who speaks, plain text.
    pub organisation: String,
    /// Its site.
    pub organisation_url: Option<String>,
    /// Who signed, plain text.
    pub signer: String,
    /// When.
    pub signed_at: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// The server.
    pub host: String,
}

impl RemoteOfficial {
    /// As a post keeps it.
    pub(crate) fn written(self) -> Option<String> {
        Official {
            organisation: self.organisation,
            organisation_url: self.organisation_url,
            signer: self.signer,
            signed_at: self.signed_at.0,
            standing: self.standing,
            superseded_by: None,
            declared_by: Some(self.host),
        }
        .written()
        .ok()
    }
}

/// The topic of a reply has an official answer, said elsewhere.
pub(crate) async fn came(tx: &Tx, topic: TopicId) -> Result<()> {
    let mut row = topics::by_id(tx.c(), topic).await?.into_active_model();
    row.official_at = Set(Some(tx.now()));
    row.update(tx.c()).await?;
    Ok(())
}

/// The post that replaced another, as a number to look up.
pub fn successor(official: &Official) -> Option<PostId> {
    official.superseded_by.map(PostId)
}
