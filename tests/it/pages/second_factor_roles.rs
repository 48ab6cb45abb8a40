//! Who has to have a second factor, what is closed until then, and who takes one away.

use parvis_forum::config::SecondFactor;
use parvis_forum::kinds::Role;
use parvis_forum::mail::About;
use parvis_forum::{Viewer, categories, people};
use parvis_tests::node::PASSWORD;
use parvis_tests::{Browser, Node};

use super::accounts::mails;
use super::second_factor::{turn_on, with_factor};
use super::{open_topic, signed_in};

const PUBLIC: &str = "https://forum.example.fr";

/// A node that readers reach over https.
async fn secure(demand: SecondFactor) -> Node {
    Node::with(|config| {
        config.server.public_url = PUBLIC.parse().expect("an address");
        config.federation.insecure = false;
        config.sign_in.second_factor = demand;
    })
    .await
}

/// A browser that reaches such a node through a proxy, signed in.
async fn inside(node: &Node, name: &str) -> Browser {
    let mut browser = node.browser();
    PUBLIC.clone_into(&mut browser.origin);
    let page = browser.get("/login").await;
    let fields = [("login", name), ("password", PASSWORD)];
    let page = browser
        .submit(&page, "main form[action='/login']", &fields)
        .await;
    assert_eq!(page.path, "/", "{}", page.body);
    browser
}

