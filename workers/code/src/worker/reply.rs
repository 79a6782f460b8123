//! What the caller gets to read: the outcome of a run, or the findings about a program.

use std::collections::BTreeMap;

use aipaygen_bus::tool::ToolOutcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::policy::Finding;
use crate::program::{Failure, File, Limit, Outcome};

/// What a bus carries in one message, less its headers. NATS stops at 1 MiB.
const BODY_BYTES_MAX: usize = 1024 * 1024 - 16 * 1024;
/// JSON writes a control character in six bytes.
const ESCAPE_BYTES_MAX: usize = 6;

#[derive(Serialize)]
struct Answer {
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

#[derive(Serialize)]
struct Rejection<'a> {
    detail: &'static str,
    findings: &'a [Finding],
}

/// A run, however it ended: a program that fails is the caller's result.
pub(super) fn answered(outcome: Outcome) -> ToolOutcome {
    let answer = Answer {
        stdout: outcome.stdout,
        stderr: outcome.stderr,
        result: outcome.value,
        result_json: outcome.value_json,
        error: outcome.failure.map(|Failure { kind, message, line }| Error { kind, message, line }),
        limit_hit: outcome.limit.map(|limit| limit.to_string()),
        duration_ms: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
        files: outcome.files.into_iter().map(|File { name, content }| (name, Content::from(content))).collect(),
    };
    let body = match serde_json::to_vec(&answer) {
        Ok(body) if body.len() > BODY_BYTES_MAX => serde_json::to_vec(&answer.cut()),
        body => body,
    };
    match body {
        Ok(body) => ToolOutcome::Answered { body: Bytes::from(body), tokens: Default::default() },
        Err(_) => ToolOutcome::Failed,
    }
}

impl Answer {
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

/// A program that may run.
pub(super) fn passed() -> ToolOutcome {
    ToolOutcome::Answered { body: Bytes::from_static(b"{}"), tokens: Default::default() }
}

/// A program that may not.
pub(super) fn rejected(findings: &[Finding]) -> ToolOutcome {
    refusal("code-rejected", "The program does what no program may do here.", findings)
}

/// A request that holds no program.
pub(super) fn invalid() -> ToolOutcome {
    refusal("invalid-input", "The request is not one for a run.", &[])
}

fn refusal(code: &str, detail: &'static str, findings: &[Finding]) -> ToolOutcome {
    match serde_json::to_vec(&Rejection { detail, findings }) {
        Ok(body) => ToolOutcome::Rejected { status: 422, code: code.to_owned(), body: Bytes::from(body) },
        Err(_) => ToolOutcome::Failed,
    }
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
            let reply = answered(outcome(&character.repeat(256 * 1024 / character.len())));
            let ToolOutcome::Answered { body, .. } = reply else { panic!("it is an answer") };
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
