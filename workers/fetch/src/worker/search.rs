//! Searches the web through the one provider that is configured. Its address is the operator's and no caller's, so it
//! does not pass the guard; what it finds is text, and is fetched through the guard like any other URL.

use std::time::Duration;

use aipaygen_bus::tool::ToolOutcome;
use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::outbound::{TlsError, tls};
use crate::reply;

/// What is read of a provider's answer.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
const RESULTS_DEFAULT: usize = 10;

/// The section `search`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who is asked.
    pub provider: Provider,
    /// Where the provider is.
    pub url: String,
    /// The key that the provider has given.
    pub key: SecretString,
    /// How long it may take.
    pub timeout_ms: u64,
}

/// Providers of searches, by the protocol they speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// None: searches are answered 501, and cost nothing.
    None,
    /// SearXNG, or what speaks its JSON.
    Searxng,
    /// Brave Search, or what speaks its JSON.
    Brave,
}

/// Why the provider cannot be asked.
#[derive(Debug, Error)]
pub enum SearchError {
    /// Its address.
    #[error("search.url must be an http or https URL")]
    Url,
    /// Its certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The client.
    #[error("search: {0}")]
    Client(#[from] reqwest::Error),
}

/// Asks the provider.
pub(super) struct Search(Option<Asked>);

struct Asked {
    provider: Provider,
    endpoint: Url,
    key: SecretString,
    client: Client,
}

/// The caller's JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Searching {
    query: String,
    count: Option<usize>,
}

impl Search {
    pub(super) fn try_new(settings: Settings, fetch: &crate::Settings) -> Result<Self, SearchError> {
        let path = match settings.provider {
            Provider::None => return Ok(Self(None)),
            Provider::Searxng => "search",
            Provider::Brave => "res/v1/web/search",
        };
        let base = Url::parse(&format!("{}/", settings.url.trim_end_matches('/'))).map_err(|_| SearchError::Url)?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(SearchError::Url);
        }
        let client = Client::builder()
            .tls_backend_preconfigured(tls(fetch)?)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(&fetch.user_agent)
            .timeout(Duration::from_millis(settings.timeout_ms));
        let endpoint = base.join(path).map_err(|_| SearchError::Url)?;
        Ok(Self(Some(Asked { provider: settings.provider, endpoint, key: settings.key, client: client.build()? })))
    }

    /// Whether there is a provider.
    pub(super) fn check(&self) -> ToolOutcome {
        if self.0.is_some() {
            reply::passed()
        } else {
            reply::not_set_up("No provider of searches is configured here.")
        }
    }

    /// Asks it. Whatever it says other than results is our failure.
    pub(super) async fn search(&self, searching: Searching) -> ToolOutcome {
        let Some(asked) = &self.0 else { return self.check() };
        let count = searching.count.unwrap_or(RESULTS_DEFAULT);
        match asked.ask(&searching.query, count).await {
            Some(results) => reply::answered(&json!({ "results": results })),
            None => {
                tracing::warn!("the provider of searches did not answer with results");
                ToolOutcome::Failed
            }
        }
    }
}

impl Asked {
    async fn ask(&self, query: &str, count: usize) -> Option<Vec<Value>> {
        let mut response = self.request(query, count).send().await.ok()?.error_for_status().ok()?;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.ok()? {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_BYTES_MAX {
                return None;
            }
        }
        let answer: Value = serde_json::from_slice(&body).ok()?;
        let (found, snippet) = match self.provider {
            Provider::None => return None,
            Provider::Searxng => (answer["results"].as_array()?, "content"),
            // Brave leaves the member out where it has found nothing.
            Provider::Brave => match answer["web"]["results"].as_array() {
                Some(found) => (found, "description"),
                None => return Some(Vec::new()),
            },
        };
        Some(found.iter().filter_map(|result| result_of(result, snippet)).take(count).collect())
    }

    fn request(&self, query: &str, count: usize) -> RequestBuilder {
        let mut url = self.endpoint.clone();
        match self.provider {
            Provider::None | Provider::Searxng => {
                url.query_pairs_mut().append_pair("q", query).append_pair("format", "json");
                self.client.get(url)
            }
            Provider::Brave => {
                url.query_pairs_mut().append_pair("q", query).append_pair("count", &count.to_string());
                self.client.get(url).header("x-subscription-token", self.key.expose_secret())
            }
        }
        .header("accept", "application/json")
    }
}

fn result_of(result: &Value, snippet: &str) -> Option<Value> {
    let text = |name: &str| result[name].as_str().unwrap_or_default().trim().to_owned();
    let url = text("url");
    (!url.is_empty()).then(|| json!({"url": url, "title": text("title"), "snippet": text(snippet)}))
}
