//! A node and small peers for the tests of this crate. Traffic stays on loopback.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use parvis_forum::actors::{Keys, RemoteActor};
use parvis_forum::categories::{self, Category, NewCategory};
use parvis_forum::db::sea_orm::ConnectionTrait as _;
use parvis_forum::kinds::{ActorKind, Role, TopicKind};
use parvis_forum::people::{self, NewPerson, SignUp};
use parvis_forum::posts::NewReply;
use parvis_forum::text::sanitize::SafeHtml;
use parvis_forum::topics::NewTopic;
use parvis_forum::{
    Actor, Clock, Config, Db, Forum, Post, Topic, Tx, Viewer, actors, follows, instances, posts,
    topics,
};
use serde_json::Value;

use crate::Federation;
use crate::keys::tests::pair;
use crate::outbox::Publisher;

/// An SQLite file, or a schema of its own on PostgreSQL when `PARVIS_TEST_DATABASE_URL` is set.
async fn database(dir: &tempfile::TempDir) -> Db {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told where a database is"
    )]
    let Ok(url) = std::env::var("PARVIS_TEST_DATABASE_URL") else {
        let url = format!("sqlite://{}/node.db", dir.path().display());
        return Db::connect(&url, None).await.unwrap();
    };
    let schema = format!("t{:016x}", rand::random::<u64>());
    let admin = Db::connect(&url, None).await.unwrap();
    let tx = admin.begin().await.unwrap();
    tx.execute_unprepared(&format!("CREATE SCHEMA {schema}"))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    admin.close().await.unwrap();
    Db::connect(&url, Some(&schema)).await.unwrap()
}

pub(crate) fn keys() -> Keys {
    Keys {
        private_pem: pair().private_pem.clone(),
        public_pem: pair().public_pem.clone(),
    }
}

/// A node on a database of its own, which it may lose.
pub(crate) struct Node {
    pub(crate) forum: Forum,
    pub(crate) federation: Federation,
    _dir: tempfile::TempDir,
}

