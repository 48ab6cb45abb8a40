//! PG-03 a topic with its posts, and PG-04 the history of a post.

use chrono::{DateTime, Utc};
use parvis_forum::kinds::FollowLevel;
use serde::Serialize;

use super::View;
use super::compose::ReplyForm;
use super::media::Attached;
use super::parts::{Author, CategoryLink, Html, Kind, Licence, Pager, Tag, TopicLink, TopicRow};
use super::polls::{PollShown, ReactionShown};
use super::quotes::QuoteShown;

/// `/t/{id}/{slug}`, by time or by threads.
#[derive(Clone, Debug, Serialize)]
pub struct TopicView {
    /// Title and path.
    pub topic: TopicLink,
    /// Id, for the addresses of forms.
    pub id: String,
    /// Where it is.
    pub category: CategoryLink,
    /// Kind.
    pub kind: Kind,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Words of state.
    pub state: TopicState,
    /// Node of the category that has neither confirmed nor refused the topic.
    pub pending: Option<String>,
    /// Official answers.
    pub officials: Vec<OfficialAnswer>,
    /// Accepted answer.
    pub answer: Option<PostLink>,
    /// Order of the posts.
    pub order: PostOrder,
    /// Path of the list by time.
    pub flat_url: String,
    /// Path of the list by threads.
    pub threads_url: String,
    /// Opening post, on the first page only.
    pub opening: Option<Post>,
    /// Replies of this page.
    pub posts: Vec<Post>,
    /// Replies in all.
    pub replies: u32,
    /// People who wrote, at most twelve.
    pub participants: Vec<Author>,
    /// How many wrote in all.
    pub participant_count: u32,
    /// Page links.
    pub pager: Pager,
    /// Form for a reply.
    pub reply: Option<ReplyForm>,
    /// Why there is no form.
    pub no_reply: Option<NoReply>,
    /// Licence of what is written here.
    pub licence: Licence,
    /// Path of the Atom feed.
    pub feed: Option<String>,
    /// Address at its own node, if remote.
    pub original_url: Option<String>,
    /// Node it comes from, if remote.
    pub host: Option<String>,
    /// What the viewer may do with the topic.
    pub may: TopicActions,
    /// What the viewer is told of replies: `POST /t/{id}/follow`, field `level`. None for visitors.
    pub follow: Option<TopicFollow>,
    /// Similar topics.
    pub related: Vec<TopicRow>,
}

/// Words of state of a topic.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct TopicState {
    /// Stays on top.
    pub pinned: bool,
    /// Takes no more replies.
    pub locked: bool,
    /// Has an accepted answer.
    pub solved: bool,
}

/// Order of posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PostOrder {
    /// By time.
    #[default]
    Flat,
    /// Each reply under what it replies to.
    Threads,
}

/// Moderation of a topic.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct TopicActions {
    /// Lock or unlock: `POST /t/{id}/lock`, `/unlock`.
    pub lock: bool,
    /// Pin or unpin: `POST /t/{id}/pin`, `/unpin`.
    pub pin: bool,
    /// Merge with another topic, or split: `/t/{id}/merge`, `/p/{id}/split`. Who may lock may move: `/t/{id}/move`.
    pub arrange: bool,
}

/// What somebody is told of replies in a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicFollow {
    /// Every reply.
    All,
    /// Answers to them, and mentions.
    Mentions,
    /// Nothing.
    Mute,
}

impl From<FollowLevel> for TopicFollow {
    fn from(level: FollowLevel) -> Self {
        match level {
            FollowLevel::All => Self::All,
            FollowLevel::Mentions => Self::Mentions,
            FollowLevel::Mute => Self::Mute,
        }
    }
}

/// Why no reply can be written.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum NoReply {
    /// Nobody is signed in.
    SignIn,
    /// The topic is locked.
    Locked,
    /// The category is archived.
    Archived,
    /// The node is read-only.
    ReadOnly,
    /// A rule, in words.
    Rule {
        /// The sentence.
        text: String,
    },
}

/// A post, as a link.
#[derive(Clone, Debug, Serialize)]
pub struct PostLink {
    /// Number in the topic.
    pub number: u32,
    /// Path: `/p/{id}`, or `#post-4` on the same page.
    pub url: String,
    /// Who wrote it.
    pub author: String,
}

/// An official answer, in the list on top of the topic.
#[derive(Clone, Debug, Serialize)]
pub struct OfficialAnswer {
    /// Organisation that speaks.
    pub organisation: String,
    /// Who signed.
    pub signer: String,
    /// When.
    pub signed_at: DateTime<Utc>,
    /// The post.
    pub post: PostLink,
    /// The one that replaced it.
    pub superseded_by: Option<PostLink>,
    /// Node that declares it, when its standing is not checked here.
    pub declared_by: Option<String>,
}

