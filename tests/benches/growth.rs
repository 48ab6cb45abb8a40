//! How what is read grows with what the database holds: pages are asked for past the answers kept in memory.

use std::sync::Arc;

use parvis_db::Db;
use parvis_db::entity::{post, topic};
use parvis_db::sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter};
use parvis_tests::NodeProcess;
use serde_json::json;

use crate::Table;
use crate::load;

/// Requests for each figure.
const REQUESTS: usize = 1_000;

/// Topics of 1 to 10,000 replies, then a forum of 1,000 to `posts` posts.
pub(crate) async fn run(posts: usize, table: &mut Table) -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let mut first = Vec::new();
    let mut last = Vec::new();
    for replies in [1, 10, 100, 1_000, 10_000] {
        let topic = rig.topic(replies).await?;
        let end = replies.div_euclid(20) + 1;
        first.push((replies, rig.milliseconds(&topic, "").await?));
        last.push((
            replies,
            rig.milliseconds(&topic, &format!("page={end}&")).await?,
        ));
    }
    slope(table, "first page of a topic, ms, by replies", &first);
    slope(table, "last page of a topic, ms, by replies", &last);

    let rig = Rig::start().await?;
    let mut pages: Vec<(&str, Vec<(usize, f64)>)> = ["/", "/c/banc", "/search?q=migration&"]
        .into_iter()
        .map(|path| (path, Vec::new()))
        .collect();
    let mut topics = Vec::new();
    let mut size = 1_000;
    while size <= posts {
        let topic = rig.topics(size).await?;
        topics.push((size, rig.milliseconds(&topic, "").await?));
        for (path, times) in &mut pages {
            times.push((size, rig.milliseconds(path, "").await?));
        }
        size *= 10;
    }
    slope(table, "a topic page, ms, by posts of the forum", &topics);
    for (path, times) in &pages {
        let path = path.split('?').next().unwrap_or(path);
        slope(
            table,
            &format!("the page {path}, ms, by posts of the forum"),
            times,
        );
    }
    Ok(())
}

struct Rig {
    node: NodeProcess,
    ana: parvis_tests::Client,
    db: Db,
}

impl Rig {
    async fn start() -> anyhow::Result<Self> {
        let node = NodeProcess::start().await;
        let ana = node.person("ana").await;
        node.run(
            &["category", "create", "--slug", "banc", "--title", "Banc"],
            "",
        )
        .await;
        let db = Db::connect(node.database_url(), None).await?;
        Ok(Self { node, ana, db })
    }

    /// A topic of so many replies; its path. All but the first are copies of it.
    async fn topic(&self, replies: usize) -> anyhow::Result<String> {
        let (topic, path) = self.seed().await?;
        let id: i64 = topic.parse()?;
        if replies > 1 {
            let copied = columns::<post::Column>(|name| match name {
                "id" => Some("id + n".to_owned()),
                "number" => Some("number + n".to_owned()),
                _ => unique(name),
            });
            let (names, values) = copied;
            self.copy(
                replies - 1,
                &format!("INSERT INTO posts ({names}) SELECT {values} FROM posts CROSS JOIN seq WHERE topic_id = {id} AND number = 2"),
            )
            .await?;
            let text = format!(
                "UPDATE topics SET reply_count = {replies}, next_number = {} WHERE id = {id}",
                replies + 2
            );
            self.write(&text).await?;
        }
        Ok(path)
    }

    /// A forum of so many posts at least, one in a topic; the path of the newest.
    async fn topics(&self, posts: usize) -> anyhow::Result<String> {
        let (topic, path) = self.seed().await?;
        let id: i64 = topic.parse()?;
        let opening = post::Entity::find()
            .filter(post::Column::TopicId.eq(id))
            .filter(post::Column::Number.eq(1))
            .one(&self.db)
            .await?
            .ok_or_else(|| anyhow::anyhow!("no post"))?
            .id
            .0;
        let (names, values) = columns::<topic::Column>(|name| match name {
            "id" => Some("id - n * 1000003".to_owned()),
            "opening_post_id" => Some("opening_post_id - n * 1000003".to_owned()),
            "created_at" | "last_activity_at" => Some(format!("{name} - n * 1000")),
            _ => unique(name),
        });
        self.copy(
            posts,
            &format!("INSERT INTO topics ({names}) SELECT {values} FROM topics CROSS JOIN seq WHERE id = {id}"),
        )
        .await?;
        let (names, values) = columns::<post::Column>(|name| match name {
            "id" => Some("id - n * 1000003".to_owned()),
            "topic_id" => Some("topic_id - n * 1000003".to_owned()),
            "created_at" | "received_at" => Some(format!("{name} - n * 1000")),
            _ => unique(name),
        });
        self.copy(
            posts,
            &format!("INSERT INTO posts ({names}) SELECT {values} FROM posts CROSS JOIN seq WHERE id = {opening}"),
        )
        .await?;
        Ok(path)
    }

