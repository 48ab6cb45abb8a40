//! Administration and moderation: who gets in, and what they do there.

use parvis_forum::kinds::{InstancePolicy, Role};
use parvis_forum::{instances, people};
use parvis_tests::Node;
use parvis_tests::node::PASSWORD;

use super::{open_topic, path, signed_in};

const PAGES: [&str; 11] = [
    "/admin/blocklist",
    "/admin/blocklist.csv",
    "/admin",
    "/admin/categories/new",
    "/admin/categories/voirie/edit",
    "/admin/people",
    "/admin/people/karim/second-factor",
    "/admin/federation",
    "/admin/federation/peer.example",
    "/admin/federation/set-aside",
    "/admin/federation/set-aside/in-1",
];
const FORMS: [&str; 19] = [
    "/admin/blocklist",
    "/admin/blocklist/apply",
    "/admin/categories/new",
    "/admin/categories/voirie/edit",
    "/admin/categories/voirie/moderators",
    "/admin/people/karim/role",
    "/admin/people/karim/suspend",
    "/admin/people/karim/unsuspend",
    "/admin/people/karim/delete",
    "/admin/people/karim/second-factor",
    "/admin/federation/policy",
    "/admin/federation/retry",
    "/admin/federation/peer.example/retry",
    "/admin/federation/peer.example/compare",
    "/admin/federation/peer.example/pause",
    "/admin/federation/peer.example/resume",
    "/admin/federation/peer.example/skip",
    "/admin/federation/set-aside/in-1/retry",
    "/admin/federation/set-aside/in-1/drop",
];
const MODERATION: [&str; 5] = [
    "/moderation",
    "/moderation/accounts",
    "/moderation/held",
    "/moderation/links",
    "/moderation/log",
];
const MODERATION_FORMS: [&str; 9] = [
    "/moderation/links",
    "/moderation/links/accept",
    "/moderation/links/refuse",
    "/moderation/links/end",
    "/moderation/held/1/release",
    "/moderation/held/1/refuse",
    "/moderation/accounts/1099511627776/approve",
    "/moderation/accounts/1099511627776/refuse",
    "/moderation/reports/1099511627776/close",
];

#[tokio::test]
async fn nobody_else_gets_in() {
    let node = Node::start().await;
    node.person("karim").await;
    node.with_role("mona", Role::Moderator).await;
    node.category("voirie", "Voirie").await;
    let mut visitor = node.browser();
    for page in PAGES.iter().chain(&MODERATION) {
        let seen = visitor.get(page).await;
        assert!(seen.path.starts_with("/login"), "{page}: {}", seen.path);
    }
    for form in FORMS.iter().chain(&MODERATION_FORMS) {
        let status = visitor.post(form, &[]).await.status;
        assert!(matches!(status, 401 | 403), "{form}: {status}");
    }
    for (name, pages, forms) in [
        (
            "karim",
            [&PAGES[..], &MODERATION[..]].concat(),
            [&FORMS[..], &MODERATION_FORMS[..]].concat(),
        ),
        ("mona", PAGES.to_vec(), FORMS.to_vec()),
    ] {
        let mut browser = signed_in(&node, name).await;
        let token = browser
            .get("/settings/profile")
            .await
            .attribute("main form input[name=csrf]", "value")
            .expect("a token");
        for page in pages {
            let status = browser.get(page).await.status;
            assert!(matches!(status, 403 | 404), "{page} as {name}: {status}");
        }
        for form in forms {
            let fields = [
                ("csrf", token.as_str()),
                ("role", "admin"),
                ("policy", "block"),
                ("host", "peer.example"),
                ("reason", "x"),
                ("note", "x"),
                ("sure", "yes"),
                ("slug", "neuve"),
                ("title", "Neuve"),
                ("person", "karim"),
                ("action", "add"),
            ];
            let status = browser.post(form, &fields).await.status;
            assert!(matches!(status, 403 | 404), "{form} as {name}: {status}");
        }
    }
    let karim = people::by_name(node.forum.db(), "karim")
        .await
        .expect("karim");
    assert_eq!(karim.person.role, Role::Member);
    assert!(karim.actor.suspended_at.is_none() && karim.actor.deleted_at.is_none());
    assert!(
        instances::with_policy(node.forum.db())
            .await
            .expect("a list")
            .is_empty()
    );
}

#[tokio::test]
async fn an_administrator_makes_and_changes_a_category() {
    let node = Node::start().await;
    node.admin("ana").await;
    node.person("karim").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/admin").await;
    assert!(page.shows("Créer une première catégorie"));
    let page = ana.get("/admin/categories/new").await;
    let form = "main form[action='/admin/categories/new']";
    let wrong = ana
        .submit(&page, form, &[("slug", "Été"), ("title", "")])
        .await;
    assert_eq!(wrong.status, 422);
    let page = ana
        .submit(&wrong, form, &[("slug", "voirie"), ("title", "Voirie")])
        .await;
    assert_eq!(path(&page), "/c/voirie");
    assert!(page.shows("La catégorie est créée"));
    let page = ana.get("/admin/categories/voirie/edit").await;
    let page = ana
        .submit(
            &page,
            "form[action='/admin/categories/voirie/moderators']:last-of-type",
            &[("person", "karim"), ("action", "add")],
        )
        .await;
    assert!(page.shows("@karim@"), "{}", page.body);
    // Karim now sees the queue of that category, and nothing of the accounts.
    let mut karim = signed_in(&node, "karim").await;
    assert_eq!(karim.get("/moderation").await.status, 200);
    assert_eq!(karim.get("/moderation/accounts").await.status, 403);
    let page = ana
        .submit(
            &page,
            "form[action='/admin/categories/voirie/edit']",
            &[("title", "Voirie et places"), ("archived", "yes")],
        )
        .await;
    assert_eq!(page.path, "/admin");
    assert!(ana.get("/c/voirie").await.shows("Voirie et places"));
}

