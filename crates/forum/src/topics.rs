//! Topics: opening, receiving, changing. The lists that people read are in `topics/lists.rs`.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Select,
};

use crate::categories::{self, Category};
use crate::content::{self, Body, Place};
use crate::db::entity::{topic, topic_tag};
use crate::id::{self, ActorId, PostId, TopicId};
use crate::kinds::TopicKind;
use crate::media::Chosen;
use crate::polls::NewPoll;
use crate::posts::{self, RemotePost};
use crate::text::{sanitize, title};
use crate::{
    Error, Event, FieldError, Kind, Origin, Post, Read, Result, Topic, Tx, Viewer, answers, bans,
    moderation, newcomers, policy, search, tags, topic_follows,
};

mod lists;

pub use crate::topic_moves::by_uri;
pub use lists::{Filter, Former, Sort, TopicCard, cards, cards_by_ids, list, readable};

/// Longest title, in characters.
pub const MAX_TITLE: usize = 200;
/// Most tags of a topic.
pub const MAX_TAGS: usize = 10;

/// Input for a new topic, valid once it exists.
#[derive(Clone, Debug)]
pub struct NewTopic {
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) kind: TopicKind,
    pub(crate) language: Option<String>,
    pub(crate) tags: Vec<String>,
    media: Vec<Chosen>,
    poll: Option<NewPoll>,
    warning: Option<String>,
}

