//! Changing a post: here with versions, or by a newer version from elsewhere.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::{RemotePost, by_id, check_present, index, put_mentions};
use crate::content::{self, Body, Place};
use crate::db::entity::revision;
use crate::id::{self, ActorId};
use crate::kinds::TopicKind;
use crate::media::{self, Chosen};
use crate::{
    Error, Event, Origin, Post, Result, Timestamp, Tx, Viewer, answers, bans, newcomers, officials,
    policy, polls, quotes, topics,
};

/// What an edit changes; what is none stays. Title, tags and kind only count on an opening post.
#[derive(Clone, Debug, Default)]
pub struct PostChange {
    /// New Markdown.
    pub content: Option<String>,
    /// New language.
    pub language: Option<String>,
    /// New title.
    pub title: Option<String>,
    /// New tags.
    pub tags: Option<Vec<String>>,
    /// New kind.
    pub kind: Option<TopicKind>,
    /// New content warning; `Some(None)` takes it away.
    pub warning: Option<Option<String>>,
    /// All files, in their order.
    pub media: Option<Vec<Chosen>>,
}

/// Changes a post here; the version before is kept.
pub async fn edit(tx: &Tx, viewer: &Viewer, post: Post, change: PostChange) -> Result<Post> {
    check_present(&post)?;
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_edit(viewer, &post, &topic)?;
    bans::check(tx, viewer, topic.category_id).await?;
    let editor = viewer.actor_id().ok_or(crate::Denied::SignIn)?;
    if officials::is_settled(&post, tx.now()) {
        return Err(crate::Denied::Official.into());
    }
    let mut errors = Vec::new();
    let content = change
        .content
        .as_deref()
        .map(|c| content::check_body(c, &mut errors));
    let language = content::check_language(change.language.as_deref(), &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let opening = topic.opening_post_id == Some(post.id);
    let place = if opening {
        Place::Opening
    } else {
        Place::Reply
    };
    let content = content.filter(|c| Some(c) != post.content_source.as_ref());
    let relabel = language.is_some() && language != post.language;
    let attachments = match &change.media {
        // Files of posts from elsewhere are not ours to change.
        Some(chosen) if post.local => media::attach(tx, editor, post.id, chosen).await?,
        _ => None,
    };
    let warning = change
        .warning
        .map(|warning| content::clean_warning(warning.as_deref()))
        .filter(|warning| *warning != post.warning);
    let mut post = post;
    if content.is_some() || relabel || attachments.is_some() || warning.is_some() {
        let old_title = opening.then(|| topic.title.clone());
        keep_revision(tx, &post, old_title, editor).await?;
        let source = content.or_else(|| post.content_source.clone());
        let language = language.or_else(|| post.language.clone());
        let body = Body::from_markdown(
            tx.c(),
            tx.config(),
            source.as_deref().unwrap_or_default(),
            place,
            language.as_deref(),
        )
        .await?;
        newcomers::check(tx, viewer, &body, newcomers::Act::Change).await?;
        let at = next_edit(&post, tx.now());
        put_mentions(tx, post.id, &body.mentions).await?;
        let mut row = post.into_active_model();
        row.content_source = Set(body.source);
        row.content_html = Set(body.html.into_string());
        row.language = Set(language);
        if let Some(warning) = warning {
            row.warning = Set(warning);
        }
        if let Some(attachments) = attachments {
            row.attachments = Set(attachments);
        }
        row.edited_at = Set(Some(at));
        post = row.update(tx.c()).await?;
        let tags = topics::tags_of(tx.c(), topic.id).await?;
        index(tx, &topic, &post, if opening { &tags } else { &[] }).await?;
        tx.emit(Event::PostEdited {
            post: post.id,
            editor,
            origin: Origin::Local,
        });
    }
    if opening && (change.title.is_some() || change.tags.is_some() || change.kind.is_some()) {
        let title = change.title.filter(|t| *t != topic.title);
        let kind = change.kind.filter(|k| *k != topic.kind);
        let tags = match change.tags {
            Some(tags) if tags != topics::tags_of(tx.c(), topic.id).await? => Some(tags),
            _ => None,
        };
        if title.is_some() || kind.is_some() || tags.is_some() {
            topics::change(
                tx,
                viewer,
                topic,
                topics::TopicChange {
                    title,
                    tags,
                    kind,
                    ..Default::default()
                },
            )
            .await?;
            post = by_id(tx.c(), post.id).await?;
        }
    }
    Ok(post)
}

/// An edit always has a later time than what it replaces: others ignore one that isn't newer.
fn next_edit(post: &Post, now: Timestamp) -> Timestamp {
    let last = post.edited_at.unwrap_or(post.created_at);
    // Whole seconds, since some software compares these only.
    now.latest(last.plus_seconds(1))
}

/// Marks a post as edited without changing its text (its topic's title or tags changed).
pub(crate) async fn touch(tx: &Tx, post: &Post) -> Result<()> {
    let mut row = post.clone().into_active_model();
    row.edited_at = Set(Some(next_edit(post, tx.now())));
    row.update(tx.c()).await?;
    Ok(())
}

/// What a newer version of a remote post says.
#[derive(Clone, Debug)]
pub struct RemoteEdit {
    /// The new version. Its id, type and dates of publication are not looked at.
    pub remote: RemotePost,
    /// Title, for an opening post, and whether it was derived from the text.
    pub title: Option<(String, bool)>,
    /// Who edited: the author, or a moderator.
    pub editor: ActorId,
}

/// Takes over a newer version of a remote post. False when what we have is as new, or it is a tombstone.
pub async fn receive_edit(tx: &Tx, post: Post, edit: RemoteEdit) -> Result<bool> {
    if post.local || post.deleted_at.is_some() {
        return Ok(false);
    }
    let known = post.edited_at.unwrap_or(post.created_at);
    if let Some(quote) = edit.remote.quote.clone() {
        quotes::refresh(tx, &post, quote).await?;
    }
    let says = edit.remote.updated;
    let mut edit = edit;
    if let Some(poll) = edit.remote.poll.take() {
        // Servers send a poll again when its counts change: that is no other version of the post.
        let edited = says.is_some_and(|updated| updated.earliest(tx.now()) > known);
        let changed = polls::refresh(tx, &post, poll, edited).await?;
        if !edited {
            if changed && post.removed_at.is_none() {
                tx.emit(Event::PostEdited {
                    post: post.id,
                    editor: edit.editor,
                    origin: edit.remote.origin,
                });
            }
            return Ok(changed);
        }
    }
    let updated = says.unwrap_or(tx.now()).earliest(tx.now());
    if updated <= known {
        return Ok(false);
    }
    let mut topic = topics::by_id(tx.c(), post.topic_id).await?;
    let opening = topic.opening_post_id == Some(post.id);
    if opening && let Some(answer) = edit.remote.answer.take() {
        topic = answers::named(tx, topic, &answer).await?;
    }
    let official = edit.remote.official.take();
    if official.is_some() {
        officials::came(tx, topic.id).await?;
        topic = topics::by_id(tx.c(), topic.id).await?;
    }
    // Sent again for something else, a lock say: no other version.
    let same = says.is_none()
        && post.content_html == edit.remote.body.html.as_str()
        && post.warning == edit.remote.warning
        && edit
            .title
            .as_ref()
            .is_none_or(|(title, _)| *title == topic.title);
    if !same {
        let old_title = opening.then(|| topic.title.clone());
        keep_revision(tx, &post, old_title, edit.editor).await?;
    }
    let body = edit.remote.body;
    put_mentions(tx, post.id, &body.mentions).await?;
    let mut row = post.into_active_model();
    row.content_source = Set(body.source);
    row.content_html = Set(body.html.into_string());
    row.language = Set(edit.remote.language);
    row.warning = Set(edit.remote.warning);
    if let Some(official) = official {
        row.official = Set(official.written());
    }
    row.attachments = Set(edit.remote.attachments);
    row.url = Set(edit.remote.url);
    if !same {
        row.edited_at = Set(Some(updated));
    }
    let post = row.update(tx.c()).await?;
    let mut tags = Vec::new();
    if opening && let Some((title, derived)) = edit.title {
        tags = body
            .hashtags
            .iter()
            .filter_map(|t| topics::clean_tag(t))
            .take(topics::MAX_TAGS)
            .collect();
        tags.sort_unstable();
        tags.dedup();
        let told = topics::Told {
            kind: edit.remote.kind,
            locked: edit.remote.locked,
        };
        topic = topics::retitle_remote(tx, topic, title, derived, &tags, told).await?;
    }
    // A moderator who gives it back finds the newer text; until then nobody else does.
    if post.removed_at.is_some() || topic.removed_at.is_some() {
        return Ok(true);
    }
    index(tx, &topic, &post, &tags).await?;
    tx.emit(Event::PostEdited {
        post: post.id,
        editor: edit.editor,
        origin: edit.remote.origin,
    });
    Ok(true)
}

/// Keeps the present version of a post before it is replaced.
pub(crate) async fn keep_revision(
    tx: &Tx,
    post: &Post,
    title: Option<String>,
    editor: ActorId,
) -> Result<()> {
    revision::ActiveModel {
        id: Set(id::mint(tx.now())),
        post_id: Set(post.id),
        editor_id: Set(editor),
        title: Set(title),
        content_source: Set(post.content_source.clone()),
        content_html: Set(post.content_html.clone()),
        written_at: Set(post.edited_at.unwrap_or(post.created_at)),
        replaced_at: Set(tx.now()),
    }
    .insert(tx.c())
    .await?;
    Ok(())
}
