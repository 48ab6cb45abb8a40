//! The past of a category elsewhere: all of it, in order, once, also after an interruption; and what hostile servers try
//! with their collections.

use std::collections::BTreeMap;

use parvis_federation::{backfill, lookup};
use parvis_forum::backfills::{self, Progress};
use parvis_forum::categories::Category;
use parvis_forum::db::sea_orm::ConnectionTrait;
use parvis_forum::id::PostId;
use parvis_forum::kinds::{BackfillStage, TopicKind};
use parvis_forum::page::PageRequest;
use parvis_forum::posts::{self, NewReply};
use parvis_forum::topics::{self, Filter, NewTopic, Sort};
use parvis_forum::{Error, Forum, Viewer, actors, categories};
use parvis_tests::{CONTEXT, Node, PUBLIC, Peer, PeerActor, eventually, settle};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// A year ago, in milliseconds.
const LONG_AGO: i64 = 1_700_000_000_000;

async fn viewer(node: &Node, name: &str) -> Viewer {
    let db = node.forum.db();
    let actor = actors::local_by_name(db, name).await.unwrap().unwrap();
    Viewer::load(db, actor).await.unwrap()
}

/// Fills a category with topics and replies of the past by several people. What happened then was sent to nobody.
async fn fill(node: &Node, slug: &str, count: usize, replies: usize) {
    for name in ["ana", "lea", "noe"] {
        node.person(name).await;
    }
    let people = [
        viewer(node, "ana").await,
        viewer(node, "lea").await,
        viewer(node, "noe").await,
    ];
    let forum = &node.forum;
    let category = categories::local_by_slug(forum.db(), slug).await.unwrap();
    for n in 0..count {
        fill_one(forum, &people, &category, n, replies)
            .await
            .unwrap();
    }
    let tx = forum.begin().await.unwrap();
    for table in ["outbox", "outbox_direct"] {
        let all = format!("DELETE FROM {table}");
        tx.c().execute_unprepared(&all).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn fill_one(
    forum: &Forum,
    people: &[Viewer; 3],
    category: &Category,
    n: usize,
    replies: usize,
) -> Result<(), Error> {
    let new = NewTopic::parse(
        &format!("Sujet {n}"),
        &format!("Texte du sujet **{n}**."),
        TopicKind::Discussion,
        None,
        &[],
    )
    .unwrap();
    let tx = forum.begin_deferred().await?;
    let (topic, opening) = topics::open(&tx, &people[n % 3], category, new).await?;
    let mut written = vec![opening];
    for m in 0..replies {
        let new = NewReply::parse(&format!("Réponse {m} au sujet {n}."), None).unwrap();
        let parent = (m % 3 == 2).then(|| written[m].clone());
        let post = posts::reply(&tx, &people[m % 3], &topic, parent.as_ref(), new).await?;
        written.push(post);
    }
    let begin = LONG_AGO + i64::try_from(n).unwrap() * 3_600_000;
    for (m, post) in (0_i64..).zip(&written) {
        let at = begin + m * 60_000;
        tx.c()
            .execute_unprepared(&format!(
                "UPDATE posts SET created_at = {at}, received_at = {at} WHERE id = {}",
                post.id.0
            ))
            .await
            .unwrap();
    }
    let last = begin + i64::try_from(replies).unwrap() * 60_000;
    tx.c()
        .execute_unprepared(&format!(
            "UPDATE topics SET created_at = {begin}, last_activity_at = {last} WHERE id = {}",
            topic.id.0
        ))
        .await
        .unwrap();
    tx.commit().await
}

/// What a category holds: per topic, in the order of activity, its title, likes and posts in the order shown.
async fn picture(node: &Node, category: &Category) -> Vec<(String, i32, Vec<Value>)> {
    let db = node.forum.db();
    let filter = Filter {
        categories: Some(vec![category.id()]),
        sort: Sort::Active,
        ..Filter::default()
    };
    let (mut all, mut request) = (Vec::new(), PageRequest::first(100));
    loop {
        let page = topics::list(db, &filter, request).await.unwrap();
        for card in &page.items {
            let (mut shown, mut number) = (Vec::new(), 1);
            loop {
                let some = posts::numbered_page(db, &Viewer::System, card.topic.id, number)
                    .await
                    .unwrap();
                if some.is_empty() {
                    break;
                }
                for view in some {
                    let above: Option<PostId> = view.post.reply_to_id;
                    let above = match above {
                        Some(id) => Some(posts::by_id(db, id).await.unwrap().uri),
                        None => None,
                    };
                    shown.push(json!({
                        "uri": view.post.uri, "author": view.author.uri, "at": view.post.created_at.0,
                        "html": view.post.content_html, "above": above, "number": view.post.number,
                        "likes": view.post.like_count,
                    }));
                }
                number += 1;
            }
            all.push((card.topic.title.clone(), card.topic.like_count, shown));
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => return all,
        }
    }
}

async fn remote(node: &Node, handle: &str) -> Category {
    categories::by_handle(node.forum.db(), node.forum.config(), handle)
        .await
        .unwrap()
}

async fn progress(node: &Node, category: &Category) -> Progress {
    backfills::progress(node.forum.db(), category.id())
        .await
        .unwrap()
        .expect("it was asked for")
}

fn answered(node: &Node) -> u64 {
    node.requests.total()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_finds_a_category_full_though_the_reading_was_broken_off() {
    let ministry = Node::start().await;
    let town = Node::with(|config| config.federation.history_rate = 40).await;
    ministry.category("integration", "Intégration").await;
    fill(&ministry, "integration", 60, 10).await;
    let theirs = categories::local_by_slug(ministry.forum.db(), "integration")
        .await
        .unwrap();
    let first = &picture(&ministry, &theirs).await[7];
    let ana = viewer(&ministry, "ana").await;
    let lea = viewer(&ministry, "lea").await;
    let uri = first.2[0]["uri"].as_str().unwrap();
    let post = posts::by_uri(ministry.forum.db(), uri)
        .await
        .unwrap()
        .unwrap();
    for who in [&ana, &lea] {
        let tx = ministry.forum.begin().await.unwrap();
        parvis_forum::votes::cast(
            &tx,
            who,
            &post,
            parvis_forum::kinds::VoteKind::Like,
            None,
            parvis_forum::Origin::Local,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
    let expected = picture(&ministry, &theirs).await;
    assert_eq!(expected.len(), 60);
    assert_eq!(expected.iter().map(|t| t.2.len()).sum::<usize>(), 660);

    let bob = town.person("bob").await;
    let handle = format!("integration@{}", ministry.host);
    bob.put(&format!("/categories/{handle}/follow"))
        .await
        .expect(200);
    settle(&[&ministry, &town]).await;
    let ours = remote(&town, &handle).await;

    // A worker that is ended in the middle of it, as kill -9 does, leaves what it had.
    let worker = {
        let federation = town.federation.clone();
        #[expect(clippy::disallowed_methods, reason = "ended below")]
        tokio::spawn(async move { backfill::run(&federation, CancellationToken::new()).await })
    };
    eventually("some topics are there", || async {
        (progress(&town, &ours).await.done >= 10).then_some(())
    })
    .await;
    worker.abort();
    assert!(worker.await.unwrap_err().is_cancelled());
    let broken_off = progress(&town, &ours).await;
    assert!(broken_off.done < 60, "{broken_off:?}");
    assert_eq!(broken_off.row.stage, BackfillStage::Topics);
    assert_eq!(broken_off.row.total, Some(60));
    let page = town.browser().get(&format!("/c/{handle}")).await;
    assert!(page.shows("sujets sur environ 60"), "{}", page.body);

    let before = answered(&ministry);
    let tx = town.forum.begin().await.unwrap();
    parvis_forum::db::queue::forget_leases(tx.c())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    backfill::drain(&town.federation).await.unwrap();
    let whole = progress(&town, &ours).await;
    assert_eq!(whole.row.stage, BackfillStage::Idle);
    assert_eq!((whole.done, whole.waiting, whole.given_up), (60, 0, 0));
    // It went on, instead of beginning again.
    assert_eq!(whole.row.started_at, broken_off.row.started_at);
    let asked = answered(&ministry) - before;
    assert!(asked < 80, "{asked} requests");

    assert_eq!(picture(&town, &ours).await, expected);
    let row = remote(&town, &handle).await.row;
    assert_eq!((row.topic_count, row.post_count), (60, 660));
    // It is no news to anybody, and isn't passed on.
    let notices = bob.get("/notifications").await.expect(200);
    assert_eq!(notices["items"], json!([]));
    settle(&[&town]).await;
    let page = town.browser().get(&format!("/c/{handle}")).await;
    assert!(!page.shows("sur environ"), "{}", page.body);

    // Once more a week later: nothing is there twice.
    let tx = town.forum.begin().await.unwrap();
    backfills::ask_now(&tx, &Viewer::System, &ours.actor)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    backfill::drain(&town.federation).await.unwrap();
    assert_eq!(progress(&town, &ours).await.row.posts, 0);
    assert_eq!(picture(&town, &ours).await, expected);
}

/// As large as the promise says, at the pace of an ordinary node: within ten minutes. By hand:
/// `cargo nextest run --run-ignored only -E 'test(ten_thousand_replies)' --no-capture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn a_thousand_topics_with_ten_thousand_replies_are_there_within_ten_minutes() {
    use std::io::Write as _;
    let ministry = Node::start().await;
    let town = Node::start().await;
    ministry.category("integration", "Intégration").await;
    fill(&ministry, "integration", 1_000, 10).await;
    let theirs = categories::local_by_slug(ministry.forum.db(), "integration")
        .await
        .unwrap();
    let handle = format!("integration@{}", ministry.host);
    let bob = town.person("bob").await;
    bob.put(&format!("/categories/{handle}/follow"))
        .await
        .expect(200);
    settle(&[&ministry, &town]).await;
    let (before, begin) = (answered(&ministry), std::time::Instant::now());
    backfill::drain(&town.federation).await.unwrap();
    let (took, asked) = (begin.elapsed(), answered(&ministry) - before);
    writeln!(std::io::stderr(), "{asked} requests in {took:?}").unwrap();
    let ours = remote(&town, &handle).await;
    assert_eq!((ours.row.topic_count, ours.row.post_count), (1_000, 11_000));
    assert_eq!(
        picture(&town, &ours).await,
        picture(&ministry, &theirs).await
    );
    assert!(took.as_secs() < 600, "{took:?}");
}

/// A town whose administrator looks at a category of a scripted server.
struct Scene {
    town: Node,
    peer: Peer,
    group: PeerActor,
    lea: PeerActor,
}

impl Scene {
    async fn start() -> Self {
        let town = Node::with(|config| config.federation.history_rate = 500).await;
        let peer = Peer::start().await;
        let (group, lea) = (peer.group("velo"), peer.person("lea"));
        peer.put(
            &group.under("featured"),
            json!({"@context": CONTEXT, "id": group.under("featured"), "type": "OrderedCollection",
                   "totalItems": 0, "orderedItems": []}),
        );
        Self {
            town,
            peer,
            group,
            lea,
        }
    }

    /// An opening post, served.
    fn page(&self, title: &str, more: Value) -> Value {
        let mut all = json!({"type": "Page", "name": title, "to": [self.group.id, PUBLIC],
                             "audience": self.group.id});
        merge(&mut all, more);
        self.peer.note(&self.lea, &format!("<p>{title}</p>"), all)
    }

    /// A reply, served.
    fn reply(&self, above: &Value, text: &str, more: Value) -> Value {
        let mut all = json!({"inReplyTo": above["id"], "to": [self.group.id, PUBLIC]});
        merge(&mut all, more);
        self.peer.note(&self.lea, &format!("<p>{text}</p>"), all)
    }

    fn announce(&self, object: &Value) -> Value {
        let create = self.peer.create(object);
        self.peer
            .activity("Announce", &self.group.id, create, object)
    }

    fn outbox(&self, more: Value) {
        let mut all = json!({"@context": CONTEXT, "id": self.group.under("outbox"),
                             "type": "OrderedCollection", "totalItems": 1});
        merge(&mut all, more);
        self.peer.put(&self.group.under("outbox"), all);
    }

    fn outbox_page(&self, n: usize, items: &[Value], next: Option<usize>) {
        let address = |n: usize| format!("{}/outbox/{n}", self.group.id);
        self.peer.put(
            &address(n),
            json!({"@context": CONTEXT, "id": address(n), "type": "OrderedCollectionPage",
                   "partOf": self.group.under("outbox"), "orderedItems": items,
                   "next": next.map(address)}),
        );
    }

    async fn ask(&self) -> Category {
        let handle = format!("!{}", self.group.handle);
        lookup::lookup(&self.town.federation, &handle)
            .await
            .unwrap();
        let category = remote(&self.town, &self.group.handle).await;
        let tx = self.town.forum.begin().await.unwrap();
        backfills::ask_now(&tx, &Viewer::System, &category.actor)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        category
    }

    async fn read(&self) -> Category {
        let category = self.ask().await;
        backfill::drain(&self.town.federation).await.unwrap();
        category
    }

    /// Title → texts of the posts, in the order shown.
    async fn texts(&self, category: &Category) -> BTreeMap<String, Vec<String>> {
        picture(&self.town, category)
            .await
            .into_iter()
            .map(|(title, _, posts)| {
                let texts = posts.iter().map(|p| {
                    let html = p["html"].as_str().unwrap();
                    html.replace("<p>", "")
                        .replace("</p>", "")
                        .trim()
                        .to_owned()
                });
                (title, texts.collect())
            })
            .collect()
    }
}

fn merge(all: &mut Value, more: Value) {
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
}

#[tokio::test]
async fn replies_are_found_in_every_form_of_conversation() {
    let scene = Scene::start().await;
    let peer = &scene.peer;
    // The way of Lemmy: an unpaged outbox, ids in `context`.
    let context = format!("{}/context/1", peer.url);
    let one = scene.page(
        "Ids",
        json!({"context": context, "likes": {"type": "Collection", "totalItems": 7}}),
    );
    let one_a = scene.reply(&one, "un", json!({}));
    let one_b = scene.reply(&one_a, "deux", json!({}));
    peer.put(
        &context,
        json!({"@context": CONTEXT, "id": context, "type": "OrderedCollection", "totalItems": 3,
                              "orderedItems": [one["id"], one_a["id"], one_b["id"]]}),
    );
    // The way of Mastodon: `replies` of each post, a first page inside and one after it; nothing else.
    let two = scene.page("Replies", json!({}));
    let two_a = scene.reply(&two, "un", json!({}));
    let two_b = scene.reply(&two, "deux", json!({}));
    let two_c = scene.reply(&two_a, "trois", json!({}));
    let with_replies = |post: &Value, here: Value, later: Option<&Value>| {
        let id = post["id"].as_str().unwrap();
        let (all, next) = (format!("{id}/replies"), format!("{id}/replies?page=2"));
        let mut post = post.clone();
        post["replies"] = json!({"id": all, "type": "Collection",
            "first": {"type": "CollectionPage", "partOf": all, "items": here,
                      "next": later.map(|_| next.clone())}});
        peer.put(id, post);
        if let Some(later) = later {
            peer.put(&next, json!({"@context": CONTEXT, "id": next, "type": "CollectionPage", "items": [later["id"]]}));
        }
    };
    with_replies(&two, json!([two_a["id"]]), Some(&two_b));
    with_replies(&two_a, json!([two_c["id"]]), None);
    // The way of Discourse: whole objects in the collection. That of FEP-171b: activities.
    let context = format!("{}/context/3", peer.url);
    let three = scene.page("Objets", json!({"context": context}));
    let three_a = scene.reply(&three, "un", json!({}));
    peer.put(&context, json!({"@context": CONTEXT, "id": context, "type": "Collection", "items": [three, three_a]}));
    let history = format!("{}/history/4", peer.url);
    let four = scene.page(
        "Activités",
        json!({"contextHistory": history, "context": "tag:nothing"}),
    );
    let four_a = scene.reply(&four, "un", json!({}));
    peer.put(&history, json!({"@context": CONTEXT, "id": history, "type": "OrderedCollection",
                              "first": {"type": "OrderedCollectionPage", "orderedItems": [peer.create(&four), peer.create(&four_a)]}}));
    scene.outbox(json!({"totalItems": 4, "orderedItems":
        [scene.announce(&four), {"type": "Announce", "actor": scene.group.id, "object": three["id"]},
         two["id"], one["id"]]}));
    // It says who moderates it, and what it pins.
    for (leaf, item) in [("featured", &one), ("moderators", &json!(scene.lea.id))] {
        let id = scene.group.under(leaf);
        peer.put(
            &id,
            json!({"@context": CONTEXT, "id": id, "type": "OrderedCollection", "totalItems": 1,
                             "orderedItems": [item]}),
        );
    }
    let category = scene.read().await;
    let moderators = categories::moderators(scene.town.forum.db(), category.id())
        .await
        .unwrap();
    assert_eq!(moderators.len(), 1);
    assert_eq!(moderators[0].uri, scene.lea.id);
    let pinned = Filter {
        categories: Some(vec![category.id()]),
        pinned: true,
        ..Filter::default()
    };
    let pinned = topics::list(scene.town.forum.db(), &pinned, PageRequest::first(10))
        .await
        .unwrap();
    assert_eq!(pinned.items.len(), 1);
    assert_eq!(pinned.items[0].topic.title, "Ids");
    let texts = scene.texts(&category).await;
    assert_eq!(texts["Ids"], ["Ids", "un", "deux"]);
    assert_eq!(texts["Replies"], ["Replies", "un", "deux", "trois"]);
    assert_eq!(texts["Objets"], ["Objets", "un"]);
    assert_eq!(texts["Activités"], ["Activités", "un"]);
    let likes: BTreeMap<String, i32> = picture(&scene.town, &category)
        .await
        .into_iter()
        .map(|(title, likes, _)| (title, likes))
        .collect();
    assert_eq!(likes["Ids"], 7);
    let known = progress(&scene.town, &category).await;
    assert_eq!((known.done, known.given_up, known.waiting), (4, 0, 0));
}

#[tokio::test]
async fn a_loop_of_pages_a_size_that_lies_and_pages_elsewhere_end_by_themselves() {
    let scene = Scene::start().await;
    let other = Peer::start().await;
    let topics: Vec<Value> = (0..6)
        .map(|n| scene.page(&format!("Sujet {n}"), json!({})))
        .collect();
    let items: Vec<Value> = topics.iter().map(|t| scene.announce(t)).collect();
    scene.outbox(
        json!({"totalItems": 999_999_999_999_i64, "first": format!("{}/outbox/1", scene.group.id)}),
    );
    scene.outbox_page(1, &items[..3], Some(2));
    scene.outbox_page(2, &items[3..], Some(3));
    scene.outbox_page(3, &items[..3], Some(1));
    let category = scene.read().await;
    assert_eq!(scene.texts(&category).await.len(), 6);
    let known = progress(&scene.town, &category).await;
    assert_eq!(
        (known.row.stage, known.row.total),
        (BackfillStage::Idle, None)
    );
    let turned = scene
        .peer
        .fetched()
        .iter()
        .filter(|path| path.contains("/outbox/"))
        .count();
    assert!(turned <= 8, "{turned} pages");

    // A conversation in a loop, and one that goes on elsewhere.
    let context = format!("{}/context/1", scene.peer.url);
    let topic = scene.page("En rond", json!({"context": context}));
    let reply = scene.reply(&topic, "un", json!({}));
    let page = |n: usize| format!("{}/context/1/{n}", scene.peer.url);
    scene.peer.put(
        &context,
        json!({"@context": CONTEXT, "id": context, "type": "OrderedCollection", "first": page(1)}),
    );
    for (n, next) in [(1, page(2)), (2, page(1))] {
        scene.peer.put(
            &page(n),
            json!({"@context": CONTEXT, "id": page(n), "type": "OrderedCollectionPage",
                                        "orderedItems": [topic["id"], reply["id"]], "next": next}),
        );
    }
    let context = format!("{}/context/2", scene.peer.url);
    let away = format!("{}/context/2/2", other.url);
    let last = scene.page("Ailleurs", json!({"context": context}));
    scene.peer.put(
        &context,
        json!({"@context": CONTEXT, "id": context, "type": "OrderedCollection",
                                    "orderedItems": [last["id"]], "next": away, "first": away}),
    );
    other.put(&away, json!({"@context": CONTEXT, "id": away, "type": "OrderedCollectionPage", "orderedItems": []}));
    scene.outbox(
        json!({"totalItems": -3, "orderedItems": [scene.announce(&topic), scene.announce(&last)],
                        "next": format!("{}/outbox/9", other.url)}),
    );
    let category = scene.read().await;
    let texts = scene.texts(&category).await;
    assert_eq!(texts["En rond"], ["En rond", "un"]);
    assert_eq!(texts["Ailleurs"], ["Ailleurs"]);
    assert_eq!(other.fetched(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_of_another_server_is_read_there_and_nothing_is_believed_about_it() {
    let scene = Scene::start().await;
    let good = Peer::start().await;
    let bob = good.person("bob");
    let context = format!("{}/context/1", scene.peer.url);
    let topic = scene.page("Vrai", json!({"context": context}));
    let said = good.note(
        &bob,
        "<p>ce que j'ai dit</p>",
        json!({"inReplyTo": topic["id"]}),
    );
    let mut twisted = said.clone();
    twisted["content"] = json!("<p>ce que je n'ai pas dit</p>");
    let invented = json!({"id": format!("{}/statuses/none", good.url), "type": "Note", "attributedTo": bob.id,
                          "content": "<p>inventé</p>", "inReplyTo": topic["id"], "to": [PUBLIC]});
    let elsewhere = good.note(&bob, "<p>autre chose</p>", json!({}));
    let mine = json!({"id": format!("{}/p/1", scene.town.url), "type": "Note", "attributedTo": format!("{}/u/ana", scene.town.url),
                      "content": "<p>de moi</p>", "inReplyTo": topic["id"], "to": [PUBLIC]});
    scene.peer.put(&context, json!({"@context": CONTEXT, "id": context, "type": "OrderedCollection",
        "orderedItems": [twisted, good.create(&invented), elsewhere["id"], mine, {"type": "Like", "object": said}, 7, null]}));
    scene.outbox(json!({"orderedItems": [scene.announce(&topic)]}));
    let category = scene.read().await;
    let all = scene.texts(&category).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all["Vrai"], ["Vrai", "ce que j'ai dit"]);

    // A server that is blocked is not asked, be it named by a category that isn't.
    let evil = Peer::start().await;
    let eve = evil.person("eve");
    let bad = evil.note(&eve, "<p>mauvais</p>", json!({"inReplyTo": topic["id"]}));
    let tx = scene.town.forum.begin().await.unwrap();
    parvis_forum::instances::set_policy(
        &tx,
        &Viewer::System,
        &evil.host,
        parvis_forum::kinds::InstancePolicy::Block,
        "essai",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    scene.peer.put(
        &context,
        json!({"@context": CONTEXT, "id": context, "type": "OrderedCollection",
        "orderedItems": [bad["id"], said["id"]]}),
    );
    let category = scene.read().await;
    assert_eq!(scene.texts(&category).await["Vrai"].len(), 2);
    assert_eq!(evil.fetched(), Vec::<String>::new());
}

#[tokio::test]
async fn a_server_that_goes_away_half_way_is_read_to_the_end_when_it_is_back() {
    let scene = Scene::start().await;
    let topics: Vec<Value> = (0..8)
        .map(|n| scene.page(&format!("Sujet {n}"), json!({})))
        .collect();
    let items: Vec<Value> = topics.iter().map(|t| scene.announce(t)).collect();
    scene.outbox(json!({"totalItems": 8, "first": format!("{}/outbox/1", scene.group.id)}));
    scene.outbox_page(1, &items[..4], Some(2));
    scene.outbox_page(2, &items[4..], None);
    scene
        .peer
        .fail_fetches(&format!("{}/outbox/2", scene.group.id), &[500, 502]);
    let category = scene.read().await;
    let known = progress(&scene.town, &category).await;
    assert_eq!(known.row.stage, BackfillStage::Topics, "{known:?}");
    assert!(
        known.row.error.is_some() && known.row.not_before.is_some(),
        "{known:?}"
    );
    let again = scene.read().await;
    assert_eq!(progress(&scene.town, &again).await.row.failures, 2);
    let again = scene.read().await;
    assert_eq!(scene.texts(&again).await.len(), 8);
    let known = progress(&scene.town, &again).await;
    assert_eq!(
        (known.row.stage, known.row.failures),
        (BackfillStage::Idle, 0)
    );

    scene.peer.stop().await;
    let tx = scene.town.forum.begin().await.unwrap();
    backfills::ask_now(&tx, &Viewer::System, &again.actor)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    backfill::drain(&scene.town.federation).await.unwrap();
    let known = progress(&scene.town, &again).await;
    assert_eq!(
        (known.row.stage, known.row.failures),
        (BackfillStage::Head, 1),
        "{known:?}"
    );
    assert_eq!(scene.texts(&again).await.len(), 8);
}

#[tokio::test]
async fn a_server_that_asks_for_a_rest_gets_it() {
    let scene = Scene::start().await;
    let topic = scene.page("Sujet", json!({}));
    scene.outbox(json!({"orderedItems": [topic["id"]]}));
    let category = scene.ask().await;
    // Too many requests, without saying for how long: slower, and asked again.
    scene
        .peer
        .fail_fetches(topic["id"].as_str().unwrap(), &[429, 429]);
    backfill::drain(&scene.town.federation).await.unwrap();
    assert_eq!(scene.texts(&category).await.len(), 1);
}

#[tokio::test]
async fn a_conversation_met_in_its_middle_is_completed_upwards_and_sideways() {
    let scene = Scene::start().await;
    scene.outbox(json!({"orderedItems": []}));
    let context = format!("{}/context/1", scene.peer.url);
    let topic = scene.page(
        "Milieu",
        json!({"context": context, "published": "2025-01-01T10:00:00Z"}),
    );
    let first = scene.reply(&topic, "un", json!({"published": "2025-01-01T11:00:00Z"}));
    let second = scene.reply(&first, "deux", json!({"published": "2025-01-01T12:00:00Z"}));
    let third = scene.reply(
        &topic,
        "trois",
        json!({"published": "2025-01-01T13:00:00Z"}),
    );
    let fourth = scene.reply(
        &second,
        "quatre",
        json!({"published": "2025-01-01T14:00:00Z"}),
    );
    scene.peer.put(
        &context,
        json!({"@context": CONTEXT, "id": context, "type": "OrderedCollection",
        "orderedItems": [topic["id"], first["id"], second["id"], third["id"], fourth["id"]]}),
    );
    let bob = scene.town.person("bob").await;
    let found = bob
        .put(&format!("/categories/{}/follow", scene.group.handle))
        .await;
    found.expect(200);
    scene.town.settle().await;
    let follow = scene.peer.of_type("Follow").pop().expect("a Follow");
    let accept = json!({"@context": CONTEXT, "id": scene.peer.fresh("accepts"), "type": "Accept",
                        "actor": scene.group.id, "object": follow});
    let inbox = format!("{}/inbox", scene.town.url);
    assert_eq!(scene.peer.post(&inbox, &scene.group, &accept).await, 202);
    scene.town.settle().await;
    // The follow asked for the whole; there is nothing in its outbox.
    backfill::drain(&scene.town.federation).await.unwrap();
    let category = remote(&scene.town, &scene.group.handle).await;
    assert_eq!(scene.texts(&category).await.len(), 0);
    assert!(
        progress(&scene.town, &category)
            .await
            .row
            .finished_at
            .is_some()
    );

    let announce = scene.announce(&fourth);
    assert_eq!(scene.peer.post(&inbox, &scene.group, &announce).await, 202);
    scene.town.settle().await;
    let met = scene.texts(&category).await;
    assert_eq!(met["Milieu"], ["Milieu", "un", "deux", "quatre"]);
    backfill::drain(&scene.town.federation).await.unwrap();
    let whole = scene.texts(&category).await;
    assert_eq!(whole["Milieu"], ["Milieu", "un", "deux", "trois", "quatre"]);
    let notices = bob.get("/notifications").await.expect(200);
    assert_eq!(notices["items"], json!([]));
}
