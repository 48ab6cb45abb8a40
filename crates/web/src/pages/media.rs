//! Files in the forms where one writes: sent with the form, listed with their alternatives, taken away again.
//!
//! A file is kept as soon as it comes, whatever else is wrong with the form: nobody has to choose it twice. What is said
//! of it stays in the form until the post is published. Files themselves are at [`crate::media`].

use parvis_forum::id::{DraftId, MediaId, PostId};
use parvis_forum::media::{self, Attachment, Chosen, MAX_DESCRIPTION, MAX_FILES, Upload};
use parvis_forum::{Config, Draft, Error, FieldError as Wrong, Media, Post, Tx};

use super::problems;
use crate::error::{AppError, AppResult};
use crate::extract::Reader;
use crate::extract::upload::Parts;
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::media::{Attached, AttachedAs, FileRow, FilesView};

/// The files of a form.
#[derive(Debug, Default)]
pub(super) struct Files {
    kept: Vec<Kept>,
    alt: String,
    decorative: bool,
    /// What is wrong with them.
    pub(super) errors: Vec<FieldError>,
    /// The form sent a file or took one away.
    pub(super) changed: bool,
}

#[derive(Debug)]
struct Kept {
    media: Media,
    alt: String,
    decorative: bool,
}

impl Kept {
    fn as_stored(media: Media) -> Self {
        Self {
            alt: media.description.clone(),
            decorative: media.decorative,
            media,
        }
    }
}

impl Files {
    /// The files that a post has.
    async fn of_post(state: &AppState, post: PostId) -> AppResult<Self> {
        let files = media::of_post(state.forum.db(), post).await?;
        Ok(Self {
            kept: files.into_iter().map(Kept::as_stored).collect(),
            ..Self::default()
        })
    }

    /// The files that a form begins with: those of the post that is changed, and those that wait with a draft.
    pub(super) async fn begin(
        state: &AppState,
        reader: &Reader,
        post: Option<PostId>,
        draft: Option<&Draft>,
    ) -> AppResult<Self> {
        let mut files = match post {
            Some(post) => Self::of_post(state, post).await?,
            None => Self::default(),
        };
        if let (Some(draft), Some(by)) = (draft, reader.viewer().actor_id()) {
            let waiting = media::of_draft(state.forum.db(), by, draft.id).await?;
            files.kept.extend(waiting.into_iter().map(Kept::as_stored));
        }
        Ok(files)
    }

    /// Lets the files that wait do so with a draft.
    pub(super) async fn keep_with_draft(
        &self,
        tx: &Tx,
        reader: &Reader,
        draft: DraftId,
    ) -> AppResult<()> {
        let by = reader.current.person()?.actor.id;
        Ok(media::keep_with_draft(tx, by, draft, &self.chosen()).await?)
    }

    /// The files of a form that was sent, for a new post or the one that is changed.
    pub(super) async fn take(
        state: &AppState,
        reader: &Reader,
        post: Option<PostId>,
        parts: Parts,
    ) -> AppResult<Self> {
        let by = reader.current.person()?.actor.id;
        let mut files = Self::default();
        let ids: Vec<MediaId> = parts
            .all("media")
            .take(MAX_FILES)
            .filter_map(|id| id.parse().ok())
            .collect();
        let found = media::available(state.forum.db(), by, post, ids.iter().copied()).await?;
        if found.len() < ids.len() {
            files.wrong(state, reader, "file", &Problem::FileGone);
        }
        for media in found {
            let field = |what: &str| format!("media_{what}_{}", media.id);
            if !parts.text(&field("remove")).is_empty() {
                files.changed = true;
                continue;
            }
            files.kept.push(Kept {
                alt: parts.text(&field("alt")).trim().to_owned(),
                decorative: !parts.text(&field("decorative")).is_empty(),
                media,
            });
        }
        parts.text("alt").trim().clone_into(&mut files.alt);
        files.decorative = !parts.text("decorative").is_empty();
        if let Some(file) = parts.files.into_iter().find(|file| file.field == "file") {
            files.changed = true;
            if file.too_large {
                let problem = Problem::FileTooLarge { max: 10 };
                files.wrong(state, reader, "file", &problem);
            } else {
                files.keep(state, reader, file.name, file.bytes).await?;
            }
        }
        files.check_alternatives(state, reader);
        Ok(files)
    }

