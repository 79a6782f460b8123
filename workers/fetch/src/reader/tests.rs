//! Documents as strangers write them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::document::Format;

fn document(content_type: &str, body: impl Into<Bytes>, format: Format) -> Document {
    Document {
        url: "https://example.com/dir/page".to_owned(),
        content_type: Some(content_type.to_owned()),
        body: body.into(),
        format,
        chars_max: 10_000,
        bytes_max: 1_000_000,
    }
}

fn html(body: &str, format: Format) -> Page {
    read(&document("text/html; charset=utf-8", body.as_bytes().to_vec(), format), 100).unwrap()
}

const PROSE: &str = "Whoever reads a page wants its words and not its furniture, and furniture there is plenty: menus, \
    notices about cookies, links to what else could be read, and the names of everybody who would like to be followed.";

fn article() -> String {
    format!(
        "<!DOCTYPE html><html lang='en-GB'><head><title>Furniture | The Paper</title><meta property='og:site_name' \
         content='The Paper'><meta name='description' content='On pages.'><script>var secret = 'script';</script>\
         <base href='/other/'></head><body><nav><a href='menu'>Menu</a><a href='#top'>Top</a></nav><main><article>\
         <h1>Furniture</h1><p>{PROSE}</p><h2>And more</h2><ul><li>one</li><li>two</li></ul><pre><code>let x = 1;</code>\
         </pre><p>{PROSE} <a href='https://example.org/x?y=1#z'>elsewhere</a> <a href='mailto:a@b.c'>mail</a> \
         <a href='javascript:alert(1)'>script</a> <img src='/i.png' alt='a picture' onerror='alert(1)'></p>\
         <script>alert('script')</script></article></main><footer>Imprint</footer></body></html>"
    )
}

#[test]
fn the_readable_part_of_a_page_is_markdown_without_its_furniture() {
    let page = html(&article(), Format::Markdown);
    for wanted in ["Whoever reads", "## And more", "one", "let x = 1;", "[elsewhere](https://example.org/x?y=1#z)"] {
        assert!(page.text.contains(wanted), "{wanted} is not in {}", page.text);
    }
    for unwanted in ["alert", "secret", "Imprint", "Menu"] {
        assert!(!page.text.contains(unwanted), "{unwanted} is in {}", page.text);
    }
    assert!(page.title.as_deref().unwrap().starts_with("Furniture"), "{page:?}");
    assert_eq!((page.language.as_deref(), page.metadata.site_name.as_deref()), (Some("en-GB"), Some("The Paper")));
    assert_eq!(page.metadata.description.as_deref(), Some("On pages."));
}

#[test]
fn links_are_absolute_of_the_web_and_each_once() {
    let page = html(&article(), Format::Links);
    let links: Vec<_> = page.links.iter().map(|link| (link.url.as_str(), link.text.as_str())).collect();
    let expected = [
        ("https://example.com/other/menu", "Menu"),
        ("https://example.com/other/", "Top"),
        ("https://example.org/x?y=1", "elsewhere"),
    ];
    assert_eq!(links, expected);
    assert_eq!(page.text.lines().collect::<Vec<_>>(), expected.map(|(url, _)| url));
}

#[test]
fn html_and_text_carry_no_script() {
    let page = html(&article(), Format::Html);
    assert!(page.text.contains("<p>") && !page.text.contains("<script") && !page.text.contains("alert('script')"));
    let text = html(&article(), Format::Text).text;
    assert!(text.contains("Whoever reads") && !text.contains('<') && !text.contains("alert"), "{text}");
}

#[test]
fn a_page_in_which_nothing_stands_out_is_given_whole() {
    let page = html("<title>Small</title><p>Hello <b>there</b></p><script>no</script>", Format::Markdown);
    assert_eq!((page.text.as_str(), page.title.as_deref()), ("Hello **there**", Some("Small")));
    let empty = html("", Format::Markdown);
    assert_eq!((empty.text.as_str(), empty.word_count, empty.title), ("", 0, None));
    assert!(!html("<body>x<script>y</script>", Format::Html).text.contains("<script"));
}

