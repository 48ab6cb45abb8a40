//! Handles and WebFinger (RFC 7033), both sides.
//!
//! Reads what people type, asks and answers who is behind a handle, and finds where somebody from elsewhere can act
//! on something here (the `OStatus` subscribe template and FEP-3b86). It makes no request itself, and it can't vouch
//! for a handle: that takes the round trip through the actor (FEP-fe34).

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::http::is_activitypub;
use crate::origin::{MAX_ID, Origin};
use crate::wire::{self, Malformed};

const SELF: &str = "self";
const PROFILE_PAGE: &str = "http://webfinger.net/rel/profile-page";
const SUBSCRIBE: &str = "http://ostatus.org/schema/1.0/subscribe";
const INTENT: &str = "https://w3id.org/fep/3b86/";
const SERVICE: &str = "https://www.w3.org/ns/activitystreams#Service";
const TYPE: &str = "https://www.w3.org/ns/activitystreams#type";
const ACTIVITY_JSON: &str = "application/activity+json";
/// Content type of our answers.
pub const JRD_JSON: &str = "application/jrd+json";
/// Links of an answer that are looked at.
const MAX_LINKS: usize = 100;

/// A name at a host: `ana@forum.ville.example`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle {
    name: String,
    authority: String,
}

/// Why a text is not a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// There is no name and host around an `@`.
    #[error("not of the form name@host")]
    Form,
    /// The name holds something that no name holds.
    #[error("the name holds a character that names don't have")]
    Name,
    /// The host isn't a host, or names a port that no web server has.
    #[error("the host is not a host name")]
    Host,
}

impl Handle {
    /// Reads what people type: `@a@b`, `a@b`, `!a@b`, `acct:a@b`. The host may carry a port: 80, 443, or from 1024 up.
    /// It comes out lower case, in ASCII, without port 443; the name as typed.
    pub fn parse(text: &str) -> Result<Self, HandleError> {
        let text = text.trim();
        let text = strip_prefix_ignoring_case(text, "acct:").unwrap_or(text);
        let text = text.strip_prefix(['@', '!']).unwrap_or(text);
        let (name, host) = text.split_once('@').ok_or(HandleError::Form)?;
        if name.is_empty() || host.is_empty() {
            return Err(HandleError::Form);
        }
        if name.len() > 255
            || !name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '~' | '+'))
        {
            return Err(HandleError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            authority: parse_authority(host)?,
        })
    }

    /// The name, as typed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The host, with its port if it has one of its own.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether both are the same handle; case doesn't matter.
    pub fn is(&self, other: &Self) -> bool {
        self.authority == other.authority && self.name.to_lowercase() == other.name.to_lowercase()
    }

    /// The address to ask about this handle.
    pub fn webfinger_url(&self, scheme: Scheme) -> Result<Url, HandleError> {
        webfinger_url(scheme, &self.authority, &format!("acct:{self}"))
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.authority)
    }
}

/// How to reach a host of which only the name is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Always, but for development.
    Https,
    /// In insecure mode.
    Http,
}

