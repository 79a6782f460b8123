//! What a document becomes.

use aipaygen_bus::tool::ToolOutcome;
use bytes::Bytes;
use serde::Serialize;

/// A document that was read.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Page {
    pub(crate) url: String,
    pub(crate) title: Option<String>,
    pub(crate) text: String,
    pub(crate) word_count: usize,
    pub(crate) links: Vec<Link>,
    pub(crate) metadata: Metadata,
    pub(crate) language: Option<String>,
    /// Whether there is more of the text than is given.
    pub(crate) truncated: bool,
}

/// A link of a page.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) text: String,
}

/// What a document says of itself.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Metadata {
    pub(crate) content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) site_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
}

impl Page {
    /// The same with this text, or as much of it as may be given. Words are those of the whole text.
    pub(super) fn with_text(mut self, text: &str, chars_max: usize) -> Self {
        let text = text.trim();
        self.word_count = text.split_whitespace().count();
        let end = text.char_indices().nth(chars_max).map_or(text.len(), |(at, _)| at);
        self.truncated = end < text.len();
        text[..end].clone_into(&mut self.text);
        self
    }

    /// As a worker answers, cut to so many bytes.
    pub(crate) fn into_outcome(self, bytes_max: usize) -> ToolOutcome {
        match self.into_body(bytes_max) {
            Ok(body) => ToolOutcome::Answered { body: Bytes::from(body), tokens: Default::default(), model: None },
            Err(_) => ToolOutcome::Failed,
        }
    }

    /// JSON of at most so many bytes: first links go, then text.
    fn into_body(mut self, bytes_max: usize) -> Result<Vec<u8>, serde_json::Error> {
        loop {
            let body = serde_json::to_vec(&self)?;
            if body.len() <= bytes_max || (self.links.is_empty() && self.text.is_empty()) {
                return Ok(body);
            }
            self.truncated = true;
            if self.links.is_empty() {
                self.text.truncate(self.text.floor_char_boundary(self.text.len() / 2));
            } else {
                self.links.truncate(self.links.len() / 2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY_BYTES_MAX: usize = 1_000_000;

    #[test]
    fn text_is_cut_at_a_character_and_said_to_be() {
        let page = Page::default().with_text("  añb c\n", 2);
        assert_eq!((page.text.as_str(), page.word_count, page.truncated), ("añ", 2, true));
        let page = Page::default().with_text("añb", 3);
        assert_eq!((page.text.as_str(), page.truncated), ("añb", false));
    }

    #[test]
    fn whatever_is_read_fits_a_message() {
        let link = Link { url: "https://example.com/".repeat(100), text: "\u{1}".repeat(100) };
        for text in ["\u{1}", "é", "\""] {
            let page =
                Page { links: vec![link.clone(); 1000], ..Page::default() }.with_text(&text.repeat(900_000), 900_000);
            assert!(page.into_body(BODY_BYTES_MAX).is_ok_and(|body| body.len() <= BODY_BYTES_MAX));
        }
    }
}
