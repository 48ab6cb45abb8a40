//! Contributions that a category doesn't take: refused to us, and by us.

use parvis_forum::categories::CategoryChange;
use parvis_forum::kinds::TopicKind;
use parvis_forum::notifications;
use parvis_forum::page::PageRequest;
use parvis_forum::posts::NewReply;
use parvis_forum::{Event, Post};

use super::*;

/// A topic of ana's in the category elsewhere that is followed.
async fn ours_in_velo(stage: &Stage, ana: &Viewer) -> (Topic, Post) {
    let velo = stage.meet(&stage.velo.uri).await;
    let group = categories::by_id(stage.node.db(), velo.id).await.unwrap();
    let new = topics::NewTopic::parse("Pistes", "Texte", TopicKind::Discussion, None, &[]).unwrap();
    let tx = stage.node.forum().begin().await.unwrap();
    let opened = topics::open(&tx, ana, &group, new).await.unwrap();
    tx.commit().await.unwrap();
    opened
}

fn create_of(post: &Post, author: &Actor) -> Value {
    json!({"id": post.activity_uri, "type": "Create", "actor": author.uri, "object": {"id": post.uri, "type": post.object_type}})
}

fn reject(by: &Remote, n: u32, object: &Value, reason: &str) -> Value {
    let mut reject = activity(by, "Reject", n, object);
    reject["summary"] = json!(reason);
    reject
}

async fn told(stage: &Stage, viewer: &Viewer) -> usize {
    notifications::list(stage.node.db(), viewer, PageRequest::first(10))
        .await
        .unwrap()
        .items
        .len()
}

#[tokio::test]
async fn a_category_refuses_what_was_written_for_it_in_each_form() {
    let stage = Stage::set().await;
    let viewer = stage.node.member("ana").await;
    let ana = viewer.actor().unwrap().clone();
    let forms: [fn(&Post, &Actor) -> Value; 4] = [
        |post, author| create_of(post, author),
        |post, author| json!({"id": post.activity_uri, "type": "Create", "actor": author.uri, "object": post.uri}),
        |post, _| json!(post.uri),
        |post, _| json!(post.activity_uri),
    ];
    for (n, form) in (1..).zip(forms) {
        let (_, post) = ours_in_velo(&stage, &viewer).await;
        let refusal = reject(&stage.velo, n, &form(&post, &ana), "<b>Hors</b> sujet");
        stage.node.take(&stage.velo, &refusal).await;
        let after = stage.post(&post.uri).await.unwrap();
        assert_eq!(
            after.refused_reason.as_deref(),
            Some("<b>Hors</b> sujet"),
            "form {n}: plain text, escaped where it is shown"
        );
        assert_eq!(after.content_html, post.content_html);
        assert_eq!(told(&stage, &viewer).await, n as usize);
    }
}

#[tokio::test]
async fn a_refusal_counts_once_and_ends_when_the_category_takes_the_post() {
    let stage = Stage::set().await;
    let viewer = stage.node.member("ana").await;
    let ana = viewer.actor().unwrap().clone();
    let (topic, post) = ours_in_velo(&stage, &viewer).await;
    let create = create_of(&post, &ana);
    for (n, reason) in [(1, "un"), (2, "deux")] {
        let refusal = reject(&stage.velo, n, &create, reason);
        stage.node.take(&stage.velo, &refusal).await;
    }
    let after = stage.post(&post.uri).await.unwrap();
    assert_eq!(after.refused_reason.as_deref(), Some("un"));
    assert_eq!(told(&stage, &viewer).await, 1);
    // It is in the category after all.
    stage.announce(3, &create).await;
    assert_eq!(stage.post(&post.uri).await.unwrap().refused_reason, None);
    // From then on the category moderates; it doesn't refuse.
    stage
        .node
        .take(&stage.velo, &reject(&stage.velo, 4, &create, "trois"))
        .await;
    assert_eq!(stage.post(&post.uri).await.unwrap().refused_reason, None);
    // A reply is refused, and taken, by itself.
    let tx = stage.node.forum().begin().await.unwrap();
    let new = NewReply::parse("Une suite", None).unwrap();
    let reply = posts::reply(&tx, &viewer, &topic, None, new).await.unwrap();
    tx.commit().await.unwrap();
    let create = create_of(&reply, &ana);
    stage
        .node
        .take(&stage.velo, &reject(&stage.velo, 5, &create, ""))
        .await;
    let after = stage.post(&reply.uri).await.unwrap();
    assert_eq!(after.refused_reason.as_deref(), Some(""));
    stage.announce(6, &create).await;
    assert_eq!(stage.post(&reply.uri).await.unwrap().refused_reason, None);
}

