//! Accounts: asking for one, confirming, signing in and out, settings, and who tries to get around them.

use parvis_forum::config::RegistrationMode;
use parvis_forum::jobs;
use parvis_forum::mail::{self, About, Mail};
use parvis_forum::people;
use parvis_tests::node::PASSWORD;
use parvis_tests::{Browser, Node, PageSeen};

use super::signed_in;

const FORM: &str = "main form[action='/register']";

async fn open_node() -> Node {
    Node::with(|config| config.registration.mode = RegistrationMode::Open).await
}

/// The mails that wait to be sent.
pub(super) async fn mails(node: &Node) -> Vec<Mail> {
    jobs::claim(&node.forum, "tests", 50)
        .await
        .expect("jobs")
        .iter()
        .filter(|job| job.kind == mail::JOB)
        .map(|job| mail::of_job(job).expect("a mail"))
        .collect()
}

/// Fills in the form of registration.
async fn register(browser: &mut Browser, name: &str, email: &str) -> PageSeen {
    let page = browser.get("/register").await;
    let mut fields = vec![
        ("display_name", "Jeanne Martin"),
        ("name", name),
        ("email", email),
        ("password", PASSWORD),
        ("affiliation", "citizen"),
        ("terms", "yes"),
    ];
    if page.body.contains("name=\"reason\"") {
        fields.push(("reason", "Pour poser une question."));
    }
    browser.submit(&page, FORM, &fields).await
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

fn confirmation(mails: &[Mail]) -> String {
    mails
        .iter()
        .find_map(|mail| match &mail.about {
            About::ConfirmEmail { link, .. } => Some(link.clone()),
            _ => None,
        })
        .expect("a mail with a link")
}

async fn confirm(browser: &mut Browser, link: &str) -> PageSeen {
    let page = browser.get(link).await;
    browser
        .submit(&page, "form[action='/register/confirm']", &[])
        .await
}

#[tokio::test]
async fn a_visitor_registers_confirms_signs_in_and_out() {
    let node = open_node().await;
    let mut browser = node.browser();
    let page = register(&mut browser, "jeanne", "jeanne@mairie.example").await;
    assert_eq!(page.path, "/register/sent");
    let link = confirmation(&mails(&node).await);
    assert!(
        link.starts_with(&format!("{}/register/confirm?token=", node.url)),
        "{link}"
    );
    // Looking at the link confirms nothing.
    browser.get(&link).await;
    assert_eq!(node.browser().get("/u/jeanne").await.status, 404);
    let page = confirm(&mut browser, &link).await;
    assert_eq!(page.path, "/login");
    assert!(page.shows("Votre adresse est confirmée"));
    // The link works once.
    assert_eq!(confirm(&mut browser, &link).await.status, 410);
    let mut browser = signed_in(&node, "jeanne").await;
    let page = browser.get("/notifications").await;
    assert_eq!((page.status, page.path.as_str()), (200, "/notifications"));
    let page = browser.submit(&page, "form[action='/logout']", &[]).await;
    assert!(page.shows("Déconnexion réussie"));
    assert!(
        browser
            .get("/notifications")
            .await
            .path
            .starts_with("/login")
    );
}

#[tokio::test]
async fn the_answer_is_the_same_for_a_known_address() {
    let node = open_node().await;
    node.person("ana").await;
    let mut browser = node.browser();
    let known = register(&mut browser, "autre", "ana@example.org").await;
    let unknown = register(&mut browser, "encore", "encore@example.org").await;
    assert_eq!((known.status, known.path), (unknown.status, unknown.path));
    let mails = mails(&node).await;
    assert!(mails.iter().any(|mail| mail.to == "ana@example.org"
        && matches!(mail.about, About::AlreadyRegistered { .. })));
    assert!(
        people::by_name(node.forum.db(), "autre").await.is_err(),
        "no second account"
    );
}

#[tokio::test]
async fn a_request_waits_for_a_moderator() {
    let node = Node::start().await;
    node.admin("ana").await;
    let mut browser = node.browser();
    register(&mut browser, "jeanne", "jeanne@mairie.example").await;
    let link = confirmation(&mails(&node).await);
    let page = confirm(&mut browser, &link).await;
    assert_eq!(page.path, "/register/pending");
    let page = browser.get("/login").await;
    let page = browser
        .submit(
            &page,
            "main form[action='/login']",
            &[("login", "jeanne"), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(page.status, 422);
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/moderation/accounts").await;
    assert!(page.shows("Jeanne Martin") && page.shows("Pour poser une question."));
    let page = ana.submit(&page, "form[action$='/approve']", &[]).await;
    assert!(page.shows("Le compte est ouvert"), "{}", page.body);
    let mut browser = signed_in(&node, "jeanne").await;
    assert_eq!(browser.get("/settings/profile").await.status, 200);
}

#[tokio::test]
async fn a_refused_request_leaves_nothing() {
    let node = Node::start().await;
    node.admin("ana").await;
    let mut browser = node.browser();
    register(&mut browser, "jeanne", "jeanne@mairie.example").await;
    let link = confirmation(&mails(&node).await);
    confirm(&mut browser, &link).await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/moderation/accounts").await;
    let page = ana
        .submit(
            &page,
            "form[action$='/refuse']",
            &[("reason", "Hors sujet.")],
        )
        .await;
    assert!(page.shows("La demande est refusée"));
    assert!(people::by_name(node.forum.db(), "jeanne").await.is_err());
    assert!(mails(&node).await.iter().any(
        |mail| matches!(&mail.about, About::AccountRefused { reason, .. } if reason == "Hors sujet.")
    ));
}

#[tokio::test]
async fn a_form_filled_in_wrongly_keeps_what_was_typed() {
    let node = open_node().await;
    let mut browser = node.browser();
    let page = browser.get("/register").await;
    let page = browser
        .submit(
            &page,
            FORM,
            &[
                ("display_name", "Jean Gardé"),
                ("name", "é"),
                ("email", "nulle part"),
            ],
        )
        .await;
    assert_eq!(page.status, 422);
    assert!(page.text("title").unwrap_or_default().starts_with("Erreur"));
    assert_eq!(
        page.attribute("#display_name", "value").as_deref(),
        Some("Jean Gardé")
    );
    for field in ["name", "email", "password", "terms"] {
        let link = format!(".error-summary a[href='#{field}']");
        assert!(page.text(&link).is_some(), "{field}: {}", page.body);
    }
    assert_eq!(page.attribute("#password", "value"), None);
}

#[tokio::test]
async fn the_trap_swallows_what_fills_it() {
    let node = open_node().await;
    let mut browser = node.browser();
    let page = browser.get("/register").await;
    let page = browser
        .submit(
            &page,
            FORM,
            &[("name", "robot"), ("website", "https://spam.example")],
        )
        .await;
    assert_eq!(page.path, "/register/sent");
    assert!(mails(&node).await.is_empty());
}

#[tokio::test]
async fn a_closed_node_opens_no_account() {
    let node = Node::with(|config| config.registration.mode = RegistrationMode::Closed).await;
    let mut browser = node.browser();
    let page = browser.get("/register").await;
    assert!(page.text("main form").is_none());
    let token = browser
        .get("/login")
        .await
        .attribute("main form[action='/login'] input[name=csrf]", "value")
        .expect("a token");
    let page = browser
        .post("/register", &[("csrf", &token), ("name", "x")])
        .await;
    assert_eq!(page.status, 403);
}

async fn try_password(browser: &mut Browser, password: &str) -> u16 {
    let page = browser.get("/login").await;
    browser
        .submit(
            &page,
            "main form[action='/login']",
            &[("login", "ana"), ("password", password)],
        )
        .await
        .status
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut browser = node.browser();
    let mut answers = Vec::new();
    while !answers.contains(&429) {
        assert!(answers.len() < 12, "{answers:?}");
        answers.push(try_password(&mut browser, "ce n'est pas la bonne").await);
    }
    assert_eq!(answers.first(), Some(&422));
    // The right one has to wait as well.
    assert_eq!(try_password(&mut browser, PASSWORD).await, 429);
}

#[tokio::test]
async fn an_unknown_account_answers_as_a_wrong_password_does() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut browser = node.browser();
    let mut seen = Vec::new();
    for login in ["ana", "personne"] {
        let page = browser.get("/login").await;
        let page = browser
            .submit(
                &page,
                "main form[action='/login']",
                &[("login", login), ("password", "ce n'est pas la bonne")],
            )
            .await;
        seen.push((page.status, page.text(".error-summary")));
    }
    assert_eq!(seen.first(), seen.last());
}

#[tokio::test]
async fn signing_in_leads_nowhere_else() {
    let node = Node::start().await;
    node.person("ana").await;
    for (back, expect) in [
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https:evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\t/evil.example", "/"),
        ("/settings/profile", "/settings/profile"),
    ] {
        let mut browser = node.browser();
        let query: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
        let page = browser.get(&format!("/login?next={query}")).await;
        let page = browser
            .submit(
                &page,
                "main form[action='/login']",
                &[("login", "ana"), ("password", PASSWORD)],
            )
            .await;
        assert_eq!(page.path, expect, "{back:?}");
        let mut browser = node.browser();
        let page = browser.get("/login").await;
        let page = browser
            .submit(
                &page,
                "main form[action='/login']",
                &[("login", "ana"), ("password", PASSWORD), ("back", back)],
            )
            .await;
        assert_eq!(page.path, expect, "{back:?} in the form");
    }
}

#[tokio::test]
async fn signing_in_gives_a_new_session() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut browser = signed_in(&node, "ana").await;
    let first = browser.cookies().clone();
    let page = browser.get("/settings/account").await;
    browser.submit(&page, "form[action='/logout']", &[]).await;
    let browser = signed_in(&node, "ana").await;
    assert_ne!(&first, browser.cookies());
    assert!(
        browser
            .cookies()
            .values()
            .all(|value| !first.values().any(|old| old == value))
    );
}

#[tokio::test]
async fn forms_need_the_token_of_their_session() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    let mut ana = signed_in(&node, "ana").await;
    let mut karim = signed_in(&node, "karim").await;
    let theirs = karim
        .get("/settings/profile")
        .await
        .attribute("main form input[name=csrf]", "value")
        .expect("a token");
    for token in ["", "x", theirs.as_str()] {
        for path in [
            "/settings/profile",
            "/settings/password",
            "/settings/sessions/end",
            "/settings/applications",
            "/settings/applications/revoke",
            "/settings/data/delete",
            "/settings/subscriptions/unfollow",
            "/notifications/read",
            "/authorize_interaction",
            "/follow",
            "/report",
            "/logout",
        ] {
            let page = ana
                .post(path, &[("csrf", token), ("display_name", "Volée")])
                .await;
            assert_eq!(page.status, 403, "{path} with {token:?}");
        }
    }
    assert!(!ana.get("/u/ana").await.shows("Volée"));
    let visitor = &mut node.browser();
    for path in [
        "/login",
        "/register",
        "/password/forgotten",
        "/register/confirm",
    ] {
        let page = visitor.post(path, &[("csrf", ""), ("token", "x")]).await;
        assert_eq!(page.status, 403, "{path}");
    }
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let node = Node::start().await;
    node.person("ana").await;
    let token = node
        .browser()
        .get("/login")
        .await
        .attribute("main form input[name=csrf]", "value")
        .expect("a token");
    for origin in ["null", "https://evil.example"] {
        let answer = parvis_tests::http()
            .post(format!("{}/login", node.url))
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(&[
                ("csrf", token.as_str()),
                ("login", "ana"),
                ("password", PASSWORD),
            ]))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), 403, "{origin}");
    }
}

