//! What happened in a transaction and may have to leave the node.
//!
//! The operations emit events; `parvis-federation` turns each into activities with one exhaustive match, in the same
//! transaction. An event says who caused it and how, so that what a category announces is built in one place for
//! local and remote contributions alike.

use std::sync::Arc;

use crate::bans::Lifted;
use crate::categories::Category;
use crate::id::{ActorId, BanId, FollowId, PostId, ReportId, TopicId};
use crate::kinds::VoteKind;
use crate::posts::Refused;
use crate::quotes::Answered;
use crate::{Actor, Denied, Post};

/// How an event came about.
#[derive(Clone, Debug)]
pub enum Origin {
    /// By somebody here.
    Local,
    /// By an activity from elsewhere, as it was received.
    Received {
        /// Id of the activity.
        uri: Arc<str>,
        /// Its JSON text, byte for byte.
        activity: Arc<str>,
    },
    /// Learnt by reading a remote document (a fetch, an announce): nothing to pass on.
    Fetched,
    /// Learnt by reading the past of a category elsewhere: nothing to pass on, and no news to anybody.
    History,
}

impl Origin {
    /// True when it was done here.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }

    /// True when it is no news: what others wrote before, and is read now.
    pub fn is_history(&self) -> bool {
        matches!(self, Self::History)
    }
}

