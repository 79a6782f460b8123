//! JSON as models write it: in a fence, with words around it, with a comma too many. What is repaired is the frame,
//! never what was said.

use serde_json::{Map, Value};

/// The JSON object in a text, if there is one.
pub(crate) fn object_in(text: &str) -> Option<Map<String, Value>> {
    let text = text.trim();
    as_object(text).or_else(|| {
        let framed = text.get(text.find('{')?..=text.rfind('}')?)?;
        as_object(framed).or_else(|| as_object(&without_stray_commas(framed)))
    })
}

fn as_object(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Some(members),
        Ok(_) | Err(_) => None,
    }
}

/// Leaves out every comma that closes a list or an object.
fn without_stray_commas(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c == '"' {
            in_string = true;
        } else if c == ',' && text[at + 1..].trim_start().starts_with(['}', ']']) {
            continue;
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        object_in(text).map(|members| Value::Object(members).to_string())
    }

    #[test]
    fn the_frame_is_repaired() {
        let plain = r#"{"a":[1,"}, ]"],"b":"x"}"#;
        for text in [
            plain.to_owned(),
            format!("```json\n{plain}\n```"),
            format!("Here you are: {plain} Anything else?"),
            r#"{"a":[1,"}, ]",],"b":"x",}"#.to_owned(),
        ] {
            assert_eq!(read(&text).unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_none() {
        for text in ["", "no", "[1]", "\"{}\" }{", "{", "} {", r#"{"a":}"#] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not_and_never_a_panic(text in r#"[\PC{}",\\:\[\]]{0,60}"#) {
            let _ = object_in(&text);
        }
    }
}
