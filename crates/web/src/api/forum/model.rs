//! What a client of the Forum API reads: topics, posts, categories, authors, and the page they come in.
//!
//! Each answer is made from a row or a read model by one function named after both (`topics_from_cards`,
//! `post_from_view`); what lists need beside their rows is read in a bounded number of queries. The shapes are a
//! promise: fields are added, never changed. Answers of one noun only (reports, nodes, notifications) stand with it.

use std::collections::HashMap;

use parvis_forum::id::{ActorId, PostId};
use parvis_forum::kinds::{FollowState, TopicKind};
use parvis_forum::media;
use parvis_forum::page;
use parvis_forum::posts::PostView;
use parvis_forum::text::sanitize::SafeHtml;
use parvis_forum::topics::TopicCard;
use parvis_forum::{
    Actor, Config, Read, Result, Timestamp, Viewer, actors, affiliations, categories, follows,
    posts, votes,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::officials;
use super::polls::{self, Poll};
use super::quotes::{self as quotes_shown, Quote};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to give as `after` for the next page; null when this is the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The page of these items.
    pub(crate) fn new(items: Vec<T>, next: Option<page::Cursor>) -> Self {
        Self {
            items,
            next: next.map(page::Cursor::encode),
        }
    }
}

/// What somebody is, apart from what they may do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Affiliation {
    /// `agent`, `community`, `vendor`, `services`, `research`, `citizen`, or `unstated` when nothing is said.
    #[serde(rename = "type")]
    pub kind: String,
    /// Of an agent: `state`, `local`, `hospital`, `operator`, `eu` or `foreign`.
    pub subtype: Option<String>,
    /// For whom they speak.
    pub organisation: Option<Organisation>,
    /// How it is known: `declared`, `domain`, `sso` or `delegate`; null when nothing is said.
    pub proof: Option<String>,
    /// True when it is what held when the post was written, false when it is what holds now.
    pub at_time_of_post: bool,
}

impl Affiliation {
    fn unstated() -> Self {
        Self {
            kind: "unstated".to_owned(),
            subtype: None,
            organisation: None,
            proof: None,
            at_time_of_post: false,
        }
    }
}

/// An organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Organisation {
    /// Its id in the directory, if it is there.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its site.
    pub url: Option<String>,
}

/// What a post keeps of its author's affiliation.
#[derive(Deserialize)]
struct Snapshot {
    #[serde(rename = "type")]
    kind: String,
    subtype: Option<String>,
    organisation: Option<Organisation>,
    proof: Option<String>,
}

fn affiliation_from_snapshot(json: &str) -> Option<Affiliation> {
    let kept: Snapshot = serde_json::from_str(json).ok()?;
    Some(Affiliation {
        kind: kept.kind,
        subtype: kept.subtype,
        organisation: kept.organisation,
        proof: kept.proof,
        at_time_of_post: true,
    })
}

/// An affiliation that holds now.
pub(crate) fn affiliation_from_row(row: &parvis_forum::Affiliation) -> Affiliation {
    Affiliation {
        kind: row.kind.clone(),
        subtype: row.subtype.clone(),
        organisation: row.organisation.as_ref().map(|name| Organisation {
            id: None,
            name: name.clone(),
            url: row.organisation_url.clone(),
        }),
        proof: Some(row.proof.clone()),
        at_time_of_post: false,
    }
}

/// Who wrote something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Author {
    /// `name@host`.
    #[schema(example = "jeanne@forum.example")]
    pub handle: String,
    /// What people see as the name.
    pub display_name: String,
    /// Page for people.
    pub url: String,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// What they are.
    pub affiliation: Affiliation,
}

/// An author with what holds now.
pub(crate) fn author_from_actor(
    actor: &Actor,
    affiliation: Option<&parvis_forum::Affiliation>,
) -> Author {
    Author {
        handle: actors::handle(actor),
        display_name: actors::shown_name(actor).to_owned(),
        url: actor.url.clone(),
        avatar: None,
        affiliation: affiliation.map_or_else(Affiliation::unstated, affiliation_from_row),
    }
}

