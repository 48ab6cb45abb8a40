//! Where posts are after a move, a merger and a split, and how they are counted.

use super::*;
use crate::bans::tests::{a_category, elsewhere};
use crate::kinds::{ActorKind, Role, TopicKind};
use crate::posts::NewReply;
use crate::testing::{on_each_database, person, viewer};
use crate::topics::NewTopic;
use crate::{Config, Denied, Forum};

async fn open(forum: &Forum, by: &Viewer, category: &Category, title: &str) -> Topic {
    let new = NewTopic::parse(title, "Texte", TopicKind::Discussion, None, &[]).unwrap();
    let tx = forum.begin().await.unwrap();
    let (topic, _) = topics::open(&tx, by, category, new).await.unwrap();
    tx.commit().await.unwrap();
    topic
}

async fn reply(forum: &Forum, by: &Viewer, topic: &Topic, to: Option<&Post>, text: &str) -> Post {
    let tx = forum.begin().await.unwrap();
    let new = NewReply::parse(text, None).unwrap();
    let post = posts::reply(&tx, by, topic, to, new).await.unwrap();
    tx.commit().await.unwrap();
    post
}

/// Numbers of the posts of a topic, and what each answers.
async fn shape(forum: &Forum, topic: TopicId) -> Vec<(i32, Option<PostId>)> {
    let tx = forum.begin().await.unwrap();
    all_posts(&tx, topic)
        .await
        .unwrap()
        .into_iter()
        .map(|post| (post.number, post.reply_to_id))
        .collect()
}

async fn counts(forum: &Forum, category: &Category) -> (i32, i32) {
    let row = categories::by_id(forum.db(), category.id())
        .await
        .unwrap()
        .row;
    (row.topic_count, row.post_count)
}

#[tokio::test]
async fn a_topic_moves_with_its_posts_and_keeps_its_address() {
    Box::pin(on_each_database(Config::default(), async |forum| {
        let (velo, rail) = (
            a_category(&forum, "velo").await,
            a_category(&forum, "rail").await,
        );
        let lea = person(&forum, "lea", Role::Moderator).await;
        let paul = person(&forum, "paul", Role::Member).await;
        let (lea, paul) = (viewer(&forum, &lea).await, viewer(&forum, &paul).await);
        let topic = open(&forum, &paul, &velo, "Gares").await;
        reply(&forum, &lea, &topic, None, "Oui").await;
        assert_eq!(counts(&forum, &velo).await, (1, 2));
        let tx = forum.begin().await.unwrap();
        let refused = relocate(&tx, &paul, topic.clone(), &rail, "", Origin::Local).await;
        assert!(matches!(refused, Err(Error::Denied(Denied::NotModerator))));
        let moved = relocate(&tx, &lea, topic.clone(), &rail, "Du rail", Origin::Local)
            .await
            .unwrap();
        let same = relocate(&tx, &lea, moved.clone(), &rail, "", Origin::Local)
            .await
            .unwrap();
        assert_eq!(moved, same);
        tx.commit().await.unwrap();
        assert_eq!((moved.category_id, &moved.uri), (rail.id(), &topic.uri));
        assert_eq!(counts(&forum, &velo).await, (0, 0));
        assert_eq!(counts(&forum, &rail).await, (1, 2));
        // Into one elsewhere it waits there; and into an archived one it doesn't go.
        let far = elsewhere(&forum, ActorKind::Group, "https://lemmy.example/c/rail").await;
        let far = categories::by_id(forum.db(), far.id).await.unwrap();
        let tx = forum.begin().await.unwrap();
        let away = relocate(&tx, &lea, moved, &far, "", Origin::Local)
            .await
            .unwrap();
        assert!(!away.local && away.confirmed_at.is_none());
        let back = relocate(&tx, &lea, away, &velo, "", Origin::Local).await;
        assert!(matches!(back, Err(Error::Denied(Denied::NotOurs))));
    }))
    .await;
}

