//! What a document is: by what its server says, and by how it begins where the server says nothing.

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Html,
    Pdf,
    Plain,
    Other,
}

const PDF_BEGINS: &[u8] = b"%PDF-";
/// A PDF may have something before its beginning.
const PDF_BEGINS_WITHIN: usize = 1024;

impl Kind {
    pub(super) fn of(content_type: Option<&str>, body: &[u8]) -> Self {
        let essence =
            content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "text/html" | "application/xhtml+xml" => Self::Html,
            "application/pdf" | "application/x-pdf" => Self::Pdf,
            "" | "application/octet-stream" => Self::by_content(body),
            _ if essence.starts_with("text/") => Self::Plain,
            _ => Self::Other,
        }
    }

    fn by_content(body: &[u8]) -> Self {
        let begin = &body[..body.len().min(PDF_BEGINS_WITHIN)];
        if begin.windows(PDF_BEGINS.len()).any(|window| window == PDF_BEGINS) {
            return Self::Pdf;
        }
        if begin.contains(&0) || std::str::from_utf8(body).is_err() {
            return Self::Other;
        }
        let begin = begin.trim_ascii_start().to_ascii_lowercase();
        let tags: [&[u8]; 5] = [b"<!doctype html", b"<html", b"<head", b"<body", b"<!--"];
        if tags.iter().any(|tag| begin.starts_with(tag)) { Self::Html } else { Self::Plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_its_server_says() {
        for (content_type, kind) in [
            ("text/html", Kind::Html),
            ("Text/HTML; charset=x", Kind::Html),
            ("application/xhtml+xml", Kind::Html),
            ("application/pdf", Kind::Pdf),
            ("text/plain", Kind::Plain),
            ("text/markdown", Kind::Plain),
            ("application/json", Kind::Other),
            ("image/png", Kind::Other),
            ("application/zip", Kind::Other),
        ] {
            assert_eq!(Kind::of(Some(content_type), b"%PDF-1.7"), kind, "{content_type}");
        }
    }

    #[test]
    fn where_the_server_says_nothing_the_beginning_does() {
        for (body, kind) in [
            (&b"%PDF-1.4 ..."[..], Kind::Pdf),
            (b"\xff\xd8\xff", Kind::Other),
            (b"a\0b", Kind::Other),
            (b"\n <!DOCTYPE html><p>", Kind::Html),
            (b"just words", Kind::Plain),
        ] {
            assert_eq!(Kind::of(None, body), kind);
            assert_eq!(Kind::of(Some("application/octet-stream"), body), kind);
        }
    }
}
