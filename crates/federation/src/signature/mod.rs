//! HTTP signatures: checking those of others, making ours.
//!
//! Two kinds are spoken, draft-cavage-http-signatures and RFC 9421. Checking has two steps so that the key can be
//! fetched in between: [`inspect`] judges everything that needs no key, [`Pending::verify`] does the arithmetic.
//! The rules are stricter than most peers': body, path, host and time must all be signed, and a header that counts
//! may stand in a request only once. Who the signer is, and whether it may do what the body says, is decided elsewhere.

mod cavage;
mod digest;
mod rfc9421;

use std::time::{Duration, UNIX_EPOCH};

use http::header::{CONTENT_TYPE, DATE, HOST, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use url::Url;

pub use cavage::sign_cavage;
pub use digest::Digest;
pub use rfc9421::sign_rfc9421;

use crate::keys::{Algorithm, KeyError, SigningKey, VerifyingKey};
use crate::origin::Origin;
use crate::synchronisation::HEADER;

/// `Signature`.
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("signature");
/// `Signature-Input` (RFC 9421).
pub(crate) const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
/// `Digest` (RFC 3230).
pub(crate) const DIGEST: HeaderName = HeaderName::from_static("digest");
/// `Content-Digest` (RFC 9530).
pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// How far a clock may be off, either side, in seconds.
const CLOCK_SKEW: i64 = 60 * 60;
/// How long a signature without an end holds.
const DEFAULT_LIFE: i64 = 5 * 60;
/// How long a signature holds at most.
const MAX_LIFE: i64 = 12 * 60 * 60;

/// The two kinds of signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// draft-cavage-http-signatures-12.
    Cavage,
    /// RFC 9421.
    Rfc9421,
}

