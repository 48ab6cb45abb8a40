//! The world of the fixtures: a node that is their `forum.ville.example`, a server for each other host that they name,
//! and on those servers the people, categories and posts that they speak of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use parvis_federation::lookup::{Found, lookup};
use parvis_forum::categories::Category;
use parvis_forum::{Actor, Post, Viewer, actors, categories, follows, posts};
use parvis_tests::peer::ACTIVITY_JSON;
use parvis_tests::{CONTEXT, Client, Node, PUBLIC, Peer};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// The host that stands for the node.
const US: &str = "forum.ville.example";
/// A moderator of our category who lives elsewhere.
const MODERATOR: &str = "https://autre.verger.example/u/veilleur";

/// The categories elsewhere that somebody here follows.
const FOLLOWED: [&str; 8] = [
    "https://forum.potager.example/c/compost",
    "https://magazine.halage.example/m/peniches",
    "https://salon.nodal.example/category/4",
    "https://tarte.piefed.example/c/recettes",
    "https://video.toile.example/video-channels/ponts",
    "https://carnet.presse.example/?author=0",
    "https://norme.exemple.example/forum",
    "https://c.maree.example/communities/1",
];

/// Lists of moderators that no fixture is.
const MODERATORS: [(&str, &str); 3] = [
    (
        "https://magazine.halage.example/m/peniches/moderators",
        "https://magazine.halage.example/u/gardien",
    ),
    (
        "https://tarte.piefed.example/c/recettes/moderators",
        "https://tarte.piefed.example/u/lou",
    ),
    (
        "https://norme.exemple.example/forum/moderators",
        "https://norme.exemple.example/iris",
    ),
];

/// How a document comes to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Posted to the shared inbox, signed by its actor.
    Posted,
    /// Passed on by this category, which wraps it in an Announce.
    Announced(&'static str),
    /// Served at its id, and looked up.
    Served,
    /// Served as an answer of WebFinger, for this name.
    Account(&'static str),
    /// Served as the NodeInfo of this host.
    NodeInfo(&'static str),
}

/// The node and everybody around it.
pub(super) struct Stage {
    pub(super) node: Node,
    pub(super) ana: Client,
    pub(super) category: Category,
    /// Ana's topic, `/p/9` in the fixtures.
    pub(super) opening: Post,
    peers: BTreeMap<String, Peer>,
    /// What is written in fixtures, and what it is here; longest first.
    places: Vec<(String, String)>,
    /// Key ids of actors who sign otherwise than by `#main-key`.
    key_ids: BTreeMap<String, String>,
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/federation/fixtures")
}

/// The names of all fixtures, with their folders.
pub(super) fn files() -> Vec<String> {
    let mut files = Vec::new();
    for software in std::fs::read_dir(folder()).unwrap() {
        let software = software.unwrap();
        for file in std::fs::read_dir(software.path()).unwrap() {
            let (folder, file) = (software.file_name(), file.unwrap().file_name());
            files.push(format!(
                "{}/{}",
                folder.to_str().unwrap(),
                file.to_str().unwrap()
            ));
        }
    }
    files.sort();
    files
}

fn read(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap()
}

/// The hosts of `.example` that a text names, with a scheme.
fn hosts(text: &str) -> impl Iterator<Item = &str> {
    text.split("https://").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-')?;
        rest.get(..end).filter(|host| host.ends_with(".example"))
    })
}

