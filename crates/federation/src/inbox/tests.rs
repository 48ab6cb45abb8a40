//! Requests to an inbox: which are taken, which not, and with which status. What activities do: `activities/tests`.

use http::HeaderName;
use parvis_forum::kinds::{InstancePolicy, QueueState};
use parvis_forum::{Event, Viewer, instances, posts, topics};
use serde_json::json;

use super::*;
use crate::keys;
use crate::loopback::{ACTIVITY_JSON, Node, Peer, Remote, activity, merge};
use crate::wire::PUBLIC;

fn note(peer: &Peer, by: &Remote, group: &str, path: &str) -> Value {
    peer.note(
        by,
        path,
        &json!({
            "cc": [group], "content": "<p>Une rue calme</p><p>Suite</p>",
            "tag": {"type": "Mention", "href": group},
        }),
    )
}

fn status(outcome: Result<(), ReceiveError>) -> u16 {
    outcome.map_or_else(|error| error.status.as_u16(), |()| 202)
}

#[tokio::test]
async fn the_same_activity_twice_is_one_topic_and_one_event() {
    let (node, peer) = (Node::start().await, Peer::start());
    let group = node.category("urbanisme").await;
    let bob = peer.person("bob");
    let create = activity(
        &bob,
        "Create",
        1,
        &note(&peer, &bob, &group.actor.uri, "/p/1"),
    );
    node.take(&bob, &create).await;
    node.take(&bob, &create).await;
    let post = posts::by_uri(node.db(), &peer.url("/p/1"))
        .await
        .unwrap()
        .unwrap();
    let topic = topics::by_id(node.db(), post.topic_id).await.unwrap();
    assert_eq!(topic.title, "Une rue calme");
    assert_eq!(topic.category_id, group.id());
    let events = node.events.lock().unwrap();
    let passed_on: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::PostCreated {
                origin: parvis_forum::Origin::Received { uri, activity },
                ..
            } => Some((uri.to_string(), activity.to_string())),
            _ => None,
        })
        .collect();
    let id = create["id"].as_str().unwrap().to_owned();
    assert_eq!(passed_on, [(id, create.to_string())]);
}

#[tokio::test]
async fn what_is_no_activity_is_refused_before_any_signature() {
    let node = Node::start().await;
    for body in [
        "",
        "null",
        "[]",
        "\"x\"",
        "{}",
        "{\"id\":1",
        "{\"type\":\"Create\"}",
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, ACTIVITY_JSON.parse().unwrap());
        let outcome = node.receive(headers, body.as_bytes().to_vec()).await;
        assert_eq!(status(outcome), 400, "{body}");
    }
    let deep = format!("{{\"x\":{}", "[".repeat(200_000));
    let (peer, mut headers) = (Peer::start(), HeaderMap::new());
    headers.insert(CONTENT_TYPE, ACTIVITY_JSON.parse().unwrap());
    assert_eq!(
        status(node.receive(headers.clone(), deep.into_bytes()).await),
        400
    );
    let large = vec![b' '; MAX_BODY + 1];
    assert_eq!(status(node.receive(headers.clone(), large).await), 413);
    for kind in ["text/plain", "multipart/form-data", "application/json"] {
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        assert_eq!(
            status(node.receive(headers.clone(), b"{}".to_vec()).await),
            415
        );
    }
    let bob = peer.person("bob");
    let like = activity(&bob, "Like", 1, &json!(node.url("/p/1"))).to_string();
    let mut headers = node.signed(&bob, like.as_bytes(), 0);
    headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
    assert_eq!(status(node.receive(headers, like.into_bytes()).await), 415);
    for actor in [
        json!(1),
        json!("1"),
        json!("ana"),
        json!("ana@us.example"),
        json!(null),
    ] {
        let mut like = activity(&bob, "Like", 1, &json!("https://x.example/1"));
        like["actor"] = actor;
        assert_eq!(status(node.send(&bob, &like).await), 400);
    }
    assert_eq!(peer.asked_in_all(), 0);
}

