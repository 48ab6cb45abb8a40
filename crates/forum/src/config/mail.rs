//! `[mail]`: how mail leaves the node.

use std::str::FromStr;

use lettre::message::Mailbox;
use url::Url;

use super::setting::{Given, Kind, Refusal, Setting, section, text};

section! {
    /// Outgoing mail.
    Mail = "mail" {
        /// `smtp://host:port` (plain, for a relay on this machine or network; `?tls=required` or `?tls=opportunistic` for STARTTLS) or `smtps://user:password@host:port`. Unset: mail is written to the log instead of sent.
        url: Option<MailUrl> = "";
        /// Sender, such as `Forum <no-reply@forum.example.fr>`. Unset: `no-reply@` and the host of `server.public_url`.
        from: Option<Mailbox> = "";
    }
}

/// Address of the mail server; may hold a password, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct MailUrl(Url);

impl MailUrl {
    /// The address, for the mail client alone.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The server's name, to be shown.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl std::fmt::Debug for MailUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://(not shown)@{}", self.0.scheme(), self.host())
    }
}

impl FromStr for MailUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text)
            .map_err(|_| "must be an address such as smtps://user:password@mail.example.fr:465")?;
        if !matches!(url.scheme(), "smtp" | "smtps") {
            return Err("must begin with smtp:// or smtps://");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err("must have a host");
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("must not have a path");
        }
        if !matches!(
            url.query(),
            None | Some("tls=required" | "tls=opportunistic")
        ) {
            return Err("may only have ?tls=required or ?tls=opportunistic");
        }
        if url.scheme() == "smtps" && url.query().is_some() {
            return Err("must not have ?tls= with smtps://, which always encrypts");
        }
        Ok(Self(url))
    }
}

impl Setting for MailUrl {
    const KIND: Kind = Kind::Text;
    const SECRET: bool = true;

    fn form() -> String {
        "`smtp://…` or `smtps://…`".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        text(given)?
            .parse()
            .map_err(|reason: &str| Refusal::Invalid(reason.to_owned()))
    }
}

impl Setting for Mailbox {
    const KIND: Kind = Kind::Text;

    fn form() -> String {
        "mail address".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        text(given)?.parse().map_err(|_| {
            Refusal::Invalid(
                "must be a mail address, as Forum <no-reply@forum.example.fr>".to_owned(),
            )
        })
    }
}
