//! PG-20: writing. A new topic (`/c/{handle}/new`) and a change of a post (`/p/{id}/edit`), each with a preview made here
//! and the same form below it. Replies are written on the page of their topic (`topics`), with what is shared here.

use axum::extract::State;
use axum::response::Response;
use parvis_federation::lookup;
use parvis_forum::categories::{self, Category};
use parvis_forum::circles::Sight;
use parvis_forum::content::{Body, Place};
use parvis_forum::drafts::{DraftOf, NewDraft};
use parvis_forum::id::PostId;
use parvis_forum::kinds::TopicKind;
use parvis_forum::page::PageRequest;
use parvis_forum::posts::{self, NewReply, PostChange};
use parvis_forum::search::{self, Query as Question, Wanted};
use parvis_forum::topics::{self, NewTopic};
use parvis_forum::{Denied, Draft, Error, Kind, Post, Topic, actors, policy};
use serde::Deserialize;

use super::media::Files;
use super::{categories as category_pages, drafts, polls, problems, rows, topics as topic_pages};
use crate::error::AppResult;
use crate::extract::{FormWithFiles, Path, Query, Reader};
use crate::state::AppState;
use crate::views::compose::{ComposeMode, ComposeView, offered_languages};
use crate::views::notices::Notice;
use crate::views::parts::{Html, Kind as KindShown, TopicRow};
use crate::views::polls::PollFields;
use crate::views::topics::PostLink;

/// Topics that look alike, shown with the preview of a question.
const SIMILAR: u64 = 3;

/// Fields of the form.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    title: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    warning: String,
    #[serde(default)]
    poll_choices: String,
    #[serde(default)]
    poll_multiple: String,
    #[serde(default)]
    poll_days: String,
    #[serde(default)]
    draft: String,
    #[serde(default)]
    action: String,
}

impl Fields {
    fn kind(&self) -> TopicKind {
        self.kind.parse().unwrap_or(TopicKind::Discussion)
    }

    fn poll(&self) -> PollFields {
        PollFields {
            choices: self.poll_choices.clone(),
            multiple: !self.poll_multiple.is_empty(),
            days: self.poll_days.clone(),
        }
    }

    fn tags(&self) -> Vec<String> {
        self.tags
            .split(',')
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect()
    }

    /// Asks for a preview; so does who wants to attach a file and chose none (the key Enter in a field does that).
    fn is_preview(&self) -> bool {
        matches!(self.action.as_str(), "preview" | "attach")
    }

    fn attaches(&self, files: &Files) -> bool {
        self.action == "attach" && files.changed
    }

    fn is_draft(&self) -> bool {
        self.action == "draft"
    }

    /// The form goes on with a draft, if there is one.
    fn resume(self, draft: Option<Draft>) -> Self {
        match draft {
            None => self,
            Some(draft) => Self {
                title: draft.title,
                kind: draft.kind.as_str().to_owned(),
                content: draft.content,
                language: draft.language,
                tags: draft.tags,
                draft: draft.id.to_string(),
                ..self
            },
        }
    }

    fn to_draft(&self, of: DraftOf) -> parvis_forum::Result<NewDraft> {
        let Self {
            title,
            content,
            language,
            tags,
            ..
        } = self;
        NewDraft::parse(of, title, content, self.kind(), language, tags)
    }
}

/// Why a viewer may not do something, as a sentence for them.
pub(super) fn denied_text(reader: &Reader, denied: Denied) -> String {
    reader.text(&format!("denied-{}", denied.code()), &[])
}

/// The language that a form begins with: that of what is answered, else the person's, else that of the page.
pub(super) fn first_language(reader: &Reader, of_topic: Option<&str>) -> String {
    let of_person = || {
        reader
            .viewer()
            .person()
            .map(|person| person.person.locale.clone())
            .filter(|locale| !locale.is_empty())
    };
    of_topic
        .map(ToOwned::to_owned)
        .or_else(of_person)
        .unwrap_or_else(|| reader.locale.code().to_owned())
}

