//! Closed categories between servers: what leaves, what comes, and who reads it there.

use parvis_forum::kinds::Readers;
use parvis_tests::{Client, Node, PUBLIC, Peer, settle};
use serde_json::{Value, json};

use super::{Circle, TEXT, TOPIC, close, told};
use crate::pages::signed_in;

async fn topics(client: &Client, handle: &str) -> Vec<Value> {
    let found = client.get(&format!("/categories/{handle}/topics")).await;
    if found.status != 200 {
        return Vec::new();
    }
    found.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_partner_node_takes_part_and_shows_it_to_followers_only() {
    let ministry = Node::start().await;
    let town = Node::start().await;
    let village = Node::start().await;
    ministry.category("cercle", "Cercle discret").await;
    close(&ministry, "cercle", Readers::Members, &[&town.host]).await;
    let ana = ministry.person("ana").await;
    let (bob, eve) = (town.person("bob").await, town.person("eve").await);
    let zoe = village.person("zoe").await;
    let handle = format!("cercle@{}", ministry.host);
    let all = [&ministry, &town, &village];

    // Who isn't a partner finds nothing there.
    zoe.put(&format!("/categories/{handle}/follow"))
        .await
        .expect(404);
    let follow = bob
        .put(&format!("/categories/{handle}/follow"))
        .await
        .expect(200);
    assert_eq!(follow["state"], "pending");
    settle(&all).await;
    let follow = bob
        .put(&format!("/categories/{handle}/follow"))
        .await
        .expect(200);
    assert_eq!(follow["state"], "accepted");

    let new = json!({"category": "cercle", "title": TOPIC, "content": TEXT});
    let topic = ana.post("/topics", new).await.expect(201);
    settle(&all).await;
    let seen = topics(&bob, &handle).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    let there = seen[0]["id"].as_str().unwrap().to_owned();

    // Nobody else on that node, by any of its entrances.
    for client in [&eve, &town.visitor()] {
        assert!(topics(client, &handle).await.is_empty());
        client.get(&format!("/topics/{there}")).await.expect(404);
        client
            .get(&format!("/topics/{there}/posts"))
            .await
            .expect(404);
        let found = client.get(&format!("/search?q={TEXT}")).await.expect(200);
        assert_eq!(found["items"], json!([]));
    }
    let mut visitor = town.browser();
    for path in [
        "/".to_owned(),
        format!("/c/{handle}"),
        format!("/t/{there}"),
        format!("/feeds/c/{handle}.atom"),
        "/feeds/latest.atom".to_owned(),
        "/sitemap".to_owned(),
    ] {
        let page = visitor.get(&path).await;
        assert_eq!(told(&page.body), [""; 0], "{path}");
    }
    let mut inside = signed_in(&town, "bob").await;
    assert!(inside.get(&format!("/c/{handle}")).await.shows(TOPIC));
    assert!(inside.get(&format!("/t/{there}")).await.shows(TEXT));

    // An answer from there is in the circle, and stays there.
    let answer = json!({"content": "Une réponse du bourg."});
    bob.post(&format!("/topics/{there}/posts"), answer)
        .await
        .expect(201);
    settle(&all).await;
    let home = format!("/topics/{}/posts", topic["id"].as_str().unwrap());
    let posts = ana.get(&home).await.expect(200);
    assert_eq!(posts["items"].as_array().unwrap().len(), 2, "{posts}");
    assert!(posts.to_string().contains("Une réponse du bourg."));
    ministry.visitor().get(&home).await.expect(404);
    eve.get(&format!("/topics/{there}/posts")).await.expect(404);
    let reply = posts["items"][1]["uri"].as_str().unwrap();
    let unsigned = parvis_tests::http()
        .get(reply)
        .header("accept", "application/activity+json")
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status().as_u16(), 404);
}

