//! Crashes: a worker that dies between any two of its steps loses no money and makes none.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use aipaygen_bus::commands::{Authorization, Ended};

use crate::support::{House, cents, completed, failed, on_both_stores, soon};

on_both_stores!(
    a_worker_that_dies_at_any_step_of_a_charge_charges_once,
    a_worker_that_dies_at_any_step_of_an_end_ends_once,
    a_worker_that_dies_at_any_step_of_a_claim_claims_once,
    a_worker_that_dies_at_any_step_of_a_deposit_credits_once,
    a_command_given_up_at_any_step_holds_up_nobody,
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
