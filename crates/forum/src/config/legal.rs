//! `[legal]`: what the institution has to say of itself on its legal pages (LAW-01 to LAW-05). Its name is
//! `node.institution`. What is not set is shown as missing, and nothing is claimed in its place.

use std::str::FromStr;

use chrono::NaiveDate;

use super::setting::{Given, Kind, Refusal, Setting, choice, section, text};
use super::{Config, ConfigError};

section! {
    /// What the legal pages say of the institution. A text may have several lines.
    Legal = "legal" {
        /// Postal address of the publisher.
        address: Option<String> = "", in 1..=500;
        /// Telephone of the publisher.
        phone: Option<String> = "", in 1..=50;
        /// Mail address of the publisher for the public; without it, `node.contact` is shown.
        email: Option<String> = "", in 3..=200;
        /// SIRET or another number of a register.
        register_id: Option<String> = "", in 1..=100;
        /// Who directs the publication: name and office.
        director: Option<String> = "", in 1..=200;
        /// Who hosts the node.
        host_name: Option<String> = "", in 1..=200;
        /// Postal address of the host.
        host_address: Option<String> = "", in 1..=500;
        /// Telephone of the host.
        host_phone: Option<String> = "", in 1..=50;
        /// Data protection officer: name or office, and how to reach them.
        dpo: Option<String> = "", in 1..=500;
        /// Mail address for difficulties of access; without it, that of the publisher is shown.
        accessibility_email: Option<String> = "", in 3..=200;
        /// Mail address of the moderators; without it, that of the publisher is shown.
        moderation_email: Option<String> = "", in 3..=200;
        /// Result of the last accessibility audit. `partial` and `full` need the audit below; without one the state is `none`.
        accessibility: Conformity = "none";
        /// Who made the audit.
        audit_by: Option<String> = "", in 1..=200;
        /// When the audit was made.
        audit_date: Option<Day> = "";
        /// Criteria that the audit found to be met, in percent.
        audit_rate: Option<u32> = "", in 0..=100;
        /// What the audit found not to be accessible, one thing a line.
        audit_issues: Option<String> = "", in 1..=10000;
    }
}

choice! {
    /// What an accessibility audit found.
    Conformity {
        /// No valid audit, or under half of the criteria.
        None = "none",
        /// Half of the criteria or more.
        Partial = "partial",
        /// All criteria.
        Full = "full",
    }
}

/// A day, written `2026-05-12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub NaiveDate);

impl Setting for Day {
    const KIND: Kind = Kind::Text;

    fn form() -> String {
        "day, as `2026-05-12`".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        NaiveDate::from_str(text(given)?)
            .map(Self)
            .map_err(|_| Refusal::Invalid("must be a day such as 2026-05-12".to_owned()))
    }
}

impl Config {
    /// Keys of what the law asks an institution to say and that is not set.
    pub fn legal_gaps(&self) -> Vec<&'static str> {
        let Legal {
            address,
            phone,
            email,
            director,
            host_name,
            host_address,
            host_phone,
            dpo,
            ..
        } = &self.legal;
        let contact = email.as_ref().or(self.node.contact.as_ref());
        [
            ("node.institution", self.node.institution.is_none()),
            ("legal.address", address.is_none()),
            ("legal.phone", phone.is_none()),
            ("legal.email", contact.is_none()),
            ("legal.director", director.is_none()),
            ("legal.host_name", host_name.is_none()),
            ("legal.host_address", host_address.is_none()),
            ("legal.host_phone", host_phone.is_none()),
            ("legal.dpo", dpo.is_none()),
        ]
        .into_iter()
        .filter_map(|(key, missing)| missing.then_some(key))
        .collect()
    }

    /// A state of accessibility is only what an audit found.
    pub(super) fn validate_legal(&self) -> Result<(), ConfigError> {
        let legal = &self.legal;
        let conflict = |reason: &str| {
            Err(ConfigError::Conflict {
                key: "legal.accessibility",
                reason: reason.to_owned(),
            })
        };
        if legal.accessibility == Conformity::None {
            return Ok(());
        }
        let (Some(_), Some(_), Some(rate)) = (&legal.audit_by, legal.audit_date, legal.audit_rate)
        else {
            return conflict(
                "`partial` and `full` are what an audit found: \
                 set legal.audit_by, legal.audit_date and legal.audit_rate",
            );
        };
        match legal.accessibility {
            Conformity::Full if rate < 100 => conflict("`full` is for 100 percent of the criteria"),
            Conformity::Partial if rate < 50 => {
                conflict("under 50 percent of the criteria the state is `none`")
            }
            _ => Ok(()),
        }
    }
}
