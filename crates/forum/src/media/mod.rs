//! Files that people attach to their posts: sending, attaching, reading, clearing away.
//!
//! A file is sent first and waits, as a row without a post; writing or changing a post attaches it. The posts' rows
//! hold what is attached as data ([`Attachment`]), so that pages, the API and federation read one thing for posts of
//! here and of elsewhere. What files are is judged in [`content`], where they lie is up to [`mod@file`].

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::db::entity::{draft, media};
use crate::id::{self, ActorId, DraftId, MediaId, PostId};
use crate::jobs::{self, Job};
use crate::text::sanitize;
use crate::{
    Config, Error, FieldError, Forum, Kind, Media, Post, Read, Result, Tx, Viewer, policy, posts,
    throttles,
};

pub mod content;
pub mod file;

use content::{Content, Format};

/// Most files of a post.
pub const MAX_FILES: usize = 8;
/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 1500;
/// Name of the job that removes a file.
pub const JOB: &str = "media-file";
/// Files that somebody may send in [`WINDOW`] seconds.
const UPLOADS: i32 = 30;
const WINDOW: i64 = 30 * 60;
/// Days that a file waits for a post.
const WAITING_DAYS: i64 = 1;

/// What goes with the text of a post, as its row keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Id of a file of this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MediaId>,
    /// `Image`, `Document`, `Link`, `Video` or `Audio`, as in ActivityPub.
    #[serde(default)]
    pub kind: String,
    /// Media type, when it is known.
    #[serde(default)]
    pub media_type: Option<String>,
    /// Where it is.
    pub url: String,
    /// What it shows, for those who don't see it.
    #[serde(default)]
    pub name: Option<String>,
    /// The author says that the picture only decorates.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decorative: bool,
    /// What its author called the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Width, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

impl Attachment {
    /// What goes with a post; nothing when it is deleted or removed.
    pub fn of(post: &Post) -> Vec<Self> {
        if post.deleted_at.is_some() || post.removed_at.is_some() {
            return Vec::new();
        }
        serde_json::from_str(&post.attachments).unwrap_or_default()
    }

    /// What a file of this node is as an attachment.
    pub fn of_file(config: &Config, media: &Media) -> Self {
        let pixels = |side: Option<i32>| side.and_then(|side| u32::try_from(side).ok());
        Self {
            id: Some(media.id),
            kind: if media.image { "Image" } else { "Document" }.to_owned(),
            media_type: Some(media.media_type.clone()),
            url: url(config, media),
            name: Some(media.description.clone()).filter(|text| !text.is_empty()),
            decorative: media.decorative,
            file_name: Some(media.file_name.clone()),
            size: Some(media.size),
            width: pixels(media.width),
            height: pixels(media.height),
        }
    }
}

/// The address of a file.
pub fn url(config: &Config, media: &Media) -> String {
    config
        .local_url(&format!("/media/{}", media.name))
        .to_string()
}