/// What a text will look like.
pub(super) async fn preview(
    state: &AppState,
    content: &str,
    place: Place,
    language: Option<&str>,
) -> AppResult<Html> {
    let language = language.filter(|l| !l.is_empty());
    let db = state.forum.db();
    let body = Body::from_markdown(db, state.config(), content, place, language).await?;
    Ok(Html::from_sanitized(body.html.into_string()))
}

/// Looks up who is mentioned and not known here yet, before the text is stored. Whoever isn't found stays a text.
pub(super) async fn know_mentioned(state: &AppState, content: &str) {
    if let Err(error) = lookup::resolve_mentions(&state.federation, content).await {
        tracing::warn!(%error, "mentions were not looked up: {error}");
    }
}

/// `GET /c/{handle}/new`.
pub(super) async fn new(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(handle): Path<String>,
    Query(resumed): Query<drafts::Resumed>,
) -> AppResult {
    let category = category_pages::find(&state, reader.viewer(), &handle).await?;
    policy::topics::can_open(reader.viewer(), &category)?;
    let fields = Fields {
        category: rows::category_link(&category.actor).handle,
        language: first_language(&reader, None),
        ..Fields::default()
    };
    let draft = resumed.find(&state, &reader).await?;
    let files = Files::begin(&state, &reader, None, draft.as_ref()).await?;
    let view = new_view(&state, &reader, &category, fields.resume(draft), &files).await?;
    reader.frame.noindex = true;
    reader.page(&view)
}

async fn new_view(
    state: &AppState,
    reader: &Reader,
    category: &Category,
    fields: Fields,
    files: &Files,
) -> AppResult<ComposeView> {
    let link = rows::category_link(&category.actor);
    let choices = category_pages::choices(state, reader.viewer(), Some(category)).await?;
    let mode = ComposeMode::NewTopic {
        category: link.clone(),
    };
    let action = format!("{}/new", link.url);
    let mut view = form(state, mode, action, fields, files);
    view.audience = rows::audience_of(state.forum.db(), state.config(), category).await?;
    view.categories = choices;
    Ok(view)
}

/// The form with what is in it.
fn form(
    state: &AppState,
    mode: ComposeMode,
    action: String,
    fields: Fields,
    files: &Files,
) -> ComposeView {
    ComposeView {
        poll: fields.poll(),
        mode,
        action,
        kind: rows::kind(fields.kind()),
        draft: Some(fields.draft).filter(|id| !id.is_empty()),
        title: fields.title,
        category: fields.category,
        categories: Vec::new(),
        content: fields.content,
        languages: offered_languages(&fields.language),
        language: fields.language,
        tags: fields.tags,
        warning: fields.warning,
        files: files.view(state.config()),
        audience: rows::audience(state.config()),
        licence: rows::licence(state.config()),
        preview: None,
        similar: Vec::new(),
        errors: Vec::new(),
    }
}

