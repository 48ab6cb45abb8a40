//! Moderation between two nodes: somebody of one moderates a category of the other.

use parvis_forum::bans::{self, Lift, NewBan, Scope};
use parvis_forum::kinds::Role;
use parvis_forum::topics::TopicChange;
use parvis_forum::{Actor, Origin, Topic, Viewer, actors, categories, posts, topic_moves, topics};
use parvis_tests::{Client, Node, settle};
use serde_json::{Value, json};

async fn viewer(node: &Node, name: &str) -> Viewer {
    let actor = actors::local_by_name(node.forum.db(), name)
        .await
        .unwrap()
        .unwrap();
    Viewer::load(node.forum.db(), actor).await.unwrap()
}

async fn actor(node: &Node, uri: &str) -> Actor {
    actors::by_uri(node.forum.db(), uri).await.unwrap().unwrap()
}

async fn topic(node: &Node, uri: &str) -> Topic {
    topics::by_uri(node.forum.db(), uri).await.unwrap().unwrap()
}

struct Stage {
    ministry: Node,
    town: Node,
    bob: Client,
    handle: String,
}

/// The town follows a category of the ministry, and its clerk is named a moderator of it.
async fn stage() -> Stage {
    let (ministry, town) = (Node::start().await, Node::start().await);
    ministry.category("integration", "Intégration").await;
    ministry.category("autre", "Autre").await;
    ministry.admin("anne").await;
    let bob = town.person("bob").await;
    let clerk = town.with_role("clerk", Role::Member).await;
    let handle = format!("integration@{}", ministry.host);
    for who in [&bob, &clerk] {
        who.put(&format!("/categories/{handle}/follow"))
            .await
            .expect(200);
    }
    settle(&[&ministry, &town]).await;
    let there = actor(&ministry, &format!("{}/u/clerk", town.url)).await;
    let category = categories::local_by_slug(ministry.forum.db(), "integration")
        .await
        .unwrap();
    let anne = viewer(&ministry, "anne").await;
    let tx = ministry.forum.begin().await.unwrap();
    categories::set_moderator(&tx, &anne, &category, there.id, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    settle(&[&ministry, &town]).await;
    Stage {
        ministry,
        town,
        bob,
        handle,
    }
}

async fn open(client: &Client, category: &str, title: &str) -> Value {
    client
        .post(
            "/topics",
            json!({"category": category, "title": title, "content": "Texte."}),
        )
        .await
        .expect(201)
}

#[tokio::test]
async fn a_moderator_of_another_node_locks_removes_and_bans_in_our_category() {
    let Stage {
        ministry,
        town,
        bob,
        handle,
    } = stage().await;
    let clerk = viewer(&town, "clerk").await;
    let far = actor(&town, &format!("{}/c/integration", ministry.url)).await;
    assert!(clerk.is_granted(far.id), "named there, known here");
    let opened = open(&bob, &handle, "Annuaire").await;
    settle(&[&ministry, &town]).await;
    let uri = opened["uri"].as_str().unwrap();
    let here = topics::by_id(
        town.forum.db(),
        opened["id"].as_str().unwrap().parse().unwrap(),
    )
    .await
    .unwrap();
    let post = topics::opening_post(town.forum.db(), &here).await.unwrap();
    assert!(!uri.is_empty());
    let there = async || {
        let post = posts::by_uri(ministry.forum.db(), &post.uri)
            .await
            .unwrap()
            .unwrap();
        let topic = topics::by_id(ministry.forum.db(), post.topic_id)
            .await
            .unwrap();
        (post, topic)
    };
    let tx = town.forum.begin().await.unwrap();
    let change = TopicChange {
        locked: Some(true),
        pinned: Some(true),
        reason: "hors sujet".to_owned(),
        ..TopicChange::default()
    };
    topics::change(&tx, &clerk, here, change).await.unwrap();
    posts::remove(&tx, &clerk, post.clone(), "insultes", Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    settle(&[&ministry, &town]).await;
    let (removed, locked) = there().await;
    assert!(locked.locked_at.is_some() && locked.pinned_at.is_some());
    assert_eq!(removed.removed_reason.as_deref(), Some("insultes"));
    // A ban, for a time; what bob writes is taken nowhere, until it is lifted.
    let scope = Scope::Category(Box::new(far));
    let tx = town.forum.begin().await.unwrap();
    let bob_row = actors::local_by_name(tx.c(), "bob").await.unwrap().unwrap();
    let new = NewBan::parse("insultes", "3", tx.now()).unwrap();
    bans::impose(&tx, &clerk, bob_row, &scope, new, Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    settle(&[&ministry, &town]).await;
    let category = categories::local_by_slug(ministry.forum.db(), "integration")
        .await
        .unwrap();
    let bob_there = actor(&ministry, &format!("{}/u/bob", town.url)).await;
    let forum = &ministry.forum;
    let ban = bans::in_force(
        forum.db(),
        forum.config(),
        forum.now(),
        &bob_there,
        category.id(),
    )
    .await
    .unwrap()
    .unwrap();
    assert!(ban.expires_at.is_some());
    bob.post(
        "/topics",
        json!({"category": handle, "title": "Encore", "content": "Texte."}),
    )
    .await
    .expect(403);
    let tx = town.forum.begin().await.unwrap();
    let bob_row = actors::local_by_name(tx.c(), "bob").await.unwrap().unwrap();
    bans::lift(
        &tx,
        &clerk,
        &bob_row,
        &scope,
        Lift::default(),
        Origin::Local,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    settle(&[&ministry, &town]).await;
    let bob_there = actor(&ministry, &format!("{}/u/bob", town.url)).await;
    assert!(bob_there.banned_at.is_none());
    open(&bob, &handle, "Encore").await;
}

#[tokio::test]
async fn a_topic_moved_on_one_node_is_moved_on_the_other_and_between_them() {
    let Stage {
        ministry,
        town,
        bob,
        handle,
    } = stage().await;
    town.category("ville", "Ville").await;
    let karl = ministry.person("karl").await;
    let ville = format!("ville@{}", town.host);
    let autre = format!("autre@{}", ministry.host);
    karl.put(&format!("/categories/{ville}/follow"))
        .await
        .expect(200);
    bob.put(&format!("/categories/{autre}/follow"))
        .await
        .expect(200);
    settle(&[&ministry, &town]).await;
    let opened = open(&karl, "integration", "Annuaire").await;
    settle(&[&ministry, &town]).await;
    let uri = opened["uri"].as_str().unwrap().to_owned();
    let post = topics::opening_post(
        ministry.forum.db(),
        &topic(&ministry, &context(&ministry, &opened)).await,
    )
    .await
    .unwrap();
    assert!(!uri.is_empty() && !handle.is_empty());
    let category_at = async |node: &Node| {
        let post = posts::by_uri(node.forum.db(), &post.uri)
            .await
            .unwrap()
            .unwrap();
        let topic = topics::by_id(node.forum.db(), post.topic_id).await.unwrap();
        let category = actors::by_id(node.forum.db(), topic.category_id)
            .await
            .unwrap();
        (category.uri, topic)
    };
    let relocate = async |to: &str| {
        let anne = viewer(&ministry, "anne").await;
        let to = actor(&ministry, to).await;
        let to = categories::by_id(ministry.forum.db(), to.id).await.unwrap();
        let tx = ministry.forum.begin().await.unwrap();
        let at = topic(&ministry, &context(&ministry, &opened)).await;
        topic_moves::relocate(&tx, &anne, at, &to, "", Origin::Local)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        settle(&[&ministry, &town]).await;
    };
    let other = format!("{}/c/autre", ministry.url);
    relocate(&other).await;
    assert_eq!(category_at(&ministry).await.0, other);
    assert_eq!(category_at(&town).await.0, other);
    let ville = format!("{}/c/ville", town.url);
    relocate(&ville).await;
    let (here, at_home) = category_at(&town).await;
    assert_eq!(here, ville);
    assert!(at_home.local);
    assert_eq!(category_at(&ministry).await.0, ville);
    // The town answers it from now on, and the ministry reads the answer.
    bob.post(
        &format!("/topics/{}/posts", at_home.id),
        json!({"content": "Ici, c’est mieux."}),
    )
    .await
    .expect(201);
    settle(&[&ministry, &town]).await;
    let (_, there) = category_at(&ministry).await;
    assert_eq!(there.reply_count, 1);
}

/// The conversation of a topic that was opened on this node.
fn context(node: &Node, topic: &Value) -> String {
    format!("{}/t/{}", node.url, topic["id"].as_str().unwrap())
}
