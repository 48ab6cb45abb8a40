//! What a category says, moderators do, and people look up.

use super::*;

#[tokio::test]
async fn a_category_is_believed_about_its_own_server_and_the_rest_is_fetched() {
    let stage = Stage::set().await;
    // By somebody of its own server: as embedded.
    let lea = stage.groups.person("lea");
    let mut page = stage.groups.note(
        &lea,
        "/post/1",
        &json!({"type": "Page", "name": "Chez nous"}),
    );
    page["audience"] = json!(stage.velo.uri);
    stage.announce(1, &activity(&lea, "Create", 1, &page)).await;
    assert_eq!(stage.title(&stage.groups.url("/post/1")).await, "Chez nous");
    assert_eq!(stage.groups.asked("/post/1"), 0);
    // By somebody of another: as that one serves it.
    let mut forged = stage.page("/p/1");
    stage.good.serve(&forged);
    forged["name"] = json!("Faux");
    stage
        .announce(2, &activity(&stage.bob, "Create", 2, &forged))
        .await;
    assert_eq!(stage.title(&stage.good.url("/p/1")).await, "Pistes");
    // Which it doesn't serve: not at all.
    let gone = stage.page("/p/2");
    stage
        .announce(3, &activity(&stage.bob, "Create", 3, &gone))
        .await;
    assert!(stage.post(&stage.good.url("/p/2")).await.is_none());
    // By id, embedded, in a batch, in wrappers.
    for n in 4..=7 {
        stage.good.serve(&stage.page(&format!("/p/{n}")));
    }
    stage.announce(4, &json!(stage.good.url("/p/4"))).await;
    stage.announce(5, &stage.page("/p/5")).await;
    let batch = json!([activity(&stage.bob, "Create", 6, &stage.page("/p/6")), {"type": "Flag", "actor": stage.bob.uri, "object": "x"}]);
    stage.announce(6, &batch).await;
    let create = activity(&stage.bob, "Create", 7, &stage.page("/p/7"));
    stage
        .announce(7, &activity(&stage.velo, "Announce", 70, &create))
        .await;
    for n in 4..=7 {
        assert!(
            stage
                .post(&stage.good.url(&format!("/p/{n}")))
                .await
                .is_some(),
            "{n}"
        );
    }
    let mut nested = activity(&stage.bob, "Create", 8, &stage.page("/p/8"));
    stage.good.serve(&stage.page("/p/8"));
    for n in 80..90 {
        nested = activity(&stage.velo, "Announce", n, &nested);
    }
    stage.announce(8, &nested).await;
    assert!(stage.post(&stage.good.url("/p/8")).await.is_none());
    // A post that says that it belongs to one of ours can't be taken there.
    let mut ours = stage.page("/p/9");
    ours["audience"] = json!(stage.category.actor.uri);
    stage.good.serve(&ours);
    stage.announce(9, &json!(stage.good.url("/p/9"))).await;
    assert!(stage.post(&stage.good.url("/p/9")).await.is_none());
}

#[tokio::test]
async fn a_category_that_nobody_follows_is_not_heard() {
    let stage = Stage::set().await;
    let other = stage.groups.actor("Group", "autre");
    stage.good.serve(&stage.page("/p/1"));
    let announce = activity(&other, "Announce", 1, &json!(stage.good.url("/p/1")));
    stage.node.take(&other, &announce).await;
    // Nor is a boost by a person.
    let boost = activity(&stage.bob, "Announce", 1, &json!(stage.good.url("/p/1")));
    stage.node.take(&stage.bob, &boost).await;
    assert!(stage.post(&stage.good.url("/p/1")).await.is_none());
    assert_eq!(stage.good.asked("/p/1"), 0);
}