/// A post.
#[derive(Clone, Debug, Serialize)]
pub struct Post {
    /// Id, for the addresses of forms: `/p/{id}/like`.
    pub id: String,
    /// Number in the topic, from 1; anchors are `#post-{number}`.
    pub number: u32,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Last change, if any.
    pub edited_at: Option<DateTime<Utc>>,
    /// What it replies to, if not the opening post.
    pub reply_to: Option<PostLink>,
    /// Direct replies.
    pub replies: u32,
    /// Depth in the list by threads, from 0.
    pub depth: u32,
    /// Language, if known.
    pub language: Option<String>,
    /// Cleaned contents; empty when not visible.
    pub body: Html,
    /// Whether it can be read.
    pub state: PostState,
    /// What goes with the text.
    pub attachments: Vec<Attached>,
    /// Node it was published on, if remote.
    pub host: Option<String>,
    /// Its address there.
    pub original_url: Option<String>,
    /// Organisation whose official answer it is.
    pub official: Option<String>,
    /// Is the accepted answer.
    pub answer: bool,
    /// Content warning: the text is folded behind it.
    pub warning: Option<String>,
    /// Its poll.
    pub poll: Option<PollShown>,
    /// What it quotes.
    pub quote: Option<QuoteShown>,
    /// Reactions from elsewhere.
    pub reactions: Vec<ReactionShown>,
    /// How many found it helpful.
    pub likes: u32,
    /// The viewer found it helpful.
    pub liked: bool,
    /// The viewer has a bookmark on it.
    pub bookmarked: bool,
    /// Of how many servers how many took it, for those who may know: first the latter.
    pub deliveries: Option<(usize, usize)>,
    /// The category elsewhere did not take it.
    pub refused: Option<Refusal>,
    /// Licence, where it is not the page's.
    pub licence: Option<Licence>,
    /// What the viewer may do with it.
    pub may: PostActions,
}

/// A category elsewhere did not take a post.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    /// Its node.
    pub host: String,
    /// What it gave as the reason: for the author.
    pub reason: Option<String>,
}

/// Whether a post can be read.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum PostState {
    /// Yes.
    #[default]
    Visible,
    /// Its author deleted it.
    Deleted {
        /// When.
        at: DateTime<Utc>,
    },
    /// A moderator removed it.
    Removed {
        /// When.
        at: DateTime<Utc>,
        /// Why, in words for all.
        reason: Option<String>,
        /// Path of the decision.
        decision: Option<String>,
    },
}

/// What the viewer may do with a post.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "one per button")]
pub struct PostActions {
    /// `?reply_to={id}#reply` on the topic; with `&quote={id}` the form begins with the post's source as a quotation.
    pub reply: bool,
    /// `POST /p/{id}/like`, `/unlike`.
    pub like: bool,
    /// `POST /p/{id}/bookmark`, `/unbookmark`.
    pub bookmark: bool,
    /// `GET /p/{id}/edit`.
    pub edit: bool,
    /// `GET /p/{id}/delete`, for one's own.
    pub delete: bool,
    /// `GET /p/{id}/remove`, for moderators.
    pub remove: bool,
    /// `POST /p/{id}/restore`, for moderators.
    pub restore: bool,
    /// `POST /p/{id}/answer`, `/unanswer`.
    pub mark_answer: bool,
    /// `POST /p/{id}/official`, `/unofficial`.
    pub mark_official: bool,
    /// `GET /p/{id}/quotes`, for one's own.
    pub quotes: bool,
}

impl View for TopicView {
    const TEMPLATE: &'static str = "pages/topic.html";
}

/// `/p/{id}/revisions`: the versions of a post, the newest first.
#[derive(Clone, Debug, Serialize)]
pub struct RevisionsView {
    /// The post.
    pub post: PostLink,
    /// Its topic.
    pub topic: TopicLink,
    /// Its category.
    pub category: CategoryLink,
    /// Language of the post, if known.
    pub language: Option<String>,
    /// Versions, the newest first.
    pub revisions: Vec<Revision>,
}

/// One version of a post.
#[derive(Clone, Debug, Serialize)]
pub struct Revision {
    /// Number, from 1 for the first.
    pub number: u32,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, if said.
    pub reason: Option<String>,
    /// The text against the version before; all of it is kept for the first.
    pub changes: Vec<Change>,
}

/// A piece of text that was kept, added or taken away.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// Which.
    pub kind: ChangeKind,
    /// The text, with its line ends.
    pub text: String,
}

/// What happened to a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Same in both versions.
    Kept,
    /// Only in the newer.
    Added,
    /// Only in the older.
    Removed,
}

impl View for RevisionsView {
    const TEMPLATE: &'static str = "pages/revisions.html";
}
