//! Posts of elsewhere, from their documents: an opening post or a reply, its text, and where it belongs.
//!
//! [`read`] takes a document apart without asking anybody; [`Incoming::into_remote`] makes of it what the forum stores,
//! with the people whom it mentions looked up. Whether the document is true is decided before.

use parvis_forum::content::{self, Body, MAX_MENTIONS, Place};
use parvis_forum::kinds::TopicKind;
use parvis_forum::media;
use parvis_forum::officials::RemoteOfficial;
use parvis_forum::polls::RemotePoll;
use parvis_forum::posts::RemotePost;
use parvis_forum::quotes::RemoteQuote;
use parvis_forum::text::sanitize::{self, SafeHtml};
use parvis_forum::text::title;
use parvis_forum::{Actor, Config, Origin, Read, Timestamp, actors};
use serde_json::Value;
use url::Url;

use super::{official, poll, quote};
use crate::address::AddressPolicy;
use crate::compat::{lotide, mastodon, mbin, peertube};
use crate::origin::{parse_id, same_origin};
use crate::wire::{self, Attachment, Mention};
use crate::{Error, Result};

/// What opens a topic.
const TOPIC_TYPES: &[&str] = &[
    "Article", "Page", "Note", "Question", "Video", "Event", "Link",
];
/// What answers a post.
const REPLY_TYPES: &[&str] = &["Note", "Article", "Page", "Question"];
/// Types whose `summary` is an extract rather than a warning.
const TITLED_TYPES: &[&str] = &["Article", "Page", "Video", "Event", "Link"];
/// Likes beyond this are not believed.
const MAX_LIKES: i32 = 10_000_000;
/// Longest warning, in characters.
const MAX_WARNING: usize = 500;

/// The text of a post as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    /// HTML, not yet cleaned.
    Html(String),
    /// Markdown.
    Markdown(String),
}

/// A post as its document tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incoming {
    /// Its id.
    pub(crate) id: Url,
    /// Its id as written.
    pub(crate) uri: String,
    /// Its type.
    pub(crate) kind: String,
    /// Id of its author, on the same host.
    pub(crate) author: String,
    /// What it answers.
    pub(crate) in_reply_to: Option<String>,
    /// Its conversation.
    pub(crate) context: Option<String>,
    /// The category that it names.
    pub(crate) audience: Option<String>,
    /// Ids among which its category may be, the surest first; the audience too.
    pub(crate) groups: Vec<String>,
    /// Everybody to whom it is addressed, or who is mentioned.
    pub(crate) recipients: Vec<String>,
    /// Whether everybody may read it.
    pub(crate) public: bool,
    /// Whether it is a vote in a poll.
    pub(crate) vote: bool,
    /// Its title.
    pub(crate) name: Option<String>,
    /// Its text.
    pub(crate) text: Text,
    /// Its Markdown, when it says that it is.
    pub(crate) source: Option<String>,
    /// Content warning.
    pub(crate) warning: Option<String>,
    /// Language tag.
    pub(crate) language: Option<String>,
    /// Whom it mentions.
    pub(crate) mentions: Vec<Mention>,
    /// Its tags.
    pub(crate) hashtags: Vec<String>,
    /// Shortcodes of custom emoji in it.
    pub(crate) emojis: Vec<String>,
    /// What hangs on it.
    pub(crate) attachments: Vec<Attachment>,
    /// Page for people.
    pub(crate) url: Option<String>,
    /// When it was published, if it says so.
    pub(crate) published: Option<i64>,
    /// When it was edited, if it says so.
    pub(crate) updated: Option<i64>,
    /// Likes that its server says it has.
    pub(crate) likes: Option<i32>,
    /// Takes no replies.
    pub(crate) locked: Option<bool>,
    /// What its topic is, when its server says so (an extension of ours).
    pub(crate) topic_kind: Option<TopicKind>,
    /// Its poll.
    pub(crate) poll: Option<RemotePoll>,
    /// The accepted answer that it names.
    pub(crate) answer: Option<String>,
    /// The mark of an official answer (an extension of ours).
    pub(crate) official: Option<RemoteOfficial>,
    /// What it quotes.
    pub(crate) quote: Option<String>,
    /// The authorization that it names.
    pub(crate) quote_authorization: Option<String>,
    /// The same, verified.
    pub(crate) judged: Option<RemoteQuote>,
}

