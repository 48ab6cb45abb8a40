//! Writes HTML in the one shape that we show.
//!
//! [`Shape`] can only write the elements it knows, nests them as the HTML standard allows, bounds their depth,
//! escapes all text, and leaves out empty ones. So what it writes is read by every parser as it was meant, and
//! writing it again changes nothing. `sanitize` puts ammonia behind it all the same.

use super::html::{Tag, Token, Tokens, escape, is_language_class, is_shortcode, link, settle};

/// Deepest nesting of blocks that is kept; deeper ones lose their tags, not their text.
const MAX_BLOCKS: usize = 32;
/// Deepest nesting of inline elements that is kept.
const MAX_INLINES: usize = 12;
/// Start tags that may wait for their end tag; more than that is hostile.
const MAX_FRAMES: usize = 256;

/// The `rel` of every link (security rule R-16).
pub(super) const REL: &str = "nofollow noopener noreferrer ugc";
/// The `rel` of links to a tag.
pub(super) const REL_TAG: &str = "nofollow noopener noreferrer ugc tag";
/// Classes of microformats that other software gives a meaning, kept on links and spans.
pub(super) const CLASSES: [&str; 7] = [
    "mention",
    "hashtag",
    "h-card",
    "u-url",
    "invisible",
    "ellipsis",
    "quote-inline",
];

/// Words that the writer puts into a post itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// Goes before the description of an image, with the colon.
    pub image: &'static str,
    /// Stands for an image without description.
    pub undescribed_image: &'static str,
    /// Names the scrolling frame of a table; a number follows.
    pub table: &'static str,
}

impl Words {
    /// In French.
    pub const FRENCH: Self = Self {
        image: "Image\u{a0}: ",
        undescribed_image: "Image sans description",
        table: "Tableau",
    };
    /// In English.
    pub const ENGLISH: Self = Self {
        image: "Image: ",
        undescribed_image: "Image without description",
        table: "Table",
    };

    /// The words of a language tag; French unless it is English.
    pub fn of(language: &str) -> Self {
        let primary = language.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("en") {
            Self::ENGLISH
        } else {
            Self::FRENCH
        }
    }
}

/// How far elements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// Level of the first heading; `None` leaves levels as they are.
    pub(super) heading_base: Option<u8>,
    /// Words in the language of the reader.
    pub(super) words: Words,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Root,
    Paragraph,
    Heading,
    Pre,
    Quote,
    List,
    Item,
    Table,
    Caption,
    Rows,
    Row,
    Cell,
}

struct Open {
    block: Block,
    serial: usize,
    /// Made by us around text that stood where no text may stand.
    implied: bool,
    close: String,
    before: usize,
    content: usize,
    headings: Vec<u8>,
}

struct Inline {
    name: &'static str,
    open: String,
}

enum Effect {
    /// No element of ours, only the end of the paragraph.
    Break,
    /// Nothing at all.
    Nothing,
    Block(usize),
    Inline(usize),
}

struct Frame {
    name: String,
    effect: Effect,
}

/// Writes HTML in the one shape that we show; see the module.
pub(super) struct Shape {
    rules: Rules,
    out: String,
    blocks: Vec<Open>,
    frames: Vec<Frame>,
    inlines: Vec<Inline>,
    /// How many of `inlines` have their start tag written.
    written: usize,
    /// No text yet since the last block began or ended.
    fresh: bool,
    serial: usize,
    headings: Vec<u8>,
    tables: usize,
    /// Label that a table frame of ours already has.
    label: Option<String>,
}

impl Shape {
    /// Starts an empty text.
    pub(super) fn new(rules: Rules) -> Self {
        let root = Open {
            block: Block::Root,
            serial: 0,
            implied: false,
            close: String::new(),
            before: 0,
            content: 0,
            headings: Vec::new(),
        };
        Self {
            rules,
            out: String::new(),
            blocks: vec![root],
            frames: Vec::new(),
            inlines: Vec::new(),
            written: 0,
            fresh: true,
            serial: 0,
            headings: Vec::new(),
            tables: 0,
            label: None,
        }
    }

    /// Writes a whole text.
    pub(super) fn rewrite(html: &str, rules: Rules) -> String {
        let mut shape = Self::new(rules);
        for token in Tokens::new(html) {
            shape.token(&token);
        }
        shape.finish()
    }

