//! Messages shown once after an action, by code: the code travels in a cookie, the sentence is made on arrival.

use super::frame::{Flash, Tone};
use crate::i18n::{Catalog, Locale};

/// What an action did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A topic was opened.
    TopicOpened,
    /// A reply was published.
    Replied,
    /// A post was changed.
    PostEdited,
    /// A post of one's own was deleted.
    PostDeleted,
    /// A moderator removed a post.
    PostRemoved,
    /// A moderator put a post back.
    PostRestored,
    /// A topic takes no more replies.
    TopicLocked,
    /// A topic takes replies again.
    TopicUnlocked,
    /// A topic stays on top.
    TopicPinned,
    /// A topic no longer stays on top.
    TopicUnpinned,
    /// Somebody was banned.
    Banned,
    /// A ban was taken back.
    BanLifted,
    /// A topic went into another category.
    TopicMoved,
    /// Two topics were merged.
    TopicsMerged,
    /// A reply became a topic of its own.
    TopicSplit,
    /// A reply is the accepted answer.
    AnswerMarked,
    /// No reply is the accepted answer any more.
    AnswerUnmarked,
    /// A vote in a poll was counted.
    PollVoted,
    /// A poll was sent without a choice.
    NothingChosen,
    /// A reply is an official answer.
    OfficialMarked,
    /// A reply is an official answer no more.
    OfficialWithdrawn,
    /// An official answer needs an organisation.
    NoOrganisation,
    /// A post may be quoted there no more.
    QuoteRevoked,
    /// A tag is followed.
    TagFollowed,
    /// A tag is followed no more.
    TagUnfollowed,
    /// A category or person is followed.
    Followed,
    /// The other node was asked.
    FollowAsked,
    /// No longer followed.
    Unfollowed,
    /// The reader is told of every reply in a topic.
    TopicFollowed,
    /// The reader is told of answers to them and mentions only.
    TopicUnfollowed,
    /// The reader is told nothing of a topic.
    TopicMuted,
    /// A post was found helpful.
    Liked,
    /// No longer.
    Unliked,
    /// A bookmark was set.
    Bookmarked,
    /// A bookmark was taken away.
    Unbookmarked,
    /// A report was received.
    Reported,
    /// A report was closed.
    ReportClosed,
    /// Signed in.
    SignedIn,
    /// Signed out.
    SignedOut,
    /// The account is open.
    Registered,
    /// The e-mail address is confirmed.
    EmailConfirmed,
    /// The password was changed, other sessions ended.
    PasswordChanged,
    /// The profile was saved.
    ProfileSaved,
    /// A session was ended.
    SessionEnded,
    /// A category was created.
    CategoryCreated,
    /// A category was changed.
    CategorySaved,
    /// A registration was accepted.
    RegistrationApproved,
    /// A registration was refused.
    RegistrationRefused,
    /// One's own account is deleted.
    AccountClosed,
    /// An access token is revoked.
    TokenRevoked,
    /// An administrator changed an account.
    PersonSaved,
    /// What another server may do was decided.
    ServerDecided,
    /// A link to confirm another address was sent.
    EmailAsked,
    /// The account has another address.
    EmailChanged,
    /// A draft was saved.
    DraftSaved,
    /// A draft was deleted.
    DraftDeleted,
    /// Deliveries to a server are tried again.
    RetryAsked,
    /// The past of a category elsewhere is read again.
    BackfillAsked,
    /// Shared categories are compared.
    ComparisonAsked,
    /// A link between categories is asked for.
    LinkAsked,
    /// Categories are linked.
    LinkAccepted,
    /// A link is refused.
    LinkRefused,
    /// A link is over.
    LinkEnded,
    /// Nothing more is sent to a server.
    ServerPaused,
    /// Deliveries to a server go on.
    ServerResumed,
    /// What a server waited for was set aside.
    ActivitySkipped,
    /// Nothing waits for the server.
    NothingToSkip,
    /// What was set aside is tried again.
    ActivityRetried,
    /// What was set aside is dropped.
    ActivityDropped,
    /// The form came too late and was not sent.
    FormExpired,
    /// Signed in with a recovery code.
    RecoveryCodeUsed,
    /// No second factor is asked for any more.
    SecondFactorOff,
    /// The key of a second factor waited too long for its code.
    SetupOver,
    /// An administrator took a second factor away.
    SecondFactorReset,
    /// A move was announced.
    MoveDone,
    /// Somebody came back after a move.
    MoveBack,
    /// Former addresses were saved.
    AliasSaved,
    /// What waited for a moderator is let through.
    HeldReleased,
    /// What waited for a moderator is turned away.
    HeldRefused,
    /// A list of blocks was applied.
    BlocklistApplied,
}

