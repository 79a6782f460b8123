//! Top-ups by x402: one deposit a payment, and a key for nobody but who brought it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use aipaygen_bus::commands::{Authorization, Refusal, ToppedUp};
use aipaygen_events::MicroUsd;
use aipaygen_payments::Reconciler;

use crate::support::{
    Audit, Chain, House, Payer, Submits, Wallet, cents, on_both_stores, paying, settings, soon, topping_up,
};

on_both_stores!(
    a_wallet_tops_up_an_account_of_its_own_and_is_shown_a_key_once,
    a_keys_account_is_topped_up,
    a_payment_tops_up_once,
    a_top_up_that_nobody_finished_is_deposited,
);

async fn a_wallet_tops_up_an_account_of_its_own_and_is_shown_a_key_once(house: &House) {
    let (chain, wallet) = (Chain::new(Submits::Honestly), Wallet::new());
    let (payments, payment) = (house.settling(&chain), wallet.pays(cents(500)));
    let first = payments.topup(&topping_up(&payment, None), soon()).await;
    let ToppedUp::Deposited { account, deposit, amount, key: Some(key), .. } = first else { panic!("not deposited") };
    assert_eq!((account, amount), (wallet.account(), cents(500)));
    // Anybody can show it by now: it is on the chain.
    let again = payments.topup(&topping_up(&payment, None), soon()).await;
    let ToppedUp::Deposited { account: same, deposit: once, key: None, .. } = again else { panic!("not told") };
    assert_eq!((same, once), (account, deposit));
    let payer = Payer { account, key: key.key };
    let answer = payments.authorize(&payer.request(), soon()).await;
    assert!(matches!(answer, Authorization::Charged { .. }), "{answer:?}");
    assert_eq!(house.books(account).await.account.balance, cents(498));
    // Another payment of the same wallet is as good a proof as the first one was.
    let more = payments.topup(&topping_up(&wallet.pays(cents(100)), None), soon()).await;
    assert!(matches!(more, ToppedUp::Deposited { key: Some(_), .. }));
    assert_eq!(house.books(account).await.account.balance, cents(598));
    Audit::of(&house.journal).await;
}

async fn a_keys_account_is_topped_up(house: &House) {
    let (chain, payer) = (Chain::new(Submits::Honestly), house.payer(MicroUsd::ZERO).await);
    let (payments, payment) = (house.settling(&chain), Wallet::new().pays(cents(500)));
    let answer = payments.topup(&topping_up(&payment, Some(payer.account)), soon()).await;
    let ToppedUp::Deposited { account, key: None, .. } = answer else { panic!("not deposited, or a key") };
    assert_eq!((account, house.books(account).await.account.balance), (payer.account, cents(500)));
    let elsewhere = payments.topup(&topping_up(&payment, None), soon()).await;
    assert!(matches!(elsewhere, ToppedUp::Refused(Refusal::PaymentUsed { .. })));
}

async fn a_payment_tops_up_once(house: &House) {
    let (chain, wallet) = (Chain::new(Submits::Honestly), Wallet::new());
    let payment = wallet.pays(cents(2));
    let workers = [house.settling(&chain), house.settling(&chain), house.settling(&chain)];
    let mut copies = tokio::task::JoinSet::new();
    for payments in workers.iter().cycle().take(12).map(std::sync::Arc::clone) {
        let command = topping_up(&payment, None);
        copies.spawn(async move { payments.topup(&command, soon()).await });
    }
    let answers = copies.join_all().await;
    let keys = answers.iter().filter(|answer| matches!(answer, ToppedUp::Deposited { key: Some(_), .. })).count();
    assert_eq!((keys, chain.asked.load(Ordering::SeqCst)), (1, 1));
    assert!(answers.iter().all(|answer| matches!(answer, ToppedUp::Deposited { .. })));
    assert_eq!(house.books(wallet.account()).await.account.balance, cents(2));
    // Nor does it pay for anything else.
    let answer = workers[0].authorize(&paying(&payment, "body"), soon()).await;
    assert!(matches!(answer, Authorization::Refused(Refusal::PaymentUsed { .. })), "{answer:?}");
}

async fn a_top_up_that_nobody_finished_is_deposited(house: &House) {
    let (chain, wallet) = (Chain::new(Submits::WithoutAnswer), Wallet::new());
    let (payments, payment) = (house.settling(&chain), wallet.pays(cents(500)));
    let answer = payments.topup(&topping_up(&payment, None), soon()).await;
    assert!(matches!(answer, ToppedUp::Refused(Refusal::PaymentPending { .. })));
    house.clock.put_forward(Duration::from_secs(70));
    let reconciler = Reconciler::new(payments.clone(), house.reader().await, &settings());
    assert_eq!(reconciler.sweep().await.unwrap(), 1);
    let told = payments.topup(&topping_up(&payment, None), soon()).await;
    assert!(
        matches!(told, ToppedUp::Deposited { key: None, .. }),
        "its signature was public when it was shown again"
    );
    assert_eq!(house.books(wallet.account()).await.account.balance, cents(500));
    Audit::of(&house.journal).await;
}
