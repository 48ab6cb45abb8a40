//! Where values come from: the TOML file, then the environment above it.
//!
//! Not here: what a value means (its type says, see `setting`), or which settings exist (the sections say).

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;
use super::setting::{Given, Refusal, Setting, say_range};

/// Prefix of every variable of the environment that is ours.
const PREFIX: &str = "PARVIS_";
/// What stands between section and key in a variable's name.
const SEPARATOR: &str = "__";

/// Where a value was given, so that an error can say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A line of the configuration file, counted from 1.
    File {
        /// The file.
        path: PathBuf,
        /// The line on which the key stands.
        line: usize,
    },
    /// A variable of the environment.
    Environment(String),
    /// Nobody gave it: the built-in default.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Environment(name) => write!(f, "environment, {name}"),
            Self::Default => write!(f, "default"),
        }
    }
}

/// Every value that was given, by full key (`server.bind`).
#[derive(Debug, Default)]
pub(super) struct Values {
    entries: BTreeMap<String, (Given, Origin)>,
}

impl Values {
    /// Reads both sources and checks every name against the valid ones.
    pub(super) fn gather(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        names: &Names,
    ) -> Result<Self, ConfigError> {
        let mut values = Self::default();
        if let Some(path) = file {
            let content =
                std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
                    path: path.to_owned(),
                    source,
                })?;
            values.add_file(path, &content, names)?;
        }
        let mut variables: Vec<_> = environment.collect();
        variables.sort();
        for (name, value) in variables {
            values.add_variable(&name, value, names)?;
        }
        Ok(values)
    }

    fn add_file(&mut self, path: &Path, content: &str, names: &Names) -> Result<(), ConfigError> {
        let table = DeTable::parse(content).map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            line: error.span().map_or(1, |span| line_of(content, span.start)),
            message: error
                .message()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        })?;
        let mut found = Vec::new();
        flatten(None, table.get_ref(), &mut found);
        found.sort_by_key(|(_, position, _)| *position);
        for (key, position, value) in found {
            let origin = Origin::File {
                path: path.to_owned(),
                line: line_of(content, position),
            };
            match value {
                Some(given) => self.add(key, given, origin, names)?,
                None => names.check_section(&key, &origin)?,
            }
        }
        Ok(())
    }

    fn add_variable(
        &mut self,
        name: &str,
        value: String,
        names: &Names,
    ) -> Result<(), ConfigError> {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            return Ok(());
        };
        if rest.starts_with("TEST_") || rest == "CONFIG" || rest == "LOG" {
            return Ok(());
        }
        let Some((section, key)) = rest.split_once(SEPARATOR) else {
            // Other programs also make such names (a container platform, for a service called "parvis"):
            // only the one mistake that is certainly one is refused.
            return match names
                .keys
                .iter()
                .find(|key| variable(key).replace(SEPARATOR, "_") == name)
            {
                Some(key) => Err(ConfigError::Variable {
                    name: name.to_owned(),
                    right: variable(key),
                }),
                None => Ok(()),
            };
        };
        let key = format!("{section}.{}", key.replace(SEPARATOR, ".")).to_lowercase();
        self.add(
            key,
            Given::Word(value),
            Origin::Environment(name.to_owned()),
            names,
        )
    }

    fn add(
        &mut self,
        key: String,
        given: Given,
        origin: Origin,
        names: &Names,
    ) -> Result<(), ConfigError> {
        names.check(&key, &origin)?;
        self.entries.insert(key, (given, origin));
        Ok(())
    }

    /// The value of one setting, or its default (written as the environment would).
    pub(super) fn read<T: Setting>(
        &self,
        key: &'static str,
        default: &'static str,
        range: Option<RangeInclusive<u64>>,
    ) -> Result<T, ConfigError> {
        let built_in = (Given::Word(default.to_owned()), Origin::Default);
        let (given, origin) = self.entries.get(key).unwrap_or(&built_in);
        let shown = if T::SECRET {
            "(not shown)".to_owned()
        } else {
            given.to_string()
        };
        let value = T::read(given).map_err(|refusal| match refusal {
            Refusal::Later => ConfigError::NotAvailable {
                what: format!("{key} = {shown}"),
                origin: origin.clone(),
            },
            Refusal::Invalid(reason) => ConfigError::Value {
                key,
                value: shown.clone(),
                origin: origin.clone(),
                reason,
            },
        })?;
        match (range, value.measure()) {
            (Some(range), Some(measure)) if !range.contains(&measure) => Err(ConfigError::Value {
                key,
                value: shown,
                origin: origin.clone(),
                reason: format!("must be {}", say_range(&range, T::UNIT)),
            }),
            _ => Ok(value),
        }
    }
}

