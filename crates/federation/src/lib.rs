//! ActivityPub in both directions: what the node sends, what it accepts, and how it talks to other servers.
//!
//! This crate knows the wire and outgoing HTTP. It knows neither SQL nor HTML.

#![recursion_limit = "256"]

mod activities;
pub mod address;
pub mod audience;
pub mod backfill;
mod compat;
pub mod context;
pub mod delivery;
pub mod documents;
pub mod error;
mod fetch;
pub mod http;
pub mod inbox;
mod jcs;
pub mod keyring;
pub mod keys;
pub mod lookup;
#[cfg(test)]
mod loopback;
pub mod metrics;
mod multibase;
pub mod nodeinfo;
mod objects;
pub mod origin;
pub mod outbox;
pub mod peers;
mod proof;
pub mod repair;
pub mod signature;
pub mod synchronisation;
#[cfg(test)]
mod testing;
pub mod webfinger;
pub mod wire;

use std::fmt;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use parvis_forum::id::ActorId;
use parvis_forum::{Actor, Forum, actors, instances};
use tokio::sync::{Mutex, OwnedMutexGuard};
use url::Url;

pub use error::{Error, Result};

use crate::address::AddressPolicy;
use crate::http::{FetchError, Http, HttpOptions};
use crate::inbox::Intake;
use crate::keyring::Keyring;
use crate::keys::{KeyError, SigningKey};
use crate::origin::Origin;
use crate::signature::Signer;

/// Signing keys that are kept parsed.
const SIGNERS: u64 = 10_000;
/// How long a host counts as awake without a look at the database, where another process may have failed to reach it.
const AWAKE_LIFE: Duration = Duration::from_secs(5);
/// Things of each kind that are remembered for a minute.
const SHORT_LIVED: u64 = 10_000;

/// The federated side of a forum: its HTTP client, its keys, and what it remembers of others' keys.
/// Cheap to clone; a process may hold several.
#[derive(Clone)]
pub struct Federation(Arc<Inner>);

struct Inner {
    forum: Forum,
    http: Http,
    instance: Actor,
    instance_signer: Signer,
    signers: Cache<String, Signer>,
    nodes: Cache<ActorId, Actor>,
    keyring: Keyring,
    intake: Intake,
    awake: Cache<String, ()>,
    failures: Cache<String, FetchError>,
    moderators_read: Cache<ActorId, ()>,
    meetings: Cache<String, Arc<Mutex<()>>>,
    public_url: Url,
    metrics: metrics::Metrics,
    pace: backfill::pace::Pace,
}

impl Federation {
    /// Makes what federation needs: the instance actor at the first start, and the HTTP client. From here on what
    /// happens in the forum is written to the outbox, unless the forum was given another publisher before.
    pub async fn start(forum: Forum) -> Result<Self> {
        Self::start_with(forum, |_| {}).await
    }

    /// The same, with a client that behaves otherwise than the settings say.
    pub async fn start_with(forum: Forum, change: impl FnOnce(&mut HttpOptions)) -> Result<Self> {
        forum.set_publisher(Arc::new(outbox::Publisher));
        let instance = actors::ensure_instance(&forum).await?;
        let mut options = options(&forum)?;
        change(&mut options);
        let http = Http::new(options)?;
        let instance_signer = parse_signer(&instance)?;
        let public_url = forum.config().local_url("/");
        Ok(Self(Arc::new(Inner {
            http,
            instance,
            instance_signer,
            signers: Cache::new(SIGNERS),
            nodes: short_lived(),
            keyring: Keyring::new(),
            intake: Intake::start(forum.clone()),
            awake: Cache::builder()
                .max_capacity(SHORT_LIVED)
                .time_to_live(AWAKE_LIFE)
                .build(),
            failures: short_lived(),
            moderators_read: short_lived(),
            meetings: short_lived(),
            public_url,
            metrics: metrics::Metrics::default(),
            pace: backfill::pace::Pace::new(forum.config().federation.history_rate),
            forum,
        })))
    }

    /// The forum.
    pub fn forum(&self) -> &Forum {
        &self.0.forum
    }

    /// The one client for what leaves the node.
    pub fn http(&self) -> &Http {
        &self.0.http
    }

    /// What this process has counted.
    pub fn metrics(&self) -> &metrics::Metrics {
        &self.0.metrics
    }

    /// The node's own actor, as it was at the start.
    pub fn instance(&self) -> &Actor {
        &self.0.instance
    }

