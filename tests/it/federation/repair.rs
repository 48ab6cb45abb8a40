//! Two nodes that lost something of what they told each other find it, and mend it, at the price of what differs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use parvis_federation::repair::{self, Depth};
use parvis_forum::bans::{self, NewBan, Scope};
use parvis_forum::comparisons::{self, Report};
use parvis_forum::db::entity::outbox;
use parvis_forum::db::queue::outbox as log;
use parvis_forum::db::sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use parvis_forum::kinds::Comparison as Outcome;
use parvis_forum::{Origin, Viewer, actors, categories, digests};
use parvis_tests::{Client, Node, Peer, http, settle};
use serde_json::{Value, json};

/// The home of a category, and a node whose bob follows it.
struct Pair {
    ministry: Node,
    town: Node,
    ana: Client,
    bob: Client,
    handle: String,
}

impl Pair {
    async fn start() -> Self {
        let ministry = Node::start().await;
        let town = Node::start().await;
        ministry.category("integration", "Intégration").await;
        let ana = ministry.admin("ana").await;
        let bob = town.person("bob").await;
        let handle = format!("integration@{}", ministry.host);
        bob.put(&format!("/categories/{handle}/follow"))
            .await
            .expect(200);
        let pair = Self {
            ministry,
            town,
            ana,
            bob,
            handle,
        };
        pair.settle().await;
        pair
    }

    async fn settle(&self) {
        settle(&[&self.ministry, &self.town]).await;
    }

    /// The town compares.
    async fn repair(&self) -> Report {
        let done = repair::repair(&self.town.federation, &self.ministry.host, Depth::Usual)
            .await
            .unwrap();
        assert_eq!(done.theirs.len(), 1);
        done.theirs.into_iter().next().unwrap().1
    }

    async fn pictures(&self) -> (BTreeMap<String, Value>, BTreeMap<String, Value>) {
        (
            picture(&self.ana, "integration").await,
            picture(&self.bob, &self.handle).await,
        )
    }
}

async fn open(client: &Client, category: &str, title: &str) -> Value {
    let new = json!({"category": category, "title": title, "content": format!("{title}.")});
    client.post("/topics", new).await.expect(201)
}

async fn reply(client: &Client, topic: &Value, text: &str) -> Value {
    let path = format!("/topics/{}/posts", topic["id"].as_str().unwrap());
    client
        .post(&path, json!({"content": text}))
        .await
        .expect(201)
}

async fn topics(client: &Client, handle: &str) -> Vec<Value> {
    let path = format!("/categories/{handle}/topics?sort=new&limit=100");
    client.get(&path).await.expect(200)["items"]
        .as_array()
        .unwrap()
        .clone()
}

async fn posts(client: &Client, topic: &Value) -> Vec<Value> {
    let path = format!("/topics/{}/posts?limit=100", topic["id"].as_str().unwrap());
    client.get(&path).await.expect(200)["items"]
        .as_array()
        .unwrap()
        .clone()
}

/// What both sides must agree on, by ActivityPub id.
async fn picture(client: &Client, handle: &str) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for topic in topics(client, handle).await {
        all.insert(
            format!("topic {}", topic["post"]["uri"].as_str().unwrap()),
            json!({"title": topic["title"], "replies": topic["reply_count"], "locked": topic["locked"],
                   "pinned": topic["pinned"]}),
        );
        for post in posts(client, &topic).await {
            // What was never known is nothing that is missing.
            if post["removed"] == false {
                all.insert(
                    post["uri"].as_str().unwrap().to_owned(),
                    json!({"html": post["content_html"], "author": post["author"]["handle"]}),
                );
            }
        }
    }
    all
}

/// Throws away each delivery with a place in the log that `every` divides, of those after a place.
async fn lose(node: &Node, after: i64, every: i64) -> usize {
    let tx = node.forum.begin().await.unwrap();
    let all = outbox::Entity::find()
        .order_by_asc(outbox::Column::Seq)
        .all(tx.c())
        .await
        .unwrap();
    let mut lost = 0;
    for entry in all {
        if entry.seq.0 > after && entry.seq.0 % every == 0 {
            log::withdraw(tx.c(), &entry.activity_uri).await.unwrap();
            lost += 1;
        }
    }
    tx.commit().await.unwrap();
    lost
}

async fn end(node: &Node) -> i64 {
    log::end(node.forum.db()).await.unwrap().0
}

