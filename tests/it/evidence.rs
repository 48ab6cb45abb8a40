//! What an operator is told of deliveries and can do about them: pages, API, command line, figures, readiness.

use std::time::Duration;

use parvis_forum::db::queue::inbox as journal;
use parvis_forum::db::sea_orm::ConnectionTrait;
use parvis_forum::kinds::Role;
use parvis_tests::node::PASSWORD;
use parvis_tests::{Browser, Client, Node, NodeProcess, Peer, http};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// A node with a category that somebody at a peer follows.
struct Scene {
    node: Node,
    peer: Peer,
    ana: Client,
    admin: Client,
}

impl Scene {
    async fn start() -> Self {
        let node = Node::start().await;
        let uri = node.category("voirie", "Voirie").await;
        let ana = node.person("ana").await;
        let admin = node.admin("root").await;
        let peer = Peer::start().await;
        let lea = peer.person("lea");
        assert_eq!(peer.follow(&lea, &uri).await, 202);
        node.settle().await;
        peer.take();
        Self {
            node,
            peer,
            ana,
            admin,
        }
    }

    /// Opens a topic, delivers what is due, and answers the topic.
    async fn topic(&self, title: &str) -> Value {
        let topic = self
            .ana
            .post(
                "/topics",
                json!({"category": "voirie", "title": title, "content": "Bonjour."}),
            )
            .await
            .expect(201);
        self.node.settle().await;
        topic
    }

    async fn standing(&self) -> Value {
        self.admin
            .get(&format!("/federation/nodes/{}", self.peer.host))
            .await
            .expect(200)
    }

    async fn set_aside(&self) -> Vec<Value> {
        self.admin.get("/federation/set-aside").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn deliveries(&self, topic: &Value) -> Value {
        let id = topic["post"]["id"].as_str().unwrap();
        self.ana
            .get(&format!("/posts/{id}/deliveries"))
            .await
            .expect(200)
    }

    async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.node.browser();
        let page = browser.get("/login").await;
        let page = browser
            .submit(
                &page,
                "main form[action='/login']",
                &[("login", name), ("password", PASSWORD)],
            )
            .await;
        assert_eq!(page.status, 200, "{}", page.body);
        browser
    }
}

#[tokio::test]
async fn a_failing_server_is_shown_in_words_with_what_to_do() {
    let scene = Scene::start().await;
    scene.topic("Un").await;
    assert_eq!(scene.standing().await["standing"], "up_to_date");
    scene.peer.always_answer(Some(503));
    let topic = scene.topic("Deux").await;
    let state = scene.standing().await;
    assert_eq!(state["standing"], "behind", "{state}");
    assert_eq!(state["last_error_kind"], "server");
    assert!(state["behind"].as_u64().unwrap() >= 1);
    assert!(state["last_success_at"].is_string() && state["next_try_at"].is_string());
    assert!(state["last_error_advice"].as_str().unwrap().len() > 20);
    let reach = scene.deliveries(&topic).await;
    assert_eq!(reach["delivered"], 0);
    assert_eq!(reach["nodes"][0]["state"], "waiting");

    let mut root = scene.signed_in("root").await;
    let page = root.get("/admin/federation").await;
    assert!(page.shows("En retard") && page.shows("Ce serveur est en panne (5xx)."));
    let page = root.get("/admin/federation?state=up_to_date").await;
    assert!(!page.shows(&scene.peer.host), "the filter leaves it out");
    for order in ["host", "state", "behind", "success"] {
        let page = root.get(&format!("/admin/federation?sort={order}")).await;
        assert!(page.shows(&scene.peer.host), "{order}");
    }
    let here = format!("/admin/federation/{}", scene.peer.host);
    let page = root.get(&here).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.shows("voirie") && page.shows("Abonnements de là-bas vers ici"));
    assert!(page.shows("En attente") && page.shows("answered 503"));

    scene.peer.always_answer(None);
    let page = root.submit(&page, "form[action$='/retry']", &[]).await;
    assert!(page.shows("Les envois à ce serveur reprennent."));
    scene.node.settle().await;
    let state = scene.standing().await;
    assert_eq!(state["standing"], "up_to_date", "{state}");
    assert_eq!(state["recovered"], true);
    assert_eq!(scene.deliveries(&topic).await["delivered"], 1);
}