impl Scheme {
    /// `http` in insecure mode, else `https`.
    pub fn of(addresses: &crate::address::AddressPolicy) -> Self {
        if addresses.insecure {
            Self::Http
        } else {
            Self::Https
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// The address at which a host answers about a resource, an `acct:` or a URL.
pub fn webfinger_url(scheme: Scheme, authority: &str, resource: &str) -> Result<Url, HandleError> {
    let base = format!(
        "{}://{}/.well-known/webfinger",
        scheme.as_str(),
        parse_authority(authority)?
    );
    let mut url = Url::parse(&base).map_err(|_| HandleError::Host)?;
    url.query_pairs_mut().append_pair("resource", resource);
    Ok(url)
}

/// A host with or without port, and nothing else, in its one spelling.
fn parse_authority(text: &str) -> Result<String, HandleError> {
    if text.len() > 255
        || text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "/\\?#@%&=<>\"'".contains(c))
    {
        return Err(HandleError::Host);
    }
    let url = Url::parse(&format!("https://{text}/")).map_err(|_| HandleError::Host)?;
    let origin = Origin::of(&url).ok_or(HandleError::Host)?;
    match origin.port() {
        80 | 443 | 1024.. => Ok(origin.authority()),
        _ => Err(HandleError::Host),
    }
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// What our endpoint is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A person or category by name, in lower case.
    Account(String),
    /// The node by its handle, `host@host`.
    InstanceAccount,
    /// The node by its address (FEP-d556).
    InstanceUrl,
    /// Something on this node by its id or page.
    Url(Url),
}

/// Why our endpoint has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResourceError {
    /// No resource, or one that is neither a handle nor a URL: 400.
    #[error("the resource is missing or malformed")]
    Malformed,
    /// Of another host: 404.
    #[error("the resource is not on this node")]
    Elsewhere,
}

/// Reads the `resource` parameter of our endpoint, percent-decoded once by the caller's query parser.
pub fn parse_resource(resource: Option<&str>, public_url: &Url) -> Result<Resource, ResourceError> {
    let resource = resource
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .ok_or(ResourceError::Malformed)?;
    if resource.len() > MAX_ID {
        return Err(ResourceError::Malformed);
    }
    let own = Origin::of(public_url).ok_or(ResourceError::Malformed)?;
    if strip_prefix_ignoring_case(resource, "https://").is_some()
        || strip_prefix_ignoring_case(resource, "http://").is_some()
    {
        let url = Url::parse(resource).map_err(|_| ResourceError::Malformed)?;
        if Origin::of(&url).as_ref() != Some(&own)
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(ResourceError::Elsewhere);
        }
        let root = url.path() == "/" && url.query().is_none();
        return Ok(if root {
            Resource::InstanceUrl
        } else {
            Resource::Url(url)
        });
    }
    // The node's own name may hold a port, which no handle of a person may.
    let account = strip_prefix_ignoring_case(resource, "acct:").unwrap_or(resource);
    let node = own.authority();
    if account.eq_ignore_ascii_case(&format!("{node}@{node}")) {
        return Ok(Resource::InstanceAccount);
    }
    let handle = Handle::parse(resource).map_err(|_| ResourceError::Malformed)?;
    // A handle's host has lost port 443; ours may be on 80.
    let authority = handle.authority();
    if authority != own.authority()
        && !(own.scheme() == "http"
            && own.port() == 80
            && authority == format!("{}:80", own.host()))
    {
        return Err(ResourceError::Elsewhere);
    }
    let name = handle.name().to_lowercase();
    Ok(if name == own.authority() || name == own.host() {
        Resource::InstanceAccount
    } else {
        Resource::Account(name)
    })
}

/// One of our answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jrd {
    subject: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
    links: Vec<Link>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Link {
    rel: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<&'static str, String>,
}

/// What kind of actor an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A person.
    Person,
    /// A category.
    Group,
}

/// Our answer about a person or category: its id, its page, and where to act on things from here.
pub fn actor_jrd(public_url: &Url, name: &str, kind: ActorKind, id: &Url, page: &Url) -> Jrd {
    let intents: &[(&str, &str)] = match kind {
        ActorKind::Person => &[
            ("Object", "object"),
            ("Follow", "object"),
            ("Create", "inReplyTo"),
            ("Like", "object"),
        ],
        ActorKind::Group => &[("Object", "object"), ("Follow", "object")],
    };
    let type_name = match kind {
        ActorKind::Person => "Person",
        ActorKind::Group => "Group",
    };
    let interaction = |parameter: &str| {
        format!(
            "{}authorize_interaction?uri={{{parameter}}}",
            base(public_url)
        )
    };
    let mut links = vec![
        self_link(id, type_name),
        Link {
            rel: PROFILE_PAGE.to_owned(),
            kind: Some("text/html"),
            href: Some(page.to_string()),
            ..Link::default()
        },
        Link {
            rel: SUBSCRIBE.to_owned(),
            template: Some(interaction("uri")),
            ..Link::default()
        },
    ];
    links.extend(intents.iter().map(|(intent, parameter)| Link {
        rel: format!("{INTENT}{intent}"),
        // The FEP has moved from one to the other; peers read either.
        href: Some(interaction(parameter)),
        template: Some(interaction(parameter)),
        ..Link::default()
    }));
    let mut aliases = vec![id.to_string()];
    if page != id {
        aliases.push(page.to_string());
    }
    Jrd {
        subject: format!("acct:{name}@{}", authority(public_url)),
        aliases,
        links,
    }
}

