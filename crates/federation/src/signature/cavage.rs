//! draft-cavage-http-signatures-12, as the Fediverse speaks it.
//!
//! Only the `Signature` header, not the `Authorization` form. Checks that need both kinds stand in the parent module.

use std::fmt::Write as _;
use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use super::{
    DIGEST, Kind, Outgoing, Pending, Policy, Received, Refusal, SIGNATURE, SignError, Signer,
    check_key_id, check_time, digest, header_value,
};
use crate::keys::{Algorithm, BASE64_LENIENT};
use crate::synchronisation::HEADER;

/// More headers than this in one signature is no honest request.
const MAX_COVERED: usize = 32;

/// The parameters of a `Signature` header.
#[derive(Default)]
struct Parameters {
    key_id: Option<String>,
    signature: Option<String>,
    algorithm: Option<String>,
    headers: Option<String>,
    created: Option<String>,
    expires: Option<String>,
}

pub(super) fn inspect(request: &Received<'_>, policy: &Policy<'_>) -> Result<Pending, Refusal> {
    let header = request.one(SIGNATURE.as_str(), policy)?;
    let parameters = parse(header).ok_or(Refusal::Unreadable("parameters"))?;
    let key_id = parameters.key_id.ok_or(Refusal::Unreadable("no keyId"))?;
    check_key_id(&key_id)?;
    let signature = parameters
        .signature
        .and_then(|value| BASE64_LENIENT.decode(value).ok())
        .ok_or(Refusal::Unreadable("no signature"))?;

    let name = parameters
        .algorithm
        .unwrap_or_else(|| "hs2019".to_owned())
        .to_ascii_lowercase();
    let hs2019 = name == "hs2019";
    let algorithm = match name.as_str() {
        "hs2019" => None,
        "rsa-sha256" => Some(Algorithm::RsaSha256),
        "ed25519" => Some(Algorithm::Ed25519),
        _ => return Err(Refusal::Algorithm),
    };

    let listed = parameters
        .headers
        .unwrap_or_else(|| if hs2019 { "(created)" } else { "date" }.to_owned())
        .to_ascii_lowercase();
    let covered: Vec<&str> = listed.split_ascii_whitespace().collect();
    if covered.len() > MAX_COVERED {
        return Err(Refusal::Unreadable("too many headers"));
    }
    let covers = |name: &str| covered.contains(&name);
    if covered
        .iter()
        .enumerate()
        .any(|(at, name)| covered.iter().skip(at + 1).any(|other| other == name))
    {
        return Err(Refusal::Unreadable("a header is listed twice"));
    }

    // `(created)` and `(expires)` belong to hs2019 and count only when signed.
    if !hs2019 && (covers("(created)") || covers("(expires)")) {
        return Err(Refusal::Algorithm);
    }
    let created = seconds(parameters.created.as_deref(), covers("(created)"))?;
    let expires = seconds(parameters.expires.as_deref(), covers("(expires)"))?;

    if !covers("(request-target)") {
        return Err(Refusal::Uncovered("(request-target)"));
    }
    if !covers("host") {
        return Err(Refusal::Uncovered("host"));
    }
    if !covers("date") && !covers("(created)") {
        return Err(Refusal::Uncovered("date"));
    }
    if let Some(body) = request.body {
        if !covers("digest") {
            return Err(Refusal::Uncovered("digest"));
        }
        if !digest::digest_matches(request.one(DIGEST.as_str(), policy)?, body) {
            return Err(Refusal::Digest);
        }
    }
    if let Some(created) = created {
        check_time(created, expires, policy.now)?;
    }
    if covers("date") {
        check_time(
            parse_date(request.one("date", policy)?)?,
            expires,
            policy.now,
        )?;
    }

    let with_query = request.path_and_query;
    let without_query = with_query.split_once('?').map(|(path, _)| path);
    let mut bases = Vec::new();
    for path in [Some(with_query), without_query].into_iter().flatten() {
        let mut base = String::new();
        for (at, name) in covered.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            let written = match *name {
                "(request-target)" => {
                    let method = request.method.as_str().to_ascii_lowercase();
                    write!(base, "{separator}{name}: {method} {path}")
                }
                "(created)" => write!(
                    base,
                    "{separator}{name}: {}",
                    parameters.created.as_deref().unwrap_or_default()
                ),
                "(expires)" => write!(
                    base,
                    "{separator}{name}: {}",
                    parameters.expires.as_deref().unwrap_or_default()
                ),
                name => write!(base, "{separator}{name}: {}", request.one(name, policy)?),
            };
            written.expect("a string takes all text");
        }
        bases.push(base);
    }
    Ok(Pending {
        key_id,
        kind: Kind::Cavage,
        algorithm,
        bases,
        signature,
    })
}

