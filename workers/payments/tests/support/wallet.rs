//! Somebody who pays by x402, with a key of their own.

use aipaygen_bus::commands::{Authorize, Payer, Topup, payment_id};
use aipaygen_events::account::Pricing;
use aipaygen_events::{AccountId, MicroUsd, PaymentId, RequestId};
use aipaygen_x402::{Address, Asset, B256, Network, Payment, SignatureKind, Version};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use uuid::Uuid;

use super::cents;

/// A wallet.
pub(crate) struct Wallet(PrivateKeySigner);

impl Wallet {
    pub(crate) fn new() -> Self {
        Self(PrivateKeySigner::random())
    }

    pub(crate) fn account(&self) -> AccountId {
        AccountId::of_payer(Network::Base.chain_id(), aipaygen_events::Hex(self.0.address().0.0))
    }

    /// A new payment of this much.
    pub(crate) fn pays(&self, amount: MicroUsd) -> Payment {
        let network = Network::Base;
        let mut payment = Payment {
            network,
            asset: Asset::usdc(network),
            payer: self.0.address(),
            pay_to: Address::repeat_byte(5),
            value: amount.micro_usd(),
            valid_after: 0,
            valid_before: 4_000_000_000,
            nonce: B256::left_padding_from(Uuid::now_v7().as_bytes()),
            signature: Vec::new().into(),
            signature_kind: SignatureKind::Key,
            version: Version::V2,
            resource: "https://aipaygen.example/code/run".to_owned(),
            max_timeout_s: 60,
        };
        let digest = payment.authorization().digest(&payment.asset.domain(network));
        payment.signature = self.0.sign_hash_sync(&digest).unwrap().as_bytes().to_vec().into();
        payment
    }
}

/// A new request of two cents, with this payment and this body.
pub(crate) fn paying(payment: &Payment, body: &str) -> Authorize {
    Authorize {
        request: new_request(),
        payer: Payer::X402 { payment: Box::new(payment.clone()), request_hash: body.to_owned() },
        endpoint: "POST /code/run".to_owned(),
        amount: cents(2),
        pricing: Pricing::Flat,
        timeout_ms: 30_000,
        idempotency: None,
    }
}

/// A top-up with this payment.
pub(crate) fn topping_up(payment: &Payment, account: Option<AccountId>) -> Topup {
    Topup {
        request: new_request(),
        payment: Box::new(payment.clone()),
        request_hash: format!("topup {account:?}"),
        endpoint: "POST /credits/topup".to_owned(),
        account,
        timeout_ms: 30_000,
    }
}

pub(crate) fn id(payment: &Payment) -> PaymentId {
    payment_id(payment)
}

fn new_request() -> RequestId {
    RequestId::from_uuid(Uuid::now_v7())
}
