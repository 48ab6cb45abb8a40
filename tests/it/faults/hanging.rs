//! Peers that never answer, never end, or send in circles: they hold up nothing else.

use parvis_tests::{Node, PUBLIC, Peer, PeerActor, eventually};
use serde_json::{Value, json};

use super::{Background, posts, replies};

/// A reply whose parent is at `parent`, as a Create.
fn below(peer: &Peer, author: &PeerActor, group: &str, parent: &str) -> Value {
    let place = json!({"inReplyTo": parent, "cc": [group], "to": [PUBLIC]});
    peer.create(&peer.note(author, "<p>Sous un parent.</p>", place))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_whose_posts_cant_be_fetched_holds_up_nobody() {
    let node = Node::start().await;
    let group = node.category("voirie", "Voirie").await;
    let ana = node.person("ana").await;
    let opening = json!({"category": "voirie", "title": "Essai", "content": "Premier."});
    let topic = ana.post("/topics", opening).await.expect(201);
    let (well, ill) = (Peer::start().await, Peer::start().await);
    let (lea, eve) = (well.person("lea"), ill.person("eve"));
    let inbox = format!("{}/inbox", node.url);
    let _background = Background::start(&node);
    // Far more than are worked on at once, each under a parent of its own that never answers.
    for n in 0..40 {
        let parent = format!("{}/silent/{n}", ill.url);
        ill.keep_silent(&parent);
        let create = below(&ill, &eve, &group, &parent);
        assert_eq!(ill.post(&inbox, &eve, &create).await, 202);
    }
    eventually("parents are asked for", || async {
        (ill.held() > 0).then_some(())
    })
    .await;
    for create in replies(&well, &lea, &topic, &group, 20) {
        assert_eq!(well.post(&inbox, &lea, &create).await, 202);
    }
    eventually("the replies of the other one", || async {
        (posts(&ana, &topic).await.len() > 20).then_some(())
    })
    .await;
    assert_eq!(ill.given_up(), 0, "they waited for the peer that hangs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_never_answers_deliveries_holds_up_nobody() {
    let node = Node::start().await;
    let group = node.category("voirie", "Voirie").await;
    let ana = node.person("ana").await;
    let (well, ill) = (Peer::start().await, Peer::start().await);
    for peer in [&well, &ill] {
        let lea = peer.person("lea");
        assert_eq!(peer.follow(&lea, &group).await, 202);
    }
    node.settle().await;
    ill.hold_deliveries(true);
    let _background = Background::start(&node);
    let mut uris = Vec::new();
    for n in 0..10 {
        let new = json!({"category": "voirie", "title": format!("Sujet {n}"), "content": "Texte."});
        let topic = ana.post("/topics", new).await.expect(201);
        uris.push(topic["post"]["uri"].clone());
    }
    let has_all = |peer: &Peer| {
        let told = peer.of_type("Announce");
        uris.iter()
            .all(|uri| told.iter().any(|a| a["object"]["object"]["id"] == *uri))
    };
    eventually("the other one has everything", || async {
        (has_all(&well) && ill.held() > 0).then_some(())
    })
    .await;
    assert_eq!(ill.given_up(), 0, "they waited for the peer that hangs");
    ill.hold_deliveries(false);
    eventually("the peer goes on", || async { has_all(&ill).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_end_and_a_circle_of_redirects_end_soon() {
    let node = Node::start().await;
    let group = node.category("voirie", "Voirie").await;
    let ana = node.person("ana").await;
    let opening = json!({"category": "voirie", "title": "Essai", "content": "Premier."});
    let topic = ana.post("/topics", opening).await.expect(201);
    let ill = Peer::start().await;
    let eve = ill.person("eve");
    let inbox = format!("{}/inbox", node.url);
    let endless = format!("{}/endless", ill.url);
    ill.never_end(&endless);
    let (there, back) = (format!("{}/there", ill.url), format!("{}/back", ill.url));
    ill.redirect(&there, &back);
    ill.redirect(&back, &there);
    let mut odd = Vec::new();
    for parent in [&endless, &there] {
        let create = below(&ill, &eve, &group, parent);
        assert_eq!(ill.post(&inbox, &eve, &create).await, 202);
        odd.push(create["id"].clone());
    }
    let good = replies(&ill, &eve, &topic, &group, 1);
    assert_eq!(ill.post(&inbox, &eve, &good[0]).await, 202);
    // Ends with what all three came to: nothing waits for a later try.
    node.settle().await;
    assert_eq!(posts(&ana, &topic).await.len(), 2);
    for id in odd {
        let id = id.as_str().unwrap();
        let item = parvis_db::queue::inbox::find(node.forum.db(), id).await;
        let item = item.unwrap().unwrap();
        assert!(item.error.is_some(), "{item:?}");
        assert_eq!(item.body, "{}", "it is done with: {:?}", item.error);
    }
    let steps = ill.fetched();
    let steps = steps
        .iter()
        .filter(|p| ["/there", "/back"].contains(&p.as_str()));
    assert!(steps.count() <= 4);
}
