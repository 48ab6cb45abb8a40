//! Actors: people, categories and servers of elsewhere, from their documents (ActivityPub §4).
//!
//! The document has been fetched from its own id when it comes here. What it names on other hosts is not believed.

use parvis_forum::actors::RemoteActor;
use parvis_forum::affiliations::NewAffiliation;
use parvis_forum::content::{self, Place};
use parvis_forum::kinds::ActorKind;
use parvis_forum::text::sanitize;
use parvis_forum::{Timestamp, content::language_tag};
use serde_json::Value;
use url::Url;

use crate::address::AddressPolicy;
use crate::keys::VerifyingKey;
use crate::origin::{Origin, parse_id, same_origin};
use crate::{Error, Result, wire};

/// Longest name of a handle, in characters.
const MAX_NAME: usize = 100;
/// Other names of an actor that are kept.
const MAX_ALIASES: usize = 20;

/// The name and host under which an actor is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownHandle {
    /// Lower case.
    pub(crate) name: String,
    /// With the port if it isn't the default one.
    pub(crate) host: String,
    /// Whether the WebFinger round trip agreed.
    pub(crate) verified: bool,
}

/// What kind of actor a document describes, if it describes one.
pub(crate) fn kind_of(value: &Value) -> Option<ActorKind> {
    match wire::type_of(value)? {
        "Person" | "Service" | "Organization" => Some(ActorKind::Person),
        "Group" => Some(ActorKind::Group),
        "Application" => Some(ActorKind::Application),
        _ => None,
    }
}

/// The handle of an actor as far as its own document tells: its name at the host of its id.
pub(crate) fn plain_handle(value: &Value, id: &Url) -> ShownHandle {
    let last = id
        .path_segments()
        .and_then(|mut path| path.rfind(|part| !part.is_empty()))
        .unwrap_or("actor");
    let clean = |name: &str| -> String {
        name.chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
            .take(MAX_NAME)
            .collect::<String>()
            .to_lowercase()
    };
    let name = [wire::text(value, "preferredUsername"), Some(last)]
        .into_iter()
        .flatten()
        .map(clean)
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "actor".to_owned());
    ShownHandle {
        name,
        host: Origin::of(id)
            .map(|origin| origin.authority())
            .unwrap_or_default(),
        verified: false,
    }
}

