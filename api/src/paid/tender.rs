//! What pays for a request: an API key, one x402 payment, or a refund voucher.
//!
//! A payment or a voucher was chosen for this very request, and pays even if a key is shown too; the key must be good
//! all the same. A payment and a voucher together are refused: nobody knows which one is meant.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::http::header::{HeaderMap, HeaderValue};
use aipaygen_bus::commands::{Payer, payment_id};
use aipaygen_events::api_key::KeyHash;
use aipaygen_events::credit::VoucherCode;
use aipaygen_events::{AccountId, CreditId, Hex, MicroUsd, Purse};
use aipaygen_x402::{Envelope, Offer, Payment, Refused, verify};

use super::Missing;
use crate::auth::Caller;
use crate::problem::Kind;

/// The headers that a payment may come in. The envelope in it tells its own version.
pub(crate) const PAYMENT_HEADERS: [&str; 2] = ["payment-signature", "x-payment"];
/// The header that a voucher comes in.
pub(crate) const VOUCHER_HEADER: &str = "x-refund-credit";

/// What pays.
#[derive(Clone, Debug)]
pub(super) enum Tender {
    /// The balance of the key's account.
    Key(Caller),
    /// A wallet, once.
    Payment(Box<Shown>),
    /// Whoever holds the code.
    Voucher { credit: CreditId, hash: KeyHash },
}

/// What a payment must be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pays {
    /// The price of the offer.
    ThePrice,
    /// Whatever it says: the body, which is yet to be read, decides the price that it is held against then.
    WhatItSays,
}

/// A payment that has been verified against our offer.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) payment: Payment,
    /// The buyer's own id for it: another payment with the same id is not a second order.
    pub(super) identifier: Option<String>,
}

impl Tender {
    /// What the charge is taken from.
    pub(super) fn purse(&self) -> Purse {
        match self {
            Self::Key(caller) => Purse::Account(caller.account),
            Self::Payment(shown) => Purse::Payment(payment_id(&shown.payment)),
            Self::Voucher { credit, .. } => Purse::Voucher(*credit),
        }
    }

    /// Whose account it is; a voucher is nobody's.
    pub(super) fn account(&self) -> Option<AccountId> {
        match self {
            Self::Key(caller) => Some(caller.account),
            Self::Payment(shown) => Some(owner(&shown.payment)),
            Self::Voucher { .. } => None,
        }
    }

    /// Whether it is a balance, of which a part can be held and given back.
    pub(super) const fn is_balance(&self) -> bool {
        match self {
            Self::Key(_) => true,
            Self::Payment(_) | Self::Voucher { .. } => false,
        }
    }

    /// Whether it can pay this price: a payment is over one amount.
    pub(super) fn pays(&self, price: MicroUsd) -> bool {
        self.payment().is_none_or(|payment| payment.value == price.micro_usd())
    }

    /// In whose name an idempotency key stands.
    pub(super) fn owner(&self) -> String {
        match self {
            Self::Key(caller) => caller.account.to_string(),
            Self::Payment(shown) => owner(&shown.payment).to_string(),
            Self::Voucher { credit, .. } => credit.to_string(),
        }
    }

    /// The buyer's own id for its payment stands for an idempotency key.
    pub(super) fn identifier(&self) -> Option<&str> {
        match self {
            Self::Payment(shown) => shown.identifier.as_deref(),
            Self::Key(_) | Self::Voucher { .. } => None,
        }
    }

    /// As the payments workers know it; `request_hash` is what a payment is bound to.
    pub(super) fn payer(&self, request_hash: String) -> Payer {
        match self {
            Self::Key(Caller { account, key }) => Payer::Prepaid { account: *account, key: *key },
            Self::Payment(shown) => Payer::X402 { payment: Box::new(shown.payment.clone()), request_hash },
            Self::Voucher { credit, hash } => Payer::Voucher { credit: *credit, hash: *hash },
        }
    }

    /// The payment, if one pays.
    pub(super) fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Payment(shown) => Some(&shown.payment),
            Self::Key(_) | Self::Voucher { .. } => None,
        }
    }
}

/// The account of the wallet that pays.
fn owner(payment: &Payment) -> AccountId {
    AccountId::of_payer(payment.network.chain_id(), Hex(payment.payer.0.0))
}

/// The one payment header of a request, if there is any.
pub(super) fn payment_header(headers: &HeaderMap) -> Result<Option<&HeaderValue>, Missing> {
    let mut shown = PAYMENT_HEADERS.iter().flat_map(|name| headers.get_all(*name));
    match (shown.next(), shown.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(Missing::SeveralPayments),
    }
}

/// Reads a payment and verifies it against our offer, trusting nobody.
pub(super) fn read_payment(header: &HeaderValue, offer: &Offer, pays: Pays) -> Result<Shown, Missing> {
    let text = header.to_str().map_err(|_| Missing::Refused(Refused::NotBase64))?;
    let envelope = Envelope::parse(text).map_err(Missing::Refused)?;
    let offer = match pays {
        Pays::ThePrice => offer,
        Pays::WhatItSays => &Offer { amount: amount(&envelope).unwrap_or(offer.amount), ..offer.clone() },
    };
    let payment = verify(offer, &envelope, now_s()).map_err(Missing::Refused)?;
    let identifier = envelope.payment_identifier().map_err(Missing::Refused)?.map(str::to_owned);
    Ok(Shown { payment, identifier })
}

/// The amount that a payment is over, by its own words.
fn amount(envelope: &Envelope) -> Option<u64> {
    let authorization = envelope.members().get("payload")?.get("authorization")?;
    authorization.get("value")?.as_str()?.parse().ok()
}

/// The code of the one voucher of a request, if there is any.
pub(super) fn voucher(headers: &HeaderMap) -> Result<Option<Result<VoucherCode, Missing>>, Kind> {
    let mut shown = headers.get_all(VOUCHER_HEADER);
    let Some(first) = shown.next() else { return Ok(None) };
    if shown.next().is_some() {
        return Err(Kind::InvalidHeader { name: "X-Refund-Credit", rule: "at most one voucher" });
    }
    let code = first.to_str().ok().and_then(|text| text.trim().parse().ok());
    Ok(Some(code.ok_or(Missing::Voucher)))
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
