//! The bytes of docs/repair.md, and that what is kept is what would be made anew.

use super::*;
use crate::actors::Keys;
use crate::categories::{self, NewCategory};
use crate::kinds::{Role, TopicKind};
use crate::posts::{self, NewReply, PostChange};
use crate::testing::{on_each_database, person, viewer};
use crate::topics::{self, NewTopic, TopicChange};
use crate::{Config, Origin, Topic, Viewer};

#[test]
fn the_example_of_the_document_holds() {
    let (opening, reply) = (
        "https://forum.ministere.example/p/841",
        "https://forum.ville.example/p/902",
    );
    let first = of_post(opening, None);
    assert_eq!(
        first.to_string(),
        "5da085ce4910442e25f77b256fe8a3e9a21ce7af152e9a835340d31e76fab341"
    );
    let second = of_post(reply, Some(Timestamp(1_767_690_000_417)));
    assert_eq!(
        second.to_string(),
        "9887a859d5bc3678f743e7440b0fabad3eeb28228c68d81326e692c2535bafab"
    );
    let digest = first.xor(second).xor(of_state(opening, false, false));
    assert_eq!(
        digest.to_string(),
        "558505326d64a3d6d6a7b9df3aecddd3efd1ee6d9bd0f9b70ee9891a7c9a7d7d"
    );
    let name = conversation_of(opening);
    assert_eq!(name.range(), 3);
    assert_eq!(
        in_range(name, digest).to_string(),
        "781fd951ff2a2f56c00d3b8ca29b887174da2ea32ef49db1e27c856d6ad30481"
    );
    assert!(in_range(name, Digest::default()).is_zero());
}

#[test]
fn only_sixty_four_hexadecimal_digits_are_a_digest() {
    let text = "ab".repeat(32);
    assert_eq!(Digest::parse(&text).unwrap().to_string(), text);
    for bad in ["", "ab", &"ab".repeat(33), &"xy".repeat(32), "é"] {
        assert_eq!(Digest::parse(bad), None, "{bad}");
    }
}

/// The digest of a category as it is kept, and the conversations in it.
async fn kept(forum: &Forum, category: ActorId) -> (Digest, i64) {
    while !refresh(forum, Duration::from_secs(5)).await.unwrap() {}
    let ranges = ranges(forum.db(), category).await.unwrap();
    let count = ranges.iter().map(|range| range.conversations).sum();
    (root(&ranges), count)
}

/// What it would be if it were made now from nothing.
async fn anew(forum: &Forum, category: ActorId) -> Digest {
    let tx = forum.begin().await.unwrap();
    let ids: Vec<TopicId> = new_topics(tx.c(), 0, 1_000).await.unwrap();
    let all = present(&tx, &ids).await.unwrap();
    all.iter()
        .filter(|(_, of, ..)| *of == category)
        .fold(Digest::default(), |sum, (_, _, name, digest)| {
            sum.xor(in_range(*name, *digest))
        })
}

async fn open(forum: &Forum, ana: &Viewer, category: &categories::Category) -> Topic {
    let new = NewTopic::parse("Zones 30", "Trois rues", TopicKind::Discussion, None, &[]).unwrap();
    let tx = forum.begin().await.unwrap();
    let (topic, _) = topics::open(&tx, ana, category, new).await.unwrap();
    tx.commit().await.unwrap();
    topic
}

