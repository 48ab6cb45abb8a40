//! Which IP addresses an outgoing connection may reach.
//!
//! Everything that isn't routable on the public Internet is refused, and an IPv4 address inside an IPv6 one is
//! judged as itself. The operator can name networks in which peers may live; nothing turns the guard off.
//! The sources are IANA's special-purpose address registries. It resolves no names: `http` does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Where peers may live besides the public Internet.
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    /// Development only: plain http, loopback and private ranges.
    pub insecure: bool,
    /// Ranges that the operator lets peers live in.
    pub private_networks: Vec<IpNet>,
}

impl AddressPolicy {
    /// Whether a connection to this address, found by name, may be opened.
    pub fn permits(&self, ip: IpAddr) -> bool {
        let (inner, second) = inner_addresses(ip);
        [Some(inner), second]
            .into_iter()
            .flatten()
            .all(|ip| is_global(ip) || self.allowed(ip))
    }

    /// Whether this address may stand as host in a URL: only where the operator said so, never a public one.
    pub fn permits_literal(&self, ip: IpAddr) -> bool {
        let (inner, second) = inner_addresses(ip);
        [Some(inner), second]
            .into_iter()
            .flatten()
            .all(|ip| self.allowed(ip))
    }

    fn allowed(&self, ip: IpAddr) -> bool {
        self.private_networks
            .iter()
            .any(|network| network.contains(&ip))
            || (self.insecure && is_loopback_or_private(ip))
    }
}

/// The address that counts: the IPv4 one inside an IPv6 address where there is one. Teredo holds two.
fn inner_addresses(ip: IpAddr) -> (IpAddr, Option<IpAddr>) {
    let IpAddr::V6(v6) = ip else {
        return (ip, None);
    };
    let bits = v6.to_bits();
    let low = |shift: u32| IpAddr::V4(Ipv4Addr::from_bits(low_word(bits >> shift)));
    let starts = |prefix: &str| within(v6, prefix);
    if starts("::ffff:0:0/96") || starts("::ffff:0:0:0/96") || starts("64:ff9b::/96") {
        // mapped, translated, NAT64
        return (low(0), None);
    }
    if starts("::/96") && !v6.is_unspecified() && !v6.is_loopback() {
        // compatible
        return (low(0), None);
    }
    if starts("2002::/16") {
        // 6to4
        return (low(80), None);
    }
    if starts("2001::/32") {
        // Teredo: the server, and the client with every bit turned
        return (
            low(64),
            Some(IpAddr::V4(Ipv4Addr::from_bits(!low_word(bits)))),
        );
    }
    (ip, None)
}

/// The low 32 bits.
fn low_word(bits: u128) -> u32 {
    u32::try_from(bits & u128::from(u32::MAX)).expect("masked to 32 bits")
}

fn within(ip: impl Into<IpAddr>, network: &str) -> bool {
    network
        .parse::<IpNet>()
        .expect("networks in this file are written right")
        .contains(&ip.into())
}

fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_global_v4(v4),
        IpAddr::V6(v6) => is_global_v6(v6),
    }
}

fn is_global_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _) // this network, private, loopback, multicast and reserved
            | (100, 64..=127, _) // shared by carriers
            | (169, 254, _) // link-local, and cloud metadata with it
            | (172, 16..=31, _)
            | (192, 0, 0 | 2) // protocol assignments, documentation
            | (192, 88, 99) // former 6to4 relays
            | (192, 168, _)
            | (198, 18 | 19, _) // benchmarks
            | (198, 51, 100)
            | (203, 0, 113) // documentation
    )
}

fn is_global_v6(ip: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out; the rest of it below is special.
    within(ip, "2000::/3")
        && !["2001::/23", "2001:db8::/32", "3fff::/20"]
            .into_iter()
            .any(|special| within(ip, special))
}

fn is_loopback_or_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_addresses_of_the_public_internet_are_reached() {
        let policy = AddressPolicy::default();
        for address in [
            "1.1.1.1",
            "9.9.9.9",
            "172.32.0.1",
            "192.0.1.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(policy.permits(ip(address)), "{address}");
        }
        for address in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001:2::1",
            "2001:20::1",
            "3fff::1",
            "5f00::1",
            "100::1",
            "64:ff9b:1::1",
        ] {
            assert!(!policy.permits(ip(address)), "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_an_ipv6_one_is_judged_as_itself() {
        let policy = AddressPolicy::default();
        for (address, open) in [
            ("::ffff:127.0.0.1", false),
            ("::ffff:1.1.1.1", true),
            ("::127.0.0.1", false),
            ("::ffff:0:10.0.0.1", false),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b::1.1.1.1", true),
            ("2002:7f00:1::1", false),            // 6to4 of 127.0.0.1
            ("2002:101:101::1", true),            // 6to4 of 1.1.1.1
            ("2001:0:101:101::80ff:fffe", false), // Teredo: server 1.1.1.1, client 127.0.0.1
            ("2001:0:7f00:1::fefe:fefe", false),  // Teredo: server 127.0.0.1, client 1.1.1.1
            ("2001:0:101:101::fefe:fefe", true),  // Teredo: both 1.1.1.1
        ] {
            assert_eq!(policy.permits(ip(address)), open, "{address}");
        }
    }

    #[test]
    fn an_allowed_network_opens_itself_and_no_more() {
        let policy = AddressPolicy {
            insecure: false,
            private_networks: vec!["10.20.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()],
        };
        assert!(
            policy.permits(ip("10.20.3.4"))
                && policy.permits(ip("::ffff:10.20.3.4"))
                && policy.permits(ip("fd00::7"))
        );
        assert!(!policy.permits(ip("10.21.0.1")) && !policy.permits(ip("127.0.0.1")));
        assert!(policy.permits_literal(ip("10.20.3.4")) && !policy.permits_literal(ip("1.1.1.1")));
    }

    #[test]
    fn insecure_mode_opens_loopback_and_private_ranges_but_not_metadata() {
        let policy = AddressPolicy {
            insecure: true,
            private_networks: Vec::new(),
        };
        assert!(
            policy.permits(ip("127.0.0.1"))
                && policy.permits(ip("::1"))
                && policy.permits(ip("192.168.0.9"))
        );
        assert!(!policy.permits(ip("169.254.169.254")) && !policy.permits(ip("0.0.0.0")));
    }
}