/// Where a topic lives.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CategoryRef {
    /// `slug@host`.
    #[schema(example = "urbanisme@forum.example")]
    pub handle: String,
    /// Its title.
    pub title: String,
    /// Its page on this node.
    pub url: String,
}

/// A category in short.
pub(crate) fn category_ref_from_actor(config: &Config, actor: &Actor) -> CategoryRef {
    CategoryRef {
        handle: actors::handle(actor),
        title: actors::shown_name(actor).to_owned(),
        url: config.local_url(&actors::path(actor)).to_string(),
    }
}

/// A category, of this node or of another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Category {
    /// The id in this node.
    pub id: String,
    /// `slug@host`.
    #[schema(example = "urbanisme@forum.example")]
    pub handle: String,
    /// The first half of the handle.
    pub slug: String,
    /// The ActivityPub id.
    pub uri: String,
    /// Its page on this node.
    pub url: String,
    /// Its title.
    pub title: String,
    /// The description as it was written; empty for a category of another node.
    pub description: String,
    /// The description, ready to be shown.
    pub description_html: String,
    /// Handle of the category above it.
    pub parent: Option<String>,
    /// True when this node owns it.
    pub local: bool,
    /// It takes neither topics nor replies any more.
    pub archived: bool,
    /// Only its moderators open topics.
    pub restricted: bool,
    /// Topics that can be read here.
    pub topic_count: i32,
    /// Posts that can be read here.
    pub post_count: i32,
    /// When it was made, or first seen here.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the last post came.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_activity_at: Option<Timestamp>,
    /// Whether the caller follows it: `accepted`, `pending`, or null.
    pub follow: Option<String>,
}

/// Categories, with what the viewer follows among them.
pub(crate) async fn categories_from_rows(
    db: &impl Read,
    config: &Config,
    viewer: &Viewer,
    rows: Vec<categories::Category>,
) -> Result<Vec<Category>> {
    let parents = actors::by_ids(db, rows.iter().filter_map(|c| c.row.parent_id)).await?;
    let followed: HashMap<ActorId, FollowState> = match viewer.actor_id() {
        Some(actor) => follows::following(db, actor)
            .await?
            .into_iter()
            .map(|(follow, actor)| (actor.id, follow.state))
            .collect(),
        None => HashMap::new(),
    };
    Ok(rows
        .into_iter()
        .map(|category| {
            let parent = category.row.parent_id.and_then(|id| parents.get(&id));
            let follow = followed.get(&category.id()).copied();
            category_from_row(config, &category, parent, follow)
        })
        .collect())
}

/// One category, with whether the viewer follows it.
pub(crate) async fn category_from_found(
    db: &impl Read,
    config: &Config,
    viewer: &Viewer,
    found: categories::Category,
) -> Result<Category> {
    let parent = match found.row.parent_id {
        Some(id) => Some(actors::by_id(db, id).await?),
        None => None,
    };
    let follow = match viewer.actor_id() {
        Some(actor) => follows::find(db, actor, found.id())
            .await?
            .map(|follow| follow.state)
            .filter(|state| *state != FollowState::Rejected),
        None => None,
    };
    Ok(category_from_row(config, &found, parent.as_ref(), follow))
}

fn category_from_row(
    config: &Config,
    category: &categories::Category,
    parent: Option<&Actor>,
    follow: Option<FollowState>,
) -> Category {
    let actor = &category.actor;
    Category {
        id: actor.id.to_string(),
        handle: actors::handle(actor),
        slug: actor.name.clone(),
        uri: actor.uri.clone(),
        url: config.local_url(&actors::path(actor)).to_string(),
        title: category.title().to_owned(),
        description: category.row.description.clone(),
        description_html: SafeHtml::from_stored(&actor.summary_html).into_string(),
        parent: parent.map(actors::handle),
        local: actor.local,
        archived: category.row.archived_at.is_some(),
        restricted: actor.posting_restricted,
        topic_count: category.row.topic_count,
        post_count: category.row.post_count,
        created_at: category.row.created_at,
        last_activity_at: category.row.last_activity_at,
        follow: follow.map(|state| state.as_str().to_owned()),
    }
}

