//! The one client for everything that leaves the node on someone else's word: fetches, deliveries, previews.
//!
//! It resolves a name once, drops every address that may not be reached, and connects to what is left, so that a
//! name can't change between check and use. It ignores proxies of the environment, follows redirects by hand with
//! every hop checked, and bounds time, size and connections per host. It judges no content beyond its type and id.

mod network;

use std::fmt;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, DATE, ETAG, HOST, IF_NONE_MATCH,
    LOCATION, RETRY_AFTER,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use moka::future::Cache;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::address::AddressPolicy;
use crate::context::ACTIVITY_STREAMS;
use crate::origin::{Origin, host_address, parse_id, same_origin};
use crate::signature::{Outgoing, Signer, sign_cavage};
use crate::wire;
pub use network::Names;
use network::{GuardedResolver, failure};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A key is waited for inside somebody's request to our inbox.
const KEY_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_REDIRECTS: usize = 3;
/// Body of an answer to a delivery: read this far, so that the connection can be used again.
const MAX_ANSWER: usize = 16 * 1024;
/// Seconds by which two clocks may differ before signatures are refused: the strictest of known peers.
const CLOCK_BOUND: i64 = 240;
/// Connections at once to one host, for fetches and for deliveries each.
const PER_HOST: usize = 4;
/// Deliveries in flight to one host: enough for a hundred a second to one that is 300 ms away.
const POSTS_PER_HOST: usize = 64;
/// Hosts whose bounds are remembered.
const HOSTS: u64 = 10_000;
/// Failed key fetches that are remembered.
const FAILURES: u64 = 20_000;
/// How long a refusal (4xx) is remembered.
const REFUSAL_LIFE: Duration = Duration::from_mins(10);
/// How long a failure of the network or of the peer (5xx) is remembered.
const FAILURE_LIFE: Duration = Duration::from_mins(1);

/// Seconds since 1970; the caller's clock, so that tests can move it.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How the client behaves.
#[derive(Clone)]
pub struct HttpOptions {
    /// Where connections may go.
    pub addresses: AddressPolicy,
    /// How names are resolved; none asks the system.
    pub names: Option<Names>,
    /// Further certificate authorities, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// `User-Agent`; must not look like a browser's.
    pub user_agent: String,
    /// Our own origin, which is never fetched and never delivered to.
    pub own: Option<Origin>,
    /// The clock for `Date` and signatures.
    pub now: Now,
    /// How long a whole fetch or delivery may take, waiting for a place included.
    pub total_timeout: Duration,
}

impl HttpOptions {
    /// Options of an ordinary node: public addresses only, 30 seconds in all.
    pub fn new(user_agent: impl Into<String>, now: Now) -> Self {
        Self {
            addresses: AddressPolicy::default(),
            names: None,
            ca_pem: None,
            user_agent: user_agent.into(),
            own: None,
            now,
            total_timeout: Duration::from_secs(30),
        }
    }
}

/// Why the client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file of certificate authorities holds none, or is broken.
    #[error("no certificate in the file of certificate authorities")]
    Ca,
    /// The library refused, for instance because the system has no certificate authorities.
    #[error("could not make the http client: {0}")]
    Client(#[source] reqwest::Error),
}

/// Why a fetch or delivery gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// 404.
    #[error("not found")]
    NotFound,
    /// 410.
    #[error("gone")]
    Gone,
    /// Another status than 200.
    #[error("refused with status {0}")]
    Refused(u16),
    /// Not of the type that was asked for.
    #[error("of type {0:?}, which was not asked for")]
    WrongType(String),
    /// Larger than we take.
    #[error("too large")]
    TooLarge,
    /// Too slow.
    #[error("timed out")]
    Timeout,
    /// So much is being asked of the host that this had no turn.
    #[error("too much is asked of the host at once")]
    Busy,
    /// No connection, or it broke.
    #[error("network: {0}")]
    Network(String),
    /// We don't go there.
    #[error("not fetched: {0}")]
    Blocked(&'static str),
    /// It came, but isn't what it should be.
    #[error("{0}")]
    Malformed(String),
}

impl From<wire::Malformed> for FetchError {
    fn from(error: wire::Malformed) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl FetchError {
    /// Whether trying again later could help.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Refused(status) => *status >= 500 || matches!(status, 408 | 425 | 429),
            Self::Timeout | Self::Busy | Self::Network(_) => true,
            _ => false,
        }
    }

    /// Whether the origin says that there is no such thing (any more).
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::NotFound | Self::Gone)
    }
}

/// What is asked for: the `Accept` header, the types that will do, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    accept: &'static str,
    types: Types,
    max_wire: usize,
    max_body: usize,
}

