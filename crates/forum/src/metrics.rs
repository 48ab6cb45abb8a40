//! Figures of a process, and the text in which Prometheus reads them (exposition format 0.0.4).
//!
//! Counters and histograms are atomics: counting costs some nanoseconds and never waits. Every label is of a closed
//! set, so that a stranger can't make the list of figures grow. Not here: what is counted, which is said beside what it
//! counts.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts by one label, whose values are known beforehand.
#[derive(Debug)]
pub struct Tally {
    labels: &'static [&'static str],
    counts: Vec<AtomicU64>,
}

impl Tally {
    /// Everything at zero. The last label also counts what has none of the others.
    pub fn new(labels: &'static [&'static str]) -> Self {
        Self {
            labels,
            counts: labels.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Counts one.
    pub fn add(&self, label: &str) {
        let place = self.labels.iter().position(|known| *known == label);
        let place = place.unwrap_or(self.labels.len().saturating_sub(1));
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was counted, by label.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.labels
            .iter()
            .zip(&self.counts)
            .map(|(label, count)| (*label, count.load(Ordering::Relaxed)))
    }
}

/// Upper bounds of the buckets of a [`Histogram`], in milliseconds.
const BOUNDS: [u64; 16] = [
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000, 600_000, 3_600_000,
];

/// How long something took, from a millisecond to an hour.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Histogram {
    /// Counts one.
    pub fn observe(&self, took: Duration) {
        let place = BOUNDS
            .iter()
            .position(|bound| took <= Duration::from_millis(*bound))
            .unwrap_or(BOUNDS.len());
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Counts one, given in milliseconds of a wall clock, which may go back.
    pub fn observe_ms(&self, took: i64) {
        self.observe(Duration::from_millis(u64::try_from(took).unwrap_or(0)));
    }
}

/// The text that is scraped.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    /// Begins a figure. `kind` is `counter`, `gauge` or `histogram`.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    /// A value of the figure that was begun. Values of labels are our own words.
    pub fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        if labels.is_empty() {
            self.line(format_args!("{name} {value}"));
            return;
        }
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{value}\""))
            .collect();
        self.line(format_args!("{name}{{{}}} {value}", labels.join(",")));
    }

    /// A figure with one value.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, "gauge", help);
        self.value(name, &[], value);
    }

    /// A figure with a value for each label of a tally.
    pub fn tally(&mut self, name: &str, help: &str, label: &str, tally: &Tally) {
        self.family(name, "counter", help);
        for (word, count) in tally.counts() {
            self.value(name, &[(label, word)], count);
        }
    }

    /// A histogram, in seconds.
    pub fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.family(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        let mut total = 0;
        for (place, count) in histogram.buckets.iter().enumerate() {
            total += count.load(Ordering::Relaxed);
            let bound = BOUNDS
                .get(place)
                .map_or_else(|| "+Inf".to_owned(), |bound| seconds(bound * 1_000));
            self.value(&bucket, &[("le", &bound)], total);
        }
        let sum = seconds(histogram.micros.load(Ordering::Relaxed));
        self.value(&format!("{name}_sum"), &[], sum);
        self.value(&format!("{name}_count"), &[], total);
    }

    /// All of it.
    pub fn into_string(self) -> String {
        self.0
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // A text takes everything.
        let _ = writeln!(self.0, "{line}");
    }
}

/// Microseconds as seconds, without a detour through floating point.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_read_as_prometheus_reads_it() {
        let tally = Tally::new(&["taken", "other"]);
        tally.add("taken");
        tally.add("taken");
        tally.add("unheard of");
        let histogram = Histogram::default();
        histogram.observe(Duration::from_micros(1_500));
        histogram.observe(Duration::from_hours(2));
        let mut text = Text::default();
        text.tally("t_total", "Things.", "outcome", &tally);
        text.histogram("h_seconds", "Times.", &histogram);
        text.gauge("g", "A level.", 3);
        let text = text.into_string();
        for line in [
            "# HELP t_total Things.",
            "# TYPE t_total counter",
            "t_total{outcome=\"taken\"} 2",
            "t_total{outcome=\"other\"} 1",
            "h_seconds_bucket{le=\"0.001\"} 0",
            "h_seconds_bucket{le=\"0.002\"} 1",
            "h_seconds_bucket{le=\"3600\"} 1",
            "h_seconds_bucket{le=\"+Inf\"} 2",
            "h_seconds_sum 7200.0015",
            "h_seconds_count 2",
            "g 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_is_no_time() {
        let histogram = Histogram::default();
        histogram.observe_ms(-5);
        let mut text = Text::default();
        text.histogram("h", "h", &histogram);
        assert!(text.into_string().contains("h_bucket{le=\"0.001\"} 1"));
    }
}
