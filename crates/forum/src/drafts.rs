//! Drafts: what a person began to write and did not publish yet. Nobody else sees them, and nothing of them leaves the
//! node (PG-21).
//!
//! A draft need not be complete: only its size is checked. Publishing is the work of `topics` and `posts`; whoever does it
//! calls [`discard`] in the same transaction.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::db::entity::{draft, topic};
use crate::id::{self, ActorId, DraftId, PostId, TopicId};
use crate::kinds::TopicKind;
use crate::{
    Actor, Denied, Draft, Error, FieldError, Kind, Read, Result, Timestamp, Topic, Tx, Viewer,
    actors, content, policy, topics,
};

/// Most drafts of one person.
pub const MAX_DRAFTS: u32 = 50;
/// Days during which a draft is kept after it was last saved.
pub const KEPT_DAYS: i64 = 90;
/// Longest text of all tags, in characters.
const MAX_TAGS_TEXT: usize = 600;

/// What a draft will be once it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftOf {
    /// A topic in this category.
    Topic(ActorId),
    /// A reply in this topic, perhaps to one of its posts.
    Reply {
        /// The topic.
        topic: TopicId,
        /// The post that is answered.
        to: Option<PostId>,
    },
    /// A change of this post.
    Change {
        /// Its topic.
        topic: TopicId,
        /// The post.
        post: PostId,
    },
}

/// A draft as it is typed, valid once it exists.
#[derive(Clone, Debug)]
pub struct NewDraft {
    of: DraftOf,
    title: String,
    kind: TopicKind,
    tags: String,
    language: String,
    content: String,
}

impl NewDraft {
    /// Checks that something was written, and not too much. `tags` are separated by commas.
    pub fn parse(
        of: DraftOf,
        title: &str,
        content: &str,
        kind: TopicKind,
        language: &str,
        tags: &str,
    ) -> Result<Self> {
        let mut errors = Vec::new();
        let mut short = |field: &'static str, text: &str, max: u32| {
            let text = text.replace('\0', "").replace("\r\n", "\n");
            if text.chars().count() > usize::try_from(max).unwrap_or(usize::MAX) {
                errors.push(FieldError::limit(field, "too-long", max));
            }
            text
        };
        let title = short("title", title, u32_of(topics::MAX_TITLE));
        let body = short("content", content, u32_of(content::MAX_BODY));
        let tags: String = tags.replace('\0', "").chars().take(MAX_TAGS_TEXT).collect();
        if errors.is_empty() && title.trim().is_empty() && body.trim().is_empty() {
            errors.push(FieldError::new("content", "blank"));
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        Ok(Self {
            of,
            title,
            kind,
            tags,
            language: content::language_tag(language.trim()).unwrap_or_default(),
            content: body,
        })
    }
}

