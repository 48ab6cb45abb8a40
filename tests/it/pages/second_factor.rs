//! The second factor: set up, signing in with it, recovery codes, and who tries to get around it.

use parvis_forum::mail::About;
use parvis_forum::second_factors::codes::{code_at, step_at};
use parvis_tests::node::PASSWORD;
use parvis_tests::{Browser, Node, NodeProcess, PageSeen};

use super::accounts::mails;
use super::{open_topic, signed_in};

const STEP_MS: i64 = 30_000;
const LOGIN: &str = "main form[action='/login']";
const CODE: &str = "main form[action='/login/code']";
const BEGIN: &str = "form[action='/settings/security/begin']";
const CONFIRM: &str = "form[action='/settings/security/confirm']";

/// What somebody keeps of a second factor.
pub(super) struct Factor {
    key: String,
    pub(super) codes: Vec<String>,
}

impl Factor {
    /// The code of the next step, which is good already: the one of this moment may have been used.
    fn code(&self, node: &Node) -> String {
        code_at(&self.key, step_at(node.forum.now().seconds()) + 1).unwrap()
    }
}

/// The key on the page of the set-up.
fn key(page: &PageSeen) -> String {
    page.text("dl.facts code").unwrap().replace(' ', "")
}

fn codes(page: &PageSeen) -> Vec<String> {
    let text = page.text("textarea#codes").unwrap();
    text.split(' ').map(ToOwned::to_owned).collect()
}

/// Turns the second factor on from the page of the settings; answers it and the page with the recovery codes.
pub(super) async fn turn_on(
    node: &Node,
    browser: &mut Browser,
    page: &PageSeen,
) -> (Factor, PageSeen) {
    let page = browser.submit(page, BEGIN, &[("current", PASSWORD)]).await;
    let key = key(&page);
    let code = code_at(&key, step_at(node.forum.now().seconds())).unwrap();
    let page = browser.submit(&page, CONFIRM, &[("code", &code)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let codes = codes(&page);
    assert_eq!(codes.len(), 10);
    (Factor { key, codes }, page)
}

/// Somebody with a second factor, and the browser in which it was set up.
pub(super) async fn with_factor(node: &Node, name: &str) -> (Factor, Browser) {
    let mut browser = signed_in(node, name).await;
    let page = browser.get("/settings/security").await;
    let (factor, _) = turn_on(node, &mut browser, &page).await;
    (factor, browser)
}

/// A browser in which the password was given, on the page that asks for a code.
async fn at_the_code(node: &Node, name: &str, password: &str, back: &str) -> (Browser, PageSeen) {
    let mut browser = node.browser();
    let page = browser.get(&format!("/login?back={back}")).await;
    let fields = [("login", name), ("password", password)];
    let page = browser.submit(&page, LOGIN, &fields).await;
    assert!(
        page.path.starts_with("/login/code"),
        "{}: {}",
        page.path,
        page.body
    );
    (browser, page)
}

/// True if somebody is signed in in this browser.
async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/notifications").await.path == "/notifications"
}

#[tokio::test]
async fn it_is_set_up_and_asked_for() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut ana = signed_in(&node, "ana").await;
    let mut elsewhere = signed_in(&node, "ana").await;
    let page = ana.get("/settings/security").await;
    // The password is asked for again.
    let wrong = ana
        .submit(&page, BEGIN, &[("current", "ce n'est pas lui")])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text(".error-summary a[href='#current']").is_some());
    let page = ana.submit(&wrong, BEGIN, &[("current", PASSWORD)]).await;
    assert_eq!(page.path, "/settings/security/confirm");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(page.attribute("svg.qr path", "d").is_some());
    let key = key(&page);
    let address = page.attribute("a[href^='otpauth:']", "href").unwrap();
    assert!(
        address.contains(&key) && address.contains(":ana?"),
        "{address}"
    );
    // Nothing is asked before the key is confirmed.
    signed_in(&node, "ana").await;
    let wrong = ana.submit(&page, CONFIRM, &[("code", "000 000")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text(".error-summary a[href='#code']").is_some());
    signed_in(&node, "ana").await;
    let now = step_at(node.forum.now().seconds());
    let code = code_at(&key, now).unwrap();
    let page = ana.submit(&wrong, CONFIRM, &[("code", &code)]).await;
    assert_eq!(codes(&page).len(), 10, "{}", page.body);
    assert_eq!(page.headers["cache-control"], "no-store");
    let file = page.attribute("a[download]", "href").unwrap();
    assert!(file.contains(&codes(&page)[9]), "{file}");
    assert!(
        mails(&node)
            .await
            .iter()
            .any(|mail| mail.about == About::SecondFactorOn { name: "ana".into() })
    );
    // They are shown once, this session goes on, others are over.
    let page = ana.get("/settings/security").await;
    assert!(page.shows("Il vous reste 10 codes de secours"));
    assert!(page.text("textarea#codes").is_none());
    assert!(!is_in(&mut elsewhere).await);

    let (mut browser, page) = at_the_code(&node, "ana", PASSWORD, "/settings/profile").await;
    assert!(!is_in(&mut browser).await, "no session before the code");
    for wrong in ["000000", "", code.as_str()] {
        let again = browser.submit(&page, CODE, &[("code", wrong)]).await;
        assert_eq!(again.status, 422, "{wrong:?}: {}", again.body);
        assert!(again.text(".error-summary a[href='#code']").is_some());
        assert_eq!(again.attribute("#code", "value"), None);
        assert!(!is_in(&mut browser).await, "{wrong:?}");
    }
    node.forum.clock().advance(STEP_MS);
    let code = code_at(&key, now + 1).unwrap();
    let typed = format!(" {} {} ", &code[..3], &code[3..]);
    let page = browser.submit(&page, CODE, &[("code", &typed)]).await;
    assert_eq!(page.path, "/settings/profile", "{}", page.body);
    assert!(is_in(&mut browser).await);
    // What waited was used up.
    assert!(
        browser
            .cookies()
            .keys()
            .all(|name| !name.contains("sign-in"))
    );

    // The same code does not serve a second time.
    let (mut other, page) = at_the_code(&node, "ana", PASSWORD, "/").await;
    let page = other.submit(&page, CODE, &[("code", &code)]).await;
    assert_eq!(page.status, 422);
    assert!(!is_in(&mut other).await);
}

