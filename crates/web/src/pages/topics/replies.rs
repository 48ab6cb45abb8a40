//! Replying in a topic: the form, what it was filled in with, and publishing.

use axum::extract::State;
use axum::response::Response;
use parvis_forum::categories::{self, Category};
use parvis_forum::drafts::{DraftOf, NewDraft};
use parvis_forum::id::{PostId, TopicId};
use parvis_forum::kinds::TopicKind;
use parvis_forum::posts::{self, NewReply};
use parvis_forum::text::markdown;
use parvis_forum::{Error, Post, Topic, actors, content, policy, quotes};
use serde::Deserialize;

use super::{Asked, find, form_again, place};
use crate::error::{AppError, AppResult};
use crate::extract::{FormWithFiles, Path, Reader};
use crate::pages::drafts::Resumed;
use crate::pages::media::Files;
use crate::pages::{compose, drafts, problems, rows};
use crate::state::AppState;
use crate::views::compose::{ReplyForm, offered_languages};
use crate::views::forms::FieldError;
use crate::views::notices::Notice;
use crate::views::parts::Html;
use crate::views::topics::PostLink;

/// A reply form with what is in it.
#[derive(Debug, Default)]
pub(super) struct Written {
    draft: String,
    reply_to: Option<PostId>,
    content: String,
    language: Option<String>,
    warning: String,
    quoted: String,
    files: Files,
    pub(super) preview: Option<Html>,
    pub(super) errors: Vec<FieldError>,
}

/// The form as it first appears: empty, or with a quote.
pub(super) async fn starting_form(
    state: &AppState,
    reader: &Reader,
    topic: &Topic,
    asked: &Asked,
) -> AppResult<Written> {
    let resumed = Resumed { draft: asked.draft };
    if let Some(draft) = resumed.find(state, reader).await?
        && draft.topic_id == Some(topic.id)
    {
        return Ok(Written {
            files: Files::begin(state, reader, None, Some(&draft)).await?,
            draft: draft.id.to_string(),
            reply_to: draft.reply_to_id,
            content: draft.content,
            language: Some(draft.language),
            ..Written::default()
        });
    }
    let mut written = Written {
        reply_to: asked.quote.or(asked.reply_to),
        ..Written::default()
    };
    if asked.quote.is_none() || reader.viewer().person().is_none() {
        return Ok(written);
    }
    if let Some(post) = answered(state, topic, asked.quote).await?
        && post.deleted_at.is_none()
        && post.removed_at.is_none()
    {
        let author = actors::by_id(state.forum.db(), post.author_id).await?;
        let handle = if author.local {
            author.name.clone()
        } else {
            actors::handle(&author)
        };
        let source = match &post.content_source {
            Some(source) => source.clone(),
            None => parvis_forum::text::sanitize::plain_text(&post.content_html),
        };
        written.content = markdown::quote(&source, &handle);
    }
    Ok(written)
}

