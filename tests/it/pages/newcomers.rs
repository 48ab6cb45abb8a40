//! What people may do who are new here.

use parvis_forum::db::sea_orm::ConnectionTrait;
use parvis_tests::{Node, PageSeen};
use serde_json::json;

use super::{open_topic, signed_in};

/// Makes everybody here one who asked for the account themselves.
async fn make_new(node: &Node) {
    let tx = node.forum.begin().await.unwrap();
    tx.c()
        .execute_unprepared("UPDATE people SET vouched = FALSE")
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn complaint(page: &PageSeen) -> String {
    page.text(".error-summary").unwrap_or_default()
}

#[tokio::test]
async fn somebody_new_opens_three_topics_a_day_and_keeps_the_fourth() {
    let node = Node::start().await;
    let client = node.person("ana").await;
    node.category("voirie", "Voirie").await;
    make_new(&node).await;
    let mut ana = signed_in(&node, "ana").await;
    for number in 1..=3 {
        open_topic(&mut ana, "voirie", &format!("Sujet {number}"), "Texte.").await;
    }
    let page = ana.get("/c/voirie/new").await;
    let values = [
        ("title", "Sujet 4"),
        ("content", "De trop"),
        ("action", "publish"),
    ];
    let refused = ana.submit(&page, "form.compose", &values).await;
    assert_eq!(refused.status, 422);
    assert!(
        complaint(&refused).contains("Votre compte est récent"),
        "{}",
        refused.body
    );
    assert_eq!(refused.text("#content").as_deref(), Some("De trop"));
    let kept = ana
        .submit(&refused, "form.compose", &[("action", "draft")])
        .await;
    assert!(kept.shows("Votre brouillon est enregistré."));
    let topic = json!({"category": "voirie", "title": "Sujet 4", "content": "De trop"});
    let answer = client.post("/topics", topic).await;
    answer.expect(429);
    node.forum.clock().advance(4 * 24 * 3_600_000);
    for number in 4..=8 {
        open_topic(&mut ana, "voirie", &format!("Sujet {number}"), "Texte.").await;
    }
}

#[tokio::test]
async fn somebody_new_puts_two_links_and_five_mentions_in_a_post() {
    let node = Node::start().await;
    for name in ["ana", "karim", "lea", "tom", "ines", "paul"] {
        node.person(name).await;
    }
    node.category("voirie", "Voirie").await;
    make_new(&node).await;
    let mut ana = signed_in(&node, "ana").await;
    let links = "https://a.example https://b.example";
    let topic = open_topic(&mut ana, "voirie", "Liens", links).await;
    for (text, word) in [
        (format!("{links} https://c.example"), "liens"),
        ("@karim @lea @tom @ines @paul @voirie".to_owned(), "citer"),
    ] {
        let values = [("content", text.as_str()), ("action", "publish")];
        let refused = ana.submit(&topic, "form#reply", &values).await;
        assert_eq!(refused.status, 422);
        assert!(
            complaint(&refused).contains(word),
            "{}",
            complaint(&refused)
        );
        assert_eq!(
            refused.text("form#reply textarea").as_deref(),
            Some(text.as_str())
        );
    }
    let edit = topic
        .attribute("article a[href$='/edit']", "href")
        .expect("a link to edit");
    let page = ana.get(&edit).await;
    let text = format!("{links} https://c.example");
    let values = [("content", text.as_str()), ("action", "publish")];
    assert_eq!(ana.submit(&page, "form.compose", &values).await.status, 422);
}

#[tokio::test]
async fn limits_are_not_for_accounts_that_an_administrator_made_nor_where_they_are_off() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let off = Node::with(|config| config.registration.new_member_limits = false).await;
    off.person("ana").await;
    off.category("voirie", "Voirie").await;
    make_new(&off).await;
    for node in [&node, &off] {
        let mut ana = signed_in(node, "ana").await;
        for number in 1..=5 {
            open_topic(&mut ana, "voirie", &format!("Sujet {number}"), "Texte.").await;
        }
    }
}
