//! Files over the API, and how they are served.

use parvis_tests::{Client, Node, http, png};
use serde_json::{Value, json};

async fn topic_with(client: &Client, media: &Value) -> Value {
    client
        .post(
            "/topics",
            json!({"category": "voirie", "title": "Plan", "content": "Voici.", "media": [media["id"]]}),
        )
        .await
        .expect(201)
}

async fn opening_post(client: &Client, topic: &Value) -> Value {
    let id = topic["id"].as_str().unwrap();
    client.get(&format!("/topics/{id}/posts")).await.expect(200)["items"][0].clone()
}

async fn get(url: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut request = http().get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn header<'a>(answer: &'a reqwest::Response, name: &str) -> &'a str {
    answer.headers()[name].to_str().unwrap()
}

#[tokio::test]
async fn a_file_is_sent_attached_read_and_exchanged() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    let ana = node.person("ana").await;
    let bob = node.person("bob").await;
    let sent = ana
        .upload("plan.png", png(30, 20), &[("description", "Le plan")])
        .await
        .expect(201);
    assert_eq!(sent["type"], "image");
    assert_eq!(sent["media_type"], "image/png");
    assert_eq!(sent["description"], "Le plan");
    assert_eq!((&sent["width"], &sent["height"]), (&json!(30), &json!(20)));
    assert!(sent["size"].as_u64().unwrap() > 0);

    let body =
        json!({"category": "voirie", "title": "À moi", "content": "x", "media": [sent["id"]]});
    let stolen = bob.post("/topics", body).await.expect(422);
    assert_eq!(stolen["errors"][0]["field"], "media");
    assert_eq!(stolen["errors"][0]["code"], "unknown");
    let topic = topic_with(&ana, &sent).await;
    let post = opening_post(&ana, &topic).await;
    assert_eq!(post["attachments"], json!([sent]));
    assert_eq!(post["content_source"], "Voici.");
    assert_eq!(post["content_html"], "<p>Voici.</p>");

    let other = ana
        .upload("note.txt", b"Une note\n".to_vec(), &[])
        .await
        .expect(201);
    assert_eq!(
        (&other["type"], &other["name"]),
        (&json!("document"), &json!("note.txt"))
    );
    let path = format!("/posts/{}", post["id"].as_str().unwrap());
    let changed = ana
        .patch(&path, json!({"media": [other["id"]]}))
        .await
        .expect(200);
    assert_eq!(changed["attachments"], json!([other]));
    assert!(changed["edited_at"].is_string());
    assert_eq!(changed["content_source"], "Voici.");
    assert_eq!(get(sent["url"].as_str().unwrap(), &[]).await.status(), 404);
    let emptied = ana.patch(&path, json!({"media": []})).await.expect(200);
    assert_eq!(emptied["attachments"], json!([]));
    let wrong = ana.patch(&path, json!({"media": "x"})).await.expect(422);
    assert_eq!(wrong["errors"][0]["field"], "media");
}

#[tokio::test]
async fn what_is_wrong_with_a_file_names_the_field() {
    let node = Node::start().await;
    let ana = node.person("ana").await;
    let mut heavy = b"%PDF-1.7\n".to_vec();
    heavy.resize(10_000_001, b' ');
    for (name, bytes, texts, field, code) in [
        ("a.png", png(2, 2), &[][..], "description", "blank"),
        ("a.svg", b"<svg/>".to_vec(), &[][..], "file", "refused"),
        (
            "a.pdf",
            png(2, 2),
            &[("description", "x")][..],
            "file",
            "refused",
        ),
        (
            "actor.json",
            b"{\"type\":\"Person\"}".to_vec(),
            &[][..],
            "file",
            "refused",
        ),
        ("a.pdf", heavy, &[][..], "file", "too-large"),
        ("a.txt", Vec::new(), &[][..], "file", "blank"),
    ] {
        let problem = ana.upload(name, bytes, texts).await;
        assert_eq!(problem.headers["content-type"], "application/problem+json");
        let problem = problem.expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{name}: {problem}");
        assert_eq!(problem["errors"][0]["code"], code, "{name}: {problem}");
    }
    let decorative = ana
        .upload("ligne.png", png(2, 2), &[("decorative", "true")])
        .await
        .expect(201);
    assert_eq!(decorative["decorative"], true);
    node.visitor()
        .upload("a.txt", b"x".to_vec(), &[])
        .await
        .expect(401);
    // Larger than any form: refused before it is read whole.
    let huge = ana.upload("a.pdf", vec![b' '; 13 * 1024 * 1024], &[]).await;
    assert_eq!(huge.status, 413, "{}", huge.body);
}

