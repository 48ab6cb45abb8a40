//! Posts: replying, receiving, editing with versions, deleting to a tombstone, removing, and reading a topic.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use crate::content::{self, Body, Place};
use crate::db::entity::{post, post_mention, revision};
use crate::id::{self, ActorId, PostId, TopicId};
use crate::kinds::{ActorKind, NotificationKind, SearchKind, TopicKind};
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::text::sanitize;
use crate::{
    Actor, Error, Event, Kind, Origin, Post, Read, Result, Revision, Timestamp, Topic, Tx, Viewer,
    actors, affiliations, bookmarks, categories, moderation, notifications, policy, search, topics,
    votes,
};

/// Posts on one page of a topic.
pub const PAGE: i32 = 20;

/// Input for a reply, valid once it exists.
#[derive(Clone, Debug)]
pub struct NewReply {
    content: String,
    language: Option<String>,
}

impl NewReply {
    /// Checks the input as people give it.
    pub fn parse(content: &str, language: Option<&str>) -> Result<Self> {
        let mut errors = Vec::new();
        let new = Self {
            content: content::check_body(content, &mut errors),
            language: content::check_language(language, &mut errors),
        };
        if errors.is_empty() {
            Ok(new)
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// The Markdown.
    pub fn content(&self) -> &str {
        &self.content
    }
}

/// A post from elsewhere, as `parvis-federation` read it: checked, cleaned, and known to be its author's.
#[derive(Clone, Debug)]
pub struct RemotePost {
    /// ActivityPub id.
    pub uri: String,
    /// Page for people.
    pub url: Option<String>,
    /// ActivityPub type.
    pub object_type: String,
    /// Text.
    pub body: Body,
    /// Content warning.
    pub warning: Option<String>,
    /// Language tag.
    pub language: Option<String>,
    /// JSON array of `{kind, media_type, url, name}`.
    pub attachments: String,
    /// Published.
    pub published: Timestamp,
    /// Last edit, when the object says so.
    pub updated: Option<Timestamp>,
    /// Id of the conversation.
    pub context: Option<String>,
    /// Kind of topic, for opening posts that say it.
    pub kind: Option<TopicKind>,
    /// `commentsEnabled: false`.
    pub locked: bool,
    /// How it came.
    pub origin: Origin,
}

/// Replies in a topic, to `parent` or else to the opening post.
pub async fn reply(
    tx: &Tx,
    viewer: &Viewer,
    topic: &Topic,
    parent: Option<&Post>,
    new: NewReply,
) -> Result<Post> {
    let (topic, parent) = check_reply(tx, viewer, topic, parent).await?;
    let author = viewer.actor().ok_or(crate::Denied::SignIn)?;
    let body = Body::from_markdown(
        tx.c(),
        tx.config(),
        &new.content,
        Place::Reply,
        new.language.as_deref(),
    )
    .await?;
    let language = new.language.or_else(|| topic.language.clone());
    let post = insert_local(tx, author, &topic, Some(&parent), body, language).await?;
    finish_reply(tx, &topic, post, &parent, Origin::Local).await
}

/// A reply from elsewhere.
pub async fn receive(
    tx: &Tx,
    viewer: &Viewer,
    topic: &Topic,
    parent: Option<&Post>,
    remote: RemotePost,
) -> Result<Post> {
    let (topic, parent) = check_reply(tx, viewer, topic, parent).await?;
    let author = viewer.actor().ok_or(crate::Denied::SignIn)?;
    let origin = remote.origin.clone();
    let post = insert_remote(tx, author, &topic, Some(&parent), remote).await?;
    finish_reply(tx, &topic, post, &parent, origin).await
}

async fn check_reply(
    tx: &Tx,
    viewer: &Viewer,
    topic: &Topic,
    parent: Option<&Post>,
) -> Result<(Topic, Post)> {
    // Read again inside the transaction: the number of the next post comes from this row.
    let topic = topics::by_id(tx.c(), topic.id).await?;
    if topic.removed_at.is_some() {
        return Err(Error::Gone(Kind::Topic));
    }
    let category = categories::by_id(tx.c(), topic.category_id).await?;
    policy::topics::can_reply(viewer, &topic, &category)?;
    let parent = match parent {
        Some(parent) if parent.topic_id != topic.id => {
            return Err(Error::field("reply_to", "unknown"));
        }
        Some(parent) => parent.clone(),
        None => topics::opening_post(tx.c(), &topic).await?,
    };
    Ok((topic, parent))
}

async fn finish_reply(
    tx: &Tx,
    topic: &Topic,
    post: Post,
    parent: &Post,
    origin: Origin,
) -> Result<Post> {
    let active = topic.last_activity_at.latest(post.created_at);
    topics::count_reply(tx, topic.id, 1, Some(active)).await?;
    count_direct(tx, parent.id, 1).await?;
    categories::count(tx, topic.category_id, 0, 1, true).await?;
    index(tx, topic, &post, &[]).await?;
    notify_mentioned(tx, topic, &post, Some(parent)).await?;
    tx.emit(Event::PostCreated {
        post: post.id,
        origin,
    });
    Ok(post)
}

pub(crate) async fn insert_local(
    tx: &Tx,
    author: &Actor,
    topic: &Topic,
    parent: Option<&Post>,
    body: Body,
    language: Option<String>,
) -> Result<Post> {
    let id: PostId = id::mint(tx.now());
    let activity: i64 = id::mint(tx.now());
    let opening = parent.is_none();
    let row = post::ActiveModel {
        id: Set(id),
        topic_id: Set(topic.id),
        author_id: Set(author.id),
        number: Set(topic.next_number),
        uri: Set(tx.config().local_url(&format!("/p/{id}")).to_string()),
        url: Set(None),
        local: Set(true),
        reply_to_id: Set(parent.map(|p| p.id)),
        object_type: Set(if opening { "Article" } else { "Note" }.to_owned()),
        content_source: Set(body.source),
        content_html: Set(body.html.into_string()),
        warning: Set(None),
        language: Set(language),
        attachments: Set("[]".to_owned()),
        affiliation: Set(affiliations::snapshot(tx.c(), author.id).await?),
        activity_uri: Set(Some(
            tx.config().local_url(&format!("/a/{activity}")).to_string(),
        )),
        activity: Set(None),
        created_at: Set(tx.now()),
        received_at: Set(tx.now()),
        edited_at: Set(None),
        deleted_at: Set(None),
        removed_at: Set(None),
        removed_reason: Set(None),
        like_count: Set(0),
        dislike_count: Set(0),
        reply_count: Set(0),
    };
    let post = row.insert(tx.c()).await?;
    put_mentions(tx, post.id, &body.mentions).await?;
    Ok(post)
}

pub(crate) async fn insert_remote(
    tx: &Tx,
    author: &Actor,
    topic: &Topic,
    parent: Option<&Post>,
    remote: RemotePost,
) -> Result<Post> {
    let (activity_uri, activity) = match &remote.origin {
        Origin::Received { uri, activity } => (Some(uri.to_string()), Some(activity.to_string())),
        Origin::Local | Origin::Fetched => (None, None),
    };
    let published = remote.published.earliest(tx.now());
    let row = post::ActiveModel {
        id: Set(id::mint(tx.now())),
        topic_id: Set(topic.id),
        author_id: Set(author.id),
        number: Set(topic.next_number),
        uri: Set(remote.uri),
        url: Set(remote.url),
        local: Set(false),
        reply_to_id: Set(parent.map(|p| p.id)),
        object_type: Set(remote.object_type),
        content_source: Set(remote.body.source),
        content_html: Set(remote.body.html.into_string()),
        warning: Set(remote.warning),
        language: Set(remote.language),
        attachments: Set(remote.attachments),
        affiliation: Set(None),
        activity_uri: Set(activity_uri),
        activity: Set(activity),
        created_at: Set(published),
        received_at: Set(tx.now()),
        edited_at: Set(remote.updated.filter(|u| *u > published)),
        deleted_at: Set(None),
        removed_at: Set(None),
        removed_reason: Set(None),
        like_count: Set(0),
        dislike_count: Set(0),
        reply_count: Set(0),
    };
    let post = row.insert(tx.c()).await?;
    put_mentions(tx, post.id, &remote.body.mentions).await?;
    Ok(post)
}

async fn put_mentions(tx: &Tx, post: PostId, mentions: &[ActorId]) -> Result<()> {
    post_mention::Entity::delete_many()
        .filter(post_mention::Column::PostId.eq(post))
        .exec(tx.c())
        .await?;
    if mentions.is_empty() {
        return Ok(());
    }
    post_mention::Entity::insert_many(mentions.iter().take(content::MAX_MENTIONS).map(|actor| {
        post_mention::ActiveModel {
            post_id: Set(post),
            actor_id: Set(*actor),
        }
    }))
    .exec_without_returning(tx.c())
    .await?;
    Ok(())
}

/// Tells the people of this node who are mentioned, and the author of the post that is answered.
pub(crate) async fn notify_mentioned(
    tx: &Tx,
    topic: &Topic,
    post: &Post,
    parent: Option<&Post>,
) -> Result<()> {
    let answered = parent.map(|p| p.author_id);
    if let Some(author) = answered {
        notifications::notify(
            tx,
            author,
            NotificationKind::Reply,
            post.author_id,
            Some(topic.id),
            Some(post.id),
        )
        .await?;
    }
    for actor in mentioned(tx.c(), post.id).await? {
        if actor.local && actor.kind == ActorKind::Person && Some(actor.id) != answered {
            notifications::notify(
                tx,
                actor.id,
                NotificationKind::Mention,
                post.author_id,
                Some(topic.id),
                Some(post.id),
            )
            .await?;
        }
    }
    Ok(())
}

/// The words of a post in the search index; the opening post carries the title and the tags of its topic.
pub(crate) async fn index(tx: &Tx, topic: &Topic, post: &Post, tags: &[String]) -> Result<()> {
    let opening = post.reply_to_id.is_none();
    let mut text = sanitize::plain_text(&post.content_html);
    for tag in tags {
        text.push(' ');
        text.push_str(tag);
    }
    search::put(
        tx,
        search::Doc {
            id: post.id.0,
            kind: SearchKind::Post,
            topic: Some(topic.id),
            category: Some(topic.category_id),
            author: Some(post.author_id),
            language: post.language.as_deref(),
            created_at: post.created_at,
            title: if opening { &topic.title } else { "" },
            text: &text,
        },
    )
    .await
}

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
}

/// Changes a post here; the version before is kept.
pub async fn edit(tx: &Tx, viewer: &Viewer, post: Post, change: PostChange) -> Result<Post> {
    check_present(&post)?;
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_edit(viewer, &post, &topic)?;
    let editor = viewer.actor_id().ok_or(crate::Denied::SignIn)?;
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
    let mut post = post;
    if content.is_some() || relabel {
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
        let at = next_edit(&post, tx.now());
        put_mentions(tx, post.id, &body.mentions).await?;
        let mut row = post.into_active_model();
        row.content_source = Set(body.source);
        row.content_html = Set(body.html.into_string());
        row.language = Set(language);
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
    let updated = edit.remote.updated.unwrap_or(tx.now()).earliest(tx.now());
    if updated <= known {
        return Ok(false);
    }
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    let opening = topic.opening_post_id == Some(post.id);
    let old_title = opening.then(|| topic.title.clone());
    keep_revision(tx, &post, old_title, edit.editor).await?;
    let body = edit.remote.body;
    put_mentions(tx, post.id, &body.mentions).await?;
    let mut row = post.into_active_model();
    row.content_source = Set(body.source);
    row.content_html = Set(body.html.into_string());
    row.language = Set(edit.remote.language);
    row.warning = Set(edit.remote.warning);
    row.attachments = Set(edit.remote.attachments);
    row.url = Set(edit.remote.url);
    row.edited_at = Set(Some(updated));
    let post = row.update(tx.c()).await?;
    let mut topic = topic;
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
        topic = topics::retitle_remote(tx, topic, title, derived, &tags, Some(edit.remote.locked))
            .await?;
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

fn check_present(post: &Post) -> Result<()> {
    if post.deleted_at.is_some() || post.removed_at.is_some() {
        Err(Error::Gone(Kind::Post))
    } else {
        Ok(())
    }
}

/// The author deletes a post: its text, versions and votes are erased, a tombstone stays. Doing it again changes
/// nothing.
pub async fn delete(tx: &Tx, viewer: &Viewer, post: Post, origin: Origin) -> Result<Post> {
    if post.deleted_at.is_some() {
        return Ok(post);
    }
    policy::posts::can_delete(viewer, &post)?;
    let visible = post.removed_at.is_none();
    revision::Entity::delete_many()
        .filter(revision::Column::PostId.eq(post.id))
        .exec(tx.c())
        .await?;
    put_mentions(tx, post.id, &[]).await?;
    let mut row = post.into_active_model();
    row.content_source = Set(None);
    row.content_html = Set(String::new());
    row.attachments = Set("[]".to_owned());
    row.activity = Set(None);
    row.warning = Set(None);
    row.deleted_at = Set(Some(tx.now()));
    let post = row.update(tx.c()).await?;
    take_away(tx, &post, visible).await?;
    tx.emit(Event::PostDeleted {
        post: post.id,
        origin,
    });
    Ok(post)
}

/// A moderator removes a post: it is hidden, and can be restored. Doing it again changes nothing.
pub async fn remove(
    tx: &Tx,
    viewer: &Viewer,
    post: Post,
    reason: &str,
    origin: Origin,
) -> Result<Post> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_remove(viewer, &topic)?;
    if post.removed_at.is_some() || post.deleted_at.is_some() {
        return Ok(post);
    }
    let mut row = post.into_active_model();
    row.removed_at = Set(Some(tx.now()));
    row.removed_reason = Set(Some(sanitize::clean_title(reason)));
    let post = row.update(tx.c()).await?;
    take_away(tx, &post, true).await?;
    moderation::log(
        tx,
        viewer,
        "remove",
        moderation::Target::Post(&post),
        reason,
    )
    .await?;
    if let Some(by) = viewer.actor_id() {
        notifications::notify(
            tx,
            post.author_id,
            NotificationKind::Moderation,
            by,
            Some(post.topic_id),
            Some(post.id),
        )
        .await?;
    }
    tx.emit(Event::PostRemoved {
        post: post.id,
        moderator: viewer.actor_id(),
        reason: reason.to_owned(),
        origin,
    });
    Ok(post)
}

/// A moderator puts a removed post back.
pub async fn restore(
    tx: &Tx,
    viewer: &Viewer,
    post: Post,
    reason: &str,
    origin: Origin,
) -> Result<Post> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    policy::posts::can_remove(viewer, &topic)?;
    if post.removed_at.is_none() {
        return Ok(post);
    }
    let mut row = post.into_active_model();
    row.removed_at = Set(None);
    row.removed_reason = Set(None);
    let post = row.update(tx.c()).await?;
    if post.deleted_at.is_none() {
        bring_back(tx, &post).await?;
    }
    moderation::log(
        tx,
        viewer,
        "restore",
        moderation::Target::Post(&post),
        reason,
    )
    .await?;
    tx.emit(Event::PostRestored {
        post: post.id,
        actor: viewer.actor_id(),
        by_author: false,
        origin,
    });
    Ok(post)
}

/// The author, elsewhere, undid their deletion: the text that their server serves again is taken over.
pub async fn undelete(tx: &Tx, post: Post, remote: RemotePost) -> Result<Post> {
    if post.local || post.deleted_at.is_none() {
        return Ok(post);
    }
    let origin = remote.origin.clone();
    let removed = post.removed_at.is_some();
    put_mentions(tx, post.id, &remote.body.mentions).await?;
    let author = post.author_id;
    let mut row = post.into_active_model();
    row.content_source = Set(remote.body.source);
    row.content_html = Set(remote.body.html.into_string());
    row.attachments = Set(remote.attachments);
    row.warning = Set(remote.warning);
    row.deleted_at = Set(None);
    let post = row.update(tx.c()).await?;
    if !removed {
        bring_back(tx, &post).await?;
    }
    tx.emit(Event::PostRestored {
        post: post.id,
        actor: Some(author),
        by_author: true,
        origin,
    });
    Ok(post)
}

/// Takes a post out of counts, search and notifications; its topic too when it opened it.
async fn take_away(tx: &Tx, post: &Post, was_visible: bool) -> Result<()> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    search::remove(tx, post.id.0).await?;
    notifications::forget_post(tx, post.id).await?;
    if topic.opening_post_id == Some(post.id) {
        topics::set_gone(tx, &topic, post.deleted_at, post.removed_at).await?;
        if was_visible {
            categories::count(tx, topic.category_id, 0, -1, false).await?;
        }
    } else if was_visible {
        topics::count_reply(tx, topic.id, -1, None).await?;
        categories::count(tx, topic.category_id, 0, -1, false).await?;
        if let Some(parent) = post.reply_to_id {
            count_direct(tx, parent, -1).await?;
        }
    }
    Ok(())
}

