//! Origins: one place that says which host a URL belongs to, and whether two URLs share it.
//!
//! Ids, owners, blocks and "is it ours" all come here (FEP-fe34). It opens no connection.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use url::{Host, Url};

use crate::address::AddressPolicy;

/// Longest id that is looked at, in bytes.
pub const MAX_ID: usize = 2048;

/// Scheme, host and effective port of a URL. The host is ASCII, lower case, without a trailing dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an http(s) URL; nothing for other schemes.
    pub fn of(url: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() {
            return None;
        }
        Some(Self {
            scheme: url.scheme().to_owned(),
            host,
            port: url.port_or_known_default()?,
        })
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host alone; IPv6 stands in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The effective port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `host`, or `host:port` when the port isn't the scheme's own: what stands in `Host` headers and handles.
    pub fn authority(&self) -> String {
        if self.port == default_port(&self.scheme) {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

fn default_port(scheme: &str) -> u16 {
    if scheme == "http" { 80 } else { 443 }
}

/// Whether both URLs are http(s) and share scheme, host and effective port.
pub fn same_origin(a: &Url, b: &Url) -> bool {
    matches!((Origin::of(a), Origin::of(b)), (Some(a), Some(b)) if a == b)
}

/// Whether a URL is on this node.
pub fn is_local(url: &Url, public_url: &Url) -> bool {
    same_origin(url, public_url)
}

/// A host name or address in its one spelling: ASCII (punycode), lower case, no trailing dot, no port.
/// Nothing if it isn't one.
pub fn normal_host(host: &str) -> Option<String> {
    let host = host.trim().trim_end_matches('.');
    if host.is_empty() || host.contains(['/', '@', '?', '#', '\\', ' ']) {
        return None;
    }
    Host::parse(host).ok().map(|host| host.to_string())
}

/// Whether a block of `block` covers `host`: the same name, or one below it by whole labels.
/// An address covers only itself.
pub fn host_covers(block: &str, host: &str) -> bool {
    let (Some(block), Some(host)) = (normal_host(block), normal_host(host)) else {
        return false;
    };
    if block == host {
        return true;
    }
    if block.starts_with('[') || block.parse::<IpAddr>().is_ok() {
        return false;
    }
    host.strip_suffix(&block)
        .is_some_and(|above| above.ends_with('.'))
}

/// Why a text isn't an id that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Longer than [`MAX_ID`].
    #[error("the id is longer than 2048 bytes")]
    TooLong,
    /// Not an absolute URL, or with spaces, control characters or backslashes in it.
    #[error("the id is not an absolute url")]
    NotAUrl,
    /// Not https (http counts only in insecure mode).
    #[error("the id's scheme is not https")]
    Scheme,
    /// With a user name or password.
    #[error("the id carries a user name")]
    UserInfo,
    /// With a fragment, where none may be.
    #[error("the id carries a fragment")]
    Fragment,
    /// The host is an address rather than a name.
    #[error("the id's host is an address")]
    Address,
}

/// Reads the id of an object or actor: absolute https, a host name, no user, no fragment, at most 2048 bytes.
/// With `policy.insecure` also http; an address as host only if the policy lets peers live there.
pub fn parse_id(id: &str, policy: &AddressPolicy) -> Result<Url, IdError> {
    let url = parse_activity_id(id, policy)?;
    if url.fragment().is_some() {
        return Err(IdError::Fragment);
    }
    Ok(url)
}

/// Reads the id of an activity, which may carry a fragment, or of a key; otherwise as [`parse_id`].
pub fn parse_activity_id(id: &str, policy: &AddressPolicy) -> Result<Url, IdError> {
    if id.len() > MAX_ID {
        return Err(IdError::TooLong);
    }
    if id
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
    {
        return Err(IdError::NotAUrl);
    }
    let lower = id.get(..8).unwrap_or(id).to_ascii_lowercase();
    if !lower.starts_with("https://") && !lower.starts_with("http://") {
        return Err(if Url::parse(id).is_ok() {
            IdError::Scheme
        } else {
            IdError::NotAUrl
        });
    }
    let url = Url::parse(id).map_err(|_| IdError::NotAUrl)?;
    if url.scheme() == "http" && !policy.insecure {
        return Err(IdError::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(IdError::UserInfo);
    }
    if let Some(ip) = host_address(&url)
        && !policy.permits_literal(ip)
    {
        return Err(IdError::Address);
    }
    Ok(url)
}

/// The address that stands as host in a URL, if one does.
pub(crate) fn host_address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
        // "127.0.0.1." is a name to the parser and an address to a resolver.
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name.parse::<IpAddr>()
                .ok()
                .or_else(|| name.parse::<Ipv6Addr>().ok().map(IpAddr::V6))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(id: &str) -> Result<Url, IdError> {
        parse_id(id, &AddressPolicy::default())
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn every_spelling_of_a_host_is_one_origin() {
        let ours = url("https://forum.ville.example/");
        for spelling in [
            "https://FORUM.ville.example/p/1",
            "https://forum.ville.example./p/1",
            "https://forum.ville.example:443/p/1",
            "https://%66orum.ville.example/p/1",
            "HTTPS://forum.ville.example/p/1#x",
        ] {
            assert!(is_local(&url(spelling), &ours), "{spelling}");
        }
        for other in [
            "http://forum.ville.example/",
            "https://forum.ville.example:8443/",
            "https://forum.ville.example.evil.example/",
            "https://forum.ville.example@evil.example/",
            "data:text/plain,x",
        ] {
            assert!(!is_local(&url(other), &ours), "{other}");
        }
    }

    #[test]
    fn an_authority_names_the_port_only_when_it_must() {
        assert_eq!(
            Origin::of(&url("https://a.example:443/"))
                .unwrap()
                .authority(),
            "a.example"
        );
        assert_eq!(
            Origin::of(&url("http://127.0.0.1:8080/x"))
                .unwrap()
                .authority(),
            "127.0.0.1:8080"
        );
        assert_eq!(
            Origin::of(&url("https://[2001:db8::1]/"))
                .unwrap()
                .to_string(),
            "https://[2001:db8::1]"
        );
    }

    #[test]
    fn a_block_covers_whole_labels_only() {
        assert!(host_covers("blocked.example", "blocked.example"));
        assert!(host_covers("blocked.example", "sub.BLOCKED.example."));
        assert!(host_covers("BÜCHER.example", "xn--bcher-kva.example"));
        assert!(!host_covers("blocked.example", "notblocked.example"));
        assert!(!host_covers("sub.blocked.example", "blocked.example"));
        assert!(!host_covers("", "blocked.example"));
        assert!(!host_covers("0.0.1", "127.0.0.1"));
        assert!(host_covers("127.0.0.1", "127.0.0.1"));
    }

    #[test]
    fn an_id_is_an_absolute_https_url_with_a_name() {
        assert!(strict("https://good.example/p/1?x=1").is_ok());
        assert_eq!(strict("p/1"), Err(IdError::NotAUrl));
        assert_eq!(strict("ana"), Err(IdError::NotAUrl));
        assert_eq!(strict("//good.example/p"), Err(IdError::NotAUrl));
        assert_eq!(strict("mailto:ana@good.example"), Err(IdError::Scheme));
        assert_eq!(strict("file:///etc/passwd"), Err(IdError::Scheme));
        assert_eq!(strict("https:good.example/p"), Err(IdError::Scheme));
        assert_eq!(strict("http://good.example/p"), Err(IdError::Scheme));
        assert_eq!(
            strict("https://good.example@evil.example/p"),
            Err(IdError::UserInfo)
        );
        assert_eq!(strict("https://good.example/p#1"), Err(IdError::Fragment));
        assert_eq!(strict(" https://good.example/p"), Err(IdError::NotAUrl));
        assert_eq!(strict("https://good.example\\p"), Err(IdError::NotAUrl));
        assert_eq!(
            strict(&format!("https://good.example/{}", "a".repeat(100_000))),
            Err(IdError::TooLong)
        );
        let policy = AddressPolicy::default();
        assert!(parse_activity_id("https://good.example/u/x#follows/1", &policy).is_ok());
    }

    #[test]
    fn an_address_in_any_dress_is_no_id() {
        for host in [
            "10.0.0.1",
            "[::1]",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.0.0.1.",
            "[::ffff:127.0.0.1]",
            "1.1.1.1",
        ] {
            assert_eq!(
                strict(&format!("https://{host}/p")),
                Err(IdError::Address),
                "{host}"
            );
        }
    }

    #[test]
    fn insecure_mode_takes_http_on_loopback_and_an_allowed_network_its_addresses() {
        let insecure = AddressPolicy {
            insecure: true,
            private_networks: Vec::new(),
        };
        assert!(parse_id("http://127.0.0.1:4000/p/1", &insecure).is_ok());
        let network = AddressPolicy {
            insecure: false,
            private_networks: vec!["10.1.0.0/16".parse().unwrap()],
        };
        assert!(parse_id("https://10.1.2.3/p/1", &network).is_ok());
        assert_eq!(
            parse_id("https://10.2.2.3/p/1", &network),
            Err(IdError::Address)
        );
        assert_eq!(
            parse_id("http://10.1.2.3/p/1", &network),
            Err(IdError::Scheme)
        );
    }
}
