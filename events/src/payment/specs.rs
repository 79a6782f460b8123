//! The rules of a payment, each as a history, a command and what follows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::account::{Complete, Refund};
use crate::idempotency::REPLAY_WINDOW_MS;
use crate::request::{Pricing, RefundReason, RequestCharged, RequestCompleted, RequestRefunded, Tender, Tokens};
use crate::{AccountId, CreditId, Hash, Hex, HexBytes, MicroUsd, RequestId, Timestamp};
use uuid::Uuid;

const ID: PaymentId = PaymentId { chain: 8453, asset: Hex([1; 20]), payer: Hex([2; 20]), nonce: Hex([3; 32]) };
const FIRST: RequestId = RequestId::from_uuid(Uuid::from_u128(1));
const AGAIN: RequestId = RequestId::from_uuid(Uuid::from_u128(2));
const DEADLINE: Timestamp = Timestamp::from_micros(60_000_000);
const TRANSACTION: Hash = Hex([4; 32]);

struct Given(Payment);
struct When(Result<Vec<PaymentEvent>, Rejection>);

fn given(history: impl IntoIterator<Item = PaymentEvent>) -> Given {
    Given(history.into_iter().fold(Payment::default(), |payment, event| payment.evolve(&event)))
}

impl Given {
    fn when(self, command: PaymentCommand) -> When {
        When(decide(&self.0, command))
    }
}

impl When {
    fn then(self, events: impl IntoIterator<Item = PaymentEvent>) {
        assert_eq!(self.0, Ok(events.into_iter().collect()));
    }

    fn then_rejected(self, rejection: Rejection) {
        assert_eq!(self.0, Err(rejection));
    }

    fn then_met(self, met: Presented) {
        assert_eq!(self.0, Err(Rejection::Taken(met)));
    }
}

fn account() -> AccountId {
    AccountId::of_payer(ID.chain, ID.payer)
}

fn price() -> MicroUsd {
    "0.02".parse().unwrap()
}

fn by(request: RequestId, request_hash: &str) -> Use {
    Use { request, request_hash: request_hash.into() }
}

fn authorization() -> SignedAuthorization {
    SignedAuthorization {
        pay_to: Hex([5; 20]),
        value: price(),
        valid_after: 0,
        valid_before: 100,
        signature: HexBytes(vec![6; 65]),
        contract: false,
        version: 2,
        asset_name: "USD Coin".into(),
        asset_version: "2".into(),
        resource: "https://aipaygen.example/code/run".into(),
        max_timeout_s: 60,
    }
}

fn claim(request: RequestId, request_hash: &str) -> PaymentCommand {
    PaymentCommand::Claim(Box::new(Claim {
        payment: ID,
        account: account(),
        by: by(request, request_hash),
        endpoint: "POST /code/run".into(),
        deadline: DEADLINE,
        topup: None,
        authorization: authorization(),
    }))
}

fn claimed() -> PaymentEvent {
    claimed_for(None)
}

fn claimed_for(topup: Option<AccountId>) -> PaymentEvent {
    PaymentEvent::Claimed(Box::new(PaymentClaimed {
        payment: ID,
        account: account(),
        request: FIRST,
        request_hash: "same".into(),
        endpoint: "POST /code/run".into(),
        deadline: DEADLINE,
        topup,
        authorization: authorization(),
    }))
}

fn pay(request: RequestId) -> PaymentCommand {
    let by = by(request, "same");
    PaymentCommand::Pay(Pay { by, deadline: DEADLINE, transaction: TRANSACTION, block: Some(7) })
}

fn settled(request: RequestId) -> PaymentEvent {
    PaymentEvent::Settled(PaymentSettled {
        payment: ID,
        account: account(),
        request,
        amount: price(),
        transaction: TRANSACTION,
        block: Some(7),
    })
}

fn paid(request: RequestId) -> [PaymentEvent; 2] {
    let charged = RequestCharged {
        account: account(),
        key: None,
        request,
        endpoint: "POST /code/run".into(),
        amount: price(),
        pricing: Pricing::Flat,
        tender: Tender::X402,
        deadline: DEADLINE,
        payment: Some(ID),
        voucher: None,
    };
    [settled(request), PaymentEvent::Charged(charged)]
}

fn told() -> PaymentCommand {
    PaymentCommand::Fail { reason: "insufficient_funds".into(), evidence: Evidence::Told }
}

fn shown_by_the_chain() -> PaymentCommand {
    PaymentCommand::Fail { reason: "expired".into(), evidence: Evidence::Chain }
}

