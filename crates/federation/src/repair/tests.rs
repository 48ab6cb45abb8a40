//! What a home that lies, or follows the document loosely, can do to a follower's node.

use parvis_forum::categories::{self, Category};
use parvis_forum::comparisons::Report;
use parvis_forum::digests;
use parvis_forum::kinds::{Comparison as Outcome, TopicKind};
use parvis_forum::posts::{self, NewReply};
use parvis_forum::topics::{self, NewTopic};
use parvis_forum::{Post, Topic, follows};
use serde_json::{Value, json};

use super::{Depth, compare, form};
use crate::lookup;
use crate::loopback::{Node, Peer, Remote};
use crate::wire::PUBLIC;

/// A node here that follows a category of a scripted server, in which somebody here has opened a topic.
struct Stage {
    node: Node,
    peer: Peer,
    velo: Remote,
    lea: Remote,
    category: Category,
    topic: Topic,
    opening: Post,
    reply: Post,
}

fn zero() -> String {
    "0".repeat(64)
}

impl Stage {
    async fn start() -> Self {
        let node = Node::start().await;
        let peer = Peer::start();
        let velo = peer.actor("Group", "velo");
        let lea = peer.person("lea");
        let document = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": velo.uri, "type": "Group",
            "preferredUsername": "velo", "name": "Vélo", "inbox": format!("{}/inbox", velo.uri),
            "outbox": format!("{}/outbox", velo.uri), "digests": peer.url("/digests/velo"),
        });
        peer.serve(&document);
        let actor = lookup::refresh(&node.federation, &velo.uri).await.unwrap();
        let category = categories::by_id(node.db(), actor.id).await.unwrap();
        let ana = node.member("ana").await;
        let tx = node.forum().begin().await.unwrap();
        let follow = follows::follow(&tx, &ana, &category.actor).await.unwrap();
        follows::answered(&tx, follow, true).await.unwrap();
        let new = NewTopic::parse("Bornes", "Où ?", TopicKind::Discussion, None, &[]).unwrap();
        let (topic, opening) = topics::open(&tx, &ana, &category, new).await.unwrap();
        let reply = NewReply::parse("Ici.", None).unwrap();
        let reply = posts::reply(&tx, &ana, &topic, None, reply).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            node,
            peer,
            velo,
            lea,
            category,
            topic,
            opening,
            reply,
        }
    }

    /// The server says that it holds this conversation, and nothing else; answers the path of the last question.
    fn tells(&self, opening: &str, told: &Value) {
        let name = digests::conversation_of(opening);
        let range = format!("{:02x}", name.range());
        let digest = told["digest"].as_str().unwrap().to_owned();
        let held = digest != zero();
        let whole = "a".repeat(64);
        let ranges = if held {
            json!({ &range: whole })
        } else {
            json!({})
        };
        let root = json!({"category": self.velo.uri, "digest": whole, "conversations": 1, "ranges": ranges});
        self.peer
            .put("/digests/velo", 200, "application/json", &root);
        let conversations = if held {
            json!({ name.to_string(): digest })
        } else {
            json!({})
        };
        let ours = format!(
            "{:02x}",
            digests::conversation_of(&self.opening.uri).range()
        );
        let mut both = [range, ours];
        both.sort();
        let list = json!({ "conversations": conversations });
        for asked in [
            both[0].clone(),
            both[1].clone(),
            format!("{}%2C{}", both[0], both[1]),
        ] {
            self.peer.put(
                &format!("/digests/velo?ranges={asked}"),
                200,
                "application/json",
                &list,
            );
        }
        let mut one = told.clone();
        one["name"] = json!(name.to_string());
        one["opening"] = json!(opening);
        let answer = json!({"conversations": [one]});
        let mine = digests::conversation_of(&self.opening.uri);
        let mut names = [name, mine];
        names.sort();
        for asked in [name.to_string(), format!("{}%2C{}", names[0], names[1])] {
            self.peer.put(
                &format!("/digests/velo?conversations={asked}"),
                200,
                "application/json",
                &answer,
            );
        }
    }

    async fn compare(&self) -> Report {
        compare(&self.node.federation, &self.category, Depth::Usual)
            .await
            .unwrap()
            .unwrap()
    }

    async fn reply(&self) -> Post {
        posts::by_id(self.node.db(), self.reply.id).await.unwrap()
    }
}

#[tokio::test]
async fn what_the_home_never_had_is_sent_again_until_it_has_it() {
    let stage = Stage::start().await;
    let opening = stage.opening.uri.clone();
    stage.tells(
        &opening,
        &json!({"digest": "b".repeat(64), "posts": [{"id": opening}]}),
    );
    let report = stage.compare().await;
    assert_eq!(report.outcome, Outcome::Mended, "{report:?}");
    assert_eq!((report.found, report.sent), (0, 1));
    let topic = topics::by_id(stage.node.db(), stage.topic.id)
        .await
        .unwrap();
    assert!(topic.confirmed_at.is_some(), "the category has the topic");
}

#[tokio::test]
async fn a_home_removes_what_is_ours_but_cannot_delete_it() {
    let stage = Stage::start().await;
    let opening = stage.opening.uri.clone();
    let told = |why: &str| {
        json!({"digest": "b".repeat(64), "posts": [{"id": opening}],
               "gone": [{"id": stage.reply.uri, "why": why}]})
    };
    stage.tells(&opening, &told("deleted"));
    let report = stage.compare().await;
    assert_eq!(report.remaining, 1, "{report:?}");
    let reply = stage.reply().await;
    assert!(reply.deleted_at.is_none() && reply.removed_at.is_none());

    let mut removed = told("removed");
    removed["digest"] = json!("c".repeat(64));
    stage.tells(&opening, &removed);
    stage.compare().await;
    let reply = stage.reply().await;
    assert!(reply.removed_at.is_some() && reply.deleted_at.is_none());
    assert!(reply.content_html.contains("Ici."), "the text stays");
    // The home gives it back.
    let mut back = told("removed");
    back["digest"] = json!("d".repeat(64));
    back["posts"] = json!([{"id": opening}, {"id": stage.reply.uri}]);
    back["gone"] = json!([]);
    stage.tells(&opening, &back);
    stage.compare().await;
    assert!(stage.reply().await.removed_at.is_none());
}

