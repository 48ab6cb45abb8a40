//! Who may do what (the matrix of rights), one answer a cell, asked through pages, the API, ActivityPub, feeds and search.

use parvis_forum::kinds::Role;
use parvis_forum::{Viewer, categories, people};
use parvis_tests::{Browser, Client, Node, Peer, PeerActor, http};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ASKED, agent, close};
use crate::pages::signed_in;

/// Whoever acts, in the order of the columns.
const WHO: [&str; 7] = [
    "visitor",
    "remote",
    "member",
    "agent",
    "category moderator",
    "moderator",
    "admin",
];

/// One row: what is done, and for each column `+` if it may be done, `-` if not.
const MATRIX: [(&str, &str); 18] = [
    ("read what is public", "+++++++"),
    ("read what is closed", "---+-++"),
    ("follow a category", "-++++++"),
    ("open a topic", "-++++++"),
    ("reply", "-++++++"),
    ("like", "-++++++"),
    ("edit somebody's post", "----+++"),
    ("delete somebody's post", "-------"),
    ("remove a post", "----+++"),
    ("mark an answer for somebody", "----+++"),
    ("report", "+++++++"),
    ("see the reports", "----+++"),
    ("lock a topic", "----+++"),
    ("pin a topic", "----+++"),
    ("warn somebody", "-----++"),
    ("block a server", "------+"),
    ("make a category", "------+"),
    ("read the log of acts", "----+++"),
];

struct Stage {
    node: Node,
    peer: Peer,
    bob: PeerActor,
    clients: Vec<Option<Client>>,
    browsers: Vec<Option<(Browser, String)>>,
    paul: Client,
    adele: Client,
    closed: Value,
}

impl Stage {
    async fn set() -> Self {
        let node = Node::with(|config| {
            config.registration.email_domains.0 = vec!["example.org".to_owned()];
        })
        .await;
        let place = node.category("place", "Place").await;
        node.category("cercle", "Cercle").await;
        close(&node, "cercle", parvis_forum::kinds::Readers::Agents, &[]).await;
        let paul = node.person("paul").await;
        let mut clients = vec![Some(node.visitor()), None];
        for (name, role) in [
            ("marc", Role::Member),
            ("agnes", Role::Member),
            ("mia", Role::Member),
            ("mona", Role::Moderator),
            ("adele", Role::Admin),
        ] {
            clients.push(Some(node.with_role(name, role).await));
        }
        agent(&node, "agnes").await;
        let mia = people::by_name(node.forum.db(), "mia").await.unwrap();
        let category = categories::local_by_slug(node.forum.db(), "place")
            .await
            .unwrap();
        let tx = node.forum.begin().await.unwrap();
        categories::set_moderator(&tx, &Viewer::System, &category, mia.actor.id, true)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut browsers = vec![Some((node.browser(), String::new())), None];
        for name in ["marc", "agnes", "mia", "mona", "adele"] {
            let mut browser = signed_in(&node, name).await;
            let token = browser
                .get("/settings/profile")
                .await
                .attribute("main form input[name=csrf]", "value")
                .unwrap();
            browsers.push(Some((browser, token)));
        }
        let peer = Peer::start().await;
        let bob = peer.person("bob");
        peer.follow(&bob, &place).await;
        node.settle().await;
        let adele = clients[6].clone().unwrap();
        let closed = json!({"category": "cercle", "title": "Fermé", "content": ASKED});
        let closed = adele.post("/topics", closed).await.expect(201);
        Self {
            node,
            peer,
            bob,
            clients,
            browsers,
            paul,
            adele,
            closed,
        }
    }

    /// A topic of paul's with a reply of his, for one cell.
    async fn fresh(&self) -> (Value, Value) {
        let new = json!({"category": "place", "title": "Trou", "content": "Rue Haute", "kind": "question"});
        let topic = self.paul.post("/topics", new).await.expect(201);
        let path = format!("/topics/{}/posts", topic["id"].as_str().unwrap());
        let reply = self
            .paul
            .post(&path, json!({"content": "Ici."}))
            .await
            .expect(201);
        (topic, reply)
    }