/// What goes with the text of a post: an image, a document, a link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Attachment {
    /// Id of a file of this node; null for what is elsewhere.
    pub id: Option<String>,
    /// `image`, `document`, `link`, `video` or `audio`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is.
    pub url: String,
    /// Media type, when it is known.
    pub media_type: Option<String>,
    /// What its author called the file, when it is known.
    pub name: Option<String>,
    /// What it shows, for those who don't see it.
    pub description: Option<String>,
    /// Its author says that the picture only decorates.
    pub decorative: bool,
    /// Bytes, when it is known.
    pub size: Option<i64>,
    /// Width in pixels, when it is known.
    pub width: Option<u32>,
    /// Height in pixels, when it is known.
    pub height: Option<u32>,
}

impl Attachment {
    /// A file of this node.
    pub(super) fn of_file(config: &Config, file: &parvis_forum::Media) -> Self {
        attachment_from_row(media::Attachment::of_file(config, file))
    }
}

fn attachment_from_row(row: media::Attachment) -> Attachment {
    Attachment {
        id: row.id.map(|id| id.to_string()),
        kind: row.kind.to_lowercase(),
        url: row.url,
        media_type: row.media_type,
        name: row.file_name,
        description: row.name,
        decorative: row.decorative,
        size: row.size,
        width: row.width,
        height: row.height,
    }
}

/// A reaction.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Reaction {
    /// An emoji, or the name of a custom one between colons.
    pub emoji: String,
    /// How many gave it.
    pub count: i32,
}

/// The mark of an official answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Official {
    /// The organisation that answers.
    pub organisation: Organisation,
    /// Where it stands.
    pub state: String,
    /// When it was signed.
    #[schema(value_type = String, format = DateTime)]
    pub signed_at: Timestamp,
    /// Id of the post that replaces it.
    pub superseded_by: Option<String>,
    /// The server that declares it, when that isn't this one.
    pub declared_by: Option<String>,
}

/// A post. Removed by moderation or deleted by its author, it stays in its list, without content.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Post {
    /// The id in this node.
    pub id: String,
    /// The ActivityPub id.
    pub uri: String,
    /// Its page on this node.
    pub url: String,
    /// Id of its topic.
    pub topic: String,
    /// Its number in the topic; 1 is the opening post.
    pub number: i32,
    /// Who wrote it.
    pub author: Author,
    /// Id of the post that it answers; null for the opening post.
    pub reply_to: Option<String>,
    /// The text, ready to be shown.
    pub content_html: String,
    /// The text as it was written, in Markdown, when it is known.
    pub content_source: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub edited_at: Option<Timestamp>,
    /// Nothing is left to read.
    pub removed: bool,
    /// How many found it helpful.
    pub like_count: i32,
    /// The caller did.
    pub liked: bool,
    /// The caller keeps it.
    pub bookmarked: bool,
    /// The mark of an official answer.
    pub official: Option<Official>,
    /// Content warning: show it before the text.
    pub warning: Option<String>,
    /// Its poll.
    pub poll: Option<Poll>,
    /// What it quotes.
    pub quote: Option<Quote>,
    /// Reactions that came with likes from elsewhere.
    pub reactions: Vec<Reaction>,
    /// Licence of a post of this node, by its SPDX identifier; null for one of another node.
    pub licence: Option<String>,
    /// What goes with the text.
    pub attachments: Vec<Attachment>,
}