impl Node {
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = database(&dir).await;
        db.migrate().await.unwrap();
        let mut config = Config::default();
        config.server.public_url = "http://forum.ville.example".parse().unwrap();
        config.federation.insecure = true;
        config.node.name = "Forum de la ville".to_owned();
        let forum = Forum::new(db, config, Clock::system());
        let federation = Federation::start(forum.clone()).await.unwrap();
        forum.set_publisher(Arc::new(Publisher));
        Self {
            forum,
            federation,
            _dir: dir,
        }
    }

    pub(crate) async fn tx(&self) -> Tx {
        self.forum.begin().await.unwrap()
    }

    pub(crate) async fn person(&self, name: &str, role: Role) -> Viewer {
        let email = format!("{name}@ville.example");
        let input = SignUp {
            name,
            email: &email,
            password: "quatre vélos rouges",
            ..SignUp::default()
        };
        let ready = NewPerson::parse(
            &input,
            parvis_forum::affiliations::NewAffiliation::default(),
        )
        .unwrap()
        .prepare_with(keys())
        .await
        .unwrap();
        let tx = self.tx().await;
        let account = people::create(&tx, &Viewer::System, ready, role)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Viewer::load(self.forum.db(), account.actor).await.unwrap()
    }

    pub(crate) async fn category(&self, slug: &str) -> Category {
        let new = NewCategory::parse(slug, "Urbanisme", "Plan local, permis.", None).unwrap();
        let tx = self.tx().await;
        let category = categories::create(&tx, &Viewer::System, new, keys())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        category
    }

    /// An actor of the server at `base`, with a shared inbox there.
    pub(crate) async fn remote(&self, base: &str, kind: ActorKind, name: &str) -> Actor {
        let host = base.split_once("://").unwrap().1.to_owned();
        let uri = format!("{base}/{name}");
        let remote = RemoteActor {
            kind,
            name: name.to_owned(),
            host,
            handle_verified: true,
            display_name: name.to_owned(),
            summary_html: SafeHtml::default(),
            url: uri.clone(),
            inbox: format!("{uri}/inbox"),
            shared_inbox: Some(format!("{base}/inbox")),
            outbox: None,
            followers: Some(format!("{uri}/followers")),
            featured: Some(format!("{uri}/featured")),
            moderators: Some(format!("{uri}/moderators")),
            public_key_id: Some(format!("{uri}#main-key")),
            public_key_pem: Some(pair().public_pem.clone()),
            discoverable: true,
            indexable: false,
            manually_approves: false,
            posting_restricted: false,
            published: None,
            affiliation: None,
            moved_to: None,
            also_known_as: Vec::new(),
            uri,
        };
        let tx = self.tx().await;
        let actor = actors::put_remote(&tx, remote).await.unwrap();
        tx.commit().await.unwrap();
        actor
    }

    /// The server at `base` runs this software.
    pub(crate) async fn runs(&self, base: &str, software: &str) {
        let tx = self.tx().await;
        let host = base.split_once("://").unwrap().1;
        instances::set_software(&tx, host, Some(software), Some("1"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// A follow from elsewhere arrives and is accepted.
    pub(crate) async fn followed_by(&self, target: &Actor, follower: &Actor) {
        let tx = self.tx().await;
        let uri = format!("{}/follows/{}", follower.uri, target.name);
        let follow = serde_json::json!({
            "id": uri, "type": "Follow", "actor": follower.uri, "object": target.uri
        });
        follows::receive(&tx, follower, target, uri, follow.to_string())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn open(
        &self,
        viewer: &Viewer,
        category: &Category,
        text: &str,
    ) -> (Topic, Post) {
        let new = NewTopic::parse(
            "Zones 30",
            text,
            TopicKind::Discussion,
            Some("fr"),
            &["voirie".to_owned()],
        )
        .unwrap();
        let tx = self.tx().await;
        let opened = topics::open(&tx, viewer, category, new).await.unwrap();
        tx.commit().await.unwrap();
        opened
    }

    pub(crate) async fn reply(&self, viewer: &Viewer, topic: &Topic, text: &str) -> Post {
        let tx = self.tx().await;
        let new = NewReply::parse(text, Some("fr")).unwrap();
        let post = posts::reply(&tx, viewer, topic, None, new).await.unwrap();
        tx.commit().await.unwrap();
        post
    }

    pub(crate) async fn drain(&self) -> usize {
        Box::pin(crate::delivery::drain(&self.federation))
            .await
            .unwrap()
    }

    pub(crate) fn later(&self, seconds: i64) {
        self.forum.clock().advance(seconds * 1000);
    }
}

/// A request as a peer saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Answer = dyn Fn(&Seen) -> String + Send + Sync;

/// A server on loopback that takes deliveries, says what software it runs, and remembers what it saw.
pub(crate) struct Peer {
    pub(crate) base: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answer: Arc<Mutex<Arc<Answer>>>,
}

impl Peer {
    pub(crate) fn start(software: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let peer = Self {
            base: base.clone(),
            seen: Arc::default(),
            answer: Arc::new(Mutex::new(Arc::new(|_: &Seen| "202 Accepted".to_owned()))),
        };
        let (seen, answer) = (peer.seen.clone(), peer.answer.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer, base) = (seen.clone(), answer.clone(), base.clone());
                std::thread::spawn(move || serve(&stream, &base, software, &seen, &answer));
            }
        });
        peer
    }

    /// From now on answers deliveries with this status line (and header lines after it).
    pub(crate) fn answers(&self, answer: impl Fn(&Seen) -> String + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Deliveries that were answered with 2xx, in order.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    stream: &TcpStream,
    base: &str,
    software: &str,
    seen: &Mutex<Vec<Seen>>,
    answer: &Mutex<Arc<Answer>>,
) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut words = line.split(' ');
    let method = words.next().unwrap().to_owned();
    let path = words.next().unwrap_or_default().to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|l| l.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (head, text) = if method == "GET" && path == "/.well-known/nodeinfo" {
        let document = serde_json::json!({"links": [{
            "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
            "href": format!("{base}/nodeinfo/2.0")
        }]});
        ("200 OK".to_owned(), document.to_string())
    } else if method == "GET" && path == "/nodeinfo/2.0" {
        let document = serde_json::json!({"software": {"name": software, "version": "1"}});
        ("200 OK".to_owned(), document.to_string())
    } else if method == "POST" {
        let request = Seen { headers, body };
        let answer = answer.lock().unwrap().clone();
        let head = answer(&request);
        if head.starts_with('2') {
            seen.lock().unwrap().push(request);
        }
        (head, String::new())
    } else {
        ("404 Not Found".to_owned(), String::new())
    };
    let mut stream = stream;
    let _ = write!(
        stream,
        "HTTP/1.1 {head}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
}

/// Makes a document comparable: long numbers are named in the order in which they appear, dates and keys left out.
pub(crate) fn redact(value: &mut Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) => *text = redact_text(text, names),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, names)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match name.as_str() {
                    "published" | "updated" | "deleted" | "created" => *member = "[date]".into(),
                    "publicKeyPem" => *member = "[pem]".into(),
                    "publicKeyMultibase" => *member = "[key]".into(),
                    "proofValue" => *member = "[signature]".into(),
                    "@context" => *member = "[context]".into(),
                    _ => redact(member, names),
                }
            }
        }
        _ => {}
    }
}

fn redact_text(text: &str, names: &mut Vec<String>) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if digits.len() >= 12 {
            // Ids of different kinds may be the same number.
            let mut name: String = out.chars().rev().take(2).collect();
            name.push_str(&digits);
            let at = names.iter().position(|known| *known == name);
            let at = at.unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            write!(out, "[{}]", at + 1).unwrap();
        } else {
            out.push_str(&digits);
        }
        digits.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}
