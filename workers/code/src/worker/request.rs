//! The caller's JSON. The ingress has checked it against the tool's schema; types are checked here again,
//! and an error says nothing of what was found: it would quote the payload.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::program::{File, Program};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    code: String,
    #[serde(default)]
    stdin: String,
    timeout_s: Option<f64>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    seed: Option<u64>,
    now: Option<u64>,
}

/// The program of a request; `None` if it is no such request.
pub(super) fn parse(body: &[u8]) -> Option<Program> {
    let body: Body = serde_json::from_slice(body).ok()?;
    let files = body.files.into_iter().map(|(name, text)| File { name, content: text.into_bytes() });
    Some(Program {
        code: body.code,
        stdin: body.stdin,
        files: files.collect(),
        seed: body.seed,
        now_s: body.now,
        timeout: body.timeout_s.map(Duration::try_from_secs_f64).transpose().ok()?,
    })
}