async fn bring_back(tx: &Tx, post: &Post) -> Result<()> {
    let topic = topics::by_id(tx.c(), post.topic_id).await?;
    let opening = topic.opening_post_id == Some(post.id);
    if opening {
        topics::set_gone(tx, &topic, post.deleted_at, post.removed_at).await?;
        for reply in post::Entity::find()
            .filter(post::Column::TopicId.eq(topic.id))
            .filter(post::Column::DeletedAt.is_null())
            .filter(post::Column::RemovedAt.is_null())
            .all(tx.c())
            .await?
        {
            if reply.id != post.id {
                index(tx, &topic, &reply, &[]).await?;
            }
        }
    } else {
        topics::count_reply(tx, topic.id, 1, None).await?;
        if let Some(parent) = post.reply_to_id {
            count_direct(tx, parent, 1).await?;
        }
    }
    categories::count(tx, topic.category_id, 0, 1, false).await?;
    let tags = topics::tags_of(tx.c(), topic.id).await?;
    index(tx, &topic, post, if opening { &tags } else { &[] }).await
}

async fn count_direct(tx: &Tx, parent: PostId, by: i32) -> Result<()> {
    post::Entity::update_many()
        .col_expr(
            post::Column::ReplyCount,
            Expr::col(post::Column::ReplyCount).add(by),
        )
        .filter(post::Column::Id.eq(parent))
        .exec(tx.c())
        .await?;
    Ok(())
}

