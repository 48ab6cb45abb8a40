//! What is taken and what is refused, with real keys.

use std::fmt::Write as _;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::keys::tests::{ed25519_pem, pair};

const NOW: i64 = 1_767_690_000;
const BODY: &[u8] = br#"{"type":"Create"}"#;
const KEY_ID: &str = "https://good.example/u/bob#main-key";

fn policy() -> Policy<'static> {
    Policy {
        authority: "forum.ville.example",
        scheme: "https",
        now: NOW,
    }
}

fn signer() -> Signer {
    Signer {
        key: SigningKey::from_pkcs8_pem(&pair().private_pem).unwrap(),
        key_id: KEY_ID.to_owned(),
    }
}

fn public() -> VerifyingKey {
    VerifyingKey::from_pem(&pair().public_pem).unwrap()
}

fn inbox() -> Url {
    Url::parse("https://forum.ville.example/inbox").unwrap()
}

fn outgoing<'a>(
    method: &'a Method,
    url: &'a Url,
    digest: Option<&'a Digest>,
    now: i64,
) -> Outgoing<'a> {
    Outgoing {
        method,
        url,
        digest,
        content_type: Some("application/activity+json"),
        synchronisation: None,
        now,
    }
}

fn signed_post(kind: Kind, now: i64) -> HeaderMap {
    let url = inbox();
    let digest = Digest::of(BODY);
    let request = outgoing(&Method::POST, &url, Some(&digest), now);
    match kind {
        Kind::Cavage => sign_cavage(&signer(), &request).unwrap(),
        Kind::Rfc9421 => sign_rfc9421(&signer(), &request).unwrap(),
    }
}

/// Both steps at once, for a POST to our inbox.
fn receive(headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    inspect(&Method::POST, "/inbox", headers, Some(body), &policy())?.verify(&public())
}

/// A cavage POST with whatever parameters and headers a test wants, rightly signed over what it lists.
struct Forge {
    algorithm: Option<&'static str>,
    covered: &'static str,
    extra: &'static str,
    date: i64,
    digest: String,
    host: &'static str,
    key_id: &'static str,
}

impl Default for Forge {
    fn default() -> Self {
        Self {
            algorithm: Some("rsa-sha256"),
            covered: "(request-target) host date digest",
            extra: "",
            date: NOW,
            digest: Digest::of(BODY).header(),
            host: "forum.ville.example",
            key_id: KEY_ID,
        }
    }
}

impl Forge {
    fn headers(&self) -> HeaderMap {
        self.headers_signed_by(|base| signer().key.sign_rsa_sha256(base).unwrap())
    }

    fn headers_signed_by(&self, sign: impl Fn(&[u8]) -> Vec<u8>) -> HeaderMap {
        let url = inbox();
        let date = outgoing(&Method::POST, &url, None, self.date).date();
        let parameter = |name: &str| {
            self.extra
                .split(',')
                .find_map(|entry| entry.strip_prefix(&format!("{name}=")))
                .unwrap_or_default()
        };
        let lines: Vec<String> = self
            .covered
            .split(' ')
            .map(|name| {
                let value = match name {
                    "(request-target)" => "post /inbox",
                    "host" => self.host,
                    "date" => &date,
                    "digest" => &self.digest,
                    "content-type" => "application/activity+json",
                    "(created)" => parameter("created"),
                    "(expires)" => parameter("expires"),
                    other => panic!("{other}"),
                };
                format!("{name}: {value}")
            })
            .collect();
        let signature = STANDARD.encode(sign(lines.join("\n").as_bytes()));
        let algorithm = self
            .algorithm
            .map(|name| format!(r#"algorithm="{name}","#))
            .unwrap_or_default();
        let extra = if self.extra.is_empty() {
            String::new()
        } else {
            format!("{},", self.extra)
        };
        let value = format!(
            r#"keyId="{}",{algorithm}{extra}headers="{}",signature="{signature}""#,
            self.key_id, self.covered
        );
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(self.host));
        headers.insert(DATE, HeaderValue::from_str(&date).unwrap());
        headers.insert(DIGEST, HeaderValue::from_str(&self.digest).unwrap());
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/activity+json"),
        );
        headers.insert(SIGNATURE, HeaderValue::from_str(&value).unwrap());
        headers
    }

