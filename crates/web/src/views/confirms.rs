//! Pages that ask before something is deleted, removed or reported (A11Y-21, PG-13).

use serde::Serialize;

use super::View;
use super::forms::FieldError;
use super::parts::{Author, Html, TopicLink};
use super::topics::PostLink;

/// The post that a confirm page is about.
#[derive(Clone, Debug, Serialize)]
pub struct PostExcerpt {
    /// Id.
    pub id: String,
    /// Number and path.
    pub link: PostLink,
    /// Its topic.
    pub topic: TopicLink,
    /// Who wrote it.
    pub author: Author,
    /// Language, if known.
    pub language: Option<String>,
    /// Cleaned contents, or their beginning.
    pub body: Html,
}

/// `/p/{id}/delete`, for one's own: `POST /p/{id}/delete`.
#[derive(Clone, Debug, Serialize)]
pub struct DeletePostView {
    /// The post.
    pub post: PostExcerpt,
    /// True if it opens a topic with replies.
    pub opens_topic: bool,
}

impl View for DeletePostView {
    const TEMPLATE: &'static str = "pages/confirm/delete.html";
}

/// `/p/{id}/remove`, for moderators: `POST /p/{id}/remove`, field `reason`.
#[derive(Clone, Debug, Serialize)]
pub struct RemovePostView {
    /// The post.
    pub post: PostExcerpt,
    /// Field `reason`.
    pub reason: String,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

impl View for RemovePostView {
    const TEMPLATE: &'static str = "pages/confirm/remove.html";
}

/// `/report?target=`. `POST /report`, fields `target`, `ground`, `reason`, `name`, `email`, `good_faith`, `forward`.
#[derive(Clone, Debug, Serialize)]
pub struct ReportView {
    /// Field `target`: path or address.
    pub target: String,
    /// The post, if the target is one.
    pub post: Option<PostExcerpt>,
    /// Node of a remote target: offers to tell it, field `forward`.
    pub host: Option<String>,
    /// Field `ground`.
    pub ground: Option<ReportGround>,
    /// Field `reason`.
    pub reason: String,
    /// Field `name`, asked of visitors.
    pub name: String,
    /// Field `email`, asked of visitors.
    pub email: String,
    /// Number of the receipt, once sent.
    pub receipt: Option<String>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// Why something is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportGround {
    /// Against the law.
    Illegal,
    /// Sexual abuse of children: name and address may stay empty.
    Child,
    /// Harassment or hate.
    Hate,
    /// Personal data.
    Privacy,
    /// Advertising, repetition.
    Spam,
    /// Against the terms otherwise.
    Rules,
}

impl ReportGround {
    /// All grounds, in the order of the form.
    pub const ALL: [Self; 6] = [
        Self::Illegal,
        Self::Child,
        Self::Hate,
        Self::Privacy,
        Self::Spam,
        Self::Rules,
    ];

    /// What the form sends.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Illegal => "illegal",
            Self::Child => "child",
            Self::Hate => "hate",
            Self::Privacy => "privacy",
            Self::Spam => "spam",
            Self::Rules => "rules",
        }
    }

    /// The ground that a form sent.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.name() == name)
    }
}

impl View for ReportView {
    const TEMPLATE: &'static str = "pages/confirm/report.html";
}