#[tokio::test]
async fn three_failures_in_a_row_make_a_server_unreachable() {
    let scene = Scene::start().await;
    scene.peer.always_answer(Some(500));
    scene.topic("Un").await;
    for _ in 0..2 {
        scene.node.forum.clock().advance(3_600_000);
        scene.node.settle().await;
    }
    let state = scene.standing().await;
    assert_eq!(state["standing"], "unreachable", "{state}");
    assert_eq!(state["standing_words"], "Injoignable");
    assert!(state["behind_seconds"].as_i64().unwrap() >= 7_000);
}

#[tokio::test]
async fn what_a_server_refuses_is_set_aside_and_can_be_tried_again() {
    let scene = Scene::start().await;
    scene.peer.always_answer(Some(422));
    let topic = scene.topic("Un").await;
    let items = scene.set_aside().await;
    assert!(!items.is_empty());
    let item = &items[0];
    assert_eq!(item["way"], "sent");
    assert_eq!(item["status"], 422);
    assert_eq!(item["error_kind"], "refused");
    assert!(item["payload"]["type"].is_string(), "{item}");
    let reach = scene.deliveries(&topic).await;
    assert_eq!(reach["nodes"][0]["state"], "refused", "{reach}");
    assert_eq!(
        scene.standing().await["standing"],
        "up_to_date",
        "nothing waits"
    );

    scene.peer.always_answer(None);
    let ids: Vec<&str> = items.iter().map(|i| i["id"].as_str().unwrap()).collect();
    for id in &ids {
        let path = format!("/federation/set-aside/{id}/retry");
        assert_eq!(
            scene.ana.post(&path, json!({})).await.status,
            403,
            "for administrators"
        );
        scene.admin.post(&path, json!({})).await.expect(200);
        scene.admin.post(&path, json!({})).await.expect(404);
    }
    assert!(scene.set_aside().await.is_empty());
    scene.node.settle().await;
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let sent: Vec<String> = items
        .iter()
        .map(|item| item["payload"]["id"].to_string())
        .collect();
    let received: Vec<String> = scene
        .peer
        .received()
        .iter()
        .map(|one| one.body["id"].to_string())
        .collect();
    assert_eq!(sorted(received), sorted(sent), "each once, under its id");
    assert_eq!(scene.deliveries(&topic).await["delivered"], 1);
    // Nobody gets it twice.
    scene.node.settle().await;
    assert_eq!(scene.peer.received().len(), ids.len());
}

#[tokio::test]
async fn what_was_set_aside_is_dropped_on_its_page_and_stays_in_the_log() {
    let scene = Scene::start().await;
    scene.peer.always_answer(Some(404));
    scene.topic("Un").await;
    let count = scene.set_aside().await.len();
    let mut root = scene.signed_in("root").await;
    let list = root.get("/admin/federation/set-aside").await;
    assert!(list.shows("La boîte de réception n’existe pas (404)."));
    let item = list
        .attribute("ul.plain-list a[href*='/set-aside/out-']", "href")
        .expect("a link");
    let page = root.get(&item).await;
    assert!(
        page.shows("Announce") || page.shows("Create"),
        "the payload"
    );
    let again = root.submit(&page, "form[action$='/drop']", &[]).await;
    assert_eq!(again.status, 422, "it must be ticked");
    let page = root
        .submit(&page, "form[action$='/drop']", &[("sure", "yes")])
        .await;
    assert!(page.shows("L’activité est abandonnée."), "{}", page.body);
    assert_eq!(scene.set_aside().await.len(), count - 1);
    assert_eq!(root.get(&item).await.status, 404);
    let log = root.get("/moderation/log").await;
    assert!(log.shows("Activité abandonnée") && log.shows(&scene.peer.host));
}

