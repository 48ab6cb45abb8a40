//! Closed categories: who reads them, and that for anybody else they don't exist, by whatever entrance.

mod abroad;
mod entrances;
mod matrix;

use parvis_forum::affiliations::{self, NewAffiliation};
use parvis_forum::categories::{self, Access, CategoryChange};
use parvis_forum::kinds::Readers;
use parvis_forum::{Viewer, people};
use parvis_tests::{Client, Node};
use serde_json::{Value, json};

/// Title of the closed category.
const CATEGORY: &str = "Cercle discret";
/// Title of its topic.
const TOPIC: &str = "Ordre du jour réservé";
/// A word that finds its text, and one that only the text has.
const ASKED: &str = "zeugme";
const TEXT: &str = "mot-caché";
/// What none but those inside may see.
const SECRETS: [&str; 4] = [CATEGORY, TOPIC, TEXT, "réplique-cachée"];

/// Which secrets a text tells.
fn told(text: &str) -> Vec<&'static str> {
    let plain = text.replace("\\u00e9", "é");
    SECRETS
        .into_iter()
        .filter(|secret| plain.contains(secret))
        .collect()
}

/// A node with an open category `place` and one `cercle` for verified agents and for partners: ana is one, leo none.
struct Circle {
    node: Node,
    ana: Client,
    leo: Client,
    topic: Value,
    reply: Value,
    file: Value,
}

/// Says that somebody is a public agent, which their address proves.
async fn agent(node: &Node, name: &str) {
    let account = people::by_name(node.forum.db(), name).await.unwrap();
    let viewer = Viewer::load(node.forum.db(), account.actor).await.unwrap();
    let stated = NewAffiliation::parse("agent", None, None, None).unwrap();
    let tx = node.forum.begin().await.unwrap();
    affiliations::declare(&tx, &viewer, stated).await.unwrap();
    tx.commit().await.unwrap();
}

/// Closes a category of the node.
async fn close(node: &Node, slug: &str, readers: Readers, partners: &[&str]) {
    let category = categories::local_by_slug(node.forum.db(), slug)
        .await
        .unwrap();
    let access = Access::closed(readers, &partners.join("\n"), node.forum.config()).unwrap();
    let change = CategoryChange {
        access: Some(access),
        ..CategoryChange::default()
    };
    let tx = node.forum.begin().await.unwrap();
    categories::edit(&tx, &Viewer::System, category, change)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

impl Circle {
    async fn set(partners: &[&str]) -> Self {
        let node = Node::with(|config| {
            config.registration.email_domains.0 = vec!["example.org".to_owned()];
        })
        .await;
        node.category("place", "Place publique").await;
        node.category("cercle", CATEGORY).await;
        close(&node, "cercle", Readers::Agents, partners).await;
        let ana = node.person("ana").await;
        let leo = node.person("leo").await;
        agent(&node, "ana").await;
        let file = ana
            .upload("note.txt", TEXT.as_bytes().to_vec(), &[])
            .await
            .expect(201);
        let topic = ana
            .post(
                "/topics",
                json!({"category": "cercle", "title": TOPIC, "tags": ["velours"], "media": [file["id"]],
                    "content": format!("{ASKED} {TEXT} @leo")}),
            )
            .await
            .expect(201);
        let path = format!("/topics/{}/posts", topic["id"].as_str().unwrap());
        let reply = ana
            .post(&path, json!({"content": "réplique-cachée"}))
            .await
            .expect(201);
        let open = json!({"category": "place", "title": "Bonjour", "content": "Rien à cacher.", "tags": ["velours"]});
        ana.post("/topics", open).await.expect(201);
        node.settle().await;
        Self {
            node,
            ana,
            leo,
            topic,
            reply,
            file,
        }
    }

    fn id(&self) -> &str {
        self.topic["id"].as_str().unwrap()
    }

    fn opening(&self) -> &str {
        self.topic["post"]["id"].as_str().unwrap()
    }
}
