//! How fast the past of others is read: so many requests a second to one server, a few in flight, and fewer when it asks
//! for less (429, 503, `Retry-After`).
//!
//! One [`Pace`] a process. What is read because somebody waits for it, or because it was announced, doesn't wait here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::future::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::Url;

use crate::http::{FetchError, Http};
use crate::origin::Origin;
use crate::{Error, Result};

/// Requests in flight to one server.
const IN_FLIGHT: usize = 4;
/// Requests that may follow each other at once after a pause.
const BURST: u32 = 8;
/// A server is never asked less often than this, unless it says when to come back.
const SLOWEST: Duration = Duration::from_secs(5);
/// A server that asks for a longer rest is left alone, and what was to be read of it waits in the database.
const PATIENCE: Duration = Duration::from_mins(1);
/// Servers that are remembered.
const HOSTS: u64 = 10_000;

/// The pace of a process.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    gap: Duration,
    hosts: Cache<String, Arc<Host>>,
}

/// What is known of one server.
#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    schedule: Mutex<Schedule>,
}

#[derive(Debug)]
struct Schedule {
    next: Instant,
    gap: Duration,
}

/// A request's place, held while it runs.
#[derive(Debug)]
pub(crate) struct Turn {
    _place: OwnedSemaphorePermit,
}

impl Pace {
    /// At most so many requests a second to one server.
    pub(crate) fn new(rate: u32) -> Self {
        Self {
            gap: Duration::from_secs(1) / rate.max(1),
            hosts: Cache::builder()
                .max_capacity(HOSTS)
                .time_to_idle(Duration::from_hours(1))
                .build(),
        }
    }

    async fn host(&self, url: &Url) -> Result<(String, Arc<Host>)> {
        let name = Origin::of(url)
            .map(|origin| origin.authority())
            .ok_or_else(|| Error::refused("the address has no host"))?;
        let fresh = async {
            Arc::new(Host {
                places: Arc::new(Semaphore::new(IN_FLIGHT)),
                schedule: Mutex::new(Schedule {
                    next: Instant::now(),
                    gap: self.gap,
                }),
            })
        };
        let host = self.hosts.get_with_by_ref(&name, fresh).await;
        Ok((name, host))
    }

    /// Waits for the moment at which the server of `url` may be asked for something.
    pub(crate) async fn turn(&self, http: &Http, url: &Url) -> Result<Turn> {
        let (name, host) = self.host(url).await?;
        let place = Arc::clone(&host.places)
            .acquire_owned()
            .await
            .map_err(|_| Error::retry("the pace ended"))?;
        while let Some(rest) = http.rest_of(&name).await {
            if rest > PATIENCE {
                return Err(Error::Retry {
                    after: Some(rest),
                    why: format!("{name} asks for a rest"),
                });
            }
            tokio::time::sleep(rest).await;
        }
        let at = host.next();
        tokio::time::sleep_until(at).await;
        Ok(Turn { _place: place })
    }

    /// Notes how a request went. Answers whether the server asks for less.
    pub(crate) async fn heard(&self, url: &Url, failure: Option<&FetchError>) -> bool {
        let Ok((_, host)) = self.host(url).await else {
            return false;
        };
        let pressed = matches!(failure, Some(FetchError::Refused(429 | 503)));
        let mut schedule = host.schedule();
        if pressed {
            schedule.gap = (schedule.gap * 2).min(SLOWEST);
            schedule.next = Instant::now() + schedule.gap;
        } else if failure.is_none() && schedule.gap > self.gap {
            schedule.gap = schedule.gap.mul_f32(0.98).max(self.gap);
        }
        pressed
    }
}

impl Host {
    fn schedule(&self) -> std::sync::MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next moment.
    fn next(&self) -> Instant {
        let now = Instant::now();
        let mut schedule = self.schedule();
        let behind = now.checked_sub(schedule.gap * BURST).unwrap_or(now);
        let at = schedule.next.max(behind);
        schedule.next = at + schedule.gap;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn after_a_burst_requests_come_one_by_one_for_each_host_apart() {
        let pace = Pace::new(10);
        let (_, one) = pace.host(&url("https://a.example/1")).await.unwrap();
        let begin = Instant::now();
        let moments: Vec<Instant> = (0..30).map(|_| one.next()).collect();
        let last = moments[29];
        // One is due at once; a fresh host has no burst saved up.
        assert!(last >= begin + Duration::from_secs(2), "{:?}", last - begin);
        assert!(
            last <= begin + Duration::from_millis(3_500),
            "{:?}",
            last - begin
        );
        let (_, other) = pace.host(&url("https://b.example/1")).await.unwrap();
        assert!(other.next() <= Instant::now());
    }

    #[tokio::test]
    async fn a_server_that_asks_for_less_is_given_less_and_recovers() {
        let pace = Pace::new(25);
        let page = url("https://a.example/1");
        assert!(pace.heard(&page, Some(&FetchError::Refused(429))).await);
        let (_, host) = pace.host(&page).await.unwrap();
        assert_eq!(host.schedule().gap, Duration::from_millis(80));
        for _ in 0..20 {
            pace.heard(&page, Some(&FetchError::Refused(503))).await;
        }
        assert_eq!(host.schedule().gap, SLOWEST);
        for _ in 0..1_000 {
            assert!(!pace.heard(&page, None).await);
        }
        assert_eq!(host.schedule().gap, Duration::from_millis(40));
        assert!(!pace.heard(&page, Some(&FetchError::NotFound)).await);
    }
}