#[tokio::test]
async fn a_category_has_authority_over_its_own_topics_only() {
    let stage = Stage::set().await;
    let theirs = stage.velo_topic("/p/1", 1).await;
    let ours = stage.bob_posts("/p/2", 2).await;
    let lea = stage.groups.person("lea");
    let like = |by: &Remote, n: u32, uri: &str| activity(by, "Like", n, &json!(uri));
    stage.announce(3, &like(&lea, 3, &theirs.uri)).await;
    stage.announce(4, &like(&lea, 4, &theirs.uri)).await;
    stage.announce(5, &like(&lea, 5, &ours.uri)).await;
    assert_eq!(stage.like_count(&theirs.uri).await, 1);
    assert_eq!(
        stage.like_count(&ours.uri).await,
        0,
        "only our own category has authority there"
    );
    // In the name of one of ours.
    let ana = stage.node.person("ana").await;
    let as_ana = json!({"id": stage.node.url("/a/1"), "type": "Like", "actor": ana.uri, "object": theirs.uri});
    stage.announce(6, &as_ana).await;
    assert_eq!(stage.like_count(&theirs.uri).await, 1);
    stage
        .announce(7, &activity(&lea, "Undo", 7, &like(&lea, 4, &theirs.uri)))
        .await;
    assert_eq!(stage.like_count(&theirs.uri).await, 0);
    // Deletion and locks of what isn't in it.
    for (n, kind) in [(8, "Delete"), (9, "Lock")] {
        stage
            .announce(n, &activity(&lea, kind, n, &json!(ours.uri)))
            .await;
    }
    let after = stage.post(&ours.uri).await.unwrap();
    assert!(after.removed_at.is_none() && after.deleted_at.is_none());
    let topic = topics::by_id(stage.node.db(), after.topic_id)
        .await
        .unwrap();
    assert!(topic.locked_at.is_none());
}

#[tokio::test]
async fn moderators_of_a_category_lock_pin_and_remove_in_it() {
    let stage = Stage::set().await;
    let post = stage.velo_topic("/p/1", 1).await;
    let topic = async || topics::by_id(stage.node.db(), post.topic_id).await.unwrap();
    // On its list, though of another server.
    let list = json!({"id": format!("{}/moderators", stage.velo.uri), "type": "OrderedCollection", "orderedItems": [stage.mallory.uri]});
    let carol = stage.evil.person("carol");
    stage
        .announce(2, &activity(&carol, "Lock", 2, &json!(post.uri)))
        .await;
    assert!(topic().await.locked_at.is_none());
    stage.groups.serve(&list);
    stage.node.federation.failures().invalidate_all();
    let fresh = Federation::start(stage.node.forum().clone()).await.unwrap();
    let lock = activity(
        &stage.velo,
        "Announce",
        3,
        &activity(&stage.mallory, "Lock", 3, &json!(post.uri)),
    );
    stage.node.send(&stage.velo, &lock).await.unwrap();
    crate::inbox::drain(&fresh).await.unwrap();
    assert!(topic().await.locked_at.is_some());
    let undo = |n: u32| {
        activity(
            &stage.mallory,
            "Undo",
            n,
            &activity(&stage.mallory, "Lock", 30, &json!(post.uri)),
        )
    };
    stage.announce(4, &undo(4)).await;
    assert!(topic().await.locked_at.is_none());
    let mut add = activity(&stage.mallory, "Add", 5, &json!(post.uri));
    add["target"] = json!(format!("{}/featured", stage.velo.uri));
    stage.announce(5, &add).await;
    assert!(topic().await.pinned_at.is_some());
    add["type"] = json!("Remove");
    stage.announce(6, &add).await;
    assert!(topic().await.pinned_at.is_none());
    // Without the category's word a moderator can't act there.
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Lock", 7, &json!(post.uri)),
        )
        .await;
    assert!(topic().await.locked_at.is_none());
    // Removal with a reason, by an administrator of its server; and back.
    let admin = stage.groups.person("admin");
    let mut delete = activity(&admin, "Delete", 8, &json!(post.uri));
    delete["summary"] = json!("hors sujet");
    stage.announce(8, &delete).await;
    let removed = stage.post(&post.uri).await.unwrap();
    assert_eq!(removed.removed_reason.as_deref(), Some("hors sujet"));
    assert!(topic().await.removed_at.is_some());
    stage
        .announce(9, &activity(&admin, "Undo", 9, &delete))
        .await;
    assert!(stage.post(&post.uri).await.unwrap().removed_at.is_none());
    // Out of the category and back, by the category itself or by its moderator (FEP-f15d); not by just anybody.
    let out = |by: &Remote, kind: &str, n: u32| {
        let mut out = activity(by, kind, n, &json!(post.uri));
        out["target"] = json!(stage.velo.uri);
        out["summary"] = json!("déplacé ailleurs");
        out
    };
    let removed = async || topic().await.removed_at.is_some();
    stage
        .node
        .take(&stage.mallory, &out(&stage.mallory, "Remove", 40))
        .await;
    assert!(!removed().await);
    stage
        .node
        .take(&stage.velo, &out(&stage.velo, "Remove", 41))
        .await;
    assert!(removed().await);
    stage
        .node
        .take(&stage.mallory, &out(&stage.mallory, "Add", 42))
        .await;
    assert!(removed().await);
    stage
        .node
        .take(&stage.velo, &out(&stage.velo, "Add", 43))
        .await;
    assert!(!removed().await);
    stage.announce(44, &out(&admin, "Remove", 44)).await;
    assert!(removed().await);
    stage.announce(45, &out(&admin, "Add", 45)).await;
    assert!(!removed().await);
    // Announced deletion by the author: their server is asked.
    let delete = activity(&stage.bob, "Delete", 10, &json!(post.uri));
    stage.announce(10, &delete).await;
    assert!(stage.post(&post.uri).await.unwrap().deleted_at.is_none());
    stage.good.status("/p/1", 410);
    stage
        .announce(11, &activity(&stage.bob, "Delete", 11, &json!(post.uri)))
        .await;
    assert!(stage.post(&post.uri).await.unwrap().deleted_at.is_some());
}

