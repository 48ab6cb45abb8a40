//! What becomes of a report: a number, a mail to who decides, a decision with its reasons.

use parvis_forum::kinds::Role;
use parvis_forum::mail::About;
use parvis_tests::Node;

use super::accounts::mails;
use super::{open_topic, path, signed_in};

const FORM: &str = "main form[action='/report']";

#[tokio::test]
async fn a_visitor_who_reports_is_told_where_the_decision_goes_and_gets_it() {
    let node = Node::start().await;
    node.person("karim").await;
    node.with_role("mona", Role::Moderator).await;
    node.category("voirie", "Voirie").await;
    let mut karim = signed_in(&node, "karim").await;
    let topic = open_topic(&mut karim, "voirie", "Bancs", "Les bancs sont laids.").await;
    let mut visitor = node.browser();
    let page = visitor
        .get(&format!("/report?target={}", path(&topic)))
        .await;
    let target = page.attribute("#target", "value").expect("a field");
    assert!(target.starts_with(&node.url), "the whole address: {target}");
    let wrong = visitor
        .submit(
            &page,
            FORM,
            &[
                ("ground", "rules"),
                ("reason", "C’est faux."),
                ("email", "pas une adresse"),
                ("good_faith", "yes"),
            ],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(
        wrong.attribute(".error-summary a", "href").as_deref(),
        Some("#email")
    );
    let page = visitor
        .submit(
            &page,
            FORM,
            &[
                ("ground", "rules"),
                ("reason", "C’est faux.\nEt méchant."),
                ("name", "Paul Durand"),
                ("email", "paul@exemple.example"),
                ("good_faith", "yes"),
            ],
        )
        .await;
    assert_eq!(page.path, "/report?receipt=1");
    assert!(page.shows("n° 1 ") || page.shows("n° 1"), "{}", page.body);
    assert!(page.shows("paul@exemple.example"), "{}", page.body);
    let stranger = node.browser().get("/report?receipt=1").await;
    assert!(!stranger.shows("paul@exemple.example"));

    let told = mails(&node).await;
    assert!(
        told.iter()
            .any(|mail| mail.to == "mona@example.org"
                && matches!(mail.about, About::ReportFiled { .. })),
        "{told:?}"
    );
    let mut mona = signed_in(&node, "mona").await;
    let page = mona.get("/moderation").await;
    assert!(page.shows("Paul Durand") && page.shows("paul@exemple.example"));
    assert!(page.shows("Autre manquement"), "the ground: {}", page.body);
    assert!(page.shows("Modérer (1)"), "{}", page.body);
    let form = "form[action$='/close']";
    let wrong = mona.submit(&page, form, &[]).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong
            .text(".error-summary")
            .is_some_and(|text| text.contains("Motif de la décision")),
        "{}",
        wrong.body
    );
    let page = mona
        .submit(&page, form, &[("note", "Une opinion est permise.")])
        .await;
    assert!(!page.shows("Modérer (1)"), "{}", page.body);
    let told = mails(&node).await;
    let decided = told
        .iter()
        .find(|mail| mail.to == "paul@exemple.example")
        .expect("a mail with the decision");
    match &decided.about {
        About::ReportDecided {
            name,
            number,
            removed,
            reason,
            ..
        } => assert_eq!(
            (&**name, &**number, *removed, &**reason),
            ("Paul Durand", "1", false, "Une opinion est permise.")
        ),
        other => panic!("{other:?}"),
    }
}
