//! Accepted and official answers, reactions.

use parvis_forum::officials::{Official, Standing};
use parvis_forum::{Post, votes};

use super::*;

/// A question of bob's in our category, with a reply of carol's.
async fn question(stage: &Stage, n: u32) -> (Post, Post, Remote) {
    let post = stage.bob_posts(&format!("/n/{n}"), n).await;
    let carol = stage.good.person("carol");
    let path = format!("/r/{n}");
    let reply = stage
        .good
        .note(&carol, &path, &json!({"inReplyTo": post.uri}));
    stage
        .node
        .take(&carol, &activity(&carol, "Create", n + 100, &reply))
        .await;
    let reply = stage.post(&stage.good.url(&path)).await.unwrap();
    (post, reply, carol)
}

async fn answer(stage: &Stage, post: &Post) -> Option<parvis_forum::id::PostId> {
    let topic = topics::by_id(stage.node.db(), post.topic_id).await.unwrap();
    topic.answer_post_id
}

#[tokio::test]
async fn who_asked_chooses_the_answer_and_takes_it_back() {
    let stage = Stage::set().await;
    let (post, reply, _) = question(&stage, 1).await;
    let choice = activity(&stage.bob, "ChooseAnswer", 2, &json!(reply.uri));
    stage.node.take(&stage.bob, &choice).await;
    assert_eq!(answer(&stage, &post).await, Some(reply.id));
    let passed_on = |events: &[parvis_forum::Event]| {
        events
            .iter()
            .filter(|event| matches!(event, parvis_forum::Event::AnswerChosen { .. }))
            .count()
    };
    assert_eq!(passed_on(&stage.node.events.lock().unwrap()), 1);
    // Twice is once.
    let again = activity(&stage.bob, "ChooseAnswer", 3, &json!(reply.uri));
    stage.node.take(&stage.bob, &again).await;
    assert_eq!(passed_on(&stage.node.events.lock().unwrap()), 1);
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Undo", 4, &choice))
        .await;
    assert_eq!(answer(&stage, &post).await, None);
}

#[tokio::test]
async fn nobody_else_chooses_the_answer_of_a_topic() {
    let stage = Stage::set().await;
    let (post, reply, carol) = question(&stage, 1).await;
    for (n, by) in [(2, &carol), (3, &stage.mallory)] {
        stage
            .node
            .take(by, &activity(by, "ChooseAnswer", n, &json!(reply.uri)))
            .await;
    }
    // Announced by a category that isn't the topic's.
    stage
        .announce(
            4,
            &activity(&stage.bob, "ChooseAnswer", 5, &json!(reply.uri)),
        )
        .await;
    // The opening post answers nothing.
    stage
        .node
        .take(
            &stage.bob,
            &activity(&stage.bob, "ChooseAnswer", 6, &json!(post.uri)),
        )
        .await;
    // Of another topic of his own.
    let (other, _, _) = question(&stage, 7).await;
    assert_eq!(answer(&stage, &other).await, None);
    assert_eq!(answer(&stage, &post).await, None);
}

#[tokio::test]
async fn a_topic_that_names_its_answer_has_it_when_it_comes() {
    let stage = Stage::set().await;
    let mut page = stage.page("/n/9");
    page["acceptedAnswer"] = json!(stage.good.url("/r/9"));
    stage.good.serve(&page);
    stage
        .announce(1, &activity(&stage.bob, "Create", 1, &page))
        .await;
    let post = stage.post(&stage.good.url("/n/9")).await.unwrap();
    assert_eq!(answer(&stage, &post).await, None);
    let reply = stage.good.note(
        &stage.bob,
        "/r/9",
        &json!({"inReplyTo": post.uri, "to": [stage.velo.uri, PUBLIC]}),
    );
    stage.good.serve(&reply);
    stage
        .announce(2, &activity(&stage.bob, "Create", 2, &reply))
        .await;
    let reply = stage.post(&stage.good.url("/r/9")).await.unwrap();
    assert_eq!(answer(&stage, &post).await, Some(reply.id));
}

