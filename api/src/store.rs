//! The read models, asked on the runtime of the process: a connection of the pool must not belong to a thread that
//! serves HTTP, since it would end with it.

use std::time::Duration;

use aipaygen_events::{AccountId, KeyId, RequestId, Timestamp};
use aipaygen_projections::{BalanceRow, KeyRow, LogHead, ReadError, Reader, RequestRow, UsageRow};
use tokio::runtime::Handle;

use crate::observe;
use crate::problem::{Kind, Problem};
use crate::settings::Settings;

/// Answers from the read models.
pub(crate) struct Store {
    reader: Reader,
    head: LogHead,
    runtime: Handle,
    freshness: Duration,
    retry_after_s: u32,
}

impl Store {
    pub(crate) fn new(reader: Reader, head: LogHead, runtime: Handle, settings: &Settings) -> Self {
        let freshness = Duration::from_millis(settings.freshness_ms_max);
        Self { reader, head, runtime, freshness, retry_after_s: settings.retry_after_s }
    }

    /// The key, revoked or not.
    pub(crate) async fn key(&self, key: KeyId) -> Result<Option<KeyRow>, Problem> {
        let reader = self.reader.clone();
        self.ask(async move { reader.key(&key).await }).await
    }

    pub(crate) async fn keys_of(&self, account: AccountId) -> Result<Vec<KeyRow>, Problem> {
        let reader = self.reader.clone();
        self.ask(async move { reader.keys_of(account).await }).await
    }

    pub(crate) async fn balance(&self, account: AccountId) -> Result<Option<BalanceRow>, Problem> {
        let reader = self.reader.clone();
        self.ask(async move { reader.balance(account).await }).await
    }

    pub(crate) async fn request(&self, request: RequestId) -> Result<Option<RequestRow>, Problem> {
        let reader = self.reader.clone();
        self.ask(async move { reader.request(request).await }).await
    }

    pub(crate) async fn usage(
        &self,
        account: AccountId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageRow>, Problem> {
        let reader = self.reader.clone();
        self.ask(async move { reader.usage(account, from, to).await }).await
    }

    /// Waits until the read models know what the log holds now. They answer from what they have if they do not
    /// get there in time.
    pub(crate) async fn freshen(&self) -> Result<(), Problem> {
        let (reader, head, freshness) = (self.reader.clone(), self.head.clone(), self.freshness);
        self.ask(async move { reader.caught_up(head.position().await?, freshness).await }).await.map(|_in_time| ())
    }

    /// Whether the read models can be reached at all.
    pub(crate) async fn reachable(&self) -> bool {
        let reader = self.reader.clone();
        self.ask(async move { reader.position().await }).await.is_ok()
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl Future<Output = Result<T, ReadError>> + Send + 'static,
    ) -> Result<T, Problem> {
        let unavailable = || Kind::Unavailable { retry_after_s: self.retry_after_s }.into();
        match self.runtime.spawn(question).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                observe::unreachable("read models", &error);
                Err(unavailable())
            }
            // The runtime is going down.
            Err(_) => Err(unavailable()),
        }
    }
}
