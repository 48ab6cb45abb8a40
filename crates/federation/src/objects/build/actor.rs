//! People, categories and the node itself as we publish them: Person, Group, Application.

use activitypub_federation::kinds::actor::{ApplicationType, GroupType, PersonType};
use activitypub_federation::kinds::link::LinkType;
use activitypub_federation::kinds::object::ImageType;
use activitypub_federation::protocol::public_key::PublicKey;
use parvis_forum::kinds::ActorKind;
use parvis_forum::text::sanitize::SafeHtml;
use parvis_forum::{Actor, Affiliation, Config, actors, moving};
use serde::Serialize;
use url::Url;

use super::{Language, Source, date};
use crate::proof::ProofKey;

/// The document that says that RFC 9421 is spoken (FEP-844e).
const RFC9421: &str = "https://datatracker.ietf.org/doc/html/rfc9421";

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum ActorType {
    Person(PersonType),
    Group(GroupType),
    Application(ApplicationType),
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoints {
    shared_inbox: String,
}

#[derive(Clone, Debug, Serialize)]
struct Implements {
    #[serde(rename = "type")]
    kind: LinkType,
    href: &'static str,
    name: &'static str,
}

const IMPLEMENTS: [Implements; 1] = [Implements {
    kind: LinkType::Link,
    href: RFC9421,
    name: "RFC-9421: HTTP Message Signatures",
}];

/// The software that an actor lives on.
#[derive(Clone, Debug, Serialize)]
struct Generator {
    #[serde(rename = "type")]
    kind: ApplicationType,
    id: String,
    name: String,
    implements: [Implements; 1],
}

/// A line of a profile.
#[derive(Clone, Debug, Serialize)]
struct PropertyValue {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    value: String,
}

/// What a person is, and how this node knows: an extension of ours.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stated {
    affiliation_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    affiliation_subtype: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<Organisation>,
    affiliation_proof: String,
}

/// Where a person belongs.
#[derive(Clone, Debug, Serialize)]
struct Organisation {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// A picture with an address.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Image {
    #[serde(rename = "type")]
    kind: ImageType,
    url: String,
}

/// An actor of this node.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the wire has a flag for each"
)]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActorObject {
    id: String,
    #[serde(rename = "type")]
    kind: ActorType,
    preferred_username: String,
    name: String,
    webfinger: String,
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    media_type: &'static str,
    url: String,
    inbox: String,
    outbox: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    followers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    following: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    featured: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributed_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moderators: Option<String>,
    endpoints: Endpoints,
    #[serde(skip_serializing_if = "Option::is_none")]
    posting_restricted_to_mods: Option<bool>,
    manually_approves_followers: bool,
    sensitive: bool,
    discoverable: bool,
    indexable: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    language: Vec<Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<Image>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_to: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also_known_as: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended: Option<bool>,
    attachment: Vec<PropertyValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    affiliation: Option<Stated>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generator: Option<Generator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    implements: Option<[Implements; 1]>,
    /// Where its digests are (docs/repair.md): an extension of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    digests: Option<String>,
    published: String,
    updated: String,
    public_key: PublicKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    assertion_method: Option<[Multikey; 1]>,
}

impl ActorObject {
    /// Whether it lists Multikeys, whose context its document then names.
    pub(crate) fn has_multikeys(&self) -> bool {
        self.assertion_method.is_some()
    }
}

/// A key for integrity proofs (FEP-521a).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Multikey {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    controller: String,
    public_key_multibase: String,
}

/// The key that a person's activities are proven with.
fn multikey(actor: &Actor, config: &Config) -> Option<[Multikey; 1]> {
    if !config.federation.integrity_proofs {
        return None;
    }
    let key = ProofKey::of(actor)?;
    Some([Multikey {
        id: key.method().to_owned(),
        kind: "Multikey",
        controller: actor.uri.clone(),
        public_key_multibase: key.public_multibase(),
    }])
}

/// What is beside the row of an actor in its document.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beside<'a> {
    /// What a person is.
    pub(crate) affiliation: Option<&'a Affiliation>,
}

