//! From which address a request comes, for throttles. Never logged.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use parvis_forum::config::Networks;

use crate::state::AppState;

/// The other end of the connection, as [`crate::serve()`] saw it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The address of the client. `X-Forwarded-For` is believed as far as trusted proxies wrote it: the last address in
/// it that is not one of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    /// What throttles count by: an IPv4 address, or the network of 64 bits of an IPv6 address, which one household
    /// has.
    pub fn throttle_key(self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => {
                let network = ip.to_bits() & !u128::from(u64::MAX);
                format!("{}/64", Ipv6Addr::from_bits(network))
            }
        }
    }
}

impl FromRequestParts<AppState> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<Peer>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
        let trusted = &state.config().server.trusted_proxies;
        Ok(Self(client(peer, &parts.headers, trusted)))
    }
}

fn client(peer: IpAddr, headers: &HeaderMap, trusted: &Networks) -> IpAddr {
    if !trusted.contains(peer) {
        return peer;
    }
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut client = peer;
    for item in forwarded.into_iter().rev() {
        let Ok(ip) = item.trim().parse() else { break };
        client = ip;
        if !trusted.contains(ip) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_speak_for_others() {
        let trusted = parvis_forum::Config::default().server.trusted_proxies;
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let seen = |peer: &str, forwarded: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            client(ip(peer), &headers, &trusted)
        };
        assert_eq!(seen("203.0.113.9", "198.51.100.1"), ip("203.0.113.9"));
        assert_eq!(seen("127.0.0.1", "198.51.100.1"), ip("198.51.100.1"));
        assert_eq!(
            seen("127.0.0.1", "10.6.6.6, 198.51.100.1, 127.0.0.1"),
            ip("198.51.100.1")
        );
        assert_eq!(seen("127.0.0.1", "nonsense"), ip("127.0.0.1"));
    }

    #[test]
    fn an_ipv6_household_counts_as_one() {
        let key = |text: &str| ClientIp(text.parse().unwrap()).throttle_key();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
