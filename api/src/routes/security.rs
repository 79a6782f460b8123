//! What is promised about security, made from the settings that this process runs with: `/security`, the
//! `security` object of `agent.json` and of every 402 are one and the same value.

use actix_web::{HttpResponse, web};
use aipaygen_catalog::Catalog;
use serde_json::{Map, Value, json};

use super::resource::public_json;
use super::x402;
use crate::edge::SECURITY_HEADERS;
use crate::ingress::Ingress;
use crate::settings::Settings;

/// The queue whose workers run code of strangers.
const CODE_QUEUE: &str = "code";

/// What is true of this process.
pub(crate) fn statement(settings: &Settings, catalog: &Catalog) -> Value {
    let headers: Map<_, _> =
        SECURITY_HEADERS.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let mut statement = json!({
        "transport": transport(settings),
        "headers": headers,
        "data_handling": {
            "request_logging": "metadata_only",
            "response_storage": "none",
            "data_retention_days": 0,
            "billing_metadata": ["timestamp", "endpoint", "token_counts", "api_key_id", "price", "status", "request_id", "payment_references"],
            "ip_addresses": "rate_limiting_only",
            "api_keys": "keyed_hashes_only",
            "stored_secrets": "envelope_encryption",
        },
        "ssrf_protection": true,
        "auto_refund_on_5xx": true,
        "payment_receipts": "signed",
        "key_revocation_effective_ms_max": 1_000,
        "security_policy": "/security",
        "security_txt": "/.well-known/security.txt",
    });
    if catalog.tools().any(|tool| tool.queue == CODE_QUEUE) {
        statement["code_execution"] =
            json!({ "sandbox": "webassembly", "network_access": "none", "filesystem_access": "none" });
    }
    statement
}

fn transport(settings: &Settings) -> Value {
    let (tls, terminated_by) = match (&settings.tls, settings.edge_tls) {
        (Some(_), _) => ("1.3", "this service"),
        (None, true) => ("1.3", "edge"),
        (None, false) => ("none", "nobody: reachable from this machine only"),
    };
    json!({ "tls": tls, "terminated_by": terminated_by, "plaintext": "refused beyond loopback", "hsts": true })
}

/// `GET /security`
pub(super) async fn page(ingress: web::Data<Ingress>) -> HttpResponse {
    public_json(&json!({
        "policy": PROMISES,
        "x402": x402::payment(&ingress),
        "contact": ingress.settings.security_contact,
        "answered_within_hours": 24,
        "security": *ingress.security,
    }))
}

const PROMISES: &[&str] = &[
    "Every connection from outside is TLS; plain HTTP is refused, and redirected only where nothing was given away.",
    "Every answer carries HSTS with preload, nosniff, DENY framing, a content security policy without inline code and a strict referrer policy.",
    "API keys are kept as keyed hashes and shown once.",
    "What we keep for you and have to know, such as the URL and the secrets of a webhook, is encrypted under a key of its own, which is destroyed with it.",
    "What you send and what you get is in memory while your request lasts, and is stored, logged or traced nowhere.",
    "What is kept is what billing needs: time, endpoint, token counts, key id, price, status, request id and payment references.",
    "IP addresses are used for rate limits only: salted, in memory, never written down.",
    "Code runs in a WebAssembly sandbox after a check of its syntax tree: no files, no network, no processes, and a deadline that holds.",
    "A paid request that we fail to answer is refunded by itself, and the answer names the refund credit in X-Refund-Credit: on the balance, or as a voucher for who paid by x402.",
    "An x402 payment is verified here and settled before the work, and every settlement is checked on the chain, whoever reports it.",
    "Every paid answer carries a signed receipt in X-Payment-Receipt; the keys are at /.well-known/jwks.json.",
    "A revoked key stops working everywhere in under a second.",
    "Every answer to a request carries our X-Request-ID. Bytes that are not HTTP, or a head that never becomes a request, are answered by the HTTP layer without one.",
    "Every 402 repeats this statement.",
    "A report of a vulnerability is answered within 24 hours; /.well-known/security.txt names the contact.",
];