/// The variable of the environment that sets a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', SEPARATOR).to_uppercase())
}

/// The names that may be given.
pub(super) struct Names {
    /// Every setting's key.
    pub(super) keys: Vec<&'static str>,
    /// Keys that are promised but not in this version; `section.*` stands for a whole section.
    pub(super) later: &'static [(&'static str, &'static str)],
}

impl Names {
    fn check(&self, key: &str, origin: &Origin) -> Result<(), ConfigError> {
        if self.keys.contains(&key) {
            return Ok(());
        }
        let nearest = self.nearest(key);
        let slip = strsim::damerau_levenshtein(key, nearest) <= 2;
        let later = self
            .later
            .iter()
            .any(|(pattern, _)| match pattern.strip_suffix('*') {
                Some(section) => key.starts_with(section) && !slip,
                None => *pattern == key,
            });
        Err(if later {
            ConfigError::NotAvailable {
                what: key.to_owned(),
                origin: origin.clone(),
            }
        } else {
            ConfigError::UnknownKey {
                key: key.to_owned(),
                origin: origin.clone(),
                nearest,
            }
        })
    }

    /// For a table without any key in it.
    fn check_section(&self, section: &str, origin: &Origin) -> Result<(), ConfigError> {
        let sections = || {
            self.keys
                .iter()
                .filter_map(|key| key.split_once('.'))
                .map(|(section, _)| section)
        };
        if sections().any(|name| name == section) {
            return Ok(());
        }
        let top = section.split('.').next().unwrap_or(section);
        if self
            .later
            .iter()
            .any(|(pattern, _)| pattern.strip_suffix(".*") == Some(top))
        {
            return Err(ConfigError::NotAvailable {
                what: format!("[{section}]"),
                origin: origin.clone(),
            });
        }
        let nearest = sections()
            .max_by(|a, b| {
                strsim::jaro_winkler(section, a).total_cmp(&strsim::jaro_winkler(section, b))
            })
            .unwrap_or_default();
        Err(ConfigError::UnknownSection {
            section: section.to_owned(),
            origin: origin.clone(),
            nearest,
        })
    }

    /// The valid key that looks most like a given one: as a whole, or by its last part in another section.
    fn nearest(&self, key: &str) -> &'static str {
        let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
        let likeness = |candidate: &str| {
            let whole = strsim::normalized_damerau_levenshtein(key, candidate);
            let part = strsim::normalized_damerau_levenshtein(&last(key), &last(candidate));
            whole + part
        };
        self.keys
            .iter()
            .copied()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
            .unwrap_or_default()
    }
}

/// Lists the keys of a table and of those inside it, each with its position; a table without keys has no value.
fn flatten(
    prefix: Option<&str>,
    table: &DeTable<'_>,
    found: &mut Vec<(String, usize, Option<Given>)>,
) {
    for (name, value) in table {
        let key = prefix.map_or_else(
            || name.get_ref().to_string(),
            |prefix| format!("{prefix}.{}", name.get_ref()),
        );
        let position = name.span().start;
        match value.get_ref() {
            DeValue::Table(inner) if inner.is_empty() => found.push((key, position, None)),
            DeValue::Table(inner) => flatten(Some(&key), inner, found),
            other => found.push((key, position, Some(given(other)))),
        }
    }
}

fn given(value: &DeValue<'_>) -> Given {
    match value {
        DeValue::String(text) => Given::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Given::Other("a number out of range"), Given::Integer),
        DeValue::Boolean(flag) => Given::Flag(*flag),
        DeValue::Array(items) => items
            .iter()
            .map(Spanned::get_ref)
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map_or(
                Given::Other("a list of other things than texts"),
                Given::List,
            ),
        DeValue::Float(_) => Given::Other("a number with a fraction"),
        DeValue::Datetime(_) => Given::Other("a date"),
        DeValue::Table(_) => Given::Other("a table"),
    }
}

/// The line of a byte position, counted from 1.
fn line_of(content: &str, position: usize) -> usize {
    1 + content
        .bytes()
        .take(position)
        .filter(|byte| *byte == b'\n')
        .count()
}
