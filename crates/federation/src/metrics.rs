//! What this process counts of its exchange with other servers. Calls are one line beside what they count; the text is
//! made in `web`, where it is served.

use std::future::Future;
use std::time::{Duration, Instant};

use parvis_forum::Timestamp;
use parvis_forum::metrics::{Histogram, Tally, Text};

use crate::delivery::OUTCOMES;
use crate::inbox::ReceiveError;
use crate::{Error, Result};

/// Counters since the process began.
#[derive(Debug)]
pub struct Metrics {
    received: Tally,
    receiving: Histogram,
    applied: Tally,
    applying: Histogram,
    deliveries: Tally,
    delivering: Histogram,
    behind: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            received: Tally::new(&[
                "accepted",
                "malformed",
                "unsigned",
                "forbidden",
                "absent",
                "unavailable",
                "other",
            ]),
            receiving: Histogram::default(),
            applied: Tally::new(&["applied", "refused", "later", "other"]),
            applying: Histogram::default(),
            deliveries: Tally::new(OUTCOMES),
            delivering: Histogram::default(),
            behind: Histogram::default(),
        }
    }
}

impl Metrics {
    /// Counts what comes of a POST to an inbox, and how long it takes.
    pub async fn receiving(
        &self,
        work: impl Future<Output = Result<(), ReceiveError>>,
    ) -> Result<(), ReceiveError> {
        let started = Instant::now();
        let answer = work.await;
        self.receiving.observe(started.elapsed());
        self.received.add(match &answer {
            Ok(()) => "accepted",
            Err(error) => match error.status.as_u16() {
                400 | 413 | 415 => "malformed",
                401 => "unsigned",
                403 => "forbidden",
                404 | 410 => "absent",
                503 => "unavailable",
                _ => "other",
            },
        });
        answer
    }

    /// Counts what came of the work on an activity that was accepted at `received`.
    pub(crate) fn applied(&self, outcome: &Result<()>, received: Timestamp, now: Timestamp) {
        match outcome {
            Ok(()) => {
                self.applied.add("applied");
                self.applying.observe_ms(now.0 - received.0);
            }
            Err(error) => self.count_unapplied(error),
        }
    }

    fn count_unapplied(&self, error: &Error) {
        self.applied.add(if error.is_temporary() {
            "later"
        } else {
            "refused"
        });
    }

    /// Counts a delivery: `outcome` is `taken` or the trouble, `waited` how long ago the activity was written, in
    /// milliseconds.
    pub(crate) fn delivered(&self, outcome: &str, took: Duration, waited: i64) {
        self.deliveries.add(outcome);
        self.delivering.observe(took);
        if outcome == "taken" {
            self.behind.observe_ms(waited);
        }
    }

    /// Writes all of it.
    pub fn write(&self, text: &mut Text) {
        text.tally(
            "parvis_inbox_received_total",
            "Activities posted to the inboxes of this process, by what was answered.",
            "outcome",
            &self.received,
        );
        text.histogram(
            "parvis_inbox_accept_seconds",
            "How long an inbox takes to answer.",
            &self.receiving,
        );
        text.tally(
            "parvis_inbox_applied_total",
            "Accepted activities that were worked on, by what came of it.",
            "outcome",
            &self.applied,
        );
        text.histogram(
            "parvis_inbox_apply_seconds",
            "From the acceptance of an activity until it is applied.",
            &self.applying,
        );
        text.tally(
            "parvis_deliveries_total",
            "Deliveries tried, by what came of it.",
            "outcome",
            &self.deliveries,
        );
        text.histogram(
            "parvis_delivery_seconds",
            "How long one delivery takes.",
            &self.delivering,
        );
        text.histogram(
            "parvis_delivery_lag_seconds",
            "From the moment at which an activity is written until a server has taken it.",
            &self.behind,
        );
    }
}
