//! Configuration: one tree of plain values, read once when the program starts and passed down.
//!
//! Values come from a TOML file and, above it, from variables of the environment
//! (`PARVIS_DATABASE__URL` is `database.url`). The binary reads both and gives them to [`Config::load`];
//! nothing else in the project looks at the environment. A name that doesn't exist, a value out of
//! range, and a promised key whose feature isn't in this version are errors: nothing is ignored in silence.
//!
//! Not here: what an administrator changes in pages (categories, roles, policies), which are rows.

mod content;
mod database;
mod federation;
mod legal;
mod mail;
mod metrics;
mod node;
mod reference;
mod registration;
mod retention;
mod server;
mod setting;
mod sign_in;
mod software;
mod source;
mod storage;
mod ui;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use lettre::Address;
use lettre::message::Mailbox;
use url::Url;

pub use content::{Content, Licence};
pub use database::{Database, DatabaseUrl};
pub use federation::{Federation, FederationMode};
pub use legal::{Conformity, Day, Legal};
pub use mail::{Mail, MailUrl};
pub use metrics::Metrics;
pub use node::Node;
pub use reference::{example_file, reference_page};
pub use registration::{Domains, Registration, RegistrationMode};
pub use retention::Retention;
pub use server::{Networks, PublicUrl, Server};
pub use setting::Days;
pub use sign_in::{SecondFactor, SignIn, Staff};
pub use software::{Software, WebAddress};
pub use source::Origin;
pub use storage::{Storage, StorageUrl};
pub use ui::{Locale, Theme, Ui};

use setting::{Field, Section};
use source::{Names, Values};

/// Keys that are promised, recognised, and refused because their feature isn't in this version.
const LATER: &[(&str, &str)] = &[
    ("oidc.*", "sign-in with an identity provider"),
    ("retention.*", "other periods than those above"),
    ("translation.*", "machine translation"),
    ("ui.dsfr_confirmed", "the State's design system"),
    ("ui.dsfr_path", "the State's design system"),
    ("ui.locales", "further languages of the interface"),
];

/// Why a configuration was refused. Each message is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("configuration file {} can't be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file isn't TOML.
    #[error("{}, line {line}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line of the fault, counted from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// No setting has this name.
    #[error("unknown key {key} ({origin}): the nearest valid one is {nearest}")]
    UnknownKey {
        /// The name as given.
        key: String,
        /// Where.
        origin: Origin,
        /// The valid name that looks most like it.
        nearest: &'static str,
    },
    /// No section has this name.
    #[error("unknown section [{section}] ({origin}): the nearest valid one is [{nearest}]")]
    UnknownSection {
        /// The name as given.
        section: String,
        /// Where.
        origin: Origin,
        /// The valid name that looks most like it.
        nearest: &'static str,
    },
    /// A variable of the environment with one underscore where two stand between section and key.
    #[error("unknown variable {name}: write {right}")]
    Variable {
        /// The name as given.
        name: String,
        /// The name that was meant.
        right: String,
    },
    /// A setting doesn't take this value.
    #[error("{key} = {value} ({origin}): {reason}")]
    Value {
        /// The setting.
        key: &'static str,
        /// The value as given, unless it may hold a secret.
        value: String,
        /// Where.
        origin: Origin,
        /// What would be taken.
        reason: String,
    },
    /// A promised key or value whose feature isn't there yet.
    #[error("{what} is not available in this version ({origin})")]
    NotAvailable {
        /// The key, or key and value.
        what: String,
        /// Where.
        origin: Origin,
    },
    /// Two settings don't go together, or one names something that isn't there.
    #[error("{key}: {reason}")]
    Conflict {
        /// The setting to change.
        key: &'static str,
        /// Why.
        reason: String,
    },
}

/// The configuration of one node.
#[derive(Debug, Clone)]
pub struct Config {
    /// Identity of the node.
    pub node: Node,
    /// What the legal pages say of the institution.
    pub legal: Legal,
    /// The program that runs here.
    pub software: Software,
    /// The HTTP server.
    pub server: Server,
    /// The database.
    pub database: Database,
    /// Files.
    pub storage: Storage,
    /// Exchange with other nodes.
    pub federation: Federation,
    /// New accounts.
    pub registration: Registration,
    /// Signing in.
    pub sign_in: SignIn,
    /// Pages for people.
    pub ui: Ui,
    /// Outgoing mail.
    pub mail: Mail,
    /// Contributions.
    pub content: Content,
    /// How long things are kept.
    pub retention: Retention,
    /// Figures for Prometheus.
    pub metrics: Metrics,
}

