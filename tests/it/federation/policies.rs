//! What a node decides about others: what comes from limited ones waits, files of silenced ones are not shown.

use parvis_forum::Viewer;
use parvis_forum::instances::{self, Decision};
use parvis_forum::kinds::{InstancePolicy, Role};
use parvis_tests::{Client, Node, Peer, PeerActor};
use serde_json::{Value, json};

use crate::pages::{path, signed_in};

struct Scene {
    node: Node,
    peer: Peer,
    bob: PeerActor,
    ana: Client,
    category: String,
    topic: Value,
}

impl Scene {
    async fn set(mode: impl FnOnce(&mut parvis_forum::Config)) -> Self {
        let node = Node::with(mode).await;
        let category = node.category("urbanisme", "Urbanisme").await;
        let ana = node.person("ana").await;
        node.with_role("mona", Role::Moderator).await;
        let peer = Peer::start().await;
        let bob = peer.person("bob");
        let new = json!({"category": "urbanisme", "title": "Zones 30", "content": "Trois rues."});
        let topic = ana.post("/topics", new).await.expect(201);
        Self {
            node,
            peer,
            bob,
            ana,
            category,
            topic,
        }
    }

    fn host(&self) -> String {
        self.peer.url.split_once("://").unwrap().1.to_owned()
    }

