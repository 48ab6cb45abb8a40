//! Drafts: kept by their writer, gone on with, published or forgotten.

use parvis_forum::{Viewer, drafts, people};
use parvis_tests::{Browser, Node, PageSeen};

use super::{open_topic, path, signed_in};

/// Keeps what these values make of the form as a draft.
async fn keep(browser: &mut Browser, page: &PageSeen, form: &str, text: &str) -> PageSeen {
    let kept = browser
        .submit(page, form, &[("content", text), ("action", "draft")])
        .await;
    assert_eq!(kept.status, 200, "{}", kept.body);
    assert!(
        kept.shows("Votre brouillon est enregistré."),
        "{}",
        kept.body
    );
    kept
}

#[tokio::test]
async fn a_topic_begun_is_gone_on_with_and_published() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    assert!(ana.get("/drafts").await.shows("Aucun brouillon"));
    let page = ana.get("/c/voirie/new").await;
    let values = [
        ("title", "Rue scolaire"),
        ("content", "Fermée le matin."),
        ("kind", "question"),
        ("tags", "école, rue"),
        ("language", "en"),
        ("action", "draft"),
    ];
    let kept = ana.submit(&page, "form.compose", &values).await;
    assert!(
        kept.path.starts_with("/c/voirie/new?draft="),
        "{}",
        kept.path
    );
    assert!(node.browser().get("/c/voirie").await.shows("Aucun"));

    let list = ana.get("/drafts").await;
    assert!(list.shows("Rue scolaire") && list.shows("Voirie"));
    assert!(list.shows("Fermée le matin.") && list.shows("90"));
    let resume = list
        .attribute("a[href*='draft=']", "href")
        .expect("a link to go on");
    let form = ana.get(&resume).await;
    let value = |selector| form.attribute(selector, "value");
    assert_eq!(value("#title").as_deref(), Some("Rue scolaire"));
    assert_eq!(value("#tags").as_deref(), Some("école, rue"));
    assert_eq!(
        value("#language option[selected]").as_deref(),
        Some("en"),
        "{}",
        form.body
    );
    assert_eq!(
        value("input[name=kind][checked]").as_deref(),
        Some("question")
    );
    assert_eq!(form.text("#content").as_deref(), Some("Fermée le matin."));

    keep(&mut ana, &form, "form.compose", "Fermée le soir.").await;
    assert_eq!(ana.get("/drafts").await.texts("ul.rows > li").len(), 1);
    let form = ana.get(&resume).await;
    let preview = ana
        .submit(&form, "form.compose", &[("action", "preview")])
        .await;
    let topic = ana
        .submit(&preview, "form.compose", &[("action", "publish")])
        .await;
    assert_eq!(topic.heading(), "Rue scolaire");
    assert!(topic.shows("Fermée le soir."));
    assert!(ana.get("/drafts").await.shows("Aucun brouillon"));
}

#[tokio::test]
async fn a_reply_and_a_change_are_kept_as_drafts_too() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Bancs publics", "Premier message.").await;
    keep(&mut ana, &topic, "form#reply", "Une réponse à finir").await;
    let edit = topic
        .attribute("article a[href$='/edit']", "href")
        .expect("a link to edit");
    let page = ana.get(&edit).await;
    keep(&mut ana, &page, "form.compose", "Premier message, corrigé").await;
    let list = ana.get("/drafts").await;
    assert!(list.shows("Réponse") && list.shows("Modification d’un message"));
    let reply = list
        .attribute("a[href*='#reply']", "href")
        .expect("a link to the reply");
    let page = ana.get(reply.trim_end_matches("#reply")).await;
    assert_eq!(
        page.text("form#reply textarea").as_deref(),
        Some("Une réponse à finir")
    );
    let page = ana
        .submit(&page, "form#reply", &[("action", "publish")])
        .await;
    assert!(page.shows("Votre réponse est publiée.") || page.shows("Une réponse à finir"));
    let list = ana.get("/drafts").await;
    assert_eq!(list.texts("ul.rows > li").len(), 1, "{}", list.body);
    let list = ana.submit(&list, "form[action$='/delete']", &[]).await;
    assert!(list.shows("Aucun brouillon"));
    assert!(ana.get(&path(&topic)).await.shows("Premier message."));
}

#[tokio::test]
async fn nobody_sees_the_drafts_of_somebody_else() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/c/voirie/new").await;
    let kept = keep(&mut ana, &page, "form.compose", "Un secret").await;
    let mut karim = signed_in(&node, "karim").await;
    let page = karim.get(&kept.path).await;
    assert_eq!(page.status, 200);
    assert!(!page.shows("Un secret"));
    let list = ana.get("/drafts").await;
    let delete = list
        .attribute("form[action$='/delete']", "action")
        .expect("a form to delete");
    let token = karim.get("/drafts").await;
    let token = token
        .attribute("input[name=csrf]", "value")
        .expect("a token");
    karim.post(&delete, &[("csrf", &token)]).await;
    assert!(ana.get("/drafts").await.shows("Un secret"));
    assert!(
        node.browser()
            .get("/drafts")
            .await
            .path
            .starts_with("/login")
    );
}

#[tokio::test]
async fn the_fifty_first_draft_is_refused_and_stays_in_the_form() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    for number in 1..=50 {
        let page = ana.get("/c/voirie/new").await;
        keep(&mut ana, &page, "form.compose", &format!("Essai {number}")).await;
    }
    let page = ana.get("/c/voirie/new").await;
    let refused = ana
        .submit(
            &page,
            "form.compose",
            &[("content", "Un de trop"), ("action", "draft")],
        )
        .await;
    assert_eq!(refused.status, 422);
    assert!(
        refused
            .text(".error-summary")
            .unwrap_or_default()
            .contains("50")
    );
    assert_eq!(refused.text("#content").as_deref(), Some("Un de trop"));
}

#[tokio::test]
async fn drafts_end_with_their_time_and_with_the_account() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    node.category("voirie", "Voirie").await;
    for name in ["ana", "karim"] {
        let mut browser = signed_in(&node, name).await;
        let page = browser.get("/c/voirie/new").await;
        keep(&mut browser, &page, "form.compose", "À finir").await;
    }
    let forum = &node.forum;
    let load = async |name: &str| {
        let account = people::by_name(forum.db(), name).await.unwrap();
        Viewer::load(forum.db(), account.actor).await.unwrap()
    };
    let (ana, karim) = (load("ana").await, load("karim").await);
    let tx = forum.begin().await.unwrap();
    people::delete(&tx, &ana, ana.actor_id().unwrap())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(drafts::list(forum.db(), &ana).await.unwrap().is_empty());
    forum.clock().advance(89 * 24 * 3_600_000);
    parvis::jobs::clear(forum).await.unwrap();
    assert_eq!(drafts::list(forum.db(), &karim).await.unwrap().len(), 1);
    forum.clock().advance(2 * 24 * 3_600_000);
    parvis::jobs::clear(forum).await.unwrap();
    assert!(drafts::list(forum.db(), &karim).await.unwrap().is_empty());
}