/// A file that somebody sends.
#[derive(Clone, Default)]
pub struct Upload {
    /// What they call it.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it shows; may be empty.
    pub description: String,
    /// It only decorates.
    pub decorative: bool,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("file_name", &self.file_name)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// A file that is kept and has no row yet; see [`insert`].
#[derive(Debug)]
pub struct Stored {
    row: Media,
}

/// The description as it is kept; none when it is too long.
fn clean_description(text: &str, errors: &mut Vec<FieldError>) -> String {
    let text = sanitize::clean_line(text);
    if text.chars().count() > MAX_DESCRIPTION {
        errors.push(FieldError::limit("description", "too-long", 1500));
    }
    text
}

/// Judges a file and keeps it: no transaction is open meanwhile. Whoever sends too many is asked to wait.
pub async fn store(forum: &Forum, viewer: &Viewer, upload: Upload) -> Result<Stored> {
    let owner = policy::posts::can_attach(viewer)?;
    let mut errors = Vec::new();
    let description = clean_description(&upload.description, &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    // Counted even when the file is then refused: looking at it is what costs.
    let tx = forum.begin().await?;
    throttles::hit(&tx, &format!("media:{owner}"), UPLOADS, WINDOW).await?;
    tx.commit().await?;
    let file_name = clean_file_name(&upload.file_name);
    let Content {
        bytes,
        format,
        pixels,
    } = forum.files().check(upload.bytes, file_name.clone()).await?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let now = forum.now();
    let id: MediaId = id::mint(now);
    let start: String = sha256.chars().take(40).collect();
    let name = format!("{start}-{id}.{}", format.extension());
    forum.files().put(&name, &bytes).await?;
    let side = |side: u32| i32::try_from(side).ok();
    Ok(Stored {
        row: Media {
            id,
            owner_id: owner,
            post_id: None,
            draft_id: None,
            position: 0,
            name,
            file_name,
            image: format.is_image(),
            media_type: format.media_type().to_owned(),
            sha256,
            size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            width: pixels.and_then(|(width, _)| side(width)),
            height: pixels.and_then(|(_, height)| side(height)),
            description,
            decorative: upload.decorative && format.is_image(),
            created_at: now,
        },
    })
}

/// Writes down a file that is kept. It waits for a post of its owner for a day.
pub async fn insert(tx: &Tx, stored: Stored) -> Result<Media> {
    // A row that comes from the database has nothing to write: all of this one is new.
    let row = media::ActiveModel::from(stored.row).reset_all();
    Ok(row.insert(tx.c()).await?)
}

/// What a file may be called: its last part, one line, short.
fn clean_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let last: String = sanitize::clean_line(last)
        .chars()
        .filter(|c| !matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?' | ';'))
        .collect();
    let last = last.trim_start_matches('.').trim();
    match last.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 10 && !stem.is_empty() => {
            let stem: String = stem.chars().take(80).collect();
            format!("{}.{extension}", stem.trim_end())
        }
        _ => last.chars().take(80).collect(),
    }
}

/// A file that a post is to have, by the choice of who writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Which.
    pub id: MediaId,
    /// What it shows and whether it only decorates; none leaves both as they are.
    pub described: Option<(String, bool)>,
}

impl From<MediaId> for Chosen {
    fn from(id: MediaId) -> Self {
        Self {
            id,
            described: None,
        }
    }
}

/// Reads ids as clients write them. Errs with the field `media`.
pub fn chosen_by_ids(ids: &[String]) -> Result<Vec<Chosen>> {
    ids.iter()
        .map(|id| {
            id.parse::<MediaId>()
                .map(Chosen::from)
                .map_err(|_| Error::field("media", "unknown"))
        })
        .collect()
}

/// True when a picture has neither a description nor the mark of one that only decorates.
pub fn lacks_description(image: bool, description: &str, decorative: bool) -> bool {
    image && !decorative && description.trim().is_empty()
}

/// Makes `chosen` the files of a post, in this order: those that wait for `by`, and those that it has already. Others
/// that it had are removed. Returns the new value of the post's column, none when nothing changed. Errs with the
/// field `media`.
pub(crate) async fn attach(
    tx: &Tx,
    by: ActorId,
    post: PostId,
    chosen: &[Chosen],
) -> Result<Option<String>> {
    let had = of_post(tx.c(), post).await?;
    let mut seen = HashSet::new();
    let chosen: Vec<&Chosen> = chosen.iter().filter(|c| seen.insert(c.id)).collect();
    if chosen.len() > MAX_FILES {
        let wrong = FieldError::limit("media", "too-many", 8);
        return Err(Error::Invalid(vec![wrong]));
    }
    let found = available(tx.c(), by, Some(post), chosen.iter().map(|c| c.id)).await?;
    let mut changed = had.len() != chosen.len();
    let mut attached = Vec::with_capacity(chosen.len());
    for (at, one) in chosen.iter().enumerate() {
        let old = found
            .iter()
            .find(|media| media.id == one.id)
            .ok_or_else(|| Error::field("media", "unknown"))?;
        let mut new = old.clone();
        new.post_id = Some(post);
        new.position = i32::try_from(at).unwrap_or(i32::MAX);
        if let Some((description, decorative)) = &one.described {
            let mut errors = Vec::new();
            new.description = clean_description(description, &mut errors);
            new.decorative = *decorative && new.image;
            if !errors.is_empty() {
                return Err(Error::Invalid(errors));
            }
        }
        if lacks_description(new.image, &new.description, new.decorative) {
            return Err(Error::field("media", "no-description"));
        }
        if new != *old {
            changed = true;
            take(tx, old, &new).await?;
        }
        attached.push(new);
    }
    if !changed {
        return Ok(None);
    }
    let gone: Vec<Media> = had
        .into_iter()
        .filter(|media| !seen.contains(&media.id))
        .collect();
    forget(tx, gone).await?;
    let column: Vec<Attachment> = attached
        .iter()
        .map(|media| Attachment::of_file(tx.config(), media))
        .collect();
    serde_json::to_string(&column)
        .map(Some)
        .map_err(|error| Error::External(format!("attachments can't be written: {error}")))
}

