//! Refund vouchers: spent by whoever shows the code, to the last millionth, and not a millionth further.

use std::sync::Arc;
use std::time::Duration;

use aipaygen_bus::commands::{Authorization, Authorize, Ended, Refusal};
use aipaygen_events::credit::{VOUCHER_ENTROPY_LEN, VoucherCode};
use aipaygen_payments::{Payments, Reconciler};
use tokio::task::JoinSet;

use crate::support::{
    Audit, Chain, House, Submits, Wallet, cents, claims, completed, failed, on_both_stores, paying, settings, soon,
};

on_both_stores!(
    a_voucher_pays_until_it_is_empty,
    a_voucher_is_spent_once_by_any_number_of_workers,
    a_failure_gives_another_voucher_that_the_first_one_leads_to,
    what_is_left_expires,
    a_code_that_was_never_made_is_worth_nothing,
);

/// A voucher of two cents, from a request that failed.
async fn voucher(house: &House) -> (Arc<Payments>, VoucherCode) {
    let payments = house.settling(&Chain::new(Submits::Honestly));
    let command = paying(&Wallet::new().pays(cents(2)), "body");
    payments.authorize(&command, soon()).await;
    let ended = payments.end(&failed(&command), soon()).await;
    let Ended::Refunded { voucher: Some(code), .. } = ended else { panic!("{ended:?}") };
    (payments, code)
}

async fn authorize(payments: &Payments, command: &Authorize) -> Authorization {
    payments.authorize(command, soon()).await
}

async fn a_voucher_pays_until_it_is_empty(house: &House) {
    let (payments, code) = voucher(house).await;
    for left in [cents(1), cents(0)] {
        let command = house.spending(&code, cents(1));
        let answer = authorize(&payments, &command).await;
        let Authorization::Charged { receipt: Some(receipt), settled: None, remainder } = &answer else {
            panic!("{answer:?}")
        };
        assert_eq!((*remainder, &claims(receipt)["tender"]), (Some(left), &"voucher".into()));
        let ended = payments.end(&completed(&command, None), soon()).await;
        assert_eq!(ended, Ended::Completed { price: cents(1), receipt: receipt.clone() });
    }
    let insufficient = Refusal::VoucherInsufficient { price: cents(1), remainder: cents(0) };
    let answer = authorize(&payments, &house.spending(&code, cents(1))).await;
    assert_eq!(answer, Authorization::Refused(insufficient));
    Audit::of(&house.journal).await;
}

async fn a_voucher_is_spent_once_by_any_number_of_workers(house: &House) {
    let (_, code) = voucher(house).await;
    let workers = [house.payments(), house.payments(), house.payments()];
    let mut tasks = JoinSet::new();
    for payments in workers.iter().cycle().take(12).map(Arc::clone) {
        let command = house.spending(&code, cents(1));
        tasks.spawn(async move { authorize(&payments, &command).await });
    }
    let answers = tasks.join_all().await;
    let charged = answers.iter().filter(|answer| matches!(answer, Authorization::Charged { .. })).count();
    assert_eq!(charged, 2, "{answers:?}");
    Audit::of(&house.journal).await;
}

async fn a_failure_gives_another_voucher_that_the_first_one_leads_to(house: &House) {
    let (payments, code) = voucher(house).await;
    let command = house.spending(&code, cents(2));
    authorize(&payments, &command).await;
    let ended = payments.end(&failed(&command), soon()).await;
    let Ended::Refunded { amount, voucher: Some(lost), .. } = ended else { panic!("{ended:?}") };
    assert_eq!(amount, cents(2));
    let led = authorize(&payments, &house.spending(&code, cents(2))).await;
    let Authorization::Refused(Refusal::PaymentRefunded { voucher: Some(next), request, .. }) = led else {
        panic!("{led:?}")
    };
    assert_eq!((request, next.credit()), (command.request, lost.credit()));
    let answer = authorize(&payments, &house.spending(&lost, cents(2))).await;
    assert_eq!(answer, Authorization::Refused(Refusal::VoucherUnknown));
    let answer = authorize(&payments, &house.spending(&next, cents(2))).await;
    assert!(matches!(answer, Authorization::Charged { .. }), "{answer:?}");
    Audit::of(&house.journal).await;
}

async fn what_is_left_expires(house: &House) {
    let (payments, code) = voucher(house).await;
    let command = house.spending(&code, cents(1));
    authorize(&payments, &command).await;
    let reconciler = Reconciler::new(payments.clone(), house.reader().await, &settings());
    assert_eq!(reconciler.sweep().await.unwrap(), 0);
    house.clock.put_forward(Duration::from_secs(366 * 24 * 60 * 60));
    let answer = authorize(&payments, &house.spending(&code, cents(1))).await;
    assert_eq!(answer, Authorization::Refused(Refusal::VoucherExpired));
    assert_eq!((reconciler.sweep().await.unwrap(), reconciler.sweep().await.unwrap()), (1, 0));
    // The charge that it had paid is a matter of its own.
    let ended = payments.end(&failed(&command), soon()).await;
    assert!(matches!(ended, Ended::Refunded { voucher: Some(_), .. }), "{ended:?}");
    let audit = Audit::of(&house.journal).await;
    assert_eq!(audit.vouchers[&code.credit()], cents(0));
}

async fn a_code_that_was_never_made_is_worth_nothing(house: &House) {
    let (payments, code) = voucher(house).await;
    let guessed = VoucherCode::from_entropy(code.credit(), &[1; VOUCHER_ENTROPY_LEN]);
    let unknown = Authorization::Refused(Refusal::VoucherUnknown);
    assert_eq!(authorize(&payments, &house.spending(&guessed, cents(1))).await, unknown);
    let nowhere = aipaygen_events::CreditId::from_uuid(uuid::Uuid::now_v7());
    let nowhere = VoucherCode::from_entropy(nowhere, &[1; VOUCHER_ENTROPY_LEN]);
    assert_eq!(authorize(&payments, &house.spending(&nowhere, cents(1))).await, unknown);
}