#[tokio::test]
async fn of_two_uses_of_one_code_at_once_one_wins() {
    let node = Node::start().await;
    node.person("ana").await;
    let (factor, _) = with_factor(&node, "ana").await;
    let (mut one, first) = at_the_code(&node, "ana", PASSWORD, "/").await;
    let (mut two, second) = at_the_code(&node, "ana", PASSWORD, "/").await;
    let code = factor.code(&node);
    let fields = [("code", code.as_str())];
    tokio::join!(
        one.submit(&first, CODE, &fields),
        two.submit(&second, CODE, &fields),
    );
    let inside = [is_in(&mut one).await, is_in(&mut two).await];
    assert_eq!(inside.iter().filter(|i| **i).count(), 1, "{inside:?}");
    // The same for a recovery code.
    let (mut one, first) = at_the_code(&node, "ana", PASSWORD, "/").await;
    let (mut two, second) = at_the_code(&node, "ana", PASSWORD, "/").await;
    let recovery = factor.codes[0].as_str();
    let fields = [("code", recovery)];
    let (first, second) = (
        recovery_page(&mut one, &first).await,
        recovery_page(&mut two, &second).await,
    );
    tokio::join!(
        one.submit(&first, CODE, &fields),
        two.submit(&second, CODE, &fields),
    );
    let inside = [is_in(&mut one).await, is_in(&mut two).await];
    assert_eq!(inside.iter().filter(|i| **i).count(), 1, "{inside:?}");
}

