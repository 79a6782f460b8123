//! The rules of a voucher, each as a history, a command and what follows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::account::{Complete, Refund};
use crate::api_key::KeyHash;
use crate::idempotency::REPLAY_WINDOW_MS;
use crate::request::{Pricing, RefundReason, RequestCharged, RequestCompleted, RequestRefunded, Tender, Tokens};
use crate::{AccountId, CreditId, MicroUsd, RequestId, Timestamp};
use uuid::Uuid;

const ACCOUNT: AccountId = AccountId::from_uuid(Uuid::from_u128(1));
const FAILED: RequestId = RequestId::from_uuid(Uuid::from_u128(2));
const REQUEST: RequestId = RequestId::from_uuid(Uuid::from_u128(3));
const NOW: Timestamp = Timestamp::from_micros(1_000_000);
const EXPIRY: Timestamp = Timestamp::from_micros(9_000_000_000_000);
const DEADLINE: Timestamp = Timestamp::from_micros(60_000_000);
const CODE: KeyHash = KeyHash([7; 32]);
const NEW_CODE: KeyHash = KeyHash([8; 32]);

struct Given(Credit);
struct When(Result<Vec<CreditEvent>, Rejection>);

fn given(history: impl IntoIterator<Item = CreditEvent>) -> Given {
    Given(history.into_iter().fold(Credit::default(), |credit, event| credit.evolve(&event)))
}

impl Given {
    fn when(self, command: CreditCommand) -> When {
        When(decide(&self.0, command))
    }
}

impl When {
    fn then(self, events: impl IntoIterator<Item = CreditEvent>) {
        assert_eq!(self.0, Ok(events.into_iter().collect()));
    }

    fn then_rejected(self, rejection: Rejection) {
        assert_eq!(self.0, Err(rejection));
    }
}

fn credit() -> CreditId {
    CreditId::of_request(FAILED)
}

fn usd(text: &str) -> MicroUsd {
    text.parse().unwrap()
}

fn issue(amount: &str) -> CreditCommand {
    CreditCommand::Issue(Issue {
        credit: credit(),
        account: ACCOUNT,
        request: FAILED,
        amount: usd(amount),
        hash: Some(CODE),
        now: NOW,
        expires_at: EXPIRY,
    })
}

fn issued(hash: Option<KeyHash>) -> CreditEvent {
    CreditEvent::Issued(CreditIssued {
        credit: credit(),
        account: ACCOUNT,
        request: FAILED,
        amount: usd("0.05"),
        hash,
        issued_at: NOW,
        expires_at: EXPIRY,
    })
}

fn charge(hash: KeyHash, amount: &str, now: Timestamp) -> CreditCommand {
    let endpoint = "POST /code/run".into();
    CreditCommand::Charge(Charge { hash, request: REQUEST, endpoint, amount: usd(amount), deadline: DEADLINE, now })
}

fn spent(amount: &str, remainder: &str) -> [CreditEvent; 2] {
    let (credit, amount, remainder) = (credit(), usd(amount), usd(remainder));
    let charged = RequestCharged {
        account: ACCOUNT,
        key: None,
        request: REQUEST,
        endpoint: "POST /code/run".into(),
        amount,
        pricing: Pricing::Flat,
        tender: Tender::Voucher,
        deadline: DEADLINE,
        payment: None,
        voucher: Some(credit),
    };
    let spent = CreditSpent { credit, account: ACCOUNT, request: REQUEST, amount, remainder };
    [CreditEvent::Spent(spent), CreditEvent::Charged(charged)]
}

fn in_flight() -> Vec<CreditEvent> {
    [vec![issued(Some(CODE))], spent("0.02", "0.03").to_vec()].concat()
}

fn complete(price: Option<MicroUsd>) -> CreditCommand {
    let tokens = Tokens::default();
    CreditCommand::Complete(Complete { request: REQUEST, status: 200, price, tokens, duration_ms: 12 })
}

fn completed() -> CreditEvent {
    CreditEvent::Completed(RequestCompleted {
        account: ACCOUNT,
        key: None,
        request: REQUEST,
        endpoint: "POST /code/run".into(),
        status: 200,
        charged: usd("0.02"),
        price: usd("0.02"),
        released: MicroUsd::ZERO,
        tokens: Tokens::default(),
        duration_ms: 12,
        payment: None,
        voucher: Some(credit()),
    })
}

fn refund() -> CreditCommand {
    CreditCommand::Refund(Refund { request: REQUEST, status: 502, reason: RefundReason::ToolFailed })
}

fn refunded() -> CreditEvent {
    CreditEvent::Refunded(RequestRefunded {
        account: ACCOUNT,
        key: None,
        request: REQUEST,
        endpoint: "POST /code/run".into(),
        status: 502,
        reason: RefundReason::ToolFailed,
        amount: usd("0.02"),
        credit: CreditId::of_request(REQUEST),
        tender: Tender::Voucher,
        payment: None,
        voucher: Some(credit()),
    })
}

fn code(now: Timestamp) -> CreditCommand {
    CreditCommand::Code { hash: NEW_CODE, now }
}

