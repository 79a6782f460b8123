//! Whether an address is a public host. What an IPv6 address embeds is judged by the IPv4 address inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::ranges::{GLOBAL_UNICAST, NOT_GLOBAL_UNICAST, REFUSED_V4, REFUSED_V6};
use super::rule::Rule;

/// Refuses what is no public host.
pub(super) fn require_public(address: IpAddr) -> Result<(), Rule> {
    match address {
        IpAddr::V4(address) => require_public_v4(address),
        IpAddr::V6(address) => require_public_v6(address),
    }
}

/// The IPv4 address that is meant by an IPv6 address, where translators and systems take one for the other.
pub(super) fn meant(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, high, low] = address.segments();
    let prefix = [a, b, c, d, e, f];
    let inside = from_segments(high, low);
    match prefix {
        // IPv4-mapped (RFC 4291), translated (RFC 2765), and the well-known NAT64 prefix (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => Some(inside),
        // IPv4-compatible (RFC 4291), which shares its prefix with the two addresses below.
        [0, 0, 0, 0, 0, 0] if address != Ipv6Addr::UNSPECIFIED && address != Ipv6Addr::LOCALHOST => Some(inside),
        _ => None,
    }
}

/// The IPv4 address at the end of a tunnel (ISATAP, RFC 5214), in whatever prefix.
fn tunnelled(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., e, f, high, low] = address.segments();
    matches!((e, f), (0 | 0x200, 0x5efe)).then(|| from_segments(high, low))
}

fn from_segments(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

fn require_public_v4(address: Ipv4Addr) -> Result<(), Rule> {
    match REFUSED_V4.iter().find(|row| row.net.contains(&address)) {
        Some(row) => Err(Rule::Range(row.name)),
        None => Ok(()),
    }
}

fn require_public_v6(address: Ipv6Addr) -> Result<(), Rule> {
    if let Some(inside) = meant(address) {
        return require_public_v4(inside);
    }
    if let Some(row) = REFUSED_V6.iter().find(|row| row.net.contains(&address)) {
        return Err(Rule::Range(row.name));
    }
    if !GLOBAL_UNICAST.contains(&address) {
        return Err(Rule::Range(NOT_GLOBAL_UNICAST));
    }
    tunnelled(address).map_or(Ok(()), require_public_v4)
}

#[cfg(test)]
mod tests;
