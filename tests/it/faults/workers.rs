//! Several processes that work on one database.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;

use parvis_tests::{NodeProcess, Peer, eventually};
use serde_json::json;

use super::{Scene, follow, send_all};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_deliver_nothing_twice_and_starve_nothing() {
    let mut node = NodeProcess::prepared(&[]).await;
    node.set_arguments(&["serve", "--no-worker"]);
    node.restart().await;
    let _workers = [
        node.beside(&["worker"], "working for").await,
        node.beside(&["worker"], "working for").await,
    ];
    let scene = Scene::around(node).await;
    let mut others = Vec::new();
    for name in ["lea", "tom"] {
        let peer = Peer::start().await;
        let actor = peer.person(name);
        follow(&peer, &actor, &scene.group).await;
        others.push(peer);
    }
    let (inbox, creates) = (scene.inbox(), scene.replies(60));
    let taken = AtomicUsize::new(0);
    let writing = async {
        let mut own = Vec::new();
        for n in 0..20 {
            let new = json!({"category": "urbanisme", "title": format!("Sujet {n}"), "content": "Texte."});
            let topic = scene.ana.post("/topics", new).await.expect(201);
            own.push(topic["post"]["uri"].clone());
        }
        own
    };
    let sending = send_all(&scene.peer, &inbox, &scene.bob, &creates, &taken);
    let (own, ()) = tokio::join!(writing, sending);
    scene.compare(&creates).await;
    for peer in [&scene.peer].into_iter().chain(&others) {
        eventually("everything is everywhere", || async {
            let told = peer.of_type("Announce");
            let all = own
                .iter()
                .all(|uri| told.iter().any(|a| a["object"]["object"]["id"] == *uri))
                && creates
                    .iter()
                    .all(|c| told.iter().any(|a| a["object"]["id"] == c["id"]));
            all.then_some(())
        })
        .await;
    }
    // What was sent twice would be a second process in the same conversation.
    for peer in [&scene.peer].into_iter().chain(&others) {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for one in peer.received() {
            *times.entry(one.body["id"].to_string()).or_default() += 1;
        }
        times.retain(|_, times| *times > 1);
        assert!(times.is_empty(), "{}: {times:?}", peer.host);
    }
}