#[tokio::test]
async fn an_official_answer_of_elsewhere_is_said_by_its_host() {
    let stage = Stage::set().await;
    let (_, _, carol) = question(&stage, 1).await;
    let said = json!({"organisation": {"type": "Organization", "name": "Ville de Montreval"},
        "signer": "Jeanne", "signedAt": "2026-03-02T10:00:00Z", "standing": "in_force"});
    let reply = stage.good.note(
        &carol,
        "/r/2",
        &json!({"inReplyTo": stage.good.url("/n/1"), "officialAnswer": said}),
    );
    stage
        .node
        .take(&carol, &activity(&carol, "Create", 300, &reply))
        .await;
    let reply = stage.post(&stage.good.url("/r/2")).await.unwrap();
    let official = Official::of(&reply).unwrap();
    assert_eq!(official.declared_by, Some(stage.good.host()));
    assert_eq!(official.standing, Standing::InForce);
    let topic = topics::by_id(stage.node.db(), reply.topic_id)
        .await
        .unwrap();
    assert!(topic.official_at.is_some());
    // On an opening post it means nothing.
    let mut note = stage.note("/n/3");
    note["officialAnswer"] = json!({"organisation": {"name": "Ville de Montreval"}});
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Create", 301, &note))
        .await;
    let post = stage.post(&stage.good.url("/n/3")).await.unwrap();
    assert_eq!(post.official, None);
}

async fn reactions(stage: &Stage, post: &Post) -> Vec<(String, i32)> {
    let post = stage.post(&post.uri).await.unwrap();
    votes::reactions(&post)
        .into_iter()
        .map(|reaction| (reaction.emoji, reaction.count))
        .collect()
}

#[tokio::test]
async fn a_reaction_is_a_like_with_its_emoji_and_is_taken_back_alone() {
    let stage = Stage::set().await;
    let post = stage.bob_posts("/n/1", 1).await;
    let carol = stage.good.person("carol");
    let react = |by: &Remote, kind: &str, n: u32, emoji: &str| {
        let mut react = activity(by, kind, n, &json!(post.uri));
        react["content"] = json!(emoji);
        react
    };
    let heart = react(&carol, "EmojiReact", 2, "❤️");
    stage.node.take(&carol, &heart).await;
    let cat = react(&stage.mallory, "Like", 3, ":blobcat@evil.example:");
    stage.node.take(&stage.mallory, &cat).await;
    assert_eq!(
        reactions(&stage, &post).await,
        [(":blobcat:".to_owned(), 1), ("❤️".to_owned(), 1)]
    );
    assert_eq!(stage.like_count(&post.uri).await, 2);
    // A newer one of the same person replaces the older, whose undoing then changes nothing.
    let thumb = react(&carol, "EmojiReact", 4, "👍");
    stage.node.take(&carol, &thumb).await;
    stage
        .node
        .take(&carol, &activity(&carol, "Undo", 5, &heart))
        .await;
    assert_eq!(
        reactions(&stage, &post).await,
        [(":blobcat:".to_owned(), 1), ("👍".to_owned(), 1)]
    );
    assert_eq!(stage.like_count(&post.uri).await, 2);
    // Nobody takes back what another gave.
    stage
        .node
        .take(&stage.mallory, &activity(&stage.mallory, "Undo", 6, &thumb))
        .await;
    assert_eq!(stage.like_count(&post.uri).await, 2);
    stage
        .node
        .take(&carol, &activity(&carol, "Undo", 7, &thumb))
        .await;
    assert_eq!(
        reactions(&stage, &post).await,
        [(":blobcat:".to_owned(), 1)]
    );
    assert_eq!(stage.like_count(&post.uri).await, 1);
    // Words are no emoji: a plain like.
    let words = react(&stage.mallory, "EmojiReact", 8, "Achetez <b>ici</b>");
    stage.node.take(&stage.mallory, &words).await;
    assert_eq!(reactions(&stage, &post).await, []);
    assert_eq!(stage.like_count(&post.uri).await, 1);
}
