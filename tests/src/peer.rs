//! A scripted server of some other software: it serves the documents it is given, signs what it sends, and records
//! what it receives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use parvis_federation::keys::{self, SigningKey};
use parvis_federation::signature::{Digest, Outgoing, Signer, sign_cavage, sign_rfc9421};
use parvis_forum::Clock;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The content type that servers send.
pub const ACTIVITY_JSON: &str = "application/activity+json";

/// A request that the peer received.
#[derive(Clone, Debug)]
pub struct Received {
    /// Path and query.
    pub path: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, parsed.
    pub body: Value,
    /// Body, as it came.
    pub raw: String,
}

#[derive(Clone)]
struct Served {
    status: StatusCode,
    content_type: String,
    body: String,
}

/// What happens to whoever fetches an address, instead of an answer.
#[derive(Clone)]
enum Trap {
    /// It is never answered.
    Silence,
    /// The body never ends.
    Endless,
    /// It is somewhere else.
    Elsewhere(String),
    /// These answers first, one each.
    Failures(Vec<StatusCode>),
}

/// The task that serves a peer.
struct Serving {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Script {
    documents: HashMap<String, Served>,
    accounts: HashMap<String, String>,
    received: Vec<Received>,
    fetched: Vec<String>,
    answers: Vec<StatusCode>,
    always: Option<StatusCode>,
    counter: u64,
    traps: HashMap<String, Trap>,
    posted: usize,
    held: usize,
    given_up: usize,
    serving: Option<Serving>,
}

/// A foreign server on loopback.
#[derive(Clone)]
pub struct Peer {
    /// `http://localhost:PORT`.
    pub url: String,
    /// `localhost:PORT`.
    pub host: String,
    script: Arc<Mutex<Script>>,
    hold: watch::Sender<bool>,
    clock: Clock,
}

/// An actor of a peer.
#[derive(Clone, Debug)]
pub struct PeerActor {
    /// ActivityPub id.
    pub id: String,
    /// `name@host`.
    pub handle: String,
    /// Its inbox.
    pub inbox: String,
}

impl PeerActor {
    /// An address under the actor's id.
    pub fn under(&self, leaf: &str) -> String {
        format!("{}/{leaf}", self.id)
    }
}

struct Pair {
    signing: SigningKey,
    public_pem: String,
}

/// One pair for every actor of every peer: making one takes long, and who owns it is said by the documents.
fn pair() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(make_pair)
}

/// Another pair, for impostors.
fn other_pair() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(make_pair)
}

fn make_pair() -> Pair {
    let pair = keys::generate().expect("a key can be made");
    Pair {
        signing: SigningKey::from_pkcs8_pem(&pair.private_pem).expect("what was made can be read"),
        public_pem: pair.public_pem,
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "documents are written in place, by json!"
)]
impl Peer {
    /// Starts a server that knows nothing yet.
    pub async fn start() -> Self {
        Self::named("localhost").await
    }

    /// The same under another name, which a node has to resolve ([`crate::Node::resolving`]).
    pub async fn named(name: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let peer = Self {
            url: format!("http://{name}:{port}"),
            host: format!("{name}:{port}"),
            script: Arc::default(),
            hold: watch::Sender::new(false),
            clock: Clock::system(),
        };
        peer.serve_on(listener);
        peer
    }

