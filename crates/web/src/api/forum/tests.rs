//! The calls through the whole router, on a database of their own.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use parvis_federation::Federation;
use parvis_forum::actors::{self, Keys};
use parvis_forum::affiliations::NewAffiliation;
use parvis_forum::categories::{self, NewCategory};
use parvis_forum::config::StorageUrl;
use parvis_forum::kinds::Role;
use parvis_forum::people::{self, NewPerson, SignUp};
use parvis_forum::{Clock, Config, Db, Forum, Viewer, tokens};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tower::ServiceExt as _;

use crate::state::AppState;

const ALL: &str = "read write follow admin";

/// One pair for everybody: making one takes long.
async fn keys() -> Keys {
    static KEYS: OnceCell<Keys> = OnceCell::const_new();
    KEYS.get_or_init(|| async { actors::generate_keys().await.unwrap() })
        .await
        .clone()
}

struct Node {
    router: Router,
    forum: Forum,
    _files: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    #[track_caller]
    fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }
}

impl Node {
    /// A node with the category `urbanisme`.
    async fn start() -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/t.db", files.path().display());
        let db = Db::connect(&url, None).await.unwrap();
        db.migrate().await.unwrap();
        let mut config = Config::default();
        config.storage.url = StorageUrl::folder(files.path().join("media"));
        let forum = Forum::new(db, config, Clock::system());
        let federation = Federation::start(forum.clone()).await.unwrap();
        let state = AppState::new(federation).await.unwrap();
        let new = NewCategory::parse("urbanisme", "Urbanisme", "La ville.", None).unwrap();
        let keys = keys().await;
        let tx = forum.begin().await.unwrap();
        categories::create(&tx, &Viewer::System, new, keys)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            router: crate::router(state),
            forum,
            _files: files,
        }
    }

    /// Adds somebody, and answers a token of theirs.
    async fn token(&self, name: &str, role: Role, scopes: &str) -> String {
        let sign_up = SignUp {
            name,
            email: &format!("{name}@example.org"),
            ..Default::default()
        };
        let new = NewPerson::parse_by_operator(&sign_up, NewAffiliation::default()).unwrap();
        let ready = new.prepare_with(keys().await).await.unwrap();
        let scopes = scopes.parse().unwrap();
        let tx = self.forum.begin().await.unwrap();
        let account = people::create(&tx, &Viewer::System, ready, role)
            .await
            .unwrap();
        let id = account.actor.id;
        let token = tokens::create(&tx, &Viewer::System, id, "tests", &scopes)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        token.secret
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    async fn call(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", super::BASE));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, token, None).await
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call(Method::POST, path, token, Some(body)).await
    }

    async fn topic(&self, token: &str, title: &str) -> Value {
        let body = json!({"category": "urbanisme", "title": title, "content": "Bonjour **tous**"});
        self.post("/topics", token, body).await.expect(201)
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[tokio::test]
async fn a_topic_is_opened_read_and_answered() {
    let node = Node::start().await;
    let ana = node.token("ana", Role::Member, ALL).await;
    let bob = node.token("bob", Role::Member, ALL).await;
    let body = json!({"category": "urbanisme", "title": "Pistes cyclables", "content": "Bonjour **tous**",
        "language": "fr", "tags": ["Vélo"], "kind": "question"});
    let made = node.post("/topics", &ana, body).await;
    let location = made.headers[header::LOCATION].to_str().unwrap().to_owned();
    let topic = made.expect(201);
    let id = text(&topic, "id");
    assert!(
        location.ends_with(&format!("/api/forum/v1/topics/{id}")),
        "{location}"
    );
    assert_eq!(topic["category"]["handle"], "urbanisme@localhost:8080");
    assert_eq!(topic["author"]["handle"], "ana@localhost:8080");
    assert_eq!(topic["author"]["affiliation"]["type"], "citizen");
    assert_eq!(topic["author"]["affiliation"]["at_time_of_post"], true);
    assert_eq!(topic["kind"], "question");
    assert_eq!(topic["tags"], json!(["vélo"]));
    assert_eq!(topic["uri"], format!("http://localhost:8080/t/{id}"));
    assert_eq!(
        topic["post"]["content_html"],
        "<p>Bonjour <strong>tous</strong></p>"
    );
    assert_eq!(topic["post"]["licence"], "etalab-2.0");

    let reply = node
        .post(
            &format!("/topics/{id}/posts"),
            &bob,
            json!({"content": "Oui"}),
        )
        .await
        .expect(201);
    assert_eq!(reply["topic"], *id);
    assert_eq!(reply["number"], 2);
    assert_eq!(reply["reply_to"], topic["post"]["id"]);
    let reply_id = text(&reply, "id");
    let liked = node
        .call(Method::PUT, &format!("/posts/{reply_id}/like"), &ana, None)
        .await
        .expect(200);
    assert_eq!(
        (&liked["like_count"], &liked["liked"]),
        (&json!(1), &json!(true))
    );
    let answered = node
        .call(
            Method::PATCH,
            &format!("/topics/{id}"),
            &ana,
            Some(json!({"answer": reply_id})),
        )
        .await
        .expect(200);
    assert_eq!(answered["answer"], *reply_id);

    let posts = node
        .get(&format!("/topics/{id}/posts?limit=1"), "")
        .await
        .expect(200);
    assert_eq!(posts["items"].as_array().unwrap().len(), 1);
    let next = text(&posts, "next");
    let posts = node
        .get(&format!("/topics/{id}/posts?limit=1&after={next}"), &ana)
        .await
        .expect(200);
    assert_eq!(posts["items"][0]["id"], *reply_id);
    assert_eq!(posts["items"][0]["liked"], true);
    assert_eq!(posts["next"], Value::Null);
    let listed = node
        .get("/categories/urbanisme/topics?sort=top", "")
        .await
        .expect(200);
    assert_eq!(listed["items"][0]["id"], *id);
    assert_eq!(listed["items"][0]["reply_count"], 1);
    let told = node.get("/notifications", &bob).await.expect(200);
    let kinds: Vec<&str> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| text(n, "type"))
        .collect();
    assert_eq!(kinds, ["answer", "like"]);
    let read = node
        .post("/notifications/read", &bob, json!({}))
        .await
        .expect(200);
    assert_eq!(read, json!({"read": 2, "unread": 0}));
}

#[tokio::test]
async fn what_is_wrong_is_said_in_problems() {
    let node = Node::start().await;
    let ana = node.token("ana", Role::Member, ALL).await;
    let reader = node.token("lea", Role::Admin, "read").await;
    let refused = node.post("/topics", "", json!({})).await;
    assert_eq!(refused.headers[header::WWW_AUTHENTICATE], "Bearer");
    assert_eq!(
        refused.headers[header::CONTENT_TYPE],
        "application/problem+json"
    );
    assert_eq!(refused.headers["access-control-allow-origin"], "*");
    assert_eq!(refused.expect(401)["status"], 401);
    node.get("/categories", "nonsense").await.expect(401);
    let problem = node
        .post("/topics", &ana, json!({"title": " "}))
        .await
        .expect(422);
    let fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| text(e, "field"))
        .collect();
    assert_eq!(fields, ["category", "title", "content"]);
    let problem = node
        .post("/topics", &ana, json!({"tags": "a"}))
        .await
        .expect(422);
    assert_eq!(problem["errors"][0]["field"], "tags");
    let problem = node
        .post(
            "/topics",
            &ana,
            json!({"category": "rien", "title": "a", "content": "b"}),
        )
        .await
        .expect(422);
    assert_eq!(
        problem["errors"][0],
        json!({"field": "category", "code": "unknown", "detail": "category: unknown"})
    );
    node.get("/topics?x", &ana).await.expect(405);
    node.get("/topics/abc", "").await.expect(404);
    node.get("/topics/99", "").await.expect(404);
    node.get("/proposals", "").await.expect(404);
    node.get("/categories/urbanisme/topics?after=zz", "")
        .await
        .expect(400);
    node.get("/categories/rien@nowhere.invalid", "")
        .await
        .expect(404);
    node.post("/topics", &reader, json!({})).await.expect(403);
    let closed = node
        .post("/categories", &ana, json!({"slug": "a", "title": "A"}))
        .await
        .expect(403);
    assert_eq!(closed["code"], "not-admin");
    let scope = node
        .post("/categories", &reader, json!({"slug": "a", "title": "A"}))
        .await
        .expect(403);
    assert_eq!(scope["code"], "scope");
    for path in [
        "/moderation/reports",
        "/federation/nodes",
        "/federation/nodes/a.example",
    ] {
        node.get(path, "").await.expect(401);
        node.get(path, &ana).await.expect(403);
    }
    let body = json!({"action": "remove", "target": "1", "reason": "x"});
    node.post("/moderation/actions", &ana, body)
        .await
        .expect(403);
}

