//! A provider over HTTP: one client, three dialects. It is careful with what comes back: bounded in size and time,
//! and never quoted anywhere but to the caller.

mod anthropic;
mod breaker;
mod dialect;
mod gemini;
mod open_ai;
mod sse;
mod usage;

use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::answer::Generated;
use crate::engine::{Bits, Engine, Fault, Said, Vectors, Watch};
use crate::prompt::Prompt;
use crate::settings::{ProviderSettings, Settings, SettingsError};
pub(crate) use open_ai::call as call_json;

use breaker::Breaker;
use dialect::{Assembly, Call, Dialect};
use sse::Events;

/// How much of what a provider says of a failure is passed on.
const SAID_BYTES_MAX: usize = 4_096;

/// A provider that can be asked.
pub(crate) struct Provider {
    name: String,
    dialect: Dialect,
    url: String,
    key: Option<SecretString>,
    http: Client,
    breaker: Breaker,
    silence_max: Duration,
    bytes_max: usize,
}

impl Provider {
    /// The provider of these settings; `None` if it has no key and needs one.
    pub(crate) fn try_new(
        name: &str,
        provider: &ProviderSettings,
        settings: &Settings,
    ) -> Result<Option<Self>, SettingsError> {
        let key = provider.read_key(name)?;
        if key.is_none() && !provider.keyless {
            return Ok(None);
        }
        let http = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
            .tcp_nodelay(true)
            .build()
            .map_err(|error| SettingsError::Field {
                field: format!("providers.{name}"),
                reason: error.to_string(),
            })?;
        Ok(Some(Self {
            name: name.to_owned(),
            dialect: provider.dialect.into(),
            url: provider.url.clone(),
            key,
            http,
            breaker: Breaker::new(settings.breaker_failures, Duration::from_millis(settings.breaker_pause_ms)),
            silence_max: Duration::from_millis(settings.silence_ms_max),
            bytes_max: settings.answer_bytes_max,
        }))
    }

    async fn post(&self, call: Call) -> Result<Response, Fault> {
        let url = format!("{}{}", self.url, call.path);
        let request = self.http.post(url).headers(self.headers()?).json(&call.body).send();
        let response = self.in_time(request).await?.map_err(|error| self.transport(&error))?;
        if response.status().is_success() { Ok(response) } else { Err(self.refusal(response).await) }
    }

    fn headers(&self) -> Result<HeaderMap, Fault> {
        let key = self.key.as_ref().map_or("", |key| key.expose_secret());
        self.dialect
            .headers(key)
            .ok_or_else(|| Fault::NotLetIn { said: self.said(None, "the key is no header value") })
    }

    /// What a status that is no success means.
    async fn refusal(&self, response: Response) -> Fault {
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let text = self.head_of(response).await;
        let said = self.said(Some(status.as_u16()), &text);
        match status.as_u16() {
            401..=403 => Fault::NotLetIn { said },
            400 | 413 | 422 => Fault::Refused { said },
            408 | 429 | 503 | 529 => Fault::Busy { retry_after, said },
            _ => Fault::Broken { said },
        }
    }

    /// The first bytes of what is said of a failure.
    async fn head_of(&self, response: Response) -> String {
        let mut text = Vec::new();
        let mut stream = response.bytes_stream();
        while text.len() < SAID_BYTES_MAX
            && let Ok(Some(Ok(bytes))) = tokio::time::timeout(self.silence_max, stream.next()).await
        {
            text.extend_from_slice(&bytes);
        }
        text.truncate(SAID_BYTES_MAX);
        String::from_utf8_lossy(&text).into_owned()
    }

    async fn whole(&self, response: Response) -> Result<Value, Fault> {
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(bytes) = self.in_time(stream.next()).await? {
            body.extend_from_slice(&bytes.map_err(|error| self.transport(&error))?);
            if body.len() > self.bytes_max {
                return Err(self.broken("the answer is too long"));
            }
        }
        serde_json::from_slice(&body).map_err(|_| self.broken("the answer is not JSON"))
    }

    /// Reads a stream of events, sending each bit on.
    async fn streamed(&self, response: Response, bits: &Bits, bound: u64) -> Result<Generated, Fault> {
        let mut assembly = Assembly::new(self.dialect, bound);
        let mut events = Events::new(self.bytes_max);
        let mut stream = response.bytes_stream();
        while !assembly.is_over() {
            let Some(bytes) = self.in_time(stream.next()).await? else { break };
            events.push(&bytes.map_err(|error| self.transport(&error))?);
            while let Some(data) = events.next_event().map_err(|reason| self.broken(reason))? {
                for delta in assembly.take(&data).map_err(|error| self.broken(&error))? {
                    bits.send(delta, assembly.tokens_so_far()).await?;
                }
            }
        }
        assembly.end().ok_or_else(|| self.broken("the stream was cut off"))
    }

    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Fault> {
        tokio::time::timeout(self.silence_max, work).await.map_err(|_| self.broken("nothing was heard in time"))
    }

    fn said(&self, status: Option<u16>, text: &str) -> Said {
        Said { provider: self.name.clone(), status, text: text.to_owned() }
    }

    fn broken(&self, reason: &str) -> Fault {
        Fault::Broken { said: self.said(None, reason) }
    }

    /// The error names an address; the caller is told its kind.
    fn transport(&self, error: &reqwest::Error) -> Fault {
        self.broken(if error.is_connect() { "it cannot be reached" } else { "the connection broke" })
    }

    /// Asks, unless it has failed too often just now, and remembers how it went.
    async fn guarded<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        if !self.breaker.lets_through() {
            return Err(Fault::Busy { retry_after: None, said: self.said(None, "it has failed too often just now") });
        }
        let outcome = work.await;
        match &outcome {
            Ok(_) | Err(Fault::Refused { .. }) => self.breaker.went_well(),
            Err(Fault::Unwanted | Fault::Late) => {}
            Err(fault) => {
                self.breaker.failed();
                tracing::warn!(provider = self.name, fault = fault.as_str(), "a provider did not answer");
            }
        }
        outcome
    }
}

#[async_trait]
impl Engine for Provider {
    async fn generate(
        &self,
        model: &str,
        prompt: &Prompt,
        watch: &Watch,
        bits: Option<&Bits>,
    ) -> Result<Generated, Fault> {
        let bound = prompt.input_tokens_max();
        let work = async {
            let response = self.post(self.dialect.chat(model, prompt, bits.is_some())).await?;
            match bits {
                Some(bits) => self.streamed(response, bits, bound).await,
                None => {
                    let body = self.whole(response).await?;
                    self.dialect.read(&body, bound).ok_or_else(|| self.broken("the answer is none of the dialect's"))
                }
            }
        };
        self.guarded(watch.while_wanted(work)).await
    }

    async fn embed(&self, model: &str, texts: &[String], watch: &Watch) -> Result<Vectors, Fault> {
        let work = async {
            let call = self.dialect.embeddings(model, texts).ok_or_else(|| self.broken("it makes no vectors"))?;
            let body = self.whole(self.post(call).await?).await?;
            open_ai::read_vectors(&body, texts.len())
                .ok_or_else(|| self.broken("the answer is none of the dialect's"))
        };
        self.guarded(watch.while_wanted(work)).await
    }
}

/// Whole seconds; a date is not understood, and waited for as if it were not there.
fn retry_after(headers: &HeaderMap<HeaderValue>) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
