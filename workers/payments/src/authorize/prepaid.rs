//! A request that an account pays from its balance.

use std::time::Instant;

use aipaygen_bus::commands::{Authorization, Authorize};
use aipaygen_events::account::{AccountCommand, AccountEvent, Charge, Pricing, Rejection, RequestCharged, Tender};
use aipaygen_events::request::charge_of;
use aipaygen_events::{AccountId, Event, KeyId, MicroUsd, Purse, Timestamp};
use aipaygen_journal::StreamAppend;

use super::idempotency::Shown;
use crate::accounts::Order;
use crate::ended::RequestEnd;
use crate::error::Failure;
use crate::lookup;
use crate::payments::Payments;
use crate::receipts::Paid;

/// A charge that an account is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) command: &'a Authorize,
    pub(super) account: AccountId,
    pub(super) key: KeyId,
}

impl Payments {
    /// Charges a request to an account.
    pub(super) async fn charge_account(
        &self,
        command: &Authorize,
        account: AccountId,
        key: KeyId,
        deadline: Instant,
    ) -> Result<Authorization, Failure> {
        let asked = Asked { command, account, key };
        match &command.idempotency {
            None => self.charge(asked, None, deadline).await,
            Some(hashes) => match self.show(asked, hashes, deadline).await? {
                Shown::Unclaimed(claim) => self.charge(asked, Some(claim), deadline).await,
                Shown::ClaimedByItself => self.charge(asked, None, deadline).await,
                Shown::Decided(authorization) => Ok(authorization),
            },
        }
    }

    async fn charge(
        &self,
        asked: Asked<'_>,
        claim: Option<StreamAppend>,
        deadline: Instant,
    ) -> Result<Authorization, Failure> {
        let charge = asked.charge(asked.command.amount, self.clock.now());
        let order = Order { claim, ..Order::new(asked.account, charge) };
        match self.accounts.attempt(&order, deadline).await {
            Ok(_) => Ok(self.charged(asked.command)),
            Err(Failure::Exists(_)) => self.charged_before(asked).await,
            Err(failure @ (Failure::Rejected(_) | Failure::Stale | Failure::Overloaded | Failure::Unavailable)) => {
                Err(failure)
            }
        }
    }

    /// The answer to a repeat: what was charged stands, unless it has been given back.
    async fn charged_before(&self, asked: Asked<'_>) -> Result<Authorization, Failure> {
        let request = asked.command.request;
        let recorded = lookup::find(&self.journal, charge_of(request)).await?;
        let event = recorded.as_ref().map(lookup::decode).transpose()?;
        let end = RequestEnd::find(&self.journal, request, Purse::Account(asked.account)).await?;
        match (event, end) {
            (Some(Event::Account(AccountEvent::Charged(charged))), None | Some((RequestEnd::Completed(_), _)))
                if asked.is_of(&charged) =>
            {
                Ok(self.charged(asked.command))
            }
            _ => Err(Failure::Rejected(Rejection::AlreadyCharged)),
        }
    }

    fn charged(&self, command: &Authorize) -> Authorization {
        let Authorize { request, amount, ref endpoint, .. } = *command;
        let receipt = match command.pricing {
            Pricing::Flat => {
                let tender = Tender::Prepaid;
                Some(self.receipts.sign(&Paid { request, endpoint, amount, tender, settled: None }))
            }
            Pricing::Metered => None,
        };
        Authorization::Charged { receipt, settled: None, remainder: None }
    }
}

impl Asked<'_> {
    /// The charge that the request asks for, of this amount.
    pub(super) fn charge(&self, amount: MicroUsd, now: Timestamp) -> AccountCommand {
        AccountCommand::Charge(Charge {
            key: self.key,
            request: self.command.request,
            endpoint: self.command.endpoint.clone(),
            amount,
            pricing: self.command.pricing,
            deadline: now.plus_ms(self.command.timeout_ms),
            now,
        })
    }

    fn is_of(&self, charged: &RequestCharged) -> bool {
        let Authorize { ref endpoint, amount, pricing, .. } = *self.command;
        let asked = (self.account, Some(self.key), endpoint.as_str(), amount, pricing);
        (charged.account, charged.key, charged.endpoint.as_str(), charged.amount, charged.pricing) == asked
    }
}
