//! Quotes: asked for by others, asked by us, taken back, and forged.

use parvis_forum::kinds::{QuoteStanding, TopicKind};
use parvis_forum::posts::NewReply;
use parvis_forum::quotes::{self, Answered};
use parvis_forum::{Event, Post};

use super::*;

async fn ours(stage: &Stage, viewer: &Viewer) -> (parvis_forum::Topic, Post) {
    let new =
        topics::NewTopic::parse("Zones 30", "Texte", TopicKind::Discussion, None, &[]).unwrap();
    let tx = stage.node.forum().begin().await.unwrap();
    let opened = topics::open(&tx, viewer, &stage.category, new)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    opened
}

fn request(by: &Remote, n: u32, quoted: &str, instrument: &Value) -> Value {
    let mut request = activity(by, "QuoteRequest", n, &json!(quoted));
    request["instrument"] = instrument.clone();
    request
}

fn answers(stage: &Stage) -> Vec<Answered> {
    let events = stage.node.events.lock().unwrap();
    events
        .iter()
        .filter_map(|event| match event {
            Event::QuoteAnswered(answered) => Some(answered.clone()),
            _ => None,
        })
        .collect()
}

async fn standing(stage: &Stage, path: &str) -> QuoteStanding {
    let post = stage.post(&stage.good.url(path)).await.unwrap();
    quotes::find(stage.node.db(), post.id)
        .await
        .unwrap()
        .unwrap()
        .standing
}

#[tokio::test]
async fn everybody_may_quote_what_is_public_until_the_author_takes_it_back() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let (_, post) = ours(&stage, &ana).await;
    let quote_uri = stage.good.url("/q/1");
    let instrument =
        json!({"id": quote_uri, "type": "Note", "attributedTo": stage.bob.uri, "quote": post.uri});
    stage
        .node
        .take(&stage.bob, &request(&stage.bob, 1, &post.uri, &instrument))
        .await;
    let asked = answers(&stage);
    let id = asked[0].authorization.unwrap();
    let (row, quoted) = quotes::authorization(stage.node.db(), &Viewer::Anonymous, id)
        .await
        .unwrap();
    assert_eq!(
        (row.quote_uri.as_str(), quoted.id),
        (quote_uri.as_str(), post.id)
    );
    // Asked again, the same answer.
    stage
        .node
        .take(
            &stage.bob,
            &request(&stage.bob, 2, &post.uri, &json!(quote_uri)),
        )
        .await;
    assert_eq!(answers(&stage)[1].authorization, Some(id));
    // The quote, when it comes, is shown.
    let note = stage.good.note(
        &stage.bob,
        "/q/1",
        &json!({"cc": [stage.category.actor.uri], "quote": post.uri,
            "content": "<p>Oui</p><p class=\"quote-inline\">RE: <a href=\"x\">x</a></p>"}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Create", 3, &note))
        .await;
    assert_eq!(standing(&stage, "/q/1").await, QuoteStanding::Allowed);
    let quoting = stage.post(&quote_uri).await.unwrap();
    assert!(
        !quoting.content_html.contains("RE:"),
        "{}",
        quoting.content_html
    );
    let views = quotes::of_posts(
        stage.node.db(),
        &Viewer::Anonymous,
        std::slice::from_ref(&quoting),
    )
    .await
    .unwrap();
    assert!(views[&quoting.id].quoted.is_some());
    // Only its author takes it back.
    let carol = stage.node.member("carol").await;
    let tx = stage.node.forum().begin().await.unwrap();
    assert!(quotes::revoke(&tx, &carol, id).await.is_err());
    drop(tx);
    let tx = stage.node.forum().begin().await.unwrap();
    quotes::revoke(&tx, &ana, id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(standing(&stage, "/q/1").await, QuoteStanding::Revoked);
    assert!(
        quotes::authorization(stage.node.db(), &Viewer::Anonymous, id)
            .await
            .is_err()
    );
    stage
        .node
        .take(
            &stage.bob,
            &request(&stage.bob, 4, &post.uri, &json!(quote_uri)),
        )
        .await;
    assert_eq!(answers(&stage)[2].authorization, None, "taken back is no");
}

#[tokio::test]
async fn nobody_asks_for_others_nor_for_what_is_not_ours_or_gone() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let (_, post) = ours(&stage, &ana).await;
    let of_bob = stage.good.url("/q/1");
    let other = json!({"id": stage.evil.url("/q/1"), "attributedTo": stage.bob.uri});
    let elsewhere = json!({"id": stage.evil.url("/q/2"), "attributedTo": stage.mallory.uri, "quote": "https://a.example/1"});
    for (n, instrument) in [
        (1, json!(of_bob)),
        (2, other),
        (3, elsewhere),
        (4, json!(post.uri)),
        (5, json!(null)),
    ] {
        stage
            .node
            .take(
                &stage.mallory,
                &request(&stage.mallory, n, &post.uri, &instrument),
            )
            .await;
    }
    let plain = stage.bob_posts("/n/1", 6).await;
    let mine = json!(stage.evil.url("/q/3"));
    stage
        .node
        .take(
            &stage.mallory,
            &request(&stage.mallory, 7, &plain.uri, &mine),
        )
        .await;
    assert!(answers(&stage).is_empty());
    let tx = stage.node.forum().begin().await.unwrap();
    posts::delete(
        &tx,
        &ana,
        posts::by_id(tx.c(), post.id).await.unwrap(),
        parvis_forum::Origin::Local,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    stage
        .node
        .take(
            &stage.mallory,
            &request(&stage.mallory, 8, &post.uri, &mine),
        )
        .await;
    assert_eq!(answers(&stage)[0].authorization, None);
}

#[tokio::test]
async fn a_quote_of_ours_without_our_word_is_a_link() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let (_, post) = ours(&stage, &ana).await;
    let note = stage.good.note(
        &stage.bob,
        "/q/1",
        &json!({"cc": [stage.category.actor.uri], "quote": post.uri,
            "quoteAuthorization": stage.good.url("/auth/1")}),
    );
    stage.good.serve(&json!({"id": stage.good.url("/auth/1"), "type": "QuoteAuthorization",
        "attributedTo": ana.actor().unwrap().uri, "interactingObject": stage.good.url("/q/1"), "interactionTarget": post.uri}));
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Create", 1, &note))
        .await;
    assert_eq!(standing(&stage, "/q/1").await, QuoteStanding::Named);
    let quoting = stage.post(&stage.good.url("/q/1")).await.unwrap();
    let views = quotes::of_posts(
        stage.node.db(),
        &Viewer::Anonymous,
        std::slice::from_ref(&quoting),
    )
    .await
    .unwrap();
    assert!(views[&quoting.id].quoted.is_none());
}

/// Mallory's post in our category, which bob quotes.
async fn of_mallory(stage: &Stage) -> Post {
    let note = stage.evil.note(
        &stage.mallory,
        "/n/1",
        &json!({"cc": [stage.category.actor.uri]}),
    );
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Create", 1, &note),
        )
        .await;
    stage.post(&stage.evil.url("/n/1")).await.unwrap()
}

