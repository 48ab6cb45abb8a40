//! Finds in plain text what should become a link: bare addresses, mentions of people (`@name`, `@name@host`)
//! and of categories (`!slug`, `!slug@host`), and tags (`#voirie`).
//!
//! It only reads characters. Who exists is asked elsewhere, and `markdown` decides which text is looked at
//! (not code, not the text of links).

/// Distinct mentions, and distinct tags, that one text may have; the rest stays text (security rule R-13).
pub const MAX_MENTIONS: usize = 50;
/// Longest tag, in characters.
const MAX_TAG: usize = 100;
/// Longest name before the `@` of a host, in bytes.
const MAX_NAME: usize = 64;
/// Longest host, in bytes, its port not counted.
const MAX_HOST: usize = 253;

/// What a mention names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MentionKind {
    /// `@name`: a person, or a category under its handle.
    Person,
    /// `!slug`: a category.
    Category,
}

/// A mention as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MentionText {
    /// By which sign it was made.
    pub kind: MentionKind,
    /// Name or slug, in lower case.
    pub name: String,
    /// Host with its port, in lower case; `None` is this node.
    pub host: Option<String>,
}

impl MentionText {
    /// `name` or `name@host`.
    pub fn handle(&self) -> String {
        match &self.host {
            Some(host) => format!("{}@{host}", self.name),
            None => self.name.clone(),
        }
    }

    /// The sign that begins it.
    pub fn sign(&self) -> char {
        match self.kind {
            MentionKind::Person => '@',
            MentionKind::Category => '!',
        }
    }
}

/// A stretch of plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Nothing special.
    Plain(&'a str),
    /// A bare address.
    Url(&'a str),
    /// A mention and how it stands in the text.
    Mention(MentionText, &'a str),
    /// A tag without its `#`.
    Hashtag(&'a str),
}

/// Cuts a text into its pieces; put together again they are the text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut plain_from = 0;
    let mut before: Option<char> = None;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(c) = rest.chars().next() else {
            break;
        };
        let found = match c {
            'h' | 'H' | 'w' | 'W' if !before.is_some_and(is_word) => {
                url(rest).map(|len| (len, Kind::Url))
            }
            '@' | '!'
                if !before.is_some_and(|c| {
                    is_word(c) || matches!(c, '@' | '!' | '/' | '.' | '-' | '+' | '&')
                }) =>
            {
                mention(rest).map(|(len, mention)| (len, Kind::Mention(mention)))
            }
            '#' if !before.is_some_and(|c| is_word(c) || matches!(c, '#' | '/' | '&')) => {
                hashtag(rest).map(|len| (len, Kind::Hashtag))
            }
            _ => None,
        };
        let Some((len, kind)) = found else {
            at += c.len_utf8();
            before = Some(c);
            continue;
        };
        let (Some(plain), Some(piece)) = (text.get(plain_from..at), rest.get(..len)) else {
            break;
        };
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        pieces.push(match kind {
            Kind::Url => Piece::Url(piece),
            Kind::Mention(mention) => Piece::Mention(mention, piece),
            Kind::Hashtag => Piece::Hashtag(piece.trim_start_matches('#')),
        });
        before = piece.chars().next_back();
        at += len;
        plain_from = at;
    }
    if let Some(plain) = text.get(plain_from..).filter(|plain| !plain.is_empty()) {
        pieces.push(Piece::Plain(plain));
    }
    pieces
}

enum Kind {
    Url,
    Mention(MentionText),
    Hashtag,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Length of the address at the start of `text`.
fn url(text: &str) -> Option<usize> {
    let prefix = ["https://", "http://", "www."].into_iter().find(|prefix| {
        text.get(..prefix.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    })?;
    let end = text
        .find(|c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '<' | '>' | '"' | '«' | '»' | '“' | '”' | '`')
        })
        .unwrap_or(text.len());
    let mut found = text.get(..end)?;
    // Punctuation at the end belongs to the sentence; a bracket too, when it was opened before the address.
    loop {
        let last = found.chars().next_back()?;
        let of_sentence = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '*' | '_' | '~' | '…' => true,
            ')' => found.matches(')').count() > found.matches('(').count(),
            ']' => found.matches(']').count() > found.matches('[').count(),
            _ => false,
        };
        if !of_sentence {
            break;
        }
        found = found.get(..found.len() - last.len_utf8())?;
    }
    let host = found.get(prefix.len()..)?;
    let named = host.starts_with(|c: char| c.is_alphanumeric() || c == '[');
    let dotted = prefix != "www." || host.contains('.');
    (named && dotted).then_some(found.len())
}