/// The post of this topic that a form answers; none when there is no such post.
async fn answered(state: &AppState, topic: &Topic, id: Option<PostId>) -> AppResult<Option<Post>> {
    let Some(id) = id else { return Ok(None) };
    match posts::by_id(state.forum.db(), id).await {
        Ok(post) if post.topic_id == topic.id => Ok(Some(post)),
        Ok(_) | Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The form as it is shown.
pub(super) async fn form(
    state: &AppState,
    reader: &Reader,
    topic: &Topic,
    written: Written,
) -> AppResult<ReplyForm> {
    let parent = answered(state, topic, written.reply_to).await?;
    let reply_to_post = match &parent {
        Some(post) => Some(PostLink {
            number: rows::count(post.number),
            url: format!("/p/{}", post.id),
            author: {
                let author = actors::by_id(state.forum.db(), post.author_id).await?;
                actors::shown_name(&author).to_owned()
            },
        }),
        None => None,
    };
    let language = written
        .language
        .unwrap_or_else(|| compose::first_language(reader, topic.language.as_deref()));
    Ok(ReplyForm {
        action: format!("/t/{}/posts", topic.id),
        draft: Some(written.draft).filter(|id| !id.is_empty()),
        reply_to: parent.map(|post| post.id.to_string()),
        reply_to_post,
        content: written.content,
        files: written.files.view(state.config()),
        languages: offered_languages(&language),
        language,
        warning: written.warning,
        quoted: written.quoted,
        audience: rows::audience(state.config()),
        licence: rows::licence(state.config()),
        preview: written.preview,
        errors: written.errors,
    })
}

/// Fields of a reply.
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct ReplyFields {
    #[serde(default)]
    draft: String,
    #[serde(default)]
    reply_to: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    warning: String,
    #[serde(default)]
    quoted: String,
    #[serde(default)]
    action: String,
}

/// `POST /t/{id}/posts`: shows a reply as it would be, or publishes it.
pub(in crate::pages) async fn reply(
    State(state): State<AppState>,
    reader: Reader,
    Path(id): Path<TopicId>,
    FormWithFiles { fields, parts }: FormWithFiles<ReplyFields>,
) -> AppResult<Response> {
    let topic = find(&state, reader.viewer(), id).await?;
    let db = state.forum.db();
    let category: Category = categories::by_id(db, topic.category_id).await?;
    policy::topics::can_reply(reader.viewer(), &topic, &category)?;
    let reply_to = match fields.reply_to.trim() {
        "" => None,
        text => Some(
            text.parse::<PostId>()
                .map_err(|_| AppError::BadRequest("`reply_to` is not an id".to_owned()))?,
        ),
    };
    let files = Files::take(&state, &reader, None, parts).await?;
    let parsed = NewReply::parse(&fields.content, Some(&fields.language));
    let quoted = quotes::named(db, state.config(), reader.viewer(), &fields.quoted).await;
    let parsed = parsed.and_then(|new| Ok(new.with_quote(quoted?)));
    let judged = if fields.action == "attach" && files.changed {
        Err(files.errors.clone())
    } else {
        files.judge(&state, &reader, parsed)?
    };
    let mut written = Written {
        draft: fields.draft,
        reply_to,
        content: fields.content,
        language: Some(fields.language),
        warning: fields.warning,
        quoted: fields.quoted,
        files,
        ..Written::default()
    };
    if fields.action == "draft" {
        match keep_draft(&state, &reader, &topic, &written).await? {
            Ok(kept) => return Ok(kept),
            Err(errors) => written.errors = errors,
        }
        return form_again(&state, reader, topic, written).await;
    }
    match judged {
        Err(errors) => written.errors = errors,
        Ok(new) if matches!(fields.action.as_str(), "preview" | "attach") => {
            written.preview = Some(
                compose::preview(
                    &state,
                    new.content(),
                    content::Place::Reply,
                    written.language.as_deref(),
                )
                .await?,
            );
        }
        Ok(new) => {
            let parent = answered(&state, &topic, reply_to).await?;
            compose::know_mentioned(&state, new.content()).await;
            let new = new
                .with_media(written.files.chosen())
                .with_warning(Some(&written.warning));
            let tx = state.forum.begin().await?;
            match posts::reply(&tx, reader.viewer(), &topic, parent.as_ref(), new).await {
                Err(error) => written.errors = problems::refused(&state, &reader, error)?,
                Ok(post) => {
                    drafts::published(&tx, &reader, &written.draft).await?;
                    tx.commit().await?;
                    let page = posts::page_of(post.number);
                    let path = place(&topic, post.number, page);
                    return Ok(reader.redirect(&path, Some(Notice::Replied)));
                }
            }
        }
    }
    form_again(&state, reader, topic, written).await
}

/// Keeps a reply for later, or says what is wrong with it.
async fn keep_draft(
    state: &AppState,
    reader: &Reader,
    topic: &Topic,
    written: &Written,
) -> AppResult<Result<Response, Vec<FieldError>>> {
    let of = DraftOf::Reply {
        topic: topic.id,
        to: written.reply_to,
    };
    let language = written.language.as_deref().unwrap_or_default();
    let kind = TopicKind::Discussion;
    let new = NewDraft::parse(of, "", &written.content, kind, language, "");
    let here = format!("{}#reply", rows::topic_path(topic));
    drafts::keep(state, reader, &written.draft, new, &here, &written.files).await
}