/// Posts as the viewer sees them, in the order given.
pub(crate) async fn posts_from_views(
    db: &impl Read,
    config: &Config,
    viewer: &Viewer,
    views: Vec<PostView>,
) -> Result<Vec<Post>> {
    let without = views
        .iter()
        .filter(|v| v.post.affiliation.is_none())
        .map(|v| v.author.id);
    let now = affiliations::of(db, without).await?;
    let quoting: Vec<parvis_forum::Post> = views
        .iter()
        .filter(|view| view.post.quote.is_some())
        .map(|view| view.post.clone())
        .collect();
    let mut quotes = parvis_forum::quotes::of_posts(db, viewer, &quoting).await?;
    Ok(views
        .into_iter()
        .map(|view| {
            let affiliation = now.get(&view.author.id);
            let quote = quotes.remove(&view.post.id);
            Post {
                quote: quote.map(quotes_shown::quote_from_view),
                ..post_from_view(config, view, affiliation)
            }
        })
        .collect())
}

/// One post as the viewer sees it.
pub(crate) async fn post_from_row(
    db: &impl Read,
    config: &Config,
    viewer: &Viewer,
    post: parvis_forum::Post,
) -> Result<Post> {
    let views = posts::views(db, viewer, vec![post]).await?;
    posts_from_views(db, config, viewer, views)
        .await?
        .pop()
        .ok_or(parvis_forum::Error::NotFound(parvis_forum::Kind::Post))
}

fn post_from_view(
    config: &Config,
    view: PostView,
    now: Option<&parvis_forum::Affiliation>,
) -> Post {
    let gone = view.is_gone();
    let PostView {
        post,
        author,
        liked,
        bookmarked,
        poll,
        ..
    } = view;
    let mut author = author_from_actor(&author, now);
    if let Some(then) = post
        .affiliation
        .as_deref()
        .and_then(affiliation_from_snapshot)
    {
        author.affiliation = then;
    }
    let attachments = media::Attachment::of(&post)
        .into_iter()
        .map(attachment_from_row)
        .collect();
    let official = officials::official_from_post(&post).filter(|_| !gone);
    let reactions = if gone {
        Vec::new()
    } else {
        votes::reactions(&post)
    };
    Post {
        id: post.id.to_string(),
        uri: post.uri,
        url: config.local_url(&format!("/p/{}", post.id)).to_string(),
        topic: post.topic_id.to_string(),
        number: post.number,
        author,
        reply_to: post.reply_to_id.map(|id| id.to_string()),
        content_html: if gone {
            String::new()
        } else {
            SafeHtml::from_stored(&post.content_html).into_string()
        },
        content_source: if gone {
            Some(String::new())
        } else {
            post.content_source
        },
        language: post.language,
        created_at: post.created_at,
        edited_at: post.edited_at,
        removed: gone,
        like_count: post.like_count,
        liked,
        bookmarked,
        official,
        poll: poll.map(polls::poll_from_view),
        quote: None,
        reactions: reactions
            .into_iter()
            .map(|reaction| Reaction {
                emoji: reaction.emoji,
                count: reaction.count,
            })
            .collect(),
        warning: post.warning.filter(|_| !gone),
        licence: post
            .local
            .then(|| config.content.licence.as_str().to_owned()),
        attachments,
    }
}

/// What a topic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TopicType {
    /// An exchange.
    Discussion,
    /// Something that has an answer.
    Question,
    /// A good practice.
    Practice,
}

impl From<TopicType> for TopicKind {
    fn from(kind: TopicType) -> Self {
        match kind {
            TopicType::Discussion => Self::Discussion,
            TopicType::Question => Self::Question,
            TopicType::Practice => Self::Practice,
        }
    }
}

impl From<TopicKind> for TopicType {
    fn from(kind: TopicKind) -> Self {
        match kind {
            TopicKind::Discussion => Self::Discussion,
            TopicKind::Question => Self::Question,
            TopicKind::Practice => Self::Practice,
        }
    }
}