fn failed(reason: &str, evidence: Evidence) -> PaymentEvent {
    PaymentEvent::Failed(PaymentFailed { payment: ID, account: account(), reason: reason.into(), evidence })
}

fn doubt() -> PaymentCommand {
    PaymentCommand::Doubt { reason: "timeout".into(), transaction: Some(TRANSACTION) }
}

fn unknown() -> PaymentEvent {
    let transaction = Some(TRANSACTION);
    PaymentEvent::Unknown(PaymentUnknown { payment: ID, account: account(), reason: "timeout".into(), transaction })
}

fn complete(price: Option<MicroUsd>) -> PaymentCommand {
    let tokens = Tokens::default();
    PaymentCommand::Complete(Complete { request: FIRST, status: 200, price, tokens, duration_ms: 12 })
}

fn completed() -> PaymentEvent {
    PaymentEvent::Completed(RequestCompleted {
        account: account(),
        key: None,
        request: FIRST,
        endpoint: "POST /code/run".into(),
        status: 200,
        charged: price(),
        price: price(),
        released: MicroUsd::ZERO,
        tokens: Tokens::default(),
        duration_ms: 12,
        payment: Some(ID),
        voucher: None,
    })
}

fn refund() -> PaymentCommand {
    PaymentCommand::Refund(Refund { request: FIRST, status: 502, reason: RefundReason::ToolFailed })
}

fn refunded() -> PaymentEvent {
    PaymentEvent::Refunded(RequestRefunded {
        account: account(),
        key: None,
        request: FIRST,
        endpoint: "POST /code/run".into(),
        status: 502,
        reason: RefundReason::ToolFailed,
        amount: price(),
        credit: CreditId::of_request(FIRST),
        tender: Tender::X402,
        payment: Some(ID),
        voucher: None,
    })
}

fn replay(request: RequestId, request_hash: &str, later_ms: u64) -> PaymentCommand {
    let completed_at = Timestamp::from_micros(5_000_000);
    let request_hash = request_hash.into();
    PaymentCommand::Replay { request, request_hash, completed_at, now: completed_at.plus_ms(later_ms) }
}

fn replayed() -> PaymentEvent {
    PaymentEvent::Replayed(PaymentReplayed { payment: ID, account: account(), request: FIRST, replay: AGAIN })
}

fn history(events: &[&[PaymentEvent]]) -> Vec<PaymentEvent> {
    events.concat()
}

#[test]
fn the_first_to_show_a_payment_claims_it() {
    given([]).when(claim(FIRST, "same")).then([claimed()]);
    given([claimed()]).when(claim(FIRST, "same")).then([]);
    given([claimed()]).when(claim(AGAIN, "same")).then_met(Presented::Claimed { request: FIRST });
}

#[test]
fn nothing_happens_to_a_payment_that_nobody_claimed() {
    for command in [pay(FIRST), told(), doubt(), complete(None), refund(), replay(AGAIN, "same", 0)] {
        given([]).when(command).then_rejected(Rejection::NotClaimed);
    }
}

#[test]
fn a_payment_stands_for_one_request() {
    let other = Presented::OtherRequest { request: FIRST };
    let paid = history(&[&[claimed()], &paid(FIRST)]);
    for history in [vec![claimed()], vec![claimed(), unknown()], paid.clone(), history(&[&paid, &[completed()]])] {
        given(history.clone()).when(claim(AGAIN, "other")).then_met(other.clone());
        given(history).when(replay(AGAIN, "other", 0)).then_met(other.clone());
    }
}

#[test]
fn what_has_settled_is_charged_in_the_same_breath() {
    given([claimed()]).when(pay(FIRST)).then(paid(FIRST));
    given(history(&[&[claimed()], &paid(FIRST)])).when(pay(FIRST)).then([]);
    given(history(&[&[claimed()], &paid(FIRST)])).when(pay(AGAIN)).then_met(Presented::InFlight { request: FIRST });
}

#[test]
fn unknown_is_never_failed_on_anybodys_word() {
    given([claimed()]).when(doubt()).then([unknown()]);
    given([claimed(), unknown()]).when(doubt()).then([]);
    given([claimed(), unknown()]).when(told()).then([]);
    given([claimed(), unknown()]).when(shown_by_the_chain()).then([failed("expired", Evidence::Chain)]);
}

#[test]
fn what_was_unknown_pays_for_whoever_shows_it_again() {
    given([claimed(), unknown()]).when(pay(AGAIN)).then(paid(AGAIN));
}