    fn receive(&self) -> Result<(), Refusal> {
        receive(&self.headers(), BODY)
    }
}

#[test]
fn our_own_post_verifies_in_both_kinds() {
    for kind in [Kind::Cavage, Kind::Rfc9421] {
        let headers = signed_post(kind, NOW);
        let pending = inspect(&Method::POST, "/inbox", &headers, Some(BODY), &policy()).unwrap();
        assert_eq!(pending.kind(), kind);
        assert_eq!(pending.key_id(), KEY_ID);
        assert_eq!(pending.verify(&public()), Ok(()));
        assert!(headers.contains_key(DATE) && headers.contains_key(CONTENT_TYPE));
    }
}

#[test]
fn our_own_get_verifies_in_both_kinds_and_needs_no_digest() {
    let url = Url::parse("https://forum.ville.example/c/urbanisme?page=1").unwrap();
    let request = outgoing(&Method::GET, &url, None, NOW);
    for headers in [
        sign_cavage(&signer(), &request).unwrap(),
        sign_rfc9421(&signer(), &request).unwrap(),
    ] {
        let pending = inspect(
            &Method::GET,
            "/c/urbanisme?page=1",
            &headers,
            None,
            &policy(),
        )
        .unwrap();
        assert_eq!(pending.verify(&public()), Ok(()));
        let elsewhere =
            inspect(&Method::GET, "/c/voirie?page=1", &headers, None, &policy()).unwrap();
        assert_eq!(elsewhere.verify(&public()), Err(Refusal::Invalid));
    }
}

#[test]
fn the_headers_we_send_have_the_promised_form() {
    let headers = signed_post(Kind::Cavage, NOW);
    assert_eq!(headers[DATE], "Tue, 06 Jan 2026 09:00:00 GMT");
    assert_eq!(headers[HOST], "forum.ville.example");
    let signature = headers[SIGNATURE].to_str().unwrap();
    assert!(signature.starts_with(
        r#"keyId="https://good.example/u/bob#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature=""#
    ));
    let headers = signed_post(Kind::Rfc9421, NOW);
    assert_eq!(
        headers[SIGNATURE_INPUT],
        r#"sig1=("@method" "@target-uri" "content-digest");created=1767690000;keyid="https://good.example/u/bob#main-key";alg="rsa-v1_5-sha256""#
    );
    assert!(headers[SIGNATURE].to_str().unwrap().starts_with("sig1=:"));
}

#[test]
fn a_get_signed_without_its_query_is_taken() {
    let bare = Url::parse("https://forum.ville.example/c/urbanisme").unwrap();
    let headers = sign_cavage(&signer(), &outgoing(&Method::GET, &bare, None, NOW)).unwrap();
    let pending = inspect(
        &Method::GET,
        "/c/urbanisme?page=1",
        &headers,
        None,
        &policy(),
    )
    .unwrap();
    assert_eq!(pending.verify(&public()), Ok(()));
}

#[test]
fn an_unsigned_request_is_refused_with_401() {
    let refusal = receive(&HeaderMap::new(), BODY).unwrap_err();
    assert_eq!(
        (refusal, refusal.status()),
        (Refusal::Missing, StatusCode::UNAUTHORIZED)
    );
}

#[test]
fn one_flipped_bit_in_the_signature_is_refused() {
    let forge = Forge::default();
    let headers = forge.headers_signed_by(|base| {
        let mut signature = signer().key.sign_rsa_sha256(base).unwrap();
        signature[9] ^= 4;
        signature
    });
    assert_eq!(receive(&headers, BODY), Err(Refusal::Invalid));
}

#[test]
fn a_swapped_body_is_refused_in_both_kinds() {
    for kind in [Kind::Cavage, Kind::Rfc9421] {
        assert_eq!(
            receive(&signed_post(kind, NOW), b"{}"),
            Err(Refusal::Digest)
        );
    }
}

