//! One attempt at one delivery: its text is read from the log once more, sealed for a fetch worker, and what became of
//! it is remembered in a word of ours.

use std::time::Instant;

use aipaygen_bus::outbound::{Deliver, Delivered, call_at};
use aipaygen_bus::vault::Lent;
use aipaygen_sealed::Secret;
use aipaygen_vault::{Delivery, Webhook};

use super::told::{self, BALANCE_LOW, Told};
use super::{DispatchError, Dispatcher};
use crate::lend::lend;

/// How finely a pause is varied, and how much of it: a fifth more or less.
const STEPS: u64 = 256;

impl Dispatcher {
    /// Brings one delivery, and remembers how that went.
    pub(super) async fn attempt(&self, delivery: Delivery) -> Result<(), DispatchError> {
        let vault = &self.deps.vault;
        let Some((webhook, target)) = vault.webhook(delivery.webhook, (self.deps.clock)()).await? else {
            return Ok(vault.arrived(delivery.id).await?);
        };
        let Some(body) = self.body(&delivery, &webhook).await? else {
            return Ok(vault.arrived(delivery.id).await?);
        };
        let timeout_ms = self.deps.webhooks.attempt_timeout_ms;
        let message = delivery.id.to_string();
        match lend(&self.deps, Secret::Target(target), &message, timeout_ms).await {
            Lent::Sealed { worker, sealed } => {
                let outcome = self.deliver(&worker, message, body, sealed).await;
                self.remember(delivery, outcome).await
            }
            // That we have no worker is nothing that the endpoint has done.
            Lent::Nothing | Lent::Unavailable => self.postpone(delivery, 1).await,
        }
    }

    async fn deliver(&self, worker: &str, message: String, body: String, target: String) -> Option<Delivered> {
        let timestamp_s = (self.deps.clock)().micros().div_euclid(1_000_000);
        let command = Deliver { message, timestamp_s, body, target };
        let deadline = Instant::now() + self.deps.webhooks.attempt_timeout();
        let sent = call_at(self.deps.bus.as_ref(), &Deliver::subject(worker), &command, deadline).await;
        sent.inspect_err(|error| tracing::warn!(%error, "a delivery was not brought")).ok()
    }

    async fn remember(&self, delivery: Delivery, outcome: Option<Delivered>) -> Result<(), DispatchError> {
        let outcome = match outcome {
            Some(Delivered::Accepted) => return Ok(self.deps.vault.arrived(delivery.id).await?),
            Some(Delivered::Gone) => return self.bury(delivery, "gone").await,
            Some(Delivered::Declined { class }) => format!("declined_{class}xx"),
            Some(Delivered::Refused) => "address_refused".to_owned(),
            Some(Delivered::Unreachable) => "unreachable".to_owned(),
            None => "worker_lost".to_owned(),
        };
        let attempts = delivery.attempts.saturating_add(1);
        let delivery = Delivery { attempts, outcome, ..delivery };
        let nth = usize::try_from(attempts).unwrap_or(usize::MAX).saturating_sub(1);
        match self.deps.webhooks.retry_pauses_s.get(nth) {
            Some(pause_s) => self.postpone(delivery, *pause_s).await,
            None => {
                let outcome = delivery.outcome.clone();
                self.bury(delivery, &outcome).await
            }
        }
    }

    async fn postpone(&self, delivery: Delivery, pause_s: u64) -> Result<(), DispatchError> {
        let due_at = (self.deps.clock)().plus_ms(varied(pause_s.saturating_mul(1_000)));
        Ok(self.deps.vault.not_arrived(&Delivery { due_at, ..delivery }).await?)
    }

    async fn bury(&self, delivery: Delivery, outcome: &str) -> Result<(), DispatchError> {
        tracing::warn!(delivery = %delivery.id, webhook = %delivery.webhook, outcome, "a delivery was given up");
        let dead = Delivery { dead: true, outcome: outcome.to_owned(), ..delivery };
        Ok(self.deps.vault.not_arrived(&dead).await?)
    }

    /// The text of a delivery; `None` if there is nothing to tell any more.
    async fn body(&self, delivery: &Delivery, webhook: &Webhook) -> Result<Option<String>, DispatchError> {
        let events = self.deps.log.read_all(delivery.position.saturating_sub(1), 1).await?;
        let Some(recorded) = events.first() else { return Ok(None) };
        let told = if delivery.event == BALANCE_LOW {
            self.low_balance(delivery, webhook).await?
        } else {
            told::all(&recorded.event()?).into_iter().find(|told| told.name == delivery.event)
        };
        Ok(told.map(|told| told::text(told.name, recorded.at, &told.data)))
    }

    /// The balance is told as it is now; if it is not low any more, it is not.
    async fn low_balance(&self, delivery: &Delivery, webhook: &Webhook) -> Result<Option<Told>, DispatchError> {
        let balance = self.balance(webhook.account, delivery.position).await?;
        let low = webhook.low_balance.unwrap_or_default();
        Ok(balance.filter(|balance| *balance < low).map(|balance| told::balance_low(webhook.account, balance, low)))
    }
}

/// A fifth more or less, so that what failed together does not come back together.
fn varied(pause_ms: u64) -> u64 {
    // Without random bytes they only meet more often.
    let step = u64::from(getrandom::u32().unwrap_or_default()) % STEPS;
    let fifth = pause_ms / 5;
    pause_ms - fifth + fifth.saturating_mul(2).saturating_mul(step) / STEPS
}

#[cfg(test)]
mod tests {
    use super::varied;

    #[test]
    fn a_pause_is_varied_by_a_fifth() {
        for _ in 0..1_000 {
            assert!((8_000..=12_000).contains(&varied(10_000)));
        }
        assert_eq!(varied(0), 0);
    }
}