impl Stage {
    pub(super) async fn start() -> Self {
        let texts: Vec<(String, String)> = files()
            .into_iter()
            .map(|file| (file.clone(), read(&file)))
            .collect();
        let node = Node::start().await;
        node.category("urbanisme", "Urbanisme").await;
        let ana = node.person("ana").await;
        let new = json!({"category": "urbanisme", "title": "Zones 30", "content": "Trois rues."});
        let topic = ana.post("/topics", new).await.expect(201);
        let opening = topic["post"]["uri"].as_str().unwrap();
        let db = node.forum.db();
        let opening = posts::by_uri(db, opening).await.unwrap().unwrap();
        let category = categories::local_by_slug(db, "urbanisme").await.unwrap();
        let new = json!({"category": "urbanisme", "title": "Marché", "content": "Quel jour ?",
                         "poll": {"choices": ["Samedi", "Dimanche"]}});
        let asked = ana.post("/topics", new).await.expect(201);
        let asked = asked["post"]["uri"].as_str().unwrap().to_owned();
        let mut places = vec![(format!("https://{US}/p/50"), asked)];
        for number in ["9", "12", "40"] {
            places.push((format!("https://{US}/p/{number}"), opening.uri.clone()));
        }
        let conversation = format!("{}/t/{}", node.url, opening.topic_id);
        places.push((format!("https://{US}/t/9"), conversation));
        places.push((format!("https://{US}"), node.url.clone()));
        places.push((US.to_owned(), node.host.clone()));
        let named: BTreeSet<&str> = texts.iter().flat_map(|(_, text)| hosts(text)).collect();
        let mut peers = BTreeMap::new();
        for host in named.into_iter().filter(|host| *host != US) {
            let peer = Peer::start().await;
            places.push((format!("https://{host}"), peer.url.clone()));
            places.push((host.to_owned(), peer.host.clone()));
            let encoded = peer.url.replace(':', "%3A").replace('/', "%2F");
            places.push((format!("https%3A%2F%2F{host}"), encoded));
            peers.insert(peer.url.clone(), peer);
        }
        places.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        let mut stage = Self {
            node,
            ana,
            category,
            opening,
            peers,
            places,
            key_ids: BTreeMap::new(),
        };
        stage.furnish(&texts);
        stage.meet().await;
        stage
    }

    /// What a fixture says, said of the hosts that are here.
    pub(super) fn placed(&self, text: &str) -> String {
        let mut placed = text.to_owned();
        for (from, to) in &self.places {
            placed = placed.replace(from, to);
        }
        placed
    }

    pub(super) fn load(&self, file: &str) -> Value {
        serde_json::from_str(&self.placed(&read(file))).unwrap()
    }