#[test]
fn a_failure_that_was_told_can_turn_out_false_until_the_chain_has_spoken() {
    let told_so = failed("insufficient_funds", Evidence::Told);
    given([claimed()]).when(told()).then([told_so.clone()]);
    given([claimed(), told_so.clone()]).when(told()).then([]);
    given([claimed(), told_so.clone()]).when(pay(FIRST)).then(paid(FIRST));
    given([claimed(), told_so.clone()]).when(shown_by_the_chain()).then([failed("expired", Evidence::Chain)]);
    let over = [claimed(), told_so, failed("expired", Evidence::Chain)];
    given(over.clone()).when(pay(FIRST)).then_rejected(Rejection::Failed { reason: "expired".into() });
    given(over).when(shown_by_the_chain()).then([]);
}

#[test]
fn money_that_is_there_does_not_fail() {
    for command in [told(), shown_by_the_chain(), doubt()] {
        given(history(&[&[claimed()], &paid(FIRST)])).when(command).then_rejected(Rejection::Settled);
    }
}

#[test]
fn an_answer_keeps_the_payment_whole() {
    let paid = history(&[&[claimed()], &paid(FIRST)]);
    given(paid.clone()).when(complete(None)).then([completed()]);
    given(paid.clone()).when(complete(Some(price()))).then([completed()]);
    given(paid).when(complete(Some(MicroUsd::ZERO))).then_rejected(Rejection::NotSplit);
}

#[test]
fn nobody_pays_for_a_failure() {
    given(history(&[&[claimed()], &paid(FIRST)])).when(refund()).then([refunded()]);
}

#[test]
fn a_charge_ends_once() {
    for end in [completed(), refunded()] {
        let ended = history(&[&[claimed()], &paid(FIRST), &[end]]);
        given(ended.clone()).when(complete(None)).then_rejected(Rejection::NoOpenCharge);
        given(ended).when(refund()).then_rejected(Rejection::NoOpenCharge);
    }
    given([claimed()]).when(refund()).then_rejected(Rejection::NoOpenCharge);
}

#[test]
fn an_answer_that_was_lost_is_made_once_more_within_ten_minutes() {
    let done = history(&[&[claimed()], &paid(FIRST), &[completed()]]);
    let spent = |replayed| Presented::Completed { request: FIRST, replayed };
    given(done.clone()).when(replay(AGAIN, "same", REPLAY_WINDOW_MS)).then([replayed()]);
    given(done.clone()).when(replay(AGAIN, "same", REPLAY_WINDOW_MS + 1)).then_met(spent(false));
    let again = history(&[&done, &[replayed()]]);
    given(again.clone()).when(replay(AGAIN, "same", 0)).then([]);
    let third = RequestId::from_uuid(Uuid::from_u128(3));
    given(again).when(replay(third, "same", 0)).then_met(spent(true));
}

#[test]
fn a_payment_whose_request_failed_is_a_voucher_and_spent() {
    let history = history(&[&[claimed()], &paid(FIRST), &[refunded()]]);
    let met = Presented::Refunded { request: FIRST, credit: CreditId::of_request(FIRST) };
    given(history.clone()).when(claim(AGAIN, "same")).then_met(met.clone());
    given(history.clone()).when(pay(AGAIN)).then_met(met.clone());
    given(history).when(replay(AGAIN, "same", 0)).then_met(met);
}

#[test]
fn a_top_up_charges_no_request() {
    let claimed = claimed_for(Some(account()));
    given([claimed.clone()]).when(pay(FIRST)).then([settled(FIRST)]);
    given([claimed.clone(), settled(FIRST)]).when(pay(AGAIN)).then([]);
    given([claimed, settled(FIRST)]).when(claim(AGAIN, "same")).then_met(Presented::ToppedUp);
}

#[test]
fn only_a_word_gets_into_a_reason() {
    assert_eq!(Reason::from("insufficient_funds").as_str(), "insufficient_funds");
    for text in ["", "Secret key: 123", "https://x", &"a".repeat(65)] {
        assert_eq!(Reason::from(text).as_str(), "unspecified");
    }
}

#[test]
fn an_identity_has_one_spelling() {
    let text = ID.to_string();
    assert_eq!(text.parse(), Ok(ID));
    for other in [format!("{text}0"), format!("0{text}"), format!("{text}-"), text[1..].to_owned() + "0"] {
        assert!(other.parse::<PaymentId>().is_err(), "{other}");
    }
}
