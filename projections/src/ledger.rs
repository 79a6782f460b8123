//! The double-entry ledger: each event that moves money becomes lines that balance.

mod books;
mod chart;
mod posting;
mod trial_balance;

use std::collections::BTreeMap;

use aipaygen_events::Timestamp;
use aipaygen_journal::db::Tx;
use serde::Serialize;

pub use books::{Books, Imbalance, books_balance};
pub use chart::LedgerAccount;
pub use posting::{Posting, Side, postings};
pub use trial_balance::{AsOf, DebitCredit, TrialBalance, TrialLine, account_balance, trial_balance};

use crate::Entry;
use crate::write::{ApplyError, Sql, write};

#[derive(Serialize)]
struct Line {
    position: u64,
    line: usize,
    at: Timestamp,
    account: String,
    owner: String,
    debit: u64,
    credit: u64,
}

#[derive(Serialize)]
struct Turnover {
    account: String,
    owner: String,
    debit: u64,
    credit: u64,
}

pub(crate) async fn apply(tx: &mut Tx, entries: &[Entry]) -> Result<(), ApplyError> {
    let mut lines = vec![];
    for entry in entries {
        lines.extend(balanced(entry)?);
    }
    write(tx, &POST, &lines).await?;
    write(tx, &TURN_OVER, &turnovers(&lines)).await
}

/// The lines of one event, if its debits equal its credits.
fn balanced(entry: &Entry) -> Result<Vec<Line>, ApplyError> {
    let lines: Vec<_> = (1..).zip(postings(&entry.event)).map(|(n, posting)| line(entry, n, &posting)).collect();
    let (debit, credit) = lines.iter().fold((0, 0), |(d, c), line| (d + line.debit, c + line.credit));
    if debit == credit { Ok(lines) } else { Err(ApplyError::Unbalanced { position: entry.position }) }
}

fn line(entry: &Entry, line: usize, posting: &Posting) -> Line {
    let (debit, credit) = match posting.side {
        Side::Debit => (posting.amount.micro_usd(), 0),
        Side::Credit => (0, posting.amount.micro_usd()),
    };
    let (account, owner) = (posting.account.name(), posting.account.owner());
    Line { position: entry.position, line, at: entry.at, account, owner, debit, credit }
}

/// The sums by account over a whole batch: one row written an account, however many lines.
fn turnovers(lines: &[Line]) -> Vec<Turnover> {
    let mut sums = BTreeMap::<_, (u64, u64)>::new();
    for line in lines {
        let (debit, credit) = sums.entry((&line.account, &line.owner)).or_default();
        *debit += line.debit;
        *credit += line.credit;
    }
    let turnover = |((account, owner), (debit, credit)): ((&String, &String), (u64, u64))| Turnover {
        account: account.clone(),
        owner: owner.clone(),
        debit,
        credit,
    };
    sums.into_iter().map(turnover).collect()
}

const POST: Sql = Sql {
    table: "postings",
    postgres: "INSERT INTO postings (position, line, at, account, owner, debit, credit)
        SELECT position, line, at, account, owner, debit, credit FROM json_to_recordset($1::json) AS d
        (position bigint, line bigint, at bigint, account text, owner text, debit bigint, credit bigint)",
    sqlite: "INSERT INTO postings (position, line, at, account, owner, debit, credit)
        SELECT value->>'position', value->>'line', value->>'at', value->>'account', value->>'owner',
            value->>'debit', value->>'credit' FROM json_each($1)",
};

const TURN_OVER: Sql = Sql {
    table: "ledger_accounts",
    postgres: "INSERT INTO ledger_accounts (account, owner, debit, credit)
        SELECT account, owner, debit, credit
        FROM json_to_recordset($1::json) AS d (account text, owner text, debit bigint, credit bigint)
        ON CONFLICT (account, owner) DO UPDATE
        SET debit = ledger_accounts.debit + excluded.debit, credit = ledger_accounts.credit + excluded.credit",
    sqlite: "INSERT INTO ledger_accounts (account, owner, debit, credit)
        SELECT value->>'account', value->>'owner', value->>'debit', value->>'credit' FROM json_each($1) WHERE true
        ON CONFLICT (account, owner) DO UPDATE
        SET debit = ledger_accounts.debit + excluded.debit, credit = ledger_accounts.credit + excluded.credit",
};
