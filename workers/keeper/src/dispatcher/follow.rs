//! From events of the log to deliveries, together with how far that has come.

use std::collections::BTreeSet;
use std::time::Duration;

use aipaygen_events::{AccountId, MicroUsd};
use aipaygen_journal::Recorded;
use aipaygen_journal::db::Tx;
use aipaygen_vault::{Planned, Webhook};

use super::told::{self, BALANCE_LOW};
use super::{DispatchError, Dispatcher};

/// How long a balance waits for the read models to know the event.
const FRESH_WITHIN: Duration = Duration::from_secs(2);

impl Dispatcher {
    /// Looks at what has happened since; whether there was anything.
    pub(super) async fn plan_some(&self) -> Result<bool, DispatchError> {
        let vault = &self.deps.vault;
        let mut tx = vault.begin().await?;
        let Some(position) = vault.dispatched(&mut tx, &self.lease).await? else { return Ok(false) };
        let events = self.deps.log.read_all(position, self.deps.webhooks.batch_events_max).await?;
        let Some(last) = events.last().map(|event| event.position) else { return Ok(false) };
        let happened = events.iter().map(|event| Ok((event, event.event()?)));
        let happened = happened.collect::<Result<Vec<_>, DispatchError>>()?;
        let of = |(event, decoded): &(&Recorded, _)| told::account(decoded).map(|account| (account, event.position));
        let concerned: Vec<_> = happened.iter().filter_map(of).collect();
        let accounts: BTreeSet<_> = concerned.iter().map(|(account, _)| *account).collect();
        let accounts: Vec<_> = accounts.into_iter().collect();
        let webhooks = vault.webhooks_of_all(&mut tx, &accounts).await?;
        for (event, decoded) in &happened {
            for told in told::all(decoded) {
                let wanting = webhooks.iter().filter(|webhook| told.is_for(webhook, event.position));
                for webhook in wanting {
                    let planned = planned(webhook, told.name, event);
                    vault.plan(&mut tx, &planned, (self.deps.clock)()).await?;
                }
            }
        }
        for webhook in &webhooks {
            self.look_at_balance(&mut tx, webhook, &happened_to(&events, &concerned, webhook)).await?;
        }
        vault.dispatched_to(&mut tx, last).await?;
        tx.commit().await.map_err(aipaygen_vault::VaultError::from)?;
        Ok(true)
    }

    /// `balance.low` is told once when the balance has come below the threshold, and again after it was above.
    async fn look_at_balance(
        &self,
        tx: &mut Tx,
        webhook: &Webhook,
        happened: &[&Recorded],
    ) -> Result<(), DispatchError> {
        let wanted = webhook.events.iter().any(|event| event == BALANCE_LOW);
        let (Some(low), Some(last)) = (webhook.low_balance.filter(|_| wanted), happened.last()) else {
            return Ok(());
        };
        let is_low = self.balance(webhook.account, last.position).await?.is_some_and(|balance| balance < low);
        if is_low == webhook.is_low || last.position <= webhook.after_position {
            return Ok(());
        }
        self.deps.vault.set_low(tx, webhook.id, is_low).await?;
        if is_low {
            self.deps.vault.plan(tx, &planned(webhook, BALANCE_LOW, last), (self.deps.clock)()).await?;
        }
        Ok(())
    }

    pub(super) async fn balance(&self, account: AccountId, at_least: u64) -> Result<Option<MicroUsd>, DispatchError> {
        self.deps.reader.caught_up(at_least, FRESH_WITHIN).await?;
        Ok(self.deps.reader.balance(account).await?.map(|row| row.balance))
    }
}

fn planned(webhook: &Webhook, event: &'static str, recorded: &Recorded) -> Planned {
    Planned {
        id: aipaygen_events::DeliveryId::of_event(webhook.id, event, recorded.id),
        webhook: webhook.id,
        account: webhook.account,
        event,
        position: recorded.position,
    }
}

fn happened_to<'a>(events: &'a [Recorded], concerned: &[(AccountId, u64)], webhook: &Webhook) -> Vec<&'a Recorded> {
    let is_its = |event: &&Recorded| concerned.contains(&(webhook.account, event.position));
    events.iter().filter(is_its).collect()
}
