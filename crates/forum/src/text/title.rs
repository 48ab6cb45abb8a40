//! Titles of topics: made from a post that has none (a microblog post that mentions a category), and the
//! form that stands in addresses.
//!
//! A post opens a topic by mentioning the category; that mention is address, not text, so it is taken out of
//! the title and from both ends of the body. Not here: whether it may open one (`policy`).

use unicode_normalization::UnicodeNormalization;
use url::Url;

use super::html::{Token, Tokens, is_shortcode, link};
use super::sanitize::{Context, SafeHtml, clean_name, clean_title, sanitise, text_of};
use crate::search::analyse::fold;

/// Longest form of a title in an address, in characters.
const MAX_SLUG: usize = 80;

/// The title of a topic opened by a post without title.
///
/// The first line that is left without the mentions of the category (`group_mentions`: the `href`s of its
/// Mention tags) and without custom emoji, at most 200 characters; «Message de @author» when nothing is.
pub fn derive_title(html: &str, group_mentions: &[&str], author: &str) -> String {
    let safe = sanitise(html, &Context::OPENING);
    let tokens: Vec<Token<'_>> = Tokens::new(safe.as_str()).collect();
    let groups = Groups::new(group_mentions);
    let units = units(&tokens, &groups);
    let kept = tokens
        .iter()
        .enumerate()
        .filter(|(at, _)| !units.iter().any(|unit| unit.of_group && unit.holds(*at)))
        .map(|(_, token)| token.clone());
    text_of(kept)
        .lines()
        .map(|line| title_of_line(line, &groups))
        .find(|line| line.chars().any(|c| !c.is_whitespace()))
        .unwrap_or_else(|| format!("Message de @{}", clean_name(author).trim_start_matches('@')))
}

fn title_of_line(line: &str, groups: &Groups) -> String {
    let words: Vec<&str> = line
        .split_whitespace()
        .filter(|word| !is_shortcode(word) && !groups.is_handle(word))
        .collect();
    let line = without_shortcodes(&words.join(" "));
    // What remains of «@urbanisme: une question».
    let line = line.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, ':' | ',' | ';' | '-' | '–' | '—')
    });
    clean_title(line)
}

/// Takes `:emoji:` out where it touches other text.
fn without_shortcodes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let after = tail.strip_prefix(':').unwrap_or_default();
        let end = after.find(':').map(|end| end + 2);
        let touches_word = out.ends_with(|c: char| c.is_alphanumeric());
        let found = end
            .and_then(|end| Some((tail.get(..end)?, tail.get(end..)?)))
            .filter(|(code, next)| {
                !touches_word
                    && is_shortcode(code)
                    && !next.starts_with(|c: char| c.is_alphanumeric())
            });
        if let Some((_, next)) = found {
            rest = next;
        } else {
            out.push(':');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The body of a post that opened a topic: without the mentions of the category (`group_mentions`: the `href`s
/// of its Mention tags) with which it begins or ends. Mentions of others beside it stay.
pub fn strip_group_mention(html: &SafeHtml, group_mentions: &[&str]) -> SafeHtml {
    let tokens: Vec<Token<'_>> = Tokens::new(html.as_str()).collect();
    let units = units(&tokens, &Groups::new(group_mentions));
    let leading = units
        .iter()
        .scan(0, |from, unit| {
            let touches = is_blank(&tokens, *from, unit.first);
            *from = unit.last + 1;
            touches.then_some(unit)
        })
        .filter(|unit| unit.of_group)
        .collect::<Vec<_>>();
    let trailing = units
        .iter()
        .rev()
        .scan(tokens.len(), |to, unit| {
            let touches = is_blank(&tokens, unit.last + 1, *to);
            *to = unit.first;
            touches.then_some(unit)
        })
        .filter(|unit| unit.of_group)
        .collect::<Vec<_>>();
    if leading.is_empty() && trailing.is_empty() {
        return html.clone();
    }
    let kept = tokens.iter().enumerate().filter_map(|(at, token)| {
        if leading.iter().chain(&trailing).any(|unit| unit.holds(at)) {
            return None;
        }
        let Token::Text(text) = token else {
            return Some(token.clone());
        };
        // What stood between the mention and the rest goes with it.
        let mut text = *text;
        if leading.iter().any(|unit| unit.last + 1 == at) {
            text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | ','));
        }
        if trailing.iter().any(|unit| unit.first == at + 1) {
            text = text.trim_end();
        }
        Some(Token::Text(text))
    });
    SafeHtml::from_tokens(kept)
}

