//! Receipts, read as a stranger would: the token and the published keys, nothing else.

use aipaygen_bus::commands::{Authorization, Ended};
use aipaygen_payments::{Clock, Payments, SettingsError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};

use crate::support::{House, cents, completed, settings, soon};

/// The claims, if one of the published keys has signed them.
fn verified(receipt: &str, jwks: &str) -> Option<Value> {
    let (signed, signature) = receipt.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&decoded(header)?).ok()?;
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("JWT")));
    let jwks: Value = serde_json::from_str(jwks).ok()?;
    let key = jwks["keys"].as_array()?.iter().find(|key| key["kid"] == header["kid"])?;
    assert_eq!((&key["kty"], &key["crv"]), (&json!("OKP"), &json!("Ed25519")));
    let public: [u8; 32] = decoded(key["x"].as_str()?)?.try_into().ok()?;
    let signature = Signature::from_slice(&decoded(signature)?).ok()?;
    VerifyingKey::from_bytes(&public).ok()?.verify_strict(signed.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&decoded(claims)?).ok()
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[tokio::test]
async fn a_receipt_says_what_was_paid_and_verifies() {
    let house = House::on_sqlite().await;
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let command = payer.request();
    let Authorization::Charged { receipt: Some(receipt), .. } = payments.authorize(&command, soon()).await else {
        panic!("a flat price is receipted at once")
    };
    let claims = verified(&receipt, payments.receipt_keys()).unwrap();
    let request = command.request.to_string();
    let said = json!({
        "iss": settings().receipt_issuer, "iat": claims["iat"], "jti": request, "request": request,
        "endpoint": "POST /code/run", "amount_micro_usd": 20_000, "currency": "USD", "tender": "prepaid",
    });
    assert_eq!(claims, said);
    let age_s = house.clock.clock().now().micros() / 1_000_000 - claims["iat"].as_i64().unwrap();
    assert!((0..60).contains(&age_s), "{age_s}");
}

#[tokio::test]
async fn a_metered_receipt_says_the_final_price() {
    let house = House::on_sqlite().await;
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let command = payer.metered(cents(9));
    payments.authorize(&command, soon()).await;
    let ended = payments.end(&completed(&command, Some(cents(4))), soon()).await;
    let Ended::Completed { receipt, .. } = ended else { panic!("{ended:?}") };
    assert_eq!(verified(&receipt, payments.receipt_keys()).unwrap()["amount_micro_usd"], 40_000);
}

#[tokio::test]
async fn every_worker_signs_the_same_bytes() {
    let house = House::on_sqlite().await;
    let payer = house.payer(cents(10)).await;
    let command = payer.request();
    let first = house.payments().authorize(&command, soon()).await;
    assert_eq!(house.payments().authorize(&command, soon()).await, first);
}

#[tokio::test]
async fn what_was_changed_does_not_verify() {
    let house = House::on_sqlite().await;
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let Authorization::Charged { receipt: Some(receipt), .. } = payments.authorize(&payer.request(), soon()).await
    else {
        panic!("a flat price is receipted at once")
    };
    let parts: Vec<_> = receipt.split('.').collect();
    let claims = String::from_utf8(decoded(parts[1]).unwrap()).unwrap().replace("20000", "10000");
    let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims), parts[2]);
    assert_eq!(verified(&forged, payments.receipt_keys()), None);
}

#[tokio::test]
async fn receipts_outlive_a_change_of_the_key() {
    let house = House::on_sqlite().await;
    let (payer, payments) = (house.payer(cents(10)).await, house.payments());
    let Authorization::Charged { receipt: Some(receipt), .. } = payments.authorize(&payer.request(), soon()).await
    else {
        panic!("a flat price is receipted at once")
    };
    let published: Value = serde_json::from_str(payments.receipt_keys()).unwrap();
    let mut changed = settings();
    changed.receipt_signing_key = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=".into();
    let forgetful = Payments::try_new(house.journal.clone(), &changed, Clock::system()).unwrap();
    assert_eq!(verified(&receipt, forgetful.receipt_keys()), None);
    changed.receipt_previous_public_keys = vec![published["keys"][0]["x"].as_str().unwrap().to_owned()];
    let mindful = Payments::try_new(house.journal.clone(), &changed, Clock::system()).unwrap();
    assert!(verified(&receipt, mindful.receipt_keys()).is_some());
}

#[test]
fn settings_that_are_not_sound_are_refused_by_name() {
    let refused = |change: fn(&mut aipaygen_payments::Settings)| {
        let mut settings = settings();
        change(&mut settings);
        settings.validate().unwrap_err()
    };
    assert_eq!(settings().validate(), Ok(()));
    assert_eq!(refused(|s| s.receipt_signing_key = "short".into()), SettingsError::SigningKey);
    assert_eq!(refused(|s| s.receipt_previous_public_keys = vec!["x".to_owned()]), SettingsError::PreviousKey);
    assert_eq!(refused(|s| s.key_pepper = "short".into()), SettingsError::Pepper);
    assert_eq!(refused(|s| s.receipt_issuer.clear()), SettingsError::Issuer);
    let zero = SettingsError::Zero { setting: "reaper_interval_ms" };
    assert_eq!(refused(|s| s.reaper_interval_ms = 0), zero);
}