fn coded(coded_at: Timestamp) -> CreditEvent {
    CreditEvent::Coded(CreditCoded { credit: credit(), account: ACCOUNT, hash: NEW_CODE, coded_at })
}

fn expired(amount: &str) -> CreditEvent {
    CreditEvent::Expired(CreditExpired { credit: credit(), account: ACCOUNT, amount: usd(amount) })
}

#[test]
fn a_voucher_is_issued_once() {
    given([]).when(issue("0.05")).then([issued(Some(CODE))]);
    given([issued(Some(CODE))]).when(issue("0.05")).then([]);
    given([issued(Some(CODE))]).when(issue("0.06")).then_rejected(Rejection::Exists);
}

#[test]
fn what_a_request_costs_is_taken_off_and_the_rest_stays() {
    given([issued(Some(CODE))]).when(charge(CODE, "0.02", NOW)).then(spent("0.02", "0.03"));
    given([issued(Some(CODE))]).when(charge(CODE, "0.05", NOW)).then(spent("0.05", "0"));
    given(in_flight()).when(charge(CODE, "0.02", NOW)).then([]);
    given(in_flight()).when(charge(CODE, "0.01", NOW)).then_rejected(Rejection::AlreadyCharged);
}

#[test]
fn nobody_spends_what_is_not_there() {
    let rejection = Rejection::Insufficient { price: usd("0.06"), remainder: usd("0.05") };
    given([issued(Some(CODE))]).when(charge(CODE, "0.06", NOW)).then_rejected(rejection);
}

#[test]
fn a_voucher_is_spent_with_its_code_only() {
    given([]).when(charge(CODE, "0.02", NOW)).then_rejected(Rejection::Unknown);
    given([issued(Some(CODE))]).when(charge(NEW_CODE, "0.02", NOW)).then_rejected(Rejection::Unknown);
    given([issued(None)]).when(charge(KeyHash::NONE, "0.02", NOW)).then_rejected(Rejection::Unknown);
    given([issued(Some(CODE)), coded(NOW)]).when(charge(CODE, "0.02", NOW)).then_rejected(Rejection::Unknown);
    given([issued(Some(CODE)), coded(NOW)]).when(charge(NEW_CODE, "0.02", NOW)).then(spent("0.02", "0.03"));
}

#[test]
fn what_is_left_expires() {
    given(in_flight()).when(CreditCommand::Expire { now: EXPIRY }).then([expired("0.03")]);
    given(in_flight()).when(CreditCommand::Expire { now: NOW }).then_rejected(Rejection::NotYet);
    let over = [in_flight(), vec![expired("0.03")]].concat();
    given(over.clone()).when(CreditCommand::Expire { now: EXPIRY }).then([]);
    let all = [vec![issued(Some(CODE))], spent("0.05", "0").to_vec()].concat();
    given(all).when(CreditCommand::Expire { now: EXPIRY }).then([]);
    // Before anybody has swept, too.
    given([issued(Some(CODE))]).when(charge(CODE, "0.02", EXPIRY)).then_rejected(Rejection::Expired);
}

#[test]
fn a_charge_survives_the_expiry_of_its_voucher() {
    let over = [in_flight(), vec![expired("0.03")]].concat();
    given(over.clone()).when(complete(None)).then([completed()]);
    given(over).when(refund()).then([refunded()]);
}

#[test]
fn an_answer_keeps_all_that_was_charged() {
    given(in_flight()).when(complete(None)).then([completed()]);
    given(in_flight()).when(complete(Some(MicroUsd::ZERO))).then_rejected(Rejection::NotSplit);
}

#[test]
fn nobody_pays_for_a_failure() {
    given(in_flight()).when(refund()).then([refunded()]);
}

#[test]
fn a_charge_ends_once() {
    for end in [completed(), refunded()] {
        let ended = [in_flight(), vec![end]].concat();
        given(ended.clone()).when(complete(None)).then_rejected(Rejection::NoOpenCharge);
        given(ended).when(refund()).then_rejected(Rejection::NoOpenCharge);
    }
}

#[test]
fn a_code_that_nobody_was_shown_is_made_when_its_owner_asks() {
    let late = NOW.plus_ms(REPLAY_WINDOW_MS * 2);
    given([issued(None)]).when(code(late)).then([coded(late)]);
    // And once more, should that answer be lost.
    given([issued(None), coded(late)]).when(code(late)).then([coded(late)]);
    given([issued(None)]).when(code(EXPIRY)).then_rejected(Rejection::Expired);
}

#[test]
fn a_code_that_was_lost_with_its_answer_is_made_anew_once_within_ten_minutes() {
    let in_time = NOW.plus_ms(REPLAY_WINDOW_MS);
    given([issued(Some(CODE))]).when(code(in_time)).then([coded(in_time)]);
    given([issued(Some(CODE))]).when(code(NOW.plus_ms(REPLAY_WINDOW_MS + 1))).then_rejected(Rejection::Shown);
    given([issued(Some(CODE)), coded(NOW)]).when(code(NOW)).then_rejected(Rejection::Shown);
    given(in_flight()).when(code(NOW)).then_rejected(Rejection::Shown);
}
