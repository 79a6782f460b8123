//! What a note of a corpus tells: how names resolve, and where servers redirect to.

use std::net::IpAddr;

use anyhow::{Context, bail};

/// All addresses of one answer.
pub(super) type Answer = Vec<IpAddr>;

/// A note, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Note {
    /// The answers that the name gives, one after the other; none if the note does not say.
    pub(super) answers: Vec<Answer>,
    /// Where the server redirects to, hop after hop.
    pub(super) hops: Vec<Hop>,
}

/// One redirect.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hop {
    /// As the server writes it.
    pub(super) location: String,
    /// What its name resolves to; none if the note does not say.
    pub(super) answers: Vec<Answer>,
}

impl Note {
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let mut note = Self::default();
        for (name, value) in brackets(text) {
            match name {
                "dns" => note.answers.push(answer(value)?),
                "rebind" => {
                    let (first, second) = value.split_once('>').context("[rebind=first>second]")?;
                    note.answers.extend([answer(first)?, answer(second)?]);
                }
                "redirect" => note.hops = value.split(" > ").map(hop).collect::<anyhow::Result<_>>()?,
                _ => {}
            }
        }
        Ok(note)
    }
}

/// Every `[name=value]` of a text. A value may hold brackets of its own, as IPv6 addresses in URLs do.
fn brackets(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let inside = &rest[start + 1..];
        let end = end_of(inside).unwrap_or(inside.len());
        if let Some((name, value)) = inside[..end].split_once('=') {
            found.push((name.trim(), value));
        }
        rest = inside.get(end + 1..).unwrap_or_default();
    }
    found
}

fn end_of(inside: &str) -> Option<usize> {
    let mut depth = 0_usize;
    inside.char_indices().find_map(|(at, c)| match c {
        '[' => {
            depth += 1;
            None
        }
        ']' if depth == 0 => Some(at),
        ']' => {
            depth -= 1;
            None
        }
        _ => None,
    })
}

fn answer(text: &str) -> anyhow::Result<Answer> {
    let addresses = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    addresses.map(|text| text.parse().with_context(|| format!("{text:?} is no address"))).collect()
}

/// `hop`, `hop|ip,ip`, or an address alone.
fn hop(text: &str) -> anyhow::Result<Hop> {
    let text = text.trim();
    if text.is_empty() {
        bail!("[redirect=hop > hop|ip]");
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        let location = if address.is_ipv6() { format!("http://[{address}]/") } else { format!("http://{address}/") };
        return Ok(Hop { location, answers: Vec::new() });
    }
    // A URL may hold a bar of its own; what follows the last one is an answer only if it reads as one.
    let told = text.rsplit_once('|').and_then(|(location, ips)| Some((location.trim(), answer(ips).ok()?)));
    Ok(match told {
        Some((location, answer)) => Hop { location: location.to_owned(), answers: vec![answer] },
        None => Hop { location: text.to_owned(), answers: Vec::new() },
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn ips(texts: &[&str]) -> Answer {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_note_says_how_names_resolve() {
        assert_eq!(Note::parse("just words").unwrap(), Note::default());
        assert_eq!(Note::parse("x [dns=1.1.1.1, ::1] y").unwrap().answers, [ips(&["1.1.1.1", "::1"])]);
        assert_eq!(Note::parse("[dns=]").unwrap().answers, [ips(&[])]);
        assert_eq!(
            Note::parse("[rebind=1.1.1.1>10.0.0.1]").unwrap().answers,
            [ips(&["1.1.1.1"]), ips(&["10.0.0.1"])]
        );
        assert!(Note::parse("[rebind=1.1.1.1]").is_err());
        assert!(Note::parse("[dns=example.com]").is_err());
    }

    #[test]
    fn a_note_says_where_servers_redirect_to() {
        let hops =
            Note::parse("[redirect=http://b.com/|10.0.0.1 > /x > http://[::1]/ > 169.254.169.254] [dns=1.1.1.1]");
        let hops: Vec<_> = hops.unwrap().hops.into_iter().map(|hop| (hop.location, hop.answers)).collect();
        let expected = [
            ("http://b.com/".to_owned(), vec![ips(&["10.0.0.1"])]),
            ("/x".to_owned(), vec![]),
            ("http://[::1]/".to_owned(), vec![]),
            ("http://169.254.169.254/".to_owned(), vec![]),
        ];
        assert_eq!(hops, expected);
    }
}
