//! Who signed a request: from a key's id to the actor that lists it.
//!
//! A key counts only if the document of its owner, fetched from its own id, lists it. Keys are kept for a day at most;
//! one that doesn't verify is fetched anew, once per key and minute. Whether the signer may do what the body says is
//! decided elsewhere.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use moka::future::Cache;
use parvis_forum::actors;
use serde_json::Value;
use url::Url;

use crate::Federation;
use crate::compat::gotosocial;
use crate::http::FetchError;
use crate::keys::VerifyingKey;
use crate::origin::{parse_activity_id, same_origin};
use crate::signature::{self, Pending, Policy, Refusal};
use crate::{multibase, wire};

/// Keys that are kept parsed.
const KEYS: u64 = 50_000;
/// Documents that are kept.
const DOCUMENTS: u64 = 2_000;
/// How long a key is believed without asking again.
const KEY_LIFE: Duration = Duration::from_hours(24);
/// A key is fetched anew at most once in this time.
const REFRESH_PAUSE: Duration = Duration::from_mins(1);
/// How long an actor's document that came with a key is kept for whoever needs it next.
const DOCUMENT_LIFE: Duration = Duration::from_mins(5);

/// What is remembered of others' keys.
pub(crate) struct Keyring {
    known: Cache<String, KnownKey>,
    proofs: Cache<String, KnownKey>,
    refreshed: Cache<String, ()>,
    documents: Cache<String, Arc<Value>>,
}

#[derive(Clone)]
struct KnownKey {
    owner: String,
    key: VerifyingKey,
}

/// Why nobody is taken to have signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The signature, or the request around it, is wrong.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key can't be had.
    #[error("key: {0}")]
    Key(FetchError),
    /// The key's host may not speak to us.
    #[error("the signer's server is blocked")]
    Blocked,
    /// Our database failed.
    #[error("database: {0}")]
    Database(String),
}