/// A topic with its opening post. Removed or deleted, it keeps neither title nor content.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Topic {
    /// The id in this node.
    pub id: String,
    /// The ActivityPub id of the conversation; that of the opening post when the conversation has none.
    pub uri: String,
    /// Its page on this node.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Where it lives.
    pub category: CategoryRef,
    /// Who opened it.
    pub author: Author,
    /// What it is.
    pub kind: TopicType,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the last post came.
    #[schema(value_type = String, format = DateTime)]
    pub last_activity_at: Timestamp,
    /// Replies that can be read.
    pub reply_count: i32,
    /// How many found the opening post helpful.
    pub like_count: i32,
    /// It takes no replies.
    pub locked: bool,
    /// It is shown first.
    pub pinned: bool,
    /// Nothing of it is left to read but its replies.
    pub removed: bool,
    /// Id of the post that answers it.
    pub answer: Option<String>,
    /// Its opening post.
    pub post: Post,
}

/// Topics with their opening posts, in the order given.
pub(crate) async fn topics_from_cards(
    db: &impl Read,
    config: &Config,
    viewer: &Viewer,
    cards: Vec<TopicCard>,
) -> Result<Vec<Topic>> {
    let ids: Vec<PostId> = cards
        .iter()
        .filter_map(|card| card.topic.opening_post_id)
        .collect();
    let views = posts::views(db, viewer, posts::by_ids(db, &ids).await?).await?;
    let mut opening: HashMap<String, Post> = posts_from_views(db, config, viewer, views)
        .await?
        .into_iter()
        .map(|post| (post.id.clone(), post))
        .collect();
    Ok(cards
        .into_iter()
        .filter_map(|card| {
            let post = opening.remove(&card.topic.opening_post_id?.to_string())?;
            Some(topic_from_card(config, card, post))
        })
        .collect())
}

/// One topic, be it removed.
pub(crate) async fn topic_from_row(
    db: &impl Read,
    config: &Config,
    viewer: &Viewer,
    topic: parvis_forum::Topic,
) -> Result<Topic> {
    let cards = parvis_forum::topics::cards(db, vec![topic]).await?;
    topics_from_cards(db, config, viewer, cards)
        .await?
        .pop()
        .ok_or(parvis_forum::Error::NotFound(parvis_forum::Kind::Topic))
}

fn topic_from_card(config: &Config, card: TopicCard, post: Post) -> Topic {
    let TopicCard {
        topic,
        category,
        tags,
        ..
    } = card;
    let removed = topic.deleted_at.is_some() || topic.removed_at.is_some();
    let path = if removed || topic.slug.is_empty() {
        format!("/t/{}", topic.id)
    } else {
        format!("/t/{}/{}", topic.id, topic.slug)
    };
    Topic {
        id: topic.id.to_string(),
        uri: topic.uri.unwrap_or_else(|| post.uri.clone()),
        url: config.local_url(&path).to_string(),
        title: if removed { String::new() } else { topic.title },
        category: category_ref_from_actor(config, &category),
        author: post.author.clone(),
        kind: topic.kind.into(),
        language: topic.language,
        tags: if removed { Vec::new() } else { tags },
        created_at: topic.created_at,
        last_activity_at: topic.last_activity_at,
        reply_count: topic.reply_count,
        like_count: topic.like_count,
        locked: topic.locked_at.is_some(),
        pinned: topic.pinned_at.is_some(),
        removed,
        answer: topic.answer_post_id.map(|id| id.to_string()),
        post,
    }
}

/// Somebody or a category that was found or looked up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    /// The id in this node.
    pub id: String,
    /// The ActivityPub id.
    pub uri: String,
    /// What they say of themself, ready to be shown.
    pub summary_html: String,
    /// True when the account is of this node.
    pub local: bool,
    #[serde(flatten)]
    #[schema(inline)]
    pub author: Author,
}

/// People with their affiliations, in the order given.
pub(crate) async fn people_from_actors(db: &impl Read, people: Vec<Actor>) -> Result<Vec<Person>> {
    let affiliations = affiliations::of(db, people.iter().map(|a| a.id)).await?;
    Ok(people
        .into_iter()
        .map(|actor| Person {
            id: actor.id.to_string(),
            uri: actor.uri.clone(),
            summary_html: SafeHtml::from_stored(&actor.summary_html).into_string(),
            local: actor.local,
            author: author_from_actor(&actor, affiliations.get(&actor.id)),
        })
        .collect())
}
