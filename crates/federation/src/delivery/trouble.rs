//! What kind of trouble a delivery met, told from the error that was noted: an administrator is told what to do about
//! each in their language, and the figures are counted by it.
//!
//! The errors are sentences of our own (`judge`, [`FetchError`](crate::http::FetchError)); what is not among them is
//! [`Trouble::Other`], so that an old row never stands in the way. Queues don't decide on this.

use std::fmt;

macro_rules! troubles {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+) => {
        /// A kind of trouble.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Trouble { $($(#[doc = $doc])+ $variant,)+ }

        impl Trouble {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name in figures, in the API, and after `trouble-` in the locales.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        /// Labels of what comes of deliveries: taken, or the trouble.
        pub(crate) const OUTCOMES: &[&str] = &["taken", $($word),+];
    };
}

troubles! {
    /// The name doesn't resolve.
    Dns = "dns",
    /// Nobody listens, or there is no way there.
    Connection = "connection",
    /// No TLS connection: a certificate, most often.
    Tls = "tls",
    /// No answer in time.
    Timeout = "timeout",
    /// The connection broke.
    Network = "network",
    /// Its address is one that this node doesn't go to.
    Address = "address",
    /// 401, 403 or 400, and its clock is minutes off ours.
    Clock = "clock",
    /// 401: it doesn't believe the signature.
    Signature = "signature",
    /// 403: it doesn't want anything from this node, or from this author.
    Forbidden = "forbidden",
    /// 404: there is no such inbox.
    NotFound = "not-found",
    /// 410: the inbox is gone for good.
    Gone = "gone",
    /// 408, 425 or 429: too much at once.
    Busy = "busy",
    /// 5xx: it fails.
    Server = "server",
    /// 3xx: an inbox doesn't move that way.
    Redirect = "redirect",
    /// Another 4xx: it doesn't take this activity.
    Refused = "refused",
    /// It waited longer than activities are kept.
    Late = "late",
    /// An administrator passed over it.
    Skipped = "skipped",
    /// Something else; the error itself says what.
    Other = "other",
}

impl Trouble {
    /// The kind of an error that was noted.
    pub fn of(error: &str) -> Self {
        if let Some(answer) = error.strip_prefix("answered ") {
            let digits: String = answer.chars().take_while(char::is_ascii_digit).collect();
            return Self::of_status(digits.parse().unwrap_or(0), answer.contains("clock"));
        }
        match error {
            "gone" => Self::Gone,
            "timed out" => Self::Timeout,
            "not delivered in time" => Self::Late,
            _ if error.starts_with("skipped") => Self::Skipped,
            _ if error.starts_with("network: dns:") => Self::Dns,
            _ if error.starts_with("network: tls:") => Self::Tls,
            _ if error.starts_with("network: connection:") => Self::Connection,
            _ if error.starts_with("network:") => Self::Network,
            _ if error.starts_with("not fetched:") => Self::Address,
            _ => Self::Other,
        }
    }

    fn of_status(status: u16, clock: bool) -> Self {
        match status {
            400 | 401 | 403 if clock => Self::Clock,
            300..=399 => Self::Redirect,
            401 => Self::Signature,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            408 | 425 | 429 => Self::Busy,
            410 => Self::Gone,
            400..=499 => Self::Refused,
            500.. => Self::Server,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::FetchError;

    #[test]
    fn every_error_that_we_note_has_its_kind() {
        let network = |text: &str| FetchError::Network(text.to_owned()).to_string();
        for (error, kind) in [
            ("answered 401".to_owned(), Trouble::Signature),
            (
                "answered 401, its clock is 900 s off".to_owned(),
                Trouble::Clock,
            ),
            ("answered 403".to_owned(), Trouble::Forbidden),
            ("answered 404".to_owned(), Trouble::NotFound),
            ("answered 410".to_owned(), Trouble::Gone),
            ("answered 422".to_owned(), Trouble::Refused),
            ("answered 429".to_owned(), Trouble::Busy),
            ("answered 308".to_owned(), Trouble::Redirect),
            ("answered 503".to_owned(), Trouble::Server),
            (FetchError::Timeout.to_string(), Trouble::Timeout),
            (network("dns: no such host"), Trouble::Dns),
            (network("tls: expired"), Trouble::Tls),
            (network("connection: refused"), Trouble::Connection),
            (network("reset"), Trouble::Network),
            (
                FetchError::Blocked("the host is an address").to_string(),
                Trouble::Address,
            ),
            ("gone".to_owned(), Trouble::Gone),
            ("a sentence of yesterday".to_owned(), Trouble::Other),
        ] {
            assert_eq!(Trouble::of(&error), kind, "{error}");
        }
    }

    #[test]
    fn no_two_kinds_share_a_name() {
        let names: std::collections::HashSet<_> =
            Trouble::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), Trouble::ALL.len());
        assert_eq!(OUTCOMES.len(), names.len() + 1);
    }
}
