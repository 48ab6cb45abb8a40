//! Posts as we publish them: an Article that opens a topic, a Note that replies, and what is left of a deleted one.

use std::collections::{BTreeMap, HashMap, HashSet};

use activitypub_federation::kinds::link::MentionType;
use activitypub_federation::kinds::object::{ArticleType, NoteType, TombstoneType};
use parvis_forum::categories::{self, Category};
use parvis_forum::circles;
use parvis_forum::id::{ActorId, PostId, TopicId};
use parvis_forum::kinds::{QuoteStanding, TopicKind};
use parvis_forum::officials::Official;
use parvis_forum::polls::{self, Poll};
use parvis_forum::quotes::{self, Quote};
use parvis_forum::text::sanitize::{self, SafeHtml};
use parvis_forum::{
    Actor, Config, Error, Kind, Post, Read, Result, Timestamp, Topic, actors, posts, tags, topics,
};
use serde::{Deserialize, Serialize};

use super::super::official::{self, OfficialObject};
use super::super::poll::PollMembers;
use super::super::quote::InteractionPolicy;
use super::{Language, Source, date, followers, mention_name, tag_page};
use crate::objects::collection::Counted;
use crate::wire::PUBLIC;

/// Longest summary of an opening post, in characters of text.
const MAX_SUMMARY: usize = 500;

/// A post with everything around it that its document speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    /// The post.
    pub(crate) post: Post,
    /// Its topic.
    pub(crate) topic: Topic,
    /// Its category.
    pub(crate) category: Category,
    /// Who wrote it.
    pub(crate) author: Actor,
    /// Who opened the topic.
    pub(crate) opener: Actor,
    /// The post that it answers, and who wrote that.
    pub(crate) parent: Option<(Post, Actor)>,
    /// Who is mentioned in it.
    pub(crate) mentioned: Vec<Actor>,
    /// The topic's tags, for an opening post.
    pub(crate) tags: Vec<String>,
    /// Its poll, for a post that asks.
    pub(crate) poll: Option<Poll>,
    /// Id of the accepted answer, for an opening post.
    pub(crate) answer: Option<String>,
    /// What it quotes.
    pub(crate) quote: Option<Quote>,
}

impl Scene {
    /// Reads what is around a post.
    pub(crate) async fn load(db: &impl Read, post: Post) -> Result<Self> {
        let mut scenes = Self::load_all(db, vec![post]).await?;
        scenes.pop().ok_or(Error::NotFound(Kind::Post))
    }