#[tokio::test]
async fn the_same_request_is_done_once() {
    let node = Node::start().await;
    let ana = node.token("ana", Role::Member, ALL).await;
    let send = async |title: &str| {
        let body = json!({"category": "urbanisme", "title": title, "content": "Bonjour"});
        let request = Request::post("/api/forum/v1/topics")
            .header(header::AUTHORIZATION, format!("Bearer {ana}"))
            .header("idempotency-key", "k1")
            .body(Body::from(body.to_string()))
            .unwrap();
        node.send(request).await
    };
    let first = send("Un").await;
    let again = send("Un").await;
    assert_eq!(
        first.headers[header::LOCATION],
        again.headers[header::LOCATION]
    );
    assert_eq!(first.expect(201), again.expect(201));
    send("Deux").await.expect(409);
    let listed = node
        .get("/categories/urbanisme/topics", "")
        .await
        .expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_gone_stays_in_its_place_without_content() {
    let node = Node::start().await;
    let ana = node.token("ana", Role::Member, ALL).await;
    let modo = node.token("modo", Role::Moderator, "read write").await;
    let topic = node.topic(&ana, "Un sujet").await;
    let id = text(&topic, "id");
    let posts = format!("/topics/{id}/posts");
    let reply = node
        .post(&posts, &ana, json!({"content": "secret"}))
        .await
        .expect(201);
    let reply_id = text(&reply, "id");
    let path = format!("/posts/{reply_id}");
    let edited = node
        .call(
            Method::PATCH,
            &path,
            &ana,
            Some(json!({"content": "secret deux"})),
        )
        .await
        .expect(200);
    assert_ne!(edited["edited_at"], Value::Null);
    let versions = node.get(&format!("{path}/revisions"), "").await.expect(200);
    assert_eq!(
        versions["items"][1]["differences"][1],
        json!({"kind": "added", "text": " deux"})
    );
    node.post(&format!("{path}/report"), &modo, json!({"reason": "non"}))
        .await
        .expect(201);
    let reports = node.get("/moderation/reports", &modo).await.expect(200);
    assert_eq!(reports["items"][0]["post"]["id"], *reply_id);

    let act = async |action: &str, target: &str| {
        let body = json!({"action": action, "target": target, "reason": "règles"});
        node.post("/moderation/actions", &modo, body).await
    };
    act("remove", reply_id).await.expect(200);
    let reports = node.get("/moderation/reports", &modo).await.expect(200);
    assert_eq!(reports["items"], json!([]));
    for post in [
        node.get(&path, "").await.expect(200),
        node.get(&posts, "").await.expect(200)["items"][1].clone(),
    ] {
        assert_eq!(post["removed"], true);
        assert_eq!(post["content_html"], "");
        assert!(!post.to_string().contains("secret"), "{post}");
    }
    node.get(&format!("{path}/revisions"), "").await.expect(410);
    node.call(Method::PUT, &format!("{path}/like"), &ana, None)
        .await
        .expect(410);
    act("restore", reply_id).await.expect(200);
    assert_eq!(node.get(&path, "").await.expect(200)["removed"], false);
    act("lock", id).await.expect(200);
    let locked = node
        .post(&posts, &ana, json!({"content": "encore"}))
        .await
        .expect(403);
    assert_eq!(locked["code"], "locked");
    act("unlock", id).await.expect(200);
    act("remove", id).await.expect(200);
    let gone = node.get(&format!("/topics/{id}"), "").await.expect(200);
    assert_eq!(
        (&gone["removed"], &gone["title"]),
        (&json!(true), &json!(""))
    );
    node.call(Method::DELETE, &path, &ana, None)
        .await
        .expect(200);
    node.call(Method::DELETE, &path, &ana, None)
        .await
        .expect(410);
    act("suspend", "ana").await.expect(200);
    node.get("/me", &ana).await.expect(401);
}

#[tokio::test]
async fn search_finds_and_takes_any_question() {
    let node = Node::start().await;
    let ana = node.token("ana", Role::Member, ALL).await;
    let topic = node.topic(&ana, "Pistes cyclables").await;
    let found = node.get("/search?q=cyclable", "").await.expect(200);
    assert_eq!(found["items"][0]["type"], "topic");
    assert_eq!(found["items"][0]["id"], topic["id"]);
    let found = node
        .get(
            "/search?q=cyclable&type=post&category=urbanisme&author=ana",
            "",
        )
        .await
        .expect(200);
    assert_eq!(found["items"][0]["id"], topic["post"]["id"]);
    let found = node
        .get("/search?q=urbanisme&type=category", &ana)
        .await
        .expect(200);
    assert_eq!(found["items"][0]["slug"], "urbanisme");
    let uri = format!("/search?q={}", text(&topic["post"], "uri"));
    assert_eq!(
        node.get(&uri, "").await.expect(200)["items"][0]["id"],
        topic["id"]
    );
    let found = node
        .get("/search?q=@ana@localhost:8080", "")
        .await
        .expect(200);
    assert_eq!(found["items"][0]["handle"], "ana@localhost:8080");
    for q in ["%22%20OR%20NEAR(%20*%20-%22", "'%3B%20--", "%22%22%22", ""] {
        node.get(&format!("/search?q={q}"), &ana).await.expect(200);
    }
    node.get(&format!("/search?q={}", "a".repeat(10_000)), "")
        .await
        .expect(400);
    node.get("/search?q=a&type=thing", "").await.expect(400);
    for inner in [
        "https://10.0.0.1/",
        "http://[::1]/",
        "https://2130706433/",
        "@a@localhost.",
    ] {
        let found = node.get(&format!("/search?q={inner}"), &ana).await;
        assert!(
            matches!(found.status.as_u16(), 200 | 404 | 422),
            "{inner}: {}",
            found.status
        );
    }
}

#[tokio::test]
async fn categories_are_made_and_followed() {
    let node = Node::start().await;
    let ana = node.token("ana", Role::Member, ALL).await;
    let lea = node.token("lea", Role::Admin, ALL).await;
    let body =
        json!({"slug": "velo", "title": "Vélo", "description": "Rouler", "parent": "urbanisme"});
    let made = node
        .post("/categories", &lea, body.clone())
        .await
        .expect(201);
    assert_eq!(made["parent"], "urbanisme@localhost:8080");
    let taken = node.post("/categories", &lea, body).await.expect(422);
    assert_eq!(taken["errors"][0]["code"], "taken");
    let all = node.get("/categories", "").await.expect(200);
    let slugs: Vec<&str> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| text(c, "slug"))
        .collect();
    assert_eq!(slugs, ["urbanisme", "velo"]);
    let first = node.get("/categories?limit=1", "").await.expect(200);
    let second = node
        .get(
            &format!("/categories?limit=1&after={}", text(&first, "next")),
            "",
        )
        .await
        .expect(200);
    assert_eq!(
        (&second["items"][0]["slug"], &second["next"]),
        (&json!("velo"), &Value::Null)
    );

    let topic = node.topic(&lea, "Un sujet").await;
    assert_eq!(
        node.get("/home", &ana).await.expect(200)["items"],
        json!([])
    );
    let follow = "/categories/urbanisme@localhost:8080/follow";
    let followed = node.call(Method::PUT, follow, &ana, None).await.expect(200);
    assert_eq!(followed, json!({"state": "accepted"}));
    assert_eq!(
        node.get("/home", &ana).await.expect(200)["items"][0]["id"],
        topic["id"]
    );
    assert_eq!(
        node.get("/categories/urbanisme", &ana).await.expect(200)["follow"],
        "accepted"
    );
    let none = node
        .call(Method::DELETE, follow, &ana, None)
        .await
        .expect(200);
    assert_eq!(none, json!({"state": "none"}));
    node.call(
        Method::PUT,
        "/categories/urbanisme/links/a@b.example",
        &ana,
        None,
    )
    .await
    .expect(403);
    let me = node.get("/me", &ana).await.expect(200);
    assert_eq!(
        (&me["role"], &me["name"]),
        (&json!("member"), &json!("ana"))
    );
    let about = node.get("/node", "").await.expect(200);
    assert_eq!(
        about["counts"],
        json!({"people": 2, "categories": 2, "topics": 1, "posts": 1})
    );
    assert_eq!(about["languages"], json!(["fr", "en"]));
}