#[tokio::test]
async fn an_unsigned_or_badly_signed_request_is_refused() {
    let (node, peer) = (Node::start().await, Peer::start());
    let bob = peer.person("bob");
    let like = activity(&bob, "Like", 1, &json!(node.url("/p/1"))).to_string();
    let signed = |seconds| node.signed(&bob, like.as_bytes(), seconds);
    let with = |name: &'static str, value: &str| {
        let mut headers = signed(0);
        headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        headers
    };
    let signature = signed(0)["signature"].to_str().unwrap().to_owned();
    let send = |headers, body: &str| node.receive(headers, body.as_bytes().to_vec());
    let mut unsigned = signed(0);
    unsigned.remove("signature");
    assert_eq!(status(send(unsigned, &like).await), 401);
    let other = like.replace("Like", "Dislike");
    assert_eq!(status(send(signed(0), &other).await), 401);
    assert_eq!(status(send(signed(-13 * 3600), &like).await), 401);
    assert_eq!(status(send(signed(3 * 3600), &like).await), 401);
    for algorithm in ["rsa-sha1", "none", "hmac-sha256"] {
        let changed = signature.replace("rsa-sha256", algorithm);
        assert_eq!(status(send(with("signature", &changed), &like).await), 401);
    }
    for (key_id, what) in [
        (
            "http://good.example@127.0.0.1:1/u/bob#main-key",
            "a user name",
        ),
        ("acct:bob@good.example", "no url"),
        ("file:///etc/passwd", "a file"),
        ("http://169.254.169.254/u#key", "link-local"),
    ] {
        let changed = signature.replace(&bob.signer.key_id, key_id);
        assert_eq!(
            status(send(with("signature", &changed), &like).await),
            401,
            "{what}"
        );
    }
    let ours = signature.replace(&bob.signer.key_id, &node.url("/u/ana#main-key"));
    assert_eq!(status(send(with("signature", &ours), &like).await), 401);
    let mut twice = signed(0);
    twice.append(
        HeaderName::from_static("signature"),
        signature.parse().unwrap(),
    );
    assert_eq!(status(send(twice, &like).await), 400);
    assert_eq!(peer.asked_in_all(), 0, "nothing was worth a fetch");
    assert_eq!(status(send(signed(-2400), &like).await), 202);
    assert_eq!(status(send(signed(2400), &like).await), 202);
}

#[tokio::test]
async fn a_wrong_signature_makes_us_fetch_a_key_once_a_minute() {
    let (node, peer) = (Node::start().await, Peer::start());
    let bob = peer.person("bob");
    let like = activity(&bob, "Like", 1, &json!(node.url("/p/1"))).to_string();
    let headers = node.signed(&bob, like.as_bytes(), 0);
    let signature = headers["signature"].to_str().unwrap().to_owned();
    let (head, tail) = signature.split_at(signature.len() - 100);
    let flipped = if tail.starts_with('A') { "B" } else { "A" };
    let wrong = format!("{head}{flipped}{}", tail.split_at(1).1);
    for _ in 0..20 {
        let mut headers = headers.clone();
        headers.insert(HeaderName::from_static("signature"), wrong.parse().unwrap());
        assert_eq!(
            status(node.receive(headers, like.clone().into_bytes()).await),
            401
        );
    }
    assert!(peer.asked("/u/bob") <= 2, "{}", peer.asked("/u/bob"));
}

#[tokio::test]
async fn a_new_key_is_learnt_and_the_old_one_forgotten() {
    let (node, peer) = (Node::start().await, Peer::start());
    let old = peer.person("bob");
    let like = |n| activity(&old, "Like", n, &json!(node.url("/p/1")));
    assert_eq!(status(node.send(&old, &like(1)).await), 202);
    let keys = tokio::task::spawn_blocking(keys::generate)
        .await
        .unwrap()
        .unwrap();
    let new = peer.actor_with_key("Person", "bob", &keys);
    assert_eq!(status(node.send(&new, &like(2)).await), 202);
    assert_eq!(status(node.send(&new, &like(3)).await), 202);
    assert_eq!(peer.asked("/u/bob"), 2);
    assert_eq!(status(node.send(&old, &like(4)).await), 401);
}

