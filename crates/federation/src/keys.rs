//! Keys of actors: making them, signing with them, verifying with those of others.
//!
//! Makes RSA-2048 pairs as PEM, signs with RSA PKCS#1 v1.5 and SHA-256, verifies that and Ed25519.
//! It doesn't fetch or store keys, and knows nothing of HTTP; `signature` does that part.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::PublicKey as RsaPublicKey;
use aws_lc_rs::signature::{
    ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};

/// Base64 as peers write it: with or without padding.
pub(crate) const BASE64_LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The DER of an Ed25519 `SubjectPublicKeyInfo` before its 32 bytes of key (RFC 8410).
const ED25519_SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// Longest PEM text that is looked at; an RSA-8192 key needs under 2 kB.
const MAX_PEM: usize = 16 * 1024;
/// Smallest and largest RSA modulus accepted from peers, in bytes.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// What can be wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text holds no block of the expected kind, or its base64 is broken.
    #[error("no readable PEM block of kind {0}")]
    Pem(&'static str),
    /// The bytes are no key of a kind that we know.
    #[error("the key is neither RSA nor Ed25519, or is broken")]
    Unknown,
    /// The RSA modulus is under 2048 or over 8192 bits.
    #[error("an RSA key of {0} bits is not accepted")]
    Size(usize),
    /// The library could not make a key.
    #[error("could not make a key: {0}")]
    Generate(String),
    /// The library could not sign.
    #[error("could not sign")]
    Sign,
}

/// A new key pair as it is stored: PKCS#8 and SPKI, both PEM.
#[derive(Clone)]
pub struct KeyPairPem {
    /// PKCS#8, `-----BEGIN PRIVATE KEY-----`.
    pub private_pem: String,
    /// SPKI, `-----BEGIN PUBLIC KEY-----`.
    pub public_pem: String,
}

impl fmt::Debug for KeyPairPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPairPem")
            .field("public_pem", &self.public_pem)
            .finish_non_exhaustive()
    }
}

/// Makes an RSA-2048 pair. Takes up to a second: call it from a blocking task.
pub fn generate() -> Result<KeyPairPem, KeyError> {
    let failed = |error: &dyn fmt::Display| KeyError::Generate(error.to_string());
    let private = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048)
        .map_err(|error| failed(&error))?;
    let private_pem = private
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| failed(&error))?
        .to_string();
    let public_pem = private
        .to_public_key()
        .to_public_key_pem(LineEnding::LF)
        .map_err(|error| failed(&error))?;
    Ok(KeyPairPem {
        private_pem,
        public_pem,
    })
}

/// A private RSA key ready to sign. Parsing costs a third of a millisecond, so callers keep it; clones share it.
#[derive(Clone)]
pub struct SigningKey(Arc<RsaKeyPair>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// Reads a PKCS#8 PEM as made by [`generate`].
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let der = pem_block(pem, "PRIVATE KEY").ok_or(KeyError::Pem("PRIVATE KEY"))?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| KeyError::Unknown)?;
        Ok(Self(Arc::new(pair)))
    }

    /// Signs with RSA PKCS#1 v1.5 and SHA-256; the answer is the raw signature.
    pub fn sign_rsa_sha256(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| KeyError::Sign)?;
        Ok(signature)
    }
}

/// What a key can do, and so what a signature with it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaSha256,
    /// Ed25519.
    Ed25519,
}

/// A public key of a peer, parsed once. Cheap to clone and worth caching.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    key: Arc<ParsedPublicKey>,
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({:?})", self.algorithm)
    }
}

impl VerifyingKey {
    /// Reads a public key as peers publish it: SPKI or PKCS#1 for RSA of 2048 to 8192 bits, SPKI for Ed25519.
    /// Line ends, line lengths and missing padding don't matter.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = pem_block(pem, "PUBLIC KEY")
            .or_else(|| pem_block(pem, "RSA PUBLIC KEY"))
            .ok_or(KeyError::Pem("PUBLIC KEY"))?;
        if let Some(raw) = der.strip_prefix(&ED25519_SPKI_PREFIX) {
            return Self::ed25519(raw);
        }
        let rsa = RsaPublicKey::from_der(&der).map_err(|_| KeyError::Unknown)?;
        if !RSA_BYTES.contains(&rsa.modulus_len()) {
            return Err(KeyError::Size(rsa.modulus_len() * 8));
        }
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der)
            .map_err(|_| KeyError::Unknown)?;
        Ok(Self {
            algorithm: Algorithm::RsaSha256,
            key: Arc::new(key),
        })
    }

    /// Takes the 32 raw bytes of an Ed25519 key, as a Multikey holds them.
    pub fn ed25519(raw: &[u8]) -> Result<Self, KeyError> {
        if raw.len() != 32 {
            return Err(KeyError::Unknown);
        }
        let key = ParsedPublicKey::new(&ED25519, raw).map_err(|_| KeyError::Unknown)?;
        Ok(Self {
            algorithm: Algorithm::Ed25519,
            key: Arc::new(key),
        })
    }

    /// The one algorithm that this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature` is this key's signature of `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

