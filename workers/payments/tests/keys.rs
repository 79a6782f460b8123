//! Accounts and API keys.

use std::time::Duration;

use aipaygen_bus::commands::{Authorization, Refusal};
use aipaygen_events::account::Rejection;
use aipaygen_events::api_key::{ApiKey, Pepper};
use aipaygen_events::{AccountId, KeyId};
use aipaygen_payments::CommandError;
use secrecy::SecretString;
use uuid::Uuid;

use crate::support::{House, Payer, cents, on_both_stores, settings, soon};

on_both_stores!(
    an_account_is_opened_once,
    an_issued_key_pays,
    only_the_hash_of_a_key_is_recorded,
    a_key_needs_an_account,
    a_revoked_key_is_refused_at_once_everywhere,
    an_expired_key_is_refused,
    an_unknown_key_cannot_be_revoked,
    charges_beside_a_revocation_stop_with_it,
);

async fn an_account_is_opened_once(house: &House) {
    let account = AccountId::from_uuid(Uuid::now_v7());
    for payments in [house.payments(), house.payments()] {
        payments.open_account(account, "label".to_owned()).await.unwrap();
        payments.open_account(account, "another label".to_owned()).await.unwrap();
    }
    let history = house.journal.read(&aipaygen_events::StreamId::account(account), 0).await.unwrap();
    assert_eq!(history.len(), 1);
}

async fn an_issued_key_pays(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let key = payments.issue_key(payer.account, "second".to_owned(), None).await.unwrap();
    assert_eq!(ApiKey::parse(key.expose()).unwrap().id(), key.id());
    let answer = payments.authorize(&Payer { key: key.id(), ..payer }.request(), soon()).await;
    assert!(matches!(answer, Authorization::Charged { .. }), "{answer:?}");
}

async fn only_the_hash_of_a_key_is_recorded(house: &House) {
    let payer = house.payer(cents(10)).await;
    let key = house.payments().issue_key(payer.account, String::new(), None).await.unwrap();
    let pepper = Pepper::parse(SecretString::from(settings().key_pepper)).unwrap();
    let history = house.journal.read(&aipaygen_events::StreamId::account(payer.account), 0).await.unwrap();
    let recorded = String::from_utf8(history.last().unwrap().data.clone()).unwrap();
    assert!(recorded.contains(&key.hash(&pepper).to_string()), "{recorded}");
    assert!(!recorded.contains(&key.expose()["apk_".len() + KeyId::LEN..]), "the secret is on record");
}

async fn a_key_needs_an_account(house: &House) {
    let nobody = AccountId::from_uuid(Uuid::now_v7());
    let refused = house.payments().issue_key(nobody, String::new(), None).await.unwrap_err();
    assert_eq!(refused, CommandError::Rejected(Rejection::NotOpen));
}

async fn a_revoked_key_is_refused_at_once_everywhere(house: &House) {
    let (payer, here, elsewhere) = (house.payer(cents(10)).await, house.payments(), house.payments());
    elsewhere.authorize(&payer.request(), soon()).await;
    here.revoke_key(payer.account, payer.key).await.unwrap();
    here.revoke_key(payer.account, payer.key).await.unwrap();
    // The second worker remembers the key as good.
    for payments in [elsewhere, here] {
        let answer = payments.authorize(&payer.request(), soon()).await;
        assert_eq!(answer, Authorization::Refused(Refusal::InvalidKey));
    }
}

async fn an_expired_key_is_refused(house: &House) {
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let expires_at = house.clock.clock().now().plus_ms(60_000);
    let key = payments.issue_key(payer.account, String::new(), Some(expires_at)).await.unwrap();
    let command = || Payer { key: key.id(), ..payer }.request();
    assert!(matches!(payments.authorize(&command(), soon()).await, Authorization::Charged { .. }));
    house.clock.put_forward(Duration::from_secs(61));
    assert_eq!(payments.authorize(&command(), soon()).await, Authorization::Refused(Refusal::InvalidKey));
}

async fn an_unknown_key_cannot_be_revoked(house: &House) {
    let (one, other) = (house.payer(cents(10)).await, house.payer(cents(10)).await);
    let refused = house.payments().revoke_key(one.account, other.key).await.unwrap_err();
    assert_eq!(refused, CommandError::Rejected(Rejection::UnknownKey));
}

async fn charges_beside_a_revocation_stop_with_it(house: &House) {
    let (payer, payments, elsewhere) = (house.payer(cents(1_000)).await, house.payments(), house.payments());
    let charging = tokio::spawn(async move {
        let mut charged = 0;
        while let Authorization::Charged { .. } = payments.authorize(&payer.request(), soon()).await {
            charged += 1;
        }
        charged
    });
    elsewhere.revoke_key(payer.account, payer.key).await.unwrap();
    let charged = charging.await.unwrap();
    let books = house.books(payer.account).await;
    assert!(books.account.keys[&payer.key].revoked);
    assert_eq!(books.charges.len(), charged, "the last events are charges that stand before the revocation");
}
