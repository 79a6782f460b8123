//! What a limit counts and whom it tells apart.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn limits(requests: u32, entries_max: usize) -> Limits {
    let requests_per_minute_per_address = NonZeroU32::new(requests).unwrap();
    Limits::new(&Settings { requests_per_minute_per_address, rate_entries_max: entries_max, ..Settings::default() })
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_burst_is_let_in_and_then_the_next_is_told_when_to_come_back() {
    let limits = limits(3, 100);
    let left: Vec<_> = (0..3).map(|_| limits.address(address("192.0.2.1")).left).collect();
    assert_eq!(left, [2, 1, 0]);
    let refused = limits.address(address("192.0.2.1"));
    assert!(refused.refused_for.unwrap() <= Duration::from_secs(20));
    assert!(refused.admitted().is_err());
    assert_eq!(
        (refused.policy(), refused.remaining()),
        (r#""address";q=3;w=60"#.into(), r#""address";r=0;t=60"#.into())
    );
    assert!(limits.address(address("192.0.2.2")).admitted().is_ok());
}

#[test]
fn one_household_counts_once_however_many_addresses_it_has() {
    let limits = limits(2, 100);
    let left = |text| limits.address(address(text)).left;
    assert_eq!((left("2001:db8::1"), left("2001:db8::ffff:2")), (1, 0));
    assert_eq!(left("2001:db8:0:1::1"), 1);
    assert_eq!((left("192.0.2.1"), left("::ffff:192.0.2.1")), (1, 0));
}

#[test]
fn a_crowd_shares_one_allowance_rather_than_fill_the_memory() {
    let limits = limits(5, 10);
    for host in 0..20_u8 {
        limits.address(IpAddr::from([192, 0, 2, host]));
    }
    limits.forget_the_quiet();
    let left: Vec<_> = (30..33_u8).map(|host| limits.address(IpAddr::from([192, 0, 2, host])).left).collect();
    assert_eq!(left, [4, 3, 2]);
    assert_eq!(limits.per_address.limiter.len(), 21);
}
