//! Remote interaction (product.md §4, CHK-23): from here to the server of one's own account, and back.

use axum::http::StatusCode;
use parvis_tests::{Node, PageSeen, Peer};
use serde_json::{Value, json};

use super::signed_in;

const SUBSCRIBE: &str = "http://ostatus.org/schema/1.0/subscribe";
const INTENT: &str = "https://w3id.org/fep/3b86/";

/// What comes of the form when the peer answers with these links.
async fn leave(node: &Node, peer: &Peer, links: Value) -> PageSeen {
    peer.serve(
        "/.well-known/webfinger",
        StatusCode::OK,
        "application/jrd+json",
        &json!({"subject": format!("acct:lea@{}", peer.host), "links": links}).to_string(),
    );
    send(node, &format!("@lea@{}", peer.host)).await
}

async fn send(node: &Node, account: &str) -> PageSeen {
    let mut browser = node.browser();
    let page = browser
        .get(&format!("/follow?target=%40voirie%40{}", node.host))
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser
        .submit(
            &page,
            "main form[action='/follow']",
            &[("account", account)],
        )
        .await
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn the_best_relation_that_a_server_offers_is_taken() {
    let node = Node::start().await;
    let category = encoded(&node.category("voirie", "Voirie").await);
    let peer = Peer::start().await;
    let subscribe = json!({"rel": SUBSCRIBE, "template": format!("{}/s?uri={{uri}}", peer.url)});
    let follow = |key: &str| json!({"rel": format!("{INTENT}Follow"), key: format!("{}/f?o={{object}}&x={{other}}", peer.url)});
    for (links, expect) in [
        (
            json!([subscribe, follow("template")]),
            format!("{}/f?o={category}&x=", peer.url),
        ),
        (
            json!([subscribe, follow("href")]),
            format!("{}/f?o={category}&x=", peer.url),
        ),
        (json!([subscribe]), format!("{}/s?uri={category}", peer.url)),
    ] {
        let page = leave(&node, &peer, links).await;
        assert_eq!((page.status, page.path), (303, expect));
    }
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_words() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    let peer = Peer::start().await;
    let page = leave(&node, &peer, json!([])).await;
    assert_eq!(page.status, 422);
    assert!(page.shows("ne permet pas de suivre depuis ici"));
    for template in [
        "javascript:alert({uri})",
        "https://{uri}/",
        "/relative?u={uri}",
    ] {
        let page = leave(
            &node,
            &peer,
            json!([{"rel": SUBSCRIBE, "template": template}]),
        )
        .await;
        assert_eq!(page.status, 422, "{template}");
    }
    peer.serve(
        "/.well-known/webfinger",
        StatusCode::NOT_FOUND,
        "text/plain",
        "",
    );
    let page = send(&node, &format!("@lea@{}", peer.host)).await;
    assert_eq!(page.status, 422);
    assert!(page.shows("ne connaît pas ce compte"));
    let page = send(&node, "pas une adresse !").await;
    assert_eq!(page.status, 422);
    assert_eq!(
        page.attribute("#account", "value").as_deref(),
        Some("pas une adresse !")
    );
    assert_eq!(send(&node, "").await.status, 422);
}

#[tokio::test]
async fn a_server_alone_is_taken_to_its_usual_page() {
    let node = Node::start().await;
    let category = encoded(&node.category("voirie", "Voirie").await);
    let peer = Peer::start().await;
    let page = send(&node, &peer.host).await;
    assert_eq!(
        (page.status, page.path),
        (
            303,
            format!("{}/authorize_interaction?uri={category}", peer.url)
        )
    );
    assert!(peer.fetched().is_empty(), "{:?}", peer.fetched());
}

#[tokio::test]
async fn without_development_mode_only_https_is_followed() {
    let node = Node::with(|config| config.federation.insecure = false).await;
    node.category("voirie", "Voirie").await;
    let page = send(&node, "http://social.example/@lea").await;
    assert_eq!(page.status, 422);
    let page = send(&node, "social.example").await;
    assert_eq!(page.status, 303);
    assert!(
        page.path.starts_with("https://social.example/"),
        "{}",
        page.path
    );
}

#[tokio::test]
async fn only_the_pages_that_leave_have_the_wider_policy() {
    let node = Node::with(|config| config.federation.insecure = false).await;
    node.category("voirie", "Voirie").await;
    let mut browser = node.browser();
    let policy = |page: &PageSeen| {
        page.headers
            .get("content-security-policy")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let page = browser.get("/follow?target=voirie").await;
    assert!(
        policy(&page).contains("form-action 'self' https:;"),
        "{}",
        policy(&page)
    );
    let page = browser.get("/c/voirie").await;
    assert!(
        policy(&page).contains("form-action 'self';"),
        "{}",
        policy(&page)
    );
}

#[tokio::test]
async fn what_is_not_known_here_cannot_be_followed() {
    let node = Node::start().await;
    let mut browser = node.browser();
    for target in [
        "",
        "rien",
        "@x@nowhere.example",
        "https://nowhere.example/c/x",
        "/t/1",
    ] {
        let page = browser
            .get(&format!("/follow?target={}", encoded(target)))
            .await;
        assert_eq!(page.status, 404, "{target:?}");
    }
}

#[tokio::test]
async fn a_visitor_from_elsewhere_signs_in_first_and_then_follows() {
    let node = Node::start().await;
    node.person("ana").await;
    let peer = Peer::start().await;
    let group = peer.group("velo");
    let uri = encoded(&group.id);
    let mut visitor = node.browser();
    let page = visitor
        .get(&format!("/authorize_interaction?uri={uri}"))
        .await;
    assert!(page.path.starts_with("/login?back="), "{}", page.path);
    assert!(
        peer.fetched().is_empty(),
        "nothing is fetched for a visitor"
    );
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get(&format!("/authorize_interaction?uri={uri}")).await;
    assert_eq!(page.status, 200);
    assert!(peer.fetched().is_empty(), "nothing is fetched by a GET");
    let form = "form[action='/authorize_interaction']";
    let page = ana.submit(&page, form, &[("action", "look-up")]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let page = ana.submit(&page, form, &[("action", "follow")]).await;
    assert!(page.shows("La demande est envoyée"), "{}", page.body);
    node.settle().await;
    assert_eq!(peer.of_type("Follow").len(), 1);
    let page = ana.get("/settings/subscriptions").await;
    assert!(page.shows(&peer.host), "{}", page.body);
    let page = ana
        .submit(
            &page,
            "form[action='/settings/subscriptions/unfollow']",
            &[],
        )
        .await;
    assert!(page.shows("Vous ne suivez plus"));
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_said_to() {
    let node = Node::start().await;
    node.person("ana").await;
    let peer = Peer::start().await;
    let mut ana = signed_in(&node, "ana").await;
    let uri = encoded(&format!("{}/nothing", peer.url));
    let page = ana.get(&format!("/authorize_interaction?uri={uri}")).await;
    let page = ana
        .submit(
            &page,
            "form[action='/authorize_interaction']",
            &[("action", "look-up")],
        )
        .await;
    assert!(page.text("main [role=alert]").is_some(), "{}", page.body);
}
