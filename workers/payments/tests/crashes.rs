//! Crashes: a worker that dies between any two of its steps loses no money and makes none.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use aipaygen_bus::commands::{Authorization, Ended, Refusal};

use crate::support::{Audit, Chain, House, Submits, Wallet, cents, completed, failed, on_both_stores, paying, soon};

on_both_stores!(
    a_worker_that_dies_at_any_step_of_a_charge_charges_once,
    a_worker_that_dies_at_any_step_of_an_end_ends_once,
    a_worker_that_dies_at_any_step_of_a_claim_claims_once,
    a_worker_that_dies_at_any_step_of_a_deposit_credits_once,
    a_command_given_up_at_any_step_holds_up_nobody,
    a_worker_that_dies_at_any_step_of_a_payment_pays_once,
    a_worker_that_dies_at_any_step_of_a_refund_issues_one_voucher,
);

/// More steps than any command has.
const STEPS_MAX: usize = 1_000;

/// Runs a command for this many steps and drops it there; `None` if it was not at its end.
async fn cut_short<F: Future>(steps: usize, command: F) -> Option<F::Output> {
    let mut command = pin!(command);
    let mut left = steps;
    poll_fn(|context| match command.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

async fn a_worker_that_dies_at_any_step_of_a_charge_charges_once(house: &House) {
    let payer = house.payer(cents(10_000)).await;
    for steps in 0..STEPS_MAX {
        let command = payer.request();
        let told = cut_short(steps, house.payments().authorize(&command, soon())).await;
        let repeated = house.payments().authorize(&command, soon()).await;
        assert!(matches!(repeated, Authorization::Charged { .. }), "after {steps} steps: {repeated:?}");
        let charges = house.books(payer.account).await.charges.len();
        assert_eq!(charges, steps + 1);
        if told.is_some() {
            return assert_eq!(told, Some(repeated));
        }
    }
    panic!("the command has no end");
}

async fn a_worker_that_dies_at_any_step_of_an_end_ends_once(house: &House) {
    let payer = house.payer(cents(10_000)).await;
    for steps in 0..STEPS_MAX {
        let command = payer.request();
        house.payments().authorize(&command, soon()).await;
        let told = cut_short(steps, house.payments().end(&completed(&command, None), soon())).await;
        // Somebody else contradicts: whichever came first stands.
        let stands = house.payments().end(&failed(&command), soon()).await;
        assert_eq!(house.payments().end(&completed(&command, None), soon()).await, stands);
        assert_eq!(house.books(payer.account).await.ends.len(), steps + 1);
        if told.is_some() {
            return assert_eq!(told, Some(stands));
        }
    }
    panic!("the command has no end");
}

async fn a_worker_that_dies_at_any_step_of_a_claim_claims_once(house: &House) {
    let payer = house.payer(cents(10_000)).await;
    for steps in 0..STEPS_MAX {
        let key = steps.to_string();
        let command = payer.keyed(&key, "body");
        let told = cut_short(steps, house.payments().authorize(&command, soon())).await;
        let repeated = house.payments().authorize(&command, soon()).await;
        assert!(matches!(repeated, Authorization::Charged { .. }), "after {steps} steps: {repeated:?}");
        let copy = house.payments().authorize(&payer.keyed(&key, "body"), soon()).await;
        assert!(matches!(copy, Authorization::Refused(_)), "after {steps} steps: {copy:?}");
        assert_eq!(house.books(payer.account).await.charges.len(), steps + 1);
        if told.is_some() {
            return;
        }
    }
    panic!("the command has no end");
}

async fn a_worker_that_dies_at_any_step_of_a_deposit_credits_once(house: &House) {
    let payer = house.payer(cents(0)).await;
    for steps in 0..STEPS_MAX {
        let reference = steps.to_string();
        let told = cut_short(steps, house.payments().grant(payer.account, cents(1), &reference)).await;
        house.payments().grant(payer.account, cents(1), &reference).await.unwrap();
        let credited = u64::try_from(steps).unwrap() + 1;
        assert_eq!(house.books(payer.account).await.account.balance, cents(credited));
        if told.is_some() {
            return;
        }
    }
    panic!("the command has no end");
}

/// The same worker goes on: what it remembers of the command that was dropped must not mislead it.
async fn a_command_given_up_at_any_step_holds_up_nobody(house: &House) {
    let (payer, payments) = (house.payer(cents(10_000)).await, house.payments());
    for steps in 0..STEPS_MAX {
        let (given_up, beside) = (payer.request(), payer.request());
        let told = cut_short(steps, payments.authorize(&given_up, soon())).await;
        assert!(matches!(payments.authorize(&beside, soon()).await, Authorization::Charged { .. }));
        let ended = payments.end(&completed(&beside, None), soon()).await;
        assert!(matches!(ended, Ended::Completed { .. }), "after {steps} steps: {ended:?}");
        payments.end(&failed(&given_up), soon()).await;
        if told.is_some() {
            let balance = house.books(payer.account).await.account.balance;
            let answered = u64::try_from(steps).unwrap() + 1;
            return assert_eq!(balance.checked_add(cents(2 * answered)).unwrap(), cents(10_000));
        }
    }
    panic!("the command has no end");
}

async fn a_worker_that_dies_at_any_step_of_a_payment_pays_once(house: &House) {
    let (chain, wallet) = (Chain::new(Submits::Honestly), Wallet::new());
    for steps in 0..STEPS_MAX {
        let payment = wallet.pays(cents(2));
        let told = cut_short(steps, house.settling(&chain).authorize(&paying(&payment, "body"), soon())).await;
        // Past the time for which it is left to the one that has claimed it.
        house.clock.put_forward(Duration::from_secs(61));
        let again = house.settling(&chain).authorize(&paying(&payment, "body"), soon()).await;
        let in_flight = matches!(again, Authorization::Refused(Refusal::IdempotencyInFlight { .. }));
        assert!(in_flight || matches!(again, Authorization::Charged { .. }), "after {steps} steps: {again:?}");
        assert_eq!(chain.transfers(), steps + 1);
        assert_eq!(Audit::of(&house.journal).await.charges.len(), steps + 1);
        if let Some(told) = told {
            return assert!(matches!(told, Authorization::Charged { .. }) && in_flight, "{told:?}");
        }
    }
    panic!("the command has no end");
}

async fn a_worker_that_dies_at_any_step_of_a_refund_issues_one_voucher(house: &House) {
    let (chain, wallet) = (Chain::new(Submits::Honestly), Wallet::new());
    for steps in 0..STEPS_MAX {
        let command = paying(&wallet.pays(cents(2)), "body");
        house.settling(&chain).authorize(&command, soon()).await;
        let told = cut_short(steps, house.settling(&chain).end(&failed(&command), soon())).await;
        let stands = house.settling(&chain).end(&completed(&command, None), soon()).await;
        let audit = Audit::of(&house.journal).await;
        let refunds = audit.ends.values().filter(|answered| !**answered).count();
        assert_eq!((audit.ends.len(), audit.vouchers.len()), (steps + 1, refunds));
        if let Some(told) = told {
            assert!(matches!(told, Ended::Refunded { voucher: Some(_), .. }), "{told:?}");
            return assert!(matches!(stands, Ended::Refunded { voucher: None, .. }), "{stands:?}");
        }
    }
    panic!("the command has no end");
}