impl Notice {
    const ALL: [Self; 80] = [
        Self::TopicOpened,
        Self::Replied,
        Self::PostEdited,
        Self::PostDeleted,
        Self::PostRemoved,
        Self::PostRestored,
        Self::TopicLocked,
        Self::TopicUnlocked,
        Self::TopicPinned,
        Self::TopicUnpinned,
        Self::Banned,
        Self::BanLifted,
        Self::TopicMoved,
        Self::TopicsMerged,
        Self::TopicSplit,
        Self::AnswerMarked,
        Self::AnswerUnmarked,
        Self::PollVoted,
        Self::NothingChosen,
        Self::OfficialMarked,
        Self::OfficialWithdrawn,
        Self::NoOrganisation,
        Self::QuoteRevoked,
        Self::TagFollowed,
        Self::TagUnfollowed,
        Self::Followed,
        Self::FollowAsked,
        Self::Unfollowed,
        Self::TopicFollowed,
        Self::TopicUnfollowed,
        Self::TopicMuted,
        Self::Liked,
        Self::Unliked,
        Self::Bookmarked,
        Self::Unbookmarked,
        Self::Reported,
        Self::ReportClosed,
        Self::SignedIn,
        Self::SignedOut,
        Self::Registered,
        Self::EmailConfirmed,
        Self::PasswordChanged,
        Self::ProfileSaved,
        Self::SessionEnded,
        Self::CategoryCreated,
        Self::CategorySaved,
        Self::RegistrationApproved,
        Self::RegistrationRefused,
        Self::AccountClosed,
        Self::TokenRevoked,
        Self::PersonSaved,
        Self::ServerDecided,
        Self::EmailAsked,
        Self::EmailChanged,
        Self::DraftSaved,
        Self::DraftDeleted,
        Self::RetryAsked,
        Self::BackfillAsked,
        Self::ComparisonAsked,
        Self::LinkAsked,
        Self::LinkAccepted,
        Self::LinkRefused,
        Self::LinkEnded,
        Self::ServerPaused,
        Self::ServerResumed,
        Self::ActivitySkipped,
        Self::NothingToSkip,
        Self::ActivityRetried,
        Self::ActivityDropped,
        Self::FormExpired,
        Self::RecoveryCodeUsed,
        Self::SecondFactorOff,
        Self::SetupOver,
        Self::SecondFactorReset,
        Self::MoveDone,
        Self::MoveBack,
        Self::AliasSaved,
        Self::HeldReleased,
        Self::HeldRefused,
        Self::BlocklistApplied,
    ];

