//! Two nodes of ours, over real HTTP.

use std::collections::BTreeMap;

use parvis_forum::affiliations::{self, NewAffiliation};
use parvis_forum::{Viewer, actors};
use parvis_tests::{Client, Node, settle};
use serde_json::{Value, json};

async fn follow(client: &Client, handle: &str) -> Value {
    client
        .put(&format!("/categories/{handle}/follow"))
        .await
        .expect(200)
}

async fn topics(client: &Client, handle: &str) -> Vec<Value> {
    client
        .get(&format!("/categories/{handle}/topics?sort=new&limit=100"))
        .await
        .expect(200)["items"]
        .as_array()
        .unwrap()
        .clone()
}

async fn posts(client: &Client, topic: &Value) -> Vec<Value> {
    client
        .get(&format!(
            "/topics/{}/posts?limit=100",
            topic["id"].as_str().unwrap()
        ))
        .await
        .expect(200)["items"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_topic_of_one_node_is_read_and_answered_on_another() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    let ana = ministry.person("ana").await;
    let bob = town.person("bob").await;
    let handle = format!("integration@{}", ministry.host);
    let state = follow(&bob, &handle).await;
    assert_eq!(state["state"], "pending");
    settle(&[&ministry, &town]).await;
    assert_eq!(follow(&bob, &handle).await["state"], "accepted");

    let topic = ana
        .post("/topics", json!({"category": "integration", "title": "Annuaire et SSO", "content": "**Qui** l'a fait ?",
                                "kind": "question", "tags": ["ldap"]}))
        .await
        .expect(201);
    settle(&[&ministry, &town]).await;
    let seen = topics(&bob, &handle).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["title"], "Annuaire et SSO");
    assert_eq!(seen[0]["uri"], topic["uri"]);
    assert_eq!(
        seen[0]["author"]["handle"],
        format!("ana@{}", ministry.host)
    );
    let opening = posts(&bob, &seen[0]).await;
    assert!(
        opening[0]["content_html"]
            .as_str()
            .unwrap()
            .contains("<strong>Qui</strong>")
    );

    let reply = bob
        .post(
            &format!("/topics/{}/posts", seen[0]["id"].as_str().unwrap()),
            json!({"content": "Nous, avec @ana@".to_owned() + &ministry.host + "."}),
        )
        .await
        .expect(201);
    settle(&[&ministry, &town]).await;
    let here = posts(&ana, &topic).await;
    assert_eq!(here.len(), 2, "{here:?}");
    assert_eq!(here[1]["uri"], reply["uri"]);
    assert_eq!(here[1]["author"]["handle"], format!("bob@{}", town.host));
    let notices = ana.get("/notifications").await.expect(200);
    assert_eq!(notices["items"].as_array().unwrap().len(), 1, "{notices}");
}

#[tokio::test]
async fn a_topic_opened_in_a_remote_category_is_confirmed_by_it() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    let ana = ministry.person("ana").await;
    let bob = town.person("bob").await;
    let handle = format!("integration@{}", ministry.host);
    follow(&bob, &handle).await;
    settle(&[&ministry, &town]).await;
    let topic = bob
        .post(
            "/topics",
            json!({"category": handle, "title": "Depuis la ville", "content": "Bonjour."}),
        )
        .await
        .expect(201);
    settle(&[&ministry, &town]).await;
    let there = topics(&ana, "integration").await;
    assert_eq!(there.len(), 1, "{there:?}");
    assert_eq!(there[0]["title"], "Depuis la ville");
    assert_eq!(topics(&bob, &handle).await.len(), 1);
    let id = topic["id"].as_str().unwrap().parse().unwrap();
    let row = parvis_forum::topics::by_id(town.forum.db(), id)
        .await
        .unwrap();
    assert!(row.confirmed_at.is_some());

    // Ana's answer comes back to the town.
    ana.post(
        &format!("/topics/{}/posts", there[0]["id"].as_str().unwrap()),
        json!({"content": "Bienvenue."}),
    )
    .await
    .expect(201);
    settle(&[&ministry, &town]).await;
    assert_eq!(posts(&bob, &topic).await.len(), 2);
}

/// What both sides must agree on, by ActivityPub id.
async fn picture(client: &Client, handle: &str) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for topic in topics(client, handle).await {
        all.insert(
            format!("topic {}", topic["post"]["uri"].as_str().unwrap()),
            json!({"title": topic["title"], "replies": topic["reply_count"], "likes": topic["like_count"]}),
        );
        for post in posts(client, &topic).await {
            all.insert(
                post["uri"].as_str().unwrap().to_owned(),
                json!({"html": post["content_html"], "removed": post["removed"], "likes": post["like_count"],
                       "author": post["author"]["handle"]}),
            );
        }
    }
    all
}

