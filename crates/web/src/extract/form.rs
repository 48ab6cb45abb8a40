//! Forms, taken only from our own pages.
//!
//! Every form has a hidden field `csrf`. Of a person it holds the token of the session, masked anew on each page so
//! that compression can't betray it (BREACH). Of a visitor, who has no cookie, it holds a token that the node signed;
//! that alone would not bind it to a browser, so `Origin` and `Sec-Fetch-Site` must say that the form is ours, too.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, OriginalUri, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN, REFERER};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parvis_forum::{Config, Timestamp};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::CurrentViewer;
use super::kept::{Keeper, KeptForm};
use crate::cookies::local_path;
use crate::error::AppError;
use crate::state::AppState;

/// The name of the hidden field.
pub const FIELD: &str = "csrf";
/// How long a visitor's form may stay open.
const VISITOR_LIFE_MS: i64 = 24 * 3_600_000;
/// Length of a visitor's token: its end, a nonce, a hash.
const VISITOR_BYTES: usize = 48;
const FORM: &str = "application/x-www-form-urlencoded";

/// A form sent from one of our pages: its fields, after the token was checked. A field may repeat. Buttons without
/// fields take `Form<Empty>`.
#[derive(Clone, Copy, Debug)]
pub struct Form<T>(pub T);

/// The fields of a form that has none but the token.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct Empty {}

impl<T: DeserializeOwned> FromRequest<AppState> for Form<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        let (mut parts, body) = request.into_parts();
        let current = CurrentViewer::from_request_parts(&mut parts, state).await?;
        let back = back(&parts);
        let refused = |signed_out| AppError::FormRefused {
            back: back.clone(),
            signed_out,
        };
        if !is_ours(&parts.headers, state.config()) {
            return Err(refused(false));
        }
        let extensions = parts.extensions.clone();
        let action = action(&parts);
        // Without a word of the browser another site could have filled it in.
        let vouched = ["sec-fetch-site", "origin"]
            .iter()
            .any(|name| parts.headers.contains_key(*name));
        let of_form = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM));
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await?;
        if !of_form && !body.is_empty() {
            return Err(AppError::UnsupportedMedia);
        }
        if vouched {
            Keeper::keep(&extensions, || {
                let fields = url::form_urlencoded::parse(&body).into_owned();
                KeptForm::new(&action, fields)
            });
        }
        let token = url::form_urlencoded::parse(&body)
            .find(|(name, _)| name == FIELD)
            .map(|(_, value)| value)
            .unwrap_or_default();
        let genuine = match current.session() {
            Some(session) => unmask(&token).is_some_and(|token| session.csrf_matches(&token)),
            None => state.form_tokens.verify(&token, state.now()),
        };
        if !genuine {
            // A token that isn't a visitor's was made for a session, which is over.
            let over = current.session().is_none() && !token.is_empty() && !is_visitors(&token);
            return Err(refused(over));
        }
        let fields = Request::builder()
            .method("POST")
            .header(CONTENT_TYPE, FORM)
            .body(body.into())
            .map_err(AppError::internal)?;
        axum_extra::extract::Form::from_request(fields, state)
            .await
            .map(|axum_extra::extract::Form(fields)| Self(fields))
            .map_err(|rejection| AppError::BadRequest(rejection.to_string()))
    }
}

/// Path of the page that the form was on, as the browser says.
pub(crate) fn back(parts: &Parts) -> String {
    parts
        .headers
        .get(REFERER)
        .and_then(|value| value.to_str().ok())
        .and_then(|referer| url::Url::parse(referer).ok())
        .map(|page| match page.query() {
            Some(query) => format!("{}?{query}", page.path()),
            None => page.path().to_owned(),
        })
        .filter(|path| local_path(path).is_some())
        .unwrap_or_else(|| parts.uri.path().to_owned())
}

/// Path and query that the form was sent to, as the browser wrote them.
fn action(parts: &Parts) -> String {
    // A nested router sees less of the path.
    parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |original| &original.0)
        .path_and_query()
        .map_or("/", PathAndQuery::as_str)
        .to_owned()
}

/// True if the token has the form of a visitor's, whether or not it holds.
fn is_visitors(token: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(token)
        .is_ok_and(|bytes| bytes.len() == VISITOR_BYTES)
}

