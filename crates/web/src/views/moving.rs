//! Moving house: a person in the settings, a category among what is administered.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::View;
use super::forms::FieldError;

/// `/settings/move` and `/admin/categories/{slug}/move`. `POST …/aliases`, fields `alias` and `action` (`add`,
/// `remove`); `POST …`, fields `target`, and for a person `current`; `POST …/back`.
#[derive(Clone, Debug, Serialize)]
pub struct MoveView {
    /// Title of the category; none for a person.
    pub category: Option<String>,
    /// Path of the page, to which the forms go.
    pub here: String,
    /// Full handle of who moves.
    pub handle: String,
    /// Who one says to be as well.
    pub aliases: Vec<OtherActor>,
    /// Field `alias`.
    pub alias: String,
    /// Field `target`.
    pub target: String,
    /// Where one went.
    pub moved: Option<Moved>,
    /// When one may move again; none when it may be now.
    pub next: Option<DateTime<Utc>>,
    /// Days between two moves.
    pub pause_days: u32,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// An actor, here or elsewhere.
#[derive(Clone, Debug, Serialize)]
pub struct OtherActor {
    /// Id, which the forms send.
    pub id: String,
    /// Full handle, or the id where it isn't known.
    pub handle: String,
    /// Its page here, else at its own server.
    pub url: String,
}

/// Where somebody or something went.
#[derive(Clone, Debug, Serialize)]
pub struct Moved {
    /// The new actor.
    pub to: OtherActor,
    /// When, if it is known.
    pub at: Option<DateTime<Utc>>,
}

impl View for MoveView {
    const TEMPLATE: &'static str = "pages/settings/move.html";
}
