//! Posts: replying and receiving; what they are made of. Editing, refusal, removal and reading have a file each.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use crate::categories::Category;
use crate::content::{self, Body, Place};
use crate::db::entity::{post, post_mention};
use crate::db::together;
use crate::freshness::Part;
use crate::id::{self, ActorId, PostId};
use crate::kinds::{ActorKind, FollowLevel, NotificationKind, SearchKind, TopicKind};
use crate::media::{self, Chosen};
use crate::officials::RemoteOfficial;
use crate::polls::{NewPoll, RemotePoll};
use crate::quotes::RemoteQuote;
use crate::text::sanitize;
use crate::{
    Actor, Around, Error, Event, Kind, Origin, Post, Result, Timestamp, Topic, Tx, Viewer, actors,
    affiliations, answers, bans, categories, newcomers, notifications, officials, policy, polls,
    quotes, search, topic_follows, topics,
};

mod editing;
mod reading;
mod refusal;
mod removal;

pub use editing::{PostChange, RemoteEdit, edit, receive_edit};
pub(crate) use editing::{keep_revision, touch};
pub(crate) use reading::participants;
pub use reading::{
    PostView, ReplyTo, by_author, by_id, by_ids, by_uri, conversation, count_by_author,
    count_topics_and_replies, in_order, latest, list, mentions_in, numbered_page, page_of,
    readable, replies, revisions, views, views_by_ids,
};
pub use refusal::{Refused, refuse, refused, taken};
use removal::check_present;
pub(crate) use removal::count_direct;
pub use removal::{delete, remove, restore, undelete};
pub(crate) use removal::{return_after_ban, take_with_ban};

/// Posts on one page of a topic.
pub const PAGE: i32 = 20;

/// Input for a reply, valid once it exists.
#[derive(Clone, Debug)]
pub struct NewReply {
    content: String,
    language: Option<String>,
    media: Vec<Chosen>,
    warning: Option<String>,
    quote: Option<Post>,
}

