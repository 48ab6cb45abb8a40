//! Activities that come at once, too early, or in the wrong order.

use parvis_tests::{CONTEXT, Client, Node, PUBLIC, Peer, PeerActor, eventually};
use serde_json::{Value, json};

use super::{Background, posts, replies};

struct Scene {
    node: Node,
    ana: Client,
    peer: Peer,
    bob: PeerActor,
    group: String,
    topic: Value,
}

impl Scene {
    async fn start() -> Self {
        let node = Node::start().await;
        let group = node.category("urbanisme", "Urbanisme").await;
        let ana = node.person("ana").await;
        let peer = Peer::start().await;
        let bob = peer.person("bob");
        peer.follow(&bob, &group).await;
        let opening =
            json!({"category": "urbanisme", "title": "Zones 30", "content": "Trois rues."});
        let topic = ana.post("/topics", opening).await.expect(201);
        node.settle().await;
        peer.take();
        Self {
            node,
            ana,
            peer,
            bob,
            group,
            topic,
        }
    }

    async fn send(&self, activity: &Value) {
        let inbox = format!("{}/inbox", self.node.url);
        assert_eq!(self.peer.post(&inbox, &self.bob, activity).await, 202);
    }

    fn like(&self, object: &Value) -> Value {
        json!({"@context": CONTEXT, "id": self.peer.fresh("likes"), "type": "Like", "actor": self.bob.id,
               "object": object, "to": [PUBLIC]})
    }

    fn reply_to(&self, parent: &Value, text: &str) -> Value {
        let place = json!({"inReplyTo": parent, "cc": [self.group]});
        self.peer.note(&self.bob, text, place)
    }

    async fn posts(&self) -> Vec<Value> {
        posts(&self.ana, &self.topic).await
    }

