//! `[registration]`: who may open an account.

use super::setting::{Days, Given, Kind, Refusal, Setting, choice, list, section};

section! {
    /// New accounts.
    Registration = "registration" {
        /// `open`: a confirmed address is enough; `approval`: a moderator accepts each one; `closed`: only the command line makes accounts.
        mode: RegistrationMode = "approval";
        /// Domains whose confirmed mail addresses skip approval. A domain doesn't stand for its subdomains.
        email_domains: Domains = "";
        /// Whether people who are new write less at once: 3 topics and 20 posts a day, 2 links and 5 mentions a post. Not for moderators, for accounts made by an administrator, nor for public agents signed in by a provider.
        new_member_limits: bool = "true";
        /// How long somebody who asked for an account is new.
        new_member_days: Days = "3", in 0..=365;
        /// How many posts somebody has to have written to be new no longer.
        new_member_posts: u32 = "3", in 0..=1000;
    }
}

choice! {
    /// How an account is opened.
    RegistrationMode {
        /// A confirmed address is enough.
        Open = "open",
        /// A moderator accepts each one.
        Approval = "approval",
        /// Nobody can ask for one.
        Closed = "closed",
    }
    later { "invite" }
}

/// Mail domains, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domains(pub Vec<String>);

impl Domains {
    /// Whether a mail address belongs to one of them.
    pub fn match_address(&self, address: &str) -> bool {
        address
            .rsplit_once('@')
            .is_some_and(|(_, domain)| self.0.contains(&domain.to_lowercase()))
    }
}

impl Setting for Domains {
    const KIND: Kind = Kind::List;

    fn form() -> String {
        "list of domains".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        let mut domains = Vec::new();
        for item in list(given)? {
            let valid = item.contains('.')
                && !item.starts_with('.')
                && !item.ends_with('.')
                && item
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '.' || c == '-');
            if !valid {
                return Err(Refusal::Invalid(format!(
                    "{item:?} is not a domain such as ville.example.fr"
                )));
            }
            domains.push(item.to_lowercase());
        }
        Ok(Self(domains))
    }
}
