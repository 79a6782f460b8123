//! How the ingress is set up, as a section of the configuration file, and which of these settings cannot be
//! together because a public promise would become untrue.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use aipaygen_events::MicroUsd;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use crate::StartError;

/// The longest that a revoked key may stay known: a revocation is effective in under a second.
const KEY_CACHE_MS_MAX: u64 = 750;
/// What is short-lived lives no longer.
const DAY_S: u64 = 86_400;

/// What cannot be guessed.
const OPERATOR_TOKEN_LEN_MIN: usize = 32;

/// Of two heartbeats the second one fails when the caller has gone.
const HEARTBEAT_MS_MAX: u64 = 450;

/// The settings of the ingress.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where callers connect.
    pub listen: SocketAddr,
    /// Where the operator reads metrics and probes; not for the public.
    pub admin_listen: SocketAddr,
    /// What the operator shows there to change the catalogue of APIs; empty for nobody.
    pub operator_token: SecretString,
    /// The certificate of a TLS 1.3 listener; without it the listener speaks plain HTTP.
    pub tls: Option<TlsSettings>,
    /// Whether an edge in front of the plain listener terminates TLS. Without it and without a certificate only
    /// loopback is served.
    pub edge_tls: bool,
    /// The addresses of the edge's proxies, such as `10.0.0.0/8`: who may say where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// In which header these proxies say it. The other one is a caller's, and ignored.
    pub forwarded_header: ForwardedHeader,
    /// The URL that the public uses, without a slash at its end. Needed beyond loopback.
    pub public_url: Option<String>,
    /// Where vulnerabilities are reported: a `mailto:` or `https:` URI. Needed beyond loopback.
    pub security_contact: Option<String>,
    /// Where a person gets an API key or funds, if there is such a page.
    pub key_url: Option<String>,
    /// Threads that serve HTTP; 0 stands for one a core.
    pub workers: usize,
    /// Connections that one of them keeps at the same time.
    pub connections_max: usize,
    /// The request line and all header fields.
    pub head_bytes_max: usize,
    /// The body of a request.
    pub body_bytes_max: usize,
    /// How long the head of a request may take to arrive.
    pub head_timeout_ms: u64,
    /// How long the body of a request may take to arrive.
    pub body_timeout_ms: u64,
    /// How long a connection may be idle between requests.
    pub keep_alive_ms: u64,
    /// For how long the catalogue of APIs is known without asking.
    pub apis_cache_ms: u64,
    /// How large the answer of a third party's API may be.
    pub api_response_bytes_max: usize,
    /// For how long an answer that was asked for later is offered to the caller's webhook; then it is refunded.
    pub async_delivery_ms_max: u64,
    /// Paid requests at the same time, from before their body is read until they are settled.
    pub paid_in_flight_max: usize,
    /// How long a worker may take to check an input before it is charged.
    pub check_timeout_ms: u64,
    /// How long the payments workers may take to authorize a charge, or to make or stop a key.
    pub payments_timeout_ms: u64,
    /// How long the refund of a failure may keep its caller waiting; later it happens without one.
    pub refund_timeout_ms: u64,
    /// How long after the tool's own deadline a charge that nobody ended is given back by itself.
    pub charge_margin_ms: u64,
    /// For how long a queue that was busy or absent is not asked again.
    pub queue_pause_ms: u64,
    /// When a caller who was turned away for overload may come back.
    pub retry_after_s: u32,
    /// When a caller whose payment is not known to have settled may ask again.
    pub payment_retry_after_s: u32,
    /// The least that a top-up may bring.
    #[serde(deserialize_with = "usd")]
    pub topup_usd_min: MicroUsd,
    /// The most that a top-up may bring.
    #[serde(deserialize_with = "usd")]
    pub topup_usd_max: MicroUsd,
    /// How long a wallet may take to sign a challenge.
    pub challenge_s: u64,
    /// How long the session of a wallet lasts.
    pub session_s: u64,
    /// For how long the end of a charge is offered to its queue again and again; then the reaper decides.
    pub end_retry_ms_max: u64,
    /// For how long a key is known without asking the read models; at most 750.
    pub key_cache_ms: u64,
    /// How many keys are known at the same time.
    pub key_cache_entries_max: u64,
    /// Requests of one client address; all of a minute's may come at once.
    pub requests_per_minute_per_address: NonZeroU32,
    /// Requests with one API key.
    pub requests_per_minute_per_key: NonZeroU32,
    /// Failed authentications from one client address.
    pub failed_logins_per_minute_per_address: NonZeroU32,
    /// Addresses, and keys, that are told apart at the same time; what comes on top shares one allowance.
    pub rate_entries_max: usize,
    /// How often a stream that has nothing to say says so, which also finds out whether its caller has gone.
    pub stream_heartbeat_ms: u64,
    /// How long an answer about balances and requests waits for the read models to know the newest events.
    pub freshness_ms_max: u64,
    /// How long the listener still accepts after it has said that it is not ready.
    pub unready_ms: u64,
}

/// A certificate chain and its private key, in PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The certificate and the chain up to its authority.
    pub certificate_file: PathBuf,
    /// The private key.
    pub key_file: PathBuf,
}