    /// The code for the cookie.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TopicOpened => "notice-topic-opened",
            Self::Replied => "notice-replied",
            Self::PostEdited => "notice-post-edited",
            Self::PostDeleted => "notice-post-deleted",
            Self::PostRemoved => "notice-post-removed",
            Self::PostRestored => "notice-post-restored",
            Self::TopicLocked => "notice-topic-locked",
            Self::TopicUnlocked => "notice-topic-unlocked",
            Self::TopicPinned => "notice-topic-pinned",
            Self::TopicUnpinned => "notice-topic-unpinned",
            Self::Banned => "notice-banned",
            Self::BanLifted => "notice-ban-lifted",
            Self::TopicMoved => "notice-topic-moved",
            Self::TopicsMerged => "notice-topics-merged",
            Self::TopicSplit => "notice-topic-split",
            Self::AnswerMarked => "notice-answer-marked",
            Self::AnswerUnmarked => "notice-answer-unmarked",
            Self::PollVoted => "notice-poll-voted",
            Self::NothingChosen => "notice-nothing-chosen",
            Self::OfficialMarked => "notice-official-marked",
            Self::OfficialWithdrawn => "notice-official-withdrawn",
            Self::NoOrganisation => "notice-no-organisation",
            Self::QuoteRevoked => "notice-quote-revoked",
            Self::TagFollowed => "notice-tag-followed",
            Self::TagUnfollowed => "notice-tag-unfollowed",
            Self::Followed => "notice-followed",
            Self::FollowAsked => "notice-follow-asked",
            Self::Unfollowed => "notice-unfollowed",
            Self::TopicFollowed => "notice-topic-followed",
            Self::TopicUnfollowed => "notice-topic-unfollowed",
            Self::TopicMuted => "notice-topic-muted",
            Self::Liked => "notice-liked",
            Self::Unliked => "notice-unliked",
            Self::Bookmarked => "notice-bookmarked",
            Self::Unbookmarked => "notice-unbookmarked",
            Self::Reported => "notice-reported",
            Self::ReportClosed => "notice-report-closed",
            Self::SignedIn => "notice-signed-in",
            Self::SignedOut => "notice-signed-out",
            Self::Registered => "notice-registered",
            Self::EmailConfirmed => "notice-email-confirmed",
            Self::PasswordChanged => "notice-password-changed",
            Self::ProfileSaved => "notice-profile-saved",
            Self::SessionEnded => "notice-session-ended",
            Self::CategoryCreated => "notice-category-created",
            Self::CategorySaved => "notice-category-saved",
            Self::RegistrationApproved => "notice-registration-approved",
            Self::RegistrationRefused => "notice-registration-refused",
            Self::AccountClosed => "notice-account-closed",
            Self::TokenRevoked => "notice-token-revoked",
            Self::PersonSaved => "notice-person-saved",
            Self::ServerDecided => "notice-server-decided",
            Self::EmailAsked => "notice-email-asked",
            Self::EmailChanged => "notice-email-changed",
            Self::DraftSaved => "notice-draft-saved",
            Self::DraftDeleted => "notice-draft-deleted",
            Self::RetryAsked => "notice-retry-asked",
            Self::BackfillAsked => "notice-backfill-asked",
            Self::ComparisonAsked => "notice-comparison-asked",
            Self::LinkAsked => "notice-link-asked",
            Self::LinkAccepted => "notice-link-accepted",
            Self::LinkRefused => "notice-link-refused",
            Self::LinkEnded => "notice-link-ended",
            Self::ServerPaused => "notice-server-paused",
            Self::ServerResumed => "notice-server-resumed",
            Self::ActivitySkipped => "notice-activity-skipped",
            Self::NothingToSkip => "notice-nothing-to-skip",
            Self::ActivityRetried => "notice-activity-retried",
            Self::ActivityDropped => "notice-activity-dropped",
            Self::FormExpired => "notice-form-expired",
            Self::RecoveryCodeUsed => "notice-recovery-code-used",
            Self::SecondFactorOff => "notice-second-factor-off",
            Self::SetupOver => "notice-setup-over",
            Self::SecondFactorReset => "notice-second-factor-reset",
            Self::MoveDone => "notice-move-done",
            Self::MoveBack => "notice-move-back",
            Self::AliasSaved => "notice-alias-saved",
            Self::HeldReleased => "notice-held-released",
            Self::HeldRefused => "notice-held-refused",
            Self::BlocklistApplied => "notice-blocklist-applied",
        }
    }

    /// The notice of a cookie's value.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.code() == code)
    }

    /// The message for the frame.
    pub fn flash(self, catalog: &Catalog, locale: Locale) -> Flash {
        Flash {
            tone: match self {
                Self::FormExpired
                | Self::SetupOver
                | Self::NothingChosen
                | Self::NoOrganisation => Tone::Err,
                Self::FollowAsked | Self::NothingToSkip => Tone::Info,
                _ => Tone::Ok,
            },
            text: catalog.text(locale, self.code(), &[]),
        }
    }
}