    async fn decide(&self, host: &str, policy: InstancePolicy, media: bool) {
        let tx = self.node.forum.begin().await.unwrap();
        let decision = Decision {
            policy,
            reject_media: Some(media),
            private: None,
            reason: "essai",
        };
        instances::decide(&tx, &Viewer::System, host, decision)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    fn reply(&self, text: &str) -> Value {
        self.peer.note(
            &self.bob,
            text,
            json!({"inReplyTo": self.topic["post"]["uri"], "cc": [self.category],
                "attachment": [{"type": "Image", "mediaType": "image/png", "name": "Un plan",
                    "url": self.peer.fresh("/media")}]}),
        )
    }

    async fn sent(&self, activity: &Value) -> u16 {
        let inbox = format!("{}/inbox", self.node.url);
        let status = self.peer.post(&inbox, &self.bob, activity).await;
        self.node.settle().await;
        status
    }

    async fn posts(&self) -> Vec<Value> {
        let path = format!("/topics/{}/posts", self.topic["id"].as_str().unwrap());
        let found = self.ana.get(&path).await.expect(200);
        found["items"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn what_comes_from_a_limited_server_waits_for_a_moderator() {
    let scene = Scene::set(|_| {}).await;
    scene
        .decide(&scene.host(), InstancePolicy::Limit, false)
        .await;
    let good = scene.reply("<p>Un avis mesuré.</p>");
    let bad = scene.reply("<p>Achetez ceci.</p>");
    let creates = [scene.peer.create(&good), scene.peer.create(&bad)];
    for create in &creates {
        assert_eq!(scene.sent(create).await, 202);
    }
    assert_eq!(scene.posts().await.len(), 1, "nothing is published yet");
    let topic = format!("/t/{}", scene.topic["id"].as_str().unwrap());
    let page = scene.node.browser().get(&topic).await;
    assert!(!page.shows("Un avis mesuré."));
    // The same again is no second one.
    assert_eq!(scene.sent(&creates[0]).await, 202);

    let mut mona = signed_in(&scene.node, "mona").await;
    let held = mona.get("/moderation/held").await;
    assert!(held.shows("Un avis mesuré."), "{}", held.body);
    assert!(held.shows("Achetez ceci."));
    let actions: Vec<String> = ["release", "refuse"]
        .iter()
        .zip([0, 1])
        .map(|(act, at)| {
            let ids: Vec<String> = held
                .body
                .split("id=\"held-")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().to_owned())
                .collect();
            format!("/moderation/held/{}/{act}", ids[at])
        })
        .collect();
    for action in &actions {
        let form = format!("form[action=\"{action}\"]");
        let done = mona.submit(&held, &form, &[]).await;
        assert_eq!(done.path, "/moderation/held", "{}", done.body);
    }
    scene.node.settle().await;
    let posts = scene.posts().await;
    assert_eq!(posts.len(), 2, "{posts:?}");
    assert_eq!(posts[1]["uri"], good["id"]);
    let held = mona.get("/moderation/held").await;
    assert!(held.shows("Rien n’attend"), "{}", held.body);
    let log = mona.get("/moderation/log").await;
    assert!(log.shows("Message d’un serveur limité publié"));

    // An edit of what is published waits as well, and a deletion doesn't.
    let mut edited = good.clone();
    edited["content"] = json!("<p>Achetez cela.</p>");
    edited["updated"] = json!("2030-01-01T00:00:00Z");
    let update = scene
        .peer
        .activity("Update", &scene.bob.id, edited.clone(), &edited);
    assert_eq!(scene.sent(&update).await, 202);
    assert!(!scene.posts().await[1].to_string().contains("cela"));
    let delete = scene
        .peer
        .activity("Delete", &scene.bob.id, good["id"].clone(), &good);
    scene.peer.gone(good["id"].as_str().unwrap());
    assert_eq!(scene.sent(&delete).await, 202);
    assert_eq!(scene.posts().await[1]["removed"], true);
}

#[tokio::test]
async fn who_is_no_moderator_decides_nothing_about_what_waits() {
    let scene = Scene::set(|_| {}).await;
    scene
        .decide(&scene.host(), InstancePolicy::Limit, false)
        .await;
    let note = scene.reply("<p>Un avis.</p>");
    assert_eq!(scene.sent(&scene.peer.create(&note)).await, 202);
    let mut ana = signed_in(&scene.node, "ana").await;
    assert_eq!(ana.get("/moderation/held").await.status, 403);
    assert_eq!(path(&ana.get("/").await), "/");
    let mut visitor = scene.node.browser();
    let seen = visitor.get("/moderation/held").await;
    assert!(seen.path.starts_with("/login"));
    assert_eq!(scene.posts().await.len(), 1);
}

#[tokio::test]
async fn files_of_a_silenced_server_are_shown_to_nobody() {
    let scene = Scene::set(|_| {}).await;
    let note = scene.reply("<p>Un avis.</p>");
    scene.sent(&scene.peer.create(&note)).await;
    let attached = async || scene.posts().await[1]["attachments"].clone();
    assert_eq!(attached().await.as_array().unwrap().len(), 1);
    // Whether it is named with its port or without.
    for host in [scene.host(), "localhost".to_owned()] {
        scene.decide(&host, InstancePolicy::Open, true).await;
        assert_eq!(attached().await, json!([]), "{host}");
        let topic = format!("/t/{}", scene.topic["id"].as_str().unwrap());
        let page = scene.node.browser().get(&topic).await;
        assert!(page.shows("Un avis."), "{}", page.body);
        assert!(!page.shows("Un plan"), "{}", page.body);
        scene.decide(&host, InstancePolicy::Open, false).await;
        assert_eq!(attached().await.as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_node_with_a_list_of_allowed_servers_takes_nothing_from_others() {
    let scene = Scene::set(|config| {
        config.federation.mode = parvis_forum::config::FederationMode::Allowlist;
    })
    .await;
    let note = scene.reply("<p>Un avis.</p>");
    assert_eq!(scene.sent(&scene.peer.create(&note)).await, 403);
    scene
        .decide(&scene.host(), InstancePolicy::Allow, false)
        .await;
    assert_eq!(scene.sent(&scene.peer.create(&note)).await, 202);
    assert_eq!(scene.posts().await.len(), 2);
}

#[tokio::test]
async fn a_list_is_looked_at_applied_and_exported() {
    let node = Node::start().await;
    let category = node.category("urbanisme", "Urbanisme").await;
    node.with_role("adele", Role::Admin).await;
    let peer = Peer::start().await;
    let bob = peer.person("bob");
    peer.follow(&bob, &category).await;
    node.settle().await;
    let host = peer.url.split_once("://").unwrap().1;
    let list = format!(
        "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
         {host},suspend,true,false,\"du bruit, trop\",false\n\
         loud.example,noop,true,false,,false\n\
         n*.example,suspend,,,,true\n"
    );
    let mut adele = signed_in(&node, "adele").await;
    let page = adele.get("/admin/blocklist").await;
    let again = adele
        .submit(&page, "form[action=\"/admin/blocklist\"]", &[("list", " ")])
        .await;
    assert_eq!(again.status, 422);
    let seen = adele
        .submit(
            &page,
            "form[action=\"/admin/blocklist\"]",
            &[("list", &list)],
        )
        .await;
    assert!(
        seen.shows("Ces abonnements ne recevront plus rien."),
        "{}",
        seen.body
    );
    assert!(seen.shows("Ligne 4"), "{}", seen.body);
    // Looking changes nothing.
    let row = instances::by_host(node.forum.db(), host).await.unwrap();
    assert_eq!(row.policy, InstancePolicy::Open);
    let done = adele
        .submit(&seen, "form[action=\"/admin/blocklist/apply\"]", &[])
        .await;
    assert_eq!(done.path, "/admin/blocklist", "{}", done.body);
    let row = instances::by_host(node.forum.db(), host).await.unwrap();
    assert_eq!(row.policy, InstancePolicy::Block);
    assert!(row.reject_media && row.decided_at.is_some());
    let csv = adele.get("/admin/blocklist.csv").await;
    assert!(csv.body.contains(&format!(
        "{host},suspend,true,false,\"du bruit, trop\",false"
    )));
    assert!(csv.body.contains("loud.example,noop,true"));
    let mut visitor = node.browser();
    assert!(visitor.get("/about/federation").await.shows(host));
    // A decision that isn't published: visitors don't read it, and others don't read why.
    let form = "form[action=\"/admin/federation/policy\"]";
    let page = adele.get(&format!("/admin/federation/{host}")).await;
    let fields = [("private", "yes"), ("reason", "du bruit, trop")];
    adele.submit(&page, form, &fields).await;
    let row = instances::by_host(node.forum.db(), host).await.unwrap();
    assert_eq!((row.policy, row.private), (InstancePolicy::Block, true));
    assert!(!visitor.get("/about/federation").await.shows(host));
    let csv = adele.get("/admin/blocklist.csv").await;
    assert!(
        csv.body
            .contains(&format!("{host},suspend,true,false,,false"))
    );
    let list = adele.get("/admin/blocklist").await;
    assert_eq!(
        list.texts("main td")
            .iter()
            .filter(|cell| *cell == "non")
            .count(),
        1
    );
    assert!(
        visitor
            .get("/admin/blocklist.csv")
            .await
            .path
            .starts_with("/login")
    );
}
