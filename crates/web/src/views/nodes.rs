//! PG-51 in part: other servers, how deliveries to them go, and what was set aside, for administrators; and to which
//! servers a post went.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::FieldError;
use super::parts::{CategoryLink, TopicLink};
use super::topics::PostLink;

/// `/admin/federation?state=&sort=&page=`. `POST /admin/federation/policy`, fields `host`, `policy` (`block`, `limit`,
/// `allow`, `open`), `media`, `private`, `reason`.
#[derive(Clone, Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked for by the template on its own"
)]
pub struct NodesView {
    /// False if this node speaks to no other.
    pub enabled: bool,
    /// True if only allowed servers are spoken to.
    pub allow_list: bool,
    /// Links that filter.
    pub filters: Vec<Choice>,
    /// Links that sort.
    pub orders: Vec<Choice>,
    /// Servers.
    pub nodes: Vec<NodeRow>,
    /// Path of the page before.
    pub previous: Option<String>,
    /// Path of the page after.
    pub next: Option<String>,
    /// Field `host`.
    pub host: String,
    /// Field `policy`.
    pub policy: String,
    /// Field `reason`.
    pub reason: String,
    /// Field `media`: its files are shown to nobody.
    pub media: bool,
    /// Field `private`: visitors are not told.
    pub private: bool,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// A link of a set of which one holds.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// Words.
    pub label: String,
    /// Path.
    pub url: String,
    /// Whether it is the one that holds.
    pub current: bool,
}

/// A server.
#[derive(Clone, Debug, Serialize)]
pub struct NodeRow {
    /// Host.
    pub host: String,
    /// Path of its page.
    pub url: String,
    /// Software and version, if it says so.
    pub software: Option<String>,
    /// How it stands, after `standing-`.
    pub standing: &'static str,
    /// What was decided about it, after `policy-short-`.
    pub policy: String,
    /// Why it has a policy of its own.
    pub reason: Option<String>,
    /// How far it is behind, in words.
    pub behind: Option<String>,
    /// Last time that something reached it.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Since when it doesn't answer.
    pub failing_since: Option<DateTime<Utc>>,
    /// The last error, while it matters.
    pub trouble: Option<TroubleShown>,
    /// The last comparison of shared categories.
    pub comparison: Option<ComparisonShown>,
}

/// What came of comparing shared categories.
#[derive(Clone, Debug, Serialize)]
pub struct ComparisonShown {
    /// In a word, after `comparison-`.
    pub outcome: &'static str,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// What was done, in words.
    pub done: Vec<String>,
    /// Why it failed, as it was noted.
    pub error: Option<String>,
}

/// A trouble, with what to do about it.
#[derive(Clone, Debug, Serialize)]
pub struct TroubleShown {
    /// What it is.
    pub what: String,
    /// What to do.
    pub cure: String,
    /// As it was noted.
    pub raw: String,
    /// When.
    pub at: Option<DateTime<Utc>>,
}

impl View for NodesView {
    const TEMPLATE: &'static str = "pages/admin/federation.html";
}