/// By id.
pub async fn by_id(db: &impl Read, id: PostId) -> Result<Post> {
    post::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Post))
}

/// By ids, in any order; those that are not there are missing.
pub async fn by_ids(db: &impl Read, ids: &[PostId]) -> Result<Vec<Post>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(post::Entity::find()
        .filter(post::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?)
}

/// By ActivityPub id.
pub async fn by_uri(db: &impl Read, uri: &str) -> Result<Option<Post>> {
    Ok(post::Entity::find()
        .filter(post::Column::Uri.eq(uri))
        .one(db)
        .await?)
}

/// Who is mentioned in a post.
pub async fn mentioned(db: &impl Read, post: PostId) -> Result<Vec<Actor>> {
    let ids: Vec<ActorId> = post_mention::Entity::find()
        .select_only()
        .column(post_mention::Column::ActorId)
        .filter(post_mention::Column::PostId.eq(post))
        .into_tuple()
        .all(db)
        .await?;
    let mut actors: Vec<Actor> = actors::by_ids(db, ids).await?.into_values().collect();
    actors.sort_by_key(|a| a.id);
    Ok(actors)
}

/// The earlier versions of a post, oldest first. A deleted or removed post has none to show.
pub async fn revisions(db: &impl Read, post: &Post) -> Result<Vec<Revision>> {
    check_present(post)?;
    Ok(revision::Entity::find()
        .filter(revision::Column::PostId.eq(post.id))
        .order_by_asc(revision::Column::Id)
        .all(db)
        .await?)
}