fn is_said(token: &Token<'_>) -> bool {
    matches!(token, Token::Text(text) if !text.trim().is_empty())
}

fn is_blank(tokens: &[Token<'_>], from: usize, to: usize) -> bool {
    tokens
        .get(from..to)
        .is_some_and(|between| !between.iter().any(is_said))
}

/// A mention or tag as it stands in HTML, with the span around it.
struct Unit {
    first: usize,
    last: usize,
    of_group: bool,
}

impl Unit {
    fn holds(&self, at: usize) -> bool {
        (self.first..=self.last).contains(&at)
    }
}

/// The links in a text that are mentions or lead to the group, in order.
fn units(tokens: &[Token<'_>], groups: &Groups) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut from = 0;
    while let Some(at) = tokens
        .iter()
        .skip(from)
        .position(|token| matches!(token, Token::Start(tag) if tag.name == "a"))
    {
        let mut first = from + at;
        let Some(len) = tokens
            .iter()
            .skip(first)
            .position(|token| matches!(token, Token::End(name) if name == "a"))
        else {
            break;
        };
        let mut last = first + len;
        from = last + 1;
        let Some(Token::Start(link)) = tokens.get(first) else {
            break;
        };
        let of_group = link.value("href").is_some_and(|href| groups.is_href(&href));
        if !of_group && !link.has_class("mention") {
            continue;
        }
        let card = first.checked_sub(1).and_then(|before| tokens.get(before));
        let ends = matches!(tokens.get(last + 1), Some(Token::End(name)) if name == "span");
        if ends && matches!(card, Some(Token::Start(tag)) if tag.has_class("h-card")) {
            first -= 1;
            last += 1;
            from = last + 1;
        }
        units.push(Unit {
            first,
            last,
            of_group,
        });
    }
    units
}

/// The addresses of a category in the mentions of a post.
struct Groups {
    hrefs: Vec<String>,
    handles: Vec<String>,
}

impl Groups {
    fn new(hrefs: &[&str]) -> Self {
        let handles = hrefs.iter().filter_map(|href| {
            let url = Url::parse(href).ok()?;
            let name = url
                .path_segments()?
                .next_back()?
                .trim_start_matches('@')
                .to_lowercase();
            let host = match url.port() {
                Some(port) => format!("{}:{port}", url.host_str()?),
                None => url.host_str()?.to_owned(),
            };
            (!name.is_empty()).then(|| format!("{name}@{host}"))
        });
        Self {
            handles: handles.collect(),
            hrefs: hrefs.iter().filter_map(|href| link(href)).collect(),
        }
    }

    fn is_href(&self, href: &str) -> bool {
        link(href).is_some_and(|href| self.hrefs.contains(&href))
    }

    /// Whether a word is the full handle, which some software leaves as text.
    fn is_handle(&self, word: &str) -> bool {
        let bare = word.trim_end_matches([':', ',', '.', ';']);
        bare.strip_prefix(['@', '!'])
            .is_some_and(|handle| self.handles.contains(&handle.to_lowercase()))
    }
}

/// A title as it stands in an address: `a-z`, `0-9` and single `-`, at most 80 characters.
///
/// Empty when the title has no Latin letter and no digit.
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    // Before folding, so that an apostrophe parts two words.
    for word in title.split(|c: char| !c.is_alphanumeric() && !is_mark(c)) {
        let word: String = fold(word)
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        if word.is_empty() {
            continue;
        }
        let joint = usize::from(!slug.is_empty());
        if slug.len() + joint + word.len() > MAX_SLUG {
            if slug.is_empty() {
                slug = word.chars().take(MAX_SLUG).collect();
            }
            break;
        }
        if joint == 1 {
            slug.push('-');
        }
        slug.push_str(&word);
    }
    slug.nfc().collect()
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GROUP: &str = "https://forum.ville.example/c/urbanisme";
    const MENTION: &str = "<span class=\"h-card\"><a href=\"https://forum.ville.example/c/urbanisme\" class=\"u-url mention\">@<span>urbanisme</span></a></span>";
    const OTHER: &str = "<span class=\"h-card\"><a href=\"https://a.example/@leo\" class=\"u-url mention\">@<span>leo</span></a></span>";
    const TAG: &str = "<a href=\"https://a.example/tags/rue\" class=\"mention hashtag\" rel=\"tag\">#<span>rue</span></a>";

    fn check_title(html: &str, expect: &str) {
        assert_eq!(derive_title(html, &[GROUP], "lea"), expect, "from {html}");
    }

    fn check_body(html: &str, expect: &str) {
        let body = strip_group_mention(&sanitise(html, &Context::OPENING), &[GROUP]);
        assert_eq!(body, sanitise(expect, &Context::OPENING), "from {html}");
    }

    #[test]
    fn the_first_line_is_the_title() {
        check_title(
            &format!("<p>{MENTION} Zones 30 : vos   retours ?</p><p>Suite</p>"),
            "Zones 30 : vos retours ?",
        );
        check_title(
            &format!("<p>{MENTION}</p><p>Zones 30<br>Suite</p>"),
            "Zones 30",
        );
        check_title(&format!("<p>Zones 30 {MENTION}<br/>Suite</p>"), "Zones 30");
        check_title(
            &format!("<p>{MENTION}: bonjour {OTHER} {TAG}</p>"),
            "bonjour @leo #rue",
        );
        check_title("<p>@urbanisme@forum.ville.example Bonjour</p>", "Bonjour");
        check_title("<p>Une rue &amp; &lt;deux&gt;</p>", "Une rue & <deux>");
    }

    #[test]
    fn custom_emoji_are_no_title() {
        check_title(
            "<p>:blobcat: Bonjour:wave: à 10:30:45</p>",
            "Bonjour:wave: à 10:30:45",
        );
        check_title("<p>:blobcat:</p><p>(:a_b:) Oui</p>", "() Oui");
    }

    #[test]
    fn nothing_left_names_the_author() {
        check_title(&format!("<p>{MENTION} :blobcat:</p>"), "Message de @lea");
        check_title("", "Message de @lea");
        assert_eq!(
            derive_title("", &[], "@lea@a.example"),
            "Message de @lea@a.example"
        );
    }

    #[test]
    fn a_long_line_is_cut() {
        let title = derive_title(&"retour ".repeat(60), &[], "lea");
        assert!(title.ends_with("retour…") && title.chars().count() <= 200);
    }

    #[test]
    fn mentions_at_the_ends_leave_the_body() {
        check_body(&format!("<p>{MENTION} Bonjour</p>"), "<p>Bonjour</p>");
        check_body(&format!("<p>Bonjour</p><p>{MENTION}</p>"), "<p>Bonjour</p>");
        check_body(
            &format!("<p>{OTHER} {MENTION}, bonjour {MENTION} et toi {TAG} {MENTION}</p>"),
            &format!("<p>{OTHER} bonjour {MENTION} et toi {TAG}</p>"),
        );
        check_body(
            &format!("<p>Pour {MENTION} surtout</p>"),
            &format!("<p>Pour {MENTION} surtout</p>"),
        );
        check_body(&format!("<p>{MENTION}</p>"), "");
        check_body(
            "<p><a href=\"https://forum.ville.example/c/urbanisme\">ici</a> fin</p>",
            "<p>fin</p>",
        );
    }

    #[test]
    fn slugs_are_ascii() {
        assert_eq!(
            slug("Zones 30 : retours d'expérience"),
            "zones-30-retours-d-experience"
        );
        assert_eq!(slug("L’œuf — « ÇA » & ßtraße"), "l-oeuf-ca-sstrasse");
        assert_eq!(slug("e\u{301}te\u{301}"), "ete");
        assert_eq!(slug("日本"), "");
        assert_eq!(slug(&"abcdefghi ".repeat(20)).len(), 79);
        assert_eq!(slug(&"a".repeat(200)).len(), 80);
    }

    proptest! {
        #[test]
        fn slugs_keep_their_alphabet(title in "\\PC{0,120}") {
            let slug = slug(&title);
            prop_assert!(slug.len() <= MAX_SLUG && !slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--"));
            prop_assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        }

        #[test]
        fn a_title_is_never_empty_nor_long(html in "(<p>|</p>|<br>|:a:|@|[a-z é&;]{0,4}|\u{200b}){0,60}") {
            let title = derive_title(&html, &[GROUP], "lea");
            prop_assert!(!title.is_empty() && title.chars().count() <= 200);
        }
    }
}
