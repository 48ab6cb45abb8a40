//! kill -9 at any moment: what was answered 2xx is there afterwards, once.

use parvis_tests::{NodeProcess, PUBLIC, Peer, eventually};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_before_a_kill_is_applied_once_after_it() {
    let mut node = NodeProcess::start().await;
    let ana = node.person("ana").await;
    let category = node
        .run(
            &[
                "category",
                "create",
                "--slug",
                "urbanisme",
                "--title",
                "Urbanisme",
            ],
            "",
        )
        .await;
    let group = category["uri"].clone();
    let peer = Peer::start().await;
    let bob = peer.person("bob");
    let topic = ana
        .post(
            "/topics",
            json!({"category": "urbanisme", "title": "Essai", "content": "Premier."}),
        )
        .await
        .expect(201);
    let inbox = format!("{}/inbox", node.url);
    let mut accepted: Vec<Value> = Vec::new();
    for round in 0..6 {
        for n in 0..10 {
            let note = peer.note(
                &bob,
                &format!("<p>Réponse {round}-{n}</p>"),
                json!({"inReplyTo": topic["post"]["uri"], "cc": [group], "to": [PUBLIC]}),
            );
            // The answer came: from here on it must not be lost.
            if peer.post(&inbox, &bob, &peer.create(&note)).await == 202 {
                accepted.push(note["id"].clone());
            }
        }
        node.kill().await;
        node.restart().await;
    }
    assert_eq!(accepted.len(), 60);
    let path = format!("/topics/{}/posts?limit=100", topic["id"].as_str().unwrap());
    let posts = eventually("every accepted reply", || async {
        let posts = ana.get(&path).await.expect(200)["items"]
            .as_array()
            .unwrap()
            .clone();
        (posts.len() > accepted.len()).then_some(posts)
    })
    .await;
    assert_eq!(
        posts.len(),
        accepted.len() + 1,
        "something was applied twice"
    );
    for id in &accepted {
        assert_eq!(posts.iter().filter(|p| p["uri"] == *id).count(), 1, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_fan_out_loses_no_delivery() {
    let mut node = NodeProcess::start().await;
    let ana = node.person("ana").await;
    let category = node
        .run(
            &[
                "category",
                "create",
                "--slug",
                "urbanisme",
                "--title",
                "Urbanisme",
            ],
            "",
        )
        .await;
    let group = category["uri"].as_str().unwrap().to_owned();
    let mut peers = Vec::new();
    for _ in 0..12 {
        let peer = Peer::start().await;
        let lea = peer.person("lea");
        assert_eq!(peer.follow(&lea, &group).await, 202);
        peers.push(peer);
    }
    for peer in &peers {
        eventually("the follow is accepted", || async {
            (!peer.of_type("Accept").is_empty()).then_some(())
        })
        .await;
    }
    let mut topics = Vec::new();
    for n in 0..6 {
        let topic = ana
            .post("/topics", json!({"category": "urbanisme", "title": format!("Sujet {n}"), "content": "Texte."}))
            .await
            .expect(201);
        topics.push(topic["post"]["uri"].clone());
        if n % 2 == 1 {
            node.kill().await;
            node.restart().await;
        }
    }
    for peer in &peers {
        let seen = |peer: &Peer| -> Vec<Value> {
            peer.of_type("Announce")
                .into_iter()
                .filter(|a| a["object"]["type"] == "Create")
                .collect()
        };
        let announces = eventually("every topic is everywhere", || async {
            let all = seen(peer);
            let complete = topics
                .iter()
                .all(|t| all.iter().any(|a| a["object"]["object"]["id"] == *t));
            complete.then_some(all)
        })
        .await;
        // Sent again after a crash it may be, but under the same id: whoever receives it applies it once.
        for topic in &topics {
            let mut ids: Vec<&Value> = announces
                .iter()
                .filter(|a| a["object"]["object"]["id"] == *topic)
                .map(|a| &a["id"])
                .collect();
            ids.dedup();
            assert_eq!(ids.len(), 1, "{topic}: {ids:?}");
        }
    }
}