/// Whether a document is of a type that may become a post.
pub(crate) fn is_post(value: &Value) -> bool {
    wire::type_of(value).is_some_and(|kind| TOPIC_TYPES.contains(&kind))
}

/// Takes a document apart. `wrapper` is the activity that carries it: its addresses count where the object has none.
pub(crate) fn read(
    value: &Value,
    wrapper: Option<&Value>,
    addresses: &AddressPolicy,
    now: Timestamp,
) -> Result<Incoming> {
    let kind = wire::type_of(value).ok_or_else(|| Error::refused("an object without type"))?;
    if !TOPIC_TYPES.contains(&kind) {
        return Err(Error::refused(format!("an object of type {kind}")));
    }
    let uri = value
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| Error::refused("an object without id"))?;
    let vote = mastodon::is_poll_vote(value);
    let id = if vote {
        crate::origin::parse_activity_id(uri, addresses)
    } else {
        parse_id(uri, addresses)
    }
    .map_err(|error| Error::refused(error.to_string()))?;
    let author = peertube::author(value)
        .or_else(|| wire::id_at(value, "actor"))
        .ok_or_else(|| Error::refused("the object has no author"))?;
    let author_url =
        parse_id(author, addresses).map_err(|error| Error::refused(error.to_string()))?;
    if !same_origin(&author_url, &id) {
        return Err(Error::refused(
            "the author is on another host than the object",
        ));
    }
    let in_reply_to = wire::id_at(value, "inReplyTo").map(str::to_owned);
    if in_reply_to.is_some() && !REPLY_TYPES.contains(&kind) {
        return Err(Error::refused(format!("a reply of type {kind}")));
    }
    let tags = wire::tags(value);
    let addressed = |key: &str| wire::ids(value, key).len();
    let source_of_addresses = match wrapper {
        Some(wrapper) if addressed("to") + addressed("cc") == 0 => wrapper,
        _ => value,
    };
    let audience = wire::id_at(value, "audience")
        .or_else(|| wire::id_at(wrapper?, "audience"))
        .map(str::to_owned);
    let mut groups: Vec<String> = audience.iter().cloned().collect();
    let mut recipients = Vec::new();
    let push = |all: &mut Vec<String>, id: &str| {
        if !wire::is_public_id(id) && all.iter().all(|known| known != id) {
            all.push(id.to_owned());
        }
    };
    for id in wire::ids(value, "target") {
        push(&mut groups, id);
    }
    for id in wire::recipients(source_of_addresses)
        .into_iter()
        .chain(tags.mentions.iter().map(|mention| mention.href.as_str()))
    {
        push(&mut groups, id);
        push(&mut recipients, id);
    }
    for id in peertube::groups(value) {
        push(&mut groups, id);
    }
    let (mut text, source) = texts(value);
    let quote = quote::quoted(value).filter(|quoted| *quoted != uri);
    if quote.is_some()
        && let Text::Html(html) = &text
    {
        text = Text::Html(quote::without_fallback(html));
    }
    let titled = TITLED_TYPES.contains(&kind) && in_reply_to.is_none();
    let sensitive = wire::flag(value, "sensitive").unwrap_or(false);
    let summary = wire::text(value, "summary").filter(|_| !titled || sensitive);
    let warning = summary
        .map(|summary| sanitize::cut_at_word(&sanitize::plain_text(summary), MAX_WARNING))
        .filter(|warning| !warning.is_empty())
        .or_else(|| sensitive.then(|| "Contenu sensible".to_owned()));
    let mut attachments = wire::attachments(value);
    if let Some(page) = lotide::linked_page(value, &id)
        && attachments.iter().all(|known| known.url != page)
    {
        attachments.insert(
            0,
            Attachment {
                kind: "Link".to_owned(),
                url: page.to_owned(),
                media_type: None,
                alt: None,
                size: None,
            },
        );
        attachments.truncate(wire::MAX_ATTACHMENTS);
    }
    let published = wire::date(value, "published", now.0);
    Ok(Incoming {
        uri: uri.to_owned(),
        kind: kind.to_owned(),
        author: author.to_owned(),
        context: context_of(value, &id, addresses),
        audience,
        groups,
        recipients,
        public: wire::is_public(source_of_addresses),
        vote,
        name: wire::text(value, "name")
            .filter(|name| !name.trim().is_empty())
            .map(str::to_owned),
        text,
        source,
        warning,
        language: wire::language(value).and_then(content::language_tag),
        mentions: tags.mentions,
        hashtags: tags.hashtags,
        emojis: tags.emojis.into_iter().map(|(name, _)| name).collect(),
        attachments,
        url: wire::url_href(value)
            .filter(|href| Url::parse(href).is_ok_and(|url| same_origin(&url, &id)))
            .map(str::to_owned),
        published,
        updated: wire::date(value, "updated", now.0),
        likes: likes_of(value),
        locked: wire::flag(value, "commentsEnabled").map(|enabled| !enabled),
        topic_kind: wire::text(value, "topicKind").and_then(|word| word.parse().ok()),
        poll: poll::read(value, now),
        answer: wire::id_at(value, "acceptedAnswer")
            .filter(|_| in_reply_to.is_none())
            .map(str::to_owned),
        official: official::read(value, &id, now.0).filter(|_| in_reply_to.is_some()),
        quote: quote.map(str::to_owned),
        quote_authorization: wire::id_at(value, "quoteAuthorization").map(str::to_owned),
        judged: None,
        in_reply_to,
        id,
    })
}

