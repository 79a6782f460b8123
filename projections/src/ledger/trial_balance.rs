//! The books as of a moment: what each account of the ledger stands at.

use aipaygen_events::{MicroUsd, Timestamp};
use aipaygen_journal::db::{Db, Row, Tx, Value};
use serde::Serialize;

use super::LedgerAccount;
use crate::reader::parse::money;
use crate::write::position as value;
use crate::{ReadError, checkpoint};

/// Which moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// All that the read models know.
    Latest,
    /// Up to and with this position of the log.
    Position(u64),
    /// Up to and with the last event that was committed at or before this moment.
    Time(Timestamp),
}

/// A debit and a credit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DebitCredit {
    /// The left side.
    pub debit: MicroUsd,
    /// The right side.
    pub credit: MicroUsd,
}

/// One account of the chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrialLine {
    /// Its name in the books; customers are summed up.
    pub account: String,
    /// All that was ever posted to it.
    pub turnover: DebitCredit,
    /// What it stands at: one side is zero.
    pub balance: DebitCredit,
}

/// Every account that was ever posted to, and the totals, which are equal on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrialBalance {
    /// The position in the log up to which events count.
    pub position: u64,
    /// One line an account, by name.
    pub lines: Vec<TrialLine>,
    /// The sums of the balances.
    pub total: DebitCredit,
}

impl TrialBalance {
    /// Whether debits equal credits.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.total.debit == self.total.credit
    }

    /// What an account stands at; nothing, if it was never posted to.
    #[must_use]
    pub fn balance(&self, account: &str) -> DebitCredit {
        self.lines.iter().find(|line| line.account == account).map(|line| line.balance).unwrap_or_default()
    }
}

/// The trial balance as of a moment.
pub async fn trial_balance(db: &Db, as_of: AsOf) -> Result<TrialBalance, ReadError> {
    let mut tx = db.snapshot().await?;
    let (position, rows) = match cut(&mut tx, as_of).await? {
        Cut::Latest(position) => (position, tx.fetch_all(LATEST, &[]).await?),
        Cut::Past(position) => (position, tx.fetch_all(PAST, &[value(position)]).await?),
    };
    let lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let total = lines.iter().map(|line| line.balance).try_fold(DebitCredit::default(), DebitCredit::plus)?;
    Ok(TrialBalance { position, lines, total })
}

/// What one account stands at, such as one customer's.
pub async fn account_balance(db: &Db, account: &LedgerAccount, as_of: AsOf) -> Result<DebitCredit, ReadError> {
    let mut tx = db.snapshot().await?;
    let (name, owner) = (account.name(), account.owner());
    let row = match cut(&mut tx, as_of).await? {
        Cut::Latest(_) => tx.fetch_optional(ACCOUNT_LATEST, &[Value::from(name), Value::from(owner)]).await?,
        Cut::Past(position) if owner.is_empty() => {
            tx.fetch_optional(ACCOUNT_PAST, &[Value::from(name), value(position)]).await?
        }
        Cut::Past(position) => {
            tx.fetch_optional(CUSTOMER_PAST, &[Value::from(name), Value::from(owner), value(position)]).await?
        }
    };
    row.as_ref().map_or_else(|| Ok(DebitCredit::default()), |row| Ok(sides(row)?.net()))
}

/// Sums that are kept, or sums to be made.
enum Cut {
    Latest(u64),
    Past(u64),
}

/// A moment as a position: clocks of several writers may differ, positions are in order.
async fn cut(tx: &mut Tx, as_of: AsOf) -> Result<Cut, ReadError> {
    let known = checkpoint::read_in(tx).await?;
    Ok(match as_of {
        AsOf::Latest => Cut::Latest(known),
        AsOf::Position(position) if position >= known => Cut::Latest(known),
        AsOf::Position(position) => Cut::Past(position),
        AsOf::Time(at) => Cut::Past(last_until(tx, at, known).await?),
    })
}

/// The last position with a posting at or before a moment. Positions are in the order of time, so that it is found by
/// bisection, and nobody has to keep an index on time with each posting.
async fn last_until(tx: &mut Tx, at: Timestamp, known: u64) -> Result<u64, ReadError> {
    let (mut before, mut after) = (0, known + 1);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        match tx.fetch_optional(NEXT_POSTING, &[value(middle), value(after)]).await? {
            Some(row) if row.i64("at")? <= at.micros() => before = row.u64("position")?,
            Some(_) | None => after = middle,
        }
    }
    Ok(before)
}

fn line(row: &Row) -> Result<TrialLine, ReadError> {
    let turnover = sides(row)?;
    Ok(TrialLine { account: row.text("account")?, turnover, balance: turnover.net() })
}

fn sides(row: &Row) -> Result<DebitCredit, ReadError> {
    Ok(DebitCredit { debit: money(row, "debit")?, credit: money(row, "credit")? })
}

impl DebitCredit {
    /// The difference, on the side that is greater.
    #[must_use]
    pub fn net(self) -> Self {
        let side = |more: MicroUsd, less| more.checked_sub(less).unwrap_or(MicroUsd::ZERO);
        Self { debit: side(self.debit, self.credit), credit: side(self.credit, self.debit) }
    }

    fn plus(self, other: Self) -> Result<Self, ReadError> {
        let sum = |a: MicroUsd, b, column| a.checked_add(b).ok_or(ReadError::Corrupt { column });
        let (debit, credit) = (sum(self.debit, other.debit, "debit")?, sum(self.credit, other.credit, "credit")?);
        Ok(Self { debit, credit })
    }
}

const LATEST: &str = "SELECT account, CAST(SUM(debit) AS bigint) AS debit, CAST(SUM(credit) AS bigint) AS credit
    FROM ledger_accounts GROUP BY account ORDER BY account";

const PAST: &str = "SELECT account, CAST(SUM(debit) AS bigint) AS debit, CAST(SUM(credit) AS bigint) AS credit
    FROM postings WHERE position <= $1 GROUP BY account ORDER BY account";

const ACCOUNT_LATEST: &str = "SELECT debit, credit FROM ledger_accounts WHERE account = $1 AND owner = $2";

const ACCOUNT_PAST: &str = "SELECT CAST(COALESCE(SUM(debit), 0) AS bigint) AS debit,
        CAST(COALESCE(SUM(credit), 0) AS bigint) AS credit
    FROM postings WHERE account = $1 AND owner = '' AND position <= $2";

/// That the owner is not empty lets it go by the index of customers.
const CUSTOMER_PAST: &str = "SELECT CAST(COALESCE(SUM(debit), 0) AS bigint) AS debit,
        CAST(COALESCE(SUM(credit), 0) AS bigint) AS credit
    FROM postings WHERE account = $1 AND owner = $2 AND owner <> '' AND position <= $3";

const NEXT_POSTING: &str = "SELECT position, at FROM postings WHERE position >= $1 AND position < $2
    ORDER BY position, line LIMIT 1";