#[test]
fn a_body_with_a_new_digest_breaks_the_signature() {
    let mut headers = signed_post(Kind::Cavage, NOW);
    headers.insert(
        DIGEST,
        HeaderValue::from_str(&Digest::of(b"{}").header()).unwrap(),
    );
    assert_eq!(receive(&headers, b"{}"), Err(Refusal::Invalid));
    let mut headers = signed_post(Kind::Rfc9421, NOW);
    headers.insert(
        CONTENT_DIGEST,
        HeaderValue::from_str(&Digest::of(b"{}").content_header()).unwrap(),
    );
    assert_eq!(receive(&headers, b"{}"), Err(Refusal::Invalid));
}

#[test]
fn a_digest_that_is_not_signed_does_not_count() {
    let forge = Forge {
        covered: "(request-target) host date",
        ..Forge::default()
    };
    assert_eq!(forge.receive(), Err(Refusal::Uncovered("digest")));
}

#[test]
fn a_post_without_a_digest_header_is_refused() {
    let mut headers = signed_post(Kind::Cavage, NOW);
    headers.remove(DIGEST);
    assert_eq!(receive(&headers, BODY), Err(Refusal::Absent));
}

#[test]
fn each_required_part_must_be_signed() {
    for (covered, missing) in [
        ("date", "(request-target)"),
        ("host date digest", "(request-target)"),
        ("(request-target) date digest", "host"),
        ("(request-target) host digest", "date"),
    ] {
        assert_eq!(
            Forge {
                covered,
                ..Forge::default()
            }
            .receive(),
            Err(Refusal::Uncovered(missing)),
            "{covered}"
        );
    }
}

#[test]
fn two_digest_headers_are_a_bad_request_whatever_their_order() {
    for forged_first in [true, false] {
        let mut headers = signed_post(Kind::Cavage, NOW);
        let right = headers[DIGEST].clone();
        let forged = HeaderValue::from_str(&Digest::of(b"forged").header()).unwrap();
        let (first, second) = if forged_first {
            (forged, right)
        } else {
            (right, forged)
        };
        headers.insert(DIGEST, first);
        headers.append(DIGEST, second);
        for body in [b"forged".as_slice(), BODY] {
            let refusal = receive(&headers, body).unwrap_err();
            assert_eq!(
                (refusal, refusal.status()),
                (Refusal::Malformed("digest"), StatusCode::BAD_REQUEST)
            );
        }
    }
}

#[test]
fn any_header_that_counts_and_stands_twice_is_a_bad_request() {
    for name in [HOST, DATE, DIGEST, SIGNATURE, CONTENT_TYPE] {
        let mut headers = signed_post(Kind::Cavage, NOW);
        let value = headers[&name].clone();
        headers.append(&name, value);
        assert_eq!(
            receive(&headers, BODY).unwrap_err().status(),
            StatusCode::BAD_REQUEST,
            "{name}"
        );
    }
    for name in [CONTENT_DIGEST, SIGNATURE_INPUT] {
        let mut headers = signed_post(Kind::Rfc9421, NOW);
        let value = headers[&name].clone();
        headers.append(&name, value);
        assert_eq!(
            receive(&headers, BODY).unwrap_err().status(),
            StatusCode::BAD_REQUEST,
            "{name}"
        );
    }
}

#[test]
fn a_request_signed_for_another_host_is_refused() {
    let forge = Forge {
        host: "other.example",
        ..Forge::default()
    };
    assert_eq!(forge.receive(), Err(Refusal::Host));
    // The same with the Host header put right afterwards.
    let mut headers = forge.headers();
    headers.insert(HOST, HeaderValue::from_static("forum.ville.example"));
    assert_eq!(receive(&headers, BODY), Err(Refusal::Invalid));
}

#[test]
fn our_host_may_be_spelled_with_its_port_or_in_capitals() {
    for host in ["forum.ville.example:443", "Forum.Ville.Example"] {
        assert_eq!(
            Forge {
                host,
                ..Forge::default()
            }
            .receive(),
            Ok(()),
            "{host}"
        );
    }
    for host in [
        "forum.ville.example:8443",
        "forum.ville.example@evil.example",
        "forum.ville.example/x",
        "",
    ] {
        assert_eq!(
            Forge {
                host,
                ..Forge::default()
            }
            .receive(),
            Err(Refusal::Host),
            "{host}"
        );
    }
}

