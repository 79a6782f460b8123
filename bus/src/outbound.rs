//! What the fetch workers are asked besides tools: to judge a URL, to call a third party's API, to deliver to a
//! webhook. JSON on the wire, in memory only.
//!
//! A secret that such a command needs is sealed for one worker process: [`SealingKey`] is answered by any of them,
//! and what was sealed to its key goes to that worker alone ([`CallApi::subject`], [`Deliver::subject`]).

use std::time::Instant;

use aipaygen_events::RequestId;
use serde::{Deserialize, Serialize};

use crate::commands::{Command, decode, encode};
use crate::{Bus, RequestError};

/// Ask a fetch worker for a key that only its process can open with.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SealingKey {}

/// The key of one fetch worker process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealingKeyOf {
    /// The process, as the subjects of commands to it name it: letters and digits.
    pub worker: String,
    /// Its public key, in base64url.
    pub key: String,
}

impl Command for SealingKey {
    const SUBJECT: &'static str = "cmd.fetch.sealing_key";
    type Reply = SealingKeyOf;
}

/// Ask whether a URL may be connected to, by all rules of the guard, names resolved, without connecting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JudgeUrl {
    /// The URL.
    pub url: String,
}

/// What the guard says of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// It may be connected to, as things stand.
    Allowed,
    /// It may not; the reason is not told.
    Refused,
}

impl Command for JudgeUrl {
    const SUBJECT: &'static str = "cmd.fetch.judge";
    type Reply = Judged;
}

/// Call a third party's API, through the guard, without following redirects to another origin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallApi {
    /// The request that this is the work of; a sealed credential is bound to it.
    pub request: RequestId,
    /// `GET`, `POST`, …
    pub method: String,
    /// Where, credential not included.
    pub url: String,
    /// Headers, credential not included.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: Option<String>,
    /// What authenticates us, sealed for this worker: an `aipaygen_sealed::Sealed` as JSON text.
    pub credential: Option<String>,
    /// Names of the response's headers that are handed back, in lower case.
    pub headers_back: Vec<String>,
    /// How large the response's body may be, decompressed.
    pub response_bytes_max: usize,
}

/// How the call of an API went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiCalled {
    /// It answered.
    Answered {
        /// Its status.
        status: u16,
        /// Those of its headers that were asked for.
        headers: Vec<(String, String)>,
        /// Its body: text, or base64 where it is none.
        body: String,
        /// Whether the body is base64.
        base64: bool,
    },
    /// The guard refused the address. The reason is not told.
    Refused,
    /// The answer is larger than it may be.
    TooLarge,
    /// It did not answer, not in time, or not in HTTP.
    Failed,
}

impl CallApi {
    /// Where a call goes whose credential is sealed for this worker.
    #[must_use]
    pub fn subject(worker: &str) -> String {
        format!("{}.{worker}", Self::SUBJECT)
    }
}

impl Command for CallApi {
    const SUBJECT: &'static str = "cmd.fetch.call_api";
    type Reply = ApiCalled;
}

/// Deliver to a webhook, through the guard, signed by Standard Webhooks, without following redirects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deliver {
    /// The header `webhook-id`; the sealed target is bound to it.
    pub message: String,
    /// The header `webhook-timestamp`, in seconds since 1970.
    pub timestamp_s: i64,
    /// What is delivered: JSON text.
    pub body: String,
    /// Where, and signed with what, sealed for this worker: an `aipaygen_sealed::Sealed` as JSON text.
    pub target: String,
}

/// How a delivery went: the endpoint's answer is read no further than its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivered {
    /// 2xx.
    Accepted,
    /// 410: it wants nothing more.
    Gone,
    /// Another status, redirects among them.
    Declined {
        /// The first digit of the status.
        class: u16,
    },
    /// The guard refused the address.
    Refused,
    /// No connection, no answer, or none in time.
    Unreachable,
}

impl Deliver {
    /// Where a delivery goes whose target is sealed for this worker.
    #[must_use]
    pub fn subject(worker: &str) -> String {
        format!("{}.{worker}", Self::SUBJECT)
    }
}

impl Command for Deliver {
    const SUBJECT: &'static str = "cmd.fetch.deliver";
    type Reply = Delivered;
}

/// Sends a command to one worker alone, and awaits its reply.
pub async fn call_at<C: Command>(
    bus: &dyn Bus,
    subject: &str,
    command: &C,
    deadline: Instant,
) -> Result<C::Reply, RequestError> {
    let reply = bus.request(subject, encode(command), deadline).await?;
    decode(&reply).ok_or_else(|| RequestError::HandlerFailed { subject: subject.to_owned() })
}
