//! Integrity proofs (FEP-8b32): a signature that stands in an activity, so that whoever gets it second-hand knows that
//! it is its actor's, without asking the actor's server.
//!
//! Only `eddsa-jcs-2022`. The key of a person of ours is derived from the private key that signs requests, so that there
//! is one secret to keep, replace and forget. A proof that doesn't hold counts as none; it never makes anything more
//! believable than it is without. What a proof may do is decided where activities are applied.

use std::fmt;

use aws_lc_rs::hkdf;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use parvis_forum::kinds::ActorKind;
use parvis_forum::{Actor, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::keys::{VerifyingKey, private_der};
use crate::objects::build::date;
use crate::{Federation, jcs, keyring, multibase, wire};

const TYPE: &str = "DataIntegrityProof";
const CRYPTOSUITE: &str = "eddsa-jcs-2022";
const PURPOSE: &str = "assertionMethod";
/// Says what the derived key is for.
const SALT: &[u8] = b"parvis integrity proofs";
/// A proof may be this far in the future, in seconds: clocks differ.
const AHEAD: i64 = 3_600;

/// What signs the activities of a person here.
pub(crate) struct ProofKey {
    pair: Ed25519KeyPair,
    method: String,
}

impl fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProofKey({})", self.method)
    }
}

impl ProofKey {
    /// The key of a person of this node; none for others, and when the private key is gone.
    pub(crate) fn of(actor: &Actor) -> Option<Self> {
        if !actor.local || actor.kind != ActorKind::Person {
            return None;
        }
        let secret = private_der(actor.private_key_pem.as_deref()?)?;
        let pseudo_random = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(&secret);
        let mut seed = [0_u8; 32];
        pseudo_random
            .expand(&[b"ed25519"], hkdf::HKDF_SHA256)
            .and_then(|derived| derived.fill(&mut seed))
            .ok()?;
        Self::from_seed(&seed, method_of(actor)?)
    }

    pub(crate) fn from_seed(seed: &[u8], method: String) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        Some(Self { pair, method })
    }

    /// The public key as it stands in the actor's document.
    pub(crate) fn public_multibase(&self) -> String {
        multibase::ed25519(self.pair.public_key().as_ref())
    }

    /// The id of the key.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// The proof of a document, which has none.
    pub(crate) fn prove(&self, document: &Value, created: &str) -> Value {
        let mut proof = json!({
            "type": TYPE,
            "cryptosuite": CRYPTOSUITE,
            "verificationMethod": self.method,
            "proofPurpose": PURPOSE,
            "created": created,
        });
        if let Some(context) = document.get("@context") {
            put(&mut proof, "@context", context.clone());
        }
        let signature = self.pair.sign(&signed_bytes(document, &proof));
        put(
            &mut proof,
            "proofValue",
            multibase::encode(signature.as_ref()).into(),
        );
        proof
    }

    /// The text of a document of ours with its proof as the last member.
    pub(crate) fn attach(&self, text: &str, at: Timestamp) -> Option<String> {
        let document: Value = serde_json::from_str(text).ok()?;
        let proof = self.prove(&document, &date(at));
        let head = text.trim_end().strip_suffix('}')?;
        Some(format!("{head},\"proof\":{proof}}}"))
    }
}

/// The id of a person's key for proofs: it changes when the key that it comes from is replaced.
fn method_of(actor: &Actor) -> Option<String> {
    let key_id = actor.public_key_id.as_deref()?;
    let fragment = key_id.rsplit_once('#').map_or("", |(_, fragment)| fragment);
    Some(match fragment.strip_prefix("key-") {
        Some(later) => format!("{}#ed25519-key-{later}", actor.uri),
        None => format!("{}#ed25519-key", actor.uri),
    })
}

/// What is signed: the hashes of the proof without its value, and of the document without its proof.
fn signed_bytes(document: &Value, proof: &Value) -> Vec<u8> {
    [proof, document]
        .into_iter()
        .flat_map(|part| Sha256::digest(jcs::canonical(part).as_bytes()))
        .collect()
}

/// Why a proof doesn't hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unproven {
    /// There is none.
    #[error("there is no proof")]
    Absent,
    /// It is of a kind that we don't check, or for something else.
    #[error("not a proof that is checked here")]
    Unknown,
    /// It is over, or of the future.
    #[error("the proof is out of time")]
    Time,
    /// The key isn't one of the owner's, or can't be had.
    #[error("the key is not the owner's")]
    Key,
    /// The signature is another one.
    #[error("the signature does not match")]
    Signature,
}

/// A proof that can be checked, taken out of its document.
struct Claimed {
    document: Value,
    proof: Value,
    method: String,
    signature: Vec<u8>,
    created: Option<i64>,
}

