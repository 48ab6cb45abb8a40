//! Who may call what: visitors, members, moderators of another category, tokens of few scopes.

use parvis_forum::kinds::Role;
use parvis_forum::{Viewer, people, tokens};
use parvis_tests::{Client, Node};
use reqwest::Method;
use serde_json::{Value, json};

/// A token of somebody who is there already, with these scopes.
async fn with_scopes(node: &Node, name: &str, scopes: &str) -> Client {
    let account = people::by_name(node.forum.db(), name).await.unwrap();
    let tx = node.forum.begin().await.unwrap();
    let scopes = scopes.parse().unwrap();
    let token = tokens::create(&tx, &Viewer::System, account.actor.id, "tests", &scopes)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Client::new(&node.url, Some(token.secret))
}

fn moderation(topic: &Value) -> Vec<(Method, String, Option<Value>)> {
    let id = topic["id"].as_str().unwrap();
    let act = |action: &str, target: &str| {
        let body = json!({"action": action, "target": target, "reason": "essai"});
        (Method::POST, "/moderation/actions".to_owned(), Some(body))
    };
    vec![
        act("remove", id),
        act("restore", id),
        act("lock", id),
        act("unlock", id),
        act("warn", "ana"),
        act("suspend", "ana"),
        (
            Method::PATCH,
            format!("/topics/{id}"),
            Some(json!({"locked": true})),
        ),
        (
            Method::PATCH,
            format!("/topics/{id}"),
            Some(json!({"pinned": true})),
        ),
        (
            Method::PUT,
            "/categories/voirie/links/a@b.example".to_owned(),
            None,
        ),
        (
            Method::DELETE,
            "/categories/voirie/links/voirie".to_owned(),
            None,
        ),
    ]
}

fn administration() -> Vec<(Method, String, Option<Value>)> {
    vec![
        (
            Method::POST,
            "/categories".to_owned(),
            Some(json!({"slug": "x", "title": "X"})),
        ),
        (Method::GET, "/federation/nodes".to_owned(), None),
        (Method::GET, "/federation/nodes/b.example".to_owned(), None),
        (
            Method::PUT,
            "/federation/nodes/b.example".to_owned(),
            Some(json!({"policy": "block"})),
        ),
    ]
}

#[tokio::test]
async fn moderation_and_administration_are_refused_to_others_and_nothing_changes() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    node.category("velo", "Vélo").await;
    let ana = node.person("ana").await;
    let mia = node.person("mia").await;
    node.let_moderate("mia", "velo").await;
    let topic = ana
        .post(
            "/topics",
            json!({"category": "voirie", "title": "Trou", "content": "Rue Haute"}),
        )
        .await
        .expect(201);
    let path = format!("/topics/{}", topic["id"].as_str().unwrap());
    let calls: Vec<_> = moderation(&topic)
        .into_iter()
        .chain(administration())
        .collect();
    let leo = node.person("leo").await;
    for (method, call, body) in calls {
        for (client, status) in [
            (node.visitor(), 401),
            (leo.clone(), 403),
            (mia.clone(), 403),
        ] {
            let answer = client.call(method.clone(), &call, body.clone()).await;
            assert_eq!(
                answer.status, status,
                "{method} {call} {body:?}: {}",
                answer.body
            );
        }
    }
    node.visitor().get("/moderation/reports").await.expect(401);
    leo.get("/moderation/reports").await.expect(403);
    ana.get("/me").await.expect(200);
    assert_eq!(node.visitor().get(&path).await.expect(200), topic);
    assert_eq!(
        node.visitor().get("/categories").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn a_moderator_of_a_category_acts_there_only() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    let ana = node.person("ana").await;
    let mia = node.person("mia").await;
    node.let_moderate("mia", "voirie").await;
    let topic = ana
        .post(
            "/topics",
            json!({"category": "voirie", "title": "Trou", "content": "Rue Haute"}),
        )
        .await
        .expect(201);
    let id = topic["id"].as_str().unwrap();
    let lock = json!({"action": "lock", "target": id, "reason": "clos"});
    let done = mia.post("/moderation/actions", lock).await.expect(200);
    assert_eq!(done["topic"]["locked"], true);
    let suspend = json!({"action": "suspend", "target": "ana", "reason": "x"});
    mia.post("/moderation/actions", suspend).await.expect(403);
}

#[tokio::test]
async fn a_token_allows_what_its_scopes_say() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    node.with_role("lea", Role::Admin).await;
    let topic = json!({"category": "voirie", "title": "Trou", "content": "Rue Haute"});
    let read = with_scopes(&node, "lea", "read").await;
    let write = with_scopes(&node, "lea", "write").await;
    let admin = with_scopes(&node, "lea", "admin").await;
    let follow = with_scopes(&node, "lea", "follow").await;
    read.post("/topics", topic.clone()).await.expect(403);
    read.get("/me").await.expect(200);
    read.get("/home").await.expect(200);
    write.get("/me").await.expect(403);
    write.get("/notifications").await.expect(403);
    write.post("/topics", topic).await.expect(201);
    write.put("/categories/voirie/follow").await.expect(403);
    follow.put("/categories/voirie/follow").await.expect(200);
    for (method, path, body) in administration() {
        let refused = write.call(method, &path, body).await.expect(403);
        assert_eq!(refused["code"], "scope", "{path}");
    }
    admin
        .post("/categories", json!({"slug": "velo", "title": "Vélo"}))
        .await
        .expect(201);
    read.get("/moderation/reports").await.expect(403);
    admin.get("/moderation/reports").await.expect(200);
}
