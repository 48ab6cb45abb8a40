//! Valid signatures put to bad use: what a server with real keys may try on others through us.

use parvis_tests::{CONTEXT, Client, Node, PUBLIC, Peer, PeerActor, eventually};
use reqwest::Method;
use serde_json::{Value, json};

struct Scene {
    node: Node,
    good: Peer,
    bob: PeerActor,
    evil: Peer,
    mallory: PeerActor,
    ana: Client,
    category: String,
    topic: Value,
}

/// A node with a category, a topic in it, and a reply to it by bob of another server; evil is a third one.
async fn scene() -> (Scene, Value) {
    let node = Node::start().await;
    let category = node.category("urbanisme", "Urbanisme").await;
    let ana = node.person("ana").await;
    let (good, evil) = (Peer::start().await, Peer::start().await);
    let (bob, mallory) = (good.person("bob"), evil.person("mallory"));
    good.follow(&bob, &category).await;
    let topic = ana
        .post(
            "/topics",
            json!({"category": "urbanisme", "title": "Zones 30", "content": "Trois rues."}),
        )
        .await
        .expect(201);
    let scene = Scene {
        node,
        good,
        bob,
        evil,
        mallory,
        ana,
        category,
        topic,
    };
    let reply = scene.reply(&scene.good, &scene.bob, "<p>Chez nous aussi.</p>");
    scene
        .send(&scene.good, &scene.bob, &scene.good.create(&reply))
        .await;
    scene.node.settle().await;
    scene.good.take();
    (scene, reply)
}

impl Scene {
    fn inbox(&self) -> String {
        format!("{}/inbox", self.node.url)
    }

    fn reply(&self, peer: &Peer, author: &PeerActor, content: &str) -> Value {
        peer.note(
            author,
            content,
            json!({"inReplyTo": self.topic["post"]["uri"], "to": [PUBLIC], "cc": [self.category]}),
        )
    }

    async fn send(&self, peer: &Peer, actor: &PeerActor, activity: &Value) {
        let status = peer.post(&self.inbox(), actor, activity).await;
        assert_eq!(status, 202, "{activity}");
        self.node.settle().await;
    }

    /// A category of good's that ana follows.
    async fn followed_group(&self) -> PeerActor {
        let group = self.good.group("velo");
        self.ana
            .put(&format!("/categories/{}/follow", group.handle))
            .await
            .expect(200);
        self.node.settle().await;
        let follow = self.good.of_type("Follow").pop().expect("a follow");
        let accept = json!({"@context": CONTEXT, "id": self.good.fresh("accepts"), "type": "Accept",
            "actor": group.id, "object": follow});
        self.send(&self.good, &group, &accept).await;
        group
    }