#[tokio::test]
async fn a_profile_takes_only_its_own_fields() {
    let node = Node::start().await;
    node.person("ana").await;
    let before = people::by_name(node.forum.db(), "ana")
        .await
        .expect("ana")
        .person;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/settings/profile").await;
    let token = page
        .attribute("main form input[name=csrf]", "value")
        .expect("a token");
    let page = ana
        .post(
            "/settings/profile",
            &[
                ("csrf", token.as_str()),
                ("display_name", "Ana D."),
                ("affiliation", "agent"),
                ("subtype", "local"),
                ("organisation", "Ville de Rives"),
                ("interface", "fr"),
                ("indexable", "yes"),
                ("role", "admin"),
                ("id", "1"),
                ("name", "root"),
                ("email", "root@example.org"),
                ("email_verified", "true"),
                ("state", "active"),
            ],
        )
        .await;
    assert!(page.shows("Votre profil est enregistré"), "{}", page.body);
    let after = people::by_name(node.forum.db(), "ana").await.expect("ana");
    assert_eq!(after.actor.display_name, "Ana D.");
    assert!(after.actor.indexable && !after.actor.discoverable);
    assert_eq!(
        (after.person.role, after.person.email, after.person.actor_id),
        (before.role, before.email, before.actor_id)
    );
    assert!(ana.get("/u/ana").await.shows("Ville de Rives"));
}