/// The page that asks for a recovery code, by the link on the one that asks for a code.
async fn recovery_page(browser: &mut Browser, page: &PageSeen) -> PageSeen {
    let link = page
        .attribute("a[href^='/login/code?recovery']", "href")
        .unwrap();
    browser.get(&link).await
}

#[tokio::test]
async fn a_recovery_code_serves_once() {
    let node = Node::start().await;
    node.person("ana").await;
    let (factor, mut ana) = with_factor(&node, "ana").await;
    let typed = factor.codes[3].to_uppercase().replace('-', " ");
    let (mut browser, page) = at_the_code(&node, "ana", PASSWORD, "/settings/security").await;
    let page = recovery_page(&mut browser, &page).await;
    let page = browser.submit(&page, CODE, &[("code", &typed)]).await;
    assert_eq!(page.path, "/settings/security", "{}", page.body);
    assert!(page.shows("Il vous reste 9 codes de secours"));
    let used = About::RecoveryCodeUsed {
        name: "ana".into(),
        left: 9,
    };
    assert!(mails(&node).await.iter().any(|mail| mail.about == used));

    let (mut again, page) = at_the_code(&node, "ana", PASSWORD, "/").await;
    let page = recovery_page(&mut again, &page).await;
    let page = again.submit(&page, CODE, &[("code", &typed)]).await;
    assert_eq!(page.status, 422);
    assert!(page.shows("Ce code de secours ne convient pas"));

    // Other codes make those void.
    let settings = ana.get("/settings/security").await;
    let form = "form[action='/settings/security/codes']";
    let renewed = ana
        .submit(&settings, form, &[("current_for_codes", PASSWORD)])
        .await;
    let fresh = codes(&renewed);
    assert!(fresh.iter().all(|code| !factor.codes.contains(code)));
    assert!(
        mails(&node)
            .await
            .iter()
            .any(|mail| mail.about == About::RecoveryCodesRenewed { name: "ana".into() })
    );
    let page = again
        .submit(&page, CODE, &[("code", &factor.codes[4])])
        .await;
    assert_eq!(page.status, 422);
    let page = again.submit(&page, CODE, &[("code", &fresh[4])]).await;
    assert_eq!(page.path, "/", "{}", page.body);
    assert!(is_in(&mut again).await);
}

#[tokio::test]
async fn a_link_to_a_new_password_does_not_get_around_it() {
    let node = Node::start().await;
    node.person("ana").await;
    let (factor, _) = with_factor(&node, "ana").await;
    // Somebody who knows the password fails until the next try has to wait.
    let (mut stranger, page) = at_the_code(&node, "ana", PASSWORD, "/").await;
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(
            stranger
                .submit(&page, CODE, &[("code", "000000")])
                .await
                .status,
        );
    }
    assert_eq!(answers.first(), Some(&422));
    assert_eq!(answers.last(), Some(&429), "{answers:?}");
    let right = factor.code(&node);
    let page = stranger.submit(&page, CODE, &[("code", &right)]).await;
    assert_eq!(page.status, 429, "the right one waits as well");

    let mut browser = node.browser();
    let page = browser.get("/password/forgotten").await;
    let form = "main form[action='/password/forgotten']";
    browser
        .submit(&page, form, &[("email", "ana@example.org")])
        .await;
    let link = mails(&node)
        .await
        .into_iter()
        .find_map(|mail| match mail.about {
            About::ResetPassword { link, .. } => Some(link),
            _ => None,
        })
        .unwrap();
    let new = "une autre phrase, tout aussi longue";
    let page = browser.get(&link).await;
    let form = "main form[action='/password/reset']";
    let page = browser.submit(&page, form, &[("password", new)]).await;
    assert_eq!(page.path, "/login");
    assert!(!is_in(&mut browser).await);
    // What waited with the password before is over, and its failures are forgiven.
    let (mut ana, page) = at_the_code(&node, "ana", new, "/").await;
    let page = ana.submit(&page, CODE, &[("code", &right)]).await;
    assert_eq!(page.path, "/", "{}", page.body);
    assert!(is_in(&mut ana).await);
    assert!(
        stranger
            .get("/login/code")
            .await
            .path
            .starts_with("/login?")
    );
}

