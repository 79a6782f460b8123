//! Asks strangers' servers: each address judged by the guard, each hop anew, and nothing read without a bound.
//!
//! The only place of the product that connects to an address that a caller has a say in.

mod body;
mod clients;
mod names;
mod pace;
mod robots;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::future::Cache;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
use reqwest::{Method, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{timeout, timeout_at};
use url::Url;

use crate::guard::{Checked, Policy, Rule, Target};
use crate::settings::Settings;
use clients::Clients;
use names::Names;
use robots::Robots;

pub use clients::TlsError;
pub(crate) use clients::tls;

/// Hosts whose concurrency is told apart at the same time.
const HOSTS_MAX: u64 = 10_000;

/// Everything that a fetch needs, shared by all of them.
pub struct Outbound {
    settings: Settings,
    policy: Policy,
    names: Names,
    clients: Clients,
    robots: Robots,
    hosts: Cache<String, Arc<Semaphore>>,
}

/// What is asked of a server.
#[derive(Clone, Debug)]
pub struct Errand {
    /// How.
    pub method: Method,
    /// Where, as whoever asks has written it.
    pub url: String,
    /// What goes to every hop.
    pub headers: HeaderMap,
    /// What goes to the origin of `url` alone: dropped for good at the first hop elsewhere.
    pub credentials: HeaderMap,
    /// A body.
    pub body: Bytes,
    /// Redirects that are followed; with 0 a redirect is the answer.
    pub redirects_max: usize,
    /// Whether every hop's `robots.txt` is asked first.
    pub robots: bool,
    /// Whether the body of the answer is read.
    pub body_wanted: bool,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Where it comes from, after all redirects.
    pub url: Url,
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The guard refuses the URL, or where it leads. The rule is for the operator.
    #[error("refused by the rule {0}")]
    Refused(Rule),
    /// The site asks robots to stay away from it.
    #[error("disallowed by robots.txt")]
    Robots,
    /// No connection, no TLS, or an answer that is no HTTP.
    #[error("unreachable")]
    Unreachable,
    /// Not in time.
    #[error("too slow")]
    Slow,
    /// More header or body than is read.
    #[error("too large")]
    TooLarge,
    /// A compression that was not asked for, or that is broken.
    #[error("undecodable")]
    Undecodable,
}

impl Errand {
    /// A GET without more.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            headers: HeaderMap::new(),
            credentials: HeaderMap::new(),
            body: Bytes::new(),
            redirects_max: usize::MAX,
            robots: false,
            body_wanted: true,
        }
    }
}

impl Outbound {
    /// Reads what there is to read: the certificates, and where the name servers are.
    pub fn try_new(settings: Settings) -> Result<Self, TlsError> {
        Ok(Self {
            policy: Policy::new(settings.guard.clone()),
            names: Names::new(&settings),
            clients: Clients::try_new(&settings)?,
            robots: Robots::new(&settings),
            hosts: Cache::new(HOSTS_MAX),
            settings,
        })
    }

    /// Judges a URL with the addresses that its name has now, without connecting to any.
    pub async fn judge(&self, url: &str) -> Result<Checked, FetchError> {
        self.look_up(Target::parse(&self.policy, url).map_err(FetchError::Refused)?).await
    }

    /// Asks, follows, and reads the answer, all within the time that one fetch may take.
    pub async fn fetch(&self, errand: Errand) -> Result<Fetched, FetchError> {
        let deadline = Instant::now() + self.settings.total_timeout();
        timeout_at(deadline.into(), self.follow(errand)).await.unwrap_or(Err(FetchError::Slow))
    }

    /// Waits until a refusal that began then may be told.
    pub async fn pace(&self, since: Instant) {
        pace::until_step(since, Duration::from_millis(self.settings.refusal_step_ms)).await;
    }

