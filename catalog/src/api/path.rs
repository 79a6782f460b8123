//! Paths with holes: `/repos/{owner}/{repo}`. What is put into a hole stays within its segment.

use serde_json::{Map, Value};

/// A path of an API.
pub(super) struct Template<'a>(Vec<Segment<'a>>);

/// What is between two slashes: a text, or a hole with a text before and after it.
struct Segment<'a> {
    before: &'a str,
    hole: Option<&'a str>,
    after: &'a str,
}

impl<'a> Template<'a> {
    /// Reads a template; `None` if it is none.
    pub(super) fn parse(path: &'a str) -> Option<Self> {
        let segments = path.strip_prefix('/')?.split('/').map(Segment::parse);
        segments.collect::<Option<Vec<_>>>().map(Self)
    }

    /// The names of its holes.
    pub(super) fn holes(&self) -> Vec<&'a str> {
        self.0.iter().filter_map(|segment| segment.hole).collect()
    }

    /// The path with its holes filled from the parameters; the name of the first one that cannot be.
    pub(super) fn filled(&self, params: &Map<String, Value>) -> Result<String, &'a str> {
        let mut path = String::new();
        for segment in &self.0 {
            let hole = segment
                .hole
                .map(|name| params.get(name).and_then(scalar).filter(|text| !text.is_empty()).ok_or(name));
            let filling = hole.transpose()?.map(|text| encode(&text)).unwrap_or_default();
            let whole = format!("{}{filling}{}", segment.before, segment.after);
            if is_dots(&whole) {
                return Err(segment.hole.unwrap_or_default());
            }
            path = format!("{path}/{whole}");
        }
        Ok(path)
    }

    /// Whether a path is this one with its holes filled, each within its segment.
    pub(super) fn matches(&self, path: &str) -> bool {
        let Some(segments) = path.strip_prefix('/') else { return false };
        let segments: Vec<_> = segments.split('/').collect();
        segments.len() == self.0.len() && self.0.iter().zip(segments).all(|(known, given)| known.matches(given))
    }
}

impl<'a> Segment<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let plain = |text: &str| text.bytes().all(|b| is_unreserved(b) || matches!(b, b':' | b',' | b'@' | b'+'));
        let (before, hole, after) = match text.split_once('{') {
            None => (text, None, ""),
            Some((before, rest)) => {
                let (hole, after) = rest.split_once('}')?;
                let named = !hole.is_empty() && hole.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                (before, Some(named.then_some(hole)?), after)
            }
        };
        (plain(before) && plain(after) && !is_dots(text)).then_some(Self { before, hole, after })
    }

    fn matches(&self, given: &str) -> bool {
        let Some(_) = self.hole else { return given == self.before };
        let inner = given.strip_prefix(self.before).and_then(|rest| rest.strip_suffix(self.after));
        inner.is_some_and(|inner| !inner.is_empty() && is_segment(inner)) && !is_dots(given)
    }
}

/// A text, number or truth value as it is written in a URL.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Percent-encoding of everything but what never needs it.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What a parser of URLs takes for this place or the one above it.
fn is_dots(segment: &str) -> bool {
    let dots = segment.to_ascii_lowercase().replace("%2e", ".");
    dots == "." || dots == ".."
}

/// Characters of a path segment, and percent-encoded bytes that no server takes for a slash, a dot or an end.
fn is_segment(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let sound = match byte {
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(|digit| digit.and_then(|d| char::from(d).to_digit(16)));
                let [Some(high), Some(low)] = digits else { return false };
                let decoded = high * 16 + low;
                decoded > 0x1f && !matches!(decoded, 0x25 | 0x2e | 0x2f | 0x5c | 0x7f)
            }
            b':' | b',' | b'@' | b'+' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'=' => true,
            other => is_unreserved(other),
        };
        if !sound {
            return false;
        }
    }
    true
}
