//! The text of a PDF.

use super::page::{Metadata, Page};
use super::{Unreadable, language};
use crate::document::Document;

pub(super) fn read(document: &Document) -> Result<Page, Unreadable> {
    let text = pdf_extract::extract_text_from_mem(&document.body).map_err(|_| Unreadable::Content)?;
    let text = without_runs_of_blank_lines(&text);
    let page = Page {
        url: document.url.clone(),
        metadata: Metadata { content_type: "application/pdf".to_owned(), ..Metadata::default() },
        language: language::of(None, &text),
        ..Page::default()
    };
    Ok(page.with_text(&text, document.chars_max))
}

/// Layout becomes blank lines, of which one is enough.
fn without_runs_of_blank_lines(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut blank = true;
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && blank) {
            kept.push_str(line);
            kept.push('\n');
        }
        blank = line.is_empty();
    }
    kept
}
