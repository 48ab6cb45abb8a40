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
        let kept = vec![load::get(&node.host, path, accept)];
        measure(
            &node,
            &format!("{name}, kept"),
            kept,
            20_000,
            15_000.0,
            table,
        )
        .await?;
        if accept == HTML {
            // An address that nobody asked for yet: the page is made anew.
            let anew = (0..12_000)
                .map(|n| load::get(&node.host, &format!("{path}?n={n}"), accept))
                .collect();
            measure(
                &node,
                &format!("{name}, made anew"),
                anew,
                6_000,
                1_500.0,
                table,
            )
            .await?;
        }
    }
    Ok(())
}

/// As fast as it goes, then at half of that for the latency. A list of requests is sent in its order.
async fn measure(
    node: &NodeProcess,
    name: &str,
    requests: Vec<Vec<u8>>,
    count: usize,
    asked: f64,
    table: &mut Table,
) -> anyhow::Result<()> {
    let second = requests.get(count..).unwrap_or_default().to_vec();
    let first = Arc::new(requests);
    let second = if second.is_empty() {
        Arc::clone(&first)
    } else {
        Arc::new(second)
    };
    let watch = Watch::start(&[node.pid()]);
    let report = load::run(&node.host, first, count, 32, 200, None).await?;
    let (others, ours) = watch.read();
    anyhow::ensure!(report.wrong == 0, "{name}: {} wrong answers", report.wrong);
    let pace = Some(report.rate() / 2.0);
    let half = load::run(&node.host, second, 5_000, 32, 200, pace).await?;
    table.row(
        &format!("{name}, requests/s"),
        report.rate(),
        "asked for",
        asked,
        &format!(
            "p99 at half load {:.1} ms, {:.0} MB, ours {ours:.2} cores, others {others:.2}",
            half.p99(),
            machine::memory(node.pid())
        ),
    );
    Ok(())
}
