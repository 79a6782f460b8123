//! Events are for ever: every shape ever written reads back, and is written the same, byte for byte.
//!
//! Each line of `golden/events.jsonl` is `kind`, `schema` and the exact bytes. A line may be added; none is ever
//! changed, and a build that cannot read one is a build that cannot read the log.

use aipaygen_events::Event;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Golden<'a> {
    kind: String,
    schema: i32,
    id: String,
    #[serde(borrow)]
    data: &'a RawValue,
}

const GOLDEN: &str = include_str!("golden/events.jsonl");

#[test]
fn every_shape_ever_written_reads_back_and_is_written_the_same() {
    for line in GOLDEN.lines() {
        let golden: Golden = serde_json::from_str(line).unwrap();
        let event = Event::decode(&golden.kind, golden.schema, golden.data.get().as_bytes()).unwrap();
        let written = event.encode();
        assert_eq!((written.kind, written.schema), (golden.kind.as_str(), golden.schema));
        assert_eq!(String::from_utf8(written.data).unwrap(), golden.data.get());
        assert_eq!(written.id.to_string(), golden.id, "an identity never changes");
    }
}

#[test]
fn every_kind_has_a_golden_line() {
    let kinds: std::collections::BTreeSet<_> =
        GOLDEN.lines().map(|line| serde_json::from_str::<Golden>(line).unwrap().kind).collect();
    let known = [
        "account.opened",
        "credit.applied",
        "credit.coded",
        "credit.expired",
        "credit.issued",
        "credit.spent",
        "funds.deposited",
        "idempotency.claimed",
        "idempotency.replayed",
        "key.issued",
        "key.revoked",
        "payment.claimed",
        "payment.failed",
        "payment.replayed",
        "payment.settled",
        "payment.unknown",
        "request.charged",
        "request.completed",
        "request.refunded",
    ];
    assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), known);
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let unknown = Event::decode("request.forgotten", 1, b"{}").unwrap_err();
    assert_eq!(unknown.to_string(), "unknown event kind request.forgotten in schema 1");
    assert!(Event::decode("key.revoked", 2, b"{}").is_err());
    let extra = br#"{"account":"acct_00000000000000000000000000000001","key":"k000000000000001","x":1}"#;
    assert!(Event::decode("key.revoked", 1, extra).is_err());
}
