//! How soon the program answers after it was started, and what it holds in memory while nobody asks.

use std::time::{Duration, Instant};

use parvis_tests::NodeProcess;

use crate::Table;
use crate::machine;

/// Starts measured.
const STARTS: usize = 9;

/// On an empty database, then on one that is there.
pub(crate) async fn run(table: &mut Table) -> anyhow::Result<()> {
    let begin = Instant::now();
    let mut node = NodeProcess::start().await;
    let empty = begin.elapsed();
    let mut times = Vec::new();
    for _ in 0..STARTS {
        node.kill().await;
        let begin = Instant::now();
        node.restart().await;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let median = times.get(STARTS / 2).copied().unwrap_or_default();
    table.row(
        "start to listening, ms",
        median.as_secs_f64() * 1000.0,
        "asked for",
        100.0,
        &format!(
            "median of {STARTS} after kill -9; with an empty database {:.0} ms",
            empty.as_secs_f64() * 1000.0
        ),
    );
    tokio::time::sleep(Duration::from_secs(3)).await;
    table.row(
        "memory idle, MB",
        machine::memory(node.pid()),
        "asked for",
        40.0,
        "resident, three seconds after the start",
    );
    Ok(())
}