impl NewReply {
    /// Checks the input as people give it.
    pub fn parse(content: &str, language: Option<&str>) -> Result<Self> {
        let mut errors = Vec::new();
        let new = Self {
            content: content::check_body(content, &mut errors),
            language: content::check_language(language, &mut errors),
            media: Vec::new(),
            warning: None,
            quote: None,
        };
        if errors.is_empty() {
            Ok(new)
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// With these files.
    #[must_use]
    pub fn with_media(self, media: Vec<Chosen>) -> Self {
        Self { media, ..self }
    }

    /// With this warning before it.
    #[must_use]
    pub fn with_warning(self, warning: Option<&str>) -> Self {
        Self {
            warning: content::clean_warning(warning),
            ..self
        }
    }

    /// Quoting this post.
    #[must_use]
    pub fn with_quote(self, quote: Option<Post>) -> Self {
        Self { quote, ..self }
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
    /// JSON array of [`crate::media::Attachment`]s.
    pub attachments: String,
    /// Published.
    pub published: Timestamp,
    /// Last edit, when the object says so.
    pub updated: Option<Timestamp>,
    /// Id of the conversation.
    pub context: Option<String>,
    /// Kind of topic, for opening posts that say it.
    pub kind: Option<TopicKind>,
    /// Takes no replies (`commentsEnabled`), when it says so or the contrary.
    pub locked: Option<bool>,
    /// What its author says of themselves, as [`affiliations::snapshot`] gives it.
    pub affiliation: Option<String>,
    /// Its poll, when it asks.
    pub poll: Option<RemotePoll>,
    /// ActivityPub id of the accepted answer, for opening posts that name one.
    pub answer: Option<String>,
    /// The mark of an official answer, for replies that have one.
    pub official: Option<RemoteOfficial>,
    /// Likes that its server says it has; counts for what is read of the past only.
    pub likes: Option<i32>,
    /// What it quotes.
    pub quote: Option<RemoteQuote>,
    /// How it came.
    pub origin: Origin,
}

impl RemotePost {
    /// Likes from before it was read here. Those of a post that comes fresh come one by one.
    pub(crate) fn past_likes(&self) -> i32 {
        match &self.origin {
            Origin::History => self.likes.unwrap_or(0).max(0),
            Origin::Local | Origin::Fetched | Origin::Received { .. } => 0,
        }
    }
}

/// Replies in a topic, to `parent` or else to the opening post.
pub async fn reply(
    tx: &Tx,
    viewer: &Viewer,
    topic: &Topic,
    parent: Option<&Post>,
    new: NewReply,
) -> Result<Post> {
    let under = check_reply(tx, viewer, topic, parent).await?;
    let topic = &under.topic;
    let author = viewer.actor().ok_or(crate::Denied::SignIn)?;
    let body = Body::from_markdown(
        tx.c(),
        tx.config(),
        &new.content,
        Place::Reply,
        new.language.as_deref(),
    )
    .await?;
    newcomers::check(tx, viewer, &body, newcomers::Act::Reply).await?;
    let language = new.language.or_else(|| topic.language.clone());
    let mentions = body.mentions.clone();
    let written = Written {
        body,
        language,
        media: new.media,
        poll: None,
        warning: new.warning,
        quote: new.quote,
    };
    let post = insert_local(tx, author, topic, Some(&under.parent), written).await?;
    topic_follows::begin(tx, author.id, topic.id).await?;
    finish_reply(tx, &under, &post, &mentions, &Origin::Local).await?;
    tx.emit(Event::PostCreated {
        post: post.id,
        around: None,
        origin: Origin::Local,
    });
    Ok(post)
}

/// A reply from elsewhere.
pub async fn receive(
    tx: &Tx,
    viewer: &Viewer,
    topic: &Topic,
    parent: Option<&Post>,
    remote: RemotePost,
) -> Result<Post> {
    let under = if remote.origin.is_history() {
        check_past_reply(tx, viewer, topic, parent).await?
    } else {
        check_reply(tx, viewer, topic, parent).await?
    };
    let topic = &under.topic;
    let author = viewer.actor().ok_or(crate::Denied::SignIn)?;
    let origin = remote.origin.clone();
    let mentions = remote.body.mentions.clone();
    let post = insert_remote(tx, author, topic, Some(&under.parent), remote).await?;
    answers::came(tx, topic, &post).await?;
    if post.official.is_some() {
        officials::came(tx, topic.id).await?;
    }
    finish_reply(tx, &under, &post, &mentions, &origin).await?;
    if origin.is_history() {
        return Ok(post);
    }
    tx.emit(Event::PostCreated {
        post: post.id,
        around: Some(Box::new(Around {
            topic: topic.id,
            category: under.category,
            author: author.clone(),
        })),
        origin,
    });
    Ok(post)
}

/// Whether only the document of a post from elsewhere is known, not the activity that published it.
pub fn was_fetched(post: &Post) -> bool {
    !post.local && post.activity_uri.is_none() && post.deleted_at.is_none()
}

/// The activity that published a post which was fetched before. The post stays as it is.
pub async fn receive_itself(tx: &Tx, post: Post, origin: Origin) -> Result<()> {
    let Origin::Received { uri, activity } = &origin else {
        return Ok(());
    };
    if !was_fetched(&post) || post.removed_at.is_some() {
        return Ok(());
    }
    let id = post.id;
    let mut row = post.into_active_model();
    row.activity_uri = Set(Some(uri.to_string()));
    row.activity = Set(Some(activity.to_string()));
    row.update(tx.c()).await?;
    tx.emit(Event::PostCreated {
        post: id,
        around: None,
        origin,
    });
    Ok(())
}

/// Where a reply comes to stand, as its transaction finds it.
struct Under {
    topic: Topic,
    category: Category,
    parent: Post,
    /// Who follows or mutes the topic.
    follows: HashMap<ActorId, FollowLevel>,
}

impl Under {
    /// Reads it again inside the transaction: the number of the next post comes from the topic's row.
    async fn hold(tx: &Tx, topic: &Topic, parent: Option<&Post>) -> Result<Self> {
        let (held, categories, follows) = together::three(
            tx.c(),
            topics::holding(topic.id),
            categories::finding(topic.category_id),
            topic_follows::finding(topic.id),
        )
        .await?;
        let held = held.into_iter().next();
        let held = held.ok_or(Error::NotFound(Kind::Topic))?;
        if held.removed_at.is_some() {
            return Err(Error::Gone(Kind::Topic));
        }
        let category = if held.category_id == topic.category_id {
            categories::found(categories.into_iter().next())?
        } else {
            categories::by_id(tx.c(), held.category_id).await?
        };
        Ok(Self {
            parent: parent_in(tx, &held, parent).await?,
            topic: held,
            category,
            follows: topic_follows::levels(follows),
        })
    }
}

async fn check_reply(
    tx: &Tx,
    viewer: &Viewer,
    topic: &Topic,
    parent: Option<&Post>,
) -> Result<Under> {
    let under = Under::hold(tx, topic, parent).await?;
    crate::circles::check(tx.c(), viewer, &under.category).await?;
    policy::topics::can_reply(viewer, &under.topic, &under.category)?;
    bans::check(tx, viewer, under.topic.category_id).await?;
    Ok(under)
}

/// A reply of the past came before its topic was locked.
async fn check_past_reply(
    tx: &Tx,
    viewer: &Viewer,
    topic: &Topic,
    parent: Option<&Post>,
) -> Result<Under> {
    if topic.local {
        return Err(crate::Denied::NotOurs.into());
    }
    policy::can_write(viewer)?;
    Under::hold(tx, topic, parent).await
}

/// The post that a reply stands under: the one given, if it is of the topic, else the opening post.
async fn parent_in(tx: &Tx, topic: &Topic, parent: Option<&Post>) -> Result<Post> {
    match parent {
        Some(parent) if parent.topic_id != topic.id => Err(Error::field("reply_to", "unknown")),
        Some(parent) => Ok(parent.clone()),
        None => topics::opening_post(tx.c(), topic).await,
    }
}

async fn finish_reply(
    tx: &Tx,
    under: &Under,
    post: &Post,
    mentions: &[ActorId],
    origin: &Origin,
) -> Result<()> {
    let Under { topic, parent, .. } = under;
    let active = topic.last_activity_at.latest(post.created_at);
    topics::count_reply(tx, topic.id, 1, Some(active)).await?;
    count_direct(tx, parent.id, 1).await?;
    let news = !origin.is_history();
    categories::count(tx, topic.category_id, 0, 1, news).await?;
    tx.touches([
        Part::Topic(topic.id),
        Part::Category(topic.category_id),
        Part::Lists,
    ]);
    index_new(tx, topic, post, &[]).await?;
    if news {
        notify_concerned(tx, topic, post, Some(parent), mentions, &under.follows).await?;
    }
    Ok(())
}

/// What somebody here wrote.
#[derive(Debug)]
pub(crate) struct Written {
    /// Text.
    pub(crate) body: Body,
    /// Language tag.
    pub(crate) language: Option<String>,
    /// Files.
    pub(crate) media: Vec<Chosen>,
    /// Its poll.
    pub(crate) poll: Option<NewPoll>,
    /// Content warning.
    pub(crate) warning: Option<String>,
    /// What it quotes.
    pub(crate) quote: Option<Post>,
}

pub(crate) async fn insert_local(
    tx: &Tx,
    author: &Actor,
    topic: &Topic,
    parent: Option<&Post>,
    written: Written,
) -> Result<Post> {
    let Written {
        body,
        language,
        media,
        poll,
        warning,
        quote,
    } = written;
    let id: PostId = id::mint(tx.now());
    let attachments = media::attach(tx, author.id, id, &media).await?;
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
        object_type: Set(match (&poll, opening) {
            (Some(_), _) => polls::TYPE.to_owned(),
            (None, true) => "Article".to_owned(),
            (None, false) => "Note".to_owned(),
        }),
        content_source: Set(body.source),
        content_html: Set(body.html.into_string()),
        warning: Set(warning),
        language: Set(language),
        attachments: Set(attachments.unwrap_or_else(|| "[]".to_owned())),
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
        refused_reason: Set(None),
        official: Set(None),
        reactions: Set(None),
        quote: Set(quote.as_ref().map(|quoted| quoted.uri.clone())),
        like_count: Set(0),
        dislike_count: Set(0),
        reply_count: Set(0),
    };
    let post = row.insert(tx.c()).await?;
    if let Some(poll) = poll {
        polls::create(tx, post.id, poll).await?;
    }
    if let Some(quoted) = &quote {
        quotes::begin(tx, &post, author, quoted).await?;
    }
    add_mentions(tx, post.id, &body.mentions).await?;
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
        Origin::Local | Origin::Fetched | Origin::History => (None, None),
    };
    let likes = remote.past_likes();
    let published = remote.published.earliest(tx.now());
    let post = Post {
        id: id::mint(tx.now()),
        topic_id: topic.id,
        author_id: author.id,
        number: topic.next_number,
        uri: remote.uri,
        url: remote.url,
        local: false,
        reply_to_id: parent.map(|p| p.id),
        object_type: remote.object_type,
        content_source: remote.body.source,
        content_html: remote.body.html.into_string(),
        warning: remote.warning,
        language: remote.language,
        attachments: remote.attachments,
        affiliation: remote.affiliation,
        activity_uri,
        activity,
        created_at: published,
        received_at: tx.now(),
        edited_at: remote.updated.filter(|u| *u > published),
        deleted_at: None,
        removed_at: None,
        removed_reason: None,
        refused_reason: None,
        official: remote.official.and_then(RemoteOfficial::written),
        reactions: None,
        quote: remote.quote.as_ref().map(|quote| quote.uri.clone()),
        like_count: likes,
        dislike_count: 0,
        reply_count: 0,
    };
    let row = post::ActiveModel::from(post.clone());
    tx.c().later(post::Entity::insert(row)).await?;
    if let Some(poll) = remote.poll {
        polls::put(tx, post.id, poll).await?;
    }
    if let Some(quote) = remote.quote {
        quotes::put(tx, post.id, quote).await?;
    }
    add_mentions(tx, post.id, &remote.body.mentions).await?;
    Ok(post)
}

async fn put_mentions(tx: &Tx, post: PostId, mentions: &[ActorId]) -> Result<()> {
    post_mention::Entity::delete_many()
        .filter(post_mention::Column::PostId.eq(post))
        .exec(tx.c())
        .await?;
    add_mentions(tx, post, mentions).await
}

async fn add_mentions(tx: &Tx, post: PostId, mentions: &[ActorId]) -> Result<()> {
    if mentions.is_empty() {
        return Ok(());
    }
    let rows = mentions
        .iter()
        .take(content::MAX_MENTIONS)
        .map(|actor| post_mention::ActiveModel {
            post_id: Set(post),
            actor_id: Set(*actor),
        });
    Ok(tx
        .c()
        .later(post_mention::Entity::insert_many(rows))
        .await?)
}

/// Tells the people of this node whom a new post concerns: the author of the post that is answered, who is mentioned, who
/// follows the topic. Each is told once; who muted the topic, not at all.
pub(crate) async fn notify_concerned(
    tx: &Tx,
    topic: &Topic,
    post: &Post,
    parent: Option<&Post>,
    mentions: &[ActorId],
    follows: &HashMap<ActorId, FollowLevel>,
) -> Result<()> {
    let muted = |person: ActorId| follows.get(&person) == Some(&FollowLevel::Mute);
    let mut told: Vec<(ActorId, NotificationKind)> = Vec::new();
    // Posts from here are by people of here.
    if let Some(parent) = parent.filter(|parent| parent.local) {
        told.push((parent.author_id, NotificationKind::Reply));
    }
    let mentions: Vec<ActorId> = mentions
        .iter()
        .copied()
        .filter(|actor| *actor != topic.category_id)
        .take(content::MAX_MENTIONS)
        .collect();
    let known = actors::by_ids(tx.c(), mentions.iter().copied()).await?;
    for id in mentions {
        if known
            .get(&id)
            .is_some_and(|actor| actor.local && actor.kind == ActorKind::Person)
            && told.iter().all(|(known, _)| *known != id)
        {
            told.push((id, NotificationKind::Mention));
        }
    }
    told.retain(|(person, _)| !muted(*person));
    for (person, kind) in &told {
        notifications::notify(
            tx,
            *person,
            *kind,
            post.author_id,
            Some(topic.id),
            Some(post.id),
        )
        .await?;
    }
    let followers: Vec<ActorId> = follows
        .iter()
        .filter(|(person, level)| {
            **level == FollowLevel::All
                && **person != post.author_id
                && told.iter().all(|(known, _)| known != *person)
        })
        .map(|(person, _)| *person)
        .collect();
    notifications::notify_followers(tx, &followers, topic.id, post).await
}

/// The words of a post in the search index; the opening post carries the title and the tags of its topic.
pub(crate) async fn index(tx: &Tx, topic: &Topic, post: &Post, tags: &[String]) -> Result<()> {
    search::remove(tx, post.id.0).await?;
    index_new(tx, topic, post, tags).await
}

/// The same for a post that is not in the index yet.
pub(crate) async fn index_new(tx: &Tx, topic: &Topic, post: &Post, tags: &[String]) -> Result<()> {
    let opening = post.reply_to_id.is_none();
    let mut text = sanitize::plain_text(&post.content_html);
    for tag in tags {
        text.push(' ');
        text.push_str(tag);
    }
    search::add(
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
