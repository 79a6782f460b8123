//! What each event debits and credits: the table of the design, and nothing else.

use aipaygen_events::account::{AccountEvent, DepositSource, RequestCharged, RequestCompleted, RequestRefunded};
use aipaygen_events::credit::CreditEvent;
use aipaygen_events::payment::PaymentEvent;
use aipaygen_events::{Event, MicroUsd};

use super::LedgerAccount::{self, Breakage, CustomerBalances, RefundCredits, Revenue, UnearnedRevenue, UsdcWallet};

/// The side of an account that a posting stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Left: what we have, or have given.
    Debit,
    /// Right: where it came from, or whom it is owed.
    Credit,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Which account.
    pub account: LedgerAccount,
    /// On which side.
    pub side: Side,
    /// How much, above zero.
    pub amount: MicroUsd,
}

/// The lines of one event; none for an event that moves no money, or moves nothing.
#[must_use]
pub fn postings(event: &Event) -> Vec<Posting> {
    match event {
        Event::Account(event) => of_account(event),
        Event::Payment(event) => of_payment(event),
        Event::Credit(event) => of_credit(event),
        Event::Idempotency(_) => vec![],
    }
}

fn of_account(event: &AccountEvent) -> Vec<Posting> {
    match event {
        AccountEvent::Opened(_) | AccountEvent::KeyIssued(_) | AccountEvent::KeyRevoked(_) => vec![],
        AccountEvent::Deposited(e) => {
            lines([debit(source(e.source), e.amount), credit(CustomerBalances(e.account), e.amount)])
        }
        AccountEvent::Charged(e) => charged(CustomerBalances(e.account), e),
        AccountEvent::Completed(e) => completed(CustomerBalances(e.account), e),
        // A prepaid credit goes on to the balance at once, by the event that follows in the same append.
        AccountEvent::Refunded(e) => refunded(e),
        AccountEvent::CreditApplied(e) => {
            lines([debit(RefundCredits, e.amount), credit(CustomerBalances(e.account), e.amount)])
        }
    }
}

/// What settles is booked by what it is for: the charge, or the deposit, that comes in the same append.
fn of_payment(event: &PaymentEvent) -> Vec<Posting> {
    match event {
        PaymentEvent::Claimed(_)
        | PaymentEvent::Settled(_)
        | PaymentEvent::Failed(_)
        | PaymentEvent::Unknown(_)
        | PaymentEvent::Replayed(_) => vec![],
        PaymentEvent::Charged(e) => charged(UsdcWallet, e),
        // A payment is kept whole, so that nothing is left of it for anybody.
        PaymentEvent::Completed(e) => completed(RefundCredits, e),
        PaymentEvent::Refunded(e) => refunded(e),
    }
}

/// What is taken off a voucher is booked by the charge.
fn of_credit(event: &CreditEvent) -> Vec<Posting> {
    match event {
        CreditEvent::Issued(_) | CreditEvent::Coded(_) | CreditEvent::Spent(_) => vec![],
        CreditEvent::Expired(e) => lines([debit(RefundCredits, e.amount), credit(Breakage, e.amount)]),
        CreditEvent::Charged(e) => charged(RefundCredits, e),
        CreditEvent::Completed(e) => completed(RefundCredits, e),
        CreditEvent::Refunded(e) => refunded(e),
    }
}

fn charged(from: LedgerAccount, e: &RequestCharged) -> Vec<Posting> {
    lines([debit(from, e.amount), credit(UnearnedRevenue, e.amount)])
}

fn completed(rest: LedgerAccount, e: &RequestCompleted) -> Vec<Posting> {
    lines([debit(UnearnedRevenue, e.charged), credit(Revenue(e.endpoint.clone()), e.price), credit(rest, e.released)])
}

fn refunded(e: &RequestRefunded) -> Vec<Posting> {
    lines([debit(UnearnedRevenue, e.amount), credit(RefundCredits, e.amount)])
}

const fn source(source: DepositSource) -> LedgerAccount {
    match source {
        DepositSource::Stripe => LedgerAccount::StripeClearing,
        DepositSource::X402 => LedgerAccount::UsdcWallet,
        DepositSource::Grant => LedgerAccount::Promotions,
    }
}

const fn debit(account: LedgerAccount, amount: MicroUsd) -> Posting {
    Posting { account, side: Side::Debit, amount }
}

const fn credit(account: LedgerAccount, amount: MicroUsd) -> Posting {
    Posting { account, side: Side::Credit, amount }
}

/// A line of nothing is no line.
fn lines(all: impl IntoIterator<Item = Posting>) -> Vec<Posting> {
    all.into_iter().filter(|line| !line.amount.is_zero()).collect()
}
