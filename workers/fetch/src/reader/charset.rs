//! Bytes to text, as browsers do it: by a byte order mark, by what the server says, by what the document says of itself,
//! and else by whether it is UTF-8.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How far into a document its own word is looked for.
const LOOKED_AT: usize = 1024;

/// The text of a document.
pub(super) fn decode(content_type: Option<&str>, body: &[u8]) -> String {
    let (encoding, mark) = Encoding::for_bom(body).unwrap_or_else(|| (guess(content_type, body), 0));
    encoding.decode_without_bom_handling(&body[mark..]).0.into_owned()
}

fn guess(content_type: Option<&str>, body: &[u8]) -> &'static Encoding {
    content_type
        .and_then(|content_type| label(content_type.as_bytes()))
        .or_else(|| label(&body[..body.len().min(LOOKED_AT)]).map(as_declared_inside))
        .unwrap_or_else(|| if std::str::from_utf8(body).is_ok() { UTF_8 } else { WINDOWS_1252 })
}

/// A document that can be read as ASCII as far as its declaration is not in UTF-16, whatever it says.
fn as_declared_inside(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16BE || encoding == UTF_16LE { UTF_8 } else { encoding }
}

/// The encoding that is named by `charset=` (HTTP, HTML) or `encoding=` (XML) in a text.
fn label(text: &[u8]) -> Option<&'static Encoding> {
    let text = text.to_ascii_lowercase();
    [&b"charset"[..], b"encoding"].iter().find_map(|word| {
        let after = text.windows(word.len()).position(|window| window == *word)? + word.len();
        let value = text[after..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
        let length = value.iter().position(|byte| !is_part(byte)).unwrap_or(value.len());
        Encoding::for_label(&value[..length])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_order_mark_comes_first_then_the_server_then_the_document() {
        let meta = b"<meta charset=windows-1251>\xcf";
        assert!(decode(None, meta).ends_with('П'));
        assert!(decode(Some("text/html; charset=\"iso-8859-2\""), meta).ends_with('Ď'));
        assert_eq!(decode(Some("text/html; charset=iso-8859-2"), b"\xef\xbb\xbf\xc3\xa9"), "é");
        assert_eq!(decode(None, b"\xff\xfea\0b\0"), "ab");
        assert!(decode(None, b"<?xml version='1.0' encoding='Shift_JIS'?>\x83\x65").ends_with('テ'));
        assert!(
            decode(None, b"<meta http-equiv=Content-Type content='text/html; charset=gbk'>\xc4\xe3").ends_with('你')
        );
    }

    #[test]
    fn without_a_word_it_is_utf8_if_it_can_be() {
        assert_eq!(decode(None, "é".as_bytes()), "é");
        assert_eq!(decode(None, b"\xe9"), "é");
        assert_eq!(decode(Some("text/html; charset=nonsense"), b"\xe9"), "é");
        assert_eq!(decode(None, "<meta charset=utf-16>é".as_bytes()), "<meta charset=utf-16>é");
    }
}