#[tokio::test]
async fn a_suspended_person_is_out_at_once() {
    let node = Node::start().await;
    node.admin("ana").await;
    let client = node.person("karim").await;
    let mut karim = signed_in(&node, "karim").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/admin/people/karim").await;
    let form = "form[action='/admin/people/karim/suspend']";
    assert_eq!(ana.submit(&page, form, &[]).await.status, 422);
    let page = ana.submit(&page, form, &[("reason", "Menaces.")]).await;
    assert!(page.shows("Suspendu"), "{}", page.body);
    assert!(karim.get("/notifications").await.path.starts_with("/login"));
    client.get("/me").await.expect(401);
    let mut browser = node.browser();
    let login = browser.get("/login").await;
    let refused = browser
        .submit(
            &login,
            "main form[action='/login']",
            &[("login", "karim"), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(refused.status, 422);
    let page = ana
        .submit(
            &page,
            "form[action='/admin/people/karim/unsuspend']",
            &[("reason", "Excuses.")],
        )
        .await;
    assert!(page.shows("Actif"));
    signed_in(&node, "karim").await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let node = Node::start().await;
    node.admin("ana").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/admin/people/ana").await;
    assert!(page.text("form[action$='/suspend']").is_none());
    let page = ana
        .submit(&page, "form[action$='/role']", &[("role", "member")])
        .await;
    assert_eq!(page.status, 422);
    assert_eq!(ana.get("/admin").await.status, 200);
}

#[tokio::test]
async fn servers_are_blocked_with_a_reason_that_everybody_reads() {
    let node = Node::start().await;
    node.admin("ana").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/admin/federation").await;
    let form = "main section form[action='/admin/federation/policy']";
    let page = ana
        .submit(
            &page,
            form,
            &[("host", "spam.example"), ("policy", "block")],
        )
        .await;
    assert_eq!(page.status, 422);
    let page = ana
        .submit(
            &page,
            form,
            &[
                ("host", "spam.example"),
                ("policy", "block"),
                ("reason", "Envois de masse"),
            ],
        )
        .await;
    assert!(page.shows("La décision est appliquée"), "{}", page.body);
    let page = node.browser().get("/about/federation").await;
    assert!(page.shows("spam.example") && page.shows("Envois de masse"));
    let policy = instances::policy_of(node.forum.db(), &node.forum, "spam.example")
        .await
        .expect("a policy");
    assert_eq!(policy, InstancePolicy::Block);
    assert!(ana.get("/moderation/log").await.shows("Serveur bloqué"));
}

#[tokio::test]
async fn a_report_leads_to_a_removal_with_its_reason() {
    let node = Node::start().await;
    node.person("karim").await;
    node.with_role("mona", Role::Moderator).await;
    node.category("voirie", "Voirie").await;
    let mut karim = signed_in(&node, "karim").await;
    let topic = open_topic(&mut karim, "voirie", "Publicité", "Achetez mes bancs.").await;
    let mut visitor = node.browser();
    let page = visitor
        .get(&format!("/report?target={}", path(&topic)))
        .await;
    let form = "main form[action='/report']";
    assert_eq!(visitor.submit(&page, form, &[]).await.status, 422);
    let page = visitor
        .submit(
            &page,
            form,
            &[
                ("ground", "spam"),
                ("reason", "Une réclame."),
                ("email", "paul@exemple.example"),
                ("good_faith", "yes"),
            ],
        )
        .await;
    assert!(page.path.starts_with("/report?receipt="), "{}", page.path);
    let mut mona = signed_in(&node, "mona").await;
    let page = mona.get("/moderation").await;
    assert!(page.shows("Une réclame.") && page.shows("paul@exemple.example"));
    let ask = page
        .attribute(".reports a[href$='/remove']", "href")
        .expect("a link");
    let page = mona.get(&ask).await;
    let form = format!("main form[action='{ask}']");
    assert_eq!(mona.submit(&page, &form, &[]).await.status, 422);
    let page = mona.submit(&page, &form, &[("reason", "Publicité")]).await;
    assert!(page.shows("Le message est retiré"), "{}", page.body);
    let page = mona.get("/moderation").await;
    assert!(page.text(".reports").is_none(), "the report is closed");
    let page = karim.get("/notifications").await;
    assert!(page.shows("a pris une décision qui vous concerne") && page.shows("Publicité"));
    assert!(!page.shows("Mona"), "who decided has no name here");
    let page = mona.get("/moderation/log").await;
    assert!(page.shows("Message retiré"));
}