#[tokio::test]
async fn every_change_of_a_conversation_changes_what_is_kept() {
    Box::pin(on_each_database(Config::default(), async |forum| {
        let account = person(&forum, "ana", Role::Admin).await;
        let ana = viewer(&forum, &account).await;
        let new = NewCategory::parse("velo", "Vélo", "", None).unwrap();
        let keys = Keys {
            private_pem: "private".to_owned(),
            public_pem: "public".to_owned(),
        };
        let tx = forum.begin().await.unwrap();
        let category = categories::create(&tx, &Viewer::System, new, keys)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let id = category.id();
        assert_eq!(kept(&forum, id).await, (Digest::default(), 0));
        let topic = open(&forum, &ana, &category).await;
        let other = open(&forum, &ana, &category).await;
        let mut seen = vec![kept(&forum, id).await];
        assert_eq!(seen[0].1, 2);

        for act in 0..8 {
            // Later than what may still be under way: only the mark tells of what follows.
            forum.clock().advance(3_600_000);
            let before = kept(&forum, id).await;
            let tx = forum.begin().await.unwrap();
            let row = topics::by_id(tx.c(), topic.id).await.unwrap();
            let opening = topics::opening_post(tx.c(), &row).await.unwrap();
            let all = contents(tx.c(), topic.id, 0, 10).await.unwrap().unwrap();
            let last = posts::by_id(tx.c(), all.posts.last().unwrap().id)
                .await
                .unwrap();
            match act {
                0 => {
                    let reply = NewReply::parse("Merci", None).unwrap();
                    posts::reply(&tx, &ana, &row, None, reply).await.unwrap();
                }
                1 => {
                    let change = PostChange {
                        content: Some("Merci !".to_owned()),
                        ..PostChange::default()
                    };
                    posts::edit(&tx, &ana, last, change).await.unwrap();
                }
                2 | 3 => {
                    let change = TopicChange {
                        locked: (act == 2).then_some(true),
                        pinned: (act == 3).then_some(true),
                        ..TopicChange::default()
                    };
                    topics::change(&tx, &ana, row, change).await.unwrap();
                }
                4 => {
                    posts::remove(&tx, &ana, last, "", Origin::Local)
                        .await
                        .unwrap();
                }
                5 => {
                    posts::restore(&tx, &ana, last, "", Origin::Local)
                        .await
                        .unwrap();
                }
                6 => {
                    posts::delete(&tx, &ana, last, Origin::Local).await.unwrap();
                }
                _ => {
                    posts::delete(&tx, &ana, opening, Origin::Local)
                        .await
                        .unwrap();
                }
            }
            tx.commit().await.unwrap();
            let after = kept(&forum, id).await;
            assert_ne!(before.0, after.0, "act {act}");
            assert_eq!(after.0, anew(&forum, id).await, "act {act}");
            seen.push(after);
        }
        // The removal was undone, and is as if it hadn't been.
        assert_eq!(seen[6], seen[4]);
        assert_eq!(seen[8].1, 1, "a topic that is gone isn't counted");
        let left = in_ranges(forum.db(), id, &(0..=255).collect::<Vec<u8>>(), None, 10)
            .await
            .unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].topic, other.id);
        let name = left[0].name;
        let none = in_ranges(forum.db(), id, &[name.range()], Some(name), 10).await;
        assert!(none.unwrap().is_empty());
        let gone = named(
            forum.db(),
            id,
            &[conversation_of(
                &contents(forum.db(), topic.id, 0, 10)
                    .await
                    .unwrap()
                    .unwrap()
                    .opening,
            )],
        )
        .await
        .unwrap();
        assert!(gone[0].digest.is_zero(), "it is known to be gone");
    }))
    .await;
}

#[tokio::test]
async fn the_first_digests_of_many_topics_are_made_in_parts() {
    on_each_database(Config::default(), async |forum| {
        let account = person(&forum, "ana", Role::Admin).await;
        let ana = viewer(&forum, &account).await;
        let new = NewCategory::parse("velo", "Vélo", "", None).unwrap();
        let keys = Keys {
            private_pem: "private".to_owned(),
            public_pem: "public".to_owned(),
        };
        let tx = forum.begin().await.unwrap();
        let category = categories::create(&tx, &Viewer::System, new, keys)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        open(&forum, &ana, &category).await;
        let mut parts = 0;
        while !refresh(&forum, Duration::ZERO).await.unwrap() {
            parts += 1;
        }
        assert!(parts > 0, "one part at a time");
        let (digest, count) = kept(&forum, category.id()).await;
        assert_eq!(count, 1);
        assert_eq!(digest, anew(&forum, category.id()).await);
    })
    .await;
}
