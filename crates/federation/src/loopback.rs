//! For the tests of this crate: a node on an SQLite file of its own, and servers on loopback that sign and serve.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use parvis_forum::actors::{self, Keys, NewLocalActor};
use parvis_forum::affiliations::NewAffiliation;
use parvis_forum::categories::{self, Category, NewCategory};
use parvis_forum::kinds::{ActorKind, Role};
use parvis_forum::people::{self, NewPerson, SignUp};
use parvis_forum::text::sanitize::SafeHtml;
use parvis_forum::{Actor, Clock, Config, Db, Event, Forum, Publish, Tx, Viewer};
use serde_json::{Value, json};
use url::Url;

use crate::Federation;
use crate::inbox::{self, ReceiveError, Target};
use crate::keys::{KeyPairPem, SigningKey, tests::pair};
use crate::signature::{Digest, Outgoing, Signer, sign_cavage};
use crate::wire::PUBLIC;

pub(crate) const ACTIVITY_JSON: &str = "application/activity+json";

/// A node.
pub(crate) struct Node {
    pub(crate) federation: Federation,
    pub(crate) events: Arc<Mutex<Vec<Event>>>,
    _dir: tempfile::TempDir,
}

struct Recorder(Arc<Mutex<Vec<Event>>>);

#[async_trait::async_trait]
impl Publish for Recorder {
    async fn publish(&self, _tx: &Tx, events: Vec<Event>) -> parvis_forum::Result<()> {
        self.0.lock().unwrap().extend(events);
        Ok(())
    }
}

fn keys() -> Keys {
    Keys {
        private_pem: pair().private_pem.clone(),
        public_pem: pair().public_pem.clone(),
    }
}

impl Node {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite://{}/t.db", dir.path().display()), None)
            .await
            .unwrap();
        db.migrate().await.unwrap();
        let mut config = Config::default();
        config.server.public_url = "http://127.0.0.1:9".parse().unwrap();
        config.federation.insecure = true;
        let forum = Forum::new(db, config, Clock::system());
        let events = Arc::<Mutex<Vec<Event>>>::default();
        forum.set_publisher(Arc::new(Recorder(events.clone())));
        Self {
            federation: Federation::start(forum).await.unwrap(),
            events,
            _dir: dir,
        }
    }

    pub(crate) fn forum(&self) -> &Forum {
        self.federation.forum()
    }

    pub(crate) fn db(&self) -> &Db {
        self.forum().db()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.forum().config().local_url(path).to_string()
    }

    pub(crate) async fn category(&self, slug: &str) -> Category {
        let new = NewCategory::parse(slug, slug, "", None).unwrap();
        let tx = self.forum().begin().await.unwrap();
        let category = categories::create(&tx, &Viewer::System, new, keys())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        category
    }

    pub(crate) async fn person(&self, name: &str) -> Actor {
        let new = NewLocalActor {
            kind: ActorKind::Person,
            name: name.to_owned(),
            display_name: String::new(),
            summary_source: String::new(),
            summary_html: SafeHtml::default(),
        };
        let tx = self.forum().begin().await.unwrap();
        let actor = actors::create_local(&tx, new, keys()).await.unwrap();
        tx.commit().await.unwrap();
        actor
    }

    /// Somebody with an account.
    pub(crate) async fn member(&self, name: &str) -> Viewer {
        let email = format!("{name}@ville.example");
        let input = SignUp {
            name,
            email: &email,
            password: "quatre vélos rouges",
            ..SignUp::default()
        };
        let ready = NewPerson::parse(&input, NewAffiliation::default())
            .unwrap()
            .prepare_with(keys())
            .await
            .unwrap();
        let tx = self.forum().begin().await.unwrap();
        let account = people::create(&tx, &Viewer::System, ready, Role::Member)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Viewer::load(self.db(), account.actor).await.unwrap()
    }

    pub(crate) async fn send(&self, by: &Remote, activity: &Value) -> Result<(), ReceiveError> {
        self.send_bytes(by, activity.to_string()).await
    }

    pub(crate) async fn send_bytes(&self, by: &Remote, body: String) -> Result<(), ReceiveError> {
        let headers = self.signed(by, body.as_bytes(), 0);
        self.receive(headers, body.into_bytes()).await
    }

    /// Sends, expects 202, and applies everything.
    pub(crate) async fn take(&self, by: &Remote, activity: &Value) {
        self.send(by, activity).await.unwrap();
        self.settle().await;
    }

    pub(crate) async fn settle(&self) {
        inbox::drain(&self.federation).await.unwrap();
    }

    pub(crate) async fn receive(
        &self,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<(), ReceiveError> {
        inbox::receive(
            &self.federation,
            &Method::POST,
            "/inbox",
            &headers,
            Bytes::from(body),
            Target::Shared,
        )
        .await
    }

    /// The headers of a POST to our inbox, signed `seconds` from now.
    pub(crate) fn signed(&self, by: &Remote, body: &[u8], seconds: i64) -> HeaderMap {
        let url = Url::parse(&self.url("/inbox")).unwrap();
        let digest = Digest::of(body);
        let request = Outgoing {
            method: &Method::POST,
            url: &url,
            digest: Some(&digest),
            content_type: Some(ACTIVITY_JSON),
            synchronisation: None,
            now: self.forum().now().seconds() + seconds,
        };
        let mut headers = sign_cavage(&by.signer, &request).unwrap();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(ACTIVITY_JSON));
        headers
    }
}

