//! A client that only asks: ready-made requests over connections that stay open, answers counted by status.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What came of a load.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Answers with the status that was asked for.
    pub right: usize,
    /// Every other answer.
    pub wrong: usize,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// How long each right answer took, in increasing order.
    pub latencies: Vec<Duration>,
}

impl Report {
    /// Right answers in a second.
    pub(crate) fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let right = self.right as f64;
        right / self.seconds
    }

    /// The latency that 99 of 100 answers keep, in milliseconds.
    pub(crate) fn p99(&self) -> f64 {
        let place = self.latencies.len() * 99 / 100;
        self.latencies
            .get(place)
            .map_or(0.0, |l| l.as_secs_f64() * 1000.0)
    }
}

/// The bytes of a GET.
pub(crate) fn get(host: &str, path: &str, accept: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\nAccept-Encoding: gzip\r\nUser-Agent: parvis-bench\r\n\r\n"
    )
    .into_bytes()
}

/// Sends each request once, or for GETs again and again until `count` were sent, over `connections` connections. At
/// `pace` (requests a second for all together) when one is given, else as fast as answers come.
pub(crate) async fn run(
    host: &str,
    requests: Arc<Vec<Vec<u8>>>,
    count: usize,
    connections: usize,
    status: u16,
    pace: Option<f64>,
) -> anyhow::Result<Report> {
    let next = Arc::new(AtomicUsize::new(0));
    let address = host.replace("localhost", "127.0.0.1");
    let mut tasks = JoinSet::new();
    let begin = Instant::now();
    for _ in 0..connections {
        let (next, requests, address) = (Arc::clone(&next), Arc::clone(&requests), address.clone());
        tasks.spawn(async move {
            let mut line = Line::open(&address).await?;
            let mut report = Report::default();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                if place >= count {
                    return anyhow::Ok(report);
                }
                if let Some(pace) = pace {
                    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                    let due = begin + Duration::from_secs_f64(place as f64 / pace);
                    tokio::time::sleep_until(due.into()).await;
                }
                let request = requests
                    .get(place % requests.len())
                    .context("there are requests")?;
                let sent = Instant::now();
                if line.ask(request).await? == status {
                    report.right += 1;
                    report.latencies.push(sent.elapsed());
                } else {
                    report.wrong += 1;
                }
            }
        });
    }
    let mut all = Report::default();
    while let Some(part) = tasks.join_next().await {
        let part = part??;
        all.right += part.right;
        all.wrong += part.wrong;
        all.latencies.extend(part.latencies);
    }
    all.seconds = begin.elapsed().as_secs_f64();
    all.latencies.sort_unstable();
    Ok(all)
}

/// One connection.
struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request and reads its answer to the end; the answer is the status.
    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break end;
            }
            self.more().await?;
        };
        let text = std::str::from_utf8(self.buffer.get(..head).unwrap_or_default())?;
        let status = text
            .split(' ')
            .nth(1)
            .context("a status line")?
            .parse::<u16>()?;
        let header = |name: &str| {
            text.lines().find_map(|line| {
                let (n, value) = line.split_once(':')?;
                n.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        if let Some(length) = header("content-length") {
            let end = head + 4 + length.parse::<usize>()?;
            while self.buffer.len() < end {
                self.more().await?;
            }
        } else if header("transfer-encoding").is_some() {
            while !self.buffer.ends_with(b"0\r\n\r\n") {
                self.more().await?;
            }
        }
        Ok(status)
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the node closed the connection");
        }
        Ok(())
    }
}
