//! The worker's other halves, in processes of their own: one that reaches strangers' servers, and some that read what
//! came back. Neither has a database, a secret, a file or another program; only the first has a network.

mod errands;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use aipaygen_apart::{ChildError, Reach, Subjects, confine};
use aipaygen_bus::tool::ToolOutcome;
use aipaygen_bus::{Handler, Message, Request};
use async_trait::async_trait;
use futures::future::join_all;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::document::Fetched;
use crate::outbound::{Errand, FetchError, Outbound, TlsError};
use crate::reader::Reader;
use crate::reply;
use crate::settings::Settings;

pub(crate) use errands::{CALL_API, DELIVER, SEALING_KEY};

/// The subjects of the process with the network: may these URLs be fetched, and fetch one.
pub(crate) const JUDGE: &str = "judge";
pub(crate) const FETCH: &str = "fetch";
/// The subject of the processes that read.
pub(crate) const READ: &str = "read";

/// Sockets to servers and name servers at the same time.
const DESCRIPTORS_MAX: u64 = 8 * 1024;
const READER_DESCRIPTORS_MAX: u64 = 64;

/// What pages are asked for as.
const ACCEPTED: &str = "text/html,application/xhtml+xml,application/pdf;q=0.9,text/plain;q=0.9,*/*;q=0.5";

/// Which URLs are to be judged.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Judge {
    pub(crate) urls: Vec<String>,
}

/// Which page is to be fetched.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Fetch {
    pub(crate) url: String,
}

/// Serves fetches to the parent at the other end of standard input until it goes away.
pub async fn serve_fetches() -> Result<(), ChildError> {
    aipaygen_apart::serve_standard_input(|settings: Settings| {
        let subjects = fetches(settings)?;
        confined(Reach { network: true, descriptors_max: DESCRIPTORS_MAX, memory_bytes_max: None });
        Ok::<_, TlsError>(subjects)
    })
    .await
}

/// Serves reads, likewise.
pub async fn serve_reads() -> Result<(), ChildError> {
    aipaygen_apart::serve_standard_input(|settings: Settings| {
        let memory_bytes_max = Some(settings.reader_memory_bytes_max);
        confined(Reach { network: false, descriptors_max: READER_DESCRIPTORS_MAX, memory_bytes_max });
        Ok::<_, Infallible>(reads(settings))
    })
    .await
}

/// What the process with the network serves.
pub(crate) fn fetches(settings: Settings) -> Result<Subjects, TlsError> {
    let outbound = Arc::new(Outbound::try_new(settings)?);
    let judge: Arc<dyn Handler> = Arc::new(Judging(Arc::clone(&outbound)));
    let mut subjects = Subjects::from([(JUDGE, judge), (FETCH, Arc::new(Fetching(Arc::clone(&outbound))))]);
    errands::add(&mut subjects, outbound);
    Ok(subjects)
}

/// What a process that reads serves.
pub(crate) fn reads(settings: Settings) -> Subjects {
    let reader: Arc<dyn Handler> = Arc::new(Reader::new(Arc::new(settings)));
    Subjects::from([(READ, reader)])
}

fn confined(reach: Reach) {
    if let Err(error) = confine(reach) {
        tracing::warn!(%error, "a process for strangers' pages runs without the second wall around it");
    }
}

/// Answers whether URLs may be fetched: that is what is seen without connecting to any. One of them is enough.
struct Judging(Arc<Outbound>);

/// Fetches a page.
struct Fetching(Arc<Outbound>);

#[async_trait]
impl Handler for Judging {
    async fn handle(&self, request: Request) -> Message {
        let since = Instant::now();
        let Ok(Judge { urls }) = serde_json::from_slice(&request.message.payload) else {
            return ToolOutcome::Failed.into_message();
        };
        let verdicts = join_all(urls.iter().map(|url| self.0.judge(url))).await;
        let passed = verdicts.iter().any(Result::is_ok);
        let refusal = verdicts.into_iter().find_map(Result::err).filter(|_| !passed);
        let Some(error) = refusal else { return reply::passed().into_message() };
        self.0.pace(since).await;
        reply::of_error(error).into_message()
    }
}

#[async_trait]
impl Handler for Fetching {
    async fn handle(&self, request: Request) -> Message {
        let since = Instant::now();
        let Ok(Fetch { url }) = serde_json::from_slice(&request.message.payload) else {
            return ToolOutcome::Failed.into_message();
        };
        match self.fetch(url).await {
            Ok(fetched) => fetched.into_message(),
            Err(error) => {
                self.0.pace(since).await;
                reply::of_error(error).into_message()
            }
        }
    }
}

impl Fetching {
    async fn fetch(&self, url: String) -> Result<Fetched, FetchError> {
        let mut errand = Errand { robots: true, ..Errand::get(url) };
        errand.headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
        let fetched = self.0.fetch(errand).await?;
        let content_type = fetched.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Fetched { url: fetched.url.into(), status: fetched.status.as_u16(), content_type, body: fetched.body })
    }
}