#[tokio::test]
async fn what_waits_for_a_code_ends_and_is_of_one_browser() {
    let node = Node::start().await;
    node.person("ana").await;
    let (factor, _) = with_factor(&node, "ana").await;
    let (_, page) = at_the_code(&node, "ana", PASSWORD, "/drafts").await;
    let mut other = node.browser();
    let code = factor.code(&node);
    let refused = other.submit(&page, CODE, &[("code", &code)]).await;
    assert_eq!(
        (refused.status, refused.heading()),
        (422, "Connexion".into())
    );
    assert!(!is_in(&mut other).await);

    let (mut late, page) = at_the_code(&node, "ana", PASSWORD, "/drafts").await;
    node.forum.clock().advance(10 * 60_000 + 1);
    let code = factor.code(&node);
    let over = late.submit(&page, CODE, &[("code", &code)]).await;
    assert_eq!((over.status, over.heading()), (422, "Connexion".into()));
    assert!(!is_in(&mut late).await);
    // The way goes on to the same place.
    let fields = [("login", "ana"), ("password", PASSWORD)];
    let page = late.submit(&over, LOGIN, &fields).await;
    let page = late.submit(&page, CODE, &[("code", &code)]).await;
    assert_eq!(page.path, "/drafts", "{}", page.body);
}

#[tokio::test]
async fn a_text_survives_the_code_as_well() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let (factor, mut ana) = with_factor(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Bancs", "Où ?").await;
    let account = ana.get("/settings/account").await;
    let mut other = ana.clone();
    other.submit(&account, "form[action='/logout']", &[]).await;
    let text = "Près de l’école.\n\nEt à l’ombre.";
    let values = [("content", text), ("action", "publish")];
    let sign_in = ana.submit(&topic, "form#reply", &values).await;
    assert_eq!(sign_in.status, 401);
    let fields = [("login", "ana"), ("password", PASSWORD)];
    let page = ana.submit(&sign_in, LOGIN, &fields).await;
    assert_eq!(
        (page.status, page.heading()),
        (200, "Second facteur".into())
    );
    // There and back between the two kinds of code, and a wrong one.
    let page = ana.submit(&page, CODE, &[("instead", "recovery")]).await;
    let page = ana.submit(&page, CODE, &[("code", "rien de tel")]).await;
    assert_eq!(page.status, 422);
    let page = ana.submit(&page, CODE, &[("instead", "code")]).await;
    let code = factor.code(&node);
    let found = ana.submit(&page, CODE, &[("code", &code)]).await;
    assert_eq!(found.heading(), "Votre texte vous attend", "{}", found.body);
    let topic = ana.submit(&found, "form.compose", &[]).await;
    assert!(topic.shows("Et à l’ombre."), "{}", topic.body);
}

#[tokio::test]
async fn another_application_takes_over_and_it_is_turned_off() {
    let node = Node::start().await;
    node.person("ana").await;
    let (before, mut ana) = with_factor(&node, "ana").await;
    let page = ana.get("/settings/security").await;
    let waiting = ana.submit(&page, BEGIN, &[("current", PASSWORD)]).await;
    assert_ne!(key(&waiting), before.key);
    // The one before serves until the new one is confirmed, and not after.
    let (mut browser, page) = at_the_code(&node, "ana", PASSWORD, "/").await;
    let code = before.code(&node);
    browser.submit(&page, CODE, &[("code", &code)]).await;
    assert!(is_in(&mut browser).await);
    let page = ana.get("/settings/security").await;
    let (after, _) = turn_on(&node, &mut ana, &page).await;
    assert!(!is_in(&mut browser).await, "opened with the key before");
    node.forum.clock().advance(STEP_MS);
    let (mut browser, page) = at_the_code(&node, "ana", PASSWORD, "/").await;
    for wrong in [before.code(&node), before.codes[0].clone()] {
        let page = browser.submit(&page, CODE, &[("code", &wrong)]).await;
        assert_eq!(page.status, 422);
    }
    let code = after.code(&node);
    browser.submit(&page, CODE, &[("code", &code)]).await;
    assert!(is_in(&mut browser).await);

    let page = browser.get("/settings/security").await;
    let off = "form[action='/settings/security/off']";
    let wrong = browser.submit(&page, off, &[]).await;
    assert_eq!(wrong.status, 422);
    let page = browser
        .submit(&wrong, off, &[("current_for_off", PASSWORD)])
        .await;
    assert!(page.shows("Le second facteur est désactivé"));
    signed_in(&node, "ana").await;
    let told: Vec<About> = mails(&node).await.into_iter().map(|m| m.about).collect();
    assert!(told.contains(&About::SecondFactorReplaced { name: "ana".into() }));
    assert!(told.contains(&About::SecondFactorOff { name: "ana".into() }));
}