impl Claimed {
    fn read(document: &Value, now: Timestamp) -> Result<Self, Unproven> {
        let mut document: Map<String, Value> =
            document.as_object().ok_or(Unproven::Absent)?.clone();
        let proof = document.remove("proof").ok_or(Unproven::Absent)?;
        document.remove("signature");
        // One proof is enough; of several, none is.
        let mut proof = match proof {
            Value::Array(mut proofs) if proofs.len() == 1 => proofs.remove(0),
            proof => proof,
        };
        let text = |name: &str| proof.get(name).and_then(Value::as_str);
        if text("type") != Some(TYPE)
            || text("cryptosuite") != Some(CRYPTOSUITE)
            || text("proofPurpose") != Some(PURPOSE)
        {
            return Err(Unproven::Unknown);
        }
        let method = text("verificationMethod")
            .ok_or(Unproven::Unknown)?
            .to_owned();
        let signature = text("proofValue")
            .and_then(multibase::decode)
            .filter(|signature| signature.len() == 64)
            .ok_or(Unproven::Signature)?;
        let moment = |name: &str| -> Result<Option<i64>, Unproven> {
            text(name)
                .map(|text| seconds(text).ok_or(Unproven::Time))
                .transpose()
        };
        let created = moment("created")?;
        let over = moment("expires")?.is_some_and(|expires| expires < now.seconds());
        if over || created.is_some_and(|created| created > now.seconds() + AHEAD) {
            return Err(Unproven::Time);
        }
        if let Some(members) = proof.as_object_mut() {
            members.remove("proofValue");
        }
        Ok(Self {
            document: Value::Object(document),
            proof,
            method,
            signature,
            created,
        })
    }

    fn holds(&self, key: &VerifyingKey) -> bool {
        let matches = |document: &Value, proof: &Value| {
            key.verify(&signed_bytes(document, proof), &self.signature)
        };
        match self.proof.get("@context") {
            // The document says no less than what was signed.
            Some(context) => {
                if !begins_with(self.document.get("@context"), context) {
                    return false;
                }
                let mut document = self.document.clone();
                put(&mut document, "@context", context.clone());
                matches(&document, &self.proof)
            }
            None => {
                // Some sign the context with the proof and leave it out when they write it.
                matches(&self.document, &self.proof)
                    || self.document.get("@context").is_some_and(|context| {
                        let mut proof = self.proof.clone();
                        put(&mut proof, "@context", context.clone());
                        matches(&self.document, &proof)
                    })
            }
        }
    }
}

fn put(document: &mut Value, name: &str, value: Value) {
    if let Some(members) = document.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Whether a context begins with all of another one.
fn begins_with(context: Option<&Value>, first: &Value) -> bool {
    let Some(context) = context else { return false };
    let (all, some) = (wire::one_or_many(context), wire::one_or_many(first));
    all.len() >= some.len() && all.iter().zip(&some).all(|(a, b)| a == b)
}

fn seconds(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| at.timestamp())
}

/// A proof that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proven {
    /// When it was made, in seconds since 1970.
    pub(crate) created: Option<i64>,
}

/// Whether a document carries a proof by its owner. Fetches at most the owner's document, and that seldom.
pub(crate) async fn verify(
    federation: &Federation,
    document: &Value,
    owner: &str,
) -> Result<Proven, Unproven> {
    let claimed = Claimed::read(document, federation.forum().now())?;
    let key = |again| keyring::proof_key(federation, owner, &claimed.method, again);
    let known = key(keyring::Again::No).await.ok_or(Unproven::Key)?;
    let mut holds = claimed.holds(&known);
    if !holds && let Some(fresh) = key(keyring::Again::Yes).await {
        holds = claimed.holds(&fresh);
    }
    if !holds {
        return Err(Unproven::Signature);
    }
    Ok(Proven {
        created: claimed.created,
    })
}

/// As [`verify`], for whoever goes on without.
pub(crate) async fn is_proven(federation: &Federation, document: &Value, owner: &str) -> bool {
    match verify(federation, document, owner).await {
        Ok(_) => true,
        Err(Unproven::Absent) => false,
        Err(why) => {
            tracing::debug!(owner, %why, "a proof does not hold: {why}");
            false
        }
    }
}

/// Whether a document carries a proof by this key, for tests of what is sent.
#[cfg(test)]
pub(crate) fn holds_with(document: &Value, key: &str, now: Timestamp) -> bool {
    let raw = multibase::from_ed25519(key).unwrap();
    let key = VerifyingKey::ed25519(&raw).unwrap();
    Claimed::read(document, now).unwrap().holds(&key)
}

#[cfg(test)]
mod tests;
