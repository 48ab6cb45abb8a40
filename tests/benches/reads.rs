//! How fast pages and documents are read, and how that grows with what the database holds.

use std::sync::Arc;

use parvis_tests::NodeProcess;
use serde_json::json;

use crate::Table;
use crate::load;
use crate::machine::{self, Watch};

const HTML: &str = "text/html";
const ACTIVITY: &str = "application/activity+json";

/// Pages and documents of a category with a topic of 20 posts.
pub(crate) async fn run(table: &mut Table) -> anyhow::Result<()> {
    let node = NodeProcess::start().await;
    let ana = node.person("ana").await;
    node.run(
        &["category", "create", "--slug", "banc", "--title", "Banc"],
        "",
    )
    .await;
    let topic = ana
        .post(
            "/topics",
            json!({"category": "banc", "title": "Sujet", "content": "Le texte du sujet, avec quelques mots."}),
        )
        .await
        .expect(201);
    let id = topic["id"].as_str().unwrap_or_default().to_owned();
    for n in 1..20 {
        ana.post(
            &format!("/topics/{id}/posts"),
            json!({"content": format!("Réponse {n} : chez nous, la **migration** a pris deux mois.")}),
        )
        .await
        .expect(201);
    }
    let page = topic["url"]
        .as_str()
        .and_then(|url| url.strip_prefix(&node.url))
        .unwrap_or_default()
        .to_owned();
    for (name, path, accept) in [
        ("topic page", page.as_str(), HTML),
        ("category page", "/c/banc", HTML),
        ("home page", "/", HTML),
        ("actor document", "/c/banc", ACTIVITY),
        ("conversation document", &format!("/t/{id}"), ACTIVITY),
    ] {
        let request = Arc::new(vec![load::get(&node.host, path, accept)]);
        load::run(&node.host, Arc::clone(&request), 200, 8, 200, None).await?;
        let watch = Watch::start(&[node.pid()]);
        let report = load::run(&node.host, Arc::clone(&request), 20_000, 32, 200, None).await?;
        let (others, ours) = watch.read();
        anyhow::ensure!(report.wrong == 0, "{name}: {} wrong answers", report.wrong);
        let half = load::run(
            &node.host,
            request,
            5_000,
            32,
            200,
            Some(report.rate() / 2.0),
        )
        .await?;
        table.row(
            &format!("{name}, requests/s"),
            report.rate(),
            "15,000/s asked for",
            15_000.0,
            &format!(
                "p99 at half load {:.1} ms, {:.0} MB, ours {ours:.2} cores, others {others:.2}",
                half.p99(),
                machine::memory(node.pid())
            ),
        );
    }
    Ok(())
}