/// The bytes of a PKCS#8 PEM.
pub(crate) fn private_der(pem: &str) -> Option<Vec<u8>> {
    pem_block(pem, "PRIVATE KEY")
}

/// The bytes of the first PEM block with this label.
fn pem_block(pem: &str, label: &str) -> Option<Vec<u8>> {
    if pem.len() > MAX_PEM {
        return None;
    }
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let compact: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    BASE64_LENIENT.decode(compact).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use rsa::pkcs1::EncodeRsaPublicKey as _;
    use std::sync::OnceLock;

    /// One pair for the whole test binary: making them is slow.
    pub(crate) fn pair() -> &'static KeyPairPem {
        static PAIR: OnceLock<KeyPairPem> = OnceLock::new();
        PAIR.get_or_init(|| generate().unwrap())
    }

    /// The SPKI PEM of an Ed25519 key.
    pub(crate) fn ed25519_pem(pair: &Ed25519KeyPair) -> String {
        let mut der = ED25519_SPKI_PREFIX.to_vec();
        der.extend_from_slice(pair.public_key().as_ref());
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            BASE64_LENIENT.encode(der)
        )
    }

    #[test]
    fn a_made_key_signs_what_its_public_half_verifies() {
        let key = SigningKey::from_pkcs8_pem(&pair().private_pem).unwrap();
        let public = VerifyingKey::from_pem(&pair().public_pem).unwrap();
        let signature = key.sign_rsa_sha256(b"bonjour").unwrap();
        assert_eq!(signature.len(), 256);
        assert!(public.verify(b"bonjour", &signature));
        assert!(!public.verify(b"bonsoir", &signature));
        let mut flipped = signature.clone();
        flipped[17] ^= 1;
        assert!(!public.verify(b"bonjour", &flipped));
        assert!(!public.verify(b"bonjour", b""));
    }

    #[test]
    fn a_pkcs1_public_key_and_one_on_a_single_line_are_read() {
        let key = SigningKey::from_pkcs8_pem(&pair().private_pem).unwrap();
        let signature = key.sign_rsa_sha256(b"x").unwrap();
        let public = <rsa::RsaPublicKey as rsa::pkcs8::DecodePublicKey>::from_public_key_pem(
            &pair().public_pem,
        )
        .unwrap();
        let pkcs1 = public.to_pkcs1_pem(LineEnding::CRLF).unwrap();
        assert!(pkcs1.contains("BEGIN RSA PUBLIC KEY"));
        assert!(
            VerifyingKey::from_pem(&pkcs1)
                .unwrap()
                .verify(b"x", &signature)
        );
        let one_line = pair().public_pem.replace('\n', " ");
        assert!(
            VerifyingKey::from_pem(&one_line)
                .unwrap()
                .verify(b"x", &signature)
        );
    }

    #[test]
    fn an_ed25519_key_verifies_only_its_own() {
        let ed = Ed25519KeyPair::generate().unwrap();
        let public = VerifyingKey::from_pem(&ed25519_pem(&ed)).unwrap();
        assert_eq!(public.algorithm(), Algorithm::Ed25519);
        assert!(public.verify(b"x", ed.sign(b"x").as_ref()));
        assert!(!public.verify(b"y", ed.sign(b"x").as_ref()));
    }

    #[test]
    fn a_short_rsa_key_is_refused() {
        let weak = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 1024).unwrap();
        let pem = weak
            .to_public_key()
            .to_public_key_pem(LineEnding::LF)
            .unwrap();
        assert!(matches!(
            VerifyingKey::from_pem(&pem),
            Err(KeyError::Size(1024))
        ));
    }

    #[test]
    fn garbage_is_no_key() {
        for pem in [
            "",
            "key",
            "-----BEGIN PUBLIC KEY-----\n!!\n-----END PUBLIC KEY-----",
            &pair().private_pem,
        ] {
            assert!(VerifyingKey::from_pem(pem).is_err(), "{pem}");
        }
        assert!(SigningKey::from_pkcs8_pem(&pair().public_pem).is_err());
        assert!(VerifyingKey::from_pem(&"a".repeat(1 << 20)).is_err());
    }

    #[test]
    fn debug_output_shows_no_private_key() {
        let shown = format!(
            "{:?}{:?}",
            pair(),
            SigningKey::from_pkcs8_pem(&pair().private_pem).unwrap()
        );
        assert!(!shown.contains("PRIVATE"));
    }
}
