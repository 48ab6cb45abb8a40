//! Somebody on a microblog opens a topic, replies, edits, likes and deletes.

use parvis_tests::{Client, Node, PUBLIC, Peer, PeerActor, fetch};
use serde_json::{Value, json};

struct Scene {
    node: Node,
    peer: Peer,
    lea: PeerActor,
    ana: Client,
    category: String,
}

async fn scene() -> Scene {
    let node = Node::start().await;
    let category = node.category("urbanisme", "Urbanisme").await;
    let ana = node.person("ana").await;
    let peer = Peer::start().await;
    let lea = peer.person("lea");
    peer.follow(&lea, &category).await;
    node.settle().await;
    peer.take();
    Scene {
        node,
        peer,
        lea,
        ana,
        category,
    }
}

impl Scene {
    fn mention(&self) -> Value {
        json!({"type": "Mention", "href": self.category, "name": format!("@urbanisme@{}", self.node.host)})
    }

    async fn send(&self, activity: &Value) {
        let status = self
            .peer
            .post(&format!("{}/inbox", self.node.url), &self.lea, activity)
            .await;
        assert_eq!(status, 202, "{activity}");
        self.node.settle().await;
    }

    async fn topics(&self) -> Vec<Value> {
        self.ana
            .get("/categories/urbanisme/topics?sort=new")
            .await
            .expect(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn posts(&self, topic: &Value) -> Vec<Value> {
        self.ana
            .get(&format!("/topics/{}/posts", topic["id"].as_str().unwrap()))
            .await
            .expect(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn topic(&self) -> (Value, Value) {
        let topic = self
            .ana
            .post(
                "/topics",
                json!({"category": "urbanisme", "title": "Zones 30", "content": "Trois rues."}),
            )
            .await
            .expect(201);
        self.node.settle().await;
        self.peer.take();
        let opening = topic["post"]["uri"].clone();
        (topic, opening)
    }
}

#[tokio::test]
async fn a_mention_opens_a_topic_whose_title_is_the_first_line() {
    let scene = scene().await;
    let note = scene.peer.note(
        &scene.lea,
        &format!(
            "<p><span class=\"h-card\"><a href=\"{}\" class=\"u-url mention\">@<span>urbanisme</span></a></span> Où \
             trouver le plan local ?</p><p>Je cherche depuis lundi.</p>",
            scene.category
        ),
        json!({"cc": [scene.lea.under("followers"), scene.category], "tag": [scene.mention()],
               "contentMap": {"fr": "<p>Où trouver le plan local ?</p>"}}),
    );
    let create = scene.peer.create(&note);
    scene.send(&create).await;
    let topics = scene.topics().await;
    assert_eq!(topics.len(), 1, "{topics:?}");
    assert_eq!(topics[0]["title"], "Où trouver le plan local ?");
    assert_eq!(topics[0]["author"]["handle"], scene.lea.handle);
    assert_eq!(topics[0]["language"], "fr");
    let posts = scene.posts(&topics[0]).await;
    assert!(
        posts[0]["content_html"]
            .as_str()
            .unwrap()
            .contains("depuis lundi")
    );
    assert!(
        !posts[0]["content_html"]
            .as_str()
            .unwrap()
            .contains("urbanisme")
    );

    // The category announces it, exactly as it came; the author's own server gets it too.
    let announces = scene.peer.of_type("Announce");
    assert_eq!(announces[0]["object"], create, "{announces:?}");
    assert_eq!(announces[1]["object"], note["id"]);

    // The same again changes nothing.
    let again = scene.peer.create(&note);
    scene.peer.take();
    scene.send(&create).await;
    scene.send(&again).await;
    assert_eq!(scene.topics().await.len(), 1);
    assert!(scene.peer.of_type("Announce").is_empty());
}

#[tokio::test]
async fn a_reply_is_edited_liked_and_deleted() {
    let scene = scene().await;
    let (topic, opening) = scene.topic().await;
    let note = scene.peer.note(
        &scene.lea,
        "<p>Chez nous, baisse de 20 %.</p>",
        json!({"inReplyTo": opening, "cc": [scene.category], "tag": [scene.mention()]}),
    );
    scene.send(&scene.peer.create(&note)).await;
    let posts = scene.posts(&topic).await;
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[1]["uri"], note["id"]);
    assert_eq!(
        scene.peer.of_type("Announce")[0]["object"]["type"],
        "Create"
    );

    let mut edited = note.clone();
    edited["content"] = json!("<p>Chez nous, baisse de 25 %.</p>");
    edited["updated"] = json!(
        parvis_forum::Timestamp::parse(note["published"].as_str().unwrap())
            .unwrap()
            .plus_seconds(60)
            .rfc3339()
    );
    scene.node.forum.clock().advance(120_000);
    scene.peer.put(note["id"].as_str().unwrap(), edited.clone());
    scene
        .send(&scene.peer.activity("Update", &scene.lea.id, edited, &note))
        .await;
    let posts = scene.posts(&topic).await;
    assert!(
        posts[1]["content_html"].as_str().unwrap().contains("25"),
        "{posts:?}"
    );
    assert!(posts[1]["edited_at"].is_string());

    let like = json!({"@context": parvis_tests::CONTEXT, "id": scene.peer.fresh("likes"), "type": "Like",
                      "actor": scene.lea.id, "object": opening});
    scene.send(&like).await;
    assert_eq!(scene.posts(&topic).await[0]["like_count"], 1);
    let undo = json!({"@context": parvis_tests::CONTEXT, "id": scene.peer.fresh("undos"), "type": "Undo",
                      "actor": scene.lea.id, "object": {"id": scene.peer.fresh("likes"), "type": "Like",
                      "actor": scene.lea.id, "object": opening}});
    scene.send(&undo).await;
    assert_eq!(scene.posts(&topic).await[0]["like_count"], 0);

    scene.peer.gone(note["id"].as_str().unwrap());
    let delete = json!({"@context": parvis_tests::CONTEXT, "id": scene.peer.fresh("deletes"), "type": "Delete",
                        "actor": scene.lea.id, "to": [PUBLIC],
                        "object": {"id": note["id"], "type": "Tombstone"}});
    scene.send(&delete).await;
    let posts = scene.posts(&topic).await;
    assert_eq!(posts[1]["removed"], true);
    assert_eq!(posts[1]["content_html"], "");
    // A tombstone is final.
    scene.send(&scene.peer.create(&note)).await;
    assert_eq!(scene.posts(&topic).await[1]["removed"], true);
}

#[tokio::test]
async fn what_is_not_public_is_never_shown() {
    let scene = scene().await;
    let (topic, opening) = scene.topic().await;
    let private = scene.peer.note(
        &scene.lea,
        "<p>Entre nous.</p>",
        json!({"inReplyTo": opening, "to": [scene.category], "cc": [], "tag": [scene.mention()]}),
    );
    scene.send(&scene.peer.create(&private)).await;
    let followers_only = scene.peer.note(
        &scene.lea,
        "<p>Pour mes abonnés.</p>",
        json!({"to": [scene.lea.under("followers")], "cc": [scene.category], "tag": [scene.mention()]}),
    );
    scene.send(&scene.peer.create(&followers_only)).await;
    assert_eq!(scene.posts(&topic).await.len(), 1);
    assert_eq!(scene.topics().await.len(), 1);
    assert!(scene.peer.of_type("Announce").is_empty());
}

#[tokio::test]
async fn a_locked_topic_takes_no_reply_from_elsewhere() {
    let scene = scene().await;
    let admin = scene.node.admin("adm").await;
    let (topic, opening) = scene.topic().await;
    admin
        .patch(
            &format!("/topics/{}", topic["id"].as_str().unwrap()),
            json!({"locked": true}),
        )
        .await
        .expect(200);
    scene.node.settle().await;
    scene.peer.take();
    let note = scene.peer.note(
        &scene.lea,
        "<p>Trop tard ?</p>",
        json!({"inReplyTo": opening, "cc": [scene.category]}),
    );
    scene.send(&scene.peer.create(&note)).await;
    assert_eq!(scene.posts(&topic).await.len(), 1);
    assert!(scene.peer.of_type("Announce").is_empty());
    let conversation = fetch(topic["uri"].as_str().unwrap()).await;
    assert_eq!(conversation["locked"], true);
}

#[tokio::test]
async fn a_reply_to_a_reply_from_elsewhere_finds_its_topic() {
    let scene = scene().await;
    let (topic, opening) = scene.topic().await;
    // The parent never reached us: it is fetched.
    let parent = scene.peer.note(
        &scene.lea,
        "<p>Premier.</p>",
        json!({"inReplyTo": opening, "cc": [scene.category]}),
    );
    let child = scene.peer.note(
        &scene.lea,
        "<p>Second.</p>",
        json!({"inReplyTo": parent["id"], "cc": [scene.category], "tag": [scene.mention()]}),
    );
    scene.send(&scene.peer.create(&child)).await;
    let posts = scene.posts(&topic).await;
    assert_eq!(posts.len(), 3, "{posts:?}");
    assert_eq!(posts[2]["uri"], child["id"]);
    assert_eq!(posts[2]["reply_to"], posts[1]["id"]);
}
