//! PG-51 in part: other servers and how deliveries to them go, for administrators.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::FieldError;

/// `/admin/federation`. `POST /admin/federation/policy`, fields `host`, `policy` (`block`, `limit`, `allow`, `open`),
/// `reason`; `POST /admin/federation/retry`, field `host`.
#[derive(Clone, Debug, Serialize)]
pub struct NodesView {
    /// False if this node speaks to no other.
    pub enabled: bool,
    /// True if only allowed servers are spoken to.
    pub allow_list: bool,
    /// Servers by host.
    pub nodes: Vec<NodeAdminRow>,
    /// Path of the page after.
    pub next: Option<String>,
    /// Field `host`.
    pub host: String,
    /// Field `policy`.
    pub policy: String,
    /// Field `reason`.
    pub reason: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// A server.
#[derive(Clone, Debug, Serialize)]
pub struct NodeAdminRow {
    /// Host.
    pub host: String,
    /// Software and version, if it says so.
    pub software: Option<String>,
    /// How it goes.
    pub state: NodeAdminState,
    /// Why it has a policy of its own.
    pub reason: Option<String>,
    /// Last time that something reached it.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Last time that something valid came from it.
    pub heard_at: Option<DateTime<Utc>>,
    /// Since when it doesn't answer.
    pub failing_since: Option<DateTime<Utc>>,
    /// Last error, in words.
    pub error: Option<String>,
    /// True if something waits to be delivered, so that trying again makes sense.
    pub retry: bool,
}

/// How it goes with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeAdminState {
    /// Has everything.
    UpToDate,
    /// Is being caught up with.
    Behind,
    /// Does not answer.
    Unreachable,
    /// Limited by a policy.
    Limited,
    /// Blocked by a policy.
    Blocked,
}

impl View for NodesView {
    const TEMPLATE: &'static str = "pages/admin/federation.html";
}
