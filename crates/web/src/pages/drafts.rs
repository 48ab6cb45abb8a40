//! PG-21: `/drafts`, what one began to write. Saving and going on is with the forms (`compose`, `topics`).

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use parvis_forum::drafts::{self, DraftCard, NewDraft};
use parvis_forum::id::DraftId;
use parvis_forum::text::sanitize;
use parvis_forum::{Draft, Error, Tx};
use serde::Deserialize;

use super::media::Files;
use super::{problems, rows};
use crate::error::{AppError, AppResult};
use crate::extract::form::Empty;
use crate::extract::{Form, Member, Path, Reader};
use crate::state::AppState;
use crate::views::drafts::{DraftKind, DraftRow, DraftsView};
use crate::views::forms::FieldError;
use crate::views::notices::Notice;

const HERE: &str = "/drafts";
/// Longest excerpt, in characters.
const EXCERPT: usize = 200;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/drafts/{id}/delete", post(delete))
}

/// Which draft a form begins with.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Resumed {
    /// Its id.
    pub(super) draft: Option<DraftId>,
}

impl Resumed {
    /// The draft of an address, if it is one of the viewer's: a draft that is gone leaves the form empty.
    pub(super) async fn find(self, state: &AppState, reader: &Reader) -> AppResult<Option<Draft>> {
        let Some(id) = self.draft.filter(|_| reader.viewer().person().is_some()) else {
            return Ok(None);
        };
        match drafts::by_id(state.forum.db(), reader.viewer(), id).await {
            Ok(draft) => Ok(Some(draft)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The id in the hidden field of a form.
fn id_of(field: &str) -> Option<DraftId> {
    field.trim().parse().ok()
}

/// Keeps what a form holds, and leads back to the same form; or says what is wrong with it.
pub(super) async fn keep(
    state: &AppState,
    reader: &Reader,
    field: &str,
    new: parvis_forum::Result<NewDraft>,
    form: &str,
    files: &Files,
) -> AppResult<Result<Response, Vec<FieldError>>> {
    let saved = async {
        let tx = state.forum.begin().await?;
        let draft = drafts::save(&tx, reader.viewer(), id_of(field), new?).await?;
        files.keep_with_draft(&tx, reader, draft.id).await?;
        tx.commit().await?;
        Ok::<_, AppError>(draft)
    };
    match saved.await {
        Ok(draft) => {
            let (path, place) = form.split_once('#').unwrap_or((form, ""));
            let to = match place {
                "" => format!("{path}?draft={}", draft.id),
                place => format!("{path}?draft={}#{place}", draft.id),
            };
            Ok(Ok(reader.redirect(&to, Some(Notice::DraftSaved))))
        }
        Err(AppError::Forum(Error::Invalid(wrong))) => Ok(Err(problems::found(
            state,
            reader,
            &wrong,
            &[("draft", "")],
        ))),
        Err(error) => Err(error),
    }
}

/// Forgets the draft of a form that is published in this transaction.
pub(super) async fn published(tx: &Tx, reader: &Reader, field: &str) -> AppResult<()> {
    if let Some(id) = id_of(field) {
        drafts::discard(tx, reader.viewer(), id).await?;
    }
    Ok(())
}

async fn show(
    State(state): State<AppState>,
    Member(current): Member,
    mut reader: Reader,
) -> AppResult {
    let found = drafts::list(state.forum.db(), &current.viewer).await?;
    reader.frame.noindex = true;
    reader.page(&DraftsView {
        drafts: found.into_iter().map(row).collect(),
        kept_days: u32::try_from(drafts::KEPT_DAYS).unwrap_or_default(),
        max: drafts::MAX_DRAFTS,
    })
}

fn row(card: DraftCard) -> DraftRow {
    let DraftCard {
        draft,
        category,
        topic,
    } = card;
    let category = category.as_ref().map(rows::category_link);
    let (of, form) = match (draft.category_id, draft.post_id) {
        (Some(_), _) => (
            DraftKind::Topic,
            category.as_ref().map(|link| format!("{}/new", link.url)),
        ),
        (None, Some(post)) => (
            DraftKind::Change,
            topic.as_ref().map(|_| format!("/p/{post}/edit")),
        ),
        (None, None) => (DraftKind::Reply, topic.as_ref().map(rows::topic_path)),
    };
    let place = if of == DraftKind::Reply { "#reply" } else { "" };
    let words: Vec<_> = draft.content.split_whitespace().collect();
    DraftRow {
        id: draft.id.to_string(),
        of,
        title: draft.title,
        excerpt: sanitize::cut_at_word(&words.join(" "), EXCERPT),
        text: form.is_none().then_some(draft.content),
        language: Some(draft.language).filter(|tag| !tag.is_empty()),
        category,
        topic: topic.as_ref().map(rows::topic_link),
        resume: form.map(|form| format!("{form}?draft={}{place}", draft.id)),
        saved_at: draft.updated_at.datetime(),
    }
}

async fn delete(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Path(id): Path<DraftId>,
    Form(Empty {}): Form<Empty>,
) -> AppResult {
    let tx = state.forum.begin().await?;
    drafts::discard(&tx, &current.viewer, id).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::DraftDeleted)))
}
