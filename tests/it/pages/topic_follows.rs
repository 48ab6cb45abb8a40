//! Following and muting a topic, and what the header says of it.

use parvis_tests::Node;
use serde_json::json;

use super::{open_topic, path, reply, signed_in};

const FOLLOW: &str = "form.topic-follow";

#[tokio::test]
async fn a_topic_is_followed_muted_and_left_alone_by_one_s_own_choice() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    let leo = node.person("leo").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Bancs", "Où ?").await;
    assert!(topic.shows("Vous suivez ce sujet"), "{}", topic.body);
    let id = path(&topic).split('/').nth(2).expect("an id").to_owned();

    assert!(
        node.browser()
            .get(&path(&topic))
            .await
            .text(FOLLOW)
            .is_none()
    );
    let mut karim = signed_in(&node, "karim").await;
    let page = karim.get(&path(&topic)).await;
    assert!(page.shows("Suivre le sujet"));
    let page = karim.submit(&page, FOLLOW, &[("level", "all")]).await;
    assert!(
        page.shows("chaque réponse vous sera signalée"),
        "{}",
        page.body
    );

    let mut other = signed_in(&node, "leo").await;
    let page = other.get(&path(&topic)).await;
    reply(&mut other, &page, "Place du marché.").await;
    let page = karim.get("/notifications").await;
    assert!(
        page.shows("Leo a répondu dans un sujet que vous suivez"),
        "{}",
        page.body
    );
    assert!(page.shows("Notifications (1)"), "{}", page.body);
    assert!(page.shows("1 notification à lire"), "{}", page.body);

    let page = karim.get(&path(&topic)).await;
    let page = karim.submit(&page, FOLLOW, &[("level", "mute")]).await;
    assert!(page.shows("en sourdine"), "{}", page.body);
    let page = other.get(&path(&topic)).await;
    reply(&mut other, &page, "Ou devant l’école, @karim ?").await;
    assert!(
        karim.get("/").await.shows("Notifications (1)"),
        "muted since"
    );

    let follow = format!("/topics/{id}/follow");
    let answer = leo
        .call(
            reqwest::Method::PUT,
            &follow,
            Some(json!({"level": "mute"})),
        )
        .await
        .expect(200);
    assert_eq!(answer, json!({"level": "mute"}));
    assert_eq!(leo.put(&follow).await.expect(200)["level"], "all");
    assert_eq!(leo.delete(&follow).await.expect(200)["level"], "mentions");
    leo.call(
        reqwest::Method::PUT,
        &follow,
        Some(json!({"level": "loud"})),
    )
    .await
    .expect(400);
    node.visitor().put(&follow).await.expect(401);
}

#[tokio::test]
async fn a_preview_of_a_reply_says_so_where_the_form_is() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Bancs", "Où ?").await;
    let action = topic.attribute("form#reply", "action").expect("a form");
    assert!(action.ends_with("#reply"), "{action}");
    let page = ana
        .submit(
            &topic,
            "form#reply",
            &[("content", "**Ici**"), ("action", "preview")],
        )
        .await;
    assert!(page.text("title").unwrap_or_default().starts_with("Aperçu"));
    assert_eq!(
        page.text("form#reply .preview strong").as_deref(),
        Some("Ici")
    );
    assert_eq!(
        page.attribute("form#reply .preview", "tabindex").as_deref(),
        Some("-1")
    );
}

#[tokio::test]
async fn one_signs_in_with_one_s_own_full_handle() {
    let node = Node::start().await;
    node.person("ana").await;
    for login in [format!("ana@{}", node.host), format!("@Ana@{}", node.host)] {
        let browser = signed_in(&node, &login).await;
        assert!(!browser.cookies().is_empty(), "{login}");
    }
    let mut stranger = node.browser();
    let page = stranger.get("/login").await;
    let page = stranger
        .submit(
            &page,
            "main form[action='/login']",
            &[
                ("login", "ana@elsewhere.example"),
                ("password", parvis_tests::node::PASSWORD),
            ],
        )
        .await;
    assert_eq!(page.status, 422);
}

#[tokio::test]
async fn what_is_in_the_language_of_the_node_says_so_in_another() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    let mut visitor = node.browser();
    let page = visitor.get("/c/voirie").await;
    assert_eq!(page.attribute("h1", "lang"), None);
    visitor.get("/language?to=en&back=/").await;
    let page = visitor.get("/c/voirie").await;
    assert_eq!(page.attribute("h1", "lang").as_deref(), Some("fr"));
    assert_eq!(
        page.attribute(".brand .node", "lang").as_deref(),
        Some("fr")
    );
    assert_eq!(page.text(".brand .institution"), None, "no name twice");
}