#[tokio::test]
async fn a_lost_password_is_chosen_anew_through_a_link_on_the_public_address() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut ana = signed_in(&node, "ana").await;
    let mut browser = node.browser();
    let page = browser.get("/password/forgotten").await;
    let form = "form[action='/password/forgotten']";
    let known = browser
        .submit(&page, form, &[("email", "ana@example.org")])
        .await;
    let unknown = browser
        .submit(&page, form, &[("email", "personne@example.org")])
        .await;
    assert_eq!(known.text("main"), unknown.text("main"));
    // The name under which the node is reached decides nothing (S-095).
    let token = page
        .attribute("main form input[name=csrf]", "value")
        .expect("a token");
    parvis_tests::http()
        .post(format!("{}/password/forgotten", node.url))
        .header("host", "evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded(&[
            ("csrf", token.as_str()),
            ("email", "ana@example.org"),
        ]))
        .send()
        .await
        .expect("an answer");
    let links: Vec<String> = mails(&node)
        .await
        .into_iter()
        .filter_map(|mail| match mail.about {
            About::ResetPassword { link, .. } => Some(link),
            _ => None,
        })
        .collect();
    for link in &links {
        assert!(
            link.starts_with(&format!("{}/password/reset?token=", node.url)),
            "{link}"
        );
    }
    let link = links.last().expect("a link");
    let page = browser.get(link).await;
    let form = "form[action='/password/reset']";
    let again = browser.submit(&page, form, &[("password", "court")]).await;
    assert_eq!(again.status, 422);
    let page = browser
        .submit(&again, form, &[("password", "quatre vélos rouges dehors")])
        .await;
    assert_eq!(page.path, "/login");
    assert_eq!(browser.get(link).await.status, 410);
    // Sessions that were open are over.
    assert!(
        ana.get("/settings/account")
            .await
            .path
            .starts_with("/login")
    );
    assert_eq!(try_password(&mut browser, PASSWORD).await, 422);
    assert_eq!(
        try_password(&mut browser, "quatre vélos rouges dehors").await,
        200
    );
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut here = signed_in(&node, "ana").await;
    let mut there = signed_in(&node, "ana").await;
    let page = here.get("/settings/account").await;
    assert_eq!(page.texts("form[action='/settings/sessions/end']").len(), 2);
    let form = "form[action='/settings/password']";
    let wrong = here
        .submit(
            &page,
            form,
            &[
                ("current", "pas le bon"),
                ("password", "quatre vélos rouges"),
            ],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text(".error-summary a[href='#current']").is_some());
    let page = here
        .submit(
            &page,
            form,
            &[("current", PASSWORD), ("password", "quatre vélos rouges")],
        )
        .await;
    assert!(page.shows("Votre mot de passe est changé"));
    assert!(
        there
            .get("/settings/account")
            .await
            .path
            .starts_with("/login")
    );
}

