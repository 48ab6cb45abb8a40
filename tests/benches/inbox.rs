//! How fast activities are accepted, and how fast they are applied.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parvis_db::Db;
use parvis_db::entity::kinds::QueueState;
use parvis_db::queue::inbox as journal;
use parvis_tests::{NodeProcess, PUBLIC, Peer, eventually};
use serde_json::json;

use crate::Table;
use crate::load;
use crate::machine::{self, Limits, Watch};

/// Topics that the replies go to.
const TOPICS: usize = 100;
/// Connections of the client.
const CONNECTIONS: usize = 64;

/// Accepts `count` replies with no worker running, then starts one and waits until the journal is empty.
pub(crate) async fn run(count: usize, limits: Limits, table: &mut Table) -> anyhow::Result<()> {
    let mut node = NodeProcess::start().await;
    let ana = node.person("ana").await;
    let category = node
        .run(
            &["category", "create", "--slug", "banc", "--title", "Banc"],
            "",
        )
        .await;
    let group = category["uri"].clone();
    let peer = Peer::start().await;
    let mut parents = Vec::new();
    let authors: Vec<_> = (0..50).map(|n| peer.person(&format!("p{n}"))).collect();
    let inbox = format!("{}/inbox", node.url);
    // New members may open few topics in a day; a member elsewhere opens these.
    for n in 0..TOPICS {
        let note = peer.note(
            &authors[n % authors.len()],
            &format!("<p>Sujet {n}</p><p>Le texte du sujet, avec quelques mots.</p>"),
            json!({"to": [PUBLIC], "cc": [group], "audience": group,
                   "tag": [{"type": "Mention", "href": group, "name": "@banc"}]}),
        );
        anyhow::ensure!(
            peer.post(&inbox, &authors[n % authors.len()], &peer.create(&note))
                .await
                == 202
        );
        parents.push(note["id"].clone());
    }
    eventually("the topics are here", || async {
        let topics = ana
            .get("/categories/banc/topics?limit=100")
            .await
            .expect(200);
        (topics["items"].as_array().map_or(0, Vec::len) == TOPICS).then_some(())
    })
    .await;
    // Everybody's key is known from here on.
    for author in &authors {
        let like = peer.activity("Like", &author.id, parents[0].clone(), &json!({}));
        anyhow::ensure!(peer.post(&inbox, author, &like).await == 202);
    }
    node.kill().await;
    node.set_arguments(&["serve", "--no-worker"]);
    node.restart().await;

    let mut requests = Vec::with_capacity(count);
    for n in 0..count {
        let author = &authors[n % authors.len()];
        let activity = match n % 4 {
            3 => peer.activity(
                "Like",
                &author.id,
                parents[n / 4 % TOPICS].clone(),
                &json!({"to": [PUBLIC], "cc": [group]}),
            ),
            _ => peer.create(&peer.note(
                author,
                &format!("<p>Réponse {n} : chez nous, la migration a pris deux mois.</p>"),
                json!({"inReplyTo": parents[n % TOPICS], "to": [PUBLIC], "cc": [group]}),
            )),
        };
        let body = activity.to_string();
        let headers = peer.sign(&inbox, &format!("{}#main-key", author.id), &body);
        let mut request = format!(
            "POST /inbox HTTP/1.1\r\nContent-Length: {}\r\nUser-Agent: parvis-bench\r\n",
            body.len()
        );
        if !headers.contains_key("host") {
            write!(request, "Host: {}\r\n", node.host)?;
        }
        if !headers.contains_key("content-type") {
            request.push_str("Content-Type: application/activity+json\r\n");
        }
        for (name, value) in &headers {
            write!(request, "{name}: {}\r\n", value.to_str()?)?;
        }
        request.push_str("\r\n");
        request.push_str(&body);
        requests.push(request.into_bytes());
    }
    // Keys into memory, so that what is measured is the way of every further activity.
    let first: Vec<Vec<u8>> = requests.iter().take(50).cloned().collect();
    load::run(&node.host, Arc::new(first), 50, 4, 202, None).await?;

    let watch = Watch::start(&[node.pid()]);
    let report = load::run(
        &node.host,
        Arc::new(requests),
        count,
        CONNECTIONS,
        202,
        None,
    )
    .await?;
    let (others, ours) = watch.read();
    anyhow::ensure!(report.wrong == 0, "{} wrong answers", report.wrong);
    table.row(
        "inbox, accepted/s",
        report.rate(),
        "verifications/s of one core",
        limits.verify_one,
        &format!(
            "p99 {:.1} ms, {:.0} MB, ours {ours:.2} cores, others {others:.2}",
            report.p99(),
            machine::memory(node.pid())
        ),
    );

    node.kill().await;
    node.set_arguments(&["serve"]);
    node.restart().await;
    let db = Db::connect(node.database_url(), None).await?;
    let watch = Watch::start(&[node.pid()]);
    let begin = Instant::now();
    let waiting = journal::count(&db, QueueState::Ready).await?;
    loop {
        let left = journal::count(&db, QueueState::Ready).await?;
        if left == 0 {
            break;
        }
        anyhow::ensure!(
            begin.elapsed() < Duration::from_mins(10),
            "{left} activities are not applied"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let (others, ours) = watch.read();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = waiting as f64 / seconds;
    let dead = journal::count(&db, QueueState::Dead).await?;
    anyhow::ensure!(dead == 0, "{dead} were set aside");
    table.row(
        "inbox, applied/s",
        rate,
        "verifications/s of one core",
        limits.verify_one,
        &format!(
            "{waiting} activities, {:.0} MB, ours {ours:.2} cores, others {others:.2}",
            machine::memory(node.pid())
        ),
    );
    Ok(())
}
