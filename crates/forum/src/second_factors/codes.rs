//! Codes of the second factor, as values: what a key gives at a moment (RFC 6238), the address that an application reads
//! the key from, and recovery codes.
//!
//! Six figures, thirty seconds, HMAC-SHA-1: what every application does. Not here: whether a code was used before.

use subtle::ConstantTimeEq as _;
use totp_rs::{Builder, Secret, Totp};

use crate::{Error, Result};

/// Seconds that a code is shown for.
pub const STEP_SECONDS: i64 = 30;
/// Recovery codes that somebody gets at once.
pub const RECOVERY_CODES: usize = 10;
/// Steps that a clock may be ahead or behind.
const DRIFT: i64 = 1;
/// Signs of a recovery code: none that looks like another. 32 of them, so that each is five bits.
const SIGNS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
/// Groups of four signs in a recovery code: 80 bits.
const GROUPS: usize = 4;

/// A fresh key: 160 random bits, base 32.
pub(crate) fn fresh_key() -> String {
    Secret::new_stack(rand::random()).to_base32()
}

fn totp(key: &str, issuer: &str, account: &str) -> Result<Totp> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::External(format!("unreadable key of a second factor: {error}"))
    };
    let secret = Secret::try_from_base32(key).map_err(|error| unreadable(&error))?;
    // A colon separates the two in the address.
    let plain = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_secret(secret)
        .with_account_name(plain(account))
        .with_issuer(Some(plain(issuer)))
        .build()
        .map_err(|error| unreadable(&error))
}

/// The `otpauth:` address of a key, for applications. `issuer` is the node's name, `account` the person's.
pub(crate) fn address(key: &str, issuer: &str, account: &str) -> Result<String> {
    totp(key, issuer, account)?
        .to_url()
        .map_err(|error| Error::External(format!("no address for a second factor: {error}")))
}

/// The step that a moment is in, in seconds since 1970.
pub fn step_at(seconds: i64) -> i64 {
    seconds.div_euclid(STEP_SECONDS)
}

/// The code of a step.
pub fn code_at(key: &str, step: i64) -> Result<String> {
    let seconds = u64::try_from(step.saturating_mul(STEP_SECONDS)).unwrap_or_default();
    Ok(totp(key, "", "")?.generate(seconds).to_string())
}

/// The step whose code was given, if it is the present one or one beside it, and later than `last`. Spaces are of no
/// matter.
pub(crate) fn matching_step(key: &str, given: &str, now: i64, last: i64) -> Result<Option<i64>> {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let present = step_at(now);
    let mut found = None;
    for step in (present - DRIFT)..=(present + DRIFT) {
        let same: bool = code_at(key, step)?
            .as_bytes()
            .ct_eq(given.as_bytes())
            .into();
        if same && step > last {
            found = Some(step);
        }
    }
    Ok(found)
}

/// Fresh recovery codes, as people copy them: `k7dm-93xq-…`.
pub(crate) fn fresh_recovery_codes() -> Vec<String> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let groups: Vec<String> = rand::random::<[[u8; 4]; GROUPS]>()
                .iter()
                .map(|group| {
                    group
                        .iter()
                        .filter_map(|byte| SIGNS.get(usize::from(byte % 32)))
                        .map(|sign| char::from(*sign))
                        .collect()
                })
                .collect();
            groups.join("-")
        })
        .collect()
}

/// What counts of a recovery code that somebody typed: small letters and figures.
pub(crate) fn plain_recovery_code(given: &str) -> String {
    given
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 6238, appendix B: `12345678901234567890`.
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // The last six of the eight figures of appendix B.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(KEY, step_at(seconds)).unwrap(), code, "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_one_step_away() {
        let now = 1_234_567_890;
        let present = step_at(now);
        for (away, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = code_at(KEY, present + away).unwrap();
            let found = matching_step(KEY, &code, now, 0).unwrap();
            assert_eq!(found, taken.then_some(present + away), "{away}");
        }
    }

    #[test]
    fn neither_a_used_step_nor_one_before_it_counts() {
        let now = 1_234_567_890;
        let present = step_at(now);
        let code = |step| code_at(KEY, step).unwrap();
        let found = |given: &str, last| matching_step(KEY, given, now, last).unwrap();
        assert_eq!(found(&code(present), present), None);
        assert_eq!(found(&code(present - 1), present), None);
        assert_eq!(found(&code(present + 1), present), Some(present + 1));
    }

    #[test]
    fn spaces_are_of_no_matter_and_the_rest_is() {
        let found = |given: &str| matching_step(KEY, given, 59, 0).unwrap();
        assert_eq!(found(" 287 082\u{a0}"), Some(1));
        for wrong in ["", "28708", "2870820", "287083", "０87082"] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_names_node_and_person() {
        let key = fresh_key();
        assert_eq!(key.len(), 32);
        let address = address(&key, "Forum : l’Exemple", "jeanne").unwrap();
        let start = "otpauth://totp/Forum%20%20%20l%E2%80%99Exemple:jeanne?secret=";
        assert!(address.starts_with(start), "{address}");
        assert!(address.contains(&key), "{address}");
    }

    #[test]
    fn recovery_codes_differ_and_may_be_typed_freely() {
        let codes = fresh_recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let mut seen = std::collections::BTreeSet::new();
        for code in &codes {
            assert!(code.len() == 19 && seen.insert(code.clone()), "{code}");
            let typed = format!(" {} ", code.to_uppercase().replace('-', " "));
            assert_eq!(plain_recovery_code(&typed), code.replace('-', ""));
        }
    }
}
