//! A signed payment as the log keeps it, and back: what a worker needs that goes on where another has died.

use aipaygen_events::payment::{PaymentClaimed, SignedAuthorization};
use aipaygen_events::{Hex, HexBytes, MicroUsd};
use aipaygen_x402::{Address, Asset, B256, Network, Payment, SignatureKind, Version};

/// A payment as the log keeps it; `None` if its amount is beyond all money.
pub(crate) fn written(payment: &Payment) -> Option<SignedAuthorization> {
    Some(SignedAuthorization {
        pay_to: Hex(payment.pay_to.0.0),
        value: MicroUsd::new(payment.value).ok()?,
        valid_after: payment.valid_after,
        valid_before: payment.valid_before,
        signature: HexBytes(payment.signature.to_vec()),
        contract: match payment.signature_kind {
            SignatureKind::Key => false,
            SignatureKind::Contract => true,
        },
        version: match payment.version {
            Version::V1 => 1,
            Version::V2 => 2,
        },
        asset_name: payment.asset.name.clone().into_owned(),
        asset_version: payment.asset.version.clone().into_owned(),
        resource: payment.resource.clone(),
        max_timeout_s: payment.max_timeout_s,
    })
}

/// The payment that was claimed; `None` if this build does not know its chain or its version.
pub(crate) fn read_back(claimed: &PaymentClaimed) -> Option<Payment> {
    let (id, signed) = (claimed.payment, &claimed.authorization);
    Some(Payment {
        network: Network::ALL.into_iter().find(|network| network.chain_id() == id.chain)?,
        asset: Asset {
            address: Address::new(id.asset.0),
            name: signed.asset_name.clone().into(),
            version: signed.asset_version.clone().into(),
        },
        payer: Address::new(id.payer.0),
        pay_to: Address::new(signed.pay_to.0),
        value: signed.value.micro_usd(),
        valid_after: signed.valid_after,
        valid_before: signed.valid_before,
        nonce: B256::new(id.nonce.0),
        signature: signed.signature.0.clone().into(),
        signature_kind: if signed.contract { SignatureKind::Contract } else { SignatureKind::Key },
        version: Version::try_from(signed.version).ok()?,
        resource: signed.resource.clone(),
        max_timeout_s: signed.max_timeout_s,
    })
}
