//! Figures of this process for Prometheus, on a listener of its own (`metrics.bind`).
//!
//! Levels that are read from the database are read at most every five seconds, however many ask. Labels are closed
//! sets: classes of addresses, statuses, states; never a host, a path or a name.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use parvis_federation::Federation;
use parvis_federation::audience::FORUMS;
use parvis_forum::db::queue::figures::{Depth, Figures, figures};
use parvis_forum::metrics::{Histogram, Text};
use parvis_forum::{Forum, Timestamp};
use tokio::sync::Mutex;

use crate::health;

/// How long levels of the database are taken for true.
const FRESH: Duration = Duration::from_secs(5);

/// Which part of the node an address belongs to.
const CLASSES: [&str; 8] = [
    "page",
    "api",
    "inbox",
    "activitypub",
    "discovery",
    "feed",
    "file",
    "health",
];
/// Statuses that are told apart; anything else counts as the last.
const STATUSES: [u16; 24] = [
    200, 201, 202, 204, 206, 301, 302, 303, 304, 308, 400, 401, 403, 404, 405, 406, 409, 410, 413,
    415, 422, 429, 503, 500,
];

/// Requests that this process answered.
#[derive(Debug, Default)]
pub struct Requests {
    counts: [[AtomicU64; STATUSES.len()]; CLASSES.len()],
    times: Histogram,
}

impl Requests {
    /// Counts one, by the route that it matched.
    pub fn count(&self, route: &str, status: u16, took: Duration) {
        let place = CLASSES.iter().position(|class| *class == class_of(route));
        let status = STATUSES
            .iter()
            .position(|known| *known == status)
            .unwrap_or(STATUSES.len() - 1);
        let count = place
            .and_then(|place| self.counts.get(place))
            .and_then(|statuses| statuses.get(status));
        if let Some(count) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.times.observe(took);
    }

    /// All that were answered so far.
    pub fn total(&self) -> u64 {
        let counts = self.counts.iter().flatten();
        counts.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    fn write(&self, text: &mut Text) {
        let name = "parvis_http_requests_total";
        text.family(
            name,
            "counter",
            "Requests answered, by what was asked for and by status.",
        );
        for (class, statuses) in CLASSES.iter().zip(&self.counts) {
            for (status, count) in STATUSES.iter().zip(statuses) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let status = status.to_string();
                    text.value(name, &[("class", class), ("status", &status)], count);
                }
            }
        }
        text.histogram(
            "parvis_http_request_seconds",
            "How long a request takes to be answered.",
            &self.times,
        );
    }
}

/// The class of a route as the router names it.
fn class_of(route: &str) -> &'static str {
    let last = route.rsplit('/').next().unwrap_or_default();
    match route {
        "/healthz" | "/readyz" => "health",
        _ if route.starts_with("/api/") => "api",
        _ if last == "inbox" => "inbox",
        _ if route.starts_with("/.well-known/") || route.starts_with("/nodeinfo") => "discovery",
        _ if route.starts_with("/feeds") || last.ends_with("atom") => "feed",
        _ if route.starts_with("/assets") || route.starts_with("/media") => "file",
        _ if route.starts_with("/a/")
            || matches!(
                last,
                "outbox" | "followers" | "moderators" | "featured" | "replies"
            ) =>
        {
            "activitypub"
        }
        _ => "page",
    }
}

/// What the listener shows.
#[derive(Clone)]
struct Watched {
    federation: Federation,
    requests: Option<Arc<Requests>>,
    levels: Arc<Mutex<Option<(Instant, Figures)>>>,
    since: Timestamp,
}

/// The listener's addresses: `/metrics`, `/healthz`, `/readyz`. `requests` are those of this process, if it serves.
pub fn router(federation: Federation, requests: Option<Arc<Requests>>) -> Router {
    let forum = federation.forum().clone();
    let watched = Watched {
        since: forum.now(),
        federation,
        requests,
        levels: Arc::default(),
    };
    Router::new()
        .route("/metrics", get(show))
        .with_state(watched)
        .merge(health::routes::<Forum>().with_state(forum))
}

async fn show(State(watched): State<Watched>) -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
        ],
        watched.text().await,
    )
}

