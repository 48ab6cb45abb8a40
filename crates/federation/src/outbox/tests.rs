//! What happens, and the activities that leave because of it.

use std::sync::Arc;

use parvis_forum::content::Body;
use parvis_forum::id::Seq;
use parvis_forum::kinds::{ActorKind, Role, VoteKind};
use parvis_forum::posts::{PostChange, RemotePost};
use parvis_forum::text::sanitize::SafeHtml;
use parvis_forum::topics::TopicChange;
use parvis_forum::{
    Denied, Post, Topic, Viewer, categories, follows, posts, reports, topics, votes,
};
use serde_json::{Value, json};

use super::*;
use crate::testing::{Node, redact};

mod acts;
mod vocabulary;

const LEMMY: &str = "https://lemmy.example";
const MASTODON: &str = "https://mastodon.example";

/// What the log gained after `after`, made comparable: what is sent, to which followers, and where else.
async fn log_after(node: &Node, after: Seq) -> Value {
    let db = node.forum.db();
    let end = log::end(db).await.unwrap();
    let seqs: Vec<Seq> = (after.0 + 1..=end.0).map(Seq).collect();
    let mut entries = Vec::new();
    for (seq, body) in log::bodies(db, &seqs).await.unwrap() {
        let body: Value = serde_json::from_str(&body).unwrap();
        let entry = log::find(db, body["id"].as_str().unwrap())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(entry.seq, seq);
        let followers_of = match entry.audience_id {
            Some(id) => Some(actors::by_id(db, id).await.unwrap().name),
            None => None,
        };
        let direct = directs(node, seq).await;
        entries.push(json!({
            "kind": entry.kind, "reach": entry.reach, "followers of": followers_of, "direct": direct, "body": body,
        }));
    }
    let mut all = Value::Array(entries);
    redact(&mut all, &mut Vec::new());
    all
}

/// The inboxes that an entry names one by one.
async fn directs(node: &Node, seq: Seq) -> Vec<String> {
    let db = node.forum.db();
    let mut found = Vec::new();
    for destination in log::destinations_of(db, None).await.unwrap() {
        let named = log::is_direct(db, seq, destination.id).await.unwrap();
        if named {
            found.push(destination.inbox);
        }
    }
    found.sort();
    found
}

async fn end(node: &Node) -> Seq {
    log::end(node.forum.db()).await.unwrap()
}

/// A received activity: a Create with odd spacing and members that nobody knows.
fn received(author: &Actor, id: &str) -> Origin {
    let uri = format!("{}/a/{id}", author.uri);
    let text = format!(
        "{{ \"id\":\"{uri}\",  \"type\" : \"Create\",\"actor\":\"{}\", \"odd\": [1.0, 1e2], \"object\":{{\"id\":\"x\"}} }}",
        author.uri
    );
    Origin::Received {
        uri: uri.into(),
        activity: text.into(),
    }
}

fn remote_post(author: &Actor, id: &str) -> RemotePost {
    RemotePost {
        affiliation: None,
        uri: format!("{}/p/{id}", author.uri),
        url: None,
        object_type: "Page".to_owned(),
        body: Body {
            html: SafeHtml::from_stored("<p>Bonjour</p>"),
            ..Body::default()
        },
        warning: None,
        language: None,
        attachments: "[]".to_owned(),
        published: parvis_forum::Timestamp(1_772_445_600_000),
        updated: None,
        context: None,
        kind: None,
        likes: None,
        locked: None,
        poll: None,
        answer: None,
        official: None,
        quote: None,
        origin: received(author, id),
    }
}

