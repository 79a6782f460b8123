//! How one request, or the credit that it led to, came to be: its events in the log, and their ledger lines.

use aipaygen_events::request::{RequestEvent, charge_of, end_of};
use aipaygen_events::{CreditId, Event, EventId, PaymentId, RequestId, StreamId, Timestamp};
use aipaygen_journal::db::{Db, Row, Value};
use aipaygen_journal::{Reader as Log, Recorded};
use serde::Serialize;
use serde_json::value::RawValue;

use super::RefundCreditRow;
use super::list::{VoucherRow, credit, voucher};
use crate::reader::parse::text;
use crate::replay::{ReplayError, decode, entries_after};
use crate::{ReadError, Reader, RequestRow, checkpoint, write};

/// What to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A request.
    Request(RequestId),
    /// A refund credit, by way of its request.
    Credit(CreditId),
}

/// One event of the log.
#[derive(Clone, Debug, Serialize)]
pub struct EventLine {
    /// Its place in the log.
    pub position: u64,
    /// When it was committed.
    pub at: Timestamp,
    /// Its stream.
    pub stream: StreamId,
    /// Stable text, such as `request.charged`.
    pub kind: String,
    /// The event itself, as it was hashed: metadata only.
    pub data: Box<RawValue>,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerLine {
    /// The event that it books.
    pub position: u64,
    /// Its place among the lines of the event.
    pub line: u64,
    /// The account of the chart.
    pub account: String,
    /// The customer in the sub-ledger; empty elsewhere.
    pub owner: String,
    /// Micro-USD on the left side.
    pub debit: u64,
    /// Micro-USD on the right side.
    pub credit: u64,
}

/// All that is known of a request.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Its row in the read model.
    pub request: Option<RequestRow>,
    /// Its refund credit in the read model.
    pub credit: Option<RefundCreditRow>,
    /// What is left of the credit, if it is a voucher.
    pub voucher: Option<VoucherRow>,
    /// Its events, from the log.
    pub events: Vec<EventLine>,
    /// What those events have booked.
    pub ledger: Vec<LedgerLine>,
}

/// Shows a request or a credit; `None` if the log knows nothing of it.
pub async fn show(log: &Log, db: &Db, subject: Subject) -> Result<Option<Shown>, ReplayError> {
    let Some(id) = request_of(log, db, subject).await? else { return Ok(None) };
    let events = events_of(log, id).await?;
    if events.is_empty() {
        return Ok(None);
    }
    let request = Reader::new(db.clone()).request(id).await?;
    let credit_row = db.fetch_optional(CREDIT_OF, &[Value::text(id)]).await?;
    let mut ledger = vec![];
    for event in &events {
        let rows = db.fetch_all(LINES, &[write::position(event.position)]).await?;
        ledger.extend(rows.iter().map(line).collect::<Result<Vec<_>, _>>()?);
    }
    let voucher = voucher(db, CreditId::of_request(id)).await?;
    Ok(Some(Shown { request, credit: credit_row.as_ref().map(credit).transpose()?, voucher, events, ledger }))
}

/// The log finds a request by itself; a credit is looked up, and looked for in the whole log if the read model
/// lacks it: that may be why somebody asks.
async fn request_of(log: &Log, db: &Db, subject: Subject) -> Result<Option<RequestId>, ReplayError> {
    match subject {
        Subject::Request(request) => Ok(Some(request)),
        Subject::Credit(credit) => match db.fetch_optional(REQUEST_OF, &[Value::text(credit)]).await? {
            Some(row) => Ok(Some(text(&row, "request")?)),
            None => search(log, db, credit).await,
        },
    }
}

async fn search(log: &Log, db: &Db, credit: CreditId) -> Result<Option<RequestId>, ReplayError> {
    let (mut position, head) = (0, checkpoint::read(db).await?);
    while position < head {
        let page = entries_after(log, position, head).await?;
        position = page.last().map_or(head, |entry| entry.position);
        if let Some(request) = page.iter().find_map(|entry| refunded_by(&entry.event, credit)) {
            return Ok(Some(request));
        }
    }
    Ok(None)
}

fn refunded_by(event: &Event, credit: CreditId) -> Option<RequestId> {
    match event.request()? {
        RequestEvent::Refunded(e) => (e.credit == credit).then_some(e.request),
        RequestEvent::Charged(_) | RequestEvent::Completed(_) => None,
    }
}

/// The events of a request have names, so that the log is asked for them and nothing is scanned.
async fn events_of(log: &Log, request: RequestId) -> Result<Vec<EventLine>, ReplayError> {
    let credit = CreditId::of_request(request);
    let named = |name: &str| EventId::named(&format!("{name}:{credit}"));
    let mut events = vec![];
    if let Some(payment) = payment_of(log, request).await? {
        events.extend(payment_events(log, payment).await?);
    }
    let ids = ["credit.applied", "credit.issued", "credit.expired"].map(named);
    for id in [charge_of(request), end_of(request)].into_iter().chain(ids) {
        events.extend(log.find(id).await?.map(event_line).transpose()?);
    }
    events.sort_by_key(|event| event.position);
    Ok(events)
}

/// The x402 payment that pays a request, if one does.
async fn payment_of(log: &Log, request: RequestId) -> Result<Option<PaymentId>, ReplayError> {
    let Some(charged) = log.find(charge_of(request)).await? else { return Ok(None) };
    let entry = decode(std::slice::from_ref(&charged))?;
    Ok(entry.iter().find_map(|entry| match entry.event.request()? {
        RequestEvent::Charged(e) => e.payment,
        RequestEvent::Completed(_) | RequestEvent::Refunded(_) => None,
    }))
}

/// What happened to a payment before and beside the request that it pays.
pub(crate) async fn payment_events(log: &Log, payment: PaymentId) -> Result<Vec<EventLine>, ReplayError> {
    let recorded = log.read(&StreamId::payment(payment), 0).await?.into_iter();
    let own = recorded.filter(|event| event.kind.starts_with("payment."));
    Ok(own.map(event_line).collect::<Result<_, _>>()?)
}

fn event_line(event: Recorded) -> Result<EventLine, ReadError> {
    let Recorded { position, at, stream, kind, data, .. } = event;
    let corrupt = || ReadError::Corrupt { column: "data" };
    let data = String::from_utf8(data).ok().and_then(|text| RawValue::from_string(text).ok()).ok_or_else(corrupt)?;
    Ok(EventLine { position, at, stream, kind, data })
}

fn line(row: &Row) -> Result<LedgerLine, ReadError> {
    Ok(LedgerLine {
        position: row.u64("position")?,
        line: row.u64("line")?,
        account: row.text("account")?,
        owner: row.text("owner")?,
        debit: row.u64("debit")?,
        credit: row.u64("credit")?,
    })
}

const REQUEST_OF: &str = "SELECT request FROM refund_credits WHERE credit = $1";

const CREDIT_OF: &str = "SELECT credit, request, account, key, endpoint, http_status, amount, tender, reason,
        issued_at, issued_position, applied_at, applied_position
    FROM refund_credits WHERE request = $1";

const LINES: &str = "SELECT position, line, account, owner, debit, credit FROM postings WHERE position = $1
    ORDER BY line";
