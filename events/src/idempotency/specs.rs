//! The rules of an idempotency key, each as a history, a claim and what follows.

use super::*;
use uuid::Uuid;

const ACCOUNT: AccountId = AccountId::from_uuid(Uuid::from_u128(1));
const PAID: RequestId = RequestId::from_uuid(Uuid::from_u128(2));
const AGAIN: RequestId = RequestId::from_uuid(Uuid::from_u128(3));
const ENDED: Timestamp = Timestamp::from_micros(5_000_000);

fn claimed(request: RequestId) -> IdempotencyEvent {
    IdempotencyEvent::Claimed(IdempotencyClaimed { account: ACCOUNT, request, request_hash: "same".into() })
}

fn replayed() -> IdempotencyEvent {
    IdempotencyEvent::Replayed(IdempotencyReplayed { account: ACCOUNT, request: PAID, replay: AGAIN })
}

fn shown(
    history: &[IdempotencyEvent],
    body: &str,
    previous: Previous,
    later_ms: u64,
) -> Result<IdempotencyEvent, Rejection> {
    let key = history.iter().fold(IdempotencyKey::default(), IdempotencyKey::evolve);
    let now = ENDED.plus_ms(later_ms);
    decide(&key, Claim { account: ACCOUNT, request: AGAIN, request_hash: body.into(), previous, now })
}

#[test]
fn the_first_to_show_a_key_claims_it() {
    assert_eq!(shown(&[], "same", Previous::InFlight, 0), Ok(claimed(AGAIN)));
}

#[test]
fn a_key_at_work_is_not_shared() {
    let in_flight = Err(Rejection::InFlight { request: PAID });
    assert_eq!(shown(&[claimed(PAID)], "same", Previous::InFlight, 0), in_flight);
}

#[test]
fn a_key_stands_for_one_request() {
    for previous in [Previous::InFlight, Previous::Completed(ENDED)] {
        let other = Err(Rejection::OtherRequest { request: PAID });
        assert_eq!(shown(&[claimed(PAID)], "other", previous, 0), other);
    }
}

#[test]
fn a_failure_frees_the_key_for_anything() {
    for body in ["same", "other"] {
        assert!(matches!(
            shown(&[claimed(PAID)], body, Previous::Refunded, 0),
            Ok(IdempotencyEvent::Claimed(claim)) if claim.request == AGAIN && claim.request_hash == body
        ));
    }
}

#[test]
fn an_answer_that_was_lost_is_made_once_more_within_ten_minutes() {
    let completed = Previous::Completed(ENDED);
    let spent = Err(Rejection::Spent { request: PAID });
    assert_eq!(shown(&[claimed(PAID)], "same", completed, REPLAY_WINDOW_MS), Ok(replayed()));
    assert_eq!(shown(&[claimed(PAID)], "same", completed, REPLAY_WINDOW_MS + 1), spent);
    assert_eq!(shown(&[claimed(PAID), replayed()], "same", completed, 0), spent);
}
