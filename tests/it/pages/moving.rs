//! Moving house, by the pages.

use parvis_tests::node::PASSWORD;
use parvis_tests::{Browser, Node, settle};

use super::signed_in;

async fn member(node: &Node, name: &str) -> Browser {
    node.person(name).await;
    signed_in(node, name).await
}

#[tokio::test]
async fn somebody_moves_to_another_node_and_followers_go_along() {
    let (town, ministry) = (Node::start().await, Node::start().await);
    let mut old = member(&town, "ana").await;
    let mut new = member(&ministry, "ana").await;
    let mut bob = member(&town, "bob").await;
    let profile = bob.get("/u/ana").await;
    bob.submit(&profile, "form[action='/u/ana/follow']", &[])
        .await;
    let there = format!("@ana@{}", ministry.host);
    let leave = "form[action='/settings/move']";
    // The other side hasn't agreed yet.
    let page = old.get("/settings/move").await;
    let page = old
        .submit(&page, leave, &[("target", &there), ("current", PASSWORD)])
        .await;
    assert!(page.shows("n’indique pas celle-ci"), "{}", page.body);
    // It does now.
    let page_there = new.get("/settings/move").await;
    let former = format!("@ana@{}", town.host);
    let page_there = new
        .submit(
            &page_there,
            "form[action='/settings/move/aliases']",
            &[("alias", &former), ("action", "add")],
        )
        .await;
    assert!(page_there.shows(&former), "{}", page_there.body);
    // Not without the password.
    let page = old
        .submit(
            &page,
            leave,
            &[("target", &there), ("current", "pas le bon mot")],
        )
        .await;
    assert!(!page.shows("Déménagement annoncé vers"), "{}", page.body);
    let page = old
        .submit(&page, leave, &[("target", &there), ("current", PASSWORD)])
        .await;
    assert!(page.shows("Déménagement annoncé vers"), "{}", page.body);
    settle(&[&town, &ministry]).await;
    let profile = town.browser().get("/u/ana").await;
    assert!(profile.shows("a déménagé"), "{}", profile.body);
    assert!(profile.shows(&there), "{}", profile.body);
    // Bob follows the new one.
    let followed = bob.get("/settings/subscriptions").await;
    assert!(followed.shows(&ministry.host), "{}", followed.body);
    assert!(!followed.shows("/u/ana\""), "{}", followed.body);
    let document = parvis_tests::fetch(&format!("{}/u/ana", town.url)).await;
    assert_eq!(document["movedTo"], format!("{}/u/ana", ministry.url));
    let document = parvis_tests::fetch(&format!("{}/u/ana", ministry.url)).await;
    assert_eq!(document["alsoKnownAs"][0], format!("{}/u/ana", town.url));
    // And comes back.
    let page = old
        .submit(&page, "form[action='/settings/move/back']", &[])
        .await;
    assert!(!page.shows("Déménagement annoncé vers"), "{}", page.body);
    let document = parvis_tests::fetch(&format!("{}/u/ana", town.url)).await;
    assert!(document.get("movedTo").is_none(), "{document}");
}

#[tokio::test]
async fn a_category_moves_to_another_node() {
    let (town, ministry) = (Node::start().await, Node::start().await);
    for (node, title) in [(&town, "Vélo"), (&ministry, "Mobilités")] {
        node.category("velo", title).await;
        node.admin("chef").await;
    }
    let bob = ministry.person("bob").await;
    bob.put(&format!("/categories/velo@{}/follow", town.host))
        .await
        .expect(200);
    settle(&[&town, &ministry]).await;
    let mut old = signed_in(&town, "chef").await;
    let mut new = signed_in(&ministry, "chef").await;
    let here = "/admin/categories/velo/move";
    let page = new.get(here).await;
    let page = new
        .submit(
            &page,
            &format!("form[action='{here}/aliases']"),
            &[
                ("alias", &format!("@velo@{}", town.host)),
                ("action", "add"),
            ],
        )
        .await;
    assert!(page.shows(&town.host), "{}", page.body);
    let page = old.get(here).await;
    let page = old
        .submit(
            &page,
            &format!("form[action='{here}']"),
            &[("target", &format!("@velo@{}", ministry.host))],
        )
        .await;
    assert!(page.shows("Déménagement annoncé vers"), "{}", page.body);
    settle(&[&town, &ministry]).await;
    let seen = town.browser().get("/c/velo").await;
    assert!(seen.shows("Cette catégorie a déménagé"), "{}", seen.body);
    // Who followed the old one from the new node follows the new one.
    let mut reader = signed_in(&ministry, "bob").await;
    let followed = reader.get("/settings/subscriptions").await;
    assert!(followed.shows("Mobilités"), "{}", followed.body);
    assert!(!followed.shows(&town.host), "{}", followed.body);
}

#[tokio::test]
async fn a_site_under_another_name_leads_there_and_answers_servers_as_before() {
    let new = Node::start().await;
    let successor = new.url.clone();
    let old = Node::with(|config| {
        config.server.successor_url = Some(successor.parse().unwrap());
    })
    .await;
    for node in [&old, &new] {
        node.category("velo", "Vélo").await;
        node.admin("chef").await;
    }
    let see = async |path: &str| {
        let answer = parvis_tests::http()
            .get(format!("{}{path}", old.url))
            .header("accept", "text/html")
            .send()
            .await
            .unwrap();
        let to = answer.headers().get("location");
        (
            answer.status().as_u16(),
            to.map(|to| to.to_str().unwrap().to_owned()),
        )
    };
    assert_eq!(see("/").await, (308, Some(format!("{}/", new.url))));
    // What has not moved stays.
    assert_eq!(see("/c/velo").await, (200, None));
    let here = "/admin/categories/velo/move";
    let mut there = signed_in_at(&new, "chef").await;
    let page = there.get(here).await;
    there
        .submit(
            &page,
            &format!("form[action='{here}/aliases']"),
            &[("alias", &format!("@velo@{}", old.host)), ("action", "add")],
        )
        .await;
    let mut chief = signed_in_at(&old, "chef").await;
    let page = chief.get(here).await;
    let page = chief
        .submit(
            &page,
            &format!("form[action='{here}']"),
            &[("target", &format!("@velo@{}", new.host))],
        )
        .await;
    assert!(page.shows("Déménagement annoncé vers"), "{}", page.body);
    let (status, to) = see("/c/velo").await;
    assert_eq!((status, to), (308, Some(format!("{}/c/velo", new.url))));
    let document = parvis_tests::fetch(&format!("{}/c/velo", old.url)).await;
    assert_eq!(document["movedTo"], format!("{}/c/velo", new.url));
    assert!(document["publicKey"]["publicKeyPem"].is_string());
}

/// Signs in by the address of the form: the home page may lead elsewhere.
async fn signed_in_at(node: &Node, name: &str) -> Browser {
    let mut browser = node.browser();
    let page = browser.get("/login?next=/settings/move").await;
    let page = browser
        .submit(
            &page,
            "main form[action='/login']",
            &[("login", name), ("password", PASSWORD)],
        )
        .await;
    assert!(page.status == 200 || page.status == 308, "{}", page.body);
    browser
}
