//! Who is banned, by whom, from where, and until when.

use super::*;
use crate::actors::{Keys, RemoteActor};
use crate::categories::{self, Category, NewCategory};
use crate::kinds::{Role, TopicKind, VoteKind};
use crate::polls::{self, NewPoll};
use crate::posts::NewReply;
use crate::testing::{on_each_database, person, viewer};
use crate::text::sanitize::SafeHtml;
use crate::topics::{self, NewTopic};
use crate::{Forum, Post, Topic, follows, jobs, posts, votes};

pub(crate) async fn a_category(forum: &Forum, slug: &str) -> Category {
    let keys = Keys {
        private_pem: "private".to_owned(),
        public_pem: "public".to_owned(),
    };
    let tx = forum.begin().await.unwrap();
    let new = NewCategory::parse(slug, slug, "", None).unwrap();
    let category = categories::create(&tx, &Viewer::System, new, keys)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    category
}

pub(crate) async fn elsewhere(forum: &Forum, kind: ActorKind, uri: &str) -> Actor {
    let remote = RemoteActor {
        uri: uri.to_owned(),
        kind,
        name: uri.rsplit('/').next().unwrap().to_owned(),
        host: authority(uri).to_owned(),
        handle_verified: true,
        display_name: String::new(),
        summary_html: SafeHtml::default(),
        url: uri.to_owned(),
        inbox: format!("{uri}/inbox"),
        shared_inbox: None,
        outbox: None,
        followers: None,
        featured: None,
        moderators: None,
        public_key_id: None,
        public_key_pem: None,
        discoverable: true,
        indexable: false,
        manually_approves: false,
        posting_restricted: false,
        published: None,
        affiliation: None,
        also_known_as: Vec::new(),
        moved_to: None,
    };
    let tx = forum.begin().await.unwrap();
    let actor = actors::put_remote(&tx, remote).await.unwrap();
    tx.commit().await.unwrap();
    actor
}

async fn open(forum: &Forum, by: &Viewer, category: &Category) -> Result<(Topic, Post)> {
    let new = NewTopic::parse("Bornes", "Où ?", TopicKind::Discussion, None, &[]).unwrap();
    let tx = forum.begin().await.unwrap();
    let opened = topics::open(&tx, by, category, new).await?;
    tx.commit().await.unwrap();
    Ok(opened)
}

async fn reply(forum: &Forum, by: &Viewer, topic: &Topic) -> Result<Post> {
    let tx = forum.begin().await.unwrap();
    let new = NewReply::parse("Là.", None).unwrap();
    let post = posts::reply(&tx, by, topic, None, new).await?;
    tx.commit().await.unwrap();
    Ok(post)
}

async fn ban(forum: &Forum, by: &Viewer, who: &Viewer, scope: &Scope, days: &str) -> Result<Ban> {
    let tx = forum.begin().await.unwrap();
    let new = NewBan::parse("Insultes", days, tx.now()).unwrap();
    let who = actors::by_id(tx.c(), who.actor_id().unwrap()).await?;
    let ban = impose(&tx, by, who, scope, new, Origin::Local).await?;
    tx.commit().await.unwrap();
    Ok(ban)
}

async fn again(forum: &Forum, who: &Viewer) -> Viewer {
    let actor = actors::by_id(forum.db(), who.actor_id().unwrap())
        .await
        .unwrap();
    Viewer::load(forum.db(), actor).await.unwrap()
}

