//! The rules of a voucher: what a command leads to, or why it is refused.

use super::{
    Charge, Credit, CreditCoded, CreditCommand, CreditEvent, CreditExpired, CreditIssued, CreditSpent, Issue,
    OpenCharge,
};
use crate::account::{Complete, Refund};
use crate::api_key::KeyHash;
use crate::idempotency::REPLAY_WINDOW_MS;
use crate::request::{Pricing, RequestCharged, RequestCompleted, RequestRefunded, Tender};
use crate::{CreditId, MicroUsd, RequestId, Timestamp};

/// Why a command is refused. A value, not an error of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No such voucher, or not its code.
    #[error("there is no such voucher")]
    Unknown,
    /// What was left is ours.
    #[error("the voucher has expired")]
    Expired,
    /// The price is above what is left.
    #[error("the price is {price} USD and {remainder} USD is left on the voucher")]
    Insufficient {
        /// What it costs.
        price: MicroUsd,
        /// What is left.
        remainder: MicroUsd,
    },
    /// Its code was shown and used, or the time to make it anew has passed.
    #[error("the code of the voucher was shown")]
    Shown,
    /// The voucher exists, and is another.
    #[error("the voucher exists already")]
    Exists,
    /// The request is charged already, for something else.
    #[error("the request is charged already")]
    AlreadyCharged,
    /// The request has no charge by this voucher, or its charge has ended.
    #[error("the request has no open charge by this voucher")]
    NoOpenCharge,
    /// A voucher pays flat prices.
    #[error("a voucher pays all that was charged")]
    NotSplit,
    /// Its time has not come.
    #[error("the voucher has not expired yet")]
    NotYet,
}

/// What a command leads to. A repeat of what stands already is no event; a contradiction is a [`Rejection`].
pub fn decide(credit: &Credit, command: CreditCommand) -> Result<Vec<CreditEvent>, Rejection> {
    let issued = credit.issued.as_ref().ok_or(Rejection::Unknown);
    match command {
        CreditCommand::Issue(command) => issue(credit, command),
        CreditCommand::Code { hash, now } => code(credit, issued?, hash, now),
        CreditCommand::Charge(command) => charge(credit, issued?, command),
        CreditCommand::Complete(command) => complete(credit, issued?, &command),
        CreditCommand::Refund(command) => refund(credit, issued?, &command),
        CreditCommand::Expire { now } => expire(credit, issued?, now),
    }
}

fn issue(credit: &Credit, command: Issue) -> Result<Vec<CreditEvent>, Rejection> {
    let Issue { credit: id, account, request, amount, hash, now, expires_at } = command;
    match &credit.issued {
        None => {
            let issued = CreditIssued { credit: id, account, request, amount, hash, issued_at: now, expires_at };
            Ok(vec![CreditEvent::Issued(issued)])
        }
        Some(issued) if issued.credit == id && issued.amount == amount => Ok(vec![]),
        Some(_) => Err(Rejection::Exists),
    }
}

/// A code that was never shown is made whenever its owner asks. One that was lost with its answer is made anew once,
/// within the time in which lost work is done anew, and only as long as nobody has spent anything with it.
fn code(
    credit: &Credit,
    issued: &CreditIssued,
    hash: KeyHash,
    now: Timestamp,
) -> Result<Vec<CreditEvent>, Rejection> {
    let is_lost_for_good = |shown_at| credit.renewed || now.ms_since(shown_at) > REPLAY_WINDOW_MS;
    if is_over(credit, issued, now) {
        return Err(Rejection::Expired);
    }
    if credit.touched || credit.shown_at.is_some_and(is_lost_for_good) {
        return Err(Rejection::Shown);
    }
    let (credit, account) = (issued.credit, issued.account);
    Ok(vec![CreditEvent::Coded(CreditCoded { credit, account, hash, coded_at: now })])
}

fn charge(credit: &Credit, issued: &CreditIssued, command: Charge) -> Result<Vec<CreditEvent>, Rejection> {
    if credit.hash != Some(command.hash) {
        return Err(Rejection::Unknown);
    }
    if let Some(open) = credit.open.get(&command.request) {
        let same = open.endpoint == command.endpoint && open.amount == command.amount;
        return if same { Ok(vec![]) } else { Err(Rejection::AlreadyCharged) };
    }
    let (price, left) = (command.amount, credit.remainder);
    if is_over(credit, issued, command.now) {
        return Err(Rejection::Expired);
    }
    let remainder = left.checked_sub(price).ok_or(Rejection::Insufficient { price, remainder: left })?;
    Ok(spent(issued, command, remainder))
}

fn is_over(credit: &Credit, issued: &CreditIssued, now: Timestamp) -> bool {
    credit.expired || issued.expires_at <= now
}

fn spent(issued: &CreditIssued, command: Charge, remainder: MicroUsd) -> Vec<CreditEvent> {
    let Charge { hash: _, request, endpoint, amount, deadline, now: _ } = command;
    let (credit, account) = (issued.credit, issued.account);
    let spent = CreditSpent { credit, account, request, amount, remainder };
    let charged = RequestCharged {
        account,
        key: None,
        request,
        endpoint,
        amount,
        pricing: Pricing::Flat,
        tender: Tender::Voucher,
        deadline,
        payment: None,
        voucher: Some(credit),
    };
    vec![CreditEvent::Spent(spent), CreditEvent::Charged(charged)]
}

fn complete(credit: &Credit, issued: &CreditIssued, command: &Complete) -> Result<Vec<CreditEvent>, Rejection> {
    let open = open_charge(credit, command.request)?;
    if command.price.is_some_and(|price| price != open.amount) {
        return Err(Rejection::NotSplit);
    }
    Ok(vec![CreditEvent::Completed(RequestCompleted {
        account: issued.account,
        key: None,
        request: command.request,
        endpoint: open.endpoint.clone(),
        status: command.status,
        charged: open.amount,
        price: open.amount,
        released: MicroUsd::ZERO,
        tokens: command.tokens,
        duration_ms: command.duration_ms,
        payment: None,
        voucher: Some(issued.credit),
    })])
}

/// What was taken off becomes another voucher's, which is issued in the same append: this one may have expired.
fn refund(credit: &Credit, issued: &CreditIssued, command: &Refund) -> Result<Vec<CreditEvent>, Rejection> {
    let open = open_charge(credit, command.request)?;
    Ok(vec![CreditEvent::Refunded(RequestRefunded {
        account: issued.account,
        key: None,
        request: command.request,
        endpoint: open.endpoint.clone(),
        status: command.status,
        reason: command.reason,
        amount: open.amount,
        credit: CreditId::of_request(command.request),
        tender: Tender::Voucher,
        payment: None,
        voucher: Some(issued.credit),
    })])
}

fn expire(credit: &Credit, issued: &CreditIssued, now: Timestamp) -> Result<Vec<CreditEvent>, Rejection> {
    if credit.expired || credit.remainder.is_zero() {
        return Ok(vec![]);
    }
    if now < issued.expires_at {
        return Err(Rejection::NotYet);
    }
    let (id, account) = (issued.credit, issued.account);
    Ok(vec![CreditEvent::Expired(CreditExpired { credit: id, account, amount: credit.remainder })])
}

fn open_charge(credit: &Credit, request: RequestId) -> Result<&OpenCharge, Rejection> {
    credit.open.get(&request).ok_or(Rejection::NoOpenCharge)
}
