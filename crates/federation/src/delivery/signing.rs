//! Threads that sign deliveries, one a core: RSA would hold up everything else on the threads of the runtime. They take
//! one job after the other from a queue, so that while there is work none of them has to be woken.

use std::num::NonZero;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use http::{HeaderMap, Method};
use tokio::sync::oneshot;
use url::Url;

use super::CONTENT_TYPE;
use crate::signature::{Digest, Kind, Outgoing, Signer, sign_cavage, sign_rfc9421};
use crate::{Error, Result};

/// A delivery to sign.
pub(super) struct Job {
    pub(super) signer: Signer,
    pub(super) inbox: Url,
    pub(super) digest: Digest,
    /// What is said of followers.
    pub(super) synchronisation: Option<String>,
    pub(super) kind: Kind,
    /// In seconds since 1970.
    pub(super) now: i64,
}

impl Job {
    fn sign(&self) -> Result<HeaderMap> {
        let request = Outgoing {
            method: &Method::POST,
            url: &self.inbox,
            digest: Some(&self.digest),
            content_type: Some(CONTENT_TYPE),
            synchronisation: self.synchronisation.as_deref(),
            now: self.now,
        };
        let headers = match self.kind {
            Kind::Cavage => sign_cavage(&self.signer, &request),
            Kind::Rfc9421 => sign_rfc9421(&self.signer, &request),
        };
        headers.map_err(|error| Error::retry(error.to_string()))
    }
}

type Queued = (Job, oneshot::Sender<Result<HeaderMap>>);

/// The threads; they end with it.
pub(super) struct Signers(Sender<Queued>);

impl Signers {
    pub(super) fn start() -> Self {
        let (sender, receiver) = mpsc::channel();
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            let receiver = Arc::clone(&receiver);
            let started = thread::Builder::new()
                .name(format!("sign-{number}"))
                .spawn(move || work(&receiver));
            if let Err(error) = started {
                tracing::error!(%error, "cannot start a thread that signs: {error}");
            }
        }
        Self(sender)
    }

    /// The headers of a delivery.
    pub(super) async fn sign(&self, job: Job) -> Result<HeaderMap> {
        let (done, signed) = oneshot::channel();
        let gone = || Error::retry("nothing signs");
        self.0.send((job, done)).map_err(|_| gone())?;
        signed.await.map_err(|_| gone())?
    }
}

fn work(queue: &Mutex<Receiver<Queued>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((job, done)) = next else { return };
        // Nobody waits when the delivery was given up meanwhile.
        if !done.is_closed() {
            let _ = done.send(job.sign());
        }
    }
}
