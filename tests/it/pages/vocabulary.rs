//! Polls, content warnings, official answers and followed tags, as people use them.

use parvis_forum::kinds::Role;
use parvis_tests::Node;

use super::{open_topic, path, reply, signed_in};

const COMPOSE: &str = "form.compose";
const POLL: &str = ".poll form";

#[tokio::test]
async fn a_poll_is_asked_answered_once_and_read_by_all() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let form = ana.get("/c/voirie/new").await;
    let fields = [
        ("title", "Zones 30 ?"),
        ("kind", "question"),
        ("content", "Qu’en dites-vous ?"),
        ("warning", "Circulation"),
        ("poll_choices", "Oui\r\nNon"),
        ("poll_days", "400"),
        ("action", "publish"),
    ];
    let wrong = ana.submit(&form, COMPOSE, &fields).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    assert!(wrong.shows("de 1 à 365 jours"), "{}", wrong.body);
    let topic = ana
        .submit(
            &wrong,
            COMPOSE,
            &[("poll_days", "7"), ("action", "publish")],
        )
        .await;
    assert!(topic.shows("Sondage"), "{}", topic.body);
    assert!(topic.shows("Avertissement : Circulation"), "{}", topic.body);
    let place = path(&topic);

    let visitor = node.browser().get(&place).await;
    assert!(visitor.text(POLL).is_none());
    assert!(
        visitor.shows("0 personnes ont voté.") || visitor.shows("0 personne a voté."),
        "{}",
        visitor.body
    );
    let mut karim = signed_in(&node, "karim").await;
    let page = karim.get(&place).await;
    let nothing = karim.submit(&page, POLL, &[]).await;
    assert!(
        nothing.shows("Choisissez une réponse du sondage"),
        "{}",
        nothing.body
    );
    let page = karim.submit(&nothing, POLL, &[("choice", "1")]).await;
    assert!(page.shows("Votre vote est compté."), "{}", page.body);
    assert!(
        page.shows("votre vote") && page.text(POLL).is_none(),
        "{}",
        page.body
    );
    assert!(page.shows("1 personne a voté."), "{}", page.body);
    // A kept answer of before is not shown any more.
    let visitor = node.browser().get(&place).await;
    assert!(visitor.shows("1 personne a voté."), "{}", visitor.body);
    assert!(!visitor.body.contains("votre vote"));
}

#[tokio::test]
async fn a_moderator_makes_a_reply_official() {
    let node = Node::start().await;
    node.person("ana").await;
    node.with_role("chief", Role::Moderator).await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Bancs", "Où ?").await;
    let answered = reply(&mut ana, &topic, "Place du marché.").await;
    assert!(!answered.body.contains("/official\""));
    let mut chief = signed_in(&node, "chief").await;
    let page = chief.get(&path(&topic)).await;
    assert!(page.shows("Rendre officielle"), "{}", page.body);
    let page = chief.submit(&page, "form[action$='/official']", &[]).await;
    // Its author named no organisation.
    assert!(
        page.shows("l’auteur n’en a indiqué aucune"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn topics_with_a_followed_tag_come_in_the_feed() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    open_topic(&mut ana, "voirie", "Bancs", "Où ? #mobilier").await;
    open_topic(&mut ana, "voirie", "Arbres", "Lesquels ?").await;
    let mut karim = signed_in(&node, "karim").await;
    assert!(!karim.get("/home").await.shows("Bancs"));
    let page = karim.get("/search?tag=mobilier").await;
    assert!(
        page.shows("Suivre l’étiquette « mobilier »"),
        "{}",
        page.body
    );
    let page = karim
        .submit(&page, "form[action='/tags/mobilier/follow']", &[])
        .await;
    assert!(page.shows("Vous suivez cette étiquette"), "{}", page.body);
    let home = karim.get("/home").await;
    assert!(
        home.shows("Bancs") && !home.shows("Arbres"),
        "{}",
        home.body
    );
    assert!(home.shows("Étiquettes suivies"), "{}", home.body);
    let page = karim.get("/search?tag=mobilier").await;
    karim
        .submit(&page, "form[action='/tags/mobilier/unfollow']", &[])
        .await;
    assert!(!karim.get("/home").await.shows("Bancs"));
    // Nobody else sees the button.
    let visitor = node.browser().get("/search?tag=mobilier").await;
    assert!(!visitor.body.contains("/tags/mobilier/follow"));
}