#[test]
fn a_missing_host_header_counts_as_ours_because_http_2_has_none() {
    let mut headers = signed_post(Kind::Cavage, NOW);
    headers.remove(HOST);
    assert_eq!(receive(&headers, BODY), Ok(()));
}

#[test]
fn clocks_may_drift_by_forty_minutes_but_not_by_hours() {
    for (offset, taken) in [
        (-2400, true),
        (2400, true),
        (3 * 3600, false),
        (-13 * 3600, false),
        (-2 * 3600, false),
    ] {
        for kind in [Kind::Cavage, Kind::Rfc9421] {
            let outcome = receive(&signed_post(kind, NOW + offset), BODY);
            assert_eq!(outcome.is_ok(), taken, "{kind:?} {offset}");
            if !taken {
                assert!(matches!(outcome, Err(Refusal::Time(_))));
            }
        }
    }
}

#[test]
fn created_and_expires_count_when_signed_under_hs2019() {
    let covered = "(request-target) host (created) digest";
    let forge = |algorithm, covered, extra| Forge {
        algorithm,
        covered,
        extra,
        ..Forge::default()
    };
    assert_eq!(
        forge(Some("hs2019"), covered, "created=1767690000").receive(),
        Ok(())
    );
    assert_eq!(forge(None, covered, "created=1767690000").receive(), Ok(()));
    // Ten hours old, but said to hold for eleven.
    let long = "(request-target) host (created) (expires) digest";
    assert_eq!(
        forge(
            Some("hs2019"),
            long,
            "created=1767654000,expires=1767693600"
        )
        .receive(),
        Ok(())
    );
    // Fourteen hours old: no end lasts that long.
    assert!(matches!(
        forge(
            Some("hs2019"),
            long,
            "created=1767639600,expires=1767693600"
        )
        .receive(),
        Err(Refusal::Time(_))
    ));
    assert!(matches!(
        forge(Some("hs2019"), covered, "created=1767639600").receive(),
        Err(Refusal::Time(_))
    ));
    assert_eq!(
        forge(Some("rsa-sha256"), covered, "created=1767690000").receive(),
        Err(Refusal::Algorithm)
    );
    assert_eq!(
        forge(Some("hs2019"), covered, "").receive(),
        Err(Refusal::Absent)
    );
}

#[test]
fn an_unsigned_created_or_expires_does_not_freshen_an_old_date() {
    let old = Forge {
        algorithm: Some("hs2019"),
        extra: "created=1767690000,expires=1767699999",
        date: NOW - 50_000,
        ..Forge::default()
    };
    assert!(matches!(old.receive(), Err(Refusal::Time(_))));
    // A fresh signed (created) does not excuse a stale signed date either.
    let both = Forge {
        covered: "(request-target) host date (created) digest",
        ..old
    };
    assert!(matches!(both.receive(), Err(Refusal::Time(_))));
}

#[test]
fn weak_missing_and_symmetric_algorithms_are_refused() {
    for algorithm in [
        "rsa-sha1",
        "none",
        "hmac-sha256",
        "rsa-sha512",
        "ecdsa-sha256",
        "",
    ] {
        let forge = Forge {
            algorithm: Some(algorithm),
            ..Forge::default()
        };
        assert_eq!(forge.receive(), Err(Refusal::Algorithm), "{algorithm}");
    }
    // The public key's text as a shared secret.
    let secret =
        aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, pair().public_pem.as_bytes());
    for algorithm in [Some("hmac-sha256"), Some("hs2019"), None] {
        let headers = Forge {
            algorithm,
            ..Forge::default()
        }
        .headers_signed_by(|base| aws_lc_rs::hmac::sign(&secret, base).as_ref().to_vec());
        assert!(receive(&headers, BODY).is_err(), "{algorithm:?}");
    }
}

