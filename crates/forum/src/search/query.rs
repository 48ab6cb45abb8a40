//! A question to the index, its answer, and which words of a text answer it.
//!
//! Which documents match is asked of the database's own index; the order by relevance is computed here from the stored
//! stems, so that both databases give the same answers in the same order.

use std::ops::Range;

use sea_orm::{DatabaseBackend, QueryResult, Statement, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::{analyse, postgres, sqlite};
use crate::circles::Sight;
use crate::id::{ActorId, TopicId};
use crate::kinds::SearchKind;
use crate::page::{Cursor, Page, PageRequest};
use crate::{Read, Result, Timestamp};

/// Longest question that is read, in characters.
const MAX_QUESTION: usize = 500;
/// Documents that are put in order of relevance; pages end there.
const MAX_RANKED: usize = 200;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Opening posts, which stand for their topics.
    Topic,
    /// Posts, opening ones included.
    Post,
    /// Categories.
    Category,
    /// People.
    Person,
}

impl Wanted {
    /// Reads `topic`, `post`, `category` or `person`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "topic" => Some(Self::Topic),
            "post" => Some(Self::Post),
            "category" => Some(Self::Category),
            "person" => Some(Self::Person),
            _ => None,
        }
    }
}

/// Order of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Best first; the 200 best at most.
    #[default]
    Relevance,
    /// Newest first.
    Date,
}

/// A question. What is none doesn't matter. Without text and without a filter nothing is found.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words that must all be there; never syntax.
    pub text: String,
    /// What is looked for.
    pub wanted: Option<Wanted>,
    /// Only posts in this category.
    pub category: Option<ActorId>,
    /// Only posts by this author.
    pub author: Option<ActorId>,
    /// Only posts in topics with this tag.
    pub tag: Option<String>,
    /// Only posts in this language, by its primary tag.
    pub language: Option<String>,
    /// Only posts by people of this type of affiliation.
    pub affiliation: Option<String>,
    /// Only posts in topics with an accepted answer (true), or in questions without one (false).
    pub solved: Option<bool>,
    /// Order.
    pub order: Order,
    /// Only of categories that whoever asks sees: a visitor, where nothing is said.
    pub sight: Sight,
}

/// Something that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Id of the post, category or person.
    pub id: i64,
    /// What it is.
    pub kind: SearchKind,
    /// Topic of a post.
    pub topic: Option<TopicId>,
    /// When it was published.
    pub created_at: Timestamp,
}

impl Query {
    fn terms(&self) -> Vec<Vec<String>> {
        let text: String = self.text.chars().take(MAX_QUESTION).collect();
        analyse::query_terms(&text)
    }

    fn has_filter(&self) -> bool {
        self.category.is_some()
            || self.author.is_some()
            || self.tag.is_some()
            || self.language.is_some()
            || self.affiliation.is_some()
            || self.solved.is_some()
    }
}

/// A statement in the making. Values are bound, never written into the text.
struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Adds text in which `{}` stands for `value`.
    fn with(&mut self, text: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.text.push_str(&text.replace("{}", &place));
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    async fn all(self, db: &impl Read) -> Result<Vec<QueryResult>> {
        let statement =
            Statement::from_sql_and_values(db.get_database_backend(), self.text, self.values);
        Ok(db.query_all_raw(statement).await?)
    }
}

/// Which documents match all terms: in title or text, or with at least one of them in the title.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Any,
    Title,
}

