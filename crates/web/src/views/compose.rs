//! PG-20: writing. A new topic, a change, a reply; each with a preview made by the server.

use serde::Serialize;

use super::View;
use super::forms::{Choice, FieldError, POST_LANGUAGES};
use super::media::FilesView;
use super::parts::{Audience, CategoryLink, Html, Kind, Licence, TopicLink, TopicRow};
use super::polls::PollFields;
use super::topics::PostLink;

/// What the form writes.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ComposeMode {
    /// A topic in a category: `POST /c/{handle}/new`.
    NewTopic {
        /// The category of the address.
        category: CategoryLink,
    },
    /// A change of a topic and its opening post: `POST /p/{id}/edit`.
    EditTopic {
        /// The topic.
        topic: TopicLink,
    },
    /// A change of a reply: `POST /p/{id}/edit`.
    EditReply {
        /// The topic.
        topic: TopicLink,
        /// The reply.
        post: PostLink,
    },
}

/// `/c/{handle}/new` and `/p/{id}/edit`. The buttons send `action=preview`, `action=draft`, `action=attach` or
/// `action=publish`.
#[derive(Clone, Debug, Serialize)]
pub struct ComposeView {
    /// What is written.
    pub mode: ComposeMode,
    /// Where the form goes.
    pub action: String,
    /// Field `draft`: id of the draft that is gone on with.
    pub draft: Option<String>,
    /// Field `title`.
    pub title: String,
    /// Field `kind`.
    pub kind: Kind,
    /// Field `category`: the handle chosen.
    pub category: String,
    /// Categories to choose from; empty hides the list.
    pub categories: Vec<Choice>,
    /// Field `content`, Markdown.
    pub content: String,
    /// Field `language`.
    pub language: String,
    /// Languages offered, as tags.
    pub languages: Vec<String>,
    /// Field `tags`, separated by commas.
    pub tags: String,
    /// Field `warning`.
    pub warning: String,
    /// Fields of a poll.
    pub poll: PollFields,
    /// Files.
    pub files: FilesView,
    /// Who will read.
    pub audience: Audience,
    /// Licence of what is written.
    pub licence: Licence,
    /// What it would look like.
    pub preview: Option<Html>,
    /// Topics that look alike, shown with the preview of a question.
    pub similar: Vec<TopicRow>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for ComposeView {
    const TEMPLATE: &'static str = "pages/compose.html";
}

/// The reply form at the end of a topic: `POST /t/{id}/posts`. The buttons send `action=preview`, `action=draft` or
/// `action=publish`.
#[derive(Clone, Debug, Serialize)]
pub struct ReplyForm {
    /// Where the form goes.
    pub action: String,
    /// Field `draft`: id of the draft that is gone on with.
    pub draft: Option<String>,
    /// Field `reply_to`: id of the post replied to.
    pub reply_to: Option<String>,
    /// The same, to show.
    pub reply_to_post: Option<PostLink>,
    /// Field `content`, Markdown.
    pub content: String,
    /// Field `language`.
    pub language: String,
    /// Languages offered, as tags.
    pub languages: Vec<String>,
    /// Field `warning`.
    pub warning: String,
    /// Field `quoted`: address of a post that is quoted.
    pub quoted: String,
    /// Files.
    pub files: FilesView,
    /// Who will read.
    pub audience: Audience,
    /// Licence of what is written.
    pub licence: Licence,
    /// What it would look like.
    pub preview: Option<Html>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// The languages of the composer, with the one in use first if it is not among them.
pub fn offered_languages(current: &str) -> Vec<String> {
    let mut offered: Vec<String> = POST_LANGUAGES.iter().map(ToString::to_string).collect();
    if !current.is_empty() && !offered.iter().any(|tag| tag == current) {
        offered.insert(0, current.to_owned());
    }
    offered
}