#[test]
fn a_page_is_read_as_deep_as_browsers_read_it_and_no_deeper() {
    let nested = |depth: usize| format!("<body>{}<p>{PROSE}</p>", "<div>".repeat(depth)).into_bytes();
    for format in [Format::Markdown, Format::Text, Format::Html, Format::Links] {
        let apart = |body| {
            let document = document("text/html", body, format);
            std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || read(&document, 10)).unwrap().join()
        };
        assert!(apart(nested(480)).unwrap().is_ok());
        assert_eq!(apart(nested(2_000)).unwrap().map(|_| ()), Err(Unreadable::Content));
    }
}

#[test]
fn a_page_is_read_in_its_own_character_set() {
    let (japanese, ..) = encoding_rs::SHIFT_JIS.encode("<title>日本</title><p>これは日本語のページです。</p>");
    let page = read(&document("text/html; charset=Shift_JIS", japanese.into_owned(), Format::Text), 1).unwrap();
    assert_eq!((page.title.as_deref(), page.text.trim()), (Some("日本"), "これは日本語のページです。"));
    assert_eq!(page.language.as_deref(), Some("ja"));
}

/// A PDF of one page with this text.
fn pdf(text: &str) -> Vec<u8> {
    let content = format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (object, number) in objects.iter().zip(1..) {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        writeln!(file, "{number} 0 obj\n{object}\nendobj").unwrap();
    }
    let start = file.len();
    write!(file, "xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").unwrap();
    file.into_bytes()
}

#[test]
fn the_text_of_a_pdf_is_read() {
    let page = read(&document("application/pdf", pdf("Hello from a document"), Format::Markdown), 10).unwrap();
    assert_eq!((page.text.as_str(), page.word_count), ("Hello from a document", 4));
    assert_eq!(page.metadata.content_type, "application/pdf");
}

async fn handle(document: Document) -> ToolOutcome {
    let settings = Arc::new(crate::settings::tests::settings());
    let request = Request {
        message: document.into_message(),
        deadline: Instant::now() + Duration::from_secs(10),
        cancelled: CancellationToken::new(),
        parts: None,
    };
    ToolOutcome::from_message(Reader::new(settings).handle(request).await).unwrap()
}

#[tokio::test]
async fn what_is_neither_page_nor_text_is_refused_and_so_is_what_is_broken() {
    for (content_type, body, expected) in [
        ("image/png", &b"x"[..], "content-unsupported"),
        ("application/json", b"{}", "content-unsupported"),
        ("application/pdf", b"%PDF-1.7", "page-unreadable"),
        ("application/pdf", b"", "page-unreadable"),
    ] {
        let outcome = handle(document(content_type, body, Format::Markdown)).await;
        let ToolOutcome::Rejected { status, code, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!((status, code.as_str()), (422, expected), "{content_type}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is broken about it, and however its parser takes that, the reader answers.
    #[test]
    fn a_broken_pdf_is_an_answer(at in 0_usize..700, byte: u8, cut in 0_usize..2_000) {
        let mut file = pdf("Hello");
        let at = at % file.len();
        file[at] = byte;
        file.truncate(cut.max(8));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(handle(document("application/pdf", file, Format::Text)));
        prop_assert!(outcome != ToolOutcome::Failed);
    }

    #[test]
    fn any_bytes_are_a_page_or_refused(body in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        for content_type in ["text/html", "text/plain", "", "text/html; charset=utf-16"] {
            for format in [Format::Markdown, Format::Text, Format::Html, Format::Links] {
                let read = read(&document(content_type, body.clone(), format), 10);
                prop_assert!(read.is_ok() || content_type.is_empty());
            }
        }
    }
}
