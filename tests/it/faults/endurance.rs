//! One kill -9 after another, of the process that answers and of two workers in turn, while activities come in.
//!
//! The suite kills a few times; `PARVIS_KILLS` says how often instead (`tests/run --only kills`: two hundred times).

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use parvis_tests::NodeProcess;
use serde_json::json;
use tokio::process::Child;

use super::{Scene, replies, send_all, until_taken};

/// Kills in the suite.
const FEW: usize = 9;
/// Kills while one topic is answered.
const OF_A_TOPIC: usize = 18;
/// Replies that are taken between two kills.
const BETWEEN: usize = 5;

async fn worker(node: &NodeProcess) -> Child {
    node.beside(&["worker"], "working for").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_of_every_process_in_turn_lose_and_double_nothing() {
    let kills = parvis_tests::wanted("PARVIS_KILLS").map_or(FEW, |kills| kills.parse().unwrap());
    let mut node = NodeProcess::prepared(&[]).await;
    node.set_arguments(&["serve", "--no-worker"]);
    node.restart().await;
    let mut workers = [worker(&node).await, worker(&node).await];
    let mut scene = Scene::around(node).await;
    let mut left = kills;
    while left > 0 {
        let now = left.min(OF_A_TOPIC);
        let title = format!("Sujet {left}");
        let opening = json!({"category": "urbanisme", "title": title, "content": "Premier."});
        scene.topic = scene.ana.post("/topics", opening).await.expect(201);
        let inbox = scene.inbox();
        let creates = replies(
            &scene.peer,
            &scene.bob,
            &scene.topic,
            &scene.group,
            (now + 1) * BETWEEN,
        );
        let taken = AtomicUsize::new(0);
        let (peer, bob, node) = (&scene.peer, &scene.bob, &mut scene.node);
        let killing = async {
            for round in 1..=now {
                until_taken(&taken, BETWEEN * round).await;
                // Not always at the same place: accepting, applying, delivering.
                tokio::time::sleep(Duration::from_millis(7 * (round as u64 % 11))).await;
                if round % 3 == 0 {
                    node.kill().await;
                } else {
                    workers[round % 3 - 1].kill().await.unwrap();
                }
                node.end_leases().await;
                if round % 3 == 0 {
                    node.restart().await;
                } else {
                    workers[round % 3 - 1] = worker(node).await;
                }
            }
        };
        tokio::join!(send_all(peer, &inbox, bob, &creates, &taken), killing);
        scene.compare(&creates).await;
        left -= now;
    }
}