    fn serve_on(&self, listener: tokio::net::TcpListener) {
        let router = axum::Router::new()
            .fallback(answer)
            .with_state(self.clone());
        let stop = CancellationToken::new();
        let ended = stop.clone().cancelled_owned();
        #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
        let task = tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(ended);
            served.await.expect("served");
        });
        self.script(|s| s.serving = Some(Serving { stop, task }));
    }

    /// The server is down: connections are refused.
    pub async fn stop(&self) {
        let serving = self.script(|s| s.serving.take());
        if let Some(Serving { stop, task }) = serving {
            stop.cancel();
            task.await.expect("it ends");
        }
    }

    /// The server is back at its address.
    pub async fn start_again(&self) {
        let address = self.host.replace("localhost", "127.0.0.1");
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .expect("its port is still free");
        self.serve_on(listener);
    }

    fn script<T>(&self, f: impl FnOnce(&mut Script) -> T) -> T {
        f(&mut self.script.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A clock that signatures of this peer are dated by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A fresh address on this peer.
    pub fn fresh(&self, prefix: &str) -> String {
        let n = self.script(|s| {
            s.counter += 1;
            s.counter
        });
        format!("{}/{prefix}/{n}", self.url)
    }

    /// Serves a person `/users/{name}`, found by WebFinger.
    pub fn person(&self, name: &str) -> PeerActor {
        self.actor("Person", "users", name, json!({}))
    }

    /// Serves a group `/c/{name}`, found by WebFinger, with a moderators collection without members.
    pub fn group(&self, name: &str) -> PeerActor {
        let id = format!("{}/c/{name}", self.url);
        self.put(
            &format!("{id}/moderators"),
            json!({"@context": CONTEXT, "id": format!("{id}/moderators"), "type": "OrderedCollection",
                   "totalItems": 0, "orderedItems": []}),
        );
        self.actor(
            "Group",
            "c",
            name,
            json!({"attributedTo": format!("{id}/moderators"), "featured": format!("{id}/featured")}),
        )
    }

    /// Serves an actor with further members.
    pub fn actor(&self, kind: &str, folder: &str, name: &str, more: Value) -> PeerActor {
        let id = format!("{}/{folder}/{name}", self.url);
        let mut document = json!({
            "@context": [CONTEXT, "https://w3id.org/security/v1"],
            "id": id, "type": kind, "preferredUsername": name, "name": name.to_uppercase(),
            "inbox": format!("{id}/inbox"), "outbox": format!("{id}/outbox"),
            "followers": format!("{id}/followers"),
            "endpoints": {"sharedInbox": format!("{}/inbox", self.url)},
            "url": format!("{}/@{name}", self.url),
            "publicKey": {"id": format!("{id}#main-key"), "owner": id, "publicKeyPem": pair().public_pem},
        });
        if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
            document.extend(more);
        }
        self.put(&id, document);
        self.script(|s| s.accounts.insert(name.to_owned(), id.clone()));
        PeerActor {
            handle: format!("{name}@{}", self.host),
            inbox: format!("{id}/inbox"),
            id,
        }
    }

    /// Serves a document at its address (absolute or a path), as ActivityPub.
    pub fn put(&self, url: &str, document: Value) {
        self.serve(url, StatusCode::OK, ACTIVITY_JSON, &document.to_string());
    }

    /// Serves anything at an address.
    pub fn serve(&self, url: &str, status: StatusCode, content_type: &str, body: &str) {
        let path = self.path(url);
        self.script(|s| {
            s.documents.insert(
                path,
                Served {
                    status,
                    content_type: content_type.to_owned(),
                    body: body.to_owned(),
                },
            )
        });
    }

    /// From now on an address answers 410.
    pub fn gone(&self, url: &str) {
        self.serve(url, StatusCode::GONE, ACTIVITY_JSON, "{}");
    }

    /// From now on an address answers 404 again.
    pub fn forget(&self, url: &str) {
        let path = self.path(url);
        self.script(|s| s.documents.remove(&path));
    }

    /// A name leads to an actor, by WebFinger.
    pub fn account(&self, name: &str, id: &str) {
        self.script(|s| s.accounts.insert(name.to_owned(), id.to_owned()));
    }

    /// The key of every actor of every peer.
    pub fn public_key() -> &'static str {
        &pair().public_pem
    }

    /// Forgets what was fetched and delivered so far.
    pub fn forget_requests(&self) {
        self.script(|s| {
            s.fetched.clear();
            s.received.clear();
        });
    }

    fn path(&self, url: &str) -> String {
        url.strip_prefix(&self.url).unwrap_or(url).to_owned()
    }

    /// The next deliveries are answered so, one each; afterwards 202 again.
    pub fn answer_with(&self, statuses: &[u16]) {
        let statuses: Vec<StatusCode> = statuses
            .iter()
            .map(|s| StatusCode::from_u16(*s).expect("a status"))
            .collect();
        self.script(|s| s.answers = statuses);
    }

    /// Every delivery is answered so, until `None`.
    pub fn always_answer(&self, status: Option<u16>) {
        self.script(|s| s.always = status.and_then(|s| StatusCode::from_u16(s).ok()));
    }

    /// Deliveries are not answered until this is called again with `false`.
    pub fn hold_deliveries(&self, hold: bool) {
        self.hold.send_replace(hold);
    }

    /// Requests that are waiting for an answer: deliveries on hold, fetches that never get one.
    pub fn held(&self) -> usize {
        self.script(|s| s.held)
    }

    /// Requests without an answer that whoever asked gave up.
    pub fn given_up(&self) -> usize {
        self.script(|s| s.given_up)
    }

    /// Deliveries that were tried so far, whatever they were answered.
    pub fn posted(&self) -> usize {
        self.script(|s| s.posted)
    }

    /// From now on an address is never answered.
    pub fn keep_silent(&self, url: &str) {
        self.trap(url, Trap::Silence);
    }

    /// From now on the body of an address never ends.
    pub fn never_end(&self, url: &str) {
        self.trap(url, Trap::Endless);
    }

    /// From now on an address sends elsewhere.
    pub fn redirect(&self, url: &str, to: &str) {
        self.trap(url, Trap::Elsewhere(to.to_owned()));
    }

    /// The next fetches of an address are answered so, one each; afterwards as it is served.
    pub fn fail_fetches(&self, url: &str, statuses: &[u16]) {
        let statuses = statuses
            .iter()
            .map(|s| StatusCode::from_u16(*s).expect("a status"))
            .collect();
        self.trap(url, Trap::Failures(statuses));
    }

    fn trap(&self, url: &str, trap: Trap) {
        let path = self.path(url);
        self.script(|s| s.traps.insert(path, trap));
    }

    /// What was delivered and accepted so far, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.script(|s| s.received.clone())
    }

    /// Forgets what was delivered so far, and answers it.
    pub fn take(&self) -> Vec<Received> {
        self.script(|s| std::mem::take(&mut s.received))
    }

    /// What was fetched so far: paths with queries.
    pub fn fetched(&self) -> Vec<String> {
        self.script(|s| s.fetched.clone())
    }

    /// Activities of a type that were delivered.
    pub fn of_type(&self, kind: &str) -> Vec<Value> {
        self.received()
            .into_iter()
            .map(|r| r.body)
            .filter(|b| b["type"] == kind)
            .collect()
    }

    /// Sends an activity to an inbox, signed by its actor in the usual way. Answers the status.
    pub async fn post(&self, inbox: &str, actor: &PeerActor, activity: &Value) -> u16 {
        self.post_raw(
            inbox,
            &format!("{}#main-key", actor.id),
            activity.to_string(),
        )
        .await
    }

    /// The same, to a node that may not be there: nothing when there was no answer.
    pub async fn try_post(&self, inbox: &str, actor: &PeerActor, activity: &Value) -> Option<u16> {
        let body = activity.to_string();
        let headers = self.sign(inbox, &format!("{}#main-key", actor.id), &body);
        self.send(inbox, headers, body).await.ok()
    }

    /// Sends a body signed under a key id.
    pub async fn post_raw(&self, inbox: &str, key_id: &str, body: String) -> u16 {
        let headers = self.sign(inbox, key_id, &body);
        self.post_with(inbox, headers, body).await
    }

    /// Sends bytes signed under a key id, over a connection that is kept.
    pub async fn post_bytes(
        &self,
        inbox: &str,
        key_id: &str,
        body: Vec<u8>,
    ) -> reqwest::Result<u16> {
        static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
        // Installs the provider of TLS.
        let _client = crate::http();
        let client = CLIENT.get_or_init(|| {
            let builder = reqwest::Client::builder().no_proxy();
            builder.build().expect("a client")
        });
        let url = Url::parse(inbox).expect("an address");
        let outgoing = Outgoing {
            method: &Method::POST,
            url: &url,
            digest: Some(&Digest::of(&body)),
            content_type: Some(ACTIVITY_JSON),
            synchronisation: None,
            now: self.clock.now().seconds(),
        };
        let headers = sign_cavage(&signer(key_id, pair()), &outgoing).expect("signed");
        let answer = client
            .post(inbox)
            .headers(headers)
            .body(body)
            .send()
            .await?;
        Ok(answer.status().as_u16())
    }

    /// Asks for a document, signed by an actor in the usual way.
    pub async fn get_signed(&self, url: &str, actor: &PeerActor) -> reqwest::Response {
        let address = Url::parse(url).expect("an address");
        let outgoing = Outgoing {
            method: &Method::GET,
            url: &address,
            digest: None,
            content_type: None,
            now: self.clock.now().seconds(),
            synchronisation: None,
        };
        let key_id = format!("{}#main-key", actor.id);
        let headers = sign_cavage(&signer(&key_id, pair()), &outgoing).expect("signed");
        crate::http()
            .get(url)
            .headers(headers)
            .header("accept", ACTIVITY_JSON)
            .send()
            .await
            .expect("an answer")
    }

    /// Sends a body signed with RFC 9421.
    pub async fn post_rfc9421(&self, inbox: &str, actor: &PeerActor, activity: &Value) -> u16 {
        let body = activity.to_string();
        let url = Url::parse(inbox).expect("an address");
        let signer = signer(&format!("{}#main-key", actor.id), pair());
        let headers = sign_rfc9421(
            &signer,
            &outgoing(
                &url,
                &Digest::of(body.as_bytes()),
                self.clock.now().seconds(),
            ),
        )
        .expect("signed");
        self.post_with(inbox, headers, body).await
    }

    /// Sends a body signed with a key that belongs to nobody.
    pub async fn post_forged(&self, inbox: &str, actor: &PeerActor, activity: &Value) -> u16 {
        let body = activity.to_string();
        let url = Url::parse(inbox).expect("an address");
        let signer = signer(&format!("{}#main-key", actor.id), other_pair());
        let headers = sign_cavage(
            &signer,
            &outgoing(
                &url,
                &Digest::of(body.as_bytes()),
                self.clock.now().seconds(),
            ),
        )
        .expect("signed");
        self.post_with(inbox, headers, body).await
    }

    /// The headers of a signed delivery, to be tampered with.
    pub fn sign(&self, inbox: &str, key_id: &str, body: &str) -> HeaderMap {
        let url = Url::parse(inbox).expect("an address");
        sign_cavage(
            &signer(key_id, pair()),
            &outgoing(
                &url,
                &Digest::of(body.as_bytes()),
                self.clock.now().seconds(),
            ),
        )
        .expect("signed")
    }

    /// Sends a body with these headers.
    pub async fn post_with(&self, inbox: &str, headers: HeaderMap, body: String) -> u16 {
        self.send(inbox, headers, body)
            .await
            .expect("the node answers")
    }

    async fn send(
        &self,
        inbox: &str,
        mut headers: HeaderMap,
        body: String,
    ) -> reqwest::Result<u16> {
        headers
            .entry(header::CONTENT_TYPE)
            .or_insert(header::HeaderValue::from_static(ACTIVITY_JSON));
        crate::http()
            .post(inbox)
            .headers(headers)
            .header(header::USER_AGENT, "Peer/1.0")
            .body(body)
            .send()
            .await
            .map(|answer| answer.status().as_u16())
    }

    /// A Follow, sent. Answers the status.
    pub async fn follow(&self, actor: &PeerActor, target: &str) -> u16 {
        let activity = json!({"@context": CONTEXT, "id": self.fresh("follows"), "type": "Follow",
            "actor": actor.id, "object": target, "to": [target]});
        self.post(&format!("{target}/inbox"), actor, &activity)
            .await
    }

    /// A public Note in the way of Mastodon, served at its id, and its Create.
    pub fn note(&self, author: &PeerActor, content: &str, more: Value) -> Value {
        let id = self.fresh("statuses");
        let mut note = json!({
            "@context": CONTEXT, "id": id, "type": "Note", "attributedTo": author.id, "content": content,
            "to": [PUBLIC], "cc": [author.under("followers")],
            "published": self.clock.now().rfc3339(), "url": id,
        });
        if let (Some(note), Value::Object(more)) = (note.as_object_mut(), more) {
            note.extend(more);
        }
        self.put(&id, note.clone());
        note
    }

    /// The Create of an object.
    pub fn create(&self, object: &Value) -> Value {
        self.activity(
            "Create",
            object["attributedTo"].as_str().unwrap_or_default(),
            object.clone(),
            object,
        )
    }

    /// An activity by `actor` on `object`, addressed as `like` is.
    pub fn activity(&self, kind: &str, actor: &str, object: Value, like: &Value) -> Value {
        json!({
            "@context": CONTEXT, "id": self.fresh("activities"), "type": kind, "actor": actor, "object": object,
            "to": like["to"], "cc": like["cc"], "published": self.clock.now().rfc3339(),
        })
    }
}