    async fn api(&self, who: usize, action: &str) -> Option<bool> {
        let client = self.clients[who].as_ref()?;
        let (topic, reply) = self.fresh().await;
        let (id, post) = (
            topic["id"].as_str().unwrap(),
            topic["post"]["id"].as_str().unwrap(),
        );
        let act = |action: &str, target: &str| {
            let body = json!({"action": action, "target": target, "reason": "essai"});
            (Method::POST, "/moderation/actions".to_owned(), Some(body))
        };
        let patch = |body: Value| (Method::PATCH, format!("/topics/{id}"), Some(body));
        let (method, path, body) = match action {
            "read what is public" => (Method::GET, format!("/topics/{id}"), None),
            "read what is closed" => {
                let closed = self.closed["id"].as_str().unwrap();
                (Method::GET, format!("/topics/{closed}"), None)
            }
            "follow a category" => (Method::PUT, "/categories/place/follow".to_owned(), None),
            "open a topic" => {
                let body = json!({"category": "place", "title": "Autre", "content": "Texte."});
                (Method::POST, "/topics".to_owned(), Some(body))
            }
            "reply" => {
                let body = json!({"content": "Là."});
                (Method::POST, format!("/topics/{id}/posts"), Some(body))
            }
            "like" => (Method::PUT, format!("/posts/{post}/like"), None),
            "edit somebody's post" => {
                let body = json!({"content": "Rue Basse"});
                (Method::PATCH, format!("/posts/{post}"), Some(body))
            }
            "delete somebody's post" => (Method::DELETE, format!("/posts/{post}"), None),
            "remove a post" => act("remove", post),
            "mark an answer for somebody" => patch(json!({"answer": reply["id"]})),
            // By the API only those who have an account.
            "report" if who == 0 => return None,
            "report" => {
                let body = json!({"reason": "essai"});
                (Method::POST, format!("/posts/{post}/report"), Some(body))
            }
            "see the reports" => (Method::GET, "/moderation/reports".to_owned(), None),
            "lock a topic" => patch(json!({"locked": true})),
            "pin a topic" => patch(json!({"pinned": true})),
            "warn somebody" => act("warn", "paul"),
            "block a server" => {
                let body = json!({"policy": "block", "reason": "essai"});
                (
                    Method::PUT,
                    "/federation/nodes/b.example".to_owned(),
                    Some(body),
                )
            }
            "make a category" => {
                let body = json!({"slug": format!("api{who}"), "title": "Nouvelle"});
                (Method::POST, "/categories".to_owned(), Some(body))
            }
            _ => return None,
        };
        let answer = client.call(method, &path, body).await;
        assert!(
            answer.status < 300 || matches!(answer.status, 401 | 403 | 404),
            "{action} by {}: {} {}",
            WHO[who],
            answer.status,
            answer.body
        );
        Some(answer.status < 300)
    }

    async fn pages(&mut self, who: usize, action: &str) -> Option<bool> {
        let (topic, reply) = self.fresh().await;
        let closed = self.closed["id"].as_str().unwrap().to_owned();
        let (browser, token) = self.browsers[who].as_mut()?;
        let (id, post) = (
            topic["id"].as_str().unwrap(),
            topic["post"]["id"].as_str().unwrap(),
        );
        let reply = reply["id"].as_str().unwrap();
        let csrf = ("csrf", token.as_str());
        let slug = format!("page{who}");
        let (path, fields): (String, Option<Vec<(&str, &str)>>) = match action {
            "read what is public" => (format!("/t/{id}"), None),
            "read what is closed" => (format!("/t/{closed}"), None),
            "follow a category" => ("/c/place/follow".to_owned(), Some(vec![csrf])),
            "open a topic" => ("/c/place/new".to_owned(), None),
            "like" => (format!("/p/{post}/like"), Some(vec![csrf])),
            "edit somebody's post" => (format!("/p/{post}/edit"), None),
            "delete somebody's post" => (format!("/p/{post}/delete"), None),
            "remove a post" => (format!("/p/{post}/remove"), None),
            "mark an answer for somebody" => (format!("/p/{reply}/answer"), Some(vec![csrf])),
            "report" => (format!("/report?target=/p/{post}"), None),
            "see the reports" => ("/moderation".to_owned(), None),
            "lock a topic" => (format!("/t/{id}/lock"), Some(vec![csrf])),
            "pin a topic" => (format!("/t/{id}/pin"), Some(vec![csrf])),
            "block a server" => (
                "/admin/federation/policy".to_owned(),
                Some(vec![
                    csrf,
                    ("host", "b.example"),
                    ("policy", "block"),
                    ("reason", "essai"),
                ]),
            ),
            "make a category" => (
                "/admin/categories/new".to_owned(),
                Some(vec![csrf, ("slug", &slug), ("title", "Nouvelle")]),
            ),
            "read the log of acts" => ("/moderation/log".to_owned(), None),
            _ => return None,
        };
        let seen = match &fields {
            None => browser.get(&path).await,
            Some(fields) => browser.post(&path, fields).await,
        };
        let refused = matches!(seen.status, 401 | 403 | 404) || seen.path.starts_with("/login");
        assert!(
            refused || seen.status == 200,
            "{action} by {}: {} {}",
            WHO[who],
            seen.status,
            seen.body
        );
        Some(!refused)
    }

