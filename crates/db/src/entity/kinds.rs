//! Words that columns hold: closed sets, written as text.

use std::fmt;
use std::str::FromStr;

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// The text is none of the words of the set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word `{0}`")]
pub struct UnknownWord(String);

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $vdoc:literal])+ $variant:ident = $word:literal,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize,
        )]
        #[sea_orm(value_type = "String")]
        pub enum $name {
            $($(#[doc = $vdoc])+ #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All words of the set.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is written in the database, in JSON and on the command line.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord(text.to_owned())),
                }
            }
        }
    )+};
}

words! {
    /// Where the reading of the past of a category elsewhere is.
    BackfillStage {
        /// Nothing is being read.
        Idle = "idle",
        /// Its description, its moderators and the beginning of its outbox.
        Head = "head",
        /// Its topics, page by page.
        Topics = "topics",
    }
    /// What came of comparing a category with another node.
    Comparison {
        /// Both hold the same.
        Same = "same",
        /// They differed, and what was missing was fetched or sent.
        Mended = "mended",
        /// Some conversations still differ.
        Differs = "differs",
        /// The other software names no digests: some conversations were read again.
        Reread = "reread",
        /// It could not be done.
        Failed = "failed",
    }
    /// What an actor is.
    ActorKind {
        /// Somebody.
        Person = "person",
        /// A category.
        Group = "group",
        /// A server itself.
        Application = "application",
    }
    /// Rights on the whole node.
    Role {
        /// Reads and writes.
        Member = "member",
        /// Moderates every category.
        Moderator = "moderator",
        /// Everything.
        Admin = "admin",
    }
    /// Where an account is in its life.
    PersonState {
        /// The address of mail isn't confirmed yet.
        Unconfirmed = "unconfirmed",
        /// Waits for an administrator.
        Pending = "pending",
        /// In use.
        Active = "active",
        /// Refused or suspended by an administrator.
        Suspended = "suspended",
        /// Closed.
        Deleted = "deleted",
    }
    /// What a topic is.
    TopicKind {
        /// An exchange.
        Discussion = "discussion",
        /// Something that has an answer.
        Question = "question",
        /// A good practice.
        Practice = "practice",
    }
    /// What an actor said of a post.
    VoteKind {
        /// Helpful.
        Like = "like",
        /// The contrary; counted apart.
        Dislike = "dislike",
    }
    /// Whether a post may quote what it quotes.
    QuoteStanding {
        /// Nobody was asked, or no answer can be shown: a link.
        Named = "named",
        /// The quoted author was asked.
        Asked = "asked",
        /// It may.
        Allowed = "allowed",
        /// The quoted author said no.
        Refused = "refused",
        /// The quoted author took it back.
        Revoked = "revoked",
    }
    /// Where a follow is.
    FollowState {
        /// Not answered yet.
        Pending = "pending",
        /// In force.
        Accepted = "accepted",
        /// Refused.
        Rejected = "rejected",
    }
    /// What happened.
    NotificationKind {
        /// A reply to a post of the person.
        Reply = "reply",
        /// The person is mentioned.
        Mention = "mention",
        /// A post of the person was found helpful.
        Like = "like",
        /// Somebody follows the person.
        Follow = "follow",
        /// A post or topic of the person was moderated.
        Moderation = "moderation",
        /// A topic of the person got an accepted answer, or a reply of the person is one.
        Answer = "answer",
        /// A reply in a topic that the person follows.
        Topic = "topic",
    }
    /// What was decided about a report.
    ReportDecision {
        /// The content was removed.
        Removed = "removed",
        /// Nothing was removed.
        Kept = "kept",
    }
    /// What a person is told of a topic.
    FollowLevel {
        /// Every reply.
        All = "all",
        /// Answers to the person, and mentions.
        Mentions = "mentions",
        /// Nothing.
        Mute = "mute",
    }
    /// Who reads a closed category on this node.
    Readers {
        /// Everybody with an account here.
        Members = "members",
        /// Public agents whose affiliation is verified.
        Agents = "agents",
        /// Those whose follow was accepted: a closed category of another node.
        Followers = "followers",
    }
    /// What another server may do.
    InstancePolicy {
        /// What everybody may.
        Open = "open",
        /// Named in the list of a node in `allowlist` mode.
        Allow = "allow",
        /// Its new content is seen by moderators first.
        Limit = "limit",
        /// Nothing.
        Block = "block",
    }
    /// Where something queued is.
    QueueState {
        /// To be done.
        Ready = "ready",
        /// Done.
        Done = "done",
        /// Set aside after too many tries, for an administrator to look at.
        Dead = "dead",
        /// Waits for a moderator: its server is limited.
        Held = "held",
    }
    /// Which servers among the followers' receive an activity.
    Reach {
        /// All.
        All = "all",
        /// Those that understand an activity inside an Announce.
        Forums = "forums",
        /// Those that understand only the Announce of an id, or about which nothing is known.
        Microblogs = "microblogs",
    }
    /// How deliveries to an inbox go.
    DestinationState {
        /// As they should.
        Live = "live",
        /// The last one failed; tried again with growing delays.
        Backoff = "backoff",
        /// Failing for a week: one probe a day.
        Asleep = "asleep",
        /// It said 410: nothing is sent any more.
        Gone = "gone",
    }
    /// What a search document is.
    SearchKind {
        /// A post (the opening one stands for its topic).
        Post = "post",
        /// A category.
        Category = "category",
        /// A person.
        Person = "person",
    }
}