async fn receive_topic(
    node: &Node,
    author: &Actor,
    category: &categories::Category,
    id: &str,
) -> (Topic, Post) {
    let viewer = Viewer::load(node.forum.db(), author.clone()).await.unwrap();
    let tx = node.tx().await;
    let opened = topics::receive(
        &tx,
        &viewer,
        category,
        "Bonjour".to_owned(),
        false,
        remote_post(author, id),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    opened
}

#[tokio::test]
async fn what_happens_in_our_category_is_sent_to_followers() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let paul = node.person("paul", Role::Member).await;
    let category = node.category("urbanisme").await;
    let lemming = node.remote(LEMMY, ActorKind::Person, "lem").await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    node.runs(LEMMY, "lemmy").await;
    node.followed_by(&category.actor, &lemming).await;
    node.followed_by(ana.actor().unwrap(), &lea).await;
    node.followed_by(ana.actor().unwrap(), &lemming).await;

    let start = end(&node).await;
    let (topic, opening) = node
        .open(
            &ana,
            &category,
            "Trois rues **testées**, @lea@mastodon.example.",
        )
        .await;
    insta::assert_json_snapshot!("opening_post", log_after(&node, start).await);

    let start = end(&node).await;
    let reply = node
        .reply(&paul, &topic, "Chez nous, baisse de 20 %.")
        .await;
    insta::assert_json_snapshot!("reply", log_after(&node, start).await);

    let start = end(&node).await;
    let tx = node.tx().await;
    let change = PostChange {
        content: Some("Quatre rues testées.".to_owned()),
        ..PostChange::default()
    };
    posts::edit(&tx, &ana, opening.clone(), change)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!("edit", log_after(&node, start).await);

    let start = end(&node).await;
    let tx = node.tx().await;
    votes::cast(&tx, &ana, &reply, VoteKind::Like, None, Origin::Local)
        .await
        .unwrap();
    votes::undo(&tx, &ana, &reply, Origin::Local).await.unwrap();
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!("like_and_undo", log_after(&node, start).await);

    let start = end(&node).await;
    let tx = node.tx().await;
    posts::delete(&tx, &paul, reply, Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!("delete", log_after(&node, start).await);
}

#[tokio::test]
async fn moderation_in_our_category_is_announced() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let chief = node.person("chef", Role::Moderator).await;
    let category = node.category("urbanisme").await;
    let nodebb = node
        .remote("https://nodebb.example", ActorKind::Person, "nod")
        .await;
    node.runs("https://nodebb.example", "nodebb").await;
    node.followed_by(&category.actor, &nodebb).await;
    let (topic, opening) = node.open(&ana, &category, "un").await;

    let start = end(&node).await;
    for locked in [true, false] {
        let tx = node.tx().await;
        let topic = topics::by_id(tx.c(), topic.id).await.unwrap();
        let change = TopicChange {
            locked: Some(locked),
            pinned: Some(locked),
            reason: "hors sujet".to_owned(),
            ..TopicChange::default()
        };
        topics::change(&tx, &chief, topic, change).await.unwrap();
        tx.commit().await.unwrap();
    }
    insta::assert_json_snapshot!("lock_and_pin", log_after(&node, start).await);

    let start = end(&node).await;
    let tx = node.tx().await;
    let removed = posts::remove(&tx, &chief, opening, "publicité", Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let tx = node.tx().await;
    posts::restore(&tx, &chief, removed, "erreur", Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!("remove_and_restore", log_after(&node, start).await);
}

#[tokio::test]
async fn a_contribution_from_elsewhere_is_announced_byte_for_byte_and_once() {
    let node = Node::start().await;
    let category = node.category("urbanisme").await;
    let lemming = node.remote(LEMMY, ActorKind::Person, "lem").await;
    let start = end(&node).await;
    let (_, post) = receive_topic(&node, &lemming, &category, "1").await;
    let after = end(&node).await;
    assert_eq!(after.0 - start.0, 2, "forms A and B");
    let db = node.forum.db();
    let bodies = log::bodies(db, &[Seq(start.0 + 1), Seq(start.0 + 2)])
        .await
        .unwrap();
    let (form_a, form_b) = (&bodies[0].1, &bodies[1].1);
    let Origin::Received { uri, activity } = received(&lemming, "1") else {
        unreachable!()
    };
    assert!(form_a.contains(&*activity), "not as received: {form_a}");
    let form_b: Value = serde_json::from_str(form_b).unwrap();
    assert_eq!(form_b["object"], post.uri.as_str());
    assert_eq!(
        directs(&node, Seq(start.0 + 1)).await,
        ["https://lemmy.example/inbox"],
        "the author's server gets A without following"
    );
    // The same again, as after a crash: nothing is announced twice.
    let tx = node.tx().await;
    tx.emit(Event::PostCreated {
        post: post.id,
        around: None,
        origin: received(&lemming, "1"),
    });
    tx.commit().await.unwrap();
    assert_eq!(end(&node).await, after);
    // An Announce is never announced.
    let tx = node.tx().await;
    tx.emit(Event::PostCreated {
        post: post.id,
        around: None,
        origin: Origin::Received {
            uri: Arc::from(format!("{uri}/other")),
            activity: Arc::from(r#"{"type":["as:Announce"],"object":"x"}"#),
        },
    });
    tx.commit().await.unwrap();
    assert_eq!(end(&node).await, after);
}

#[tokio::test]
async fn what_we_write_in_a_category_elsewhere_goes_there() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let group = node.remote(LEMMY, ActorKind::Group, "velo").await;
    node.runs(LEMMY, "lemmy").await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    node.followed_by(ana.actor().unwrap(), &lea).await;
    let category = categories::by_id(node.forum.db(), group.id).await.unwrap();
    let start = end(&node).await;
    let (_, post) = node.open(&ana, &category, "Bonjour").await;
    let tx = node.tx().await;
    votes::cast(&tx, &ana, &post, VoteKind::Like, None, Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!("remote_category", log_after(&node, start).await);
}

#[tokio::test]
async fn follows_and_actors_are_told() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    let start = end(&node).await;
    node.followed_by(&category.actor, &lea).await;
    let tx = node.tx().await;
    follows::follow(&tx, &ana, &lea).await.unwrap();
    tx.commit().await.unwrap();
    let tx = node.tx().await;
    follows::unfollow(&tx, ana.actor_id().unwrap(), &lea)
        .await
        .unwrap();
    for actor in [category.id(), ana.actor_id().unwrap()] {
        tx.emit(Event::ActorUpdated { actor });
    }
    tx.emit(Event::ActorDeleted {
        actor: ana.actor_id().unwrap(),
    });
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!("follows_and_actors", log_after(&node, start).await);
    // Nobody follows any more: the interest ends.
    let destination = |inbox: &str| inbox == "https://mastodon.example/inbox";
    let all = log::destinations_of(node.forum.db(), None).await.unwrap();
    let shared = all.iter().find(|d| destination(&d.inbox)).unwrap();
    let tx = node.tx().await;
    assert_eq!(log::interests_of(tx.c(), shared.id).await.unwrap().len(), 1);
    follows::receive_undo(&tx, &lea, category.id())
        .await
        .unwrap();
    crate::audience::follow_ended(&tx, &lea).await.unwrap();
    assert_eq!(log::interests_of(tx.c(), shared.id).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_follow_that_nobody_answered_is_sent_again_under_its_id() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    let tx = node.tx().await;
    let follow = follows::follow(&tx, &ana, &lea).await.unwrap();
    tx.commit().await.unwrap();
    let first = end(&node).await;
    let tx = node.tx().await;
    tx.emit(Event::FollowRequested { follow: follow.id });
    tx.commit().await.unwrap();
    let again = end(&node).await;
    assert!(again > first);
    let entry = log::find(node.forum.db(), &follow.uri).await.unwrap();
    assert_eq!(entry.unwrap().seq, again);
    assert_eq!(
        directs(&node, again).await,
        ["https://mastodon.example/lea/inbox"]
    );
}

#[tokio::test]
async fn a_report_is_forwarded_as_the_other_side_reads_it() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let group = node.remote(LEMMY, ActorKind::Group, "velo").await;
    node.runs(LEMMY, "lemmy").await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    let category = categories::by_id(node.forum.db(), group.id).await.unwrap();
    let (_, post) = receive_topic(&node, &lea, &category, "7").await;
    let start = end(&node).await;
    for about in [
        reports::About::Post(Box::new(post)),
        reports::About::Actor(Box::new(lea)),
    ] {
        let new = reports::NewReport::parse(about, "insultes")
            .unwrap()
            .forwarded();
        let tx = node.tx().await;
        reports::file(&tx, &ana, new).await.unwrap();
        tx.commit().await.unwrap();
    }
    insta::assert_json_snapshot!("reports", log_after(&node, start).await);
}

#[tokio::test]
async fn a_forwarded_report_says_nothing_of_the_visitor_who_reported() {
    let node = Node::start().await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    let start = end(&node).await;
    let contact = reports::Contact {
        name: "Anne Martin".to_owned(),
        email: "anne@mail.example".to_owned(),
        locale: "fr".to_owned(),
    };
    let new = reports::NewReport::parse(reports::About::Actor(Box::new(lea)), "insultes")
        .unwrap()
        .on_ground("hate")
        .by_visitor(&contact)
        .unwrap()
        .forwarded();
    let tx = node.tx().await;
    reports::file(&tx, &Viewer::Anonymous, new).await.unwrap();
    tx.commit().await.unwrap();
    let sent = log_after(&node, start).await;
    assert_eq!(sent.as_array().unwrap().len(), 1, "{sent}");
    let text = sent.to_string();
    assert!(
        text.contains("insultes") && text.contains("harcèlement"),
        "{text}"
    );
    assert!(
        !text.contains("Anne") && !text.contains("mail.example"),
        "{text}"
    );
}

#[tokio::test]
async fn replies_that_are_not_announced_to_microblogs_reach_forums() {
    let node = Node::start().await;
    let chief = node.person("chef", Role::Admin).await;
    let category = node.category("urbanisme").await;
    let tx = node.tx().await;
    let change = categories::CategoryChange {
        announce_replies: Some(false),
        ..categories::CategoryChange::default()
    };
    let category = categories::edit(&tx, &chief, category, change)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (topic, _) = node.open(&chief, &category, "un").await;
    let start = end(&node).await;
    node.reply(&chief, &topic, "deux").await;
    let entries = log_after(&node, start).await;
    assert_eq!(entries.as_array().unwrap().len(), 1);
    assert_eq!(entries[0]["reach"], "forums");
}

#[tokio::test]
async fn nothing_leaves_a_node_that_does_not_federate_with_a_server() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    let tx = node.tx().await;
    parvis_forum::instances::set_policy(
        &tx,
        &Viewer::System,
        "mastodon.example",
        parvis_forum::kinds::InstancePolicy::Block,
        "",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    node.followed_by(&category.actor, &lea).await;
    node.open(&ana, &category, "Bonjour @lea@mastodon.example")
        .await;
    let all = log::destinations_of(node.forum.db(), None).await.unwrap();
    assert!(all.is_empty());
}

#[tokio::test]
async fn what_our_category_does_not_take_is_answered_once() {
    let node = Node::start().await;
    let category = node.category("urbanisme").await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    let refused = || posts::Refused {
        category: category.id(),
        author: lea.id,
        post: format!("{}/p/1", lea.uri),
        create: format!("{}/a/1", lea.uri),
    };
    let start = end(&node).await;
    for why in [Denied::Locked, Denied::Locked] {
        let tx = node.tx().await;
        assert!(posts::refuse(&tx, refused(), why));
        tx.commit().await.unwrap();
    }
    insta::assert_json_snapshot!("refusal", log_after(&node, start).await);
    // Who is kept out is told nothing.
    let start = end(&node).await;
    for why in [Denied::Suspended, Denied::Blocked, Denied::SignIn] {
        let tx = node.tx().await;
        assert!(!posts::refuse(&tx, refused(), why));
        tx.commit().await.unwrap();
    }
    assert_eq!(end(&node).await, start);
}

#[tokio::test]
async fn who_leaves_tells_followers_where_and_reads_only() {
    use parvis_forum::moving;
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let actor = ana.actor().unwrap().clone();
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    node.followed_by(&actor, &lea).await;
    let other = node.person("ana2", Role::Member).await;
    let target = other.actor().unwrap().clone();
    let start = end(&node).await;
    let tx = node.tx().await;
    let early = moving::leave(&tx, &ana, actor.clone(), &target).await;
    assert!(matches!(early, Err(Error::Invalid(_))), "not confirmed");
    let target = moving::set_aliases(&tx, &other, target, vec![actor.uri.clone()])
        .await
        .unwrap();
    assert!(
        moving::leave(&tx, &other, actor.clone(), &target)
            .await
            .is_err(),
        "by somebody else"
    );
    let actor = moving::leave(&tx, &ana, actor, &target).await.unwrap();
    tx.commit().await.unwrap();
    insta::assert_json_snapshot!("moved", log_after(&node, start).await);
    // It reads, and doesn't write any more.
    let gone = Viewer::load(node.forum.db(), actor.clone()).await.unwrap();
    assert_eq!(parvis_forum::policy::can_write(&gone), Err(Denied::Moved));
    // Coming back is free, leaving again isn't for a month.
    let tx = node.tx().await;
    let actor = moving::come_back(&tx, &gone, actor).await.unwrap();
    let back = Viewer::load(tx.c(), actor.clone()).await.unwrap();
    assert!(parvis_forum::policy::can_write(&back).is_ok());
    let again = moving::leave(&tx, &back, actor.clone(), &target).await;
    assert!(matches!(again, Err(Error::TooMany { .. })));
    tx.commit().await.unwrap();
    node.later(31 * 86_400);
    let tx = node.tx().await;
    moving::leave(&tx, &back, actor, &target).await.unwrap();
}

#[tokio::test]
async fn a_change_of_somebody_reaches_servers_that_have_their_posts() {
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let category = node.category("urbanisme").await;
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    node.followed_by(&category.actor, &lea).await;
    let far = node
        .remote("https://far.example", ActorKind::Person, "zoe")
        .await;
    let other = node.person("bob", Role::Member).await;
    node.followed_by(other.actor().unwrap(), &far).await;
    node.open(&ana, &category, "un").await;
    let start = end(&node).await;
    let tx = node.tx().await;
    tx.emit(Event::ActorUpdated {
        actor: ana.actor_id().unwrap(),
    });
    tx.commit().await.unwrap();
    let entries = log_after(&node, start).await;
    assert_eq!(
        entries[0]["direct"],
        json!(["https://mastodon.example/inbox"])
    );
}

#[tokio::test]
async fn what_a_person_here_writes_carries_a_proof_that_holds() {
    use crate::objects::build::actor::{Beside, actor_to_wire};
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let actor = ana.actor().unwrap();
    let document = actor_to_wire(actor, Beside::default(), node.forum.config()).unwrap();
    let document = serde_json::to_value(&document).unwrap();
    let key = &document["assertionMethod"][0];
    assert_eq!(key["controller"], actor.uri);
    let multibase = key["publicKeyMultibase"].as_str().unwrap();
    let ours = node.category("urbanisme").await;
    let lea = node.remote(LEMMY, ActorKind::Person, "lea").await;
    node.followed_by(&ours.actor, &lea).await;
    let group = node.remote(LEMMY, ActorKind::Group, "velo").await;
    let theirs = categories::by_id(node.forum.db(), group.id).await.unwrap();
    let db = node.forum.db();
    let start = end(&node).await;
    node.open(&ana, &ours, "ici").await;
    node.open(&ana, &theirs, "là-bas").await;
    let seqs: Vec<Seq> = (start.0 + 1..=end(&node).await.0).map(Seq).collect();
    let mut proven = 0;
    for (_, body) in log::bodies(db, &seqs).await.unwrap() {
        let body: Value = serde_json::from_str(&body).unwrap();
        for part in [&body, &body["object"]] {
            if part.get("proof").is_some() {
                assert_eq!(part["proof"]["verificationMethod"], key["id"]);
                assert!(
                    crate::proof::holds_with(part, multibase, node.forum.now()),
                    "{part}"
                );
                proven += 1;
            }
        }
    }
    assert_eq!(proven, 2, "announced here, and sent there");
}

#[tokio::test]
async fn the_end_of_an_account_is_told_everywhere_and_kept_as_evidence() {
    use parvis_forum::db::queue::outbox::Fate;
    use parvis_forum::{farewells, people};
    let node = Node::start().await;
    let ana = node.person("ana", Role::Member).await;
    let bob = node.person("bob", Role::Member).await;
    let id = ana.actor_id().unwrap();
    // One follows ana, one only ever heard of bob; of one server two inboxes are known.
    let lea = node.remote(MASTODON, ActorKind::Person, "lea").await;
    node.followed_by(ana.actor().unwrap(), &lea).await;
    let zoe = node.remote(LEMMY, ActorKind::Person, "zoe").await;
    node.followed_by(bob.actor().unwrap(), &zoe).await;
    let tx = node.tx().await;
    people::delete(&tx, &ana, id).await.unwrap();
    tx.commit().await.unwrap();
    let told = farewells::of(node.forum.db(), &Viewer::System, id)
        .await
        .unwrap();
    let hosts: Vec<&str> = told.iter().map(|one| one.host.as_str()).collect();
    assert_eq!(hosts, ["lemmy.example", "mastodon.example"]);
    assert!(told.iter().all(|one| one.fate == Fate::Waiting));
    assert!(farewells::of(node.forum.db(), &bob, id).await.is_err());
    // A year later it is forgotten.
    node.later(400 * 86_400);
    let tx = node.tx().await;
    assert_eq!(farewells::purge(&tx).await.unwrap(), 2);
}