    /// Writes one token.
    pub(super) fn token(&mut self, token: &Token<'_>) {
        match token {
            Token::Text(text) => self.settled_text(&settle(text)),
            Token::Start(tag) => self.start(tag),
            Token::End(name) => self.end(name),
        }
    }

    /// Ends everything that is still open and returns the HTML.
    pub(super) fn finish(mut self) -> String {
        self.close_inlines(0);
        while self.blocks.len() > 1 {
            self.close_block();
        }
        self.out
    }

    fn current(&self) -> Block {
        self.blocks.last().map_or(Block::Root, |open| open.block)
    }

    // Text and inline elements.

    /// Writes text that is already escaped.
    fn settled_text(&mut self, text: &str) {
        let blank = text.bytes().all(|b| b.is_ascii_whitespace());
        if !self.make_room_for_text(blank) {
            return;
        }
        let mut text = text;
        if self.fresh {
            if self.current() != Block::Pre {
                text = text.trim_ascii_start();
            } else if self.inlines.is_empty() {
                // A parser drops the first newline of a `pre`.
                text = text.trim_start_matches('\n');
            }
        }
        if text.is_empty() {
            return;
        }
        for inline in self.inlines.iter().skip(self.written) {
            self.out.push_str(&inline.open);
        }
        self.written = self.inlines.len();
        self.out.push_str(text);
        self.fresh = false;
    }

    /// Opens what must be around text here; `false` when blank text has no place here.
    fn make_room_for_text(&mut self, blank: bool) -> bool {
        loop {
            match self.current() {
                Block::Paragraph | Block::Heading | Block::Pre | Block::Caption => return true,
                Block::Item | Block::Cell => return !(blank && self.fresh),
                _ if blank => return false,
                Block::Root | Block::Quote => {
                    self.open_block(Block::Paragraph, "<p>", "</p>", true);
                }
                Block::List => self.open_block(Block::Item, "<li>", "</li>", true),
                Block::Table => self.open_block(Block::Rows, "<tbody>", "</tbody>", true),
                Block::Rows => self.open_block(Block::Row, "<tr>", "</tr>", true),
                Block::Row => self.open_block(Block::Cell, "<td>", "</td>", true),
            }
        }
    }

    fn close_inlines(&mut self, down_to: usize) {
        while self.written > down_to {
            self.written -= 1;
            if let Some(inline) = self.inlines.get(self.written) {
                self.out.push_str("</");
                self.out.push_str(inline.name);
                self.out.push('>');
            }
        }
    }

    fn end_inline(&mut self, index: usize) {
        self.close_inlines(index);
        self.inlines.truncate(index);
    }

    fn start_inline(&mut self, name: &'static str, open: String) -> Effect {
        let twice = name != "span" && self.inlines.iter().any(|inline| inline.name == name);
        if twice || self.inlines.len() >= MAX_INLINES {
            return Effect::Nothing;
        }
        self.inlines.push(Inline { name, open });
        Effect::Inline(self.inlines.len() - 1)
    }

    fn in_link(&self) -> bool {
        self.inlines.iter().any(|inline| inline.name == "a")
    }

    fn line_break(&mut self) {
        if self.current() == Block::Pre {
            self.settled_text("\n");
        } else if !self.fresh {
            self.out.push_str("<br>");
        }
    }

    fn link(&mut self, tag: &Tag) -> Effect {
        // A link inside a link: the first one ends here.
        if let Some(at) = self
            .frames
            .iter()
            .rposition(|frame| frame.name == "a" && matches!(frame.effect, Effect::Inline(_)))
        {
            self.pop_frames(at);
        }
        let Some(href) = tag.value("href").as_deref().and_then(link) else {
            return Effect::Nothing;
        };
        let is_tag = tag.has_class("hashtag")
            || tag
                .raw("rel")
                .is_some_and(|rel| rel.split_ascii_whitespace().any(|one| one == "tag"));
        let rel = if is_tag { REL_TAG } else { REL };
        let open = format!(
            r#"<a href="{}"{} rel="{rel}">"#,
            escape(&href),
            classes(tag)
        );
        self.start_inline("a", open)
    }