/// Both write in topics that both know, and new ones, while nothing gets through.
async fn write_apart(pair: &Pair, known: usize) {
    let sides = [
        (&pair.ana, "integration".to_owned()),
        (&pair.bob, pair.handle.clone()),
    ];
    for round in 0..40_usize {
        let (client, category) = &sides[round % 2];
        let me = if round % 2 == 0 { "ana@" } else { "bob@" };
        let all = topics(client, category).await;
        let topic = &all[all.len() - 1 - (round / 2) % known];
        let own: Vec<Value> = posts(client, topic)
            .await
            .into_iter()
            .filter(|post| post["removed"] == false && post["number"] != 1)
            .filter(|post| post["author"]["handle"].as_str().unwrap().starts_with(me))
            .collect();
        match (round / 2) % 5 {
            0 => {
                let new = open(client, category, &format!("Sujet {round}")).await;
                reply(client, &new, &format!("Suite {round}")).await;
            }
            1 | 2 => {
                reply(client, topic, &format!("Réponse {round}")).await;
            }
            3 => {
                if let Some(post) = own.first() {
                    let path = format!("/posts/{}", post["id"].as_str().unwrap());
                    client
                        .patch(&path, json!({"content": format!("Corrigé {round}")}))
                        .await
                        .expect(200);
                }
            }
            _ => {
                if let Some(post) = own.last() {
                    let path = format!("/posts/{}", post["id"].as_str().unwrap());
                    assert!(client.delete(&path).await.status < 300);
                }
            }
        }
        pair.ministry.forum.clock().advance(2_000);
        pair.town.forum.clock().advance(2_000);
    }
    // The home moderates: what bob wrote, its own topics, and one goes away as a whole.
    let all = topics(&pair.ana, "integration").await;
    let change = |change: Value, topic: &Value| {
        let path = format!("/topics/{}", topic["id"].as_str().unwrap());
        let ana = &pair.ana;
        async move { ana.patch(&path, change).await.expect(200) }
    };
    change(json!({"pinned": true}), &all[all.len() - 1]).await;
    // Nobody elsewhere answered this one: what comes late to a locked topic is refused, and its author told.
    let quiet = all.iter().find(|topic| topic["title"] == "Sujet 20");
    change(json!({"locked": true}), quiet.unwrap()).await;
    change(json!({"title": "Un autre titre"}), &all[all.len() - 3]).await;
    let theirs = posts(&pair.ana, &all[all.len() - 1]).await;
    let theirs = theirs
        .iter()
        .find(|post| {
            post["author"]["handle"]
                .as_str()
                .unwrap()
                .starts_with("bob@")
        })
        .unwrap();
    for target in [&theirs["id"], &all[all.len() - 4]["post"]["id"]] {
        let act = json!({"action": "remove", "target": target, "reason": "Hors sujet"});
        pair.ana.post("/moderation/actions", act).await.expect(200);
    }
}

/// Both write while they are apart; so much of what they sent is thrown away. One repair, and both hold the same.
async fn apart_and_mended(every: i64) {
    let pair = Pair::start().await;
    for n in 0..6 {
        let topic = open(&pair.ana, "integration", &format!("Avant {n}")).await;
        reply(&pair.ana, &topic, "De l’un").await;
    }
    pair.settle().await;
    for topic in topics(&pair.bob, &pair.handle).await {
        reply(&pair.bob, &topic, "De l’autre").await;
    }
    pair.settle().await;
    let (left, right) = pair.pictures().await;
    assert_eq!(left, right);

    let (ministry, town) = (end(&pair.ministry).await, end(&pair.town).await);
    write_apart(&pair, 6).await;
    let lost = lose(&pair.ministry, ministry, every).await + lose(&pair.town, town, every).await;
    assert!(lost >= 6, "{lost}");
    pair.settle().await;
    let (left, right) = pair.pictures().await;
    assert_ne!(left, right, "something is missing");

    let report = pair.repair().await;
    assert_eq!(report.error, None);
    assert!(report.found > 0, "{report:?}");
    pair.settle().await;
    let (left, right) = pair.pictures().await;
    assert!(left.len() > 30, "{left:?}");
    assert_eq!(left, right);

    let again = pair.repair().await;
    assert_eq!(
        (again.outcome, again.requests),
        (Outcome::Same, 1),
        "{again:?}"
    );
}

#[tokio::test]
async fn nodes_that_lost_a_tenth_of_what_they_wrote_apart_are_identical_after_one_repair() {
    apart_and_mended(10).await;
}

#[tokio::test]
async fn nodes_that_lost_all_they_wrote_apart_are_identical_after_one_repair() {
    apart_and_mended(1).await;
}