/// Changes a row, unless another post took the file in the meantime.
async fn take(tx: &Tx, old: &Media, new: &Media) -> Result<()> {
    let row = media::ActiveModel {
        post_id: Set(new.post_id),
        position: Set(new.position),
        description: Set(new.description.clone()),
        decorative: Set(new.decorative),
        ..Default::default()
    };
    let free = match old.post_id {
        Some(post) => media::Column::PostId.eq(post),
        None => media::Column::PostId.is_null(),
    };
    let updated = media::Entity::update_many()
        .set(row)
        .filter(media::Column::Id.eq(old.id))
        .filter(free)
        .exec(tx.c())
        .await?;
    if updated.rows_affected == 1 {
        Ok(())
    } else {
        Err(Error::field("media", "unknown"))
    }
}

/// Of these files, those that `by` may attach to a post: their own that wait, and those of the post.
pub async fn available(
    db: &impl Read,
    by: ActorId,
    post: Option<PostId>,
    ids: impl IntoIterator<Item = MediaId>,
) -> Result<Vec<Media>> {
    let ids: Vec<MediaId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Media> = media::Entity::find()
        .filter(media::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?
        .into_iter()
        .filter(|media| match media.post_id {
            None => media.owner_id == by,
            of => of == post,
        })
        .collect();
    found.sort_by_key(|media| ids.iter().position(|id| *id == media.id));
    Ok(found)
}

/// The files of a post, in their order.
pub async fn of_post(db: &impl Read, post: PostId) -> Result<Vec<Media>> {
    Ok(media::Entity::find()
        .filter(media::Column::PostId.eq(post))
        .order_by_asc(media::Column::Position)
        .order_by_asc(media::Column::Id)
        .all(db)
        .await?)
}

/// Keeps files that wait with a draft, in this order and with what is said of them so far: they wait as long as it does.
pub async fn keep_with_draft(
    tx: &Tx,
    by: ActorId,
    draft: DraftId,
    chosen: &[Chosen],
) -> Result<()> {
    media::Entity::update_many()
        .col_expr(media::Column::DraftId, Expr::value(None::<i64>))
        .filter(media::Column::DraftId.eq(draft))
        .exec(tx.c())
        .await?;
    let found = available(tx.c(), by, None, chosen.iter().map(|c| c.id)).await?;
    for (at, media) in found.into_iter().enumerate() {
        let described = chosen
            .iter()
            .find(|one| one.id == media.id)
            .and_then(|one| one.described.clone());
        let image = media.image;
        let mut row = media.into_active_model();
        row.draft_id = Set(Some(draft));
        row.position = Set(i32::try_from(at).unwrap_or(i32::MAX));
        if let Some((description, decorative)) = described {
            let text = sanitize::clean_line(&description);
            row.description = Set(text.chars().take(MAX_DESCRIPTION).collect());
            row.decorative = Set(decorative && image);
        }
        row.update(tx.c()).await?;
    }
    Ok(())
}

/// The files that wait with a draft of `by`, in their order.
pub async fn of_draft(db: &impl Read, by: ActorId, draft: DraftId) -> Result<Vec<Media>> {
    Ok(media::Entity::find()
        .filter(media::Column::DraftId.eq(draft))
        .filter(media::Column::PostId.is_null())
        .filter(media::Column::OwnerId.eq(by))
        .order_by_asc(media::Column::Position)
        .order_by_asc(media::Column::Id)
        .all(db)
        .await?)
}

/// The file of an address, as the viewer may read it: that of a removed post is gone as long as the post is, that of one
/// in a closed category is there for who may read the post. One that waits is shown to whoever knows its name, which
/// can't be guessed.
pub async fn by_name(db: &impl Read, viewer: &Viewer, name: &str) -> Result<Media> {
    // PostgreSQL takes no text with a NUL in it.
    if !file::is_name(name) {
        return Err(Error::NotFound(Kind::Media));
    }
    let media = media::Entity::find()
        .filter(media::Column::Name.eq(name))
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Media))?;
    if let Some(post) = media.post_id {
        let post = posts::readable(db, viewer, post)
            .await
            .map_err(|error| match error {
                Error::NotFound(_) => Error::NotFound(Kind::Media),
                other => other,
            })?;
        if post.deleted_at.is_some() || post.removed_at.is_some() {
            return Err(Error::Gone(Kind::Media));
        }
    }
    Ok(media)
}

