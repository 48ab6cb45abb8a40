//! Passwords: which are acceptable, and their Argon2id hashes.
//!
//! At least 12 characters, no composition rule; not a common one, not the person's own data (product: local accounts,
//! after the recommendation of the CNIL). Hashing runs away from the async threads, a few at a time, and never inside
//! a transaction.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash as Phc, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

use crate::{Error, FieldError, Result};

/// Shortest password, in characters.
pub const MIN_LENGTH: u32 = 12;
/// Longest password, in characters: beyond, hashing would be work for nothing.
pub const MAX_LENGTH: u32 = 256;

/// Each hash takes 19 MiB: the machine does a few at once, the others wait.
static TURNS: Semaphore = Semaphore::const_new(4);

/// Stems of common passwords, one a line, lower case, letters and digits only.
const COMMON: &str = include_str!("common-passwords.txt");

/// Rows of keys and of signs that people run along.
const RUNS: &[&str] = &[
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1a2z3e4r5t6y7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "aqwzsxedcrfvtgbyhn",
];

/// An acceptable password, not hashed yet.
#[derive(Clone)]
pub struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What is stored of a password.
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The hash of no password: nobody signs in with it.
    pub fn none() -> Self {
        Self(String::new())
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl Password {
    /// Checks a new password against the rules; `own` is data of the person (name, mail, shown name). `field` is the
    /// name of the field in errors.
    pub fn parse(field: &'static str, text: &str, own: &[&str]) -> Result<Self> {
        match check(field, text, own) {
            Some(error) => Err(Error::Invalid(vec![error])),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// Hashes it, away from the async threads.
    pub async fn hash(self) -> Result<PasswordHash> {
        hash(self.0).await.map(PasswordHash)
    }
}

/// What is wrong with a new password, if anything: `too-short`, `too-long`, `common`.
pub(crate) fn check(field: &'static str, text: &str, own: &[&str]) -> Option<FieldError> {
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if length < MIN_LENGTH {
        Some(FieldError::limit(field, "too-short", MIN_LENGTH))
    } else if length > MAX_LENGTH {
        Some(FieldError::limit(field, "too-long", MAX_LENGTH))
    } else if is_common(text) || own.iter().any(|data| is_own(text, data)) {
        Some(FieldError::new(field, "common"))
    } else {
        None
    }
}

fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'â' => 'a',
            'é' | 'è' | 'ê' => 'e',
            'î' | 'ï' => 'i',
            'ô' => 'o',
            'ù' | 'û' => 'u',
            'ç' => 'c',
            other => other,
        })
        .collect()
}

/// True for common words with figures and signs around, for repetitions, and for runs along the keyboard.
fn is_common(text: &str) -> bool {
    let text = plain(text);
    let letters = text.trim_matches(|c: char| c.is_ascii_digit());
    let unleeted: String = text
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            other => other,
        })
        .collect();
    if text.chars().count() < 4 || letters.is_empty() && text.chars().count() < 16 {
        return true;
    }
    let unit = unit_of(&text);
    unit.chars().count() <= 4
        || is_run(&text)
        || is_run(unit)
        || COMMON.lines().any(|word| {
            !word.is_empty()
                && [
                    text.as_str(),
                    letters,
                    unit,
                    unit_of(letters),
                    unleeted.as_str(),
                ]
                .contains(&word)
        })
}

/// The shortest text that, repeated, gives this one: `abc` for `abcabc` and for `abcabcab`.
fn unit_of(text: &str) -> &str {
    text.char_indices()
        .skip(1)
        .filter_map(|(at, _)| text.split_at_checked(at))
        .find(|(unit, _)| {
            text.char_indices()
                .zip(unit.chars().cycle())
                .all(|((_, a), b)| a == b)
        })
        .map_or(text, |(unit, _)| unit)
}

