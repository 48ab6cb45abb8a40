//! Hostile and broken requests to the inbox: what they get, and that they have no effect.

use parvis_tests::{CONTEXT, Client, Node, PUBLIC, Peer, PeerActor, http};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderValue};
use serde_json::{Value, json};

struct Scene {
    node: Node,
    good: Peer,
    evil: Peer,
    bob: PeerActor,
    mallory: PeerActor,
    ana: Client,
    category: String,
    topic: Value,
}

/// A node with a category that bob follows, and a topic of ana's; evil is another server.
async fn scene() -> Scene {
    let node = Node::start().await;
    let category = node.category("urbanisme", "Urbanisme").await;
    let ana = node.person("ana").await;
    let good = Peer::start().await;
    let evil = Peer::start().await;
    let bob = good.person("bob");
    let mallory = evil.person("mallory");
    good.follow(&bob, &category).await;
    evil.follow(&mallory, &category).await;
    let topic = ana
        .post(
            "/topics",
            json!({"category": "urbanisme", "title": "Zones 30", "content": "Trois rues."}),
        )
        .await
        .expect(201);
    node.settle().await;
    good.take();
    evil.take();
    Scene {
        node,
        good,
        evil,
        bob,
        mallory,
        ana,
        category,
        topic,
    }
}

impl Scene {
    fn inbox(&self) -> String {
        format!("{}/inbox", self.node.url)
    }

    fn opening(&self) -> Value {
        self.topic["post"]["uri"].clone()
    }

