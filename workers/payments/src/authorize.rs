//! Authorization: a request is charged before any work, once, or is told why not.

mod idempotency;

use std::time::Instant;

use aipaygen_bus::commands::{Authorization, Authorize, Refusal};
use aipaygen_events::account::{AccountCommand, AccountEvent, Charge, Pricing, Rejection, RequestCharged, Tender};
use aipaygen_events::{Event, MicroUsd, Timestamp};
use aipaygen_journal::StreamAppend;

use crate::accounts::Order;
use crate::ended::RequestEnd;
use crate::error::Failure;
use crate::lookup;
use crate::payments::Payments;
use crate::receipts::Paid;
use crate::retry::Retry;
use idempotency::Shown;

impl Payments {
    /// Charges a request, unless its account or its idempotency key says otherwise.
    pub async fn authorize(&self, command: &Authorize, deadline: Instant) -> Authorization {
        let mut retry = Retry::until(deadline);
        loop {
            let failure = match self.authorize_once(command, deadline).await {
                Ok(authorization) => return authorization,
                Err(Failure::Stale) => match retry.pause().await {
                    Ok(()) => continue,
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            return Authorization::Refused(refusal(command, failure));
        }
    }

    async fn authorize_once(&self, command: &Authorize, deadline: Instant) -> Result<Authorization, Failure> {
        match &command.idempotency {
            None => self.charge(command, None, deadline).await,
            Some(hashes) => match self.show(command, hashes, deadline).await? {
                Shown::Unclaimed(claim) => self.charge(command, Some(claim), deadline).await,
                Shown::ClaimedByItself => self.charge(command, None, deadline).await,
                Shown::Decided(authorization) => Ok(authorization),
            },
        }
    }

    async fn charge(
        &self,
        command: &Authorize,
        claim: Option<StreamAppend>,
        deadline: Instant,
    ) -> Result<Authorization, Failure> {
        let charge = charge_of(command, command.amount, self.clock.now());
        let order = Order { claim, ..Order::new(command.account, charge) };
        match self.accounts.attempt(&order, deadline).await {
            Ok(_) => Ok(self.charged(command)),
            Err(Failure::Exists(_)) => self.charged_before(command).await,
            Err(failure @ (Failure::Rejected(_) | Failure::Stale | Failure::Overloaded | Failure::Unavailable)) => {
                Err(failure)
            }
        }
    }

    /// The answer to a repeat: what was charged stands, unless it has been given back.
    async fn charged_before(&self, command: &Authorize) -> Result<Authorization, Failure> {
        let recorded = lookup::find(&self.journal, AccountEvent::charge_of(command.request)).await?;
        let event = recorded.as_ref().map(lookup::decode).transpose()?;
        let end = RequestEnd::find(&self.journal, command.request, command.account).await?;
        match (event, end) {
            (Some(Event::Account(AccountEvent::Charged(charged))), None | Some((RequestEnd::Completed(_), _)))
                if is_of(&charged, command) =>
            {
                Ok(self.charged(command))
            }
            _ => Err(Failure::Rejected(Rejection::AlreadyCharged)),
        }
    }

    fn charged(&self, command: &Authorize) -> Authorization {
        let Authorize { request, amount, ref endpoint, .. } = *command;
        let receipt = match command.pricing {
            Pricing::Flat => Some(self.receipts.sign(&Paid { request, endpoint, amount, tender: Tender::Prepaid })),
            Pricing::Metered => None,
        };
        Authorization::Charged { receipt }
    }
}

/// The charge that a request asks for, of this amount.
fn charge_of(command: &Authorize, amount: MicroUsd, now: Timestamp) -> AccountCommand {
    AccountCommand::Charge(Charge {
        key: command.key,
        request: command.request,
        endpoint: command.endpoint.clone(),
        amount,
        pricing: command.pricing,
        deadline: now.plus_ms(command.timeout_ms),
        now,
    })
}

fn is_of(charged: &RequestCharged, command: &Authorize) -> bool {
    let asked = (command.account, command.key, command.endpoint.as_str(), command.amount, command.pricing);
    (charged.account, charged.key, charged.endpoint.as_str(), charged.amount, charged.pricing) == asked
}

fn refusal(command: &Authorize, failure: Failure) -> Refusal {
    match failure {
        Failure::Rejected(rejection) => refusal_of(command, rejection),
        Failure::Exists(_) | Failure::Stale | Failure::Overloaded | Failure::Unavailable => Refusal::Overloaded,
    }
}

fn refusal_of(command: &Authorize, rejection: Rejection) -> Refusal {
    match rejection {
        Rejection::InsufficientFunds { price, available } => Refusal::InsufficientFunds { price, available },
        Rejection::NotOpen | Rejection::UnknownKey | Rejection::KeyRevoked | Rejection::KeyExpired => {
            Refusal::InvalidKey
        }
        Rejection::AlreadyOpen
        | Rejection::KeyExists
        | Rejection::NothingDeposited
        | Rejection::BalanceTooLarge
        | Rejection::AlreadyCharged
        | Rejection::NoOpenCharge
        | Rejection::PriceAboveCharge { .. } => {
            // Only a request id that is used twice leads here. Nothing was charged for this use of it.
            tracing::error!(request = %command.request, %rejection, "a request cannot be charged again");
            Refusal::Overloaded
        }
    }
}