fn is_run(text: &str) -> bool {
    let backwards: String = text.chars().rev().collect();
    RUNS.iter()
        .any(|run| run.contains(text) || run.contains(&backwards))
}

/// True when the password is the person's own data with figures and signs around.
fn is_own(text: &str, data: &str) -> bool {
    let text = plain(text);
    let text = text.trim_matches(|c: char| c.is_ascii_digit());
    let unit = unit_of(text);
    let mut forms = vec![plain(data)];
    if let Some((local, domain)) = data.rsplit_once('@') {
        forms.push(plain(local));
        forms.push(plain(domain));
    }
    forms.iter().any(|form| {
        let form = form.trim_matches(|c: char| c.is_ascii_digit());
        !form.is_empty() && (form == text || form == unit)
    })
}

/// True when `text` is the password behind `stored`. An empty `stored` (an unknown account, an account without a
/// password) takes as long and is false.
pub(crate) async fn verify(stored: &str, text: &str) -> Result<bool> {
    if text.len() > 4 * MAX_LENGTH as usize {
        return Ok(false);
    }
    if stored.is_empty() {
        hash(text.to_owned()).await?;
        return Ok(false);
    }
    let (stored, text) = (stored.to_owned(), text.to_owned());
    in_turn(move || {
        let phc = Phc::new(&stored)
            .map_err(|e| Error::External(format!("unreadable password hash: {e}")))?;
        match Argon2::default().verify_password(text.as_bytes(), &phc) {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::Password) => Ok(false),
            Err(e) => Err(Error::External(format!("cannot check a password: {e}"))),
        }
    })
    .await
}

async fn hash(text: String) -> Result<String> {
    in_turn(move || {
        let salt = SaltString::generate(&mut OsRng);
        Argon2::default()
            .hash_password(text.as_bytes(), &salt)
            .map(|phc| phc.to_string())
            .map_err(|e| Error::External(format!("cannot hash a password: {e}")))
    })
    .await
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let _turn = TURNS
        .acquire()
        .await
        .map_err(|e| Error::External(format!("cannot hash a password: {e}")))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::External(format!("cannot hash a password: {e}")))?
}

/// A fresh password for somebody who didn't choose one: 160 random bits, easy to copy.
pub fn fresh() -> String {
    crate::tokens::fresh_secret().chars().take(27).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<&'static str> {
        check(
            "password",
            text,
            &[
                "jeanne.martin",
                "jeanne.martin@ville.example",
                "Jeanne Martin",
            ],
        )
        .map(|e| e.code)
    }

    #[test]
    fn weak_passwords_are_refused() {
        assert_eq!(code("onze signes"), Some("too-short"));
        assert_eq!(code(&"long ".repeat(60)), Some("too-long"));
        for text in [
            "motdepasse123",
            "Mot-De-Passe-2026!",
            "passwordpassword",
            "azertyuiopqs",
            "azertyazerty",
            "123456789012",
            "210987654321",
            "aaaaaaaaaaaa",
            "P4ssw0rd!!!!!",
            "abababababab",
            "!!!!!!!!!!!!",
            "jeannemartin",
            "Jeanne.Martin2026",
            "jeanne.martin@ville.example",
        ] {
            assert_eq!(code(text), Some("common"), "{text}");
        }
    }

    #[test]
    fn sentences_and_random_signs_are_fine() {
        for text in [
            "quatre vélos rouges",
            "kT9#vQ2m!zR7p",
            "correct horse battery",
            "Une phrase, avec sa ponctuation.",
        ] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn a_hash_is_checked_and_an_empty_one_never_matches() {
        let password = Password::parse("password", "quatre vélos rouges", &[]).unwrap();
        let hash = password.hash().await.unwrap().into_string();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify(&hash, "quatre vélos rouges").await.unwrap());
        assert!(!verify(&hash, "quatre vélos verts").await.unwrap());
        assert!(!verify("", "quatre vélos rouges").await.unwrap());
    }
}