#[tokio::test]
async fn what_cannot_be_mended_is_left_alone_until_it_changes() {
    let stage = Stage::start().await;
    let opening = stage.opening.uri.clone();
    let missing = stage.peer.url("/p/missing");
    let mut told = json!({"digest": "b".repeat(64),
                          "posts": [{"id": opening}, {"id": stage.reply.uri}, {"id": missing}]});
    stage.tells(&opening, &told);
    let report = stage.compare().await;
    assert_eq!((report.outcome, report.remaining), (Outcome::Differs, 1));
    let asked = stage.peer.asked("/digests/velo?conversations=");
    let report = stage.compare().await;
    assert_eq!((report.outcome, report.remaining), (Outcome::Differs, 1));
    assert_eq!(stage.peer.asked("/digests/velo?conversations="), asked);

    // Now it can be had.
    let place =
        json!({"inReplyTo": opening, "cc": [stage.velo.uri, PUBLIC], "audience": stage.velo.uri});
    let note = stage.peer.note(&stage.lea, "/p/missing", &place);
    stage.peer.serve(&note);
    told["digest"] = json!("c".repeat(64));
    stage.tells(&opening, &told);
    let report = stage.compare().await;
    assert_eq!(report.found, 1, "{report:?}");
    let found = posts::by_uri(stage.node.db(), &missing).await.unwrap();
    assert_eq!(found.unwrap().topic_id, stage.topic.id);
}

#[tokio::test]
async fn a_home_that_tells_of_something_else_is_not_believed() {
    let stage = Stage::start().await;
    let opening = stage.opening.uri.clone();
    stage.tells(
        &opening,
        &json!({"digest": "b".repeat(64), "posts": [{"id": opening}]}),
    );
    let name = digests::conversation_of(&opening);
    // Under the name of this conversation, another one; and one that was not asked for.
    for lie in [
        json!({"conversations": [{"name": name.to_string(), "digest": zero(), "opening": stage.peer.url("/p/1")}]}),
        json!({"conversations": [{"name": "b".repeat(64), "digest": zero(), "opening": opening}]}),
        json!({"conversations": [], "left": ["b".repeat(64)]}),
        json!({"conversations": [{"name": "x", "digest": "x", "opening": opening}]}),
        json!([]),
    ] {
        let path = format!("/digests/velo?conversations={name}");
        stage.peer.put(&path, 200, "application/json", &lie);
        let report = stage.compare().await;
        assert_eq!(report.outcome, Outcome::Failed, "{lie}");
        assert!(report.error.is_some());
    }
    let reply = stage.reply().await;
    assert!(reply.deleted_at.is_none() && reply.removed_at.is_none());
}

#[tokio::test]
async fn a_post_in_somebody_elses_name_is_not_taken() {
    let stage = Stage::start().await;
    let opening = stage.opening.uri.clone();
    let other = Peer::start();
    let paul = other.person("paul");
    let forged = json!({
        "id": stage.peer.url("/p/forged"), "type": "Note", "attributedTo": paul.uri, "to": [PUBLIC],
        "cc": [stage.velo.uri], "content": "<p>Faux</p>", "inReplyTo": opening,
    });
    stage.peer.serve(&forged);
    let ours = stage.node.url("/p/1");
    stage.tells(
        &opening,
        &json!({"digest": "b".repeat(64), "posts": [{"id": opening}, {"id": stage.reply.uri},
                {"id": forged["id"]}, {"id": ours}]}),
    );
    let report = stage.compare().await;
    assert_eq!((report.found, report.sent), (0, 0), "{report:?}");
    for uri in [forged["id"].as_str().unwrap(), &ours] {
        assert!(posts::by_uri(stage.node.db(), uri).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_conversation_that_is_locked_at_home_takes_what_was_written_before() {
    let stage = Stage::start().await;
    let opening = stage.opening.uri.clone();
    let place = json!({"inReplyTo": opening, "cc": [stage.velo.uri], "audience": stage.velo.uri});
    let note = stage.peer.note(&stage.lea, "/p/late", &place);
    stage.peer.serve(&note);
    let mut told = json!({"digest": "b".repeat(64), "locked": true,
                          "posts": [{"id": opening}, {"id": stage.reply.uri}]});
    stage.tells(&opening, &told);
    stage.compare().await;
    let topic = topics::by_id(stage.node.db(), stage.topic.id)
        .await
        .unwrap();
    assert!(topic.locked_at.is_some());
    told["digest"] = json!("c".repeat(64));
    told["posts"] = json!([{"id": opening}, {"id": stage.reply.uri}, {"id": note["id"]}]);
    stage.tells(&opening, &told);
    let report = stage.compare().await;
    assert_eq!(report.found, 1, "{report:?}");
}

#[test]
fn digests_are_named_on_the_actors_own_server_only() {
    let id = url::Url::parse("https://a.example/c/velo").unwrap();
    let named = |text: &str| form::endpoint(&json!({ "digests": text }), &id).is_some();
    assert!(named("https://a.example/c/velo/digests"));
    for bad in [
        "https://b.example/x",
        "http://a.example/x",
        "file:///etc",
        "",
        "x",
    ] {
        assert!(!named(bad), "{bad}");
    }
}
