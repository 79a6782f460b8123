//! What callers are told. A refused address is told in one way, whatever the rule: what it was would be an answer about
//! networks that are not the caller's.

use aipaygen_bus::tool::ToolOutcome;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::outbound::FetchError;

/// An answer of this JSON.
pub(crate) fn answered(body: &Value) -> ToolOutcome {
    ToolOutcome::Answered { body: Bytes::from(body.to_string()), tokens: Default::default(), model: None }
}

/// What would have been fetched may be.
pub(crate) fn passed() -> ToolOutcome {
    ToolOutcome::Answered { body: Bytes::from_static(b"{}"), tokens: Default::default(), model: None }
}

/// There is no page, and it costs nothing.
pub(crate) fn of_error(error: FetchError) -> ToolOutcome {
    match error {
        FetchError::Refused(rule) => {
            tracing::debug!(%rule, "an address was refused");
            refusal(
                403,
                "address-refused",
                "The URL is not one that is fetched from here: it is no public http or https address.",
            )
        }
        FetchError::Robots => refusal(422, "robots-disallowed", "The site's robots.txt disallows this page."),
        FetchError::Unreachable => {
            refusal(422, "page-unavailable", "The server did not answer as a web server does.")
        }
        FetchError::Slow => refusal(422, "page-unavailable", "The server did not answer in time."),
        FetchError::TooLarge => refusal(422, "page-too-large", "The page is larger than what is read."),
        FetchError::Undecodable => {
            refusal(422, "page-unreadable", "The page is compressed in a way that is not read.")
        }
    }
}

/// The server has answered that there is no page.
pub(crate) fn status(status: u16) -> ToolOutcome {
    rejected(
        422,
        "page-unavailable",
        &json!({"detail": "The server did not answer with a page.", "upstream_status": status}),
    )
}

/// A document of a kind that is not read.
pub(crate) fn unsupported() -> ToolOutcome {
    refusal(422, "content-unsupported", "The document is neither HTML, nor PDF, nor plain text.")
}

/// A document that cannot be read.
pub(crate) fn unreadable() -> ToolOutcome {
    refusal(422, "page-unreadable", "The document is broken, or too deep or too large to be read.")
}

/// A request that is none.
pub(crate) fn invalid() -> ToolOutcome {
    refusal(422, "invalid-input", "The request is not one that this tool takes.")
}

/// What an operator has not set up.
pub(crate) fn not_set_up(detail: &str) -> ToolOutcome {
    refusal(501, "not-implemented", detail)
}

fn refusal(status: u16, code: &str, detail: &str) -> ToolOutcome {
    rejected(status, code, &json!({ "detail": detail }))
}

fn rejected(status: u16, code: &str, body: &Value) -> ToolOutcome {
    ToolOutcome::Rejected { status, code: code.to_owned(), body: Bytes::from(body.to_string()) }
}
