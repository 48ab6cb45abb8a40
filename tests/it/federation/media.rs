//! Files that go with posts, between servers.

use parvis_tests::{Node, fetch, png, settle};
use serde_json::{Value, json};

async fn opening_posts(client: &parvis_tests::Client, handle: &str) -> Vec<Value> {
    let topics = client
        .get(&format!("/categories/{handle}/topics?sort=new"))
        .await
        .expect(200);
    let mut posts = Vec::new();
    for topic in topics["items"].as_array().unwrap() {
        let path = format!("/topics/{}/posts", topic["id"].as_str().unwrap());
        posts.push(client.get(&path).await.expect(200)["items"][0].clone());
    }
    posts
}

#[tokio::test]
async fn a_picture_arrives_elsewhere_as_a_link_with_its_description() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    let ana = ministry.person("ana").await;
    let bob = town.person("bob").await;
    let handle = format!("integration@{}", ministry.host);
    let follow = format!("/categories/{handle}/follow");
    bob.put(&follow).await.expect(200);
    settle(&[&ministry, &town]).await;

    let picture = ana
        .upload("plan.png", png(30, 20), &[("description", "Le plan du SI")])
        .await
        .expect(201);
    let note = ana
        .upload("note.txt", b"Une note".to_vec(), &[])
        .await
        .expect(201);
    ana.post(
        "/topics",
        json!({"category": "integration", "title": "Plan", "content": "**Voici**.",
               "media": [picture["id"], note["id"]]}),
    )
    .await
    .expect(201);
    settle(&[&ministry, &town]).await;

    let here = opening_posts(&ana, "integration").await;
    let sent = fetch(here[0]["uri"].as_str().unwrap()).await;
    assert_eq!(
        sent["attachment"],
        json!([
            {"type": "Image", "mediaType": "image/png", "url": picture["url"], "name": "Le plan du SI",
             "width": 30, "height": 20},
            {"type": "Document", "mediaType": "text/plain", "url": note["url"], "name": "note.txt"},
        ])
    );
    assert_eq!(sent["content"], "<p><strong>Voici</strong>.</p>");
    assert_eq!(sent["source"]["content"], "**Voici**.");

    let there = opening_posts(&bob, &handle).await;
    let got = &there[0]["attachments"];
    assert_eq!(got[0]["type"], "image");
    assert_eq!(got[0]["description"], "Le plan du SI");
    assert_eq!(got[0]["url"], picture["url"]);
    assert_eq!(
        (&got[0]["width"], &got[0]["id"]),
        (&json!(30), &Value::Null)
    );
    assert_eq!(got[1]["type"], "document");
    assert_eq!(there[0]["content_html"], here[0]["content_html"]);

    // Shown as links: no page makes a reader's browser ask another server.
    let topic = there[0]["topic"].as_str().unwrap();
    let page = town.browser().get(&format!("/t/{topic}")).await;
    assert!(page.shows("Image : Le plan du SI"), "{}", page.body);
    assert_eq!(page.attribute("article .attachments img", "src"), None);
    assert_eq!(
        page.attribute("article .files a", "href").as_deref(),
        picture["url"].as_str()
    );

    // An edit takes the files along.
    let post = format!("/posts/{}", here[0]["id"].as_str().unwrap());
    ana.patch(&post, json!({"media": [note["id"]]}))
        .await
        .expect(200);
    settle(&[&ministry, &town]).await;
    let got = opening_posts(&bob, &handle).await[0]["attachments"].clone();
    assert_eq!(got.as_array().unwrap().len(), 1, "{got}");
    assert_eq!(got[0]["url"], note["url"]);
}