/// `POST /c/{handle}/new`: shows a topic as it would be, or opens it.
pub(super) async fn open(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(handle): Path<String>,
    FormWithFiles { fields, parts }: FormWithFiles<Fields>,
) -> AppResult<Response> {
    reader.current.person()?;
    let chosen = match fields.category.trim() {
        "" => handle.as_str(),
        chosen => chosen,
    };
    let category = category_pages::find(&state, reader.viewer(), chosen).await?;
    policy::topics::can_open(reader.viewer(), &category)?;
    reader.frame.noindex = true;
    let files = Files::take(&state, &reader, None, parts).await?;
    if fields.is_draft() {
        let new = fields.to_draft(DraftOf::Topic(category.id()));
        let here = format!("{}/new", rows::category_link(&category.actor).url);
        return match drafts::keep(&state, &reader, &fields.draft, new, &here, &files).await? {
            Ok(kept) => Ok(kept),
            Err(errors) => {
                let mut view = new_view(&state, &reader, &category, fields, &files).await?;
                view.errors = errors;
                reader.form_again(&view)
            }
        };
    }
    if fields.attaches(&files) {
        let view = new_view(&state, &reader, &category, fields, &files).await?;
        return attached(reader, view, files);
    }
    let parsed = NewTopic::parse(
        &fields.title,
        &fields.content,
        fields.kind(),
        Some(&fields.language),
        &fields.tags(),
    )
    .and_then(|new| Ok(new.with_poll(polls::parse(&fields.poll())?)));
    match files.judge(&state, &reader, parsed)? {
        Err(errors) => {
            let mut view = new_view(&state, &reader, &category, fields, &files).await?;
            view.errors = errors;
            reader.form_again(&view)
        }
        Ok(new) if fields.is_preview() => {
            let shown = preview(
                &state,
                new.content(),
                Place::Opening,
                Some(&fields.language),
            )
            .await?;
            let mut view = new_view(&state, &reader, &category, fields, &files).await?;
            view.preview = Some(shown);
            if view.kind == KindShown::Question {
                view.similar = similar(&state, &reader, &view.title).await?;
            }
            reader.preview(&view)
        }
        Ok(new) => {
            know_mentioned(&state, new.content()).await;
            let new = new
                .with_media(files.chosen())
                .with_warning(Some(&fields.warning));
            let tx = state.forum.begin().await?;
            let opened = topics::open(&tx, reader.viewer(), &category, new).await;
            let (topic, _) = match opened {
                Ok(opened) => opened,
                Err(error) => {
                    let errors = problems::refused(&state, &reader, error)?;
                    let mut view = new_view(&state, &reader, &category, fields, &files).await?;
                    view.errors = errors;
                    return reader.form_again(&view);
                }
            };
            drafts::published(&tx, &reader, &fields.draft).await?;
            tx.commit().await?;
            Ok(reader.redirect(&rows::topic_path(&topic), Some(Notice::TopicOpened)))
        }
    }
}

/// The form with its list of files as it is now.
fn attached(reader: Reader, mut view: ComposeView, files: Files) -> AppResult<Response> {
    if files.errors.is_empty() {
        return reader.page(&view);
    }
    view.errors = files.errors;
    reader.form_again(&view)
}

/// Topics that have the words of a title.
async fn similar(state: &AppState, reader: &Reader, title: &str) -> AppResult<Vec<TopicRow>> {
    let db = state.forum.db();
    let question = Question {
        text: title.to_owned(),
        wanted: Some(Wanted::Topic),
        sight: Sight::of(reader.viewer()),
        ..Question::default()
    };
    let hits = search::find(db, &question, PageRequest::first(SIMILAR)).await?;
    let ids: Vec<_> = hits.items.iter().filter_map(|hit| hit.topic).collect();
    let cards = topics::cards_by_ids(db, &ids).await?;
    Ok(rows::topic_rows(cards, true))
}

/// The post to change, with its topic, once it is known that the viewer may change it.
async fn changeable(state: &AppState, reader: &Reader, id: PostId) -> AppResult<(Post, Topic)> {
    reader.current.person()?;
    let db = state.forum.db();
    let post = posts::readable(db, reader.viewer(), id).await?;
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        return Err(Error::Gone(Kind::Post).into());
    }
    let topic = topics::by_id(db, post.topic_id).await?;
    policy::posts::can_edit(reader.viewer(), &post, &topic)?;
    Ok((post, topic))
}

async fn edit_view(
    state: &AppState,
    post: &Post,
    topic: &Topic,
    fields: Fields,
    files: &Files,
) -> AppResult<ComposeView> {
    let mode = if topic.opening_post_id == Some(post.id) {
        ComposeMode::EditTopic {
            topic: rows::topic_link(topic),
        }
    } else {
        let author = actors::by_id(state.forum.db(), post.author_id).await?;
        ComposeMode::EditReply {
            topic: rows::topic_link(topic),
            post: PostLink {
                number: rows::count(post.number),
                url: format!("/p/{}", post.id),
                author: actors::shown_name(&author).to_owned(),
            },
        }
    };
    let action = format!("/p/{}/edit", post.id);
    let db = state.forum.db();
    let category = categories::by_id(db, topic.category_id).await?;
    let mut view = form(state, mode, action, fields, files);
    view.audience = rows::audience_of(db, state.config(), &category).await?;
    Ok(view)
}

