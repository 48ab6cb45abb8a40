//! The only maker of [`SafeHtml`]: HTML that may be put into a page as it is.
//!
//! Two layers, each enough on its own: `html` rewrites whatever came into a bounded, well-nested shape that
//! holds only elements it knows, then ammonia applies its own allow-list, last (security rule R-16). Also the
//! names and titles that other servers send, which are text, never HTML (R-18), and extracts.
//!
//! Not here: what Markdown means (`markdown`), which images may be loaded (`media`): no image passes, each
//! becomes a link with its description (A11Y-12).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use serde::{Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::html::{Tag, Token, Tokens, decode, escape, is_language_class};
pub use super::shape::Words;
use super::shape::{CLASSES, REL, REL_TAG, Rules, Shape};

/// Longest HTML or Markdown that is read, in bytes; the rest is cut off.
pub const MAX_BYTES: usize = 200_000;
/// Longest display name, in characters.
pub const MAX_NAME: usize = 100;
/// Longest title, in characters.
pub const MAX_TITLE: usize = 200;

/// HTML that holds only allow-listed elements and attributes, and may be shown as it is.
///
/// Serialises as a string. It can't be deserialised: see [`SafeHtml::from_stored`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Takes HTML back from the database; it is sanitised again, heading levels and labels stay.
    ///
    /// Much cheaper than [`sanitise`], because what we stored is read without repair.
    pub fn from_stored(html: impl AsRef<str>) -> Self {
        Self(Shape::rewrite(html.as_ref(), STORED))
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML, owned.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Whether nothing is left to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its text; see [`plain_text`].
    pub fn plain_text(&self) -> String {
        text_of(Tokens::new(&self.0))
    }

    /// Rewrites tokens of HTML that was safe, some of them left out.
    pub(super) fn from_tokens<'a>(tokens: impl IntoIterator<Item = Token<'a>>) -> Self {
        let mut shape = Shape::new(STORED);
        for token in tokens {
            shape.token(&token);
        }
        Self(shape.finish())
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for SafeHtml {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for SafeHtml {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

const STORED: Rules = Rules {
    heading_base: None,
    words: Words::FRENCH,
};

/// Where a text will stand: decides the level of its headings and the language of our own words in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Level of its first heading, 3 to 6 (A11Y-16).
    pub heading_base: u8,
    /// Our words for images and tables.
    pub words: Words,
}

impl Context {
    /// The message that opens a topic: headings begin at level 3.
    pub const OPENING: Self = Self {
        heading_base: 3,
        words: Words::FRENCH,
    };
    /// A reply: headings begin at level 4.
    pub const REPLY: Self = Self {
        heading_base: 4,
        words: Words::FRENCH,
    };

    /// The same place, with words in the language of this tag.
    #[must_use]
    pub fn in_language(self, language: &str) -> Self {
        Self {
            words: Words::of(language),
            ..self
        }
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::OPENING
    }
}

/// Makes HTML from anywhere safe to show. What is longer than [`MAX_BYTES`] is cut.
pub fn sanitise(html: &str, context: &Context) -> SafeHtml {
    sanitise_whole(cut_at_byte(html, MAX_BYTES), context)
}

/// As [`sanitise`], for HTML that we wrote ourselves from a source whose length was bounded.
pub(super) fn sanitise_whole(html: &str, context: &Context) -> SafeHtml {
    let rules = Rules {
        heading_base: Some(context.heading_base.clamp(3, 6)),
        words: context.words,
    };
    let shaped = Shape::rewrite(html, rules);
    SafeHtml(ALLOW_LIST.clean(&in_short_texts(shaped)).to_string())
}

/// Parts long texts by empty comments, which ammonia takes out again.
///
/// html5ever's writer looks for `<` up to the end of a text at each `&` and at each character of U+0080 to
/// U+00BF (the French quotes are among them), which takes minutes for a text full of them.
fn in_short_texts(html: String) -> String {
    const APART: usize = 64;
    let costly = |c: char| c == '&' || ('\u{80}'..'\u{c0}').contains(&c);
    if html.chars().filter(|c| costly(*c)).count() <= APART {
        return html;
    }
    let mut out = String::with_capacity(html.len() + html.len() / APART);
    let mut in_tag = false;
    let mut seen = 0;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            c if !in_tag && costly(c) => seen += 1,
            _ => {}
        }
        if seen == APART {
            out.push_str("<!---->");
            seen = 0;
        }
        out.push(c);
    }
    out
}