/// Why a request is not taken as signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No signature at all.
    #[error("the request is not signed")]
    Missing,
    /// The request itself is broken: a header that counts stands twice, or holds no text.
    #[error("malformed request: {0}")]
    Malformed(&'static str),
    /// The signature can't be read.
    #[error("unreadable signature: {0}")]
    Unreadable(&'static str),
    /// A part that must be signed isn't.
    #[error("the signature does not cover {0}")]
    Uncovered(&'static str),
    /// A signed part is not in the request.
    #[error("a signed header is missing")]
    Absent,
    /// The request is for another host.
    #[error("the request is for another host")]
    Host,
    /// The digest isn't that of the body.
    #[error("the digest does not match the body")]
    Digest,
    /// Made too long ago, or in the future.
    #[error("the signature is outside its time: {0}")]
    Time(&'static str),
    /// An algorithm that we don't take, or that the key can't do.
    #[error("the signature's algorithm is not accepted")]
    Algorithm,
    /// The key's id is not an http(s) URL, or carries a user name.
    #[error("the key id is not a url")]
    KeyId,
    /// The arithmetic says no.
    #[error("the signature does not verify")]
    Invalid,
}

impl Refusal {
    /// 400 for a broken request, else 401.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}

/// What a signature is held against.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// Our host, with the port if it isn't the scheme's own, as [`Origin::authority`] writes it.
    pub authority: &'a str,
    /// `http` or `https`, from our public URL.
    pub scheme: &'a str,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// A signature that passed every check but the last, which needs the key.
#[derive(Debug, Clone)]
pub struct Pending {
    key_id: String,
    kind: Kind,
    algorithm: Option<Algorithm>,
    bases: Vec<String>,
    signature: Vec<u8>,
}

impl Pending {
    /// The id of the key, as sent: an http(s) URL without user name, often with a fragment.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Whether a header, named in lower case, is among what is signed.
    pub fn covers(&self, header: &str) -> bool {
        let line = match self.kind {
            Kind::Cavage => format!("\n{header}: "),
            Kind::Rfc9421 => format!("\n\"{header}\": "),
        };
        !self.bases.is_empty() && self.bases.iter().all(|base| base.contains(&line))
    }

    /// Which kind of signature it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the key made this signature, and is of the kind that the signature claims.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), Refusal> {
        if self
            .algorithm
            .is_some_and(|algorithm| algorithm != key.algorithm())
        {
            return Err(Refusal::Algorithm);
        }
        if self
            .bases
            .iter()
            .any(|base| key.verify(base.as_bytes(), &self.signature))
        {
            Ok(())
        } else {
            Err(Refusal::Invalid)
        }
    }
}

/// A request as it arrived.
struct Received<'a> {
    method: &'a Method,
    path_and_query: &'a str,
    headers: &'a HeaderMap,
    /// The raw body; a request with one must have it signed.
    body: Option<&'a [u8]>,
}

/// Checks everything about a request's signature that needs no key.
///
/// `path_and_query` is the path as received, before any router stripped it. `body` is the raw body of a POST, and
/// nothing for a GET. What comes back names the key to get.
pub fn inspect(
    method: &Method,
    path_and_query: &str,
    headers: &HeaderMap,
    body: Option<&[u8]>,
    policy: &Policy<'_>,
) -> Result<Pending, Refusal> {
    for (name, what) in [
        (&HOST, "host"),
        (&DATE, "date"),
        (&DIGEST, "digest"),
        (&CONTENT_DIGEST, "content-digest"),
        (&SIGNATURE, "signature"),
        (&SIGNATURE_INPUT, "signature-input"),
        (&CONTENT_TYPE, "content-type"),
    ] {
        if headers.get_all(name).iter().nth(1).is_some() {
            return Err(Refusal::Malformed(what));
        }
    }
    let body = match body {
        None if !matches!(*method, Method::GET | Method::HEAD) => Some(&[][..]),
        body => body,
    };
    let request = Received {
        method,
        path_and_query,
        headers,
        body,
    };
    if let Some(host) = headers.get(HOST) {
        let host = host.to_str().map_err(|_| Refusal::Malformed("host"))?;
        if !same_authority(host, policy) {
            return Err(Refusal::Host);
        }
    }
    if headers.contains_key(&SIGNATURE_INPUT) {
        rfc9421::inspect(&request, policy)
    } else if headers.contains_key(&SIGNATURE) {
        cavage::inspect(&request, policy)
    } else {
        Err(Refusal::Missing)
    }
}

impl<'a> Received<'a> {
    /// The one value of a header, trimmed; none or several is a refusal. A missing `Host` (HTTP/2) is ours.
    fn one(&self, name: &str, policy: &Policy<'a>) -> Result<&'a str, Refusal> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(value
                .to_str()
                .map_err(|_| Refusal::Malformed("a header is not text"))?
                .trim()),
            (None, _) if name == "host" => Ok(policy.authority),
            (None, _) => Err(Refusal::Absent),
            (Some(_), Some(_)) => Err(Refusal::Malformed("a signed header stands twice")),
        }
    }
}

/// Whether a `Host` value is ours, the scheme's own port left out or not.
fn same_authority(host: &str, policy: &Policy<'_>) -> bool {
    let origin = |authority: &str| {
        Url::parse(&format!("{}://{authority}/", policy.scheme))
            .ok()
            .filter(|url| url.username().is_empty() && url.path() == "/" && url.query().is_none())
            .and_then(|url| Origin::of(&url))
    };
    let host = host.trim();
    !host.contains(['/', '@', '?', '#', '\\'])
        && matches!((origin(host), origin(policy.authority)), (Some(a), Some(b)) if a == b)
}

/// Whether a signature made at `created`, said to hold until `expires`, still (and already) holds.
fn check_time(created: i64, expires: Option<i64>, now: i64) -> Result<(), Refusal> {
    if created > now.saturating_add(CLOCK_SKEW) {
        return Err(Refusal::Time("made in the future"));
    }
    let end = expires
        .unwrap_or_else(|| created.saturating_add(DEFAULT_LIFE))
        .min(created.saturating_add(MAX_LIFE));
    if now > end.saturating_add(CLOCK_SKEW) {
        return Err(Refusal::Time("expired"));
    }
    Ok(())
}

/// A key id that can be fetched: http(s), a host, no user name, no spaces.
fn check_key_id(key_id: &str) -> Result<(), Refusal> {
    if key_id.len() > crate::origin::MAX_ID
        || key_id
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
    {
        return Err(Refusal::KeyId);
    }
    let url = Url::parse(key_id).map_err(|_| Refusal::KeyId)?;
    if !url.username().is_empty() || url.password().is_some() || Origin::of(&url).is_none() {
        return Err(Refusal::KeyId);
    }
    Ok(())
}

/// A private key and the id under which its public half is published.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The key.
    pub key: SigningKey,
    /// Its id, such as `https://forum.ville.example/c/urbanisme#main-key`.
    pub key_id: String,
}

/// A request that is about to be signed.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// GET or POST.
    pub method: &'a Method,
    /// Where it goes.
    pub url: &'a Url,
    /// The digest of the body of a POST, exactly as it will be sent.
    pub digest: Option<&'a Digest>,
    /// The body's content type.
    pub content_type: Option<&'a str>,
    /// What is said of followers (FEP-8fcf).
    pub synchronisation: Option<&'a str>,
    /// Now, in seconds since 1970.
    pub now: i64,
}

/// Why a request could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The URL has no host, or a part of it can't stand in a header.
    #[error("cannot sign a request to this url")]
    Url,
    /// The key refused.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Outgoing<'_> {
    fn authority(&self) -> Result<String, SignError> {
        let host = self.url.host_str().ok_or(SignError::Url)?;
        Ok(match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    }

    fn path_and_query(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    fn date(&self) -> String {
        let seconds = u64::try_from(self.now).unwrap_or_default();
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    /// What both kinds send: host, date, content type.
    fn base_headers(&self) -> Result<HeaderMap, SignError> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, header_value(&self.authority()?)?);
        headers.insert(DATE, header_value(&self.date())?);
        if let (Some(content_type), Some(_)) = (self.content_type, self.digest) {
            headers.insert(CONTENT_TYPE, header_value(content_type)?);
        }
        if let Some(offer) = self.synchronisation {
            headers.insert(HeaderName::from_static(HEADER), header_value(offer)?);
        }
        Ok(headers)
    }
}

fn header_value(text: &str) -> Result<HeaderValue, SignError> {
    HeaderValue::from_str(text).map_err(|_| SignError::Url)
}

#[cfg(test)]
mod tests;
