//! Plain text is text.

use super::page::{Metadata, Page};
use super::{charset, language};
use crate::document::Document;

pub(super) fn read(document: &Document) -> Page {
    let text = charset::decode(document.content_type.as_deref(), &document.body);
    let page = Page {
        url: document.url.clone(),
        metadata: Metadata { content_type: "text/plain".to_owned(), ..Metadata::default() },
        language: language::of(None, &text),
        ..Page::default()
    };
    page.with_text(&text, document.chars_max)
}