#[derive(Debug, Clone, Copy)]
enum Types {
    ActivityPub,
    Json,
    Xml,
    Any,
}

impl Wanted {
    /// An ActivityPub document.
    pub const ACTIVITY: Self = Self {
        accept: r#"application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams""#,
        types: Types::ActivityPub,
        max_wire: 1024 * 1024,
        max_body: 4 * 1024 * 1024,
    };
    /// A WebFinger answer.
    pub const JRD: Self = Self {
        accept: "application/jrd+json, application/json",
        types: Types::Json,
        max_wire: 100 * 1024,
        max_body: 100 * 1024,
    };
    /// A NodeInfo document.
    pub const NODEINFO: Self = Self {
        accept: "application/json",
        ..Self::JRD
    };
    /// A host-meta document.
    pub const HOST_META: Self = Self {
        accept: "application/xrd+xml, application/xml, text/xml",
        types: Types::Xml,
        ..Self::JRD
    };

    /// Anything, up to this many bytes; the caller looks at the type.
    pub const fn any(accept: &'static str, max_bytes: usize) -> Self {
        Self {
            accept,
            types: Types::Any,
            max_wire: max_bytes,
            max_body: max_bytes,
        }
    }
}

/// What a fetch gave.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it came from, after redirects.
    pub final_url: Url,
    /// The type as sent.
    pub content_type: String,
    /// The body, decompressed.
    pub body: Bytes,
    /// `ETag` as sent.
    pub etag: Option<String>,
}

/// What came of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostOutcome {
    /// The status.
    pub status: StatusCode,
    /// How long the peer asks us to wait.
    pub retry_after: Option<Duration>,
    /// How many seconds its clock is off ours, when that is more than signatures bear.
    pub clock_off: Option<i64>,
}

/// The client. Clones share connections and bounds.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    client: reqwest::Client,
    options: HttpOptions,
    fetches: Cache<String, Arc<Semaphore>>,
    posts: Cache<String, Arc<Semaphore>>,
    keys: Cache<String, Arc<Semaphore>>,
    failures: Cache<String, FetchError>,
    /// Hosts that asked us to come back later, and when.
    rests: Cache<String, Instant>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

