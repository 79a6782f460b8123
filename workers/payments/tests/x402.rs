//! Payments by x402: settled once, charged once, and never silently kept.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aipaygen_bus::commands::{Authorization, Authorize, Ended, Refusal};
use aipaygen_events::credit::VoucherCode;
use aipaygen_events::{CreditId, MicroUsd, Purse};
use aipaygen_payments::{Payments, Reaper, Reconciler};
use aipaygen_x402::Payment;
use tokio::task::JoinSet;

use crate::support::{
    Audit, Chain, House, Submits, TRANSACTION, Wallet, cents, claims, completed, failed, id, on_both_stores,
    open_journal, paying, settings, soon,
};

on_both_stores!(
    a_payment_pays_for_a_request,
    twelve_copies_at_once_settle_once_and_run_once,
    a_payment_stands_for_one_request,
    what_is_unknown_is_pending_and_the_same_payment_resumes_it,
    a_failure_is_told_and_charges_nothing,
    a_lie_about_a_failure_becomes_a_voucher,
    a_payment_that_was_public_leaves_no_trace,
    a_forged_payment_leaves_no_trace,
    a_lost_answer_is_made_once_more,
    a_failed_request_becomes_a_voucher_whose_code_can_be_lost_once,
    an_abandoned_charge_becomes_a_voucher_for_whoever_shows_the_payment,
    money_that_came_too_late_becomes_a_voucher,
    what_never_settles_is_closed_by_the_chain,
    payments_are_refused_where_they_are_not_taken,
);

/// Past every time-out of these tests.
const LATE: Duration = Duration::from_secs(600);

fn charged(answer: &Authorization) -> bool {
    matches!(answer, Authorization::Charged { .. })
}

fn pending(answer: &Authorization) -> bool {
    matches!(answer, Authorization::Refused(Refusal::PaymentPending { .. }))
}

async fn authorize(payments: &Payments, command: &Authorize) -> Authorization {
    payments.authorize(command, soon()).await
}

async fn reconcile(house: &House, chain: &Arc<Chain>) -> usize {
    Reconciler::new(house.settling(chain), house.reader().await, &settings()).sweep().await.unwrap()
}

fn two_cents() -> (Wallet, Payment) {
    let wallet = Wallet::new();
    let payment = wallet.pays(cents(2));
    (wallet, payment)
}

async fn a_payment_pays_for_a_request(house: &House) {
    let (chain, (wallet, payment)) = (Chain::new(Submits::Honestly), two_cents());
    let (payments, command) = (house.settling(&chain), paying(&payment, "body"));
    let answer = authorize(&payments, &command).await;
    let Authorization::Charged { receipt: Some(receipt), settled: Some(settled), remainder: None } = &answer else {
        panic!("{answer:?}")
    };
    assert_eq!((settled.transaction, settled.amount), (TRANSACTION, cents(2)));
    let said = claims(receipt);
    assert_eq!((&said["tender"], &said["network"]), (&"x402".into(), &"eip155:8453".into()));
    assert_eq!(said["payer"], settled.payer.to_string());
    assert_eq!(said["transaction"], TRANSACTION.to_string());
    assert_eq!(authorize(&payments, &command).await, answer, "a repeat of the command");
    let ended = payments.end(&completed(&command, None), soon()).await;
    assert_eq!(ended, Ended::Completed { price: cents(2), receipt: receipt.clone() });
    let audit = Audit::of(&house.journal).await;
    assert_eq!(audit.charges[&command.request], Purse::Payment(id(&payment)));
    assert!(audit.ends[&command.request]);
    let row = house.reader().await.request(command.request).await.unwrap().unwrap();
    assert_eq!((row.account, row.key, row.purse()), (wallet.account(), None, command.payer.purse()));
}

async fn twelve_copies_at_once_settle_once_and_run_once(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Honestly), two_cents());
    let mut workers = vec![];
    for _ in 0..3 {
        // Each with a connection and a memory of its own, as three processes have.
        let journal = open_journal(&house.database).await;
        workers.push(Arc::new(house.payments_over(journal).settling(chain.clone())));
    }
    let mut copies = JoinSet::new();
    for payments in workers.iter().cycle().take(12).map(Arc::clone) {
        let command = paying(&payment, "body");
        copies.spawn(async move { (command.request, authorize(&payments, &command).await) });
    }
    let answers = copies.join_all().await;
    let paid: Vec<_> = answers.iter().filter(|(_, answer)| charged(answer)).collect();
    let [(request, _)] = paid[..] else { panic!("{answers:?}") };
    for (_, answer) in answers.iter().filter(|(_, answer)| !charged(answer)) {
        assert_eq!(*answer, Authorization::Refused(Refusal::IdempotencyInFlight { request: *request }));
    }
    assert_eq!((chain.transfers(), chain.asked.load(Ordering::SeqCst)), (1, 1));
    assert_eq!(Audit::of(&house.journal).await.charges.len(), 1);
}