fn select(
    backend: DatabaseBackend,
    columns: &str,
    query: &Query,
    terms: &[Vec<String>],
    field: Field,
) -> Sql {
    let mut sql = Sql {
        text: format!("SELECT {columns} FROM search_docs d"),
        values: Vec::new(),
    };
    if terms.is_empty() {
        sql.add(" WHERE 1 = 1");
    } else if backend == DatabaseBackend::Sqlite {
        sql.with(sqlite::MATCHING, sqlite::expression(terms, field));
    } else {
        sql.with(postgres::MATCHING, postgres::expression(terms, field));
    }
    if let Some(hidden) = query.sight.hidden_text(backend) {
        sql.add(" AND (d.category_id IS NULL OR d.category_id NOT IN (");
        sql.add(&hidden);
        sql.add(")) AND (d.kind <> 'category' OR d.id NOT IN (");
        sql.add(&hidden);
        sql.add("))");
    }
    match query.wanted {
        Some(Wanted::Topic) => {
            sql.with(" AND d.kind = {}", SearchKind::Post.as_str());
            sql.add(
                " AND EXISTS (SELECT 1 FROM topics t WHERE t.id = d.topic_id AND t.opening_post_id = d.id)",
            );
        }
        Some(Wanted::Post) => sql.with(" AND d.kind = {}", SearchKind::Post.as_str()),
        Some(Wanted::Category) => sql.with(" AND d.kind = {}", SearchKind::Category.as_str()),
        Some(Wanted::Person) => sql.with(" AND d.kind = {}", SearchKind::Person.as_str()),
        None => {}
    }
    if let Some(category) = query.category {
        sql.with(" AND d.category_id = {}", category.0);
    }
    if let Some(author) = query.author {
        sql.with(" AND d.author_id = {}", author.0);
    }
    if let Some(tag) = &query.tag {
        let tag = tag.trim().trim_start_matches('#').to_lowercase();
        sql.with(
            " AND EXISTS (SELECT 1 FROM topic_tags g WHERE g.topic_id = d.topic_id AND g.tag = {})",
            tag,
        );
    }
    if let Some(language) = &query.language {
        let primary: String = language
            .to_lowercase()
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        sql.with(" AND (LOWER(d.language) = {}", primary.clone());
        sql.with(" OR LOWER(d.language) LIKE {})", format!("{primary}-%"));
    }
    if let Some(kind) = &query.affiliation {
        sql.with(
            " AND EXISTS (SELECT 1 FROM affiliations a WHERE a.actor_id = d.author_id AND a.kind = {})",
            kind.as_str(),
        );
    }
    match query.solved {
        Some(true) => sql.add(
            " AND EXISTS (SELECT 1 FROM topics t WHERE t.id = d.topic_id AND t.answer_post_id IS NOT NULL)",
        ),
        Some(false) => sql.add(
            " AND EXISTS (SELECT 1 FROM topics t WHERE t.id = d.topic_id AND t.kind = 'question' \
             AND t.answer_post_id IS NULL)",
        ),
        None => {}
    }
    sql
}

const COLUMNS: &str = "d.id, d.kind, d.topic_id, d.created_at";

fn hit(row: &QueryResult) -> Result<Hit> {
    Ok(Hit {
        id: row.try_get("", "id")?,
        kind: row.try_get("", "kind")?,
        topic: row.try_get("", "topic_id")?,
        created_at: row.try_get("", "created_at")?,
    })
}

/// What answers a question. Ids only: the caller loads what it shows. Removed and deleted posts are not in the index.
pub async fn find(db: &impl Read, query: &Query, page: PageRequest) -> Result<Page<Hit>> {
    let terms = query.terms();
    let asks_words = !query.text.trim().is_empty();
    if terms.is_empty() && (asks_words || !query.has_filter()) {
        return Ok(Page {
            items: Vec::new(),
            next: None,
            previous: None,
        });
    }
    if query.order == Order::Date || terms.is_empty() {
        by_date(db, query, &terms, page).await
    } else {
        by_relevance(db, query, &terms, page).await
    }
}

async fn by_date(
    db: &impl Read,
    query: &Query,
    terms: &[Vec<String>],
    page: PageRequest,
) -> Result<Page<Hit>> {
    let mut sql = select(db.get_database_backend(), COLUMNS, query, terms, Field::Any);
    if let Some(after) = page.after {
        sql.with(" AND (d.created_at < {}", after.key);
        sql.with(" OR (d.created_at = {}", after.key);
        sql.with(" AND d.id < {}))", after.id);
    }
    sql.with(
        " ORDER BY d.created_at DESC, d.id DESC LIMIT {}",
        i64::try_from(page.limit).unwrap_or(i64::MAX - 1) + 1,
    );
    let hits = sql
        .all(db)
        .await?
        .iter()
        .map(hit)
        .collect::<Result<Vec<_>>>()?;
    Ok(Page::from_rows(hits, page.limit, |hit| Cursor {
        key: hit.created_at.0,
        id: hit.id,
    }))
}

/// The cursor's key is the number of hits seen.
async fn by_relevance(
    db: &impl Read,
    query: &Query,
    terms: &[Vec<String>],
    page: PageRequest,
) -> Result<Page<Hit>> {
    let mut ranked: Vec<(f64, Hit)> = Vec::new();
    for field in [Field::Title, Field::Any] {
        let room = MAX_RANKED.saturating_sub(ranked.len());
        if room == 0 {
            break;
        }
        let columns = format!("{COLUMNS}, d.title, d.body");
        let mut sql = select(db.get_database_backend(), &columns, query, terms, field);
        sql.with(
            " ORDER BY d.created_at DESC, d.id DESC LIMIT {}",
            i64::try_from(MAX_RANKED).unwrap_or(i64::MAX),
        );
        for row in sql.all(db).await?.iter().take(MAX_RANKED) {
            let hit = hit(row)?;
            if ranked.len() < MAX_RANKED && !ranked.iter().any(|(_, seen)| seen.id == hit.id) {
                let title: String = row.try_get("", "title")?;
                let body: String = row.try_get("", "body")?;
                ranked.push((score(&title, &body, terms), hit));
            }
        }
    }
    ranked.sort_by(|(a, hit_a), (b, hit_b)| {
        b.total_cmp(a)
            .then(hit_b.created_at.cmp(&hit_a.created_at))
            .then(hit_b.id.cmp(&hit_a.id))
    });
    let seen = page
        .after
        .map_or(0, |after| usize::try_from(after.key).unwrap_or(usize::MAX));
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let items: Vec<Hit> = ranked
        .iter()
        .skip(seen)
        .take(limit)
        .map(|(_, hit)| *hit)
        .collect();
    let end = seen.saturating_add(items.len());
    let next = items
        .last()
        .filter(|_| end < ranked.len())
        .map(|last| Cursor {
            key: i64::try_from(end).unwrap_or(i64::MAX),
            id: last.id,
        });
    Ok(Page {
        items,
        next,
        previous: None,
    })
}