#[tokio::test]
async fn a_key_counts_only_if_its_owner_lists_it() {
    let (node, good, evil) = (Node::start().await, Peer::start(), Peer::start());
    let bob = good.person("bob");
    let pem = keys::tests::pair().public_pem.clone();
    let claim = |owner: &str, signs_at: &str| Remote {
        uri: owner.to_owned(),
        signer: crate::signature::Signer {
            key_id: signs_at.to_owned(),
            ..bob.signer.clone()
        },
    };
    // A key on another host that says it is bob's.
    evil.serve(
        &json!({"id": evil.url("/key"), "type": "Key", "owner": bob.uri, "publicKeyPem": pem}),
    );
    let like = activity(&bob, "Like", 1, &json!(node.url("/p/1")));
    let thief = claim(&bob.uri, &evil.url("/key"));
    assert_eq!(status(node.send(&thief, &like).await), 401);
    // A key on his own host that he does not list.
    good.serve(&json!({"id": good.url("/key"), "owner": bob.uri, "publicKeyPem": pem}));
    let thief = claim(&bob.uri, &good.url("/key"));
    assert_eq!(status(node.send(&thief, &like).await), 401);
    assert_eq!(node.forum().db().backend(), node.db().backend());
    // One of three that he lists, and one with an address of its own.
    let stub_id = good.url("/u/eve/main-key");
    let eve = good.url("/u/eve");
    let key = |id: &str| json!({"id": id, "owner": eve, "publicKeyPem": pem});
    let document = json!({
        "id": eve, "type": "Person", "preferredUsername": "eve", "inbox": good.url("/u/eve/inbox"),
        "publicKey": [key(&good.url("/u/eve#a")), key(&good.url("/u/eve#b")), key(&stub_id)],
    });
    good.serve(&document);
    let stub = json!({"id": eve, "type": "Person", "preferredUsername": "eve", "publicKey": key(&stub_id)});
    good.put("/u/eve/main-key", 200, ACTIVITY_JSON, &stub);
    for (n, key_id) in [(1, good.url("/u/eve#b")), (2, stub_id.clone())] {
        let by = claim(&eve, &key_id);
        let like = activity(&by, "Like", n, &json!(node.url("/p/1")));
        assert_eq!(status(node.send(&by, &like).await), 202, "{key_id}");
    }
}

#[tokio::test]
async fn the_deletion_of_an_account_never_seen_needs_no_fetch() {
    let (node, peer) = (Node::start().await, Peer::start());
    let gone = peer.person("gone");
    peer.status("/u/gone", 410);
    let delete = activity(&gone, "Delete", 1, &json!(gone.uri));
    assert_eq!(status(node.send(&gone, &delete).await), 202);
    assert_eq!(peer.asked_in_all(), 0);
}

#[tokio::test]
async fn an_account_that_is_gone_with_its_key_is_believed_to_be_deleted() {
    let (node, peer) = (Node::start().await, Peer::start());
    let bob = peer.person("bob");
    let target = node.person("ana").await;
    node.take(&bob, &activity(&bob, "Follow", 1, &json!(target.uri)))
        .await;
    peer.status("/u/bob", 410);
    node.forum().clock().advance(25 * 3600 * 1000);
    let fresh = Federation::start(node.forum().clone()).await.unwrap();
    let delete = activity(&bob, "Delete", 2, &json!(bob.uri)).to_string();
    let headers = node.signed(&bob, delete.as_bytes(), 0);
    receive(
        &fresh,
        &Method::POST,
        "/inbox",
        &headers,
        Bytes::from(delete),
        Target::Shared,
    )
    .await
    .unwrap();
    drain(&fresh).await.unwrap();
    let row = actors::by_uri(node.db(), &bob.uri).await.unwrap().unwrap();
    assert!(row.deleted_at.is_some());
}

