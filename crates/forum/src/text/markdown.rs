//! Markdown to HTML: CommonMark with tables, strikethrough, bare addresses, mentions and tags.
//!
//! HTML in Markdown is shown as it is written, never passed on. Everything goes through `sanitize` last.
//! Who a mention names is asked twice: [`find_mentions`] tells the caller what to look up, [`render`] takes
//! the answers by a callback. Not here: what happens to the people mentioned.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, TextMergeStream, html};
use unicode_normalization::UnicodeNormalization;
use url::Url;

use super::html::{escape, link};
use super::mentions::{MAX_MENTIONS, Piece, pieces};
pub use super::mentions::{MentionKind, MentionText};
use super::sanitize::{Context, MAX_BYTES, SafeHtml, cut_at_byte, sanitise_whole};

/// Quotes and lists deeper than this lose their marks, not their text.
const MAX_DEPTH: usize = 30;
/// Marks of quotes at the start of one line that are read.
const MAX_QUOTE_MARKS: usize = 60;

/// Where the text stands and how its links are made.
#[derive(Clone, Copy, Debug)]
pub struct RenderOptions<'a> {
    /// Address of this node: tags and relative links begin there.
    pub base_url: &'a Url,
    /// Level of headings and language of our words.
    pub context: Context,
}

/// Whom a mention names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MentionLink {
    /// Their page or id.
    pub href: String,
    /// Name without sign.
    pub name: String,
    /// Host to show after the name; `None` shows the name only.
    pub host: Option<String>,
}

/// A text as HTML, and what it speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The HTML.
    pub html: SafeHtml,
    /// The mentions that became links, each once, in the order of the text.
    pub mentions: Vec<MentionText>,
    /// The tags in lower case without `#`, each once, in the order of the text.
    pub hashtags: Vec<String>,
}

/// The mentions of a source that [`render`] will ask for, each once, at most [`MAX_MENTIONS`].
pub fn find_mentions(source: &str) -> Vec<MentionText> {
    let mut found = Vec::new();
    let source = prepare(source);
    let mut place = Place::default();
    for event in events(&source) {
        place.pass(&event);
        if let Event::Text(text) = &event
            && place.is_prose()
        {
            for piece in pieces(text) {
                if let Piece::Mention(mention, _) = piece {
                    push_new(&mut found, mention);
                }
            }
        }
    }
    found
}

/// Makes HTML of a source. `resolve` says whom a mention names; without an answer it stays text.
pub fn render(
    source: &str,
    options: &RenderOptions<'_>,
    resolve: &dyn Fn(&MentionText) -> Option<MentionLink>,
) -> Rendered {
    let source = prepare(source);
    let mut writer = Writer {
        options,
        resolve,
        asked: Vec::new(),
        mentions: Vec::new(),
        hashtags: Vec::new(),
    };
    let mut place = Place::default();
    let mut out = Vec::new();
    for event in events(&source) {
        let keep = place.pass(&event);
        match event {
            Event::Text(text) if place.is_prose() => writer.prose(&text, &mut out),
            // Raw HTML is text for us.
            Event::Html(text) | Event::InlineHtml(text) => out.push(Event::Text(text)),
            Event::Start(Tag::HtmlBlock) => out.push(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => out.push(Event::End(TagEnd::Paragraph)),
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                id,
                ..
            }) => out.push(Event::Start(Tag::Link {
                link_type,
                dest_url: writer.absolute(dest_url),
                title: CowStr::Borrowed(""),
                id,
            })),
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                id,
                ..
            }) => out.push(Event::Start(Tag::Image {
                link_type,
                dest_url: writer.absolute(dest_url),
                title: CowStr::Borrowed(""),
                id,
            })),
            event if keep => out.push(event),
            _ => {}
        }
    }
    let mut written = String::new();
    html::push_html(&mut written, out.into_iter());
    Rendered {
        html: sanitise_whole(&written, &options.context),
        mentions: writer.mentions,
        hashtags: writer.hashtags,
    }
}

/// A quote of somebody's source, ready to stand at the top of an answer, with an empty line after it.
///
/// `author_handle` is `name` or `name@host`.
pub fn quote(source: &str, author_handle: &str) -> String {
    let handle: String = author_handle
        .trim_start_matches('@')
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | ':'))
        .collect();
    let mut quoted = format!("> **@{handle}** :\n>\n");
    for line in cut_at_byte(source.trim_end(), MAX_BYTES / 2).lines() {
        quoted.push('>');
        if !line.trim().is_empty() {
            // Marks of inner quotes stand together, so that each turn adds one character.
            if !line.starts_with('>') {
                quoted.push(' ');
            }
            quoted.push_str(line);
        }
        quoted.push('\n');
    }
    quoted.push('\n');
    quoted
}