    /// How often the followers were told of an activity.
    fn announced(&self, activity: &Value) -> usize {
        let told = self.peer.of_type("Announce");
        told.iter()
            .filter(|a| a["object"]["id"] == activity["id"])
            .count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_three_times_at_once_has_one_effect() {
    let scene = Scene::start().await;
    let background = Background::start(&scene.node);
    let mut activities = replies(&scene.peer, &scene.bob, &scene.topic, &scene.group, 20);
    let creates = activities.len();
    activities.push(scene.like(&scene.topic["post"]["uri"]));
    for activity in &activities {
        // Each request has a connection of its own.
        tokio::join!(
            scene.send(activity),
            scene.send(activity),
            scene.send(activity)
        );
    }
    let posts = eventually("everything is applied", || async {
        let posts = scene.posts().await;
        (posts.len() > creates && posts[0]["like_count"] != 0).then_some(posts)
    })
    .await;
    assert_eq!(posts.len(), creates + 1);
    assert_eq!(posts[0]["like_count"], 1);
    drop(background);
    scene.node.settle().await;
    assert_eq!(scene.posts().await.len(), creates + 1);
    for create in &activities[..creates] {
        assert_eq!(scene.announced(create), 1, "{create}");
    }
}

#[tokio::test]
async fn a_reply_whose_parent_cant_be_fetched_yet_finds_its_place_later() {
    let scene = Scene::start().await;
    let parent = scene.reply_to(&scene.topic["post"]["uri"], "<p>Premier.</p>");
    let child = scene.reply_to(&parent["id"], "<p>Second.</p>");
    let uri = parent["id"].as_str().unwrap();
    scene.peer.fail_fetches(uri, &[503, 500, 502]);
    scene.send(&scene.peer.create(&child)).await;
    for wait in [30, 120, 600] {
        scene.node.settle().await;
        assert_eq!(scene.posts().await.len(), 1);
        scene.node.forum.clock().advance(wait * 1000 + 500);
    }
    scene.node.settle().await;
    let posts = scene.posts().await;
    assert_eq!(posts.len(), 3, "{posts:?}");
    assert_eq!(posts[1]["uri"], parent["id"]);
    assert_eq!(posts[2]["uri"], child["id"]);
    assert_eq!(posts[2]["reply_to"], posts[1]["id"]);
}

#[tokio::test]
async fn a_parent_that_was_fetched_is_passed_on_when_it_comes() {
    let scene = Scene::start().await;
    let parent = scene.reply_to(&scene.topic["post"]["uri"], "<p>Premier.</p>");
    let child = scene.reply_to(&parent["id"], "<p>Second.</p>");
    let (first, second) = (scene.peer.create(&parent), scene.peer.create(&child));
    scene.send(&second).await;
    scene.node.settle().await;
    assert_eq!(scene.posts().await.len(), 3);
    assert_eq!((scene.announced(&first), scene.announced(&second)), (0, 1));
    for _ in 0..2 {
        scene.send(&first).await;
        scene.node.settle().await;
    }
    assert_eq!(scene.posts().await.len(), 3);
    assert_eq!(scene.announced(&first), 1, "its followers know it too");
}

#[tokio::test]
async fn an_edit_that_comes_before_its_post_is_what_is_shown() {
    let scene = Scene::start().await;
    let note = scene.reply_to(&scene.topic["post"]["uri"], "<p>Avant.</p>");
    let create = scene.peer.create(&note);
    let published = parvis_forum::Timestamp::parse(note["published"].as_str().unwrap()).unwrap();
    let edited = |text: &str, seconds| {
        let mut edited = note.clone();
        edited["content"] = json!(text);
        edited["updated"] = json!(published.plus_seconds(seconds).rfc3339());
        edited
    };
    let second = edited("<p>Entre les deux.</p>", 30);
    let third = edited("<p>Après.</p>", 60);
    scene.node.forum.clock().advance(120_000);
    scene.peer.put(note["id"].as_str().unwrap(), third.clone());
    let update = |object: Value| scene.peer.activity("Update", &scene.bob.id, object, &note);
    for activity in [update(third), create, update(second)] {
        scene.send(&activity).await;
        scene.node.settle().await;
    }
    let posts = scene.posts().await;
    assert_eq!(posts.len(), 2);
    let html = posts[1]["content_html"].as_str().unwrap();
    assert!(html.contains("Après"), "{html}");
}

#[tokio::test]
async fn a_vote_that_comes_before_its_post_counts_once_the_post_is_there() {
    let scene = Scene::start().await;
    let liked = scene.reply_to(&scene.topic["post"]["uri"], "<p>Aimé.</p>");
    let once_liked = scene.reply_to(&scene.topic["post"]["uri"], "<p>Plus aimé.</p>");
    let (like, other) = (scene.like(&liked["id"]), scene.like(&once_liked["id"]));
    let undo = json!({"@context": CONTEXT, "id": scene.peer.fresh("undos"), "type": "Undo",
                      "actor": scene.bob.id, "object": other, "to": [PUBLIC]});
    for activity in [&like, &undo] {
        scene.send(activity).await;
        scene.node.settle().await;
    }
    for activity in [
        &scene.peer.create(&liked),
        &scene.peer.create(&once_liked),
        &other,
    ] {
        scene.send(activity).await;
        scene.node.settle().await;
    }
    scene.node.forum.clock().advance(31_000);
    scene.node.settle().await;
    let posts = scene.posts().await;
    assert_eq!(posts.len(), 3);
    // The two replies are applied side by side: either may have come first.
    let likes = |reply: &Value| {
        let post = posts.iter().find(|post| post["uri"] == reply["id"]);
        post.expect("the reply is there")["like_count"].clone()
    };
    assert_eq!(likes(&liked), 1);
    assert_eq!(likes(&once_liked), 0, "taken back");
    // A vote on what never comes is given up before long.
    let nothing = scene.like(&json!(scene.peer.fresh("statuses")));
    scene.send(&nothing).await;
    for _ in 0..4 {
        scene.node.settle().await;
        scene.node.forum.clock().advance(600_000);
    }
    let id = nothing["id"].as_str().unwrap();
    let item = parvis_db::queue::inbox::find(scene.node.forum.db(), id).await;
    let item = item.unwrap().unwrap();
    assert_eq!(item.state, parvis_db::entity::kinds::QueueState::Done);
}