/// Our answer about the node, asked for as `host@host`.
pub fn instance_account_jrd(public_url: &Url) -> Jrd {
    let host = authority(public_url);
    let root = base(public_url);
    Jrd {
        subject: format!("acct:{host}@{host}"),
        aliases: vec![root.to_string()],
        links: vec![self_link(&root, "Application")],
    }
}

/// Our answer about the node, asked for by its address (FEP-d556).
pub fn instance_url_jrd(public_url: &Url) -> Jrd {
    let root = base(public_url);
    let service = Link {
        rel: SERVICE.to_owned(),
        kind: Some(ACTIVITY_JSON),
        href: Some(root.to_string()),
        ..Link::default()
    };
    Jrd {
        subject: root.to_string(),
        aliases: Vec::new(),
        links: vec![service, self_link(&root, "Application")],
    }
}

fn self_link(id: &Url, type_name: &str) -> Link {
    Link {
        rel: SELF.to_owned(),
        kind: Some(ACTIVITY_JSON),
        href: Some(id.to_string()),
        properties: BTreeMap::from([(TYPE, type_name.to_owned())]),
        ..Link::default()
    }
}

/// The public URL with nothing behind the host.
pub(crate) fn base(public_url: &Url) -> Url {
    let mut url = public_url.clone();
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn authority(public_url: &Url) -> String {
    Origin::of(public_url)
        .map(|origin| origin.authority())
        .unwrap_or_default()
}

/// Somebody else's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedJrd {
    /// Whom it says it is about; a claim until the actor confirms it.
    pub subject: Option<Handle>,
    links: Vec<ReceivedLink>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct ReceivedLink {
    rel: String,
    kind: String,
    href: Option<String>,
    template: Option<String>,
    actor_type: Option<String>,
}

/// What somebody wants to do here from an account elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// Follow a category or person.
    Follow,
    /// Reply to a post.
    Reply,
    /// Like a post.
    Like,
    /// Just see it there.
    Open,
}

impl ReceivedJrd {
    /// Reads an answer; links that make no sense are passed over.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let value = wire::parse(bytes)?;
        let owned = |value: Option<&Value>| {
            value
                .and_then(Value::as_str)
                .filter(|text| text.len() <= MAX_ID)
                .map(str::to_owned)
        };
        let links = wire::many(&value, "links")
            .into_iter()
            .take(MAX_LINKS)
            .filter_map(|link| {
                Some(ReceivedLink {
                    rel: owned(link.get("rel"))?,
                    kind: owned(link.get("type")).unwrap_or_default(),
                    href: owned(link.get("href")),
                    template: owned(link.get("template")),
                    actor_type: owned(
                        link.get("properties")
                            .and_then(|properties| properties.get(TYPE)),
                    ),
                })
            })
            .collect();
        let subject = value
            .get("subject")
            .and_then(Value::as_str)
            .and_then(|subject| Handle::parse(subject).ok());
        Ok(Self { subject, links })
    }

    /// The id of the actor. Where several are offered (Lemmy has people and groups of one name), the one of the
    /// preferred type, else the first.
    pub fn self_link(&self, prefer: Option<ActorKind>) -> Option<&str> {
        let wanted = prefer.map(|kind| match kind {
            ActorKind::Person => "Person",
            ActorKind::Group => "Group",
        });
        let all: Vec<&ReceivedLink> = self
            .links
            .iter()
            .filter(|link| link.rel == SELF && is_activitypub(&link.kind) && link.href.is_some())
            .collect();
        all.iter()
            .find(|link| wanted.is_some() && link.actor_type.as_deref() == wanted)
            .or_else(|| all.first())?
            .href
            .as_deref()
    }

    /// Whether one of its `self` links is this id.
    pub fn leads_to(&self, id: &str) -> bool {
        self.links.iter().any(|link| {
            link.rel == SELF && is_activitypub(&link.kind) && link.href.as_deref() == Some(id)
        })
    }

    /// The page of that server on which its user can do this to the thing with this id: the first relation of
    /// FEP-3b86 that fits, else the subscribe template. Only https, or what `scheme` allows.
    pub fn interaction(&self, intent: Intent, id: &Url, scheme: Scheme) -> Option<Url> {
        let relations: &[(&str, &str)] = match intent {
            Intent::Follow => &[("Follow", "object")],
            Intent::Reply => &[("Create", "inReplyTo"), ("Object", "object")],
            Intent::Like => &[("Like", "object"), ("Object", "object")],
            Intent::Open => &[("Object", "object")],
        };
        relations
            .iter()
            .map(|(relation, parameter)| (format!("{INTENT}{relation}"), *parameter))
            .chain([(SUBSCRIBE.to_owned(), "uri")])
            .find_map(|(rel, parameter)| {
                let of_rel = self
                    .links
                    .iter()
                    .filter(|link| link.rel.eq_ignore_ascii_case(&rel));
                of_rel
                    .flat_map(|link| [&link.template, &link.href])
                    .flatten()
                    .find_map(|template| fill(template, parameter, id.as_str(), scheme))
            })
    }
}

