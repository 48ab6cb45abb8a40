//! Posts: reading a topic, replying, editing with versions, deleting, reporting.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::id::{PostId, TopicId};
use parvis_forum::media;
use parvis_forum::posts::{self, NewReply, PostChange};
use parvis_forum::reports::{self, About, NewReport};
use parvis_forum::text::diff;
use parvis_forum::text::sanitize::{SafeHtml, plain_text};
use parvis_forum::tokens::Scope;
use parvis_forum::{
    Error, Kind, Origin, Timestamp, actors, affiliations, categories, policy, quotes, topics,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{IdempotencyKey, ListProblems, PageParams, ReadProblems, WriteProblems};
use super::caller::AnyCaller;
use super::model::{self, Author, Page, Post};
use super::write::{Nothing, Stop, Write};
use super::{lookup, parse_id};
use crate::error::AppError;
use crate::extract::{PageQuery, Path};
use crate::state::AppState;

/// Posts of a topic in the order of publication; what was removed or deleted stays in its place, without content.
#[utoipa::path(get, path = "/topics/{id}/posts", operation_id = "list_posts", tag = "posts",
    params(("id" = String, Path, description = "Id of the topic"), PageParams),
    responses((status = 200, description = "A page of posts", body = Page<Post>), ListProblems))]
pub(super) async fn list(
    State(app): State<AppState>,
    reader: AnyCaller,
    Path(id): Path<String>,
    PageQuery(page): PageQuery,
) -> Result<Json<Page<Post>>, AppError> {
    let forum = &app.forum;
    let id: TopicId = parse_id(&id, Kind::Topic)?;
    let topic = topics::readable(forum.db(), reader.viewer(), id).await?;
    let page = posts::list(forum.db(), reader.viewer(), topic.id, page).await?;
    let items =
        model::posts_from_views(forum.db(), forum.config(), reader.viewer(), page.items).await?;
    Ok(Json(Page::new(items, page.next)))
}

/// What a reply is made of.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct NewPostBody {
    /// Markdown.
    #[schema(required = true)]
    content: String,
    /// Id of the post that it answers; the opening post when nothing is said.
    reply_to: Option<String>,
    /// BCP 47 tag; that of the topic when nothing is said.
    language: Option<String>,
    /// Content warning.
    warning: Option<String>,
    /// A post to quote: its id, or its address. An author on another server is asked first.
    quote: Option<String>,
    /// Ids of files that were sent before, 8 at most.
    media: Vec<String>,
}

/// Replies in a topic.
#[utoipa::path(post, path = "/topics/{id}/posts", operation_id = "create_post", tag = "posts", request_body = NewPostBody,
    params(("id" = String, Path, description = "Id of the topic"), IdempotencyKey),
    responses((status = 201, description = "The reply", body = Post,
        headers(("location" = String, description = "Its address"))), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn create(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<NewPostBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let forum = &app.forum;
    let id: TopicId = parse_id(&id, Kind::Topic)?;
    let topic = topics::readable(forum.db(), &viewer, id).await?;
    let new = NewReply::parse(&write.body.content, write.body.language.as_deref())?
        .with_media(media::chosen_by_ids(&write.body.media)?)
        .with_warning(write.body.warning.as_deref())
        .with_quote(
            quotes::named(
                app.forum.db(),
                app.forum.config(),
                &viewer,
                write.body.quote.as_deref().unwrap_or_default(),
            )
            .await?,
        );
    let parent = match write.body.reply_to.as_deref() {
        None | Some("") => None,
        Some(parent) => {
            let unknown = |_| Error::field("reply_to", "unknown");
            let parent: PostId = parent.parse().map_err(unknown)?;
            match posts::readable(forum.db(), &viewer, parent).await {
                Err(Error::NotFound(_)) => return Err(Error::field("reply_to", "unknown").into()),
                other => Some(other?),
            }
        }
    };
    let category = categories::by_id(forum.db(), topic.category_id).await?;
    policy::topics::can_reply(&viewer, &topic, &category)?;
    lookup::mentions(&app, new.content()).await?;
    let work = write.begin(&app).await?;
    let post = posts::reply(&work.tx, &viewer, &topic, parent.as_ref(), new).await?;
    let answer = model::post_from_row(work.tx.c(), work.tx.config(), &viewer, post).await?;
    let path = format!("/posts/{}", answer.id);
    work.answer(StatusCode::CREATED, Some(path), &answer).await
}

/// A post. One that was removed or deleted says so, and has no content.
#[utoipa::path(get, path = "/posts/{id}", operation_id = "get_post", tag = "posts",
    params(("id" = String, Path, description = "Id of the post")),
    responses((status = 200, description = "The post", body = Post), ReadProblems))]
