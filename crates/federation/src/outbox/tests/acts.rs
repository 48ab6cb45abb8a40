//! Bans, moderators, moves, and reports among moderators, as they leave.

use parvis_forum::Viewer;
use parvis_forum::bans::{self, Lift, NewBan, Scope};
use parvis_forum::reports::{About, NewReport};
use parvis_forum::topic_moves::{self, Along};

use super::*;

const FORUM: &str = "https://forum.ministere.example";

/// A node with a category that somebody of another forum follows.
async fn stage() -> (Node, Viewer, Viewer, categories::Category, Actor) {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let chief = node.person("chef", Role::Admin).await;
    let category = node.category("urbanisme").await;
    let lemming = node.remote(LEMMY, ActorKind::Person, "lem").await;
    node.runs(LEMMY, "lemmy").await;
    node.followed_by(&category.actor, &lemming).await;
    (node, ana, chief, category, lemming)
}

#[tokio::test]
async fn a_ban_from_our_category_is_announced_and_told_to_the_persons_server() {
    let (node, _, chief, category, _) = stage().await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    let scope = Scope::Category(Box::new(category.actor.clone()));
    let start = end(&node).await;
    let tx = node.tx().await;
    let new = NewBan::parse("publicité", "", tx.now())
        .unwrap()
        .removing(true);
    bans::impose(&tx, &chief, lea.clone(), &scope, new, Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let tx = node.tx().await;
    let lea = actors::by_id(tx.c(), lea.id).await.unwrap();
    let how = Lift {
        reason: "excuses",
        restores: true,
    };
    bans::lift(&tx, &chief, &lea, &scope, how, Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!("ban_and_lift", log_after(&node, start).await);
}

#[tokio::test]
async fn a_ban_from_the_node_goes_to_every_server_and_says_when_it_ends() {
    let (node, ana, chief, _, _) = stage().await;
    let start = end(&node).await;
    let tx = node.tx().await;
    let new = NewBan::parse("insultes", "7", tx.now()).unwrap();
    let ana = ana.actor().unwrap().clone();
    let here = Scope::here(node.forum.config());
    let ban = bans::impose(&tx, &chief, ana, &here, new, Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let sent = log::bodies(node.forum.db(), &[Seq(start.0 + 1)])
        .await
        .unwrap();
    let block: Value = serde_json::from_str(&sent[0].1).unwrap();
    assert_eq!(block["type"], "Block");
    assert_eq!(block["target"], "http://forum.ville.example/");
    assert_eq!(block["actor"], chief.actor().unwrap().uri.as_str());
    assert_eq!(block["endTime"], block["expires"]);
    let until = chrono::DateTime::parse_from_rfc3339(block["endTime"].as_str().unwrap()).unwrap();
    assert_eq!(until.timestamp(), ban.expires_at.unwrap().seconds());
    assert_eq!(
        directs(&node, Seq(start.0 + 1)).await,
        ["https://lemmy.example/inbox"]
    );
}

#[tokio::test]
async fn what_a_moderator_elsewhere_bans_is_passed_on_as_it_came() {
    let (node, _, _, category, lemming) = stage().await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    let tx = node.tx().await;
    categories::set_moderator(&tx, &Viewer::System, &category, lemming.id, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let by = Viewer::load(node.forum.db(), lemming.clone())
        .await
        .unwrap();
    let uri = format!("{}/a/ban", lemming.uri);
    let text = format!("{{\"id\": \"{uri}\",  \"type\":\"Block\", \"odd\": 1.0}}");
    let origin = Origin::Received {
        uri: uri.clone().into(),
        activity: text.clone().into(),
    };
    let start = end(&node).await;
    let scope = Scope::Category(Box::new(category.actor.clone()));
    let tx = node.tx().await;
    let new = NewBan::received("spam", None, false, uri);
    bans::impose(&tx, &by, lea, &scope, new, origin)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let sent = log::bodies(node.forum.db(), &[Seq(start.0 + 1)])
        .await
        .unwrap();
    assert!(sent[0].1.contains(&text), "{}", sent[0].1);
    assert_eq!(end(&node).await.0 - start.0, 1);
}

#[tokio::test]
async fn naming_a_moderator_is_announced_and_told_to_their_server() {
    let (node, _, chief, category, _) = stage().await;
    let mo = node.remote(FORUM, ActorKind::Person, "mo").await;
    let start = end(&node).await;
    for named in [true, false] {
        let tx = node.tx().await;
        for _ in 0..2 {
            categories::set_moderator(&tx, &chief, &category, mo.id, named)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }
    insta::assert_json_snapshot!("moderator_named", log_after(&node, start).await);
}

#[tokio::test]
async fn reports_in_our_category_reach_its_moderators_elsewhere_and_nobody_else() {
    let (node, ana, chief, category, lemming) = stage().await;
    let mo = node.remote(FORUM, ActorKind::Person, "mo").await;
    let tx = node.tx().await;
    categories::set_moderator(&tx, &chief, &category, mo.id, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (_, post) = receive_topic(&node, &lemming, &category, "1").await;
    let start = end(&node).await;
    let tx = node.tx().await;
    let new = NewReport::parse(About::Post(Box::new(post)), "publicité").unwrap();
    let report = reports::file(&tx, &ana, new).await.unwrap();
    tx.commit().await.unwrap();
    let tx = node.tx().await;
    reports::resolve(&tx, &chief, report.id, "retiré")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let sent = log_after(&node, start).await;
    let text = sent.to_string();
    assert!(!text.contains("/u/ana"), "who reported stays here: {text}");
    for entry in sent.as_array().unwrap() {
        let inbox = entry["direct"].as_array().unwrap();
        assert_eq!(inbox, &[json!("https://forum.ministere.example/inbox")]);
        assert_eq!(entry["followers of"], Value::Null);
    }
    insta::assert_json_snapshot!("report_to_moderators", sent);
    // Nobody reads them at their addresses.
    let db = node.forum.db();
    let last = log::bodies(db, &[end(&node).await]).await.unwrap();
    let last: Value = serde_json::from_str(&last[0].1).unwrap();
    let number = last["id"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let served = crate::documents::activity(&node.forum, &Viewer::Anonymous, &number)
        .await
        .unwrap();
    assert_eq!(served, crate::documents::Served::NotFound);
}

#[tokio::test]
async fn a_move_is_announced_by_both_categories_with_the_post_as_it_is_now() {
    let (node, ana, chief, category, lemming) = stage().await;
    let rail = node.category("rail").await;
    node.followed_by(&rail.actor, &lemming).await;
    let (topic, _) = node.open(&ana, &category, "Une gare.").await;
    let start = end(&node).await;
    let tx = node.tx().await;
    let moved = topic_moves::relocate(&tx, &chief, topic, &rail, "du rail", Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!("move", log_after(&node, start).await);
    // Into a category elsewhere: its server is told by the one that it leaves.
    let far = node.remote(FORUM, ActorKind::Group, "gares").await;
    node.runs(FORUM, "parvis").await;
    let far = categories::by_id(node.forum.db(), far.id).await.unwrap();
    let start = end(&node).await;
    let tx = node.tx().await;
    topic_moves::relocate(&tx, &chief, moved, &far, "", Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let sent = log_after(&node, start).await;
    let kinds: Vec<(&str, bool)> = sent
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let there = entry["direct"]
                .to_string()
                .contains("forum.ministere.example");
            (entry["kind"].as_str().unwrap(), there)
        })
        .collect();
    assert_eq!(kinds, [("Announce Move", true), ("Update", true)]);
}

#[tokio::test]
async fn after_a_split_the_posts_written_here_are_sent_as_they_are_now() {
    let (node, ana, chief, category, _) = stage().await;
    let (topic, _) = node.open(&ana, &category, "Une gare.").await;
    let reply = node.reply(&chief, &topic, "Et les vélos ?").await;
    let start = end(&node).await;
    let tx = node.tx().await;
    let new = topic_moves::split(&tx, &chief, &reply, "Vélos", Along::Answers, "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let sent = log::bodies(node.forum.db(), &[Seq(start.0 + 1)])
        .await
        .unwrap();
    let update: Value = serde_json::from_str(&sent[0].1).unwrap();
    let object = match update["type"].as_str() {
        Some("Announce") => &update["object"]["object"],
        _ => &update["object"],
    };
    assert_eq!(
        (&object["type"], &object["name"]),
        (&json!("Article"), &json!("Vélos"))
    );
    assert_eq!(object["id"], reply.uri.as_str());
    assert_eq!(object["context"], new.uri.as_deref().unwrap());
    // Back again: the emptied conversation leads to the other.
    let tx = node.tx().await;
    let topic = topics::by_id(tx.c(), topic.id).await.unwrap();
    topic_moves::merge(&tx, &chief, new.clone(), topic.clone(), "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let served = crate::documents::conversation(&node.forum, &Viewer::Anonymous, new.id, None)
        .await
        .unwrap();
    assert_eq!(
        served,
        crate::documents::Served::Elsewhere(topic.uri.unwrap())
    );
}
