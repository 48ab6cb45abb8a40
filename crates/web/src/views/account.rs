//! PG-22 to PG-25: what one keeps here for oneself: notifications, bookmarks, what one follows, access tokens, and the end
//! of an account.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::FieldError;
use super::parts::{Author, CategoryLink, Pager, TopicLink};
use super::search::FoundPost;

/// `/notifications`. `POST /notifications/read`, field `notification` = an id or empty for all.
#[derive(Clone, Debug, Serialize)]
pub struct NotificationsView {
    /// Newest first.
    pub notifications: Vec<NotificationRow>,
    /// How many are not read, on all pages.
    pub unread: u32,
    /// Page links.
    pub pager: Pager,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
pub struct NotificationRow {
    /// Id that the form sends.
    pub id: String,
    /// What happened.
    pub kind: NotificationKind,
    /// Who did it; none where the team did, which has no name.
    pub author: Option<Author>,
    /// In which topic.
    pub topic: Option<TopicLink>,
    /// Where to look: path of the post, else of the topic or the person.
    pub url: Option<String>,
    /// Why, for an act of moderation.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// True until it is read.
    pub unread: bool,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// A reply to a post of one's own.
    Reply,
    /// One is mentioned.
    Mention,
    /// A post was found helpful.
    Like,
    /// Somebody follows one.
    Follow,
    /// A post, a topic or the account was moderated.
    Moderation,
    /// A reply is the accepted answer, or a topic has one.
    Answer,
    /// A reply in a topic that one follows.
    Topic,
}

impl View for NotificationsView {
    const TEMPLATE: &'static str = "pages/account/notifications.html";
}

/// `/bookmarks`.
#[derive(Clone, Debug, Serialize)]
pub struct BookmarksView {
    /// Posts, last kept first.
    pub posts: Vec<FoundPost>,
    /// Page links.
    pub pager: Pager,
}

impl View for BookmarksView {
    const TEMPLATE: &'static str = "pages/account/bookmarks.html";
}

/// `/settings/subscriptions`: categories and people that one follows. `POST …/unfollow`, field `actor`.
#[derive(Clone, Debug, Serialize)]
pub struct SubscriptionsView {
    /// Categories.
    pub categories: Vec<FollowedCategory>,
    /// People.
    pub people: Vec<FollowedPerson>,
}

/// A category that one follows.
#[derive(Clone, Debug, Serialize)]
pub struct FollowedCategory {
    /// Id that the form sends.
    pub id: String,
    /// Which.
    pub category: CategoryLink,
    /// True until its server answers.
    pub pending: bool,
}

/// A person whom one follows.
#[derive(Clone, Debug, Serialize)]
pub struct FollowedPerson {
    /// Id that the form sends.
    pub id: String,
    /// Who.
    pub person: Author,
    /// True until their server answers.
    pub pending: bool,
}

impl View for SubscriptionsView {
    const TEMPLATE: &'static str = "pages/settings/subscriptions.html";
}

/// `/settings/applications`: access tokens. `POST /settings/applications`, fields `label`, `scopes` (repeated);
/// `POST /settings/applications/revoke`, field `token`.
#[derive(Clone, Debug, Serialize)]
pub struct ApplicationsView {
    /// A token that was just made: shown once.
    pub secret: Option<String>,
    /// Tokens in force, newest first.
    pub tokens: Vec<TokenRow>,
    /// Field `label`.
    pub label: String,
    /// Scopes to choose from.
    pub scopes: Vec<ScopeChoice>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// A token in force.
#[derive(Clone, Debug, Serialize)]
pub struct TokenRow {
    /// Id that the form sends.
    pub id: String,
    /// What it is for, in its owner's words.
    pub label: String,
    /// What it allows, as words of the protocol.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the hour.
    pub used_at: Option<DateTime<Utc>>,
}

/// A scope in the form.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeChoice {
    /// The word of the protocol.
    pub name: String,
    /// True if it is ticked.
    pub chosen: bool,
}

impl View for ApplicationsView {
    const TEMPLATE: &'static str = "pages/settings/applications.html";
}

/// `/settings/data`: the end of the account. `POST /settings/data/delete`, fields `current`, `sure`.
#[derive(Clone, Debug, Serialize)]
pub struct CloseAccountView {
    /// Full handle, which nobody gets again.
    pub handle: String,
    /// True if posts were copied to other servers.
    pub federates: bool,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for CloseAccountView {
    const TEMPLATE: &'static str = "pages/settings/data.html";
}
