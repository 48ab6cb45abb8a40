//! Documents that others fetch, as they are served.

use parvis_forum::kinds::{ActorKind, Role};
use parvis_forum::topics::TopicChange;
use parvis_forum::{Origin, categories};
use serde_json::Value;

use super::*;
use crate::testing::{Node, redact};

fn found(served: Served) -> Document {
    match served {
        Served::Found(document) => document,
        other => panic!("not found: {other:?}"),
    }
}

fn value(document: &Document) -> Value {
    serde_json::from_str(&document.json).unwrap()
}

fn shown(served: Served) -> Value {
    let mut value = value(&found(served));
    redact(&mut value, &mut Vec::new());
    value
}

#[tokio::test]
async fn actors_are_published() {
    let node = Node::start().await;
    node.person("ana", Role::Member).await;
    node.category("urbanisme").await;
    let forum = &node.forum;
    insta::assert_json_snapshot!(
        "group",
        shown(
            actor(forum, &Viewer::Anonymous, ActorKind::Group, "urbanisme")
                .await
                .unwrap()
        )
    );
    insta::assert_json_snapshot!(
        "person",
        shown(
            actor(forum, &Viewer::Anonymous, ActorKind::Person, "ana")
                .await
                .unwrap()
        )
    );
    insta::assert_json_snapshot!("application", shown(instance_actor(forum).await.unwrap()));
    for (kind, name) in [
        (ActorKind::Person, "urbanisme"),
        (ActorKind::Group, "ana"),
        (ActorKind::Person, "nobody"),
    ] {
        assert_eq!(
            actor(forum, &Viewer::Anonymous, kind, name).await.unwrap(),
            Served::NotFound
        );
    }
}

#[tokio::test]
async fn collections_are_published() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let chief = node.person("chef", Role::Admin).await;
    let category = node.category("urbanisme").await;
    let (topic, opening) = node.open(&ana, &category, "Bonjour").await;
    let reply = node.reply(&chief, &topic, "Bonsoir").await;
    let tx = node.tx().await;
    categories::set_moderator(&tx, &chief, &category, ana.actor_id().unwrap(), true)
        .await
        .unwrap();
    let change = TopicChange {
        pinned: Some(true),
        ..TopicChange::default()
    };
    parvis_forum::topics::change(&tx, &chief, topic.clone(), change)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let forum = &node.forum;
    let group = ActorKind::Group;
    insta::assert_json_snapshot!(
        "group_outbox",
        shown(
            outbox(forum, &Viewer::Anonymous, group, "urbanisme", None)
                .await
                .unwrap()
        )
    );
    let page = shown(
        outbox(forum, &Viewer::Anonymous, group, "urbanisme", Some("1"))
            .await
            .unwrap(),
    );
    assert_eq!(page["type"], "OrderedCollectionPage");
    assert_eq!(page["orderedItems"].as_array().unwrap().len(), 1);
    insta::assert_json_snapshot!(
        "person_outbox_page",
        shown(
            outbox(
                forum,
                &Viewer::Anonymous,
                ActorKind::Person,
                "chef",
                Some("1")
            )
            .await
            .unwrap()
        )
    );
    insta::assert_json_snapshot!(
        "moderators",
        shown(
            moderators(forum, &Viewer::Anonymous, "urbanisme")
                .await
                .unwrap()
        )
    );
    let pinned = shown(
        featured(forum, &Viewer::Anonymous, "urbanisme")
            .await
            .unwrap(),
    );
    assert_eq!(pinned["orderedItems"][0]["type"], "Article");
    let followers = shown(
        followers(forum, &Viewer::Anonymous, group, "urbanisme")
            .await
            .unwrap(),
    );
    assert_eq!(followers["totalItems"], 0);
    assert!(followers.get("orderedItems").is_none() && followers.get("first").is_none());
    insta::assert_json_snapshot!(
        "conversation",
        shown(
            conversation(forum, &Viewer::Anonymous, topic.id, None)
                .await
                .unwrap()
        )
    );
    insta::assert_json_snapshot!(
        "replies",
        shown(
            replies(forum, &Viewer::Anonymous, opening.id, None)
                .await
                .unwrap()
        )
    );
    let none = shown(
        replies(forum, &Viewer::Anonymous, reply.id, None)
            .await
            .unwrap(),
    );
    assert_eq!(none["totalItems"], 0);
}

