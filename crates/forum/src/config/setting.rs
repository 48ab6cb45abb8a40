//! What a setting is: how one value is read, and the list form in which a section declares its settings.
//!
//! A section is declared once, with `section!`: each field has a doc comment (its meaning), a type, a default
//! written as the environment would write it, and for numbers and texts a range. The struct, its
//! reading and its rows of `docs/configuration.md` all come from that list.

use std::ops::RangeInclusive;

/// A value as it was given, before its setting's type has looked at it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    /// From the environment or from a built-in default: the setting's type decides what it means.
    Word(String),
    Text(String),
    Integer(i64),
    Flag(bool),
    List(Vec<String>),
    /// Something that no setting takes; named for the error.
    Other(&'static str),
}

impl std::fmt::Display for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(text) | Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(items) => write!(f, "{items:?}"),
            Self::Other(kind) => write!(f, "({kind})"),
        }
    }
}

/// Why a value was not taken.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// Not a value of this setting; the text says what would be.
    Invalid(String),
    /// A promised value whose feature is not in this version.
    Later,
}

/// How a setting is written in TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Flag,
    List,
}

impl Kind {
    /// A default, written as a TOML value.
    pub(super) fn toml(self, word: &str) -> String {
        match self {
            Self::Text => format!("{word:?}"),
            Self::Integer | Self::Flag => word.to_owned(),
            Self::List => {
                let items: Vec<_> = split_list(word).map(|item| format!("{item:?}")).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}

/// A type that a setting may have.
pub(super) trait Setting: Sized {
    const KIND: Kind;
    /// Whether errors must not show the value.
    const SECRET: bool = false;
    /// Whether it may be unset.
    const OPTIONAL: bool = false;
    /// Unit of [`Setting::measure`], as said after a number.
    const UNIT: &'static str = "";

    /// What may be written, in a few words.
    fn form() -> String;

    fn read(given: &Given) -> Result<Self, Refusal>;

    /// What a range is compared with.
    fn measure(&self) -> Option<u64> {
        None
    }
}

/// The text of a value, for types that are written as text.
pub(super) fn text(given: &Given) -> Result<&str, Refusal> {
    match given {
        Given::Word(text) | Given::Text(text) => Ok(text.trim()),
        _ => Err(Refusal::Invalid("must be a text in quotes".to_owned())),
    }
}

/// The items of a list as the environment writes it, separated by commas.
pub(super) fn split_list(word: &str) -> impl Iterator<Item = &str> {
    word.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// The items of a value, for types that are written as lists.
pub(super) fn list(given: &Given) -> Result<Vec<String>, Refusal> {
    match given {
        Given::List(items) => Ok(items.clone()),
        Given::Word(word) if word.trim_start().starts_with('[') => {
            #[derive(serde::Deserialize)]
            struct Line {
                list: Vec<String>,
            }
            toml::from_str::<Line>(&format!("list = {}", word.trim()))
                .map(|line| line.list)
                .map_err(|_| Refusal::Invalid("is not a TOML array of texts".to_owned()))
        }
        Given::Word(word) => Ok(split_list(word).map(str::to_owned).collect()),
        _ => Err(Refusal::Invalid("must be a list of texts".to_owned())),
    }
}

impl Setting for bool {
    const KIND: Kind = Kind::Flag;

    fn form() -> String {
        "`true` or `false`".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        match given {
            Given::Flag(flag) => Ok(*flag),
            Given::Word(word) if word.trim().eq_ignore_ascii_case("true") => Ok(true),
            Given::Word(word) if word.trim().eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(Refusal::Invalid("must be true or false".to_owned())),
        }
    }
}

impl Setting for u32 {
    const KIND: Kind = Kind::Integer;

    fn form() -> String {
        "whole number".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        let refusal = || Refusal::Invalid("must be a whole number, zero or more".to_owned());
        match given {
            Given::Integer(number) => Self::try_from(*number).map_err(|_| refusal()),
            Given::Word(word) => word.trim().parse().map_err(|_| refusal()),
            _ => Err(refusal()),
        }
    }

    fn measure(&self) -> Option<u64> {
        Some(u64::from(*self))
    }
}

impl Setting for String {
    const KIND: Kind = Kind::Text;
    const UNIT: &'static str = " characters";

    fn form() -> String {
        "text".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        let text = text(given)?;
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(Refusal::Invalid(
                "must not hold control characters".to_owned(),
            ));
        }
        Ok(text.to_owned())
    }

    fn measure(&self) -> Option<u64> {
        u64::try_from(self.chars().count()).ok()
    }
}

impl Setting for std::net::SocketAddr {
    const KIND: Kind = Kind::Text;

    fn form() -> String {
        "address and port".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        text(given)?.parse().map_err(|_| {
            Refusal::Invalid(
                "must be an address and a port, as 127.0.0.1:8080 or [::1]:8080".to_owned(),
            )
        })
    }
}

impl Setting for std::path::PathBuf {
    const KIND: Kind = Kind::Text;

    fn form() -> String {
        "path".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        text(given).map(Self::from)
    }
}

/// An empty text is the same as no value.
impl<T: Setting> Setting for Option<T> {
    const KIND: Kind = T::KIND;
    const SECRET: bool = T::SECRET;
    const OPTIONAL: bool = true;
    const UNIT: &'static str = T::UNIT;

    fn form() -> String {
        T::form()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        match given {
            Given::Word(text) | Given::Text(text) if text.trim().is_empty() => Ok(None),
            _ => T::read(given).map(Some),
        }
    }

    fn measure(&self) -> Option<u64> {
        self.as_ref().and_then(T::measure)
    }
}

/// A number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(pub u32);

impl Days {
    /// The same time as a duration.
    pub fn duration(self) -> chrono::Duration {
        chrono::Duration::days(i64::from(self.0))
    }
}

impl Setting for Days {
    const KIND: Kind = Kind::Integer;
    const UNIT: &'static str = " days";

    fn form() -> String {
        "number of days".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        u32::read(given).map(Self)
    }

    fn measure(&self) -> Option<u64> {
        Some(u64::from(self.0))
    }
}

/// One setting, as the reference describes it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    pub(super) form: String,
    /// As the environment would write it; empty when unset.
    pub(super) default: &'static str,
    pub(super) optional: bool,
    pub(super) range: Option<RangeInclusive<u64>>,
    pub(super) unit: &'static str,
    pub(super) meaning: &'static str,
}

/// A table of the configuration file.
pub(super) trait Section: Sized {
    const NAME: &'static str;
    const ABOUT: &'static str;

    fn fields() -> Vec<Field>;

    fn read(values: &super::source::Values) -> Result<Self, super::ConfigError>;
}

/// Says a range, with its unit.
pub(super) fn say_range(range: &RangeInclusive<u64>, unit: &str) -> String {
    format!("{} to {}{unit}", range.start(), range.end())
}

/// Declares a section from one list; see the module's documentation.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident = $section:literal {
            $( $(#[doc = $doc:literal])+ $key:ident : $type:ty = $default:literal $( , in $range:expr )? ; )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $key: $type, )+
        }

        impl $crate::config::setting::Section for $name {
            const NAME: &'static str = $section;
            const ABOUT: &'static str = concat!($($about),+);

            fn fields() -> Vec<$crate::config::setting::Field> {
                use $crate::config::setting::{Field, Setting};
                vec![ $( Field {
                    key: concat!($section, ".", stringify!($key)),
                    kind: <$type as Setting>::KIND,
                    form: <$type as Setting>::form(),
                    default: $default,
                    optional: <$type as Setting>::OPTIONAL,
                    range: None $( .or(Some($range)) )?,
                    unit: <$type as Setting>::UNIT,
                    meaning: concat!($($doc),+),
                } ),+ ]
            }

            fn read(
                values: &$crate::config::source::Values,
            ) -> Result<Self, $crate::config::ConfigError> {
                Ok(Self { $(
                    $key: values.read(concat!($section, ".", stringify!($key)), $default, None $( .or(Some($range)) )?)?,
                )+ })
            }
        }
    };
}

/// Declares a closed list of names, some of which may belong to a later version.
macro_rules! choice {
    (
        $(#[doc = $about:literal])+
        $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal ),+ $(,)? }
        $( later { $( $later:literal ),+ } )?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $( $(#[doc = $doc])+ $variant, )+ }

        impl $name {
            /// The word that the configuration uses for it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl $crate::config::setting::Setting for $name {
            const KIND: $crate::config::setting::Kind = $crate::config::setting::Kind::Text;

            fn form() -> String {
                [$( concat!("`", $word, "`") ),+].join(", ")
            }

            fn read(
                given: &$crate::config::setting::Given,
            ) -> Result<Self, $crate::config::setting::Refusal> {
                use $crate::config::setting::{Refusal, text};
                match text(given)? {
                    $( $word => Ok(Self::$variant), )+
                    $( $( $later )|+ => Err(Refusal::Later), )?
                    _ => Err(Refusal::Invalid(format!("must be one of {}", [$( $word ),+].join(", ")))),
                }
            }
        }
    };
}

pub(super) use {choice, section};