#[tokio::test]
async fn nobody_but_the_category_refuses_and_only_what_was_written_for_it() {
    let stage = Stage::set().await;
    let viewer = stage.node.member("ana").await;
    let ana = viewer.actor().unwrap().clone();
    let (_, post) = ours_in_velo(&stage, &viewer).await;
    let create = create_of(&post, &ana);
    let refused = async |uri: &str| stage.post(uri).await.unwrap().refused_reason;
    // Another server, another category of the same server, and a person of it.
    let other = stage.groups.actor("Group", "autre");
    let lea = stage.groups.person("lea");
    for (n, by) in (1..).zip([&stage.mallory, &stage.bob, &other, &lea]) {
        stage.node.take(by, &reject(by, n, &create, "faux")).await;
        stage
            .node
            .take(by, &reject(by, n + 10, &json!(post.uri), "faux"))
            .await;
    }
    // In the category's name, by another: not even taken.
    let mut forged = reject(&stage.velo, 30, &create, "faux");
    let outcome = stage.node.send(&stage.mallory, &forged).await;
    stage.node.settle().await;
    assert_eq!(refused(&post.uri).await, None, "{outcome:?}");
    // With the category's id on another server's activity.
    forged["id"] = json!(stage.evil.url("/a/1"));
    let outcome = stage.node.send(&stage.velo, &forged).await;
    assert_eq!(outcome.unwrap_err().status, 403);
    // Passed on by the category, in the name of a person: it says it itself, or not at all.
    stage.announce(31, &reject(&lea, 31, &create, "faux")).await;
    stage
        .announce(32, &reject(&stage.velo, 32, &create, "faux"))
        .await;
    assert_eq!(refused(&post.uri).await, None);
    assert_eq!(told(&stage, &viewer).await, 0);
    // By the category, what is in one of ours, and what others wrote.
    let here = stage.bob_posts("/p/1", 40).await;
    let tx = stage.node.forum().begin().await.unwrap();
    let new = topics::NewTopic::parse("Ici", "Texte", TopicKind::Discussion, None, &[]).unwrap();
    let (_, own) = topics::open(&tx, &viewer, &stage.category, new)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let theirs = stage.velo_topic("/p/2", 41).await;
    let velo = &stage.velo;
    for (n, uri) in (50..).zip([&here.uri, &own.uri, &theirs.uri]) {
        stage
            .node
            .take(velo, &reject(velo, n, &json!(uri), "faux"))
            .await;
        assert_eq!(refused(uri).await, None, "{uri}");
    }
    // What isn't there, and what is no contribution.
    for (n, object) in (60..).zip([
        json!(stage.node.url("/p/1")),
        json!(stage.node.url("/a/99999999999999999999")),
        json!({"type": "Like", "id": post.activity_uri, "object": post.uri}),
        json!({"type": "Create"}),
    ]) {
        stage.node.take(velo, &reject(velo, n, &object, "")).await;
        assert_eq!(refused(&post.uri).await, None, "{object}");
    }
    // And the category does.
    stage
        .node
        .take(velo, &reject(velo, 70, &create, "vrai"))
        .await;
    assert_eq!(refused(&post.uri).await.as_deref(), Some("vrai"));
}

#[tokio::test]
async fn who_sent_what_our_category_does_not_take_is_told() {
    let stage = Stage::set().await;
    let refusals = || -> Vec<(String, String)> {
        let events = stage.node.events.lock().unwrap();
        events
            .iter()
            .filter_map(|event| match event {
                Event::PostRefused { refused, why } => {
                    assert_eq!(refused.category, stage.category.id());
                    Some((refused.post.clone(), why.code().to_owned()))
                }
                _ => None,
            })
            .collect()
    };
    let opening = stage.bob_posts("/p/1", 1).await;
    let tx = stage.node.forum().begin().await.unwrap();
    let topic = topics::by_id(tx.c(), opening.topic_id).await.unwrap();
    topics::set_locked(&tx, &Viewer::System, topic, true, "", Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut reply = stage.note("/p/2");
    reply["inReplyTo"] = json!(opening.uri);
    let create = activity(&stage.bob, "Create", 2, &reply);
    stage.node.take(&stage.bob, &create).await;
    let locked = (stage.good.url("/p/2"), "locked".to_owned());
    assert_eq!(refusals(), std::slice::from_ref(&locked));
    assert!(stage.post(&stage.good.url("/p/2")).await.is_none());
    // The same again is in the journal already.
    stage.node.take(&stage.bob, &create).await;
    assert_eq!(refusals().len(), 1);
    // An archived category takes no topic either.
    let tx = stage.node.forum().begin().await.unwrap();
    let change = CategoryChange {
        archived: Some(true),
        ..CategoryChange::default()
    };
    categories::edit(&tx, &Viewer::System, stage.category.clone(), change)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let create = activity(&stage.bob, "Create", 3, &stage.note("/p/3"));
    stage.node.take(&stage.bob, &create).await;
    let archived = (stage.good.url("/p/3"), "archived".to_owned());
    assert_eq!(refusals(), [locked.clone(), archived.clone()]);
    // Nobody is told of what somebody else handed on.
    let lea = stage.good.person("lea");
    let note = stage.good.note(
        &lea,
        "/p/4",
        &json!({"cc": [stage.category.actor.uri], "content": "<p>Avis</p>"}),
    );
    stage.good.serve(&note);
    let create = activity(&lea, "Create", 4, &note);
    stage.node.take(&stage.bob, &create).await;
    assert_eq!(refusals(), [locked, archived]);
}
