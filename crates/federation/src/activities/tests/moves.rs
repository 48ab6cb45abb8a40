//! Moves of people and categories elsewhere: who goes along, and who can't be made to.

use parvis_forum::moving;

use super::*;

/// Serves an actor's document anew, with more members.
fn serve(peer: &Peer, who: &Remote, kind: &str, more: &Value) {
    let name = who.uri.rsplit('/').next().unwrap().to_owned();
    let mut document = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": who.uri, "type": kind, "preferredUsername": name, "name": name,
        "inbox": format!("{}/inbox", who.uri), "outbox": format!("{}/outbox", who.uri),
        "followers": format!("{}/followers", who.uri),
        "endpoints": {"sharedInbox": peer.url("/inbox")},
        "publicKey": {"id": who.signer.key_id, "owner": who.uri,
            "publicKeyPem": crate::keys::tests::pair().public_pem},
    });
    merge(&mut document, more);
    peer.serve(&document);
}

/// A Move by somebody, of `object` to `target`.
fn moves(by: &Remote, n: u32, object: &str, target: &str) -> Value {
    let mut activity = activity(by, "Move", n, &json!(object));
    activity["target"] = json!(target);
    activity
}

/// Ana, who lives here, follows bob and is accepted.
async fn ana_follows_bob(stage: &Stage) -> Actor {
    let ana = stage.node.member("ana").await;
    let bob = stage.meet(&stage.bob.uri).await;
    let tx = stage.node.forum().begin().await.unwrap();
    let follow = follows::follow(&tx, &ana, &bob).await.unwrap();
    follows::answered(&tx, follow, true).await.unwrap();
    tx.commit().await.unwrap();
    ana.actor().unwrap().clone()
}

async fn follows(stage: &Stage, follower: &Actor, uri: &str) -> bool {
    let Some(target) = actors::by_uri(stage.node.db(), uri).await.unwrap() else {
        return false;
    };
    follows::find(stage.node.db(), follower.id, target.id)
        .await
        .unwrap()
        .is_some()
}

#[tokio::test]
async fn who_follows_a_person_elsewhere_goes_along() {
    let stage = Stage::set().await;
    let ana = ana_follows_bob(&stage).await;
    let new = stage.evil.person("bobby");
    serve(
        &stage.evil,
        &new,
        "Person",
        &json!({"alsoKnownAs": [stage.bob.uri]}),
    );
    let news = moves(&stage.bob, 1, &stage.bob.uri, &new.uri);
    stage.node.take(&stage.bob, &news).await;
    assert!(follows(&stage, &ana, &new.uri).await);
    assert!(!follows(&stage, &ana, &stage.bob.uri).await);
    let bob = stage.meet(&stage.bob.uri).await;
    let shown = moving::destination(stage.node.db(), &bob).await.unwrap();
    assert_eq!(shown.unwrap().uri, new.uri);
    // Twice is once; and a second move some days later takes nobody along.
    let third = stage.evil.person("third");
    serve(
        &stage.evil,
        &third,
        "Person",
        &json!({"alsoKnownAs": [stage.bob.uri, new.uri]}),
    );
    stage.node.take(&stage.bob, &news).await;
    let again = moves(&stage.bob, 2, &stage.bob.uri, &third.uri);
    stage.node.take(&stage.bob, &again).await;
    assert!(follows(&stage, &ana, &new.uri).await);
    assert!(!follows(&stage, &ana, &third.uri).await);
}

