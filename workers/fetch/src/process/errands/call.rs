//! The call of a third party's API: the credential goes to the origin that it was sealed for.

use std::time::Instant;

use aipaygen_bus::outbound::{ApiCalled, CallApi};
use aipaygen_sealed::{Credential, Place, Secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::Errands;
use crate::outbound::{Errand, FetchError, Fetched};

impl Errands {
    /// Calls, and hands back what was asked for.
    pub(super) async fn call(&self, command: CallApi) -> ApiCalled {
        let since = Instant::now();
        let Some(errand) = self.errand(&command) else { return ApiCalled::Failed };
        match self.outbound.fetch(errand).await {
            Ok(fetched) if fetched.body.len() > command.response_bytes_max => ApiCalled::TooLarge,
            Ok(fetched) => answered(fetched, &command.headers_back),
            Err(FetchError::Refused(_)) => {
                self.outbound.pace(since).await;
                ApiCalled::Refused
            }
            Err(FetchError::TooLarge) => ApiCalled::TooLarge,
            Err(FetchError::Robots | FetchError::Unreachable | FetchError::Slow | FetchError::Undecodable) => {
                ApiCalled::Failed
            }
        }
    }

    /// `None` if it is no request, or its credential is not for it.
    fn errand(&self, command: &CallApi) -> Option<Errand> {
        let mut errand = Errand::get(&command.url);
        errand.method = Method::from_bytes(command.method.as_bytes()).ok()?;
        errand.body = command.body.clone().unwrap_or_default().into();
        for (name, value) in &command.headers {
            errand.headers.append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        }
        if let Some(sealed) = &command.credential {
            let Secret::Credential(credential) = self.open(sealed, &command.request.to_string())? else {
                return None;
            };
            present(&credential, &mut errand)?;
        }
        Some(errand)
    }
}

/// Puts a credential into its place of a request that goes to its origin.
fn present(credential: &Credential, errand: &mut Errand) -> Option<()> {
    let mut url = Url::parse(&errand.url).ok()?;
    if url.origin().ascii_serialization() != credential.origin {
        tracing::error!("a credential was sent along to another origin than its own, and not used");
        return None;
    }
    let value = credential.value.expose();
    let (name, value) = match &credential.place {
        Place::Query(name) => {
            url.query_pairs_mut().append_pair(name, value);
            errand.url = url.into();
            return Some(());
        }
        Place::Header(name) => (HeaderName::try_from(name).ok()?, value.to_owned()),
        Place::Bearer => (AUTHORIZATION, format!("Bearer {value}")),
        Place::Basic => (AUTHORIZATION, format!("Basic {}", STANDARD.encode(value))),
    };
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    errand.credentials.insert(name, value);
    Some(())
}

fn answered(fetched: Fetched, headers_back: &[String]) -> ApiCalled {
    let headers = wanted(&fetched.headers, headers_back);
    let (body, base64) = match str::from_utf8(&fetched.body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(&fetched.body), true),
    };
    ApiCalled::Answered { status: fetched.status.as_u16(), headers, body, base64 }
}

fn wanted(headers: &HeaderMap, names: &[String]) -> Vec<(String, String)> {
    let readable = |name: &String| Some((name.clone(), headers.get(name)?.to_str().ok()?.to_owned()));
    names.iter().filter_map(readable).collect()
}