fn quoting(stage: &Stage, path: &str, quoted: &Post, authorization: &str) -> Value {
    stage.good.note(
        &stage.bob,
        path,
        &json!({"cc": [stage.category.actor.uri], "quote": quoted.uri, "quoteAuthorization": authorization}),
    )
}

#[tokio::test]
async fn an_authorization_counts_only_from_the_quoted_author_and_for_both_posts() {
    let stage = Stage::set().await;
    let quoted = of_mallory(&stage).await;
    let real = |id: &str, path: &str| {
        json!({"id": id, "type": "QuoteAuthorization", "attributedTo": stage.mallory.uri,
            "interactingObject": stage.good.url(path), "interactionTarget": quoted.uri})
    };
    // Served by who quotes; for another post; of another author; not there.
    let forged = stage.good.url("/auth/1");
    stage.good.serve(&real(&forged, "/q/1"));
    let other = stage.evil.url("/auth/2");
    stage.evil.serve(&real(&other, "/q/other"));
    let stranger = stage.evil.url("/auth/3");
    let mut document = real(&stranger, "/q/3");
    document["attributedTo"] = json!(stage.evil.person("trudy").uri);
    stage.evil.serve(&document);
    let absent = stage.evil.url("/auth/4");
    for (n, authorization) in (1_u32..).zip([forged, other, stranger, absent]) {
        let path = format!("/q/{n}");
        let note = quoting(&stage, &path, &quoted, &authorization);
        stage
            .node
            .take(&stage.bob, &activity(&stage.bob, "Create", n, &note))
            .await;
        assert_eq!(
            standing(&stage, &path).await,
            QuoteStanding::Named,
            "{authorization}"
        );
    }
    let good = stage.evil.url("/auth/9");
    stage.evil.serve(&real(&good, "/q/9"));
    let note = quoting(&stage, "/q/9", &quoted, &good);
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Create", 9, &note))
        .await;
    assert_eq!(standing(&stage, "/q/9").await, QuoteStanding::Allowed);
    // Bob can't take back what mallory gave; mallory can.
    stage
        .node
        .take(
            &stage.bob,
            &activity(&stage.bob, "Delete", 10, &json!(good)),
        )
        .await;
    assert_eq!(standing(&stage, "/q/9").await, QuoteStanding::Allowed);
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Delete", 11, &json!(good)),
        )
        .await;
    assert_eq!(standing(&stage, "/q/9").await, QuoteStanding::Revoked);
    // An Update that names it again doesn't bring it back.
    let mut again = note.clone();
    again["updated"] = json!("2026-03-03T10:00:00Z");
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 12, &again))
        .await;
    assert_eq!(standing(&stage, "/q/9").await, QuoteStanding::Revoked);
}

