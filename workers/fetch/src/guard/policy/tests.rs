//! What an operator may add, and that a denial is stronger than an allowance.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn settings() -> Settings {
    Settings {
        ports: vec![80, 443, 8080, 8443],
        denied: vec![],
        denied_names: vec![],
        allowed: vec![],
        allowed_names: vec![],
    }
}

fn judge(policy: &Policy, address: &str) -> Result<Grant, Rule> {
    policy.require_address(address.parse().unwrap())
}

#[test]
fn an_allowance_is_for_its_network_and_its_ports() {
    let allowed = vec!["10.1.2.0/24 9000-9100,80".parse().unwrap(), "fd00::/8".parse().unwrap()];
    let policy = Policy::new(Settings { allowed, ..settings() });
    for address in ["10.1.2.3:9000", "10.1.2.3:9100", "10.1.2.255:80", "[::ffff:10.1.2.3]:80", "[fd00::1]:443"] {
        assert_eq!(judge(&policy, address), Ok(Grant::AllowList), "{address}");
    }
    assert_eq!(judge(&policy, "10.1.2.3:443"), Err(Rule::Range("private")));
    assert_eq!(judge(&policy, "10.1.3.3:9000"), Err(Rule::Port));
    assert_eq!(judge(&policy, "1.1.1.1:9000"), Err(Rule::Port));
    assert_eq!(judge(&policy, "[fd00::1]:9000"), Err(Rule::Port));
    assert_eq!(judge(&policy, "1.1.1.1:443"), Ok(Grant::Public));
}

#[test]
fn a_denial_is_stronger_than_an_allowance() {
    let policy = Policy::new(Settings {
        denied: vec![
            "10.1.2.3/32".parse().unwrap(),
            "1.1.1.0/24".parse().unwrap(),
            "2606:4700::/32".parse().unwrap(),
        ],
        allowed: vec!["10.0.0.0/8".parse().unwrap()],
        ..settings()
    });
    assert_eq!(judge(&policy, "10.1.2.4:80"), Ok(Grant::AllowList));
    for address in
        ["10.1.2.3:80", "[::ffff:10.1.2.3]:80", "1.1.1.1:443", "[64:ff9b::1.1.1.1]:443", "[2606:4700::1]:80"]
    {
        assert_eq!(judge(&policy, address), Err(Rule::DeniedRange), "{address}");
    }
}

#[test]
fn names_are_denied_and_allowed_with_all_below_them() {
    let policy = Policy::new(Settings {
        denied_names: vec!["evil.example.com".into()],
        allowed_names: vec!["wiki.internal".into(), "intra".into()],
        ..settings()
    });
    assert_eq!(policy.require_name("a.evil.example.com."), Err(Rule::DeniedName));
    assert_eq!(policy.require_name("notevil.example.com"), Ok(()));
    assert_eq!(policy.require_name("wiki.internal"), Ok(()));
    assert_eq!(policy.require_name("intra"), Ok(()));
    assert_eq!(policy.require_name("other.internal"), Err(Rule::SpecialUse));
}

#[test]
fn an_allowance_reads_back_as_it_was_written() {
    for text in ["10.1.2.0/24", "10.1.2.0/24 80-80,9000-9100", "fd00::/8 443-443"] {
        assert_eq!(text.parse::<Allowance>().unwrap().to_string(), text);
    }
    for text in ["", "10.1.2.3", "10.0.0.0/33", "10.0.0.0/8 ", "10.0.0.0/8 90-80", "10.0.0.0/8 70000", "x/8 80"] {
        assert_eq!(text.parse::<Allowance>(), Err(NoAllowance), "{text}");
    }
}
