//! Answers kept in memory: given to visitors only, out of date as soon as what they show changes, whoever changes it.

use parvis_tests::{Client, Node, NodeProcess};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, ETAG, HeaderMap, IF_NONE_MATCH,
};
use serde_json::{Value, json};

const ACTIVITY: &str = "application/activity+json";

/// A topic with as many replies.
async fn topic(ana: &Client, title: &str, replies: usize) -> Value {
    let topic = ana
        .post(
            "/topics",
            json!({"category": "voirie", "title": title, "content": "Le texte du sujet."}),
        )
        .await
        .expect(201);
    for n in 0..replies {
        reply(ana, &topic, &format!("Réponse {n}")).await;
    }
    topic
}

async fn reply(ana: &Client, topic: &Value, content: &str) {
    let id = topic["id"].as_str().unwrap();
    ana.post(&format!("/topics/{id}/posts"), json!({"content": content}))
        .await
        .expect(201);
}

async fn node() -> (Node, Client) {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    let ana = node.admin("ana").await;
    (node, ana)
}

/// Status, headers and text of what a visitor gets.
async fn get(
    url: &str,
    headers: &[(reqwest::header::HeaderName, &str)],
) -> (u16, HeaderMap, String) {
    let mut request = reqwest::Client::builder()
        .no_gzip()
        .build()
        .unwrap()
        .get(url);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.text().await.unwrap_or_default())
}

async fn tag(url: &str) -> String {
    let (status, headers, _) = get(url, &[]).await;
    assert_eq!(status, 200, "{url}");
    headers[ETAG].to_str().unwrap().to_owned()
}

/// Whether a page is given without asking the database.
async fn is_kept(node: &Node, url: &str) -> bool {
    let before = node.forum.db().statements();
    tag(url).await;
    node.forum.db().statements() == before
}

#[tokio::test]
async fn a_visitor_sees_every_change_at_once_and_others_stay_kept() {
    let (node, ana) = node().await;
    let one = topic(&ana, "Premier", 1).await;
    let two = topic(&ana, "Second", 1).await;
    let (one, two) = (&one, &two);
    let (one_url, two_url) = (one["url"].as_str().unwrap(), two["url"].as_str().unwrap());
    for url in [one_url, two_url, &node.url] {
        assert!(!is_kept(&node, url).await);
        assert!(is_kept(&node, url).await);
    }
    reply(&ana, one, "Une réponse **nouvelle**").await;
    let (_, _, text) = get(one_url, &[]).await;
    assert!(text.contains("nouvelle"), "{text}");
    assert!(!is_kept(&node, &node.url).await, "the home page lists it");
    assert!(
        is_kept(&node, two_url).await,
        "nothing happened in this one"
    );
    // A vote on a reply concerns its topic only.
    let posts = ana
        .get(&format!("/topics/{}/posts", two["id"].as_str().unwrap()))
        .await
        .expect(200);
    let second = posts["items"][1]["id"].as_str().unwrap().to_owned();
    ana.put(&format!("/posts/{second}/like")).await.expect(200);
    assert!(is_kept(&node, one_url).await && !is_kept(&node, two_url).await);
    // Any other change concerns everything.
    ana.delete(&format!("/posts/{second}")).await;
    let (_, _, text) = get(two_url, &[]).await;
    assert!(!text.contains("Réponse 0"), "{text}");
    assert!(!is_kept(&node, one_url).await);
    // What nobody sees concerns nothing.
    ana.post("/notifications/read", json!({})).await;
    let opening = posts["items"][0]["id"].as_str().unwrap();
    ana.put(&format!("/posts/{opening}/bookmark")).await;
    assert!(is_kept(&node, one_url).await);
}

#[tokio::test]
async fn documents_are_kept_and_told_apart_from_pages() {
    let (node, ana) = node().await;
    let topic = topic(&ana, "Sujet", 1).await;
    let id = topic["id"].as_str().unwrap();
    let conversation = format!("{}/t/{id}", node.url);
    let count = async || {
        let (status, _, text) = get(&conversation, &[(ACCEPT, ACTIVITY)]).await;
        assert_eq!(status, 200);
        serde_json::from_str::<Value>(&text).unwrap()["totalItems"].clone()
    };
    assert_eq!(count().await, 2);
    assert_eq!(count().await, 2);
    let (_, headers, _) = get(&conversation, &[(ACCEPT, ACTIVITY)]).await;
    let tag = headers[ETAG].to_str().unwrap();
    let again = get(&conversation, &[(ACCEPT, ACTIVITY), (IF_NONE_MATCH, tag)]).await;
    assert_eq!((again.0, again.2.as_str()), (304, ""));
    assert_eq!(again.1[ETAG], headers[ETAG]);
    reply(&ana, &topic, "Encore").await;
    assert_eq!(count().await, 3);
    let actor = format!("{}/c/voirie", node.url);
    let (_, _, document) = get(&actor, &[(ACCEPT, ACTIVITY)]).await;
    let (_, headers, page) = get(&actor, &[]).await;
    assert!(document.starts_with('{') && page.contains("<html"));
    let vary = headers.get_all("vary").iter();
    let vary: Vec<&str> = vary.filter_map(|value| value.to_str().ok()).collect();
    assert!(vary.contains(&"Accept"), "{vary:?}");
}

