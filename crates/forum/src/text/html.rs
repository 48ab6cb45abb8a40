//! Reads HTML of any quality into tokens, and knows its escapes and which links may be followed.
//!
//! A forgiving reader, not a parser of the standard: what it makes of broken HTML is good enough to show, and
//! safety doesn't hang on it. `shape` writes the tokens again, `sanitize` has the last word.

use url::Url;

/// Attributes read from one tag.
const MAX_ATTRIBUTES: usize = 32;
/// Longest address of a link, in bytes.
const MAX_HREF: usize = 2048;

/// Start tag with its attributes, names in lower case, values as they stand in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// Name of the element, in lower case.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// Value of an attribute, with its character references as in the source.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Value of an attribute as text.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.raw(name).map(decode)
    }

    /// Whether the `class` attribute has this class.
    pub(super) fn has_class(&self, class: &str) -> bool {
        self.raw("class")
            .is_some_and(|value| value.split_ascii_whitespace().any(|one| one == class))
    }
}

/// Piece of an HTML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Text, with its character references as in the source.
    Text(&'a str),
    /// A start tag.
    Start(Tag),
    /// An end tag, in lower case.
    End(String),
}

/// Reads HTML token by token; comments and the content of scripts and styles are left out.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    /// Starts to read.
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Leaves out everything until after `end`, or the whole rest.
    fn skip_past(&mut self, end: &str) {
        self.rest = self.rest.split_once(end).map_or("", |(_, after)| after);
    }

    /// Takes off the next bytes; all positions come from `find` and thus are between characters.
    fn take(&mut self, len: usize) -> &'a str {
        if let Some((taken, rest)) = self.rest.split_at_checked(len) {
            self.rest = rest;
            taken
        } else {
            std::mem::take(&mut self.rest)
        }
    }

    fn take_until(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        let len = self.rest.find(stop).unwrap_or(self.rest.len());
        self.take(len)
    }

    fn tag(&mut self) -> Option<Tag> {
        let name = self
            .take_until(|c| c.is_ascii_whitespace() || c == '/' || c == '>')
            .to_ascii_lowercase();
        let mut attributes = Vec::new();
        loop {
            self.take_until(|c| !(c.is_ascii_whitespace() || c == '/'));
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return Some(Tag { name, attributes });
            }
            let first = self.rest.chars().next()?;
            // An equals sign at the start belongs to the name, so each round takes at least one character.
            let mut key = self.take(first.len_utf8()).to_ascii_lowercase();
            key.push_str(
                &self
                    .take_until(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '='))
                    .to_ascii_lowercase(),
            );
            self.take_until(|c| !c.is_ascii_whitespace());
            let mut value = "";
            if let Some(rest) = self.rest.strip_prefix('=') {
                self.rest = rest;
                self.take_until(|c| !c.is_ascii_whitespace());
                value = match self.rest.chars().next()? {
                    quote @ ('"' | '\'') => {
                        self.take(1);
                        let value = self.take_until(|c| c == quote);
                        self.take(1);
                        value
                    }
                    _ => self.take_until(|c| c.is_ascii_whitespace() || c == '>'),
                };
            }
            if attributes.len() < MAX_ATTRIBUTES && attributes.iter().all(|(k, _)| *k != key) {
                attributes.push((key, value.to_owned()));
            }
        }
    }

    /// Leaves out the text of an element whose content is not markup, its end tag too.
    fn skip_raw(&mut self, name: &str) {
        loop {
            self.skip_past("</");
            if self.rest.is_empty() {
                return;
            }
            let (Some(head), Some(after)) =
                (self.rest.get(..name.len()), self.rest.get(name.len()..))
            else {
                continue;
            };
            if head.eq_ignore_ascii_case(name)
                && after.starts_with(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>')
            {
                self.skip_past(">");
                return;
            }
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let Some(after) = self.rest.strip_prefix('<') else {
                let text = self.take_until(|c| c == '<');
                return (!text.is_empty()).then_some(Token::Text(text));
            };
            if let Some(comment) = after.strip_prefix("!--") {
                self.rest = comment;
                if let Some(rest) = comment
                    .strip_prefix('>')
                    .or_else(|| comment.strip_prefix("->"))
                {
                    self.rest = rest;
                } else {
                    self.skip_past("-->");
                }
            } else if after.starts_with(['!', '?']) {
                self.skip_past(">");
            } else if let Some(end) = after.strip_prefix('/') {
                self.rest = end;
                if end.starts_with(|c: char| c.is_ascii_alphabetic()) {
                    return self.tag().map(|tag| Token::End(tag.name));
                }
                self.skip_past(">");
            } else if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
                self.rest = after;
                let tag = self.tag()?;
                if matches!(
                    tag.name.as_str(),
                    "script"
                        | "style"
                        | "title"
                        | "textarea"
                        | "iframe"
                        | "noembed"
                        | "noframes"
                        | "xmp"
                ) {
                    self.skip_raw(&tag.name);
                } else {
                    return Some(Token::Start(tag));
                }
            } else {
                return Some(Token::Text(self.take(1)));
            }
        }
    }
}