/// Cuts a source to what is read, and lines that begin with too many marks of quotes.
fn prepare(source: &str) -> String {
    let source = cut_at_byte(source, MAX_BYTES);
    let mut out = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        let text = line.trim_start_matches(['>', ' ', '\t']);
        let marks = line.get(..line.len() - text.len()).unwrap_or_default();
        if marks.matches('>').count() > MAX_QUOTE_MARKS {
            out.push_str(&">".repeat(MAX_QUOTE_MARKS));
            out.push(' ');
            out.push_str(text);
        } else {
            out.push_str(line);
        }
    }
    out.replace('\0', "")
}

fn events(source: &str) -> impl Iterator<Item = Event<'_>> {
    TextMergeStream::new(Parser::new_ext(
        source,
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH,
    ))
}

/// Where in the text an event stands.
#[derive(Default)]
struct Place {
    /// Links, images and blocks of code around.
    closed: usize,
    /// Quotes and lists around.
    depth: usize,
}

impl Place {
    /// Goes past an event; `false` when it lies too deep to be written.
    fn pass(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Start(
                Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_) | Tag::HtmlBlock,
            ) => self.closed += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock | TagEnd::HtmlBlock) => {
                self.closed = self.closed.saturating_sub(1);
            }
            Event::Start(Tag::BlockQuote(_) | Tag::List(_) | Tag::Item) => {
                self.depth += 1;
                return self.depth <= MAX_DEPTH;
            }
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item) => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth < MAX_DEPTH;
            }
            _ => {}
        }
        true
    }

    /// Whether text here is neither code nor part of a link.
    fn is_prose(&self) -> bool {
        self.closed == 0
    }
}

struct Writer<'a> {
    options: &'a RenderOptions<'a>,
    resolve: &'a dyn Fn(&MentionText) -> Option<MentionLink>,
    asked: Vec<(MentionText, Option<MentionLink>)>,
    mentions: Vec<MentionText>,
    hashtags: Vec<String>,
}

impl Writer<'_> {
    fn prose(&mut self, text: &str, out: &mut Vec<Event<'_>>) {
        for piece in pieces(text) {
            let event = match piece {
                Piece::Plain(text) => Event::Text(text.to_owned().into()),
                Piece::Url(url) => bare_url(url),
                Piece::Mention(mention, text) => self.mention(mention, text),
                Piece::Hashtag(tag) => self.hashtag(tag),
            };
            out.push(event);
        }
    }

    fn mention<'e>(&mut self, mention: MentionText, text: &str) -> Event<'e> {
        let Some(found) = self.ask(&mention) else {
            return Event::Text(text.to_owned().into());
        };
        let shown = match &found.host {
            Some(host) => format!("{}@{host}", found.name),
            None => found.name.clone(),
        };
        let html = format!(
            r#"<span class="h-card"><a href="{}" class="u-url mention">{}<span>{}</span></a></span>"#,
            escape(&found.href),
            mention.sign(),
            escape(&shown),
        );
        push_new(&mut self.mentions, mention);
        Event::InlineHtml(html.into())
    }

    /// Asks once for each mention, and not for more than the limit.
    fn ask(&mut self, mention: &MentionText) -> Option<MentionLink> {
        if let Some((_, answer)) = self.asked.iter().find(|(asked, _)| asked == mention) {
            return answer.clone();
        }
        if self.asked.len() >= MAX_MENTIONS {
            return None;
        }
        let answer = (self.resolve)(mention).filter(|found| link(&found.href).is_some());
        self.asked.push((mention.clone(), answer.clone()));
        answer
    }

    fn hashtag<'e>(&mut self, tag: &str) -> Event<'e> {
        let name: String = tag.to_lowercase().nfc().collect();
        push_new(&mut self.hashtags, name.clone());
        if !self.hashtags.contains(&name) {
            return Event::Text(format!("#{tag}").into());
        }
        let mut href = self.options.base_url.clone();
        href.set_path("/search");
        href.set_fragment(None);
        href.query_pairs_mut().clear().append_pair("tag", &name);
        let html = format!(
            r#"<a href="{}" class="mention hashtag" rel="tag">#<span>{}</span></a>"#,
            escape(href.as_str()),
            escape(tag),
        );
        Event::InlineHtml(html.into())
    }

    /// A link of the source as an absolute one. An anchor stays as it is, and is dropped later.
    fn absolute<'e>(&self, href: CowStr<'e>) -> CowStr<'e> {
        if href.starts_with('#') || Url::parse(&href).is_ok() {
            return href;
        }
        match self.options.base_url.join(&href) {
            Ok(url) => String::from(url).into(),
            Err(_) => href,
        }
    }
}

