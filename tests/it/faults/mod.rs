//! Faults that a node meets, and the ledgers compared after them: what was answered 2xx is there, once; what was posted
//! is everywhere it belongs, under one id.
//!
//! A lease lasts a minute and a pause between tries longer: [`NodeProcess::end_leases`] and the node's clock pass them.
//! Not here: names that turn to our own address, and certificates that ran out, which are tests of the client itself in
//! the federation crate.

mod database;
mod endurance;
mod hanging;
mod kills;
mod names;
mod order;
mod outages;
mod permutations;
mod workers;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::{StreamExt as _, stream};
use parvis_federation::{delivery, inbox};
use parvis_tests::{Client, Node, NodeProcess, PUBLIC, Peer, PeerActor, eventually};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// The background work of a node in this process; it ends with the value.
struct Background(CancellationToken);

impl Background {
    fn start(node: &Node) -> Self {
        let stop = CancellationToken::new();
        let (federation, ended) = (node.federation.clone(), stop.clone());
        #[expect(clippy::disallowed_methods, reason = "ends with the value")]
        tokio::spawn(async move {
            tokio::join!(
                inbox::run(&federation, ended.clone()),
                delivery::run(&federation, ended)
            )
        });
        Self(stop)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A node of its own process with a topic of ana's, and a peer with bob, who follows the category.
struct Scene {
    node: NodeProcess,
    ana: Client,
    peer: Peer,
    bob: PeerActor,
    group: String,
    topic: Value,
}

impl Scene {
    async fn start() -> Self {
        Self::around(NodeProcess::start().await).await
    }

    async fn around(node: NodeProcess) -> Self {
        let ana = node.person("ana").await;
        let group = node.category("urbanisme").await;
        let peer = Peer::start().await;
        let bob = peer.person("bob");
        follow(&peer, &bob, &group).await;
        let opening = json!({"category": "urbanisme", "title": "Essai", "content": "Premier."});
        let topic = ana.post("/topics", opening).await.expect(201);
        Self {
            node,
            ana,
            peer,
            bob,
            group,
            topic,
        }
    }

    fn inbox(&self) -> String {
        format!("{}/inbox", self.node.url)
    }

    /// So many replies of bob's: their Creates.
    fn replies(&self, count: usize) -> Vec<Value> {
        replies(&self.peer, &self.bob, &self.topic, &self.group, count)
    }

    /// The ledger: every one of these replies is in the topic once, nothing else is, and the followers were told of
    /// each under one id.
    async fn compare(&self, creates: &[Value]) {
        let posts = eventually("every accepted reply is there", || async {
            let posts = posts(&self.ana, &self.topic).await;
            (posts.len() > creates.len()).then_some(posts)
        })
        .await;
        assert_eq!(posts.len(), creates.len() + 1, "something is there twice");
        let there: BTreeSet<&str> = posts.iter().filter_map(|p| p["uri"].as_str()).collect();
        for create in creates {
            let id = create["object"]["id"].as_str().unwrap();
            assert!(there.contains(id), "{id}");
        }
        for create in creates {
            told(&self.peer, &create["id"]).await;
        }
    }
}

/// The one id of the Announce under which a peer was told of an activity, once it was.
async fn told(peer: &Peer, activity: &Value) -> Value {
    let ids = eventually("the followers are told", || async {
        let ids: Vec<Value> = peer
            .of_type("Announce")
            .into_iter()
            .filter(|announce| announce["object"]["id"] == *activity)
            .map(|announce| announce["id"].clone())
            .collect();
        (!ids.is_empty()).then_some(ids)
    })
    .await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{activity}: {ids:?}");
    ids[0].clone()
}

/// Somebody follows a category, and knows it.
async fn follow(peer: &Peer, actor: &PeerActor, group: &str) {
    assert_eq!(peer.follow(actor, group).await, 202);
    eventually("the follow is accepted", || async {
        (!peer.of_type("Accept").is_empty()).then_some(())
    })
    .await;
}

/// So many numbered replies to a topic: their Creates.
fn replies(
    peer: &Peer,
    author: &PeerActor,
    topic: &Value,
    group: &str,
    count: usize,
) -> Vec<Value> {
    let reply = |n| {
        let place = json!({"inReplyTo": topic["post"]["uri"], "cc": [group], "to": [PUBLIC]});
        peer.create(&peer.note(author, &format!("<p>Réponse {n}</p>"), place))
    };
    (0..count).map(reply).collect()
}

/// The posts of a topic, a hundred at most.
async fn posts(client: &Client, topic: &Value) -> Vec<Value> {
    let path = format!("/topics/{}/posts?limit=100", topic["id"].as_str().unwrap());
    let page = client.get(&path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

/// Sends activities on four connections; as peers do, again and again until each is taken, and then never again.
async fn send_all(
    peer: &Peer,
    inbox: &str,
    actor: &PeerActor,
    activities: &[Value],
    taken: &AtomicUsize,
) {
    let send = |activity| async move {
        loop {
            match peer.try_post(inbox, actor, activity).await {
                Some(202) => break,
                None | Some(503) => tokio::time::sleep(Duration::from_millis(20)).await,
                Some(status) => panic!("answered {status}"),
            }
        }
        taken.fetch_add(1, Ordering::SeqCst);
    };
    stream::iter(activities).for_each_concurrent(4, send).await;
}

/// Waits until so many were taken.
async fn until_taken(taken: &AtomicUsize, count: usize) {
    eventually("activities are taken", || async {
        (taken.load(Ordering::SeqCst) >= count).then_some(())
    })
    .await;
}
