//! Whatever the order in which the activities of a history come, and however often: the end is the same.
//!
//! A history: a topic by mention, replies to it and to each other, edits, votes, votes taken back, deletions. Each is
//! played in its own order in one category, and shuffled with repetitions in another.

use std::collections::BTreeMap;

use parvis_forum::Timestamp;
use parvis_tests::{CONTEXT, Client, Node, PUBLIC, Peer, PeerActor};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

const CASES: u32 = 14;

/// What happens to one reply.
#[derive(Clone, Debug)]
struct Fate {
    /// What it answers: the topic, or one of the replies before it.
    parent: prop::sample::Index,
    edits: usize,
    liked: bool,
    like_undone: bool,
    deleted: bool,
}

fn fate() -> impl Strategy<Value = Fate> {
    (
        any::<prop::sample::Index>(),
        0..3_usize,
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.3),
    )
        .prop_map(|(parent, edits, liked, like_undone, deleted)| Fate {
            parent,
            edits,
            liked,
            like_undone,
            deleted,
        })
}

/// How a history is shuffled: for each activity where it stands, and whether it comes a second time and where.
#[derive(Clone, Debug)]
struct Shuffle {
    keys: Vec<(u32, Option<u32>)>,
    /// Whether each is applied before the next one comes.
    one_by_one: bool,
}

fn shuffle() -> impl Strategy<Value = Shuffle> {
    let keys = prop::collection::vec(
        (any::<u32>(), prop::option::weighted(0.3, any::<u32>())),
        40,
    );
    (keys, any::<bool>()).prop_map(|(keys, one_by_one)| Shuffle { keys, one_by_one })
}

impl Shuffle {
    fn of(&self, activities: &[Value]) -> Vec<Value> {
        assert!(activities.len() <= self.keys.len());
        let mut keyed: Vec<(u32, &Value)> = Vec::new();
        for (activity, (first, second)) in activities.iter().zip(&self.keys) {
            keyed.push((*first, activity));
            keyed.extend(second.map(|second| (second, activity)));
        }
        keyed.sort_by_key(|(key, _)| *key);
        keyed.into_iter().map(|(_, one)| one.clone()).collect()
    }
}

/// A reply as it is shown: what it answers, its text, and how many like it.
type Shown = BTreeMap<String, (String, i64)>;

struct Scene {
    node: Node,
    ana: Client,
    peer: Peer,
    lea: PeerActor,
    categories: usize,
}

impl Scene {
    async fn start() -> Self {
        let node = Node::start().await;
        let ana = node.person("ana").await;
        let peer = Peer::start().await;
        let lea = peer.person("lea");
        Self {
            node,
            ana,
            peer,
            lea,
            categories: 0,
        }
    }

    async fn category(&mut self) -> (String, String) {
        self.categories += 1;
        let slug = format!("lieu{}", self.categories);
        let uri = self.node.category(&slug, &slug).await;
        (slug, uri)
    }