/// The last word on what passes. A constant: it depends on no configuration.
static ALLOW_LIST: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut list = Builder::empty();
    list.tags(HashSet::from([
        "p",
        "br",
        "a",
        "strong",
        "em",
        "b",
        "i",
        "u",
        "s",
        "del",
        "sup",
        "sub",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
    ]))
    .tag_attributes(HashMap::from([
        ("a", HashSet::from(["href"])),
        ("code", HashSet::from(["class"])),
        ("ol", HashSet::from(["start"])),
        ("th", HashSet::from(["colspan", "rowspan"])),
        ("td", HashSet::from(["colspan", "rowspan"])),
        ("div", HashSet::from(["aria-label"])),
    ]))
    .tag_attribute_values(HashMap::from([
        ("a", HashMap::from([("rel", HashSet::from([REL, REL_TAG]))])),
        (
            "th",
            HashMap::from([("scope", HashSet::from(["col", "row"]))]),
        ),
        ("pre", HashMap::from([("tabindex", HashSet::from(["0"]))])),
        (
            "div",
            HashMap::from([
                ("role", HashSet::from(["group"])),
                ("tabindex", HashSet::from(["0"])),
            ]),
        ),
    ]))
    .allowed_classes(HashMap::from([
        ("a", HashSet::from(CLASSES)),
        ("span", HashSet::from(CLASSES)),
        ("p", HashSet::from(["quote-inline"])),
        ("div", HashSet::from(["table-scroll"])),
    ]))
    .clean_content_tags(HashSet::from([
        "script", "style", "iframe", "title", "noscript",
    ]))
    .url_schemes(HashSet::from(["http", "https", "mailto"]))
    .url_relative(UrlRelative::Deny)
    .link_rel(None)
    .attribute_filter(|element, attribute, value| match (element, attribute) {
        ("code", "class") => is_language_class(value).then_some(Cow::Borrowed(value)),
        ("ol", "start") | (_, "colspan" | "rowspan") => value
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then_some(Cow::Borrowed(value)),
        _ => Some(Cow::Borrowed(value)),
    });
    list
});

/// The text of HTML from anywhere: ends of blocks are newlines, spaces are single, no markup.
pub fn plain_text(html: &str) -> String {
    sanitise(html, &Context::OPENING).plain_text()
}

/// Text of tokens that we shaped.
pub(super) fn text_of<'a>(tokens: impl IntoIterator<Item = Token<'a>>) -> String {
    let mut text = Lines::default();
    for token in tokens {
        text.token(&token);
    }
    text.finish()
}

/// Gathers text line by line.
#[derive(Default)]
struct Lines {
    out: String,
    verbatim: usize,
}