#[tokio::test]
async fn the_author_elsewhere_is_asked_and_answers() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let (topic, _) = ours(&stage, &ana).await;
    let quoted = stage.bob_posts("/n/1", 1).await;
    let tx = stage.node.forum().begin().await.unwrap();
    let new = NewReply::parse("Voyez.", None)
        .unwrap()
        .with_quote(Some(quoted.clone()));
    let post = posts::reply(&tx, &ana, &topic, None, new).await.unwrap();
    tx.commit().await.unwrap();
    let asked = stage
        .node
        .events
        .lock()
        .unwrap()
        .iter()
        .any(|event| matches!(event, Event::QuoteAsked { post: asked } if *asked == post.id));
    assert!(asked);
    let now = async || {
        quotes::find(stage.node.db(), post.id)
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(now().await.standing, QuoteStanding::Asked);
    let authorization = stage.good.url("/auth/1");
    let named = json!({"type": "QuoteRequest", "actor": ana.actor().unwrap().uri, "object": quoted.uri, "instrument": post.uri});
    let accept = |by: &Remote, n: u32| {
        let mut accept = activity(by, "Accept", n, &named);
        accept["result"] = json!(authorization);
        accept
    };
    // By somebody else; without a document; with one for another post.
    stage
        .node
        .take(&stage.mallory, &accept(&stage.mallory, 2))
        .await;
    stage.node.take(&stage.bob, &accept(&stage.bob, 3)).await;
    let mut document = json!({"id": authorization, "type": "QuoteAuthorization", "attributedTo": stage.bob.uri,
        "interactingObject": "https://a.example/1", "interactionTarget": quoted.uri});
    stage.good.serve(&document);
    stage.node.take(&stage.bob, &accept(&stage.bob, 4)).await;
    assert_eq!(now().await.standing, QuoteStanding::Asked);
    document["interactingObject"] = json!(post.uri);
    stage.good.serve(&document);
    stage.node.take(&stage.bob, &accept(&stage.bob, 5)).await;
    assert_eq!(now().await.standing, QuoteStanding::Allowed);
    assert_eq!(now().await.authorization_uri, Some(authorization.clone()));
    // Taken back by a Delete of the authorization.
    stage
        .node
        .take(
            &stage.bob,
            &activity(&stage.bob, "Delete", 6, &json!(authorization)),
        )
        .await;
    assert_eq!(now().await.standing, QuoteStanding::Revoked);
}

#[tokio::test]
async fn a_refused_quote_is_not_named_any_more() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let (topic, _) = ours(&stage, &ana).await;
    let quoted = stage.bob_posts("/n/1", 1).await;
    let tx = stage.node.forum().begin().await.unwrap();
    let new = NewReply::parse("Voyez.", None)
        .unwrap()
        .with_quote(Some(quoted.clone()));
    let post = posts::reply(&tx, &ana, &topic, None, new).await.unwrap();
    tx.commit().await.unwrap();
    let named = json!({"type": "QuoteRequest", "object": quoted.uri, "instrument": post.uri});
    for (n, by) in [(2, &stage.mallory), (3, &stage.bob)] {
        stage
            .node
            .take(by, &activity(by, "Reject", n, &named))
            .await;
    }
    let row = quotes::find(stage.node.db(), post.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.standing, QuoteStanding::Refused);
    let scene = crate::objects::build::post::Scene::load(
        stage.node.db(),
        stage.post(&post.uri).await.unwrap(),
    )
    .await
    .unwrap();
    let wire = crate::objects::build::post::post_to_wire(&scene, stage.node.forum().config());
    assert!(serde_json::to_value(wire).unwrap().get("quote").is_none());
}
