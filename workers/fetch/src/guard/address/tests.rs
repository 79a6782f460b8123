//! Each row by both of its ends, what embeds what, and every address against a second computation.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;

fn verdict(address: &str) -> Result<(), Rule> {
    require_public(address.parse().unwrap())
}

#[track_caller]
fn refused(address: &str, row: &str) {
    assert_eq!(verdict(address), Err(Rule::Range(row_of(row))), "{address}");
}

fn row_of(name: &str) -> &'static str {
    let v4 = REFUSED_V4.iter().map(|row| row.name);
    let mut all = v4.chain(REFUSED_V6.iter().map(|row| row.name)).chain([NOT_GLOBAL_UNICAST]);
    all.find(|row| *row == name).unwrap_or_else(|| panic!("no row {name}"))
}

#[test]
fn the_ends_of_each_row_are_refused_and_their_neighbours_have_another_reason() {
    for (first, last, row) in [
        ("0.0.0.0", "0.255.255.255", "this-network"),
        ("10.0.0.0", "10.255.255.255", "private"),
        ("100.64.0.0", "100.127.255.255", "carrier-nat"),
        ("127.0.0.0", "127.255.255.255", "loopback"),
        ("169.254.0.0", "169.254.255.255", "link-local"),
        ("172.16.0.0", "172.31.255.255", "private"),
        ("192.0.0.0", "192.0.0.255", "protocol-assignment"),
        ("192.0.2.0", "192.0.2.255", "documentation"),
        ("192.168.0.0", "192.168.255.255", "private"),
        ("198.18.0.0", "198.19.255.255", "benchmarking"),
        ("198.51.100.0", "198.51.100.255", "documentation"),
        ("203.0.113.0", "203.0.113.255", "documentation"),
        ("224.0.0.0", "239.255.255.255", "multicast"),
        ("240.0.0.0", "255.255.255.254", "reserved"),
        ("168.63.129.16", "168.63.129.16", "cloud-metadata"),
    ] {
        refused(first, row);
        refused(last, row);
        let before = u32::from(first.parse::<Ipv4Addr>().unwrap()).checked_sub(1).map(Ipv4Addr::from_bits);
        let after = u32::from(last.parse::<Ipv4Addr>().unwrap()).checked_add(1).map(Ipv4Addr::from_bits);
        for neighbour in [before, after].into_iter().flatten() {
            assert_ne!(require_public(neighbour.into()), Err(Rule::Range(row_of(row))), "{neighbour}");
        }
    }
    refused("255.255.255.255", "broadcast");
    refused("169.254.169.254", "cloud-metadata");
    refused("100.100.100.200", "cloud-metadata");
}

#[test]
fn public_addresses_are_public() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "168.63.129.15",
        "168.63.129.17",
        "2606:4700:4700::1111",
        "2a00:1450:4001:81b::200e",
        "2001:4860:4860::8888",
        "2001:200::",
        "2003::1",
        "2400::",
        "3ffd:ffff::1",
    ] {
        assert_eq!(verdict(address), Ok(()), "{address}");
    }
}

