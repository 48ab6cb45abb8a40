//! The only source of the time of day, so that tests can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::Timestamp;

/// The time of day, shifted when a test wants so.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    shift_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the machine"
        )]
        let now = chrono::Utc::now();
        Timestamp::from(now).plus_ms(self.shift_ms.load(Ordering::Relaxed))
    }

    /// Sets this clock and its clones to `ms` milliseconds beside the machine's, for content that happens in the past.
    pub fn travel(&self, ms: i64) {
        self.shift_ms.store(ms, Ordering::Relaxed);
    }

    /// Moves this clock and its clones by `ms` milliseconds, for tests.
    pub fn advance(&self, ms: i64) {
        self.shift_ms.fetch_add(ms, Ordering::Relaxed);
    }
}
