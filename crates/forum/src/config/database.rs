//! `[database]`: where rows live.

use std::str::FromStr;

use super::setting::{Given, Kind, Refusal, Setting, section, text};

section! {
    /// The database.
    Database = "database" {
        /// `sqlite://` and a path, or `postgres://user:password@host/name`. The schema is brought up to date when the node starts.
        url: DatabaseUrl = "sqlite://data/parvis.db";
    }
}

/// Address of the database; may hold a password, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The address, for the driver alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a PostgreSQL server.
    pub fn is_postgres(&self) -> bool {
        self.0.starts_with("postgres")
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_postgres() {
            "postgres://(not shown)"
        } else {
            &self.0
        })
    }
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            if path.trim_start_matches('/').is_empty() {
                return Err("must have a path after sqlite://");
            }
            return Ok(Self(text.to_owned()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            url::Url::parse(text).map_err(|_| "is not a valid postgres:// address")?;
            return Ok(Self(text.to_owned()));
        }
        Err("must begin with sqlite:// or postgres://")
    }
}

impl Setting for DatabaseUrl {
    const KIND: Kind = Kind::Text;
    const SECRET: bool = true;

    fn form() -> String {
        "`sqlite://…` or `postgres://…`".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        text(given)?
            .parse()
            .map_err(|reason: &str| Refusal::Invalid(reason.to_owned()))
    }
}
