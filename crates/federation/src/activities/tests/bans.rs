//! Block and Undo of it, Add and Remove of moderators, Warn.

use parvis_forum::bans::{self, Ban, NewBan, Scope};
use parvis_forum::{Event, moderation};

use super::*;

/// A Block of somebody, with its target.
fn block(by: &Remote, n: u32, who: &str, target: &str) -> Value {
    let mut block = activity(by, "Block", n, &json!(who));
    block["target"] = json!(target);
    block["summary"] = json!("publicité");
    block
}

impl Stage {
    /// The ban of somebody in force in a category.
    async fn banned(&self, who: &str, category: &str) -> Option<Ban> {
        let db = self.node.db();
        let who = actors::by_uri(db, who).await.unwrap()?;
        let category = actors::by_uri(db, category).await.unwrap().unwrap();
        let forum = self.node.forum();
        bans::in_force(db, forum.config(), forum.now(), &who, category.id)
            .await
            .unwrap()
    }

    /// Somebody elsewhere moderates our category.
    pub(super) async fn name(&self, who: &Remote) -> Actor {
        let actor = self.meet(&who.uri).await;
        let tx = self.node.forum().begin().await.unwrap();
        categories::set_moderator(&tx, &Viewer::System, &self.category, actor.id, true)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        actor
    }

    /// The followed category lists its moderators.
    pub(super) async fn list(&self, who: &[&str]) {
        let list = json!({"id": format!("{}/moderators", self.velo.uri), "type": "OrderedCollection", "orderedItems": who});
        self.groups.serve(&list);
        self.node.federation.failures().invalidate_all();
        let mut add = activity(&self.velo, "Add", 8_000, &json!("https://x.example/u/x"));
        add["target"] = json!(format!("{}/moderators", self.velo.uri));
        add["id"] = json!(format!(
            "{}/activities/{}",
            self.velo.uri,
            rand::random::<u32>()
        ));
        self.announce(rand::random(), &add).await;
    }
}

#[tokio::test]
async fn a_moderator_elsewhere_bans_from_our_category_and_takes_it_back() {
    let stage = Stage::set().await;
    let ours = &stage.category.actor.uri;
    stage.name(&stage.mallory).await;
    let mut ban = block(&stage.mallory, 1, &stage.bob.uri, ours);
    ban["endTime"] = json!("2999-01-01T00:00:00Z");
    stage.node.take(&stage.mallory, &ban).await;
    let known = stage.banned(&stage.bob.uri, ours).await.unwrap();
    assert_eq!((&*known.reason, known.removes), ("publicité", false));
    assert!(known.expires_at.is_some());
    // What came is passed on as it came.
    let passed = stage.node.events.lock().unwrap().iter().any(|event| {
        matches!(
            event,
            Event::Banned {
                origin: parvis_forum::Origin::Received { .. },
                ..
            }
        )
    });
    assert!(passed);
    let create = activity(&stage.bob, "Create", 2, &stage.note("/p/1"));
    stage.node.take(&stage.bob, &create).await;
    assert!(stage.post(&stage.good.url("/p/1")).await.is_none());
    // Somebody else's Undo, then one with another id inside; again without effect.
    let carol = stage.evil.person("carol");
    let undo = |by: &Remote, n: u32| {
        let mut inner = block(by, 9, &stage.bob.uri, ours);
        inner["id"] = json!(stage.evil.url("/another"));
        activity(by, "Undo", n, &inner)
    };
    stage.node.take(&carol, &undo(&carol, 3)).await;
    assert!(stage.banned(&stage.bob.uri, ours).await.is_some());
    stage
        .node
        .take(&stage.mallory, &undo(&stage.mallory, 4))
        .await;
    assert!(stage.banned(&stage.bob.uri, ours).await.is_none());
    stage
        .node
        .take(&stage.mallory, &undo(&stage.mallory, 5))
        .await;
    stage.bob_posts("/p/2", 6).await;
    // By id alone, and with the word of older Lemmy and of Mbin.
    let mut ban = block(&stage.mallory, 7, &stage.bob.uri, ours);
    ban["expires"] = json!("2999-01-01T00:00:00Z");
    stage.node.take(&stage.mallory, &ban).await;
    let known = stage.banned(&stage.bob.uri, ours).await.unwrap();
    assert!(known.expires_at.is_some());
    let by_name = activity(&stage.mallory, "Undo", 8, &ban["id"]);
    stage.node.take(&stage.mallory, &by_name).await;
    assert!(stage.banned(&stage.bob.uri, ours).await.is_none());
}

