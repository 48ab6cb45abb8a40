//! Following and replying across nodes (product.md §4): from here with an account elsewhere, and from elsewhere to here.

use serde::Serialize;

use super::View;
use super::forms::FieldError;
use super::parts::{Author, CategoryLink, TopicLink};

/// `/follow?target=`. Fields: `target`, `account`, `remember`. This page is served with `form-action 'self' https:`.
#[derive(Clone, Debug, Serialize)]
pub struct FollowElsewhereView {
    /// What is followed or replied to.
    pub target: InteractionTarget,
    /// What the form sends back: the handle or address of the target.
    pub target_value: String,
    /// Address to copy into another application.
    pub address: String,
    /// Field `account`.
    pub account: String,
    /// Field `remember`.
    pub remember: bool,
    /// Path of the target's Atom feed.
    pub feed: Option<String>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// What an interaction is about.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum InteractionTarget {
    /// A category.
    Category {
        /// Which.
        category: CategoryLink,
    },
    /// A person.
    Person {
        /// Who.
        person: Author,
    },
    /// A topic or post.
    Topic {
        /// Which topic.
        topic: TopicLink,
        /// Who wrote it.
        author: Author,
        /// Where it is.
        category: CategoryLink,
    },
}

impl View for FollowElsewhereView {
    const TEMPLATE: &'static str = "pages/interaction/follow.html";
}

/// `/authorize_interaction?uri=`. `POST /authorize_interaction`, fields `uri` and `action` = `follow`, `reply`,
/// `bookmark` or `look-up`.
#[derive(Clone, Debug, Serialize)]
pub struct AuthorizeView {
    /// The address asked for.
    pub uri: String,
    /// What was found there, or why nothing was.
    pub outcome: AuthorizeOutcome,
}

/// What an address from elsewhere turned out to be.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum AuthorizeOutcome {
    /// Something one can act on.
    Found {
        /// What.
        target: Box<InteractionTarget>,
        /// Node it lives on.
        host: String,
    },
    /// Not known here: a button (`action` = `look-up`) asks the other server.
    Unknown {
        /// Node that would be asked.
        host: String,
    },
    /// Nothing, with the reason.
    Failed {
        /// Why.
        failure: super::search::RemoteFailure,
    },
}

impl View for AuthorizeView {
    const TEMPLATE: &'static str = "pages/interaction/authorize.html";
}