#[tokio::test]
async fn a_paused_server_gets_nothing_until_it_is_resumed() {
    let scene = Scene::start().await;
    let mut root = scene.signed_in("root").await;
    let here = format!("/admin/federation/{}", scene.peer.host);
    let page = root.get(&here).await;
    let page = root.submit(&page, "form[action$='/pause']", &[]).await;
    assert!(page.shows("Suspendu"), "{}", page.body);
    scene.topic("Un").await;
    assert!(scene.peer.received().is_empty());
    let state = scene.standing().await;
    assert_eq!(state["standing"], "paused");
    assert!(state["behind"].as_u64().unwrap() >= 1 && state["paused_at"].is_string());
    let page = root.get(&here).await;
    root.submit(&page, "form[action$='/resume']", &[]).await;
    scene.node.settle().await;
    assert!(!scene.peer.received().is_empty());
    assert_eq!(scene.standing().await["standing"], "up_to_date");
}

#[tokio::test]
async fn what_blocks_is_passed_over_and_the_rest_leaves() {
    let scene = Scene::start().await;
    scene.peer.always_answer(Some(500));
    scene.topic("Un").await;
    scene.topic("Deux").await;
    let before = scene.standing().await["behind"].as_u64().unwrap();
    let mut root = scene.signed_in("root").await;
    let page = root
        .get(&format!("/admin/federation/{}", scene.peer.host))
        .await;
    let again = root.submit(&page, "form[action$='/skip']", &[]).await;
    assert_eq!(again.status, 422, "it must be ticked");
    let page = root
        .submit(&page, "form[action$='/skip']", &[("sure", "yes")])
        .await;
    assert!(page.shows("L’activité est mise de côté"), "{}", page.body);
    assert_eq!(scene.standing().await["behind"], before - 1);
    let items = scene.set_aside().await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["error_kind"], "skipped");
    scene.peer.always_answer(None);
    scene.node.forum.clock().advance(3_600_000);
    scene.node.settle().await;
    assert_eq!(scene.peer.received().len() as u64, before - 1);
}

#[tokio::test]
async fn who_may_see_where_a_post_went() {
    let scene = Scene::start().await;
    let topic = scene.topic("Un").await;
    let id = topic["post"]["id"].as_str().unwrap();
    let path = format!("/p/{id}/deliveries");
    scene.node.person("karim").await;
    scene.node.with_role("mona", Role::Moderator).await;
    let place = topic["url"].as_str().unwrap().to_owned();
    let place = place.strip_prefix(&scene.node.url).unwrap();
    for name in ["ana", "mona", "root"] {
        let mut browser = scene.signed_in(name).await;
        let shown = browser.get(place).await;
        assert!(shown.shows("Remis à 1 sur 1"), "{name}: {}", shown.body);
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{name}");
        assert!(page.shows(&scene.peer.host) && page.shows("Remis"));
    }
    let mut karim = scene.signed_in("karim").await;
    assert!(!karim.get(place).await.shows("Remis à"));
    assert_eq!(karim.get(&path).await.status, 403);
    let mut visitor = scene.node.browser();
    assert!(!visitor.get(place).await.shows("Remis à"));
    assert!(visitor.get(&path).await.path.starts_with("/login"));
    let api = format!("/posts/{id}/deliveries");
    scene.node.visitor().get(&api).await.expect(401);
}