impl NewTopic {
    /// Checks the input as people give it.
    pub fn parse(
        title: &str,
        content: &str,
        kind: TopicKind,
        language: Option<&str>,
        tags: &[String],
    ) -> Result<Self> {
        let mut errors = Vec::new();
        let new = Self {
            title: check_title(title, &mut errors),
            content: content::check_body(content, &mut errors),
            kind,
            language: content::check_language(language, &mut errors),
            tags: check_tags(tags, &mut errors),
            media: Vec::new(),
            poll: None,
            warning: None,
        };
        if errors.is_empty() {
            Ok(new)
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// With these files on its opening post.
    #[must_use]
    pub fn with_media(self, media: Vec<Chosen>) -> Self {
        Self { media, ..self }
    }

    /// With this poll in its opening post.
    #[must_use]
    pub fn with_poll(self, poll: Option<NewPoll>) -> Self {
        Self { poll, ..self }
    }

    /// With this warning before its opening post.
    #[must_use]
    pub fn with_warning(self, warning: Option<&str>) -> Self {
        Self {
            warning: content::clean_warning(warning),
            ..self
        }
    }

    /// The Markdown of the opening post.
    pub fn content(&self) -> &str {
        &self.content
    }
}

pub(crate) fn check_title(title: &str, errors: &mut Vec<FieldError>) -> String {
    if title.chars().count() > MAX_TITLE {
        errors.push(FieldError::limit("title", "too-long", 200));
    }
    let title = sanitize::clean_title(title);
    if title.is_empty() {
        errors.push(FieldError::new("title", "blank"));
    }
    title
}

/// Tags as people give them: `#` dropped, lower case, letters, digits, `-` and `_`, at most 50 characters.
fn check_tags(tags: &[String], errors: &mut Vec<FieldError>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for tag in tags {
        let tag = tag.trim().trim_start_matches('#').trim();
        if tag.is_empty() {
            continue;
        }
        match clean_tag(tag) {
            Some(tag) if !out.contains(&tag) => out.push(tag),
            Some(_) => {}
            None => errors.push(FieldError::new("tags", "format")),
        }
    }
    if out.len() > MAX_TAGS {
        errors.push(FieldError::limit("tags", "too-long", 10));
    }
    out
}

/// A tag in its stored form; none when it can't be one.
pub fn clean_tag(tag: &str) -> Option<String> {
    let tag = tag.to_lowercase().replace(' ', "-");
    let ok = !tag.is_empty()
        && tag.chars().count() <= 50
        && tag
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    ok.then_some(tag)
}

/// Opens a topic. Answers the topic and its opening post.
pub async fn open(
    tx: &Tx,
    viewer: &Viewer,
    category: &Category,
    new: NewTopic,
) -> Result<(Topic, Post)> {
    crate::circles::check(tx.c(), viewer, category).await?;
    policy::topics::can_open(viewer, category)?;
    bans::check(tx, viewer, category.id()).await?;
    let author = viewer.actor().ok_or(crate::Denied::SignIn)?;
    let body = Body::from_markdown(
        tx.c(),
        tx.config(),
        &new.content,
        Place::Opening,
        new.language.as_deref(),
    )
    .await?;
    newcomers::check(tx, viewer, &body, newcomers::Act::Open).await?;
    let id: TopicId = id::mint(tx.now());
    let mut tags = new.tags;
    for tag in &body.hashtags {
        push_tag(&mut tags, tag);
    }
    let topic = topic::ActiveModel {
        id: Set(id),
        category_id: Set(category.id()),
        author_id: Set(author.id),
        opening_post_id: Set(None),
        kind: Set(new.kind),
        slug: Set(title::slug(&new.title)),
        title: Set(new.title),
        title_edited: Set(true),
        language: Set(new.language.clone()),
        uri: Set(Some(tx.config().local_url(&format!("/t/{id}")).to_string())),
        local: Set(category.actor.local),
        created_at: Set(tx.now()),
        last_activity_at: Set(tx.now()),
        reply_count: Set(0),
        like_count: Set(0),
        next_number: Set(1),
        locked_at: Set(None),
        pinned_at: Set(None),
        answer_post_id: Set(None),
        answer_uri: Set(None),
        official_at: Set(None),
        confirmed_at: Set(category.actor.local.then(|| tx.now())),
        deleted_at: Set(None),
        removed_at: Set(None),
        merged_into_id: Set(None),
    }
    .insert(tx.c())
    .await?;
    set_tags(tx, id, &tags).await?;
    let written = posts::Written {
        body,
        language: new.language,
        media: new.media,
        poll: new.poll,
        warning: new.warning,
        quote: None,
    };
    let mentions = written.body.mentions.clone();
    let post = posts::insert_local(tx, author, &topic, None, written).await?;
    topic_follows::begin(tx, author.id, topic.id).await?;
    finish_opening(tx, topic, post, &tags, &mentions, Origin::Local).await
}

/// A topic opened elsewhere, or by somebody elsewhere in a category of ours.
pub async fn receive(
    tx: &Tx,
    viewer: &Viewer,
    category: &Category,
    title: String,
    title_derived: bool,
    remote: RemotePost,
) -> Result<(Topic, Post)> {
    crate::circles::check(tx.c(), viewer, category).await?;
    policy::topics::can_have_opened(viewer, category, &remote.origin)?;
    bans::check(tx, viewer, category.id()).await?;
    let author = viewer.actor().ok_or(crate::Denied::SignIn)?;
    let published = remote.published.earliest(tx.now());
    let uri = match &remote.context {
        Some(context) if by_uri(tx.c(), context).await?.is_none() => Some(context.clone()),
        _ => None,
    };
    let id: TopicId = id::mint(tx.now());
    // A conversation of ours names itself; one opened here by a remote author has our address.
    let ours = tx.config().local_url(&format!("/t/{id}")).to_string();
    let uri = if category.actor.local {
        Some(ours)
    } else {
        uri
    };
    let mut tags = Vec::new();
    for tag in &remote.body.hashtags {
        push_tag(&mut tags, tag);
    }
    let origin = remote.origin.clone();
    let topic = topic::ActiveModel {
        id: Set(id),
        category_id: Set(category.id()),
        author_id: Set(author.id),
        opening_post_id: Set(None),
        kind: Set(remote.kind.unwrap_or(TopicKind::Discussion)),
        slug: Set(title::slug(&title)),
        title: Set(title),
        title_edited: Set(!title_derived),
        language: Set(remote.language.clone()),
        uri: Set(uri),
        local: Set(category.actor.local),
        created_at: Set(published),
        last_activity_at: Set(published),
        reply_count: Set(0),
        like_count: Set(remote.past_likes()),
        next_number: Set(1),
        locked_at: Set((remote.locked == Some(true)).then(|| tx.now())),
        pinned_at: Set(None),
        answer_post_id: Set(None),
        answer_uri: Set(remote.answer.clone()),
        official_at: Set(None),
        confirmed_at: Set(Some(tx.now())),
        deleted_at: Set(None),
        removed_at: Set(None),
        merged_into_id: Set(None),
    }
    .insert(tx.c())
    .await?;
    set_tags(tx, id, &tags).await?;
    let mentions = remote.body.mentions.clone();
    let post = posts::insert_remote(tx, author, &topic, None, remote).await?;
    finish_opening(tx, topic, post, &tags, &mentions, origin).await
}

async fn finish_opening(
    tx: &Tx,
    topic: Topic,
    post: Post,
    tags: &[String],
    mentions: &[ActorId],
    origin: Origin,
) -> Result<(Topic, Post)> {
    let category = topic.category_id;
    let mut row = topic.into_active_model();
    row.opening_post_id = Set(Some(post.id));
    row.next_number = Set(2);
    let topic = row.update(tx.c()).await?;
    categories::count(tx, category, 1, 1, !origin.is_history()).await?;
    posts::index_new(tx, &topic, &post, tags).await?;
    if !origin.is_history() {
        posts::notify_concerned(tx, &topic, &post, None, mentions, &HashMap::new()).await?;
        tx.emit(Event::post_created(post.id, origin));
    }
    Ok((topic, post))
}

fn push_tag(tags: &mut Vec<String>, tag: &str) {
    if let Some(tag) = clean_tag(tag)
        && !tags.contains(&tag)
        && tags.len() < MAX_TAGS
    {
        tags.push(tag);
    }
}

/// Replaces the tags of a topic.
pub(crate) async fn set_tags(tx: &Tx, topic: TopicId, tags: &[String]) -> Result<()> {
    topic_tag::Entity::delete_many()
        .filter(topic_tag::Column::TopicId.eq(topic))
        .exec(tx.c())
        .await?;
    if !tags.is_empty() {
        topic_tag::Entity::insert_many(tags.iter().map(|tag| topic_tag::ActiveModel {
            topic_id: Set(topic),
            tag: Set(tag.clone()),
        }))
        .exec_without_returning(tx.c())
        .await?;
    }
    Ok(())
}

/// What may be changed of a topic; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct TopicChange {
    /// New title.
    pub title: Option<String>,
    /// New tags, replacing the old ones.
    pub tags: Option<Vec<String>>,
    /// New kind.
    pub kind: Option<TopicKind>,
    /// Lock or unlock.
    pub locked: Option<bool>,
    /// Pin or unpin.
    pub pinned: Option<bool>,
    /// The accepted answer; `Some(None)` takes it back.
    pub answer: Option<Option<PostId>>,
    /// Why, for the moderation log.
    pub reason: String,
}

/// Changes a topic: title, tags and kind by the author or a moderator; lock and pin by moderators; the accepted answer
/// by who asked.
pub async fn change(tx: &Tx, viewer: &Viewer, topic: Topic, change: TopicChange) -> Result<Topic> {
    if topic.deleted_at.is_some()
        || (topic.removed_at.is_some() && !viewer.moderates(topic.category_id))
    {
        return Err(Error::Gone(Kind::Topic));
    }
    let mut errors = Vec::new();
    let title = change.title.as_deref().map(|t| check_title(t, &mut errors));
    let tags = change.tags.as_deref().map(|t| check_tags(t, &mut errors));
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut topic = topic;
    if title.is_some() || tags.is_some() || change.kind.is_some() {
        policy::topics::can_edit(viewer, &topic)?;
        topic = retitle(tx, viewer, topic, title, tags, change.kind).await?;
    }
    if let Some(locked) = change.locked {
        policy::topics::can_moderate(viewer, &topic)?;
        topic = set_locked(tx, viewer, topic, locked, &change.reason, Origin::Local).await?;
    }
    if let Some(pinned) = change.pinned {
        policy::topics::can_moderate(viewer, &topic)?;
        topic = set_pinned(tx, viewer, topic, pinned, Origin::Local).await?;
    }
    if let Some(answer) = change.answer {
        topic = answers::choose(tx, viewer, topic, answer, Origin::Local).await?;
    }
    Ok(topic)
}

async fn retitle(
    tx: &Tx,
    viewer: &Viewer,
    topic: Topic,
    title: Option<String>,
    tags: Option<Vec<String>>,
    kind: Option<TopicKind>,
) -> Result<Topic> {
    let opening = opening_post(tx.c(), &topic).await?;
    let editor = viewer.actor_id().ok_or(crate::Denied::SignIn)?;
    if let Some(title) = &title
        && *title != topic.title
    {
        posts::keep_revision(tx, &opening, Some(topic.title.clone()), editor).await?;
        posts::touch(tx, &opening).await?;
    } else if tags.is_some() || kind.is_some() {
        posts::touch(tx, &opening).await?;
    }
    if let Some(tags) = &tags {
        set_tags(tx, topic.id, tags).await?;
    }
    let mut row = topic.into_active_model();
    if let Some(new) = title {
        row.slug = Set(title::slug(&new));
        row.title = Set(new);
        row.title_edited = Set(true);
    }
    if let Some(kind) = kind {
        row.kind = Set(kind);
    }
    let topic = if row.is_changed() {
        row.update(tx.c()).await?
    } else {
        by_id(tx.c(), row.id.unwrap()).await?
    };
    let tags = tags_of(tx.c(), topic.id).await?;
    let opening = posts::by_id(tx.c(), opening.id).await?;
    posts::index(tx, &topic, &opening, &tags).await?;
    tx.emit(Event::PostEdited {
        post: opening.id,
        editor,
        origin: Origin::Local,
    });
    Ok(topic)
}

/// Locks or unlocks a topic. The caller has checked the right.
pub async fn set_locked(
    tx: &Tx,
    viewer: &Viewer,
    topic: Topic,
    locked: bool,
    reason: &str,
    origin: Origin,
) -> Result<Topic> {
    if topic.locked_at.is_some() == locked {
        return Ok(topic);
    }
    let mut row = topic.into_active_model();
    row.locked_at = Set(locked.then(|| tx.now()));
    let topic = row.update(tx.c()).await?;
    let action = if locked { "lock" } else { "unlock" };
    moderation::log(
        tx,
        viewer,
        action,
        moderation::Target::Topic(&topic),
        reason,
    )
    .await?;
    tx.emit(Event::TopicLocked {
        topic: topic.id,
        moderator: viewer.actor_id(),
        locked,
        reason: reason.to_owned(),
        origin,
    });
    Ok(topic)
}

/// Pins or unpins a topic. The caller has checked the right.
pub async fn set_pinned(
    tx: &Tx,
    viewer: &Viewer,
    topic: Topic,
    pinned: bool,
    origin: Origin,
) -> Result<Topic> {
    if topic.pinned_at.is_some() == pinned {
        return Ok(topic);
    }
    let mut row = topic.into_active_model();
    row.pinned_at = Set(pinned.then(|| tx.now()));
    let topic = row.update(tx.c()).await?;
    let action = if pinned { "pin" } else { "unpin" };
    moderation::log(tx, viewer, action, moderation::Target::Topic(&topic), "").await?;
    tx.emit(Event::TopicPinned {
        topic: topic.id,
        moderator: viewer.actor_id(),
        pinned,
        origin,
    });
    Ok(topic)
}

/// What a newer version from elsewhere tells of its topic, besides title and tags.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    /// What it is, when its server says so.
    pub(crate) kind: Option<TopicKind>,
    /// Takes no replies, or does; none when it doesn't say.
    pub(crate) locked: Option<bool>,
}

