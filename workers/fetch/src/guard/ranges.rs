//! The table of addresses that no URL leads to, each row with its reason. Sources: the IANA special-purpose address
//! registries for IPv4 and IPv6 (RFC 6890 and what has been added since), and the clouds' own documentation.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// A range and what it is called when it refuses.
pub(super) struct Row<N> {
    pub(super) net: N,
    pub(super) name: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "for who reads the table; a test holds that each row has one"))]
    pub(super) reason: &'static str,
}

const fn v4([a, b, c, d]: [u8; 4], prefix: u8, name: &'static str, reason: &'static str) -> Row<Ipv4Net> {
    Row { net: Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix), name, reason }
}

const fn v6(segments: [u16; 8], prefix: u8, name: &'static str, reason: &'static str) -> Row<Ipv6Net> {
    let [a, b, c, d, e, f, g, h] = segments;
    Row { net: Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix), name, reason }
}

/// IPv4: everything may be asked but these. The first row that fits names the refusal.
#[rustfmt::skip]
pub(super) const REFUSED_V4: &[Row<Ipv4Net>] = &[
    v4([169, 254, 169, 254], 32, "cloud-metadata", "instance metadata and credentials of AWS, Azure, GCP and most others"),
    v4([169, 254, 170, 0], 24, "cloud-metadata", "container credentials of AWS (ECS task role, EKS pod identity)"),
    v4([100, 100, 100, 200], 32, "cloud-metadata", "instance metadata of Alibaba Cloud, inside the shared range"),
    v4([192, 0, 0, 192], 32, "cloud-metadata", "instance metadata of Oracle Cloud (classic)"),
    v4([168, 63, 129, 16], 32, "cloud-metadata", "Azure's wire server: looks public, answers every guest with its secrets"),
    v4([0, 0, 0, 0], 8, "this-network", "RFC 791: 0.0.0.0 reaches the machine itself on many systems"),
    v4([10, 0, 0, 0], 8, "private", "RFC 1918"),
    v4([100, 64, 0, 0], 10, "carrier-nat", "RFC 6598: the provider's side of a carrier-grade NAT, and many VPNs"),
    v4([127, 0, 0, 0], 8, "loopback", "RFC 1122: the machine itself"),
    v4([169, 254, 0, 0], 16, "link-local", "RFC 3927: the local wire"),
    v4([172, 16, 0, 0], 12, "private", "RFC 1918, and the default networks of container engines"),
    v4([192, 0, 0, 0], 24, "protocol-assignment", "RFC 6890: DS-Lite, NAT64 discovery and their like"),
    v4([192, 0, 2, 0], 24, "documentation", "RFC 5737: TEST-NET-1"),
    v4([192, 31, 196, 0], 24, "special-purpose", "RFC 7535: AS112, a sink for reverse look-ups of private addresses"),
    v4([192, 52, 193, 0], 24, "special-purpose", "RFC 7450: relays of automatic multicast tunnels"),
    v4([192, 88, 99, 0], 24, "6to4-relay", "RFC 7526: withdrawn anycast relays into whatever network still has one"),
    v4([192, 168, 0, 0], 16, "private", "RFC 1918"),
    v4([192, 175, 48, 0], 24, "special-purpose", "RFC 7534: AS112, the same sink"),
    v4([198, 18, 0, 0], 15, "benchmarking", "RFC 2544: laboratory networks"),
    v4([198, 51, 100, 0], 24, "documentation", "RFC 5737: TEST-NET-2"),
    v4([203, 0, 113, 0], 24, "documentation", "RFC 5737: TEST-NET-3"),
    v4([224, 0, 0, 0], 4, "multicast", "RFC 5771: no single host"),
    v4([255, 255, 255, 255], 32, "broadcast", "RFC 8190: everybody on the wire"),
    v4([240, 0, 0, 0], 4, "reserved", "RFC 1112: class E, routed privately by some"),
];

/// IPv6: what is not global unicast is refused without a row; these have one for the sake of a better name.
#[rustfmt::skip]
pub(super) const REFUSED_V6: &[Row<Ipv6Net>] = &[
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified", "RFC 4291: reaches the machine itself on many systems"),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback", "RFC 4291: the machine itself"),
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128, "cloud-metadata", "instance metadata of AWS over IPv6"),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128, "cloud-metadata", "instance metadata of GCP over IPv6"),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "nat64-local", "RFC 8215: a local translator, and nobody else knows where the IPv4 address is in it"),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard-only", "RFC 6666: black-holed traffic"),
    v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, "segment-routing", "RFC 9602: the inside of somebody's network"),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique-local", "RFC 4193: private"),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local", "RFC 4291: the local wire"),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site-local", "RFC 3879: private, and withdrawn"),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast", "RFC 4291: no single host"),
    // Inside global unicast.
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "teredo", "RFC 4380: a tunnel to an IPv4 address of the sender's choice"),
    v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28, "orchid", "RFC 4843: hashes of keys, not addresses"),
    v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, "orchid", "RFC 7343: the second version"),
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, "benchmarking", "RFC 5180: laboratory networks"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "protocol-assignment", "RFC 2928: anycast services, drone identifiers and their like"),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation", "RFC 3849"),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4", "RFC 3056: a tunnel to an IPv4 address of the sender's choice"),
    v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, "special-purpose", "RFC 7534: AS112, a sink for reverse look-ups"),
    v6([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16, "6bone", "RFC 3701: the former test network, given back"),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation", "RFC 9637"),
];

/// The only part of IPv6 that holds public hosts (RFC 4291, 2.4).
pub(super) const GLOBAL_UNICAST: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is outside of it and has no row.
pub(super) const NOT_GLOBAL_UNICAST: &str = "not-global-unicast";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_reason_and_no_bits_beyond_its_prefix() {
        let reasons = REFUSED_V4.iter().map(|row| row.reason).chain(REFUSED_V6.iter().map(|row| row.reason));
        assert!(reasons.into_iter().all(|reason| !reason.is_empty()));
        assert!(REFUSED_V4.iter().all(|row| row.net == row.net.trunc()));
        assert!(REFUSED_V6.iter().all(|row| row.net == row.net.trunc()));
    }

    #[test]
    fn no_row_hides_behind_an_earlier_one() {
        for (at, row) in REFUSED_V4.iter().enumerate() {
            assert!(REFUSED_V4[..at].iter().all(|earlier| !earlier.net.contains(&row.net)), "{}", row.net);
        }
        for (at, row) in REFUSED_V6.iter().enumerate() {
            assert!(REFUSED_V6[..at].iter().all(|earlier| !earlier.net.contains(&row.net)), "{}", row.net);
        }
    }
}