impl Watched {
    async fn text(&self) -> String {
        let mut text = Text::default();
        let forum = self.federation.forum();
        text.family("parvis_build_info", "gauge", "The program.");
        text.value(
            "parvis_build_info",
            &[("version", env!("CARGO_PKG_VERSION"))],
            1,
        );
        text.gauge(
            "process_start_time_seconds",
            "When the process began, in seconds since 1970.",
            self.since.seconds(),
        );
        if let Some(bytes) = resident_bytes() {
            text.gauge(
                "process_resident_memory_bytes",
                "Memory of the process.",
                bytes,
            );
        }
        if let Some(requests) = &self.requests {
            requests.write(&mut text);
        }
        self.federation.metrics().write(&mut text);
        let levels = self.levels().await;
        text.gauge(
            "parvis_database_up",
            "Whether the database answers.",
            u8::from(levels.is_some()),
        );
        if let Some(levels) = levels {
            write_levels(&mut text, &levels, forum.now());
        }
        let [reading, writing] = forum.db().pools();
        for (name, help, value) in [
            (
                "parvis_database_connections",
                "Open connections to the database.",
                (u64::from(reading.open), u64::from(writing.open)),
            ),
            (
                "parvis_database_connections_idle",
                "Open connections to the database that nobody uses.",
                (reading.idle as u64, writing.idle as u64),
            ),
        ] {
            text.family(name, "gauge", help);
            text.value(name, &[("pool", "reading")], value.0);
            text.value(name, &[("pool", "writing")], value.1);
        }
        if let Some((free, size)) = health::disk(forum) {
            text.gauge(
                "parvis_disk_free_bytes",
                "Free space of the disk that the node writes to.",
                free,
            );
            text.gauge("parvis_disk_size_bytes", "Size of that disk.", size);
        }
        text.into_string()
    }

    async fn levels(&self) -> Option<Figures> {
        let mut kept = self.levels.lock().await;
        if let Some((at, known)) = &*kept
            && at.elapsed() < FRESH
        {
            return Some(known.clone());
        }
        match figures(self.federation.forum().db(), FORUMS).await {
            Ok(read) => {
                *kept = Some((Instant::now(), read.clone()));
                Some(read)
            }
            Err(error) => {
                tracing::warn!(%error, "the queues can't be read: {error}");
                *kept = None;
                None
            }
        }
    }
}

fn write_levels(text: &mut Text, levels: &Figures, now: Timestamp) {
    let queue = |text: &mut Text, name: &str, what: &str, states: &[&str], depths: &[Depth]| {
        let find = |state: &str| depths.iter().find(|depth| depth.state == state);
        let depth = format!("parvis_{name}_depth");
        text.family(&depth, "gauge", &format!("{what}, by state."));
        for state in states {
            let count = find(state).map_or(0, |depth| depth.count);
            text.value(&depth, &[("state", state)], count);
        }
        let age = format!("parvis_{name}_oldest_age_seconds");
        text.family(
            &age,
            "gauge",
            &format!("{what}: how long the oldest has waited, by state."),
        );
        for state in states {
            let oldest = find(state).and_then(|depth| depth.oldest);
            let waited = oldest.map_or(0, |at| (now.0 - at.0).max(0) / 1000);
            text.value(&age, &[("state", state)], waited);
        }
    };
    queue(
        text,
        "inbox",
        "Activities received that wait (ready) or were set aside (dead)",
        &["ready", "dead"],
        &levels.inbox,
    );
    queue(
        text,
        "outbox",
        "Deliveries that wait, counted up to 100000",
        &["live", "backoff", "asleep", "paused"],
        &levels.outbox,
    );
    queue(
        text,
        "jobs",
        "Jobs that wait (ready) or were set aside (dead)",
        &["ready", "dead"],
        &levels.jobs,
    );
    text.gauge(
        "parvis_deliveries_set_aside",
        "Deliveries that were set aside and not decided about.",
        levels.set_aside,
    );
}

/// Memory of this process, where the system says it.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_has_a_class() {
        for (route, class) in [
            ("/", "page"),
            ("/t/{id}/{slug}", "page"),
            ("/api/forum/v1/topics", "api"),
            ("/inbox", "inbox"),
            ("/c/{slug}/inbox", "inbox"),
            ("/u/{name}/outbox", "activitypub"),
            ("/a/{id}", "activitypub"),
            ("/.well-known/webfinger", "discovery"),
            ("/feeds/c/{slug}", "feed"),
            ("/readyz", "health"),
            ("-", "page"),
        ] {
            assert_eq!(class_of(route), class, "{route}");
            assert!(CLASSES.contains(&class));
        }
    }

    #[test]
    fn requests_are_counted_by_class_and_status() {
        let requests = Requests::default();
        requests.count("/inbox", 202, Duration::from_millis(3));
        requests.count("/inbox", 202, Duration::from_millis(3));
        requests.count("/", 418, Duration::ZERO);
        let mut text = Text::default();
        requests.write(&mut text);
        let text = text.into_string();
        assert!(
            text.contains("{class=\"inbox\",status=\"202\"} 2"),
            "{text}"
        );
        assert!(text.contains("{class=\"page\",status=\"500\"} 1"), "{text}");
    }
}