#[test]
fn ipv6_is_refused_outside_of_global_unicast_and_where_it_is_no_host() {
    for (address, row) in [
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fe80::1", "link-local"),
        ("febf::1", "link-local"),
        ("fc00::1", "unique-local"),
        ("fdff:ffff::1", "unique-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("fd00:ec2::254", "cloud-metadata"),
        ("fd20:ce::254", "cloud-metadata"),
        ("100::1", "discard-only"),
        ("64:ff9b:1::8.8.8.8", "nat64-local"),
        ("5f00::1", "segment-routing"),
        ("2001::1", "teredo"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "teredo"),
        ("2001:10::1", "orchid"),
        ("2001:2f:ffff::1", "orchid"),
        ("2001:2::1", "benchmarking"),
        ("2001:1ff:ffff::1", "protocol-assignment"),
        ("2001:db8::1", "documentation"),
        ("2002:808:808::1", "6to4"),
        ("3ffe::1", "6bone"),
        ("3fff:fff::1", "documentation"),
        ("4000::1", NOT_GLOBAL_UNICAST),
        ("1fff:ffff::1", NOT_GLOBAL_UNICAST),
        ("::2:0:0:1", NOT_GLOBAL_UNICAST),
    ] {
        refused(address, row);
    }
}

#[test]
fn what_is_embedded_is_judged_by_the_address_inside() {
    for (outside, ok) in
        [("::ffff:", true), ("::", true), ("::ffff:0:", true), ("64:ff9b::", true), ("2a00::5efe:", true)]
    {
        for (inside, row) in
            [("127.0.0.1", "loopback"), ("10.1.2.3", "private"), ("169.254.169.254", "cloud-metadata")]
        {
            refused(&format!("{outside}{inside}"), row);
        }
        assert_eq!(verdict(&format!("{outside}8.8.8.8")).is_ok(), ok, "{outside}");
    }
    refused("2a00::200:5efe:10.0.0.1", "private");
    refused("fe80::5efe:8.8.8.8", "link-local");
}

/// The same ranges, written a second time as numbers.
fn is_public_by_numbers(address: u32) -> bool {
    let [a, b, c, d] = address.to_be_bytes();
    !matches!(
        (a, b, c, d),
        (0 | 10 | 127 | 224..=255, ..)
            | (100, 64..=127, ..)
            | (169, 254, ..)
            | (172, 16..=31, ..)
            | (192, 168, ..)
            | (192, 0, 0 | 2, _)
            | (192, 31, 196, _)
            | (192, 52, 193, _)
            | (192, 88, 99, _)
            | (192, 175, 48, _)
            | (198, 18 | 19, ..)
            | (198, 51, 100, _)
            | (203, 0, 113, _)
            | (168, 63, 129, 16)
    )
}

/// The same for IPv6: a high half, and what it embeds.
fn is_public_by_numbers_v6(address: u128) -> bool {
    let bits = |from: u32, to: u32| (address >> (128 - to)) & ((1 << (to - from)) - 1);
    let inside = u32::try_from(address & 0xffff_ffff).unwrap();
    let embeds = matches!(address >> 32, 0 | 0xffff | 0xffff_0000) || address >> 32 == 0x0064_ff9b << 64;
    if embeds && address > 1 {
        return is_public_by_numbers(inside);
    }
    let isatap = matches!(bits(64, 96), 0x5efe | 0x0200_5efe);
    bits(0, 3) == 1
        && bits(0, 23) != 0x2001 << 7
        && ![0x2001_0db8].contains(&bits(0, 32))
        && ![0x2002, 0x3ffe].contains(&bits(0, 16))
        && bits(0, 20) != 0x3fff << 4
        && bits(0, 48) != 0x2620_004f_8000
        && (!isatap || is_public_by_numbers(inside))
}

/// Addresses near the ranges that matter, and anywhere.
fn near(any: u128, pick: u8, spread: u128) -> u128 {
    const BASES: [u128; 14] = [
        0,
        0xffff << 32,
        0xffff << 48,
        0x64_ff9b << 96,
        0x2001 << 112,
        0x2001_0db8 << 96,
        0x2002 << 112,
        0x2620_004f_8000 << 80,
        0x3ffe << 112,
        0x3fff << 112,
        0xfc << 120,
        0xfe80 << 112,
        (0x2a00 << 112) | (0x5efe << 32),
        (0x2a00 << 112) | (0x0200_5efe << 32),
    ];
    match BASES.get(usize::from(pick)) {
        Some(base) => base.wrapping_add(spread & 0xffff_ffff),
        None => any,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn every_ipv4_address_has_the_verdict_of_a_second_computation(address: u32) {
        let verdict = require_public(Ipv4Addr::from_bits(address).into());
        prop_assert_eq!(verdict.is_ok(), is_public_by_numbers(address));
    }

    #[test]
    fn every_ipv6_address_has_the_verdict_of_a_second_computation(any: u128, pick in 0_u8..20, spread: u128) {
        let address = near(any, pick, spread);
        let verdict = require_public(Ipv6Addr::from_bits(address).into());
        prop_assert_eq!(verdict.is_ok(), is_public_by_numbers_v6(address), "{}", Ipv6Addr::from_bits(address));
    }
}

#[test]
fn every_block_of_256_ipv4_addresses_has_the_verdict_of_a_second_computation() {
    for block in 0..=0x00ff_ffff_u32 {
        // Every block once, at a place in it that changes.
        let address = block << 8 | (block.wrapping_mul(167) & 0xff);
        let verdict = require_public(Ipv4Addr::from_bits(address).into());
        assert_eq!(verdict.is_ok(), is_public_by_numbers(address), "{}", Ipv4Addr::from_bits(address));
    }
}
