//! The local verification of a payment: every check that needs neither a chain nor anybody's word.

use crate::authorization::{Authorization, address, integer};
use crate::envelope::{Envelope, Version};
use crate::hex;
use crate::network::Network;
use crate::offer::{Offer, SCHEME, Terms};
use crate::payment::Payment;
use crate::refused::Refused;
use crate::signature::Signature;

/// Whether this envelope pays this offer of ours, as far as can be told without a chain. `now` is in Unix seconds.
///
/// The buyer's copy of our terms is compared with ours by meaning, and then ours are used.
pub fn verify(offer: &Offer, envelope: &Envelope, now: u64) -> Result<Payment, Refused> {
    match envelope.version() {
        Version::V1 => check_kind(&offer.terms, envelope, "scheme", "network")?,
        Version::V2 => check_accepted(offer, envelope)?,
    }
    let authorization = Authorization::read(envelope)?;
    check_authorization(offer, &authorization)?;
    check_window(&offer.terms, &authorization, now)?;
    let signature = check_signature(&offer.terms, envelope, &authorization)?;
    Ok(Payment::new(offer, envelope.version(), &authorization, signature))
}

/// What the buyer says it has accepted: version 2 echoes the terms whole.
fn check_accepted(offer: &Offer, envelope: &Envelope) -> Result<(), Refused> {
    check_kind(&offer.terms, envelope, "accepted.scheme", "accepted.network")?;
    if address(envelope, "accepted.asset")? != offer.terms.asset.address {
        return Err(Refused::Asset);
    }
    if address(envelope, "accepted.payTo")? != offer.terms.pay_to {
        return Err(Refused::AcceptedPayTo);
    }
    if integer(envelope, "accepted.amount")? != offer.amount {
        return Err(Refused::AcceptedAmount);
    }
    match envelope.value("resource").filter(|resource| !resource.is_null()) {
        Some(_) if envelope.text("resource.url")? != offer.resource.url => Err(Refused::Resource),
        Some(_) | None => Ok(()),
    }
}

fn check_kind(
    terms: &Terms,
    envelope: &Envelope,
    scheme: &'static str,
    network: &'static str,
) -> Result<(), Refused> {
    if envelope.text(scheme)? != SCHEME {
        return Err(Refused::Scheme { field: scheme });
    }
    // Some older buyers name the network of version 2 in an envelope of version 1.
    if Network::of_either_version(envelope.text(network)?) != Some(terms.network) {
        return Err(Refused::Network { field: network });
    }
    Ok(())
}

fn check_authorization(offer: &Offer, authorization: &Authorization) -> Result<(), Refused> {
    if authorization.to != offer.terms.pay_to {
        return Err(Refused::Recipient);
    }
    if authorization.from == offer.terms.pay_to {
        return Err(Refused::SelfPayment);
    }
    if authorization.value != offer.amount {
        return Err(Refused::Value);
    }
    Ok(())
}

fn check_window(terms: &Terms, authorization: &Authorization, now: u64) -> Result<(), Refused> {
    // Both bounds are strict, as the contract has them.
    if authorization.valid_after >= now {
        return Err(Refused::Early);
    }
    match authorization.valid_before.saturating_sub(now) {
        left if left <= terms.valid_for_s_min => Err(Refused::Expired),
        left if left > terms.valid_for_s_max => Err(Refused::TooLong),
        _ => Ok(()),
    }
}

fn check_signature(terms: &Terms, envelope: &Envelope, authorization: &Authorization) -> Result<Signature, Refused> {
    const FIELD: &str = "payload.signature";
    let bytes = hex::bytes(envelope.text(FIELD)?).ok_or(Refused::Malformed { field: FIELD })?;
    let digest = authorization.digest(&terms.asset.domain(terms.network));
    Signature::check(bytes, &digest, authorization.from, terms.contract_wallets)
}
