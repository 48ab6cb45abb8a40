//! What an account is made of, checked.

use lettre::Address;

use crate::actors::{self, Keys};
use crate::affiliations::NewAffiliation;
use crate::passwords::{self, Password, PasswordHash};
use crate::text::sanitize;
use crate::{Error, FieldError, Result};

/// Longest reason of somebody who asks for an account, in characters.
pub const MAX_REASON: usize = 2_000;
/// Shortest name.
const MIN_NAME: u32 = 2;
/// Longest name.
const MAX_NAME: u32 = 30;
/// Longest mail address.
const MAX_EMAIL: usize = 254;

/// Names that nobody asks for: they look like the node itself, or like parts of its addresses. The command line may
/// give them.
const RESERVED: &[&str] = &[
    "about",
    "abuse",
    "accessibility",
    "account",
    "accounts",
    "actor",
    "admin",
    "administrateur",
    "administration",
    "administrator",
    "all",
    "anonymous",
    "api",
    "auth",
    "authorize_interaction",
    "bookmarks",
    "bot",
    "c",
    "category",
    "categories",
    "contact",
    "deleted",
    "everyone",
    "feeds",
    "follow",
    "forum",
    "ftp",
    "guest",
    "healthz",
    "help",
    "home",
    "host",
    "hostmaster",
    "http",
    "https",
    "imap",
    "inbox",
    "instance",
    "localhost",
    "login",
    "logout",
    "mail",
    "mailer-daemon",
    "me",
    "media",
    "moderateur",
    "moderation",
    "moderator",
    "nobody",
    "nodeinfo",
    "noreply",
    "no-reply",
    "notifications",
    "null",
    "oauth",
    "official",
    "officiel",
    "organisations",
    "outbox",
    "owner",
    "p",
    "parvis",
    "password",
    "pop",
    "postmaster",
    "privacy",
    "privacy-officer",
    "proposals",
    "readyz",
    "register",
    "root",
    "search",
    "security",
    "service",
    "settings",
    "signup",
    "smtp",
    "staff",
    "static",
    "status",
    "support",
    "sysadmin",
    "system",
    "t",
    "tags",
    "team",
    "terms",
    "u",
    "undefined",
    "user",
    "users",
    "webmaster",
    "welcome",
    "well-known",
    "www",
];

/// What somebody filled in.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignUp<'a> {
    /// Name part of the handle; capitals become small letters.
    pub name: &'a str,
    /// Mail address.
    pub email: &'a str,
    /// Password.
    pub password: &'a str,
    /// Name that people see; the handle's when empty.
    pub display_name: &'a str,
    /// Why they want an account.
    pub reason: &'a str,
    /// Language, `fr` or `en`; else the node's.
    pub locale: Option<&'a str>,
}

/// An account to make, valid once it exists.
#[derive(Clone, Debug)]
pub struct NewPerson {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) password: Option<Password>,
    pub(super) display_name: String,
    pub(super) reason: String,
    pub(super) locale: Option<String>,
    pub(super) affiliation: NewAffiliation,
}

/// The same with its slow parts done: password hash and keys.
#[derive(Clone, Debug)]
pub struct ReadyPerson {
    pub(super) new: NewPerson,
    pub(super) hash: PasswordHash,
    pub(super) keys: Keys,
}

impl NewPerson {
    /// Checks what somebody filled in. Errors name `name`, `email`, `password`, `display_name`, `reason`.
    pub fn parse(input: &SignUp<'_>, affiliation: NewAffiliation) -> Result<Self> {
        let mut errors = Vec::new();
        let new = Self::check(input, affiliation, &mut errors);
        if RESERVED.contains(&new.name.as_str()) {
            errors.push(FieldError::new("name", "reserved"));
        }
        let own = [input.name, input.email, input.display_name];
        if input.password.is_empty() {
            errors.push(FieldError::new("password", "blank"));
        } else if let Some(error) = passwords::check("password", input.password, &own) {
            errors.push(error);
        }
        if errors.is_empty() {
            let password = Password::parse("password", input.password, &own)?;
            Ok(Self {
                password: Some(password),
                ..new
            })
        } else {
            Err(Error::Invalid(errors))
        }
    }