/// The document of an actor of this node, without context. None when the row lacks what every actor of ours has.
pub(crate) fn actor_to_wire(
    actor: &Actor,
    beside: Beside<'_>,
    config: &Config,
) -> Option<ActorObject> {
    let owner = Url::parse(&actor.uri).ok()?;
    let group = actor.kind == ActorKind::Group;
    let application = actor.kind == ActorKind::Application;
    let id = actor.uri.clone();
    let following = (actor.kind != ActorKind::Application).then(|| format!("{id}/following"));
    let moderators = actor.moderators.clone().filter(|_| group);
    Some(ActorObject {
        kind: match actor.kind {
            ActorKind::Person => ActorType::Person(PersonType::Person),
            ActorKind::Group => ActorType::Group(GroupType::Group),
            ActorKind::Application => ActorType::Application(ApplicationType::Application),
        },
        preferred_username: actor.name.clone(),
        name: actors::shown_name(actor).to_owned(),
        webfinger: actors::handle(actor),
        summary: SafeHtml::from_stored(&actor.summary_html).into_string(),
        source: actor
            .summary_source
            .as_deref()
            .filter(|source| !source.is_empty())
            .map(Source::markdown),
        media_type: "text/html",
        url: actor.url.clone(),
        inbox: if application {
            config.local_url("/inbox").to_string()
        } else {
            actor.inbox.clone()
        },
        outbox: actor.outbox.clone()?,
        followers: super::followers(actor),
        following,
        featured: actor.featured.clone().filter(|_| group),
        attributed_to: moderators.clone(),
        moderators,
        endpoints: Endpoints {
            shared_inbox: config.local_url("/inbox").to_string(),
        },
        posting_restricted_to_mods: group.then_some(actor.posting_restricted),
        manually_approves_followers: actor.manually_approves,
        sensitive: false,
        discoverable: actor.discoverable,
        indexable: actor.indexable,
        language: if group {
            vec![Language::of(config.ui.default_locale.as_str())]
        } else {
            Vec::new()
        },
        icon: None,
        moved_to: actor.moved_to.clone(),
        also_known_as: moving::aliases(actor),
        suspended: actor.suspended_at.is_some().then_some(true),
        attachment: beside
            .affiliation
            .and_then(affiliation)
            .into_iter()
            .collect(),
        affiliation: beside.affiliation.map(stated),
        generator: (!application).then(|| Generator {
            kind: ApplicationType::Application,
            id: config.local_url("/").to_string(),
            name: config.node.name.clone(),
            implements: IMPLEMENTS,
        }),
        implements: application.then_some(IMPLEMENTS),
        digests: match actor.kind {
            ActorKind::Person => None,
            ActorKind::Group => Some(format!("{id}/digests")),
            ActorKind::Application => Some(config.local_url("/digests").to_string()),
        },
        published: date(actor.created_at),
        updated: date(actor.updated_at),
        public_key: PublicKey {
            id: actor.public_key_id.clone()?,
            owner,
            public_key_pem: actor.public_key_pem.clone()?,
        },
        assertion_method: multikey(actor, config),
        id,
    })
}

/// The organisation of a person, as a line of the profile.
fn affiliation(affiliation: &Affiliation) -> Option<PropertyValue> {
    let name = affiliation
        .organisation
        .as_deref()
        .filter(|n| !n.is_empty())?;
    let shown = escape(name);
    let value = match affiliation.organisation_url.as_deref() {
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
            format!(r#"<a href="{}" rel="me">{shown}</a>"#, escape(url))
        }
        _ => shown,
    };
    Some(PropertyValue {
        kind: "PropertyValue",
        name: "Organisation".to_owned(),
        value,
    })
}

fn stated(row: &Affiliation) -> Stated {
    Stated {
        affiliation_type: row.kind.clone(),
        affiliation_subtype: row.subtype.clone(),
        organisation: row.organisation.clone().map(|name| Organisation {
            name,
            url: row.organisation_url.clone(),
        }),
        affiliation_proof: row.proof.clone(),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