#[test]
fn an_ed25519_signature_is_taken_under_its_own_name_and_under_hs2019() {
    let ed = Ed25519KeyPair::generate().unwrap();
    let key = VerifyingKey::from_pem(&ed25519_pem(&ed)).unwrap();
    for (algorithm, outcome) in [
        (Some("ed25519"), Ok(())),
        (Some("hs2019"), Ok(())),
        (None, Ok(())),
        (Some("rsa-sha256"), Err(Refusal::Algorithm)),
    ] {
        let headers = Forge {
            algorithm,
            ..Forge::default()
        }
        .headers_signed_by(|base| ed.sign(base).as_ref().to_vec());
        let pending = inspect(&Method::POST, "/inbox", &headers, Some(BODY), &policy()).unwrap();
        assert_eq!(pending.verify(&key), outcome, "{algorithm:?}");
    }
}

#[test]
fn a_key_id_is_a_url_without_user_name() {
    for key_id in [
        "acct:bob@good.example",
        "https://good.example@evil.example/u/bob#main-key",
        "https://:pw@evil.example/",
        "bob",
        "",
        "file:///etc/passwd",
        "https://evil.example/a b",
    ] {
        let forge = Forge {
            key_id,
            ..Forge::default()
        };
        assert_eq!(forge.receive(), Err(Refusal::KeyId), "{key_id}");
    }
}

#[test]
fn a_right_digest_under_a_lower_case_name_is_taken() {
    let forge = Forge {
        digest: Digest::of(BODY).header().replace("SHA-256", "sha-256"),
        ..Forge::default()
    };
    assert_eq!(forge.receive(), Ok(()));
}

#[test]
fn a_digest_list_with_a_wrong_entry_is_refused_though_signed() {
    let digest = format!(
        "{},{}",
        Digest::of(b"wrong").header(),
        Digest::of(BODY).header()
    );
    assert_eq!(
        Forge {
            digest,
            ..Forge::default()
        }
        .receive(),
        Err(Refusal::Digest)
    );
    let digest = format!("SHA-512=AAAA,{}", Digest::of(BODY).header());
    assert_eq!(
        Forge {
            digest,
            ..Forge::default()
        }
        .receive(),
        Ok(())
    );
}

#[test]
fn a_signature_input_makes_a_valid_cavage_signature_worthless() {
    let mut headers = signed_post(Kind::Cavage, NOW);
    headers.insert(
        SIGNATURE_INPUT,
        signed_post(Kind::Rfc9421, NOW)[SIGNATURE_INPUT].clone(),
    );
    assert_eq!(
        receive(&headers, BODY).unwrap_err().status(),
        StatusCode::UNAUTHORIZED
    );
}

#[test]
fn a_signature_over_another_target_uri_is_refused() {
    for other in [
        "https://other.example/inbox",
        "https://forum.ville.example/u/ana/inbox",
        "http://forum.ville.example/inbox",
    ] {
        let url = Url::parse(other).unwrap();
        let mut headers = sign_rfc9421(
            &signer(),
            &outgoing(&Method::POST, &url, Some(&Digest::of(BODY)), NOW),
        )
        .unwrap();
        headers.insert(HOST, HeaderValue::from_static("forum.ville.example"));
        assert_eq!(receive(&headers, BODY), Err(Refusal::Invalid), "{other}");
    }
}

/// Headers of an RFC 9421 POST with these components and parameters, rightly signed.
fn rfc9421(components: &[&str], parameters: &str) -> HeaderMap {
    let digest = Digest::of(BODY).content_header();
    let mut base = String::new();
    for name in components {
        let value = match *name {
            "@method" => "POST",
            "@target-uri" => "https://forum.ville.example/inbox",
            "@authority" | "host" => "forum.ville.example",
            "@path" | "@request-target" => "/inbox",
            "@query" => "?",
            "@scheme" => "https",
            "content-digest" => &digest,
            other => panic!("{other}"),
        };
        writeln!(base, "\"{name}\": {value}").unwrap();
    }
    let list: Vec<String> = components
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect();
    let input = format!("({}){parameters}", list.join(" "));
    write!(base, "\"@signature-params\": {input}").unwrap();
    let signature = STANDARD.encode(signer().key.sign_rsa_sha256(base.as_bytes()).unwrap());
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_static("forum.ville.example"));
    headers.insert(CONTENT_DIGEST, HeaderValue::from_str(&digest).unwrap());
    headers.insert(
        SIGNATURE_INPUT,
        HeaderValue::from_str(&format!("activitypub={input}")).unwrap(),
    );
    headers.insert(
        SIGNATURE,
        HeaderValue::from_str(&format!("activitypub=:{signature}:")).unwrap(),
    );
    headers
}

