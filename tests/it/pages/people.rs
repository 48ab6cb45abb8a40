//! Profiles.

use parvis_tests::Node;

use super::{open_topic, reply, signed_in};

#[tokio::test]
async fn a_profile_lists_topics_and_posts() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Sujet d’Ana", "Texte d’Ana.").await;
    reply(&mut ana, &topic, "Encore Ana.").await;
    let mut karim = signed_in(&node, "karim").await;
    let page = karim.get("/u/ana").await;
    assert_eq!(page.heading(), "Ana");
    assert!(page.shows("Sujet d’Ana"));
    let page = karim.get("/u/ana?tab=posts").await;
    assert!(page.shows("Encore Ana."), "{}", page.body);
    let page = karim
        .submit(&page, "form[action='/u/ana/follow']", &[])
        .await;
    assert!(
        page.attribute("form[action='/u/ana/unfollow']", "action")
            .is_some()
    );
    let own = ana.get("/u/ana").await;
    assert!(
        own.attribute("a[href='/settings/profile']", "href")
            .is_some()
    );
    assert!(
        own.attribute("form[action='/u/ana/follow']", "action")
            .is_none()
    );
    let mut visitor = node.browser();
    assert_eq!(visitor.get("/u/personne").await.status, 404);
    assert_eq!(visitor.get("/u/voirie").await.status, 404);
}
