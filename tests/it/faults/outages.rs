//! Peers that are down, fail, or are gone.

use std::collections::BTreeMap;

use parvis_tests::{Client, Node, Peer};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;

struct Scene {
    node: Node,
    ana: Client,
    well: Peer,
    ill: Peer,
    group: String,
}

impl Scene {
    /// A node with a category that somebody at each of two peers follows.
    async fn start() -> Self {
        let node = Node::start().await;
        let group = node.category("voirie", "Voirie").await;
        let ana = node.person("ana").await;
        let (well, ill) = (Peer::start().await, Peer::start().await);
        for peer in [&well, &ill] {
            let lea = peer.person("lea");
            assert_eq!(peer.follow(&lea, &group).await, 202);
        }
        node.settle().await;
        well.take();
        ill.take();
        Self {
            node,
            ana,
            well,
            ill,
            group,
        }
    }

    async fn open(&self, n: usize) -> Value {
        let title = format!("Sujet {n}");
        let new = json!({"category": "voirie", "title": title, "content": format!("{n}: 0")});
        self.ana.post("/topics", new).await.expect(201)
    }

    async fn reply(&self, topic: &Value, n: usize, message: usize) {
        let path = format!("/topics/{}/posts", topic["id"].as_str().unwrap());
        let new = json!({"content": format!("{n}: {message}")});
        self.ana.post(&path, new).await.expect(201);
    }
}

/// What a peer was told of, in its order: the messages of each topic.
fn told(peer: &Peer) -> BTreeMap<String, Vec<String>> {
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for announce in peer.of_type("Announce") {
        let Some(content) = announce["object"]["object"]["content"].as_str() else {
            continue;
        };
        let text = content
            .trim()
            .trim_start_matches("<p>")
            .trim_end_matches("</p>");
        let (topic, message) = text.split_once(": ").unwrap();
        told.entry(topic.to_owned())
            .or_default()
            .push(message.to_owned());
    }
    told
}

/// So many messages in each of three topics, in their order.
fn expected(messages: usize) -> BTreeMap<String, Vec<String>> {
    let messages: Vec<String> = (0..messages).map(|m| m.to_string()).collect();
    (0..3).map(|n| (n.to_string(), messages.clone())).collect()
}

#[tokio::test]
async fn what_a_peer_misses_arrives_in_order_when_it_is_back() {
    let scene = Scene::start().await;
    let mut topics = Vec::new();
    for n in 0..3 {
        topics.push(scene.open(n).await);
    }
    scene.node.settle().await;
    assert_eq!(told(&scene.ill), expected(1));
    let clock = scene.node.forum.clock();
    for message in 1..=5 {
        match message {
            // No connection, then failures of several kinds, then asleep.
            1 => scene.ill.stop().await,
            2 => {
                scene.ill.start_again().await;
                scene.ill.always_answer(Some(500));
            }
            3 => scene.ill.always_answer(Some(429)),
            4 => scene.ill.always_answer(Some(503)),
            _ => clock.advance(9 * DAY),
        }
        for (n, topic) in topics.iter().enumerate() {
            scene.reply(topic, n, message).await;
        }
        scene.node.settle().await;
        assert_eq!(
            told(&scene.well),
            expected(message + 1),
            "nobody waits for the other"
        );
        assert_eq!(told(&scene.ill), expected(1));
        clock.advance(DAY);
        scene.node.settle().await;
    }
    scene.ill.always_answer(None);
    clock.advance(DAY + DAY / 4);
    scene.node.settle().await;
    assert_eq!(told(&scene.ill), expected(6), "each once, in its order");
    assert_eq!(told(&scene.well), expected(6));
}

#[tokio::test]
async fn an_inbox_that_is_gone_is_never_asked_again() {
    let scene = Scene::start().await;
    scene.ill.always_answer(Some(410));
    scene.open(0).await;
    scene.node.settle().await;
    let asked = scene.ill.posted();
    scene.ill.always_answer(None);
    for n in 1..4 {
        scene.open(n).await;
        scene.node.forum.clock().advance(3 * DAY);
        scene.node.settle().await;
    }
    assert_eq!(scene.ill.posted(), asked, "nothing more is sent there");
    assert_eq!(told(&scene.well).len(), 4, "the other one has everything");
    let followers = format!("{}/followers", scene.group);
    let followers = parvis_tests::fetch(&followers).await;
    assert_eq!(followers["totalItems"], 1, "{followers}");
}
