//! Votes in polls of ours, and polls of elsewhere as they change.

use parvis_forum::kinds::TopicKind;
use parvis_forum::polls::{self, NewPoll, Poll};
use parvis_forum::{Denied, Error as ForumError, Post};

use super::*;

const DAY: i64 = 24 * 3_600_000;

async fn asked(stage: &Stage, viewer: &Viewer, multiple: bool) -> Post {
    let choices = ["Oui".to_owned(), "Non".to_owned(), "Peut-être".to_owned()];
    let poll = NewPoll::parse(&choices, multiple, Some(2)).unwrap();
    let new = topics::NewTopic::parse(
        "Zones 30 ?",
        "Qu’en dites-vous ?",
        TopicKind::Question,
        None,
        &[],
    )
    .unwrap()
    .with_poll(Some(poll));
    let tx = stage.node.forum().begin().await.unwrap();
    let (_, post) = topics::open(&tx, viewer, &stage.category, new)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(post.object_type, "Question");
    post
}

fn vote(by: &Remote, n: u32, poll: &str, choice: &str) -> Value {
    json!({"id": format!("{}#votes/{n}", by.uri), "type": "Note", "attributedTo": by.uri,
        "inReplyTo": poll, "name": choice, "to": [poll]})
}

async fn send(stage: &Stage, by: &Remote, n: u32, object: &Value) {
    stage
        .node
        .take(by, &activity(by, "Create", n, object))
        .await;
}

async fn counts(stage: &Stage, post: &Post) -> (Vec<i32>, Option<i32>) {
    let poll: Poll = polls::find(stage.node.db(), post.id)
        .await
        .unwrap()
        .unwrap();
    (poll.choices.iter().map(|c| c.votes).collect(), poll.voters)
}

#[tokio::test]
async fn a_vote_counts_once_and_is_no_reply() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let post = asked(&stage, &ana, false).await;
    send(
        &stage,
        &stage.bob,
        1,
        &vote(&stage.bob, 1, &post.uri, "Oui"),
    )
    .await;
    // Again, and another choice: the first stands.
    send(
        &stage,
        &stage.bob,
        2,
        &vote(&stage.bob, 1, &post.uri, "Oui"),
    )
    .await;
    send(
        &stage,
        &stage.bob,
        3,
        &vote(&stage.bob, 3, &post.uri, "Non"),
    )
    .await;
    assert_eq!(counts(&stage, &post).await, (vec![1, 0, 0], Some(1)));
    let topic = topics::by_id(stage.node.db(), post.topic_id).await.unwrap();
    assert_eq!((topic.reply_count, topic.next_number), (0, 2));
    let carol = stage.good.person("carol");
    send(&stage, &carol, 4, &vote(&carol, 4, &post.uri, "Oui")).await;
    assert_eq!(counts(&stage, &post).await, (vec![2, 0, 0], Some(2)));
}

#[tokio::test]
async fn several_choices_come_one_by_one_or_together() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let post = asked(&stage, &ana, true).await;
    for (n, choice) in [(1, "Oui"), (2, "Peut-être"), (3, "Oui")] {
        send(
            &stage,
            &stage.bob,
            n,
            &vote(&stage.bob, n, &post.uri, choice),
        )
        .await;
    }
    assert_eq!(counts(&stage, &post).await, (vec![1, 0, 1], Some(1)));
    let both = json!([
        vote(&stage.mallory, 1, &post.uri, "Oui"),
        vote(&stage.mallory, 2, &post.uri, "Non"),
        vote(&stage.mallory, 3, &post.uri, "Oui")
    ]);
    let mut create = activity(&stage.mallory, "Create", 9, &json!(post.uri));
    create["object"] = both;
    stage.node.take(&stage.mallory, &create).await;
    assert_eq!(counts(&stage, &post).await, (vec![2, 1, 1], Some(2)));
}

#[tokio::test]
async fn nobody_votes_for_others_nor_for_what_is_not_there() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let post = asked(&stage, &ana, false).await;
    // In bob's name, with bob's id, with a name that isn't offered, for a post that asks nothing.
    send(
        &stage,
        &stage.mallory,
        1,
        &vote(&stage.bob, 1, &post.uri, "Oui"),
    )
    .await;
    let mut of_bob = vote(&stage.mallory, 2, &post.uri, "Oui");
    of_bob["id"] = json!(format!("{}#votes/2", stage.bob.uri));
    send(&stage, &stage.mallory, 2, &of_bob).await;
    send(
        &stage,
        &stage.mallory,
        3,
        &vote(&stage.mallory, 3, &post.uri, "Jamais"),
    )
    .await;
    let plain = stage.bob_posts("/n/1", 4).await;
    send(
        &stage,
        &stage.mallory,
        5,
        &vote(&stage.mallory, 5, &plain.uri, "Oui"),
    )
    .await;
    // Passed on by a category: a vote is between who asks and who votes.
    let create = activity(
        &stage.bob,
        "Create",
        6,
        &vote(&stage.bob, 6, &post.uri, "Oui"),
    );
    stage.announce(7, &create).await;
    assert_eq!(counts(&stage, &post).await, (vec![0, 0, 0], Some(0)));
    for uri in [&post, &plain] {
        let topic = topics::by_id(stage.node.db(), uri.topic_id).await.unwrap();
        assert_eq!(topic.reply_count, 0);
    }
}

