//! Categories: lists with filters, following, and those of other nodes.

use parvis_forum::Viewer;
use parvis_forum::categories::{self, CategoryChange};
use parvis_tests::{Node, node};

use super::{open_topic, path, signed_in};

#[tokio::test]
async fn topics_are_listed_by_filters_and_pages() {
    let node = Node::start().await;
    let ana = node.admin("ana").await;
    node.category("voirie", "Voirie").await;
    for number in 1..=32 {
        let kind = if number == 5 {
            "question"
        } else {
            "discussion"
        };
        ana.post(
            "/topics",
            serde_json::json!({
                "category": "voirie", "title": format!("Sujet {number:02}"), "content": "Texte.",
                "language": "fr", "kind": kind, "tags": if number == 7 { vec!["banc"] } else { vec![] },
            }),
        )
        .await
        .expect(201);
    }
    let mut visitor = node.browser();
    let page = visitor.get("/c/voirie").await;
    assert_eq!(page.texts(".topic-row").len(), 30);
    let next = page
        .attribute(".pager a[rel=next]", "href")
        .expect("a next page");
    let page = visitor.get(&next).await;
    assert_eq!(page.texts(".topic-row").len(), 2);
    assert!(page.shows("Sujet 01"));
    let page = visitor.get("/c/voirie?kind=question").await;
    assert_eq!(page.texts(".topic-title"), ["Sujet 05"]);
    let page = visitor.get("/c/voirie?tag=banc").await;
    assert_eq!(page.texts(".topic-title"), ["Sujet 07"]);
    let page = visitor.get("/c/voirie?state=solved").await;
    assert!(page.shows("Aucun sujet avec ces filtres"));
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/c/voirie?kind=question").await;
    let topic = page
        .attribute(".topic-title a", "href")
        .expect("the question");
    let page = ana.get(&topic).await;
    ana.submit(&page, "form[action$='/pin']", &[]).await;
    let page = visitor.get("/c/voirie").await;
    assert_eq!(
        page.texts(".topic-title").first().map(String::as_str),
        Some("Sujet 05")
    );
    assert_eq!(
        page.headers
            .get("link")
            .and_then(|link| link.to_str().ok())
            .map(|link| link.contains(&format!("<{}/c/voirie>", node.url))),
        Some(true)
    );
}

#[tokio::test]
async fn a_member_follows_a_category_and_leaves_it() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    node.category("voirie", "Voirie").await;
    let mut karim = signed_in(&node, "karim").await;
    open_topic(&mut karim, "voirie", "Nouveau banc", "Ici.").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/home").await;
    assert_eq!(page.status, 200);
    assert!(!page.shows("Nouveau banc"));
    let page = ana.get("/c/voirie").await;
    let page = ana
        .submit(&page, "form[action='/c/voirie/follow']", &[])
        .await;
    assert!(
        page.attribute("form[action='/c/voirie/unfollow']", "action")
            .is_some()
    );
    assert!(ana.get("/home").await.shows("Nouveau banc"));
    let page = ana
        .submit(&page, "form[action='/c/voirie/unfollow']", &[])
        .await;
    assert!(
        page.attribute("form[action='/c/voirie/follow']", "action")
            .is_some()
    );
}

#[tokio::test]
async fn a_topic_in_a_category_elsewhere_waits_for_its_confirmation() {
    let town = Node::start().await;
    town.category("voirie", "Voirie").await;
    let ministry = Node::start().await;
    ministry.person("ana").await;
    let mut ana = signed_in(&ministry, "ana").await;
    let handle = format!("voirie@{}", town.host);
    assert_eq!(ana.get(&format!("/c/{handle}")).await.status, 404);
    let page = ana
        .get(&format!("/search?q=%40{}", handle.replace('@', "%40")))
        .await;
    let page = ana
        .submit(&page, "form[action='/search/remote']", &[])
        .await;
    assert_eq!(path(&page), format!("/c/{handle}"), "{}", page.body);
    assert!(page.shows("Voirie"));
    node::settle(&[&ministry, &town]).await;
    let page = ana
        .submit(&page, &format!("form[action='/c/{handle}/follow']"), &[])
        .await;
    assert_eq!(page.status, 200);
    node::settle(&[&ministry, &town]).await;
    let topic = open_topic(&mut ana, &handle, "Vu du ministère", "Bonjour.").await;
    assert!(
        topic.shows("En attente de confirmation par"),
        "{}",
        topic.body
    );
    node::settle(&[&ministry, &town]).await;
    let there = town.browser().get("/c/voirie").await;
    assert!(there.shows("Vu du ministère"), "{}", there.body);
    assert!(ana.get("/").await.shows("Catégories d’autres nœuds"));
    let topic = ana.get(&path(&topic)).await;
    assert!(!topic.shows("En attente de confirmation par"));
}

#[tokio::test]
async fn filters_offer_the_tags_of_the_category_alone() {
    let node = Node::start().await;
    let ana = node.person("ana").await;
    node.category("voirie", "Voirie").await;
    node.category("eau", "Eau").await;
    for (category, tag) in [("voirie", "banc"), ("eau", "fontaine")] {
        ana.post(
            "/topics",
            serde_json::json!({"category": category, "title": tag, "content": "Texte.", "tags": [tag]}),
        )
        .await
        .expect(201);
    }
    let page = node.browser().get("/c/voirie").await;
    assert_eq!(page.texts("#tag option"), ["Tous", "banc"]);
}