#[tokio::test]
async fn a_reply_that_the_home_took_is_taken_after_a_lock_and_a_ban() {
    let pair = Pair::start().await;
    let carol = pair.ministry.person("carol").await;
    let topic = open(&pair.ana, "integration", "Avant").await;
    pair.settle().await;
    let from = end(&pair.ministry).await;
    reply(&carol, &topic, "Perdue").await;
    lose(&pair.ministry, from, 1).await;
    let path = format!("/topics/{}", topic["id"].as_str().unwrap());
    pair.ana
        .patch(&path, json!({"locked": true}))
        .await
        .expect(200);
    let forum = &pair.ministry.forum;
    let local = async |name: &str| {
        let found = actors::local_by_name(forum.db(), name).await;
        found.unwrap().unwrap()
    };
    let ana = Viewer::load(forum.db(), local("ana").await).await.unwrap();
    let category = categories::local_by_slug(forum.db(), "integration").await;
    let scope = Scope::Category(Box::new(category.unwrap().actor));
    let new = NewBan::parse("Insultes", "", forum.now()).unwrap();
    let tx = forum.begin().await.unwrap();
    bans::impose(&tx, &ana, local("carol").await, &scope, new, Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    pair.settle().await;
    let (left, right) = pair.pictures().await;
    assert_ne!(left, right, "the reply is missing");
    assert_eq!(topics(&pair.bob, &pair.handle).await[0]["locked"], true);
    let db = pair.town.forum.db();
    let carol = actors::by_uri(db, &format!("{}/u/carol", pair.ministry.url)).await;
    assert!(carol.unwrap().unwrap().banned_at.is_some());

    let report = pair.repair().await;
    assert_eq!((report.found, report.sent), (1, 0), "{report:?}");
    let (left, right) = pair.pictures().await;
    assert_eq!(left, right);
    assert_eq!(pair.repair().await.outcome, Outcome::Same);
}

#[tokio::test]
async fn a_reply_that_comes_after_the_lock_is_refused_and_both_hold_the_same() {
    let pair = Pair::start().await;
    let topic = open(&pair.ana, "integration", "Avant").await;
    pair.settle().await;
    let from = end(&pair.town).await;
    let there = topics(&pair.bob, &pair.handle).await;
    reply(&pair.bob, &there[0], "Trop tard").await;
    lose(&pair.town, from, 1).await;
    let path = format!("/topics/{}", topic["id"].as_str().unwrap());
    pair.ana
        .patch(&path, json!({"locked": true}))
        .await
        .expect(200);
    pair.settle().await;
    let report = pair.repair().await;
    assert_eq!((report.found, report.sent), (0, 1), "{report:?}");
    pair.settle().await;
    assert_eq!(posts(&pair.ana, &topic).await.len(), 1);
    let again = pair.repair().await;
    assert_eq!(again.outcome, Outcome::Same, "{again:?}");
}

#[tokio::test]
async fn equal_categories_cost_one_request_and_both_sides_know_it() {
    let pair = Pair::start().await;
    for n in 0..5 {
        let topic = open(&pair.ana, "integration", &format!("Sujet {n}")).await;
        reply(&pair.ana, &topic, "Suite").await;
    }
    pair.settle().await;
    let first = pair.repair().await;
    assert_eq!(first.outcome, Outcome::Same);
    assert_eq!(first.requests, 2, "the category's document, once a week");
    let again = pair.repair().await;
    assert_eq!((again.outcome, again.requests), (Outcome::Same, 1));
    for (node, other) in [(&pair.ministry, &pair.town), (&pair.town, &pair.ministry)] {
        let rows = comparisons::with(node.forum.db(), std::slice::from_ref(&other.host))
            .await
            .unwrap();
        let summary = comparisons::summary(&rows[&other.host]).unwrap();
        assert_eq!(summary.outcome, Outcome::Same);
        assert!(summary.at.is_some());
        let admin = node.admin("chef").await;
        let path = format!("/federation/nodes/{}", other.host);
        let told = admin.get(&path).await.expect(200)["comparison"].clone();
        assert_eq!(
            (&told["outcome"], &told["categories"]),
            (&json!("same"), &json!(1))
        );
        assert!(told["words"].as_str().unwrap().contains("identi"), "{told}");
    }
}

#[tokio::test]
async fn a_home_asks_its_followers_node_to_compare() {
    let pair = Pair::start().await;
    open(&pair.ana, "integration", "Avant").await;
    pair.settle().await;
    let from = end(&pair.ministry).await;
    open(&pair.ana, "integration", "Perdu").await;
    lose(&pair.ministry, from, 1).await;
    pair.settle().await;
    assert_eq!(topics(&pair.bob, &pair.handle).await.len(), 1);

    let done = repair::repair(&pair.ministry.federation, &pair.town.host, Depth::Usual)
        .await
        .unwrap();
    assert!(done.theirs.is_empty());
    assert_eq!(done.asked, ["integration"], "{:?}", done.refused);
    assert_eq!(repair::drain(&pair.town.federation).await.unwrap(), 1);
    assert_eq!(topics(&pair.bob, &pair.handle).await.len(), 2);
}

#[tokio::test]
async fn categories_are_compared_daily_and_after_an_outage() {
    let pair = Pair::start().await;
    open(&pair.ana, "integration", "Avant").await;
    pair.settle().await;
    let drain = || async { repair::drain(&pair.town.federation).await.unwrap() };
    let advance = |ms| {
        pair.ministry.forum.clock().advance(ms);
        pair.town.forum.clock().advance(ms);
    };
    assert_eq!(drain().await, 1, "planned");
    assert_eq!(drain().await, 0);
    advance(61 * 60_000);
    assert_eq!(drain().await, 1, "compared for the first time");
    assert_eq!(drain().await, 0);
    advance(25 * 3_600_000);
    assert_eq!(drain().await, 1, "a day later");
    assert_eq!(drain().await, 0);
    // A delivery fails, and the next one doesn't.
    advance(11 * 60_000);
    let tx = pair.town.forum.begin().await.unwrap();
    let now = tx.now();
    let failed = format!(
        "UPDATE destinations SET error_at = {}, success_at = {}",
        now.0 - 2_000,
        now.0 - 1_000
    );
    tx.c().execute_unprepared(&failed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(drain().await, 1, "it answers again");
    assert_eq!(drain().await, 0);
}

#[tokio::test]
async fn digests_are_told_to_signed_requests_only_and_within_bounds() {
    let node = Node::start().await;
    node.category("voirie", "Voirie").await;
    let peer = Peer::start().await;
    let lea = peer.person("lea");
    let key = format!("{}#main-key", lea.id);
    let digests = format!("{}/c/voirie/digests", node.url);
    let unsigned = http().get(&digests).send().await.unwrap();
    assert_eq!(unsigned.status().as_u16(), 401);
    let asked = format!("{}/digests", node.url);
    let body = json!({"categories": [lea.id]}).to_string();
    let unsigned = http().post(&asked).body(body.clone()).send().await.unwrap();
    assert_eq!(unsigned.status().as_u16(), 401);
    // Somebody else's categories, and what isn't followed here, are not compared.
    let headers = peer.sign(&asked, &key, &body);
    assert_eq!(peer.post_with(&asked, headers, body.clone()).await, 202);
    let headers = peer.sign(&asked, &key, "[]");
    assert_eq!(peer.post_with(&asked, headers, "[]".to_owned()).await, 400);
    assert_eq!(repair::drain(&node.federation).await.unwrap(), 0);
    for _ in 0..20 {
        let headers = peer.sign(&asked, &key, &body);
        peer.post_with(&asked, headers, body.clone()).await;
    }
    let headers = peer.sign(&asked, &key, &body);
    assert_eq!(peer.post_with(&asked, headers, body).await, 429);
    // A signature over another body isn't one.
    let headers = peer.sign(&asked, &key, "{}");
    let tampered = peer.post_with(&asked, headers, "[]".to_owned()).await;
    assert!(tampered == 401 || tampered == 400, "{tampered}");
}

/// So many topics of so many posts each, alike on both nodes.
async fn fill(pair: &Pair, count: i64, each: i64) {
    open(&pair.ana, "integration", "Pour se connaître").await;
    pair.settle().await;
    let host = &pair.ministry.host;
    let began = (pair.ministry.forum.now().0 - 10 * 86_400_000) << 16;
    for (node, local) in [(&pair.ministry, true), (&pair.town, false)] {
        let db = node.forum.db();
        let category = if local {
            categories::local_by_slug(db, "integration").await
        } else {
            categories::by_handle(db, node.forum.config(), &pair.handle).await
        };
        let category = category.unwrap().id().0;
        let author = actors::by_uri(db, &format!("{}/u/ana", pair.ministry.url))
            .await
            .unwrap()
            .unwrap()
            .id
            .0;
        for some in (0..count).collect::<Vec<_>>().chunks(200) {
            let (mut topics, mut posts) = (String::new(), String::new());
            for n in some {
                let topic = began + n * 1_000_000;
                let at = topic >> 16;
                write!(
                    topics,
                    "{}({topic}, {category}, {author}, {}, 'discussion', 'Sujet {n}', TRUE, 'sujet-{n}', \
                     'http://{host}/t/{topic}', {local}, {at}, {at}, {}, 0, {}, {at})",
                    if topics.is_empty() { "" } else { ", " },
                    topic + 1,
                    each - 1,
                    each + 1
                )
                .unwrap();
                for number in 1..=each {
                    let id = topic + number;
                    let parent = if number == 1 {
                        "NULL".to_owned()
                    } else {
                        (topic + 1).to_string()
                    };
                    write!(
                        posts,
                        "{}({id}, {topic}, {author}, {number}, 'http://{host}/p/{id}', {local}, {parent}, '{}', \
                         '<p>Texte</p>', '[]', {at}, {at}, 0, 0, 0)",
                        if posts.is_empty() { "" } else { ", " },
                        if number == 1 { "Article" } else { "Note" }
                    )
                    .unwrap();
                }
            }
            let tx = node.forum.begin().await.unwrap();
            tx.c()
                .execute_unprepared(&format!(
                    "INSERT INTO topics (id, category_id, author_id, opening_post_id, kind, title, title_edited, \
                     slug, uri, local, created_at, last_activity_at, reply_count, like_count, next_number, \
                     confirmed_at) VALUES {topics}"
                ))
                .await
                .unwrap();
            tx.c()
                .execute_unprepared(&format!(
                    "INSERT INTO posts (id, topic_id, author_id, number, uri, local, reply_to_id, object_type, \
                     content_html, attachments, created_at, received_at, like_count, dislike_count, reply_count) \
                     VALUES {posts}"
                ))
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    }
}

/// So many replies, each in a topic of its own, that the town never hears of.
async fn differ(pair: &Pair, count: i64, topics: i64) {
    let from = end(&pair.ministry).await;
    let began = {
        let db = pair.ministry.forum.db();
        let row = db
            .query_one_raw(parvis_forum::db::sea_orm::Statement::from_string(
                db.get_database_backend(),
                "SELECT MIN(id) AS id FROM topics WHERE title = 'Sujet 0'",
            ))
            .await
            .unwrap()
            .unwrap();
        row.try_get::<i64>("", "id").unwrap()
    };
    let step = topics / count.max(1);
    for n in 0..count {
        let topic = json!({"id": (began + n * step * 1_000_000).to_string()});
        reply(&pair.ana, &topic, &format!("Nouveau {n}")).await;
    }
    lose(&pair.ministry, from, 1).await;
    pair.settle().await;
}

/// Requests for each number of differences.
async fn figures(topics: i64, each: i64, differences: &[i64]) -> Vec<(i64, Report)> {
    let pair = Pair::start().await;
    fill(&pair, topics, each).await;
    // The home makes its digests for the first time: a follower that asks meanwhile is told to come back.
    while !digests::refresh(&pair.ministry.forum, Duration::from_secs(5))
        .await
        .unwrap()
    {}
    let first = pair.repair().await;
    assert_eq!(first.outcome, Outcome::Same, "{first:?}");
    let mut all = Vec::new();
    for count in differences {
        differ(&pair, *count, topics).await;
        let mut report = pair.repair().await;
        let mut requests = report.requests;
        while report.again_at.is_some() {
            report = pair.repair().await;
            requests += report.requests;
        }
        let again = pair.repair().await;
        assert_eq!(
            (again.outcome, again.requests),
            (Outcome::Same, 1),
            "{again:?}"
        );
        all.push((*count, Report { requests, ..report }));
    }
    all
}

#[tokio::test]
async fn requests_are_proportional_to_what_differs() {
    let all = figures(40, 5, &[0, 1, 8]).await;
    let requests: Vec<i32> = all.iter().map(|(_, report)| report.requests).collect();
    // The whole, one question for the ranges and one for the conversations, and each post.
    assert_eq!(requests, [1, 4, 3 + 8], "{all:?}");
    for (count, report) in all {
        assert_eq!(i64::from(report.found), count);
    }
}

#[tokio::test]
#[ignore = "takes a minute: the figures of docs/repair.md"]
async fn figures_among_a_hundred_thousand_posts() {
    for (count, report) in figures(10_000, 10, &[0, 10, 1_000]).await {
        eprintln!("{count} differences: {} requests", report.requests);
        assert_eq!(i64::from(report.found), count);
        assert!(i64::from(report.requests) <= 1 + count * 3, "{report:?}");
    }
}
