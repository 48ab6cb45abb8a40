//! What is decided about other servers, all at once (PG-52), and what waits because its server is limited.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::FieldError;

/// `/moderation/held?after=`. `POST …/{id}/release`, `…/{id}/refuse`.
#[derive(Clone, Debug, Serialize)]
pub struct HeldView {
    /// Oldest first.
    pub items: Vec<HeldRow>,
    /// Path of the page after.
    pub next: Option<String>,
}

/// Something that waits for a moderator.
#[derive(Clone, Debug, Serialize)]
pub struct HeldRow {
    /// Id, for the addresses of forms.
    pub id: String,
    /// The server that sent it.
    pub host: String,
    /// Address of its author.
    pub author: String,
    /// Its address; maybe empty.
    pub address: String,
    /// Its title.
    pub title: Option<String>,
    /// Its beginning, as text; empty if only the address came.
    pub text: String,
    /// True when it changes something that is here.
    pub edit: bool,
    /// When it came.
    pub at: DateTime<Utc>,
}

impl View for HeldView {
    const TEMPLATE: &'static str = "pages/admin/held.html";
}

/// `/admin/blocklist`. `POST`, field `list`: shows what it would do; `POST …/apply`, the same field: does it.
#[derive(Clone, Debug, Serialize)]
pub struct BlocklistView {
    /// What is decided now, by host.
    pub policies: Vec<PolicyRow>,
    /// Field `list`: the text of a list.
    pub list: String,
    /// What it would do, line by line.
    pub effects: Vec<EffectRow>,
    /// Lines that can't be read.
    pub bad: Vec<BadRow>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// A decision.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyRow {
    /// Host.
    pub host: String,
    /// Path of its page.
    pub url: String,
    /// What it may do, after `policy-short-`.
    pub policy: &'static str,
    /// Its files are shown to nobody.
    pub media: bool,
    /// When it was made, where that is known.
    pub decided_at: Option<DateTime<Utc>>,
    /// Visitors are not told.
    pub private: bool,
    /// Follows from there.
    pub followers: u64,
    /// Follows to there.
    pub following: u64,
    /// Why.
    pub reason: Option<String>,
}

/// What a line of a list would do.
#[derive(Clone, Debug, Serialize)]
pub struct EffectRow {
    /// Host.
    pub host: String,
    /// What it may do now, after `policy-short-`.
    pub now: &'static str,
    /// What the list says, after `policy-short-`.
    pub then: &'static str,
    /// Its files would be shown to nobody.
    pub media: bool,
    /// Public comment.
    pub reason: String,
    /// `set`, `kept` or `ourselves`, after `blocklist-change-`.
    pub change: &'static str,
    /// Follows from there.
    pub followers: u64,
    /// Follows to there.
    pub following: u64,
    /// Whether these follows would end.
    pub ends: bool,
}

/// A line that can't be read.
#[derive(Clone, Debug, Serialize)]
pub struct BadRow {
    /// Counted from 1.
    pub line: usize,
    /// Why, in the reader's language.
    pub why: String,
}

impl View for BlocklistView {
    const TEMPLATE: &'static str = "pages/admin/blocklist.html";
}
