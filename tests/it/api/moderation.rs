//! `POST /moderation/actions`: bans, and topics that are moved, merged and split. Each is refused to whoever may not.

use parvis_forum::kinds::Role;

use parvis_tests::{Client, Node};
use serde_json::{Value, json};

/// Two categories; mia moderates `voirie` only.
struct Stage {
    node: Node,
    mona: Client,
    mia: Client,
    leo: Client,
}

impl Stage {
    async fn set() -> Self {
        let node = Node::start().await;
        node.category("voirie", "Voirie").await;
        node.category("velo", "Vélo").await;
        let (mia, leo) = (node.person("mia").await, node.person("leo").await);
        let mona = node.with_role("mona", Role::Moderator).await;
        node.let_moderate("mia", "voirie").await;
        Self {
            node,
            mona,
            mia,
            leo,
        }
    }

    /// A topic of leo's with two replies, the second one to the first: its id and those of the replies.
    async fn topic(&self, category: &str, title: &str) -> (String, String, String) {
        let topic = json!({"category": category, "title": title, "content": "Rue Haute"});
        let topic = self.leo.post("/topics", topic).await.expect(201);
        let id = text(&topic["id"]);
        let path = format!("/topics/{id}/posts");
        let first = json!({"content": "Et le pont ?"});
        let first = self.mona.post(&path, first).await.expect(201);
        let second = json!({"content": "Fermé.", "reply_to": first["id"]});
        let second = self.mia.post(&path, second).await.expect(201);
        (id, text(&first["id"]), text(&second["id"]))
    }

    async fn act(&self, who: &Client, act: Value, status: u16) -> Value {
        who.post("/moderation/actions", act).await.expect(status)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn somebody_is_banned_and_comes_back() {
    let stage = Stage::set().await;
    let (topic, ..) = stage.topic("voirie", "Trou").await;
    let (other, ..) = stage.topic("velo", "Piste").await;
    let ban = |more: Value| {
        let mut act = json!({"action": "ban", "target": "leo", "reason": "insultes"});
        act.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        act
    };
    let here = json!({"category": "voirie", "days": 3});
    for (act, status) in [
        (ban(json!({})), 403),
        (ban(json!({"category": "velo"})), 403),
        (ban(json!({"category": "nulle-part"})), 404),
        (ban(json!({"category": "voirie", "days": 0})), 422),
        (ban(json!({"category": "voirie", "days": 4_000})), 422),
        (ban(json!({"category": "voirie", "reason": ""})), 422),
    ] {
        stage.act(&stage.mia, act, status).await;
    }
    stage.act(&stage.leo, ban(here.clone()), 403).await;
    let unban =
        json!({"action": "unban", "target": "leo", "category": "voirie", "reason": "calmé"});
    stage.act(&stage.mia, unban.clone(), 404).await;

    let done = stage.act(&stage.mia, ban(here), 200).await;
    assert_eq!(done["person"]["display_name"], "Leo");
    let reply = json!({"content": "Encore moi."});
    let (there, elsewhere) = (
        format!("/topics/{topic}/posts"),
        format!("/topics/{other}/posts"),
    );
    stage.leo.post(&there, reply.clone()).await.expect(403);
    stage.leo.post(&elsewhere, reply.clone()).await.expect(201);
    stage.act(&stage.mia, unban, 200).await;
    stage.leo.post(&there, reply.clone()).await.expect(201);

    stage.act(&stage.mona, ban(json!({})), 200).await;
    stage.leo.post(&elsewhere, reply).await.expect(403);
}

#[tokio::test]
async fn topics_are_moved_merged_and_split() {
    let stage = Stage::set().await;
    let (one, first, second) = stage.topic("voirie", "Trou").await;
    let (two, ..) = stage.topic("velo", "Piste").await;
    let (three, ..) = stage.topic("voirie", "Bosse").await;
    let visitor = stage.node.visitor();
    let posts = async |topic: &str| {
        let all = visitor.get(&format!("/topics/{topic}/posts")).await;
        all.expect(200)["items"].as_array().unwrap().len()
    };

    let split = |target: &str, title: &str| json!({"action": "split", "target": target, "title": title, "reason": ""});
    stage.act(&stage.leo, split(&first, "Le pont"), 403).await;
    stage.act(&stage.mia, split(&first, ""), 422).await;
    let done = stage.act(&stage.mia, split(&first, "Le pont"), 200).await;
    let bridge = text(&done["topic"]["id"]);
    assert_eq!(done["topic"]["title"], "Le pont");
    assert_eq!((posts(&one).await, posts(&bridge).await), (1, 2));
    let moved = visitor.get(&format!("/posts/{second}")).await.expect(200);
    assert_eq!(moved["topic"], bridge.as_str());

    let merge = |target: &str, into: &str| json!({"action": "merge", "target": target, "into": into, "reason": ""});
    stage.act(&stage.mia, merge(&one, "x"), 422).await;
    stage.act(&stage.mia, merge(&one, &one), 422).await;
    stage.act(&stage.mia, merge(&one, &two), 403).await;
    let done = stage.act(&stage.mia, merge(&one, &three), 200).await;
    assert_eq!(done["topic"]["id"], three.as_str());
    assert_eq!(posts(&three).await, 4);
    let led = visitor.get(&format!("/topics/{one}")).await.expect(200);
    assert_eq!(led["id"], three.as_str());

    let to = |category: &str| json!({"action": "move", "target": three, "category": category, "reason": "vélo"});
    stage.act(&stage.leo, to("velo"), 403).await;
    stage.act(&stage.mona, to(""), 422).await;
    stage.act(&stage.mona, to("nulle-part"), 404).await;
    let done = stage.act(&stage.mona, to("velo"), 200).await;
    assert_eq!(done["topic"]["category"]["title"], "Vélo");
    // It is no longer mia's to move.
    stage.act(&stage.mia, to("voirie"), 403).await;
}