#[tokio::test]
async fn two_nodes_agree_after_sixty_mixed_operations_on_both_sides() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    let ana = ministry.person("ana").await;
    let bob = town.person("bob").await;
    let handle = format!("integration@{}", ministry.host);
    follow(&bob, &handle).await;
    settle(&[&ministry, &town]).await;

    let sides = [(&ana, "integration".to_owned()), (&bob, handle.clone())];
    for round in 0..60_usize {
        let (client, category) = &sides[round % 2];
        let known = topics(client, category).await;
        let own = |posts: &[Value], me: &str| -> Option<Value> {
            posts
                .iter()
                .filter(|p| p["removed"] == false && p["number"] != 1)
                .find(|p| p["author"]["handle"].as_str().unwrap().starts_with(me))
                .cloned()
        };
        let me = if round % 2 == 0 { "ana@" } else { "bob@" };
        match (round / 2) % 6 {
            0 => {
                client
                    .post(
                        "/topics",
                        json!({"category": category, "title": format!("Sujet {round}"),
                                            "content": format!("Texte {round}")}),
                    )
                    .await
                    .expect(201);
            }
            1 | 2 => {
                let topic = &known[round % known.len()];
                client
                    .post(
                        &format!("/topics/{}/posts", topic["id"].as_str().unwrap()),
                        json!({"content": format!("Réponse {round}")}),
                    )
                    .await
                    .expect(201);
            }
            3 => {
                let topic = &known[round % known.len()];
                let list = posts(client, topic).await;
                client
                    .put(&format!(
                        "/posts/{}/like",
                        list[list.len() - 1]["id"].as_str().unwrap()
                    ))
                    .await;
            }
            4 => {
                for topic in &known {
                    if let Some(post) = own(&posts(client, topic).await, me) {
                        client
                            .patch(
                                &format!("/posts/{}", post["id"].as_str().unwrap()),
                                json!({"content": format!("Corrigé {round}")}),
                            )
                            .await
                            .expect(200);
                        break;
                    }
                }
            }
            _ => {
                let mut done = false;
                for topic in known.iter().rev() {
                    if let Some(post) = own(&posts(client, topic).await, me)
                        && !done
                    {
                        let answer = client
                            .delete(&format!("/posts/{}", post["id"].as_str().unwrap()))
                            .await;
                        assert!(answer.status < 300, "{answer:?}");
                        done = true;
                    }
                }
            }
        }
        // Not after each: some operations cross on the way.
        if round % 3 == 2 {
            settle(&[&ministry, &town]).await;
            // Edits have whole seconds: what crosses within one is decided by time.
            ministry.forum.clock().advance(2_000);
            town.forum.clock().advance(2_000);
        }
    }
    settle(&[&ministry, &town]).await;
    let left = picture(&ana, "integration").await;
    let right = picture(&bob, &handle).await;
    assert!(left.len() > 20, "{left:?}");
    assert_eq!(left, right);
}

#[tokio::test]
async fn what_an_author_is_and_what_a_topic_is_are_told_by_the_home_node() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    let ana = ministry.person("ana").await;
    let bob = town.person("bob").await;
    let tx = ministry.forum.begin().await.unwrap();
    let actor = actors::local_by_name(tx.c(), "ana").await.unwrap().unwrap();
    let viewer = Viewer::load(tx.c(), actor).await.unwrap();
    let stated = NewAffiliation::parse(
        "agent",
        Some("state"),
        Some("Ministère de l’Exemple"),
        Some("https://ministere.example"),
    )
    .unwrap();
    affiliations::declare(&tx, &viewer, stated).await.unwrap();
    tx.commit().await.unwrap();
    let handle = format!("integration@{}", ministry.host);
    follow(&bob, &handle).await;
    settle(&[&ministry, &town]).await;
    let topic = ana
        .post(
            "/topics",
            json!({"category": "integration", "title": "Annuaire", "content": "Voici comment.", "kind": "practice"}),
        )
        .await
        .expect(201);
    settle(&[&ministry, &town]).await;
    let seen = topics(&bob, &handle).await;
    assert_eq!(seen[0]["kind"], "practice", "{seen:?}");
    let author = &seen[0]["author"]["affiliation"];
    assert_eq!(author["type"], "agent");
    assert_eq!(author["subtype"], "state");
    assert_eq!(author["organisation"]["name"], "Ministère de l’Exemple");
    assert_eq!(author["proof"], "declared_elsewhere");

    let path = format!("/topics/{}", topic["id"].as_str().unwrap());
    ana.patch(&path, json!({"kind": "question"}))
        .await
        .expect(200);
    settle(&[&ministry, &town]).await;
    let seen = topics(&bob, &handle).await;
    assert_eq!(seen[0]["kind"], "question");
    let opening = posts(&bob, &seen[0]).await;
    let then = &opening[0]["author"]["affiliation"];
    assert_eq!(then["organisation"]["name"], "Ministère de l’Exemple");
    assert_eq!(then["at_time_of_post"], true);
}