/// The type of a file as it was kept; none for one that this version doesn't know.
pub fn format(media: &Media) -> Option<Format> {
    Format::from_media_type(&media.media_type)
}

/// Which file a job removes.
#[derive(Debug, Serialize, Deserialize)]
struct Removal {
    name: String,
}

/// Drops rows, and has their files removed once this is committed.
async fn forget(tx: &Tx, gone: Vec<Media>) -> Result<()> {
    for media in gone {
        let removal = Removal {
            name: media.name.clone(),
        };
        media::Entity::delete_by_id(media.id).exec(tx.c()).await?;
        let key = format!("{JOB}:{}", media.name);
        jobs::enqueue(tx, JOB, &removal, Some(&key)).await?;
    }
    Ok(())
}

/// Drops the files of a post that is deleted.
pub(crate) async fn forget_of_post(tx: &Tx, post: PostId) -> Result<()> {
    let gone = of_post(tx.c(), post).await?;
    forget(tx, gone).await
}

/// Drops all files of an account that is closed; the text of its posts stays.
pub(crate) async fn forget_of_owner(tx: &Tx, owner: ActorId) -> Result<()> {
    let gone = media::Entity::find()
        .filter(media::Column::OwnerId.eq(owner))
        .all(tx.c())
        .await?;
    let posts: HashSet<PostId> = gone.iter().filter_map(|media| media.post_id).collect();
    forget(tx, gone).await?;
    for post in posts {
        let left = of_post(tx.c(), post).await?;
        let column: Vec<Attachment> = left
            .iter()
            .map(|media| Attachment::of_file(tx.config(), media))
            .collect();
        let mut row = posts::by_id(tx.c(), post).await?.into_active_model();
        row.attachments = Set(serde_json::to_string(&column).unwrap_or_else(|_| "[]".to_owned()));
        row.update(tx.c()).await?;
    }
    Ok(())
}

/// Drops files that waited for a day and that neither a post nor a draft has. Returns how many.
pub async fn purge(tx: &Tx) -> Result<usize> {
    let drafts = Query::select()
        .column(draft::Column::Id)
        .from(draft::Entity)
        .to_owned();
    let gone = media::Entity::find()
        .filter(media::Column::PostId.is_null())
        .filter(media::Column::CreatedAt.lt(tx.now().plus_days(-WAITING_DAYS)))
        .filter(
            media::Column::DraftId
                .is_null()
                .or(media::Column::DraftId.not_in_subquery(drafts)),
        )
        .all(tx.c())
        .await?;
    let count = gone.len();
    forget(tx, gone).await?;
    Ok(count)
}

/// Does the job that removes a file.
pub async fn remove_file(forum: &Forum, job: &Job) -> Result<()> {
    let Removal { name } = jobs::payload(job)?;
    forum.files().remove(&name).await
}

/// Removes files without a row that are older than a day, which only a crash can leave. Returns how many.
pub async fn sweep(forum: &Forum) -> Result<usize> {
    let before = forum.now().plus_days(-WAITING_DAYS);
    let old = forum.files().older_than(before).await?;
    let mut removed = 0;
    for some in old.chunks(200) {
        let names = some.iter().map(|(name, _)| name.as_str());
        let known: HashSet<String> = media::Entity::find()
            .select_only()
            .column(media::Column::Name)
            .filter(media::Column::Name.is_in(names))
            .into_tuple()
            .all(forum.db())
            .await?
            .into_iter()
            .collect();
        for (name, path) in some.iter().filter(|(name, _)| !known.contains(name)) {
            match tokio::fs::remove_file(path).await {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(Error::External(format!(
                        "file `{name}` can't be removed: {error}"
                    )));
                }
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests;