impl Default for Config {
    /// The built-in defaults: what runs when nothing is configured.
    fn default() -> Self {
        Self::read(&Values::default()).expect("built-in defaults are valid, a test reads them")
    }
}

impl Config {
    /// Reads the file, if any, then the variables of the environment above it.
    ///
    /// Variables that don't begin with `PARVIS_` are not ours; `PARVIS_CONFIG`, `PARVIS_LOG` and
    /// `PARVIS_TEST_*` are no settings. Errs with the first thing that is wrong.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let names = Names {
            keys: fields().iter().map(|field| field.key).collect(),
            later: LATER,
        };
        let config = Self::read(&Values::gather(file, environment, &names)?)?;
        config.validate()?;
        Ok(config)
    }

    fn read(values: &Values) -> Result<Self, ConfigError> {
        Ok(Self {
            node: Section::read(values)?,
            legal: Section::read(values)?,
            software: Section::read(values)?,
            server: Section::read(values)?,
            database: Section::read(values)?,
            storage: Section::read(values)?,
            federation: Section::read(values)?,
            registration: Section::read(values)?,
            sign_in: Section::read(values)?,
            ui: Section::read(values)?,
            mail: Section::read(values)?,
            content: Section::read(values)?,
            retention: Section::read(values)?,
            metrics: Section::read(values)?,
        })
    }

    /// Checks what no setting can know alone. [`Config::load`] calls it; call it again after changing fields.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.validate_legal()?;
        if self.federation.insecure && self.is_https() {
            return Err(ConfigError::Conflict {
                key: "federation.insecure",
                reason: format!(
                    "refused while server.public_url is https ({}); \
                     for peers on an internal network, use federation.private_networks",
                    self.server.public_url
                ),
            });
        }
        if let Some(path) = &self.federation.ca_file {
            let conflict = |reason| ConfigError::Conflict {
                key: "federation.ca_file",
                reason,
            };
            let content = std::fs::read_to_string(path)
                .map_err(|error| conflict(format!("{} can't be read: {error}", path.display())))?;
            if !content.contains("-----BEGIN CERTIFICATE-----") {
                return Err(conflict(format!(
                    "{} holds no PEM certificate",
                    path.display()
                )));
            }
        }
        Ok(())
    }

    /// Host, and port when it isn't the scheme's own, of every address of this node.
    pub fn public_authority(&self) -> &str {
        self.server.public_url.authority()
    }

    /// Whether readers and peers reach this node over https.
    pub fn is_https(&self) -> bool {
        self.server.public_url.is_https()
    }

    /// The full address of something on this node; `path` may hold a query.
    pub fn local_url(&self, path: &str) -> Url {
        self.server.public_url.join(path)
    }

    /// Sender of the node's mail: `mail.from`, else `no-reply@` and the node's host under the node's name.
    ///
    /// # Panics
    ///
    /// Never: the last resort is `localhost`, which is a mail domain.
    pub fn mail_from(&self) -> Mailbox {
        self.mail.from.clone().unwrap_or_else(|| {
            let address = Address::new("no-reply", self.server.public_url.host())
                .or_else(|_| Address::new("no-reply", "localhost"))
                .expect("localhost is a mail domain");
            Mailbox::new(Some(self.node.name.clone()), address)
        })
    }
}

/// A section of the reference: its name, what it is about, its fields.
type SectionRows = (&'static str, &'static str, Vec<Field>);

/// Every section, in the order of the example file.
fn sections() -> Vec<SectionRows> {
    fn rows<S: Section>() -> SectionRows {
        (S::NAME, S::ABOUT, S::fields())
    }
    vec![
        rows::<Node>(),
        rows::<Legal>(),
        rows::<Software>(),
        rows::<Server>(),
        rows::<Database>(),
        rows::<Storage>(),
        rows::<Federation>(),
        rows::<Registration>(),
        rows::<SignIn>(),
        rows::<Ui>(),
        rows::<Mail>(),
        rows::<Content>(),
        rows::<Retention>(),
        rows::<Metrics>(),
    ]
}

fn fields() -> Vec<Field> {
    sections()
        .into_iter()
        .flat_map(|(_, _, fields)| fields)
        .collect()
}
