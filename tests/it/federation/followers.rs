//! A server follows a category, and gets what happens there.

use parvis_tests::{Node, Peer, fetch, http};
use serde_json::{Value, json};

#[tokio::test]
async fn a_category_is_found_by_its_handle_and_loops_back() {
    let node = Node::start().await;
    let uri = node.category("urbanisme", "Urbanisme").await;
    let answer = http()
        .get(format!(
            "{}/.well-known/webfinger?resource=acct:urbanisme@{}",
            node.url, node.host
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/jrd+json");
    let jrd: Value = answer.json().await.unwrap();
    assert_eq!(jrd["subject"], format!("acct:urbanisme@{}", node.host));
    let selves: Vec<&Value> = jrd["links"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|l| l["rel"] == "self")
        .collect();
    assert_eq!(selves.len(), 1);
    assert_eq!(selves[0]["href"], uri);

    let group = fetch(&uri).await;
    assert_eq!(group["id"], uri);
    assert_eq!(group["type"], "Group");
    assert_eq!(group["preferredUsername"], "urbanisme");
    assert_eq!(group["publicKey"]["owner"], uri);
    assert_eq!(
        group["endpoints"]["sharedInbox"],
        format!("{}/inbox", node.url)
    );
    for collection in ["outbox", "followers", "featured", "moderators"] {
        let document = fetch(group[collection].as_str().unwrap()).await;
        assert_eq!(document["id"], group[collection], "{collection}");
        assert_eq!(document["type"], "OrderedCollection", "{collection}");
        assert!(document["totalItems"].is_u64(), "{collection}");
    }
}

#[tokio::test]
async fn a_follow_is_accepted_at_the_inbox_of_the_follower() {
    let node = Node::start().await;
    let uri = node.category("urbanisme", "Urbanisme").await;
    let peer = Peer::start().await;
    let lea = peer.person("lea");
    assert_eq!(peer.follow(&lea, &uri).await, 202);
    node.settle().await;
    let received = peer.received();
    assert_eq!(received.len(), 1, "{received:?}");
    assert_eq!(received[0].path, "/users/lea/inbox");
    assert_eq!(
        received[0].headers["content-type"],
        "application/activity+json"
    );
    let accept = &received[0].body;
    assert_eq!(accept["type"], "Accept");
    assert_eq!(accept["actor"], uri);
    assert_eq!(accept["object"]["type"], "Follow");
    assert_eq!(accept["object"]["actor"], lea.id);
    let followers = fetch(&format!("{uri}/followers")).await;
    assert_eq!(followers["totalItems"], 1);

    // A repeated Follow is accepted again, and counted once.
    assert_eq!(peer.follow(&lea, &uri).await, 202);
    node.settle().await;
    assert_eq!(peer.of_type("Accept").len(), 2);
    assert_eq!(fetch(&format!("{uri}/followers")).await["totalItems"], 1);
}

#[tokio::test]
async fn a_new_topic_reaches_a_microblog_in_both_forms_once() {
    let node = Node::start().await;
    let uri = node.category("urbanisme", "Urbanisme").await;
    let ana = node.person("ana").await;
    let peer = Peer::start().await;
    let lea = peer.person("lea");
    peer.follow(&lea, &uri).await;
    node.settle().await;
    peer.take();

    let topic = ana
        .post(
            "/topics",
            json!({"category": "urbanisme", "title": "Zones 30", "content": "Trois rues testées.", "language": "fr"}),
        )
        .await
        .expect(201);
    node.settle().await;
    let announces = peer.of_type("Announce");
    assert_eq!(announces.len(), 2, "{announces:?}");
    let wrapped = &announces[0];
    assert_eq!(wrapped["actor"], uri);
    assert_eq!(wrapped["object"]["type"], "Create");
    let article = &wrapped["object"]["object"];
    assert_eq!(article["type"], "Article");
    assert_eq!(article["name"], "Zones 30");
    assert_eq!(article["audience"], uri);
    assert_eq!(article["context"], topic["uri"]);
    assert!(article.get("inReplyTo").is_none());
    assert!(wrapped["cc"].is_array() && wrapped["to"].is_array());
    assert!(article["cc"].is_array() && article["to"].is_array());
    let bare = &announces[1];
    assert_eq!(bare["object"], article["id"]);
    assert_ne!(bare["id"], wrapped["id"]);

    // What was announced can be fetched, and is itself.
    let create = fetch(wrapped["object"]["id"].as_str().unwrap()).await;
    assert_eq!(create["type"], "Create");
    let object = fetch(article["id"].as_str().unwrap()).await;
    assert_eq!(object["id"], article["id"]);
    assert_eq!(object["name"], "Zones 30");
    let conversation = fetch(topic["uri"].as_str().unwrap()).await;
    assert_eq!(conversation["orderedItems"], json!([article["id"]]));
    assert_eq!(conversation["attributedTo"], uri);
    let replies = fetch(article["replies"].as_str().unwrap()).await;
    assert_eq!(replies["type"], "Collection");
    for document in [&create, &object, &conversation, &replies] {
        let context = &document["@context"];
        assert!(
            context == "https://www.w3.org/ns/activitystreams"
                || context[0] == "https://www.w3.org/ns/activitystreams",
            "{document}"
        );
    }
}

#[tokio::test]
async fn a_forum_gets_one_form_only() {
    let node = Node::start().await;
    let uri = node.category("urbanisme", "Urbanisme").await;
    let ana = node.person("ana").await;
    let peer = Peer::start().await;
    peer.put(
        "/.well-known/nodeinfo",
        json!({"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
                          "href": format!("{}/nodeinfo/2.0", peer.url)}]}),
    );
    peer.serve(
        "/nodeinfo/2.0",
        http_status(200),
        "application/json",
        &json!({"version": "2.0", "software": {"name": "lemmy", "version": "0.19.5"}, "protocols": ["activitypub"],
                "services": {"inbound": [], "outbound": []}, "openRegistrations": false,
                "usage": {"users": {}}, "metadata": {}})
        .to_string(),
    );
    let lea = peer.person("lea");
    peer.follow(&lea, &uri).await;
    node.settle().await;
    peer.take();
    ana.post(
        "/topics",
        json!({"category": "urbanisme", "title": "Zones 30", "content": "Trois rues."}),
    )
    .await
    .expect(201);
    node.settle().await;
    let announces = peer.of_type("Announce");
    assert_eq!(announces.len(), 1, "{announces:?}");
    assert_eq!(announces[0]["object"]["type"], "Create");
}