fn bare_url<'e>(url: &str) -> Event<'e> {
    let href = if url
        .get(..4)
        .is_some_and(|head| head.eq_ignore_ascii_case("www."))
    {
        format!("https://{url}")
    } else {
        url.to_owned()
    };
    Event::InlineHtml(format!(r#"<a href="{}">{}</a>"#, escape(&href), escape(url)).into())
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.len() < MAX_MENTIONS && !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::super::sanitize::sanitise;
    use super::*;

    fn rendered(source: &str) -> Rendered {
        let base = Url::parse("https://forum.ville.example/").unwrap();
        let options = RenderOptions {
            base_url: &base,
            context: Context::OPENING,
        };
        render(source, &options, &|mention| {
            let known = ["ana", "leo", "urbanisme"].contains(&mention.name.as_str());
            known.then(|| MentionLink {
                href: match &mention.host {
                    Some(host) => format!("https://{host}/u/{}", mention.name),
                    None => format!("https://forum.ville.example/u/{}", mention.name),
                },
                name: mention.name.clone(),
                host: mention.host.clone(),
            })
        })
    }

    fn check(source: &str, expect: &str) {
        let html = rendered(source).html.into_string();
        let html = html.replace(" rel=\"nofollow noopener noreferrer ugc\"", "");
        assert_eq!(html, expect, "from {source}");
    }

    #[test]
    fn commonmark_is_read() {
        check(
            "# Titre\n\nUn *mot* **fort** ~~faux~~ `code`\nsuite\n\n- a\n- b\n\n1. c\n",
            "<h3>Titre</h3><p>Un <em>mot</em> <strong>fort</strong> <del>faux</del> <code>code</code>\nsuite</p><ul><li>a</li><li>b</li></ul><ol><li>c</li></ol>",
        );
        check(
            "```rust\nlet a = 1 < 2;\n```",
            "<pre tabindex=\"0\"><code class=\"language-rust\">let a = 1 &lt; 2;\n</code></pre>",
        );
        check(
            "> a\n>> b",
            "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>",
        );
        check(
            "| a | b |\n|---|:-:|\n| 1 | 2 |",
            "<div class=\"table-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Tableau 1\"><table><thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>",
        );
        check("a  \nb\n\n---\n\nc", "<p>a<br>\nb</p><hr><p>c</p>");
    }

    #[test]
    fn html_is_shown_as_text() {
        check(
            "Un <b>mot</b> <script>alert(1)</script>",
            "<p>Un &lt;b&gt;mot&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;</p>",
        );
        check(
            "<div onclick=x>\n@ana\n</div>\n\nfin",
            "<p>&lt;div onclick=x&gt;\n@ana\n&lt;/div&gt;\n</p><p>fin</p>",
        );
        check("<!-- x -->", "<p>&lt;!-- x --&gt;</p>");
    }

    #[test]
    fn links_are_safe_and_absolute() {
        check(
            "[x](JaVaScRiPt:alert(1)) <javascript:alert(1)> [y][r]\n\n[r]: javascript:alert(2)",
            "<p>x javascript:alert(1) y</p>",
        );
        check(
            "[x](data:text/html;base64,AA) [y](vbscript:x) [z](#id)",
            "<p>x y z</p>",
        );
        check(
            "[sujet](/t/12 \"titre\") [x](https://a.example)",
            "<p><a href=\"https://forum.ville.example/t/12\">sujet</a> <a href=\"https://a.example/\">x</a></p>",
        );
        check(
            "Voir https://a.example/x?a=1&b=c_d, www.ville.example.",
            "<p>Voir <a href=\"https://a.example/x?a=1&amp;b=c_d\">https://a.example/x?a=1&amp;b=c_d</a>, <a href=\"https://www.ville.example/\">www.ville.example</a>.</p>",
        );
        check(
            "[https://b.example](https://a.example) `https://c.example`",
            "<p><a href=\"https://a.example/\">https://b.example</a> <code>https://c.example</code></p>",
        );
        check(
            "![Plan](/media/a.jpg)",
            "<p><a href=\"https://forum.ville.example/media/a.jpg\">Image&nbsp;: Plan</a></p>",
        );
    }

    #[test]
    fn known_mentions_become_links() {
        let card = |href: &str, text: &str| {
            format!(
                "<span class=\"h-card\"><a href=\"{href}\" class=\"u-url mention\">{text}</a></span>"
            )
        };
        check(
            "Merci @Ana !",
            &format!(
                "<p>Merci {} !</p>",
                card("https://forum.ville.example/u/ana", "@<span>ana</span>")
            ),
        );
        check(
            "@leo@autre.example:8443, @inconnu",
            &format!(
                "<p>{}, @inconnu</p>",
                card(
                    "https://autre.example:8443/u/leo",
                    "@<span>leo@autre.example:8443</span>"
                )
            ),
        );
        check(
            "!urbanisme",
            &format!(
                "<p>{}</p>",
                card(
                    "https://forum.ville.example/u/urbanisme",
                    "!<span>urbanisme</span>"
                )
            ),
        );
        check(
            "`@ana` [@ana](https://a.example/) ana@ana.example\n\n    @ana",
            "<p><code>@ana</code> <a href=\"https://a.example/\">@ana</a> ana@ana.example</p><pre tabindex=\"0\"><code>@ana</code></pre>",
        );
        let two = rendered("@ana @leo @ana @inconnu");
        assert_eq!(
            two.mentions
                .iter()
                .map(MentionText::handle)
                .collect::<Vec<_>>(),
            ["ana", "leo"]
        );
        assert_eq!(
            find_mentions("@ana `@leo` @inconnu **@ana** @a_b_c")
                .iter()
                .map(MentionText::handle)
                .collect::<Vec<_>>(),
            ["ana", "inconnu", "a_b_c"]
        );
    }

    #[test]
    fn tags_become_links_to_the_search() {
        let html = rendered("Une #Étiquette et #voirie #voirie `#non`");
        assert_eq!(html.hashtags, ["étiquette", "voirie"]);
        assert!(html.html.as_str().contains("<a href=\"https://forum.ville.example/search?tag=%C3%A9tiquette\" class=\"mention hashtag\" rel=\"nofollow noopener noreferrer ugc tag\">#<span>Étiquette</span></a>"), "{}", html.html);
    }

    #[test]
    fn a_quote_nests() {
        let first = quote("Bonjour\n\n- a\n- b\n", "ana@ville.example");
        assert_eq!(
            first,
            "> **@ana@ville.example** :\n>\n> Bonjour\n>\n> - a\n> - b\n\n"
        );
        let second = quote(&format!("{first}D'accord."), "leo");
        check(
            &second.replace('@', ""),
            "<blockquote><p><strong>leo</strong> :</p><blockquote><p><strong>anaville.example</strong> :</p><p>Bonjour</p><ul><li>a</li><li>b</li></ul></blockquote><p>D'accord.</p></blockquote>",
        );
        check(
            &format!("{}Moi", quote("```\ncode", "x")),
            "<blockquote><p><strong>@x</strong> :</p><pre tabindex=\"0\"><code>code\n</code></pre></blockquote><p>Moi</p>",
        );
    }

    #[test]
    fn hostile_sources_are_quick() {
        for piece in [
            ">",
            "> ",
            "*",
            "_",
            "[",
            "![",
            "[a](",
            "`",
            "<",
            "*a_",
            "~~",
            "- ",
            "> - ",
            "@a ",
            "#a",
            "|",
            "| a |\n|-|\n",
            "a**b",
            "\\",
            "&#0;",
            "[a]: b\n",
            "<a ",
            "<!--",
            "@",
            "!",
        ] {
            let source = piece.repeat(50_000);
            let start = Instant::now();
            let html = rendered(&source).html;
            assert!(
                start.elapsed().as_secs_f32() < 3.0,
                "{piece} took {:?}",
                start.elapsed()
            );
            assert!(html.as_str().len() < 20 * MAX_BYTES, "{piece}");
        }
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_safe(source in "([>*_`\\[\\]()#@!|~ \n<a-z&é-]|<b>|https://a.example|\\[x\\]\\(y\\)|@ana|\\| a \\|\n\\|-\\|\n){0,60}") {
            let html = rendered(&source).html;
            prop_assert_eq!(sanitise(html.as_str(), &Context::OPENING), html);
        }
    }
}
