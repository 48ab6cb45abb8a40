//! NodeInfo and host-meta: how servers introduce themselves.
//!
//! Strict in what we say (schemas 2.0 and 2.1), lenient in what we read (1.0 to 2.2). What a peer says of itself is
//! a hint for compatibility, never a right.

use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::http::Wanted;
use crate::webfinger::base;

const SCHEMA: &str = "http://nodeinfo.diaspora.software/ns/schema/";
const APPLICATION: &str = "https://www.w3.org/ns/activitystreams#Application";
/// The name under which this software introduces itself.
pub const SOFTWARE: &str = "parvis";
/// What to ask for, for documents of this kind.
pub const WANTED: Wanted = Wanted::NODEINFO;
/// Content type of `/.well-known/host-meta`.
pub const XRD_XML: &str = "application/xrd+xml";

/// The versions that we publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 2.0.
    V2_0,
    /// 2.1: adds where the software lives.
    V2_1,
}

impl Version {
    /// `2.0` or `2.1`, as in the path of the document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2_0 => "2.0",
            Self::V2_1 => "2.1",
        }
    }

    /// The version named in a path.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::V2_0, Self::V2_1]
            .into_iter()
            .find(|version| version.as_str() == text)
    }

    /// The content type of the document.
    pub fn content_type(self) -> String {
        format!(r#"application/json; profile="{SCHEMA}{}#""#, self.as_str())
    }
}

/// What we say about this node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Name of the node.
    pub name: String,
    /// What it is for, in a sentence or two of plain text.
    pub description: String,
    /// Languages spoken, as tags.
    pub languages: Vec<String>,
    /// Version of the software.
    pub software_version: String,
    /// Where its source is, if that is known.
    pub repository: Option<String>,
    /// Where it is presented.
    pub homepage: String,
    /// Whether anybody can sign up.
    pub open_registrations: bool,
    /// Whether the node federates.
    pub federation: bool,
    /// People with an account here.
    pub users: u64,
    /// Of these, active in the last 30 days.
    pub active_month: u64,
    /// Of these, active in the last 180 days.
    pub active_half_year: u64,
    /// Topics opened here.
    pub posts: u64,
    /// Replies written here.
    pub comments: u64,
}

/// A NodeInfo document.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeInfo {
    version: &'static str,
    software: Software,
    protocols: [&'static str; 1],
    services: Services,
    open_registrations: bool,
    usage: Usage,
    metadata: Metadata,
}