#[tokio::test]
async fn somebody_banned_takes_no_part_in_the_category_until_it_is_over() {
    on_each_database(Config::default(), async |forum| {
        let (velo, rail) = (
            a_category(&forum, "velo").await,
            a_category(&forum, "rail").await,
        );
        let lea = person(&forum, "lea", Role::Moderator).await;
        let paul = person(&forum, "paul", Role::Member).await;
        let (lea, paul) = (viewer(&forum, &lea).await, viewer(&forum, &paul).await);
        let (topic, post) = open(&forum, &lea, &velo).await.unwrap();
        let scope = Scope::Category(Box::new(velo.actor.clone()));
        ban(&forum, &lea, &paul, &scope, "2").await.unwrap();
        let paul = again(&forum, &paul).await;
        let banned = |error: Error| matches!(error, Error::Denied(Denied::Banned));
        assert!(banned(open(&forum, &paul, &velo).await.unwrap_err()));
        assert!(banned(reply(&forum, &paul, &topic).await.unwrap_err()));
        let like = async || {
            let tx = forum.begin().await.unwrap();
            votes::cast(&tx, &paul, &post, VoteKind::Like, None, Origin::Local).await
        };
        assert!(banned(like().await.unwrap_err()));
        let follow = async |category: &Category| {
            let tx = forum.begin().await.unwrap();
            follows::follow(&tx, &paul, &category.actor).await
        };
        assert!(banned(follow(&velo).await.unwrap_err()));
        follow(&rail).await.unwrap();
        let choices = ["Oui".to_owned(), "Non".to_owned()];
        let poll = NewPoll::parse(&choices, false, Some(30)).unwrap();
        let new = NewTopic::parse("Zones 30", "Oui ?", TopicKind::Question, None, &[]);
        let new = new.unwrap().with_poll(Some(poll));
        let tx = forum.begin().await.unwrap();
        let (_, asked) = topics::open(&tx, &lea, &velo, new).await.unwrap();
        tx.commit().await.unwrap();
        let vote = async || {
            let tx = forum.begin().await.unwrap();
            polls::vote(&tx, &paul, &asked, &[0]).await
        };
        assert!(banned(vote().await.unwrap_err()));
        // Not from the other one.
        open(&forum, &paul, &rail).await.unwrap();
        let page = PageRequest::first(10);
        let shown = list(forum.db(), &lea, forum.now(), page).await.unwrap();
        assert_eq!(shown.items[0].actor.name, "paul");
        assert_eq!(shown.items[0].category.as_ref().unwrap().name, "velo");
        assert!(list(forum.db(), &paul, forum.now(), page).await.is_err());
        // It lapses by itself, whether or not the row is cleared away.
        forum.clock().advance(2 * 24 * 3_600_000);
        let shown = list(forum.db(), &lea, forum.now(), page).await.unwrap();
        assert!(shown.items.is_empty());
        reply(&forum, &paul, &topic).await.unwrap();
        follow(&velo).await.unwrap();
        vote().await.unwrap();
        let tx = forum.begin().await.unwrap();
        assert_eq!(forget_lapsed(&tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let paul = again(&forum, &paul).await;
        assert!(paul.actor().unwrap().banned_at.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_ban_from_the_node_holds_everywhere_here_and_is_taken_back() {
    on_each_database(Config::default(), async |forum| {
        let velo = a_category(&forum, "velo").await;
        let far = elsewhere(&forum, ActorKind::Group, "https://lemmy.example/c/rail").await;
        let far = categories::by_id(forum.db(), far.id).await.unwrap();
        let lea = person(&forum, "lea", Role::Moderator).await;
        let paul = person(&forum, "paul", Role::Member).await;
        let (lea, paul) = (viewer(&forum, &lea).await, viewer(&forum, &paul).await);
        let here = Scope::here(forum.config());
        ban(&forum, &lea, &paul, &here, "").await.unwrap();
        let banned = again(&forum, &paul).await;
        assert!(open(&forum, &banned, &velo).await.is_err());
        assert!(open(&forum, &banned, &far).await.is_err());
        let tx = forum.begin().await.unwrap();
        let who = banned.actor().unwrap();
        let how = Lift {
            reason: "Excuses",
            restores: false,
        };
        let lifted = lift(&tx, &lea, who, &here, how, Origin::Local).await;
        assert!(lifted.unwrap());
        let twice = lift(&tx, &lea, who, &here, how, Origin::Local).await;
        assert!(!twice.unwrap());
        tx.commit().await.unwrap();
        let free = again(&forum, &paul).await;
        open(&forum, &free, &velo).await.unwrap();
        // The person reads both decisions, without the moderator's name.
        let page = PageRequest::first(10);
        let told = moderation::about_me(forum.db(), &free, page).await.unwrap();
        let acts: Vec<&str> = told.items.iter().map(|act| &*act.row.action).collect();
        assert!(acts.contains(&"ban") && acts.contains(&"unban"), "{acts:?}");
        assert!(told.items.iter().all(|act| act.moderator.is_none()));
    })
    .await;
}

#[tokio::test]
async fn only_who_moderates_there_bans_and_nobody_who_does() {
    on_each_database(Config::default(), async |forum| {
        let (velo, rail) = (
            a_category(&forum, "velo").await,
            a_category(&forum, "rail").await,
        );
        let names = ["anne", "paul", "lea", "jean"];
        let roles = [Role::Admin, Role::Member, Role::Member, Role::Moderator];
        let mut people = Vec::new();
        for (name, role) in names.into_iter().zip(roles) {
            people.push(person(&forum, name, role).await);
        }
        let tx = forum.begin().await.unwrap();
        categories::set_moderator(&tx, &Viewer::System, &velo, people[2].actor.id, true)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut viewers = Vec::new();
        for one in &people {
            viewers.push(viewer(&forum, one).await);
        }
        let [anne, paul, lea, jean] = &viewers[..] else {
            unreachable!()
        };
        let in_velo = Scope::Category(Box::new(velo.actor.clone()));
        let in_rail = Scope::Category(Box::new(rail.actor.clone()));
        let here = Scope::here(forum.config());
        let there = Scope::Server("lemmy.example".to_owned());
        for (by, who, scope) in [
            (paul, lea, &in_velo),
            (paul, paul, &in_velo),
            (lea, lea, &in_velo),
            (lea, paul, &in_rail),
            (lea, paul, &here),
            (lea, jean, &in_velo),
            (jean, anne, &here),
            (jean, lea, &in_velo),
            (anne, paul, &there),
        ] {
            let refused = ban(&forum, by, who, scope, "").await;
            assert!(matches!(refused, Err(Error::Denied(_))), "{scope:?}");
        }
        ban(&forum, lea, paul, &in_velo, "").await.unwrap();
        ban(&forum, anne, lea, &in_velo, "").await.unwrap();
        // Of other servers, their own people, and only in their own categories.
        let far = elsewhere(&forum, ActorKind::Group, "https://lemmy.example/c/rail").await;
        let far = categories::by_id(forum.db(), far.id).await.unwrap();
        for (uri, may) in [
            ("https://lemmy.example/u/admin", true),
            ("https://notlemmy.example/u/admin", false),
            ("https://lemmy.example.evil.example/u/admin", false),
        ] {
            let admin = elsewhere(&forum, ActorKind::Person, uri).await;
            let admin = Viewer::load(forum.db(), admin).await.unwrap();
            let done = ban(&forum, &admin, jean, &there, "").await;
            assert_eq!(done.is_ok(), may, "{uri}");
        }
        let jean = again(&forum, jean).await;
        assert!(open(&forum, &jean, &far).await.is_err());
        open(&forum, &jean, &velo).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_somebody_banned_had_written_there_is_removed_and_comes_back_if_asked_for() {
    on_each_database(Config::default(), async |forum| {
        Box::pin(removed_and_back(&forum)).await;
    })
    .await;
}

async fn removed_and_back(forum: &Forum) {
    let (velo, rail) = (
        a_category(forum, "velo").await,
        a_category(forum, "rail").await,
    );
    let lea = person(forum, "lea", Role::Moderator).await;
    let paul = person(forum, "paul", Role::Member).await;
    let (lea, paul) = (viewer(forum, &lea).await, viewer(forum, &paul).await);
    let (topic, _) = open(forum, &lea, &velo).await.unwrap();
    let mut written = Vec::new();
    for _ in 0..3 {
        written.push(reply(forum, &paul, &topic).await.unwrap().id);
    }
    let (_, kept) = open(forum, &paul, &rail).await.unwrap();
    let before = reply(forum, &paul, &topic).await.unwrap();
    let tx = forum.begin().await.unwrap();
    posts::remove(&tx, &lea, before.clone(), "Hors sujet", Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let scope = Scope::Category(Box::new(velo.actor.clone()));
    let tx = forum.begin().await.unwrap();
    let new = NewBan::parse("Publicité", "", tx.now())
        .unwrap()
        .removing(true);
    let who = paul.actor().unwrap().clone();
    impose(&tx, &lea, who, &scope, new, Origin::Local)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let jobs = jobs::claim(forum, "tests", 10).await.unwrap();
    let job = jobs.iter().find(|job| job.kind == REMOVAL).unwrap();
    let removal: Removal = jobs::payload(job).unwrap();
    assert_eq!(remove_content(forum, removal).await.unwrap(), 3);
    assert_eq!(remove_content(forum, removal).await.unwrap(), 0);
    for id in &written {
        let post = posts::by_id(forum.db(), *id).await.unwrap();
        assert_eq!(post.removed_reason.as_deref(), Some("Publicité"));
    }
    let kept = posts::by_id(forum.db(), kept.id).await.unwrap();
    assert!(kept.removed_at.is_none());
    let topic = topics::by_id(forum.db(), topic.id).await.unwrap();
    assert_eq!(topic.reply_count, 0);
    // Lifted: it comes back, once, and what was removed for another reason doesn't.
    let back = async |restores| {
        let tx = forum.begin().await.unwrap();
        let who = actors::by_id(tx.c(), paul.actor_id().unwrap()).await;
        let how = Lift {
            reason: "Excuses",
            restores,
        };
        let lifted = lift(&tx, &lea, &who.unwrap(), &scope, how, Origin::Local).await;
        assert!(lifted.unwrap());
        tx.commit().await.unwrap();
        let jobs = jobs::claim(forum, "tests", 10).await.unwrap();
        let job = jobs.into_iter().find(|job| job.kind == RETURN)?;
        Some(jobs::payload::<Return>(&job).unwrap())
    };
    let what = back(true).await.unwrap();
    assert_eq!(restore_content(forum, &what).await.unwrap(), 3);
    assert_eq!(restore_content(forum, &what).await.unwrap(), 0);
    for id in &written {
        let post = posts::by_id(forum.db(), *id).await.unwrap();
        assert!(post.removed_at.is_none());
    }
    let before = posts::by_id(forum.db(), before.id).await.unwrap();
    assert!(before.removed_at.is_some());
    let topic = topics::by_id(forum.db(), topic.id).await.unwrap();
    assert_eq!(topic.reply_count, 3);
    // Unless it isn't asked for, or they are banned again meanwhile.
    let paul = again(forum, &paul).await;
    let ban_again = async || {
        let tx = forum.begin().await.unwrap();
        let new = NewBan::parse("Publicité", "", tx.now()).unwrap();
        let who = paul.actor().unwrap().clone();
        impose(&tx, &lea, who, &scope, new.removing(true), Origin::Local)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let jobs = jobs::claim(forum, "tests", 10).await.unwrap();
        let job = jobs.iter().find(|job| job.kind == REMOVAL).unwrap();
        remove_content(forum, jobs::payload(job).unwrap())
            .await
            .unwrap()
    };
    assert_eq!(ban_again().await, 3);
    let what = back(true).await.unwrap();
    assert_eq!(ban_again().await, 0);
    assert_eq!(restore_content(forum, &what).await.unwrap(), 0);
    assert!(back(false).await.is_none());
}

#[test]
fn a_ban_says_why_and_may_end() {
    let now = Timestamp(1_772_445_600_000);
    for (reason, days) in [
        ("", ""),
        ("spam", "0"),
        ("spam", "-1"),
        ("spam", "x"),
        ("spam", "4000"),
    ] {
        assert!(NewBan::parse(reason, days, now).is_err(), "{reason} {days}");
    }
    let ban = NewBan::parse("spam", " 7 ", now).unwrap();
    assert_eq!(ban.expires_at, Some(now.plus_days(7)));
    assert_eq!(authority("https://a.example:8443/c/x?y"), "a.example:8443");
}
