//! What each event debits and credits: the table of the design, and nothing else.

use aipaygen_events::account::{AccountEvent, DepositSource, Tender};
use aipaygen_events::{Event, MicroUsd};

use super::LedgerAccount;

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
        Event::Idempotency(_) => vec![],
    }
}

fn of_account(event: &AccountEvent) -> Vec<Posting> {
    use LedgerAccount::{CustomerBalances, RefundCredits, Revenue, UnearnedRevenue};
    match event {
        AccountEvent::Opened(_) | AccountEvent::KeyIssued(_) | AccountEvent::KeyRevoked(_) => vec![],
        AccountEvent::Deposited(e) => {
            lines([debit(source(e.source), e.amount), credit(CustomerBalances(e.account), e.amount)])
        }
        AccountEvent::Charged(e) => match e.tender {
            Tender::Prepaid => {
                lines([debit(CustomerBalances(e.account), e.amount), credit(UnearnedRevenue, e.amount)])
            }
        },
        AccountEvent::Completed(e) => lines([
            debit(UnearnedRevenue, e.charged),
            credit(Revenue(e.endpoint.clone()), e.price),
            credit(CustomerBalances(e.account), e.released),
        ]),
        // A prepaid credit goes on to the balance at once, by the event that follows in the same append.
        AccountEvent::Refunded(e) => match e.tender {
            Tender::Prepaid => lines([debit(UnearnedRevenue, e.amount), credit(RefundCredits, e.amount)]),
        },
        AccountEvent::CreditApplied(e) => {
            lines([debit(RefundCredits, e.amount), credit(CustomerBalances(e.account), e.amount)])
        }
    }
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
