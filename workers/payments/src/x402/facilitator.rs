//! A facilitator: told what to settle over HTTP, and its word on it taken for no more than a word.

mod cdp;
mod reasons;

use std::sync::atomic::{AtomicU8, Ordering};

use aipaygen_x402::{B256, Network, Payment, Settings, SettleRequest, SettleResponse, Version};
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::chain::client;
use super::settle::Said;
use super::{SettlementsError, secrets};
use cdp::Cdp;
use reasons::{Class, classify, word};

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 65_536;

/// The one facilitator of the settings.
pub(super) struct Facilitator {
    http: reqwest::Client,
    settle: Url,
    supported: Url,
    cdp: Option<Cdp>,
    /// The number of the version that it is spoken to in.
    version: AtomicU8,
}

impl Facilitator {
    pub(super) fn try_new(settings: &Settings) -> Result<Self, SettlementsError> {
        let base = settings.facilitator_url.trim_end_matches('/');
        let url = |path: &str| {
            Url::parse(&format!("{base}/{path}")).map_err(|_| SettlementsError::Url { setting: "facilitator_url" })
        };
        Ok(Self {
            http: client(settings.facilitator_timeout_ms)?,
            settle: url("settle")?,
            supported: url("supported")?,
            cdp: secrets::cdp_key(settings)?.map(Cdp::try_new).transpose()?,
            version: AtomicU8::new(Version::V2.into()),
        })
    }

    /// Asks which versions are spoken for this network. One that does not say is spoken to in the newer one.
    pub(super) async fn learn_versions(&self, network: Network) {
        let Some(told) = self.supported_kinds().await else {
            tracing::warn!("the facilitator does not say what it supports");
            return;
        };
        let speaks = |version: Version, name: &str| {
            told.iter().any(|kind| {
                let number = u64::from(u8::from(version));
                kind["scheme"] == "exact" && kind["network"] == name && kind["x402Version"] == number
            })
        };
        match (speaks(Version::V2, network.caip2()), speaks(Version::V1, network.v1_name())) {
            (true, _) => {}
            (false, true) => self.version.store(Version::V1.into(), Ordering::Relaxed),
            (false, false) => tracing::error!(%network, "the facilitator does not support this network"),
        }
    }

    async fn supported_kinds(&self) -> Option<Vec<Value>> {
        let request = self.signed(self.http.get(self.supported.clone()), "GET", &self.supported)?;
        let answer = request.send().await.ok().filter(|answer| answer.status().is_success())?;
        let told: Value = serde_json::from_slice(&body(answer).await?).ok()?;
        told["kinds"].as_array().cloned()
    }

    /// Asks for the settlement of a payment. The same payment is asked for under the same key, so that a facilitator
    /// that keeps them submits it once.
    pub(super) async fn settle(&self, payment: &Payment) -> Said {
        let version = Version::try_from(self.version.load(Ordering::Relaxed)).unwrap_or(Version::V2);
        let request = self.http.post(self.settle.clone()).json(&SettleRequest::new(payment, version));
        let request = request.header("X-Idempotency-Key", idempotency_key(payment).to_string());
        let Some(request) = self.signed(request, "POST", &self.settle) else { return again("facilitator_key") };
        match request.send().await {
            Ok(answer) => heard(answer).await,
            // The request has not left us: nobody has seen it.
            Err(error) if error.is_connect() => again("facilitator_unreachable"),
            Err(_) => sent("facilitator_lost", None),
        }
    }

    /// The request with our credentials for this one path, if any are asked for.
    fn signed(&self, request: RequestBuilder, method: &str, url: &Url) -> Option<RequestBuilder> {
        match &self.cdp {
            None => Some(request),
            Some(cdp) => Some(request.bearer_auth(cdp.token(method, url)?)),
        }
    }
}

/// What an answer says became of the payment.
async fn heard(answer: Response) -> Said {
    let status = answer.status();
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            tracing::error!(status = status.as_u16(), "the facilitator does not take our credentials");
            return again("facilitator_unauthorized");
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            tracing::error!(status = status.as_u16(), "facilitator_url leads to no facilitator");
            return again("facilitator_misconfigured");
        }
        StatusCode::TOO_MANY_REQUESTS => return again("facilitator_busy"),
        _ => {}
    }
    let told = body(answer).await.and_then(|bytes| serde_json::from_slice::<SettleResponse>(&bytes).ok());
    let Some(told) = told else { return sent("facilitator_garbled", None) };
    let transaction: Option<B256> = told.transaction.parse().ok();
    let reason = word(told.error_reason.as_deref());
    match told.success {
        true => sent("facilitator_unproven", transaction),
        // Whatever it says with it: an error of a server may have come after the transaction was sent.
        false if status.is_server_error() || transaction.is_some() => Said::Sent { reason, transaction },
        false => match classify(&reason) {
            Class::Terminal => Said::Refused { reason },
            Class::Retryable => Said::Again { reason },
            Class::Unknown => Said::Sent { reason, transaction },
        },
    }
}

/// The body, up to its greatest length.
async fn body(mut answer: Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_BYTES_MAX {
            return None;
        }
    }
    Some(bytes)
}

/// A UUID of version 4, as it is asked for, that is the same for the same payment.
fn idempotency_key(payment: &Payment) -> Uuid {
    let hash: [u8; 32] = Sha256::digest(payment.id().to_bytes()).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn sent(reason: &str, transaction: Option<B256>) -> Said {
    Said::Sent { reason: reason.to_owned(), transaction }
}

fn again(reason: &str) -> Said {
    Said::Again { reason: reason.to_owned() }
}