/// An activity that was received and set aside.
async fn put_dead(node: &Node, uri: &str) {
    let forum = &node.forum;
    let (now, until) = (forum.now(), forum.now().plus_seconds(60));
    let tx = forum.begin().await.unwrap();
    let new = journal::NewItem {
        activity_uri: uri,
        signer_uri: "https://peer.example/u/lea",
        host: "peer.example",
        ordering_key: uri,
        body: "{\"type\":\"Like\"}",
    };
    journal::append(tx.c(), now, new).await.unwrap();
    tx.commit().await.unwrap();
    let items = journal::claim(forum.db(), "test", now, until, 9)
        .await
        .unwrap();
    let tx = forum.begin().await.unwrap();
    for item in items {
        journal::dead(tx.c(), "test", item.id, "later: it took too long")
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_came_in_and_was_set_aside_is_read_tried_again_and_dropped() {
    let scene = Scene::start().await;
    put_dead(&scene.node, "https://peer.example/a/1").await;
    put_dead(&scene.node, "https://peer.example/a/2").await;
    let first = scene
        .admin
        .get("/federation/set-aside?limit=1")
        .await
        .expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    let next = first["next"].as_str().unwrap();
    let second = scene
        .admin
        .get(&format!("/federation/set-aside?limit=1&after={next}"))
        .await
        .expect(200);
    assert_eq!(second["next"], Value::Null);
    let (one, two) = (&first["items"][0], &second["items"][0]);
    assert_ne!(one["id"], two["id"]);
    assert_eq!(one["way"], "received");
    assert_eq!(one["payload"]["type"], "Like");
    assert_eq!(one["error"], "later: it took too long");
    let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
    scene
        .admin
        .post(
            &format!("/federation/set-aside/{}/retry", id(one)),
            json!({}),
        )
        .await
        .expect(200);
    scene
        .admin
        .delete(&format!("/federation/set-aside/{}", id(two)))
        .await
        .expect(200);
    assert!(scene.set_aside().await.is_empty());
    let find = async |item: &Value| {
        journal::find(scene.node.forum.db(), item["activity"].as_str().unwrap())
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(find(one).await.attempts, 0, "all its tries again");
    assert_eq!(
        find(two).await.error.as_deref(),
        Some("dropped by an administrator")
    );
    scene
        .admin
        .delete("/federation/set-aside/in-999999")
        .await
        .expect(404);
    scene
        .admin
        .delete("/federation/set-aside/what")
        .await
        .expect(404);
}

/// What the listener for figures shows.
async fn scrape(node: &Node, path: &str) -> (u16, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = parvis_web::figures::router(node.federation.clone(), Some(node.requests.clone()));
    let stop = CancellationToken::new();
    let ended = stop.clone();
    #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    tokio::spawn(async move { parvis_web::serve(router, listener, ended.cancelled_owned()).await });
    let answer = http()
        .get(format!("http://{address}{path}"))
        .send()
        .await
        .unwrap();
    let seen = (answer.status().as_u16(), answer.text().await.unwrap());
    stop.cancel();
    seen
}

#[tokio::test]
async fn figures_tell_what_came_what_left_and_what_waits() {
    let scene = Scene::start().await;
    scene.topic("Un").await;
    scene.peer.always_answer(Some(503));
    scene.topic("Deux").await;
    let (status, text) = scrape(&scene.node, "/metrics").await;
    assert_eq!(status, 200);
    let value = |name: &str| -> f64 {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .unwrap_or_else(|| panic!("{name} in\n{text}"))
            .parse()
            .unwrap()
    };
    assert!(value("parvis_inbox_received_total{outcome=\"accepted\"}") >= 1.0);
    assert!(value("parvis_inbox_accept_seconds_count") >= 1.0);
    assert!(value("parvis_inbox_applied_total{outcome=\"applied\"}") >= 1.0);
    assert!(value("parvis_inbox_apply_seconds_bucket{le=\"+Inf\"}") >= 1.0);
    assert!(value("parvis_deliveries_total{outcome=\"taken\"}") >= 1.0);
    assert!(value("parvis_deliveries_total{outcome=\"server\"}") >= 1.0);
    assert!(value("parvis_delivery_seconds_count") >= 2.0);
    assert!(value("parvis_outbox_depth{state=\"backoff\"}") >= 1.0);
    assert!(value("parvis_inbox_depth{state=\"ready\"}") < 1.0);
    assert!(value("parvis_deliveries_set_aside") < 1.0);
    assert!(value("parvis_http_requests_total{class=\"inbox\",status=\"202\"}") >= 1.0);
    assert!(value("parvis_http_requests_total{class=\"api\",status=\"201\"}") >= 2.0);
    assert!(value("parvis_database_up") >= 1.0);
    assert!(value("parvis_database_connections{pool=\"writing\"}") >= 1.0);
    assert!(value("process_resident_memory_bytes") > 1_000_000.0);
    assert!(value("parvis_disk_free_bytes") > 0.0);
    // Whoever posts to us or is posted to does not show: the list of figures can't be made to grow.
    assert!(!text.contains(&scene.peer.host) && !text.contains("/t/"));
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, number) = line.rsplit_once(' ').unwrap();
        number.parse::<f64>().unwrap_or_else(|_| panic!("{line}"));
    }
    let (status, _) = scrape(&scene.node, "/healthz").await;
    assert_eq!(status, 200);
    let (status, _) = scrape(&scene.node, "/admin").await;
    assert_eq!(status, 404, "nothing else is there");
}

async fn ready(node: &Node) -> (u16, String) {
    let answer = http()
        .get(format!("{}/readyz", node.url))
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    let reason = body["reason"].as_str().unwrap_or_default().to_owned();
    (status, reason)
}

#[tokio::test]
async fn readiness_says_when_the_background_work_stands_still() {
    let node = Node::start().await;
    assert_eq!(ready(&node).await, (200, String::new()));
    let beats = node.forum.heartbeats();
    beats.expect("delivery", Duration::from_mins(1));
    assert_eq!(ready(&node).await.0, 200);
    beats.expect("inbox", Duration::ZERO);
    let (status, reason) = ready(&node).await;
    assert_eq!(status, 503);
    assert!(reason.contains("inbox"), "{reason}");
}

#[tokio::test]
async fn readiness_says_when_the_schema_is_not_the_programs() {
    let node = Node::start().await;
    let tx = node.forum.begin().await.unwrap();
    tx.c()
        .execute_unprepared("DELETE FROM seaql_migrations WHERE version LIKE '%evidence'")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (status, reason) = ready(&node).await;
    assert_eq!(
        (status, reason.as_str()),
        (503, "the schema of the database is not up to date")
    );
}

#[tokio::test]
async fn readiness_says_when_the_database_takes_no_writes() {
    let node = Node::start().await;
    let config = node.forum.config().database.url.as_str().to_owned();
    let tx = node.forum.begin().await.unwrap();
    if tx.c().get_database_backend() == parvis_forum::db::sea_orm::DatabaseBackend::Postgres {
        // Its connections are many: what holds for one says nothing of the next.
        return;
    }
    tx.c()
        .execute_unprepared("PRAGMA query_only = ON")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (status, reason) = ready(&node).await;
    assert_eq!(
        (status, reason.as_str()),
        (503, "the database can't be written to"),
        "{config}"
    );
    let (status, text) = scrape(&node, "/metrics").await;
    assert_eq!(status, 200);
    assert!(text.contains("parvis_database_up 1"), "it is still read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_says_the_same_and_acts() {
    let node = NodeProcess::start().await;
    let ana = node.person("ana").await;
    let category = node
        .run(
            &[
                "category", "create", "--slug", "voirie", "--title", "Voirie",
            ],
            "",
        )
        .await;
    let peer = Peer::start().await;
    let lea = peer.person("lea");
    assert_eq!(
        peer.follow(&lea, category["uri"].as_str().unwrap()).await,
        202
    );
    parvis_tests::eventually("the Accept", || async {
        (!peer.of_type("Accept").is_empty()).then_some(())
    })
    .await;
    peer.always_answer(Some(422));
    ana.post(
        "/topics",
        json!({"category": "voirie", "title": "Un", "content": "Bonjour."}),
    )
    .await
    .expect(201);
    let item = parvis_tests::eventually("something set aside", || async {
        let all = node.run(&["federation", "set-aside"], "").await;
        all["items"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!(item["status"], 422);
    let id = item["id"].as_str().unwrap();
    let status = node.run(&["federation", "status", &peer.host], "").await;
    let row = &status["nodes"][0];
    assert_eq!(row["last_error_kind"], "refused", "{row}");
    assert_eq!(row["standing_words"], "Up to date");
    assert!(row["detail"]["log"].as_array().unwrap().len() >= 2);
    assert_eq!(row["detail"]["our_categories"], json!(["voirie"]));
    let paused = node.run(&["federation", "pause", &peer.host], "").await;
    assert_eq!(paused["paused"], true);
    let status = node.run(&["federation", "status"], "").await;
    assert_eq!(status["nodes"][0]["standing"], "paused");
    node.run(&["federation", "resume", &peer.host], "").await;
    let refused = node.refused(&["federation", "drop", id]).await;
    assert!(refused.contains("--yes"), "{refused}");
    node.run(&["federation", "drop", id, "--yes"], "").await;
    let refused = node.refused(&["federation", "retry", id]).await;
    assert!(refused.contains("can't be tried again"), "{refused}");
    node.run(&["federation", "retry", &peer.host], "").await;
}