#[tokio::test]
async fn nobody_bans_without_the_right_to() {
    let stage = Stage::set().await;
    let ours = &stage.category.actor.uri;
    let theirs = &stage.velo.uri;
    let bob = &stage.bob.uri;
    stage.bob_posts("/p/1", 1).await;
    stage.velo_topic("/p/2", 2).await;
    let lea = stage.groups.person("lea");
    let other = stage.groups.actor("Group", "autre");
    // In person, from ours, from theirs, from this node, from another server, from a person.
    for (n, by, target) in [
        (10, &stage.mallory, ours.clone()),
        (11, &stage.mallory, theirs.clone()),
        (12, &lea, theirs.clone()),
        (13, &stage.mallory, stage.node.url("/")),
        (14, &stage.mallory, stage.groups.url("/")),
        (15, &stage.mallory, bob.clone()),
        (16, &other, theirs.clone()),
    ] {
        stage.node.take(by, &block(by, n, bob, &target)).await;
    }
    // Announced: of our category, by who is not on the list, and in another category of the same server.
    let autre = activity(&other, "Announce", 20, &block(&other, 21, bob, theirs));
    stage.node.take(&other, &autre).await;
    stage
        .announce(22, &block(&stage.mallory, 23, bob, theirs))
        .await;
    stage.announce(24, &block(&lea, 25, bob, ours)).await;
    stage.announce(26, &block(&lea, 27, bob, &other.uri)).await;
    stage
        .announce(28, &block(&lea, 29, bob, &stage.node.url("/")))
        .await;
    for category in [ours, theirs] {
        assert!(stage.banned(bob, category).await.is_none(), "{category}");
    }
    // By a person from a person: no effect, and no error.
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Block", 30, &json!(bob)),
        )
        .await;
    // A moderator of ours may not ban its administrators, nor itself.
    let anne = stage.node.person("anne").await;
    let tx = stage.node.forum().begin().await.unwrap();
    categories::set_moderator(&tx, &Viewer::System, &stage.category, anne.id, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stage.name(&stage.mallory).await;
    for (n, who) in [(40, &anne.uri), (41, &stage.mallory.uri)] {
        stage
            .node
            .take(&stage.mallory, &block(&stage.mallory, n, who, ours))
            .await;
        assert!(stage.banned(who, ours).await.is_none(), "{who}");
    }
}

#[tokio::test]
async fn a_category_elsewhere_bans_as_seen_from_here_and_so_does_its_server() {
    let stage = Stage::set().await;
    let theirs = &stage.velo.uri;
    let viewer = stage.node.member("ana").await;
    let ana = viewer.actor().unwrap().uri.clone();
    let lea = stage.groups.person("lea");
    let mut ban = block(&lea, 1, &ana, theirs);
    ban["removeData"] = json!(true);
    stage.announce(1, &ban).await;
    stage.announce(2, &ban).await;
    let known = stage.banned(&ana, theirs).await.unwrap();
    assert!(known.removes);
    // One of ours is told, and can't write there; here they can.
    let told = moderation::about_me(
        stage.node.db(),
        &viewer,
        parvis_forum::page::PageRequest::default(),
    )
    .await
    .unwrap();
    assert_eq!(told.items.len(), 1);
    let ana_now = Viewer::load(stage.node.db(), stage.meet(&ana).await)
        .await
        .unwrap();
    let open = async |category: &Category| {
        let new = topics::NewTopic::parse(
            "A",
            "B",
            parvis_forum::kinds::TopicKind::Discussion,
            None,
            &[],
        )
        .unwrap();
        let tx = stage.node.forum().begin().await.unwrap();
        topics::open(&tx, &ana_now, category, new).await.is_ok()
    };
    let velo = stage.meet(theirs).await;
    let velo = categories::by_id(stage.node.db(), velo.id).await.unwrap();
    assert!(!open(&velo).await);
    assert!(open(&stage.category).await);
    // Over already: no ban.
    let mut old = block(&lea, 3, &stage.bob.uri, theirs);
    old["endTime"] = json!("2020-01-01T00:00:00Z");
    stage.announce(3, &old).await;
    assert!(stage.banned(&stage.bob.uri, theirs).await.is_none());
    // From the whole server, by somebody of it: in its categories, and not in ours.
    let ban = block(&lea, 4, &stage.bob.uri, &stage.groups.url("/"));
    stage.node.take(&lea, &ban).await;
    assert!(stage.banned(&stage.bob.uri, theirs).await.is_some());
    assert!(
        stage
            .banned(&stage.bob.uri, &stage.category.actor.uri)
            .await
            .is_none()
    );
    // A category that isn't known isn't the server.
    let unknown = block(&lea, 5, &stage.mallory.uri, &stage.groups.url("/c/unknown"));
    stage.node.take(&lea, &unknown).await;
    assert!(stage.banned(&stage.mallory.uri, theirs).await.is_none());
}

