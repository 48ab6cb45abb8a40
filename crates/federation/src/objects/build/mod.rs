//! The objects that we send: strict structs, made from rows.
//!
//! Every property that must be there is no `Option`; lists are lists even when empty. The forms are those that all
//! known consumers read (docs/federation.md). Reading others' objects is apart, in the modules above.

pub(crate) mod actor;
pub(crate) mod post;

use parvis_forum::kinds::ActorKind;
use parvis_forum::{Actor, Config, Timestamp};
use serde::Serialize;

/// A language as every consumer reads it: an object, never a string.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Language {
    identifier: String,
    name: String,
}

impl Language {
    /// The language of a tag, named in itself where the name is known.
    pub(crate) fn of(tag: &str) -> Self {
        let primary = tag.split('-').next().unwrap_or(tag);
        let name = match primary {
            "fr" => "Français",
            "en" => "English",
            "de" => "Deutsch",
            "es" => "Español",
            "it" => "Italiano",
            "pt" => "Português",
            "nl" => "Nederlands",
            "pl" => "Polski",
            "ro" => "Română",
            "el" => "Ελληνικά",
            "sv" => "Svenska",
            "da" => "Dansk",
            "fi" => "Suomi",
            "et" => "Eesti",
            "cs" => "Čeština",
            "uk" => "Українська",
            "ar" => "العربية",
            "eu" => "Euskara",
            "ca" => "Català",
            "br" => "Brezhoneg",
            "co" => "Corsu",
            "oc" => "Occitan",
            _ => tag,
        };
        Self {
            identifier: tag.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// Markdown behind some HTML.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Source {
    content: String,
    media_type: &'static str,
}

impl Source {
    pub(crate) fn markdown(content: &str) -> Self {
        Self {
            content: content.to_owned(),
            media_type: "text/markdown",
        }
    }
}

/// A moment as it is sent.
pub(crate) fn date(at: Timestamp) -> String {
    at.datetime()
        .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// The id of the collection of an actor's followers, if it has one.
pub(crate) fn followers(actor: &Actor) -> Option<String> {
    match actor.kind {
        ActorKind::Application => None,
        _ => actor.followers.clone(),
    }
}

/// `@name@host` as it stands in a Mention.
pub(crate) fn mention_name(actor: &Actor) -> String {
    format!("@{}@{}", actor.name, actor.host)
}

/// The page that lists topics with a tag.
pub(crate) fn tag_page(config: &Config, tag: &str) -> String {
    let mut url = config.local_url("/search");
    url.query_pairs_mut().append_pair("tag", tag);
    url.to_string()
}
