//! The rules of an account: what a command leads to, or why it is refused.

use super::{
    Account, AccountCommand, AccountEvent, AccountOpened, Charge, Complete, CreditApplied, Deposit, FundsDeposited,
    IssueKey, KeyIssued, KeyRevoked, OpenCharge, Refund, RequestCharged, RequestCompleted, RequestRefunded, Tender,
};
use crate::{AccountId, CreditId, KeyId, MicroUsd, RequestId};

/// Why a command is refused. A value, not an error of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No such account.
    #[error("there is no such account")]
    NotOpen,
    /// The account has another name already.
    #[error("the account is open already")]
    AlreadyOpen,
    /// No such key on this account.
    #[error("there is no such key")]
    UnknownKey,
    /// A key of this id exists, with another secret.
    #[error("the key exists already")]
    KeyExists,
    /// The key was stopped.
    #[error("the key is revoked")]
    KeyRevoked,
    /// The key has stopped by itself.
    #[error("the key is expired")]
    KeyExpired,
    /// A deposit of nothing.
    #[error("a deposit is above zero")]
    NothingDeposited,
    /// The balance would pass the bound of [`MicroUsd`], counting what is in flight.
    #[error("the balance would be too large")]
    BalanceTooLarge,
    /// The price is above what can be spent.
    #[error("the price is {price} USD and {available} USD is available")]
    InsufficientFunds {
        /// What it costs, or what would be held.
        price: MicroUsd,
        /// What can be spent.
        available: MicroUsd,
    },
    /// The request is charged already, for something else.
    #[error("the request is charged already")]
    AlreadyCharged,
    /// The request has no charge, or its charge has ended: its end event tells which.
    #[error("the request has no open charge")]
    NoOpenCharge,
    /// The final price is above what was charged.
    #[error("the final price {price} USD is above the {charged} USD that was charged")]
    PriceAboveCharge {
        /// What was asked for.
        price: MicroUsd,
        /// What was charged.
        charged: MicroUsd,
    },
}

/// What a command leads to. A repeat of what stands already is no event; a contradiction is a [`Rejection`].
pub fn decide(account: &Account, command: AccountCommand) -> Result<Vec<AccountEvent>, Rejection> {
    let id = account.id.ok_or(Rejection::NotOpen);
    match command {
        AccountCommand::Open { account: new, label } => open(account, new, label),
        AccountCommand::IssueKey(command) => issue_key(account, id?, command),
        AccountCommand::RevokeKey { key } => revoke_key(account, id?, key),
        AccountCommand::Deposit(command) => deposit(account, id?, command),
        AccountCommand::Charge(command) => charge(account, id?, command),
        AccountCommand::Complete(command) => complete(account, id?, &command),
        AccountCommand::Refund(command) => refund(account, id?, &command),
    }
}

fn open(account: &Account, new: AccountId, label: String) -> Result<Vec<AccountEvent>, Rejection> {
    match account.id {
        None => Ok(vec![AccountEvent::Opened(AccountOpened { account: new, label })]),
        Some(id) if id == new => Ok(vec![]),
        Some(_) => Err(Rejection::AlreadyOpen),
    }
}

fn issue_key(account: &Account, id: AccountId, command: IssueKey) -> Result<Vec<AccountEvent>, Rejection> {
    if account.keys.contains_key(&command.key) {
        return Err(Rejection::KeyExists);
    }
    let IssueKey { key, hash, label, expires_at } = command;
    Ok(vec![AccountEvent::KeyIssued(KeyIssued { account: id, key, hash, label, expires_at })])
}

fn revoke_key(account: &Account, id: AccountId, key: KeyId) -> Result<Vec<AccountEvent>, Rejection> {
    match account.keys.get(&key) {
        None => Err(Rejection::UnknownKey),
        Some(found) if found.revoked => Ok(vec![]),
        Some(_) => Ok(vec![AccountEvent::KeyRevoked(KeyRevoked { account: id, key })]),
    }
}

fn deposit(account: &Account, id: AccountId, command: Deposit) -> Result<Vec<AccountEvent>, Rejection> {
    if command.amount.is_zero() {
        return Err(Rejection::NothingDeposited);
    }
    // What is in flight can come back: it must fit as well, so that no refund is ever refused.
    let in_flight = account.open.values().map(|charge| charge.amount);
    in_flight
        .chain([command.amount])
        .try_fold(account.balance, MicroUsd::checked_add)
        .ok_or(Rejection::BalanceTooLarge)?;
    let Deposit { deposit, source, reference, amount } = command;
    Ok(vec![AccountEvent::Deposited(FundsDeposited { account: id, deposit, source, reference, amount })])
}

fn charge(account: &Account, id: AccountId, command: Charge) -> Result<Vec<AccountEvent>, Rejection> {
    let key = account.keys.get(&command.key).ok_or(Rejection::UnknownKey)?;
    if key.revoked {
        return Err(Rejection::KeyRevoked);
    }
    if key.expires_at.is_some_and(|end| end <= command.now) {
        return Err(Rejection::KeyExpired);
    }
    if let Some(open) = account.open.get(&command.request) {
        let same = open.key == command.key && open.endpoint == command.endpoint && open.amount == command.amount;
        return if same { Ok(vec![]) } else { Err(Rejection::AlreadyCharged) };
    }
    if command.amount > account.balance {
        return Err(Rejection::InsufficientFunds { price: command.amount, available: account.balance });
    }
    let Charge { key, request, endpoint, amount, pricing, deadline, now: _ } = command;
    Ok(vec![AccountEvent::Charged(RequestCharged {
        account: id,
        key: Some(key),
        request,
        endpoint,
        amount,
        pricing,
        tender: Tender::Prepaid,
        deadline,
        payment: None,
        voucher: None,
    })])
}

fn complete(account: &Account, id: AccountId, command: &Complete) -> Result<Vec<AccountEvent>, Rejection> {
    let open = open_charge(account, command.request)?;
    let price = command.price.unwrap_or(open.amount);
    let released =
        open.amount.checked_sub(price).ok_or(Rejection::PriceAboveCharge { price, charged: open.amount })?;
    Ok(vec![AccountEvent::Completed(RequestCompleted {
        account: id,
        key: Some(open.key),
        request: command.request,
        endpoint: open.endpoint.clone(),
        status: command.status,
        charged: open.amount,
        price,
        released,
        tokens: command.tokens,
        duration_ms: command.duration_ms,
        payment: None,
        voucher: None,
    })])
}

fn refund(account: &Account, id: AccountId, command: &Refund) -> Result<Vec<AccountEvent>, Rejection> {
    let open = open_charge(account, command.request)?;
    let credit = CreditId::of_request(command.request);
    let refunded = RequestRefunded {
        account: id,
        key: Some(open.key),
        request: command.request,
        endpoint: open.endpoint.clone(),
        status: command.status,
        reason: command.reason,
        amount: open.amount,
        credit,
        tender: Tender::Prepaid,
        payment: None,
        voucher: None,
    };
    let applied = CreditApplied { account: id, credit, request: command.request, amount: open.amount };
    Ok(vec![AccountEvent::Refunded(refunded), AccountEvent::CreditApplied(applied)])
}

fn open_charge(account: &Account, request: RequestId) -> Result<&OpenCharge, Rejection> {
    account.open.get(&request).ok_or(Rejection::NoOpenCharge)
}
