//! The limits that figures are held against, and what else the machine did meanwhile.

use std::time::{Duration, Instant};

use parvis_federation::keys::{self, SigningKey, VerifyingKey};

/// RSA-2048 with SHA-256, in a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Verifications, on one core.
    pub verify_one: f64,
    /// Signatures, on all cores together.
    pub sign_all: f64,
    /// Cores.
    pub cores: usize,
}

/// Measures for a second each.
pub(crate) fn limits() -> anyhow::Result<Limits> {
    let pair = keys::generate()?;
    let signing = SigningKey::from_pkcs8_pem(&pair.private_pem)?;
    let verifying = VerifyingKey::from_pem(&pair.public_pem)?;
    let message = [7_u8; 300];
    let signature = signing.sign_rsa_sha256(&message)?;
    let cores = std::thread::available_parallelism()?.get();
    let verify_one = count(|| verifying.verify(&message, &signature));
    let sign_all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|_| scope.spawn(|| count(|| signing.sign_rsa_sha256(&message).is_ok())))
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .sum()
    });
    Ok(Limits {
        verify_one,
        sign_all,
        cores,
    })
}

fn count(mut once: impl FnMut() -> bool) -> f64 {
    let begin = Instant::now();
    let mut done = 0.0;
    while begin.elapsed() < Duration::from_secs(1) {
        if once() {
            done += 1.0;
        }
    }
    done / begin.elapsed().as_secs_f64()
}

/// Resident memory of a process, in MB, from `/proc`.
pub(crate) fn memory(pid: Option<u32>) -> f64 {
    let text = pid
        .and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).ok())
        .unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok())
        .map_or(0.0, |kb| kb / 1024.0)
}

/// A watch on the processor: what others than these processes took.
pub(crate) struct Watch {
    begin: Instant,
    busy: f64,
    ours: f64,
    this: f64,
    pids: Vec<u32>,
}

impl Watch {
    /// Starts watching; `pids` and this process count as ours.
    pub(crate) fn start(pids: &[Option<u32>]) -> Self {
        let mut pids: Vec<u32> = pids.iter().copied().flatten().collect();
        pids.push(std::process::id());
        Self {
            begin: Instant::now(),
            busy: busy(),
            ours: pids.iter().map(|pid| of(*pid)).sum(),
            this: of(std::process::id()),
            pids,
        }
    }

    /// Cores that others took on average, and cores that ours took.
    pub(crate) fn read(&self) -> (f64, f64) {
        let seconds = self.begin.elapsed().as_secs_f64();
        let ours = self.pids.iter().map(|pid| of(*pid)).sum::<f64>() - self.ours;
        let all = busy() - self.busy;
        (((all - ours) / seconds).max(0.0), ours / seconds)
    }
}

impl Watch {
    /// Cores that this process took on average: clients and receiving servers.
    pub(crate) fn this_process(&self) -> f64 {
        (of(std::process::id()) - self.this) / self.begin.elapsed().as_secs_f64()
    }
}

/// Seconds of processor time since the machine started: ticks are hundredths of a second on Linux.
fn busy() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<f64> = text
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .filter_map(|field| field.parse().ok())
        .collect();
    let idle: f64 = fields.iter().skip(3).take(2).sum();
    (fields.iter().take(8).sum::<f64>() - idle) / 100.0
}

fn of(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}
