//! Topics: opening, reading, replying, changing, deleting.

use parvis_forum::kinds::Role;
use parvis_tests::Node;

use super::{open_topic, path, reply, signed_in};

#[tokio::test]
async fn a_member_opens_a_topic_after_looking_at_it() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/c/voirie/new").await;
    let preview = ana
        .submit(
            &page,
            "form.compose",
            &[
                ("title", "Rue scolaire"),
                ("content", "Fermée **le matin**."),
                ("kind", "question"),
                ("tags", "école, rue"),
                ("action", "preview"),
            ],
        )
        .await;
    assert_eq!(preview.status, 200);
    assert_eq!(
        preview.text(".preview strong").as_deref(),
        Some("le matin"),
        "{}",
        preview.body
    );
    assert_eq!(
        preview.attribute("#title", "value").as_deref(),
        Some("Rue scolaire")
    );
    let topic = ana
        .submit(&preview, "form.compose", &[("action", "publish")])
        .await;
    assert_eq!(topic.heading(), "Rue scolaire");
    assert!(path(&topic).ends_with("/rue-scolaire"), "{}", topic.path);
    assert_eq!(topic.text("article strong").as_deref(), Some("le matin"));
    assert!(topic.shows("Question"));
    assert!(topic.shows("école") && topic.shows("rue"));
    assert!(topic.shows("Votre sujet est publié."));
    let again = ana.get(&topic.path).await;
    assert!(!again.shows("Votre sujet est publié."), "said once");
}

#[tokio::test]
async fn a_form_filled_in_wrongly_keeps_what_was_written() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/c/voirie/new").await;
    let wrong = ana
        .submit(
            &page,
            "form.compose",
            &[("content", "Un texte sans titre."), ("action", "publish")],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong
            .text("title")
            .unwrap_or_default()
            .starts_with("Erreur")
    );
    assert_eq!(
        wrong.attribute(".error-summary a", "href").as_deref(),
        Some("#title")
    );
    assert_eq!(
        wrong.text("#content").as_deref(),
        Some("Un texte sans titre.")
    );
    let topic = open_topic(&mut ana, "voirie", "Bancs", "Où ?").await;
    let wrong = ana
        .submit(&topic, "form#reply", &[("action", "publish")])
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(
        wrong.attribute(".error-summary a", "href").as_deref(),
        Some("#content")
    );
}

#[tokio::test]
async fn a_member_replies_quotes_edits_and_deletes() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Bancs publics", "Premier message.").await;

    let mut karim = signed_in(&node, "karim").await;
    let page = karim.get(&path(&topic)).await;
    let quote = page
        .attribute("article a[href*='quote=']", "href")
        .expect("a link to quote");
    let page = karim
        .get(&format!(
            "{}{}",
            path(&topic),
            quote.trim_end_matches("#reply")
        ))
        .await;
    let begun = page.text("form#reply textarea").unwrap_or_default();
    assert!(begun.contains("> Premier message."), "{begun}");
    let text = "> Premier message.\n\nD’accord.";
    let page = reply(&mut karim, &page, text).await;
    assert_eq!(
        page.text("article blockquote").as_deref(),
        Some("Premier message.")
    );

    let edit = page
        .attribute("article a[href$='/edit']", "href")
        .expect("a link to edit");
    let page = karim.get(&edit).await;
    let page = karim
        .submit(
            &page,
            "form.compose",
            &[("content", "Texte corrigé."), ("action", "publish")],
        )
        .await;
    assert!(page.shows("Texte corrigé."), "{}", page.body);
    let history = karim.get(&edit.replace("/edit", "/revisions")).await;
    assert!(
        history.texts("ins").iter().any(|t| t.contains("corrigé")),
        "{}",
        history.body
    );
    assert_eq!(history.texts("section.revision").len(), 2);
    let denied = ana.get(&edit).await;
    assert_eq!(denied.status, 403);

    let page = karim.get(&edit.replace("/edit", "/delete")).await;
    assert!(page.shows("Texte corrigé."));
    let page = karim.submit(&page, "form[action$='/delete']", &[]).await;
    assert!(page.shows("Ce message a été supprimé"), "{}", page.body);
    assert!(!page.shows("Texte corrigé."));
    let history = karim.get(&edit.replace("/edit", "/revisions")).await;
    assert_eq!(history.status, 410);
}

