//! What is fetched and then read, as it passes from one process to the next.

use aipaygen_bus::Message;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

const URL: &str = "Url";
const CONTENT_TYPE: &str = "Content-Type";
const FORMAT: &str = "Format";
const CHARS_MAX: &str = "Chars-Max";
const BYTES_MAX: &str = "Bytes-Max";
const FETCHED: &str = "Fetched";
const STATUS: &str = "Status";

/// What a caller wants of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Its readable part as Markdown.
    #[default]
    Markdown,
    /// The same as plain text.
    Text,
    /// The same as HTML.
    Html,
    /// Its links.
    Links,
}

/// A page as a server has sent it.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

/// A page to be read.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) url: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) format: Format,
    pub(crate) chars_max: usize,
    /// How large its answer may be.
    pub(crate) bytes_max: usize,
}

impl Fetched {
    /// As one process hands it to the other.
    pub(crate) fn into_message(self) -> Message {
        let message = Message::new(self.body).with(FETCHED, "yes").with(URL, self.url);
        with_content_type(message.with(STATUS, self.status.to_string()), self.content_type)
    }

    /// As it is received; the message itself if it is something else, such as a refusal.
    pub(crate) fn from_message(message: Message) -> Result<Self, Message> {
        let header = |name| message.headers.get(name).map(str::to_owned);
        let known = (header(FETCHED), header(URL), header(STATUS).and_then(|status| status.parse().ok()));
        let (Some(_), Some(url), Some(status)) = known else { return Err(message) };
        Ok(Self { url, status, content_type: header(CONTENT_TYPE), body: message.payload })
    }
}

impl Document {
    /// As one process hands it to the other.
    pub(crate) fn into_message(self) -> Message {
        let format = serde_json::to_string(&self.format).unwrap_or_default();
        let message = Message::new(self.body).with(URL, self.url).with(FORMAT, format.trim_matches('"'));
        let message = message.with(CHARS_MAX, self.chars_max.to_string()).with(BYTES_MAX, self.bytes_max.to_string());
        with_content_type(message, self.content_type)
    }

    /// As it is received; `None` if it is no document.
    pub(crate) fn from_message(message: Message) -> Option<Self> {
        let header = |name| message.headers.get(name).map(str::to_owned);
        Some(Self {
            url: header(URL)?,
            content_type: header(CONTENT_TYPE),
            format: serde_json::from_value(header(FORMAT)?.into()).ok()?,
            chars_max: header(CHARS_MAX)?.parse().ok()?,
            bytes_max: header(BYTES_MAX)?.parse().ok()?,
            body: message.payload,
        })
    }
}

fn with_content_type(message: Message, content_type: Option<String>) -> Message {
    match content_type {
        Some(content_type) => message.with(CONTENT_TYPE, content_type),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_is_handed_over_arrives() {
        let content_type = Some("text/html; charset=utf-8".to_owned());
        let (url, body) = ("https://example.com/".to_owned(), Bytes::from_static(b"<p>"));
        for format in [Format::Markdown, Format::Text, Format::Html, Format::Links] {
            let (url, content_type, body) = (url.clone(), content_type.clone(), body.clone());
            let document = Document { url, content_type, body, format, chars_max: 7, bytes_max: 8 };
            let arrived = Document::from_message(document.into_message()).unwrap();
            assert_eq!(
                (arrived.format, arrived.chars_max, arrived.bytes_max, &arrived.body[..]),
                (format, 7, 8, &b"<p>"[..])
            );
        }
        let fetched = Fetched { url, status: 404, content_type, body };
        let arrived = Fetched::from_message(fetched.into_message()).unwrap();
        assert_eq!((arrived.status, arrived.content_type.unwrap().as_str()), (404, "text/html; charset=utf-8"));
        assert!(Fetched::from_message(Message::new("x")).is_err());
        assert!(Document::from_message(Message::new("x")).is_none());
    }
}