#[tokio::test]
async fn a_closed_poll_takes_no_votes_from_anybody() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let post = asked(&stage, &ana, false).await;
    stage.node.forum().clock().advance(3 * DAY);
    send(
        &stage,
        &stage.bob,
        1,
        &vote(&stage.bob, 1, &post.uri, "Oui"),
    )
    .await;
    assert_eq!(counts(&stage, &post).await, (vec![0, 0, 0], Some(0)));
    let tx = stage.node.forum().begin().await.unwrap();
    let refused = polls::vote(&tx, &ana, &post, &[0]).await;
    assert!(matches!(
        refused,
        Err(ForumError::Denied(Denied::PollClosed))
    ));
}

#[tokio::test]
async fn who_is_banned_from_the_category_has_no_vote() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let post = asked(&stage, &ana, false).await;
    stage.name(&stage.mallory).await;
    let mut ban = activity(&stage.mallory, "Block", 1, &json!(stage.bob.uri));
    ban["target"] = json!(stage.category.actor.uri);
    stage.node.take(&stage.mallory, &ban).await;
    let object = vote(&stage.bob, 1, &post.uri, "Oui");
    send(&stage, &stage.bob, 2, &object).await;
    assert_eq!(counts(&stage, &post).await, (vec![0, 0, 0], Some(0)));
    let undo = activity(&stage.mallory, "Undo", 3, &ban);
    stage.node.take(&stage.mallory, &undo).await;
    let object = vote(&stage.bob, 4, &post.uri, "Oui");
    send(&stage, &stage.bob, 4, &object).await;
    assert_eq!(counts(&stage, &post).await, (vec![1, 0, 0], Some(1)));
}

fn question(stage: &Stage, path: &str, choices: &[(&str, i32)], more: &Value) -> Value {
    let choices: Vec<Value> = choices
        .iter()
        .map(|(name, votes)| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}}))
        .collect();
    let mut question = stage.note(path);
    merge(
        &mut question,
        &json!({"type": "Question", "name": "Zones 30 ?", "oneOf": choices, "votersCount": 3,
            "endTime": "2999-01-01T00:00:00Z"}),
    );
    merge(&mut question, more);
    question
}

#[tokio::test]
async fn a_poll_of_elsewhere_is_a_topic_and_its_counts_are_its_servers() {
    let stage = Stage::set().await;
    let ana = stage.node.member("ana").await;
    let first = question(&stage, "/q/1", &[("Oui", 2), ("Non", 1)], &json!({}));
    send(&stage, &stage.bob, 1, &first).await;
    let post = stage.post(&stage.good.url("/q/1")).await.unwrap();
    assert_eq!(counts(&stage, &post).await, (vec![2, 1], Some(3)));
    // Newer counts: no edit, no version, no other words.
    let newer = question(
        &stage,
        "/q/1",
        &[("Oui", 5), ("Non", 1)],
        &json!({"votersCount": 6}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 2, &newer))
        .await;
    assert_eq!(counts(&stage, &post).await, (vec![5, 1], Some(6)));
    let after = stage.post(&post.uri).await.unwrap();
    assert_eq!(after.edited_at, None);
    assert!(
        posts::revisions(stage.node.db(), &after)
            .await
            .unwrap()
            .is_empty()
    );
    // One of ours votes: counted here, sent there, and only once.
    let tx = stage.node.forum().begin().await.unwrap();
    polls::vote(&tx, &ana, &post, &[1]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(counts(&stage, &post).await, (vec![5, 2], Some(7)));
    let told = stage.node.events.lock().unwrap().iter().any(|event| {
        matches!(event, parvis_forum::Event::PollVoted { choices, .. } if choices == &["Non"])
    });
    assert!(told);
    let tx = stage.node.forum().begin().await.unwrap();
    let again = polls::vote(&tx, &ana, &post, &[0]).await;
    assert!(matches!(again, Err(ForumError::Denied(Denied::Voted))));
}

#[tokio::test]
async fn choices_are_not_slipped_in() {
    let stage = Stage::set().await;
    let first = question(&stage, "/q/1", &[("Oui", 2), ("Non", 1)], &json!({}));
    send(&stage, &stage.bob, 1, &first).await;
    let post = stage.post(&stage.good.url("/q/1")).await.unwrap();
    // As if the counts had changed; then by somebody else, of the same and of another server.
    let more = question(
        &stage,
        "/q/1",
        &[("Oui", 2), ("Non", 1), ("Achetez", 99)],
        &json!({}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 2, &more))
        .await;
    let carol = stage.good.person("carol");
    for (n, by) in [(3, &carol), (4, &stage.mallory)] {
        stage.node.take(by, &activity(by, "Update", n, &more)).await;
    }
    assert_eq!(counts(&stage, &post).await, (vec![2, 1], Some(3)));
    // An edit that says so: it begins anew, and the version before is kept.
    let edited = question(
        &stage,
        "/q/1",
        &[("Oui", 0), ("Jamais", 0)],
        &json!({"updated": "2026-03-03T10:00:00Z", "votersCount": 0}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 5, &edited))
        .await;
    assert_eq!(counts(&stage, &post).await, (vec![0, 0], Some(0)));
    let after = stage.post(&post.uri).await.unwrap();
    assert_eq!(
        posts::revisions(stage.node.db(), &after)
            .await
            .unwrap()
            .len(),
        1
    );
}