/// Reads an actor's document. `key_id` chooses among several keys; without it the first readable one is taken.
pub(crate) fn from_value(
    value: &Value,
    handle: ShownHandle,
    key_id: Option<&str>,
    addresses: &AddressPolicy,
    now: Timestamp,
) -> Result<RemoteActor> {
    let kind = kind_of(value).ok_or_else(|| Error::refused("not an actor"))?;
    let id = wire::id_of(value).ok_or_else(|| Error::refused("an actor without id"))?;
    let url = parse_id(id, addresses).map_err(|error| Error::refused(error.to_string()))?;
    if wire::flag(value, "suspended") == Some(true) {
        return Err(Error::refused("the actor is suspended by its server"));
    }
    let here = |found: Option<&str>| {
        found
            .filter(|found| parse_id(found, addresses).is_ok_and(|found| same_origin(&found, &url)))
            .map(str::to_owned)
    };
    let inbox = here(wire::id_at(value, "inbox"))
        .ok_or_else(|| Error::refused("the actor has no inbox on its own host"))?;
    let shared_inbox = value
        .get("endpoints")
        .and_then(|endpoints| wire::id_at(endpoints, "sharedInbox"))
        .or_else(|| wire::id_at(value, "sharedInbox"));
    let group = kind == ActorKind::Group;
    // A list of owners is a PeerTube channel's, not the address of moderators.
    let moderators = value
        .get("attributedTo")
        .and_then(Value::as_str)
        .or_else(|| wire::id_at(value, "moderators"));
    let keys = wire::public_keys(value);
    let key = keys
        .iter()
        .filter(|key| key.owner == url && VerifyingKey::from_pem(&key.public_key_pem).is_ok())
        .min_by_key(|key| Some(key.id.as_str()) != key_id);
    let language = wire::language(value).and_then(language_tag);
    let context = content::context(Place::Description, language.as_deref());
    let name = wire::text(value, "name").unwrap_or_default();
    Ok(RemoteActor {
        uri: id.to_owned(),
        kind,
        name: handle.name,
        host: handle.host,
        handle_verified: handle.verified,
        display_name: sanitize::clean_name(name),
        summary_html: sanitize::sanitise(
            wire::text(value, "summary").unwrap_or_default(),
            &context,
        ),
        url: wire::url_href(value).unwrap_or(id).to_owned(),
        inbox,
        shared_inbox: here(shared_inbox),
        outbox: here(wire::id_at(value, "outbox")),
        followers: here(wire::id_at(value, "followers")),
        featured: here(wire::id_at(value, "featured")).filter(|_| group),
        moderators: here(moderators).filter(|_| group),
        public_key_id: key.map(|key| key.id.clone()),
        public_key_pem: key.map(|key| key.public_key_pem.clone()),
        discoverable: wire::flag(value, "discoverable").unwrap_or(group),
        indexable: wire::flag(value, "indexable").unwrap_or(false),
        manually_approves: wire::flag(value, "manuallyApprovesFollowers").unwrap_or(false),
        posting_restricted: wire::flag(value, "postingRestrictedToMods").unwrap_or(false),
        published: wire::date(value, "published", now.0).map(Timestamp),
        affiliation: affiliation(value).filter(|_| kind == ActorKind::Person),
        moved_to: wire::id_at(value, "movedTo")
            .filter(|target| *target != id && parse_id(target, addresses).is_ok())
            .map(str::to_owned),
        also_known_as: wire::ids(value, "alsoKnownAs")
            .into_iter()
            .filter(|alias| *alias != id && parse_id(alias, addresses).is_ok())
            .take(MAX_ALIASES)
            .map(str::to_owned)
            .collect(),
    })
}

/// What the server says that its actor is: an extension of ours. Whatever isn't understood counts as not said; the proof
/// isn't looked at, since another server's word proves nothing here.
fn affiliation(value: &Value) -> Option<NewAffiliation> {
    let stated = value.get("affiliation")?;
    let kind = wire::text(stated, "affiliationType")?;
    let organisation = stated.get("organisation");
    let name = organisation.and_then(|organisation| wire::text(organisation, "name"));
    let url = organisation
        .and_then(|organisation| organisation.get("url"))
        .and_then(Value::as_str);
    let subtype = wire::text(stated, "affiliationSubtype");
    NewAffiliation::parse(kind, subtype, name, url)
        .or_else(|_| NewAffiliation::parse(kind, None, name, None))
        .or_else(|_| NewAffiliation::parse(kind, None, None, None))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_affiliation_is_read_as_far_as_it_is_understood() {
        let read = |stated: Value| affiliation(&json!({ "affiliation": stated }));
        let full = json!({
            "affiliationType": "agent", "affiliationSubtype": "local", "affiliationProof": "sso",
            "organisation": {"name": "Ville de Rives", "url": "https://rives.example"}
        });
        let expected = NewAffiliation::parse(
            "agent",
            Some("local"),
            Some("Ville de Rives"),
            Some("https://rives.example"),
        );
        assert_eq!(read(full), expected.ok());
        let odd = json!({
            "affiliationType": "agent", "affiliationSubtype": "galactic",
            "organisation": {"name": "Ville", "url": "javascript:alert(1)"}
        });
        let expected = NewAffiliation::parse("agent", None, Some("Ville"), None);
        assert_eq!(read(odd), expected.ok());
        for nothing in [
            json!(null),
            json!("agent"),
            json!([]),
            json!({}),
            json!({"affiliationType": "king"}),
            json!({"affiliationType": {"id": "agent"}}),
        ] {
            assert_eq!(read(nothing.clone()), None, "{nothing}");
        }
    }
}
