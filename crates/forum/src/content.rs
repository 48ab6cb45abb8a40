//! The body of a post: Markdown written here, with its mentions looked up, or HTML from elsewhere.

use std::collections::HashMap;

use crate::circles;
use crate::id::ActorId;
use crate::text::markdown::{self, MentionLink, MentionText, RenderOptions};
use crate::text::sanitize::{self, Context, SafeHtml};
use crate::{Actor, Config, FieldError, Read, Result, actors};

/// Longest body, in characters of Markdown.
pub const MAX_BODY: usize = 50_000;
/// Most people and categories that one post can notify or link.
pub const MAX_MENTIONS: usize = 50;

/// Longest content warning, in characters.
pub const MAX_WARNING: usize = 500;

/// A content warning as people give it: one line, at most [`MAX_WARNING`] characters; none when it says nothing.
pub fn clean_warning(warning: Option<&str>) -> Option<String> {
    let warning = sanitize::clean_line(warning?);
    let warning = sanitize::cut_at_word(&warning, MAX_WARNING);
    (!warning.is_empty()).then_some(warning)
}

/// Where a body stands: decides the level of its headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// First post of a topic.
    Opening,
    /// A reply.
    Reply,
    /// A description of a category or a person.
    Description,
}

/// The body of a post, ready to be stored.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Markdown, when it is known.
    pub source: Option<String>,
    /// What is shown.
    pub html: SafeHtml,
    /// Who is mentioned, as far as known here.
    pub mentions: Vec<ActorId>,
    /// Hashtags, lower case, without `#`.
    pub hashtags: Vec<String>,
}

impl Body {
    /// Renders Markdown. Mentions of people and categories that are known here become links; others stay text.
    pub async fn from_markdown(
        db: &impl Read,
        config: &Config,
        source: &str,
        place: Place,
        language: Option<&str>,
    ) -> Result<Self> {
        let mut links = HashMap::new();
        let mut mentions = Vec::new();
        for text in markdown::find_mentions(source)
            .into_iter()
            .take(MAX_MENTIONS)
        {
            if links.contains_key(&text) {
                continue;
            }
            let found = actors::by_handle(db, config, &text.name, text.host.as_deref()).await?;
            // A closed category is no name that everybody may know.
            let known = |a: &Actor| a.deleted_at.is_none() && !circles::is_closed(a);
            if let Some(actor) = found.filter(known) {
                links.insert(
                    text,
                    MentionLink {
                        href: actor.url.clone(),
                        name: actor.name.clone(),
                        host: (!actor.local).then(|| actor.host.clone()),
                    },
                );
                mentions.push(actor.id);
            }
        }
        mentions.sort_unstable();
        mentions.dedup();
        let base = config.local_url("/");
        let rendered = markdown::render(
            source,
            &RenderOptions {
                base_url: &base,
                context: context(place, language),
            },
            &|text: &MentionText| links.get(text).cloned(),
        );
        Ok(Self {
            source: Some(source.to_owned()),
            html: rendered.html,
            mentions,
            hashtags: rendered.hashtags,
        })
    }
}

/// Renders a description: no mention is looked up.
pub fn render_description(source: &str, config: &Config) -> SafeHtml {
    let base = config.local_url("/");
    let options = RenderOptions {
        base_url: &base,
        context: context(Place::Description, None),
    };
    markdown::render(source, &options, &|_| None).html
}

/// The rules for HTML that stands in this place.
pub fn context(place: Place, language: Option<&str>) -> Context {
    let context = match place {
        Place::Opening | Place::Description => Context::OPENING,
        Place::Reply => Context::REPLY,
    };
    match language {
        Some(language) => context.in_language(language),
        None => context,
    }
}

/// Checks a body as people write it.
pub(crate) fn check_body(content: &str, errors: &mut Vec<FieldError>) -> String {
    let content = content.replace('\0', "").replace("\r\n", "\n");
    let content = content.trim_end().trim_start_matches('\n').to_owned();
    if content.trim().is_empty() {
        errors.push(FieldError::new("content", "blank"));
    } else if content.chars().count() > MAX_BODY {
        errors.push(FieldError::limit("content", "too-long", 50_000));
    }
    content
}

/// Checks a language tag: two or three letters, then subtags (BCP 47, without looking each up).
pub(crate) fn check_language(
    language: Option<&str>,
    errors: &mut Vec<FieldError>,
) -> Option<String> {
    let language = language.map(str::trim).filter(|l| !l.is_empty())?;
    let tag = language_tag(language);
    if tag.is_none() {
        errors.push(FieldError::new("language", "format"));
    }
    tag
}

/// The tag, if the text looks like one of BCP 47.
pub fn language_tag(text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let first = parts.next()?;
    let ok = (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && text.len() <= 35
        && parts
            .all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    ok.then(|| {
        let mut tag = first.to_ascii_lowercase();
        for part in text.split('-').skip(1) {
            tag.push('-');
            tag.push_str(part);
        }
        tag
    })
}
