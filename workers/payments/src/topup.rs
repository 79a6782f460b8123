//! Topping up: what a payment pays is put on an account, in the append that records its settlement.
//!
//! Without a key the account is that of the wallet, and the request that brought the payment is shown a new key. Nobody
//! else is, not even with the same payment: once it is on the chain its signature is public. Who has lost the key
//! proves the wallet by a signature of its own.

use std::time::Instant;

use aipaygen_bus::commands::{NewKey, Refusal, ToppedUp, Topup, payment_id};
use aipaygen_events::account::{AccountCommand, Deposit, DepositSource};
use aipaygen_events::payment::{Payment, PaymentEvent, PaymentSettled, Presented, Use};
use aipaygen_events::{AccountId, DepositId, PaymentId};
use aipaygen_journal::StreamAppend;
use aipaygen_x402::SignatureKind;

use crate::accounts::Order;
use crate::error::Failure;
use crate::payment::{Brought, Showing, settled};
use crate::payments::Payments;
use crate::retry::Retry;

/// The name of a key that a top-up has made.
const KEY_LABEL: &str = "x402 top-up";

/// What is put on an account with a settlement.
pub(crate) struct TopupDeposit {
    account: AccountId,
    deposit: Deposit,
}

impl Payments {
    /// Puts what a payment pays on an account, once; the same payment again is told of the same deposit.
    pub async fn topup(&self, command: &Topup, deadline: Instant) -> ToppedUp {
        let mut retry = Retry::until(deadline);
        loop {
            match self.topup_once(command, deadline).await {
                Ok(topped_up) => return topped_up,
                Err(Failure::Stale) if retry.pause().await.is_ok() => {}
                Err(_) => return ToppedUp::Refused(Refusal::Overloaded),
            }
        }
    }

    async fn topup_once(&self, command: &Topup, deadline: Instant) -> Result<ToppedUp, Failure> {
        let signed = &command.payment;
        if matches!(signed.signature_kind, SignatureKind::Key) && !signed.is_signed_by_key() {
            tracing::error!(request = %command.request, "a payment is not signed by its payer");
            return Ok(ToppedUp::Refused(Refusal::PaymentFailed { reason: "invalid_payload".to_owned() }));
        }
        let showing = Showing {
            payment: signed,
            by: Use { request: command.request, request_hash: command.request_hash.clone() },
            endpoint: &command.endpoint,
            timeout_ms: command.timeout_ms,
            topup: Some(command.account.unwrap_or_else(|| account_of(payment_id(signed)))),
        };
        Ok(match self.brought(&showing, deadline).await? {
            Brought::To(payment, Presented::ToppedUp) => self.topped_up(command, &payment).await?,
            Brought::To(payment, met) => ToppedUp::Refused(refusal(&payment, met)?),
            Brought::AtWork => ToppedUp::Refused(Refusal::PaymentPending { transaction: None }),
            Brought::Refused(refusal) => ToppedUp::Refused(refusal),
        })
    }

    async fn topped_up(&self, command: &Topup, payment: &Payment) -> Result<ToppedUp, Failure> {
        let claim = payment.claim.as_ref().ok_or(Failure::Stale)?;
        let settled = settled(payment).ok_or(Failure::Stale)?;
        let account = claim.topup.ok_or(Failure::Stale)?;
        let is_brought_by_this = claim.request == command.request && command.account.is_none();
        let key = if is_brought_by_this { self.new_key(account).await } else { None };
        let deposit = deposit_of(claim.payment);
        Ok(ToppedUp::Deposited { account, deposit, amount: settled.amount, settled, key })
    }

    /// The money is there already: a key that cannot be made now is asked for by proving the wallet.
    async fn new_key(&self, account: AccountId) -> Option<NewKey> {
        let key = self.issue_key(account, KEY_LABEL.to_owned(), None).await.ok()?;
        Some(NewKey { key: key.id(), api_key: key.expose().to_owned() })
    }

    /// What must be deposited with these events.
    pub(crate) fn topup_of(&self, payment: &Payment, events: &[PaymentEvent]) -> Option<TopupDeposit> {
        let account = payment.claim.as_ref()?.topup?;
        events.iter().find_map(|event| match event {
            PaymentEvent::Settled(settled) => Some(TopupDeposit { account, deposit: deposit(settled) }),
            PaymentEvent::Claimed(_)
            | PaymentEvent::Failed(_)
            | PaymentEvent::Unknown(_)
            | PaymentEvent::Replayed(_)
            | PaymentEvent::Charged(_)
            | PaymentEvent::Completed(_)
            | PaymentEvent::Refunded(_) => None,
        })
    }

    /// Deposits with what settles the payment, or neither. The account of a wallet is opened before, empty.
    pub(crate) async fn deposit_with(&self, topup: TopupDeposit, settles: StreamAppend) -> Result<(), Failure> {
        let TopupDeposit { account, deposit } = topup;
        match self.open_account(account, String::new()).await {
            // A key's account is open, under a name of its own.
            Ok(()) | Err(crate::error::CommandError::Rejected(_)) => {}
            Err(_) => return Err(Failure::Unavailable),
        }
        let order = Order { claim: Some(settles), ..Order::new(account, AccountCommand::Deposit(deposit)) };
        match self.accounts.attempt(&order, self.deadline()).await {
            Ok(_) => Ok(()),
            Err(Failure::Exists(_)) => Err(Failure::Stale),
            Err(Failure::Rejected(rejection)) => {
                tracing::error!(%account, %rejection, "a payment cannot be deposited");
                Err(Failure::Unavailable)
            }
            Err(failure) => Err(failure),
        }
    }
}

/// The account of the wallet.
fn account_of(payment: PaymentId) -> AccountId {
    AccountId::of_payer(payment.chain, payment.payer)
}

fn deposit_of(payment: PaymentId) -> DepositId {
    DepositId::of_reference(DepositSource::X402.as_str(), &payment.to_string())
}

fn deposit(settled: &PaymentSettled) -> Deposit {
    Deposit {
        deposit: deposit_of(settled.payment),
        source: DepositSource::X402,
        reference: settled.transaction.to_string(),
        amount: settled.amount,
    }
}

fn refusal(payment: &Payment, met: Presented) -> Result<Refusal, Failure> {
    Ok(match met {
        Presented::OtherRequest { request }
        | Presented::InFlight { request }
        | Presented::Completed { request, .. }
        | Presented::Refunded { request, .. } => Refusal::PaymentUsed { request },
        Presented::Paid | Presented::Replayed => {
            let claim = payment.claim.as_ref().ok_or(Failure::Stale)?;
            Refusal::PaymentUsed { request: claim.request }
        }
        Presented::Failed { reason } => Refusal::PaymentFailed { reason: reason.as_str().to_owned() },
        Presented::Unknown { transaction } => Refusal::PaymentPending { transaction },
        Presented::New | Presented::Claimed { .. } | Presented::ToppedUp => return Err(Failure::Stale),
    })
}