    /// What somebody of another server brings about.
    async fn abroad(&self, action: &str) -> Option<bool> {
        let (topic, reply) = self.fresh().await;
        let opening = &topic["post"]["uri"];
        let place = format!("{}/c/place", self.node.url);
        let (peer, bob) = (&self.peer, &self.bob);
        let to_all = json!({"to": [parvis_tests::PUBLIC], "cc": [place]});
        let simple =
            |kind: &str, object: &Value| peer.activity(kind, &bob.id, object.clone(), &to_all);
        let mut count = 0;
        let activity = match action {
            "read what is public" | "read what is closed" => {
                let of = if action.ends_with("closed") {
                    &self.closed
                } else {
                    &topic
                };
                let url = of["post"]["uri"].as_str().unwrap();
                let answer = peer.get_signed(url, bob).await;
                return Some(answer.status().is_success());
            }
            "follow a category" => simple("Follow", &json!(place)),
            "open a topic" => {
                count = self.topics().await;
                peer.create(&peer.note(bob, "<p>Un sujet</p>", json!({"cc": [place]})))
            }
            "reply" => {
                let note = json!({"inReplyTo": opening, "cc": [place]});
                peer.create(&peer.note(bob, "<p>Oui</p>", note))
            }
            "like" => simple("Like", opening),
            "edit somebody's post" => {
                let mut object = parvis_tests::fetch(opening.as_str().unwrap()).await;
                object["content"] = json!("<p>Rue Basse</p>");
                simple("Update", &object)
            }
            "delete somebody's post" | "remove a post" => simple("Delete", opening),
            "report" => simple("Flag", opening),
            "lock a topic" => simple("Lock", opening),
            "pin a topic" => {
                let mut add = simple("Add", opening);
                add["target"] = json!(format!("{place}/featured"));
                add
            }
            _ => return None,
        };
        peer.take();
        let inbox = format!("{}/inbox", self.node.url);
        assert!(matches!(peer.post(&inbox, bob, &activity).await, 202 | 403));
        self.node.settle().await;
        let id = topic["id"].as_str().unwrap();
        let now = self.adele.get(&format!("/topics/{id}")).await.expect(200);
        let posts = self
            .adele
            .get(&format!("/topics/{id}/posts"))
            .await
            .expect(200);
        let posts = posts["items"].as_array().unwrap().clone();
        let _kept = reply;
        Some(match action {
            "follow a category" => !peer.of_type("Accept").is_empty(),
            "open a topic" => self.topics().await > count,
            "reply" => posts.len() == 3,
            "like" => now["post"]["like_count"] == 1,
            "edit somebody's post" => posts[0]["content_html"].to_string().contains("Basse"),
            "delete somebody's post" | "remove a post" => posts[0]["removed"] == true,
            "report" => {
                let reports = self
                    .adele
                    .get("/moderation/reports?limit=100")
                    .await
                    .expect(200);
                reports.to_string().contains(opening.as_str().unwrap())
            }
            "lock a topic" => now["locked"] == true,
            _ => now["pinned"] == true,
        })
    }

    async fn topics(&self) -> usize {
        let found = self
            .adele
            .get("/categories/place/topics?limit=100")
            .await
            .expect(200);
        found["items"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn each_cell_has_one_answer_through_every_entrance() {
    let mut stage = Stage::set().await;
    let mut wrong = Vec::new();
    for (action, row) in MATRIX {
        for (who, expected) in row.chars().enumerate() {
            let expected = expected == '+';
            let mut asked = 0;
            let mut answers = vec![
                ("api", stage.api(who, action).await),
                ("pages", stage.pages(who, action).await),
            ];
            if who == 1 {
                answers.push(("activitypub", stage.abroad(action).await));
            }
            for (entrance, answer) in answers {
                let Some(answer) = answer else { continue };
                asked += 1;
                if answer != expected {
                    wrong.push(format!(
                        "{action} by {} through {entrance}: {answer}",
                        WHO[who]
                    ));
                }
            }
            // What other servers are not offered at all is no right of theirs.
            assert!(
                asked > 0 || who == 1,
                "{action} by {} is asked nowhere",
                WHO[who]
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    // Reading, by feeds and by search: as a visitor reads, and as each reads who is signed in.
    let closed = stage.closed["id"].as_str().unwrap();
    for (path, open) in [
        ("/feeds/c/place.atom".to_owned(), true),
        ("/feeds/c/cercle.atom".to_owned(), false),
        (format!("/feeds/t/{closed}.atom"), false),
    ] {
        let answer = http()
            .get(format!("{}{path}", stage.node.url))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().is_success(), open, "{path}");
    }
    let row = MATRIX
        .iter()
        .find(|(action, _)| *action == "read what is closed")
        .unwrap()
        .1;
    for (who, expected) in row.chars().enumerate() {
        let Some(client) = &stage.clients[who] else {
            continue;
        };
        let found = client.get(&format!("/search?q={ASKED}")).await.expect(200);
        let some = !found["items"].as_array().unwrap().is_empty();
        assert_eq!(some, expected == '+', "search by {}", WHO[who]);
    }
}
