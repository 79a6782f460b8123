//! The rules of a payment, each as a history, a command and what follows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::account::{Complete, Refund};
use crate::idempotency::REPLAY_WINDOW_MS;
use crate::request::{Pricing, RefundReason, RequestCharged, RequestCompleted, RequestRefunded, Tender, Tokens};
use crate::{AccountId, CreditId, Hash, Hex, HexBytes, MicroUsd, RequestId, Timestamp};
use uuid::Uuid;

mod said;

use said::*;

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