/// Reads one character reference at the start of `text` (which begins with `&`).
///
/// Returns its length in the source and the character it stands for. Numbers and the names that matter for
/// structure are read; all other names stay for the HTML parser behind us.
fn reference(text: &str) -> Option<(usize, Option<char>)> {
    let end = text.bytes().take(34).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let char = match name {
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "Tab" => '\t',
        "NewLine" => '\n',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            return Some((end + 1, code.ok().and_then(char::from_u32)));
        }
    };
    Some((end + 1, Some(char)))
}

/// Whether `text` (which begins with `&`) begins with a reference by name.
fn named_reference(text: &str) -> bool {
    let name = text.get(1..).unwrap_or_default();
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .find(|c: char| !c.is_ascii_alphanumeric())
            .is_some_and(|end| {
                end <= 32 && name.get(end..).is_some_and(|rest| rest.starts_with(';'))
            })
}

/// Replaces character references by their characters.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let len = if let Some((len, char)) = reference(tail) {
            out.extend(char);
            len
        } else {
            out.push('&');
            1
        };
        rest = tail.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\u{a0}' => out.push_str("&nbsp;"),
        '\n' | '\t' => out.push(c),
        c if c.is_control() => {}
        c => out.push(c),
    }
}

/// Escapes text for an element's content or a double-quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '"' {
            out.push_str("&quot;");
        } else {
            push_escaped(&mut out, c);
        }
    }
    out
}

/// Text of the source with references settled and everything that could be markup escaped.
pub(super) fn settle(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut len = c.len_utf8();
        match c {
            '&' => match reference(rest) {
                Some((whole, char)) => {
                    len = whole;
                    if let Some(char) = char {
                        push_escaped(&mut out, char);
                    }
                }
                None if named_reference(rest) => out.push('&'),
                None => out.push_str("&amp;"),
            },
            '\r' => {
                out.push('\n');
                if rest.starts_with("\r\n") {
                    len = 2;
                }
            }
            c => push_escaped(&mut out, c),
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    out
}

/// The address of a link when it may be followed: `http`, `https` or `mailto`, without a password in it.
///
/// The parameter by which some software signs visitors in (`zid`) is taken out.
pub(super) fn link(href: &str) -> Option<String> {
    let mut url = Url::parse(href.trim()).ok()?;
    match url.scheme() {
        "http" | "https" => {
            // Both only fail for addresses without a host.
            url.set_username("").ok()?;
            url.set_password(None).ok()?;
            if url
                .query()
                .is_some_and(|query| query.split('&').any(is_zid))
            {
                let kept: Vec<&str> = url
                    .query()
                    .unwrap_or_default()
                    .split('&')
                    .filter(|p| !is_zid(p))
                    .collect();
                let kept = kept.join("&");
                url.set_query((!kept.is_empty()).then_some(&kept));
            }
        }
        "mailto" => {}
        _ => return None,
    }
    (url.as_str().len() <= MAX_HREF).then(|| url.into())
}

fn is_zid(parameter: &str) -> bool {
    parameter.split('=').next() == Some("zid")
}

/// Whether a class names the language of a block of code.
pub(super) fn is_language_class(class: &str) -> bool {
    class.strip_prefix("language-").is_some_and(|name| {
        (1..=32).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'_' | b'#' | b'.'))
    })
}

/// Whether a text is the name of a custom emoji, `:like_this:`.
pub(super) fn is_shortcode(text: &str) -> bool {
    text.strip_prefix(':')
        .and_then(|rest| rest.strip_suffix(':'))
        .is_some_and(|name| {
            (1..=64).contains(&name.len())
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
                && name.bytes().any(|b| b.is_ascii_alphabetic())
        })
}
