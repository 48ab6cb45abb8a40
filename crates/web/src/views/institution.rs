//! PG-11, PG-12, PG-16: pages in which the institution answers for the node. What it has not filled in is said plainly;
//! the software never claims anything in its place.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::frame::Conformance;
use super::parts::{CategoryLink, Licence};

/// Facts that the institution gives; each one not given is said to be missing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Facts {
    /// Postal address.
    pub address: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail for the public.
    pub email: Option<String>,
    /// SIRET or another register number.
    pub register_id: Option<String>,
    /// Publication director.
    pub director: Option<String>,
    /// Who hosts the node: name, address, telephone.
    pub hosting: Option<String>,
    /// Data protection officer.
    pub dpo: Option<String>,
    /// E-mail for accessibility.
    pub accessibility_email: Option<String>,
    /// E-mail of the moderators.
    pub moderation_email: Option<String>,
}

/// `/accessibility` (LAW-01).
#[derive(Clone, Debug, Serialize)]
pub struct AccessibilityView {
    /// Facts of the institution.
    pub facts: Facts,
    /// The last audit; without one the state is "non conforme".
    pub audit: Option<Audit>,
}

/// An accessibility audit that the institution entered.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// What it found.
    pub state: Conformance,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Criteria met, in percent.
    pub rate: u32,
    /// What is not accessible.
    pub issues: Vec<String>,
}

impl View for AccessibilityView {
    const TEMPLATE: &'static str = "pages/institution/accessibility.html";
}

/// `/legal` (LAW-02).
#[derive(Clone, Debug, Serialize)]
pub struct LegalView {
    /// Facts of the institution.
    pub facts: Facts,
    /// Licence of contributions.
    pub licence: Licence,
}

impl View for LegalView {
    const TEMPLATE: &'static str = "pages/institution/legal.html";
}

/// `/licence`: the licence of the software, and how to get its source (AGPL-3.0, section 13).
#[derive(Clone, Debug, Serialize)]
pub struct LicenceView {
    /// Facts of the institution.
    pub facts: Facts,
    /// The text of the licence, in English.
    pub text: &'static str,
}

impl View for LicenceView {
    const TEMPLATE: &'static str = "pages/institution/licence.html";
}

/// `/privacy` (LAW-03, LAW-07).
#[derive(Clone, Debug, Serialize)]
pub struct PrivacyView {
    /// Facts of the institution.
    pub facts: Facts,
    /// True if posts are copied to other servers.
    pub federates: bool,
    /// Periods in force.
    pub retention: Retention,
}

/// Periods after which data are erased, in days.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Retention {
    /// Sessions not used.
    pub session_days: u32,
    /// Accounts never confirmed.
    pub unconfirmed_days: u32,
    /// Drafts not published.
    pub draft_days: u32,
    /// Log of deliveries to other servers.
    pub delivery_days: u32,
}

impl View for PrivacyView {
    const TEMPLATE: &'static str = "pages/institution/privacy.html";
}

/// `/terms` (LAW-04, LAW-06).
#[derive(Clone, Debug, Serialize)]
pub struct TermsView {
    /// Licence of contributions.
    pub licence: Licence,
    /// True if posts are copied to other servers.
    pub federates: bool,
}

impl View for TermsView {
    const TEMPLATE: &'static str = "pages/institution/terms.html";
}

/// `/moderation-policy`.
#[derive(Clone, Debug, Serialize)]
pub struct ModerationPolicyView {
    /// Facts of the institution.
    pub facts: Facts,
}

impl View for ModerationPolicyView {
    const TEMPLATE: &'static str = "pages/institution/moderation.html";
}

/// `/contact` (LAW-05).
#[derive(Clone, Debug, Serialize)]
pub struct ContactView {
    /// Facts of the institution.
    pub facts: Facts,
}

impl View for ContactView {
    const TEMPLATE: &'static str = "pages/institution/contact.html";
}

/// `/about`.
#[derive(Clone, Debug, Serialize)]
pub struct AboutView {
    /// The purpose shown on the home page.
    pub purpose: String,
    /// Categories of this node.
    pub categories: u32,
    /// Topics here.
    pub topics: u32,
    /// Posts here.
    pub posts: u32,
    /// Other servers known.
    pub nodes: u32,
}

impl View for AboutView {
    const TEMPLATE: &'static str = "pages/institution/about.html";
}

/// `/about/federation` (PG-16).
#[derive(Clone, Debug, Serialize)]
pub struct FederationView {
    /// False if this node speaks to no other.
    pub enabled: bool,
    /// True if only allowed servers are spoken to.
    pub allow_list: bool,
    /// A handle to show as an example: `@soutien@parvis.example`.
    pub example: Option<String>,
    /// Servers connected with this one.
    pub nodes: Vec<NodeRow>,
    /// Servers blocked or limited, with the reason.
    pub blocked: Vec<BlockedRow>,
}

/// A connected server.
#[derive(Clone, Debug, Serialize)]
pub struct NodeRow {
    /// Host.
    pub host: String,
    /// Software, if it says so.
    pub software: Option<String>,
    /// Whether it answers.
    pub state: NodeState,
    /// Last time something reached it.
    pub last_success_at: Option<DateTime<Utc>>,
}

/// Whether a server keeps up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// Has everything.
    UpToDate,
    /// Is being caught up with.
    Behind,
    /// Does not answer.
    Unreachable,
}

/// A server that is blocked or limited.
#[derive(Clone, Debug, Serialize)]
pub struct BlockedRow {
    /// Host.
    pub host: String,
    /// True if only limited.
    pub limited: bool,
    /// Why, in words for all.
    pub reason: Option<String>,
}

impl View for FederationView {
    const TEMPLATE: &'static str = "pages/institution/federation.html";
}

/// `/sitemap`.
#[derive(Clone, Debug, Serialize)]
pub struct SitemapView {
    /// Categories, local and remote.
    pub categories: Vec<CategoryLink>,
}

impl View for SitemapView {
    const TEMPLATE: &'static str = "pages/institution/sitemap.html";
}

/// `/open-data` (PG-11).
#[derive(Clone, Debug, Serialize)]
pub struct OpenDataView {
    /// Licence of the data.
    pub licence: Licence,
    /// Files made so far.
    pub exports: Vec<Export>,
}

/// A file of open data.
#[derive(Clone, Debug, Serialize)]
pub struct Export {
    /// What it has: a category's title, or the whole node.
    pub title: String,
    /// Path.
    pub url: String,
    /// Format: `JSON Lines`.
    pub format: String,
    /// Size in kilobytes.
    pub size_kb: u32,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

impl View for OpenDataView {
    const TEMPLATE: &'static str = "pages/institution/open_data.html";
}
