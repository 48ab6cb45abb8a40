//! PG-25, the part of this release: profile, password, sessions.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::FieldError;
use super::parts::AffiliationKind;

/// `/settings/profile`. Fields: `display_name`, `biography`, `affiliation`, `subtype`, `organisation`, `interface`,
/// `theme`, `discoverable`, `indexable`.
#[derive(Clone, Debug, Serialize)]
pub struct SettingsProfileView {
    /// Field `display_name`.
    pub display_name: String,
    /// Full handle, which never changes.
    pub handle: String,
    /// Field `biography`, Markdown.
    pub biography: String,
    /// Field `affiliation`.
    pub affiliation: AffiliationKind,
    /// Choices of affiliation.
    pub affiliations: Vec<AffiliationKind>,
    /// True if the affiliation was checked, so that it is not changed here.
    pub affiliation_checked: bool,
    /// Field `subtype`: what a public agent is agent of; empty if not said.
    pub subtype: String,
    /// Choices of subtype.
    pub subtypes: Vec<String>,
    /// Field `organisation`.
    pub organisation: String,
    /// Field `discoverable`: may be suggested to others.
    pub discoverable: bool,
    /// Field `indexable`: may be found by search engines.
    pub indexable: bool,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for SettingsProfileView {
    const TEMPLATE: &'static str = "pages/settings/profile.html";
}

/// `/settings/account`. `POST /settings/email`, fields `current_for_email`, `email`; `POST /settings/password`, fields `current`, `password`; `POST /settings/sessions/end`, field
/// `session` = an id or `others`.
#[derive(Clone, Debug, Serialize)]
pub struct SettingsAccountView {
    /// Confirmed e-mail address.
    pub email: String,
    /// Field `email`: the address that is to be.
    pub new_email: String,
    /// Sessions that are open, this one first.
    pub sessions: Vec<SessionRow>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// An open session.
#[derive(Clone, Debug, Serialize)]
pub struct SessionRow {
    /// Id that the form sends.
    pub id: String,
    /// Browser and system, in words.
    pub device: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was last used.
    pub seen_at: DateTime<Utc>,
    /// True for the session of this request.
    pub current: bool,
}

/// `/settings/email/confirm?token=`. Field `token`.
#[derive(Clone, Debug, Serialize)]
pub struct ConfirmNewEmailView {
    /// The token; none if it is wrong, used or too old.
    pub token: Option<String>,
    /// The address that it confirms.
    pub email: String,
}

impl View for ConfirmNewEmailView {
    const TEMPLATE: &'static str = "pages/settings/email.html";
}

impl View for SettingsAccountView {
    const TEMPLATE: &'static str = "pages/settings/account.html";
}