    /// A topic with one reply: its id and its path.
    async fn seed(&self) -> anyhow::Result<(String, String)> {
        let topic = self
            .ana
            .post(
                "/topics",
                json!({"category": "banc", "title": "Sujet", "content": "Le texte du sujet, avec quelques mots."}),
            )
            .await
            .expect(201);
        let id = topic["id"].as_str().unwrap_or_default().to_owned();
        self.ana
            .post(
                &format!("/topics/{id}/posts"),
                json!({"content": "Chez nous, la **migration** a pris deux mois."}),
            )
            .await
            .expect(201);
        let path = topic["url"]
            .as_str()
            .and_then(|url| url.strip_prefix(&self.node.url))
            .unwrap_or_default()
            .to_owned();
        Ok((id, path))
    }

    async fn copy(&self, times: usize, insert: &str) -> anyhow::Result<()> {
        // Both databases take the list of numbers in this place.
        let seq = format!(
            "WITH RECURSIVE seq(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM seq WHERE n < {times}) "
        );
        let (head, rest) = insert
            .split_once(" SELECT ")
            .ok_or_else(|| anyhow::anyhow!("no SELECT"))?;
        self.write(&format!("{head} {seq}SELECT {rest}")).await
    }

    async fn write(&self, sql: &str) -> anyhow::Result<()> {
        use parvis_db::sea_orm::ConnectionTrait as _;
        let tx = self.db.begin().await?;
        tx.execute_unprepared(sql).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The time of one request at a time, each with an address of its own.
    async fn milliseconds(&self, path: &str, query: &str) -> anyhow::Result<f64> {
        let joined = if path.contains('?') { "" } else { "?" };
        let requests: Vec<Vec<u8>> = (0..REQUESTS)
            .map(|n| {
                load::get(
                    &self.node.host,
                    &format!("{path}{joined}{query}n={n}"),
                    "text/html",
                )
            })
            .collect();
        let requests = Arc::new(requests);
        load::run(&self.node.host, Arc::clone(&requests), 50, 1, 200, None).await?;
        let rest = Arc::new(requests.iter().skip(50).take(200).cloned().collect());
        let report = load::run(&self.node.host, rest, 200, 1, 200, None).await?;
        anyhow::ensure!(report.wrong == 0, "{path}: {} wrong answers", report.wrong);
        Ok(1000.0 / report.rate())
    }
}

/// What must differ in each copy of a row.
fn unique(name: &str) -> Option<String> {
    match name {
        "uri" => Some("uri || '-' || n".to_owned()),
        "activity_uri" | "url" => Some("NULL".to_owned()),
        _ => None,
    }
}

/// The columns of a table, and what a copy has in each.
fn columns<C: ColumnTrait + Iterable>(change: impl Fn(&str) -> Option<String>) -> (String, String) {
    let names: Vec<String> = C::iter().map(|column| column.to_string()).collect();
    let values: Vec<String> = names
        .iter()
        .map(|name| change(name).unwrap_or_else(|| name.clone()))
        .collect();
    (names.join(", "), values.join(", "))
}

/// A row with the figures, and the slope of the line through their logarithms: 1 means in proportion, 0 not at all.
pub(crate) fn slope(table: &mut Table, what: &str, points: &[(usize, f64)]) {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let logs: Vec<(f64, f64)> = points
        .iter()
        .map(|(size, time)| ((*size as f64).ln(), time.ln()))
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
    let count = logs.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| logs.iter().map(pick).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let covariance: f64 = logs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let variance: f64 = logs.iter().map(|p| (p.0 - x).powi(2)).sum();
    let figures: Vec<String> = points
        .iter()
        .map(|(size, time)| format!("{size}: {time:.2}"))
        .collect();
    let (first, last) = (
        points.first().map_or(0.0, |p| p.1),
        points.last().map_or(0.0, |p| p.1),
    );
    table.row(
        what,
        last,
        "the smallest",
        first,
        &format!("{}; slope {:.2}", figures.join(", "), covariance / variance),
    );
}