#[tokio::test]
async fn nothing_of_it_leaves_for_other_servers() {
    let (good, evil) = (Peer::start().await, Peer::start().await);
    let circle = Circle::set(&[good.url.split_once("://").unwrap().1]).await;
    let (node, base) = (&circle.node, &circle.node.url);
    let stated = json!({"affiliationType": "agent", "affiliationProof": "sso"});
    let bob = good.actor("Person", "users", "bob", json!({"affiliation": stated}));
    let mallory = evil.person("mallory");
    // The stranger follows what it can: the author and the open category.
    for target in ["/u/ana", "/c/place"] {
        evil.follow(&mallory, &format!("{base}{target}")).await;
    }
    good.follow(&bob, &format!("{base}/c/cercle")).await;
    node.settle().await;
    assert_eq!(good.of_type("Accept").len(), 1, "{:?}", good.received());
    good.take();
    evil.take();

    let path = format!("/topics/{}/posts", circle.id());
    let text = format!("{TEXT} @mallory@{} @bob@{}", host(&evil), host(&good));
    let post = circle
        .ana
        .post(&path, json!({"content": text}))
        .await
        .expect(201);
    let id = post["id"].as_str().unwrap();
    circle
        .ana
        .patch(
            &format!("/posts/{id}"),
            json!({"content": format!("{TEXT} bis")}),
        )
        .await
        .expect(200);
    circle
        .ana
        .put(&format!("/posts/{id}/like"))
        .await
        .expect(200);
    circle.ana.delete(&format!("/posts/{id}")).await.expect(200);
    node.settle().await;
    assert!(evil.received().is_empty(), "{:?}", evil.received());
    let sent = good.received();
    assert!(sent.len() >= 3, "{sent:?}");
    for activity in sent {
        let text = activity.body.to_string();
        assert!(!text.contains("#Public"), "{text}");
        assert!(
            activity.body["to"]
                .to_string()
                .contains("/c/cercle/followers"),
            "{text}"
        );
    }
    // Who is no partner any more gets nothing from then on.
    close(node, "cercle", Readers::Agents, &[]).await;
    node.settle().await;
    good.take();
    circle
        .ana
        .post(&path, json!({"content": "Après."}))
        .await
        .expect(201);
    node.settle().await;
    assert!(good.received().is_empty(), "{:?}", good.received());
}

fn host(peer: &Peer) -> String {
    peer.url.split_once("://").unwrap().1.to_owned()
}

#[tokio::test]
async fn a_stranger_who_knows_the_addresses_does_nothing_and_learns_nothing() {
    let evil = Peer::start().await;
    let circle = Circle::set(&["b.example"]).await;
    let (node, base) = (&circle.node, &circle.node.url);
    let mallory = evil.person("mallory");
    let inbox = format!("{base}/inbox");
    let group = format!("{base}/c/cercle");
    let opening = circle.topic["post"]["uri"].clone();
    let reply = evil.note(
        &mallory,
        "<p>Je sais.</p>",
        json!({"inReplyTo": opening, "cc": [group]}),
    );
    let whispered = evil.note(
        &mallory,
        "<p>Je sais.</p>",
        json!({"inReplyTo": opening, "to": [format!("{group}/followers")], "cc": [group]}),
    );
    let opened = evil.note(&mallory, "<p>Un sujet.</p>", json!({"cc": [group]}));
    let like = evil.activity("Like", &mallory.id, opening.clone(), &reply);
    let flag = evil.activity("Flag", &mallory.id, opening.clone(), &reply);
    let follow = evil.activity("Follow", &mallory.id, json!(group), &reply);
    for activity in [
        evil.create(&reply),
        evil.create(&whispered),
        evil.create(&opened),
        like,
        flag,
        follow.clone(),
        follow.clone(),
    ] {
        assert_eq!(evil.post(&inbox, &mallory, &activity).await, 202);
        node.settle().await;
        assert!(
            evil.received().is_empty(),
            "{activity}: {:?}",
            evil.received()
        );
    }
    let posts = format!("/topics/{}/posts", circle.id());
    let posts = circle.ana.get(&posts).await.expect(200);
    assert_eq!(posts["items"].as_array().unwrap().len(), 2, "{posts}");
    assert_eq!(posts["items"][0]["like_count"], 0);
    let admin = node.admin("adele").await;
    let reports = admin.get("/moderation/reports").await.expect(200);
    assert_eq!(reports["items"], json!([]));
    // Its inbox is not there for others either.
    for name in ["cercle", "nulle-part"] {
        let inbox = format!("{base}/c/{name}/inbox");
        assert_eq!(evil.post(&inbox, &mallory, &follow).await, 404, "{name}");
        let raw = parvis_tests::http()
            .post(&inbox)
            .body("x")
            .send()
            .await
            .unwrap();
        assert_eq!(raw.status().as_u16(), 404, "{name}");
    }
}

