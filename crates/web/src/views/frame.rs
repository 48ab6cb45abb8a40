//! What every page shows around its contents: institution, menu, viewer, messages, footer.

use serde::Serialize;

/// Facts of the node that do not change between requests.
#[derive(Clone, Debug, Serialize)]
pub struct Site {
    /// Name of the node: `Parvis des communs`.
    pub name: String,
    /// The institution that publishes it.
    pub institution: String,
    /// Language of these names, and of what has no other: that of the node.
    pub language: String,
    /// Host part of handles: `parvis.example`.
    pub host: String,
    /// IANA name of the node's time zone.
    pub time_zone: String,
    /// Version of the software.
    pub version: String,
    /// Where the source of the running version can be had; without it, `/licence` says how to ask.
    pub source_url: Option<String>,
    /// What the footer says of accessibility.
    pub accessibility: Conformance,
    /// True if nobody can write for now (maintenance, archive).
    pub read_only: bool,
    /// True if an account can be asked for here.
    pub registration_open: bool,
}

/// Result of the last accessibility audit (law 2005-102, article 47). Without an audit it is [`Self::None`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conformance {
    /// No valid audit, or under half of the criteria.
    #[default]
    None,
    /// An audit found half of the criteria or more.
    Partial,
    /// An audit found all criteria.
    Full,
}

/// The person signed in, as the header shows them.
#[derive(Clone, Debug, Serialize)]
pub struct ViewerCard {
    /// Name shown.
    pub name: String,
    /// Full handle: `@jeanne@parvis.example`.
    pub handle: String,
    /// Path of the profile.
    pub url: String,
    /// Role on the node.
    pub role: Role,
    /// True if they moderate the node or a category.
    pub moderates: bool,
    /// Notifications not read.
    pub unread: u32,
    /// Reports that wait for them.
    pub reports: u32,
}

/// Role on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Anyone with an account.
    Member,
    /// Sees reports, removes, locks, pins.
    Moderator,
    /// Also sets up the node.
    Admin,
}

/// Choice of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// What the device asks for.
    #[default]
    System,
    /// Light, always.
    Light,
    /// Dark, always.
    Dark,
}

impl Theme {
    /// The theme of a cookie's value; anything unknown is the device's.
    pub fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// A message shown once, after a redirect.
#[derive(Clone, Debug, Serialize)]
pub struct Flash {
    /// How it is announced.
    pub tone: Tone,
    /// The sentence, in the reader's language.
    pub text: String,
}

/// Tone of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// It worked.
    Ok,
    /// Good to know.
    Info,
    /// Take care.
    Warn,
    /// It failed.
    Err,
}

/// A place of the main menu.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// None of them.
    #[default]
    Other,
    /// `/`.
    Home,
    /// `/home`, followed categories.
    Following,
    /// `/search`.
    Search,
    /// `/about` and its pages.
    About,
    /// `/moderation`.
    Moderation,
    /// `/admin`.
    Admin,
}

/// A feed or another form of the page, named in its head.
#[derive(Clone, Debug, Serialize)]
pub struct Feed {
    /// What it carries.
    pub title: String,
    /// Path of the Atom feed.
    pub url: String,
}

/// What surrounds the contents of every page.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    /// The node.
    pub site: Site,
    /// Path and query of this page: where a choice of language comes back to.
    pub path: String,
    /// Menu entry that is current.
    pub section: Section,
    /// Choice of colours.
    pub theme: Theme,
    /// Who is signed in.
    pub viewer: Option<ViewerCard>,
    /// Token for the hidden field `csrf` of every form; empty where a visitor has no form to send.
    pub csrf: String,
    /// Time zone of dates: the viewer's, else the site's.
    pub time_zone: String,
    /// Message of the action before.
    pub flash: Option<Flash>,
    /// True after a failed form: the title then begins with "Erreur :".
    pub error: bool,
    /// True for a preview: the title then begins with "Aperçu :".
    pub preview: bool,
    /// Number of this page in a list, from 2 on, for the title.
    pub page_number: Option<u32>,
    /// Atom feeds of this page.
    pub feeds: Vec<Feed>,
    /// Address of the same thing as an ActivityPub object.
    pub activity: Option<String>,
    /// Canonical address, if this page has several.
    pub canonical: Option<String>,
    /// True if search engines should not list this page.
    pub noindex: bool,
    /// Words in the search field of the header.
    pub search: String,
}

impl Frame {
    /// A frame for a visitor on `path`, with nothing special.
    pub fn new(site: Site, path: impl Into<String>) -> Self {
        let time_zone = site.time_zone.clone();
        Self {
            site,
            path: path.into(),
            section: Section::Other,
            theme: Theme::System,
            viewer: None,
            csrf: String::new(),
            time_zone,
            flash: None,
            error: false,
            preview: false,
            page_number: None,
            feeds: Vec::new(),
            activity: None,
            canonical: None,
            noindex: false,
            search: String::new(),
        }
    }
}
