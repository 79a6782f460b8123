//! A wallet signs in with a message of EIP-4361, and sees what it owns; nobody else does.

use aipaygen_events::{AccountId, Hex};
use aipaygen_testchain::Wallet;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, House};

async fn challenge(house: &House, wallet: &Wallet) -> String {
    let body = json!({ "address": wallet.address().to_string() });
    let answer = Answer::to(house.request(Method::POST, "/auth/challenge").json(&body)).await.expect(200).json();
    answer["message"].as_str().unwrap().to_owned()
}

async fn open(house: &House, message: &str, signature: &str) -> Answer {
    let body = json!({ "message": message, "signature": signature });
    Answer::to(house.request(Method::POST, "/auth/session").json(&body)).await
}

#[tokio::test]
async fn a_wallet_that_signs_our_message_gets_a_session_of_its_account() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let message = challenge(&house, &wallet).await;
    let host = house.url.strip_prefix("http://").unwrap();
    assert!(
        message
            .starts_with(&format!("{host} wants you to sign in with your Ethereum account:\n{}\n", wallet.address()))
    );
    assert!(message.contains(&format!("\nURI: {}\nVersion: 1\nChain ID: 8453\nNonce: ", house.url)));
    let session = open(&house, &message, &wallet.sign_message(&message)).await.expect(200).json();
    assert_eq!(session["account"], AccountId::of_payer(8453, Hex(wallet.address().0.0)).to_string());

    let token = session["token"].as_str().unwrap();
    let list = house.request(Method::GET, "/auth/keys").bearer_auth(token);
    assert_eq!(Answer::to(list).await.expect(200).json()["keys"], json!([]));
    let forged = format!("{}A", &token[..token.len() - 1]);
    for bad in [forged.as_str(), "ses_", "ses_AAAA"] {
        let list = house.request(Method::GET, "/auth/keys").bearer_auth(bad);
        Answer::to(list).await.is_problem(401, "invalid-api-key");
    }
    // It shows what was paid for, and pays nothing.
    let call = house.request(Method::POST, "/tools/echo").bearer_auth(token).json(&json!({ "say": "hi" }));
    Answer::to(call).await.is_problem(401, "invalid-api-key");
}

#[tokio::test]
async fn a_message_opens_one_session() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let message = challenge(&house, &wallet).await;
    let signature = wallet.sign_message(&message);
    let (one, other) = futures::join!(open(&house, &message, &signature), open(&house, &message, &signature));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
    refused(&open(&house, &message, &signature).await, "used");
}

#[tokio::test]
async fn a_message_that_is_not_ours_to_the_byte_opens_nothing() {
    let (house, wallet) = (House::paid_by_wallets().await, Wallet::named("buyer"));
    let message = challenge(&house, &wallet).await;
    let nonce = message.lines().find_map(|line| line.strip_prefix("Nonce: ")).unwrap();
    let other = Wallet::named("stranger").address().to_string();
    let changed = [
        message.replace("Chain ID: 8453", "Chain ID: 84532"),
        message.replace("127.0.0.1", "evil.example"),
        message.replace(&wallet.address().to_string(), &other),
        message.replace(nonce, &"0".repeat(64)),
        message.replace("Issued At: 20", "Issued At: 30"),
        message.replace("Expiration Time: 20", "Expiration Time: 30"),
        format!("{message}\n"),
        String::new(),
    ];
    for message in changed {
        refused(&open(&house, &message, &wallet.sign_message(&message)).await, "const");
    }
    let stranger = Wallet::named("stranger").sign_message(&message);
    for signature in [stranger.as_str(), "0x", "no hex", "0x00"] {
        refused(&open(&house, &message, signature).await, "signer");
    }
}

#[tokio::test]
async fn a_message_that_is_signed_too_late_opens_nothing() {
    let house = House::with_x402(|settings| settings.challenge_s = 1).await;
    let wallet = Wallet::named("buyer");
    let message = challenge(&house, &wallet).await;
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    refused(&open(&house, &message, &wallet.sign_message(&message)).await, "expired");
}

#[tokio::test]
async fn what_is_no_address_is_refused_by_its_field() {
    let house = House::paid_by_wallets().await;
    for address in [json!("0x12"), json!(7), Value::Null] {
        let request = house.request(Method::POST, "/auth/challenge").json(&json!({ "address": address }));
        let problem = Answer::to(request).await.is_problem(422, "invalid-body");
        assert_eq!(problem["violations"][0]["field"], "/address");
    }
}

#[track_caller]
fn refused(answer: &Answer, rule: &str) {
    let problem = answer.is_problem(422, "invalid-body");
    assert_eq!(problem["violations"][0]["rule"], rule, "{problem}");
}