/// True unless the browser says that the form came from another site. Programs that send neither header pass: the
/// token decides.
fn is_ours(headers: &HeaderMap, config: &Config) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text("sec-fetch-site");
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = text(ORIGIN.as_str()) else {
        return !headers.contains_key(ORIGIN);
    };
    if origin == config.server.public_url.origin()
        || (site == Some("same-origin") && origin != "null")
    {
        return true;
    }
    // Reached under another name than the public one, over plain http, from a browser without `Sec-Fetch-Site`.
    !config.is_https()
        && origin
            .strip_prefix("http://")
            .is_some_and(|authority| text(HOST.as_str()) == Some(authority))
}

/// Makes and checks the tokens of visitors' forms, and masks those of sessions.
#[derive(Clone)]
pub struct FormTokens {
    key: [u8; 32],
}

impl std::fmt::Debug for FormTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FormTokens(…)")
    }
}

impl FormTokens {
    /// With the node's key.
    pub fn new(key: &str) -> Self {
        Self {
            key: Sha256::digest(key.as_bytes()).into(),
        }
    }

    /// The token for the forms of this viewer's page.
    pub fn issue(&self, current: &CurrentViewer, now: Timestamp) -> String {
        match current.session() {
            Some(session) => mask(&session.session.csrf),
            None => self.sign(now.0.saturating_add(VISITOR_LIFE_MS), rand::random()),
        }
    }

    /// `end, nonce, tag`, where the tag is the hash of the hash under the key: nothing can be appended to it.
    fn sign(&self, end: i64, nonce: [u8; 8]) -> String {
        let mut token = Vec::with_capacity(VISITOR_BYTES);
        token.extend_from_slice(&end.to_be_bytes());
        token.extend_from_slice(&nonce);
        let inner = Sha256::new()
            .chain_update(self.key)
            .chain_update(&token)
            .finalize();
        let tag = Sha256::new()
            .chain_update(self.key)
            .chain_update(inner)
            .finalize();
        token.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(token)
    }

    fn verify(&self, token: &str, now: Timestamp) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        let (Some(end), Some(nonce)) = (
            bytes.first_chunk::<8>(),
            bytes.get(8..16).and_then(|part| part.try_into().ok()),
        ) else {
            return false;
        };
        let end = i64::from_be_bytes(*end);
        // Hashes of both, so that the time of the comparison says nothing of the tag.
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        end > now.0 && digest(&self.sign(end, nonce)) == digest(token)
    }
}

/// `pad, token xor pad`: another text each time.
fn mask(token: &str) -> String {
    let mut bytes: Vec<u8> = token.bytes().map(|_| rand::random()).collect();
    let masked: Vec<u8> = bytes
        .iter()
        .zip(token.bytes())
        .map(|(pad, byte)| pad ^ byte)
        .collect();
    bytes.extend(masked);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn unmask(text: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (pad, masked) = bytes.split_at_checked(bytes.len() / 2)?;
    String::from_utf8(pad.iter().zip(masked).map(|(a, b)| a ^ b).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitors_token_holds_for_a_day_and_only_under_its_key() {
        let tokens = FormTokens::new("key");
        let now = Timestamp(1_000_000);
        let token = tokens.issue(&CurrentViewer::anonymous(), now);
        assert!(tokens.verify(&token, now));
        assert!(!tokens.verify(&token, now.plus_ms(VISITOR_LIFE_MS)));
        assert!(!FormTokens::new("other").verify(&token, now));
        let cut: String = token.chars().take(20).collect();
        assert!(!tokens.verify("", now) && !tokens.verify(&cut, now));
    }

    #[test]
    fn a_masked_token_is_another_each_time_and_comes_back() {
        let token = "kQ3_x-";
        assert_ne!(mask(token), mask(token));
        assert_eq!(unmask(&mask(token)).as_deref(), Some(token));
        assert_eq!(unmask("%"), None);
        assert_eq!(unmask("").as_deref(), Some(""));
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        let config = Config::default();
        let sent = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            is_ours(&headers, &config)
        };
        assert!(sent(&[]));
        assert!(sent(&[("origin", "http://localhost:8080")]));
        assert!(sent(&[("origin", "http://10.0.0.7"), ("host", "10.0.0.7")]));
        assert!(sent(&[
            ("origin", "http://127.0.0.1:8080"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!sent(&[("origin", "null")]));
        assert!(!sent(&[
            ("origin", "null"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(!sent(&[
            ("origin", "https://evil.example"),
            ("host", "localhost:8080")
        ]));
        assert!(!sent(&[("sec-fetch-site", "cross-site")]));
        assert!(!sent(&[
            ("origin", "http://localhost:8080"),
            ("sec-fetch-site", "same-site")
        ]));
    }
}
