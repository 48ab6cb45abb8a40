//! Deliveries against peers on loopback: order, failures, leases.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Barrier, Mutex};

use parvis_forum::kinds::{ActorKind, DestinationState, Role};
use parvis_forum::{Viewer, categories, follows, instances};

use super::*;
use crate::testing::{Node, Peer, Seen};

fn ids(seen: &[Seen]) -> Vec<String> {
    seen.iter()
        .map(|s| s.json()["id"].as_str().unwrap().to_owned())
        .collect()
}

/// What an Announce is about: the content of the object in the activity in it.
fn contents(seen: &[Seen]) -> Vec<(String, String)> {
    seen.iter()
        .filter_map(|s| {
            let object = &s.json()["object"]["object"];
            Some((
                object["context"].as_str()?.to_owned(),
                object["content"].as_str()?.to_owned(),
            ))
        })
        .collect()
}

async fn destination(node: &Node, peer: &Peer, path: &str) -> destination::Model {
    let host = crate::audience::host_of(&peer.base).unwrap();
    log::destinations_of(node.forum.db(), Some(&host))
        .await
        .unwrap()
        .into_iter()
        .find(|d| d.inbox == format!("{}{path}", peer.base))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_posts_arrive_once_and_in_order() {
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &follower).await;
    assert_eq!(node.drain().await, 1, "the Accept");
    let mut topics = Vec::new();
    for n in 0..3 {
        topics.push(node.open(&ana, &category, &format!("sujet {n}")).await.0);
    }
    for n in 0..297 {
        node.reply(&ana, &topics[n % 3], &format!("réponse {n:03}"))
            .await;
    }
    node.drain().await;
    let seen = peer.seen();
    let all = ids(&seen);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    let contents = contents(&seen);
    assert_eq!(contents.len(), 300);
    for topic in &topics {
        let uri = topic.uri.clone().unwrap();
        let replies: Vec<&String> = contents
            .iter()
            .filter(|(context, _)| *context == uri)
            .map(|(_, content)| content)
            .skip(1)
            .collect();
        assert_eq!(replies.len(), 99);
        assert!(replies.is_sorted(), "a conversation out of order");
    }
    let row = destination(&node, &peer, "/inbox").await;
    assert_eq!(row.cursor, row.wake);
    assert_eq!(log::Settled::read(&row.settled), log::Settled::default());
    let status = status(&node.federation, Some(&row.host)).await.unwrap();
    assert_eq!(
        (
            status[0].behind_count,
            status[0].state,
            status[0].software.as_deref()
        ),
        (0, "live", Some("lemmy"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_after_a_good_one_begins_with_many_at_once() {
    const AT_ONCE: usize = 48;
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let elsewhere = node.remote(&peer.base, ActorKind::Group, "velo").await;
    let elsewhere = categories::by_id(node.forum.db(), elsewhere.id)
        .await
        .unwrap();
    let open = async |n: usize| {
        let person = node.person(&format!("p{n}"), Role::Member).await;
        node.open(&person, &elsewhere, "Un sujet").await;
    };
    // What was taken without failure lets the next session begin with all that may be in flight.
    let worker = Worker::new(&node.federation, CancellationToken::new());
    open(0).await;
    let first = worker.drain().await.unwrap();
    // No answer comes before many were asked for; each is signed by somebody who was not read yet.
    for n in 1..=200 {
        open(n).await;
    }
    let (arrived, together) = (AtomicUsize::new(0), Barrier::new(AT_ONCE));
    peer.answers(move |_| {
        if arrived.fetch_add(1, Ordering::Relaxed) < AT_ONCE {
            together.wait();
        }
        "202 Accepted".to_owned()
    });
    assert_eq!(worker.drain().await.unwrap(), 201 * first);
    let row = destination(&node, &peer, "/inbox").await;
    assert_eq!((row.cursor, row.fail_count), (row.wake, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_arrives_once_when_the_peer_is_back() {
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &follower).await;
    node.drain().await;
    peer.answers(|_| "500 Internal Server Error".to_owned());
    let (topic, post) = node.open(&ana, &category, "un").await;
    for n in 0..20 {
        node.reply(&ana, &topic, &format!("réponse {n:02}")).await;
    }
    assert_eq!(node.drain().await, 0);
    let row = destination(&node, &peer, "/inbox").await;
    assert_eq!((row.state, row.fail_count), (DestinationState::Backoff, 1));
    let wait = row.next_at.0 - node.forum.now().0;
    assert!((25_000..=38_000).contains(&wait), "first wait of {wait} ms");
    let host = row.host.clone();
    let behind = status(&node.federation, Some(&host)).await.unwrap();
    assert_eq!((behind[0].behind_count, behind[0].state), (21, "backoff"));
    let reach = post_reach(&node.federation, post.id).await.unwrap();
    assert_eq!(reach.waiting, std::slice::from_ref(&host));

    peer.answers(|_| "202 Accepted".to_owned());
    assert_eq!(node.drain().await, 0, "not before its time");
    node.later(40);
    assert_eq!(node.drain().await, 21);
    let contents = contents(&peer.seen());
    assert_eq!(contents.len(), 21);
    assert!(contents[1..].is_sorted());
    let reach = post_reach(&node.federation, post.id).await.unwrap();
    assert_eq!(reach.delivered, [host]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_activity_that_fails_holds_back_only_its_conversation() {
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &follower).await;
    node.drain().await;
    let broken = Arc::new(AtomicBool::new(true));
    let poison = broken.clone();
    peer.answers(move |seen| {
        let text = String::from_utf8_lossy(&seen.body).into_owned();
        if poison.load(Ordering::SeqCst) && text.contains("poison") {
            "500 Internal Server Error".to_owned()
        } else {
            "202 Accepted".to_owned()
        }
    });
    let (one, _) = node.open(&ana, &category, "premier").await;
    let (two, _) = node.open(&ana, &category, "second").await;
    node.reply(&ana, &one, "poison").await;
    node.reply(&ana, &one, "après").await;
    node.reply(&ana, &two, "libre").await;
    assert_eq!(node.drain().await, 3);
    let row = destination(&node, &peer, "/inbox").await;
    assert_eq!(row.state, DestinationState::Live);
    assert_eq!(log::Settled::read(&row.settled).held.len(), 1);
    node.reply(&ana, &two, "encore libre").await;
    assert_eq!(node.drain().await, 1);
    broken.store(false, Ordering::SeqCst);
    node.later(60);
    assert_eq!(node.drain().await, 2);
    let texts: Vec<String> = contents(&peer.seen()).into_iter().map(|c| c.1).collect();
    let place = |word: &str| texts.iter().position(|t| t.contains(word)).unwrap();
    assert!(place("poison") < place("après"));
    assert_eq!(texts.len(), 6);
    let row = destination(&node, &peer, "/inbox").await;
    assert_eq!(row.cursor, row.wake);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_that_is_gone_loses_its_followers() {
    let node = Node::start().await;
    let (gone, other) = (Peer::start("lemmy"), Peer::start("lemmy"));
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    for peer in [&gone, &other] {
        let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
        node.followed_by(&category.actor, &follower).await;
    }
    node.drain().await;
    gone.answers(|_| "410 Gone".to_owned());
    node.open(&ana, &category, "un").await;
    node.drain().await;
    let row = destination(&node, &gone, "/inbox").await;
    assert_eq!(row.state, DestinationState::Gone);
    let followers = follows::count_followers(node.forum.db(), category.id()).await;
    assert_eq!(followers.unwrap(), 1);
    let before = other.seen().len();
    gone.answers(|_| panic!("nothing is sent to what is gone"));
    node.open(&ana, &category, "deux").await;
    assert_eq!(node.drain().await, 1);
    assert_eq!(other.seen().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_kind_of_signature_is_tried_and_remembered() {
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let knocks = Arc::new(Mutex::new(Vec::new()));
    let heard = knocks.clone();
    peer.answers(move |seen| {
        let modern = seen.headers.contains_key("signature-input");
        heard.lock().unwrap().push(modern);
        if modern {
            "202 Accepted".to_owned()
        } else {
            "401 Unauthorized".to_owned()
        }
    });
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &follower).await;
    assert_eq!(node.drain().await, 1);
    node.open(&ana, &category, "un").await;
    assert_eq!(node.drain().await, 1);
    assert_eq!(*knocks.lock().unwrap(), [false, true, true]);
    let host = crate::audience::host_of(&peer.base).unwrap();
    let known = instances::by_host(node.forum.db(), &host).await.unwrap();
    let until = known.rfc9421_until.unwrap();
    assert!(until > node.forum.now().plus_days(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_activity_is_noted_and_passed() {
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &follower).await;
    node.drain().await;
    peer.answers(|seen| {
        if String::from_utf8_lossy(&seen.body).contains("indésirable") {
            "422 Unprocessable Content".to_owned()
        } else {
            "202 Accepted".to_owned()
        }
    });
    let (topic, _) = node.open(&ana, &category, "un").await;
    let post = node.reply(&ana, &topic, "indésirable").await;
    node.reply(&ana, &topic, "bienvenu").await;
    assert_eq!(node.drain().await, 2);
    let host = crate::audience::host_of(&peer.base).unwrap();
    let refused = failures(&node.federation, &host).await.unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].status, Some(422));
    let reach = post_reach(&node.federation, post.id).await.unwrap();
    assert_eq!((reach.refused.len(), reach.total()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_held_is_delivered_after_its_lease() {
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &follower).await;
    node.drain().await;
    node.open(&ana, &category, "un").await;
    let dead = Worker::new(&node.federation, CancellationToken::new());
    assert_eq!(dead.lease(10).await.unwrap().len(), 1);
    drop(dead);
    assert_eq!(node.drain().await, 0, "the lease still holds");
    node.later(LEASE_SECONDS + 1);
    assert_eq!(node.drain().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_ends_and_leaves_no_lease() {
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &follower).await;
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    let arrived = Arc::new(tokio::sync::Notify::new());
    let told = arrived.clone();
    peer.answers(move |_| {
        told.notify_one();
        "202 Accepted".to_owned()
    });
    node.open(&ana, &category, "un").await;
    let both = async {
        tokio::join!(Box::pin(run(&node.federation, stop)), async {
            arrived.notified().await;
            stopper.cancel();
        })
    };
    tokio::time::timeout(Duration::from_secs(30), both)
        .await
        .unwrap();
    let host = crate::audience::host_of(&peer.base).unwrap();
    for row in log::destinations_of(node.forum.db(), Some(&host))
        .await
        .unwrap()
    {
        assert_eq!(row.lease_owner, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_to_a_blocked_server() {
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &follower).await;
    node.open(&ana, &category, "un").await;
    let host = crate::audience::host_of(&peer.base).unwrap();
    let tx = node.tx().await;
    instances::set_policy(
        &tx,
        &parvis_forum::Viewer::System,
        &host,
        parvis_forum::kinds::InstancePolicy::Block,
        "",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(node.drain().await, 0);
    assert!(peer.seen().is_empty());
    let status = status(&node.federation, Some(&host)).await.unwrap();
    assert_eq!((status[0].state, status[0].behind_count), ("blocked", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_asks_for_a_pause_and_gets_it_and_a_word_from_it_ends_any_wait() {
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let follower = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &follower).await;
    node.drain().await;
    peer.answers(|_| "429 Too Many Requests\r\nretry-after: 3600".to_owned());
    node.open(&ana, &category, "un").await;
    node.drain().await;
    let row = destination(&node, &peer, "/inbox").await;
    assert!(row.next_at >= node.forum.now().plus_seconds(3_590));
    peer.answers(|_| "202 Accepted".to_owned());
    node.later(600);
    assert_eq!(node.drain().await, 0);
    wake_host(&node.federation, &row.host).await.unwrap();
    assert_eq!(node.drain().await, 1);
}

#[test]
fn waits_grow_from_half_a_minute_to_six_hours() {
    for (failures, least, most) in [
        (1, 30, 38),
        (2, 60, 75),
        (3, 120, 150),
        (10, 15_360, 19_200),
        (40, 21_600, 21_600),
    ] {
        let wait = backoff_seconds(failures);
        assert!((least..=most).contains(&wait), "{failures}: {wait}");
    }
}

/// The key that signed a delivery.
fn key_of(seen: &Seen) -> String {
    let named = |header: &str, name: &str| {
        let (_, rest) = seen.headers.get(header)?.split_once(name)?;
        Some(rest.split('"').next()?.to_owned())
    };
    named("signature", "keyId=\"")
        .or_else(|| named("signature-input", "keyid=\""))
        .unwrap()
}

#[tokio::test]
async fn a_replaced_key_signs_what_was_there_before_and_the_news_of_its_replacement() {
    use parvis_forum::keys;
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let category = node.category("urbanisme").await;
    let ana = node.person("ana", Role::Member).await;
    let lea = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &lea).await;
    node.open(&ana, &category, "avant").await;
    let former = category.actor.public_key_id.clone().unwrap();
    let tx = node.tx().await;
    let denied = keys::replace(&tx, &ana, category.actor.clone(), crate::testing::keys()).await;
    assert!(denied.is_err(), "by a member");
    let actor = keys::replace(
        &tx,
        &Viewer::System,
        category.actor.clone(),
        crate::testing::keys(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let fresh = actor.public_key_id.clone().unwrap();
    assert_ne!(former, fresh);
    let again = categories::by_id(node.forum.db(), actor.id).await.unwrap();
    node.open(&ana, &again, "après").await;
    node.drain().await;
    let seen: Vec<(String, String)> = peer
        .seen()
        .iter()
        .map(|seen| {
            let kind = seen.json()["type"].as_str().unwrap().to_owned();
            (kind, key_of(seen))
        })
        .collect();
    let by = |key: &str, kind: &str| {
        let both = (kind.to_owned(), key.to_owned());
        seen.iter().filter(|one| **one == both).count()
    };
    assert_eq!(by(&former, "Update"), 1, "{seen:?}");
    assert_eq!(by(&former, "Announce"), 1, "{seen:?}");
    assert_eq!(by(&fresh, "Announce"), 1, "{seen:?}");
    assert_eq!(by(&fresh, "Update"), 0, "{seen:?}");
    // The Update says which key holds from now on.
    let update = peer
        .seen()
        .iter()
        .map(Seen::json)
        .find(|json| json["type"] == "Update")
        .unwrap();
    assert_eq!(update["object"]["publicKey"]["id"], fresh);
}

#[tokio::test]
async fn who_believes_a_former_key_no_longer_gets_the_new_one() {
    use parvis_forum::keys;
    let node = Node::start().await;
    let peer = Peer::start("lemmy");
    let category = node.category("urbanisme").await;
    let ana = node.person("ana", Role::Member).await;
    let lea = node.remote(&peer.base, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &lea).await;
    node.open(&ana, &category, "avant").await;
    let former = category.actor.public_key_id.clone().unwrap();
    let refused = former.clone();
    peer.answers(move |seen| {
        if key_of(seen) == refused {
            "401 Unauthorized".to_owned()
        } else {
            "202 Accepted".to_owned()
        }
    });
    let tx = node.tx().await;
    keys::replace(&tx, &Viewer::System, category.actor, crate::testing::keys())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    node.drain().await;
    let seen = peer.seen();
    assert!(seen.len() >= 3, "{}", seen.len());
    assert!(seen.iter().all(|seen| key_of(seen) != former));
}

#[tokio::test]
async fn a_change_tells_the_receiver_which_of_its_people_follow() {
    use crate::synchronisation::{HEADER, digest};
    let node = Node::start().await;
    let peer = Peer::start("mastodon");
    let category = node.category("urbanisme").await;
    let lea = node.remote(&peer.base, ActorKind::Person, "lea").await;
    let far = node
        .remote("https://far.example", ActorKind::Person, "zoe")
        .await;
    node.followed_by(&category.actor, &lea).await;
    node.followed_by(&category.actor, &far).await;
    for _ in 0..2 {
        let tx = node.tx().await;
        tx.emit(parvis_forum::Event::ActorUpdated {
            actor: category.id(),
        });
        tx.commit().await.unwrap();
    }
    node.drain().await;
    let offers: Vec<String> = peer
        .seen()
        .iter()
        .filter_map(|seen| seen.headers.get(HEADER).cloned())
        .collect();
    assert_eq!(offers.len(), 1, "once in some hours");
    assert!(
        offers[0].contains(&digest([lea.uri.as_str()])),
        "{offers:?}"
    );
    assert!(offers[0].contains(&format!("{}/followers\"", category.actor.uri)));
}