#[tokio::test]
async fn who_moderates_or_administers_sets_one_up_first() {
    let node = secure(SecondFactor::Staff).await;
    node.admin("ana").await;
    node.with_role("mona", Role::Moderator).await;
    node.person("karim").await;
    let category = node.category("voirie", "Voirie").await;
    let voirie = categories::local_by_slug(node.forum.db(), "voirie").await;
    let karim = people::by_name(node.forum.db(), "karim").await.unwrap();
    let tx = node.forum.begin().await.unwrap();
    categories::set_moderator(&tx, &Viewer::System, &voirie.unwrap(), karim.actor.id, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(category.starts_with(PUBLIC));

    for (name, path) in [
        ("ana", "/admin/people?state=active"),
        ("mona", "/moderation/accounts"),
        ("karim", "/moderation"),
    ] {
        let mut browser = inside(&node, name).await;
        // Whoever has to may sign in and take part.
        let topic = open_topic(&mut browser, "voirie", "Bancs", "Où ?").await;
        assert!(topic.text("form[action$='/lock']").is_none(), "{name}");
        let page = browser.get(path).await;
        assert_eq!(page.text("h1").as_deref(), Some("Second facteur"), "{name}");
        assert!(page.path.starts_with("/settings/security?back="));
        assert!(page.shows("Votre rôle demande un second facteur."));
        assert!(page.text("form[action='/settings/security/off']").is_none());
        // Forms are closed as well, and a token would not get around it.
        let token = browser
            .get("/settings/applications")
            .await
            .attribute("main form input[name=csrf]", "value")
            .unwrap();
        let lock = topic.path.split('/').take(3).collect::<Vec<_>>().join("/");
        for (form, field) in [
            ("/admin/people/mona/role", ("role", "member")),
            ("/moderation/accounts/1099511627776/approve", ("x", "")),
            ("/settings/applications", ("scopes", "write")),
            (&format!("{lock}/lock"), ("x", "")),
        ] {
            let fields = [("csrf", token.as_str()), ("label", "x"), field];
            let page = browser.post(form, &fields).await;
            if name == "ana" || !form.contains("role") {
                assert_eq!(page.heading(), "Second facteur", "{form} as {name}");
            }
        }
        let (_, page) = turn_on(&node, &mut browser, &page).await;
        // The way goes on to where it was going.
        let next = page.attribute("main p > a.button", "href").unwrap();
        assert_eq!(next, path, "{name}");
        let page = browser.get(&next).await;
        assert_eq!((page.status, page.path.as_str()), (200, path), "{name}");
        // What the role demands can't be turned off.
        let page = browser.get("/settings/security").await;
        assert!(page.shows("il ne peut pas être désactivé"));
        let token = page
            .attribute("main form input[name=csrf]", "value")
            .unwrap();
        let fields = [("csrf", token.as_str()), ("current_for_off", PASSWORD)];
        let page = browser.post("/settings/security/off", &fields).await;
        assert!(page.shows("Il vous reste 10 codes"), "{name}");
        node.forum.clock().advance(60_000);
    }
    let mona = people::by_name(node.forum.db(), "mona").await.unwrap();
    assert_eq!(mona.person.role, Role::Moderator);
}

#[tokio::test]
async fn everybody_sets_one_up_when_the_node_says_so() {
    let node = secure(SecondFactor::All).await;
    node.person("karim").await;
    node.category("voirie", "Voirie").await;
    let mut browser = inside(&node, "karim").await;
    for closed in [
        "/notifications",
        "/settings/profile",
        "/settings/applications",
        "/c/voirie/new",
        "/drafts",
        "/home",
    ] {
        let page = browser.get(closed).await;
        assert_eq!(page.heading(), "Second facteur", "{closed}");
        assert!(page.shows("Ce site demande un second facteur à chaque compte."));
    }
    // Reading stays open, and so does the way out.
    assert_eq!(browser.get("/c/voirie").await.heading(), "Voirie");
    let page = browser.get("/settings/data").await;
    assert_eq!(page.path, "/settings/data");
    let page = browser.submit(&page, "form[action='/logout']", &[]).await;
    assert!(page.shows("Déconnexion réussie"));

    let mut browser = inside(&node, "karim").await;
    let page = browser.get("/c/voirie/new").await;
    let (_, page) = turn_on(&node, &mut browser, &page).await;
    let next = page.attribute("main p > a.button", "href").unwrap();
    assert_eq!(next, "/c/voirie/new");
    open_topic(&mut browser, "voirie", "Bancs", "Où ?").await;
}

#[tokio::test]
async fn a_trial_node_and_one_that_only_offers_it_demand_none() {
    let trial = Node::start().await;
    trial.admin("ana").await;
    let mut ana = signed_in(&trial, "ana").await;
    let page = ana.get("/admin").await;
    assert_eq!((page.status, page.path.as_str()), (200, "/admin"));
    assert!(page.shows("le second facteur n’y est pas exigé"));
    assert!(page.shows("Il manque à"));

    let offered = secure(SecondFactor::Offered).await;
    offered.admin("ana").await;
    let page = inside(&offered, "ana").await.get("/admin").await;
    assert_eq!(page.path, "/admin");
    assert!(!page.shows("le second facteur n’y est pas exigé"));
}

#[tokio::test]
async fn an_administrator_takes_away_what_was_lost() {
    let node = Node::start().await;
    node.admin("ana").await;
    node.person("karim").await;
    let mut ana = signed_in(&node, "ana").await;
    let (_, mut karim) = with_factor(&node, "karim").await;
    let page = ana.get("/admin/people").await;
    let rows = page.texts("table tbody tr");
    let says = |name: &str, word: &str| {
        rows.iter()
            .any(|row| row.starts_with(name) && row.contains(word))
    };
    assert!(says("karim", "Oui") && says("ana", "Non"), "{rows:?}");
    let page = ana.get("/admin/people/karim").await;
    let link = "/admin/people/karim/second-factor";
    assert_eq!(
        page.attribute("main section a.button", "href").as_deref(),
        Some(link)
    );
    let page = ana.get(link).await;
    let form = format!("main form[action='{link}']");
    let page = ana.submit(&page, &form, &[("reason", " ")]).await;
    assert_eq!(page.status, 422);
    assert!(page.text(".error-summary a[href='#reason']").is_some());
    let reason = "Téléphone perdu, reconnu au guichet.";
    let page = ana.submit(&page, &form, &[("reason", reason)]).await;
    assert_eq!(page.path, "/admin/people/karim");
    assert!(page.shows("Le second facteur est retiré"));
    assert!(karim.get("/notifications").await.path.starts_with("/login"));
    signed_in(&node, "karim").await;
    let log = ana.get("/moderation/log").await;
    assert!(log.shows("Second facteur retiré") && log.shows(reason));
    assert!(mails(&node).await.iter().any(|mail| {
        mail.to == "karim@example.org"
            && matches!(&mail.about, About::SecondFactorReset { reason: why, .. } if why == reason)
    }));
    // There is none any more; and one's own is not taken away like this.
    assert_eq!(ana.get(link).await.status, 404);
    let page = ana.get("/settings/security").await;
    turn_on(&node, &mut ana, &page).await;
    let page = ana.get("/admin/people/ana").await;
    assert!(page.text("main section a.button").is_none());
    assert_eq!(ana.get("/admin/people/ana/second-factor").await.status, 403);
    let token = page
        .attribute("main form input[name=csrf]", "value")
        .unwrap();
    let fields = [("csrf", token.as_str()), ("reason", "x")];
    let page = ana.post("/admin/people/ana/second-factor", &fields).await;
    assert_eq!(page.status, 403);
}