#[tokio::test]
async fn a_blocked_server_is_refused_by_whole_labels() {
    let (node, peer) = (Node::start().await, Peer::start());
    let bob = peer.person("bob");
    let block = async |host: &str| {
        let tx = node.forum().begin().await.unwrap();
        instances::set_policy(&tx, &Viewer::System, host, InstancePolicy::Block, "")
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    block("blocked.example").await;
    for (host, expect) in [
        ("blocked.example", 403),
        ("sub.blocked.example", 403),
        ("blocked.example.", 403),
        ("BLOCKED.example", 403),
        ("notblocked.example", 401),
    ] {
        let actor = format!("https://{host}/u/x");
        let by = Remote {
            uri: actor.clone(),
            signer: crate::signature::Signer {
                key_id: node.url("/nobody#main-key"),
                ..bob.signer.clone()
            },
        };
        let like = activity(&by, "Like", 1, &json!(node.url("/p/1")));
        assert_eq!(status(node.send(&by, &like).await), expect, "{host}");
    }
    block(&peer.host()).await;
    let like = activity(&bob, "Like", 2, &json!(node.url("/p/1")));
    assert_eq!(status(node.send(&bob, &like).await), 403);
    assert_eq!(peer.asked_in_all(), 0);
}

#[tokio::test]
async fn ids_of_another_host_or_of_ours_are_refused() {
    let (node, good, evil) = (Node::start().await, Peer::start(), Peer::start());
    let (bob, mallory) = (good.person("bob"), evil.person("mallory"));
    let mut like = activity(&bob, "Like", 1, &json!(node.url("/p/1")));
    like["id"] = json!(evil.url("/a/1"));
    assert_eq!(status(node.send(&bob, &like).await), 403);
    let mut like = activity(&mallory, "Like", 1, &json!(node.url("/p/1")));
    for ours in [node.url("/u/ana"), "http://127.0.0.1.:9/u/ana".to_owned()] {
        like["actor"] = json!(ours);
        assert!(matches!(
            status(node.send(&mallory, &like).await),
            400 | 403
        ));
    }
    let mut long = activity(&mallory, "Like", 2, &json!(node.url("/p/1")));
    long["id"] = json!(evil.url(&"x".repeat(100_000)));
    assert_eq!(status(node.send(&mallory, &long).await), 400);
}

#[tokio::test]
async fn inboxes_of_others_and_of_the_deleted_take_nothing() {
    let (node, peer) = (Node::start().await, Peer::start());
    let (bob, ana) = (peer.person("bob"), node.person("ana").await);
    let body = activity(&bob, "Like", 1, &json!(node.url("/p/1"))).to_string();
    let headers = node.signed(&bob, body.as_bytes(), 0);
    let post = |actor: Actor| {
        let (headers, body) = (headers.clone(), body.clone());
        let federation = node.federation.clone();
        async move {
            let target = Target::Actor(&actor);
            let body = Bytes::from(body);
            receive(&federation, &Method::POST, "/inbox", &headers, body, target).await
        }
    };
    assert_eq!(status(post(ana.clone()).await), 202);
    let tx = node.forum().begin().await.unwrap();
    let ana = actors::mark_deleted(&tx, ana).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(status(post(ana).await), 410);
}

#[tokio::test]
async fn what_somebody_else_hands_on_is_read_at_its_origin() {
    let (node, good, evil) = (Node::start().await, Peer::start(), Peer::start());
    let group = node.category("urbanisme").await;
    let (bob, mallory) = (good.person("bob"), evil.person("mallory"));
    let mut forged = note(&good, &bob, &group.actor.uri, "/p/1");
    let create = activity(&bob, "Create", 1, &forged);
    assert_eq!(status(node.send(&mallory, &create).await), 202);
    node.settle().await;
    assert!(
        posts::by_uri(node.db(), &good.url("/p/1"))
            .await
            .unwrap()
            .is_none()
    );
    // It is there, with another text.
    good.serve(&note(&good, &bob, &group.actor.uri, "/p/2"));
    merge(
        &mut forged,
        &json!({"id": good.url("/p/2"), "content": "<p>Faux</p>"}),
    );
    let create = activity(&bob, "Create", 2, &forged);
    node.take(&mallory, &create).await;
    let post = posts::by_uri(node.db(), &good.url("/p/2"))
        .await
        .unwrap()
        .unwrap();
    assert!(post.content_html.contains("Une rue calme"));
    // The hint does not stand in the way of the thing itself.
    let mut true_one = note(&good, &bob, &group.actor.uri, "/p/1");
    true_one["content"] = json!("<p>Vrai</p>");
    node.take(&bob, &activity(&bob, "Create", 1, &true_one))
        .await;
    assert!(
        posts::by_uri(node.db(), &good.url("/p/1"))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_failing_peer_makes_an_item_wait_and_in_the_end_be_set_aside() {
    let (node, peer) = (Node::start().await, Peer::start());
    let (group, bob) = (node.category("urbanisme").await, peer.person("bob"));
    let reply = peer.note(
        &bob,
        "/p/2",
        &json!({"inReplyTo": peer.url("/p/1"), "cc": [group.actor.uri]}),
    );
    peer.status("/p/1", 503);
    let create = activity(&bob, "Create", 1, &reply);
    node.take(&bob, &create).await;
    let key = create["id"].as_str().unwrap();
    let item = journal::find(node.db(), key).await.unwrap().unwrap();
    assert_eq!((item.state, item.attempts), (QueueState::Ready, 1));
    // One step later it works: the parent and the reply are both there.
    peer.serve(&note(&peer, &bob, &group.actor.uri, "/p/1"));
    node.forum().clock().advance(WAITS[0] * 1000 + 1);
    node.settle().await;
    let parent = posts::by_uri(node.db(), &peer.url("/p/1"))
        .await
        .unwrap()
        .unwrap();
    let child = posts::by_uri(node.db(), &peer.url("/p/2"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(child.reply_to_id, Some(parent.id));
    // Another one never gets its parent.
    let reply = peer.note(
        &bob,
        "/p/4",
        &json!({"inReplyTo": peer.url("/p/3"), "cc": [group.actor.uri]}),
    );
    peer.status("/p/3", 500);
    let create = activity(&bob, "Create", 2, &reply);
    node.take(&bob, &create).await;
    for wait in WAITS {
        node.forum().clock().advance(wait * 1000 + 1);
        node.settle().await;
    }
    let item = journal::find(node.db(), create["id"].as_str().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(item.state, QueueState::Dead);
    assert!(item.error.unwrap().contains("500"));
}

#[tokio::test]
async fn a_worker_applies_what_comes_and_stops_when_told() {
    let (node, peer) = (Node::start().await, Peer::start());
    let (group, bob) = (node.category("urbanisme").await, peer.person("bob"));
    for n in 1..=20 {
        let note = note(&peer, &bob, &group.actor.uri, &format!("/p/{n}"));
        node.send(&bob, &activity(&bob, "Create", n, &note))
            .await
            .unwrap();
    }
    let stop = CancellationToken::new();
    let watch = async {
        while journal::count(node.db(), QueueState::Ready).await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    tokio::join!(run(&node.federation, stop.clone()), watch);
    assert_eq!(
        journal::count(node.db(), QueueState::Done).await.unwrap(),
        20
    );
    let row = categories_row(&node, &group.actor).await;
    assert_eq!(row, (20, 20));
    assert!(peer.asked("/u/bob") <= 3);
}

async fn categories_row(node: &Node, group: &Actor) -> (i32, i32) {
    let category = parvis_forum::categories::by_id(node.db(), group.id)
        .await
        .unwrap();
    (category.row.topic_count, category.row.post_count)
}

#[tokio::test]
async fn odd_shapes_are_taken_and_private_ones_are_not_stored() {
    let (node, peer) = (Node::start().await, Peer::start());
    let (group, bob) = (node.category("urbanisme").await, peer.person("bob"));
    let mut odd = note(&peer, &bob, &group.actor.uri, "/p/1");
    merge(
        &mut odd,
        &json!({"type": ["Note"], "to": PUBLIC, "cc": group.actor.uri, "name": "Nul\u{0} part", "content": "a\u{0}b",
            "published": "9999-01-01T00:00:00Z", "tag": vec![json!({"type": "Mention", "href": peer.url("/u/x")}); 10_000]}),
    );
    let mut create = activity(&bob, "Create", 1, &odd);
    merge(&mut create, &json!({"type": ["Create"], "cc": null}));
    let asked = peer.asked_in_all();
    node.take(&bob, &create).await;
    assert!(peer.asked_in_all() - asked <= 25);
    let post = posts::by_uri(node.db(), &peer.url("/p/1"))
        .await
        .unwrap()
        .unwrap();
    assert!(post.created_at <= node.forum().now());
    assert_eq!(post.content_html, "<p>ab</p>");
    let private = [
        json!([group.actor.uri]),
        json!([]),
        json!([peer.url("/u/bob/followers")]),
    ];
    for (n, to) in private.into_iter().enumerate() {
        let n = u32::try_from(n).unwrap() + 10;
        let path = format!("/p/{n}");
        let mut note = note(&peer, &bob, &group.actor.uri, &path);
        merge(&mut note, &json!({"to": to, "cc": [group.actor.uri]}));
        node.take(&bob, &activity(&bob, "Create", n, &note)).await;
        assert!(
            posts::by_uri(node.db(), &peer.url(&path))
                .await
                .unwrap()
                .is_none()
        );
    }
    // Addressed to nobody here, and of a type that nobody knows.
    let stray = peer.note(&bob, "/p/20", &json!({}));
    node.take(&bob, &activity(&bob, "Create", 20, &stray)).await;
    node.take(&bob, &activity(&bob, "Jump", 21, &stray)).await;
    assert!(
        posts::by_uri(node.db(), &peer.url("/p/20"))
            .await
            .unwrap()
            .is_none()
    );
}