impl Unproven {
    /// 400 for a broken request, 403 for a blocked server, 503 for a failure of ours or a key that can't be had for
    /// now (the peer comes again), else 401.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => refusal.status(),
            Self::Key(error) if error.is_temporary() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Key(_) => StatusCode::UNAUTHORIZED,
            Self::Blocked => StatusCode::FORBIDDEN,
            Self::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<parvis_forum::Error> for Unproven {
    fn from(error: parvis_forum::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl Keyring {
    pub(crate) fn new() -> Self {
        Self {
            known: remembered(KEYS, KEY_LIFE),
            proofs: remembered(KEYS, KEY_LIFE),
            refreshed: remembered(KEYS, REFRESH_PAUSE),
            documents: remembered(DOCUMENTS, DOCUMENT_LIFE),
        }
    }

    /// The document of an actor, if it came with a key a moment ago. It is handed out once.
    pub(crate) async fn take_document(&self, uri: &str) -> Option<Arc<Value>> {
        self.documents.remove(uri).await
    }
}

fn remembered<V: Clone + Send + Sync + 'static>(count: u64, life: Duration) -> Cache<String, V> {
    Cache::builder()
        .max_capacity(count)
        .time_to_live(life)
        .build()
}

/// Who signed a request; the answer is the id of the actor. `body` is the raw body of a POST, nothing for a GET.
pub async fn authenticate(
    federation: &Federation,
    method: &Method,
    path_and_query: &str,
    headers: &HeaderMap,
    body: Option<&[u8]>,
) -> Result<String, Unproven> {
    let pending = inspect(federation, method, path_and_query, headers, body)?;
    verify(federation, &pending, None).await
}

/// Everything about a request's signature that needs no key.
pub(crate) fn inspect(
    federation: &Federation,
    method: &Method,
    path_and_query: &str,
    headers: &HeaderMap,
    body: Option<&[u8]>,
) -> Result<Pending, Refusal> {
    let forum = federation.forum();
    let config = forum.config();
    let policy = Policy {
        authority: config.public_authority(),
        scheme: if config.is_https() { "https" } else { "http" },
        now: forum.now().seconds(),
    };
    signature::inspect(method, path_and_query, headers, body, &policy)
}

/// Finds the key and does the arithmetic. `claimed` is who the body says it is by, which helps to find a key that we
/// know already.
pub(crate) async fn verify(
    federation: &Federation,
    pending: &Pending,
    claimed: Option<&str>,
) -> Result<String, Unproven> {
    let key_id = pending.key_id();
    let url = parse_activity_id(key_id, federation.http().addresses())
        .map_err(|_| Unproven::Refused(Refusal::KeyId))?;
    if !federation.allows(&url).await? {
        return Err(Unproven::Blocked);
    }
    let keyring = federation.keyring();
    let (known, fresh) = match find(federation, key_id, &url, claimed).await? {
        Some(known) => (known, false),
        None => (Box::pin(fetch(federation, key_id, &url)).await?, true),
    };
    match pending.verify(&known.key) {
        Ok(()) => return Ok(known.owner),
        Err(refusal) if fresh => return Err(refusal.into()),
        Err(_) => {}
    }
    let first = keyring
        .refreshed
        .entry_by_ref(key_id)
        .or_insert(())
        .await
        .is_fresh();
    if !first {
        return Err(Refusal::Invalid.into());
    }
    let known = Box::pin(fetch(federation, key_id, &url)).await?;
    pending.verify(&known.key)?;
    Ok(known.owner)
}

/// A key that is remembered, in memory or on the row of an actor that was read within a day.
async fn find(
    federation: &Federation,
    key_id: &str,
    url: &Url,
    claimed: Option<&str>,
) -> Result<Option<KnownKey>, Unproven> {
    let keyring = federation.keyring();
    if let Some(known) = keyring.known.get(key_id).await {
        return Ok(Some(known));
    }
    let mut bare = url.clone();
    bare.set_fragment(None);
    let forum = federation.forum();
    for uri in claimed.into_iter().chain([bare.as_str()]) {
        let Some(actor) = actors::by_uri(forum.db(), uri).await? else {
            continue;
        };
        let fresh = actor.fetched_at.plus_days(1) > forum.now();
        if actor.local || !fresh || actor.public_key_id.as_deref() != Some(key_id) {
            continue;
        }
        // A document may list a key of another host; only that host says whose it is.
        if !Url::parse(&actor.uri).is_ok_and(|owner| same_origin(&owner, url)) {
            continue;
        }
        let key = actor.public_key_pem.as_deref().map(VerifyingKey::from_pem);
        if let Some(Ok(key)) = key {
            let known = KnownKey {
                owner: actor.uri,
                key,
            };
            keyring.known.insert(key_id.to_owned(), known.clone()).await;
            return Ok(Some(known));
        }
    }
    Ok(None)
}

async fn fetch(federation: &Federation, key_id: &str, url: &Url) -> Result<KnownKey, Unproven> {
    let http = federation.http();
    let node = federation.node_signer().await;
    let signer = Some(&node);
    let (document, from) = http.fetch_key(url, signer).await.map_err(Unproven::Key)?;
    let unlisted = |why: &str| Unproven::Key(FetchError::Malformed(why.to_owned()));
    if !same_origin(&from, url) {
        return Err(unlisted("the key is served by another host"));
    }
    let (document, owner) = match own_id(&document) {
        Some(id) if id == from => (document, id),
        _ => {
            let owner = gotosocial::key_owner(&document, key_id)
                .filter(|owner| same_origin(owner, url))
                .ok_or_else(|| unlisted("the key names no owner on its host"))?;
            let (document, from) = http
                .fetch_key(&owner, signer)
                .await
                .map_err(Unproven::Key)?;
            if own_id(&document).as_ref() != Some(&owner) || from != owner {
                return Err(unlisted("the key's owner is served with another id"));
            }
            (document, owner)
        }
    };
    let listed = wire::public_keys(&document)
        .into_iter()
        .find(|key| key.id == key_id && key.owner == owner)
        .ok_or_else(|| unlisted("the owner does not list the key"))?;
    let key = VerifyingKey::from_pem(&listed.public_key_pem)
        .map_err(|error| unlisted(&error.to_string()))?;
    let known = KnownKey {
        owner: wire::id_of(&document).unwrap_or_default().to_owned(),
        key,
    };
    let keyring = federation.keyring();
    keyring.known.insert(key_id.to_owned(), known.clone()).await;
    keyring
        .documents
        .insert(known.owner.clone(), Arc::new(document))
        .await;
    Ok(known)
}

/// Whether a key that is remembered is good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// Yes.
    No,
    /// No: it didn't verify.
    Yes,
}

/// The key for integrity proofs with this id, if `owner` lists it as its own (FEP-521a). Remembered for a day, fetched
/// at most once a minute.
pub(crate) async fn proof_key(
    federation: &Federation,
    owner: &str,
    method: &str,
    again: Again,
) -> Option<VerifyingKey> {
    let addresses = federation.http().addresses();
    let owner_url = parse_activity_id(owner, addresses).ok()?;
    let url = parse_activity_id(method, addresses).ok()?;
    if !same_origin(&owner_url, &url) || federation.is_local(&url) {
        return None;
    }
    let keyring = federation.keyring();
    if again == Again::No
        && let Some(known) = keyring.proofs.get(method).await
        && known.owner == owner
    {
        return Some(known.key);
    }
    let first = keyring
        .refreshed
        .entry(format!("proof {owner} {method}"))
        .or_insert(())
        .await
        .is_fresh();
    if !first || !federation.allows(&owner_url).await.ok()? {
        return None;
    }
    let signer = federation.node_signer().await;
    let (document, id) = federation
        .http()
        .fetch_object(&owner_url, Some(&signer))
        .await
        .ok()?;
    if id != owner_url || wire::id_of(&document) != Some(owner) {
        return None;
    }
    let raw = multibase::from_ed25519(wire::multikey(&document, method)?)?;
    let known = KnownKey {
        owner: owner.to_owned(),
        key: VerifyingKey::ed25519(&raw).ok()?,
    };
    keyring
        .proofs
        .insert(method.to_owned(), known.clone())
        .await;
    keyring
        .documents
        .insert(owner.to_owned(), Arc::new(document))
        .await;
    Some(known.key)
}

/// Whether the server of an account says, at the account's own address, that it is gone.
pub(crate) async fn is_gone(federation: &Federation, actor: &str) -> Result<bool, Unproven> {
    let url = parse_activity_id(actor, federation.http().addresses())
        .map_err(|_| Unproven::Refused(Refusal::KeyId))?;
    let signer = federation.node_signer().await;
    match federation.http().status_of(&url, Some(&signer)).await {
        Ok(status) => Ok(status == StatusCode::GONE),
        Err(error) => Err(Unproven::Key(error)),
    }
}

fn own_id(document: &Value) -> Option<Url> {
    Url::parse(document.get("id")?.as_str()?).ok()
}
