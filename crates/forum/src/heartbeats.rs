//! Signs of life of the background loops of this process, for `/readyz`.
//!
//! A loop beats each time round; one that hangs, or ended without being told to, falls silent. Told by the monotonic
//! clock: setting the time of day makes nobody look dead.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The loops that a process has begun, and when each was last heard of.
#[derive(Debug, Default)]
pub struct Heartbeats(Mutex<Vec<Beat>>);

#[derive(Clone, Copy, Debug)]
struct Beat {
    name: &'static str,
    patience: Duration,
    at: Instant,
}

impl Heartbeats {
    /// From now on a loop is expected to beat at least so often. `patience` is the longest that one round may take.
    pub fn expect(&self, name: &'static str, patience: Duration) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats.retain(|beat| beat.name != name);
        beats.push(Beat {
            name,
            patience,
            at: Instant::now(),
        });
    }

    /// A loop goes round. Of one that is not expected nothing is noted.
    pub fn beat(&self, name: &str) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(beat) = beats.iter_mut().find(|beat| beat.name == name) {
            beat.at = Instant::now();
        }
    }

    /// Whether any loop is expected to run in this process.
    pub fn any(&self) -> bool {
        !self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// The first loop that has been silent for too long.
    pub fn silent(&self) -> Option<&'static str> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats
            .iter()
            .find(|beat| beat.at.elapsed() > beat.patience)
            .map(|beat| beat.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_stays_silent_is_named() {
        let beats = Heartbeats::default();
        assert!(!beats.any());
        beats.beat("inbox");
        assert_eq!(beats.silent(), None, "nobody is expected");
        beats.expect("inbox", Duration::from_mins(1));
        beats.expect("delivery", Duration::ZERO);
        assert!(beats.any());
        assert_eq!(beats.silent(), Some("delivery"));
        beats.expect("delivery", Duration::from_mins(1));
        assert_eq!(beats.silent(), None);
    }
}