    /// The activities of a history in a category, in their order. What the peer serves is how it ended.
    fn history(&self, group: &str, fates: &[Fate]) -> Vec<Value> {
        let peer = &self.peer;
        // Published a while ago, so that no edit lies in the future.
        let published = peer.clock().now().plus_seconds(-3600).rfc3339();
        let place = json!({"cc": [group], "tag": {"type": "Mention", "href": group}, "published": published});
        let opening = peer.note(&self.lea, "<p>Sujet.</p>", place);
        let mut activities = vec![peer.create(&opening)];
        let mut notes = vec![opening];
        // What is answered is not deleted: whoever comes later could not learn where it stood.
        let mut answered = vec![true];
        for (n, fate) in fates.iter().enumerate() {
            let parent = fate.parent.index(notes.len());
            answered[parent] = true;
            answered.push(false);
            let place =
                json!({"inReplyTo": notes[parent]["id"], "cc": [group], "published": published});
            let note = peer.note(&self.lea, &format!("<p>{n} sous {parent}.</p>"), place);
            activities.push(peer.create(&note));
            notes.push(note);
        }
        for (n, fate) in fates.iter().enumerate() {
            let note = &notes[n + 1];
            let id = note["id"].as_str().unwrap();
            let about = |kind: &str, object: Value| {
                json!({"@context": CONTEXT, "id": peer.fresh("activities"), "type": kind, "actor": self.lea.id,
                       "object": object, "to": [PUBLIC]})
            };
            for edit in 1..=fate.edits {
                let published = Timestamp::parse(note["published"].as_str().unwrap()).unwrap();
                let mut edited = note.clone();
                let text = note["content"].as_str().unwrap();
                edited["content"] = json!(text.replace(".</p>", &format!(", version {edit}.</p>")));
                let seconds = 10 * i64::try_from(edit).unwrap();
                edited["updated"] = json!(published.plus_seconds(seconds).rfc3339());
                peer.put(id, edited.clone());
                activities.push(peer.activity("Update", &self.lea.id, edited, note));
            }
            if fate.liked {
                let like = about("Like", note["id"].clone());
                activities.push(like.clone());
                if fate.like_undone {
                    activities.push(about("Undo", like));
                }
            }
            if fate.deleted && !answered[n + 1] {
                peer.gone(id);
                activities.push(about("Delete", json!({"id": id, "type": "Tombstone"})));
            }
        }
        activities
    }

    async fn play(&self, activities: &[Value], one_by_one: bool) {
        let inbox = format!("{}/inbox", self.node.url);
        for activity in activities {
            assert_eq!(self.peer.post(&inbox, &self.lea, activity).await, 202);
            if one_by_one {
                self.node.settle().await;
            }
        }
        self.node.settle().await;
        // What came too early is tried again after a while.
        for wait in [31_000, 121_000] {
            self.node.forum.clock().advance(wait);
            self.peer.clock().advance(wait);
            self.node.settle().await;
        }
    }

    /// What there is to see in a category: its topics' numbers of replies, and the posts.
    async fn shown(&self, slug: &str) -> (Vec<i64>, Shown) {
        let topics = self.ana.get(&format!("/categories/{slug}/topics")).await;
        let topics = topics.expect(200)["items"].as_array().unwrap().clone();
        let mut counts = Vec::new();
        let mut shown = Shown::new();
        for topic in &topics {
            counts.push(topic["reply_count"].as_i64().unwrap());
            let posts = super::posts(&self.ana, topic).await;
            let text_of = |id: &Value| {
                let post = posts.iter().find(|p| p["id"] == *id);
                post.map_or_else(String::new, |p| p["content_html"].to_string())
            };
            for post in posts.iter().filter(|p| p["removed"] == false) {
                let text = post["content_html"].to_string();
                let likes = post["like_count"].as_i64().unwrap();
                let before = shown.insert(text, (text_of(&post["reply_to"]), likes));
                assert!(before.is_none(), "twice: {post}");
            }
        }
        (counts, shown)
    }
}

#[test]
fn any_order_and_any_repetition_end_in_the_same_state() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let scene = std::cell::RefCell::new(runtime.block_on(Scene::start()));
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    });
    let histories = (prop::collection::vec(fate(), 1..6), shuffle());
    let outcome = runner.run(&histories, |(fates, shuffle)| {
        let scene = &mut *scene.borrow_mut();
        let (straight, shuffled, order) = runtime.block_on(async {
            let (slug, group) = scene.category().await;
            scene.play(&scene.history(&group, &fates), false).await;
            let straight = scene.shown(&slug).await;
            let (slug, group) = scene.category().await;
            let order = shuffle.of(&scene.history(&group, &fates));
            scene.play(&order, shuffle.one_by_one).await;
            (straight, scene.shown(&slug).await, order)
        });
        let order: Vec<String> = order
            .iter()
            .map(|a| format!("{} {}", a["type"], a["object"]["content"]))
            .collect();
        prop_assert_eq!(straight.0.len(), 1);
        prop_assert_eq!(straight, shuffled, "{:#?}", order);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
