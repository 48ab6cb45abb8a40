//! Categories of several nodes that carry each other's topics (FEP-d36d).

use parvis_tests::{Client, Node, settle};
use serde_json::{Value, json};

use crate::pages::signed_in;

const PAGE: &str = "/moderation/links";
const ASK: &str = "main form[action='/moderation/links']";
const ACCEPT: &str = "main form[action='/moderation/links/accept']";
const REFUSE: &str = "main form[action='/moderation/links/refuse']";
const END: &str = "main form[action='/moderation/links/end']";

/// A node with a category, somebody who writes there, and an administrator.
struct Place {
    node: Node,
    ana: Client,
    chief: Client,
    handle: String,
}

impl Place {
    async fn start() -> Self {
        let node = Node::start().await;
        node.category("velo", "Vélo").await;
        let ana = node.person("ana").await;
        let chief = node.admin("chef").await;
        let handle = format!("velo@{}", node.host);
        Self {
            node,
            ana,
            chief,
            handle,
        }
    }

    async fn link(&self, other: &Self) {
        let path = format!("/categories/velo/links/{}", other.handle);
        self.chief.put(&path).await.expect(200);
    }

    async fn open(&self, title: &str) -> Value {
        let new = json!({"category": "velo", "title": title, "content": "Bonjour."});
        self.ana.post("/topics", new).await.expect(201)
    }

    async fn topics(&self) -> Vec<Value> {
        let path = "/categories/velo/topics?sort=new&limit=100";
        self.ana.get(path).await.expect(200)["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn titles(&self) -> Vec<String> {
        let mut titles: Vec<String> = self
            .topics()
            .await
            .iter()
            .map(|topic| topic["title"].as_str().unwrap().to_owned())
            .collect();
        titles.sort();
        titles
    }

    async fn posts(&self, topic: &Value) -> Vec<String> {
        let path = format!("/topics/{}/posts?limit=100", topic["id"].as_str().unwrap());
        let page = self.ana.get(&path).await.expect(200);
        let mut uris: Vec<String> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|post| post["uri"].as_str().unwrap().to_owned())
            .collect();
        uris.sort();
        uris
    }

    async fn named(&self, title: &str) -> Value {
        let all = self.topics().await;
        let found: Vec<&Value> = all.iter().filter(|t| t["title"] == title).collect();
        assert_eq!(found.len(), 1, "{title}: {all:?}");
        found[0].clone()
    }
}

#[tokio::test]
async fn three_nodes_in_a_triangle_have_each_post_once() {
    let places = [
        Place::start().await,
        Place::start().await,
        Place::start().await,
    ];
    let nodes: Vec<&Node> = places.iter().map(|place| &place.node).collect();
    for place in &places {
        for other in &places {
            if place.handle != other.handle {
                place.link(other).await;
            }
        }
    }
    settle(&nodes).await;
    for (n, place) in places.iter().enumerate() {
        place.open(&format!("Sujet {n}")).await;
    }
    settle(&nodes).await;
    for place in &places {
        assert_eq!(place.titles().await, ["Sujet 0", "Sujet 1", "Sujet 2"]);
    }
    // Everybody answers everywhere; each answer goes to the home of the topic, and from there to all.
    for n in 0..3 {
        for place in &places {
            let topic = place.named(&format!("Sujet {n}")).await;
            let path = format!("/topics/{}/posts", topic["id"].as_str().unwrap());
            let new = json!({"content": format!("Réponse de {}", place.handle)});
            place.ana.post(&path, new).await.expect(201);
        }
    }
    settle(&nodes).await;
    for n in 0..3 {
        let title = format!("Sujet {n}");
        let home = places[n].posts(&places[n].named(&title).await).await;
        assert_eq!(home.len(), 4, "{home:?}");
        for place in &places {
            let topic = place.named(&title).await;
            assert_eq!(place.posts(&topic).await, home, "at {}", place.handle);
            // Where it comes from can be seen.
            let category = topic["category"]["handle"].as_str().unwrap();
            let own = place.handle == places[n].handle;
            assert_eq!(
                category == "velo" || category == place.handle,
                own,
                "{topic}"
            );
        }
    }
    // Nothing is left to say: no announce goes round.
    settle(&nodes).await;
}