#[derive(Debug, Clone, Serialize)]
struct Software {
    name: &'static str,
    version: String,
    /// Only in 2.1, whose schema knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Services {
    inbound: [&'static str; 0],
    outbound: [&'static str; 0],
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    users: Users,
    local_posts: u64,
    local_comments: u64,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Users {
    total: u64,
    active_month: u64,
    active_halfyear: u64,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    node_name: String,
    node_description: String,
    languages: Vec<String>,
    federation: Federation,
    upstream: Upstream,
}

/// Names the client API that we speak: some clients refuse software that they don't know without it.
#[derive(Debug, Clone, Serialize)]
struct Upstream {
    name: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Federation {
    enabled: bool,
}

/// Our document of this version.
pub fn document(version: Version, facts: &Facts) -> NodeInfo {
    let only_2_1 = |text: &str| (version == Version::V2_1).then(|| text.to_owned());
    NodeInfo {
        version: version.as_str(),
        software: Software {
            name: SOFTWARE,
            version: facts.software_version.clone(),
            repository: facts.repository.as_deref().and_then(only_2_1),
            homepage: only_2_1(&facts.homepage),
        },
        protocols: ["activitypub"],
        services: Services {
            inbound: [],
            outbound: [],
        },
        open_registrations: facts.open_registrations,
        usage: Usage {
            users: Users {
                total: facts.users,
                active_month: facts.active_month,
                active_halfyear: facts.active_half_year,
            },
            local_posts: facts.posts,
            local_comments: facts.comments,
        },
        metadata: Metadata {
            node_name: facts.name.clone(),
            node_description: facts.description.clone(),
            languages: facts.languages.clone(),
            federation: Federation {
                enabled: facts.federation,
            },
            upstream: Upstream { name: "mastodon" },
        },
    }
}

/// Our `/.well-known/nodeinfo`: where the documents are, and the node's own actor (FEP-2677).
pub fn discovery(public_url: &Url) -> Value {
    let base = base(public_url);
    let link = |version: Version| {
        let version = version.as_str();
        json!({"rel": format!("{SCHEMA}{version}"), "href": format!("{base}nodeinfo/{version}")})
    };
    json!({"links": [link(Version::V2_1), link(Version::V2_0), {"rel": APPLICATION, "href": base.as_str()}]})
}

/// Our `/.well-known/host-meta`, which says where WebFinger is.
pub fn host_meta_xml(public_url: &Url) -> String {
    let template = lrdd_template(public_url)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  \
         <Link rel=\"lrdd\" template=\"{template}\"/>\n</XRD>\n"
    )
}

/// Our `/.well-known/host-meta.json`.
pub fn host_meta_json(public_url: &Url) -> Value {
    json!({"links": [{"rel": "lrdd", "type": crate::webfinger::JRD_JSON, "template": lrdd_template(public_url)}]})
}

fn lrdd_template(public_url: &Url) -> String {
    format!("{}.well-known/webfinger?resource={{uri}}", base(public_url))
}

/// What runs on another server, as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peer {
    /// Name of the software, lower case, such as `lemmy`.
    pub software: Option<String>,
    /// Its version, as written.
    pub version: Option<String>,
    /// Name of the server.
    pub name: Option<String>,
}

/// Where a peer's document is, from its `/.well-known/nodeinfo`: the highest version that we read, and only on the
/// peer's own host. `from` is where the discovery document came from; relative addresses count from there.
pub fn document_url(discovery: &[u8], from: &Url) -> Option<Url> {
    let value: Value = serde_json::from_slice(discovery).ok()?;
    let links = crate::wire::many(&value, "links");
    ["2.2", "2.1", "2.0", "1.1", "1.0"]
        .into_iter()
        .find_map(|version| {
            let link = links.iter().find(|link| {
                link.get("rel")
                    .and_then(Value::as_str)
                    .and_then(|rel| rel.rsplit_once("/schema/"))
                    .is_some_and(|(_, named)| named == version)
            })?;
            let url = from.join(link.get("href")?.as_str()?).ok()?;
            (url.host_str() == from.host_str()).then_some(url)
        })
}

/// Reads a peer's document of any version. What makes no sense is absent.
pub fn parse(document: &[u8]) -> Option<Peer> {
    let value: Value = serde_json::from_slice(document).ok()?;
    let short = |value: Option<&Value>| {
        let text: String = value?
            .as_str()?
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(100)
            .collect();
        (!text.is_empty()).then_some(text)
    };
    let software = value.get("software");
    let name =
        short(software.and_then(|software| software.get("name"))).map(|name| name.to_lowercase());
    Some(Peer {
        software: name.filter(|name| {
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
        }),
        version: short(software.and_then(|software| software.get("version"))),
        name: short(
            value
                .get("metadata")
                .and_then(|metadata| metadata.get("nodeName")),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn facts() -> Facts {
        Facts {
            name: "Forum de la ville".into(),
            description: "Questions d'urbanisme".into(),
            languages: vec!["fr".into()],
            software_version: "0.1.0".into(),
            repository: Some("https://code.example/parvis".into()),
            homepage: "https://parvis.example".into(),
            open_registrations: true,
            federation: true,
            users: 12,
            active_month: 7,
            active_half_year: 9,
            posts: 30,
            comments: 200,
        }
    }

    #[test]
    fn our_document_has_the_form_of_its_schema() {
        let document = serde_json::to_value(super::document(Version::V2_1, &facts())).unwrap();
        assert_eq!(
            document,
            json!({
                "version": "2.1",
                "software": {"name": "parvis", "version": "0.1.0", "repository": "https://code.example/parvis", "homepage": "https://parvis.example"},
                "protocols": ["activitypub"],
                "services": {"inbound": [], "outbound": []},
                "openRegistrations": true,
                "usage": {"users": {"total": 12, "activeMonth": 7, "activeHalfyear": 9}, "localPosts": 30, "localComments": 200},
                "metadata": {"nodeName": "Forum de la ville", "nodeDescription": "Questions d'urbanisme", "languages": ["fr"], "federation": {"enabled": true}, "upstream": {"name": "mastodon"}}
            })
        );
        let older = serde_json::to_value(super::document(Version::V2_0, &facts())).unwrap();
        assert_eq!(
            (
                &older["version"],
                older["software"].as_object().unwrap().len()
            ),
            (&json!("2.0"), 2)
        );
        assert_eq!(
            Version::V2_1.content_type(),
            r#"application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#""#
        );
        assert_eq!(
            (Version::parse("2.0"), Version::parse("1.0")),
            (Some(Version::V2_0), None)
        );
    }

    #[test]
    fn discovery_leads_to_the_highest_version_on_the_same_host() {
        let from = url("https://forum.ville.example/.well-known/nodeinfo");
        let ours = discovery(&url("https://forum.ville.example")).to_string();
        assert_eq!(
            document_url(ours.as_bytes(), &from),
            Some(url("https://forum.ville.example/nodeinfo/2.1"))
        );
        let actor = json!({"rel": APPLICATION, "href": "https://forum.ville.example/"});
        assert_eq!(
            discovery(&url("https://forum.ville.example"))["links"][2],
            actor
        );
        let rel = |version: &str| format!("{SCHEMA}{version}");
        let links = json!({"links": [{"rel": rel("2.1"), "href": "https://evil.example/2.1"}, {"rel": rel("1.0"), "href": "/nodeinfo/1.0"}, {"rel": rel("9.9"), "href": "/9"}, 7]});
        assert_eq!(
            document_url(links.to_string().as_bytes(), &from),
            Some(url("https://forum.ville.example/nodeinfo/1.0"))
        );
        let single = json!({"links": {"rel": rel("2.0"), "href": "/n"}});
        assert_eq!(
            document_url(single.to_string().as_bytes(), &from),
            Some(url("https://forum.ville.example/n"))
        );
        assert_eq!(document_url(b"<html>", &from), None);
    }

    #[test]
    fn a_peers_document_is_read_as_far_as_it_makes_sense() {
        let read = |value: Value| parse(value.to_string().as_bytes());
        let peer = read(json!({"version": "2.0", "software": {"name": "Lemmy", "version": "0.19.5"}, "metadata": {"nodeName": "Salon\u{0}"}})).unwrap();
        assert_eq!(
            peer,
            Peer {
                software: Some("lemmy".into()),
                version: Some("0.19.5".into()),
                name: Some("Salon".into())
            }
        );
        assert_eq!(
            read(json!({"software": {"name": "<script>"}, "metadata": []})),
            Some(Peer::default())
        );
        assert_eq!(read(json!({"software": "x"})), Some(Peer::default()));
        assert_eq!(parse(b"not json"), None);
        let ours = serde_json::to_vec(&super::document(Version::V2_1, &facts())).unwrap();
        assert_eq!(parse(&ours).unwrap().software.as_deref(), Some(SOFTWARE));
    }

    #[test]
    fn host_meta_names_the_webfinger_template_in_both_forms() {
        let public = url("https://forum.ville.example/");
        let template = "https://forum.ville.example/.well-known/webfinger?resource={uri}";
        assert!(
            host_meta_xml(&public)
                .contains(&format!("<Link rel=\"lrdd\" template=\"{template}\"/>"))
        );
        assert_eq!(host_meta_json(&public)["links"][0]["template"], template);
    }
}