#[tokio::test]
async fn what_a_private_community_elsewhere_announces_is_for_its_followers() {
    let node = Node::start().await;
    let peer = Peer::start().await;
    let velo = peer.actor(
        "Group",
        "c",
        "velo",
        json!({"manuallyApprovesFollowers": true}),
    );
    let bob = peer.person("bob");
    let (ana, leo) = (node.person("ana").await, node.person("leo").await);
    let handle = &velo.handle;
    ana.put(&format!("/categories/{handle}/follow"))
        .await
        .expect(200);
    node.settle().await;
    let follow = peer.of_type("Follow").pop().unwrap();
    let accept = peer.activity("Accept", &velo.id, follow, &json!({"to": [], "cc": []}));
    let inbox = format!("{}/inbox", node.url);
    let to = json!([velo.id, velo.under("followers")]);
    let page = peer.note(
        &bob,
        "<p>mot-caché</p>",
        json!({"type": "Page", "name": TOPIC, "to": to, "cc": [], "audience": velo.id}),
    );
    let stray = peer.note(
        &bob,
        "<p>Un secret.</p>",
        json!({"to": [bob.under("followers")], "cc": []}),
    );
    let announced = |note: &Value| {
        let create = peer.create(note);
        peer.activity(
            "Announce",
            &velo.id,
            create,
            &json!({"to": [velo.under("followers")], "cc": []}),
        )
    };
    for activity in [accept, announced(&page)] {
        assert_eq!(peer.post(&inbox, &velo, &activity).await, 202);
        node.settle().await;
    }
    let seen = topics(&ana, handle).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    let id = seen[0]["id"].as_str().unwrap();
    assert_eq!(topics(&leo, handle).await.len(), 0);
    leo.get(&format!("/topics/{id}")).await.expect(404);
    node.visitor()
        .get(&format!("/topics/{id}"))
        .await
        .expect(404);
    node.visitor()
        .get(&format!("/categories/{handle}"))
        .await
        .expect(404);
    let page = node.browser().get("/").await;
    assert_eq!(told(&page.body), [""; 0]);
    // What isn't public and is of no closed category is stored nowhere.
    assert_eq!(peer.post(&inbox, &bob, &peer.create(&stray)).await, 202);
    let to_place = node.category("place", "Place").await;
    let private = peer.note(
        &bob,
        "<p>Un secret.</p>",
        json!({"to": [to_place], "cc": []}),
    );
    assert_eq!(peer.post(&inbox, &bob, &peer.create(&private)).await, 202);
    node.settle().await;
    assert_eq!(topics(&ana, "place").await.len(), 0);
    // What ana answers goes there, and to nobody else.
    peer.take();
    let answer = ana
        .post(&format!("/topics/{id}/posts"), json!({"content": "Vu."}))
        .await
        .expect(201);
    node.settle().await;
    let create = peer.of_type("Create").pop().expect("sent");
    assert!(!create.to_string().contains(PUBLIC), "{create}");
    assert_eq!(create["object"]["id"], answer["uri"]);
}