/// Puts the value in place of `{parameter}` and nothing in place of others. The template must have the parameter,
/// and must not let it choose the host.
fn fill(template: &str, parameter: &str, value: &str, scheme: Scheme) -> Option<Url> {
    let mut filled = String::new();
    let mut found = false;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        filled.push_str(before);
        if name.eq_ignore_ascii_case(parameter) {
            // The value may not become part of the host.
            Url::parse(&filled)
                .ok()
                .filter(|url| url.path().len() > 1 || url.query().is_some())?;
            filled.extend(byte_serialize(value.as_bytes()));
            found = true;
        }
        rest = after;
    }
    filled.push_str(rest);
    let url = Url::parse(&filled).ok()?;
    let allowed = url.scheme() == "https" || (scheme == Scheme::Http && url.scheme() == "http");
    (found && allowed && url.username().is_empty() && url.password().is_none() && url.has_host())
        .then_some(url)
}

/// What somebody gives as their own account or server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// A handle.
    Account(Handle),
    /// Only a server.
    Host(String),
    /// A page, about which its host can be asked.
    Page(Url),
}

impl Home {
    /// Reads `@a@b`, `a@b`, `b` or `https://b/@a`.
    pub fn parse(text: &str, scheme: Scheme) -> Result<Self, HandleError> {
        let text = text.trim();
        if let Some((protocol, _)) = text.split_once("://") {
            let allowed = protocol.eq_ignore_ascii_case("https")
                || (scheme == Scheme::Http && protocol.eq_ignore_ascii_case("http"));
            let url = Url::parse(text)
                .ok()
                .filter(|url| allowed && url.username().is_empty() && url.password().is_none());
            let url = url.ok_or(HandleError::Host)?;
            let authority = parse_authority(&authority(&url))?;
            let path = url.path().trim_end_matches('/');
            if path.is_empty() {
                return Ok(Self::Host(authority));
            }
            return Ok(
                match path
                    .strip_prefix("/@")
                    .map(|name| Handle::parse(&format!("{name}@{authority}")))
                {
                    Some(Ok(handle)) => Self::Account(handle),
                    _ => Self::Page(url),
                },
            );
        }
        if text.trim_start_matches(['@', '!']).contains('@') {
            return Handle::parse(text).map(Self::Account);
        }
        if text.starts_with(['@', '!']) || !(text.contains('.') || text.contains(':')) {
            return Err(HandleError::Form);
        }
        parse_authority(text).map(Self::Host)
    }

    /// The address to ask about it; nothing when only a server is known.
    pub fn webfinger_url(&self, scheme: Scheme) -> Option<Url> {
        match self {
            Self::Account(handle) => handle.webfinger_url(scheme).ok(),
            Self::Host(_) => None,
            Self::Page(url) => webfinger_url(scheme, &authority(url), url.as_str()).ok(),
        }
    }

    /// Where servers usually let their users act on a thing, for when the server couldn't be asked.
    pub fn guessed_interaction(&self, id: &Url, scheme: Scheme) -> Option<Url> {
        let host = match self {
            Self::Account(handle) => handle.authority.clone(),
            Self::Host(host) => host.clone(),
            Self::Page(url) => authority(url),
        };
        let template = format!(
            "{}://{host}/authorize_interaction?uri={{uri}}",
            scheme.as_str()
        );
        fill(&template, "uri", id.as_str(), scheme)
    }
}

#[cfg(test)]
mod tests;
