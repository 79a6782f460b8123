//! Deriving refund credits from the log once more, to find and mend what the read model has wrong.

use std::collections::BTreeMap;

use aipaygen_events::account::{AccountEvent, RequestRefunded};
use aipaygen_events::request::RequestEvent;
use aipaygen_events::{CreditId, Event, RequestId};
use aipaygen_journal::Reader as Log;
use aipaygen_journal::db::{Db, Tx, Value};
use serde::Serialize;

use super::RefundCreditRow;
use super::list::credit;
use crate::replay::{ReplayError, entries_after};
use crate::write::{ApplyError, Sql, write};
use crate::{Entry, checkpoint};

/// Which credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// The one of this request.
    Request(RequestId),
}

/// A credit of which the read model does not say what the log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundDifference {
    /// Which credit.
    pub credit: CreditId,
    /// What the log says; `None` if it knows no such credit.
    pub log: Option<RefundCreditRow>,
    /// What the read model says; `None` if it has no such row.
    pub read_model: Option<RefundCreditRow>,
}

/// What a replay has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundReplay {
    /// The position in the log up to which both were compared.
    pub position: u64,
    /// Credits that the log says.
    pub credits: u64,
    /// Those that the read model has wrong, by credit.
    pub differences: Vec<RefundDifference>,
    /// Whether the read model was mended.
    pub written: bool,
}

/// Derives the credits from the log, compares, and mends the read model unless it is a dry run.
///
/// Only this table is mended: balances never follow from it. What is wrong elsewhere is a matter for a rebuild.
pub async fn replay_refunds(
    log: &Log,
    db: &Db,
    selection: Selection,
    dry_run: bool,
) -> Result<RefundReplay, ReplayError> {
    let mut derived = Derived { selection, position: 0, credits: BTreeMap::new() };
    // The bulk of the log is read before anybody has to wait for us.
    derived.read_on(log, checkpoint::read(db).await?).await?;
    let mut tx = if dry_run { db.snapshot().await? } else { db.begin().await? };
    let position = if dry_run { checkpoint::read_in(&mut tx).await? } else { checkpoint::lock(&mut tx).await? };
    derived.read_on(log, position).await?;
    let differences = derived.differences(stored(&mut tx, selection).await?);
    let written = !dry_run && !differences.is_empty();
    if written {
        mend(&mut tx, &differences).await.map_err(|source| ReplayError::Apply { position, source })?;
        tx.commit().await?;
    }
    let credits = u64::try_from(derived.credits.len()).expect("a count fits");
    Ok(RefundReplay { position, credits, differences, written })
}

/// The credits as the log says, up to a position.
struct Derived {
    selection: Selection,
    position: u64,
    credits: BTreeMap<CreditId, RefundCreditRow>,
}

impl Derived {
    async fn read_on(&mut self, log: &Log, to: u64) -> Result<(), ReplayError> {
        while self.position < to {
            for entry in entries_after(log, self.position, to).await? {
                self.position = entry.position;
                self.learn(&entry);
            }
        }
        Ok(())
    }

    fn learn(&mut self, entry: &Entry) {
        if let Some(RequestEvent::Refunded(e)) = entry.event.request()
            && self.selection.includes(e.request)
        {
            self.credits.insert(e.credit, issued(e, entry));
        }
        if let Event::Account(AccountEvent::CreditApplied(e)) = &entry.event
            && let Some(row) = self.credits.get_mut(&e.credit)
        {
            (row.applied_at, row.applied_position) = (Some(entry.at), Some(entry.position));
        }
    }

    fn differences(&self, mut stored: BTreeMap<CreditId, RefundCreditRow>) -> Vec<RefundDifference> {
        let mut differences = vec![];
        for (credit, log) in &self.credits {
            let read_model = stored.remove(credit);
            if read_model.as_ref() != Some(log) {
                differences.push(RefundDifference { credit: *credit, log: Some(log.clone()), read_model });
            }
        }
        let unknown = |(credit, row)| RefundDifference { credit, log: None, read_model: Some(row) };
        differences.extend(stored.into_iter().map(unknown));
        differences
    }
}

fn issued(e: &RequestRefunded, entry: &Entry) -> RefundCreditRow {
    RefundCreditRow {
        credit: e.credit,
        request: e.request,
        account: e.account,
        key: e.key,
        endpoint: e.endpoint.clone(),
        http_status: e.status,
        amount: e.amount,
        tender: e.tender,
        reason: e.reason,
        issued_at: entry.at,
        issued_position: entry.position,
        applied_at: None,
        applied_position: None,
    }
}

impl Selection {
    fn includes(self, request: RequestId) -> bool {
        match self {
            Self::All => true,
            Self::Request(only) => only == request,
        }
    }
}

async fn stored(tx: &mut Tx, selection: Selection) -> Result<BTreeMap<CreditId, RefundCreditRow>, ReplayError> {
    let rows = match selection {
        Selection::All => tx.fetch_all(ALL, &[]).await?,
        Selection::Request(request) => tx.fetch_all(OF_REQUEST, &[Value::text(request)]).await?,
    };
    let by_credit = |row| credit(row).map(|row| (row.credit, row));
    Ok(rows.iter().map(by_credit).collect::<Result<_, _>>()?)
}

/// What differs goes, and what the log says comes in its place.
async fn mend(tx: &mut Tx, differences: &[RefundDifference]) -> Result<(), ApplyError> {
    let wrong: Vec<_> = differences.iter().filter_map(|difference| difference.read_model.as_ref()).collect();
    let right: Vec<_> = differences.iter().filter_map(|difference| difference.log.as_ref()).collect();
    write(tx, &DELETE, &wrong).await?;
    write(tx, &INSERT, &right).await
}

const ALL: &str = "SELECT credit, request, account, key, endpoint, http_status, amount, tender, reason, issued_at,
        issued_position, applied_at, applied_position
    FROM refund_credits";

const OF_REQUEST: &str = "SELECT credit, request, account, key, endpoint, http_status, amount, tender, reason,
        issued_at, issued_position, applied_at, applied_position
    FROM refund_credits WHERE request = $1";

const DELETE: Sql = Sql {
    table: "refund_credits",
    postgres: "DELETE FROM refund_credits USING json_to_recordset($1::json) AS d (credit text)
        WHERE refund_credits.credit = d.credit",
    sqlite: "DELETE FROM refund_credits WHERE credit IN (SELECT value->>'credit' FROM json_each($1))",
};

const INSERT: Sql = Sql {
    table: "refund_credits",
    postgres: "INSERT INTO refund_credits (credit, request, account, key, endpoint, http_status, amount, tender,
            reason, issued_at, issued_position, applied_at, applied_position)
        SELECT credit, request, account, key, endpoint, http_status, amount, tender, reason, issued_at,
            issued_position, applied_at, applied_position
        FROM json_to_recordset($1::json) AS d (credit text, request text, account text, key text, endpoint text,
            http_status bigint, amount bigint, tender text, reason text, issued_at bigint, issued_position bigint,
            applied_at bigint, applied_position bigint)",
    sqlite: "INSERT INTO refund_credits (credit, request, account, key, endpoint, http_status, amount, tender,
            reason, issued_at, issued_position, applied_at, applied_position)
        SELECT value->>'credit', value->>'request', value->>'account', value->>'key', value->>'endpoint',
            value->>'http_status', value->>'amount', value->>'tender', value->>'reason', value->>'issued_at',
            value->>'issued_position', value->>'applied_at', value->>'applied_position'
        FROM json_each($1)",
};