#[tokio::test]
async fn administrators_decide_about_other_nodes() {
    let node = Node::start().await;
    let lea = node.token("lea", Role::Admin, ALL).await;
    let modo = node.token("modo", Role::Moderator, ALL).await;
    let path = "/federation/nodes/Spam.example";
    let body = json!({"policy": "block", "reason": "spam"});
    let put = async |token: &str, body: &Value| {
        node.call(Method::PUT, path, token, Some(body.clone()))
            .await
    };
    put(&modo, &body).await.expect(403);
    put(&lea, &json!({"reason": "spam"})).await.expect(422);
    put(&lea, &json!({"policy": "kick"})).await.expect(422);
    node.get(path, &lea).await.expect(404);
    let decided = put(&lea, &body).await.expect(200);
    let at = decided["decided_at"].clone();
    assert!(at.is_string(), "{decided}");
    assert_eq!(
        decided,
        json!({"host": "spam.example", "policy": "block", "reason": "spam", "silence_media": false,
            "decided_at": at, "private": false, "paused": false})
    );
    let mut hidden = body.clone();
    hidden["private"] = json!(true);
    let hidden = put(&lea, &hidden).await.expect(200);
    assert_eq!(hidden["private"], true);
    let paused = put(&lea, &json!({"paused": true})).await.expect(200);
    assert_eq!(
        (&paused["paused"], &paused["policy"]),
        (&json!(true), &json!("block"))
    );
    let known = node.get(path, &lea).await.expect(200);
    assert_eq!(
        (&known["state"], &known["behind"]),
        (&json!("blocked"), &json!(0))
    );
    assert_eq!(known["comparison"], Value::Null);
    node.call(
        Method::PUT,
        "/federation/nodes/b.example",
        &lea,
        Some(json!({"policy": "limit"})),
    )
    .await
    .expect(200);
    let first = node
        .get("/federation/nodes?limit=1", &lea)
        .await
        .expect(200);
    assert_eq!(first["items"][0]["host"], "b.example");
    let next = text(&first, "next");
    let rest = node
        .get(&format!("/federation/nodes?limit=1&after={next}"), &lea)
        .await
        .expect(200);
    assert_eq!(rest["items"][0]["host"], "spam.example");
    assert_eq!(rest["next"], Value::Null);
}

#[tokio::test]
async fn programs_in_browsers_may_call() {
    let node = Node::start().await;
    let request = Request::options("/api/forum/v1/topics")
        .header(header::ORIGIN, "https://app.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .body(Body::empty())
        .unwrap();
    let answer = node.send(request).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let allowed = answer.headers["access-control-allow-headers"]
        .to_str()
        .unwrap();
    assert!(allowed.contains("Authorization") && allowed.contains("Idempotency-Key"));
}

#[test]
fn the_description_is_what_was_promised() {
    let (_, document) = super::api().split_for_parts();
    let mut ids = Vec::new();
    for path in document.paths.paths.values() {
        let calls = [&path.get, &path.put, &path.post, &path.patch, &path.delete];
        ids.extend(calls.into_iter().flatten().map(|call| &call.operation_id));
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "every call has a name of its own");
    insta::assert_json_snapshot!(document, {".info.version" => "[version]"});
}