/// The title changed elsewhere, or is derived anew from the text.
pub(crate) async fn retitle_remote(
    tx: &Tx,
    topic: Topic,
    title: String,
    derived: bool,
    tags: &[String],
    told: Told,
) -> Result<Topic> {
    set_tags(tx, topic.id, tags).await?;
    let keep = derived && topic.title_edited;
    let was_locked = topic.locked_at;
    let local = topic.local;
    let mut row = topic.into_active_model();
    if !keep {
        row.slug = Set(title::slug(&title));
        row.title = Set(title);
        row.title_edited = Set(!derived);
    }
    if let Some(kind) = told.kind {
        row.kind = Set(kind);
    }
    if !local && let Some(locked) = told.locked {
        row.locked_at = Set(locked.then(|| was_locked.unwrap_or(tx.now())));
    }
    if row.is_changed() {
        Ok(row.update(tx.c()).await?)
    } else {
        by_id(tx.c(), row.id.unwrap()).await
    }
}

/// A remote category announced a topic that was written here: it is confirmed.
pub async fn confirm(tx: &Tx, topic: TopicId) -> Result<()> {
    topic::Entity::update_many()
        .col_expr(topic::Column::ConfirmedAt, Expr::value(tx.now()))
        .filter(topic::Column::Id.eq(topic))
        .filter(topic::Column::ConfirmedAt.is_null())
        .exec(tx.c())
        .await?;
    Ok(())
}