#[test]
fn other_labels_components_and_parameters_of_rfc_9421_are_understood() {
    let all = [
        "@method",
        "@authority",
        "@target-uri",
        "content-digest",
        "@path",
        "@query",
        "@scheme",
        "@request-target",
        "host",
    ];
    let parameters = r#";created=1767690000;expires=1767690300;keyid="https://good.example/u/bob#main-key";nonce="abc";tag="activitypub""#;
    assert_eq!(receive(&rfc9421(&all, parameters), BODY), Ok(()));
}

#[test]
fn rfc_9421_needs_its_parts_and_a_fitting_algorithm() {
    let full = ["@method", "@target-uri", "content-digest"];
    let key = r#";keyid="https://good.example/u/bob#main-key""#;
    let created = ";created=1767690000";
    for (components, parameters, refusal) in [
        (
            &full[1..],
            format!("{created}{key}"),
            Refusal::Uncovered("@method"),
        ),
        (
            &["@method", "content-digest"][..],
            format!("{created}{key}"),
            Refusal::Uncovered("@target-uri"),
        ),
        (
            &full[..2],
            format!("{created}{key}"),
            Refusal::Uncovered("content-digest"),
        ),
        (&full[..], key.to_owned(), Refusal::Uncovered("created")),
        (
            &full[..],
            created.to_owned(),
            Refusal::Unreadable("no keyid"),
        ),
        (
            &full[..],
            format!(r#"{created};keyid="acct:bob@good.example""#),
            Refusal::KeyId,
        ),
        (
            &full[..],
            format!(r#"{created}{key};alg="ed25519""#),
            Refusal::Algorithm,
        ),
        (
            &full[..],
            format!(r#"{created}{key};alg="hmac-sha256""#),
            Refusal::Algorithm,
        ),
        (
            &full[..],
            format!(r#"{created}{key};alg="rsa-pss-sha512""#),
            Refusal::Algorithm,
        ),
        (
            &full[..],
            format!("{created}{key};expires=1767600000"),
            Refusal::Time("expired"),
        ),
    ] {
        assert_eq!(
            receive(&rfc9421(components, &parameters), BODY),
            Err(refusal),
            "{components:?} {parameters}"
        );
    }
    assert_eq!(
        receive(&rfc9421(&full, &format!("{created}{key}")), BODY),
        Ok(())
    );
}

#[test]
fn two_rfc_9421_signatures_in_one_request_are_refused() {
    let mut headers = signed_post(Kind::Rfc9421, NOW);
    for name in [SIGNATURE, SIGNATURE_INPUT] {
        let one = headers[&name].to_str().unwrap().to_owned();
        let both = format!("{one}, {}", one.replace("sig1=", "sig2="));
        headers.insert(&name, HeaderValue::from_str(&both).unwrap());
    }
    assert!(matches!(
        receive(&headers, BODY),
        Err(Refusal::Unreadable(_))
    ));
}

#[test]
fn a_signature_header_that_is_no_list_of_parameters_is_refused() {
    let long = format!("{KEY_ID},").repeat(2000);
    for value in [
        "",
        "x",
        "keyId",
        r#"keyId="x"#,
        r#"keyId="a",keyId="b""#,
        r#"keyId="a" algorithm="b""#,
        "=,=,=",
        &long,
    ] {
        let mut headers = signed_post(Kind::Cavage, NOW);
        headers.insert(SIGNATURE, HeaderValue::from_str(value).unwrap());
        let refusal = receive(&headers, BODY).unwrap_err();
        assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED, "{value}");
    }
}

#[test]
fn lemmy_s_spelling_verifies() {
    // Lemmy signs under hs2019 and lists its headers in alphabetical order.
    let forge = Forge {
        algorithm: Some("hs2019"),
        covered: "(request-target) content-type date digest host",
        ..Forge::default()
    };
    assert_eq!(forge.receive(), Ok(()));
}