impl Http {
    /// Makes the client; there is one in a node.
    pub fn new(options: HttpOptions) -> Result<Self, SetupError> {
        let ca = match &options.ca_pem {
            None => Vec::new(),
            Some(pem) => reqwest::Certificate::from_pem_bundle(pem).map_err(|_| SetupError::Ca)?,
        };
        if options.ca_pem.is_some() && ca.is_empty() {
            return Err(SetupError::Ca);
        }
        // The TLS backend is rustls with aws-lc-rs: reqwest's `rustls` feature names that provider itself.
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_rustls()
                .dns_resolver(Arc::new(GuardedResolver {
                    policy: options.addresses.clone(),
                    names: options.names.clone(),
                }))
                .https_only(!options.addresses.insecure)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .no_gzip()
                .referer(false)
                .user_agent(&options.user_agent)
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_idle_timeout(Duration::from_secs(30))
                .pool_max_idle_per_host(POSTS_PER_HOST)
        };
        let client = match builder().tls_certs_merge(ca.clone()).build() {
            // A development machine may have no authorities at all, and needs none for plain http.
            Err(_) if options.addresses.insecure => builder().tls_certs_only(ca).build(),
            built => built,
        };
        let hosts = || {
            Cache::builder()
                .max_capacity(HOSTS)
                .time_to_idle(Duration::from_mins(10))
                .build()
        };
        Ok(Self(Arc::new(Inner {
            client: client.map_err(SetupError::Client)?,
            options,
            fetches: hosts(),
            posts: hosts(),
            keys: hosts(),
            rests: Cache::builder()
                .max_capacity(HOSTS)
                .time_to_live(Duration::from_hours(24))
                .build(),
            failures: Cache::builder()
                .max_capacity(FAILURES)
                .expire_after(FailureLife)
                .build(),
        })))
    }

    /// Where connections may go; ids are judged by the same policy.
    pub fn addresses(&self) -> &AddressPolicy {
        &self.0.options.addresses
    }

    /// Fetches a document. Redirects are followed at most three times, each as if asked for anew.
    /// With a signer every request is signed; if a peer answers 401 to a URL with a query, it is asked once more
    /// with the query left out of the signature, as some peers compute it.
    pub async fn fetch_document(
        &self,
        url: &Url,
        wanted: Wanted,
        signer: Option<&Signer>,
    ) -> Result<Fetched, FetchError> {
        let limit = self.0.options.total_timeout;
        within(limit, self.follow(url, wanted, signer, None)).await
    }

    /// The same, unless it still has this tag, quotes included: then none.
    pub async fn fetch_unless(
        &self,
        url: &Url,
        wanted: Wanted,
        signer: Option<&Signer>,
        tag: &str,
    ) -> Result<Option<Fetched>, FetchError> {
        let tag = HeaderValue::from_str(tag)
            .map_err(|_| FetchError::Malformed("a tag that can't be sent".to_owned()))?;
        let limit = self.0.options.total_timeout;
        match within(limit, self.follow(url, wanted, signer, Some(&tag))).await {
            Err(FetchError::Refused(304)) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Fetches an ActivityPub object and makes sure that its origin stands behind it: the object's id is the URL it
    /// came from, or is fetched once itself. Answers the object and its id.
    pub async fn fetch_object(
        &self,
        url: &Url,
        signer: Option<&Signer>,
    ) -> Result<(Value, Url), FetchError> {
        let first = self.fetch_document(url, Wanted::ACTIVITY, signer).await?;
        let object = wire::parse(&first.body)?;
        let id = self.id(&object)?;
        if id == first.final_url {
            return Ok((object, id));
        }
        let second = self.fetch_document(&id, Wanted::ACTIVITY, signer).await?;
        let object = wire::parse(&second.body)?;
        if self.id(&object)? != id || !same_origin(&id, &second.final_url) {
            return Err(FetchError::Malformed(format!(
                "what {id} serves has another id"
            )));
        }
        Ok((object, id))
    }

    /// How long a host asked us to wait before the next fetch, if it did and that isn't over.
    pub async fn rest_of(&self, host: &str) -> Option<Duration> {
        let until = self.0.rests.get(host).await?;
        let rest = until.checked_duration_since(Instant::now())?;
        (!rest.is_zero()).then_some(rest)
    }

    /// Fetches the document behind a key id, for somebody who waits: five seconds at most, one at a time per host,
    /// and not at all if it failed lately (ten minutes for a refusal, one for the network). Answers the document and
    /// where it came from; whether its owner lists the key is for the caller to find out.
    pub async fn fetch_key(
        &self,
        key_id: &Url,
        signer: Option<&Signer>,
    ) -> Result<(Value, Url), FetchError> {
        let mut url = key_id.clone();
        url.set_fragment(None);
        self.check(&url)?;
        let host = authority(&url)?;
        let _permit = within(KEY_TIMEOUT, permit(&self.0.keys, &host, 1))
            .await
            .map_err(|_| FetchError::Busy)?;
        for known in [url.as_str(), &host] {
            if let Some(failure) = self.0.failures.get(known).await {
                return Err(failure);
            }
        }
        let outcome = match within(
            KEY_TIMEOUT,
            self.follow(&url, Wanted::ACTIVITY, signer, None),
        )
        .await
        {
            Ok(fetched) => wire::parse(&fetched.body)
                .map(|value| (value, fetched.final_url))
                .map_err(FetchError::from),
            Err(error) => Err(error),
        };
        if let Err(failure) = &outcome {
            // A host that can't be reached has no key at all; one address of it that is slow says nothing of others.
            let key = match failure {
                FetchError::Network(_) => host,
                _ => url.to_string(),
            };
            self.0.failures.insert(key, failure.clone()).await;
        }
        outcome
    }

    /// The status that an address itself answers with, for somebody who waits: no redirect is followed, the body is not
    /// read.
    pub async fn status_of(
        &self,
        url: &Url,
        signer: Option<&Signer>,
    ) -> Result<StatusCode, FetchError> {
        let mut url = url.clone();
        url.set_fragment(None);
        self.check(&url)?;
        let host = authority(&url)?;
        let _permit = within(KEY_TIMEOUT, permit(&self.0.keys, &host, 1))
            .await
            .map_err(|_| FetchError::Busy)?;
        let answer = within(KEY_TIMEOUT, self.get(&url, Wanted::ACTIVITY, signer, None)).await?;
        Ok(answer.status())
    }

    /// Delivers a body. `headers` are those of the signer, whose `Host` the connection sets itself. No redirect is
    /// followed; the answer's body is read a little and dropped.
    pub async fn post(
        &self,
        url: &Url,
        body: Bytes,
        headers: HeaderMap,
    ) -> Result<PostOutcome, FetchError> {
        within(self.0.options.total_timeout, async {
            self.check(url)?;
            let _permit = permit(&self.0.posts, &authority(url)?, POSTS_PER_HOST).await?;
            let mut headers = headers;
            headers.remove(HOST);
            let request = self.0.client.post(url.clone()).headers(headers).body(body);
            let mut response = request.send().await.map_err(failure)?;
            let outcome = PostOutcome {
                status: response.status(),
                retry_after: self.retry_after(response.headers()),
                clock_off: self.clock_off(response.headers()),
            };
            let mut read = 0;
            while let Ok(Some(chunk)) = response.chunk().await {
                read += chunk.len();
                if read > MAX_ANSWER {
                    break;
                }
            }
            Ok(outcome)
        })
        .await
    }

    async fn follow(
        &self,
        url: &Url,
        wanted: Wanted,
        signer: Option<&Signer>,
        tag: Option<&HeaderValue>,
    ) -> Result<Fetched, FetchError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            url.set_fragment(None);
            self.check(&url)?;
            let _permit = permit(&self.0.fetches, &authority(&url)?, PER_HOST).await?;
            let response = self.get(&url, wanted, signer, tag).await?;
            if matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                let location = response
                    .headers()
                    .get(LOCATION)
                    .and_then(|value| value.to_str().ok());
                url = location
                    .and_then(|location| url.join(location).ok())
                    .ok_or_else(|| FetchError::Malformed("a redirect to nowhere".to_owned()))?;
                continue;
            }
            if matches!(response.status().as_u16(), 429 | 503) {
                self.note_rest(&url, response.headers()).await;
            }
            return read(response, url, wanted).await;
        }
        Err(FetchError::Blocked("too many redirects"))
    }

    async fn note_rest(&self, url: &Url, headers: &HeaderMap) {
        if let (Some(rest), Ok(host)) = (self.retry_after(headers), authority(url)) {
            let until = Instant::now() + rest.min(Duration::from_hours(24));
            self.0.rests.insert(host, until).await;
        }
    }

    /// One GET, signed if there is a signer, tried again without query in the signature after a 401.
    async fn get(
        &self,
        url: &Url,
        wanted: Wanted,
        signer: Option<&Signer>,
        tag: Option<&HeaderValue>,
    ) -> Result<reqwest::Response, FetchError> {
        let response = self.get_once(url, url, wanted, signer, tag).await?;
        if response.status() == StatusCode::UNAUTHORIZED
            && signer.is_some()
            && url.query().is_some()
        {
            let mut bare = url.clone();
            bare.set_query(None);
            return self.get_once(url, &bare, wanted, signer, tag).await;
        }
        Ok(response)
    }

    async fn get_once(
        &self,
        url: &Url,
        signed_url: &Url,
        wanted: Wanted,
        signer: Option<&Signer>,
        tag: Option<&HeaderValue>,
    ) -> Result<reqwest::Response, FetchError> {
        let mut headers = match signer {
            None => HeaderMap::new(),
            Some(signer) => {
                let request = Outgoing {
                    method: &Method::GET,
                    url: signed_url,
                    digest: None,
                    content_type: None,
                    synchronisation: None,
                    now: (self.0.options.now)(),
                };
                sign_cavage(signer, &request)
                    .map_err(|error| FetchError::Malformed(error.to_string()))?
            }
        };
        headers.remove(HOST);
        headers.insert(ACCEPT, HeaderValue::from_static(wanted.accept));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if let Some(tag) = tag {
            headers.insert(IF_NONE_MATCH, tag.clone());
        }
        self.0
            .client
            .get(url.clone())
            .headers(headers)
            .send()
            .await
            .map_err(failure)
    }

    /// Whether we go there at all. Names are judged once more when they have become addresses.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        let policy = &self.0.options.addresses;
        match url.scheme() {
            "https" => {}
            "http" if policy.insecure => {}
            _ => return Err(FetchError::Blocked("the scheme is not https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Blocked("the url carries a user name"));
        }
        if host_address(url).is_some_and(|ip| !policy.permits_literal(ip)) {
            return Err(FetchError::Blocked("the host is an address"));
        }
        if self.0.options.own.is_some() && Origin::of(url) == self.0.options.own {
            return Err(FetchError::Blocked("it is on this node"));
        }
        Ok(())
    }

    fn id(&self, object: &Value) -> Result<Url, FetchError> {
        let id = object
            .get("id")
            .and_then(Value::as_str)
            .ok_or_else(|| FetchError::Malformed("an object without id".to_owned()))?;
        parse_id(id, self.addresses()).map_err(|error| FetchError::Malformed(error.to_string()))
    }

    fn clock_off(&self, headers: &HeaderMap) -> Option<i64> {
        let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
        let date = date.duration_since(std::time::UNIX_EPOCH).ok()?;
        let off = i64::try_from(date.as_secs()).ok()? - (self.0.options.now)();
        (off.abs() > CLOCK_BOUND).then_some(off)
    }

    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(value)
            .ok()?
            .duration_since(std::time::UNIX_EPOCH)
            .ok()?;
        let now = Duration::from_secs(u64::try_from((self.0.options.now)()).ok()?);
        Some(until.saturating_sub(now))
    }
}

