//! The types of problems, as they are published: what each one means and what a caller can do. A slug is for ever.

use serde::Serialize;

/// One type of problem.
#[derive(Debug, Serialize)]
pub(crate) struct About {
    /// The last part of its `type`.
    pub(crate) slug: &'static str,
    /// Its HTTP status. Of `input-rejected` the worker chooses another 4xx.
    pub(crate) status: u16,
    /// For people; always the same.
    pub(crate) title: &'static str,
    /// What it means and what to do.
    pub(crate) meaning: &'static str,
}

macro_rules! problems {
    ($($name:ident $slug:literal $status:literal $title:literal $meaning:literal)*) => {
        $(pub(super) static $name: About =
            About { slug: $slug, status: $status, title: $title, meaning: $meaning };)*

        /// Every type of problem.
        pub(crate) fn all() -> impl Iterator<Item = &'static About> {
            [$(&$name),*].into_iter()
        }
    };
}

problems! {
    NOT_FOUND "not-found" 404 "Not found"
        "There is nothing here, or it is not yours."
    METHOD_NOT_ALLOWED "method-not-allowed" 405 "Method not allowed"
        "The route exists; the header Allow names its methods."
    BAD_REQUEST "bad-request" 400 "Bad request"
        "The request cannot be read."
    HTTPS_REQUIRED "https-required" 403 "HTTPS required"
        "The request came over plain HTTP. A key that was in it has been on the wire in the open: revoke it."
    MOVED_TO_HTTPS "moved-to-https" 308 "Moved to HTTPS"
        "The same over HTTPS is in the header Location."
    URI_TOO_LONG "uri-too-long" 414 "URI too long"
        "No route of ours needs so long a target."
    HEAD_TOO_LARGE "head-too-large" 431 "Header fields too large"
        "The request line and all header fields together are larger than is taken."
    RATE_LIMITED "rate-limited" 429 "Too many requests"
        "Wait for as many seconds as Retry-After says. RateLimit-Policy names the limits."
    INVALID_API_KEY "invalid-api-key" 401 "No valid API key"
        "Present a key that is neither mistyped, revoked nor expired, as Authorization: Bearer apk_… or X-API-Key."
    PAYMENT_REQUIRED "payment-required" 402 "Payment required"
        "The route has a price. The body says what it costs and all the ways to pay: x402, an API key, a voucher."
    INSUFFICIENT_FUNDS "insufficient-funds" 402 "Insufficient funds"
        "The balance, or what is left on the voucher, is below the price. Nothing was charged."
    PAYMENT_REFUSED "payment-refused" 402 "Payment refused"
        "What the payment header holds does not pay for this. The reason is named; nothing was settled. Pay anew."
    PAYMENT_FAILED "payment-failed" 402 "Payment failed"
        "The payment did not settle and moved no money. The reason is named. Pay anew."
    VOUCHER_REFUSED "voucher-refused" 402 "Voucher refused"
        "The refund voucher is mistyped, unknown or expired. Nothing was charged."
    PAYMENT_USED "payment-used" 409 "Payment used"
        "This payment stands for another request, which is named. A payment pays for one request only."
    PAYMENT_PENDING "payment-pending" 503 "Payment pending"
        "Whether the payment has settled is not known yet. Send the same request with the same payment again after as many seconds as Retry-After says; do not pay anew."
    PAYMENT_REFUNDED "payment-refunded" 409 "Payment refunded"
        "The request that this payment paid has failed, and the money is on a refund voucher."
    INVALID_HEADER "invalid-header" 400 "Invalid header"
        "A header field has a value that it cannot have. Nothing was charged."
    INVALID_QUERY "invalid-query" 400 "Invalid query"
        "A query parameter has a value that it cannot have."
    UNSUPPORTED_ENCODING "unsupported-encoding" 415 "Unsupported encoding"
        "Send the body as it is, without Content-Encoding. Nothing was charged."
    BODY_TOO_LARGE "body-too-large" 413 "Body too large"
        "The body is larger than is taken. Nothing was charged."
    BODY_TIMEOUT "body-timeout" 408 "Body too slow"
        "The body did not arrive in time. Nothing was charged."
    BODY_BROKEN "body-broken" 400 "Body incomplete"
        "The body ended before its end, or its transfer coding is broken. Nothing was charged."
    NOT_JSON "not-json" 400 "Not JSON"
        "The body is not JSON at the line and column that are named. Nothing was charged."
    INVALID_BODY "invalid-body" 422 "Invalid body"
        "The body is JSON, but not what the route takes: each violation names its field. Nothing was charged."
    REJECTED "input-rejected" 422 "Input rejected"
        "The input is refused by what would have worked on it. Nothing is charged."
    NOT_CONFIGURED "model-not-configured" 501 "Not configured"
        "This service is not set up to do this; the body names the setting. Nothing is charged."
    UPSTREAM "upstream-failed" 502 "Upstream failed"
        "Somebody whom the tool depends on failed, and the body tells how. What was charged is refunded."
    IDEMPOTENCY_IN_FLIGHT "idempotency-in-flight" 409 "Idempotency key in flight"
        "A request with this key is at work. Ask again when it has ended."
    IDEMPOTENCY_OTHER_REQUEST "idempotency-key-reused" 422 "Idempotency key reused"
        "This key stands for a request with another method, route or body."
    IDEMPOTENCY_SPENT "idempotency-key-spent" 409 "Idempotency key spent"
        "The request of this key was paid and answered, and its answer is not kept. The receipt is in the body."
    OVERLOADED "overloaded" 503 "Overloaded"
        "There is more to do than can be done. Come back after as many seconds as Retry-After says."
    UNAVAILABLE "unavailable" 503 "Unavailable"
        "A part of the service cannot be reached. Come back after as many seconds as Retry-After says."
    TOOL_FAILED "tool-failed" 502 "Tool failed"
        "The tool failed on our side. What was charged is refunded."
    TOOL_TIMEOUT "tool-timeout" 504 "Tool timed out"
        "The tool did not answer in time. What was charged is refunded."
    INTERNAL "internal" 500 "Internal error"
        "We failed. What was charged is refunded. Name the request id when you report it."
}