#[tokio::test]
async fn who_is_signed_in_is_answered_anew() {
    let (node, ana) = node().await;
    let topic = topic(&ana, "Sujet", 0).await;
    let url = topic["url"].as_str().unwrap();
    let path = url.strip_prefix(&node.url).unwrap();
    let mut browser = super::pages::signed_in(&node, "ana").await;
    tag(url).await;
    let mine = browser.get(path).await;
    assert!(mine.text("header .account, header nav").is_some());
    assert!(mine.body.contains("name=\"content\""), "a form to reply");
    let (_, _, visitors) = get(url, &[]).await;
    assert!(!visitors.contains("/logout"), "{visitors}");
    assert!(visitors.contains("/login"));
}

#[tokio::test]
async fn each_language_and_encoding_has_its_own() {
    let (node, ana) = node().await;
    let topic = topic(&ana, "Sujet", 30).await;
    let url = topic["url"].as_str().unwrap();
    for _ in 0..2 {
        let (_, _, french) = get(url, &[(ACCEPT_LANGUAGE, "fr")]).await;
        let (_, _, english) = get(url, &[(ACCEPT_LANGUAGE, "en")]).await;
        assert!(french.contains("lang=\"fr\"") && english.contains("lang=\"en\""));
        let (_, plain, _) = get(url, &[(ACCEPT_ENCODING, "identity")]).await;
        let (_, gzip, _) = get(url, &[(ACCEPT_ENCODING, "gzip")]).await;
        let (_, brotli, _) = get(url, &[(ACCEPT_ENCODING, "br")]).await;
        assert!(!plain.contains_key(CONTENT_ENCODING));
        assert_eq!(gzip[CONTENT_ENCODING], "gzip");
        assert_eq!(brotli[CONTENT_ENCODING], "br");
        assert!(plain[ETAG] != gzip[ETAG] && gzip[ETAG] != brotli[ETAG]);
    }
    let theme = format!(
        "parvis_theme_{}=dark",
        node.host.rsplit(':').next().unwrap()
    );
    let (_, _, dark) = get(url, &[(reqwest::header::COOKIE, &theme)]).await;
    let (_, _, light) = get(url, &[]).await;
    assert_ne!(
        dark.contains("data-theme=\"dark\""),
        light.contains("data-theme=\"dark\"")
    );
}

#[tokio::test]
async fn what_a_command_changes_shows_at_once() {
    let node = NodeProcess::start().await;
    node.run(
        &[
            "category", "create", "--slug", "voirie", "--title", "Voirie",
        ],
        "",
    )
    .await;
    for round in 0..5 {
        let before = tag(&node.url).await;
        assert_eq!(tag(&node.url).await, before);
        let (slug, title) = (format!("c{round}"), format!("Nouvelle {round}"));
        node.run(
            &["category", "create", "--slug", &slug, "--title", &title],
            "",
        )
        .await;
        let (_, _, text) = get(&node.url, &[]).await;
        assert!(text.contains(&title), "round {round}: {text}");
    }
}

#[tokio::test]
async fn a_page_costs_as_many_queries_whatever_its_size() {
    let (node, ana) = node().await;
    let small = topic(&ana, "Petit", 2).await;
    let large = topic(&ana, "Grand", 19).await;
    let path = |topic: &Value| topic["id"].as_str().unwrap().to_owned();
    let cost = async |url: String, accept: &str| {
        let before = node.forum.db().statements();
        let (status, _, text) = get(&url, &[(ACCEPT, accept)]).await;
        assert_eq!(status, 200, "{url}: {text}");
        node.forum.db().statements() - before
    };
    let pages = [
        (
            small["url"].as_str().unwrap().to_owned(),
            large["url"].as_str().unwrap().to_owned(),
            "text/html",
        ),
        (
            format!("{}/t/{}", node.url, path(&small)),
            format!("{}/t/{}", node.url, path(&large)),
            ACTIVITY,
        ),
    ];
    for (small, large, accept) in pages {
        let (few, many) = (cost(small, accept).await, cost(large.clone(), accept).await);
        assert!(few.abs_diff(many) <= 1, "{large}: {few} and {many} queries");
        assert!(many <= 20, "{large}: {many} queries");
        assert_eq!(cost(large, accept).await, 0, "from memory");
    }
    // Lists: with three topics, then with twenty more.
    let lists = [
        (node.url.clone(), "text/html"),
        (format!("{}/c/voirie", node.url), "text/html"),
        (format!("{}/c/voirie/outbox?page=1", node.url), ACTIVITY),
    ];
    let mut few = Vec::new();
    for (url, accept) in &lists {
        few.push(cost(url.clone(), accept).await);
    }
    for n in 0..20 {
        topic(&ana, &format!("Sujet {n}"), 0).await;
    }
    for ((url, accept), few) in lists.iter().zip(few) {
        let many = cost(url.clone(), accept).await;
        assert!(many <= few + 1, "{url}: {few} and {many} queries");
        assert!(many <= 25, "{url}: {many} queries");
    }
}
