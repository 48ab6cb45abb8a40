//! kill -9 at any moment, and SIGTERM: what was answered 2xx is there afterwards, once; what was posted is delivered.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use parvis_tests::node::PASSWORD;
use parvis_tests::{Browser, NodeProcess, Peer, eventually};
use serde_json::{Value, json};

use super::{Scene, follow, send_all, until_taken};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_before_kills_under_load_is_applied_once() {
    let mut scene = Scene::start().await;
    let (inbox, creates) = (scene.inbox(), scene.replies(90));
    let taken = AtomicUsize::new(0);
    let (peer, bob, node) = (&scene.peer, &scene.bob, &mut scene.node);
    let kills = async {
        for round in 1..=8 {
            until_taken(&taken, 10 * round).await;
            node.kill().await;
            node.end_leases().await;
            node.restart().await;
        }
    };
    tokio::join!(send_all(peer, &inbox, bob, &creates, &taken), kills);
    scene.compare(&creates).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_told_to_stop_under_load_ends_well_and_loses_nothing() {
    let mut scene = Scene::start().await;
    let (inbox, creates) = (scene.inbox(), scene.replies(80));
    let taken = AtomicUsize::new(0);
    let (peer, bob, node) = (&scene.peer, &scene.bob, &mut scene.node);
    let stops = async {
        for round in 1..=3 {
            until_taken(&taken, 20 * round).await;
            let ended = tokio::time::timeout(Duration::from_secs(30), node.terminate()).await;
            let status = ended.expect("it ends within half a minute");
            assert_eq!(status.code(), Some(0), "{status}");
            // Nothing was left in hand: no lease has to end.
            node.restart().await;
        }
    };
    tokio::join!(send_all(peer, &inbox, bob, &creates, &taken), stops);
    scene.compare(&creates).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_fan_out_loses_no_delivery() {
    let mut node = NodeProcess::start().await;
    let ana = node.person("ana").await;
    let group = node.category("urbanisme").await;
    let mut peers = Vec::new();
    for _ in 0..24 {
        let peer = Peer::start().await;
        let lea = peer.person("lea");
        follow(&peer, &lea, &group).await;
        peers.push(peer);
    }
    let (left, right) = peers.split_at(12);
    let mut topics = Vec::new();
    for (quick, slow) in [(left, right), (right, left)] {
        let before: Vec<usize> = quick.iter().map(Peer::posted).collect();
        for peer in slow {
            peer.hold_deliveries(true);
        }
        let n = topics.len();
        let new =
            json!({"category": "urbanisme", "title": format!("Sujet {n}"), "content": "Texte."});
        let topic = ana.post("/topics", new).await.expect(201);
        topics.push(topic["post"]["uri"].clone());
        eventually("one half has it, the other is being told", || async {
            let begun = quick.iter().zip(&before).all(|(p, was)| p.posted() > *was);
            (begun && slow.iter().all(|p| p.held() > 0)).then_some(())
        })
        .await;
        node.kill().await;
        for peer in slow {
            peer.hold_deliveries(false);
        }
        node.end_leases().await;
        node.restart().await;
    }
    for topic in &topics {
        let mut ids = BTreeSet::new();
        for peer in &peers {
            let told = eventually("the topic is everywhere", || async {
                let told: Vec<Value> = peer
                    .of_type("Announce")
                    .into_iter()
                    .filter(|a| a["object"]["object"]["id"] == *topic)
                    .collect();
                (!told.is_empty()).then_some(told)
            })
            .await;
            ids.extend(told.iter().map(|a| a["id"].to_string()));
        }
        // Sent again after a crash it may be, but under the same id: whoever receives it applies it once.
        assert_eq!(ids.len(), 1, "{topic}: {ids:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_page_said_is_posted_is_delivered_after_a_kill() {
    let mut scene = Scene::start().await;
    let mut browser = Browser::new(&scene.node.url);
    let page = browser.get("/login").await;
    let named = [("login", "ana"), ("password", PASSWORD)];
    browser
        .submit(&page, "main form[action='/login']", &named)
        .await;
    let url = scene.topic["url"].as_str().unwrap();
    let path = url.strip_prefix(&scene.node.url).unwrap().to_owned();
    for round in 0..4 {
        let text = format!("Message numéro {round}.");
        let page = browser.get(&path).await;
        scene.peer.hold_deliveries(true);
        let values = [("content", text.as_str()), ("action", "publish")];
        let posted = browser.submit(&page, "form#reply", &values).await;
        assert_eq!(posted.status, 200, "{}", posted.body);
        scene.node.kill().await;
        scene.peer.hold_deliveries(false);
        scene.node.end_leases().await;
        scene.node.restart().await;
        let page = browser.get(&path).await;
        assert!(page.shows(&text), "{}", page.body);
        eventually("the post is delivered", || async {
            let told = scene.peer.of_type("Announce");
            told.iter()
                .any(|a| {
                    a["object"]["object"]["content"]
                        .as_str()
                        .is_some_and(|c| c.contains(&text))
                })
                .then_some(())
        })
        .await;
    }
}