    async fn posts(&self) -> Vec<Value> {
        self.node.settle().await;
        let path = format!("/topics/{}/posts", self.topic["id"].as_str().unwrap());
        self.ana.get(&path).await.expect(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }
}

#[tokio::test]
async fn an_account_is_gone_only_when_its_own_address_says_so() {
    let (scene, reply) = scene().await;
    let delete = json!({"@context": CONTEXT, "id": scene.good.fresh("deletes"), "type": "Delete",
        "actor": scene.bob.id, "object": scene.bob.id, "to": [PUBLIC], "removeData": true});
    // Another address of the same server is gone: that proves nothing.
    let other = format!("{}/statuses/gone", scene.good.url);
    scene.good.gone(&other);
    let status = scene
        .evil
        .post_raw(&scene.inbox(), &other, delete.to_string())
        .await;
    assert_eq!(status, 401);
    assert_eq!(scene.posts().await[1]["removed"], false);
    // The account itself is gone, and its latest post with it: nobody can sign, and it counts.
    let account = scene.bob.id.clone();
    scene.good.gone(&account);
    scene
        .good
        .gone(scene.posts().await[1]["uri"].as_str().unwrap());
    let status = scene
        .evil
        .post_raw(
            &scene.inbox(),
            &format!("{account}#other"),
            delete.to_string(),
        )
        .await;
    assert_eq!(status, 202);
    let posts = scene.posts().await;
    assert_eq!(posts[1]["removed"], true, "{posts:?}");
    // But nobody said it: it is not passed on as if bob had.
    assert!(
        scene
            .good
            .of_type("Announce")
            .iter()
            .all(|a| a["object"]["actor"] != scene.bob.id),
        "{reply}"
    );
}

#[tokio::test]
async fn an_edit_doesnt_publish_again_what_moderation_took_away() {
    let (scene, reply) = scene().await;
    let admin = scene.node.admin("adm").await;
    let post = scene.posts().await[1]["id"].clone();
    admin
        .post(
            "/moderation/actions",
            json!({"action": "remove", "target": post, "reason": "essai"}),
        )
        .await;
    scene.node.settle().await;
    assert_eq!(scene.posts().await[1]["removed"], true);
    scene.good.take();
    let mut again = reply.clone();
    again["content"] = json!("<p>Encore de la réclame.</p>");
    again["updated"] = json!("2999-01-01T00:00:00Z");
    scene.good.put(again["id"].as_str().unwrap(), again.clone());
    let update = scene
        .good
        .activity("Update", &scene.bob.id, again.clone(), &again);
    scene.send(&scene.good, &scene.bob, &update).await;
    assert!(scene.good.of_type("Announce").is_empty());
    assert_eq!(scene.posts().await[1]["content_html"], "");
}

#[tokio::test]
async fn naming_a_post_before_it_is_published_doesnt_keep_it_away() {
    let (scene, _) = scene().await;
    let group = scene.followed_group().await;
    let next = format!("{}/statuses/next", scene.good.url);
    let early = json!({"@context": CONTEXT, "id": scene.evil.fresh("creates"), "type": "Create",
        "actor": scene.mallory.id, "object": next, "to": [PUBLIC]});
    scene.send(&scene.evil, &scene.mallory, &early).await;
    let page = scene.good.note(
        &scene.bob,
        "<p>Le texte.</p>",
        json!({"id": next, "type": "Page", "name": "Pistes", "to": [PUBLIC, group.id], "audience": group.id}),
    );
    scene.good.put(&next, page.clone());
    let announce = json!({"@context": CONTEXT, "id": scene.good.fresh("announces"), "type": "Announce",
        "actor": group.id, "object": next, "to": [PUBLIC], "cc": [group.under("followers")]});
    scene.send(&scene.good, &group, &announce).await;
    let topics = scene
        .ana
        .get(&format!("/categories/{}/topics", group.handle))
        .await
        .expect(200);
    assert_eq!(topics["items"].as_array().unwrap().len(), 1, "{topics}");
}

#[tokio::test]
async fn a_blocked_server_doesnt_vote_through_a_category() {
    let (scene, _) = scene().await;
    let group = scene.followed_group().await;
    let page = scene.good.note(
        &scene.bob,
        "<p>Le texte.</p>",
        json!({"type": "Page", "name": "Pistes", "to": [PUBLIC, group.id], "audience": group.id}),
    );
    let announce = |object: Value| {
        json!({"@context": CONTEXT, "id": scene.good.fresh("announces"), "type": "Announce",
            "actor": group.id, "object": object, "to": [PUBLIC], "cc": [group.under("followers")]})
    };
    scene
        .send(&scene.good, &group, &announce(scene.good.create(&page)))
        .await;
    let like = |n: &str| {
        json!({"id": format!("{}/likes/{n}", scene.evil.url), "type": "Like", "actor": scene.mallory.id,
            "object": page["id"]})
    };
    let likes = async || {
        scene
            .ana
            .get(&format!("/categories/{}/topics", group.handle))
            .await
            .expect(200)["items"][0]["like_count"]
            .clone()
    };
    // Known before it is blocked.
    scene.send(&scene.good, &group, &announce(like("1"))).await;
    assert_eq!(likes().await, 1);
    let undo = json!({"id": format!("{}/undos/1", scene.evil.url), "type": "Undo", "actor": scene.mallory.id,
        "object": like("1")});
    scene.send(&scene.good, &group, &announce(undo)).await;
    assert_eq!(likes().await, 0);
    scene
        .node
        .admin("adm")
        .await
        .call(
            Method::PUT,
            &format!("/federation/nodes/{}", scene.evil.host),
            Some(json!({"policy": "block", "reason": "essai"})),
        )
        .await
        .expect(200);
    scene.send(&scene.good, &group, &announce(like("2"))).await;
    assert_eq!(likes().await, 0);
}

#[tokio::test]
async fn somebody_elses_deletion_doesnt_keep_a_post_away() {
    let (scene, _) = scene().await;
    let carol = scene.good.person("carol");
    let note = scene.reply(&scene.good, &scene.bob, "<p>Bientôt.</p>");
    let delete = json!({"@context": CONTEXT, "id": scene.good.fresh("deletes"), "type": "Delete",
        "actor": carol.id, "object": note["id"], "to": [PUBLIC]});
    scene.send(&scene.good, &carol, &delete).await;
    scene
        .send(&scene.good, &scene.bob, &scene.good.create(&note))
        .await;
    assert_eq!(scene.posts().await.len(), 3);
    // When the server serves it no more, it was its administrator.
    let note = scene.reply(&scene.good, &scene.bob, "<p>Jamais.</p>");
    let mut delete = delete;
    delete["id"] = json!(scene.good.fresh("deletes"));
    delete["object"] = note["id"].clone();
    scene.send(&scene.good, &carol, &delete).await;
    scene.good.gone(note["id"].as_str().unwrap());
    scene
        .send(&scene.good, &scene.bob, &scene.good.create(&note))
        .await;
    assert_eq!(scene.posts().await.len(), 3);
}

#[tokio::test]
async fn undoing_twice_doesnt_swallow_the_next_vote() {
    let (scene, _) = scene().await;
    let opening = scene.topic["post"]["uri"].clone();
    let like = || {
        json!({"@context": CONTEXT, "id": scene.good.fresh("likes"), "type": "Like", "actor": scene.bob.id,
            "object": opening})
    };
    let undo = |like: &Value| {
        json!({"@context": CONTEXT, "id": scene.good.fresh("undos"), "type": "Undo", "actor": scene.bob.id,
            "object": like})
    };
    let first = like();
    for activity in [first.clone(), undo(&first), undo(&first), like()] {
        scene.send(&scene.good, &scene.bob, &activity).await;
    }
    assert_eq!(scene.posts().await[0]["like_count"], 1);
}

#[tokio::test]
async fn a_full_journal_turns_peers_away_until_it_is_worked_off() {
    let node = Node::with(|config| config.federation.inbox_limit = 100).await;
    let category = node.category("urbanisme", "Urbanisme").await;
    let (busy, other) = (Peer::start().await, Peer::start().await);
    let (bob, lea) = (busy.person("bob"), other.person("lea"));
    let inbox = format!("{}/inbox", node.url);
    let send = async |peer: &Peer, author: &PeerActor| {
        let place = json!({"to": [PUBLIC], "cc": [category]});
        let note = peer.note(author, "<p>Bonjour.</p>", place);
        peer.post(&inbox, author, &peer.create(&note)).await
    };
    let until_refused = async |peer: &Peer, author: &PeerActor| {
        for accepted in 0..1_000 {
            match send(peer, author).await {
                202 => {}
                status => return (accepted, status),
            }
        }
        panic!("nobody is ever turned away");
    };
    // A server that sends much stops at half; what is left is for others.
    let (first, status) = until_refused(&busy, &bob).await;
    assert_eq!(status, 429);
    assert!((50..100).contains(&first), "{first}");
    let (second, status) = until_refused(&other, &lea).await;
    assert_eq!(status, 503);
    assert!(second > 0 && first + second >= 100, "{first} and {second}");
    // What was accepted is there, and once it is applied others may come again.
    node.settle().await;
    eventually("peers may come again", async || {
        (send(&busy, &bob).await == 202).then_some(())
    })
    .await;
}
