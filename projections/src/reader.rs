//! The read models as others ask them: read-only, cheap, and able to wait until they know a position of the log.

mod freshness;
pub(crate) mod parse;
mod rows;
mod sql;

use std::time::Duration;

use aipaygen_events::{AccountId, CreditId, KeyId, PaymentId, Purse, RequestId, Timestamp};
use aipaygen_journal::db::{Db, DbError, Value};

pub use freshness::LogHead;
pub use rows::{BalanceRow, KeyRow, RequestRow, RequestStatus, UsageRow};

use crate::checkpoint;
use crate::payments;
use crate::usage::day_of;
use freshness::reached;
use sql::{BALANCE, KEY, KEYS_OF, OPEN_PAST, REQUEST, REQUESTS_OF, USAGE};

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database failed.
    #[error("the read models cannot be read")]
    Database(#[from] DbError),
    /// The log failed, when it was asked for its end.
    #[error("the end of the log cannot be read")]
    Log(#[from] aipaygen_journal::ReadError),
    /// A row holds what no projection writes.
    #[error("the column {column} of the read models holds what no projection writes")]
    Corrupt {
        /// Which column.
        column: &'static str,
    },
}

/// Asks the read models. Cheap to clone; a role that reads only is enough for all of it.
#[derive(Clone)]
pub struct Reader {
    db: Db,
}

impl Reader {
    /// A reader of this database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// The key of this id, revoked or not.
    pub async fn key(&self, key: &KeyId) -> Result<Option<KeyRow>, ReadError> {
        let row = self.db.fetch_optional(KEY, &[Value::text(key)]).await?;
        row.as_ref().map(parse::key).transpose()
    }

    /// The keys of an account, newest first.
    pub async fn keys_of(&self, account: AccountId) -> Result<Vec<KeyRow>, ReadError> {
        let rows = self.db.fetch_all(KEYS_OF, &[Value::text(account)]).await?;
        rows.iter().map(parse::key).collect()
    }

    /// The funds of an account.
    pub async fn balance(&self, account: AccountId) -> Result<Option<BalanceRow>, ReadError> {
        let row = self.db.fetch_optional(BALANCE, &[Value::text(account)]).await?;
        row.as_ref().map(parse::balance).transpose()
    }

    /// One charged request. Whether the asker may see it is for the caller to check: the row names its account.
    pub async fn request(&self, request: RequestId) -> Result<Option<RequestRow>, ReadError> {
        let row = self.db.fetch_optional(REQUEST, &[Value::text(request)]).await?;
        row.as_ref().map(parse::request).transpose()
    }

    /// The requests of an account, newest first; the next page comes before the last request of this one.
    pub async fn requests_of(
        &self,
        account: AccountId,
        before: Option<RequestId>,
        limit: u32,
    ) -> Result<Vec<RequestRow>, ReadError> {
        // `req_` and 32 digits: every id is below `req_g`.
        let before = before.map_or_else(|| "req_g".to_owned(), |request| request.to_string());
        let values = [Value::text(account), Value::text(before), Value::int(limit)];
        let rows = self.db.fetch_all(REQUESTS_OF, &values).await?;
        rows.iter().map(parse::request).collect()
    }

    /// What an account has used, by day and endpoint, from the day of `from` to the day of `to`, both included.
    pub async fn usage(
        &self,
        account: AccountId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<UsageRow>, ReadError> {
        let values = [Value::text(account), Value::int(day_of(from)), Value::int(day_of(to))];
        let rows = self.db.fetch_all(USAGE, &values).await?;
        rows.iter().map(parse::usage).collect()
    }

    /// Open charges whose deadline has passed, the longest overdue first: what the reaper gives back.
    pub async fn open_past(&self, now: Timestamp, limit: u32) -> Result<Vec<(RequestId, Purse)>, ReadError> {
        let rows = self.db.fetch_all(OPEN_PAST, &[Value::int(now.micros()), Value::int(limit)]).await?;
        rows.iter().map(parse::overdue).collect()
    }

    /// x402 payments whose fate is to be looked for, the oldest first: claimed or unknown since before the one moment,
    /// or failed by somebody's word and run out before the other, a Unix second.
    pub async fn undecided_payments(
        &self,
        claimed_before: Timestamp,
        run_out_before: i64,
        limit: u32,
    ) -> Result<Vec<PaymentId>, ReadError> {
        payments::undecided(&self.db, claimed_before, run_out_before, limit).await
    }

    /// x402 payments that settled after a block, the oldest first: what is looked at after a reorganisation, and at the
    /// start. It reads the whole table.
    pub async fn payments_settled_after(&self, block: u64, limit: u32) -> Result<Vec<PaymentId>, ReadError> {
        payments::settled_after(&self.db, block, limit).await
    }

    /// Vouchers past their time with something left on them, the longest first.
    pub async fn expired_vouchers(&self, now: Timestamp, limit: u32) -> Result<Vec<CreditId>, ReadError> {
        payments::expired_vouchers(&self.db, now, limit).await
    }

    /// The position in the log that the read models have reached.
    pub async fn position(&self) -> Result<u64, ReadError> {
        Ok(checkpoint::read(&self.db).await?)
    }

    /// Waits until the read models know the event at this position of the log; `false` if they do not `within`.
    pub async fn caught_up(&self, at_least: u64, within: Duration) -> Result<bool, ReadError> {
        match tokio::time::timeout(within, reached(&self.db, at_least)).await {
            Ok(reached) => reached.map(|()| true),
            Err(_elapsed) => Ok(false),
        }
    }
}