    /// Signs as the node: fetches, and what is anonymous. A key that is replaced by a command is noticed within a
    /// minute.
    pub async fn node_signer(&self) -> Signer {
        let id = self.0.instance.id;
        let now = self
            .0
            .nodes
            .try_get_with(id, async {
                actors::by_id(self.forum().db(), id)
                    .await
                    .map_err(Error::from)
            })
            .await;
        if let Ok(actor) = now
            && let Ok(signer) = self.signer(&actor).await
        {
            return signer;
        }
        self.0.instance_signer.clone()
    }

    /// Signs as an actor of this node. The key is parsed once.
    pub async fn signer(&self, actor: &Actor) -> Result<Signer> {
        let key_id = actor.public_key_id.clone().unwrap_or_default();
        self.0
            .signers
            .try_get_with(key_id, async { parse_signer(actor) })
            .await
            .map_err(|error: Arc<Error>| match &*error {
                Error::Key { actor, source } => Error::Key {
                    actor: actor.clone(),
                    source: source.clone(),
                },
                other => Error::refused(other.to_string()),
            })
    }

    /// Whether an id or address is on this node, however its host is spelled.
    pub fn is_local(&self, url: &Url) -> bool {
        origin::is_local(url, &self.0.public_url)
    }

    /// As [`Federation::is_local`], for an id that may not even be a URL.
    pub fn is_local_id(&self, id: &str) -> bool {
        Url::parse(id).is_ok_and(|url| self.is_local(&url))
    }
}

impl Federation {
    /// Whether a server may speak to us, and we to it: not blocked, and on the list where there is one.
    pub async fn allows(&self, url: &Url) -> parvis_forum::Result<bool> {
        let Some(host) = Origin::of(url) else {
            return Ok(false);
        };
        let forum = self.forum();
        instances::is_allowed(forum.db(), forum, &host.authority()).await
    }

    pub(crate) fn intake(&self) -> &Intake {
        &self.0.intake
    }

    /// Hosts for which nothing waited to be woken a moment ago.
    pub(crate) fn awake(&self) -> &Cache<String, ()> {
        &self.0.awake
    }

    /// How fast the past of others is read.
    pub(crate) fn pace(&self) -> &backfill::pace::Pace {
        &self.0.pace
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    /// Objects that were refused or not found a moment ago.
    pub(crate) fn failures(&self) -> &Cache<String, FetchError> {
        &self.0.failures
    }

    /// Waits until nobody else is reading this actor's document.
    pub(crate) async fn meet(&self, uri: &str) -> OwnedMutexGuard<()> {
        let turn = self
            .0
            .meetings
            .get_with_by_ref(uri, async { Arc::default() })
            .await;
        turn.lock_owned().await
    }

    /// Whether the moderators of a category may be read again: at most once a minute.
    pub(crate) async fn may_read_moderators(&self, category: ActorId) -> bool {
        self.0
            .moderators_read
            .entry(category)
            .or_insert(())
            .await
            .is_fresh()
    }
}

impl fmt::Debug for Federation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Federation")
            .field(&self.0.public_url.as_str())
            .finish()
    }
}

/// What is remembered for a minute.
fn short_lived<K, V>() -> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder()
        .max_capacity(SHORT_LIVED)
        .time_to_live(Duration::from_mins(1))
        .build()
}

fn parse_signer(actor: &Actor) -> Result<Signer> {
    let (Some(pem), Some(key_id)) = (&actor.private_key_pem, &actor.public_key_id) else {
        return Err(Error::Key {
            actor: actor.uri.clone(),
            source: KeyError::Pem("PRIVATE KEY"),
        });
    };
    signer_of(pem, key_id)
}

/// A private key with its id.
fn signer_of(pem: &str, key_id: &str) -> Result<Signer> {
    Ok(Signer {
        key: SigningKey::from_pkcs8_pem(pem).map_err(|source| Error::Key {
            actor: key_id.to_owned(),
            source,
        })?,
        key_id: key_id.to_owned(),
    })
}

fn options(forum: &Forum) -> Result<HttpOptions> {
    let config = forum.config();
    let public_url = config.local_url("/");
    let clock = forum.clock().clone();
    let mut options = HttpOptions::new(
        format!("Parvis/{} (+{public_url})", env!("CARGO_PKG_VERSION")),
        Arc::new(move || clock.now().seconds()),
    );
    options.addresses = AddressPolicy {
        insecure: config.federation.insecure,
        private_networks: config.federation.private_networks.0.clone(),
    };
    options.own = Origin::of(&public_url);
    if let Some(path) = &config.federation.ca_file {
        let pem = std::fs::read(path).map_err(|source| Error::CaFile {
            path: path.display().to_string(),
            source,
        })?;
        options.ca_pem = Some(pem);
    }
    Ok(options)
}

/// Makes a future on the heap, outside the frame of whoever waits for it: where one function waits for one of many, their
/// futures would lie on its stack side by side.
#[inline(never)]
fn on_heap<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(make())
}