#[tokio::test]
async fn a_ban_that_was_taken_back_before_it_came_has_no_effect() {
    let stage = Stage::set().await;
    let ours = &stage.category.actor.uri;
    stage.name(&stage.mallory).await;
    let ban = block(&stage.mallory, 1, &stage.bob.uri, ours);
    let undo = activity(&stage.mallory, "Undo", 2, &ban);
    stage.node.take(&stage.mallory, &undo).await;
    stage.node.take(&stage.mallory, &ban).await;
    assert!(stage.banned(&stage.bob.uri, ours).await.is_none());
}

#[tokio::test]
async fn one_of_ours_whom_a_category_elsewhere_names_moderates_it_from_here() {
    let stage = Stage::set().await;
    let post = stage.velo_topic("/p/1", 1).await;
    let viewer = stage.node.member("ana").await;
    let ana = viewer.actor().unwrap().clone();
    let load = async || Viewer::load(stage.node.db(), ana.clone()).await.unwrap();
    let topic = async || topics::by_id(stage.node.db(), post.topic_id).await.unwrap();
    let lock = async |viewer: &Viewer| {
        let change = topics::TopicChange {
            locked: Some(true),
            ..topics::TopicChange::default()
        };
        let tx = stage.node.forum().begin().await.unwrap();
        topics::change(&tx, viewer, topic().await, change).await?;
        tx.commit().await
    };
    assert!(lock(&load().await).await.is_err());
    stage.list(&[&ana.uri]).await;
    let named = load().await;
    let person = named.person().unwrap();
    assert!(person.moderates.is_empty(), "it gives no standing here");
    assert_eq!(person.moderates_elsewhere, [topic().await.category_id]);
    lock(&named).await.unwrap();
    assert!(topic().await.locked_at.is_some());
    // A ban from there, and none from ours.
    let bob = stage.meet(&stage.bob.uri).await;
    let velo = stage.meet(&stage.velo.uri).await;
    for (category, may) in [(&velo, true), (&stage.category.actor, false)] {
        let tx = stage.node.forum().begin().await.unwrap();
        let scope = Scope::Category(Box::new(category.clone()));
        let new = NewBan::parse("spam", "", tx.now()).unwrap();
        let done = bans::impose(
            &tx,
            &named,
            bob.clone(),
            &scope,
            new,
            parvis_forum::Origin::Local,
        )
        .await;
        assert_eq!(done.is_ok(), may, "{}", category.uri);
    }
    // No longer on the list: no longer a moderator.
    stage.list(&[]).await;
    assert!(lock(&load().await).await.is_err());
}