#[tokio::test]
async fn every_id_serves_itself() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let (topic, post) = node.open(&ana, &category, "Bonjour").await;
    let forum = &node.forum;
    let served = found(
        super::post(forum, &Viewer::Anonymous, post.id)
            .await
            .unwrap(),
    );
    assert_eq!(value(&served)["id"], post.uri.as_str());
    let create = post.activity_uri.clone().unwrap();
    let id = create.rsplit('/').next().unwrap();
    let served = found(activity(forum, &Viewer::Anonymous, id).await.unwrap());
    assert_eq!(value(&served)["id"], create.as_str());
    assert_eq!(value(&served)["object"]["id"], post.uri.as_str());
    // The Announce in the category's outbox is the one that was sent.
    let listed = value(&found(
        outbox(
            forum,
            &Viewer::Anonymous,
            ActorKind::Group,
            "urbanisme",
            None,
        )
        .await
        .unwrap(),
    ));
    let announce = listed["orderedItems"][0]["id"].as_str().unwrap();
    let id = announce.rsplit('/').next().unwrap();
    let served = found(activity(forum, &Viewer::Anonymous, id).await.unwrap());
    assert_eq!(value(&served)["object"]["id"], create.as_str());
    let served = found(
        conversation(forum, &Viewer::Anonymous, topic.id, None)
            .await
            .unwrap(),
    );
    assert_eq!(value(&served)["id"], topic.uri.clone().unwrap());
    for id in ["1", "x", "-1", "99999999999999999999", ""] {
        assert_eq!(
            activity(forum, &Viewer::Anonymous, id).await.unwrap(),
            Served::NotFound,
            "{id}"
        );
    }
}

#[tokio::test]
async fn what_is_deleted_is_a_tombstone_and_can_be_read_nowhere() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let (topic, post) = node.open(&ana, &category, "secret").await;
    let forum = &node.forum;
    let before = found(
        conversation(forum, &Viewer::Anonymous, topic.id, None)
            .await
            .unwrap(),
    );
    let listed = value(&found(
        outbox(
            forum,
            &Viewer::Anonymous,
            ActorKind::Group,
            "urbanisme",
            None,
        )
        .await
        .unwrap(),
    ));
    let announce = listed["orderedItems"][0]["id"].as_str().unwrap().to_owned();
    let tx = node.tx().await;
    parvis_forum::posts::delete(&tx, &ana, post.clone(), Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let Served::Gone(tombstone) = super::post(forum, &Viewer::Anonymous, post.id)
        .await
        .unwrap()
    else {
        panic!("not gone")
    };
    let mut tombstone = value(&tombstone);
    redact(&mut tombstone, &mut Vec::new());
    insta::assert_json_snapshot!("tombstone", tombstone);
    for uri in [post.activity_uri.unwrap(), announce] {
        let id = uri.rsplit('/').next().unwrap();
        assert_eq!(
            activity(forum, &Viewer::Anonymous, id).await.unwrap(),
            Served::NotFound
        );
    }
    let after = found(
        conversation(forum, &Viewer::Anonymous, topic.id, None)
            .await
            .unwrap(),
    );
    assert_ne!(before.etag, after.etag);
    assert_eq!(value(&after)["totalItems"], 0);
}

#[test]
fn the_tag_of_a_conversation_does_not_depend_on_order() {
    let items = |list: &[&str]| list.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>();
    let tag = etag_of(&items(&["https://a.example/1", "https://a.example/2"]));
    assert_eq!(tag.len(), 66);
    assert_eq!(
        tag,
        etag_of(&items(&["https://a.example/2", "https://a.example/1"]))
    );
    assert_eq!(
        etag_of(&items(&["https://a.example/1"])),
        format!("\"{}\"", hex::encode(Sha256::digest("https://a.example/1")))
    );
    assert_eq!(etag_of(&[]), format!("\"{}\"", "0".repeat(64)));
}
