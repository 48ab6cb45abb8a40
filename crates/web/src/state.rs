//! What every handler may use: the forum, the templates, and what follows from the configuration.

use std::sync::Arc;

use parvis_federation::Federation;
use parvis_forum::config::{Config, Conformity, RegistrationMode};

use parvis_forum::statistics::Counts;
use parvis_forum::{Forum, Timestamp, settings};

use crate::answers::Answers;
use crate::cookies::Cookies;
use crate::extract::form::FormTokens;
use crate::figures::Requests;
use crate::i18n::Locale;
use crate::layers::SecurityHeaders;
use crate::templates::{RenderError, Templates};
use crate::views::frame::{Conformance, Site};

/// Why the web part can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A template or a file of texts is broken.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The database said no.
    #[error(transparent)]
    Forum(#[from] parvis_forum::Error),
}

/// What every handler may use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The forum.
    pub forum: Forum,
    /// Its federated side: lookups, documents, the inbox.
    pub federation: Federation,
    /// Pages and their texts.
    pub templates: Arc<Templates>,
    /// What every page says of the node.
    pub site: Arc<Site>,
    /// How cookies are named.
    pub cookies: Arc<Cookies>,
    /// What this process has answered.
    pub requests: Arc<Requests>,
    /// Answers kept in memory.
    pub answers: Answers,
    pub(crate) counts: Arc<tokio::sync::Mutex<Option<(Timestamp, Counts)>>>,
    pub(crate) form_tokens: Arc<FormTokens>,
    pub(crate) security: Arc<SecurityHeaders>,
}

impl AppState {
    /// Loads templates and texts, and makes the node's form key at the first start.
    pub async fn new(federation: Federation) -> Result<Self, StartError> {
        let forum = federation.forum().clone();
        let config = forum.config();
        let templates = Arc::new(Templates::load()?);
        let site = Arc::new(site(config));
        let cookies = Arc::new(Cookies::new(config));
        let security = Arc::new(SecurityHeaders::new(config));
        let form_tokens = Arc::new(FormTokens::new(&settings::form_key(&forum).await?));
        Ok(Self {
            forum,
            federation,
            templates,
            site,
            cookies,
            requests: Arc::default(),
            answers: Answers::default(),
            counts: Arc::default(),
            form_tokens,
            security,
        })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        self.forum.config()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.forum.now()
    }

    /// The locale of a reader who asks for none of ours.
    pub fn default_locale(&self) -> Locale {
        Locale::from_tag(self.config().ui.default_locale.as_str()).unwrap_or_default()
    }
}

fn site(config: &Config) -> Site {
    Site {
        language: config.ui.default_locale.as_str().to_owned(),
        name: config.node.name.clone(),
        institution: config
            .node
            .institution
            .clone()
            .unwrap_or_else(|| config.node.name.clone()),
        host: config.public_authority().to_owned(),
        time_zone: config.ui.time_zone.name().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        source_url: config
            .software
            .source_url
            .as_ref()
            .map(|source| source.0.to_string()),
        accessibility: match config.legal.accessibility {
            Conformity::None => Conformance::None,
            Conformity::Partial => Conformance::Partial,
            Conformity::Full => Conformance::Full,
        },
        read_only: false,
        registration_open: config.registration.mode != RegistrationMode::Closed,
    }
}