/// The context that everybody has.
pub const CONTEXT: &str = "https://www.w3.org/ns/activitystreams";
/// The public.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

fn signer(key_id: &str, pair: &Pair) -> Signer {
    Signer {
        key: pair.signing.clone(),
        key_id: key_id.to_owned(),
    }
}

fn outgoing<'a>(url: &'a Url, digest: &'a Digest, now: i64) -> Outgoing<'a> {
    Outgoing {
        method: &Method::POST,
        url,
        digest: Some(digest),
        content_type: Some(ACTIVITY_JSON),
        synchronisation: None,
        now,
    }
}

/// A request that waits; counted as given up unless it is let go.
struct Held<'a> {
    peer: &'a Peer,
    let_go: bool,
}

impl<'a> Held<'a> {
    fn new(peer: &'a Peer) -> Self {
        peer.script(|s| s.held += 1);
        Self {
            peer,
            let_go: false,
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.peer.script(|s| {
            s.held -= 1;
            s.given_up += usize::from(!self.let_go);
        });
    }
}

/// What an address does to whoever fetches it; nothing when it is served as usual.
async fn spring(peer: &Peer, path: &str) -> Option<Response> {
    let trap = peer.script(|s| {
        let trap = s.traps.get_mut(path)?;
        s.fetched.push(path.to_owned());
        Some(match trap {
            Trap::Failures(left) if left.is_empty() => {
                s.fetched.pop();
                return None;
            }
            Trap::Failures(left) => Trap::Failures(vec![left.remove(0)]),
            other => other.clone(),
        })
    })?;
    Some(match trap {
        Trap::Silence => {
            let _held = Held::new(peer);
            std::future::pending().await
        }
        Trap::Endless => {
            let blank = Bytes::from_static(&[b' '; 16 * 1024]);
            let body = stream::repeat_with(move || Ok::<_, std::io::Error>(blank.clone()));
            let kind = [(header::CONTENT_TYPE, ACTIVITY_JSON)];
            (kind, Body::from_stream(body)).into_response()
        }
        Trap::Elsewhere(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Trap::Failures(statuses) => statuses[0].into_response(),
    })
}

async fn answer(
    State(peer): State<Peer>,
    method: Method,
    uri: Uri,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri
        .path_and_query()
        .map_or_else(String::new, ToString::to_string);
    if method == Method::POST {
        let raw = String::from_utf8_lossy(&body).into_owned();
        peer.script(|s| s.posted += 1);
        let mut hold = peer.hold.subscribe();
        if *hold.borrow() {
            let mut held = Held::new(&peer);
            hold.wait_for(|hold| !hold)
                .await
                .expect("the peer is there");
            held.let_go = true;
        }
        return peer.script(|s| {
            let status = match s.always {
                Some(status) => status,
                None if s.answers.is_empty() => StatusCode::ACCEPTED,
                None => s.answers.remove(0),
            };
            if status.is_success() {
                s.received.push(Received {
                    path,
                    headers,
                    body: serde_json::from_str(&raw).unwrap_or(Value::Null),
                    raw,
                });
            }
            status.into_response()
        });
    }
    if let Some(response) = spring(&peer, &path).await {
        return response;
    }
    peer.script(|s| {
        s.fetched.push(path.clone());
        if uri.path() == "/.well-known/webfinger" && !s.documents.contains_key(uri.path()) {
            let resource = query
                .get("resource")
                .map(String::as_str)
                .unwrap_or_default();
            let name = resource
                .trim_start_matches("acct:")
                .split('@')
                .next()
                .unwrap_or_default();
            return match s.accounts.get(name) {
                Some(id) => (
                    [(header::CONTENT_TYPE, "application/jrd+json")],
                    json!({"subject": format!("acct:{name}@{}", peer.host), "links": [
                        {"rel": "self", "type": ACTIVITY_JSON, "href": id},
                        {"rel": "http://ostatus.org/schema/1.0/subscribe",
                         "template": format!("{}/authorize_interaction?uri={{uri}}", peer.url)},
                    ]})
                    .to_string(),
                )
                    .into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            };
        }
        let served = s
            .documents
            .get(&path)
            .or_else(|| s.documents.get(uri.path()));
        match served {
            Some(served) => (
                served.status,
                [(header::CONTENT_TYPE, served.content_type.clone())],
                served.body.clone(),
            )
                .into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    })
}