#[tokio::test]
async fn a_person_from_elsewhere_moves_in_here() {
    let stage = Stage::set().await;
    let ana = ana_follows_bob(&stage).await;
    let here = stage.node.member("bob2").await;
    let target = here.actor().unwrap().clone();
    let news = |n| moves(&stage.bob, n, &stage.bob.uri, &target.uri);
    // Before the person here says so, nothing happens.
    stage.node.take(&stage.bob, &news(1)).await;
    assert!(!follows(&stage, &ana, &target.uri).await);
    let tx = stage.node.forum().begin().await.unwrap();
    moving::set_aliases(&tx, &here, target.clone(), vec![stage.bob.uri.clone()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stage.node.take(&stage.bob, &news(2)).await;
    assert!(follows(&stage, &ana, &target.uri).await);
    assert!(!follows(&stage, &ana, &stage.bob.uri).await);
}

#[tokio::test]
async fn nobody_is_moved_without_both_sides() {
    let stage = Stage::set().await;
    let ana = ana_follows_bob(&stage).await;
    let stays = async |why: &str| {
        assert!(follows(&stage, &ana, &stage.bob.uri).await, "{why}");
        assert!(!follows(&stage, &ana, &stage.mallory.uri).await, "{why}");
        assert_eq!(stage.meet(&stage.bob.uri).await.moved_at, None, "{why}");
    };
    // By somebody else, who says to be bob as well.
    serve(
        &stage.evil,
        &stage.mallory,
        "Person",
        &json!({"alsoKnownAs": [stage.bob.uri]}),
    );
    let forged = moves(&stage.mallory, 1, &stage.bob.uri, &stage.mallory.uri);
    stage.node.take(&stage.mallory, &forged).await;
    stays("by the new one").await;
    // Announced by a category.
    let inner = moves(&stage.bob, 2, &stage.bob.uri, &stage.mallory.uri);
    stage.announce(3, &inner).await;
    stays("announced").await;
    // Handed on by the one who would gain.
    stage.node.send(&stage.mallory, &inner).await.unwrap();
    stage.node.settle().await;
    stays("handed on").await;
    // The other side doesn't say so (any more), or names another one.
    for (n, also) in [
        (4, json!([])),
        (5, json!([format!("{}x", stage.bob.uri)])),
        (6, json!({"a": 1})),
    ] {
        serve(
            &stage.evil,
            &stage.mallory,
            "Person",
            &json!({"alsoKnownAs": also}),
        );
        let unconfirmed = moves(&stage.bob, n, &stage.bob.uri, &stage.mallory.uri);
        stage.node.take(&stage.bob, &unconfirmed).await;
        stays("not confirmed").await;
    }
    // To itself, to nobody, to a category, to something of another name.
    serve(
        &stage.good,
        &stage.bob,
        "Person",
        &json!({"alsoKnownAs": [stage.bob.uri]}),
    );
    serve(
        &stage.groups,
        &stage.velo,
        "Group",
        &json!({"alsoKnownAs": [stage.bob.uri]}),
    );
    for (n, target) in [
        (7, stage.bob.uri.clone()),
        (8, stage.good.url("/u/nobody")),
        (9, stage.velo.uri.clone()),
        (10, "ana".to_owned()),
        (11, "http://127.0.0.1:9/u/nobody".to_owned()),
    ] {
        let odd = moves(&stage.bob, n, &stage.bob.uri, &target);
        stage.node.take(&stage.bob, &odd).await;
        stays(&target).await;
    }
}

#[tokio::test]
async fn moves_in_a_circle_end() {
    let stage = Stage::set().await;
    let ana = ana_follows_bob(&stage).await;
    // The new one says that it moved back.
    serve(
        &stage.evil,
        &stage.mallory,
        "Person",
        &json!({"alsoKnownAs": [stage.bob.uri], "movedTo": stage.bob.uri}),
    );
    let news = moves(&stage.bob, 1, &stage.bob.uri, &stage.mallory.uri);
    stage.node.take(&stage.bob, &news).await;
    assert!(follows(&stage, &ana, &stage.bob.uri).await);
    assert!(!follows(&stage, &ana, &stage.mallory.uri).await);
}

#[tokio::test]
async fn a_category_moves_and_ours_that_is_linked_goes_along() {
    let stage = Stage::set().await;
    let new = stage.good.actor("Group", "bicyclette");
    serve(
        &stage.good,
        &new,
        "Group",
        &json!({"alsoKnownAs": stage.velo.uri}),
    );
    let news = moves(&stage.velo, 40, &stage.velo.uri, &new.uri);
    stage.node.take(&stage.velo, &news).await;
    assert!(follows(&stage, &stage.category.actor, &new.uri).await);
    assert!(!follows(&stage, &stage.category.actor, &stage.velo.uri).await);
}

#[tokio::test]
async fn a_target_on_a_blocked_server_takes_nobody() {
    use parvis_forum::instances;
    use parvis_forum::kinds::InstancePolicy;
    let stage = Stage::set().await;
    let ana = ana_follows_bob(&stage).await;
    serve(
        &stage.evil,
        &stage.mallory,
        "Person",
        &json!({"alsoKnownAs": [stage.bob.uri]}),
    );
    let tx = stage.node.forum().begin().await.unwrap();
    let host = stage.evil.host();
    instances::set_policy(&tx, &Viewer::System, &host, InstancePolicy::Block, "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let news = moves(&stage.bob, 1, &stage.bob.uri, &stage.mallory.uri);
    stage.node.take(&stage.bob, &news).await;
    assert!(follows(&stage, &ana, &stage.bob.uri).await);
}