/// `GET /p/{id}/edit`.
pub(super) async fn edit(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<PostId>,
    Query(resumed): Query<drafts::Resumed>,
) -> AppResult {
    let (post, topic) = changeable(&state, &reader, id).await?;
    let fields = Fields {
        title: topic.title.clone(),
        kind: topic.kind.as_str().to_owned(),
        content: post.content_source.clone().unwrap_or_default(),
        language: post.language.clone().unwrap_or_default(),
        tags: topics::tags_of(state.forum.db(), topic.id)
            .await?
            .join(", "),
        warning: post.warning.clone().unwrap_or_default(),
        ..Fields::default()
    };
    let draft = resumed.find(&state, &reader).await?;
    let files = Files::begin(&state, &reader, Some(post.id), draft.as_ref()).await?;
    let fields = fields.resume(draft);
    let view = edit_view(&state, &post, &topic, fields, &files).await?;
    reader.frame.noindex = true;
    reader.page(&view)
}

/// `POST /p/{id}/edit`: shows the change as it would be, or makes it.
pub(super) async fn save(
    State(state): State<AppState>,
    mut reader: Reader,
    Path(id): Path<PostId>,
    FormWithFiles { fields, parts }: FormWithFiles<Fields>,
) -> AppResult<Response> {
    let (post, topic) = changeable(&state, &reader, id).await?;
    reader.frame.noindex = true;
    let files = Files::take(&state, &reader, Some(post.id), parts).await?;
    if fields.is_draft() {
        let new = fields.to_draft(DraftOf::Change {
            topic: topic.id,
            post: post.id,
        });
        let here = format!("/p/{}/edit", post.id);
        return match drafts::keep(&state, &reader, &fields.draft, new, &here, &files).await? {
            Ok(kept) => Ok(kept),
            Err(errors) => {
                let mut view = edit_view(&state, &post, &topic, fields, &files).await?;
                view.errors = errors;
                reader.form_again(&view)
            }
        };
    }
    if fields.attaches(&files) {
        let view = edit_view(&state, &post, &topic, fields, &files).await?;
        return attached(reader, view, files);
    }
    let opening = topic.opening_post_id == Some(post.id);
    let (place, parsed) = if opening {
        let parsed = NewTopic::parse(
            &fields.title,
            &fields.content,
            topic.kind,
            Some(&fields.language),
            &fields.tags(),
        );
        (Place::Opening, parsed.map(|new| new.content().to_owned()))
    } else {
        let parsed = NewReply::parse(&fields.content, Some(&fields.language));
        (Place::Reply, parsed.map(|new| new.content().to_owned()))
    };
    match files.judge(&state, &reader, parsed)? {
        Err(errors) => {
            let mut view = edit_view(&state, &post, &topic, fields, &files).await?;
            view.errors = errors;
            reader.form_again(&view)
        }
        Ok(content) if fields.is_preview() => {
            let shown = preview(&state, &content, place, Some(&fields.language)).await?;
            let mut view = edit_view(&state, &post, &topic, fields, &files).await?;
            view.preview = Some(shown);
            reader.preview(&view)
        }
        Ok(content) => {
            know_mentioned(&state, &content).await;
            let kept = fields.clone();
            let change = PostChange {
                content: Some(content),
                title: opening.then(|| fields.title.clone()),
                tags: opening.then(|| fields.tags()),
                language: Some(fields.language),
                kind: None,
                warning: Some(Some(fields.warning.clone())),
                media: Some(files.chosen()),
            };
            let tx = state.forum.begin().await?;
            let edited = posts::edit(&tx, reader.viewer(), post.clone(), change).await;
            let post = match edited {
                Ok(edited) => edited,
                Err(error) => {
                    let errors = problems::refused(&state, &reader, error)?;
                    let mut view = edit_view(&state, &post, &topic, kept, &files).await?;
                    view.errors = errors;
                    return reader.form_again(&view);
                }
            };
            drafts::published(&tx, &reader, &fields.draft).await?;
            let topic = topics::by_id(tx.c(), topic.id).await?;
            tx.commit().await?;
            let page = posts::page_of(post.number);
            let path = topic_pages::place(&topic, post.number, page);
            Ok(reader.redirect(&path, Some(Notice::PostEdited)))
        }
    }
}
