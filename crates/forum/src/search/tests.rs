//! The same documents and questions on each database.

use super::*;
use crate::page::PageRequest;
use crate::testing::on_each_database;
use crate::{Config, Forum};

async fn add(forum: &Forum, id: i64, title: &str, text: &str, language: Option<&str>) {
    let tx = forum.begin().await.unwrap();
    put(
        &tx,
        Doc {
            id,
            kind: SearchKind::Post,
            topic: Some(TopicId(id)),
            category: Some(ActorId(id % 2)),
            author: Some(ActorId(7)),
            language,
            created_at: Timestamp(id),
            title,
            text,
        },
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn ids(forum: &Forum, query: &Query) -> Vec<i64> {
    let page = find(forum.db(), query, PageRequest::first(50))
        .await
        .unwrap();
    page.items.iter().map(|hit| hit.id).collect()
}

fn words(text: &str) -> Query {
    Query {
        text: text.to_owned(),
        ..Query::default()
    }
}

#[tokio::test]
async fn all_words_are_wanted_and_titles_come_first() {
    on_each_database(Config::default(), async |forum| {
        add(
            &forum,
            1,
            "",
            "Des bornes de recharge pour vélos électriques",
            Some("fr"),
        )
        .await;
        add(
            &forum,
            2,
            "Borne de recharge",
            "Où en poser une ?",
            Some("fr-FR"),
        )
        .await;
        add(
            &forum,
            3,
            "Cycling",
            "Charging stations for bicycles",
            Some("en"),
        )
        .await;
        assert_eq!(ids(&forum, &words("borne recharge")).await, [2, 1]);
        assert_eq!(ids(&forum, &words("recharges electrique")).await, [1]);
        assert_eq!(ids(&forum, &words("station bicycle")).await, [3]);
        assert_eq!(ids(&forum, &words("borne bicycle")).await, [0; 0]);
        let newest = Query {
            order: Order::Date,
            category: Some(ActorId(0)),
            ..words("recharge")
        };
        assert_eq!(ids(&forum, &newest).await, [2]);
        let french = Query {
            language: Some("fr".to_owned()),
            ..Query::default()
        };
        assert_eq!(ids(&forum, &french).await, [2, 1]);
        assert_eq!(ids(&forum, &Query::default()).await, [0; 0]);

        add(&forum, 2, "Autre chose", "Rien de tel", Some("fr")).await;
        let tx = forum.begin().await.unwrap();
        remove_topic(&tx, TopicId(1)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ids(&forum, &words("recharge")).await, [0; 0]);
        assert_eq!(ids(&forum, &words("autre")).await, [2]);
    })
    .await;
}

#[tokio::test]
async fn hostile_questions_are_only_words() {
    on_each_database(Config::default(), async |forum| {
        add(
            &forum,
            1,
            "title",
            "near or not, it's here: naïve 日本語 हिन्दी straße",
            None,
        )
        .await;
        for text in [
            "\" OR NEAR( * -\"",
            "'; --",
            "title:x AND",
            "((((",
            "*",
            "a:*",
            "\\' & | ! <->",
            "\0",
            "{title} : x",
            "^title",
        ] {
            ids(&forum, &words(text)).await;
        }
        assert_eq!(ids(&forum, &words(&"long ".repeat(2000))).await, [0; 0]);
        for text in ["\"NEAR\"", "naive", "日本語", "हिन्दी", "STRASSE", "it's"] {
            assert_eq!(ids(&forum, &words(text)).await, [1], "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_cover_every_hit_once_in_both_orders() {
    on_each_database(Config::default(), async |forum| {
        for id in 1..=25 {
            let title = if id % 5 == 0 { "mobilité" } else { "" };
            add(&forum, id, title, "la mobilité douce", Some("fr")).await;
        }
        for order in [Order::Relevance, Order::Date] {
            let query = Query {
                order,
                ..words("mobilité")
            };
            let mut seen = Vec::new();
            let mut page = PageRequest::first(10);
            loop {
                let answer = find(forum.db(), &query, page).await.unwrap();
                seen.extend(answer.items.iter().map(|hit| hit.id));
                match answer.next {
                    Some(next) => page.after = Some(next),
                    None => break,
                }
            }
            if order == Order::Relevance {
                assert_eq!(seen[..6], [25, 20, 15, 10, 5, 24]);
            }
            seen.sort_unstable();
            assert_eq!(seen, (1..=25).collect::<Vec<_>>());
        }
    })
    .await;
}