async fn a_payment_stands_for_one_request(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Honestly), two_cents());
    let (payments, first) = (house.settling(&chain), paying(&payment, "body"));
    authorize(&payments, &first).await;
    let used = Authorization::Refused(Refusal::PaymentUsed { request: first.request });
    assert_eq!(authorize(&payments, &paying(&payment, "another body")).await, used);
    payments.end(&completed(&first, None), soon()).await;
    assert_eq!(authorize(&payments, &paying(&payment, "another body")).await, used);
    assert_eq!(chain.transfers(), 1);
}

async fn what_is_unknown_is_pending_and_the_same_payment_resumes_it(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::WithoutAnswer), two_cents());
    let payments = house.settling(&chain);
    let first = authorize(&payments, &paying(&payment, "body")).await;
    assert!(pending(&first), "{first:?}");
    assert!(Audit::of(&house.journal).await.settled.is_empty());
    let again = authorize(&payments, &paying(&payment, "body")).await;
    assert!(charged(&again), "{again:?}");
    assert_eq!((chain.transfers(), chain.asked.load(Ordering::SeqCst)), (1, 1), "the chain was asked first");
    // What nobody could be asked to submit is submitted when the payment is shown again.
    let (_, payment) = two_cents();
    chain.submit(Submits::Nowhere);
    assert!(pending(&authorize(&payments, &paying(&payment, "body")).await));
    chain.submit(Submits::Honestly);
    assert!(charged(&authorize(&payments, &paying(&payment, "body")).await));
    assert_eq!(chain.transfers(), 2);
}

async fn a_failure_is_told_and_charges_nothing(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Not), two_cents());
    let (payments, command) = (house.settling(&chain), paying(&payment, "body"));
    let failure = Authorization::Refused(Refusal::PaymentFailed { reason: "insufficient_funds".to_owned() });
    assert_eq!(authorize(&payments, &command).await, failure);
    assert_eq!(authorize(&payments, &paying(&payment, "body")).await, failure);
    assert_eq!(payments.end(&failed(&command), soon()).await, Ended::NotCharged);
    assert!(Audit::of(&house.journal).await.charges.is_empty());
}

async fn a_lie_about_a_failure_becomes_a_voucher(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Lying), two_cents());
    let (payments, command) = (house.settling(&chain), paying(&payment, "body"));
    let answer = authorize(&payments, &command).await;
    assert!(matches!(answer, Authorization::Refused(Refusal::PaymentFailed { .. })), "{answer:?}");
    assert_eq!(reconcile(house, &chain).await, 0, "its time is not up");
    house.clock.put_forward(Duration::from_secs(4_000_000_000));
    assert_eq!(reconcile(house, &chain).await, 1);
    let audit = Audit::of(&house.journal).await;
    assert_eq!(audit.vouchers.values().collect::<Vec<_>>(), [&cents(2)]);
    assert!(!audit.ends[&command.request]);
}

async fn a_payment_that_was_public_leaves_no_trace(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Honestly), two_cents());
    chain.obey(&payment);
    let answer = authorize(&house.settling(&chain), &paying(&payment, "body")).await;
    assert_eq!(answer, Authorization::Refused(Refusal::PaymentPublic));
    assert_eq!(house.journal.head().await.unwrap().position, 0);
}

async fn a_forged_payment_leaves_no_trace(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Honestly), two_cents());
    let dearer = Payment { value: payment.value + 1, ..payment.clone() };
    let stolen = Payment { payer: Wallet::new().pays(cents(2)).payer, ..payment.clone() };
    let cheaper = Wallet::new().pays(cents(1));
    for forged in [dearer, stolen, cheaper] {
        let answer = authorize(&house.settling(&chain), &paying(&forged, "body")).await;
        assert!(matches!(answer, Authorization::Refused(Refusal::PaymentFailed { .. })), "{answer:?}");
    }
    assert_eq!(house.journal.head().await.unwrap().position, 0);
    assert_eq!(chain.asked.load(Ordering::SeqCst), 0);
}

async fn a_lost_answer_is_made_once_more(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Honestly), two_cents());
    let (payments, first) = (house.settling(&chain), paying(&payment, "body"));
    let Authorization::Charged { receipt: Some(receipt), .. } = authorize(&payments, &first).await else { panic!() };
    payments.end(&completed(&first, None), soon()).await;
    let again = paying(&payment, "body");
    for _ in 0..2 {
        let answer = authorize(&payments, &again).await;
        let Authorization::Replay { of, receipt: same, settled: Some(_) } = answer else { panic!("{answer:?}") };
        assert_eq!((of, same), (first.request, receipt.clone()));
    }
    let spent = Refusal::IdempotencySpent { request: first.request, receipt };
    assert_eq!(authorize(&payments, &paying(&payment, "body")).await, Authorization::Refused(spent));
    assert_eq!((chain.transfers(), Audit::of(&house.journal).await.charges.len()), (1, 1));
}

