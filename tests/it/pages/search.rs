//! Search.

use parvis_tests::Node;

use super::{open_topic, path, reply, signed_in};

#[tokio::test]
async fn words_are_found_and_marked() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Revêtement drainant", "Sous la pluie.").await;
    reply(&mut ana, &topic, "La <vitesse> baisse.").await;
    let mut visitor = node.browser();
    let page = visitor.get("/search").await;
    assert_eq!(page.status, 200);
    let page = visitor.get("/search?q=revetement").await;
    assert_eq!(page.texts(".topic-title"), ["Revêtement drainant"]);
    let page = visitor.get("/search?q=vitesses&type=post").await;
    assert_eq!(
        page.text("mark").as_deref(),
        Some("vitesse"),
        "{}",
        page.body
    );
    assert!(page.shows("La <vitesse> baisse."));
    let page = visitor.get("/search?q=voirie&type=category").await;
    assert!(page.text(".category-title").is_some());
    let page = visitor.get("/search?q=ana&type=person").await;
    assert!(
        page.text(".people-list")
            .unwrap_or_default()
            .contains("Ana")
    );
    let page = visitor.get("/search?q=introuvable").await;
    assert!(page.texts(".topic-title").is_empty());
    let page = visitor.get("/search?q=revetement&affiliation=vendor").await;
    assert!(page.texts(".topic-title").is_empty());
    let page = visitor
        .get(&format!("/search?q={}%2Fc%2Fvoirie", node.url))
        .await;
    assert_eq!(path(&page), "/c/voirie");
}

#[tokio::test]
async fn what_is_elsewhere_and_not_there_is_said_in_words() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut visitor = node.browser();
    let page = visitor.get("/search?q=%40nul%40localhost:1").await;
    assert!(
        page.attribute("form[action='/search/remote']", "action")
            .is_none()
    );
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/search?q=%40nul%40localhost:1").await;
    let page = ana
        .submit(&page, "form[action='/search/remote']", &[])
        .await;
    assert_eq!(page.status, 200);
    assert!(page.text("[role=alert]").is_some(), "{}", page.body);
}
