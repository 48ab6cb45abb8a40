//! RFC 9421, HTTP Message Signatures, in the profile that Fediverse servers use.
//!
//! One signature a request; components without parameters; RSA PKCS#1 v1.5 with SHA-256, or Ed25519.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use sfv::{BareItem, Dictionary, InnerList, ListEntry, ListSerializer, Parser};

use super::{
    CONTENT_DIGEST, Kind, Outgoing, Pending, Policy, Received, Refusal, SIGNATURE, SIGNATURE_INPUT,
    SignError, Signer, check_key_id, check_time, digest, header_value,
};
use crate::keys::Algorithm;
use crate::synchronisation::HEADER;

/// More components than this in one signature is no honest request.
const MAX_COVERED: usize = 32;

pub(super) fn inspect(request: &Received<'_>, policy: &Policy<'_>) -> Result<Pending, Refusal> {
    let inputs: Dictionary = Parser::new(request.one(SIGNATURE_INPUT.as_str(), policy)?)
        .parse()
        .map_err(|_| Refusal::Unreadable("signature-input"))?;
    let mut inputs = inputs.iter();
    let (Some((label, ListEntry::InnerList(input))), None) = (inputs.next(), inputs.next()) else {
        return Err(Refusal::Unreadable(
            "signature-input must hold one signature",
        ));
    };
    let signatures: Dictionary = Parser::new(request.one(SIGNATURE.as_str(), policy)?)
        .parse()
        .map_err(|_| Refusal::Unreadable("signature"))?;
    let signature = match signatures.get(label) {
        Some(ListEntry::Item(item)) if signatures.len() == 1 => item.bare_item.as_byte_sequence(),
        _ => None,
    };
    let signature = signature
        .ok_or(Refusal::Unreadable("no signature of that label"))?
        .to_vec();

    let text = |name: &str| {
        input
            .params
            .get(name)
            .and_then(BareItem::as_string)
            .map(|text| text.as_str().to_owned())
    };
    let key_id = text("keyid").ok_or(Refusal::Unreadable("no keyid"))?;
    check_key_id(&key_id)?;
    let algorithm = match (input.params.contains_key("alg"), text("alg").as_deref()) {
        (false, _) => None,
        (true, Some("rsa-v1_5-sha256")) => Some(Algorithm::RsaSha256),
        (true, Some("ed25519")) => Some(Algorithm::Ed25519),
        (true, _) => return Err(Refusal::Algorithm),
    };
    let seconds = |name: &str| match input.params.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_integer()
            .map(|value| Some(i64::from(value)))
            .ok_or(Refusal::Unreadable("created or expires")),
    };
    let created = seconds("created")?.ok_or(Refusal::Uncovered("created"))?;
    check_time(created, seconds("expires")?, policy.now)?;

    let covered = components(input)?;
    let covers = |name: &str| covered.contains(&name);
    if !covers("@method") {
        return Err(Refusal::Uncovered("@method"));
    }
    if !covers("@target-uri") {
        return Err(Refusal::Uncovered("@target-uri"));
    }
    if let Some(body) = request.body {
        if !covers("content-digest") {
            return Err(Refusal::Uncovered("content-digest"));
        }
        if !digest::content_digest_matches(request.one(CONTENT_DIGEST.as_str(), policy)?, body) {
            return Err(Refusal::Digest);
        }
    }

    let mut base = String::new();
    for name in &covered {
        let value = component(name, request, policy)?;
        writeln!(base, "\"{name}\": {value}").expect("a string takes all text");
    }
    write!(base, "\"@signature-params\": {}", serialize(input)).expect("a string takes all text");
    Ok(Pending {
        key_id,
        kind: Kind::Rfc9421,
        algorithm,
        bases: vec![base],
        signature,
    })
}

/// The names of the covered components. Parameters on them aren't spoken here, nor is a name twice.
fn components(input: &InnerList) -> Result<Vec<&str>, Refusal> {
    let mut names = Vec::new();
    for item in &input.items {
        let name = item
            .bare_item
            .as_string()
            .ok_or(Refusal::Unreadable("a component is no string"))?
            .as_str();
        if !item.params.is_empty() {
            return Err(Refusal::Unreadable("a component has parameters"));
        }
        if names.contains(&name) || names.len() == MAX_COVERED {
            return Err(Refusal::Unreadable(
                "a component is listed twice, or too many are",
            ));
        }
        names.push(name);
    }
    Ok(names)
}

/// The value of one component of this request (RFC 9421 §2).
fn component(name: &str, request: &Received<'_>, policy: &Policy<'_>) -> Result<String, Refusal> {
    let target = request.path_and_query;
    let (path, query) = target
        .split_once('?')
        .map_or((target, ""), |(path, query)| (path, query));
    Ok(match name {
        "@method" => request.method.as_str().to_owned(),
        "@target-uri" => format!("{}://{}{target}", policy.scheme, policy.authority),
        "@authority" => policy.authority.to_ascii_lowercase(),
        "@scheme" => policy.scheme.to_owned(),
        "@request-target" => target.to_owned(),
        "@path" => path.to_owned(),
        "@query" => format!("?{query}"),
        _ if name.starts_with('@') || name.chars().any(|c| c.is_ascii_uppercase()) => {
            return Err(Refusal::Unreadable("unknown component"));
        }
        header => request.one(header, policy)?.to_owned(),
    })
}

/// The signature parameters in their canonical spelling.
fn serialize(input: &InnerList) -> String {
    let entry = ListEntry::InnerList(input.clone());
    let mut list = ListSerializer::new();
    list.members([&entry]);
    list.finish().unwrap_or_default()
}

/// Signs a request under the label `sig1` with `rsa-v1_5-sha256`.
///
/// The answer holds `Host`, `Date`, `Signature-Input`, `Signature` and, with a body, `Content-Digest` and
/// `Content-Type`. `Date` is not signed, but some peers refuse a request without it.
pub fn sign_rfc9421(signer: &Signer, request: &Outgoing<'_>) -> Result<HeaderMap, SignError> {
    let mut headers = request.base_headers()?;
    let mut target = request.url.clone();
    target.set_fragment(None);
    let mut base = format!(
        "\"@method\": {}\n\"@target-uri\": {target}\n",
        request.method
    );
    let mut covered = r#""@method" "@target-uri""#.to_owned();
    if let Some(digest) = request.digest {
        let digest = digest.content_header();
        writeln!(base, "\"content-digest\": {digest}").expect("a string takes all text");
        covered.push_str(r#" "content-digest""#);
        headers.insert(CONTENT_DIGEST, header_value(&digest)?);
    }
    if let Some(offer) = request.synchronisation {
        writeln!(base, "\"{HEADER}\": {offer}").expect("a string takes all text");
        write!(covered, " \"{HEADER}\"").expect("a string takes all text");
    }
    let parameters = format!(
        r#"({covered});created={};keyid="{}";alg="rsa-v1_5-sha256""#,
        request.now, signer.key_id
    );
    write!(base, "\"@signature-params\": {parameters}").expect("a string takes all text");
    let signature = STANDARD.encode(signer.key.sign_rsa_sha256(base.as_bytes())?);
    headers.insert(
        SIGNATURE_INPUT,
        header_value(&format!("sig1={parameters}"))?,
    );
    headers.insert(SIGNATURE, header_value(&format!("sig1=:{signature}:"))?);
    Ok(headers)
}