/// Somebody on a server elsewhere.
pub(crate) struct Remote {
    pub(crate) uri: String,
    pub(crate) signer: Signer,
}

/// Status, type and body.
type Served = (u16, String, String);

/// A server elsewhere.
#[derive(Clone)]
pub(crate) struct Peer {
    port: u16,
    documents: Arc<Mutex<HashMap<String, Served>>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = Self {
            port: listener.local_addr().unwrap().port(),
            documents: Arc::default(),
            seen: Arc::default(),
        };
        let server = peer.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.answer(&stream));
            }
        });
        peer
    }

    fn answer(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let path = line.split(' ').nth(1)?.to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim_end().split_once(": ") else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse().ok()?;
            }
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        self.seen.lock().unwrap().push(path.clone());
        let found = self.documents.lock().unwrap().get(&path).cloned();
        let (status, kind, body) =
            found.unwrap_or_else(|| (404, "text/plain".to_owned(), String::new()));
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    /// Serves something at a path.
    pub(crate) fn put(&self, path: &str, status: u16, kind: &str, body: &(impl ToString + ?Sized)) {
        self.documents
            .lock()
            .unwrap()
            .insert(path.to_owned(), (status, kind.to_owned(), body.to_string()));
    }

    /// Serves an object at its id.
    pub(crate) fn serve(&self, object: &Value) {
        let id = Url::parse(object["id"].as_str().unwrap()).unwrap();
        self.put(id.path(), 200, ACTIVITY_JSON, object);
    }

    pub(crate) fn status(&self, path: &str, status: u16) {
        self.put(path, status, "text/plain", "");
    }

    /// How often a path was asked for, queries included.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.starts_with(path)).count()
    }

    pub(crate) fn asked_in_all(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// An actor, served with its key and found by WebFinger.
    pub(crate) fn actor(&self, kind: &str, name: &str) -> Remote {
        self.actor_with_key(kind, name, pair())
    }

    pub(crate) fn person(&self, name: &str) -> Remote {
        self.actor("Person", name)
    }

    pub(crate) fn actor_with_key(&self, kind: &str, name: &str, keys: &KeyPairPem) -> Remote {
        let path = format!("/{}/{name}", if kind == "Group" { "c" } else { "u" });
        let uri = self.url(&path);
        let key_id = format!("{uri}#main-key");
        let mut document = json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": uri, "type": kind, "preferredUsername": name, "name": name.to_uppercase(),
            "inbox": format!("{uri}/inbox"), "outbox": format!("{uri}/outbox"),
            "followers": format!("{uri}/followers"),
            "endpoints": {"sharedInbox": self.url("/inbox")},
            "publicKey": {"id": key_id, "owner": uri, "publicKeyPem": keys.public_pem},
        });
        if kind == "Group" {
            document["attributedTo"] = json!(format!("{uri}/moderators"));
            document["featured"] = json!(format!("{uri}/featured"));
        }
        self.serve(&document);
        let jrd = json!({
            "subject": format!("acct:{name}@{}", self.host()),
            "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": uri}],
        });
        for encoded in [
            format!("acct%3A{name}%40127.0.0.1%3A{}", self.port),
            format!("acct:{name}@127.0.0.1:{}", self.port),
        ] {
            self.put(
                &format!("/.well-known/webfinger?resource={encoded}"),
                200,
                "application/jrd+json",
                &jrd,
            );
        }
        Remote {
            signer: Signer {
                key: SigningKey::from_pkcs8_pem(&keys.private_pem).unwrap(),
                key_id,
            },
            uri,
        }
    }

    /// A public Note of somebody.
    pub(crate) fn note(&self, by: &Remote, path: &str, more: &Value) -> Value {
        let mut note = json!({
            "id": self.url(path), "type": "Note", "attributedTo": by.uri,
            "to": [PUBLIC], "cc": [], "content": "<p>Bonjour</p>",
            "published": "2026-03-02T10:00:00Z",
        });
        merge(&mut note, more);
        note
    }
}

/// Puts the members of one object over those of another.
pub(crate) fn merge(value: &mut Value, more: &Value) {
    for (key, one) in more.as_object().unwrap() {
        value[key] = one.clone();
    }
}

/// An activity around an object, with its addresses.
pub(crate) fn activity(by: &Remote, kind: &str, n: u32, object: &Value) -> Value {
    let mut activity = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{}/activities/{n}", by.uri), "type": kind, "actor": by.uri, "object": object,
    });
    if object.is_object() {
        for key in ["to", "cc"] {
            if let Some(addresses) = object.get(key) {
                activity[key] = addresses.clone();
            }
        }
    } else {
        activity["to"] = json!([PUBLIC]);
    }
    activity
}
