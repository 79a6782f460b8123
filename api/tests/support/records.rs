//! The read model of a test: a real log on SQLite, retold.

use std::time::{SystemTime, UNIX_EPOCH};

use aipaygen_events::account::{AccountEvent, AccountOpened, DepositSource, FundsDeposited, KeyIssued};
use aipaygen_events::api_key::{ApiKey, Pepper};
use aipaygen_events::{AccountId, DepositId, Event, MicroUsd, StreamId, Timestamp};
use aipaygen_journal::db::Db;
use aipaygen_journal::{Expected, Journal, Settings, StreamAppend, migrate};
use aipaygen_projections::{LogHead, Reader, catch_up};
use tempfile::TempDir;
use uuid::Uuid;

/// Under which keys are hashed here.
pub(crate) fn pepper() -> Pepper {
    Pepper::parse("0123456789abcdef0123456789abcdef".into()).unwrap()
}

/// Log and read model.
pub(crate) struct Records {
    journal: Journal,
    db: Db,
    _files: TempDir,
}

impl Records {
    pub(crate) async fn open() -> Self {
        let files = tempfile::tempdir().unwrap();
        let settings = Settings {
            url: format!("sqlite://{}", files.path().display()).into(),
            read_connections_max: 2,
            append_queue_max: 64,
            batch_appends_max: 64,
            poll_interval_ms: 50,
            unavailable_after_ms: 2_000,
        };
        migrate(&settings).await.unwrap();
        let journal = Journal::open(&settings, now).await.unwrap();
        Self { journal, db: Db::open(&settings).await.unwrap(), _files: files }
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(self.db.clone())
    }

    pub(crate) fn head(&self) -> LogHead {
        LogHead::new(self.journal.reader().clone())
    }

    /// A new account with five dollars and this key.
    pub(crate) async fn account(&self, key: &ApiKey, expires_at: Option<Timestamp>) -> AccountId {
        let account = AccountId::from_uuid(Uuid::now_v7());
        self.append(account, opening(account, key, expires_at)).await;
        account
    }

    /// More of what happened to an account.
    pub(crate) async fn append(&self, account: AccountId, events: Vec<AccountEvent>) {
        let stream = StreamId::account(account);
        let last = self.journal.read(&stream, 0).await.unwrap().pop();
        let expected = match last {
            Some(last) => Expected::Last { version: last.version, id: last.id },
            None => Expected::Empty,
        };
        let events = events.into_iter().map(|event| Event::Account(event).encode()).collect();
        let appended = self.journal.append(vec![StreamAppend { stream, expected, events }]).await.unwrap();
        catch_up(self.journal.reader(), &self.db, appended.position).await.unwrap();
    }
}

fn opening(account: AccountId, key: &ApiKey, expires_at: Option<Timestamp>) -> Vec<AccountEvent> {
    let (deposit, hash) = (DepositId::of_reference("grant", &account.to_string()), key.hash(&pepper()));
    vec![
        AccountEvent::Opened(AccountOpened { account, label: "test".to_owned() }),
        AccountEvent::KeyIssued(KeyIssued { account, key: key.id(), hash, label: "first".to_owned(), expires_at }),
        AccountEvent::Deposited(FundsDeposited {
            account,
            deposit,
            source: DepositSource::Grant,
            reference: account.to_string(),
            amount: MicroUsd::dollars(5),
        }),
    ]
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
}
