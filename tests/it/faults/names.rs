//! SF-11: no name server answers for a while, and what was written meanwhile arrives afterwards.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parvis_tests::{Node, Peer};
use serde_json::json;

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn what_is_written_while_no_name_resolves_arrives_when_they_do() {
    let down = Arc::new(AtomicBool::new(false));
    let is_down = down.clone();
    let node = Node::resolving(move |_| {
        if is_down.load(Ordering::SeqCst) {
            return Err(std::io::Error::other("no name server answers"));
        }
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], 0))])
    })
    .await;
    let group = node.category("voirie", "Voirie").await;
    let ana = node.person("ana").await;
    let mut peers = Vec::new();
    for name in ["un.example", "deux.example", "trois.example"] {
        let peer = Peer::named(name).await;
        let lea = peer.person("lea");
        assert_eq!(peer.follow(&lea, &group).await, 202);
        peers.push(peer);
    }
    node.settle().await;
    let opening = json!({"category": "voirie", "title": "Essai", "content": "Premier."});
    let topic = ana.post("/topics", opening).await.expect(201);
    node.settle().await;
    for peer in &peers {
        assert!(!peer.of_type("Announce").is_empty(), "{}", peer.host);
        peer.take();
    }
    down.store(true, Ordering::SeqCst);
    let path = format!("/topics/{}/posts", topic["id"].as_str().unwrap());
    let mut written = Vec::new();
    for minute in 0..5 {
        for n in 0..20 {
            let new = json!({"content": format!("{minute} {n}")});
            written.push(ana.post(&path, new).await.expect(201)["uri"].clone());
            if n == 10 {
                node.settle().await;
            }
        }
        // What was in the connections' pool is closed by its age: a name is asked for again.
        node.settle().await;
        node.forum.clock().advance(MINUTE);
    }
    let posted: Vec<usize> = peers.iter().map(Peer::posted).collect();
    down.store(false, Ordering::SeqCst);
    // The longest pause between two tries, and then a little.
    node.forum.clock().advance(7 * 60 * MINUTE);
    node.settle().await;
    for (peer, before) in peers.iter().zip(posted) {
        let told: Vec<_> = peer
            .of_type("Announce")
            .into_iter()
            .map(|announce| announce["object"]["object"]["id"].clone())
            .filter(|id| written.contains(id))
            .collect();
        assert_eq!(told, written, "{}: each once, in its order", peer.host);
        assert!(peer.posted() >= before);
    }
}
