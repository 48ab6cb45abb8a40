//! What was typed is never lost: sessions that end, forms that are too old.

use parvis_forum::db::sea_orm::ConnectionTrait;
use parvis_forum::{people, sessions};
use parvis_tests::Node;
use parvis_tests::node::PASSWORD;

use super::{open_topic, path, signed_in};

async fn end_sessions(node: &Node, name: &str) {
    let account = people::by_name(node.forum.db(), name).await.unwrap();
    let tx = node.forum.begin().await.unwrap();
    sessions::end_all(&tx, account.actor.id, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_text_sent_after_the_session_ended_is_found_again_after_signing_in() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let form = ana.get("/c/voirie/new").await;
    end_sessions(&node, "ana").await;
    let text = "Première ligne <b>\n\nDeuxième « ligne ».";
    let values = [
        ("title", "Rue scolaire"),
        ("content", text),
        ("action", "publish"),
    ];
    let sign_in = ana.submit(&form, "form.compose", &values).await;
    assert_eq!(sign_in.status, 401, "{}", sign_in.body);
    assert!(sign_in.text("#kept-text").unwrap().contains("Deuxième"));
    let wrong = [("login", "ana"), ("password", "pas le bon mot de passe")];
    let login = "main form[action='/login']";
    let again = ana.submit(&sign_in, login, &wrong).await;
    assert_eq!(again.status, 422);
    let right = [("login", "ana"), ("password", PASSWORD)];
    let found = ana.submit(&again, login, &right).await;
    assert_eq!(found.status, 200, "{}", found.body);
    assert_eq!(found.heading(), "Votre texte vous attend");
    let topic = ana.submit(&found, "form.compose", &[]).await;
    assert_eq!(topic.status, 200, "{}", topic.body);
    assert_eq!(topic.heading(), "Rue scolaire");
    assert_eq!(
        topic
            .texts("article p")
            .iter()
            .filter(|p| p.contains("ligne"))
            .count(),
        2
    );
}

#[tokio::test]
async fn a_reply_with_a_token_that_does_not_hold_is_sent_again_with_one_button() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Bancs", "Où ?").await;
    let before = topic.clone();
    // Signing in again in another tab makes the token of this one useless.
    let mut ana = signed_in(&node, "ana").await;
    let text = "Une réponse assez longue pour être montrée dans son propre champ, afin que l’on puisse encore la corriger avant de la renvoyer.";
    let values = [("content", text), ("action", "publish")];
    let expired = ana.submit(&before, "form#reply", &values).await;
    assert_eq!(expired.status, 403);
    assert_eq!(expired.heading(), "Formulaire expiré");
    assert_eq!(
        expired.text("textarea[name=content]").as_deref(),
        Some(text)
    );
    let sent = ana.submit(&expired, "form.compose", &[]).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    assert!(path(&sent).starts_with(&path(&topic)) && sent.shows(text));
}

#[tokio::test]
async fn what_another_site_filled_in_is_not_offered_to_be_sent() {
    let node = Node::start().await;
    let http = reqwest::Client::builder().build().unwrap();
    for (name, value) in [("origin", "https://evil.example"), ("x-none", "-")] {
        let answer = http
            .post(format!("{}/c/voirie/new", node.url))
            .header(name, value)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .body("csrf=x&title=Piège&content=Piège&action=publish")
            .send()
            .await
            .unwrap();
        assert!(matches!(answer.status().as_u16(), 401 | 403));
        assert!(!answer.text().await.unwrap().contains("Piège"));
    }
}

#[tokio::test]
async fn what_is_not_there_leads_to_a_search_and_to_the_latest_topics() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let gone = open_topic(&mut ana, "voirie", "Une erreur", "À effacer.").await;
    open_topic(&mut ana, "voirie", "Bancs publics", "Où ?").await;
    let delete = gone
        .attribute("article a[href$='/delete']", "href")
        .expect("a link to delete");
    let page = ana.get(&delete).await;
    ana.submit(&page, "main form", &[]).await;
    let mut visitor = node.browser();
    for (address, status, words) in [
        ("/bancs/publics", 404, "bancs publics"),
        (path(&gone).as_str(), 410, "une erreur"),
    ] {
        let page = visitor.get(address).await;
        assert_eq!(page.status, status);
        assert_eq!(page.attribute("#q", "value").as_deref(), Some(words));
        assert_eq!(
            page.texts(".topic-title"),
            ["Bancs publics"],
            "{}",
            page.body
        );
    }
    let tx = node.forum.begin().await.unwrap();
    tx.c()
        .execute_unprepared("DROP TABLE topics")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let page = visitor.get("/bancs/publics").await;
    assert_eq!(page.status, 404);
    assert!(page.attribute("#q", "value").is_some());
    assert!(page.texts(".topic-title").is_empty());
}
