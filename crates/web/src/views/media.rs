//! Files: as a post shows them, and as the forms for posts list them.

use serde::Serialize;

/// What goes with a post.
#[derive(Clone, Debug, Serialize)]
pub struct Attached {
    /// How it is shown: only pictures of this node are pictures, the rest are links.
    pub shown: AttachedAs,
    /// Where it is.
    pub url: String,
    /// What it shows, for those who don't see it.
    pub alt: Option<String>,
    /// What its author called the file, if known.
    pub name: Option<String>,
    /// Its type in short, such as `PDF`.
    pub format: Option<String>,
    /// Thousands of bytes, rounded up.
    pub kilobytes: Option<u32>,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
    /// Server that it is on, if it is another one.
    pub host: Option<String>,
}

/// How an attachment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachedAs {
    /// As a picture of this node.
    Picture,
    /// As a link to a document.
    Document,
    /// As a link to a picture elsewhere.
    Image,
    /// As a link to a film.
    Video,
    /// As a link to a recording.
    Audio,
    /// As a link.
    Link,
}

/// The files of a form: fields `media` (hidden, one each), `media_alt_{id}`, `media_decorative_{id}`,
/// `media_remove_{id}`; for a new one `file`, `alt`, `decorative`, and the button `action=attach`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FilesView {
    /// Files that were sent before.
    pub files: Vec<FileRow>,
    /// Field `alt` of a file that was not taken.
    pub alt: String,
    /// Field `decorative` of a file that was not taken.
    pub decorative: bool,
    /// No more can be added.
    pub full: bool,
    /// Most files of a post.
    pub max: usize,
    /// The same, as the post would show them.
    pub shown: Vec<Attached>,
}

/// A file that was sent before.
#[derive(Clone, Debug, Serialize)]
pub struct FileRow {
    /// Its id.
    pub id: String,
    /// What its owner called it.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// It is a picture.
    pub image: bool,
    /// Its type in short, such as `PDF`.
    pub format: String,
    /// Thousands of bytes, rounded up.
    pub kilobytes: u32,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
    /// Field `media_alt_{id}`.
    pub alt: String,
    /// Field `media_decorative_{id}`.
    pub decorative: bool,
}