    fn peer(&self, url: &str) -> Option<&Peer> {
        self.peers.values().find(|peer| {
            url.strip_prefix(&peer.url)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    }

    /// Serves the actors and the posts of all fixtures.
    fn furnish(&mut self, texts: &[(String, String)]) {
        let documents: Vec<Value> = texts
            .iter()
            .map(|(_, text)| serde_json::from_str(&self.placed(text)).unwrap())
            .collect();
        let mut people = BTreeSet::from([self.placed(MODERATOR)]);
        for (_, moderator) in MODERATORS {
            people.insert(self.placed(moderator));
        }
        for document in &documents {
            named_actors(document, &mut people);
        }
        for id in people {
            let kind = if id.ends_with("/forum") {
                "Group"
            } else {
                "Person"
            };
            self.serve_actor(&plain_actor(&id, kind));
        }
        for document in &documents {
            match document["type"].as_str() {
                // Only a key, with the name of its owner.
                Some("Person") if document["inbox"].is_null() => self.serve_key(document),
                Some("Person" | "Group") => self.serve_actor(document),
                Some("Create") => self.serve_post(&document["object"]),
                Some("Announce") if document["object"]["type"] == "Create" => {
                    self.serve_post(&document["object"]["object"]);
                }
                Some("OrderedCollection" | "Collection" | "Conversation") => self.serve(document),
                _ => self.serve_post(document),
            }
        }
        for (list, moderator) in MODERATORS {
            let (list, moderator) = (self.placed(list), self.placed(moderator));
            self.serve(
                &json!({"id": list, "type": "OrderedCollection", "orderedItems": [moderator]}),
            );
        }
        let outbox = self.placed("https://ecole.fedify.example/groups/lacs/outbox");
        let page = format!("{outbox}?page=a");
        let item = self.placed("https://forum.potager.example/post/55");
        self.serve(&json!({"id": page, "type": "OrderedCollectionPage", "partOf": outbox, "orderedItems": [item]}));
    }

    /// Serves a document at its id.
    pub(super) fn serve(&self, document: &Value) {
        if let Some(id) = document["id"].as_str()
            && let Some(peer) = self.peer(id)
        {
            peer.put(id, document.clone());
        }
    }

    fn serve_post(&self, document: &Value) {
        if document["content"].is_string()
            || document["contentMap"].is_object()
            || document["name"].is_string()
        {
            self.serve(document);
        }
    }

    /// Serves an actor with the key that peers sign with, found by WebFinger.
    pub(super) fn serve_actor(&mut self, document: &Value) {
        let id = document["id"].as_str().unwrap_or_default();
        let mut document = document.clone();
        if document["publicKey"].is_object() {
            // The key of `fedify/person.json` stands in one line, and is still one.
            let one_line = !document["publicKey"]["publicKeyPem"]
                .to_string()
                .contains("\\n");
            let pem = Peer::public_key();
            document["publicKey"]["publicKeyPem"] = if one_line {
                json!(pem.replace('\n', " "))
            } else {
                json!(pem)
            };
            let key_id = document["publicKey"]["id"].as_str().unwrap_or_default();
            self.key_ids.insert(id.to_owned(), key_id.to_owned());
        }
        if let Some(peer) = self.peer(id) {
            if let Some(name) = document["preferredUsername"].as_str() {
                peer.account(name, id);
                peer.account(&name.to_lowercase(), id);
            }
            peer.put(id, document);
        }
    }

    /// Serves a category with an outbox and moderators that nobody has asked for yet. Answers its id.
    pub(super) fn serve_group(&self, origin: &str, number: usize) -> String {
        let id = format!("{origin}/groups/lieu{number}");
        let mut group = plain_actor(&id, "Group");
        group["publicKey"]["publicKeyPem"] = json!(Peer::public_key());
        self.serve(&group);
        id
    }

    /// Serves a key at its own address, apart from its owner.
    fn serve_key(&mut self, stub: &Value) {
        let (id, key_id) = (
            stub["id"].as_str().unwrap(),
            stub["publicKey"]["id"].as_str().unwrap(),
        );
        let mut owner = plain_actor(id, "Person");
        owner["publicKey"]["id"] = json!(key_id);
        self.serve_actor(&owner);
        let mut stub = stub.clone();
        stub["publicKey"]["publicKeyPem"] = json!(Peer::public_key());
        if let Some(peer) = self.peer(key_id) {
            peer.put(key_id, stub.clone());
        }
    }

    /// The node gets to know a moderator of its category, and somebody follows the categories elsewhere.
    async fn meet(&self) {
        let forum = &self.node.forum;
        let ana = actors::local_by_name(forum.db(), "ana")
            .await
            .unwrap()
            .unwrap();
        let viewer = Viewer::load(forum.db(), ana).await.unwrap();
        let moderator = self.known(&self.placed(MODERATOR)).await;
        let tx = forum.begin().await.unwrap();
        categories::replace_moderators(&tx, self.category.id(), &[moderator.id])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for group in FOLLOWED {
            let group = self.known(&self.placed(group)).await;
            let tx = forum.begin().await.unwrap();
            let follow = follows::follow(&tx, &viewer, &group).await.unwrap();
            follows::answered(&tx, follow, true).await.unwrap();
            tx.commit().await.unwrap();
        }
        self.node.settle().await;
        self.forget_requests();
    }

    /// An actor elsewhere, met by looking it up.
    pub(super) async fn known(&self, id: &str) -> Actor {
        match Box::pin(lookup(&self.node.federation, id)).await {
            Ok(Found::Actor(actor)) => *actor,
            Ok(Found::Category(category)) => category.actor,
            other => panic!("{id}: {other:?}"),
        }
    }

    pub(super) fn forget_requests(&self) {
        for peer in self.peers.values() {
            peer.forget_requests();
        }
    }

    /// Sends bytes to the shared inbox, signed in the name of an actor. Answers the status.
    pub(super) async fn post(&self, actor: &str, body: Vec<u8>) -> u16 {
        let key_id = match self.key_ids.get(actor) {
            Some(key_id) => key_id.clone(),
            None => format!("{actor}#main-key"),
        };
        self.post_by(&key_id, body).await
    }

    /// The same, by the id of a key.
    pub(super) async fn post_by(&self, key_id: &str, body: Vec<u8>) -> u16 {
        let inbox = format!("{}/inbox", self.node.url);
        let peer = self.peer(key_id);
        let peer = peer.unwrap_or_else(|| panic!("nobody serves {key_id}"));
        let posted = peer.post_bytes(&inbox, key_id, body).await;
        posted.expect("the node answers")
    }

    /// Serves bytes at an address, as ActivityPub or as an answer of WebFinger.
    pub(super) fn serve_bytes(&self, url: &str, kind: &str, body: &[u8]) {
        if let Some(peer) = self.peer(url) {
            peer.serve(url, StatusCode::OK, kind, &String::from_utf8_lossy(body));
        }
    }

    pub(super) fn serve_activity(&self, url: &str, body: &[u8]) {
        self.serve_bytes(url, ACTIVITY_JSON, body);
    }

    /// Serves bytes as the NodeInfo of a host, which the node then asks, as if it were that of `name`.
    pub(super) async fn learn(&self, host: &str, name: &str, body: &[u8]) -> bool {
        let url = self.placed(&format!("https://{host}"));
        let address = format!("{url}/nodeinfo/2.0");
        let discovery = json!({"links": [
            {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": address}]});
        let found = format!("{url}/.well-known/nodeinfo");
        self.serve_bytes(&found, "application/json", discovery.to_string().as_bytes());
        self.serve_bytes(&address, "application/json", body);
        let url = url.parse().unwrap();
        let learned = parvis_federation::peers::learn(&self.node.federation, name, &url);
        learned.await.is_ok()
    }

    pub(super) fn forget(&self, url: &str) {
        if let Some(peer) = self.peer(url) {
            peer.forget(url);
        }
    }

    /// What a category says when it passes an activity on.
    pub(super) fn announce(group: &str, activity: &Value) -> Value {
        let leaf = activity["id"].as_str().unwrap_or_default();
        let leaf = leaf.split_once("://").map_or(leaf, |(_, rest)| rest);
        json!({"@context": CONTEXT, "id": format!("{group}/announces/{}", leaf.replace(['#', '?'], "-")),
               "type": "Announce", "actor": group, "object": activity, "to": [PUBLIC],
               "cc": [format!("{group}/followers")]})
    }
}

/// The ids that stand where an actor stands.
fn named_actors(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| named_actors(item, found)),
        Value::Object(members) => {
            let list = members
                .get("type")
                .is_some_and(|kind| kind == "OrderedCollection");
            for (name, member) in members {
                let is_actor = matches!(name.as_str(), "actor" | "attributedTo")
                    || (list && name == "orderedItems");
                let member = if member.is_array() && is_actor {
                    &member[0]
                } else {
                    member
                };
                let id = member.as_str().or_else(|| member["id"].as_str());
                if let Some(id) = id.filter(|_| is_actor && !members.contains_key("inbox")) {
                    found.insert(id.to_owned());
                }
                named_actors(member, found);
            }
        }
        _ => {}
    }
}

fn plain_actor(id: &str, kind: &str) -> Value {
    let name = id
        .trim_end_matches('/')
        .rsplit(['/', '@', '='])
        .next()
        .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or("quelqu_un");
    let origin: String = id.split('/').take(3).collect::<Vec<_>>().join("/");
    let mut actor = json!({
        "@context": [CONTEXT, "https://w3id.org/security/v1"],
        "id": id, "type": kind, "preferredUsername": name, "name": name, "url": id,
        "inbox": format!("{origin}/inbox"), "outbox": format!("{id}/outbox"),
        "endpoints": {"sharedInbox": format!("{origin}/inbox")},
        "publicKey": {"id": format!("{id}#main-key"), "owner": id, "publicKeyPem": "a\nb"},
    });
    if kind == "Group" {
        actor["attributedTo"] = json!(format!("{id}/moderators"));
    }
    actor
}
