//! PG-53 in part: accounts as administrators see them, and requests for accounts as moderators do.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::admin::RegistrationRow;
use super::forms::FieldError;
use super::frame::Role;
use super::parts::Pager;

/// `/moderation/accounts`: who waits for an account. `POST /moderation/accounts/{id}/approve`; `…/refuse`, field
/// `reason`.
#[derive(Clone, Debug, Serialize)]
pub struct ApprovalsView {
    /// Newest first.
    pub registrations: Vec<RegistrationRow>,
    /// Page links.
    pub pager: Pager,
}

impl View for ApprovalsView {
    const TEMPLATE: &'static str = "pages/admin/approvals.html";
}

/// `/admin/people`: all accounts.
#[derive(Clone, Debug, Serialize)]
pub struct PeopleView {
    /// State in the address; all but closed ones if empty.
    pub state: String,
    /// States to choose from.
    pub states: Vec<String>,
    /// Newest first.
    pub people: Vec<PersonRow>,
    /// Page links.
    pub pager: Pager,
}

/// An account.
#[derive(Clone, Debug, Serialize)]
pub struct PersonRow {
    /// Name.
    pub name: String,
    /// Name shown.
    pub display_name: String,
    /// E-mail address.
    pub email: String,
    /// Role.
    pub role: Role,
    /// `unconfirmed`, `pending`, `active` or `suspended`.
    pub state: String,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the hour.
    pub seen_at: Option<DateTime<Utc>>,
    /// True if signing in takes a second factor.
    pub second_factor: bool,
}

impl View for PeopleView {
    const TEMPLATE: &'static str = "pages/admin/people.html";
}

/// `/admin/people/{name}`: what may be done with an account. `POST …/role`, field `role`; `…/suspend` and `…/unsuspend`,
/// field `reason`; `…/delete`, field `sure`.
#[derive(Clone, Debug, Serialize)]
pub struct PersonAdminView {
    /// Who.
    pub person: PersonRow,
    /// Why they wished to take part.
    pub reason: String,
    /// True for oneself: nobody suspends themself.
    pub oneself: bool,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for PersonAdminView {
    const TEMPLATE: &'static str = "pages/admin/person.html";
}

/// `/admin/people/{name}` of a deleted account: which servers were told, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct FarewellView {
    /// Name, which nobody gets again.
    pub name: String,
    /// When the account ended.
    pub at: Option<DateTime<Utc>>,
    /// Servers, by name.
    pub servers: Vec<ToldServer>,
    /// How many of them took it.
    pub delivered: u32,
}

/// A server that was told of the end of an account.
#[derive(Clone, Debug, Serialize)]
pub struct ToldServer {
    /// Which.
    pub host: String,
    /// `delivered`, `waiting` or `refused`.
    pub fate: String,
    /// Last error, in the words of the delivery.
    pub why: Option<String>,
}

impl View for FarewellView {
    const TEMPLATE: &'static str = "pages/admin/farewell.html";
}

/// `/admin/people/{name}/second-factor`: takes it away from who has lost it. Field `reason`.
#[derive(Clone, Debug, Serialize)]
pub struct ResetSecondFactorView {
    /// Whose.
    pub name: String,
    /// Field `reason`.
    pub reason: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for ResetSecondFactorView {
    const TEMPLATE: &'static str = "pages/admin/second_factor.html";
}
