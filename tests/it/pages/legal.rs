//! Pages in which the institution answers for the node, and the small choices of a reader.

use parvis_tests::Node;

use super::signed_in;

#[tokio::test]
async fn every_page_of_the_footer_is_there_in_both_languages() {
    let node = Node::start().await;
    let mut browser = node.browser();
    let home = browser.get("/").await;
    assert!(browser.cookies().is_empty(), "reading sets no cookie");
    for language in ["fr", "en"] {
        browser.language = language.to_owned();
        for path in [
            "/sitemap",
            "/accessibility",
            "/legal",
            "/privacy",
            "/terms",
            "/moderation-policy",
            "/contact",
            "/open-data",
            "/about",
            "/about/federation",
            "/report",
        ] {
            let page = browser.get(path).await;
            assert_eq!((page.status, page.path.as_str()), (200, path));
            assert_eq!(page.attribute("html", "lang").as_deref(), Some(language));
            assert!(!page.heading().is_empty());
        }
    }
    for path in ["/legal", "/privacy", "/accessibility", "/contact"] {
        assert!(
            home.text(&format!("footer a[href='{path}']")).is_some(),
            "{path}"
        );
    }
    assert!(browser.cookies().is_empty());
}

#[tokio::test]
async fn nothing_is_claimed_that_nobody_entered() {
    let node = Node::start().await;
    let mut browser = node.browser();
    let page = browser.get("/accessibility").await;
    assert!(page.shows("non conforme"));
    assert!(
        page.shows("Accessibilité : non conforme")
            || page.shows("Accessibilité\u{a0}: non conforme")
    );
    assert!(browser.get("/legal").await.shows("Non renseigné"));
    let node = Node::with(|config| {
        config.node.contact = Some("contact@ville.example".to_owned());
        config.node.institution = Some("Ville de Rives".to_owned());
    })
    .await;
    let page = node.browser().get("/contact").await;
    assert!(page.shows("contact@ville.example") && page.shows("Ville de Rives"));
}

#[tokio::test]
async fn a_choice_of_language_or_colours_stays_and_leads_back() {
    let node = Node::start().await;
    let mut browser = node.browser();
    let page = browser.get("/language?to=en&back=%2Flegal").await;
    assert_eq!(page.path, "/legal");
    assert_eq!(page.attribute("html", "lang").as_deref(), Some("en"));
    let page = browser.get("/theme?to=dark&back=%2Flegal").await;
    assert_eq!(
        page.attribute("html", "data-theme").as_deref(),
        Some("dark")
    );
    for back in ["//evil.example", "https://evil.example"] {
        let page = browser.get(&format!("/language?to=fr&back={back}")).await;
        assert_eq!(page.path, "/");
    }
}

#[tokio::test]
async fn a_bookmark_is_found_again() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    assert!(ana.get("/bookmarks").await.shows("Aucun signet"));
    let page = super::open_topic(&mut ana, "voirie", "Bancs publics", "Où ?").await;
    ana.submit(&page, "form[action$='/bookmark']", &[]).await;
    assert!(ana.get("/bookmarks").await.shows("Bancs publics"));
}