#[tokio::test]
async fn a_warning_reaches_the_author_when_a_moderator_gives_it() {
    let stage = Stage::set().await;
    let viewer = stage.node.member("ana").await;
    let velo = stage.meet(&stage.velo.uri).await;
    let velo = categories::by_id(stage.node.db(), velo.id).await.unwrap();
    let new = topics::NewTopic::parse(
        "A",
        "B",
        parvis_forum::kinds::TopicKind::Discussion,
        None,
        &[],
    )
    .unwrap();
    let tx = stage.node.forum().begin().await.unwrap();
    let (_, post) = topics::open(&tx, &viewer, &velo, new).await.unwrap();
    tx.commit().await.unwrap();
    let warn = |by: &Remote, n: u32| {
        let mut warn = activity(by, "Warn", n, &json!(post.uri));
        warn["to"] = json!([viewer.actor().unwrap().uri]);
        warn["summary"] = json!("Restez courtois");
        warn["audience"] = json!(stage.velo.uri);
        warn
    };
    let told = async || {
        let page = parvis_forum::page::PageRequest::default();
        let acts = moderation::about_me(stage.node.db(), &viewer, page)
            .await
            .unwrap();
        acts.items
            .iter()
            .map(|act| act.row.reason.clone())
            .collect::<Vec<_>>()
    };
    stage
        .node
        .take(&stage.mallory, &warn(&stage.mallory, 1))
        .await;
    let lea = stage.groups.person("lea");
    stage.announce(2, &warn(&lea, 2)).await;
    assert!(told().await.is_empty());
    stage.node.take(&lea, &warn(&lea, 3)).await;
    stage.node.take(&lea, &warn(&lea, 3)).await;
    assert_eq!(told().await, ["Restez courtois"]);
}

#[tokio::test]
async fn who_is_banned_from_a_category_does_not_follow_it() {
    let stage = Stage::set().await;
    let ours = stage.category.actor.clone();
    stage.name(&stage.mallory).await;
    let bob = stage.meet(&stage.bob.uri).await;
    let follow = async |n: u32| {
        let follow = activity(&stage.bob, "Follow", n, &json!(ours.uri));
        stage.node.take(&stage.bob, &follow).await;
        let row = follows::find(stage.node.db(), bob.id, ours.id).await;
        let row = row.unwrap().unwrap();
        let answers: Vec<bool> = stage
            .node
            .events
            .lock()
            .unwrap()
            .drain(..)
            .filter_map(|event| match event {
                Event::FollowAnswered { follow, accepted } if follow == row.id => Some(accepted),
                _ => None,
            })
            .collect();
        (row.state, answers)
    };
    assert_eq!(follow(1).await, (FollowState::Accepted, vec![true]));
    let ban = block(&stage.mallory, 2, &stage.bob.uri, &ours.uri);
    stage.node.take(&stage.mallory, &ban).await;
    for n in [3, 4] {
        assert_eq!(follow(n).await, (FollowState::Rejected, vec![false]));
    }
    assert_eq!(
        follows::count_followers(stage.node.db(), ours.id)
            .await
            .unwrap(),
        0
    );
    let undo = activity(&stage.mallory, "Undo", 5, &ban);
    stage.node.take(&stage.mallory, &undo).await;
    assert_eq!(follow(6).await, (FollowState::Accepted, vec![true]));
}

#[tokio::test]
async fn an_undo_says_whether_what_was_removed_comes_back() {
    let stage = Stage::set().await;
    let ours = &stage.category.actor.uri;
    stage.name(&stage.mallory).await;
    for (n, said, expected) in [
        (10, json!(true), true),
        (20, json!(false), false),
        (30, Value::Null, false),
        (40, json!("true"), false),
    ] {
        let mut ban = block(&stage.mallory, n, &stage.bob.uri, ours);
        ban["removeData"] = json!(true);
        stage.node.take(&stage.mallory, &ban).await;
        assert!(stage.banned(&stage.bob.uri, ours).await.unwrap().removes);
        let mut undo = activity(&stage.mallory, "Undo", n + 1, &ban);
        undo["restoreData"] = said;
        stage.node.events.lock().unwrap().clear();
        stage.node.take(&stage.mallory, &undo).await;
        assert!(stage.banned(&stage.bob.uri, ours).await.is_none());
        let events = stage.node.events.lock().unwrap();
        let restores = events.iter().find_map(|event| match event {
            Event::BanLifted { lifted, .. } => Some(lifted.restores),
            _ => None,
        });
        assert_eq!(restores, Some(expected), "{n}");
    }
}