/// How many like it, where its document says so: the size of the collection `likes` that stands in it.
pub(crate) fn likes_of(value: &Value) -> Option<i32> {
    size_of(value.get("likes")?)
}

/// The size that a collection claims, if it can be one.
pub(crate) fn size_of(collection: &Value) -> Option<i32> {
    let total = collection.get("totalItems")?.as_u64()?;
    i32::try_from(total).ok().filter(|n| *n <= MAX_LIKES)
}

/// The conversation, when it is named by its owner's host; elsewhere anybody could claim it.
fn context_of(value: &Value, id: &Url, addresses: &AddressPolicy) -> Option<String> {
    let context = wire::id_at(value, "context")?;
    let url = parse_id(context, addresses).ok()?;
    let audience = wire::id_at(value, "audience").and_then(|id| Url::parse(id).ok());
    let owned = same_origin(&url, id) || audience.is_some_and(|group| same_origin(&url, &group));
    owned.then(|| context.to_owned())
}

/// The text, and the Markdown that it was made of.
fn texts(value: &Value) -> (Text, Option<String>) {
    if let Some(markdown) = peertube::markdown_content(value) {
        return (Text::Markdown(markdown.to_owned()), None);
    }
    let source = value.get("source").filter(|source| {
        let kind = source.get("mediaType").and_then(Value::as_str);
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("text/markdown"))
    });
    let source = source
        .and_then(|source| wire::text(source, "content"))
        .map(str::to_owned);
    let html = wire::text(value, "content").filter(|html| !html.trim().is_empty());
    let text = match (html, &source) {
        (Some(html), _) => Text::Html(html.to_owned()),
        (None, Some(source)) => Text::Markdown(source.clone()),
        (None, None) => Text::Html(
            mbin::summary_as_content(value)
                .unwrap_or_default()
                .to_owned(),
        ),
    };
    (text, source)
}

impl Incoming {
    /// Whether it may stand where it stands: for everybody to read, or in a closed category.
    pub(crate) fn check(&self, closed: bool) -> Result<()> {
        if self.vote {
            Err(Error::refused("a vote in a poll"))
        } else if self.public || closed {
            Ok(())
        } else {
            Err(Error::refused("not public"))
        }
    }

