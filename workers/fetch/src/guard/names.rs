//! Names that mean something private, whatever they resolve to here: refused before anybody is asked for them.

use super::rule::Rule;

const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// The ends of names, each with its reason. A name is one of them or below one.
#[rustfmt::skip]
const SPECIAL_USE: &[(&str, &str)] = &[
    ("localhost", "RFC 6761: the machine itself"),
    ("localdomain", "the machine itself, on many systems"),
    ("local", "RFC 6762: the local wire; cluster.local is every Kubernetes service"),
    ("internal", "set aside by ICANN for private use; metadata.google.internal, host.docker.internal"),
    ("home.arpa", "RFC 8375: the home network"),
    ("in-addr.arpa", "reverse look-ups are no hosts"),
    ("ip6.arpa", "reverse look-ups are no hosts"),
    ("ipv4only.arpa", "RFC 7050: whatever the local NAT64 makes of it"),
    ("resolver.arpa", "RFC 9462: the local resolver"),
    ("service.arpa", "RFC 9665: the local network"),
    ("test", "RFC 6761: never public"),
    ("example", "RFC 6761: never public"),
    ("invalid", "RFC 6761: never public"),
    ("onion", "RFC 7686: not in the DNS"),
    ("alt", "RFC 9476: not in the DNS"),
    ("corp", "never delegated, for its private use"),
    ("home", "never delegated, for its private use"),
    ("mail", "never delegated, for its private use"),
    ("lan", "the default of many routers"),
    ("intranet", "RFC 6762, appendix G"),
    ("private", "RFC 6762, appendix G"),
    ("svc", "Kubernetes services within a search list"),
    ("consul", "services of a Consul mesh"),
];

/// Refuses what is no name of a public host. The name is in lower case and ASCII, as the parse of a URL leaves it.
pub(super) fn require_public(name: &str) -> Result<(), Rule> {
    let name = absolute(name);
    if name.len() > NAME_BYTES_MAX || !name.split('.').all(is_label) {
        return Err(Rule::Host);
    }
    if SPECIAL_USE.iter().any(|(end, _reason)| is_at_or_below(name, end)) {
        return Err(Rule::SpecialUse);
    }
    if !name.contains('.') {
        return Err(Rule::SingleLabel);
    }
    Ok(())
}

/// Whether a name is the other or below it.
pub(super) fn is_at_or_below(name: &str, end: &str) -> bool {
    absolute(name).strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The dot at the end says that the name is complete, which every name here is.
fn absolute(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LABEL_BYTES_MAX).contains(&label.len()) && label.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_judged_by_its_end_at_a_dot() {
        for name in
            ["localhost", "a.localhost", "localhost.", "metadata.google.internal", "x.home.arpa", "a.b.local."]
        {
            assert_eq!(require_public(name), Err(Rule::SpecialUse), "{name}");
        }
        for name in ["example.com", "example.com.", "mylocalhost.com", "internal.example.com", "a-b_c.example.org"] {
            assert_eq!(require_public(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_only_a_search_list_completes_is_refused() {
        for name in ["intra", "metadata", "kubernetes.", "a"] {
            assert_eq!(require_public(name), Err(Rule::SingleLabel), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!("{}.com", "a".repeat(64));
        let longer = format!("{}com", "abcdefg.".repeat(32));
        for name in
            ["", ".", "..", "a..com", ".com", "example.com..", "a b.com", "a*.com", long.as_str(), longer.as_str()]
        {
            assert_eq!(require_public(name), Err(Rule::Host), "{name}");
        }
    }
}