    /// Keeps a file that came, or notes what is wrong with it.
    async fn keep(
        &mut self,
        state: &AppState,
        reader: &Reader,
        file_name: String,
        bytes: Vec<u8>,
    ) -> AppResult<()> {
        if self.kept.len() >= MAX_FILES {
            let problem = Problem::TooManyFiles { max: 8 };
            self.wrong(state, reader, "file", &problem);
            return Ok(());
        }
        let upload = Upload {
            file_name,
            bytes,
            ..Upload::default()
        };
        match media::store(&state.forum, reader.viewer(), upload).await {
            Ok(stored) => {
                let tx = state.forum.begin().await?;
                let media = media::insert(&tx, stored).await?;
                tx.commit().await?;
                self.kept.push(Kept {
                    alt: std::mem::take(&mut self.alt),
                    decorative: std::mem::take(&mut self.decorative),
                    media,
                });
            }
            Err(Error::Invalid(wrong)) => {
                let found = problems::found(state, reader, &wrong, &[]);
                self.errors.extend(found);
            }
            Err(Error::TooMany { retry_after }) => {
                let minutes = u32::try_from(retry_after.div_ceil(60)).unwrap_or(u32::MAX);
                let problem = Problem::TooManyUploads { minutes };
                self.wrong(state, reader, "file", &problem);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn check_alternatives(&mut self, state: &AppState, reader: &Reader) {
        let mut found = Vec::new();
        for kept in &self.kept {
            let field = format!("media_alt_{}", kept.media.id);
            if media::lacks_description(kept.media.image, &kept.alt, kept.decorative) {
                found.push((field, Problem::NoAlternative));
            } else if kept.alt.chars().count() > MAX_DESCRIPTION {
                found.push((field, Problem::TooLong { max: 1500 }));
            }
        }
        for (field, problem) in found {
            self.wrong(state, reader, &field, &problem);
        }
    }

    fn wrong(&mut self, state: &AppState, reader: &Reader, field: &str, problem: &Problem) {
        self.errors
            .push(problems::problem(state, reader, field, problem));
    }

    /// What a form holds when neither its texts nor its files are wrong; else all that is.
    pub(super) fn judge<T>(
        &self,
        state: &AppState,
        reader: &Reader,
        parsed: parvis_forum::Result<T>,
    ) -> Result<Result<T, Vec<FieldError>>, AppError> {
        let mut errors = match parsed {
            Ok(value) if self.errors.is_empty() => return Ok(Ok(value)),
            Ok(_) => Vec::new(),
            Err(error) => {
                let wrong: Vec<Wrong> = problems::only_fields(error)?;
                problems::found(state, reader, &wrong, &[])
            }
        };
        errors.extend(self.errors.iter().cloned());
        Ok(Err(errors))
    }

    /// For the post.
    pub(super) fn chosen(&self) -> Vec<Chosen> {
        self.kept
            .iter()
            .map(|kept| Chosen {
                id: kept.media.id,
                described: Some((kept.alt.clone(), kept.decorative)),
            })
            .collect()
    }

    /// For the form.
    pub(super) fn view(&self, config: &Config) -> FilesView {
        let as_written = |kept: &Kept| {
            let mut media = kept.media.clone();
            media.description.clone_from(&kept.alt);
            media.decorative = kept.decorative && media.image;
            Attachment::of_file(config, &media)
        };
        FilesView {
            files: self.kept.iter().map(|kept| row(config, kept)).collect(),
            alt: self.alt.clone(),
            decorative: self.decorative,
            full: self.kept.len() >= MAX_FILES,
            max: MAX_FILES,
            shown: self
                .kept
                .iter()
                .map(|kept| attached(as_written(kept)))
                .collect(),
        }
    }
}

fn row(config: &Config, kept: &Kept) -> FileRow {
    let stored = attached(Attachment::of_file(config, &kept.media));
    FileRow {
        id: kept.media.id.to_string(),
        name: kept.media.file_name.clone(),
        url: stored.url,
        image: kept.media.image,
        format: stored.format.unwrap_or_default(),
        kilobytes: stored.kilobytes.unwrap_or_default(),
        width: stored.width,
        height: stored.height,
        alt: kept.alt.clone(),
        decorative: kept.decorative,
    }
}

/// What goes with a post, as its page shows it.
pub(super) fn attached_of(post: &Post) -> Vec<Attached> {
    Attachment::of(post).into_iter().map(attached).collect()
}

fn attached(row: Attachment) -> Attached {
    let ours = row.id.is_some();
    let url = url::Url::parse(&row.url).ok();
    let host = url.as_ref().and_then(url::Url::host_str).map(str::to_owned);
    Attached {
        shown: match row.kind.as_str() {
            "Image" if ours => AttachedAs::Picture,
            "Image" => AttachedAs::Image,
            "Document" => AttachedAs::Document,
            "Video" => AttachedAs::Video,
            "Audio" => AttachedAs::Audio,
            _ => AttachedAs::Link,
        },
        // A file of ours is reached under the name that the reader knows us by.
        url: match &url {
            Some(url) if ours => url.path().to_owned(),
            _ => row.url,
        },
        alt: row.name,
        format: row.media_type.as_deref().and_then(short_format),
        name: row.file_name,
        kilobytes: row
            .size
            .and_then(|bytes| u32::try_from(bytes.max(0).saturating_add(999) / 1000).ok()),
        width: row.width,
        height: row.height,
        host: host.filter(|_| !ours),
    }
}

/// A type as people call it.
fn short_format(media_type: &str) -> Option<String> {
    let name = match media_type {
        "application/vnd.oasis.opendocument.text" => "ODT",
        "application/vnd.oasis.opendocument.spreadsheet" => "ODS",
        "application/vnd.oasis.opendocument.presentation" => "ODP",
        "text/plain" => "TXT",
        other => {
            let short = other.rsplit_once('/')?.1;
            let plain = short.len() <= 5 && short.bytes().all(|b| b.is_ascii_alphanumeric());
            return plain.then(|| short.to_ascii_uppercase());
        }
    };
    Some(name.to_owned())
}