    /// Reads what is around posts, in their order and in a bounded number of queries.
    pub(crate) async fn load_all(db: &impl Read, posts: Vec<Post>) -> Result<Vec<Self>> {
        if posts.is_empty() {
            return Ok(Vec::new());
        }
        let topics = topics::by_ids(db, posts.iter().map(|post| post.topic_id)).await?;
        let above: Vec<PostId> = posts.iter().filter_map(|post| post.reply_to_id).collect();
        let parents: HashMap<PostId, Post> = posts::by_ids(db, &above)
            .await?
            .into_iter()
            .map(|post| (post.id, post))
            .collect();
        let mut mentions: HashMap<PostId, Vec<ActorId>> = HashMap::new();
        for (post, actor) in posts::mentions_in(db, posts.iter().map(|post| post.id)).await? {
            mentions.entry(post).or_default().push(actor);
        }
        let opened = posts.iter().filter(|post| post.reply_to_id.is_none());
        let opened: Vec<TopicId> = opened.map(|post| post.topic_id).collect();
        let tags = if opened.is_empty() {
            HashMap::new()
        } else {
            tags::of_topics(db, opened).await?
        };
        let mut polls = HashMap::new();
        let asking = posts.iter().filter(|post| polls::asks(post));
        for post in asking.map(|post| post.id).collect::<Vec<_>>() {
            if let Some(poll) = polls::find(db, post).await? {
                polls.insert(post, poll);
            }
        }
        let quoting: Vec<PostId> = posts
            .iter()
            .filter(|post| post.quote.is_some())
            .map(|post| post.id)
            .collect();
        let mut quotes = if quoting.is_empty() {
            HashMap::new()
        } else {
            quotes::by_posts(db, quoting).await?
        };
        let people = posts.iter().chain(parents.values());
        let actors = actors::by_ids(
            db,
            topics
                .values()
                .flat_map(|topic| [topic.author_id, topic.category_id])
                .chain(people.map(|post| post.author_id))
                .chain(mentions.values().flatten().copied()),
        )
        .await?;
        let groups = topics.values().map(|topic| topic.category_id);
        let groups: HashSet<ActorId> = groups.collect();
        let groups = groups.iter().filter_map(|id| actors.get(id).cloned());
        let categories: HashMap<ActorId, Category> = categories::by_actors(db, groups.collect())
            .await?
            .into_iter()
            .map(|category| (category.id(), category))
            .collect();
        let actor = |id: ActorId| actors.get(&id).cloned().ok_or(Error::NotFound(Kind::Actor));
        posts
            .into_iter()
            .map(|post| {
                let topic = topics.get(&post.topic_id);
                let topic = topic.ok_or(Error::NotFound(Kind::Topic))?.clone();
                let category = categories.get(&topic.category_id);
                let parent = match post.reply_to_id {
                    None => None,
                    Some(id) => {
                        let parent = parents.get(&id).ok_or(Error::NotFound(Kind::Post))?;
                        Some((parent.clone(), actor(parent.author_id)?))
                    }
                };
                let mentioned = mentions.get(&post.id).into_iter().flatten();
                Ok(Self {
                    category: category.ok_or(Error::NotFound(Kind::Category))?.clone(),
                    author: actor(post.author_id)?,
                    opener: actor(topic.author_id)?,
                    parent,
                    mentioned: mentioned.filter_map(|id| actors.get(id).cloned()).collect(),
                    tags: match post.reply_to_id {
                        None => tags.get(&topic.id).cloned().unwrap_or_default(),
                        Some(_) => Vec::new(),
                    },
                    poll: polls.remove(&post.id),
                    quote: quotes.remove(&post.id),
                    answer: match post.reply_to_id {
                        None => topic.answer_uri.clone(),
                        Some(_) => None,
                    },
                    post,
                    topic,
                })
            })
            .collect()
    }

    /// Whether the post opens its topic.
    pub(crate) fn is_opening(&self) -> bool {
        self.post.reply_to_id.is_none()
    }

    /// Whether nothing but a tombstone is left.
    pub(crate) fn is_gone(&self) -> bool {
        self.post.deleted_at.is_some() || self.post.removed_at.is_some()
    }

    /// The id of the category.
    pub(crate) fn group(&self) -> &str {
        &self.category.actor.uri
    }

    /// People besides the author to whom the post is addressed: whom it answers, who opened the topic, the mentioned.
    pub(crate) fn people(&self) -> Vec<&Actor> {
        let mut people: Vec<&Actor> = Vec::new();
        let opener = self.parent.is_some().then_some(&self.opener);
        let parent = self.parent.as_ref().map(|(_, author)| author);
        for actor in parent.into_iter().chain(opener).chain(&self.mentioned) {
            if actor.id != self.author.id
                && actor.id != self.category.id()
                && !people.iter().any(|known| known.id == actor.id)
            {
                people.push(actor);
            }
        }
        people
    }

    /// Whether not everybody may read it.
    pub(crate) fn is_closed(&self) -> bool {
        circles::is_closed(&self.category.actor)
    }

    /// Those who read a closed category: its followers.
    fn circle(&self) -> Vec<String> {
        let group = &self.category.actor;
        vec![followers(group).unwrap_or_else(|| format!("{}/followers", group.uri))]
    }

    /// `to` of the post and of activities about it: the category and everybody, or nobody but its followers.
    pub(crate) fn to(&self) -> Vec<String> {
        if self.is_closed() {
            return self.circle();
        }
        vec![self.group().to_owned(), PUBLIC.to_owned()]
    }