/// How long each failure of a key fetch is remembered.
struct FailureLife;

impl moka::Expiry<String, FetchError> for FailureLife {
    fn expire_after_create(
        &self,
        _: &String,
        failure: &FetchError,
        _: Instant,
    ) -> Option<Duration> {
        let refusal = match failure {
            FetchError::Refused(status) => (400..500).contains(status),
            FetchError::NotFound
            | FetchError::Gone
            | FetchError::WrongType(_)
            | FetchError::Malformed(_) => true,
            _ => false,
        };
        Some(if refusal { REFUSAL_LIFE } else { FAILURE_LIFE })
    }
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, FetchError>>,
) -> Result<T, FetchError> {
    tokio::time::timeout(limit, Box::pin(work))
        .await
        .unwrap_or(Err(FetchError::Timeout))
}

async fn permit(
    places: &Cache<String, Arc<Semaphore>>,
    host: &str,
    count: usize,
) -> Result<OwnedSemaphorePermit, FetchError> {
    let semaphore = places
        .get_with_by_ref(host, async { Arc::new(Semaphore::new(count)) })
        .await;
    semaphore
        .acquire_owned()
        .await
        .map_err(|_| FetchError::Timeout)
}

fn authority(url: &Url) -> Result<String, FetchError> {
    Origin::of(url)
        .map(|origin| origin.authority())
        .ok_or(FetchError::Blocked("the url has no host"))
}

