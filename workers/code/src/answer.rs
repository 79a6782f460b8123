//! An outcome as its caller reads it: JSON that one message of the bus can carry.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::program::{Failure, File, Limit, Outcome};

/// What a bus carries in one message, less its headers. NATS stops at 1 MiB.
const BODY_BYTES_MAX: usize = 1024 * 1024 - 16 * 1024;
/// JSON writes a control character in six bytes.
const ESCAPE_BYTES_MAX: usize = 6;

/// How a run ended, however it ended: a program that fails is the caller's result.
#[derive(Serialize)]
pub struct Answer {
    stdout: String,
    stderr: String,
    result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_json: Option<Box<RawValue>>,
    error: Option<Error>,
    limit_hit: Option<String>,
    duration_ms: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, Content>,
}

#[derive(Serialize)]
struct Error {
    #[serde(rename = "type")]
    kind: String,
    message: String,
    line: Option<u32>,
}

/// A file that a program wrote: text where it is text.
#[derive(Serialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Bytes { base64: String },
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Self {
            stdout: outcome.stdout,
            stderr: outcome.stderr,
            result: outcome.value,
            result_json: outcome.value_json,
            error: outcome.failure.map(|Failure { kind, message, line }| Error { kind, message, line }),
            limit_hit: outcome.limit.map(|limit| limit.to_string()),
            duration_ms: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
            files: outcome.files.into_iter().map(|File { name, content }| (name, Content::from(content))).collect(),
        }
    }
}

impl Answer {
    /// The JSON, cut to what a bus carries.
    pub(crate) fn into_body(self) -> Result<Vec<u8>, serde_json::Error> {
        let body = serde_json::to_vec(&self)?;
        if body.len() <= BODY_BYTES_MAX { Ok(body) } else { serde_json::to_vec(&self.cut()) }
    }

    /// What is left of an answer that no bus would carry: within the limits of a run, but mostly escapes.
    fn cut(mut self) -> Self {
        let text_bytes_max = BODY_BYTES_MAX / ESCAPE_BYTES_MAX / 4;
        cut(&mut self.stdout, text_bytes_max);
        cut(&mut self.stderr, text_bytes_max);
        if let Some(error) = &mut self.error {
            cut(&mut error.kind, text_bytes_max / 4);
            cut(&mut error.message, text_bytes_max / 4);
        }
        let limit_hit = self.limit_hit.or_else(|| Some(Limit::Output.to_string()));
        Self { result: None, result_json: None, files: BTreeMap::new(), limit_hit, ..self }
    }
}

fn cut(text: &mut String, bytes_max: usize) {
    text.truncate(text.floor_char_boundary(bytes_max));
}

impl From<Vec<u8>> for Content {
    fn from(content: Vec<u8>) -> Self {
        match String::from_utf8(content) {
            Ok(text) => Self::Text(text),
            Err(binary) => Self::Bytes { base64: STANDARD.encode(binary.as_bytes()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn outcome(text: &str) -> Outcome {
        Outcome {
            stdout: text.to_owned(),
            stderr: text.to_owned(),
            value: Some(text.to_owned()),
            value_json: None,
            failure: Some(Failure { kind: text.to_owned(), message: text.to_owned(), line: None }),
            limit: None,
            files: vec![File { name: text.to_owned(), content: text.into() }],
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn an_answer_fits_a_message_whatever_was_printed() {
        for character in ["\u{1}", "\u{1f30d}", "\"", "x"] {
            let outcome = outcome(&character.repeat(256 * 1024 / character.len()));
            let body = Answer::from(outcome).into_body().expect("it can be written");
            assert!(body.len() <= BODY_BYTES_MAX, "{} bytes of {character:?}", body.len());
            let answer: serde_json::Value = serde_json::from_slice(&body).expect("it is JSON");
            assert_eq!(answer["limit_hit"], "output");
        }
    }

    #[test]
    fn files_are_text_where_they_are_text() {
        assert_eq!(serde_json::to_string(&Content::from(b"a".to_vec())).expect("JSON"), r#""a""#);
        assert_eq!(serde_json::to_string(&Content::from(vec![255])).expect("JSON"), r#"{"base64":"/w=="}"#);
    }
}