#[tokio::test]
async fn a_category_shows_the_topics_of_those_that_it_is_linked_to() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    town.category("logiciels", "Logiciels").await;
    let ana = ministry.person("ana").await;
    let lea = town.admin("lea").await;
    let link = format!("/categories/logiciels/links/integration@{}", ministry.host);
    lea.put(&link).await.expect(200);
    node::settle(&[&ministry, &town]).await;
    let topic = serde_json::json!({"category": "integration", "title": "Annuaire", "content": "Bonjour", "tags": ["ldap"]});
    ana.post("/topics", topic).await.expect(201);
    let topic =
        serde_json::json!({"category": "logiciels", "title": "Tableur", "content": "Bonjour"});
    lea.post("/topics", topic).await.expect(201);
    node::settle(&[&ministry, &town]).await;
    let page = town.browser().get("/c/logiciels").await;
    assert_eq!(page.texts(".topic-title").len(), 2, "{}", page.body);
    let rows = page.texts(".topic-row");
    let brought = rows.iter().find(|row| row.contains("Annuaire")).unwrap();
    assert!(brought.contains("Intégration"), "{brought}");
    assert!(
        brought.contains(&format!("venue de {}", ministry.host)),
        "{brought}"
    );
    let own = rows.iter().find(|row| row.contains("Tableur")).unwrap();
    assert!(!own.contains("venue de"), "{own}");
    assert!(page.texts("#tag option").contains(&"ldap".to_owned()));
}

#[tokio::test]
async fn spaces_that_do_not_break_stay_in_descriptions() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    let lea = node.admin("lea").await;
    drop(lea);
    let mut lea = signed_in(&node, "lea").await;
    let page = lea.get("/admin/categories/voirie/edit").await;
    let text = "Moins de 3\u{a0}%\u{202f}; voilà.";
    let page = lea
        .submit(&page, "main form", &[("description", text)])
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    let home = node.browser().get("/").await;
    assert!(home.body.contains(text), "{}", home.body);
}

#[tokio::test]
async fn lists_are_read_backwards_too() {
    let node = Node::start().await;
    let lea = node.admin("lea").await;
    node.category("voirie", "Voirie").await;
    for number in 1..=65 {
        let topic = serde_json::json!({
            "category": "voirie", "title": format!("Sujet {number:02}"), "content": "Texte.", "kind": "question",
        });
        lea.post("/topics", topic).await.expect(201);
    }
    let mut visitor = node.browser();
    for list in [
        "/c/voirie",
        "/c/voirie?kind=question",
        "/u/lea?tab=topics",
        "/u/lea?tab=posts",
    ] {
        let first = visitor.get(list).await;
        assert!(first.attribute("a[rel=prev]", "href").is_none(), "{list}");
        let titles = |page: &parvis_tests::PageSeen| page.texts("main li a[href*='/sujet-']");
        let mut pages = vec![first];
        while let Some(next) = pages
            .last()
            .and_then(|p| p.attribute("a[rel=next]", "href"))
        {
            let page = visitor.get(&next).await;
            assert_eq!(
                page.attribute("head link[rel=next]", "href"),
                page.attribute("a[rel=next]", "href")
            );
            pages.push(page);
        }
        assert!(pages.len() >= 3, "{list}");
        let mut back = pages.last().unwrap().clone();
        for before in pages.iter().rev().skip(1) {
            let link = back
                .attribute("a[rel=prev]", "href")
                .expect("a page before");
            assert_eq!(
                back.attribute("head link[rel=prev]", "href"),
                Some(link.clone())
            );
            back = visitor.get(&link).await;
            assert_eq!(titles(&back), titles(before), "{list}");
        }
        let link = pages[1]
            .attribute("a[rel=prev]", "href")
            .expect("a page before");
        let first = visitor.get(&link).await;
        assert!(first.path == list, "{} leads to {}", link, first.path);
    }
    assert_eq!(visitor.get("/c/voirie?before=zz").await.status, 400);
}

#[tokio::test]
async fn who_wrote_what_a_category_elsewhere_does_not_take_sees_why() {
    let town = Node::start().await;
    town.category("voirie", "Voirie").await;
    let ministry = Node::start().await;
    let client = ministry.person("ana").await;
    let mut ana = signed_in(&ministry, "ana").await;
    let handle = format!("voirie@{}", town.host);
    client
        .put(&format!("/categories/{handle}/follow"))
        .await
        .expect(200);
    node::settle(&[&ministry, &town]).await;
    let tx = town.forum.begin().await.unwrap();
    let category = categories::by_handle(tx.c(), tx.config(), "voirie")
        .await
        .unwrap();
    let change = CategoryChange {
        archived: Some(true),
        ..CategoryChange::default()
    };
    categories::edit(&tx, &Viewer::System, category, change)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let topic = open_topic(&mut ana, &handle, "Trop tard", "Bonjour.").await;
    assert!(topic.shows("En attente de confirmation par"));
    node::settle(&[&ministry, &town]).await;
    let address = path(&topic);
    let topic = ana.get(&address).await;
    assert!(!topic.shows("En attente de confirmation par"));
    assert!(topic.shows("n’a pas accepté ce message"), "{}", topic.body);
    assert!(
        topic.shows("Cette catégorie est archivée"),
        "{}",
        topic.body
    );
    let notices = ana.get("/notifications").await;
    assert!(
        notices.shows("Cette catégorie est archivée"),
        "{}",
        notices.body
    );
    // Others see that it went nowhere; what the author was told is the author's.
    let seen = ministry.browser().get(&address).await;
    assert!(seen.shows("n’a pas accepté ce message"), "{}", seen.body);
    assert!(!seen.shows("Cette catégorie est archivée"));
    assert!(!town.browser().get("/c/voirie").await.shows("Trop tard"));
}
