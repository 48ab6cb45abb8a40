//! `[server]`: where the node listens and what it is called on the network.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;
use url::Url;

use super::setting::{Given, Kind, Refusal, Setting, list, section, text};

section! {
    /// The HTTP server.
    Server = "server" {
        /// Address to listen on.
        bind: SocketAddr = "127.0.0.1:8080";
        /// Scheme and authority of every id, such as `https://forum.example.fr`. No path. It can't change once content exists.
        public_url: PublicUrl = "http://localhost:8080";
        /// Where this site goes on under another name, such as `https://nouveau.example.fr`: readers of what has moved are led there, servers are answered as before.
        successor_url: Option<PublicUrl> = "";
        /// Addresses or ranges of the reverse proxies whose `X-Forwarded-*` headers are believed; the word `loopback` stands for this machine.
        trusted_proxies: Networks = "loopback";
    }
}

/// Scheme and authority of the node: the beginning of every id that it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    url: Url,
    authority: String,
}

impl PublicUrl {
    /// Scheme and authority, without a slash at the end: `https://forum.example.fr`.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.url.scheme(), self.authority)
    }

    /// Host, and port when it isn't the scheme's own: `forum.example.fr`, `localhost:8080`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Host alone, in lower case, as in a certificate.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether the scheme is https.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// An address of this node; `path` may hold a query.
    pub(super) fn join(&self, path: &str) -> Url {
        let address = format!("{}/{}", self.origin(), path.trim_start_matches('/'));
        // An authority that ends with a slash ends there: whatever follows is path, query or fragment.
        Url::parse(&address).unwrap_or_else(|_| self.url.clone())
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.origin())
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url =
            Url::parse(text).map_err(|_| "must be an address such as https://forum.example.fr")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("must begin with https:// or http://");
        }
        let host = url.host_str().ok_or("must have a host")?;
        if host.ends_with('.') {
            return Err("must not have a dot at the end of the host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a user name or password");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must be scheme and host only, without path, query or fragment");
        }
        let authority = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { url, authority })
    }
}

impl Setting for PublicUrl {
    const KIND: Kind = Kind::Text;

    fn form() -> String {
        "scheme and authority".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        text(given)?
            .parse()
            .map_err(|reason: &str| Refusal::Invalid(reason.to_owned()))
    }
}

/// Ranges of IP addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(pub Vec<IpNet>);

impl Networks {
    /// Whether an address lies in one of them. An IPv4 address written inside IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl Setting for Networks {
    const KIND: Kind = Kind::List;

    fn form() -> String {
        "list of address ranges (CIDR)".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        let mut networks = Vec::new();
        for item in list(given)? {
            if item == "loopback" {
                networks.push(network("127.0.0.0/8")?);
                networks.push(network("::1/128")?);
            } else {
                networks.push(network(&item)?);
            }
        }
        Ok(Self(networks))
    }
}

fn network(text: &str) -> Result<IpNet, Refusal> {
    let network = IpNet::from_str(text)
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| {
            Refusal::Invalid(format!(
                "{text:?} is not an address range such as 10.0.0.0/8"
            ))
        })?;
    if network.prefix_len() == 0 {
        return Err(Refusal::Invalid(format!(
            "{text:?} would cover every address"
        )));
    }
    Ok(network.trunc())
}