    async fn follow(&self, mut errand: Errand) -> Result<Fetched, FetchError> {
        let redirects_max = self.settings.redirects_max.min(errand.redirects_max);
        let mut target = Target::parse(&self.policy, &errand.url).map_err(FetchError::Refused)?;
        for nth in 1.. {
            let checked = self.look_up(target).await?;
            if errand.robots && self.settings.robots_honoured {
                self.robots.require(self, checked.target()).await?;
            }
            let (response, _seat) = self.ask(&checked, &errand).await?;
            let Some(location) = location(&response).filter(|_| redirects_max > 0) else {
                return self.read(&checked, response, errand.body_wanted).await;
            };
            let next = checked.target().follow(&self.policy, &location, nth, redirects_max);
            let next = next.map_err(FetchError::Refused)?;
            errand.redirected(checked.target(), &next, response.status());
            target = next;
        }
        Err(FetchError::Refused(Rule::Redirects))
    }

    async fn look_up(&self, target: Target) -> Result<Checked, FetchError> {
        let answer = match target.name() {
            Some(name) => self.names.addresses(name).await,
            None => Vec::new(),
        };
        target.check(&self.policy, &answer).map_err(FetchError::Refused)
    }

    async fn ask(&self, checked: &Checked, errand: &Errand) -> Result<(Response, OwnedSemaphorePermit), FetchError> {
        let seat = self.seat(checked).await?;
        let client = self.clients.of(checked).await.map_err(|_| FetchError::Unreachable)?;
        let mut headers = errand.headers.clone();
        headers.extend(errand.credentials.clone());
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if let Ok(user_agent) = HeaderValue::try_from(&self.settings.user_agent) {
            headers.entry(USER_AGENT).or_insert(user_agent);
        }
        let request = client.request(errand.method.clone(), checked.target().url().clone()).headers(headers);
        let request = if errand.body.is_empty() { request } else { request.body(errand.body.clone()) };
        let first_byte = self.settings.connect_timeout_ms.saturating_add(self.settings.first_byte_timeout_ms);
        let response = timeout(Duration::from_millis(first_byte), request.send()).await;
        let response = response.map_err(|_| FetchError::Slow)?.map_err(|_| FetchError::Unreachable)?;
        // The client knows no other address; should it ever, this is where it ends.
        if response.remote_addr().is_none_or(|address| !checked.addresses().contains(&address)) {
            return Err(FetchError::Refused(Rule::Host));
        }
        Ok((response, seat))
    }

    /// A seat among the fetches from this host.
    async fn seat(&self, checked: &Checked) -> Result<OwnedSemaphorePermit, FetchError> {
        let host = checked.target().url().host_str().unwrap_or_default().to_owned();
        let seats = async { Arc::new(Semaphore::new(self.settings.fetches_per_host_max)) };
        let seats = self.hosts.get_with(host, seats).await;
        seats.acquire_owned().await.map_err(|_| FetchError::Unreachable)
    }

    async fn read(&self, checked: &Checked, response: Response, body_wanted: bool) -> Result<Fetched, FetchError> {
        let headers = response.headers().clone();
        let header_bytes = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
        if header_bytes.sum::<usize>() > self.settings.header_bytes_max {
            return Err(FetchError::TooLarge);
        }
        let status = response.status();
        let body = if body_wanted {
            body::read(response, self.settings.body_bytes_max, self.settings.decoded_bytes_max).await?
        } else {
            Bytes::new()
        };
        Ok(Fetched { url: checked.target().url().clone(), status, headers, body })
    }
}

impl Errand {
    /// What is left of it after a redirect: no credential that was meant for another origin, and no body where browsers
    /// send none.
    fn redirected(&mut self, from: &Target, to: &Target, status: StatusCode) {
        if !to.has_origin_of(from) {
            self.credentials.clear();
        }
        let repeats = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        if !repeats && self.method != Method::GET && self.method != Method::HEAD {
            self.method = Method::GET;
            self.body = Bytes::new();
            self.headers.remove(CONTENT_TYPE);
            self.headers.remove(CONTENT_LENGTH);
        }
    }
}

/// Where a redirect leads; `None` for any other answer.
fn location(response: &Response) -> Option<String> {
    let redirects = [301, 302, 303, 307, 308].contains(&response.status().as_u16());
    let location = response.headers().get(LOCATION).filter(|_| redirects)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}