pub(super) async fn show(
    State(app): State<AppState>,
    reader: AnyCaller,
    Path(id): Path<String>,
) -> Result<Json<Post>, AppError> {
    let forum = &app.forum;
    let post = posts::readable(forum.db(), reader.viewer(), parse_id(&id, Kind::Post)?).await?;
    Ok(Json(
        model::post_from_row(forum.db(), forum.config(), reader.viewer(), post).await?,
    ))
}

/// What changes of a post.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct PostChangeBody {
    /// New Markdown.
    content: Option<String>,
    /// New BCP 47 tag.
    language: Option<String>,
    /// New content warning; empty for none.
    warning: Option<String>,
    /// Ids of all its files, 8 at most: those that it keeps and new ones. Others are removed.
    media: Option<Vec<String>>,
}

/// Changes a post; the version before is kept. The author, or a moderator of a category of this node.
#[utoipa::path(patch, path = "/posts/{id}", operation_id = "change_post", tag = "posts", request_body = PostChangeBody,
    params(("id" = String, Path, description = "Id of the post"), IdempotencyKey),
    responses((status = 200, description = "The post as it is now", body = Post), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn change(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<PostChangeBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let change = PostChange {
        content: write.body.content.clone(),
        language: write.body.language.clone(),
        warning: write.body.warning.clone().map(Some),
        media: match &write.body.media {
            Some(ids) => Some(media::chosen_by_ids(ids)?),
            None => None,
        },
        ..Default::default()
    };
    if change.content.is_none()
        && change.language.is_none()
        && change.media.is_none()
        && change.warning.is_none()
    {
        return Err(Error::field("content", "blank").into());
    }
    let db = app.forum.db();
    let post = posts::readable(db, &viewer, id).await?;
    policy::posts::can_edit(&viewer, &post, &topics::by_id(db, post.topic_id).await?)?;
    if let Some(content) = &change.content {
        lookup::mentions(&app, content).await?;
    }
    let work = write.begin(&app).await?;
    let post = posts::readable(work.tx.c(), &viewer, id).await?;
    let post = posts::edit(&work.tx, &viewer, post, change).await?;
    let answer = model::post_from_row(work.tx.c(), work.tx.config(), &viewer, post).await?;
    work.answer(StatusCode::OK, None, &answer).await
}

/// Deletes a post: its text and its versions are erased. The author only.
#[utoipa::path(delete, path = "/posts/{id}", operation_id = "delete_post", tag = "posts",
    params(("id" = String, Path, description = "Id of the post"), IdempotencyKey),
    responses((status = 200, description = "What is left of the post", body = Post), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn delete(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<Nothing>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let work = write.begin(&app).await?;
    let post = posts::readable(work.tx.c(), &viewer, id).await?;
    if post.deleted_at.is_some() {
        return Err(Error::Gone(Kind::Post).into());
    }
    let post = posts::delete(&work.tx, &viewer, post, Origin::Local).await?;
    let answer = model::post_from_row(work.tx.c(), work.tx.config(), &viewer, post).await?;
    work.answer(StatusCode::OK, None, &answer).await
}

/// A version of a post.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Revision {
    /// 1 is the first version; the last one is what the post is now.
    version: usize,
    /// When this version was written.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who wrote it.
    editor: Author,
    /// Title of the topic at the time, for an opening post.
    title: Option<String>,
    /// Markdown, when it is known.
    content_source: Option<String>,
    /// The text, ready to be shown.
    content_html: String,
    /// What it changed of the version before it, word by word; empty for the first version.
    differences: Vec<Difference>,
}

/// A stretch of text that was kept, added or removed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Difference {
    /// `same`, `added` or `removed`.
    kind: &'static str,
    /// Plain text: whoever shows it escapes it.
    text: String,
}

fn differences(old: &str, new: &str) -> Vec<Difference> {
    diff::words(old, new)
        .into_iter()
        .map(|change| Difference {
            kind: match change.kind {
                diff::ChangeKind::Same => "same",
                diff::ChangeKind::Added => "added",
                diff::ChangeKind::Removed => "removed",
            },
            text: change.text,
        })
        .collect()
}