/// Reads an answer of status 200 and the wanted type, within its bounds.
async fn read(
    mut response: reqwest::Response,
    final_url: Url,
    wanted: Wanted,
) -> Result<Fetched, FetchError> {
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Err(FetchError::NotFound),
        StatusCode::GONE => return Err(FetchError::Gone),
        other => return Err(FetchError::Refused(other.as_u16())),
    }
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
            .map(str::to_owned)
    };
    let content_type = header(CONTENT_TYPE).unwrap_or_default();
    let accepted = match wanted.types {
        Types::ActivityPub => is_activitypub(&content_type),
        Types::Json => matches!(
            essence(&content_type).as_str(),
            "application/jrd+json" | "application/json" | "application/activity+json"
        ),
        Types::Xml => matches!(
            essence(&content_type).as_str(),
            "application/xrd+xml" | "application/xml" | "text/xml"
        ),
        Types::Any => true,
    };
    if !accepted {
        return Err(FetchError::WrongType(content_type));
    }
    let etag = header(ETAG);
    let gzip = match header(CONTENT_ENCODING)
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "" | "identity" => false,
        "gzip" | "x-gzip" => true,
        _ => {
            return Err(FetchError::WrongType(
                "an unknown content encoding".to_owned(),
            ));
        }
    };
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > wanted.max_wire {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    if gzip {
        body = gunzip(&body, wanted.max_body)?;
    }
    Ok(Fetched {
        final_url,
        content_type,
        body: Bytes::from(body),
        etag,
    })
}

fn gunzip(packed: &[u8], max: usize) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX);
    flate2::read::MultiGzDecoder::new(packed)
        .take(limit.saturating_add(1))
        .read_to_end(&mut body)
        .map_err(|_| FetchError::Malformed("broken gzip".to_owned()))?;
    if body.len() > max {
        Err(FetchError::TooLarge)
    } else {
        Ok(body)
    }
}

/// Whether a content type is one of ActivityPub's: `application/activity+json`, or `application/ld+json` with the
/// ActivityStreams profile. Spacing, order, case and further parameters don't matter.
pub fn is_activitypub(content_type: &str) -> bool {
    match essence(content_type).as_str() {
        "application/activity+json" => true,
        "application/ld+json" => parameters(content_type).into_iter().any(|(name, value)| {
            name == "profile"
                && value
                    .split_ascii_whitespace()
                    .any(|profile| profile == ACTIVITY_STREAMS)
        }),
        _ => false,
    }
}

/// The type without its parameters, in lower case.
fn essence(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// The parameters of a content type: names in lower case, values without quotes.
fn parameters(content_type: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = content_type.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => match after.split_once(';') {
                Some((value, next)) => (value, next),
                None => (after, ""),
            },
        };
        found.push((
            name.trim_matches([' ', '\t', ';']).to_ascii_lowercase(),
            value.trim().to_owned(),
        ));
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests;
