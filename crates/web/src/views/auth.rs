//! PG-28: opening an account, signing in, passwords.

use serde::Serialize;

use super::View;
use super::forms::{Field, FieldError};
use super::parts::AffiliationKind;
use crate::extract::kept::KeptForm;

/// `/register`. Fields: `display_name`, `name`, `email`, `password`, `affiliation`, `subtype`, `organisation`, `reason`,
/// `terms`;
/// `website` is a trap that people do not see.
#[derive(Clone, Debug, Serialize)]
pub struct RegisterView {
    /// How accounts are opened.
    pub mode: RegistrationMode,
    /// Invitation in the address, sent back as `invitation`.
    pub invitation: Option<String>,
    /// Field `display_name`.
    pub display_name: String,
    /// Field `name`, the local part of the handle.
    pub name: String,
    /// Field `email`.
    pub email: String,
    /// Field `affiliation`.
    pub affiliation: AffiliationKind,
    /// Choices of affiliation.
    pub affiliations: Vec<AffiliationKind>,
    /// Field `subtype`: what a public agent is agent of; empty if not said.
    pub subtype: String,
    /// Choices of subtype.
    pub subtypes: Vec<String>,
    /// Field `organisation`.
    pub organisation: String,
    /// Field `reason`, asked in approval mode.
    pub reason: String,
    /// Field `terms`.
    pub terms: bool,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// How accounts are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// At once, after the e-mail is confirmed.
    Open,
    /// After a moderator agreed.
    Approval,
    /// With an invitation.
    Invite,
    /// Not here.
    Closed,
}

impl View for RegisterView {
    const TEMPLATE: &'static str = "pages/auth/register.html";
}

/// `/login`. Fields: `login` (e-mail or name), `password`, `back`.
#[derive(Clone, Debug, Serialize)]
pub struct LoginView {
    /// Field `login`.
    pub login: String,
    /// Where to go afterwards, sent back as `back`.
    pub back: String,
    /// Why one is here: "pour répondre à ce sujet".
    pub purpose: Option<LoginPurpose>,
    /// What was written before the session ended, shown so that it is not lost.
    pub kept_text: Option<String>,
    /// The form that it was written in, which the sign-in form carries along to be sent again.
    pub carried: Vec<Field>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// What one was about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginPurpose {
    /// Reply to a topic.
    Reply,
    /// Open a topic.
    NewTopic,
    /// Follow something.
    Follow,
    /// Mark as helpful or bookmark.
    React,
    /// See a page for members.
    Page,
}

impl LoginView {
    /// The page that keeps what was filled in before one had to sign in.
    pub(crate) fn keeping(kept: Option<&KeptForm>, back: String) -> Self {
        let carried = kept.map(KeptForm::carried).unwrap_or_default();
        Self {
            login: String::new(),
            back,
            purpose: None,
            kept_text: kept.map(KeptForm::text),
            carried: carried.into_iter().map(Field::new).collect(),
            errors: Vec::new(),
        }
    }
}

impl View for LoginView {
    const TEMPLATE: &'static str = "pages/auth/login.html";
}

/// `/login/code`. Fields: `code`, `recovery` = `yes` for a recovery code, `back`; the button `instead` = `recovery` or `code`
/// asks for the other kind.
#[derive(Clone, Debug, Serialize)]
pub struct CodeView {
    /// True if a recovery code is asked for.
    pub recovery: bool,
    /// Where to go afterwards, sent back as `back`.
    pub back: String,
    /// The form that was filled in before the session ended, which this one carries along to be sent again.
    pub carried: Vec<Field>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl CodeView {
    /// The page that keeps what was filled in before one had to sign in.
    pub(crate) fn keeping(kept: Option<&KeptForm>, back: String) -> Self {
        let carried = kept.map(KeptForm::carried).unwrap_or_default();
        Self {
            recovery: false,
            back,
            carried: carried.into_iter().map(Field::new).collect(),
            errors: Vec::new(),
        }
    }
}

impl View for CodeView {
    const TEMPLATE: &'static str = "pages/auth/code.html";
}

/// `/password/forgotten`. Field: `email`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ForgottenView {
    /// Field `email`.
    pub email: String,
    /// True once asked: the same words whether the address is known or not.
    pub sent: bool,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for ForgottenView {
    const TEMPLATE: &'static str = "pages/auth/forgotten.html";
}

/// `/password/reset?token=`. Fields: `token`, `password`.
#[derive(Clone, Debug, Serialize)]
pub struct ResetView {
    /// The token; `None` if it is wrong, used or too old.
    pub token: Option<String>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for ResetView {
    const TEMPLATE: &'static str = "pages/auth/reset.html";
}

/// `/register/sent`, `/register/confirm`, `/register/pending`: what becomes of an account that was just asked for.
#[derive(Clone, Debug, Serialize)]
pub struct ConfirmEmailView {
    /// Where it stands.
    pub state: ConfirmEmail,
}

/// Where an account that was asked for stands.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ConfirmEmail {
    /// A link was sent, if the address can have an account.
    Sent,
    /// The link was opened: one button confirms (`POST /register/confirm`, field `token`), so that mail scanners do
    /// not.
    Ready {
        /// The token.
        token: String,
    },
    /// The link is wrong, used or too old; `POST /register/confirm/again`, field `email`.
    Expired,
    /// Confirmed; a moderator has yet to agree.
    Pending,
}

impl View for ConfirmEmailView {
    const TEMPLATE: &'static str = "pages/auth/confirm.html";
}