    /// Checks what an operator says on the command line: any name is theirs to give, and without a password nobody
    /// signs in until one is chosen.
    pub fn parse_by_operator(input: &SignUp<'_>, affiliation: NewAffiliation) -> Result<Self> {
        let mut errors = Vec::new();
        let mut new = Self::check(input, affiliation, &mut errors);
        if !input.password.is_empty() {
            let own = [input.name, input.email];
            match Password::parse("password", input.password, &own) {
                Ok(password) => new.password = Some(password),
                Err(Error::Invalid(more)) => errors.extend(more),
                Err(error) => return Err(error),
            }
        }
        if errors.is_empty() {
            Ok(new)
        } else {
            Err(Error::Invalid(errors))
        }
    }

    fn check(
        input: &SignUp<'_>,
        affiliation: NewAffiliation,
        errors: &mut Vec<FieldError>,
    ) -> Self {
        let name = input.name.trim().trim_start_matches('@').to_lowercase();
        if let Some(error) = check_name(&name) {
            errors.push(error);
        }
        let email = parse_email(input.email).unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        });
        let reason = input.reason.trim().replace('\0', "");
        if reason.chars().count() > MAX_REASON {
            errors.push(FieldError::limit("reason", "too-long", 2_000));
        }
        Self {
            name,
            email,
            password: None,
            display_name: sanitize::clean_name(input.display_name),
            reason,
            locale: input
                .locale
                .filter(|l| matches!(*l, "fr" | "en"))
                .map(ToOwned::to_owned),
            affiliation,
        }
    }

    /// Name part of the handle.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hashes the password and makes the keys, away from the async threads: before the transaction.
    pub async fn prepare(self) -> Result<ReadyPerson> {
        let keys = actors::generate_keys().await?;
        self.prepare_with(keys).await
    }

    /// The same with keys that are there already.
    pub async fn prepare_with(mut self, keys: Keys) -> Result<ReadyPerson> {
        let hash = match self.password.take() {
            Some(password) => password.hash().await?,
            None => PasswordHash::none(),
        };
        Ok(ReadyPerson {
            new: self,
            hash,
            keys,
        })
    }
}

/// What is wrong with a name, if anything.
pub fn check_name(name: &str) -> Option<FieldError> {
    let length = u32::try_from(name.chars().count()).unwrap_or(u32::MAX);
    if length == 0 {
        Some(FieldError::new("name", "blank"))
    } else if length < MIN_NAME {
        Some(FieldError::limit("name", "too-short", MIN_NAME))
    } else if length > MAX_NAME {
        Some(FieldError::limit("name", "too-long", MAX_NAME))
    } else if !actors::is_valid_name(name) {
        Some(FieldError::new("name", "format"))
    } else {
        None
    }
}

/// A mail address in the form in which it is stored and compared: small letters.
pub(super) fn parse_email(text: &str) -> Result<String, FieldError> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Err(FieldError::new("email", "blank"));
    }
    let valid = text.len() <= MAX_EMAIL
        && text.parse::<Address>().is_ok()
        && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if valid {
        Ok(text)
    } else {
        Err(FieldError::new("email", "format"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, email: &str, password: &str) -> Vec<String> {
        let input = SignUp {
            name,
            email,
            password,
            ..SignUp::default()
        };
        match NewPerson::parse(&input, NewAffiliation::default()) {
            Ok(_) => Vec::new(),
            Err(Error::Invalid(errors)) => errors.iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.to_string()],
        }
    }

    #[test]
    fn what_is_wrong_is_said_field_by_field() {
        let none: [&str; 0] = [];
        let good = "quatre vélos rouges";
        assert_eq!(parse("Jeanne.Martin", "J@ville.example", good), none);
        assert_eq!(
            parse("", "", ""),
            ["name: blank", "email: blank", "password: blank"]
        );
        assert_eq!(parse("x", "j@ville.example", good), ["name: too-short (2)"]);
        assert_eq!(
            parse(&"x".repeat(31), "j@ville.example", good),
            ["name: too-long (30)"]
        );
        assert_eq!(parse("élan", "j@ville.example", good), ["name: format"]);
        assert_eq!(parse("Admin", "j@ville.example", good), ["name: reserved"]);
        assert_eq!(
            parse("jeanne", "j@ville.example\r\nBcc: x@evil.example", good),
            ["email: format"]
        );
        assert_eq!(
            parse("jeanne_martin", "j@ville.example", "jeanne-martin"),
            ["password: common"]
        );
    }

    #[test]
    fn the_command_line_may_give_any_name_and_no_password() {
        let input = SignUp {
            name: "admin",
            email: "admin@ville.example",
            ..SignUp::default()
        };
        let new = NewPerson::parse_by_operator(&input, NewAffiliation::default()).unwrap();
        assert_eq!(new.name(), "admin");
        assert!(new.password.is_none());
    }
}