#[tokio::test]
async fn a_token_is_shown_once_and_ends_when_it_is_revoked() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/settings/applications").await;
    // What the person may not do, no token allows.
    assert!(page.text("input[value=admin]").is_none());
    let form = "main form[action='/settings/applications']";
    let page = ana.submit(&page, form, &[("label", "veille")]).await;
    let secret = page.attribute("#secret", "value").expect("the token");
    assert_eq!(
        page.headers
            .get("cache-control")
            .map(reqwest::header::HeaderValue::as_bytes),
        Some(b"no-store".as_slice())
    );
    let me = |secret: String| {
        let url = format!("{}/api/forum/v1/me", node.url);
        async move {
            parvis_tests::http()
                .get(url)
                .bearer_auth(secret)
                .send()
                .await
                .expect("an answer")
                .status()
                .as_u16()
        }
    };
    assert_eq!(me(secret.clone()).await, 200);
    let page = ana.get("/settings/applications").await;
    assert!(page.shows("veille") && !page.body.contains(&secret));
    // The harness made another one: the newest comes first.
    let page = ana
        .submit(&page, "form[action='/settings/applications/revoke']", &[])
        .await;
    assert!(page.shows("Le jeton est révoqué"));
    assert_eq!(me(secret).await, 401);
}

#[tokio::test]
async fn an_account_is_deleted_by_its_owner_only_with_the_password() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/settings/data").await;
    let form = "form[action='/settings/data/delete']";
    for fields in [
        vec![("current", PASSWORD)],
        vec![("sure", "yes")],
        vec![("current", "pas le bon"), ("sure", "yes")],
    ] {
        assert_eq!(ana.submit(&page, form, &fields).await.status, 422);
    }
    assert_eq!(ana.get("/u/ana").await.status, 200);
    let page = ana
        .submit(&page, form, &[("current", PASSWORD), ("sure", "yes")])
        .await;
    assert!(page.shows("Votre compte est supprimé"));
    assert_eq!(ana.get("/u/ana").await.status, 410);
    assert!(ana.get("/settings/data").await.path.starts_with("/login"));
}