/// A post as people read it.
#[derive(Clone, Debug)]
pub struct PostView {
    /// The post.
    pub post: Post,
    /// Who wrote it.
    pub author: Actor,
    /// Number and author of the post that it answers, when that isn't the opening post.
    pub reply_to: Option<ReplyTo>,
    /// The viewer likes it.
    pub liked: bool,
    /// The viewer keeps it.
    pub bookmarked: bool,
}

/// The post that another one answers.
#[derive(Clone, Debug)]
pub struct ReplyTo {
    /// Its id.
    pub id: PostId,
    /// Its number in the topic.
    pub number: i32,
    /// Its author.
    pub author: Actor,
}

impl PostView {
    /// True when nothing but a tombstone is left to see.
    pub fn is_gone(&self) -> bool {
        self.post.deleted_at.is_some() || self.post.removed_at.is_some()
    }
}

/// Posts of a topic in the order of publication, tombstones included.
pub async fn list(
    db: &impl Read,
    viewer: &Viewer,
    topic: TopicId,
    page: PageRequest,
) -> Result<Page<PostView>> {
    let rows = post::Entity::find()
        .filter(post::Column::TopicId.eq(topic))
        .filter(page.condition(
            post::Column::CreatedAt,
            post::Column::Id,
            Order::OldestFirst,
        ))
        .order_by_asc(post::Column::CreatedAt)
        .order_by_asc(post::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let page = Page::from_rows(rows, page.limit, |p| Cursor {
        key: p.created_at.0,
        id: p.id.0,
    });
    let next = page.next;
    Ok(Page {
        items: views(db, viewer, page.items).await?,
        next,
    })
}

/// The posts numbered `(page-1)·20+1` to `page·20` of a topic. `page` counts from 1.
pub async fn numbered_page(
    db: &impl Read,
    viewer: &Viewer,
    topic: TopicId,
    page: i32,
) -> Result<Vec<PostView>> {
    let first = page.saturating_sub(1).saturating_mul(PAGE);
    let rows = post::Entity::find()
        .filter(post::Column::TopicId.eq(topic))
        .filter(post::Column::Number.gt(first))
        .filter(post::Column::Number.lte(first.saturating_add(PAGE)))
        .order_by_asc(post::Column::Number)
        .all(db)
        .await?;
    views(db, viewer, rows).await
}

/// The page of its topic on which a post stands, counted from 1.
pub fn page_of(number: i32) -> i32 {
    (number - 1).div_euclid(PAGE) + 1
}

/// Posts by one author that can be read, newest first.
pub async fn by_author(
    db: &impl Read,
    viewer: &Viewer,
    author: ActorId,
    page: PageRequest,
) -> Result<Page<PostView>> {
    let rows = post::Entity::find()
        .filter(post::Column::AuthorId.eq(author))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .filter(page.condition(
            post::Column::CreatedAt,
            post::Column::Id,
            Order::NewestFirst,
        ))
        .order_by_desc(post::Column::CreatedAt)
        .order_by_desc(post::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let page = Page::from_rows(rows, page.limit, |p| Cursor {
        key: p.created_at.0,
        id: p.id.0,
    });
    let next = page.next;
    Ok(Page {
        items: views(db, viewer, page.items).await?,
        next,
    })
}

/// The last posts of a topic that can be read with their authors, newest first.
pub async fn latest(db: &impl Read, topic: TopicId, limit: u64) -> Result<Vec<(Post, Actor)>> {
    let rows = post::Entity::find()
        .filter(post::Column::TopicId.eq(topic))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .order_by_desc(post::Column::CreatedAt)
        .order_by_desc(post::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    let authors = actors::by_ids(db, rows.iter().map(|p| p.author_id)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|post| {
            let author = authors.get(&post.author_id)?.clone();
            Some((post, author))
        })
        .collect())
}

/// How many posts by one author can be read.
pub async fn count_by_author(db: &impl Read, author: ActorId) -> Result<u64> {
    Ok(post::Entity::find()
        .filter(post::Column::AuthorId.eq(author))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .count(db)
        .await?)
}

/// Direct replies to a post that can be read, oldest first.
pub async fn replies(db: &impl Read, post: PostId, page: PageRequest) -> Result<Page<Post>> {
    let rows = post::Entity::find()
        .filter(post::Column::ReplyToId.eq(post))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .filter(page.condition(
            post::Column::CreatedAt,
            post::Column::Id,
            Order::OldestFirst,
        ))
        .order_by_asc(post::Column::CreatedAt)
        .order_by_asc(post::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(Page::from_rows(rows, page.limit, |p| Cursor {
        key: p.created_at.0,
        id: p.id.0,
    }))
}

/// Ids of the posts of a topic that can be read, in the order of publication.
pub async fn conversation(db: &impl Read, topic: TopicId) -> Result<Vec<String>> {
    Ok(post::Entity::find()
        .select_only()
        .column(post::Column::Uri)
        .filter(post::Column::TopicId.eq(topic))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .order_by_asc(post::Column::CreatedAt)
        .order_by_asc(post::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// Who wrote what can be read in a topic, those with most posts first.
pub async fn participants(db: &impl Read, topic: TopicId) -> Result<Vec<ActorId>> {
    let posts = Expr::expr(Func::count(Expr::col(post::Column::Id)));
    Ok(post::Entity::find()
        .select_only()
        .column(post::Column::AuthorId)
        .filter(post::Column::TopicId.eq(topic))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .group_by(post::Column::AuthorId)
        .order_by(posts, sea_orm::Order::Desc)
        .order_by_asc(post::Column::AuthorId)
        .into_tuple()
        .all(db)
        .await?)
}

/// How many topics an author opened and how many replies they wrote, as far as they can be read.
pub async fn count_topics_and_replies(db: &impl Read, author: ActorId) -> Result<(u64, u64)> {
    let readable = post::Entity::find()
        .filter(post::Column::AuthorId.eq(author))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null());
    let topics = readable
        .clone()
        .filter(post::Column::ReplyToId.is_null())
        .count(db)
        .await?;
    let replies = readable
        .filter(post::Column::ReplyToId.is_not_null())
        .count(db)
        .await?;
    Ok((topics, replies))
}

/// The posts with these ids that can be read, in the order given.
pub async fn views_by_ids(
    db: &impl Read,
    viewer: &Viewer,
    ids: &[PostId],
) -> Result<Vec<PostView>> {
    let rows = post::Entity::find()
        .filter(post::Column::Id.is_in(ids.iter().copied()))
        .filter(post::Column::DeletedAt.is_null())
        .filter(post::Column::RemovedAt.is_null())
        .all(db)
        .await?;
    let mut views = views(db, viewer, rows).await?;
    views.sort_by_key(|view| ids.iter().position(|id| *id == view.post.id));
    Ok(views)
}

/// Posts with what is shown beside them, in a bounded number of queries.
pub async fn views(db: &impl Read, viewer: &Viewer, posts: Vec<Post>) -> Result<Vec<PostView>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let parents: HashMap<PostId, Post> = {
        let here: HashMap<PostId, &Post> = posts.iter().map(|p| (p.id, p)).collect();
        let mut missing = Vec::new();
        let mut found = HashMap::new();
        for parent in posts.iter().filter_map(|p| p.reply_to_id) {
            match here.get(&parent) {
                Some(post) => {
                    found.insert(parent, (*post).clone());
                }
                None => missing.push(parent),
            }
        }
        if !missing.is_empty() {
            for post in post::Entity::find()
                .filter(post::Column::Id.is_in(missing))
                .all(db)
                .await?
            {
                found.insert(post.id, post);
            }
        }
        found
    };
    let actors = actors::by_ids(
        db,
        posts
            .iter()
            .map(|p| p.author_id)
            .chain(parents.values().map(|p| p.author_id)),
    )
    .await?;
    let ids: Vec<PostId> = posts.iter().map(|p| p.id).collect();
    let (liked, bookmarked) = match viewer.actor_id() {
        Some(actor) => (
            votes::liked(db, actor, &ids).await?,
            bookmarks::among(db, actor, &ids).await?,
        ),
        None => (Vec::new(), Vec::new()),
    };
    Ok(posts
        .into_iter()
        .filter_map(|post| {
            let reply_to = post
                .reply_to_id
                .and_then(|id| parents.get(&id))
                .filter(|parent| parent.reply_to_id.is_some())
                .and_then(|parent| {
                    Some(ReplyTo {
                        id: parent.id,
                        number: parent.number,
                        author: actors.get(&parent.author_id)?.clone(),
                    })
                });
            Some(PostView {
                author: actors.get(&post.author_id)?.clone(),
                liked: liked.contains(&post.id),
                bookmarked: bookmarked.contains(&post.id),
                reply_to,
                post,
            })
        })
        .collect())
}