#[tokio::test]
async fn a_file_is_served_as_what_it_is_whatever_is_asked() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    let ana = node.person("ana").await;
    let actor = br#"{"@context":"https://www.w3.org/ns/activitystreams","type":"Person"}"#;
    let sent = ana
        .upload("actor.txt", actor.to_vec(), &[])
        .await
        .expect(201);
    topic_with(&ana, &sent).await;
    let url = sent["url"].as_str().unwrap();
    for accept in [
        "application/activity+json",
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
        "*/*",
    ] {
        let answer = get(url, &[("accept", accept)]).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "content-type"), "text/plain; charset=utf-8");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(
            header(&answer, "content-security-policy"),
            "sandbox; default-src 'none'"
        );
        assert!(header(&answer, "content-disposition").starts_with("attachment;"));
        assert_eq!(
            header(&answer, "cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(&answer.bytes().await.unwrap()[..], actor);
    }
    let whole = get(url, &[]).await;
    let tag = header(&whole, "etag").to_owned();
    assert_eq!(get(url, &[("if-none-match", &tag)]).await.status(), 304);
    let part = get(url, &[("range", "bytes=1-8")]).await;
    assert_eq!(part.status(), 206);
    assert_eq!(
        header(&part, "content-range"),
        format!("bytes 1-8/{}", actor.len())
    );
    assert_eq!(&part.bytes().await.unwrap()[..], &actor[1..=8]);
    let changed = get(url, &[("range", "bytes=1-8"), ("if-range", "\"other\"")]).await;
    assert_eq!(changed.status(), 200);
    let beyond = get(url, &[("range", "bytes=5000-")]).await;
    assert_eq!(beyond.status(), 416);
    assert_eq!(
        header(&beyond, "content-range"),
        format!("bytes */{}", actor.len())
    );
    for name in ["none.txt", "..%2F..%2Fparvis.db", "%00"] {
        let answer = get(&format!("{}/media/{name}", node.url), &[]).await;
        assert_eq!(answer.status(), 404, "{name}");
    }
}

#[tokio::test]
async fn a_file_of_a_removed_post_is_hidden_until_the_post_is_back() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    let admin = node.admin("chef").await;
    let ana = node.person("ana").await;
    let sent = ana
        .upload("a.txt", b"texte".to_vec(), &[])
        .await
        .expect(201);
    let topic = topic_with(&ana, &sent).await;
    let post = opening_post(&ana, &topic).await;
    let url = sent["url"].as_str().unwrap();
    let id: parvis_forum::id::PostId = post["id"].as_str().unwrap().parse().unwrap();
    let forum = &node.forum;
    let by = parvis_forum::people::by_name(forum.db(), "chef")
        .await
        .unwrap();
    let viewer = parvis_forum::Viewer::load(forum.db(), by.actor)
        .await
        .unwrap();
    drop(admin);
    let tx = forum.begin().await.unwrap();
    let row = parvis_forum::posts::by_id(tx.c(), id).await.unwrap();
    let row = parvis_forum::posts::remove(&tx, &viewer, row, "", parvis_forum::Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(get(url, &[]).await.status(), 410);
    let tx = forum.begin().await.unwrap();
    parvis_forum::posts::restore(&tx, &viewer, row, "", parvis_forum::Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(get(url, &[]).await.status(), 200);
}

#[tokio::test]
async fn the_same_request_with_the_same_key_keeps_one_file() {
    let node = Node::start().await;
    let ana = node.person("ana").await;
    let send = async || {
        http()
            .post(format!("{}/api/forum/v1/media", node.url))
            .bearer_auth(ana.token().unwrap())
            .header("idempotency-key", "one")
            .header("content-type", parvis_tests::multipart::content_type())
            .body(parvis_tests::multipart::body(
                &[],
                &[parvis_tests::FileSent {
                    field: "file",
                    name: "a.txt",
                    bytes: b"texte".to_vec(),
                }],
            ))
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };
    let first = send().await;
    assert!(first["id"].is_string(), "{first}");
    assert_eq!(send().await, first);
}