#[tokio::test]
async fn a_deleted_topic_without_replies_is_gone() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "À supprimer", "Rien.").await;
    let delete = topic
        .attribute("article a[href$='/delete']", "href")
        .expect("a link to delete");
    let page = ana.get(&delete).await;
    let page = ana.submit(&page, "form[action$='/delete']", &[]).await;
    assert_eq!(path(&page), "/c/voirie");
    assert!(!page.shows("À supprimer"));
    let mut visitor = node.browser();
    assert_eq!(visitor.get(&path(&topic)).await.status, 410);
    assert_eq!(visitor.get("/t/1099511627776").await.status, 404);
    assert_eq!(visitor.get("/t/abc").await.status, 404);
}

#[tokio::test]
async fn a_locked_topic_takes_no_reply_but_from_moderators() {
    let node = Node::start().await;
    node.person("ana").await;
    node.with_role("modo", Role::Moderator).await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Disputé", "Bonjour.").await;
    assert!(topic.attribute("form[action$='/lock']", "action").is_none());
    let mut modo = signed_in(&node, "modo").await;
    let page = modo.get(&path(&topic)).await;
    let page = modo.submit(&page, "form[action$='/pin']", &[]).await;
    assert!(page.shows("Épinglé"), "{}", page.body);
    let page = modo.submit(&page, "form[action$='/lock']", &[]).await;
    assert!(page.shows("Verrouillé"), "{}", page.body);
    assert!(page.attribute("form#reply", "action").is_some());
    let page = ana.get(&path(&topic)).await;
    assert!(page.attribute("form#reply", "action").is_none());
    assert!(page.shows("Ce sujet est verrouillé"));
    // A form that was open before is refused with the reason.
    let refused = ana
        .submit(
            &topic,
            "form#reply",
            &[("content", "Trop tard"), ("action", "publish")],
        )
        .await;
    assert_eq!(refused.status, 403);
    assert!(refused.text("main").unwrap_or_default().len() > 40);
    assert_eq!(refused.text("textarea").as_deref(), Some("Trop tard"));
}

#[tokio::test]
async fn a_long_topic_is_read_by_pages_and_by_threads() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let mut page = open_topic(&mut ana, "voirie", "Long fil", "Départ.").await;
    let start = path(&page);
    for number in 2..=25 {
        page = reply(&mut ana, &page, &format!("Réponse numéro {number}.")).await;
    }
    assert!(page.path.contains("page=2"), "{}", page.path);
    let mut visitor = node.browser();
    let first = visitor.get(&start).await;
    assert_eq!(first.texts("article").len(), 20);
    assert_eq!(
        first.attribute(".pager a[rel=next]", "href"),
        Some(format!("{start}?page=2"))
    );
    assert!(first.attribute(".pager a[rel=prev]", "href").is_none());
    let second = visitor.get(&format!("{start}?page=2")).await;
    assert_eq!(second.texts("article").len(), 5);
    assert!(second.text("title").unwrap_or_default().contains("page 2"));
    assert!(second.attribute("#post-25", "id").is_some());
    assert_eq!(visitor.get(&format!("{start}?page=3")).await.status, 404);
    let permalink = second
        .attribute("#post-25 a.permalink", "href")
        .expect("a permalink");
    let led = visitor.get(&permalink).await;
    assert_eq!(led.path, format!("{start}?page=2#post-25"));
    let threads = visitor.get(&format!("{start}?view=threads")).await;
    assert_eq!(threads.texts("article").len(), 25);
    let short = start.rsplit_once('/').expect("a slug").0;
    assert_eq!(path(&visitor.get(short).await), start);
    assert_eq!(path(&visitor.get(&format!("{short}/autre")).await), start);
}