/// Text to compare: the Markdown, else what the HTML says.
fn comparable(title: Option<&str>, source: Option<&str>, html: &str) -> String {
    let text = source.map_or_else(|| plain_text(html), ToOwned::to_owned);
    match title {
        Some(title) => format!("{title}\n\n{text}"),
        None => text,
    }
}

/// The versions of a post, oldest first, the present one last, each with its differences from the one before.
#[utoipa::path(get, path = "/posts/{id}/revisions", operation_id = "list_revisions", tag = "posts",
    params(("id" = String, Path, description = "Id of the post")),
    responses((status = 200, description = "All versions", body = Page<Revision>), ReadProblems))]
pub(super) async fn revisions(
    State(app): State<AppState>,
    reader: AnyCaller,
    Path(id): Path<String>,
) -> Result<Json<Page<Revision>>, AppError> {
    let db = app.forum.db();
    let post = posts::readable(db, reader.viewer(), parse_id(&id, Kind::Post)?).await?;
    let kept = posts::revisions(db, &post).await?;
    let ids = kept
        .iter()
        .map(|r| r.editor_id)
        .chain(std::iter::once(post.author_id));
    let editors = actors::by_ids(db, ids.clone()).await?;
    let stated = affiliations::of(db, ids).await?;
    let title = if post.reply_to_id.is_none() {
        Some(topics::by_id(db, post.topic_id).await?.title)
    } else {
        None
    };
    // A row keeps a version and who replaced it: who wrote the next one.
    let mut writer = post.author_id;
    let mut versions = Vec::with_capacity(kept.len() + 1);
    for row in kept {
        versions.push((
            writer,
            row.written_at,
            row.title,
            row.content_source,
            row.content_html,
        ));
        writer = row.editor_id;
    }
    let written = post.edited_at.unwrap_or(post.created_at);
    versions.push((
        writer,
        written,
        title,
        post.content_source,
        post.content_html,
    ));
    let mut before: Option<String> = None;
    let mut items = Vec::with_capacity(versions.len());
    for (at, (writer, created_at, title, source, html)) in versions.into_iter().enumerate() {
        let Some(editor) = editors.get(&writer) else {
            continue;
        };
        let text = comparable(title.as_deref(), source.as_deref(), &html);
        items.push(Revision {
            version: at + 1,
            created_at,
            editor: model::author_from_actor(editor, stated.get(&writer)),
            title,
            content_source: source,
            content_html: SafeHtml::from_stored(&html).into_string(),
            differences: before
                .as_deref()
                .map(|old| differences(old, &text))
                .unwrap_or_default(),
        });
        before = Some(text);
    }
    Ok(Json(Page::new(items, None)))
}

/// What a report says.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct ReportBody {
    /// What is wrong with the post.
    #[schema(required = true)]
    reason: String,
    /// Tell the author's server too.
    forward: Option<bool>,
}

/// That a report was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportReceipt {
    /// Id of the report.
    id: String,
    /// Number of the report, as people are told it.
    number: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The author's server is told.
    forwarded: bool,
}

/// Reports a post to the moderators.
#[utoipa::path(post, path = "/posts/{id}/report", operation_id = "report_post", tag = "posts", request_body = ReportBody,
    params(("id" = String, Path, description = "Id of the post"), IdempotencyKey),
    responses((status = 201, description = "The report was taken", body = ReportReceipt), WriteProblems),
    security(("bearer" = ["write"])))]
pub(super) async fn report(
    State(app): State<AppState>,
    Path(id): Path<String>,
    write: Write<ReportBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.may(Scope::Write)?.clone();
    let id: PostId = parse_id(&id, Kind::Post)?;
    let forward = write.body.forward.unwrap_or(false);
    let reason = write.body.reason.clone();
    let work = write.begin(&app).await?;
    let post = posts::readable(work.tx.c(), &viewer, id).await?;
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Err(Error::Gone(Kind::Post).into());
    }
    let mut new = NewReport::parse(About::Post(Box::new(post)), &reason)?;
    if forward {
        new = new.forwarded();
    }
    let report = reports::file(&work.tx, &viewer, new).await?;
    let receipt = ReportReceipt {
        id: report.id.to_string(),
        number: report.number,
        created_at: report.created_at,
        forwarded: report.uri.is_some(),
    };
    work.answer(StatusCode::CREATED, None, &receipt).await
}
