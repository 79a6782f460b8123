//! Receipts: compact JWS (RFC 7515) under Ed25519 (RFC 8037), and the key set that verifies them.
//!
//! A receipt follows from what was charged and from nothing else: the same charge gives the same bytes on every
//! machine that holds the signing key, so none is ever stored.

mod keys;

use aipaygen_bus::commands::Settled;
use aipaygen_events::account::{RequestCompleted, Tender};
use aipaygen_events::{Address, Hash, MicroUsd, RequestId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use serde::Serialize;

use crate::settings::{Settings, SettingsError};

/// Signs receipts and publishes the keys that verify them.
pub(crate) struct Receipts {
    issuer: String,
    key: SigningKey,
    header: String,
    jwks: String,
}

/// What a receipt says was paid.
pub(crate) struct Paid<'a> {
    pub(crate) request: RequestId,
    pub(crate) endpoint: &'a str,
    pub(crate) amount: MicroUsd,
    pub(crate) tender: Tender,
    pub(crate) settled: Option<&'a Settled>,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'static str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    /// When the request came in, as its id tells: the moment of signing would make a replay's receipt another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<u64>,
    /// The request again, under the name by which JWT libraries refuse a token twice.
    jti: RequestId,
    request: RequestId,
    endpoint: &'a str,
    amount_micro_usd: MicroUsd,
    currency: &'static str,
    tender: Tender,
    /// Of an x402 payment: chain, payer and transaction.
    #[serde(flatten)]
    settlement: Option<Settlement<'a>>,
}

#[derive(Serialize)]
struct Settlement<'a> {
    network: &'a str,
    payer: Address,
    transaction: Hash,
}

impl Receipts {
    /// Reads the keys of the settings.
    pub(crate) fn try_new(settings: &Settings) -> Result<Self, SettingsError> {
        let key = keys::signing_key(&settings.receipt_signing_key)?;
        let current = keys::Jwk::of(&key.verifying_key());
        let header = encode(&Header { alg: "EdDSA", kid: current.kid(), typ: "JWT" });
        let previous = settings.receipt_previous_public_keys.iter().map(|text| keys::Jwk::parse(text));
        let jwks = keys::key_set(current, previous.collect::<Result<_, _>>()?);
        Ok(Self { issuer: settings.receipt_issuer.clone(), key, header, jwks })
    }

    /// The receipt of what was paid.
    pub(crate) fn sign(&self, paid: &Paid<'_>) -> String {
        let claims = encode(&Claims {
            iss: &self.issuer,
            iat: paid.request.uuid().get_timestamp().map(|at| at.to_unix().0),
            jti: paid.request,
            request: paid.request,
            endpoint: paid.endpoint,
            amount_micro_usd: paid.amount,
            currency: "USD",
            tender: paid.tender,
            settlement: paid.settled.map(Settlement::of),
        });
        let signed = format!("{}.{claims}", self.header);
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// The receipt of a request that was answered.
    pub(crate) fn of_completed(&self, completed: &RequestCompleted, settled: Option<&Settled>) -> String {
        let (request, endpoint, amount) = (completed.request, completed.endpoint.as_str(), completed.price);
        self.sign(&Paid { request, endpoint, amount, tender: completed.purse().tender(), settled })
    }

    /// The JSON Web Key Set that verifies the receipts of this key and of those before it.
    pub(crate) fn jwks(&self) -> &str {
        &self.jwks
    }
}

impl<'a> Settlement<'a> {
    fn of(settled: &'a Settled) -> Self {
        Self { network: &settled.network, payer: settled.payer, transaction: settled.transaction }
    }
}

fn encode<T: Serialize>(part: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).expect("a plain struct of text and integers"))
}