fn code_in(answer: Authorization) -> Option<VoucherCode> {
    let Authorization::Refused(Refusal::PaymentRefunded { voucher, .. }) = answer else { panic!("{answer:?}") };
    voucher
}

async fn a_failed_request_becomes_a_voucher_whose_code_can_be_lost_once(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Honestly), two_cents());
    let (payments, command) = (house.settling(&chain), paying(&payment, "body"));
    authorize(&payments, &command).await;
    let ended = payments.end(&failed(&command), soon()).await;
    let Ended::Refunded { credit, amount, voucher: Some(lost) } = ended else { panic!("{ended:?}") };
    assert_eq!((credit, amount), (CreditId::of_request(command.request), cents(2)));
    let repeated = payments.end(&failed(&command), soon()).await;
    assert_eq!(repeated, Ended::Refunded { credit, amount, voucher: None }, "a code is shown once");
    let used = authorize(&payments, &paying(&payment, "another body")).await;
    assert_eq!(used, Authorization::Refused(Refusal::PaymentUsed { request: command.request }));
    let code = code_in(authorize(&payments, &paying(&payment, "body")).await).unwrap();
    assert_eq!(code_in(authorize(&payments, &paying(&payment, "body")).await), None);
    let (lost, code) = (house.spending(&lost, cents(2)), house.spending(&code, cents(2)));
    assert_eq!(authorize(&payments, &lost).await, Authorization::Refused(Refusal::VoucherUnknown));
    assert!(charged(&authorize(&payments, &code).await));
}

async fn an_abandoned_charge_becomes_a_voucher_for_whoever_shows_the_payment(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Honestly), two_cents());
    let (payments, command) = (house.settling(&chain), paying(&payment, "body"));
    authorize(&payments, &command).await;
    house.clock.put_forward(LATE);
    let reaper = Reaper::new(payments.clone(), house.reader().await, &settings());
    assert_eq!((reaper.sweep().await.unwrap(), reaper.sweep().await.unwrap()), (1, 0));
    let code = code_in(authorize(&payments, &paying(&payment, "body")).await).unwrap();
    let answer = authorize(&payments, &house.spending(&code, cents(1))).await;
    let Authorization::Charged { remainder, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(remainder, Some(cents(1)));
    Audit::of(&house.journal).await;
}

async fn money_that_came_too_late_becomes_a_voucher(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Nowhere), two_cents());
    let (payments, command) = (house.settling(&chain), paying(&payment, "body"));
    assert!(pending(&authorize(&payments, &command).await));
    let undecided = payments.end(&failed(&command), soon()).await;
    assert_eq!(undecided, Ended::Unavailable, "it may settle yet");
    chain.obey(&payment);
    house.clock.put_forward(Duration::from_secs(70));
    assert_eq!(reconcile(house, &chain).await, 0, "whoever was told to show it again may still come");
    house.clock.put_forward(LATE);
    assert_eq!(reconcile(house, &chain).await, 1);
    assert_eq!(reconcile(house, &chain).await, 0);
    assert!(code_in(authorize(&payments, &paying(&payment, "body")).await).is_some());
    let ended = payments.end(&failed(&command), soon()).await;
    assert!(matches!(ended, Ended::Refunded { voucher: None, .. }), "{ended:?}");
    let audit = Audit::of(&house.journal).await;
    assert_eq!((audit.charges.len(), audit.vouchers.len()), (1, 1));
}

async fn what_never_settles_is_closed_by_the_chain(house: &House) {
    let (chain, (_, payment)) = (Chain::new(Submits::Nowhere), two_cents());
    let (payments, command) = (house.settling(&chain), paying(&payment, "body"));
    assert!(pending(&authorize(&payments, &command).await));
    house.clock.put_forward(LATE);
    assert_eq!(reconcile(house, &chain).await, 0, "it can still be obeyed");
    chain.run_out();
    assert_eq!(reconcile(house, &chain).await, 1);
    let failure = Authorization::Refused(Refusal::PaymentFailed { reason: "expired_unsettled".to_owned() });
    assert_eq!(authorize(&payments, &paying(&payment, "body")).await, failure);
    assert_eq!(payments.end(&failed(&command), soon()).await, Ended::NotCharged);
    let kinds = Audit::of(&house.journal).await.kinds;
    assert_eq!(kinds, ["payment.claimed", "payment.unknown", "payment.failed"]);
}

async fn payments_are_refused_where_they_are_not_taken(house: &House) {
    let (_, payment) = two_cents();
    let answer = authorize(&house.payments(), &paying(&payment, "body")).await;
    assert_eq!(answer, Authorization::Refused(Refusal::PaymentsNotTaken));
    assert_eq!(MicroUsd::ZERO, Audit::of(&house.journal).await.vouchers.values().copied().max().unwrap_or_default());
}
