//! Attaching files to posts, without scripts.

use parvis_tests::{FileSent, Node, PageSeen, png};

use super::{open_topic, path, signed_in};

fn file<'a>(name: &'a str, bytes: &[u8]) -> FileSent<'a> {
    FileSent {
        field: "file",
        name,
        bytes: bytes.to_vec(),
    }
}

/// The name of the field of the file at this place of the list, such as `media_alt_{id}`.
fn field(page: &PageSeen, what: &str, at: usize) -> String {
    let ids: Vec<String> = page
        .body
        .split("name=\"media\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
        .collect();
    format!("media_{what}_{}", ids[at])
}

#[tokio::test]
async fn a_topic_is_published_with_a_picture_and_a_document() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/c/voirie/new").await;
    let page = ana
        .submit_with(
            &page,
            "form.compose",
            &[
                ("title", "Plan du quai"),
                ("content", "Voici le **plan**."),
                ("alt", "Le quai, au nord de la gare"),
                ("action", "attach"),
            ],
            &[file("quai.png", &png(64, 32))],
        )
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(
        page.attribute("#title", "value").as_deref(),
        Some("Plan du quai")
    );
    assert!(page.shows("quai.png"));
    let page = ana
        .submit_with(
            &page,
            "form.compose",
            &[("alt", "Le compte rendu"), ("action", "preview")],
            &[file("Compte rendu.pdf", b"%PDF-1.7\n%%EOF\n")],
        )
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(
        page.attribute(".preview img", "alt").as_deref(),
        Some("Le quai, au nord de la gare")
    );
    let topic = ana
        .submit(&page, "form.compose", &[("action", "publish")])
        .await;
    assert_eq!(topic.heading(), "Plan du quai", "{}", topic.body);
    let picture = |name| topic.attribute("article .attached img", name);
    assert_eq!(
        picture("alt").as_deref(),
        Some("Le quai, au nord de la gare")
    );
    assert_eq!(picture("width").as_deref(), Some("64"));
    assert_eq!(picture("height").as_deref(), Some("32"));
    assert_eq!(picture("loading").as_deref(), Some("lazy"));
    let document = topic.text("article .files a").unwrap();
    assert!(
        document.contains("Compte rendu.pdf") && document.contains("(PDF, 1 ko)"),
        "{document}"
    );
    assert!(topic.shows("Le compte rendu"));
    assert_eq!(
        topic.text("article .post-body").as_deref(),
        Some("Voici le plan.")
    );
    // A visitor gets the files.
    let mut visitor = node.browser();
    let shown = visitor.get(&picture("src").unwrap()).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.headers["content-type"], "image/png");
    let kept = topic.attribute("article .files a", "href").unwrap();
    let kept = visitor.get(&kept).await;
    let disposition = kept.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment;"), "{disposition}");
}

#[tokio::test]
async fn a_picture_without_an_alternative_is_an_error_and_nothing_is_lost() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/c/voirie/new").await;
    let wrong = ana
        .submit_with(
            &page,
            "form.compose",
            &[
                ("title", "Bancs"),
                ("content", "Où les mettre ?"),
                ("action", "publish"),
            ],
            &[file("bancs.png", &png(8, 8))],
        )
        .await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    let alt = field(&wrong, "alt", 0);
    assert_eq!(
        wrong.attribute(".error-summary a", "href"),
        Some(format!("#{alt}"))
    );
    assert_eq!(
        wrong
            .attribute(&format!("#{alt}"), "aria-invalid")
            .as_deref(),
        Some("true")
    );
    assert!(wrong.shows("Écrivez ce que l’image montre, ou cochez « Image décorative »."));
    assert_eq!(wrong.text("#content").as_deref(), Some("Où les mettre ?"));
    // The picture is there already: what was missing is enough.
    let topic = ana
        .submit(
            &wrong,
            "form.compose",
            &[
                (field(&wrong, "decorative", 0).as_str(), "yes"),
                ("action", "publish"),
            ],
        )
        .await;
    assert_eq!(topic.status, 200, "{}", topic.body);
    assert_eq!(
        topic.attribute("article .attached img", "alt").as_deref(),
        Some("")
    );
}

