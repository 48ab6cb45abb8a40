//! Digests of bodies: `Digest` (RFC 3230, as the drafts use it) and `Content-Digest` (RFC 9530).
//!
//! Only SHA-256 counts; entries of other algorithms are passed over. It decides nothing about signatures.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sfv::{BareItem, Dictionary, ListEntry, Parser};

use crate::keys::BASE64_LENIENT;

/// The digest of a body, computed once however often the body is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest(Arc<str>);

impl Digest {
    /// Of this body.
    pub fn of(body: &[u8]) -> Self {
        Self(STANDARD.encode(sha256(body)).into())
    }

    /// The value of a `Digest` header.
    pub fn header(&self) -> String {
        format!("SHA-256={}", self.0)
    }

    /// The value of a `Content-Digest` header.
    pub fn content_header(&self) -> String {
        format!("sha-256=:{}:", self.0)
    }
}

/// Whether a `Digest` value speaks for this body: at least one SHA-256 entry, and none that is wrong.
pub(super) fn digest_matches(header: &str, body: &[u8]) -> bool {
    let right = sha256(body);
    let mut seen = false;
    for entry in header.split(',') {
        let Some((algorithm, value)) = entry.trim().split_once('=') else {
            return false;
        };
        if algorithm.trim().eq_ignore_ascii_case("sha-256") {
            if BASE64_LENIENT.decode(value.trim()).ok().as_deref() != Some(right.as_slice()) {
                return false;
            }
            seen = true;
        }
    }
    seen
}

/// Whether a `Content-Digest` value speaks for this body. A repeated `sha-256` key is refused.
pub(super) fn content_digest_matches(header: &str, body: &[u8]) -> bool {
    let repeated = header.to_ascii_lowercase().matches("sha-256=").count() != 1;
    let Ok(entries) = Parser::new(header).parse::<Dictionary>() else {
        return false;
    };
    match entries.get("sha-256") {
        Some(ListEntry::Item(item)) if !repeated => {
            matches!(&item.bare_item, BareItem::ByteSequence(value) if *value == sha256(body))
        }
        _ => false,
    }
}

fn sha256(body: &[u8]) -> Vec<u8> {
    digest(&SHA256, body).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_of_the_body_matches_in_either_case_and_beside_others() {
        let right = Digest::of(b"body").header();
        assert!(digest_matches(&right, b"body"));
        assert!(digest_matches(
            &right.replace("SHA-256", "sha-256"),
            b"body"
        ));
        assert!(digest_matches(&format!("SHA-512=AAAA, {right}"), b"body"));
        assert!(!digest_matches(&right, b"bodY"));
    }

    #[test]
    fn a_list_with_one_wrong_sha_256_is_refused_in_any_order() {
        let (right, wrong) = (Digest::of(b"body").header(), Digest::of(b"other").header());
        assert!(!digest_matches(&format!("{wrong},{right}"), b"body"));
        assert!(!digest_matches(&format!("{right},{wrong}"), b"body"));
    }

    #[test]
    fn a_digest_without_sha_256_says_nothing() {
        for header in ["", "SHA-512=AAAA", "SHA-256", "SHA-256=", "=", "SHA-256=%%"] {
            assert!(!digest_matches(header, b"body"), "{header}");
        }
    }

    #[test]
    fn a_content_digest_is_one_dictionary_entry() {
        let right = Digest::of(b"body").content_header();
        assert!(content_digest_matches(&right, b"body"));
        assert!(content_digest_matches(
            &format!("sha-512=:AAAA:, {right}"),
            b"body"
        ));
        assert!(!content_digest_matches(&right, b"other"));
        let wrong = Digest::of(b"other").content_header();
        assert!(!content_digest_matches(
            &format!("{wrong}, {right}"),
            b"body"
        ));
        assert!(!content_digest_matches(
            &format!("{right}, {wrong}"),
            b"body"
        ));
        assert!(!content_digest_matches("sha-256=abc", b"body"));
        assert!(!content_digest_matches("", b"body"));
    }
}