/// By id.
pub async fn by_id(db: &impl Read, id: TopicId) -> Result<Topic> {
    topic::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Topic))
}

/// By ids, in any order; those that are not there are missing.
pub async fn by_ids(
    db: &impl Read,
    ids: impl IntoIterator<Item = TopicId>,
) -> Result<HashMap<TopicId, Topic>> {
    Ok(topic::Entity::find()
        .filter(topic::Column::Id.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .map(|topic| (topic.id, topic))
        .collect())
}

/// A topic held for a transaction: others that add to it wait, so that each post gets a number of its own.
pub(crate) fn holding(id: TopicId) -> Select<topic::Entity> {
    topic::Entity::find_by_id(id).lock_exclusive()
}

/// By id, held for this transaction.
pub(crate) async fn hold(tx: &Tx, id: TopicId) -> Result<Topic> {
    holding(id)
        .one(tx.c())
        .await?
        .ok_or(Error::NotFound(Kind::Topic))
}

/// The opening post of a topic.
pub async fn opening_post(db: &impl Read, topic: &Topic) -> Result<Post> {
    match topic.opening_post_id {
        Some(id) => posts::by_id(db, id).await,
        None => Err(Error::NotFound(Kind::Post)),
    }
}

/// The tags of a topic, in alphabetical order.
pub async fn tags_of(db: &impl Read, topic: TopicId) -> Result<Vec<String>> {
    let mut tags = tags::of_topics(db, [topic]).await?;
    Ok(tags.remove(&topic).unwrap_or_default())
}

/// Takes a topic whose opening post went out of the lists and of the counts, or puts it back.
pub(crate) async fn set_gone(
    tx: &Tx,
    topic: &Topic,
    deleted: Option<crate::Timestamp>,
    removed: Option<crate::Timestamp>,
) -> Result<()> {
    let was = topic.deleted_at.is_some() || topic.removed_at.is_some();
    let is = deleted.is_some() || removed.is_some();
    let mut row = topic.clone().into_active_model();
    row.deleted_at = Set(deleted);
    row.removed_at = Set(removed);
    row.update(tx.c()).await?;
    if was != is {
        let by = if is { -1 } else { 1 };
        categories::count(tx, topic.category_id, by, 0, false).await?;
    }
    if is {
        search::remove_topic(tx, topic.id).await?;
    }
    Ok(())
}

/// Adds a reply to the counts of its topic, or takes it from them.
pub(crate) async fn count_reply(
    tx: &Tx,
    topic: TopicId,
    by: i32,
    active_at: Option<crate::Timestamp>,
) -> Result<()> {
    let mut update = topic::Entity::update_many()
        .col_expr(
            topic::Column::ReplyCount,
            Expr::col(topic::Column::ReplyCount).add(by),
        )
        .filter(topic::Column::Id.eq(topic));
    if let Some(at) = active_at {
        update = update
            .col_expr(topic::Column::LastActivityAt, Expr::value(at))
            .col_expr(
                topic::Column::NextNumber,
                Expr::col(topic::Column::NextNumber).add(1),
            );
    }
    Ok(tx.c().later(update).await?)
}