#[tokio::test]
async fn nobody_elsewhere_moderates_here_without_a_grant() {
    let stage = Stage::set().await;
    let post = stage.bob_posts("/p/1", 1).await;
    let ana = stage.node.person("ana").await;
    let category = &stage.category.actor;
    let mo = stage.evil.person("mo");
    let mut acts = [
        activity(&mo, "Lock", 1, &json!(post.uri)),
        activity(&mo, "Delete", 2, &json!(post.uri)),
        activity(&mo, "Block", 3, &json!(ana.uri)),
        activity(&mo, "Add", 4, &json!(mo.uri)),
        activity(&mo, "Add", 5, &json!(post.uri)),
        activity(
            &mo,
            "Update",
            6,
            &json!({"id": category.uri, "type": "Group", "name": "Pris"}),
        ),
        activity(&mo, "Move", 7, &json!(post.uri)),
    ];
    for (act, collection) in acts
        .iter_mut()
        .zip(["", "", "", "moderators", "featured", "", ""])
    {
        act["target"] = json!(format!("{}/{collection}", category.uri));
        stage.node.take(&mo, act).await;
    }
    assert_eq!(stage.post(&post.uri).await.unwrap(), post);
    let topic = topics::by_id(stage.node.db(), post.topic_id).await.unwrap();
    assert!(topic.locked_at.is_none() && topic.pinned_at.is_none());
    assert!(
        categories::moderators(stage.node.db(), category.id)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        actors::by_uri(stage.node.db(), &category.uri)
            .await
            .unwrap()
            .unwrap()
            .display_name,
        category.display_name
    );
    // With one, mo locks and pins.
    let mo_row = stage.meet(&mo.uri).await;
    let tx = stage.node.forum().begin().await.unwrap();
    categories::set_moderator(&tx, &Viewer::System, &stage.category, mo_row.id, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    acts[0]["id"] = json!(format!("{}/activities/20", mo.uri));
    acts[4]["id"] = json!(format!("{}/activities/21", mo.uri));
    stage.node.take(&mo, &acts[0]).await;
    stage.node.take(&mo, &acts[4]).await;
    let topic = topics::by_id(stage.node.db(), post.topic_id).await.unwrap();
    assert!(topic.locked_at.is_some() && topic.pinned_at.is_some());
    // A locked topic takes no reply.
    let reply = stage.good.note(
        &stage.bob,
        "/p/2",
        &json!({"inReplyTo": post.uri, "cc": [category.uri]}),
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Create", 22, &reply))
        .await;
    assert!(stage.post(&stage.good.url("/p/2")).await.is_none());
}

#[tokio::test]
async fn an_announced_edit_is_read_at_the_authors_server() {
    let stage = Stage::set().await;
    let post = stage.velo_topic("/p/1", 1).await;
    let mut newer = stage.page("/p/1");
    merge(
        &mut newer,
        &json!({"name": "Pistes et rues", "updated": "2026-03-02T12:00:00Z"}),
    );
    stage.good.serve(&newer);
    newer["name"] = json!("Faux");
    stage
        .announce(2, &activity(&stage.bob, "Update", 2, &newer))
        .await;
    assert_eq!(stage.title(&post.uri).await, "Pistes et rues");
}

#[tokio::test]
async fn a_topic_that_we_opened_elsewhere_is_confirmed_by_its_category() {
    let stage = Stage::set().await;
    let velo = stage.meet(&stage.velo.uri).await;
    let group = categories::by_id(stage.node.db(), velo.id).await.unwrap();
    let viewer = stage.node.member("ana").await;
    let ana = viewer.actor().unwrap().clone();
    let db = stage.node.db();
    let new = topics::NewTopic::parse(
        "Pistes",
        "Texte",
        parvis_forum::kinds::TopicKind::Discussion,
        None,
        &[],
    )
    .unwrap();
    let tx = stage.node.forum().begin().await.unwrap();
    let (topic, post) = topics::open(&tx, &viewer, &group, new).await.unwrap();
    tx.commit().await.unwrap();
    assert!(topic.confirmed_at.is_none());
    let create = json!({"id": post.activity_uri, "type": "Create", "actor": ana.uri, "object": {"id": post.uri, "type": "Article"}});
    // Another category can't.
    let other = stage.groups.actor("Group", "autre");
    stage
        .node
        .take(&other, &activity(&other, "Announce", 1, &create))
        .await;
    assert!(
        topics::by_id(db, topic.id)
            .await
            .unwrap()
            .confirmed_at
            .is_none()
    );
    stage.announce(2, &create).await;
    assert!(
        topics::by_id(db, topic.id)
            .await
            .unwrap()
            .confirmed_at
            .is_some()
    );
    // A copy of our post in an announce changes nothing of ours.
    let copy = json!({"id": post.uri, "type": "Note", "attributedTo": ana.uri, "content": "Faux", "to": [PUBLIC]});
    stage.announce(3, &copy).await;
    assert_eq!(
        stage.post(&post.uri).await.unwrap().content_html,
        post.content_html
    );
}

#[tokio::test]
async fn an_account_is_deleted_by_itself_with_its_content_unless_that_stays() {
    let stage = Stage::set().await;
    let post = stage.bob_posts("/p/1", 1).await;
    let carol = stage.good.person("carol");
    stage
        .node
        .take(
            &carol,
            &activity(&carol, "Delete", 1, &json!(stage.bob.uri)),
        )
        .await;
    let bob = async || {
        actors::by_uri(stage.node.db(), &stage.bob.uri)
            .await
            .unwrap()
            .unwrap()
    };
    assert!(bob().await.deleted_at.is_none());
    // As Mastodon says it, which has no word for what becomes of the content.
    let delete = activity(&stage.bob, "Delete", 2, &json!(stage.bob.uri));
    stage.node.take(&stage.bob, &delete).await;
    assert!(bob().await.deleted_at.is_some());
    assert!(stage.post(&post.uri).await.unwrap().deleted_at.is_some());
    // As Lemmy says that it stays.
    let note = stage.good.note(
        &carol,
        "/p/7",
        &json!({"cc": [stage.category.actor.uri], "content": "<p>Un autre avis</p>"}),
    );
    stage
        .node
        .take(&carol, &activity(&carol, "Create", 7, &note))
        .await;
    let mut delete = activity(&carol, "Delete", 8, &json!(carol.uri));
    delete["removeData"] = json!(false);
    stage.node.take(&carol, &delete).await;
    let kept = stage.post(&stage.good.url("/p/7")).await.unwrap();
    assert!(kept.deleted_at.is_none());
    // Nothing more comes from it.
    stage
        .node
        .take(
            &stage.bob,
            &activity(&stage.bob, "Create", 3, &stage.note("/p/3")),
        )
        .await;
    assert!(stage.post(&stage.good.url("/p/3")).await.is_none());
}

#[tokio::test]
async fn a_report_reaches_the_moderators_with_its_reason() {
    use parvis_forum::reports;
    let stage = Stage::set().await;
    let post = stage.bob_posts("/p/1", 1).await;
    let mut flag = activity(&stage.mallory, "Flag", 1, &json!([stage.bob.uri, post.uri]));
    flag["summary"] = json!("publicité");
    stage.node.take(&stage.mallory, &flag).await;
    let page = parvis_forum::page::PageRequest::default();
    let open = reports::list(stage.node.db(), &Viewer::System, page)
        .await
        .unwrap();
    let report = &open.items[0].report;
    assert_eq!(
        (&*report.reason, report.post_id),
        ("publicité", Some(post.id))
    );
}

#[tokio::test]
async fn an_actor_that_changed_is_read_anew() {
    let stage = Stage::set().await;
    let bob = stage.meet(&stage.bob.uri).await;
    assert_eq!((&*bob.display_name, bob.handle_verified), ("BOB", true));
    let mut document = json!({"id": stage.bob.uri, "type": "Person", "preferredUsername": "bob", "name": "Robert\u{202e}\n",
        "inbox": stage.evil.url("/inbox"), "publicKey": {"id": stage.bob.signer.key_id, "owner": stage.bob.uri, "publicKeyPem": bob.public_key_pem}});
    stage.good.serve(&document);
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 1, &document))
        .await;
    assert_eq!(
        stage.meet(&stage.bob.uri).await.display_name,
        "BOB",
        "an inbox elsewhere"
    );
    document["inbox"] = json!(stage.good.url("/in"));
    stage.good.serve(&document);
    stage
        .node
        .take(
            &stage.mallory,
            &activity(&stage.mallory, "Update", 2, &document),
        )
        .await;
    assert_eq!(
        stage.meet(&stage.bob.uri).await.display_name,
        "BOB",
        "by somebody else"
    );
    stage
        .node
        .take(&stage.bob, &activity(&stage.bob, "Update", 3, &document))
        .await;
    assert_eq!(stage.meet(&stage.bob.uri).await.display_name, "Robert");
}