/// Length of the mention at the start of `text`, and what it names.
fn mention(text: &str) -> Option<(usize, MentionText)> {
    let kind = if text.starts_with('!') {
        MentionKind::Category
    } else {
        MentionKind::Person
    };
    let rest = text.get(1..)?;
    let name = word(
        rest,
        |c| c.is_ascii_alphanumeric() || c == '_',
        |c| matches!(c, '.' | '-'),
    );
    if name.is_empty() || name.len() > MAX_NAME {
        return None;
    }
    let mut len = 1 + name.len();
    let mut host = None;
    let rest = text.get(len..)?;
    if let Some(tail) = rest.strip_prefix('@') {
        let found = word(tail, char::is_alphanumeric, |c| matches!(c, '.' | '-'));
        if found.is_empty() || found.len() > MAX_HOST {
            return None;
        }
        len += 1 + found.len();
        let mut full = found.to_lowercase();
        if let Some(port) = tail
            .get(found.len()..)
            .and_then(|rest| rest.strip_prefix(':'))
        {
            let digits: String = port
                .chars()
                .take_while(char::is_ascii_digit)
                .take(6)
                .collect();
            if digits.parse::<u16>().is_ok_and(|port| port > 0) {
                len += 1 + digits.len();
                full = format!("{full}:{digits}");
            }
        }
        host = Some(full);
    }
    // What goes on like an address of mail or a path is none.
    let next = text.get(len..)?.chars().next();
    if next.is_some_and(|c| is_word(c) || matches!(c, '@' | '/')) {
        return None;
    }
    Some((
        len,
        MentionText {
            kind,
            name: name.to_ascii_lowercase(),
            host,
        },
    ))
}

/// The longest beginning made of `inside` characters, with `joint` characters only between them.
fn word(text: &str, inside: impl Fn(char) -> bool, joint: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !inside(c) && !joint(c)).unwrap_or(text.len());
    let found = text.get(..end).unwrap_or_default();
    if found.starts_with(&joint) {
        return "";
    }
    found.trim_end_matches(&joint)
}

/// Length of the tag at the start of `text`, its `#` too.
fn hashtag(text: &str) -> Option<usize> {
    let rest = text.get(1..)?;
    let end = rest
        .find(|c: char| !is_word(c) && !unicode_normalization::char::is_combining_mark(c))
        .unwrap_or(rest.len());
    let tag = rest.get(..end)?;
    let said = tag.chars().any(char::is_alphabetic) && tag.chars().count() <= MAX_TAG;
    said.then_some(1 + end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<String> {
        pieces(text)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Plain(_) => None,
                Piece::Url(url) => Some(url.to_owned()),
                Piece::Mention(mention, _) => {
                    Some(format!("{}{}", mention.sign(), mention.handle()))
                }
                Piece::Hashtag(tag) => Some(format!("#{tag}")),
            })
            .collect()
    }

    fn check(text: &str, expect: &[&str]) {
        assert_eq!(found(text), expect, "in {text}");
    }

    #[test]
    fn mentions_are_found() {
        check("Bonjour @Ana, et (@leo.b) !", &["@ana", "@leo.b"]);
        check("@ana@Forum.Ville.example.", &["@ana@forum.ville.example"]);
        check("@ana@127.0.0.1:8080: oui", &["@ana@127.0.0.1:8080"]);
        check("@ana@localhost:99999", &["@ana@localhost"]);
        check(
            "voir !urbanisme et !voirie@mairie.example:443!",
            &["!urbanisme", "!voirie@mairie.example:443"],
        );
        check("l'avis d'@ana", &["@ana"]);
    }

    #[test]
    fn addresses_of_mail_are_no_mentions() {
        check("ana@ville.example a.b-c@ville.example", &[]);
        check("x @ana@", &[]);
        check("@scope/paquet @@ana ana@", &[]);
        check("Super! Non !! a!b", &[]);
    }

    #[test]
    fn bare_addresses_are_found() {
        check(
            "(voir https://a.example/x_(y)).",
            &["https://a.example/x_(y)"],
        );
        check(
            "« https://a.example/@ana#b » www.ville.example/?a=1, http://",
            &["https://a.example/@ana#b", "www.ville.example/?a=1"],
        );
        check("xhttps://a.example www. wwww.a.b", &[]);
    }

    #[test]
    fn tags_are_found() {
        check(
            "#étiquette, #Zone30. #30 a#b ##c &#39; #a-b",
            &["#étiquette", "#Zone30", "#a"],
        );
    }

    proptest! {
        #[test]
        fn pieces_are_the_text(text in "([@!#.:/ a-zé1<\"]|https://|www\\.){0,40}") {
            let whole: String = pieces(&text).into_iter().map(|piece| match piece {
                Piece::Plain(text) | Piece::Url(text) | Piece::Mention(_, text) => text.to_owned(),
                Piece::Hashtag(tag) => format!("#{tag}"),
            }).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
