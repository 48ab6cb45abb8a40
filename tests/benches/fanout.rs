//! How fast what a category announces is at its followers' servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parvis_db::Db;
use parvis_db::entity::actor;
use parvis_db::queue::outbox as log;
use parvis_db::sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use parvis_forum::Clock;
use parvis_tests::NodeProcess;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Table;
use crate::growth::slope;
use crate::machine::{self, Limits, Watch};

/// What the servers that receive count together.
#[derive(Default)]
struct Count {
    healthy: AtomicUsize,
}

/// How a server behaves.
#[derive(Clone, Copy)]
enum Manner {
    /// Answers 202 after this time.
    Answers(Duration),
    /// Takes the connection and never says anything.
    Hangs,
}

async fn receiver(address: &str, manner: Manner, count: Arc<Count>) -> anyhow::Result<u16> {
    let listener = TcpListener::bind((address, 0)).await?;
    let port = listener.local_addr()?.port();
    spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            match manner {
                Manner::Answers(after) => spawn(answer(stream, after, Arc::clone(&count))),
                Manner::Hangs => kept.push(stream),
            }
        }
    });
    Ok(port)
}

#[expect(clippy::disallowed_methods, reason = "ends with the bench")]
fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(work);
}

async fn answer(mut stream: TcpStream, after: Duration, count: Arc<Count>) {
    let mut buffer: Vec<u8> = Vec::with_capacity(16 * 1024);
    loop {
        let head = loop {
            if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
            match stream.read_buf(&mut buffer).await {
                Ok(n) if n > 0 => {}
                _ => return,
            }
        };
        let text = String::from_utf8_lossy(buffer.get(..head).unwrap_or_default()).to_lowercase();
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|value| value.trim().parse().ok())
            .unwrap_or(0);
        while buffer.len() < head + length {
            match stream.read_buf(&mut buffer).await {
                Ok(n) if n > 0 => {}
                _ => return,
            }
        }
        buffer.drain(..head + length);
        if !after.is_zero() {
            tokio::time::sleep(after).await;
        }
        let post = text.starts_with("post");
        let line: &[u8] = if post {
            b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
        } else {
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        };
        if stream.write_all(line).await.is_err() {
            return;
        }
        if post {
            count.healthy.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Rig {
    node: NodeProcess,
    ana: parvis_tests::Client,
    count: Arc<Count>,
}

impl Rig {
    /// A node whose category is followed from so many servers.
    async fn start(manners: &[Manner]) -> anyhow::Result<Self> {
        let count = Arc::<Count>::default();
        let mut hosts = Vec::new();
        for manner in manners {
            let port = receiver("127.0.0.1", *manner, Arc::clone(&count)).await?;
            hosts.push(format!("localhost:{port}"));
        }
        Self::around(hosts, count).await
    }

    /// The same with servers at one socket, each with an address of its own: more than there may be open files.
    async fn crowd(servers: usize) -> anyhow::Result<Self> {
        let count = Arc::<Count>::default();
        let port = receiver("0.0.0.0", HEALTHY, Arc::clone(&count)).await?;
        let host = |n: usize| format!("127.1.{}.{}:{port}", n / 250, n % 250 + 1);
        Self::around((0..servers).map(host).collect(), count).await
    }

    /// A node whose category is followed from these hosts.
    async fn around(hosts: Vec<String>, count: Arc<Count>) -> anyhow::Result<Self> {
        let node = NodeProcess::start().await;
        let ana = node.person("ana").await;
        node.run(
            &["category", "create", "--slug", "banc", "--title", "Banc"],
            "",
        )
        .await;
        let db = Db::connect(node.database_url(), None).await?;
        let group = actor::Entity::find()
            .filter(actor::Column::Name.eq("banc"))
            .one(&db)
            .await?
            .ok_or_else(|| anyhow::anyhow!("no category"))?;
        let now = Clock::system().now();
        let tx = db.begin().await?;
        log::lock(&tx).await?;
        for host in hosts {
            let destination =
                log::destination(&tx, &format!("http://{host}/inbox"), &host, now).await?;
            log::add_interest(&tx, &destination, group.id).await?;
        }
        tx.commit().await?;
        db.close().await?;
        Ok(Self { node, ana, count })
    }

    async fn topic(&self, n: usize) {
        self.ana
            .post(
                "/topics",
                json!({"category": "banc", "title": format!("Sujet {n}"), "content": "Le texte du sujet, avec quelques mots."}),
            )
            .await
            .expect(201);
    }

    /// Waits until so many deliveries arrived; how long after `begin` that was.
    async fn arrived(&self, wanted: usize, begin: Instant) -> anyhow::Result<f64> {
        while self.count.healthy.load(Ordering::Relaxed) < wanted {
            anyhow::ensure!(
                begin.elapsed() < Duration::from_mins(5),
                "{} of {wanted} deliveries arrived",
                self.count.healthy.load(Ordering::Relaxed)
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(begin.elapsed().as_secs_f64())
    }
}

const HEALTHY: Manner = Manner::Answers(Duration::ZERO);

/// `topics` topics to `servers` servers.
pub(crate) async fn wide(
    servers: usize,
    hanging: usize,
    topics: usize,
    limits: Limits,
    table: &mut Table,
) -> anyhow::Result<f64> {
    let manners: Vec<_> = (0..servers)
        .map(|n| if n < hanging { Manner::Hangs } else { HEALTHY })
        .collect();
    let rig = Rig::start(&manners).await?;
    let healthy = servers - hanging;
    // A topic is two announces for servers whose software isn't known: as an activity and as a post.
    rig.topic(0).await;
    rig.arrived(healthy, Instant::now()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = rig.count.healthy.load(Ordering::Relaxed) / healthy;
    let before = rig.count.healthy.load(Ordering::Relaxed);
    let watch = Watch::start(&[rig.node.pid()]);
    let begin = Instant::now();
    for n in 1..=topics {
        rig.topic(n).await;
    }
    let wanted = healthy * topics * each;
    let seconds = rig.arrived(before + wanted, begin).await?;
    let (others, ours) = watch.read();
    let receivers = watch.this_process();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let (rate, cores) = (wanted as f64 / seconds, limits.cores as f64);
    // What the receivers took can't be signed with.
    let limit = limits.sign_all * (cores - receivers) / cores;
    let name = if hanging == 0 {
        format!("fan-out to {servers} servers, deliveries/s")
    } else {
        format!("the same, {hanging} of them hanging, deliveries/s to the others")
    };
    table.row(
        &name,
        rate,
        "signatures/s of all cores beside the receivers",
        limit,
        &format!(
            "{wanted} deliveries in {seconds:.2} s, {:.0} MB, ours {ours:.2} cores, the receivers {receivers:.2} of them, \
             others {others:.2}",
            machine::memory(rig.node.pid())
        ),
    );
    Ok(rate)
}

/// How the cost of a delivery grows with the servers that receive it.
pub(crate) async fn crowds(table: &mut Table) -> anyhow::Result<()> {
    let mut points = Vec::new();
    for servers in [10, 100, 1_000, 10_000] {
        let rig = Rig::crowd(servers).await?;
        rig.topic(0).await;
        rig.arrived(servers, Instant::now()).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let before = rig.count.healthy.load(Ordering::Relaxed);
        let (each, topics) = (before / servers, (3_000 / servers).clamp(1, 30));
        let begin = Instant::now();
        for n in 1..=topics {
            rig.topic(n).await;
        }
        let wanted = servers * topics * each;
        let seconds = rig.arrived(before + wanted, begin).await?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        points.push((servers, seconds * 1000.0 / wanted as f64));
    }
    slope(table, "a delivery, ms, by servers that receive it", &points);
    Ok(())
}

/// One topic to 100 servers: when the last one has it.
pub(crate) async fn quick(table: &mut Table) -> anyhow::Result<()> {
    let rig = Rig::start(&[HEALTHY; 100]).await?;
    rig.topic(0).await;
    rig.arrived(100, Instant::now()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = rig.count.healthy.load(Ordering::Relaxed) / 100;
    let mut times = Vec::new();
    for n in 1..=5 {
        let before = rig.count.healthy.load(Ordering::Relaxed);
        let begin = Instant::now();
        rig.topic(n).await;
        times.push(rig.arrived(before + 100 * each, begin).await? * 1000.0);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    times.sort_by(f64::total_cmp);
    let median = times.get(2).copied().unwrap_or_default();
    table.row(
        "one topic at 100 servers, ms",
        median,
        "150 ms asked for",
        150.0,
        &format!("{each} deliveries each; all five: {times:.0?}"),
    );
    Ok(())
}

/// 100 activities a second to one server that takes 300 ms to answer.
pub(crate) async fn far(seconds: usize, table: &mut Table) -> anyhow::Result<()> {
    let rig = Rig::start(&[Manner::Answers(Duration::from_millis(300))]).await?;
    rig.topic(0).await;
    rig.arrived(1, Instant::now()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = rig.count.healthy.load(Ordering::Relaxed);
    let before = rig.count.healthy.load(Ordering::Relaxed);
    let pace = 100 / each.max(1);
    let begin = Instant::now();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(pace)?);
    for n in 1..=seconds * pace {
        ticks.tick().await;
        rig.topic(n).await;
    }
    let sent = begin.elapsed().as_secs_f64();
    let all = rig.arrived(before + seconds * pace * each, begin).await?;
    table.row(
        "one server 300 ms away, lag in s at 100 activities/s",
        all - sent,
        "2 s asked for",
        2.0,
        &format!("{} activities in {sent:.1} s", seconds * pace * each),
    );
    Ok(())
}
