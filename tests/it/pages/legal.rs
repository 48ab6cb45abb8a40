//! Pages in which the institution answers for the node, and the small choices of a reader.

use parvis_forum::Config;
use parvis_forum::config::{Conformity, Day, WebAddress};
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
            "/licence",
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

#[tokio::test]
async fn legal_pages_say_what_the_settings_say() {
    let node = Node::with(|config| {
        config.node.institution = Some("Ville de Rives".to_owned());
        let legal = &mut config.legal;
        legal.address = Some("1 place de la Mairie\n38000 Rives".to_owned());
        legal.phone = Some("04 00 00 00 00".to_owned());
        legal.email = Some("mairie@rives.example".to_owned());
        legal.director = Some("Ada Martin, maire".to_owned());
        legal.host_name = Some("Hébergeur des communs".to_owned());
        legal.host_phone = Some("01 00 00 00 00".to_owned());
        legal.dpo = Some("dpo@rives.example".to_owned());
        legal.moderation_email = Some("moderation@rives.example".to_owned());
    })
    .await;
    let mut browser = node.browser();
    let page = browser.get("/legal").await;
    for text in [
        "Ville de Rives",
        "1 place de la Mairie",
        "04 00 00 00 00",
        "mairie@rives.example",
        "Ada Martin, maire",
        "Hébergeur des communs",
        "01 00 00 00 00",
    ] {
        assert!(page.shows(text), "{text}");
    }
    assert!(browser.get("/privacy").await.shows("dpo@rives.example"));
    assert!(
        browser
            .get("/contact")
            .await
            .shows("moderation@rives.example")
    );
    node.admin("lea").await;
    let mut lea = signed_in(&node, "lea").await;
    let page = lea.get("/admin").await;
    assert!(page.shows("legal.host_address"), "{}", page.body);
    assert!(!page.shows("legal.director"));
}

#[tokio::test]
async fn conformity_is_only_what_an_audit_found() {
    let node = Node::with(|config| {
        let legal = &mut config.legal;
        legal.accessibility = Conformity::Partial;
        legal.audit_by = Some("Atelier Accessible".to_owned());
        legal.audit_date = Some(Day("2026-05-12".parse().unwrap()));
        legal.audit_rate = Some(78);
        legal.audit_issues = Some("Des images sans texte\nUn contraste".to_owned());
    })
    .await;
    let page = node.browser().get("/accessibility").await;
    assert!(page.shows("partiellement conforme"));
    assert!(page.shows("Atelier Accessible") && page.shows("78"));
    assert!(page.texts("main li").contains(&"Un contraste".to_owned()));
    assert!(
        page.attribute("time", "datetime")
            .unwrap()
            .starts_with("2026-05-12")
    );

    let mut config = Config::default();
    config.legal.accessibility = Conformity::Full;
    assert!(config.validate().is_err(), "no audit");
    config.legal.audit_by = Some("Atelier".to_owned());
    config.legal.audit_date = Some(Day("2026-05-12".parse().unwrap()));
    config.legal.audit_rate = Some(78);
    assert!(config.validate().is_err(), "not all criteria");
    config.legal.accessibility = Conformity::Partial;
    assert!(config.validate().is_ok());
}

#[tokio::test]
async fn the_source_is_offered_by_an_address_or_on_request() {
    let node = Node::start().await;
    let mut browser = node.browser();
    let page = browser.get("/").await;
    assert!(
        page.attribute("footer a[href='/licence']", "href")
            .is_some()
    );
    let page = browser.get("/licence").await;
    assert!(page.shows("demandez-le à"));
    assert!(page.shows("GNU AFFERO GENERAL PUBLIC LICENSE"));
    let source = "https://code.example/parvis";
    let node = Node::with(|config| {
        config.software.source_url = Some(WebAddress(source.parse().unwrap()));
    })
    .await;
    let page = node.browser().get("/").await;
    assert!(
        page.attribute(&format!("footer a[href='{source}']"), "href")
            .is_some()
    );
    let info = node.browser().get("/nodeinfo/2.1").await;
    assert!(info.body.contains(source), "{}", info.body);
}