#[tokio::test]
async fn a_file_that_is_not_taken_is_told_at_its_field() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let topic = open_topic(&mut ana, "voirie", "Bancs", "Où ?").await;
    let mut heavy = b"%PDF-1.7\n".to_vec();
    heavy.resize(11_000_000, b' ');
    for (sent, words) in [
        (
            file("dessin.svg", b"<svg/>"),
            "Ce type de fichier n’est pas accepté.",
        ),
        (
            file("lourd.pdf", &heavy),
            "Ce fichier est trop lourd : 10 Mo au plus.",
        ),
        (
            file("photo.png", b"%PDF-1.7\n"),
            "Ce type de fichier n’est pas accepté.",
        ),
    ] {
        let wrong = ana
            .submit_with(
                &topic,
                "form#reply",
                &[
                    ("content", "Voir le dessin."),
                    ("alt", "Un banc"),
                    ("action", "publish"),
                ],
                &[sent],
            )
            .await;
        assert_eq!(wrong.status, 422, "{words}");
        assert_eq!(
            wrong.attribute(".error-summary a", "href").as_deref(),
            Some("#file")
        );
        assert!(wrong.shows(words), "{words}");
        assert_eq!(
            wrong.attribute("#file", "aria-invalid").as_deref(),
            Some("true")
        );
        assert_eq!(wrong.text("#content").as_deref(), Some("Voir le dessin."));
        assert_eq!(wrong.attribute("#alt", "value").as_deref(), Some("Un banc"));
    }
}

#[tokio::test]
async fn an_edit_takes_files_away_and_adds_others() {
    let node = Node::start().await;
    node.person("ana").await;
    node.person("karim").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = open_topic(&mut ana, "voirie", "Bancs", "Où ?").await;
    let page = ana
        .submit_with(
            &page,
            "form#reply",
            &[
                ("content", "Ici."),
                ("alt", "Le premier plan"),
                ("action", "publish"),
            ],
            &[file("un.png", &png(8, 8))],
        )
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    let first = page.attribute("article .attached img", "src").unwrap();
    let edit = page.attribute("#post-2 a[href$='/edit']", "href").unwrap();
    let form = ana.get(&edit).await;
    let page = ana
        .submit_with(
            &form,
            "form.compose",
            &[
                (field(&form, "remove", 0).as_str(), "yes"),
                ("alt", "Le second plan"),
                ("action", "publish"),
            ],
            &[file("deux.png", &png(8, 8))],
        )
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    let alts: Vec<_> = page.body.matches("Le premier plan").collect();
    assert!(alts.is_empty(), "{}", page.body);
    assert_eq!(
        page.attribute("article .attached img", "alt").as_deref(),
        Some("Le second plan")
    );
    assert_eq!(ana.get(&first).await.status, 404);

    // A file of somebody else is not taken from them.
    let mut karim = signed_in(&node, "karim").await;
    let form = ana.get(&edit).await;
    let id = field(&form, "alt", 0).replace("media_alt_", "");
    let begun = karim.get(&path(&page)).await;
    let token = begun.attribute("form#reply [name=csrf]", "value").unwrap();
    let action = begun.attribute("form#reply", "action").unwrap();
    let stolen = karim
        .post(
            &action,
            &[
                ("csrf", &token),
                ("content", "À moi."),
                ("media", &id),
                ("action", "publish"),
            ],
        )
        .await;
    assert_eq!(stolen.status, 422, "{}", stolen.body);

    // Deleting the post removes what it had.
    let second = page.attribute("article .attached img", "src").unwrap();
    let ask = ana.get(&edit.replace("/edit", "/delete")).await;
    let gone = ana.submit(&ask, "main form[method=post]", &[]).await;
    assert_eq!(gone.status, 200);
    assert_eq!(ana.get(&second).await.status, 404);
}

#[tokio::test]
async fn a_draft_keeps_its_files() {
    let node = Node::start().await;
    node.person("ana").await;
    node.category("voirie", "Voirie").await;
    let mut ana = signed_in(&node, "ana").await;
    let page = ana.get("/c/voirie/new").await;
    let page = ana
        .submit_with(
            &page,
            "form.compose",
            &[
                ("title", "Bancs"),
                ("content", "Où ?"),
                ("alt", "Le plan"),
                ("action", "draft"),
            ],
            &[file("plan.png", &png(8, 8))],
        )
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.path.contains("draft="), "{}", page.path);
    assert!(page.shows("plan.png"));
    let page = ana.get(&page.path).await;
    let topic = ana
        .submit(&page, "form.compose", &[("action", "publish")])
        .await;
    assert_eq!(
        topic.attribute("article .attached img", "alt").as_deref(),
        Some("Le plan"),
        "{}",
        topic.body
    );
}