#[tokio::test]
async fn a_handle_is_shown_only_if_webfinger_agrees() {
    let (node, good, evil) = (Node::start().await, Peer::start(), Peer::start());
    let liar = evil.person("liar");
    let ceo = json!({"subject": format!("acct:ceo@{}", good.host()), "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": liar.uri}]});
    let path = |peer: &Peer, name: &str| {
        format!(
            "/.well-known/webfinger?resource=acct%3A{name}%40{}",
            peer.host().replace(':', "%3A")
        )
    };
    evil.put(&path(&evil, "liar"), 200, "application/jrd+json", &ceo);
    let reader = Reader::new(&node.federation, 30);
    let actor = reader.actor(&liar.uri).await.unwrap();
    assert_eq!(
        (&*actor.name, &actor.host, actor.handle_verified),
        ("liar", &evil.host(), false)
    );
    // With the agreement of the other host it is an account of that host.
    good.put(&path(&good, "ceo"), 200, "application/jrd+json", &ceo);
    let actor = reader.refresh_actor(&liar.uri).await.unwrap();
    assert_eq!(
        (&*actor.name, &actor.host, actor.handle_verified),
        ("ceo", &good.host(), true)
    );
}

#[tokio::test]
async fn somebody_looks_up_a_category_and_finds_its_topics() {
    let stage = Stage::set().await;
    let lire = stage.groups.actor("Group", "lire");
    let lea = stage.groups.person("lea");
    let mut page = stage.groups.note(
        &lea,
        "/post/1",
        &json!({"type": "Page", "name": "Un livre"}),
    );
    page["audience"] = json!(lire.uri);
    let announce = activity(&lire, "Announce", 1, &activity(&lea, "Create", 1, &page));
    stage.groups.serve(&json!({"id": format!("{}/outbox", lire.uri), "type": "OrderedCollection", "totalItems": 1, "orderedItems": [announce]}));
    stage.groups.serve(&json!({"id": format!("{}/moderators", lire.uri), "type": "OrderedCollection", "orderedItems": [lea.uri]}));
    let found = lookup::lookup(
        &stage.node.federation,
        &format!("!lire@{}", stage.groups.host()),
    )
    .await
    .unwrap();
    let lookup::Found::Category(category) = found else {
        panic!("{found:?}")
    };
    stage.node.settle().await;
    assert_eq!(stage.title(&stage.groups.url("/post/1")).await, "Un livre");
    let moderators = categories::moderators(stage.node.db(), category.id())
        .await
        .unwrap();
    assert_eq!(moderators[0].uri, lea.uri);
    // By address: a reply brings its topic, in a category that nobody here follows.
    let mut other = stage.groups.note(
        &lea,
        "/post/2",
        &json!({"type": "Page", "name": "Deux", "audience": lire.uri}),
    );
    other["to"] = json!([lire.uri, PUBLIC]);
    stage.groups.serve(&other);
    stage.groups.serve(&stage.groups.note(
        &lea,
        "/post/3",
        &json!({"inReplyTo": stage.groups.url("/post/2")}),
    ));
    let found = lookup::lookup(&stage.node.federation, &stage.groups.url("/post/3"))
        .await
        .unwrap();
    assert!(matches!(found, lookup::Found::Post(post) if post.uri == stage.groups.url("/post/3")));
    assert_eq!(stage.title(&stage.groups.url("/post/2")).await, "Deux");
    // A page of ours, and things that aren't there.
    let path = format!("{}#top", stage.category.actor.uri);
    assert!(matches!(
        lookup::lookup(&stage.node.federation, &path).await.unwrap(),
        lookup::Found::Category(_)
    ));
    for nothing in [
        "",
        "ana",
        "@a@b@c",
        "a@evil.example/x?y",
        "https://10.0.0.1/",
        "http://169.254.1.1/x",
        "ftp://x.example/",
        &stage.good.url("/none"),
    ] {
        assert!(
            lookup::lookup(&stage.node.federation, nothing)
                .await
                .is_err(),
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn people_mentioned_in_a_draft_are_looked_up() {
    let (node, peer) = (Node::start().await, Peer::start());
    let lea = peer.person("lea");
    let draft = format!("Bonjour @lea@{} et @absent@{}", peer.host(), peer.host());
    lookup::resolve_mentions(&node.federation, &draft)
        .await
        .unwrap();
    assert!(actors::by_uri(node.db(), &lea.uri).await.unwrap().is_some());
}