/// Where a proxy says whom it forwards for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl Settings {
    /// Refuses what cannot be together, with a sentence that says why.
    pub fn validate(&self) -> Result<(), StartError> {
        let beyond_loopback = !self.listen.ip().is_loopback();
        if beyond_loopback && self.tls.is_none() && !self.edge_tls {
            return Err(StartError::Plaintext { listen: self.listen });
        }
        if self.serves_the_public() && self.security_contact.is_none() {
            return Err(StartError::NoSecurityContact);
        }
        if self.serves_the_public() && self.public_url.is_none() {
            return Err(StartError::NoPublicUrl);
        }
        self.validate_urls()?;
        self.validate_bounds()
    }

    /// Whether anybody but this machine is served.
    pub(crate) fn serves_the_public(&self) -> bool {
        !self.listen.ip().is_loopback() || self.edge_tls
    }

    fn validate_urls(&self) -> Result<(), StartError> {
        let https = |url: &String| url.starts_with("https://") && !url.ends_with('/') && is_uri(url);
        let web = |url: &String| (https(url) || url.starts_with("http://127.0.0.1")) && is_uri(url);
        let contact = |uri: &String| (uri.starts_with("mailto:") || uri.starts_with("https://")) && is_uri(uri);
        let allowed = |url| if self.serves_the_public() { https(url) } else { web(url) };
        let public = self.public_url.as_ref().is_none_or(allowed);
        require(public, "public_url", "an https:// URL without a slash at its end")?;
        let contact = self.security_contact.as_ref().is_none_or(contact);
        require(contact, "security_contact", "a mailto: or https: URI")?;
        require(self.key_url.as_ref().is_none_or(|url| is_uri(url)), "key_url", "a URL")
    }

    fn validate_bounds(&self) -> Result<(), StartError> {
        let cache = (1..=KEY_CACHE_MS_MAX).contains(&self.key_cache_ms);
        require(cache, "key_cache_ms", "1 to 750, so that a revoked key works for less than a second")?;
        let token = self.operator_token.expose_secret().len();
        require(token == 0 || token >= OPERATOR_TOKEN_LEN_MIN, "operator_token", "at least 32 characters, or empty")?;
        let heartbeat = (1..=HEARTBEAT_MS_MAX).contains(&self.stream_heartbeat_ms);
        require(
            heartbeat,
            "stream_heartbeat_ms",
            "1 to 450, so that a caller who has gone is noticed within a second",
        )?;
        require(self.paid_in_flight_max > 0, "paid_in_flight_max", "at least 1")?;
        require(self.body_bytes_max > 0, "body_bytes_max", "at least 1")?;
        let topup = !self.topup_usd_min.is_zero() && self.topup_usd_min <= self.topup_usd_max;
        require(topup, "topup_usd_min", "above zero, and at most topup_usd_max")?;
        require((1..=DAY_S).contains(&self.challenge_s), "challenge_s", "1 to 86400")?;
        require((1..=DAY_S).contains(&self.session_s), "session_s", "1 to 86400")?;
        // Beyond this the HTTP library gives up before we see the request.
        require(self.head_bytes_max <= 65_536, "head_bytes_max", "at most 65536")
    }

    pub(crate) const fn async_delivery(&self) -> Duration {
        Duration::from_millis(self.async_delivery_ms_max)
    }

    pub(crate) fn payments_timeout(&self) -> Duration {
        Duration::from_millis(self.payments_timeout_ms)
    }
}

/// Dollars as text, so that they are never a float.
fn usd<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MicroUsd, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// Printable, without what would end a header field or a tag.
fn is_uri(text: &str) -> bool {
    text.len() <= 512 && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"'))
}

fn require(holds: bool, setting: &'static str, rule: &'static str) -> Result<(), StartError> {
    if holds { Ok(()) } else { Err(StartError::Setting { setting, rule }) }
}

/// What suits a test or a tool; the product's own settings are in its configuration file.
impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            operator_token: SecretString::default(),
            tls: None,
            edge_tls: false,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::XForwardedFor,
            public_url: None,
            security_contact: None,
            key_url: None,
            workers: 0,
            connections_max: 25_000,
            head_bytes_max: 16_384,
            body_bytes_max: 1_000_000,
            head_timeout_ms: 5_000,
            body_timeout_ms: 15_000,
            keep_alive_ms: 75_000,
            apis_cache_ms: 1_000,
            api_response_bytes_max: 700_000,
            async_delivery_ms_max: 60_000,
            paid_in_flight_max: 512,
            check_timeout_ms: 2_000,
            payments_timeout_ms: 5_000,
            refund_timeout_ms: 3_000,
            charge_margin_ms: 30_000,
            queue_pause_ms: 100,
            retry_after_s: 1,
            payment_retry_after_s: 2,
            topup_usd_min: MicroUsd::dollars(1),
            topup_usd_max: MicroUsd::dollars(1_000),
            challenge_s: 300,
            session_s: 3_600,
            end_retry_ms_max: 60_000,
            key_cache_ms: 500,
            key_cache_entries_max: 100_000,
            requests_per_minute_per_address: at_least_one(60_000),
            requests_per_minute_per_key: at_least_one(60_000),
            failed_logins_per_minute_per_address: at_least_one(60),
            rate_entries_max: 200_000,
            stream_heartbeat_ms: 400,
            freshness_ms_max: 1_000,
            unready_ms: 0,
        }
    }
}

const fn at_least_one(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}