fn u32_of(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Keeps a draft: in place of the viewer's draft `id`, or as a new one when there is none of this id any more. Errs with
/// `Invalid` when the viewer has [`MAX_DRAFTS`] others.
pub async fn save(tx: &Tx, viewer: &Viewer, id: Option<DraftId>, new: NewDraft) -> Result<Draft> {
    policy::can_write(viewer)?;
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let before = match id {
        Some(id) => own(tx.c(), person, id).await?,
        None => None,
    };
    let (category_id, topic_id, post_id, reply_to_id) = match new.of {
        DraftOf::Topic(category) => (Some(category), None, None, None),
        DraftOf::Reply { topic, to } => (None, Some(topic), None, to),
        DraftOf::Change { topic, post } => (None, Some(topic), Some(post), None),
    };
    let row = draft::ActiveModel {
        id: Set(id::mint(tx.now())),
        person_id: Set(person),
        category_id: Set(category_id),
        topic_id: Set(topic_id),
        post_id: Set(post_id),
        reply_to_id: Set(reply_to_id),
        title: Set(new.title),
        kind: Set(new.kind),
        tags: Set(new.tags),
        language: Set(new.language),
        content: Set(new.content),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
    };
    if let Some(before) = before {
        let mut row = row;
        row.id = Set(before.id);
        row.created_at = Set(before.created_at);
        return Ok(row.update(tx.c()).await?);
    }
    let kept = draft::Entity::find()
        .filter(draft::Column::PersonId.eq(person))
        .count(tx.c())
        .await?;
    if kept >= u64::from(MAX_DRAFTS) {
        return Err(Error::Invalid(vec![FieldError::limit(
            "draft", "too-many", MAX_DRAFTS,
        )]));
    }
    Ok(row.insert(tx.c()).await?)
}

async fn own(db: &impl Read, person: ActorId, id: DraftId) -> Result<Option<Draft>> {
    Ok(draft::Entity::find_by_id(id)
        .filter(draft::Column::PersonId.eq(person))
        .one(db)
        .await?)
}

/// A draft of the viewer; those of others are not found.
pub async fn by_id(db: &impl Read, viewer: &Viewer, id: DraftId) -> Result<Draft> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    own(db, person, id)
        .await?
        .ok_or(Error::NotFound(Kind::Draft))
}

/// A draft in the list, with what it belongs to as far as that is still there.
#[derive(Clone, Debug)]
pub struct DraftCard {
    /// The draft.
    pub draft: Draft,
    /// The category of a topic to be.
    pub category: Option<Actor>,
    /// The topic of a reply or a change.
    pub topic: Option<Topic>,
}

/// The viewer's drafts, last saved first: all of them, since they are at most [`MAX_DRAFTS`].
pub async fn list(db: &impl Read, viewer: &Viewer) -> Result<Vec<DraftCard>> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    let rows = draft::Entity::find()
        .filter(draft::Column::PersonId.eq(person))
        .order_by_desc(draft::Column::UpdatedAt)
        .order_by_desc(draft::Column::Id)
        .limit(u64::from(MAX_DRAFTS))
        .all(db)
        .await?;
    let categories = actors::by_ids(db, rows.iter().filter_map(|row| row.category_id)).await?;
    let topics: HashMap<TopicId, Topic> = topic::Entity::find()
        .filter(topic::Column::Id.is_in(rows.iter().filter_map(|row| row.topic_id)))
        .filter(topic::Column::DeletedAt.is_null())
        .filter(topic::Column::RemovedAt.is_null())
        .all(db)
        .await?
        .into_iter()
        .map(|topic| (topic.id, topic))
        .collect();
    Ok(rows
        .into_iter()
        .map(|draft| DraftCard {
            category: draft
                .category_id
                .and_then(|id| categories.get(&id))
                .filter(|category| category.deleted_at.is_none())
                .cloned(),
            topic: draft.topic_id.and_then(|id| topics.get(&id)).cloned(),
            draft,
        })
        .collect())
}

/// Forgets a draft of the viewer, which was published or is not wanted any more. Nothing happens when there is none.
pub async fn discard(tx: &Tx, viewer: &Viewer, id: DraftId) -> Result<()> {
    let person = viewer.person().ok_or(Denied::SignIn)?.actor.id;
    if let Some(draft) = own(tx.c(), person, id).await? {
        draft::Entity::delete(draft.into_active_model())
            .exec(tx.c())
            .await?;
    }
    Ok(())
}

/// Forgets all drafts of somebody who leaves.
pub(crate) async fn forget(tx: &Tx, person: ActorId) -> Result<()> {
    draft::Entity::delete_many()
        .filter(draft::Column::PersonId.eq(person))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// Forgets drafts that were last saved before then. Returns how many.
pub async fn purge(tx: &Tx, before: Timestamp) -> Result<u64> {
    let deleted = draft::Entity::delete_many()
        .filter(draft::Column::UpdatedAt.lt(before))
        .exec(tx.c())
        .await?;
    Ok(deleted.rows_affected)
}