/// The value of `created` or `expires` if it is signed. Signed and missing or odd is a refusal; unsigned is nothing.
fn seconds(value: Option<&str>, covered: bool) -> Result<Option<i64>, Refusal> {
    if !covered {
        return Ok(None);
    }
    let value = value.ok_or(Refusal::Absent)?;
    // `expires` may have a fraction, which doesn't matter here.
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    whole
        .parse()
        .map(Some)
        .map_err(|_| Refusal::Unreadable("created or expires"))
}

fn parse_date(date: &str) -> Result<i64, Refusal> {
    let time =
        httpdate::parse_http_date(date).map_err(|_| Refusal::Time("the date is unreadable"))?;
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_err(|_| Refusal::Time("the date is before 1970"))?
        .as_secs();
    i64::try_from(seconds).map_err(|_| Refusal::Time("the date is unreadable"))
}

/// Reads `name="value",name=123,…`. A name that counts and stands twice makes it unreadable; unknown names pass.
fn parse(header: &str) -> Option<Parameters> {
    let mut parameters = Parameters::default();
    let mut rest = header.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted)?,
            None => match after.split_once(',') {
                Some((value, _)) => (value.trim().to_owned(), after.strip_prefix(value)?),
                None => (after.trim().to_owned(), ""),
            },
        };
        let slot = match name.trim() {
            "keyId" => Some(&mut parameters.key_id),
            "signature" => Some(&mut parameters.signature),
            "algorithm" => Some(&mut parameters.algorithm),
            "headers" => Some(&mut parameters.headers),
            "created" => Some(&mut parameters.created),
            "expires" => Some(&mut parameters.expires),
            _ => None,
        };
        if let Some(slot) = slot
            && slot.replace(value).is_some()
        {
            return None;
        }
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => "",
            None => return None,
        };
    }
    Some(parameters)
}

/// The text up to the closing quote, escapes undone, and what follows it.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            other => value.push(other),
        }
    }
}

/// Signs a request with `rsa-sha256`, the label that every known peer takes.
///
/// The answer holds `Host`, `Date`, `Signature` and, with a body, `Digest` and `Content-Type`.
/// A POST covers `(request-target) host date digest content-type`, a GET `(request-target) host date`.
pub fn sign_cavage(signer: &Signer, request: &Outgoing<'_>) -> Result<HeaderMap, SignError> {
    let mut headers = request.base_headers()?;
    let mut base = format!(
        "(request-target): {} {}\nhost: {}\ndate: {}",
        request.method.as_str().to_ascii_lowercase(),
        request.path_and_query(),
        request.authority()?,
        request.date(),
    );
    let mut covered = "(request-target) host date".to_owned();
    if let Some(digest) = request.digest {
        let digest = digest.header();
        write!(base, "\ndigest: {digest}").expect("a string takes all text");
        covered.push_str(" digest");
        headers.insert(DIGEST, header_value(&digest)?);
        if let Some(content_type) = request.content_type {
            write!(base, "\ncontent-type: {content_type}").expect("a string takes all text");
            covered.push_str(" content-type");
        }
    }
    if let Some(offer) = request.synchronisation {
        write!(base, "\n{HEADER}: {offer}").expect("a string takes all text");
        covered.push(' ');
        covered.push_str(HEADER);
    }
    let signature = STANDARD.encode(signer.key.sign_rsa_sha256(base.as_bytes())?);
    let value = format!(
        r#"keyId="{}",algorithm="rsa-sha256",headers="{covered}",signature="{signature}""#,
        signer.key_id
    );
    headers.insert(SIGNATURE, header_value(&value)?);
    Ok(headers)
}