#[tokio::test]
async fn threads_put_each_reply_below_what_it_answers() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Fils", "Départ.").await;
    let start = path(&topic);
    let page = reply(&mut ana, &topic, "Premier fil.").await;
    let first = page
        .attribute("#post-2 a[href^='?reply_to=']", "href")
        .expect("a link to reply");
    reply(&mut ana, &page, "Second fil.").await;
    let page = ana
        .get(&format!("{start}{}", first.trim_end_matches("#reply")))
        .await;
    assert!(
        page.text("form#reply")
            .unwrap_or_default()
            .contains("En réponse au n°")
    );
    reply(&mut ana, &page, "Suite du premier fil.").await;
    let threads = ana.get(&format!("{start}?view=threads")).await;
    let bodies = threads.texts("article .post-body");
    assert_eq!(
        bodies,
        [
            "Départ.",
            "Premier fil.",
            "Suite du premier fil.",
            "Second fil."
        ]
    );
    assert!(threads.attribute("article.depth-1", "id").is_some());
}

#[tokio::test]
async fn a_post_is_found_helpful_kept_and_chosen_as_the_answer() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/c/voirie/new").await;
    let topic = ana
        .submit(
            &page,
            "form.compose",
            &[
                ("title", "Lequel ?"),
                ("content", "Quel revêtement ?"),
                ("kind", "question"),
                ("action", "publish"),
            ],
        )
        .await;
    let page = reply(&mut ana, &topic, "Le béton.").await;
    let page = ana
        .submit(&page, "#post-2 form[action$='/like']", &[])
        .await;
    assert_eq!(
        page.attribute("#post-2 form[action$='/unlike'] button", "aria-pressed")
            .as_deref(),
        Some("true")
    );
    let page = ana
        .submit(&page, "#post-2 form[action$='/unlike']", &[])
        .await;
    assert!(
        page.attribute("#post-2 form[action$='/like']", "action")
            .is_some()
    );
    let page = ana
        .submit(&page, "#post-2 form[action$='/bookmark']", &[])
        .await;
    assert!(page.shows("Le signet est posé."));
    let page = ana
        .submit(&page, "#post-2 form[action$='/answer']", &[])
        .await;
    assert!(page.shows("Résolu"));
    assert_eq!(
        page.attribute(".to-answer", "href").as_deref(),
        Some("#post-2")
    );
    let page = ana
        .submit(&page, "#post-2 form[action$='/unanswer']", &[])
        .await;
    assert!(!page.shows("Résolu"));
}

#[tokio::test]
async fn a_moderator_removes_a_post_with_a_reason_and_puts_it_back() {
    let node = Node::start().await;
    node.person("ana").await;
    node.with_role("modo", Role::Moderator).await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Annonce", "Départ.").await;
    reply(&mut ana, &topic, "Achetez mes pavés.").await;
    let mut modo = signed_in(&node, "modo").await;
    let page = modo.get(&path(&topic)).await;
    let remove = page
        .attribute("#post-2 a[href$='/remove']", "href")
        .expect("a link to remove");
    assert_eq!(ana.get(&remove).await.status, 403);
    let page = modo.get(&remove).await;
    let wrong = modo.submit(&page, "main form", &[]).await;
    assert_eq!(wrong.status, 422);
    let page = modo
        .submit(&page, "main form", &[("reason", "Publicité")])
        .await;
    assert!(page.shows("retiré par la modération") && page.shows("Publicité"));
    assert!(!page.shows("Achetez mes pavés."));
    let mut visitor = node.browser();
    assert!(!visitor.get(&path(&topic)).await.shows("Achetez"));
    let page = modo.submit(&page, "form[action$='/restore']", &[]).await;
    assert!(page.shows("Achetez mes pavés."));
}

#[tokio::test]
async fn a_visitor_reads_everything_and_is_asked_to_sign_in_to_write() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Ouvert à tous", "Bonjour à tous.").await;
    let mut visitor = node.browser();
    let home = visitor.get("/").await;
    assert_eq!(home.status, 200);
    assert!(home.shows("Voirie") && home.shows("Ouvert à tous"));
    let page = visitor.get(&path(&topic)).await;
    assert!(page.shows("Bonjour à tous."));
    assert!(page.attribute("article form", "action").is_none());
    let back = page
        .attribute(".no-reply a", "href")
        .expect("a link to sign in");
    assert!(back.starts_with("/login?back=%2Ft%2F"), "{back}");
    let page = visitor.get("/c/voirie/new").await;
    assert_eq!(path(&page), "/login");
    let page = visitor.get("/home").await;
    assert_eq!(path(&page), "/login");
}
