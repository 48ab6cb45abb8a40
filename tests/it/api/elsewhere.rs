//! What a client of one node does with categories, people and posts of another.

use parvis_tests::{Node, settle};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_category_elsewhere_is_looked_up_for_callers_with_a_token() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    let uri = ministry.category("integration", "Intégration").await;
    let bob = town.person("bob").await;
    let path = format!("/categories/integration@{}", ministry.host);
    town.visitor().get(&path).await.expect(404);
    let category = bob.get(&path).await.expect(200);
    assert_eq!(category["uri"], uri);
    assert_eq!(category["title"], "Intégration");
    assert_eq!(category["local"], false);
    // Known now, to everybody.
    town.visitor().get(&path).await.expect(200);
    let none = format!("/categories/nothing@{}", ministry.host);
    bob.get(&none).await.expect(404);
    let body =
        json!({"category": format!("nothing@{}", ministry.host), "title": "a", "content": "b"});
    let problem = bob.post("/topics", body).await.expect(422);
    assert_eq!(problem["errors"][0]["field"], "category");
}

#[tokio::test]
async fn search_resolves_handles_and_addresses() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    let ana = ministry.person("ana").await;
    let bob = town.person("bob").await;
    let topic = ana
        .post(
            "/topics",
            json!({"category": "integration", "title": "Annuaire", "content": "Bonjour"}),
        )
        .await
        .expect(201);
    let question = format!("/search?q={}", topic["post"]["uri"].as_str().unwrap());
    let unknown = town.visitor().get(&question).await.expect(200);
    assert_eq!(unknown["items"], json!([]));
    let found = bob.get(&question).await.expect(200);
    assert_eq!(found["items"][0]["type"], "topic", "{found}");
    assert_eq!(found["items"][0]["uri"], topic["uri"]);
    assert_eq!(found["items"][0]["post"]["licence"], Value::Null);
    let found = bob
        .get(&format!("/search?q=@ana@{}", ministry.host))
        .await
        .expect(200);
    assert_eq!(found["items"][0]["type"], "person");
    assert_eq!(
        found["items"][0]["handle"],
        format!("ana@{}", ministry.host)
    );
    let found = bob
        .get(&format!("/search?q=!integration@{}", ministry.host))
        .await
        .expect(200);
    assert_eq!(found["items"][0]["type"], "category");
}

#[tokio::test]
async fn a_mention_of_somebody_elsewhere_is_looked_up_before_the_post_is_kept() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    let _ana = ministry.person("ana").await;
    town.category("voirie", "Voirie").await;
    let bob = town.person("bob").await;
    let content = format!("Bonjour @ana@{}", ministry.host);
    let topic = bob
        .post(
            "/topics",
            json!({"category": "voirie", "title": "Question", "content": content}),
        )
        .await
        .expect(201);
    let html = topic["post"]["content_html"].as_str().unwrap();
    assert!(html.contains(&format!("{}/u/ana", ministry.url)), "{html}");
}

#[tokio::test]
async fn a_linked_category_brings_its_topics() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    town.category("logiciels", "Logiciels").await;
    let ana = ministry.person("ana").await;
    let admin = town.admin("lea").await;
    let bob = town.person("bob").await;
    let path = format!("/categories/logiciels/links/integration@{}", ministry.host);
    bob.put(&path).await.expect(403);
    assert_eq!(admin.put(&path).await.expect(200)["state"], "pending");
    settle(&[&ministry, &town]).await;
    assert_eq!(admin.put(&path).await.expect(200)["state"], "accepted");
    let topic = ana
        .post(
            "/topics",
            json!({"category": "integration", "title": "Annuaire", "content": "Bonjour"}),
        )
        .await
        .expect(201);
    settle(&[&ministry, &town]).await;
    let there = format!("/categories/integration@{}/topics", ministry.host);
    let seen = bob.get(&there).await.expect(200);
    assert_eq!(seen["items"][0]["uri"], topic["uri"], "{seen}");
    let carried = bob.get("/categories/logiciels/topics").await.expect(200);
    assert_eq!(carried["items"], seen["items"]);
    assert_eq!(admin.delete(&path).await.expect(200)["state"], "none");
}

#[tokio::test]
async fn administrators_see_how_far_another_node_is_behind() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    let admin = ministry.admin("lea").await;
    let bob = town.person("bob").await;
    let follow = format!("/categories/integration@{}/follow", ministry.host);
    bob.put(&follow).await.expect(200);
    settle(&[&ministry, &town]).await;
    let node = format!("/federation/nodes/{}", town.host);
    let state = admin.get(&node).await.expect(200);
    assert_eq!(
        (&state["state"], &state["behind"]),
        (&json!("live"), &json!(0))
    );
    admin
        .post(
            "/topics",
            json!({"category": "integration", "title": "Annuaire", "content": "Bonjour"}),
        )
        .await
        .expect(201);
    let behind = admin.get(&node).await.expect(200)["behind"]
        .as_u64()
        .unwrap();
    assert!(behind > 0);
    settle(&[&ministry, &town]).await;
    let state = admin.get(&node).await.expect(200);
    assert_eq!(state["behind"], 0);
    assert_ne!(state["last_success_at"], Value::Null);
    let block = json!({"policy": "block", "reason": "essai"});
    admin
        .call(Method::PUT, &node, Some(block))
        .await
        .expect(200);
    assert_eq!(admin.get(&node).await.expect(200)["state"], "blocked");
}