impl Lines {
    fn token(&mut self, token: &Token<'_>) {
        match token {
            Token::Text(text) => self.text(&decode(text)),
            Token::Start(Tag { name, .. }) if name == "pre" => {
                self.newline();
                self.verbatim += 1;
            }
            Token::End(name) if name == "pre" => {
                self.newline();
                self.verbatim = self.verbatim.saturating_sub(1);
            }
            Token::Start(tag) if tag.name == "br" => {
                self.trim();
                self.out.push('\n');
            }
            Token::Start(Tag { name, .. }) | Token::End(name) => {
                if matches!(name.as_str(), "td" | "th") {
                    self.text(" ");
                } else if !is_inline(name) {
                    self.newline();
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.verbatim > 0 {
            self.out.push_str(text);
            return;
        }
        for c in text.chars() {
            if !c.is_whitespace() || matches!(c, '\u{a0}' | '\u{202f}') {
                self.out.push(c);
            } else if !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
                self.out.push(' ');
            }
        }
    }

    fn trim(&mut self) {
        if self.verbatim == 0 {
            while self.out.ends_with(' ') {
                self.out.pop();
            }
        }
    }

    fn newline(&mut self) {
        self.trim();
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn finish(self) -> String {
        self.out.trim().to_owned()
    }
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "strong" | "em" | "b" | "i" | "u" | "s" | "del" | "sup" | "sub" | "code" | "span"
    )
}

/// The beginning of a text as HTML with paragraphs, line breaks, links and emphasis only.
///
/// At most `max_chars` characters of text: whole sentences when one fits, else whole words and «…».
/// Tables and code are left out, and quotes too when something else is said.
pub fn excerpt(html: &SafeHtml, max_chars: usize) -> SafeHtml {
    let outside = excerpt_tokens(&html.0, &["pre", "table", "blockquote"]);
    let tokens = if text_of(outside.iter().cloned()).is_empty() {
        excerpt_tokens(&html.0, &["pre", "table"])
    } else {
        outside
    };
    let text = text_of(tokens.iter().cloned());
    let total = text.chars().count();
    if total <= max_chars {
        return SafeHtml::from_tokens(tokens);
    }
    let (end, ellipsis) = cut_position(&text, max_chars);
    let mut shape = Shape::new(STORED);
    let mut lines = Lines::default();
    for token in &tokens {
        if let Token::Text(piece) = token {
            let mut kept = String::new();
            let mut full = false;
            for c in decode(piece).chars() {
                let mut next = [0; 4];
                lines.text(c.encode_utf8(&mut next));
                let len = lines.out.trim().len();
                if (1..=end).contains(&len) {
                    kept.push(c);
                }
                if len >= end {
                    full = true;
                    break;
                }
            }
            if full {
                kept.truncate(kept.trim_end().len());
                if ellipsis {
                    kept.push('…');
                }
            }
            let kept = escape(&kept);
            shape.token(&Token::Text(&kept));
            if full {
                break;
            }
        } else {
            lines.token(token);
            shape.token(token);
        }
    }
    SafeHtml(shape.finish())
}

/// Byte position where `text` is cut, and whether words are lost inside a sentence.
fn cut_position(text: &str, max_chars: usize) -> (usize, bool) {
    let limit = text
        .char_indices()
        .nth(max_chars)
        .map_or(text.len(), |(at, _)| at);
    let sentences = text
        .split_sentence_bound_indices()
        .map(|(at, sentence)| at + sentence.trim_end().len())
        .take_while(|end| *end <= limit)
        .last()
        .filter(|end| *end > 0);
    if let Some(end) = sentences {
        return (end, false);
    }
    let limit = text
        .char_indices()
        .nth(max_chars.saturating_sub(1))
        .map_or(text.len(), |(at, _)| at);
    let head = text.get(..limit).unwrap_or_default();
    // Several spaces may stand there: the cut comes before all of them.
    let end = head
        .rfind(char::is_whitespace)
        .and_then(|at| head.get(..at))
        .map(|words| words.trim_end().len())
        .filter(|end| *end > 0)
        .unwrap_or(limit);
    (end, true)
}

/// The tokens an extract may have: other blocks become paragraphs, the content of `without` is left out.
fn excerpt_tokens<'a>(html: &'a str, without: &[&str]) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    let mut outside = 0_usize;
    for token in Tokens::new(html) {
        match &token {
            Token::Start(tag) if without.contains(&tag.name.as_str()) => outside += 1,
            Token::End(name) if without.contains(&name.as_str()) => {
                outside = outside.saturating_sub(1);
            }
            _ if outside > 0 => {}
            Token::Text(_) => tokens.push(token),
            Token::Start(Tag { name, .. }) | Token::End(name) => match name.as_str() {
                "p" | "br" | "a" | "em" | "strong" | "div" => tokens.push(token),
                "hr" => {}
                "span" if matches!(&token, Token::Start(tag) if tag.has_class("invisible")) => {
                    tokens.push(token);
                }
                name if is_inline(name) => {}
                _ => tokens.push(match token {
                    Token::End(_) => Token::End("div".to_owned()),
                    _ => division(),
                }),
            },
        }
    }
    tokens
}

fn division<'a>() -> Token<'a> {
    Tokens::new("<div>").next().unwrap_or(Token::Text(""))
}

/// A name as text: no control, bidirectional or zero-width characters, one line, single spaces, NFC,
/// at most [`MAX_NAME`] characters. May be empty.
pub fn clean_name(name: &str) -> String {
    let name = one_line(name);
    let cut: String = name.chars().take(MAX_NAME).collect();
    cut.trim_end().to_owned()
}

/// A text on one line: as [`clean_name`], of any length.
pub fn clean_line(text: &str) -> String {
    one_line(text).trim().to_owned()
}

/// A title as text: as [`clean_name`], but at most [`MAX_TITLE`] characters, cut between words with «…».
pub fn clean_title(title: &str) -> String {
    cut_at_word(&one_line(title), MAX_TITLE)
}

/// Cuts a text to `max` characters, between words where it can, and marks the cut with «…».
pub fn cut_at_word(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let head: String = text.chars().take(max.saturating_sub(1)).collect();
    let next_is_space = text
        .chars()
        .nth(max.saturating_sub(1))
        .is_some_and(char::is_whitespace);
    let end = if next_is_space {
        head.len()
    } else {
        // A word longer than half of it all is cut.
        head.rfind(char::is_whitespace)
            .filter(|at| *at >= head.len() / 2)
            .unwrap_or(head.len())
    };
    let head = head.get(..end).unwrap_or_default();
    let head = head.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '-' | '–' | '—')
    });
    format!("{head}…")
}

fn one_line(text: &str) -> String {
    // Enough for any name or title, so that a huge one costs nothing.
    let visible: String = text
        .chars()
        .take(10_000)
        .filter_map(|c| match c {
            c if c.is_whitespace() => Some(' '),
            c if is_unseen(c) => None,
            c => Some(c),
        })
        .nfc()
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character has no shape of its own and can only mislead in a name.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The longest beginning of at most `max` bytes that ends between two characters.
pub(super) fn cut_at_byte(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
