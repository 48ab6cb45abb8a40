//! Parts that several pages show: authors, topics in lists, categories in lists, page links, audiences.

use chrono::{DateTime, Utc};
use minijinja::Value;
use serde::{Serialize, Serializer};

/// HTML that is shown as it is. Whoever makes one vouches that it went through the allow-list of `parvis-forum`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Wraps HTML that was cleaned before; never call it with anything else.
    pub fn from_sanitized(html: impl Into<String>) -> Self {
        Self(html.into())
    }
}

impl Serialize for Html {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_safe_string(self.0.clone()).serialize(serializer)
    }
}

/// What somebody is (product.md §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AffiliationKind {
    /// Works for a public body.
    Agent,
    /// Makes free software.
    Community,
    /// Publishes software.
    Vendor,
    /// Sells services.
    Services,
    /// Research and education.
    Research,
    /// Anyone.
    Citizen,
    /// Nothing known.
    #[default]
    Unstated,
}

impl AffiliationKind {
    /// Those a person can declare, in the order of the form.
    pub const DECLARABLE: [Self; 6] = [
        Self::Agent,
        Self::Community,
        Self::Vendor,
        Self::Services,
        Self::Research,
        Self::Citizen,
    ];

    /// The word of forms and of the forum.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Community => "community",
            Self::Vendor => "vendor",
            Self::Services => "services",
            Self::Research => "research",
            Self::Citizen => "citizen",
            Self::Unstated => "unstated",
        }
    }

    /// The kind of a word; anything unknown is not stated.
    pub fn from_name(name: &str) -> Self {
        Self::DECLARABLE
            .into_iter()
            .find(|kind| kind.name() == name)
            .unwrap_or_default()
    }
}

/// How an affiliation was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// By the person's word.
    #[default]
    Declared,
    /// By an e-mail domain.
    Domain,
    /// By a sign-in provider.
    Sso,
    /// By the organisation.
    Delegate,
    /// Whatever the server says that the author is from; not checked here.
    #[serde(rename = "elsewhere")]
    DeclaredElsewhere,
}

/// Who speaks, in what capacity.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Affiliation {
    /// What they are.
    pub kind: AffiliationKind,
    /// Name of the organisation.
    pub organisation: Option<String>,
    /// Path of the organisation's page.
    pub organisation_url: Option<String>,
    /// How it was checked.
    pub proof: Proof,
    /// Name of the sign-in provider, for [`Proof::Sso`].
    pub provider: Option<String>,
    /// True if the badge of a verified organisation is due.
    pub verified: bool,
    /// True if it held when the post was written and no longer does.
    pub past: bool,
}

/// Somebody who wrote something.
#[derive(Clone, Debug, Serialize)]
pub struct Author {
    /// Name shown.
    pub name: String,
    /// Full handle with its first sign: `@jeanne@parvis.example`.
    pub handle: String,
    /// Path of the profile here.
    pub url: String,
    /// Node of a remote author.
    pub host: Option<String>,
    /// In what capacity.
    pub affiliation: Affiliation,
    /// True if the account is gone: no name or link is shown.
    pub deleted: bool,
}

/// Kind of topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Open exchange.
    #[default]
    Discussion,
    /// Waits for an answer.
    Question,
    /// An experience to share.
    Practice,
}

/// A category, as a link.
#[derive(Clone, Debug, Serialize)]
pub struct CategoryLink {
    /// Title.
    pub title: String,
    /// Path here: `/c/soutien` or `/c/soutien@host`.
    pub url: String,
    /// Slug, or `slug@host`: what forms and filters send.
    pub handle: String,
    /// Language of the title, if known.
    pub language: Option<String>,
    /// Node of a remote category.
    pub host: Option<String>,
}

/// A topic, as a link.
#[derive(Clone, Debug, Serialize)]
pub struct TopicLink {
    /// Title.
    pub title: String,
    /// Path here.
    pub url: String,
    /// Language of the title, if known.
    pub language: Option<String>,
}

/// A tag, as a link.
#[derive(Clone, Debug, Serialize)]
pub struct Tag {
    /// Its words.
    pub name: String,
    /// Path of the topics that carry it.
    pub url: String,
}

/// A topic in a list.
#[derive(Clone, Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one word beside the title"
)]
pub struct TopicRow {
    /// Title and path.
    pub topic: TopicLink,
    /// Kind.
    pub kind: Kind,
    /// Where it is; `None` leaves it out, as on the page of the category itself.
    pub category: Option<CategoryLink>,
    /// Who opened it.
    pub author: Author,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When something last happened.
    pub last_activity_at: DateTime<Utc>,
    /// Number of replies.
    pub replies: u32,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Has an accepted answer.
    pub solved: bool,
    /// Stays on top.
    pub pinned: bool,
    /// Takes no more replies.
    pub locked: bool,
    /// Has an official answer.
    pub official: bool,
    /// Was removed: title and author are not shown.
    pub removed: bool,
    /// Node it comes from, if remote.
    pub host: Option<String>,
}

/// A category in a list.
#[derive(Clone, Debug, Serialize)]
pub struct CategoryRow {
    /// Title, path, handle.
    pub category: CategoryLink,
    /// What it is for, in one or two sentences.
    pub description: String,
    /// Number of topics.
    pub topics: u32,
    /// Number of posts.
    pub posts: u32,
    /// Topic where something last happened.
    pub last_topic: Option<TopicLink>,
    /// When.
    pub last_activity_at: Option<DateTime<Utc>>,
    /// Whether the viewer follows it.
    pub follow: Follow,
    /// Takes no more topics.
    pub archived: bool,
}

/// What the follow button of a category or person does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Follow {
    /// Nobody is signed in, or it is oneself: no button.
    #[default]
    Unavailable,
    /// Not followed.
    No,
    /// Asked for, not yet accepted by the other node.
    Pending,
    /// Followed.
    Yes,
}

/// Links to the pages of a list before and after this one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Pager {
    /// Path of the page before.
    pub previous: Option<String>,
    /// Path of the page after.
    pub next: Option<String>,
    /// Number of this page, where pages are numbered.
    pub page: Option<u32>,
    /// Number of pages, where known.
    pub pages: Option<u32>,
}

/// Who will be able to read what is written.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Audience {
    /// Everyone, copied to other servers.
    #[default]
    Public,
    /// Everyone, but this node does not federate.
    PublicHere,
    /// People with an account here.
    Members,
    /// Those whom the category's own server has accepted.
    Followers,
    /// Verified public agents.
    Agents,
    /// Named organisations.
    Partners {
        /// Their names.
        organisations: String,
    },
}

/// A licence of contents.
#[derive(Clone, Debug, Serialize)]
pub struct Licence {
    /// Its name.
    pub name: String,
    /// Its text.
    pub url: String,
}