/// How well a document answers: each term counts where it stands in the title, and by how often it comes in the text,
/// less and less so, and less in a long text.
fn score(title: &str, body: &str, terms: &[Vec<String>]) -> f64 {
    let count = |text: &str, forms: &[String]| {
        let found = text.split(' ').filter(|t| forms.iter().any(|f| f == t));
        f64::from(u16::try_from(found.count()).unwrap_or(u16::MAX))
    };
    let words = f64::from(u32::try_from(body.len() / 6).unwrap_or(u32::MAX));
    let length = 0.5 + words / 400.0;
    terms
        .iter()
        .map(|forms| {
            let in_title = count(title, forms).min(1.0);
            let in_body = count(body, forms);
            3.0 * in_title + in_body / (in_body + length)
        })
        .sum()
}

/// Byte ranges of the words of `text` that answer `question`, in order: what `<mark>` goes around.
pub fn highlight(text: &str, question: &str) -> Vec<Range<usize>> {
    let question: String = question.chars().take(MAX_QUESTION).collect();
    let wanted: Vec<String> = analyse::query_terms(&question)
        .into_iter()
        .flatten()
        .collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    text.unicode_word_indices()
        .filter(|(_, word)| {
            analyse::query_terms(word)
                .iter()
                .flatten()
                .any(|form| wanted.contains(form))
        })
        .map(|(at, word)| at..at + word.len())
        .collect()
}

/// A piece of a text around the first word that answers a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The piece, with `…` where it was cut.
    pub text: String,
    /// Byte ranges to highlight in it.
    pub marks: Vec<Range<usize>>,
}

/// A piece of at most `max` characters, and the words to highlight in it.
pub fn snippet(text: &str, question: &str, max: usize) -> Snippet {
    let first = highlight(text, question).first().map_or(0, |r| r.start);
    let before = text.get(..first).unwrap_or_default();
    let lead = max / 4;
    let skipped = before.chars().count().saturating_sub(lead);
    // Cut at a space, if one is near.
    let mut start = text
        .char_indices()
        .nth(skipped)
        .map_or(text.len(), |(at, _)| at);
    if skipped == 0 {
        start = 0;
    } else if let Some(space) = text
        .get(start..first)
        .and_then(|lead| lead.find(char::is_whitespace))
    {
        start += space;
    }
    let rest = text.get(start..).unwrap_or_default().trim_start();
    let cut = crate::text::sanitize::cut_at_word(rest, max);
    let piece = if start > 0 { format!("… {cut}") } else { cut };
    let marks = highlight(&piece, question);
    Snippet { text: piece, marks }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked<'a>(text: &'a str, question: &str) -> Vec<&'a str> {
        highlight(text, question)
            .into_iter()
            .filter_map(|range| text.get(range))
            .collect()
    }

    #[test]
    fn other_forms_of_a_word_are_highlighted() {
        assert_eq!(
            marked(
                "Les élections approchent : l'élection, puis rien.",
                "election"
            ),
            ["élections", "l'élection"]
        );
        assert!(marked("rien", "\" OR NEAR( * -").is_empty());
        assert!(marked("rien", "").is_empty());
    }

    #[test]
    fn a_snippet_begins_near_the_first_hit() {
        let text = format!(
            "{} la borne de recharge {}",
            "avant ".repeat(80),
            "après ".repeat(80)
        );
        let snippet = snippet(&text, "borne", 60);
        assert!(snippet.text.starts_with("… "));
        assert_eq!(snippet.marks.len(), 1);
        assert_eq!(snippet.text.get(snippet.marks[0].clone()), Some("borne"));
        assert!(snippet.text.chars().count() < 70);
    }

    #[test]
    fn the_title_counts_more_than_the_text() {
        let terms = vec![vec!["velo".to_owned()]];
        assert!(score("velo", "", &terms) > score("", "velo velo velo", &terms));
        assert!(score("", "velo velo", &terms) > score("", "velo", &terms));
    }
}