fn http_status(code: u16) -> axum::http::StatusCode {
    axum::http::StatusCode::from_u16(code).unwrap()
}

#[tokio::test]
async fn edits_likes_and_deletions_are_announced() {
    let node = Node::start().await;
    let uri = node.category("urbanisme", "Urbanisme").await;
    let ana = node.person("ana").await;
    let peer = Peer::start().await;
    let lea = peer.person("lea");
    peer.follow(&lea, &uri).await;
    let topic = ana
        .post(
            "/topics",
            json!({"category": "urbanisme", "title": "Zones 30", "content": "Trois rues."}),
        )
        .await
        .expect(201);
    let path = format!("/topics/{}/posts", topic["id"].as_str().unwrap());
    let reply = ana
        .post(&path, json!({"content": "Et une quatrième."}))
        .await
        .expect(201);
    node.settle().await;
    peer.take();
    let post = format!("/posts/{}", reply["id"].as_str().unwrap());
    ana.patch(&post, json!({"content": "Et une cinquième."}))
        .await
        .expect(200);
    node.settle().await;
    let announces = peer.of_type("Announce");
    assert_eq!(announces.len(), 1, "{announces:?}");
    assert_eq!(announces[0]["object"]["type"], "Update");
    assert_eq!(announces[0]["object"]["object"]["id"], reply["uri"]);
    assert!(announces[0]["object"]["object"]["updated"].is_string());

    peer.take();
    ana.delete(&post).await;
    node.settle().await;
    let announces = peer.of_type("Announce");
    assert_eq!(announces.len(), 1, "{announces:?}");
    assert_eq!(announces[0]["object"]["type"], "Delete");
    let gone = http()
        .get(reply["uri"].as_str().unwrap())
        .header("accept", "application/activity+json")
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status().as_u16(), 410);
    let tombstone: Value = gone.json().await.unwrap();
    assert_eq!(tombstone["type"], "Tombstone");
}

#[tokio::test]
async fn who_follows_is_told_to_nobody_without_a_signature() {
    let node = Node::start().await;
    node.category("velo", "Vélo").await;
    for path in [
        "/c/velo/followers_synchronization",
        "/u/velo/followers_synchronization",
        "/c/none/followers_synchronization",
    ] {
        let answer = parvis_tests::http()
            .get(format!("{}{path}", node.url))
            .header("accept", "application/activity+json")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 401, "{path}");
    }
}