    async fn posts(&self) -> Vec<Value> {
        self.node.settle().await;
        self.ana
            .get(&format!(
                "/topics/{}/posts",
                self.topic["id"].as_str().unwrap()
            ))
            .await
            .expect(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn topic_count(&self) -> usize {
        self.node.settle().await;
        self.ana
            .get("/categories/urbanisme/topics")
            .await
            .expect(200)["items"]
            .as_array()
            .unwrap()
            .len()
    }

    fn reply(&self, peer: &Peer, author: &PeerActor, text: &str) -> Value {
        peer.note(
            author,
            text,
            json!({"inReplyTo": self.opening(), "cc": [self.category]}),
        )
    }

    /// Nothing happened: the topic has its one post, unchanged, and nothing left the node.
    async fn assert_untouched(&self, case: &str) {
        let posts = self.posts().await;
        assert_eq!(posts.len(), 1, "{case}: {posts:?}");
        assert_eq!(
            posts[0]["content_html"], self.topic["post"]["content_html"],
            "{case}"
        );
        assert_eq!(posts[0]["like_count"], 0, "{case}");
        assert_eq!(posts[0]["removed"], false, "{case}");
        assert_eq!(self.topic_count().await, 1, "{case}");
        assert!(self.good.of_type("Announce").is_empty(), "{case}");
    }
}

#[tokio::test]
async fn a_signature_must_cover_what_was_sent_and_be_fresh() {
    let scene = scene().await;
    let note = scene.reply(&scene.good, &scene.bob, "<p>Faux.</p>");
    let body = scene.good.create(&note).to_string();
    let key = format!("{}#main-key", scene.bob.id);
    let good = scene.good.sign(&scene.inbox(), &key, &body);
    let fetched = scene.good.fetched().len();

    // S-002
    let unsigned = HeaderMap::new();
    assert_eq!(
        scene
            .good
            .post_with(&scene.inbox(), unsigned, body.clone())
            .await,
        401
    );
    assert_eq!(
        scene.good.fetched().len(),
        fetched,
        "an unsigned request makes us fetch nothing"
    );
    // S-003
    let mut flipped = good.clone();
    let signature = flipped["signature"].to_str().unwrap().to_owned();
    let at = signature.find("signature=\"").unwrap() + 12;
    let other = if &signature[at..=at] == "A" { "B" } else { "A" };
    let signature = format!("{}{other}{}", &signature[..at], &signature[at + 1..]);
    flipped.insert("signature", HeaderValue::from_str(&signature).unwrap());
    assert_eq!(
        scene
            .good
            .post_with(&scene.inbox(), flipped, body.clone())
            .await,
        401
    );
    // S-004
    let changed = body.replace("Faux", "Vrai");
    assert_eq!(
        scene
            .good
            .post_with(&scene.inbox(), good.clone(), changed.clone())
            .await,
        401
    );
    // S-005: the digest is right, but nobody signed it.
    let mut swapped = good.clone();
    let digest = scene.good.sign(&scene.inbox(), &key, &changed)["digest"].clone();
    swapped.insert("digest", digest);
    assert_eq!(
        scene
            .good
            .post_with(&scene.inbox(), swapped, changed.clone())
            .await,
        401
    );
    // Two digests, the forged one first.
    let mut double = good.clone();
    double.append(
        "digest",
        scene.good.sign(&scene.inbox(), &key, &changed)["digest"].clone(),
    );
    let status = scene.good.post_with(&scene.inbox(), double, changed).await;
    assert!(matches!(status, 400 | 401), "{status}");
    // S-016
    let mut twice = good.clone();
    twice.append("signature", good["signature"].clone());
    let status = scene
        .good
        .post_with(&scene.inbox(), twice, body.clone())
        .await;
    assert!(matches!(status, 400 | 401), "{status}");
    // S-008, S-009
    for hours in [-13, 3] {
        scene.good.clock().travel(hours * 3_600_000);
        let status = scene
            .good
            .post(&scene.inbox(), &scene.bob, &scene.good.create(&note))
            .await;
        assert_eq!(status, 401, "{hours} h");
    }
    scene.good.clock().travel(0);
    // Another name in Host.
    let mut elsewhere = good.clone();
    elsewhere.insert(HOST, HeaderValue::from_static("other.example"));
    let status = scene
        .good
        .post_with(&scene.inbox(), elsewhere, body.clone())
        .await;
    assert!((400..500).contains(&status), "{status}");
    // No date.
    let mut undated = good;
    undated.remove(DATE);
    let status = scene.good.post_with(&scene.inbox(), undated, body).await;
    assert!(matches!(status, 400 | 401), "{status}");
    // A key that isn't the actor's.
    let status = scene
        .good
        .post_forged(&scene.inbox(), &scene.bob, &scene.good.create(&note))
        .await;
    assert_eq!(status, 401);
    scene.assert_untouched("signatures").await;

    // S-010: clocks drift, and S-001: the same twice.
    scene.good.clock().travel(-40 * 60_000);
    let create = scene.good.create(&note);
    assert_eq!(
        scene.good.post(&scene.inbox(), &scene.bob, &create).await,
        202
    );
    scene.good.clock().travel(0);
    assert_eq!(
        scene.good.post(&scene.inbox(), &scene.bob, &create).await,
        202
    );
    assert_eq!(scene.posts().await.len(), 2);
    assert_eq!(scene.good.of_type("Announce").len(), 1);
}

#[tokio::test]
async fn rfc_9421_is_understood_too() {
    let scene = scene().await;
    let note = scene.reply(&scene.good, &scene.bob, "<p>Signé autrement.</p>");
    let create = scene.good.create(&note);
    assert_eq!(
        scene
            .good
            .post_rfc9421(&scene.inbox(), &scene.bob, &create)
            .await,
        202
    );
    assert_eq!(scene.posts().await.len(), 2);
}

#[tokio::test]
async fn nobody_speaks_for_somebody_else() {
    let scene = scene().await;
    let inbox = scene.inbox();
    // S-011: signed by evil's key, actor bob.
    let note = scene.reply(&scene.good, &scene.bob, "<p>Bob ?</p>");
    let mut forged = scene.evil.create(&note);
    forged["actor"] = json!(scene.bob.id);
    let key = format!("{}#main-key", scene.mallory.id);
    let status = scene.evil.post_raw(&inbox, &key, forged.to_string()).await;
    assert!(matches!(status, 202 | 401 | 403), "{status}");
    // S-012: a key that claims bob as its owner, and that bob doesn't list.
    scene.evil.put(
        "/key",
        json!({"@context": CONTEXT, "id": format!("{}/key", scene.evil.url), "owner": scene.bob.id,
               "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}),
    );
    let mut forged = scene.good.create(&note);
    forged["id"] = json!(scene.good.fresh("activities"));
    let key = format!("{}/key", scene.evil.url);
    assert_eq!(
        scene.evil.post_raw(&inbox, &key, forged.to_string()).await,
        401
    );
    // S-024: an object of good that good doesn't serve.
    let mut invented = scene.evil.note(
        &scene.mallory,
        "<p>Inventé.</p>",
        json!({"inReplyTo": scene.opening(), "cc": [scene.category]}),
    );
    invented["id"] = json!(format!("{}/statuses/999", scene.good.url));
    let status = scene
        .evil
        .post(&inbox, &scene.mallory, &scene.evil.create(&invented))
        .await;
    assert!(matches!(status, 202 | 400 | 403), "{status}");
    // S-025: another author of the same server.
    let eve = scene.evil.person("eve");
    let mut other = scene.reply(&scene.evil, &eve, "<p>Ève ?</p>");
    other["attributedTo"] = json!(eve.id);
    let mut create = scene.evil.create(&other);
    create["actor"] = json!(scene.mallory.id);
    scene.evil.serve(
        other["id"].as_str().unwrap(),
        axum::http::StatusCode::NOT_FOUND,
        "text/plain",
        "",
    );
    let status = scene.evil.post(&inbox, &scene.mallory, &create).await;
    assert!(matches!(status, 202 | 400 | 403), "{status}");
    // S-026: authors that are no addresses.
    let local = format!("{}/u/ana", scene.node.url);
    for author in [json!(1), json!("1"), json!("ana"), json!([local])] {
        let mut note = scene.evil.note(
            &scene.mallory,
            "<p>Ana ?</p>",
            json!({"inReplyTo": scene.opening(), "cc": [scene.category]}),
        );
        note["attributedTo"] = author.clone();
        let mut create = scene
            .evil
            .activity("Create", &scene.mallory.id, note.clone(), &note);
        create["object"] = note;
        let status = scene.evil.post(&inbox, &scene.mallory, &create).await;
        assert!(matches!(status, 202 | 400 | 403), "{author}: {status}");
    }
    // S-027, S-028: an id of ours, spelled in several ways.
    let opening = scene.opening().as_str().unwrap().to_owned();
    for id in [
        opening.clone(),
        opening.replace("localhost", "LOCALHOST"),
        opening.replace("localhost", "localhost."),
    ] {
        let note = json!({"@context": CONTEXT, "id": id, "type": "Note", "attributedTo": scene.mallory.id,
                          "content": "<p>À moi.</p>", "to": [PUBLIC], "cc": [scene.category]});
        let create = scene
            .evil
            .activity("Create", &scene.mallory.id, note.clone(), &note);
        let status = scene.evil.post(&inbox, &scene.mallory, &create).await;
        assert!(matches!(status, 202 | 400 | 403), "{id}: {status}");
    }
    scene.assert_untouched("impostors").await;
}

#[tokio::test]
async fn nobody_changes_what_is_not_theirs() {
    let scene = scene().await;
    let inbox = scene.inbox();
    let note = scene.reply(&scene.good, &scene.bob, "<p>De Bob.</p>");
    assert_eq!(
        scene
            .good
            .post(&inbox, &scene.bob, &scene.good.create(&note))
            .await,
        202
    );
    let like = json!({"@context": CONTEXT, "id": scene.good.fresh("likes"), "type": "Like", "actor": scene.bob.id,
                      "object": scene.opening()});
    assert_eq!(scene.good.post(&inbox, &scene.bob, &like).await, 202);
    let before = scene.posts().await;
    assert_eq!(before.len(), 2);
    scene.good.take();

    let mut edited = note.clone();
    edited["content"] = json!("<p>De Mallory.</p>");
    edited["updated"] = json!("2099-01-01T00:00:00Z");
    let carol = scene.good.person("carol");
    let group = json!(scene.category);
    let ana = json!(format!("{}/u/ana", scene.node.url));
    let undo =
        json!({"type": "Like", "id": like["id"], "actor": scene.bob.id, "object": scene.opening()});
    let acts = [
        ("S-029", "Update", edited.clone()),
        ("S-030", "Delete", note["id"].clone()),
        ("S-030", "Delete", scene.opening()),
        ("S-030", "Delete", ana.clone()),
        ("S-032", "Undo", undo),
        ("S-037", "Lock", scene.opening()),
        ("S-037", "Block", ana.clone()),
    ];
    for (case, kind, object) in acts {
        let mut act = scene.evil.activity(
            kind,
            &scene.mallory.id,
            object,
            &json!({"to": [PUBLIC], "cc": [group]}),
        );
        act["target"] = group.clone();
        let status = scene.evil.post(&inbox, &scene.mallory, &act).await;
        assert!(matches!(status, 202 | 400 | 403), "{case} {kind}: {status}");
    }
    for (kind, collection) in [
        ("Add", "moderators"),
        ("Remove", "featured"),
        ("Add", "featured"),
    ] {
        let mut act = scene.evil.activity(
            kind,
            &scene.mallory.id,
            json!(scene.mallory.id),
            &json!({"to": [PUBLIC], "cc": [group]}),
        );
        act["target"] = json!(format!("{}/{collection}", scene.category));
        let status = scene.evil.post(&inbox, &scene.mallory, &act).await;
        assert!(
            matches!(status, 202 | 400 | 403),
            "{kind} {collection}: {status}"
        );
    }
    // S-031: somebody of the same server, while bob's server still serves it.
    let act = scene.good.activity(
        "Delete",
        &carol.id,
        note["id"].clone(),
        &json!({"to": [PUBLIC], "cc": [group]}),
    );
    let status = scene.good.post(&inbox, &carol, &act).await;
    assert!(matches!(status, 202 | 403), "{status}");
    assert_eq!(scene.posts().await, before);
    assert!(scene.good.of_type("Announce").is_empty());
    let moderators = parvis_tests::fetch(&format!("{}/moderators", scene.category)).await;
    assert_eq!(moderators["totalItems"], 0);
    let topic = scene
        .ana
        .get(&format!("/topics/{}", scene.topic["id"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(topic["locked"], false);
    assert_eq!(topic["pinned"], false);

    // S-033, S-034: what never changes, and what is older.
    let mut newer = note.clone();
    newer["content"] = json!("<p>Version 2.</p>");
    newer["inReplyTo"] = Value::Null;
    newer["published"] = json!("2001-01-01T00:00:00Z");
    scene.node.forum.clock().advance(120_000);
    newer["updated"] = json!(scene.node.forum.now().rfc3339());
    scene.good.put(note["id"].as_str().unwrap(), newer.clone());
    let update = scene
        .good
        .activity("Update", &scene.bob.id, newer.clone(), &note);
    assert_eq!(scene.good.post(&inbox, &scene.bob, &update).await, 202);
    let posts = scene.posts().await;
    assert!(
        posts[1]["content_html"]
            .as_str()
            .unwrap()
            .contains("Version 2"),
        "{posts:?}"
    );
    assert_eq!(posts[1]["created_at"], before[1]["created_at"]);
    assert_eq!(posts[1]["reply_to"], before[1]["reply_to"]);
    let mut older = newer;
    older["content"] = json!("<p>Version 1.</p>");
    older["updated"] = json!(scene.node.forum.now().plus_seconds(-60).rfc3339());
    let update = scene.good.activity("Update", &scene.bob.id, older, &note);
    assert_eq!(scene.good.post(&inbox, &scene.bob, &update).await, 202);
    let posts = scene.posts().await;
    assert!(
        posts[1]["content_html"]
            .as_str()
            .unwrap()
            .contains("Version 2"),
        "{posts:?}"
    );
}

#[tokio::test]
async fn odd_bodies_get_a_clear_status_and_nothing_breaks() {
    let scene = scene().await;
    let inbox = scene.inbox();
    let key = format!("{}#main-key", scene.bob.id);
    // S-052
    for body in [
        "",
        "null",
        "[]",
        "\"x\"",
        "{}",
        "{\"type\":\"Create\"",
        "{\"type\":\"Create\",\"type\":\"Delete\"}",
    ] {
        let status = scene.good.post_raw(&inbox, &key, body.to_owned()).await;
        assert_eq!(status, 400, "{body}");
    }
    // S-053
    let big = format!(
        "{{\"type\":\"Create\",\"x\":\"{}\"}}",
        "a".repeat(1024 * 1024)
    );
    assert_eq!(scene.good.post_raw(&inbox, &key, big).await, 413);
    // S-054
    let deep = format!(
        "{{\"type\":\"Create\",\"x\":{}{}}}",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    assert_eq!(scene.good.post_raw(&inbox, &key, deep).await, 400);
    // S-056, S-057
    let note = scene.reply(&scene.good, &scene.bob, "<p>x</p>");
    let body = scene.good.create(&note).to_string();
    let mut packed = scene.good.sign(&inbox, &key, &body);
    packed.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    assert_eq!(
        scene.good.post_with(&inbox, packed, body.clone()).await,
        415
    );
    for kind in ["text/plain", "multipart/form-data; boundary=x"] {
        let mut headers = scene.good.sign(&inbox, &key, &body);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        let status = scene.good.post_with(&inbox, headers, body.clone()).await;
        assert!(matches!(status, 400 | 415), "{kind}: {status}");
    }
    // S-060, S-061: long ids, odd dates, unknown types, announces of announces.
    let mut nested = json!({"type": "Like", "id": scene.good.fresh("likes"), "actor": scene.bob.id, "object": scene.opening()});
    for _ in 0..10 {
        nested = json!({"@context": CONTEXT, "type": "Announce", "id": scene.good.fresh("announces"), "actor": scene.bob.id,
                        "to": [PUBLIC], "cc": [scene.category], "object": nested});
    }
    let odd = [
        nested,
        json!({"@context": CONTEXT, "id": scene.good.fresh("x"), "type": "Dance", "actor": scene.bob.id, "object": 3}),
        json!({"@context": CONTEXT, "id": scene.good.fresh("x"), "type": "Create", "actor": scene.bob.id, "object": [1, null, {}]}),
        json!({"@context": CONTEXT, "id": scene.good.fresh("x"), "type": ["Like", "x"], "actor": scene.bob.id, "object": {}}),
    ];
    for activity in odd {
        let status = scene.good.post(&inbox, &scene.bob, &activity).await;
        assert!(matches!(status, 202 | 400), "{activity}: {status}");
    }
    let long = json!({"@context": CONTEXT, "id": format!("{}/{}", scene.good.url, "a".repeat(100_000)), "type": "Like",
                      "actor": scene.bob.id, "object": scene.opening()});
    let status = scene.good.post(&inbox, &scene.bob, &long).await;
    assert!(matches!(status, 202 | 400), "{status}");
    // S-055's other half and GET.
    assert_eq!(
        http().get(&inbox).send().await.unwrap().status().as_u16(),
        405
    );
    scene.assert_untouched("shapes").await;

    // S-059, S-062: what is odd and means something.
    let mut note = scene.reply(&scene.good, &scene.bob, "<p>Un\u{0} mot.</p>");
    note["to"] = json!(PUBLIC);
    note["cc"] = json!(scene.category);
    note["tag"] = json!({"type": "Hashtag", "name": "#voirie"});
    note["published"] = json!("9999-01-01T00:00:00Z");
    scene.good.put(note["id"].as_str().unwrap(), note.clone());
    let mut create = scene.good.create(&note);
    create["type"] = json!(["https://www.w3.org/ns/activitystreams#Create"]);
    assert_eq!(scene.good.post(&inbox, &scene.bob, &create).await, 202);
    let posts = scene.posts().await;
    assert_eq!(posts.len(), 2);
    assert!(
        posts[1]["content_html"]
            .as_str()
            .unwrap()
            .contains("Un mot."),
        "{posts:?}"
    );
    assert!(posts[1]["created_at"].as_str().unwrap() < "2900");
}

#[tokio::test]
async fn a_blocked_server_is_refused_with_its_subdomains() {
    let scene = scene().await;
    let admin = scene.node.admin("adm").await;
    admin
        .call(
            reqwest::Method::PUT,
            &format!("/federation/nodes/{}", scene.evil.host),
            Some(json!({"policy": "block", "reason": "essai"})),
        )
        .await
        .expect(200);
    let note = scene.reply(&scene.evil, &scene.mallory, "<p>Bloqué.</p>");
    let status = scene
        .evil
        .post(&scene.inbox(), &scene.mallory, &scene.evil.create(&note))
        .await;
    assert_eq!(status, 403);
    // S-050: shown by another server, it isn't shown either.
    scene.assert_untouched("blocked").await;
    let note = scene.reply(&scene.good, &scene.bob, "<p>Pas bloqué.</p>");
    let status = scene
        .good
        .post(&scene.inbox(), &scene.bob, &scene.good.create(&note))
        .await;
    assert_eq!(status, 202);
    assert_eq!(scene.posts().await.len(), 2);
    assert!(scene.evil.of_type("Announce").is_empty());
}

#[tokio::test]
async fn a_like_undone_before_it_came_and_a_deletion_before_its_post_hold() {
    let scene = scene().await;
    let inbox = scene.inbox();
    // Undo first, Like after.
    let like = json!({"@context": CONTEXT, "id": scene.good.fresh("likes"), "type": "Like", "actor": scene.bob.id,
                      "object": scene.opening()});
    let undo = json!({"@context": CONTEXT, "id": scene.good.fresh("undos"), "type": "Undo", "actor": scene.bob.id,
                      "object": like});
    assert_eq!(scene.good.post(&inbox, &scene.bob, &undo).await, 202);
    scene.node.settle().await;
    assert_eq!(scene.good.post(&inbox, &scene.bob, &like).await, 202);
    assert_eq!(scene.posts().await[0]["like_count"], 0);
    // Delete first, Create after.
    let note = scene.reply(&scene.good, &scene.bob, "<p>Effacé.</p>");
    let delete = json!({"@context": CONTEXT, "id": scene.good.fresh("deletes"), "type": "Delete", "actor": scene.bob.id,
                        "object": {"id": note["id"], "type": "Tombstone"}, "to": [PUBLIC]});
    assert_eq!(scene.good.post(&inbox, &scene.bob, &delete).await, 202);
    scene.node.settle().await;
    assert_eq!(
        scene
            .good
            .post(&inbox, &scene.bob, &scene.good.create(&note))
            .await,
        202
    );
    assert_eq!(scene.posts().await.len(), 1);
}