/// `/admin/federation/{host}`. `POST …/retry`, `…/pause`, `…/resume`, `…/compare`,
/// `…/skip` (field `sure`).
#[derive(Clone, Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked for by the template on its own"
)]
pub struct NodeView {
    /// As in the list.
    pub node: NodeRow,
    /// Blocked, and ties remain.
    pub conflict: bool,
    /// Since when it is paused.
    pub paused_at: Option<DateTime<Utc>>,
    /// When it is tried again.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Last time that something valid came from it.
    pub heard_at: Option<DateTime<Utc>>,
    /// When it was met first.
    pub first_seen_at: DateTime<Utc>,
    /// Follows from there.
    pub followers: i64,
    /// Follows to there.
    pub following: i64,
    /// Categories of this node that are followed there.
    pub ours: Vec<String>,
    /// Its categories that are followed here.
    pub theirs: Vec<String>,
    /// How our requests are signed.
    pub signature: String,
    /// Algorithm and id of its key.
    pub key: Option<String>,
    /// Something waits, so that trying again or skipping makes sense.
    pub waits: bool,
    /// How far the past of its categories is read here.
    pub backfills: Vec<BackfillRow>,
    /// It has categories that can be compared.
    pub compares: bool,
    /// Last entries of the log, newest first.
    pub log: Vec<LogRow>,
    /// What of its exchange was set aside, newest first.
    pub set_aside: Vec<SetAsideRow>,
    /// Field `policy`.
    pub policy: String,
    /// Field `reason`.
    pub reason: String,
    /// Field `media`: its files are shown to nobody.
    pub media: bool,
    /// Field `private`: visitors are not told of the decision.
    pub private: bool,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// How far the past of a category is read here. `POST …/backfill`, field `category`.
#[derive(Clone, Debug, Serialize)]
pub struct BackfillRow {
    /// Id of the category, for the form.
    pub id: String,
    /// The category.
    pub category: CategoryLink,
    /// Where it is, after `backfill-`: `reading`, `waiting`, `read`, `asked`.
    pub state: &'static str,
    /// Conversations that are complete.
    pub done: i64,
    /// Topics there, if its server says so.
    pub total: Option<i64>,
    /// Posts that were new.
    pub posts: i64,
    /// Conversations that could not be had.
    pub given_up: i64,
    /// When it was read to the end the last time.
    pub finished_at: Option<DateTime<Utc>>,
    /// What went wrong.
    pub error: Option<String>,
}

/// An entry of the log of a server.
#[derive(Clone, Debug, Serialize)]
pub struct LogRow {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Type.
    pub kind: String,
    /// Path of the post that it carries.
    pub post: Option<String>,
    /// Id.
    pub activity: String,
    /// What became of it, after `fate-`.
    pub fate: &'static str,
    /// Why it was refused.
    pub error: Option<String>,
}

impl View for NodeView {
    const TEMPLATE: &'static str = "pages/admin/node.html";
}

/// `/admin/federation/set-aside?host=&after=`.
#[derive(Clone, Debug, Serialize)]
pub struct SetAsideView {
    /// Only of this server.
    pub host: Option<String>,
    /// Activities, newest first.
    pub items: Vec<SetAsideRow>,
    /// Path of the page after.
    pub next: Option<String>,
}

/// An activity that was set aside.
#[derive(Clone, Debug, Serialize)]
pub struct SetAsideRow {
    /// Id.
    pub id: String,
    /// Path of its page.
    pub url: String,
    /// `received` or `sent`, after `set-aside-`.
    pub way: &'static str,
    /// The other server.
    pub host: String,
    /// Id of the activity.
    pub activity: Option<String>,
    /// Why.
    pub trouble: TroubleShown,
    /// When.
    pub at: DateTime<Utc>,
}

impl View for SetAsideView {
    const TEMPLATE: &'static str = "pages/admin/set_aside.html";
}

/// `/admin/federation/set-aside/{id}`. `POST …/retry`; `POST …/drop`, field `sure`.
#[derive(Clone, Debug, Serialize)]
pub struct SetAsideItemView {
    /// The activity.
    pub item: SetAsideRow,
    /// Path of the post that it carries.
    pub post: Option<String>,
    /// Where to.
    pub inbox: Option<String>,
    /// How often it was tried.
    pub attempts: Option<i32>,
    /// As it came or is to go; none when it is no longer kept.
    pub payload: Option<String>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for SetAsideItemView {
    const TEMPLATE: &'static str = "pages/admin/set_aside_item.html";
}

/// `/p/{id}/deliveries`.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveriesView {
    /// The post.
    pub post: PostLink,
    /// Its topic.
    pub topic: TopicLink,
    /// Its category.
    pub category: CategoryLink,
    /// Servers that took it.
    pub delivered: usize,
    /// Each server by name.
    pub servers: Vec<DeliveryRow>,
}

/// What became of a post at a server.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryRow {
    /// Host.
    pub host: String,
    /// What became of it, after `fate-`.
    pub fate: &'static str,
    /// Why it isn't there.
    pub why: Option<String>,
}

impl View for DeliveriesView {
    const TEMPLATE: &'static str = "pages/deliveries.html";
}