#[tokio::test]
async fn a_link_is_asked_for_and_accepted_on_a_page() {
    let (one, two) = (Place::start().await, Place::start().await);
    let nodes = [&one.node, &two.node];
    let mut asking = signed_in(&one.node, "chef").await;
    let page = asking.get(PAGE).await;
    let fields = [("category", "velo"), ("other", two.handle.as_str())];
    let page = asking.submit(&page, ASK, &fields).await;
    assert!(page.shows("Le lien est demandé"), "{}", page.body);
    settle(&nodes).await;
    two.open("De deux").await;
    one.open("De un").await;
    settle(&nodes).await;
    // It carries the other's topics at once; the other one's moderators decide for theirs.
    assert_eq!(one.titles().await, ["De deux", "De un"]);
    assert_eq!(two.titles().await, ["De deux"]);
    let mut asked = signed_in(&two.node, "chef").await;
    let page = asked.get(PAGE).await;
    assert!(page.shows(&one.handle), "{}", page.body);
    let page = asked.submit(&page, ACCEPT, &[]).await;
    assert!(page.shows("sont liées"), "{}", page.body);
    settle(&nodes).await;
    one.open("Plus tard").await;
    settle(&nodes).await;
    assert!(two.titles().await.contains(&"Plus tard".to_owned()));
    let page = asked.get(PAGE).await;
    assert!(page.attribute(ACCEPT, "action").is_none());

    // The link ends, for both: what was there stays, what comes later doesn't come.
    let page = asked.submit(&page, END, &[]).await;
    assert!(page.shows("Le lien est rompu"), "{}", page.body);
    settle(&nodes).await;
    let before = [one.titles().await, two.titles().await];
    assert_eq!(before[0], ["De deux", "De un", "Plus tard"]);
    assert_eq!(before[1], ["De deux", "Plus tard"]);
    one.node.forum.clock().advance(5_000);
    two.node.forum.clock().advance(5_000);
    one.open("Trop tard, de un").await;
    two.open("Trop tard, de deux").await;
    settle(&nodes).await;
    assert!(
        !one.titles()
            .await
            .contains(&"Trop tard, de deux".to_owned())
    );
    assert!(!two.titles().await.contains(&"Trop tard, de un".to_owned()));
    for place in [&one, &two] {
        place.named("Plus tard").await;
        assert_eq!(
            place.titles().await.len(),
            if place.handle == one.handle { 4 } else { 3 }
        );
        let page = place.node.browser().get("/c/velo").await;
        assert!(page.shows("Plus tard"), "{}", page.body);
        let feed = place.node.browser().get("/feeds/c/velo.atom").await;
        assert!(feed.body.contains("Plus tard"), "{}", feed.body);
    }
    // It may be asked for again, and what came in between is carried from then on.
    one.link(&two).await;
    settle(&nodes).await;
    two.open("De nouveau").await;
    settle(&nodes).await;
    assert!(one.titles().await.contains(&"De nouveau".to_owned()));
    let page = asked.get("/moderation").await;
    assert!(page.shows("demande à être liée"), "{}", page.body);
}

#[tokio::test]
async fn a_refused_link_stays_refused_however_often_it_is_asked_for() {
    let (one, two) = (Place::start().await, Place::start().await);
    let nodes = [&one.node, &two.node];
    one.link(&two).await;
    settle(&nodes).await;
    let mut asked = signed_in(&two.node, "chef").await;
    let page = asked.get(PAGE).await;
    asked.submit(&page, REFUSE, &[]).await;
    settle(&nodes).await;
    two.open("Pour nous").await;
    settle(&nodes).await;
    assert!(one.titles().await.is_empty());
    let mut asking = signed_in(&one.node, "chef").await;
    let page = asking.get(PAGE).await;
    assert!(page.shows("a refusé ou rompu le lien"), "{}", page.body);
    // Asked again, and after taking it back.
    for takes_back in [false, true] {
        if takes_back {
            let path = format!("/categories/velo/links/{}", two.handle);
            one.chief.delete(&path).await.expect(200);
            settle(&nodes).await;
        }
        one.link(&two).await;
        settle(&nodes).await;
        two.open("Encore pour nous").await;
        settle(&nodes).await;
        assert!(one.titles().await.is_empty());
        let page = asked.get(PAGE).await;
        assert!(page.attribute(ACCEPT, "action").is_none());
    }
    // Who refused may ask: then the other one may as well.
    two.link(&one).await;
    settle(&nodes).await;
    one.link(&two).await;
    settle(&nodes).await;
    two.open("Pour tous").await;
    one.open("Aussi pour tous").await;
    settle(&nodes).await;
    assert!(one.titles().await.contains(&"Pour tous".to_owned()));
    assert!(two.titles().await.contains(&"Aussi pour tous".to_owned()));
}

#[tokio::test]
async fn only_moderators_of_the_node_see_and_decide_links() {
    let place = Place::start().await;
    let mut browser = signed_in(&place.node, "ana").await;
    assert!(browser.get(PAGE).await.status >= 400);
}

#[tokio::test]
async fn a_link_that_nobody_asked_for_is_neither_accepted_nor_refused() {
    let (one, two) = (Place::start().await, Place::start().await);
    let nodes = [&one.node, &two.node];
    // Known here, and asking for nothing; nor does somebody who follows.
    let path = format!("/categories/{}/follow", two.handle);
    one.ana.put(&path).await.expect(200);
    settle(&nodes).await;
    let mut chief = signed_in(&one.node, "chef").await;
    let token = chief
        .get(PAGE)
        .await
        .attribute("main form input[name=csrf]", "value")
        .unwrap();
    let own = one.handle.as_str();
    let stranger = format!("@ana@{}", two.node.host);
    for action in ["accept", "refuse"] {
        for other in [
            two.handle.as_str(),
            own,
            "velo",
            "nulle@part.invalid",
            &stranger,
        ] {
            let fields = [
                ("csrf", token.as_str()),
                ("category", "velo"),
                ("other", other),
            ];
            let path = format!("{PAGE}/{action}");
            let seen = chief.post(&path, &fields).await;
            assert_eq!(seen.status, 404, "{action} {other}");
        }
    }
    // One that can't be found, and one of this node, are said to be wrong.
    for other in ["", own, "nulle@part.invalid", &stranger] {
        let page = chief.get(PAGE).await;
        let fields = [("category", "velo"), ("other", other)];
        let page = chief.submit(&page, ASK, &fields).await;
        assert_eq!(page.status, 422, "{other}");
    }
    two.open("De deux").await;
    settle(&nodes).await;
    assert!(one.titles().await.is_empty());
}