    fn image(&mut self, tag: &Tag) {
        let alt = settle(tag.raw("alt").unwrap_or_default());
        let alt = alt.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if is_shortcode(&alt) {
            self.settled_text(&alt);
            return;
        }
        let href = tag
            .value("src")
            .as_deref()
            .and_then(link)
            .filter(|href| !href.starts_with("mailto:"));
        let text = if alt.is_empty() {
            self.rules.words.undescribed_image.to_owned()
        } else {
            format!("{}{alt}", escape(self.rules.words.image))
        };
        match href {
            Some(href) if !self.in_link() => {
                let open = format!(r#"<a href="{}" rel="{REL}">"#, escape(&href));
                let effect = self.start_inline("a", open);
                self.settled_text(&text);
                if let Effect::Inline(at) = effect {
                    self.end_inline(at);
                }
            }
            None if alt.is_empty() => {}
            _ => self.settled_text(&text),
        }
    }

    // Blocks.

    fn open_block(&mut self, block: Block, open: &str, close: &str, implied: bool) {
        self.close_inlines(0);
        self.serial += 1;
        let before = self.out.len();
        self.out.push_str(open);
        self.blocks.push(Open {
            block,
            serial: self.serial,
            implied,
            close: close.to_owned(),
            before,
            content: self.out.len(),
            headings: self.headings.clone(),
        });
        self.fresh = true;
    }

    fn close_block(&mut self) {
        self.close_inlines(0);
        let Some(open) = self.blocks.pop() else {
            return;
        };
        let empty = self.out.len() == open.content;
        if empty && !matches!(open.block, Block::Item | Block::Cell) {
            self.out.truncate(open.before);
            self.headings = open.headings;
            if open.block == Block::Table {
                self.tables -= 1;
            }
        } else {
            self.out.push_str(&open.close);
        }
        self.fresh = true;
    }

    /// Ends the paragraph or heading at hand, so that a block may follow.
    fn end_phrase(&mut self) {
        while matches!(self.current(), Block::Paragraph | Block::Heading) {
            self.close_block();
        }
    }

    /// Ends blocks that we made ourselves.
    fn end_implied(&mut self) {
        while self.blocks.last().is_some_and(|open| open.implied) {
            self.close_block();
        }
    }

    /// Ends what a block can't stand in, opens what it must stand in. `false` when it has no place here.
    fn make_room_for_block(&mut self) -> bool {
        loop {
            match self.current() {
                Block::Pre => {
                    self.settled_text("\n");
                    return false;
                }
                Block::Caption => return false,
                Block::Paragraph | Block::Heading => self.close_block(),
                Block::Root | Block::Quote | Block::Item | Block::Cell => {
                    return self.blocks.len() < MAX_BLOCKS;
                }
                Block::List | Block::Table | Block::Rows | Block::Row => {
                    self.make_room_for_text(false);
                }
            }
        }
    }

    /// Opens a block that stands among text.
    fn flow(&mut self, block: Block, open: &str, close: &str) -> Effect {
        if !self.make_room_for_block() {
            return Effect::Break;
        }
        self.open_block(block, open, close, false);
        Effect::Block(self.serial)
    }

    /// Opens a part of a list or table, which has its place only in its parent.
    fn part(&mut self, parents: &[Block], block: Block, open: &str, close: &str) -> Effect {
        self.end_phrase();
        self.end_implied();
        if !parents.contains(&self.current()) {
            return self.break_here();
        }
        if block == Block::Row && self.current() == Block::Table {
            self.open_block(Block::Rows, "<tbody>", "</tbody>", true);
        }
        self.open_block(block, open, close, false);
        Effect::Block(self.serial)
    }

    fn break_here(&mut self) -> Effect {
        match self.current() {
            Block::Pre if !self.fresh => self.settled_text("\n"),
            Block::Caption => self.settled_text(" "),
            _ => self.end_phrase(),
        }
        Effect::Break
    }

    fn heading(&mut self, source: u8) -> Effect {
        if !self.make_room_for_block() {
            return Effect::Break;
        }
        let before = self.headings.clone();
        let level = if let Some(base) = self.rules.heading_base {
            // One step down at most from heading to heading, whatever the author counted.
            self.headings.retain(|level| *level < source);
            self.headings.push(source);
            let depth = u8::try_from(self.headings.len()).unwrap_or(6);
            (base + depth - 1).min(6)
        } else {
            source.clamp(3, 6)
        };
        self.open_block(
            Block::Heading,
            &format!("<h{level}>"),
            &format!("</h{level}>"),
            false,
        );
        if let Some(open) = self.blocks.last_mut() {
            open.headings = before;
        }
        Effect::Block(self.serial)
    }

    fn table(&mut self) -> Effect {
        if !self.make_room_for_block() {
            return Effect::Break;
        }
        self.tables += 1;
        let label = match self.label.take() {
            Some(label) => escape(&label),
            None => format!("{} {}", escape(self.rules.words.table), self.tables),
        };
        let open = format!(
            r#"<div class="table-scroll" tabindex="0" role="group" aria-label="{label}"><table>"#
        );
        self.open_block(Block::Table, &open, "</table></div>", false);
        Effect::Block(self.serial)
    }

    fn cell(&mut self, tag: &Tag) -> Effect {
        let mut open = format!("<{}", tag.name);
        for name in ["colspan", "rowspan"] {
            if let Some(span @ 2..=100) = tag.raw(name).and_then(|n| n.trim().parse::<u8>().ok()) {
                open = format!(r#"{open} {name}="{span}""#);
            }
        }
        if tag.name == "th" {
            let scope = if tag.raw("scope") == Some("row") {
                "row"
            } else {
                "col"
            };
            open = format!(r#"{open} scope="{scope}""#);
        }
        open.push('>');
        self.end_phrase();
        self.end_implied();
        if matches!(self.current(), Block::Table | Block::Rows) {
            if self.current() == Block::Table {
                self.open_block(Block::Rows, "<tbody>", "</tbody>", true);
            }
            self.open_block(Block::Row, "<tr>", "</tr>", true);
        }
        if self.current() != Block::Row {
            return self.break_here();
        }
        self.open_block(Block::Cell, &open, &format!("</{}>", tag.name), false);
        Effect::Block(self.serial)
    }

    fn code(&mut self, tag: &Tag) -> Effect {
        let language = tag
            .raw("class")
            .unwrap_or_default()
            .split_ascii_whitespace()
            .find(|class| is_language_class(class));
        let open = match language {
            Some(class) if self.current() == Block::Pre => format!(r#"<code class="{class}">"#),
            _ => "<code>".to_owned(),
        };
        self.start_inline("code", open)
    }

    // Tags.

    fn start(&mut self, tag: &Tag) {
        match tag.name.as_str() {
            "br" => return self.line_break(),
            "img" => return self.image(tag),
            "hr" => {
                if self.make_room_for_block() {
                    self.close_inlines(0);
                    self.out.push_str("<hr>");
                    self.fresh = true;
                }
                return;
            }
            "area" | "base" | "col" | "embed" | "input" | "link" | "meta" | "param" | "source"
            | "track" | "wbr" => {
                return;
            }
            "li" => self.end_open(&["li"], &["ul", "ol"]),
            "td" | "th" => self.end_open(&["td", "th"], &["table"]),
            "tr" => self.end_open(&["tr"], &["table"]),
            "thead" | "tbody" | "tfoot" => {
                self.end_open(&["thead", "tbody", "tfoot", "caption"], &["table"]);
            }
            _ => {}
        }
        if self.frames.len() >= MAX_FRAMES {
            return;
        }
        let effect = self.effect_of(tag);
        self.frames.push(Frame {
            name: tag.name.clone(),
            effect,
        });
    }

    fn effect_of(&mut self, tag: &Tag) -> Effect {
        match tag.name.as_str() {
            "p" if tag.has_class("quote-inline") => {
                self.flow(Block::Paragraph, r#"<p class="quote-inline">"#, "</p>")
            }
            "p" => self.flow(Block::Paragraph, "<p>", "</p>"),
            "h1" => self.heading(1),
            "h2" => self.heading(2),
            "h3" => self.heading(3),
            "h4" => self.heading(4),
            "h5" => self.heading(5),
            "h6" => self.heading(6),
            "pre" => self.flow(Block::Pre, r#"<pre tabindex="0">"#, "</pre>"),
            "blockquote" => self.flow(Block::Quote, "<blockquote>", "</blockquote>"),
            "ul" => self.flow(Block::List, "<ul>", "</ul>"),
            "ol" => match tag.raw("start").and_then(|n| n.trim().parse::<u32>().ok()) {
                Some(start) if start != 1 && start < 1_000_000_000 => {
                    self.flow(Block::List, &format!(r#"<ol start="{start}">"#), "</ol>")
                }
                _ => self.flow(Block::List, "<ol>", "</ol>"),
            },
            "li" => self.part(&[Block::List], Block::Item, "<li>", "</li>"),
            "table" => self.table(),
            "caption" => {
                self.end_phrase();
                self.end_implied();
                let first = self
                    .blocks
                    .last()
                    .is_some_and(|open| open.content == self.out.len());
                if first {
                    self.part(&[Block::Table], Block::Caption, "<caption>", "</caption>")
                } else {
                    self.break_here()
                }
            }
            "thead" => self.part(&[Block::Table], Block::Rows, "<thead>", "</thead>"),
            "tbody" | "tfoot" => self.part(&[Block::Table], Block::Rows, "<tbody>", "</tbody>"),
            "tr" => self.part(&[Block::Rows, Block::Table], Block::Row, "<tr>", "</tr>"),
            "td" | "th" => self.cell(tag),
            "a" => self.link(tag),
            "code" => self.code(tag),
            "span" => {
                let classes = classes(tag);
                if classes.is_empty() && !self.in_link() {
                    Effect::Nothing
                } else {
                    self.start_inline("span", format!("<span{classes}>"))
                }
            }
            "strong" => self.start_inline("strong", "<strong>".to_owned()),
            "b" => self.start_inline("b", "<b>".to_owned()),
            "em" => self.start_inline("em", "<em>".to_owned()),
            "i" => self.start_inline("i", "<i>".to_owned()),
            "u" => self.start_inline("u", "<u>".to_owned()),
            "s" | "strike" => self.start_inline("s", "<s>".to_owned()),
            "del" => self.start_inline("del", "<del>".to_owned()),
            "sup" => self.start_inline("sup", "<sup>".to_owned()),
            "sub" => self.start_inline("sub", "<sub>".to_owned()),
            "div" => {
                let effect = self.break_here();
                self.label = tag
                    .value("aria-label")
                    .filter(|label| tag.has_class("table-scroll") && label.chars().count() <= 100);
                effect
            }
            "article" | "section" | "aside" | "header" | "footer" | "main" | "nav" | "figure"
            | "figcaption" | "address" | "center" | "details" | "summary" | "dl" | "dt" | "dd"
            | "fieldset" | "form" | "option" => self.break_here(),
            _ => Effect::Nothing,
        }
    }

    /// Ends the innermost element with one of the names, unless a barrier stands before it.
    fn end_open(&mut self, names: &[&str], barriers: &[&str]) {
        let at = self.frames.iter().rposition(|frame| {
            names.contains(&frame.name.as_str()) || barriers.contains(&frame.name.as_str())
        });
        if let Some(at) = at
            && self
                .frames
                .get(at)
                .is_some_and(|frame| names.contains(&frame.name.as_str()))
        {
            self.pop_frames(at);
        }
    }

    fn end(&mut self, name: &str) {
        let in_table = matches!(
            name,
            "table" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" | "caption"
        );
        for at in (0..self.frames.len()).rev() {
            let Some(frame) = self.frames.get(at) else {
                return;
            };
            if frame.name == name {
                return self.pop_frames(at);
            }
            if !in_table && matches!(frame.name.as_str(), "td" | "th" | "caption") {
                return;
            }
        }
    }

    fn pop_frames(&mut self, down_to: usize) {
        while self.frames.len() > down_to {
            let Some(frame) = self.frames.pop() else {
                return;
            };
            match frame.effect {
                Effect::Nothing => {}
                Effect::Break => {
                    self.break_here();
                    self.label = None;
                }
                Effect::Inline(index) => self.end_inline(index),
                Effect::Block(serial) => {
                    if let Some(at) = self.blocks.iter().rposition(|open| open.serial == serial) {
                        while self.blocks.len() > at {
                            self.close_block();
                        }
                    }
                }
            }
        }
    }
}

/// The known classes of a tag as an attribute, or nothing.
fn classes(tag: &Tag) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for class in tag
        .raw("class")
        .unwrap_or_default()
        .split_ascii_whitespace()
    {
        if CLASSES.contains(&class) && !kept.contains(&class) {
            kept.push(class);
        }
    }
    if kept.is_empty() {
        String::new()
    } else {
        format!(r#" class="{}""#, kept.join(" "))
    }
}
