//! Reports: who may see them, who is told, and what becomes of them.

use super::*;
use crate::actors::Keys;
use crate::categories::{self, NewCategory};
use crate::kinds::{TopicKind, VoteKind};
use crate::testing::{on_each_database, person, viewer};
use crate::topics::NewTopic;
use crate::{Config, Forum, bookmarks, idempotency, notifications, tags, votes};

/// A category, and a topic by `author` in it.
async fn a_post(forum: &Forum, author: &Viewer) -> (categories::Category, Post) {
    let keys = Keys {
        private_pem: "private".to_owned(),
        public_pem: "public".to_owned(),
    };
    let tx = forum.begin().await.unwrap();
    let new = NewCategory::parse("velo", "Vélo", "", None).unwrap();
    let category = categories::create(&tx, &Viewer::System, new, keys)
        .await
        .unwrap();
    let new = NewTopic::parse(
        "Bornes",
        "Où poser une borne ?",
        TopicKind::Question,
        Some("fr"),
        &["recharge".to_owned()],
    )
    .unwrap();
    let (_, post) = topics::open(&tx, author, &category, new).await.unwrap();
    tx.commit().await.unwrap();
    (category, post)
}

#[tokio::test]
async fn a_report_reaches_who_moderates_and_nobody_else() {
    on_each_database(Config::default(), async |forum| {
        let author = person(&forum, "jeanne", Role::Member).await;
        let reader = person(&forum, "paul", Role::Member).await;
        let me = viewer(&forum, &author).await;
        let reader_viewer = viewer(&forum, &reader).await;
        let (category, post) = a_post(&forum, &me).await;
        let report =
            |text: &str| NewReport::parse(About::Post(Box::new(post.clone())), text).unwrap();
        let tx = forum.begin().await.unwrap();
        let first = file(&tx, &reader_viewer, report("impoli")).await.unwrap();
        let again = file(&tx, &reader_viewer, report("impoli !")).await.unwrap();
        assert_eq!(first.id, again.id);
        let visitor = file(&tx, &Viewer::Anonymous, report("illicite"))
            .await
            .unwrap();
        assert_eq!(visitor.reporter_id, None);
        tx.commit().await.unwrap();

        let db = forum.db();
        let page = PageRequest::first(10);
        assert!(list(db, &reader_viewer, page).await.is_err());
        assert!(list(db, &Viewer::Anonymous, page).await.is_err());
        let tx = forum.begin().await.unwrap();
        for who in [&author, &reader] {
            categories::set_moderator(&tx, &Viewer::System, &category, who.actor.id, true)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let reader_viewer = viewer(&forum, &reader).await;
        let me = viewer(&forum, &author).await;
        assert_eq!(open_count(db, &reader_viewer).await.unwrap(), 2);
        assert_eq!(open_count(db, &me).await.unwrap(), 0, "about oneself");
        assert!(by_id(db, &me, first.id).await.is_err());
        let tx = forum.begin().await.unwrap();
        resolve(&tx, &reader_viewer, first.id, "vu").await.unwrap();
        assert!(matches!(
            resolve(&tx, &reader_viewer, first.id, "vu").await,
            Err(Error::Conflict(_))
        ));
        tx.commit().await.unwrap();
        assert_eq!(list(db, &reader_viewer, page).await.unwrap().items.len(), 1);
        let log = moderation::list(db, &reader_viewer, page).await.unwrap();
        assert_eq!(log.items[0].row.reason, "vu");
    })
    .await;
}

/// The mails that wait, as their jobs hold them.
async fn mails(forum: &Forum) -> Vec<mail::Mail> {
    crate::jobs::claim(forum, "tests", 50)
        .await
        .unwrap()
        .iter()
        .map(|job| mail::of_job(job).unwrap())
        .collect()
}

#[tokio::test]
async fn whoever_reports_is_sent_the_decision_and_its_reasons() {
    on_each_database(Config::default(), async |forum| {
        let author = person(&forum, "jeanne", Role::Member).await;
        let reader = person(&forum, "paul", Role::Member).await;
        let moderator = person(&forum, "lea", Role::Moderator).await;
        let me = viewer(&forum, &author).await;
        let reader = viewer(&forum, &reader).await;
        let lea = viewer(&forum, &moderator).await;
        let (_, post) = a_post(&forum, &me).await;
        let about = About::Post(Box::new(post.clone()));
        let new = || NewReport::parse(about.clone(), "diffamatoire").unwrap();
        let contact = |email: &str| Contact {
            name: "Anne".to_owned(),
            email: email.to_owned(),
            locale: "en".to_owned(),
        };
        assert!(new().by_visitor(&contact("not an address")).is_err());
        let tx = forum.begin().await.unwrap();
        let visitor = new()
            .on_ground("illegal")
            .by_visitor(&contact(" anne@mail.example "))
            .unwrap();
        let first = file(&tx, &Viewer::Anonymous, visitor).await.unwrap();
        let second = file(&tx, &reader, new()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((first.number, second.number), (1, 2));
        assert_eq!(first.reason, "diffamatoire");
        assert_eq!(first.ground.as_deref(), Some("illegal"));
        assert_eq!(first.reporter_email.as_deref(), Some("anne@mail.example"));
        let told = mails(&forum).await;
        assert_eq!(told.len(), 1, "one mail an hour: {told:?}");
        assert_eq!(told[0].to, moderator.person.email);

        let tx = forum.begin().await.unwrap();
        resolve(&tx, &lea, second.id, "Une opinion, sans fait.")
            .await
            .unwrap();
        let removed = crate::posts::remove(&tx, &lea, post, "Insultes", Origin::Local)
            .await
            .unwrap();
        assert_eq!(resolve_of_post(&tx, &lea, &removed).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let told = mails(&forum).await;
        let decided = |to: &str| {
            let found = told.iter().find(|mail| mail.to == to).unwrap();
            match &found.about {
                mail::About::ReportDecided {
                    removed, reason, ..
                } => (found.locale.clone(), *removed, reason.clone()),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            decided("anne@mail.example"),
            ("en".to_owned(), true, "Insultes".to_owned())
        );
        let paul = reader.person().unwrap().person.email.clone();
        assert_eq!(
            decided(&paul),
            ("fr".to_owned(), false, "Une opinion, sans fait.".to_owned())
        );

        let tx = forum.begin().await.unwrap();
        let before = forum.now().plus_days(1);
        assert_eq!(forget_contacts(&tx, before).await.unwrap(), 1);
        assert_eq!(forget_contacts(&tx, before).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(
            row(forum.db(), first.id).await.unwrap().reporter_email,
            None
        );
    })
    .await;
}

#[tokio::test]
async fn a_like_is_told_once_and_a_bookmark_is_kept_once() {
    on_each_database(Config::default(), async |forum| {
        let author = person(&forum, "jeanne", Role::Member).await;
        let reader = person(&forum, "paul", Role::Member).await;
        let me = viewer(&forum, &author).await;
        let reader = viewer(&forum, &reader).await;
        let (_, post) = a_post(&forum, &me).await;
        let tx = forum.begin().await.unwrap();
        for _ in 0..2 {
            votes::cast(&tx, &reader, &post, VoteKind::Like, None, Origin::Local)
                .await
                .unwrap();
            votes::undo(&tx, &reader, &post, Origin::Local)
                .await
                .unwrap();
            bookmarks::add(&tx, &reader, &post).await.unwrap();
        }
        votes::cast(&tx, &me, &post, VoteKind::Like, None, Origin::Local)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let db = forum.db();
        let page = PageRequest::first(10);
        let told = notifications::list(db, &me, page).await.unwrap();
        assert_eq!(told.items.len(), 1);
        assert_eq!(notifications::unread_count(db, &me).await.unwrap(), 1);
        let tx = forum.begin().await.unwrap();
        let ids = [told.items[0].row.id];
        assert_eq!(
            notifications::mark_read(&tx, &reader, Some(&ids))
                .await
                .unwrap(),
            0
        );
        assert_eq!(notifications::mark_read(&tx, &me, None).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(notifications::unread_count(db, &me).await.unwrap(), 0);
        let kept = bookmarks::list(db, &reader, page).await.unwrap();
        assert_eq!(kept.items.len(), 1);
        assert!(kept.items[0].bookmarked);
        let tags = tags::top(db, &crate::circles::Sight::default(), None, 10)
            .await
            .unwrap();
        assert_eq!((tags[0].tag.as_str(), tags[0].topics), ("recharge", 1));
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_gets_its_answer_for_a_day() {
    on_each_database(Config::default(), async |forum| {
        let me = person(&forum, "jeanne", Role::Member).await.actor.id;
        let hash = idempotency::request_hash("POST", "/topics", b"{}");
        let other = idempotency::request_hash("POST", "/topic", b"s{}");
        assert_ne!(hash, other);
        let answer = idempotency::Stored {
            status: 201,
            body: "{\"id\":\"1\"}".to_owned(),
        };
        let tx = forum.begin().await.unwrap();
        idempotency::store(&tx, me, "k", &hash, &answer)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let db = forum.db();
        let found = idempotency::find(db, forum.now(), me, "k", &hash)
            .await
            .unwrap();
        assert_eq!(found, Some(answer.clone()));
        assert!(matches!(
            idempotency::find(db, forum.now(), me, "k", &other).await,
            Err(Error::Conflict(_))
        ));
        let tx = forum.begin().await.unwrap();
        let twice = idempotency::store(&tx, me, "k", &hash, &answer).await;
        assert!(matches!(twice, Err(Error::Conflict(_))));
        drop(tx);
        forum.clock().advance(25 * 3_600_000);
        let found = idempotency::find(db, forum.now(), me, "k", &other)
            .await
            .unwrap();
        assert_eq!(found, None);
        let tx = forum.begin().await.unwrap();
        idempotency::store(&tx, me, "k", &other, &answer)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}