#[tokio::test]
async fn another_address_is_confirmed_there_and_told_to_the_one_before() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/settings/account").await;
    assert!(page.shows("ana@example.org"));
    let form = "form[action='/settings/email']";
    let ask = |email, password| [("email", email), ("current_for_email", password)];
    for (email, password) in [
        ("ana@ville.example", "pas le bon mot de passe"),
        ("ana@example.org", PASSWORD),
        ("pas une adresse", PASSWORD),
        ("", PASSWORD),
    ] {
        let wrong = ana.submit(&page, form, &ask(email, password)).await;
        assert_eq!(wrong.status, 422, "{email}");
        assert_eq!(wrong.attribute("#email", "value").as_deref(), Some(email));
    }
    assert!(mails(&node).await.is_empty());
    // Nothing tells that somebody has that address; they are told.
    let asked = ana
        .submit(&page, form, &ask("karim@example.org", PASSWORD))
        .await;
    assert!(asked.shows("Un lien de confirmation vient de partir"));
    let sent = mails(&node).await;
    assert_eq!(sent.len(), 1);
    assert!(matches!(sent[0].about, About::AlreadyRegistered { .. }));
    let asked = ana
        .submit(&page, form, &ask(" Ana@Ville.example ", PASSWORD))
        .await;
    assert!(asked.shows("Un lien de confirmation vient de partir"));
    assert!(asked.shows("ana@example.org"), "not yet");
    let sent = mails(&node).await;
    let About::ConfirmNewEmail { link, .. } = &sent[0].about else {
        panic!("{sent:?}");
    };
    assert_eq!(sent[0].to, "ana@ville.example");
    let mut elsewhere = node.browser();
    let page = elsewhere.get(link).await;
    assert!(page.shows("ana@ville.example"), "{}", page.body);
    let confirm = "form[action='/settings/email/confirm']";
    elsewhere.submit(&page, confirm, &[]).await;
    assert!(
        ana.get("/settings/account")
            .await
            .shows("ana@ville.example")
    );
    let told = mails(&node).await;
    assert_eq!(told[0].to, "ana@example.org");
    assert!(matches!(told[0].about, About::EmailChanged { .. }));
    assert_eq!(elsewhere.get(link).await.status, 410, "once");
}