/// What stood around a reply when it came: it need not be read again.
#[derive(Clone, Debug)]
pub struct Around {
    /// Its topic.
    pub topic: TopicId,
    /// Its category.
    pub category: Category,
    /// Its author.
    pub author: Actor,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A post is there, as the opening one of its topic or as a reply.
    PostCreated {
        /// Which post.
        post: PostId,
        /// What stood around it, of a reply from elsewhere.
        around: Option<Box<Around>>,
        /// How.
        origin: Origin,
    },
    /// A post, or the title, kind or tags of its topic, changed.
    PostEdited {
        /// Which post.
        post: PostId,
        /// Who changed it.
        editor: ActorId,
        /// How.
        origin: Origin,
    },
    /// A post was deleted by its author.
    PostDeleted {
        /// Which post.
        post: PostId,
        /// How.
        origin: Origin,
    },
    /// A post was removed by moderation.
    PostRemoved {
        /// Which post.
        post: PostId,
        /// Who removed it; none for the node itself.
        moderator: Option<ActorId>,
        /// Why.
        reason: String,
        /// How.
        origin: Origin,
    },
    /// A post that had been removed or deleted is back.
    PostRestored {
        /// Which post.
        post: PostId,
        /// Who restored it; none for the node itself.
        actor: Option<ActorId>,
        /// True when the author undid their own deletion.
        by_author: bool,
        /// How.
        origin: Origin,
    },
    /// A category of ours doesn't take what came from elsewhere.
    PostRefused {
        /// What, and whose.
        refused: Refused,
        /// Why.
        why: Denied,
    },
    /// A like or a dislike is there.
    Voted {
        /// On which post.
        post: Box<Post>,
        /// Whose.
        actor: ActorId,
        /// Which.
        kind: VoteKind,
        /// Id of its activity.
        uri: String,
        /// How.
        origin: Origin,
    },
    /// A like or a dislike was taken back.
    VoteUndone {
        /// On which post.
        post: PostId,
        /// Whose.
        actor: ActorId,
        /// Which.
        kind: VoteKind,
        /// Id of the activity that is undone.
        uri: Option<String>,
        /// How.
        origin: Origin,
    },
    /// Somebody here voted in a poll asked elsewhere.
    PollVoted {
        /// The post that asks.
        post: PostId,
        /// Who voted.
        actor: ActorId,
        /// What they chose, by its words.
        choices: Vec<String>,
    },
    /// Others are to learn how a poll asked here stands.
    PollCounted {
        /// The post that asks.
        post: PostId,
    },
    /// The accepted answer of a topic was chosen, or taken back.
    AnswerChosen {
        /// Which topic.
        topic: TopicId,
        /// The reply.
        post: PostId,
        /// Who chose it.
        actor: ActorId,
        /// Chosen, or taken back.
        chosen: bool,
        /// How.
        origin: Origin,
    },
    /// A post here quotes one from elsewhere, whose author is asked.
    QuoteAsked {
        /// The post that quotes.
        post: PostId,
    },
    /// Somebody elsewhere asked to quote a post here, and was answered.
    QuoteAnswered(Answered),
    /// An author here took an authorization to quote back.
    QuoteRevoked {
        /// Its id.
        authorization: i64,
    },
    /// A topic was locked or unlocked.
    TopicLocked {
        /// Which topic.
        topic: TopicId,
        /// Who did it; none for the node itself.
        moderator: Option<ActorId>,
        /// Locked, or unlocked.
        locked: bool,
        /// Why.
        reason: String,
        /// How.
        origin: Origin,
    },
    /// A topic was pinned or unpinned.
    TopicPinned {
        /// Which topic.
        topic: TopicId,
        /// Who did it; none for the node itself.
        moderator: Option<ActorId>,
        /// Pinned, or unpinned.
        pinned: bool,
        /// How.
        origin: Origin,
    },
    /// Somebody was banned from a category or a server.
    Banned {
        /// Which ban.
        ban: BanId,
        /// How.
        origin: Origin,
    },
    /// A ban was taken back; its row is gone.
    BanLifted {
        /// What it was, by whom it is lifted, and why.
        lifted: Box<Lifted>,
        /// How.
        origin: Origin,
    },
    /// Somebody moderates a category of ours from now on, or no longer.
    ModeratorNamed {
        /// Which category.
        category: ActorId,
        /// Who.
        moderator: ActorId,
        /// By whom; none for the node itself.
        by: Option<ActorId>,
        /// From now on, or no longer.
        named: bool,
    },
    /// A topic went into another category.
    TopicMoved {
        /// Which topic.
        topic: TopicId,
        /// Where it was.
        from: ActorId,
        /// Where it is.
        to: ActorId,
        /// Who moved it; none for the node itself.
        moderator: Option<ActorId>,
        /// Why.
        reason: String,
        /// How.
        origin: Origin,
    },
    /// Posts of a category of ours went into another topic of it: two were merged, or one was split.
    PostsMoved {
        /// Which posts.
        posts: Vec<PostId>,
    },
    /// Somebody here asked to follow an actor elsewhere.
    FollowRequested {
        /// Which follow.
        follow: FollowId,
    },
    /// Somebody here follows an actor elsewhere no longer; the row is gone.
    FollowUndone {
        /// Who.
        follower: ActorId,
        /// Whom.
        followed: ActorId,
        /// Id of the Follow.
        uri: String,
    },
    /// An actor here answered a follow from elsewhere.
    FollowAnswered {
        /// Which follow.
        follow: FollowId,
        /// Accepted, or rejected.
        accepted: bool,
    },
    /// The document of an actor here changed.
    ActorUpdated {
        /// Which actor.
        actor: ActorId,
    },
    /// An actor here has another key: who knows it is told, signed with the former one.
    KeyReplaced {
        /// Which actor.
        actor: ActorId,
    },
    /// An actor here has moved: its followers are to follow another one.
    ActorMoved {
        /// Which actor.
        actor: ActorId,
    },
    /// An actor here is gone.
    ActorDeleted {
        /// Which actor.
        actor: ActorId,
    },
    /// Something in a category was reported.
    ReportFiled {
        /// Which report.
        report: ReportId,
        /// How.
        origin: Origin,
    },
    /// A report was closed.
    ReportResolved {
        /// Which report.
        report: ReportId,
        /// Who closed it; none for the node itself.
        moderator: Option<ActorId>,
        /// Why.
        reason: String,
        /// How.
        origin: Origin,
    },
    /// Content from elsewhere was reported, and its server is to know.
    ReportForwarded {
        /// Which report.
        report: ReportId,
    },
}

impl Event {
    /// A post is there, and what is around it is to be read.
    pub(crate) fn post_created(post: PostId, origin: Origin) -> Self {
        Self::PostCreated {
            post,
            around: None,
            origin,
        }
    }

    /// Whether it only adds to a topic: a post, or a vote given or taken back.
    pub(crate) fn adds_to_topic(&self) -> bool {
        matches!(
            self,
            Self::PostCreated { .. }
                | Self::Voted { .. }
                | Self::VoteUndone { .. }
                | Self::PollVoted { .. }
                | Self::PollCounted { .. }
        )
    }
}