#[tokio::test]
async fn a_key_that_nobody_confirms_is_forgotten() {
    let node = Node::start().await;
    node.person("ana").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/settings/security").await;
    let page = ana.submit(&page, BEGIN, &[("current", PASSWORD)]).await;
    let key = key(&page);
    node.forum.clock().advance(30 * 60_000 + 1);
    let code = code_at(&key, step_at(node.forum.now().seconds())).unwrap();
    let page = ana.submit(&page, CONFIRM, &[("code", &code)]).await;
    assert_eq!(page.path, "/settings/security");
    assert!(page.shows("recommencez"), "{}", page.body);
    let page = ana.get("/settings/security/confirm").await;
    assert_eq!(page.path, "/settings/security");
    signed_in(&node, "ana").await;
}

#[tokio::test]
async fn the_command_line_tells_of_it_and_takes_it_away() {
    let node = NodeProcess::start().await;
    let create = [
        "user",
        "create",
        "--name",
        "ana",
        "--email",
        "ana@example.org",
        "--role",
        "admin",
        "--password-stdin",
    ];
    let made = node.run(&create, PASSWORD).await;
    assert_eq!(made["second_factor"], false);
    node.run(
        &[
            "category", "create", "--slug", "voirie", "--title", "Voirie",
        ],
        "",
    )
    .await;
    let said = async || {
        let checks = node.run(&["check"], "").await;
        let checks = checks["checks"].as_array().unwrap().clone();
        let found = checks.into_iter().find(|c| c["name"] == "second factor");
        found.unwrap()["detail"].as_str().unwrap().to_owned()
    };
    assert!(said().await.starts_with("not on for ana"));
    let refused = node.refused(&["user", "reset-second-factor", "ana"]).await;
    assert!(refused.contains("has no second factor"), "{refused}");

    let mut browser = Browser::new(&node.url);
    let page = browser.get("/login?back=/settings/security").await;
    let fields = [("login", "ana"), ("password", PASSWORD)];
    let page = browser.submit(&page, LOGIN, &fields).await;
    let page = browser.submit(&page, BEGIN, &[("current", PASSWORD)]).await;
    let now = parvis_forum::Clock::system().now().seconds();
    let code = code_at(&key(&page), step_at(now)).unwrap();
    let page = browser.submit(&page, CONFIRM, &[("code", &code)]).await;
    assert_eq!(codes(&page).len(), 10);
    assert!(said().await.starts_with("everybody"));
    let listed = node.run(&["user", "list"], "").await;
    assert_eq!(listed["people"][0]["second_factor"], true);

    let reset = ["user", "reset-second-factor", "ana", "--reason", "Perdu."];
    let answer = node.run(&reset, "").await;
    assert_eq!(
        (&answer["name"], &answer["second_factor"]),
        (&"ana".into(), &false.into())
    );
    assert!(!is_in(&mut browser).await);
    let page = browser.get("/login").await;
    browser.submit(&page, LOGIN, &fields).await;
    assert!(is_in(&mut browser).await);
}