    /// `cc` of the post.
    pub(crate) fn cc(&self) -> Vec<String> {
        if self.is_closed() {
            return vec![self.group().to_owned()];
        }
        let mut cc: Vec<String> = self.people().iter().map(|a| a.uri.clone()).collect();
        cc.extend(followers(&self.author));
        cc
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum PostType {
    Article(ArticleType),
    Note(NoteType),
    Question(&'static str),
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Tag {
    Hashtag {
        #[serde(rename = "type")]
        kind: &'static str,
        name: String,
        href: String,
    },
    Mention {
        #[serde(rename = "type")]
        kind: MentionType,
        name: String,
        href: String,
    },
}

/// An attachment as the database keeps it.
#[derive(Clone, Debug, Deserialize)]
struct Kept {
    kind: String,
    #[serde(default)]
    media_type: Option<String>,
    url: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    file_name: Option<String>,
    #[serde(default)]
    width: Option<u32>,
    #[serde(default)]
    height: Option<u32>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
}

/// The attachments of a post; only kinds that no consumer refuses the whole post for.
fn attachments(column: &str) -> Vec<Attachment> {
    let kept: Vec<Kept> = serde_json::from_str(column).unwrap_or_default();
    kept.into_iter()
        .filter_map(|kept| {
            let kind = match kept.kind.as_str() {
                "Image" => "Image",
                "Document" => "Document",
                "Link" => "Link",
                _ => return None,
            };
            let link = kind == "Link";
            Some(Attachment {
                kind,
                media_type: kept.media_type,
                url: (!link).then(|| kept.url.clone()),
                href: link.then_some(kept.url),
                // The name of a document says more than nothing; that of a picture says nothing.
                name: kept.name.or(kept.file_name.filter(|_| kind == "Document")),
                width: kept.width,
                height: kept.height,
            })
        })
        .collect()
}

/// A post of this node, as an Article or a Note.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PostObject {
    id: String,
    #[serde(rename = "type")]
    kind: PostType,
    attributed_to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<String>,
    to: Vec<String>,
    cc: Vec<String>,
    audience: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    sensitive: bool,
    content: String,
    media_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_map: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    url: String,
    attachment: Vec<Attachment>,
    tag: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stickied: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distinguished: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_kind: Option<TopicKind>,
    #[serde(flatten)]
    poll: Option<PollMembers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    official_answer: Option<OfficialObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_authorization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction_policy: Option<InteractionPolicy>,
    replies: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    likes: Option<Counted>,
    published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
}

/// The document of a post of this node, without context.
pub(crate) fn post_to_wire(scene: &Scene, config: &Config) -> PostObject {
    let Scene { post, topic, .. } = scene;
    let opening = scene.is_opening();
    let html = SafeHtml::from_stored(&post.content_html);
    let summary = match &post.warning {
        Some(warning) => Some(warning.clone()),
        // Elsewhere a Question is a status, whose summary is a warning.
        None if opening && scene.poll.is_none() => {
            let excerpt = sanitize::excerpt(&html, MAX_SUMMARY);
            (!excerpt.is_empty()).then(|| excerpt.into_string())
        }
        None => None,
    };
    let quote = scene.quote.as_ref().filter(|quote| {
        !matches!(
            quote.standing,
            QuoteStanding::Refused | QuoteStanding::Revoked
        )
    });
    let mut content = html.into_string();
    let mut source = post.content_source.clone();
    let official = Official::of(post).filter(|_| !opening);
    if let Some(official) = official.as_ref().filter(|official| official.holds()) {
        let words = official::words(official, post.language.as_deref());
        content = format!(
            "<p><strong>{}</strong></p>{content}",
            official::escaped(&words)
        );
        source =
            source.map(|source| format!("**{}**\n\n{source}", official::markdown_text(&words)));
    }
    let url = if opening {
        config
            .local_url(&format!("/t/{}/{}", topic.id, topic.slug))
            .to_string()
    } else {
        config.local_url(&format!("/p/{}", post.id)).to_string()
    };
    PostObject {
        id: post.uri.clone(),
        kind: match post.object_type.as_str() {
            "Article" => PostType::Article(ArticleType::Article),
            polls::TYPE => PostType::Question(polls::TYPE),
            _ => PostType::Note(NoteType::Note),
        },
        attributed_to: scene.author.uri.clone(),
        in_reply_to: scene.parent.as_ref().map(|(parent, _)| parent.uri.clone()),
        to: scene.to(),
        cc: scene.cc(),
        audience: scene.group().to_owned(),
        context: topic.uri.clone(),
        name: opening.then(|| topic.title.clone()),
        summary,
        sensitive: post.warning.is_some(),
        media_type: "text/html",
        source: source.as_deref().map(Source::markdown),
        content_map: post
            .language
            .clone()
            .map(|language| BTreeMap::from([(language, content.clone())])),
        language: post.language.as_deref().map(Language::of),
        content,
        url,
        attachment: attachments(&post.attachments),
        tag: tags(scene, config),
        comments_enabled: opening.then_some(topic.locked_at.is_none()),
        stickied: opening.then_some(topic.pinned_at.is_some()),
        distinguished: (!opening).then_some(false),
        topic_kind: opening.then_some(topic.kind),
        poll: scene.poll.as_ref().map(PollMembers::of),
        accepted_answer: scene.answer.clone(),
        official_answer: official.as_ref().map(OfficialObject::of),
        quote: quote.map(|quote| quote.uri.clone()),
        quote_url: quote.map(|quote| quote.uri.clone()),
        quote_authorization: quote.and_then(|quote| quote.authorization_uri.clone()),
        interaction_policy: (!scene.is_closed()).then(InteractionPolicy::public),
        replies: format!("{}/replies", post.uri),
        likes: (post.like_count > 0)
            .then(|| Counted::new(format!("{}/likes", post.uri), post.like_count)),
        published: date(post.created_at),
        updated: post.edited_at.map(date),
    }
}

/// Hashtags, and a Mention of everybody addressed by name; the category always, so that replies from elsewhere reach it.
fn tags(scene: &Scene, config: &Config) -> Vec<Tag> {
    let hashtags = scene.tags.iter().map(|tag| Tag::Hashtag {
        kind: "Hashtag",
        name: format!("#{tag}"),
        href: tag_page(config, tag),
    });
    let parent = scene.parent.as_ref().map(|(_, author)| author);
    let mut mentioned: Vec<&Actor> = Vec::new();
    for actor in parent
        .into_iter()
        .chain(&scene.mentioned)
        .chain([&scene.category.actor])
    {
        if actor.id != scene.author.id && !mentioned.iter().any(|known| known.id == actor.id) {
            mentioned.push(actor);
        }
    }
    let mentions = mentioned.into_iter().map(|actor| Tag::Mention {
        kind: MentionType::Mention,
        name: mention_name(actor),
        href: actor.uri.clone(),
    });
    hashtags.chain(mentions).collect()
}

/// What is left of something that was deleted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TombstoneObject {
    id: String,
    #[serde(rename = "type")]
    kind: TombstoneType,
    former_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<String>,
}

/// A tombstone. The library's own has no `formerType`.
pub(crate) fn tombstone(
    id: &str,
    former_type: &str,
    deleted: Option<Timestamp>,
) -> TombstoneObject {
    TombstoneObject {
        id: id.to_owned(),
        kind: TombstoneType::Tombstone,
        former_type: former_type.to_owned(),
        deleted: deleted.map(date),
    }
}

/// The tombstone of a post.
pub(crate) fn tombstone_of(post: &Post) -> TombstoneObject {
    tombstone(
        &post.uri,
        &post.object_type,
        post.deleted_at.or(post.removed_at),
    )
}
