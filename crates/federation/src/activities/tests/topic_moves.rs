//! Move of a topic between categories.

use super::*;

fn moving(by: &Remote, n: u32, object: &str, from: &str, to: &str) -> Value {
    let mut moving = activity(by, "Move", n, &json!(object));
    moving["origin"] = json!(from);
    moving["target"] = json!(to);
    moving
}

impl Stage {
    async fn category_of(&self, post: &Post) -> String {
        let topic = topics::by_id(self.node.db(), self.post(&post.uri).await.unwrap().topic_id)
            .await
            .unwrap();
        actors::by_id(self.node.db(), topic.category_id)
            .await
            .unwrap()
            .uri
    }
}

#[tokio::test]
async fn a_moderator_elsewhere_moves_a_topic_of_ours_and_nobody_else_does() {
    let stage = Stage::set().await;
    let post = stage.bob_posts("/p/1", 1).await;
    let ours = stage.category.actor.uri.clone();
    let rail = stage.node.category("rail").await;
    let context = topics::by_id(stage.node.db(), post.topic_id)
        .await
        .unwrap()
        .uri
        .unwrap();
    let to = rail.actor.uri.clone();
    let lea = stage.groups.person("lea");
    stage
        .node
        .take(
            &stage.mallory,
            &moving(&stage.mallory, 1, &context, &ours, &to),
        )
        .await;
    // The author neither; nor a category that announces it.
    stage
        .node
        .take(&stage.bob, &moving(&stage.bob, 2, &context, &ours, &to))
        .await;
    stage
        .announce(3, &moving(&lea, 3, &context, &ours, &stage.velo.uri))
        .await;
    stage
        .announce(4, &moving(&lea, 4, &context, &ours, &to))
        .await;
    stage.name(&stage.mallory).await;
    // Out of a category where it isn't, into none, into a person.
    stage
        .node
        .take(
            &stage.mallory,
            &moving(&stage.mallory, 5, &context, &stage.velo.uri, &to),
        )
        .await;
    stage
        .node
        .take(
            &stage.mallory,
            &moving(
                &stage.mallory,
                6,
                &context,
                &ours,
                &stage.node.url("/c/none"),
            ),
        )
        .await;
    stage
        .node
        .take(
            &stage.mallory,
            &moving(&stage.mallory, 7, &context, &ours, &stage.bob.uri),
        )
        .await;
    assert_eq!(stage.category_of(&post).await, ours);
    stage
        .node
        .take(
            &stage.mallory,
            &moving(&stage.mallory, 8, &context, &ours, &to),
        )
        .await;
    assert_eq!(stage.category_of(&post).await, to);
    // Who moderates only the first doesn't take it back; named by its post, its own moderator does.
    stage
        .node
        .take(
            &stage.mallory,
            &moving(&stage.mallory, 9, &context, &to, &ours),
        )
        .await;
    assert_eq!(stage.category_of(&post).await, to);
    let mo = stage.meet(&stage.mallory.uri).await;
    let tx = stage.node.forum().begin().await.unwrap();
    categories::set_moderator(&tx, &Viewer::System, &rail, mo.id, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stage
        .node
        .take(
            &stage.mallory,
            &moving(&stage.mallory, 10, &post.uri, &to, &ours),
        )
        .await;
    assert_eq!(stage.category_of(&post).await, ours);
}

#[tokio::test]
async fn a_topic_goes_into_anothers_category_by_the_word_of_both() {
    let stage = Stage::set().await;
    let velo = stage.velo.uri.clone();
    let lea = stage.groups.person("lea");
    let sibling = stage.groups.actor("Group", "autre");
    let far = stage.evil.actor("Group", "rail");
    for group in [&sibling, &far] {
        let met = stage.meet(&group.uri).await;
        let tx = stage.node.forum().begin().await.unwrap();
        follows::link(&tx, &Viewer::System, &stage.category.actor, &met)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let category = &stage.category.actor.uri;
        let follow = follows::find(stage.node.db(), stage.category.id(), met.id)
            .await
            .unwrap()
            .unwrap();
        let follow =
            json!({"id": follow.uri, "type": "Follow", "actor": category, "object": group.uri});
        stage
            .node
            .take(group, &activity(group, "Accept", 901, &follow))
            .await;
    }
    let says = async |group: &Remote, n: u32, inner: &Value| {
        stage
            .node
            .take(group, &activity(group, "Announce", n, inner))
            .await;
    };
    // Into another of the same server: its word is enough, and only that of the category that has it.
    let one = stage.velo_topic("/p/1", 1).await;
    says(&sibling, 2, &moving(&lea, 2, &one.uri, &velo, &sibling.uri)).await;
    says(&far, 3, &moving(&lea, 3, &one.uri, &velo, &far.uri)).await;
    says(
        &stage.velo,
        4,
        &moving(&stage.mallory, 4, &one.uri, &velo, &sibling.uri),
    )
    .await;
    assert_eq!(stage.category_of(&one).await, velo);
    says(
        &stage.velo,
        5,
        &moving(&lea, 5, &one.uri, &velo, &sibling.uri),
    )
    .await;
    assert_eq!(stage.category_of(&one).await, sibling.uri);
    // Into one of a third server: when both have said so, whoever speaks first.
    let two = stage.velo_topic("/p/2", 6).await;
    says(&stage.velo, 7, &moving(&lea, 7, &two.uri, &velo, &far.uri)).await;
    says(&stage.velo, 8, &moving(&lea, 8, &two.uri, &velo, &far.uri)).await;
    assert_eq!(stage.category_of(&two).await, velo);
    says(&far, 9, &moving(&lea, 9, &two.uri, &velo, &far.uri)).await;
    assert_eq!(stage.category_of(&two).await, far.uri);
    let three = stage.velo_topic("/p/3", 10).await;
    says(&far, 11, &moving(&lea, 11, &three.uri, &velo, &far.uri)).await;
    assert_eq!(stage.category_of(&three).await, velo);
    says(
        &stage.velo,
        12,
        &moving(&lea, 12, &three.uri, &velo, &far.uri),
    )
    .await;
    assert_eq!(stage.category_of(&three).await, far.uri);
    // Into one of ours, where its moderator could open a topic.
    let four = stage.velo_topic("/p/4", 13).await;
    let ours = stage.category.actor.uri.clone();
    says(&stage.velo, 14, &moving(&lea, 14, &four.uri, &velo, &ours)).await;
    assert_eq!(stage.category_of(&four).await, ours);
}

#[tokio::test]
async fn a_topic_that_was_never_seen_comes_into_our_category_if_it_was_in_the_other() {
    let stage = Stage::set().await;
    let velo = stage.velo.uri.clone();
    let ours = stage.category.actor.uri.clone();
    let lea = stage.groups.person("lea");
    let context = stage.groups.url("/t/9");
    stage.groups.serve(&json!({"id": context, "type": "OrderedCollection", "orderedItems": [stage.good.url("/p/9")]}));
    let mut strange = stage.good.note(
        &stage.bob,
        "/p/8",
        &json!({"type": "Page", "name": "Autre"}),
    );
    strange["to"] = json!([PUBLIC]);
    stage.good.serve(&strange);
    stage.good.serve(&stage.page("/p/9"));
    stage
        .announce(1, &moving(&lea, 1, &stage.good.url("/p/8"), &velo, &ours))
        .await;
    assert!(stage.post(&stage.good.url("/p/8")).await.is_none());
    stage
        .announce(2, &moving(&stage.mallory, 2, &context, &velo, &ours))
        .await;
    stage
        .node
        .take(
            &stage.mallory,
            &moving(&stage.mallory, 3, &context, &velo, &ours),
        )
        .await;
    assert!(stage.post(&stage.good.url("/p/9")).await.is_none());
    stage
        .announce(4, &moving(&lea, 4, &context, &velo, &ours))
        .await;
    let post = stage.post(&stage.good.url("/p/9")).await.unwrap();
    assert_eq!(stage.category_of(&post).await, ours);
}

#[tokio::test]
async fn an_edit_that_says_nothing_of_replies_leaves_the_lock() {
    let stage = Stage::set().await;
    let post = stage.velo_topic("/p/1", 1).await;
    let lea = stage.groups.person("lea");
    let locked = async || {
        let topic = topics::by_id(stage.node.db(), post.topic_id).await.unwrap();
        topic.locked_at.is_some()
    };
    // By the conversation, by the opening post; Unlock; and `commentsEnabled`.
    stage
        .announce(2, &activity(&lea, "Lock", 2, &json!(post.uri)))
        .await;
    assert!(locked().await);
    let mut newer = stage.page("/p/1");
    merge(
        &mut newer,
        &json!({"name": "Pistes et rues", "updated": "2026-03-02T12:00:00Z"}),
    );
    stage.good.serve(&newer);
    stage
        .announce(3, &activity(&stage.bob, "Update", 3, &newer))
        .await;
    assert_eq!(stage.title(&post.uri).await, "Pistes et rues");
    assert!(locked().await);
    merge(
        &mut newer,
        &json!({"commentsEnabled": true, "updated": "2026-03-02T13:00:00Z"}),
    );
    stage.good.serve(&newer);
    stage
        .announce(4, &activity(&stage.bob, "Update", 4, &newer))
        .await;
    assert!(!locked().await);
    stage
        .announce(5, &activity(&lea, "Lock", 5, &json!(post.uri)))
        .await;
    stage
        .announce(6, &activity(&lea, "Unlock", 6, &json!(post.uri)))
        .await;
    assert!(!locked().await);
}