    /// The addresses under which this post mentions a category.
    fn group_mentions<'a>(&'a self, group: &'a Actor) -> Vec<&'a str> {
        let mut all = vec![group.uri.as_str()];
        if group.url != group.uri {
            all.push(group.url.as_str());
        }
        let handle = format!("@{}", actors::handle(group));
        for mention in &self.mentions {
            let named = mention
                .name
                .as_deref()
                .is_some_and(|name| name.eq_ignore_ascii_case(&handle));
            if named && !all.contains(&mention.href.as_str()) {
                all.push(mention.href.as_str());
            }
        }
        all
    }

    /// The title in a category, and whether it was derived from the text.
    pub(crate) fn title(&self, group: &Actor, author: &Actor) -> (String, bool) {
        if let Some(name) = &self.name {
            let mut name = sanitize::plain_text(name);
            for emoji in &self.emojis {
                name = name.replace(emoji.as_str(), " ");
            }
            let name = sanitize::clean_title(&name);
            if !name.is_empty() {
                return (name, false);
            }
        }
        let html = match &self.text {
            Text::Html(html) => html.as_str(),
            Text::Markdown(text) => text.as_str(),
        };
        let mentions = self.group_mentions(group);
        (title::derive_title(html, &mentions, &author.name), true)
    }

    /// What the forum stores. `group` is the category when this opens a topic there.
    pub(crate) async fn into_remote(
        self,
        db: &impl Read,
        config: &Config,
        group: Option<&Actor>,
        origin: Origin,
        now: Timestamp,
    ) -> Result<RemotePost> {
        let place = if group.is_some() {
            Place::Opening
        } else {
            Place::Reply
        };
        let language = self.language.as_deref();
        let html = match &self.text {
            Text::Html(html) => sanitize::sanitise(html, &content::context(place, language)),
            Text::Markdown(source) => {
                Body::from_markdown(db, config, source, place, language)
                    .await?
                    .html
            }
        };
        let html: SafeHtml = match group {
            Some(group) => title::strip_group_mention(&html, &self.group_mentions(group)),
            None => html,
        };
        let hrefs: Vec<String> = self
            .mentions
            .iter()
            .map(|mention| mention.href.clone())
            .take(MAX_MENTIONS)
            .collect();
        let mentions = actors::by_uris(db, &hrefs)
            .await?
            .into_iter()
            .filter(|actor| actor.deleted_at.is_none())
            .map(|actor| actor.id)
            .collect();
        let attachments: Vec<media::Attachment> = self
            .attachments
            .iter()
            .map(|one| {
                let (width, height) = one.size.unzip();
                media::Attachment {
                    kind: shown_kind(&one.kind).to_owned(),
                    media_type: one.media_type.clone(),
                    url: one.url.clone(),
                    name: one.alt.as_deref().map(description),
                    width,
                    height,
                    ..media::Attachment::default()
                }
            })
            .collect();
        Ok(RemotePost {
            affiliation: None,
            uri: self.uri,
            url: self.url,
            object_type: self.kind,
            body: Body {
                source: self.source,
                html,
                mentions,
                hashtags: self.hashtags,
            },
            warning: self.warning,
            language: self.language,
            attachments: serde_json::to_string(&attachments).unwrap_or_else(|_| "[]".to_owned()),
            published: self.published.map_or(now, Timestamp),
            updated: self.updated.map(Timestamp),
            context: self.context,
            kind: self.topic_kind,
            locked: self.locked,
            poll: self.poll,
            answer: self.answer,
            official: self.official,
            likes: self.likes,
            quote: self.judged,
            origin,
        })
    }
}

/// The kind under which an attachment is shown; whatever isn't known is a link.
fn shown_kind(kind: &str) -> &'static str {
    match kind {
        "Image" => "Image",
        "Document" => "Document",
        "Video" => "Video",
        "Audio" => "Audio",
        _ => "Link",
    }
}

/// What an attachment shows, as one line of text.
fn description(alt: &str) -> String {
    sanitize::cut_at_word(&sanitize::clean_line(alt), media::MAX_DESCRIPTION)
}