#[tokio::test]
async fn merged_topics_are_one_and_both_addresses_lead_there() {
    on_each_database(Config::default(), async |forum| {
        let velo = a_category(&forum, "velo").await;
        let lea = person(&forum, "lea", Role::Moderator).await;
        let paul = person(&forum, "paul", Role::Member).await;
        let (lea, paul) = (viewer(&forum, &lea).await, viewer(&forum, &paul).await);
        let into = open(&forum, &paul, &velo, "Bornes").await;
        reply(&forum, &lea, &into, None, "Un").await;
        let from = open(&forum, &lea, &velo, "Encore les bornes").await;
        let answer = reply(&forum, &paul, &from, None, "Deux").await;
        let tx = forum.begin().await.unwrap();
        let refused = merge(&tx, &paul, from.clone(), into.clone(), "").await;
        assert!(matches!(refused, Err(Error::Denied(_))));
        assert!(
            merge(&tx, &lea, from.clone(), from.clone(), "")
                .await
                .is_err()
        );
        let merged = merge(&tx, &lea, from.clone(), into.clone(), "Doublon")
            .await
            .unwrap();
        assert!(
            merge(&tx, &lea, from.clone(), into.clone(), "")
                .await
                .is_err(),
            "twice"
        );
        tx.commit().await.unwrap();
        assert_eq!((merged.reply_count, merged.next_number), (3, 5));
        let (opening, old) = (into.opening_post_id, from.opening_post_id);
        let (first, second) = (opening.unwrap(), old.unwrap());
        assert_eq!(
            shape(&forum, into.id).await,
            [
                (1, None),
                (2, Some(first)),
                (3, Some(first)),
                (4, Some(second))
            ]
        );
        let found = by_uri(forum.db(), from.uri.as_deref().unwrap())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.id, into.id);
        assert_eq!(
            posts::by_id(forum.db(), answer.id).await.unwrap().topic_id,
            into.id
        );
        assert_eq!(counts(&forum, &velo).await, (1, 4));
        let listed = topics::list(
            forum.db(),
            &topics::Filter::default(),
            crate::page::PageRequest::first(10),
        )
        .await
        .unwrap();
        assert_eq!(listed.items.len(), 1);
        // The next reply comes after all of them.
        assert_eq!(reply(&forum, &lea, &merged, None, "Trois").await.number, 5);
    })
    .await;
}

#[tokio::test]
async fn a_reply_becomes_a_topic_with_the_answers_to_it() {
    Box::pin(on_each_database(Config::default(), async |forum| {
        let velo = a_category(&forum, "velo").await;
        let lea = person(&forum, "lea", Role::Moderator).await;
        let paul = person(&forum, "paul", Role::Member).await;
        let (lea, paul) = (viewer(&forum, &lea).await, viewer(&forum, &paul).await);
        let old = open(&forum, &paul, &velo, "Bornes").await;
        let aside = reply(&forum, &lea, &old, None, "Et les vélos ?").await;
        let stays = reply(&forum, &paul, &old, None, "Ici").await;
        let under = reply(&forum, &paul, &old, Some(&aside), "Aussi").await;
        let after = reply(&forum, &lea, &old, Some(&stays), "Là").await;
        let tx = forum.begin().await.unwrap();
        let refused = split(&tx, &paul, &aside, "Vélos", Along::Answers, "").await;
        assert!(matches!(refused, Err(Error::Denied(_))));
        let opening = topics::opening_post(tx.c(), &old).await.unwrap();
        assert!(
            split(&tx, &lea, &opening, "Vélos", Along::Answers, "")
                .await
                .is_err()
        );
        assert!(
            split(&tx, &lea, &aside, " ", Along::Answers, "")
                .await
                .is_err()
        );
        let new = split(&tx, &lea, &aside, "Vélos", Along::Answers, "")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            shape(&forum, new.id).await,
            [(1, None), (2, Some(aside.id))]
        );
        assert_eq!((new.reply_count, new.opening_post_id), (1, Some(aside.id)));
        assert_eq!(
            posts::by_id(forum.db(), under.id).await.unwrap().topic_id,
            new.id
        );
        let old = topics::by_id(forum.db(), old.id).await.unwrap();
        assert_eq!(old.reply_count, 2);
        assert_eq!(counts(&forum, &velo).await, (2, 5));
        // Everything that follows: what answered a post that stays answers the new opening post.
        let tx = forum.begin().await.unwrap();
        let rest = split(&tx, &lea, &stays, "Suite", Along::Following, "")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            shape(&forum, rest.id).await,
            [(1, None), (2, Some(stays.id))]
        );
        assert_eq!(posts::by_id(forum.db(), after.id).await.unwrap().number, 2);
        let old = topics::by_id(forum.db(), old.id).await.unwrap();
        assert_eq!(old.reply_count, 0);
        let opening = topics::opening_post(forum.db(), &old).await.unwrap();
        assert_eq!(opening.reply_count, 0);
    }))
    .await;
}
