//! A message: a few short headers and bytes that nobody on the way looks at.

use std::borrow::Cow;

use bytes::Bytes;

/// What is sent.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// A few short headers, never content of a caller.
    pub headers: Headers,
    /// The payload.
    pub payload: Bytes,
}

impl Message {
    /// A message without headers.
    #[must_use]
    pub fn new(payload: impl Into<Bytes>) -> Self {
        Self { headers: Headers::default(), payload: payload.into() }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.set(name, value);
        self
    }

    /// How large it is on the wire: what a bus's limit is held against.
    pub(crate) fn wire_bytes(&self) -> usize {
        self.headers.wire_bytes() + self.payload.len()
    }
}

/// Headers in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Cow<'static, str>, String)>);

impl Headers {
    /// The value of a header.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Sets a header, once.
    ///
    /// A line break or NUL in a value would end it on the wire, so they become spaces, and spaces around it are
    /// not kept. What may not stand in a name becomes a hyphen, and names that begin with `Bus-` or `Nats-` are not
    /// set: they steer the bus itself.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let (name, value) = (safe_name(name.into()), safe_value(value.into()));
        if reserved(&name) {
            return;
        }
        self.0.retain(|(other, _)| !other.eq_ignore_ascii_case(&name));
        let place = self.0.partition_point(|(other, _)| *other < name);
        self.0.insert(place, (name, value));
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// The lines that NATS makes of them, with the one that comes first and the one that comes last.
    fn wire_bytes(&self) -> usize {
        const FRAME: usize = "NATS/1.0\r\n\r\n".len();
        const LINE: usize = ": \r\n".len();
        let lines: usize = self.0.iter().map(|(name, value)| name.len() + value.len() + LINE).sum();
        if lines == 0 { 0 } else { FRAME + lines }
    }
}

fn reserved(name: &str) -> bool {
    ["Bus-", "Nats-"].iter().any(|own| name.get(..own.len()).is_some_and(|start| start.eq_ignore_ascii_case(own)))
}

fn safe_name(name: Cow<'static, str>) -> Cow<'static, str> {
    let unsafe_in_name = |c: char| !c.is_ascii_graphic() || c == ':';
    if name.contains(unsafe_in_name) { name.replace(unsafe_in_name, "-").into() } else { name }
}

fn safe_value(value: String) -> String {
    const BREAKS: [char; 3] = ['\r', '\n', '\0'];
    if value.contains(BREAKS) || value.trim().len() != value.len() {
        value.replace(BREAKS, " ").trim().to_owned()
    } else {
        value
    }
}
