//! Banning somebody, and moving, merging and splitting topics, by their forms.

use parvis_forum::kinds::Role;
use parvis_tests::Node;

use super::{open_topic, path, reply, signed_in};

#[tokio::test]
async fn a_moderator_bans_somebody_who_then_only_reads() {
    let node = Node::start().await;
    node.person("karim").await;
    node.with_role("mona", Role::Moderator).await;
    node.category("voirie", "Voirie").await;
    node.category("parcs", "Parcs").await;
    let mut karim = signed_in(&node, "karim").await;
    let topic = open_topic(&mut karim, "voirie", "Bancs", "Achetez mes bancs.").await;
    let mut mona = signed_in(&node, "mona").await;
    let seen = mona.get(&path(&topic)).await;
    let link = seen.attribute("a[href^='/moderation/bans/new']", "href");
    let page = mona.get(&link.expect("a link")).await;
    let person = page.attribute("#person", "value").expect("a field");
    assert_eq!(person, format!("@karim@{}", node.host));
    let wrong = mona
        .submit(&page, "main form", &[("days", "beaucoup"), ("reason", "")])
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(
        wrong.attribute(".error-summary a", "href").as_deref(),
        Some("#reason")
    );
    let page = mona
        .submit(
            &page,
            "main form",
            &[("days", "3"), ("reason", "Publicité")],
        )
        .await;
    assert_eq!(page.path, "/moderation/bans");
    assert!(
        page.shows("Publicité") && page.shows("Voirie"),
        "{}",
        page.body
    );
    let refused = karim.get("/c/voirie/new").await;
    let refused = karim
        .submit(
            &refused,
            "form.compose",
            &[
                ("title", "Encore"),
                ("content", "Des bancs."),
                ("action", "publish"),
            ],
        )
        .await;
    assert_eq!(refused.status, 403);
    assert!(refused.shows("Vous êtes exclu"), "{}", refused.body);
    open_topic(&mut karim, "parcs", "Arbres", "Un tilleul.").await;
    // Who moderates nothing sees none of it.
    assert_eq!(karim.get("/moderation/bans").await.status, 403);
    assert_eq!(karim.get("/moderation/bans/new").await.status, 403);
    let page = mona.get("/moderation/bans").await;
    let page = mona.submit(&page, "form[action$='/lift']", &[]).await;
    assert!(page.shows("L’exclusion est levée"), "{}", page.body);
    open_topic(&mut karim, "voirie", "Trottoirs", "Trop étroits.").await;
}

#[tokio::test]
async fn topics_are_moved_split_and_merged_and_their_addresses_lead_on() {
    let node = Node::start().await;
    node.person("karim").await;
    node.with_role("mona", Role::Moderator).await;
    node.category("voirie", "Voirie").await;
    node.category("parcs", "Parcs").await;
    let mut karim = signed_in(&node, "karim").await;
    let first = open_topic(&mut karim, "voirie", "Bancs", "Où les mettre ?").await;
    let page = reply(&mut karim, &first, "Et les arbres ?").await;
    for way in ["move", "merge"] {
        let id = path(&first).split('/').nth(2).unwrap().to_owned();
        assert_eq!(karim.get(&format!("/t/{id}/{way}")).await.status, 403);
    }
    let mut mona = signed_in(&node, "mona").await;
    let seen = mona.get(&path(&page)).await;
    // Apart.
    let link = seen.attribute("a[href$='/split']", "href").expect("a link");
    let form = mona.get(&link).await;
    let wrong = mona.submit(&form, "main form", &[("title", "")]).await;
    assert_eq!(wrong.status, 422);
    let split = mona
        .submit(
            &form,
            "main form",
            &[("title", "Arbres"), ("along", "answers")],
        )
        .await;
    assert_eq!(split.heading(), "Arbres");
    assert!(split.shows("Et les arbres ?"));
    // Elsewhere.
    let link = split.attribute("a[href$='/move']", "href").expect("a link");
    let form = mona.get(&link).await;
    let parcs = form
        .attribute("#category option:last-child", "value")
        .expect("a choice");
    let moved = mona
        .submit(&form, "main form", &[("category", &parcs)])
        .await;
    assert_eq!(moved.heading(), "Arbres");
    assert!(moved.shows("Parcs"), "{}", moved.body);
    let parks = node.browser().get("/c/parcs").await;
    assert!(parks.shows("Arbres"));
    // Together again: the old address leads to the other.
    let link = moved
        .attribute("a[href$='/merge']", "href")
        .expect("a link");
    let form = mona.get(&link).await;
    let target = format!("{}{}", node.url, path(&first));
    let merged = mona
        .submit(&form, "main form", &[("target", &target)])
        .await;
    assert_eq!(merged.heading(), "Bancs");
    assert!(merged.shows("Et les arbres ?"));
    let old = node.browser().get(&path(&moved)).await;
    assert_eq!(old.heading(), "Bancs", "{}", old.path);
}
