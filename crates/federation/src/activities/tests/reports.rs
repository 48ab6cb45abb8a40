//! Flag among moderators of several servers, Resolve and Undo of a Flag.

use parvis_forum::reports::{self, About, NewReport};
use parvis_forum::{Report, page::PageRequest};

use super::*;

impl Stage {
    async fn open_reports(&self) -> Vec<Report> {
        let page = PageRequest::first(20);
        let found = reports::list(self.node.db(), &Viewer::System, page)
            .await
            .unwrap();
        found.items.into_iter().map(|filed| filed.report).collect()
    }
}

#[tokio::test]
async fn a_moderator_elsewhere_closes_a_report_of_our_category() {
    let stage = Stage::set().await;
    let post = stage.bob_posts("/p/1", 1).await;
    let ana = stage.node.member("ana").await;
    let about = About::Post(Box::new(post.clone()));
    let tx = stage.node.forum().begin().await.unwrap();
    let new = NewReport::parse(about, "publicité").unwrap();
    let report = reports::file(&tx, &ana, new).await.unwrap();
    tx.commit().await.unwrap();
    let flag =
        json!({"id": report.uri, "type": "Flag", "actor": stage.node.url("/"), "object": post.uri});
    let resolve = |by: &Remote, n: u32, flag: &Value| activity(by, "Resolve", n, flag);
    // A stranger, the author, somebody in an announce.
    stage
        .node
        .take(&stage.mallory, &resolve(&stage.mallory, 2, &flag))
        .await;
    stage
        .node
        .take(&stage.bob, &resolve(&stage.bob, 3, &flag))
        .await;
    let lea = stage.groups.person("lea");
    stage.announce(4, &resolve(&lea, 4, &flag)).await;
    stage
        .node
        .take(&stage.mallory, &activity(&stage.mallory, "Undo", 5, &flag))
        .await;
    assert_eq!(stage.open_reports().await.len(), 1);
    stage.name(&stage.mallory).await;
    // A moderator: by the id of the Flag, or by its post.
    let unnamed = json!({"id": stage.evil.url("/flag"), "type": "Flag", "actor": stage.node.url("/"), "object": post.uri});
    stage
        .node
        .take(&stage.mallory, &resolve(&stage.mallory, 6, &unnamed))
        .await;
    assert!(stage.open_reports().await.is_empty());
    // Twice is once.
    stage
        .node
        .take(&stage.mallory, &resolve(&stage.mallory, 7, &flag))
        .await;
    let events = stage.node.events.lock().unwrap();
    let closed = events
        .iter()
        .filter(|event| matches!(event, parvis_forum::Event::ReportResolved { .. }));
    assert_eq!(closed.count(), 1);
}

#[tokio::test]
async fn whoever_reported_takes_it_back_and_nobody_else_does() {
    let stage = Stage::set().await;
    let post = stage.bob_posts("/p/1", 1).await;
    let flag = activity(&stage.mallory, "Flag", 2, &json!([stage.bob.uri, post.uri]));
    stage.node.take(&stage.mallory, &flag).await;
    stage.node.take(&stage.mallory, &flag).await;
    assert_eq!(stage.open_reports().await.len(), 1);
    let carol = stage.evil.person("carol");
    let mut hers = flag.clone();
    hers["actor"] = json!(carol.uri);
    stage
        .node
        .take(&carol, &activity(&carol, "Undo", 3, &hers))
        .await;
    stage
        .node
        .take(&carol, &activity(&carol, "Undo", 4, &flag["id"]))
        .await;
    assert_eq!(stage.open_reports().await.len(), 1);
    stage
        .node
        .take(&stage.mallory, &activity(&stage.mallory, "Undo", 5, &flag))
        .await;
    assert!(stage.open_reports().await.is_empty());
}

#[tokio::test]
async fn a_report_that_a_category_elsewhere_passes_on_is_for_its_moderators_here() {
    let stage = Stage::set().await;
    let post = stage.velo_topic("/p/1", 1).await;
    let ours = stage.bob_posts("/p/2", 2).await;
    let viewer = stage.node.member("ana").await;
    let ana = viewer.actor().unwrap().clone();
    let flag = |n: u32, object: &str| {
        let mut flag = activity(&stage.mallory, "Flag", n, &json!(object));
        flag["summary"] = json!("publicité");
        flag
    };
    stage.announce(3, &flag(3, &post.uri)).await;
    assert!(
        stage.open_reports().await.is_empty(),
        "nobody here moderates there"
    );
    stage.list(&[&ana.uri]).await;
    stage.announce(4, &flag(4, &ours.uri)).await;
    assert!(
        stage.open_reports().await.is_empty(),
        "not in that category"
    );
    stage.announce(5, &flag(5, &post.uri)).await;
    stage.announce(6, &flag(5, &post.uri)).await;
    let ana = Viewer::load(stage.node.db(), ana).await.unwrap();
    let page = PageRequest::first(20);
    let seen = reports::list(stage.node.db(), &ana, page).await.unwrap();
    assert_eq!(seen.items.len(), 1);
    // What a visitor reports here is not hers to read, unless the category is told; and never who they are.
    let tx = stage.node.forum().begin().await.unwrap();
    let contact = reports::Contact {
        name: "Anne".to_owned(),
        email: "anne@mail.example".to_owned(),
        locale: "fr".to_owned(),
    };
    let new = |text: &str| {
        let about = About::Post(Box::new(post.clone()));
        NewReport::parse(about, text)
            .unwrap()
            .by_visitor(&contact)
            .unwrap()
    };
    reports::file(&tx, &Viewer::Anonymous, new("privé"))
        .await
        .unwrap();
    reports::file(&tx, &Viewer::Anonymous, new("dit").forwarded())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let seen = reports::list(stage.node.db(), &ana, page).await.unwrap();
    assert_eq!(seen.items.len(), 2);
    assert!(
        seen.items
            .iter()
            .all(|filed| filed.report.reporter_email.is_none() && filed.report.reason != "privé")
    );
    // She closes it: the category is to know.
    let tx = stage.node.forum().begin().await.unwrap();
    reports::resolve(&tx, &ana, seen.items[0].report.id, "vu")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stage.open_reports().await.len(), 2);
}
