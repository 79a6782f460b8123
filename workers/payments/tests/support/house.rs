//! A journal of its own for each test, and any number of payments workers over it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::commands::{self, Authorize};
use aipaygen_events::account::Pricing;
use aipaygen_events::api_key::Pepper;
use aipaygen_events::credit::VoucherCode;
use aipaygen_events::{AccountId, MicroUsd, RequestId};
use aipaygen_journal::db::Db;
use aipaygen_journal::{Journal, migrate};
use aipaygen_payments::{Clock, Payments, Settings};
use aipaygen_projections::{Reader, catch_up};
use tempfile::TempDir;
use uuid::Uuid;

use super::clock::SteppedClock;
use super::postgres::{Fsync, Postgres};
use super::{Books, Chain, Payer, open_to_all};

/// Where a test takes place.
pub(crate) struct House {
    pub(crate) journal: Journal,
    /// The time of the workers; the log stamps its events by the machine's.
    pub(crate) clock: SteppedClock,
    pub(crate) database: aipaygen_journal::Settings,
    /// The server, if there is one.
    pub(crate) postgres: Option<Postgres>,
    _files: TempDir,
}

impl House {
    pub(crate) async fn on_sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", files.path().display());
        Self::open(database(url), None, files).await
    }

    pub(crate) async fn on_postgres(fsync: Fsync) -> Self {
        let files = tempfile::tempdir().unwrap();
        open_to_all(files.path());
        let postgres = Postgres::start(files.path(), fsync).await;
        Self::open(database(postgres.url()), Some(postgres), files).await
    }

    async fn open(database: aipaygen_journal::Settings, postgres: Option<Postgres>, files: TempDir) -> Self {
        migrate(&database).await.unwrap();
        let journal = open_journal(&database).await;
        Self { journal, clock: SteppedClock::default(), database, postgres, _files: files }
    }

    /// One more worker, which remembers nothing yet.
    pub(crate) fn payments(&self) -> Arc<Payments> {
        Arc::new(self.payments_over(self.journal.clone()))
    }

    /// One more worker that takes x402 payments.
    pub(crate) fn settling(&self, chain: &Arc<Chain>) -> Arc<Payments> {
        Arc::new(self.payments_over(self.journal.clone()).settling(chain.clone()))
    }

    /// One more worker over a connection of its own.
    pub(crate) fn payments_over(&self, journal: Journal) -> Payments {
        Payments::try_new(journal, &settings(), self.clock.clock()).unwrap()
    }

    /// A new request of this much that a voucher is to pay.
    pub(crate) fn spending(&self, code: &VoucherCode, amount: MicroUsd) -> Authorize {
        let pepper = Pepper::parse(settings().key_pepper).unwrap();
        Authorize {
            request: RequestId::from_uuid(Uuid::now_v7()),
            payer: commands::Payer::Voucher { credit: code.credit(), hash: code.hash(&pepper) },
            endpoint: "POST /code/run".to_owned(),
            amount,
            pricing: Pricing::Flat,
            timeout_ms: 30_000,
            idempotency: None,
        }
    }

    /// Somebody with these funds.
    pub(crate) async fn payer(&self, funds: MicroUsd) -> Payer {
        let (payments, account) = (self.payments(), AccountId::from_uuid(Uuid::now_v7()));
        payments.open_account(account, "payer".to_owned()).await.unwrap();
        if !funds.is_zero() {
            payments.grant(account, funds, &format!("first of {account}")).await.unwrap();
        }
        Payer { account, key: payments.issue_key(account, String::new(), None).await.unwrap().id() }
    }

    /// The read models, as far as the log has got.
    pub(crate) async fn reader(&self) -> Reader {
        let db = Db::open(&self.database).await.unwrap();
        let end = self.journal.head().await.unwrap().position;
        catch_up(self.journal.reader(), &db, end).await.unwrap();
        Reader::new(db)
    }

    /// What the log says of an account.
    pub(crate) async fn books(&self, account: AccountId) -> Books {
        Books::read(&self.journal, account).await
    }
}

/// One more process over this database.
pub(crate) async fn open_journal(database: &aipaygen_journal::Settings) -> Journal {
    let clock = Clock::system();
    Journal::open(database, move || clock.now()).await.unwrap()
}

/// Longer than anything takes here.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

pub(crate) fn settings() -> Settings {
    Settings {
        commands_in_flight_max: 256,
        queued_ends_in_flight_max: 64,
        command_timeout_ms: 20_000,
        accounts_cached_max: 1_000,
        reaper_interval_ms: 20,
        reaper_grace_ms: 10_000,
        reaper_batch_max: 100,
        reconciler_interval_ms: 20,
        reconciler_batch_max: 100,
        settlement_timeout_ms: 60_000,
        unserved_payment_ms: 120_000,
        voucher_valid_days: 365,
        receipt_issuer: "https://aipaygen.example".to_owned(),
        receipt_signing_key: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".into(),
        receipt_previous_public_keys: vec![],
        key_pepper: "0123456789abcdef0123456789abcdef".into(),
    }
}

fn database(url: String) -> aipaygen_journal::Settings {
    aipaygen_journal::Settings {
        url: url.into(),
        read_connections_max: 4,
        append_queue_max: 1_024,
        batch_appends_max: 256,
        poll_interval_ms: 50,
        unavailable_after_ms: 2_000,
    }
}
